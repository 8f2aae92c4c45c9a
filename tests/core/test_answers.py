"""What an answer means, however a server breaks it, and what a borrowed session lends."""

from __future__ import annotations

import asyncio
import json
import zlib
from collections.abc import Callable, Iterator
from datetime import timedelta
from types import FrameType
from typing import TYPE_CHECKING, Any, TypeVar

import aiohttp
import pytest

from sharebind import (
    NO_RETRIES,
    Account,
    ConfigurationError,
    InvalidRequestError,
    MalformedReplyError,
    OutcomeUnknownError,
    RateLimitedError,
    UnavailableError,
)
from sharebind.http.answers import BODY_LIMIT, read_reply
from sharebind.http.writing import URL_LIMIT
from sharebind.provider import Client, Context, HttpCall, Reply, Stage

T = TypeVar("T")

if TYPE_CHECKING:
    from tests.core.conftest import Net, Send, Wire


def sending(data: bytes) -> Any:
    """Write these bytes, whatever they are, and end the connection."""

    async def answer(wire: Wire) -> None:
        wire.writer.write(data)
        await wire.writer.drain()
        wire.writer.close()

    return answer


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
NO_ANSWER = {
    "nothing": b"",
    "no http": b"220 ready to serve you\r\n\r\n",
    "half a head": b"HTTP/1.1 200 OK\r\nContent-Le",
    "cut body": HEAD + b'Content-Length: 100\r\n\r\n{"data": "x',
    "cut chunk": HEAD + b'Transfer-Encoding: chunked\r\n\r\n20\r\n{"data',
    "bad chunk": HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
    "bad gzip": HEAD + b"Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\nabcde",
    "bad length": HEAD + b"Content-Length: x\r\n\r\n{}",
}
UNREADABLE = {
    "no json": b"<html>502</html>",
    "empty": b"",
    "invalid utf-8": b'{"data": "\xff\xfe"}',
    "deep": b"[" * 200_000,
    "deep and closed": b"[" * 200_000 + b"]" * 200_000,
    "huge number": b'{"data": ' + b"9" * 10_000 + b"}",
    "nan": b'{"data": NaN}',
    "infinity": b'{"data": -Infinity}',
    "two values": b"{} {}",
}


@pytest.mark.parametrize("kind", NO_ANSWER)
async def test_a_broken_answer_is_none(net: Net, kind: str) -> None:
    """What breaks off or is no HTTP leaves a change unknown and a read unavailable, each sent once."""
    async with net.serving(sending(NO_ANSWER[kind])) as server:
        account, carrier = net.account(server.url, retries=NO_RETRIES)
        change = await net.refused(account, net.call(changes=True))
        read = await net.refused(account, net.call(changes=False))
    assert (type(change), type(read)) == (OutcomeUnknownError, UnavailableError)
    assert (carrier.stages, len(server.requests)) == ([Stage.SENT, Stage.BEFORE], 2)


@pytest.mark.parametrize("kind", UNREADABLE)
async def test_an_unreadable_body(net: Net, kind: str) -> None:
    """A body that is no JSON leaves a change unknown; a read is malformed and says where."""
    async with net.serving(net.saying(UNREADABLE[kind])) as server:
        account, _ = net.account(server.url)
        change = await net.refused(account, net.call(changes=True))
        read = await net.refused(account, net.call(changes=False))
    assert (type(change), change.http_status) == (OutcomeUnknownError, 200)
    assert (type(read), read.http_status) == (MalformedReplyError, 200)
    assert isinstance(read, MalformedReplyError)
    assert read.path == "$"


@pytest.mark.parametrize(
    ("status", "expected"),
    [("503 Down", UnavailableError), ("429 Slow", RateLimitedError), ("404 No", MalformedReplyError)],
)
async def test_the_status_decides_where_there_is_no_body(net: Net, status: str, expected: type[Exception]) -> None:
    """A read without a readable body is judged by its status; a change is unknown whatever the status."""
    async with net.serving(net.saying(b"", status=status)) as server:
        account, _ = net.account(server.url)
        read = await net.refused(account, net.call(changes=False))
        change = await net.refused(account, net.call(changes=True))
    assert (type(read), type(change), read.http_status) == (expected, OutcomeUnknownError, int(status[:3]))


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        *(("3", 3), ("0", 0), ("999999999", 86_400 * 366), ("9" * 30, None), ("-1", None), ("1.5", None), ("٣", None)),
        *(("Wed, 21 Oct 2015 07:28:00 GMT", None), ("", None), ("3, 5", None)),
    ],
)
async def test_retry_after_is_read(net: Net, header: str, seconds: int | None) -> None:
    """Seconds are read and bounded; a date, which our clock may misread, and garbage are left out."""
    async with net.serving(net.saying(b"{}", f"Retry-After: {header}", status="429 Slow")) as server:
        account, _ = net.account(server.url)
        reply = await account.perform(net.call(changes=False))
    assert reply.retry_after == (None if seconds is None else timedelta(seconds=seconds))


async def test_readable_bodies_of_every_status_are_given(net: Net) -> None:
    """The vendor's body is the adapter's to judge, whatever the status says."""
    async with net.serving(net.saying(b'{"code": 5}', status="500 Oops")) as server:
        account, _ = net.account(server.url)
        reply = await account.perform(net.call(changes=False))
    assert (reply.status, reply.body, "code" in repr(reply)) == (500, {"code": 5}, False)


@pytest.mark.parametrize(("body", "empty"), [(b"", True), (b" ", False), (b"<html>", False)])
def test_no_body_is_told_from_garbage(body: bytes, empty: bool) -> None:
    """An answer without a byte is not readable, and said to be empty; what is there and no JSON is not."""
    reply = read_reply(200, body)
    assert (reply.readable, reply.empty) == (False, empty)


@pytest.mark.parametrize(
    ("head", "empty"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", True),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", True),
        (b"HTTP/1.1 204 No Content\r\n\r\n", True),
        (b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n", False),
    ],
    ids=["its length", "its last chunk", "its status", "nothing"],
)
async def test_an_empty_answer_has_said_so(net: Net, head: bytes, empty: bool) -> None:
    """An answer is empty where its head says so; one that was cut off right after the head is just not readable."""

    async def say(wire: Wire) -> None:
        wire.writer.write(head)
        await wire.writer.drain()
        wire.writer.close()

    async with net.serving(say) as server:
        account, carrier = net.account(server.url)
        replies: list[Reply] = []

        class Listening:
            async def send(self, call: HttpCall, ctx: Context, read: Callable[[Reply], T]) -> T:
                def listen(reply: Reply) -> T:
                    replies.append(reply)
                    return read(reply)

                return await inner.send(call, ctx, listen)

            def at(self, base_url: str) -> Client:
                return inner.at(base_url)

        inner, carrier.client = carrier.client, Listening()
        with pytest.raises(OutcomeUnknownError):
            await account.perform(net.call(changes=True))
    assert [(each.readable, each.empty) for each in replies] == [(False, empty)]


async def endless(wire: Wire) -> None:
    """Send gzipped zeros until the other side has enough: some kilobytes are many megabytes."""
    wire.writer.write(HEAD + b"Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n")
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    while not wire.writer.is_closing():
        piece = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_SYNC_FLUSH)
        wire.writer.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        await wire.writer.drain()
        await asyncio.sleep(0)


async def oversized(wire: Wire) -> None:
    """Announce and send more than the cap."""
    await wire.say(b" " * (BODY_LIMIT + 1))


@pytest.mark.parametrize("answer", [endless, oversized])
async def test_a_body_beyond_the_cap_is_stopped(net: Net, answer: Any) -> None:
    """Bytes are counted after decompression while they are read, and the connection is ended at the cap."""
    async with net.serving(answer) as server:
        account, _ = net.account(server.url)
        read = await net.refused(account, net.call(changes=False))
        change = await net.refused(account, net.call(changes=True))
    assert (type(read), type(change)) == (UnavailableError, OutcomeUnknownError)
    assert f"an answer of more than {BODY_LIMIT} bytes" in str(read)


async def test_a_body_up_to_the_cap_is_read(net: Net) -> None:
    """A long list that fits is read whole."""
    body = json.dumps(["x" * (BODY_LIMIT - 4)]).encode()
    async with net.serving(net.saying(body)) as server:
        account, _ = net.account(server.url)
        reply = await account.perform(net.call(changes=False))
    assert (len(body), reply.body) == (BODY_LIMIT, ["x" * (BODY_LIMIT - 4)])


async def test_a_url_that_no_server_reads_is_refused(net: Net) -> None:
    """Fields that make a URL beyond what servers read are refused before sending."""
    async with net.serving(net.saying()) as server:
        account, carrier = net.account(server.url)
        error = await net.refused(account, net.call(changes=True, query={"name": "灯" * URL_LIMIT}))
        await account.perform(net.call(changes=True, query={"name": "x" * (URL_LIMIT - 100)}))
    assert (type(error), carrier.stages[0], len(server.requests)) == (InvalidRequestError, Stage.BEFORE, 1)


# A borrowed session


async def test_a_borrowed_session_lends_its_connector_only(net: Net) -> None:
    """Its headers, cookies and base URL are not used, and it is open when we are closed."""
    async with (
        net.serving(net.saying(b"{}", "Set-Cookie: tenant=1; Path=/")) as server,
        aiohttp.ClientSession(
            headers={"Authorization": "host-hunter9", "X-Host": "1"},
            cookies={"host": "cookie"},
            cookie_jar=aiohttp.CookieJar(unsafe=True),
        ) as session,
    ):
        for _ in range(2):
            account, _ = net.account(server.url, session=session)
            await account.perform(net.call(changes=False))
            await net.bench.aclose()
        assert (session.closed, server.connections, len(session.cookie_jar)) == (False, 1, 1)
        sent = b"".join(server.requests).lower()
        assert [word for word in (b"hunter9", b"x-host", b"cookie") if word in sent] == []
        async with session.get(server.url) as reply:
            assert reply.status == 200
        assert b"host-hunter9" in server.requests[-1]


async def test_a_borrowed_session_that_is_closed(net: Net) -> None:
    """A session that its owner has closed is told as that, and nothing happened."""
    session = aiohttp.ClientSession()
    account, _ = net.account("http://127.0.0.1:9", session=session)
    await session.close()
    with pytest.raises(ConfigurationError, match="the borrowed aiohttp session is closed"):
        await account.perform(net.call(changes=True))


async def test_one_pool_for_all_accounts(net: Net) -> None:
    """Accounts of one Sharebind share its connections; closing ends them, twice without an error."""
    async with net.serving(net.saying()) as server:
        account, carrier = net.account(server.url)
        await account.perform(net.call(changes=False))
        await account.perform(net.call(changes=True))
        assert server.connections == 1
        await net.bench.aclose()
        await net.bench.aclose()
        with pytest.raises(ConfigurationError, match="closed"):
            await account.perform(net.call(changes=False))
    assert len(carrier.stages) == 2


# Secrets


def chain(error: BaseException | None, seen: set[int]) -> Iterator[BaseException]:
    """Yield an error and all that it hangs on: causes, contexts and groups."""
    if error is None or id(error) in seen:
        return
    seen.add(id(error))
    yield error
    yield from chain(error.__cause__, seen)
    yield from chain(error.__context__, seen)


def frames(error: BaseException) -> Iterator[FrameType]:
    """Yield the frames of its traceback."""
    traceback = error.__traceback__
    while traceback is not None:
        yield traceback.tb_frame
        traceback = traceback.tb_next


def leaks(error: BaseException) -> set[str]:
    """Find the test's secrets in whatever a log or an error tracker would keep of an error."""
    found: set[str] = set()
    for each in chain(error, set()):
        places = {type(each).__name__: f"{each} {each!r} {each.args!r} {vars(each)!r}"}
        for frame in frames(each):
            for name, value in frame.f_locals.items():
                places[f"{frame.f_code.co_qualname}:{name}"] = repr(value)
        found |= {place for place, text in places.items() if "hunter" in text}
    return found


async def escaping(account: Account, op: Send) -> BaseException:
    """Give what escapes from a call, a cancellation too, with its traceback."""
    try:
        await account.perform(op, within=timedelta(milliseconds=200))
    except BaseException as error:  # noqa: BLE001 - whatever it is, it is looked at
        return error
    raise AssertionError


WALLS = ["dropping", "closing", "silent", "garbage", "nobody", "too long", "cancelled"]


@pytest.mark.parametrize("wall", WALLS)
@pytest.mark.parametrize("changes", [True, False])
async def test_no_secret_is_in_an_error(net: Net, wall: str, changes: bool) -> None:
    """No token, code or key is in an error, its causes, its arguments, or the locals of any frame it passed."""
    answer: Any = sending(b"garbage\r\n\r\n") if wall == "garbage" else getattr(net, wall, net.silent)
    async with net.serving(answer) as server:
        account, _ = net.account("http://127.0.0.1:9" if wall == "nobody" else server.url)
        op = net.call(changes=changes)
        if wall == "too long":
            op = net.call(changes=changes, path="/" + "x" * URL_LIMIT)
        task = asyncio.ensure_future(escaping(account, op))
        if wall == "cancelled":
            await asyncio.sleep(0.05)
            task.cancel()
        error = await task
    assert leaks(error) == set()
