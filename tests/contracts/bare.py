"""A bare HTTP client at the emulated clouds: requests that are valid but for one thing, and what is answered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

import aiohttp
import attrs

from .stage import Vendor, address, sends_json


@attrs.define
class Wrong:
    """Hold a request while it is being built: parameters by place, and whose token goes with it."""

    vendor: str
    call: str
    query: dict[str, Any] = attrs.field(factory=dict[str, Any])
    body: dict[str, Any] = attrs.field(factory=dict[str, Any])
    token: str = ""
    sign: Callable[[dict[str, Any]], None] | None = None
    """Makes anew what depends on other parameters, where that is still there."""

    @property
    def right(self) -> dict[str, Any]:
        """The place where this call's parameters belong."""
        return self.body if sends_json(self.vendor, self.call) else self.query

    @property
    def other(self) -> dict[str, Any]:
        """The place where they do not belong."""
        return self.query if sends_json(self.vendor, self.call) else self.body

    def take(self, parameter: str) -> Any:
        """Remove a parameter and return its value; one that is nested is found by its path."""
        holder, name = self._holder(parameter)
        return holder.pop(name)

    def put(self, parameter: str, value: Any) -> None:
        """Give a parameter a value."""
        holder, name = self._holder(parameter)
        holder[name] = value

    def _holder(self, parameter: str) -> tuple[dict[str, Any], str]:
        holder: Any = self.right
        *outer, name = parameter.split(".")
        for each in outer:
            inner = holder[each.removesuffix("[]")]
            holder = inner[0] if each.endswith("[]") else inner
        return holder, name


Answer: TypeAlias = tuple[int, str]
"""HTTP status and the vendor's code; the code is "ok" where the request was accepted."""


async def send(here: Vendor, http: aiohttp.ClientSession, wrong: Wrong) -> Answer:
    """Send a request and read the answer in the vendor's envelope."""
    method, path = address(wrong.vendor, wrong.call)
    query = {name: written(value) for name, value in wrong.query.items()}
    headers = {"Authorization": wrong.token} if wrong.token else {}
    options: dict[str, Any] = {"params": query, "headers": headers}
    if wrong.body or sends_json(wrong.vendor, wrong.call):
        options["json"] = wrong.body
    async with http.request(method, here.cloud.base_url + path, **options) as reply:
        body = await reply.json()
        if wrong.vendor == "quectel":
            assert set(body) == {"code", "msg", "data", "extMsg"}
            return reply.status, "ok" if body["code"] == 200 else str(body["code"])
        assert set(body) == {"Response"}
        return reply.status, body["Response"].get("Error", {"Code": "ok"})["Code"]


def written(value: object) -> str:
    """Write a value as it stands in a query."""
    return str(value).lower() if isinstance(value, bool) else str(value)


async def judged(
    here: Vendor, http: aiohttp.ClientSession, request: Wrong, change: Callable[[Wrong], object] | None = None
) -> Answer:
    """Change a request, sign it anew, and send it; nothing may come of it unless it is accepted."""
    if change is not None:
        change(request)
    if request.sign is not None:
        request.sign(request.right)
    state = here.cloud.state()
    answer = await send(here, http, request)
    if answer[1] != "ok":
        assert here.cloud.state() == state
        assert here.cloud.requests[-1].effect is False
    return answer


Valid: TypeAlias = Callable[[Vendor, str], Awaitable[Wrong]]
"""Make a valid request of a call, in the variant in which one parameter matters."""
