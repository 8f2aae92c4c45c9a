"""No token and no code is in what an error shows: not in its words, nor in tracebacks with locals."""

from __future__ import annotations

import asyncio
import copy
import pickle
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from tests.security.looking import chain

from sharebind import (
    Account,
    Anyone,
    ByText,
    Email,
    IncompleteListError,
    InvalidRequestError,
    MalformedReplyError,
    OutcomeUnknownError,
    Proof,
    ResultLostError,
    Secret,
    Sharebind,
    SharebindError,
    ShareRef,
    Side,
    UnavailableError,
    UserId,
    Via,
)
from sharebind_gizwits import ByMac

from .playing import WITHOUT_EWELINK
from .scene import DEVICE, SILENCE, VENDORS, Asked, Said, account_at, quectel_ok, tencent_ok

TOKEN: Final = Secret("TOKEN-hunter2")
CODE: Final = Secret("CODE-hunter3")
KEY: Final = Secret("KEY-hunter4")
NEEDLES: Final = ("hunter2", "hunter3", "hunter4")
SOON: Final = timedelta(seconds=0.15)
HERE: Final = Path(__file__).parent


def shown(error: BaseException) -> Iterator[tuple[str, str]]:
    """Give whatever some tool may print of an error, with the place where it stands."""
    for one in chain(error):
        kind = type(one).__name__
        yield f"{kind} as text", f"{one} {one!r}"
        yield f"{kind}.args", repr(one.args)
        yield f"{kind} notes", repr(getattr(one, "__notes__", ()))
        yield f"{kind} attributes", repr(vars(one))
        for name in ("doc", "object", "msg", "filename"):
            yield f"{kind}.{name}", repr(getattr(one, name, ""))
        for frame, _ in traceback.walk_tb(one.__traceback__):
            if Path(frame.f_code.co_filename).parent != HERE:
                for name, value in frame.f_locals.items():
                    yield f"{frame.f_code.co_qualname}: {name}", repr(value)
    yield "formatted", "".join(traceback.format_exception(error))


def leaks(error: BaseException) -> list[str]:
    """Give the places where a secret stands."""
    return [place for place, text in shown(error) if any(needle in text for needle in NEEDLES)]


def test_a_leak_is_found_wherever_it_is() -> None:
    """The search itself finds a secret in words, arguments, notes, attributes, causes and locals."""

    def noted(error: Exception) -> Exception:
        error.add_note("hunter2")
        return error

    def caused(error: Exception) -> Exception:
        error.__cause__ = ValueError("hunter3")
        return error

    named = MalformedReplyError("x")
    named.path = "hunter2"
    for error in (ValueError("hunter2"), noted(ValueError()), caused(ValueError()), named):
        assert leaks(error)
    space: dict[str, Any] = {}
    exec(compile("def fail(code):\n    raise ValueError(0)", "elsewhere.py", "exec"), space)  # noqa: S102 - a frame elsewhere
    with pytest.raises(ValueError, match="0") as raised:
        space["fail"]("hunter3")
    assert "fail: code" in leaks(raised.value)


REF: Final = {
    "quectel": ShareRef(provider="quectel", side=Side.OWNER, via=Via.CODE, device=DEVICE, key=CODE),
    "tencent": ShareRef(provider="tencent", side=Side.OWNER, via=Via.CODE, device=DEVICE, key=CODE),
    "gizwits": ShareRef(provider="gizwits", side=Side.OWNER, via=Via.PERSON, device=DEVICE, key=CODE),
    "ewelink": ShareRef(provider="ewelink", side=Side.OWNER, via=Via.PERSON, device=DEVICE, key=CODE),
}
MORE: Final[dict[str, dict[str, object]]] = {
    "gizwits": {"app_id": "app-1", "product_secrets": {"p11abc": KEY}},
    "ewelink": {"rate": "off"},
}
"""What an account needs beside a token, or is better without."""


async def all_of(listing: AsyncIterator[Any]) -> list[Any]:
    """Read a list."""
    return [each async for each in listing]


WISHES: Final[dict[str, Callable[[Account, timedelta | None], Awaitable[object]]]] = {
    "me": lambda desk, within: desk.me(within=within),
    "share": lambda desk, within: desk.share(DEVICE, to=Anyone(), within=within),
    "invite": lambda desk, within: desk.share(DEVICE, to=UserId("u"), within=within),
    "accept": lambda desk, within: desk.accept(CODE, within=within),
    "accept a text": lambda desk, within: desk.accept(CODE.reveal(), within=within),
    "end": lambda desk, within: desk.end(REF[desk.provider], within=within),
    "shares": lambda desk, within: all_of(aiter(desk.shares(device=DEVICE, within=within))),
    "received": lambda desk, within: all_of(aiter(desk.received(within=within))),
    "bindings": lambda desk, within: all_of(aiter(desk.bindings(within=within))),
    "unbind": lambda desk, within: desk.unbind(DEVICE, within=within),
}
CODES: Final = ("accept", "accept a text", "inspect", "inspect a text", "bind")
"""What is done with a code."""
LISTS: Final = ("end", "shares", "received", "bindings", "unbind")
PLANS = [
    *((provider, wish) for provider in VENDORS for wish in WISHES),
    *(("tencent", wish) for wish in ("inspect", "inspect a text", "bind")),
    *(("gizwits", wish) for wish in ("share", "invite", *CODES, *LISTS, "bind by mac")),
    *(("ewelink", wish) for wish in ("share with an address", *LISTS, "bind by digest") if not WITHOUT_EWELINK),
]
WISHES["inspect"] = lambda desk, within: desk.inspect(CODE, within=within)
WISHES["inspect a text"] = lambda desk, within: desk.inspect(CODE.reveal(), within=within)
WISHES["bind"] = lambda desk, within: desk.bind(DEVICE, ByText(CODE), within=within)
WISHES["bind by mac"] = lambda desk, within: desk.bind(None, ByMac("p11abc", "A0B1C2D3E4F5"), within=within)
WISHES["share with an address"] = lambda desk, within: desk.share(DEVICE, to=Email("a@example.com"), within=within)
WISHES["bind by digest"] = lambda desk, within: desk.bind(DEVICE, by_digest(), within=within)


def by_digest() -> Proof:
    """Give a proof that holds a device's own key."""
    from sharebind_ewelink import ByDigest

    return ByDigest(apikey=KEY, chip="c")


@pytest.mark.parametrize(("provider", "wish"), PLANS)
async def test_a_call_that_times_out_tells_no_secret(provider: str, wish: str) -> None:
    """Whatever was asked when the time was up, its error holds neither token nor code."""
    async with account_at(provider, lambda _: (SILENCE, None), TOKEN, MORE.get(provider)) as (desk, server):
        for within in (SOON, SOON * 20):  # a busy machine may take longer than that to ask at all
            with pytest.raises((UnavailableError, OutcomeUnknownError)) as error:
                await WISHES[wish](desk, within)
            if server.asked:
                break
    assert server.asked
    assert leaks(error.value) == []
    assert leaks(pickle.loads(pickle.dumps(error.value))) == []  # noqa: S301 - made one line above
    assert leaks(copy.deepcopy(error.value)) == []


@pytest.mark.parametrize(("provider", "wish"), PLANS)
async def test_a_call_that_is_cancelled_tells_no_secret(provider: str, wish: str) -> None:
    """A caller who cancels in mid-call is given nothing of what was sent."""
    async with account_at(provider, lambda _: (SILENCE, None), TOKEN, MORE.get(provider)) as (desk, server):
        task = asyncio.ensure_future(WISHES[wish](desk, None))
        await asyncio.wait_for(server.arrived.wait(), 5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError) as error:
            await task
    assert leaks(error.value) == []


BODIES: Final[dict[str, Said]] = {
    "no json": (200, b"<html>CODE-hunter3"),
    "half a json": (200, b'{"code": 200, "data": "CODE-hunter3'),
    "no envelope": (200, {"shareCode": "CODE-hunter3"}),
    "a wrong data": (200, {"code": 200, "data": [["CODE-hunter3"]]}),
    "a wrong response": (200, {"Response": {"Users": "CODE-hunter3", "ShareDeviceTokenInfo": "CODE-hunter3"}}),
    "a wrong time": (
        200,
        {"code": 200, "data": [{"shareInfo": {"shareCode": "CODE-hunter3", "acceptTimeTs": "hunter3"}}]},
    ),
    "a server error": (500, b"CODE-hunter3"),
    "a slow down": (429, {"token": "CODE-hunter3"}),
    "a refused token": (401, b"TOKEN-hunter2"),
    "a wrong error": (400, {"error_code": ["CODE-hunter3"], "error": {"CODE-hunter3": 1}}),
    "wrong lists": (
        200,
        {
            "error": 0,
            "data": {"thingList": ["CODE-hunter3"], "familyList": "CODE-hunter3"},
            "devices": ["CODE-hunter3"],
        },
    ),
    "a key in a wrong thing": (
        200,
        {
            "error": 0,
            "data": {"familyList": [{"id": 7, "devicekey": "KEY-hunter4"}]},
            "devices": [{"passcode": "hunter4"}],
        },
    ),
}


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize(("provider", "wish"), PLANS)
async def test_an_answer_that_cannot_be_read_tells_no_secret(provider: str, wish: str, body: str) -> None:
    """What stood in a malformed answer is in no message, and nothing of the request is either."""
    async with account_at(provider, lambda _: BODIES[body], TOKEN, MORE.get(provider)) as (desk, _):
        try:
            await WISHES[wish](desk, None)
        except SharebindError as error:
            assert leaks(error) == []  # noqa: PT017 - some wishes are content with some answers


ENTRY: Final[dict[str, object]] = {"shareInfo": {"shareCode": "CODE-hunter3", "acceptTimeTs": 1}, "userInfo": None}


async def test_a_list_with_an_odd_item_tells_no_secret() -> None:
    """The items before and after one that cannot be read are not in the error."""
    odd = {"shareInfo": {"shareCode": "CODE-hunter3", "acceptTimeTs": "hunter3"}}
    async with account_at("quectel", lambda _: quectel_ok([ENTRY, odd, ENTRY]), TOKEN) as (desk, _):
        with pytest.raises(IncompleteListError) as error:
            await desk.shares(device=DEVICE).all()
    assert leaks(error.value) == []


async def test_a_device_that_the_model_refuses_tells_no_secret() -> None:
    """A name that cannot be a device is told of without what stood beside it."""
    row = {"productKey": "a/b", "deviceKey": "d", "deviceType": 2, "ownerUid": "o", "shareCode": "CODE-hunter3"}
    async with account_at("quectel", lambda _: quectel_ok({"list": [row | {"authKey": "hunter2"}], "total": 1})) as (
        desk,
        _,
    ):
        for listing in (desk.bindings(), desk.received()):
            with pytest.raises(IncompleteListError) as error:
                await listing.all()
            assert leaks(error.value) == []


async def test_a_result_that_is_lost_tells_no_secret() -> None:
    """What was done and could not be read is told without the answer's content."""

    def say(asked: Asked) -> Said:
        if asked.name == "AppGetFamilyList":
            return tencent_ok(Total=1, FamilyList=[{"FamilyId": "f", "Role": 1}])
        return tencent_ok(AppDeviceInfo={"ProductId": ["hunter3"]})

    async with account_at("tencent", say, TOKEN) as (desk, _):
        with pytest.raises(ResultLostError) as error:
            await desk.bind(DEVICE, ByText(CODE))
    assert leaks(error.value) == []


async def test_a_wish_too_long_for_a_url_tells_no_secret() -> None:
    """A name that makes the URL too long is refused, without the URL, before anything is sent."""
    async with account_at("quectel", lambda _: quectel_ok(), TOKEN) as (desk, server):
        with pytest.raises(InvalidRequestError) as error:
            await desk.accept(CODE, name="x" * 9000)
        with pytest.raises(InvalidRequestError) as long:
            await desk.accept(CODE.reveal() * 1000)
    assert (server.asked, leaks(error.value), leaks(long.value)) == ([], [], [])


@pytest.mark.parametrize("provider", [*VENDORS, "gizwits"])
async def test_a_text_that_cannot_be_written_tells_no_secret(provider: str) -> None:
    """A code with half a character in it fails as this library's error, and shows nothing."""
    refused = {"code": 5137, "Response": {"Error": {"Code": "InvalidParameterValue.InvalidShareDeviceToken"}}}
    async with account_at(provider, lambda _: (200, refused), TOKEN, MORE.get(provider)) as (desk, _):
        with pytest.raises(SharebindError) as error:
            await desk.accept(Secret(CODE.reveal() + "\ud800"))
    assert leaks(error.value) == []


@pytest.mark.parametrize("end", ["\n", "\r\nX-Other: 1", "\0"])
async def test_a_token_that_no_header_may_have_tells_no_secret(end: str) -> None:
    """A token with a line end in it is refused without being shown or sent."""
    async with account_at("quectel", lambda _: quectel_ok(), Secret(TOKEN.reveal() + end)) as (desk, server):
        for wish in ("me", "end"):
            with pytest.raises(InvalidRequestError) as error:
                await WISHES[wish](desk, None)
            assert leaks(error.value) == []
    assert server.asked == []


@pytest.mark.parametrize(("provider", "wish"), PLANS)
async def test_a_vendor_that_cannot_be_reached_tells_no_secret(provider: str, wish: str) -> None:
    """The error of a connection that nobody took holds nothing of what was to be sent."""
    async with Sharebind() as sharebind:
        known = {"token": TOKEN, "base_url": "http://127.0.0.1:9", **MORE.get(provider, {})}
        desk = sharebind.open_account(provider, known, name="desk")
        with pytest.raises(UnavailableError) as error:
            await WISHES[wish](desk, None)
    assert leaks(error.value) == []


def test_a_damaged_ref_tells_no_secret() -> None:
    """A stored line that lost its end is refused without the key that it still holds."""
    line = REF["quectel"].reveal()
    for end in (-6, -1, -20):
        with pytest.raises(ValueError, match="share ref") as error:
            ShareRef.parse(line[:end])
        assert [place for place in leaks(error.value) if not place.startswith("ShareRef.parse: text")] == []


# ------------------------------------------------------------------------------------------------------------- settings

SETTINGS: Final[dict[str, str]] = {
    "an unknown region": 'token = "TOKEN-hunter2"\nregion = "xx"',
    "no toml": 'token = "TOKEN-hunter2"\nregion = "xx',
    "an unknown key": 'token = "TOKEN-hunter2"\nregion = "eu"\ncolour = "red"',
    "a token on two lines": 'token = """TOKEN-hunter2\n"""\nregion = "eu"',
    "a token in a list": 'token = ["TOKEN-hunter2"]\nregion = "eu"',
    "a region from a secret": 'token = "t"\nregion = { env = "HUNTER" }',
    "an address from a secret": 'token = "t"\nbase_url = { env = "HUNTER_URL" }',
    "a life from a secret": 'token = "t"\nregion = "eu"\noffer_life = { file = "@file@" }',
    "an address with a password": 'token = "t"\nbase_url = { file = "@file@" }',
    "a token from a secret of two lines": 'token = { env = "HUNTER_LINES" }\nregion = "eu"',
    "a secret file beside": 'token = { file = "@file@" }\nregion = "xx"',
}


@pytest.mark.parametrize("wrong", SETTINGS)
def test_bad_settings_tell_no_secret(wrong: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong setting is told of by its place, without tokens and without what references gave."""
    monkeypatch.setenv("HUNTER", "TOKEN-hunter2")
    monkeypatch.setenv("HUNTER_URL", "https://user:hunter2@example.com")
    monkeypatch.setenv("HUNTER_LINES", "TOKEN-hunter2\nCODE-hunter3")
    (tmp_path / "beside").write_text("https://user:hunter3@example.com\n", encoding="utf-8")
    text = SETTINGS[wrong].replace("@file@", str(tmp_path / "beside"))
    file = tmp_path / "settings.toml"
    file.write_text(f'[accounts.desk]\nprovider = "quectel"\n{text}\n', encoding="utf-8")
    with pytest.raises(SharebindError) as error:
        Sharebind.from_file(file).account("desk")
    assert str(file) in str(error.value)
    assert leaks(error.value) == []
