"""A bare HTTP client at the emulated clouds: requests that are valid but for one thing, and what is answered."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias, cast

import aiohttp
import attrs

from sharebind.emulator import Request

from .reading import contract, filled
from .stage import Vendor, address, own_parameters, place


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
    path: dict[str, Any] = attrs.field(factory=dict[str, Any])
    headers: dict[str, str] = attrs.field(factory=dict[str, str])
    seal: Callable[[bytes], dict[str, str]] | None = None
    """Gives the headers that depend on the bytes of the body."""

    @property
    def right(self) -> dict[str, Any]:
        """Where most of this call's parameters belong: in the body, unless none does."""
        return self.body if self.in_body else self.query

    @property
    def in_body(self) -> bool:
        """Whether any parameter of this call belongs in the body."""
        return self.vendor == "tencent" or any(
            place(self.vendor, self.call, name) == "body" for name in own_parameters(self.vendor, self.call)
        )

    @property
    def named(self) -> set[str]:
        """The names of everything that is given."""
        return {*self.query, *self.body, *self.path}

    def at(self, parameter: str) -> dict[str, Any]:
        """Return the place where a parameter belongs."""
        where = place(self.vendor, self.call, parameter)
        return {"path": self.path, "query": self.query, "body": self.body, "header": self.headers}[where]

    def elsewhere(self, parameter: str) -> dict[str, Any]:
        """Return a place where a parameter does not belong."""
        return self.query if place(self.vendor, self.call, parameter) == "body" else self.body

    def take(self, parameter: str) -> Any:
        """Remove a parameter and return its value; one that is nested is found by its path."""
        holder, name = self._holder(parameter)
        return holder.pop(name)

    def put(self, parameter: str, value: Any) -> None:
        """Give a parameter a value."""
        holder, name = self._holder(parameter)
        holder[name] = value

    def rename(self, parameter: str, name: str) -> None:
        """Give a parameter another name, in its place."""
        holder, old = self._holder(parameter)
        holder[name] = holder.pop(old)

    def _holder(self, parameter: str) -> tuple[dict[str, Any], str]:
        holder: Any = self.at(parameter)
        *outer, name = parameter.split(".")
        for each in outer:
            inner = holder[each.removesuffix("[]")]
            holder = inner[0] if each.endswith("[]") else inner
        return holder, name

    def raw(self) -> bytes:
        """Return the bytes of the body; empty for a call that has none."""
        return json.dumps(self.body).encode() if self.body or self.in_body else b""

    def all_headers(self, raw: bytes) -> dict[str, str]:
        """Return the headers, with the token and with what seals the body."""
        token = {"Authorization": self.token} if self.token else {}
        sealed = self.seal(raw) if self.seal is not None else {}
        kind = {"Content-Type": "application/json"} if raw else {}
        return {**kind, **token, **sealed, **self.headers}

    def asked(self) -> tuple[str, str]:
        """Return method and path, with the values that stand in it."""
        method, path = address(self.vendor, self.call)
        return method, filled(path, self.path)


Answer: TypeAlias = tuple[int, str]
"""HTTP status and the vendor's code; the code is "ok" where the request was accepted."""


async def send(here: Vendor, http: aiohttp.ClientSession, wrong: Wrong) -> Answer:
    """Send a request and read the answer in the vendor's envelope."""
    (method, path), raw = wrong.asked(), wrong.raw()
    query = {name: written(value) for name, value in wrong.query.items()}
    options: dict[str, Any] = {"params": query, "headers": wrong.all_headers(raw), "data": raw or None}
    async with http.request(method, here.cloud.base_url + path, **options) as reply:
        return reply.status, code_in(wrong.vendor, await reply.json())


def code_in(vendor: str, body: Any) -> str:
    """Return the code of an answer, "ok" for success (errors.yaml: unwrap)."""
    match vendor:
        case "quectel":
            assert set(body) == {"code", "msg", "data", "extMsg"}
            return "ok" if body["code"] == 200 else str(body["code"])
        case "tencent":
            assert set(body) == {"Response"}
            return str(body["Response"].get("Error", {"Code": "ok"})["Code"])
        case "gizwits":
            known = cast("dict[str, Any]", body) if isinstance(body, dict) else {}
            if "error_code" not in known:
                return "ok"
            assert set(known) <= set(contract("gizwits")["error_envelope"]["fields"])
            return str(known["error_code"])
        case _:
            assert set(body) == set(contract("ewelink")["error_envelope"]["fields"])
            return "ok" if body["error"] == 0 else str(body["error"])


def at_once(here: Vendor, request: Wrong) -> Any:
    """Hand a valid request to the cloud without a connection, to prepare a state, and return what it answers."""
    (method, path), raw = request.asked(), request.raw()
    query = {name: [written(value)] for name, value in request.query.items()}
    asked = Request(
        method=method,
        path=path,
        query=query,
        headers=request.all_headers(raw),
        body=request.body if raw else None,
        raw_body=raw,
    )
    body = here.cloud.answer(here.cloud.operation_of(asked), asked).body
    assert code_in(here.name, body) == "ok"
    return body


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
