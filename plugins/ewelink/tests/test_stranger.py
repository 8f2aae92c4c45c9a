"""A client that knows nothing of this project speaks to the emulated cloud.

It makes the requests that the npm package ewelink-api-next 1.0.4 makes: the same paths, places, names and order of
names, compact JSON, the app id on account calls alone, a nonce and a Date in milliseconds on every call, and
-99999 where its walk over all pages begins. The code is this project's own.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import random
import string
import time
from collections.abc import AsyncGenerator
from typing import Any, Final, cast

import aiohttp
import pytest

from sharebind.emulator import User, emulate
from sharebind_ewelink.emulator import EwelinkCloud

NONCE: Final = string.ascii_lowercase + string.digits
WALK_BEGINS: Final = -99_999


class Stranger:
    """Keep an address, an app and a token, as that client does."""

    def __init__(self, session: aiohttp.ClientSession, url: str, app_id: str, app_secret: str) -> None:
        self._session = session
        self._url = url
        self._app_id = app_id
        self._secret = app_secret
        self._at = ""
        self._rt = ""

    async def _send(
        self, method: str, path: str, headers: dict[str, str], *, params: Any = None, body: Any = None
    ) -> Any:
        nonce = "".join(random.choices(NONCE, k=8))  # noqa: S311 - a nonce of a test keeps no secret
        headers = {**headers, "X-CK-Nonce": nonce, "Date": str(int(time.time() * 1000))}
        if body is not None:
            headers["Content-Type"] = "application/json"
        sent = {name: str(value) for name, value in (params or {}).items() if value is not None}
        async with self._session.request(method, self._url + path, params=sent, data=body, headers=headers) as answer:
            return await answer.json()

    def _written(self, fields: dict[str, Any]) -> bytes:
        """Write a body without the names that have no value."""
        given = {name: value for name, value in fields.items() if value is not None}
        return json.dumps(given, separators=(",", ":"), ensure_ascii=False).encode()

    async def _signed(self, path: str, fields: dict[str, Any]) -> Any:
        body = self._written(fields)
        proof = base64.b64encode(hmac.new(self._secret.encode(), body, hashlib.sha256).digest()).decode()
        headers = {"X-CK-Appid": self._app_id, "Authorization": f"Sign {proof}"}
        return await self._send("POST", path, headers, body=body)

    async def _post(self, path: str, fields: dict[str, Any]) -> Any:
        return await self._send("POST", path, self._bearer(), body=self._written(fields))

    async def _query(self, method: str, path: str, params: dict[str, Any]) -> Any:
        return await self._send(method, path, self._bearer(), params=params)

    def _bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._at}"}

    async def login(self, account: str, password: str, area: str, lang: str | None = None) -> Any:
        """Sign in by e-mail address or phone, whichever it looks like."""
        how = "email" if "@" in account else "phoneNumber"
        fields = {"countryCode": area, "password": password, how: account, "lang": lang}
        return self._kept(await self._signed("/v2/user/login", fields))

    async def refresh(self) -> Any:
        """Take the refresh token for a new pair."""
        return self._kept(await self._signed("/v2/user/refresh", {"rt": self._rt}))

    def _kept(self, answer: Any) -> Any:
        if answer["error"] == 0:
            self._at, self._rt = answer["data"]["at"], answer["data"]["rt"]
        return answer

    async def exchange(self, code: str, redirect: str) -> Any:
        """Take an OAuth code for tokens."""
        fields = {"redirectUrl": redirect, "code": code, "grantType": "authorization_code"}
        answer = await self._signed("/v2/user/oauth/token", fields)
        if answer["error"] == 0:
            self._at, self._rt = answer["data"]["accessToken"], answer["data"]["refreshToken"]
        return answer

    async def homes(self, lang: str | None = None) -> Any:
        """List the homes."""
        return await self._query("GET", "/v2/family", {"lang": lang})

    async def things(self, family: str | None = None, num: int | None = None, begin: int | None = None) -> Any:
        """List a page of a home."""
        return await self._query("GET", "/v2/device/thing", {"familyid": family, "num": num, "beginIndex": begin})

    async def walk(self, family: str | None = None) -> list[Any]:
        """List all pages of a home, until one is empty or the total is reached."""
        found: list[Any] = []
        begin = WALK_BEGINS
        while True:
            data = (await self.things(family, 30, begin))["data"]
            found += data["thingList"]
            if not data["thingList"] or len(found) >= data["total"]:
                return found
            begin = data["thingList"][-1]["index"]

    async def get(self, *things: tuple[int, str]) -> Any:
        """Read some things by their ids."""
        wanted = [{"itemType": kind, "id": thing} for kind, thing in things]
        return await self._post("/v2/device/thing", {"thingList": wanted})

    async def add(self, device: str, key: str, chip: str, family: str | None = None, sort: int | None = None) -> Any:
        """Bind a device under a name made of its id."""
        fields = {
            "name": f"MyDevice{device[-5:]}",
            "deviceid": device.lower(),
            "digest": hashlib.sha256(f"{device.lower()}{key}".encode()).hexdigest(),
            "chipid": chip,
            "familyid": family,
            "sort": sort,
        }
        return await self._post("/v2/device/add", fields)

    async def add_gsm(self, scanned: str, name: str) -> Any:
        """Bind a device by its code."""
        return await self._post("/v2/device/add-gsm", {"name": name, "id": scanned})

    async def rename(self, device: str, name: str | None = None, room: str | None = None) -> Any:
        """Give a device another name or room."""
        return await self._post("/v2/device/update-info", {"name": name, "deviceid": device, "roomid": room})

    async def delete(self, device: str) -> Any:
        """Give a device up, or leave it."""
        return await self._query("DELETE", "/v2/device", {"deviceid": device})

    async def share(self, devices: list[str], user: dict[str, str], permit: int, comment: str | None = None) -> Any:
        """Share devices with a person."""
        fields = {"deviceidList": devices, "permit": permit, "comment": comment, "shareType": 1, "user": user}
        return await self._post("/v2/device/share", fields)

    async def permit(self, device: str, apikey: str, permit: int) -> Any:
        """Change what a person may do."""
        return await self._post("/v2/device/share/permit", {"deviceid": device, "apikey": apikey, "permit": permit})

    async def unshare(self, device: str, apikey: str) -> Any:
        """Take a share back."""
        return await self._query("DELETE", "/v2/device/share", {"deviceid": device, "apikey": apikey})

    async def history(self, device: str) -> Any:
        """Read what was done with a device."""
        return await self._query("GET", "/v2/device/history", {"deviceid": device, "num": 30})

    async def messages(self, num: int | None = None, before: int | None = None) -> Any:
        """Read the inbox of the current home."""
        return await self._query("GET", "/v2/message/read", {"from": before, "num": num})


class Scene:
    """Hold the cloud and make strangers."""

    def __init__(self, cloud: EwelinkCloud, session: aiohttp.ClientSession) -> None:
        self.cloud = cloud
        self._session = session

    def stranger(self, *, personal: bool = False) -> Stranger:
        """Give a client with the credentials of an app."""
        prefix = "personal_" if personal else ""
        app = self.cloud.app
        return Stranger(self._session, self.cloud.base_url, app[f"{prefix}app_id"], app[f"{prefix}app_secret"])

    async def signed_in(self, user: User) -> Stranger:
        """Give a client of that person."""
        stranger = self.stranger()
        assert (await stranger.login(user.email, user.password, "+86"))["error"] == 0
        return stranger


@pytest.fixture
async def scene() -> AsyncGenerator[Scene]:
    """Run the cloud for strangers, who break no rule of its contract."""
    async with emulate(EwelinkCloud) as clouds, aiohttp.ClientSession() as session:
        cloud = cast("EwelinkCloud", clouds["ewelink"])
        yield Scene(cloud, session)
        assert cloud.violations == []


async def test_a_stranger_shares_and_takes_back(scene: Scene) -> None:
    """From signing in to the end of a share, every answer has what that client reads."""
    owner = await scene.signed_in(scene.cloud.user("owner"))
    guest = await scene.signed_in(scene.cloud.user("guest"))
    lamp, person = scene.cloud.devices[0], scene.cloud.user("guest")
    homes = (await owner.homes())["data"]
    proof = lamp.proof
    added = await owner.add(lamp.device.upper(), proof["apikey"], proof["chipid"], homes["currentFamilyId"], sort=2)
    assert (added["error"], added["data"]["itemData"]["deviceid"]) == (0, lamp.device)
    shared = await owner.share([lamp.device], {"countryCode": "+86", "email": person.email}, 5, "from a stranger")
    (row,) = shared["data"]["updatedThingList"][0]["itemData"]["shareTo"]
    assert (row["email"], row["permit"], row["comment"]) == (person.email, 5, "from a stranger")
    changed = await owner.permit(lamp.device, row["apikey"], 15)
    assert changed["data"]["updatedThing"]["itemData"]["shareTo"][0]["permit"] == 15
    (received,) = (await guest.get((2, lamp.device)))["data"]["thingList"]
    assert received["itemData"]["sharedBy"]["email"] == scene.cloud.user("owner").email
    assert (await owner.unshare(lamp.device, row["apikey"]))["error"] == 0
    assert (await guest.walk()) == []
    notices = (await guest.messages(num=30))["data"]["messageList"]
    assert {each["msgType"] for each in notices} == {"shareNotify_v2", "cancelShareNotify_v2"}


async def test_a_stranger_walks_all_pages(scene: Scene) -> None:
    """Its walk by the last index finds each of a hundred things once, and ends where some are hidden."""
    scene.cloud.add_devices("owner", 100)
    owner = await scene.signed_in(scene.cloud.user("owner"))
    found = [each["itemData"]["deviceid"] for each in await owner.walk()]
    assert (len(found), len(set(found))) == (100, 100)
    scene.cloud.hide_things("owner", 5)
    assert len(await owner.walk()) == 100


async def test_a_stranger_binds_renames_and_leaves(scene: Scene) -> None:
    """By the code of a device with a SIM card, into a room, shared by phone, left by one and given up by the other."""
    owner = await scene.signed_in(scene.cloud.user("owner"))
    guest, person, tracker = scene.stranger(), scene.cloud.user("guest"), scene.cloud.devices[-1]
    assert (await guest.login(person.phone["number"], person.password, "+86", "en"))["error"] == 0
    assert (await owner.add_gsm(tracker.proof["gsm_id"], "tracker"))["error"] == 0
    room = (await owner.homes("en"))["data"]["familyList"][0]["roomList"][0]["id"]
    assert (await owner.rename(tracker.device, "my tracker", room))["error"] == 0
    phone = {"countryCode": "+86", "phoneNumber": f"+86{person.phone['number']}"}
    assert (await owner.share([tracker.device], phone, 0))["error"] == 0
    assert (await owner.history(tracker.device))["data"]["histories"] == []
    assert (await guest.delete(tracker.device))["error"] == 0
    (mine,) = (await owner.things(num=0))["data"]["thingList"]
    assert mine["itemData"]["name"] == "my tracker"
    assert (await owner.delete(tracker.device))["error"] == 0
    assert (await owner.delete(tracker.device))["error"] == 405


async def test_a_stranger_renews_and_uses_oauth(scene: Scene) -> None:
    """A renewed token works on; one by OAuth of a personal app reads and is refused what the list leaves out."""
    owner = await scene.signed_in(scene.cloud.user("owner"))
    assert (await owner.refresh())["error"] == 0
    assert (await owner.homes())["error"] == 0
    personal = scene.stranger(personal=True)
    code = scene.cloud.oauth_code("owner")
    assert (await personal.exchange(code, "https://example.com/back"))["error"] == 0
    assert (await personal.things())["error"] == 0
    assert (await personal.delete(scene.cloud.devices[0].device))["error"] == 407
