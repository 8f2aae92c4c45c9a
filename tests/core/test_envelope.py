"""Opening answers that come in one form: what is a success, what a refusal, and what cannot be understood."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import pytest

from sharebind.clock import SystemClock
from sharebind.errors import MalformedReplyError, ProviderError, SharebindError
from sharebind.provider import (
    Code,
    Codes,
    Context,
    DeviceNotFoundError,
    Envelope,
    HttpCall,
    InvalidRequestError,
    OutcomeUnknownError,
    Reply,
    Secret,
    ShareNotFoundError,
    Stage,
    State,
    UnavailableError,
    path_segment,
)

CODES = Codes("acme", {"404": Code(DeviceNotFoundError, "there is no such device")})
BY_WORD = Envelope(CODES, code="error.code", message="error.text", by_status=True)
BY_NUMBER = Envelope(CODES, code="code", ok=("0", "200"), data="data", message="msg")
DEEP = Envelope(CODES, code="Response.Error.Code", data="Response.Data")
BY_FLAG = Envelope(CODES, code="err", flag="ok", data="result", message="hint")
FLAGGED = Envelope(CODES, code="state.code", ok=("0",), flag="state.good")
READ = HttpCall(name="lamps", method="GET", path="/lamps", changes=False)
CHANGE = HttpCall(name="switch", method="PUT", path="/lamps", changes=True)


@pytest.fixture
def ctx() -> Context:
    """Give the context of a call that has announced its change."""
    return Context(account="home", provider="acme", operation="rename", clock=SystemClock())


@pytest.mark.parametrize(
    ("envelope", "body", "data"),
    [
        (BY_WORD, {"lamp": 1}, {"lamp": 1}),
        (BY_WORD, {}, {}),
        (BY_WORD, {"error": None, "lamp": 1}, {"error": None, "lamp": 1}),
        (BY_NUMBER, {"code": 0, "data": {"lamp": 1}}, {"lamp": 1}),
        (BY_NUMBER, {"code": "200", "data": None}, {}),
        (BY_NUMBER, {"code": 200}, {}),
        (DEEP, {"Response": {"Data": {"lamp": 1}}}, {"lamp": 1}),
        (BY_FLAG, {"ok": True, "result": {"lamp": 1}}, {"lamp": 1}),
        (BY_FLAG, {"ok": True, "result": None}, {}),
        (BY_FLAG, {"ok": True}, {}),
        (BY_FLAG, {"ok": 1, "err": None, "result": {"lamp": 1}}, {"lamp": 1}),
        (FLAGGED, {"state": {"good": True, "code": 0}}, {"state": {"good": True, "code": 0}}),
    ],
)
def test_a_success_gives_its_data(envelope: Envelope, body: object, data: Mapping[str, object], ctx: Context) -> None:
    """Data stand where the vendor puts them; a success that says no more is empty."""
    assert envelope.open(Reply(status=200, body=body), READ, ctx).body == data


@pytest.mark.parametrize(
    ("envelope", "body", "said"),
    [
        (BY_WORD, {"error": {"code": 404, "text": "gone"}}, "gone"),
        (BY_WORD, {"error": {"code": "404", "text": ["gone"]}, "lamp": 1}, None),
        (BY_NUMBER, {"code": 404, "msg": "gone", "data": {"lamp": 1}}, "gone"),
        (DEEP, {"Response": {"Error": {"Code": "404"}}}, None),
        (BY_FLAG, {"ok": False, "err": 404, "hint": "gone"}, "gone"),
        (BY_FLAG, {"err": "404"}, None),
    ],
)
@pytest.mark.parametrize("status", [200, 404, 500])
def test_a_code_refuses_whatever_the_status(
    envelope: Envelope, body: object, said: str | None, status: int, ctx: Context
) -> None:
    """The table says what a code means, and the vendor's message is kept."""
    with pytest.raises(DeviceNotFoundError) as caught:
        envelope.open(Reply(status=status, body=body), READ, ctx)
    assert (caught.value.vendor_code, caught.value.vendor_message) == ("404", said)


async def test_a_refused_change_was_not_done(ctx: Context) -> None:
    """The call is told that nothing happened."""
    await ctx.effect()
    with pytest.raises(DeviceNotFoundError):
        BY_WORD.open(Reply(status=400, body={"error": {"code": "404"}}), CHANGE, ctx)
    assert ctx.stage is Stage.BEFORE


UNREADABLE: Final[list[tuple[Envelope, int, object, type[SharebindError]]]] = [
    (BY_WORD, 200, None, MalformedReplyError),
    (BY_WORD, 200, ["lamp"], MalformedReplyError),
    (BY_WORD, 200, {"error": "none"}, MalformedReplyError),
    (BY_WORD, 200, {"error": {"code": {}}}, MalformedReplyError),
    (BY_WORD, 503, {"lamp": 1}, UnavailableError),
    (BY_NUMBER, 200, {"data": {"lamp": 1}}, MalformedReplyError),
    (BY_NUMBER, 200, {"code": 0, "data": "lamp"}, MalformedReplyError),
    (BY_NUMBER, 503, {}, UnavailableError),
    (DEEP, 200, {"Response": {}}, MalformedReplyError),
    (DEEP, 200, {}, MalformedReplyError),
    (DEEP, 200, {"Response": {"Data": None}}, MalformedReplyError),
    (BY_FLAG, 200, {}, MalformedReplyError),
    (BY_FLAG, 200, {"ok": False}, MalformedReplyError),
    (BY_FLAG, 200, {"ok": None, "result": {"lamp": 1}}, MalformedReplyError),
    (BY_FLAG, 200, {"ok": "fine", "result": {"lamp": 1}}, MalformedReplyError),
    (BY_FLAG, 200, {"ok": True, "err": 404}, MalformedReplyError),
    (BY_FLAG, 200, {"ok": True, "result": "lamp"}, MalformedReplyError),
    (BY_FLAG, 503, {"ok": True, "result": {"lamp": 1}}, UnavailableError),
    (BY_NUMBER, 503, {"code": 0, "data": {"lamp": 1}}, UnavailableError),
    (FLAGGED, 200, {"state": {"code": 0}}, MalformedReplyError),
    (FLAGGED, 200, {"state": {"good": False, "code": 0}}, MalformedReplyError),
    (FLAGGED, 200, {"state": {"good": True}}, MalformedReplyError),
]


@pytest.mark.parametrize(("envelope", "status", "body", "error"), UNREADABLE)
def test_what_says_neither_is_malformed_after_a_read(
    envelope: Envelope, status: int, body: object, error: type[SharebindError], ctx: Context
) -> None:
    """An answer that is neither a success nor a refusal is told as what it is; then the status decides."""
    with pytest.raises(error):
        envelope.open(Reply(status=status, body=body), READ, ctx)


@pytest.mark.parametrize(("envelope", "status", "body", "error"), UNREADABLE)
def test_what_says_neither_leaves_a_change_unknown(
    envelope: Envelope, status: int, body: object, error: type[SharebindError], ctx: Context
) -> None:
    """Nobody knows what became of a change whose answer cannot be read."""
    del error
    with pytest.raises(OutcomeUnknownError):
        envelope.open(Reply(status=status, body=body), CHANGE, ctx)


def test_a_code_that_no_table_knows_is_unknown(ctx: Context) -> None:
    """It is on the error, and says nothing of what happened."""
    reply = Reply(status=200, body={"code": 9})
    with pytest.raises(OutcomeUnknownError) as after_change:
        BY_NUMBER.open(reply, CHANGE, ctx)
    with pytest.raises(ProviderError) as after_read:
        BY_NUMBER.open(reply, READ, ctx)
    assert after_change.value.vendor_code == after_read.value.vendor_code == "9"
    assert type(after_read.value) is ProviderError


@pytest.mark.parametrize(
    ("envelope", "body", "path"),
    [
        (BY_FLAG, {}, "$.ok"),
        (BY_FLAG, {"ok": False}, "$.ok"),
        (BY_FLAG, {"ok": True, "result": "lamp"}, "$.result"),
        (BY_FLAG, {"ok": True, "err": 404}, "$.err"),
        (BY_NUMBER, {}, "$.code"),
        (DEEP, {"Response": {"Data": None}}, "$.Response.Data"),
        (FLAGGED, {"state": {"code": 0}}, "$.state.good"),
    ],
)
@pytest.mark.parametrize("call", [READ, CHANGE], ids=lambda call: str(call.name))
def test_what_says_neither_names_the_place(
    envelope: Envelope, body: object, path: str, call: HttpCall, ctx: Context
) -> None:
    """Whoever mends it is told where the answer should have said what it is."""
    with pytest.raises((MalformedReplyError, OutcomeUnknownError), match=re.escape(f"at {path}")):
        envelope.open(Reply(status=200, body=body), call, ctx)


def test_an_envelope_is_told_how_a_success_shows_itself() -> None:
    """Without a sign of it, whatever is no refusal would confirm a change; so nobody can make such an envelope."""
    with pytest.raises(TypeError, match=r"flag=.*ok=.*data=.*by_status=True"):
        Envelope(CODES, code="error.code")


def test_the_codes_of_a_success_are_a_collection() -> None:
    """One text would be taken letter by letter."""
    with pytest.raises(TypeError, match=r"\('200',\)"):
        Envelope(CODES, code="code", ok="200")


@pytest.mark.parametrize(
    ("over", "seen", "state"),
    [
        ("always", State.UNKNOWN, State.ENDED),
        ("seen_active", State.ACTIVE, State.ENDED),
        ("seen_active", State.OFFERED, State.UNKNOWN),
        ("unknown", State.ACTIVE, State.UNKNOWN),
        ("", State.ACTIVE, None),
    ],
)
def test_a_table_says_what_a_refusal_to_end_means(over: str, seen: State, state: State | None) -> None:
    """Only a code that speaks of this share ends it for everybody; one that strangers get too ends it for nobody."""
    codes = Codes("acme", {"gone": Code(ShareNotFoundError, over=over)})
    error = ShareNotFoundError("refused", provider="acme", vendor_code="gone")
    assert codes.already_over(error, "end", seen) is state


@pytest.mark.parametrize(
    ("part", "written"),
    [("lamp", "lamp"), ("a/b", "a%2Fb"), ("../a", "..%2Fa"), ("a?b#c d", "a%3Fb%23c%20d"), ("灯", "%E7%81%AF")],
)
def test_a_part_of_a_path_stays_one(part: str, written: str) -> None:
    """What is variable in a path neither ends it nor leaves its place; a secret is written alike."""
    assert path_segment(part) == path_segment(Secret(part)) == written


@pytest.mark.parametrize("part", ["", ".", "..", "..."])
def test_a_part_of_nothing_but_dots_is_refused(part: str) -> None:
    """Servers read dots as a way up, and nothing as the list above."""
    with pytest.raises(InvalidRequestError):
        path_segment(part)
