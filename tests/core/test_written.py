"""How a call is written: quickly where nothing in it needs quoting, and always alike."""

import json
import traceback
from datetime import UTC, datetime
from typing import Any

import aiohttp
import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from sharebind import (
    ConfigurationError,
    InvalidRequestError,
    Outcome,
    ProviderError,
    ReadMe,
    Registry,
    Secret,
    Sharebind,
)
from sharebind.calls import HttpCall
from sharebind.clock import SystemClock
from sharebind.context import Context
from sharebind.http.client import HttpClient
from sharebind.http.pool import Pool
from sharebind.http.writing import UnwritableError, Writer
from sharebind.provider import Setup
from sharebind.retries import Retries
from sharebind.testing.reference import World, reference_spec

BASE = "https://api.example.com/base"
FIELD = st.text(st.sampled_from("aZ09-._~ &=+%/?#:@灯é\x00\n'"), max_size=12)


def written(query: dict[str, str | Secret]) -> str:
    """Write a call with these fields, and give its address."""
    client = HttpClient(Pool(retries=Retries()), BASE, "acme")
    call = HttpCall(name="thing", method="GET", path="/v2/a%2Fb", query=query, changes=False)
    ctx = Context(account="home", provider="acme", operation="me", clock=SystemClock())
    line = client._written(call, ctx).content.decode().partition("\r\n")[0]
    return line.removeprefix("GET ").removesuffix(" HTTP/1.1")


@given(st.dictionaries(FIELD, FIELD, max_size=4))
async def test_the_quick_way_writes_what_the_careful_one_does(fields: dict[str, str]) -> None:
    """Whether or not a field needs quoting, an address is the one that yarl makes of the same fields."""
    careful = URL(f"{BASE}/v2/a%2Fb", encoded=True)
    expected = (careful.with_query(fields) if fields else careful).raw_path_qs
    assert written(dict(fields)) == expected
    assert written({name: Secret(value) if value else value for name, value in fields.items()}) == expected


async def test_half_a_character_is_not_written() -> None:
    """A field that UTF-8 cannot write is refused, beside fields that need no quoting too."""
    with pytest.raises(InvalidRequestError, match="half a character"):
        written({"plain": "abc", "name": "\ud800"})


def whole(**changed: Any) -> bytes:
    """Write a call, all of it."""
    fields: dict[str, Any] = {"name": "thing", "method": "GET", "path": "/v2/a%2Fb", "changes": False, **changed}
    return Writer(BASE, {"Host": "api.example.com", "Accept": "application/json"}).write(HttpCall(**fields)).content


def test_a_call_is_written_as_it_is_read() -> None:
    """A request says whom it is for, what it takes as an answer, and how long its body is, to the byte."""
    assert whole(query={"pk": "p11"}, headers={"Authorization": Secret("t0ken")}) == (
        b"GET /base/v2/a%2Fb?pk=p11 HTTP/1.1\r\nHost: api.example.com\r\nAccept: application/json\r\n"
        b"Authorization: t0ken\r\n\r\n"
    )
    body = '{"name":"灯","key":"s3cret"}'.encode()
    assert whole(method="post", body={"name": "灯", "key": Secret("s3cret")}) == (
        b"POST /base/v2/a%2Fb HTTP/1.1\r\nHost: api.example.com\r\nAccept: application/json\r\n"
        b"Content-Type: application/json\r\nContent-Length: 29\r\n\r\n" + body
    )


def test_a_body_that_an_adapter_has_signed_is_not_touched() -> None:
    """What stands in one secret goes out byte for byte, blanks too."""
    assert whole(method="POST", body=Secret('{ "a" : 1 }')).endswith(b'Content-Length: 11\r\n\r\n{ "a" : 1 }')


@pytest.mark.parametrize(("method", "says"), [("GET", 0), ("POST", 1), ("PUT", 1), ("DELETE", 1), ("PATCH", 1)])
def test_methods_that_may_have_a_body_say_that_there_is_none(method: str, says: int) -> None:
    """Servers wait for a body after these methods, unless they are told."""
    assert whole(method=method).count(b"Content-Length: 0\r\n") == says


def test_a_header_of_a_call_stands_for_the_common_one() -> None:
    """What a call says itself is said once, in whatever letter case."""
    sent = whole(headers={"accept": "text/plain", "X-App": "7"})
    assert sent.endswith(b"Host: api.example.com\r\naccept: text/plain\r\nX-App: 7\r\n\r\n")
    assert b"application/json" not in sent


FRAMING = ("Host", "content-length", "Transfer-Encoding", "CONNECTION", "Expect", "Upgrade")


@pytest.mark.parametrize("name", [*FRAMING, "X App", "X:", "X\r\nY", "灯", ""])
def test_a_call_cannot_say_where_a_request_ends(name: str) -> None:
    """Whom a request is for and where it ends is written here alone, and a header's name is one word."""
    with pytest.raises(ValueError, match="no header"):
        whole(headers={name: "1"})


@pytest.mark.parametrize("path", ["/a b", "/a\r\nX: 1", "/a\tb", "/灯", "/a#b", "a b", "/a\x00"])
def test_a_path_is_one_word(path: str) -> None:
    """A path that is not percent-encoded could hold a second request, and is refused."""
    with pytest.raises(ValueError, match="percent-encoded"):
        whole(path=path)


@pytest.mark.parametrize("method", ["GET /x HTTP/1.1\r\n\r\nPOST", "", "GE T"])
def test_a_method_is_one_word(method: str) -> None:
    """The same goes for a method."""
    with pytest.raises(ValueError, match="no word"):
        whole(method=method)


ANY = st.text(max_size=8)


@given(path=ANY, query=st.dictionaries(ANY, ANY, max_size=3), headers=st.dictionaries(ANY, ANY, max_size=3), body=ANY)
def test_whatever_a_call_holds_it_is_one_request(
    path: str, query: dict[str, str], headers: dict[str, str], body: str
) -> None:
    """A call is refused, or it is one request line, its headers each on a line, one empty line, and its body."""
    try:
        sent = whole(method="POST", path=f"/{path}", query=query, headers=headers, body={"text": body})
    except (ValueError, UnwritableError):
        return
    head, _, rest = sent.partition(b"\r\n\r\n")
    line, *lines = head.decode().split("\r\n")
    assert (line.count(" "), len(lines)) == (2, 4 + len(headers) - ("accept" in map(str.lower, headers)))
    assert not {"\r", "\n", "\x00"} & set(line + "".join(lines))
    assert f"Content-Length: {len(rest)}" in lines
    assert json.loads(rest) == {"text": body}


async def test_what_cannot_be_written_is_not_sent() -> None:
    """An adapter that names a header which is not its own is told so; nothing happened, and no token shows."""

    class Wrong:
        """An adapter with one fault."""

        support = reference_spec(World()).capabilities

        def __init__(self, setup: Setup) -> None:
            self.client = setup.client

        async def me(self, _op: ReadMe, ctx: Context, /) -> object:
            """Ask with a header that says where the request ends."""
            headers: dict[str, str | Secret] = {"Authorization": Secret("hunter2"), "Content-Length": "0"}
            call = HttpCall(name="me", method="POST", path="/me", headers=headers, changes=True)
            return await self.client.send(call, ctx, lambda reply: reply)

    spec = attrs.evolve(reference_spec(World()), name="wrong", factory=lambda _, setup: Wrong(setup))
    async with Sharebind(registry=Registry(specs=[spec])) as sharebind:
        account = sharebind.open_account("wrong", {"email": "a@example.com", "password": "x"}, name="desk")
        with pytest.raises(ProviderError, match="nothing happened") as told:
            await account.me()
    assert told.value.outcome is Outcome.NOTHING
    shown = "".join(traceback.TracebackException.from_exception(told.value, capture_locals=True).format())
    assert "hunter2" not in shown
    assert "writing.py" in "".join(getattr(told.value, "__notes__", []))


async def test_an_aiohttp_that_sends_otherwise_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing could tell whether a request has left, no request is made at all."""
    monkeypatch.delattr(aiohttp.BaseConnector, "connect")
    with pytest.raises(ConfigurationError, match="too new"):
        written({})


@pytest.mark.parametrize(
    ("base", "path"),
    [
        ("https://api.example.com", "/v2"),
        ("https://api.example.com:8443/a%2Fb", "/a%2Fb/v2"),
        ("https://api.example.com/ä", "/%C3%A4/v2"),
        ('https://api.example.com/x"y', "/x%22y/v2"),
        ("https://bücher.example/~a", "/~a/v2"),
    ],
)
def test_a_base_urls_path_is_kept(base: str, path: str) -> None:
    """The path of a base URL stands before that of a call, percent-encoded where it is not yet."""
    call = HttpCall(name="thing", method="GET", path="/v2", changes=False)
    assert Writer(base, {}).write(call).content == f"GET {path} HTTP/1.1\r\n\r\n".encode()


def test_a_calls_own_kind_of_body_is_said_once() -> None:
    """A vendor that wants more said of its JSON gets that, and only that."""
    sent = whole(method="POST", body={}, headers={"content-type": "application/json; charset=utf-8"})
    assert sent.lower().count(b"content-type") == 1
    assert b"content-type: application/json; charset=utf-8\r\n" in sent


@pytest.mark.parametrize("method", ["HEAD", "CONNECT", "head"])
def test_methods_that_are_answered_otherwise_are_refused(method: str) -> None:
    """An answer without the body that it announces would be waited for."""
    with pytest.raises(ValueError, match="cannot be sent"):
        whole(method=method)


def test_half_a_character_in_a_name_is_refused_too() -> None:
    """A field's name is looked at like its value."""
    with pytest.raises(UnwritableError, match="half a character"):
        whole(query={"\ud800": "a"})


def test_what_is_no_json_is_no_body() -> None:
    """An adapter that leaves a datetime in a body is told so, with orjson and without."""
    with pytest.raises(TypeError, match="datetime"):
        whole(method="POST", body={"at": datetime(2026, 1, 1, tzinfo=UTC)})
