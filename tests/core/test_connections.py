"""What becomes of connections: whose they are next, when they end, and on which loop they live."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import aiohttp
import attrs
import pytest

from sharebind import NO_RETRIES, ConfigurationError, Outcome, OutcomeUnknownError, Secret

from .conftest import Bench, Carrier, Net, Wire

BIG = {"key": "x" * 8_000_000}
"""A body that no socket's buffers hold."""


class Deaf:
    """A server that reads the head of a request, answers what its path is for, and reads no further."""

    def __init__(self) -> None:
        self.url = ""
        self.heads: list[bytes] = []
        self.open = 0
        self._over = asyncio.Event()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[Deaf]:
        """Listen on 127.0.0.1."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        try:
            yield self
        finally:
            server.close()
            self._over.set()
            await asyncio.sleep(0)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open += 1
        lost = asyncio.ensure_future(self._lost(writer))
        head = await reader.readuntil(b"\r\n\r\n")
        self.heads.append(head.split(b" ")[1])
        if not self.heads[-1].startswith(b"/silent"):
            status = b"413 Too Large" if self.heads[-1].startswith(b"/big") else b"200 OK"
            writer.write(b"HTTP/1.1 %s\r\nContent-Length: 2\r\n\r\n{}" % status)
        await asyncio.wait([lost, over := asyncio.ensure_future(self._over.wait())], return_when="FIRST_COMPLETED")
        for each in (lost, over):
            each.cancel()
        writer.transport.abort()

    async def _lost(self, writer: asyncio.StreamWriter) -> None:
        # Nothing is read here, so that a connection has ended shows in a write alone.
        while not writer.transport.is_closing():
            await asyncio.sleep(0.01)
            writer.write(b"")
        self.open -= 1


def held(bench: Bench) -> int:
    """Count the bytes that connections in use have not sent yet."""
    assert bench.last._pool is not None
    connector = bench.last._pool._opened
    assert connector is not None
    transports = [each.transport for each in connector._acquired]
    return sum(each.get_write_buffer_size() for each in transports if each is not None)


async def test_an_early_answer_jams_nobody_elses_call(net: Net, bench: Bench) -> None:
    """A server that refuses a large request unread leaves the next account a connection of its own."""
    async with Deaf().listening() as server:
        first, _ = net.account(server.url, retries=NO_RETRIES)
        reply = await first.perform(net.call(changes=True, path="/big", body=BIG))
        assert reply.status == 413
        other = bench.last.open_account("toy", {"base_url": server.url}, name="other")
        reply = await other.perform(net.call(changes=True, path="/small"), within=timedelta(seconds=5))
        assert reply.status == 200
        assert server.heads == [b"/big?code=code-hunter3&who=a%26b%3Dc", b"/small?code=code-hunter3&who=a%26b%3Dc"]


async def test_a_call_that_ends_takes_its_bytes_with_it(net: Net, bench: Bench) -> None:
    """A large request whose time is over is not sent on behind the caller's back."""
    async with Deaf().listening() as server:
        account, _ = net.account(server.url, retries=NO_RETRIES)
        call = net.call(changes=True, path="/silent", body=BIG)
        error = await net.refused(account, call, within=timedelta(seconds=0.3))
        assert isinstance(error, OutcomeUnknownError)
        assert held(bench) == 0
        loop: Any = asyncio.get_running_loop()
        kept = [each for each in loop._transports.values() if each.get_write_buffer_size() > 1_000]
        assert kept == []


async def test_closing_waits_for_no_server(net: Net, bench: Bench) -> None:
    """A host that closes is not held up by a request that nobody reads, and the call is told at once."""
    async with Deaf().listening() as server:
        account, _ = net.account(server.url, retries=NO_RETRIES)
        call = asyncio.ensure_future(account.perform(net.call(changes=True, path="/silent", body=BIG)))
        for _ in range(500):
            await asyncio.sleep(0.01)
            if server.heads:
                break
        assert held(bench) > 0
        await asyncio.wait_for(bench.last.aclose(), 5)
        with pytest.raises(OutcomeUnknownError):
            await asyncio.wait_for(call, 5)


async def test_a_timeout_of_the_server_shifts_no_answers(net: Net, bench: Bench) -> None:
    """A 408 for the idle connection that crosses a request is that call's end, and nobody gets another's answer."""

    async def serve(wire: Wire) -> None:
        line = next(each for each in server.requests[-1].split(b"\r\n") if each.lower().startswith(b"authorization"))
        if len(server.requests) == 2:
            wire.writer.write(b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n")
            await asyncio.sleep(0.02)
        await wire.say(json.dumps({"of": line.split()[-1].decode()}).encode())

    async with net.serving(serve) as server:
        opened = bench.open(
            attrs.evolve(bench.spec(), factory=lambda _settings, setup: Carrier(setup)), retries=NO_RETRIES
        )
        told = {}
        for who in ("anna", "boris", "carla", "dora"):
            account = opened.open_account("toy", {"base_url": server.url}, name=who)
            call = net.call(changes=True, headers={"Authorization": Secret(who)})
            if who == "boris":
                assert (await net.refused(account, call)).http_status == 408
            else:
                told[who] = (await account.perform(call)).body
    assert told == {who: {"of": who} for who in ("anna", "carla", "dora")}


async def test_a_borrowed_session_of_another_loop_is_refused(net: Net) -> None:
    """Connections belong to one event loop; those of another are not used, and nothing was sent."""

    async def made() -> aiohttp.ClientSession:
        return aiohttp.ClientSession()

    other = asyncio.new_event_loop()
    session = await asyncio.to_thread(other.run_until_complete, made())
    try:
        account, carrier = net.account("http://127.0.0.1:9", session=session)
        with pytest.raises(ConfigurationError, match="another event loop") as told:
            await account.perform(net.call(changes=True))
        assert told.value.outcome is Outcome.NOTHING
        assert len(carrier.stages) == 1
    finally:
        await asyncio.to_thread(other.run_until_complete, session.close())
        other.close()
