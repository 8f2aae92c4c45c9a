"""The HTTP client on real sockets: what is sent, how often, and what an answer or its absence means."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from sharebind import Outcome, OutcomeUnknownError, Secret, UnavailableError
from sharebind.provider import Stage

if TYPE_CHECKING:
    from tests.core.conftest import Net


async def test_what_is_sent(net: Net) -> None:
    """Secrets are revealed on the wire only; text is UTF-8; the path stays as the adapter encoded it."""
    async with net.serving(net.saying(b'\xef\xbb\xbf{"ok": "\xe7\x81\xaf"}')) as server:
        account, _ = net.account(f"{server.url}/base/")
        reply = await account.perform(net.call(changes=True, path="/v2/a%2Fb"))
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert head.split(b"\r\n")[0] == f"POST /base/v2/a%2Fb?code={net.CODE}&who=a%26b%3Dc HTTP/1.1".encode()
    assert f"Authorization: {net.TOKEN}".encode() in head
    assert b"User-Agent: sharebind/" in head
    assert json.loads(body) == {"key": net.KEY, "name": "灯"}
    assert (reply.status, reply.body, reply.readable) == (200, {"ok": "灯"}, True)
    assert [secret for secret in (net.TOKEN, net.CODE, net.KEY) if secret in repr(net.call(changes=True))] == []


async def test_a_signed_body_is_sent_byte_for_byte(net: Net) -> None:
    """A body that is one secret goes out as the adapter wrote it, as JSON, and shows itself to nobody."""
    text = '{"b" : 1,  "a":"\u706f"}'
    async with net.serving(net.saying()) as server:
        account, _ = net.account(server.url)
        call = net.call(changes=True, body=Secret(text))
        await account.perform(call)
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert body == text.encode()
    assert b"Content-Type: application/json" in head
    assert text not in repr(call)


async def test_another_address_of_the_vendor_shares_the_connections(net: Net) -> None:
    """A client for another base URL goes there, and a base URL that may not have tokens is refused."""
    async with net.serving(net.saying(b'{"at": "home"}')) as home, net.serving(net.saying(b'{"at": "away"}')) as away:
        account, carrier = net.account(home.url)
        assert (await account.perform(net.call(changes=False))).body == {"at": "home"}
        carrier.client = carrier.client.at(f"{away.url}/eu")
        assert (await account.perform(net.call(changes=False))).body == {"at": "away"}
        with pytest.raises(ValueError, match="unencrypted"):
            carrier.client.at("http://api.example.com")
    assert away.requests[0].startswith(b"POST /eu/v2/thing?")


async def test_no_redirect_is_followed(net: Net) -> None:
    """A redirect would send token and body on: it is an answer like any other, and the other server hears nothing."""
    async with (
        net.serving(net.saying()) as other,
        net.serving(net.saying(b"{}", f"Location: {other.url}/x", status="307 Elsewhere")) as server,
    ):
        account, _ = net.account(server.url)
        for method in ("GET", "POST", "PUT"):
            assert (await account.perform(net.call(changes=False, method=method))).status == 307
    assert (len(server.requests), other.connections) == (3, 0)


async def test_no_cookie_is_kept(net: Net) -> None:
    """One tenant's cookie is not sent with another's token."""
    async with net.serving(net.saying(b"{}", "Set-Cookie: tenant=1; Path=/")) as server:
        account, _ = net.account(server.url)
        for _ in range(2):
            await account.perform(net.call(changes=False))
    assert (server.connections, b"".join(server.requests).lower().count(b"cookie")) == (1, 0)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "POST", "PATCH"])
@pytest.mark.parametrize("end", ["dropping", "closing"])
@pytest.mark.parametrize("kept_alive", [False, True])
async def test_a_change_is_sent_once(net: Net, method: str, end: str, kept_alive: bool) -> None:
    """A connection that drops after a change was sent leaves it unknown, and the change is not sent again."""
    ending = getattr(net, end)
    answers = [net.saying(), ending] if kept_alive else [ending]
    async with net.serving(*answers) as server:
        account, carrier = net.account(server.url)
        if kept_alive:
            await account.perform(net.call(changes=False, method="GET"))
        error = await net.refused(account, net.call(changes=True, method=method))
        assert (type(error), carrier.stages[-1]) == (OutcomeUnknownError, Stage.SENT)
        changes = [request for request in server.requests if not request.startswith(b"GET")]
    assert (len(changes), server.connections) == (1, 1)


@pytest.mark.parametrize("changes", [True, False])
async def test_a_refused_connection_did_nothing(net: Net, changes: bool) -> None:
    """Where nobody listens nothing was sent: unavailable, also for a change, whose stage goes back."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        account, carrier = net.account(f"http://127.0.0.1:{unused.getsockname()[1]}")
        error = await net.refused(account, net.call(changes=changes))
    assert (type(error), error.outcome, carrier.stages) == (UnavailableError, Outcome.NOTHING, [Stage.BEFORE])
    assert "nothing was sent" in str(error)
    assert (error.provider, error.account, error.operation) == ("toy", "desk", "send")


class NoNames(AbstractResolver):
    """A resolver that knows nobody."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Know nobody."""
        raise OSError(f"no {host}:{port} of {family}")

    async def close(self) -> None:
        """Have nothing to close."""


@pytest.mark.parametrize("changes", [True, False])
async def test_an_unknown_host_did_nothing(net: Net, changes: bool) -> None:
    """A name that does not resolve is unavailable, also for a change."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(resolver=NoNames())) as session:
        account, carrier = net.account("https://api.invalid", session=session)
        error = await net.refused(account, net.call(changes=changes))
    assert (type(error), carrier.stages) == (UnavailableError, [Stage.BEFORE])


@asynccontextmanager
async def unreachable() -> AsyncGenerator[str]:
    """Give an address whose queue of connections is full, so that connecting takes for ever."""
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        host, port = full.getsockname()
        _, writer = await asyncio.open_connection(host, port)
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            writer.close()


@pytest.mark.parametrize("changes", [True, False])
async def test_a_deadline_while_connecting_did_nothing(net: Net, changes: bool) -> None:
    """A deadline, or a cancellation, that comes before a connection stands leaves nothing done."""
    async with unreachable() as url:
        account, carrier = net.account(url)
        error = await net.refused(account, net.call(changes=changes), within=timedelta(milliseconds=100))
        assert (type(error), error.outcome, carrier.stages) == (UnavailableError, Outcome.NOTHING, [Stage.BEFORE])
        task = asyncio.ensure_future(account.perform(net.call(changes=changes)))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert (carrier.stages, net.bench.watcher.last.outcome) == ([Stage.BEFORE] * 2, Outcome.NOTHING)


async def test_a_deadline_after_sending(net: Net) -> None:
    """A deadline after the request went out leaves a change unknown and a read unavailable."""
    async with net.serving(net.silent) as server:
        account, _ = net.account(server.url)
        change = await net.refused(account, net.call(changes=True), within=timedelta(milliseconds=100))
        read = await net.refused(account, net.call(changes=False), within=timedelta(milliseconds=100))
    assert (type(change), type(read), len(server.requests)) == (OutcomeUnknownError, UnavailableError, 2)
    assert "no answer within 0.1 s" in str(change)


@pytest.mark.parametrize("place", ["body", "query"])
async def test_half_a_character_is_refused_before_anything_is_sent(net: Net, place: str) -> None:
    """What UTF-8 cannot write surely did nothing, and is never dropped from a text on the way."""
    async with net.serving(net.saying()) as server:
        account, carrier = net.account(server.url)
        parts: dict[str, Any] = {place: {"name": "lamp \ud800!"}}
        error = await net.refused(account, net.call(changes=True, **parts))
    assert (error.outcome, carrier.stages) == (Outcome.NOTHING, [Stage.BEFORE])
    assert "half a character" in str(error)
    assert server.requests == []
