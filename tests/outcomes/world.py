"""One vendor's emulated cloud with every way to it, on which the cells of the table are played."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import timedelta
from typing import Any, Final, cast

import aiohttp
import attrs
import pytest
import trustme
from aiohttp.abc import AbstractResolver, ResolveResult
from tests.contracts.expected import Act
from tests.contracts.stage import Notebook, Vendor

from sharebind import NO_RETRIES, Account, Operation, Outcome, Retries, Sharebind, SharebindError, UnavailableError
from sharebind.emulator import Clouds, FaultProxy, emulate
from sharebind.events import Event, Finished, Sent

from .table import CODES, DIRECT, FRESH, PROXIED, SEALED, SESSION, Fault
from .wishes import Row

SHORT: Final = timedelta(milliseconds=40)
"""A deadline for what never answers."""
LONGEST: Final = timedelta(seconds=4)
HANDSHAKE: Final = 0.15
"""Seconds for a connection on the sealed line."""
SETTLE: Final = 0.05
"""Seconds for what is still on its way to a server."""

ONCE: Final = "once"
"""The fault happens once, and nothing is repeated."""
ALWAYS: Final = "always"
"""The fault happens to every attempt."""
PASSING: Final = "passing"
"""The fault happens once, and what may be repeated is."""


class Names(AbstractResolver):
    """Resolve every name to this machine, or none."""

    def __init__(self) -> None:
        self.known = True

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Look a name up."""
        if not self.known:
            raise OSError(None, "no such name")
        return [
            ResolveResult(hostname=host, host="127.0.0.1", port=port, family=family, proto=0, flags=0),
        ]

    async def close(self) -> None:
        """Have nothing to close."""


class Watcher:
    """Keep what observers see, and act right before a request leaves."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.wishes: list[Operation[Any]] = []
        self.leaving: Callable[[Sent], None] | None = None

    def seen(self, event: Event, /) -> None:
        """Take one event."""
        self.events.append(event)
        if isinstance(event, Sent) and self.leaving is not None:
            self.leaving(event)

    async def review(self, op: Operation[Any], account: str, /) -> None:
        """Keep each wish, and deny none."""
        del account
        self.wishes.append(op)

    def sent(self, call: str) -> list[Sent]:
        """Give the announcements of one call."""
        return [event for event in self.events if isinstance(event, Sent) and event.call == call]

    def finished(self) -> Finished:
        """Give the last word on the operation."""
        return [event for event in self.events if isinstance(event, Finished)][-1]


@attrs.frozen
class Line:
    """Hold one way to the cloud: an address, and the library over its own connections."""

    url: str
    sharebind: Sharebind


@attrs.frozen(kw_only=True)
class Played:
    """Tell what came of one cell."""

    outcome: Outcome
    value: object
    error: BaseException | None
    effects: int
    attempts: int
    most_of_one: int
    arrived: int
    """How often the call that was hit reached a server whole."""
    struck: bool
    told: Outcome
    """The outcome that observers were told."""
    actor: str
    violations: tuple[str, ...]


class World:
    """Play cells, one at a time."""

    def __init__(self, vendor: str, clouds: Clouds, plain: FaultProxy, tls: FaultProxy, names: Names) -> None:
        self.clouds = clouds
        self.cloud = clouds[vendor]
        self.plain = plain
        self.tls = tls
        self.names = names
        self.watcher = Watcher()
        self.lines: dict[tuple[str, bool], Line] = {}
        self.timeout: timedelta | None = None
        self.line: Line
        self.armed = False
        self.ready: tuple[Row, Act] | None = None
        self.vendor = Vendor(vendor, self.cloud, clouds, cast("Sharebind", self), Notebook())

    def open_account(self, provider: str, settings: Any, *, name: str) -> Account:
        """Stand for the library of the line that is used now."""
        return self.line.sharebind.open_account(provider, settings, name=name, timeout=self.timeout)

    def use(self, line: str, *, repeating: bool) -> None:
        """Go to the cloud by this line from now on."""
        self.line = self.lines[line, repeating]
        self.cloud.base_url = self.line.url

    async def open_sealed(self) -> None:
        """Open the sealed lines, on which nobody waits for a handshake as long as hosts do."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("sharebind.http.pool.CONNECT_TIMEOUT", HANDSHAKE)
            for repeating in (False, True):
                self.use(SEALED, repeating=repeating)
                with suppress(UnavailableError):  # the line is open all the same
                    await self.vendor.manner.read(self.vendor.account("other"))

    async def heal(self, _: float = 0) -> None:
        """Let names resolve and connections be taken again; this is also what happens in every pause."""
        self.names.known = True
        await self.plain.listen()

    async def play(self, row: Row, fault: Fault, mode: str) -> Played:
        """Play one cell; one whose time ran out before the fault happened is played again with more of it."""
        time = SHORT
        while True:
            played = await self._play(row, fault, mode, time)
            if played.struck or time > LONGEST:
                return played
            time *= 4
            await self.plain.drop()
            await asyncio.sleep(SETTLE)

    async def _play(self, row: Row, fault: Fault, mode: str, time: timedelta) -> Played:
        act = await self.prepare(row)
        self.use(fault.line, repeating=mode != ONCE)
        if fault.kind == "stale":
            await self.vendor.manner.read(self.vendor.account("other"))
        self.listen(row, fault, mode)
        self.timeout = time if fault.waits else None
        value, error = cast("object", None), cast("BaseException | None", None)
        doing = asyncio.ensure_future(act())
        try:
            if fault.cancels:
                await self.cancel(doing, row, fault)
            value = await doing
        except (SharebindError, asyncio.CancelledError) as raised:
            error = raised
        self.timeout, self.watcher.leaving = None, None
        played = self.told(row, value, error, struck=self.struck(row, fault))
        late = fault.waits or fault.cancels  # what was given up may still be on its way
        touched = late or not played.struck or any(each.effect for each in self.cloud.requests)
        self.ready = None if touched else (row, act)
        return played

    async def prepare(self, row: Row) -> Act:
        """Make an operation ready in a new world, or in the last one where nothing has changed since that."""
        await self.calm()
        if self.ready is not None and self.ready[0] is row:
            return self.ready[1]
        self.clouds.reset()
        self.use(DIRECT, repeating=False)
        return await row.situation.prepare(self.vendor)

    async def calm(self) -> None:
        """Let nothing be wrong."""
        self.armed = False
        self.watcher.leaving = None
        self.cloud.faults.clear()
        self.plain.clear()
        self.tls.clear()
        await self.heal()

    async def cancel(self, doing: asyncio.Future[object], row: Row, fault: Fault) -> None:
        """Cancel a call once the fault holds it, or leave alone one that ends by itself."""
        while not doing.done() and not self.is_held(row, fault):  # noqa: ASYNC110 - no event tells of all of it
            await asyncio.sleep(0.001)
        doing.cancel()

    def is_held(self, row: Row, fault: Fault) -> bool:
        """Tell whether the request has come as far as the fault lets it."""
        if fault.line == SEALED:
            return self.armed and not self.tls.waiting
        return self.struck(row, fault)

    def listen(self, row: Row, fault: Fault, mode: str) -> None:
        """Lay the fault in the way of the call."""
        self.cloud.requests.clear()
        self.watcher.events.clear()
        self.plain.clear()
        call, times = row.situation.call, None if mode == ALWAYS else 1
        if fault.line == DIRECT and row.role != "after":
            self.play_here(row, fault, times)
            return
        broken = 0

        def leaving(event: Sent) -> None:
            nonlocal broken
            early = row.role == "after" and not any(each.effect for each in self.cloud.requests)
            if event.call == call and not early and (mode == ALWAYS or not broken):
                broken += 1
                self.break_next(row, fault)

        self.watcher.leaving = leaving

    def play_here(self, row: Row, fault: Fault, times: int | None) -> None:
        """Have the cloud itself play a fault."""
        self.armed = True
        code = CODES.get(fault.name, {}).get(row.vendor)
        options = {**fault.options, **({"code": code} if code is not None else {})}
        call, after = row.situation.call, fault.done
        self.cloud.faults.add(fault.kind, operation=call, times=times, after=after, **options)

    def break_next(self, row: Row, fault: Fault) -> None:
        """Break the request that is about to leave."""
        self.armed = True
        if fault.line == DIRECT:
            self.play_here(row, fault, 1)
        elif fault.kind == "unresolved":
            self.names.known = False
        elif fault.kind == "refused":
            self.plain.refuse()
        else:
            proxy = self.tls if fault.line == SEALED else self.plain
            proxy.add(fault.kind, after=fault.done)

    def struck(self, row: Row, fault: Fault) -> bool:
        """Tell whether the fault has happened, and what was to be done first is done."""
        arrived = [each for each in self.cloud.requests if each.operation == row.situation.call]
        if fault.line == DIRECT:
            happened = bool(arrived) and not [each for each in self.cloud.faults if each.left is not None]
        else:
            happened = bool(self.watcher.sent(row.situation.call)) and not self.plain.waiting + self.tls.waiting
        executed = row.role != "change" or not fault.done or any(each.effect for each in arrived)
        return self.armed and happened and executed

    def told(self, row: Row, value: object, error: BaseException | None, *, struck: bool) -> Played:
        """Gather what the cell left behind."""
        sent = self.watcher.sent(row.situation.call)
        logins = {each.call for each in self.watcher.events if isinstance(each, Sent) and each.operation in SESSION}
        finished = self.watcher.finished()
        unread = [each for each in (*self.plain.seen, *self.tls.seen) if not each.passed_on]
        return Played(
            outcome=error.outcome if isinstance(error, SharebindError) else finished.outcome if error else Outcome.DONE,
            value=value,
            error=error,
            effects=sum(each.effect for each in self.cloud.requests if each.operation not in logins),
            attempts=len(sent),
            most_of_one=max((each.attempt for each in sent), default=0),
            arrived=sum(each.operation == row.situation.call for each in self.cloud.requests) + len(unread),
            struck=struck,
            told=finished.outcome,
            actor=finished.account,
            violations=tuple(str(each) for each in self.cloud.violations),
        )

    async def read_again(self, row: Row, actor: str, *, waited: bool) -> None:
        """Have the account that acted read something, with nothing wrong any more."""
        await self.calm()
        fresh = waited or row.role == "session"
        person = "other" if row.role == "session" else actor
        account = self.vendor.account(person) if fresh else self.line.sharebind.account(person)
        try:
            await self.vendor.manner.read(account)
        except UnavailableError:  # a handshake that took too long by itself
            await self.vendor.manner.read(account)


@asynccontextmanager
async def opened(vendor: str) -> AsyncGenerator[World]:
    """Open a vendor's cloud with every line to it."""
    async with AsyncExitStack() as stack:
        clouds = await stack.enter_async_context(emulate(vendor))
        upstream = clouds[vendor].base_url
        authority, names = trustme.CA(), Names()
        server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
        authority.issue_cert("127.0.0.1").configure_cert(server)
        authority.configure_trust(client)
        plain = await stack.enter_async_context(FaultProxy(upstream))
        tls = await stack.enter_async_context(FaultProxy(upstream, tls=server))
        world = World(vendor, clouds, plain, tls, names)
        named = plain.url.replace("127.0.0.1", "localhost")
        connectors: dict[str, tuple[str, Callable[[], aiohttp.TCPConnector] | None]] = {
            DIRECT: (upstream, None),
            PROXIED: (plain.url, None),
            FRESH: (named, lambda: aiohttp.TCPConnector(resolver=names, use_dns_cache=False, force_close=True)),
            SEALED: (tls.url, lambda: aiohttp.TCPConnector(ssl=client, force_close=True)),
        }
        repeating = Retries(budget=10**9, random=lambda: 0.0, sleep=world.heal)
        for line, (url, connector) in connectors.items():
            session = None
            if connector is not None:
                session = await stack.enter_async_context(aiohttp.ClientSession(connector=connector()))
            for retries in (NO_RETRIES, repeating):
                sharebind = await stack.enter_async_context(
                    Sharebind(
                        session=session,
                        clock=clouds.clock,
                        tokens=world.vendor.notebook,
                        observers=[world.watcher],
                        policies={"watcher": world.watcher},
                        retries=retries,
                    )
                )
                world.lines[line, retries is repeating] = Line(url, sharebind)
        await world.open_sealed()
        yield world
