"""How a fault answers a request, or fails to: what happens on the wire, whoever the vendor is."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from typing import Final

from aiohttp import web

from sharebind.emulator.cloud import Answer
from sharebind.emulator.faults import Fault

LOOKS: Final = 0.01
"""Seconds between two looks whether a client that gets no answer has gone."""
BROKEN: Final = b'{"'
BLANKS: Final = b" " * 100_000
AT_ONCE: Final = struct.pack("ii", 1, 0)
"""Linger for no time: closing a socket resets the connection."""


def respond(answer: Answer) -> web.Response:
    """Answer as the cloud does."""
    return web.Response(status=answer.status, body=_payload(answer), content_type="application/json")


async def play(fault: Fault, incoming: web.Request, answer: Answer | None) -> web.StreamResponse:
    """Answer, or fail to answer, as the fault says; `answer` is what was executed before."""
    match fault.kind:
        case "cut" if answer is not None:
            return await _cut(incoming, answer)
        case "drip":
            return await _drip(incoming, answer, fault.options["seconds"])
        case "silence":
            while not _has_gone(incoming):  # noqa: ASYNC110 - the server has no event for it
                await asyncio.sleep(LOOKS)
        case "reset":
            _reset(incoming)
        case "refuse" | "lost":
            _hang_up(incoming)
        case _:
            return _unreadable(fault, answer)
    return web.Response()  # to nobody: the connection is gone


def _unreadable(fault: Fault, answer: Answer | None) -> web.Response:
    """Give an answer that comes whole, and says nothing of what was asked."""
    match fault.kind:
        case "status":
            return web.Response(status=fault.options["status"])
        case "throttle":
            seconds = str(fault.options["retry_after"])
            return web.Response(status=429, headers={"Retry-After": seconds})
        case "html":
            page = "<html><body><h1>502 Bad Gateway</h1></body></html>"
            return web.Response(text=page, content_type="text/html")
        case "broken_json":
            payload = b"" if answer is None else _payload(answer)
            return web.Response(body=payload[: len(payload) // 2] or BROKEN, content_type="application/json")
        case _:  # garbage
            return web.Response(body=b'{"\xff\x00 this is no JSON', content_type="application/json")


def _payload(answer: Answer) -> bytes:
    """Write JSON in ASCII: a lone surrogate that a client sent and an answer repeats has no other encoding."""
    return b"" if answer.empty else json.dumps(answer.body).encode()


def _hang_up(incoming: web.Request) -> None:
    if incoming.transport is not None:
        incoming.transport.close()


def _reset(incoming: web.Request) -> None:
    """End the connection with RST instead of FIN."""
    if incoming.transport is not None:
        incoming.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
        incoming.transport.abort()


def _has_gone(incoming: web.Request) -> bool:
    """Tell whether the client has closed the connection."""
    return incoming.transport is None or incoming.transport.is_closing()


async def _cut(incoming: web.Request, answer: Answer) -> web.StreamResponse:
    """Announce the whole body, send half of it and close; an answer without a body announces one."""
    payload = _payload(answer)
    response = await _begin(incoming, answer.status, max(len(payload), 1))
    await response.write(payload[: len(payload) // 2])
    _hang_up(incoming)
    return response


async def _drip(incoming: web.Request, answer: Answer | None, seconds: float) -> web.StreamResponse:
    """Send the body byte by byte, or, where nothing was executed, blanks that never become an answer."""
    payload = BLANKS if answer is None else _payload(answer)
    response = await _begin(incoming, 200 if answer is None else answer.status, len(payload))
    for byte in payload:
        if _has_gone(incoming):
            break
        await response.write(bytes((byte,)))
        await asyncio.sleep(seconds)
    return response


async def _begin(incoming: web.Request, status: int, length: int) -> web.StreamResponse:
    """Send the head of an answer."""
    response = web.StreamResponse(status=status)
    response.content_type = "application/json"
    response.content_length = length
    await response.prepare(incoming)
    return response
