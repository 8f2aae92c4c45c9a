"""The hand-written loop that everything is measured against: what a good engineer writes in an afternoon.

One session, keep-alive, a token from the settings, the vendor's own names, ``response.json()``, and nothing that would
tell what became of a call that fails.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from typing import Any, Final

import aiohttp

SUCCESS: Final = 200
_HOUR: Final = 3_600_000


def session() -> aiohttp.ClientSession:
    """Open the one session."""
    return aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30))


class Quectel:
    """Two calls of Quectel."""

    def __init__(self, http: aiohttp.ClientSession, staged: Mapping[str, Any]) -> None:
        self._http = http
        self._base = staged["base_url"]
        self._headers = {"Authorization": staged["token"]}
        self._lists = staged["lists"]
        self._pk = staged["product"]
        self._dk = staged["device"]

    async def me(self) -> str:
        """Read who the user is."""
        async with self._http.get(f"{self._base}/v2/enduser/enduserapi/userInfo", headers=self._headers) as response:
            answer = await response.json()
        if answer["code"] != SUCCESS:
            raise RuntimeError(answer)
        return str(answer["data"]["uid"])

    async def share(self) -> str:
        """Make a share code."""
        params = {
            "pk": self._pk,
            "dk": self._dk,
            "acceptingExpireAt": str(int(time.time() * 1000) + _HOUR),
            "coverMark": "2",
        }
        async with self._http.post(
            f"{self._base}/v2/binding/enduserapi/shareInfo", params=params, headers=self._headers
        ) as response:
            answer = await response.json()
        if answer["code"] != SUCCESS:
            raise RuntimeError(answer)
        return str(answer["data"])

    async def shares(self, size: str) -> list[Any]:
        """List who uses which device; which there are is known."""
        found: list[Any] = []
        headers = {"Authorization": self._lists[size]["token"]}
        for product, device in self._lists[size]["devices"]:
            async with self._http.get(
                f"{self._base}/v2/binding/enduserapi/deviceShareUserList",
                params={"pk": product, "dk": device},
                headers=headers,
            ) as response:
                answer = await response.json()
            if answer["code"] != SUCCESS:
                raise RuntimeError(answer)
            found += [(entry["shareInfo"]["shareCode"], entry["userInfo"]["uid"]) for entry in answer["data"]]
        return found


class Tencent:
    """Two wishes of Tencent; sharing takes two calls, for the first does not say how long the code lives."""

    def __init__(self, http: aiohttp.ClientSession, staged: Mapping[str, Any]) -> None:
        self._http = http
        self._url = f"{staged['base_url']}/api/exploreropen/tokenapi"
        self._token = staged["token"]
        self._lists = staged["lists"]
        self._home = staged["home"]
        self._product = staged["product"]
        self._device = staged["device"]

    async def me(self) -> str:
        """Read who the user is."""
        found = await self._call("AppGetUser", {})
        return str(found["Data"]["UserID"])

    async def share(self) -> tuple[str, int]:
        """Make a share token, and read when it ends."""
        fields = {"FamilyId": self._home, "ProductId": self._product, "DeviceName": self._device}
        made = await self._call("AppCreateShareDeviceToken", fields)
        token = str(made["ShareDeviceToken"])
        info = await self._call("AppDescribeShareDeviceToken", {"ShareDeviceToken": token})
        return token, int(info["ShareDeviceTokenInfo"]["ExpireTime"])

    async def shares(self, size: str) -> list[Any]:
        """List who uses which device; which there are is known, and that each has one page."""
        found: list[Any] = []
        token = self._lists[size]["token"]
        for product, device in self._lists[size]["devices"]:
            fields = {"ProductId": product, "DeviceName": device, "Offset": 0, "Limit": 100, "AccessToken": token}
            page = await self._call("AppListShareDeviceUsers", fields)
            found += [(product, device, user["UserID"]) for user in page["Users"]]
        return found

    async def _call(self, action: str, fields: Mapping[str, object]) -> Any:
        body = {"Action": action, "AccessToken": self._token, "RequestId": str(uuid.uuid4()), **fields}
        async with self._http.post(self._url, json=body) as response:
            answer = (await response.json())["Response"]
        if "Error" in answer:
            raise RuntimeError(answer["Error"])
        return answer
