"""Raw servers on 127.0.0.1, plain and with TLS, and names that lead wherever a test says."""

from __future__ import annotations

import asyncio
import socket
import ssl
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

import attrs
import pytest

MORE_THAN_ONE: Final = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="only Linux has all of 127.0.0.0/8 without being told"
)
"""For tests that need a second address on loopback."""

Say = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def saying(body: bytes = b"{}", *headers: str, status: str = "200 OK") -> Say:
    """Answer every request with this."""

    async def say(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = "\r\n".join([f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""])
        writer.write(head.encode() + body)
        await writer.drain()

    return say


@attrs.define
class Server:
    """A raw server: what was sent to it, and how many connections."""

    say: Say
    requests: list[bytes] = attrs.field(factory=list[bytes])
    connections: int = 0
    port: int = 0
    open: dict[asyncio.Task[Any], asyncio.StreamWriter] = attrs.field(factory=dict[Any, asyncio.StreamWriter])

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection."""
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self.open[task] = writer
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
                self.requests.append(head + await reader.readexactly(int(lengths[0][15:]) if lengths else 0))
                await self.say(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def serving(
    say: Say, *, host: str = "127.0.0.1", port: int = 0, tls: ssl.SSLContext | None = None
) -> AsyncGenerator[Server]:
    """Run a raw server until the block ends."""
    server = Server(say)
    listening = await asyncio.start_server(server.serve, host, port, ssl=tls)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()
        for writer in server.open.values():
            writer.transport.abort()
        if server.open:
            await asyncio.wait(server.open, timeout=5)


_LOOKING_UP: Final = socket.getaddrinfo


def _is_address(text: str) -> bool:
    """Tell whether a text is an address in any spelling that the machine reads without asking anybody."""
    try:
        if ":" in text:
            socket.inet_pton(socket.AF_INET6, text)
        else:
            socket.inet_aton(text)
    except (OSError, UnicodeEncodeError):
        return False
    return True


def lead(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> list[str]:
    """Let each look-up of a name give the next of these addresses, the last one again and again; give the names."""
    asked: list[str] = []
    left = list(addresses)

    def look_up(host: Any, port: Any, family: int = 0, type: int = 0, proto: int = 0, flags: int = 0) -> Any:  # noqa: A002 - its names are socket's
        if not _is_address(str(host)):
            asked.append(str(host))
            host = left.pop(0) if len(left) > 1 else left[0]
        return _LOOKING_UP(host, port, family, type, proto, flags | socket.AI_NUMERICHOST)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return asked
