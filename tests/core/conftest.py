"""What the tests of the core share: a stopped clock, providers that do what a test hands them, raw servers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Final

import attrs
import pytest

from sharebind import Account, Operation, ProviderError, Secret, Sharebind
from sharebind.capabilities import EVERY
from sharebind.events import Event, Finished, Observer
from sharebind.protocols import Policy
from sharebind.provider import (
    API,
    NATIVE,
    Capability,
    Context,
    HttpCall,
    ProviderSpec,
    Reply,
    Setup,
    Stage,
    Support,
    bind_by,
    unreadable,
)
from sharebind.rates import Rate
from sharebind.registry import Registry

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)


@attrs.define
class StoppedClock:
    """A clock that moves only when it is told to."""

    moment: datetime = NOW

    def now(self) -> datetime:
        """Give the moment."""
        return self.moment

    def advance(self, by: timedelta) -> None:
        """Jump."""
        self.moment += by


@attrs.frozen(kw_only=True)
class ToySettings:
    """What a toy account is set up with; nothing listens at its address."""

    token: Secret = attrs.field(factory=lambda: Secret("a-toy-token"))
    base_url: str = "http://127.0.0.1:9"

    @property
    def url(self) -> str:
        """The base URL."""
        return self.base_url


class Toy:
    """A provider whose methods were handed over."""

    def __init__(self, support: Mapping[Capability, Support], methods: Mapping[str, Any]) -> None:
        self.support = support
        vars(self).update(methods)


class Watcher:
    """An observer that keeps what it sees."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def seen(self, event: Event, /) -> None:
        """Keep one event."""
        self.events.append(event)

    @property
    def last(self) -> Finished:
        """The last event, which must be the end of an operation."""
        event = self.events[-1]
        assert isinstance(event, Finished)
        return event


EVERYTHING: Mapping[Capability, Support] = {
    **dict.fromkeys(map(Capability, EVERY), NATIVE),
    bind_by("identity"): NATIVE,
    bind_by("identity.name"): NATIVE,
}


class Bench:
    """Makes accounts at toy providers, and closes them."""

    def __init__(self) -> None:
        self.clock = StoppedClock()
        self.watcher = Watcher()
        self.setups: list[Setup] = []
        self._opened: list[Sharebind] = []

    def spec(
        self,
        *,
        name: str = "toy",
        support: Mapping[Capability, Support] = EVERYTHING,
        extra: Mapping[Capability, frozenset[str]] | None = None,
        needs_product: bool = False,
        settings: type[Any] = ToySettings,
        **methods: Any,
    ) -> ProviderSpec:
        """Describe a provider that has these methods, called as ``method(op, ctx)``."""

        def make(_settings: Any, setup: Setup) -> Toy:
            self.setups.append(setup)
            return Toy(support, methods)

        return ProviderSpec(
            name=name,
            api=API,
            settings=settings,
            capabilities=support,
            factory=make,
            extra=extra or {},
            needs_product=needs_product,
        )

    def open(self, *specs: ProviderSpec, **options: Any) -> Sharebind:
        """Make a ``Sharebind`` over these providers, with the clock and the observer of this bench."""
        made = Sharebind(
            registry=Registry(specs=specs), **{"clock": self.clock, "observers": [self.watcher], **options}
        )
        self._opened.append(made)
        return made

    @property
    def last(self) -> Sharebind:
        """The one that was opened last."""
        return self._opened[-1]

    def account(
        self,
        *,
        observers: Iterable[Observer] | None = None,
        policies: Mapping[str, Policy] | None = None,
        base_url: str = "http://127.0.0.1:9",
        **about: Any,
    ) -> Account:
        """Open one account at a toy provider; ``about`` goes to ``spec``."""
        watching = [self.watcher] if observers is None else observers
        sharebind = self.open(self.spec(**about), observers=watching, policies=policies)
        return sharebind.open_account("toy", {"base_url": base_url}, name="desk")

    async def aclose(self) -> None:
        """Close all that was opened."""
        for sharebind in self._opened:
            await sharebind.aclose()


@pytest.fixture
async def bench() -> AsyncGenerator[Bench]:
    """Give a bench, and clear it up."""
    made = Bench()
    yield made
    await made.aclose()


@attrs.frozen(kw_only=True)
class Send(Operation[Reply]):
    """Carry one call."""

    kind: ClassVar[str] = "send"
    method: ClassVar[str] = "send"

    call: HttpCall


class Carrier:
    """A provider that carries calls as they are, and judges answers as adapters do."""

    support: ClassVar[dict[Any, Any]] = {}

    def __init__(self, setup: Setup) -> None:
        self.client = setup.client
        self.stages: list[Stage] = []

    async def send(self, op: Send, ctx: Context) -> Reply:
        """Send it."""

        def read(reply: Reply) -> Reply:
            if not reply.readable:
                raise unreadable("toy", call=op.call, ctx=ctx, reply=reply)
            return reply

        try:
            reply = await self.client.send(op.call, ctx, read)
        finally:
            self.stages.append(ctx.stage)
        if op.call.changes:
            ctx.done()
        return reply


@attrs.define
class Wire:
    """One connection as a server sees it."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def read(self) -> bytes:
        """Read one request with its body; empty at the end of the connection."""
        try:
            head = await self.reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            return b""
        lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        return head + await self.reader.readexactly(int(lengths[0][15:]) if lengths else 0)

    async def say(self, body: bytes, *headers: str, status: str = "200 OK", length: int | None = None) -> None:
        """Answer."""
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body) if length is None else length}", *headers, "", ""]
        self.writer.write("\r\n".join(lines).encode() + body)
        await self.writer.drain()


Answer = Callable[[Wire], Awaitable[None]]


@attrs.define
class Server:
    """A raw server: every request that came, and how many connections; its last answer is given again and again."""

    answers: list[Answer]
    requests: list[bytes] = attrs.field(factory=list[bytes])
    connections: int = 0
    url: str = ""
    open: dict[asyncio.Task[Any], asyncio.StreamWriter] = attrs.field(factory=dict[Any, asyncio.StreamWriter])

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection."""
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self.open[task] = writer
        wire = Wire(reader, writer)
        try:
            while request := await wire.read():
                self.requests.append(request)
                answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
                await answer(wire)
        except ConnectionError:
            pass
        finally:
            writer.close()

    async def end(self) -> None:
        """End every connection, and wait for what serves it."""
        for writer in self.open.values():
            writer.transport.abort()
        if self.open:
            await asyncio.wait(self.open, timeout=5)


class Net:
    """Raw servers, and accounts whose provider carries calls to them."""

    TOKEN: Final = "tok-hunter2"
    CODE: Final = "code-hunter3"
    KEY: Final = "key-hunter4"

    def __init__(self, bench: Bench) -> None:
        self.bench = bench

    @asynccontextmanager
    async def serving(self, *answers: Answer) -> AsyncGenerator[Server]:
        """Run a raw server on 127.0.0.1."""
        server = Server(list(answers))
        listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
        server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
        try:
            yield server
        finally:
            listening.close()
            await server.end()

    def saying(self, body: bytes = b"{}", *headers: str, **about: Any) -> Answer:
        """Answer every request with this."""

        async def answer(wire: Wire) -> None:
            await wire.say(body, *headers, **about)

        return answer

    async def dropping(self, wire: Wire) -> None:
        """End the connection at once, without a word."""
        wire.writer.transport.abort()

    async def closing(self, wire: Wire) -> None:
        """End the connection politely, without a word."""
        wire.writer.close()

    async def silent(self, wire: Wire) -> None:
        """Say nothing for as long as the other side waits."""
        await wire.reader.read()

    def account(self, url: str, *, rate: Rate | None = None, **options: Any) -> tuple[Account, Carrier]:
        """Open an account whose provider carries calls to this address."""
        carriers: list[Carrier] = []

        def make(_settings: Any, setup: Setup) -> Any:
            carriers.append(Carrier(setup))
            return carriers[-1]

        sharebind = self.bench.open(attrs.evolve(self.bench.spec(), factory=make), **options)
        return sharebind.open_account("toy", {"base_url": url}, name="desk", rate=rate), carriers[0]

    def call(self, *, changes: bool, method: str = "POST", path: str = "/v2/thing", **parts: Any) -> Send:
        """Make a call with secrets in its header, its query and its body."""
        secrets: dict[str, Any] = {
            "query": {"code": Secret(self.CODE), "who": "a&b=c"},
            "headers": {"Authorization": Secret(self.TOKEN)},
            "body": None if method == "GET" else {"key": Secret(self.KEY), "name": "灯"},
        }
        return Send(call=HttpCall(name="thing", method=method, path=path, changes=changes, **{**secrets, **parts}))

    async def refused(self, account: Account, op: Send, **options: Any) -> ProviderError:
        """Give the error of a call."""
        with pytest.raises(ProviderError) as error:
            await account.perform(op, **options)
        return error.value


@pytest.fixture
async def net(bench: Bench) -> Net:
    """Give raw servers."""
    return Net(bench)
