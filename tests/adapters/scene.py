"""Servers that say what a test tells them, and people at emulated clouds, for every test of this folder."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Final, cast
from urllib.parse import parse_qsl, urlsplit

import attrs

from sharebind import (
    NO_RETRIES,
    Account,
    Anyone,
    ByIdentity,
    ByText,
    CodeOffer,
    DeviceRef,
    Proof,
    Registry,
    Secret,
    Sharebind,
)
from sharebind.emulator import Cloud, Clouds, User
from sharebind_gizwits import ByMac

VENDORS: Final = ("quectel", "tencent")
DEVICE: Final = DeviceRef("860000000000001", "p11abc")
WEEK: Final = timedelta(days=7)
_TOKEN: Final = Secret("t0k")
INSTALLED: Final = Registry()
"""What is installed, looked for once: that takes longer than many a test of this folder."""
SILENCE: Final = 0
"""The status of an answer that never comes."""


@attrs.frozen
class Asked:
    """One request as a server sees it: the call's name at its vendor, and its fields from query and body."""

    name: str
    fields: Mapping[str, Any]


Said = tuple[int, object]


@attrs.define
class Server:
    """A raw server of one vendor, and the requests that came."""

    say: Callable[[Asked], Said]
    asked: list[Asked] = attrs.field(factory=list[Asked])
    arrived: asyncio.Event = attrs.field(factory=asyncio.Event)
    url: str = ""
    tasks: dict[asyncio.Task[Any], asyncio.StreamWriter] = attrs.field(factory=dict[Any, asyncio.StreamWriter])

    def names(self) -> list[str]:
        """Give the calls that came, in order."""
        return [each.name for each in self.asked]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection."""
        task = asyncio.current_task()
        assert task is not None
        self.tasks[task] = writer
        try:
            while True:
                request = await self._read(reader)
                self.asked.append(request)
                self.arrived.set()
                status, said = self.say(request)
                if status == SILENCE:
                    await reader.read()
                    return
                body = said if isinstance(said, bytes) else json.dumps(said).encode()
                writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _read(self, reader: asyncio.StreamReader) -> Asked:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin1")
        lengths = [int(line[15:]) for line in head.lower().split("\r\n") if line.startswith("content-length:")]
        body = await reader.readexactly(lengths[0]) if lengths else b""
        target = urlsplit(head.split(" ", 2)[1])
        fields = dict(parse_qsl(target.query)) | (json.loads(body) if body else {})
        return Asked(str(fields.get("Action", target.path.rpartition("/")[2])), fields)

    async def end(self) -> None:
        """End every connection, and wait for what serves it."""
        for writer in self.tasks.values():
            writer.transport.abort()
        if self.tasks:
            await asyncio.wait(self.tasks, timeout=5)


@asynccontextmanager
async def serving(say: Callable[[Asked], Said]) -> AsyncGenerator[Server]:
    """Run a raw server on 127.0.0.1."""
    server = Server(say)
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    try:
        yield server
    finally:
        listening.close()
        await server.end()


@asynccontextmanager
async def account_at(
    provider: str, say: Callable[[Asked], Said], token: Secret = _TOKEN, more: Mapping[str, object] | None = None
) -> AsyncGenerator[tuple[Account, Server]]:
    """Open an account at a raw server, with a token and whatever more settings."""
    async with serving(say) as server, Sharebind(registry=INSTALLED, retries=NO_RETRIES) as sharebind:
        settings = {"token": token, "base_url": server.url, **(more or {})}
        yield sharebind.open_account(provider, settings, name="desk"), server


def quectel_ok(data: object = None) -> Said:
    """Write Quectel's envelope of success."""
    return 200, {"code": 200, "msg": "", "data": data}


def tencent_ok(**fields: object) -> Said:
    """Write Tencent's documented envelope of success."""
    return 200, {"Response": {**fields, "RequestId": "r"}}


def needed(cloud: Cloud) -> dict[str, object]:
    """Give what an account needs beside a token; a documented pace would only hold the tests up."""
    if cloud.provider == "gizwits":
        app = cloud.app
        return {"app_id": app["app_id"], "product_secrets": {app["product_key"]: app["product_secret"]}}
    return {"rate": "off"} if cloud.provider == "ewelink" else {}


class Home:
    """Three people at one emulated vendor, and its devices."""

    def __init__(self, sharebind: Sharebind, clouds: Clouds, provider: str) -> None:
        self.sharebind = sharebind
        self.clouds = clouds
        self.cloud: Cloud = clouds[provider]
        self.owner, self.guest, self.other = (self._open(sharebind, name) for name in ("owner", "guest", "other"))

    def _open(self, sharebind: Sharebind, name: str) -> Account:
        settings = {"token": self.cloud.user(name).token, "base_url": self.cloud.base_url, **needed(self.cloud)}
        return sharebind.open_account(self.cloud.provider, settings, name=name)

    def person(self, account: Account) -> User:
        """Give the person behind an account."""
        return self.cloud.user(account.name)

    async def bound(self, index: int = 0) -> DeviceRef:
        """Bind one of the free devices, by whatever proof the account takes."""
        given = self.cloud.devices[index]
        device = DeviceRef(given.device, given.product)
        await self.owner.bind(device, self.proof(index))
        return device

    def proof(self, index: int = 0) -> Proof:
        """Give the most usual proof of one of the free devices."""
        known = self.cloud.devices[index].proof
        match self.cloud.provider:
            case "quectel":
                return ByIdentity()
            case "tencent":
                return ByText(known["device_signature"])
            case "gizwits":
                return ByMac(known["product_key"], known["mac"])
            case _:
                from sharebind_ewelink import ByDigest

                return ByDigest(apikey=known["apikey"], chip=known["chipid"])

    async def code(self, device: DeviceRef) -> CodeOffer:
        """Make a code that anyone may take."""
        return await self.owner.share(device, to=Anyone(), accept_by=WEEK)

    async def taken(self, device: DeviceRef, *accounts: Account) -> list[CodeOffer]:
        """Give a device to people, each by a code of their own."""
        offers = [await self.code(device) for _ in accounts]
        for account, offer in zip(accounts, offers, strict=True):
            await account.accept(offer.code)
        return offers

    def devices_of(self, account: Account) -> set[str]:
        """Say which devices somebody has access to, by the cloud itself."""
        bindings = cast("list[dict[str, str]]", self.cloud.state()["bindings"])
        user_id = self.person(account).user_id
        return {each["device"] for each in bindings if each["user_id"] == user_id}

    def has(self, account: Account) -> bool:
        """Say whether somebody has access to any device."""
        return bool(self.devices_of(account))

    def shares(self) -> list[dict[str, str]]:
        """Give every share that there ever was, by the cloud itself."""
        return cast("list[dict[str, str]]", self.cloud.state()["shares"])
