"""The fault proxy breaks connections where a web server cannot, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import errno
import gc
import ssl
import time
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest
import trustme

from sharebind.emulator import Cloud, FaultProxy

SHORT = aiohttp.ClientTimeout(total=0.15)


@pytest.fixture
async def proxy(counting: Cloud) -> AsyncGenerator[FaultProxy]:
    """Put a proxy before the counting cloud; nothing of it may be left at the end."""
    before = asyncio.all_tasks()
    async with FaultProxy(counting.base_url) as between:
        yield between
    assert {task for task in asyncio.all_tasks() - before if "proxy" in repr(task)} == set()


@pytest.fixture
async def fresh() -> AsyncGenerator[aiohttp.ClientSession]:
    """Give a client that makes a connection for each request."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as opened:
        yield opened


async def add(proxy: FaultProxy, http: aiohttp.ClientSession, **options: Any) -> tuple[int, bytes]:
    """Ask the cloud behind the proxy to count up."""
    async with http.post(f"{proxy.url}/add", json={"some": "body"}, **options) as reply:
        return reply.status, await reply.read()


def count(cloud: Cloud) -> object:
    """Tell how often it was done."""
    return cloud.state()["count"]


async def test_what_is_not_to_be_broken_is_passed_on(
    counting: Cloud, proxy: FaultProxy, session: aiohttp.ClientSession
) -> None:
    """Method, path, query and body arrive, the answer comes back, and the connection is kept."""
    for number in (1, 2):
        assert await add(proxy, session) == (200, b'{"count": %d}' % number)
    async with session.get(f"{proxy.url}/read?a=1") as reply:
        assert await reply.json() == {"count": 2, "body": None}
    assert [each.body for each in counting.requests] == [{"some": "body"}] * 2 + [None]
    assert counting.requests[-1].query == {"a": ["1"]}
    assert [(each.method, each.path) for each in proxy.seen] == [
        ("POST", "/counting/add"),
        ("POST", "/counting/add"),
        ("GET", "/counting/read?a=1"),
    ]
    assert proxy.connections == 1


BROKEN: tuple[tuple[str, type[Exception]], ...] = (
    ("reset", aiohttp.ClientOSError),
    ("close", aiohttp.ServerDisconnectedError),
    ("silence", TimeoutError),
    ("garbage", aiohttp.ClientResponseError),
    ("huge_head", aiohttp.ClientResponseError),
    ("half_head", TimeoutError),
    ("half_head_close", aiohttp.ServerDisconnectedError),
    ("drip", TimeoutError),
)


@pytest.mark.parametrize(("kind", "raised"), BROKEN)
@pytest.mark.parametrize("after", [False, True])
async def test_an_answer_is_broken(
    counting: Cloud,
    proxy: FaultProxy,
    session: aiohttp.ClientSession,
    kind: str,
    raised: type[Exception],
    *,
    after: bool,
) -> None:
    """Each fault of the answer is what it is called, once, with the request executed or not as was asked."""
    proxy.add(kind, after=after)
    with pytest.raises(raised):
        await add(proxy, session, timeout=SHORT)
    assert count(counting) == int(after)
    assert [(each.path, each.passed_on) for each in proxy.seen] == [("/counting/add", after)]
    assert (await add(proxy, session))[0] == 200


async def test_a_reset_may_come_before_anything_is_read(
    counting: Cloud, proxy: FaultProxy, session: aiohttp.ClientSession
) -> None:
    """A connection is reset before its request is read: nothing was seen, nothing was done."""
    for kind in ("reset_unread", "reset_half"):
        proxy.add(kind)
        with pytest.raises(aiohttp.ClientOSError) as raised:
            await add(proxy, session)
        assert raised.value.errno in {errno.ECONNRESET, errno.EPIPE}
    assert (proxy.seen, count(counting)) == ([], 0)


async def test_a_kept_connection_is_closed_as_it_is_used_again(
    counting: Cloud, proxy: FaultProxy, session: aiohttp.ClientSession
) -> None:
    """Stale spares the first request of a connection, and closes it when the second one arrives."""
    proxy.add("stale")
    assert await add(proxy, session) == (200, b'{"count": 1}')
    with pytest.raises(aiohttp.ClientConnectionError):
        await add(proxy, session)
    assert await add(proxy, session) == (200, b'{"count": 2}')
    assert [each.connection for each in proxy.seen] == [1, 2]
    assert count(counting) == 2


async def test_a_fault_is_meant_for_some_requests(
    counting: Cloud, proxy: FaultProxy, session: aiohttp.ClientSession
) -> None:
    """A fault waits for a request that is meant, and passes all others on."""
    proxy.add("close", when=lambda method, path: (method, path) == ("POST", "/counting/add"), times=None)
    async with session.get(f"{proxy.url}/read") as reply:
        assert reply.status == 200
    for _ in range(2):
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await add(proxy, session)
    assert count(counting) == 0
    proxy.clear()
    assert (await add(proxy, session))[0] == 200


async def test_connections_are_refused_and_taken_again(
    counting: Cloud, proxy: FaultProxy, fresh: aiohttp.ClientSession
) -> None:
    """A proxy that refuses gives a client no connection, and later takes them at the same address."""
    assert (await add(proxy, fresh))[0] == 200
    url = proxy.url
    proxy.refuse()
    with pytest.raises(aiohttp.ClientConnectorError):
        await add(proxy, fresh)
    await proxy.listen()
    assert proxy.url == url
    assert (await add(proxy, fresh))[0] == 200
    assert count(counting) == 2


async def test_a_drip_can_be_waited_for(proxy: FaultProxy, session: aiohttp.ClientSession) -> None:
    """A drip is the whole answer, head and body, byte by byte."""
    proxy.add("drip", after=True, seconds=0.001)
    start = time.monotonic()
    assert await add(proxy, session) == (200, b'{"count": 1}')
    assert time.monotonic() - start > 0.1


async def test_faults_of_the_server_come_through(
    counting: Cloud, proxy: FaultProxy, session: aiohttp.ClientSession
) -> None:
    """What the server cuts or drops the client sees as cut or dropped."""
    counting.faults.add("cut")
    counting.faults.add("lost")
    with pytest.raises(aiohttp.ClientPayloadError):
        await add(proxy, session)
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await add(proxy, session)
    assert (await add(proxy, session))[0] == 200


async def test_open_connections_end_with_the_proxy(counting: Cloud, session: aiohttp.ClientSession) -> None:
    """A proxy that is closed leaves nobody waiting, whatever its connections wait for."""
    async with FaultProxy(counting.base_url) as between:
        between.add("silence")
        between.add("half_head", after=True)
        waiting = [asyncio.ensure_future(add(between, session, timeout=None)) for _ in range(2)]
        await asyncio.sleep(0.1)
        assert (await add(between, session))[0] == 200
    ended = await asyncio.gather(*waiting, return_exceptions=True)
    assert all(isinstance(each, aiohttp.ClientError) for each in ended), ended


class Hasty(FaultProxy):
    """Ends every connection before it has begun to serve it."""

    def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.dropping = asyncio.ensure_future(self.drop())  # its first step comes before that of what serves
        super()._take(reader, writer)


async def test_a_connection_that_has_just_come_ends_too(counting: Cloud) -> None:
    """A connection that is ended before the proxy has begun to serve it leaves no socket behind."""
    async with Hasty(counting.base_url) as between:
        reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(between.url).port)
        with suppress(ConnectionResetError):
            assert await asyncio.wait_for(reader.read(), 1) == b""
        writer.close()
        await between.dropping
    gc.collect()  # what was left open is told here, and is an error


# TLS


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """Make an authority that nobody trusts but these tests."""
    return trustme.CA()


@pytest.fixture
def trusting(authority: trustme.CA) -> ssl.SSLContext:
    """Give a client's context that trusts the authority."""
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


@pytest.fixture
async def sealed(counting: Cloud, authority: trustme.CA) -> AsyncGenerator[FaultProxy]:
    """Put a proxy with a certificate before the counting cloud."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    async with FaultProxy(counting.base_url, tls=context) as between:
        yield between


async def test_a_proxy_may_speak_tls(
    sealed: FaultProxy, session: aiohttp.ClientSession, trusting: ssl.SSLContext
) -> None:
    """With a certificate the proxy is reached by https, by those who trust it."""
    assert sealed.url.startswith("https://127.0.0.1:")
    for number in (1, 2):
        assert await add(sealed, session, ssl=trusting) == (200, b'{"count": %d}' % number)
    assert sealed.connections == 1
    with pytest.raises(aiohttp.ClientConnectorCertificateError):
        await add(sealed, session)


@pytest.mark.parametrize(("kind", "raised"), BROKEN)
async def test_an_answer_is_broken_over_tls(
    counting: Cloud,
    sealed: FaultProxy,
    session: aiohttp.ClientSession,
    trusting: ssl.SSLContext,
    kind: str,
    raised: type[Exception],
) -> None:
    """Each fault of the answer happens over TLS as without."""
    sealed.add(kind, after=True)
    with pytest.raises(raised):
        await add(sealed, session, ssl=trusting, timeout=SHORT)
    assert count(counting) == 1
    assert (await add(sealed, session, ssl=trusting))[0] == 200


async def test_a_handshake_may_never_come(
    sealed: FaultProxy, session: aiohttp.ClientSession, trusting: ssl.SSLContext
) -> None:
    """A mute connection is taken, and its handshake never begins: no request was sent."""
    sealed.add("mute")
    patience = aiohttp.ClientTimeout(sock_connect=0.1)
    with pytest.raises(aiohttp.ConnectionTimeoutError):
        await add(sealed, session, ssl=trusting, timeout=patience)
    assert (sealed.connections, sealed.seen) == (1, [])


# What is refused


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "flood"},
        {"kind": "stale", "after": True},
        {"kind": "mute", "when": lambda *_: True},
        {"kind": "close", "times": 0},
    ],
)
def test_a_fault_that_cannot_happen_is_refused(wrong: dict[str, Any]) -> None:
    """A fault of an unknown kind, or one that could not happen so, is a ValueError at once."""
    with pytest.raises(ValueError, match="fault"):
        FaultProxy("http://127.0.0.1:1").add(**wrong)


@pytest.mark.parametrize("upstream", ["127.0.0.1:80", "https://127.0.0.1", "http://"])
def test_only_a_plain_server_can_stand_behind(upstream: str) -> None:
    """An upstream that the proxy cannot speak to is a ValueError at once."""
    with pytest.raises(ValueError, match="http://"):
        FaultProxy(upstream)
