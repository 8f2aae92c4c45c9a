"""A proxy that breaks connections in the ways that a web server cannot.

It stands between a client and any plain ``http`` server, an emulated cloud for one::

    async with emulate("quectel") as clouds, FaultProxy(clouds["quectel"].base_url) as proxy:
        proxy.add("half_head", after=True, when=lambda method, path: "shareInfo" in path)
        ...  # an account whose base_url is proxy.url

It reads each request whole (one with a ``Content-Length``, or without a body), asks the server, and hands the answer
on, unless a fault waits for that request.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import urlsplit

import attrs

When = Callable[[str, str], bool]
"""Takes method and path of a request, and tells whether a fault is meant for it."""

ON_CONNECTING: Final = frozenset({"reset_unread", "mute"})
UNREAD: Final = frozenset({"reset_half", "stale"})
AFTER: Final = frozenset({"reset", "close", "silence", "garbage", "huge_head", "half_head", "half_head_close", "drip"})
KINDS: Final = ON_CONNECTING | UNREAD | AFTER

GARBAGE: Final = b"\x15\x03\x01\x00\x02 this is no HTTP\r\n\r\n"
HUGE: Final = b"HTTP/1.1 200 OK\r\nX-Filler: " + b"x" * 200_000 + b"\r\n"
FINE: Final = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
"""What stands for the server's answer where the server was not asked."""
HOP: Final = (b"connection:", b"keep-alive:")
AT_ONCE: Final = struct.pack("ii", 1, 0)
"""Linger for no time: closing a socket resets the connection."""
STREAM_LIMIT: Final = 1 << 20


@attrs.frozen
class Seen:
    """Tell of one request that was read whole: the how-many-th connection it came by, and whether it was passed on."""

    method: str
    path: str
    connection: int
    passed_on: bool


@attrs.define
class _Fault:
    kind: str
    when: When | None
    left: int | None
    after: bool
    seconds: float


class FaultProxy:
    """Pass requests on to a server, and break what is to be broken. Use it as ``async with``.

    ``url`` is where clients go instead of ``upstream``. With ``tls``, the context of a server with a certificate for
    ``host``, they come by https. ``seen`` holds every request that was read whole, ``connections`` counts those taken.
    """

    def __init__(self, upstream: str, *, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> None:
        parts = urlsplit(upstream)
        if parts.scheme != "http" or parts.hostname is None:
            raise ValueError(f"upstream must be an http:// URL, got {upstream!r}")
        self._upstream = (parts.hostname, parts.port or 80)
        self._prefix = parts.path
        self._tls = tls
        self._host = host
        self._port = 0
        self._server: asyncio.Server | None = None
        self._faults: list[_Fault] = []
        self._open: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self.seen: list[Seen] = []
        self.connections = 0

    @property
    def url(self) -> str:
        """The address that stands for the upstream's."""
        scheme = "http" if self._tls is None else "https"
        return f"{scheme}://{self._host}:{self._port}{self._prefix}"

    @property
    def waiting(self) -> int:
        """How many faults still wait for a request."""
        return len(self._faults)

    def add(
        self,
        kind: str,
        *,
        when: When | None = None,
        times: int | None = 1,
        after: bool = False,
        seconds: float = 0.05,
    ) -> None:
        """Break the next `times` requests for which `when` holds; None is always, and any request.

        While connecting, so that no request is known: reset_unread (RST before anything is read), mute (nothing is
        said, no TLS handshake either). While reading: reset_half (RST with half the request read), stale (a later
        request on a connection finds it closed). Instead of the answer, with `after=True` once the server has done it:
        reset, close, silence, garbage (no HTTP), huge_head (a head of 200 kB), half_head (then silence),
        half_head_close, drip (a byte every `seconds`). Raise ValueError for anything else.
        """
        if kind not in KINDS:
            raise ValueError(f"no fault of the proxy is called {kind!r}; there are {', '.join(sorted(KINDS))}")
        if after and kind not in AFTER:
            raise ValueError(f"fault {kind} happens before the server is asked")
        if when is not None and kind in ON_CONNECTING:
            raise ValueError(f"fault {kind} happens before there is a request to choose")
        if times is not None and times < 1:
            raise ValueError(f"fault {kind}: times must be 1 or more, or None for always")
        self._faults.append(_Fault(kind, when, times, after, seconds))

    def clear(self) -> None:
        """Forget every fault, and what was seen."""
        self._faults.clear()
        self.seen.clear()
        self.connections = 0

    def refuse(self) -> None:
        """Refuse connections from now on; those that are open stay."""
        if self._server is not None:
            self._server.close()
            self._server = None

    async def listen(self) -> None:
        """Take connections, on the same port as before."""
        if self._server is None:
            self._server = await asyncio.start_server(self._take, "127.0.0.1", self._port, limit=STREAM_LIMIT)
            self._port = self._server.sockets[0].getsockname()[1]

    async def __aenter__(self) -> Self:
        await self.listen()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.refuse()
        await self.drop()

    async def drop(self) -> None:
        """End every open connection."""
        tasks = dict(self._open)
        for task, writer in tasks.items():
            task.cancel()
            writer.transport.abort()  # a task that is cancelled before its first step closes nothing
        await asyncio.gather(*tasks, return_exceptions=True)

    def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.ensure_future(self._serve(reader, writer, self.connections))
        self._open[task] = writer
        task.add_done_callback(self._open.pop)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
        """Serve one connection until it ends, however it ends."""
        try:
            with suppress(OSError, ssl.SSLError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                await self._connected(reader, writer, number)
        finally:
            writer.close()
            with suppress(OSError, ssl.SSLError, asyncio.CancelledError):
                await asyncio.wait_for(writer.wait_closed(), 0.2)
            writer.transport.abort()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
        fault = self._struck(ON_CONNECTING)
        if fault is not None:
            await (_until_gone(reader) if fault.kind == "mute" else _reset(writer))
            return
        if self._tls is not None:
            await writer.start_tls(self._tls)
        later = False
        while await self._one_request(reader, writer, number, later=later):
            later = True

    async def _one_request(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int, *, later: bool
    ) -> bool:
        """Answer one request, and tell whether the connection goes on."""
        first = await reader.readuntil(b"\r\n")
        method, path = first.decode("latin-1").split(" ")[:2]
        fault = self._struck(KINDS - ON_CONNECTING - (frozenset() if later else {"stale"}), method, path)
        if fault is not None and fault.kind in UNREAD:
            if fault.kind == "reset_half":
                await _reset(writer)
            return False
        rest = await reader.readuntil(b"\r\n\r\n")
        head = (first.rstrip(), *rest.removesuffix(b"\r\n\r\n").split(b"\r\n"))
        body = await reader.readexactly(_length(head) or 0)
        passed_on = fault is None or fault.after
        self.seen.append(Seen(method, path, number, passed_on))
        answer = await self._ask(head, body) if passed_on else FINE
        if fault is not None:
            await _break(fault, answer, reader, writer)
            return False
        writer.write(answer)
        await writer.drain()
        return _is_whole(answer)

    def _struck(self, kinds: frozenset[str], method: str = "", path: str = "") -> _Fault | None:
        """Give the first fault of these kinds that is meant for this request, and count it."""
        for fault in self._faults:
            if fault.kind in kinds and (fault.when is None or fault.when(method, path)):
                if fault.left is not None:
                    fault.left -= 1
                    self._faults = [each for each in self._faults if each.left != 0]
                return fault
        return None

    async def _ask(self, head: tuple[bytes, ...], body: bytes) -> bytes:
        """Ask the server over a connection of its own, and give its answer without what is about that connection."""
        reader, writer = await asyncio.open_connection(*self._upstream, limit=STREAM_LIMIT)
        try:
            kept = (*_kept(head), b"Connection: close", b"", b"")
            writer.write(b"\r\n".join(kept) + body)
            answer = await reader.read(-1)
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()
        lines, found, body = answer.partition(b"\r\n\r\n")
        return b"\r\n".join(_kept(tuple(lines.split(b"\r\n")))) + found + body


async def _break(fault: _Fault, answer: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Do with the answer what the fault says."""
    head = answer.partition(b"\r\n\r\n")[0]
    match fault.kind:
        case "reset":
            await _reset(writer)
        case "silence":
            await _until_gone(reader)
        case "garbage":
            writer.write(GARBAGE)
        case "huge_head":
            writer.write(HUGE + answer.partition(b"\r\n")[2])
        case "half_head" | "half_head_close":
            writer.write(head[: len(head) // 2])
            if fault.kind == "half_head":
                await _until_gone(reader)
        case "drip":
            for byte in answer:
                writer.write(bytes((byte,)))
                await writer.drain()
                await asyncio.sleep(fault.seconds)
        case _:  # close
            pass


async def _reset(writer: asyncio.StreamWriter) -> None:
    """End the connection with RST instead of FIN."""
    raw: Any = writer.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
    writer.transport.abort()


async def _until_gone(reader: asyncio.StreamReader) -> None:
    """Wait until the client closes the connection, and heed nothing that it says."""
    while await reader.read(STREAM_LIMIT):
        pass


def _kept(lines: tuple[bytes, ...]) -> tuple[bytes, ...]:
    """Give a head without what is about one connection."""
    return tuple(line for line in lines if not line.lower().startswith(HOP))


def _length(lines: tuple[bytes, ...]) -> int | None:
    """Give the length of the body that a head announces."""
    for line in lines:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return None


def _is_whole(answer: bytes) -> bool:
    """Tell whether all of an answer's body is there; one that does not say its length ends with the connection."""
    head, _, body = answer.partition(b"\r\n\r\n")
    return _length(tuple(head.split(b"\r\n"))) == len(body)
