"""A server that has learnt the clouds' answers and gives them at once, so that a client can be as fast as it can.

An emulated cloud judges each request and keeps a state, which takes longer than making the call. What is asked for the
first time is handed to the cloud; from then on its answer is repeated.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, cast

import aiohttp

_HEAD: Final = re.compile(rb"([A-Z]+) ([^ ?]+)(\S*) HTTP/1.1\r\n")
_LENGTH: Final = re.compile(rb"\r\nContent-Length: (\d+)\r\n", re.IGNORECASE)
_ACTION: Final = re.compile(rb'"Action": *"(\w+)"')
_KEPT: Final = ("authorization", "content-type")


class _Answers:
    """What the clouds have answered, by path and, where all share one path, by the action in the body."""

    def __init__(self, http: aiohttp.ClientSession, origin: str) -> None:
        self._http = http
        self._origin = origin
        self._known: dict[tuple[bytes, bytes], bytes] = {}
        self.learning: set[asyncio.Task[None]] = set()

    def known(self, head: bytes, body: bytes) -> bytes | None:
        """Give the answer to a request, if it was asked before."""
        return self._known.get(self._key(head, body))

    async def learn(self, head: bytes, body: bytes, connection: asyncio.WriteTransport) -> None:
        """Ask the cloud, remember what it says, and answer."""
        asked = _HEAD.match(head)
        if asked is None:
            connection.close()
            return
        lines = (line.split(": ", 1) for line in head.decode().split("\r\n")[1:] if ": " in line)
        headers = {name: value for name, value in lines if name.lower() in _KEPT}
        url = f"{self._origin}{asked[2].decode()}{asked[3].decode()}"
        async with self._http.request(asked[1].decode(), url, data=body or None, headers=headers) as response:
            content = await response.read()
        status = f"HTTP/1.1 {response.status} {response.reason}\r\nContent-Type: application/json; charset=utf-8\r\n"
        answer = f"{status}Content-Length: {len(content)}\r\n\r\n".encode() + content
        self._known[self._key(head, body)] = answer
        connection.write(answer)

    def _key(self, head: bytes, body: bytes) -> tuple[bytes, bytes]:
        action = _ACTION.search(body)
        return head.split(b" ", 2)[1].partition(b"?")[0], action[1] if action else b""


class _Connection(asyncio.Protocol):
    """One client. It sends the next request only once it has its answer."""

    def __init__(self, answers: _Answers) -> None:
        self._answers = answers
        self._read = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._read += data
        end = self._read.find(b"\r\n\r\n") + 4
        if end < 4 or self._transport is None:
            return
        head = self._read[:end]
        length = _LENGTH.search(head)
        whole = end + (int(length[1]) if length else 0)
        if len(self._read) < whole:
            return
        body, self._read = self._read[end:whole], self._read[whole:]
        answer = self._answers.known(head, body)
        if answer is not None:
            self._transport.write(answer)
            return
        task = asyncio.get_running_loop().create_task(self._answers.learn(head, body, self._transport))
        self._answers.learning.add(task)
        task.add_done_callback(self._answers.learning.discard)


@asynccontextmanager
async def replaying(origin: str) -> AsyncIterator[str]:
    """Serve on 127.0.0.1 what the clouds at another origin answer, and give the address."""
    async with aiohttp.ClientSession() as http:
        answers = _Answers(http, origin)
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: _Connection(answers), "127.0.0.1", 0)
        async with server:
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
