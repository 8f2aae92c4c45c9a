"""Pure functions: the codes, the signature, the envelope, and what is read out of answers."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any, Final

import pytest

from sharebind import (
    Email,
    InvalidRequestError,
    MalformedReplyError,
    Outcome,
    OutcomeUnknownError,
    Phone,
    ProviderError,
    QuotaExceededError,
    Secret,
    ShareNotFoundError,
    SignInError,
    UnavailableError,
)
from sharebind.emulator import Contract, EmulatedClock
from sharebind.provider import ACCESS, REFRESH, Context, Fields, HttpCall, Reply
from sharebind_ewelink import EwelinkSettings, auth
from sharebind_ewelink.codes import CODES, CODES_TAKING_OVER
from sharebind_ewelink.rights import BITS, permit, rights_in
from sharebind_ewelink.wire import people
from sharebind_ewelink.wire.envelope import data_of
from sharebind_ewelink.wire.things import page_in

CONTRACT: Final = Contract.beside("sharebind_ewelink.emulator")
READ: Final = HttpCall(name="list_homes", method="GET", path="/v2/family", changes=False)
CHANGE: Final = HttpCall(name="cancel_share", method="DELETE", path="/v2/device/share", changes=True)
MAIL: Final = EwelinkSettings(
    app_id="app", app_secret=Secret("s3cret"), email="a@b.example", password=Secret("pä ss"), region="eu"
)


def context(operation: str = "end") -> Context:
    """Give a call's context."""
    return Context(account="home", provider="ewelink", operation=operation, clock=EmulatedClock())


def text_of(call: HttpCall) -> str:
    """Give the bytes that are sent, as text."""
    assert isinstance(call.body, Secret)
    return call.body.reveal()


def test_every_code_of_the_contract_has_a_row() -> None:
    """The table holds the contract's codes, all of them and no other, each with its source."""
    assert set(CODES.rows) == set(CONTRACT.section("errors"))
    assert not [code for code, row in CODES.rows.items() if not (row.reason and row.source)]


def test_what_a_server_fault_did_is_unknown() -> None:
    """Three codes say nothing of what became of a change, and the others mean that nothing happened."""
    unknown = {code for code, row in CODES.rows.items() if row.outcome is Outcome.UNKNOWN}
    assert unknown == {"500", "20001", "30003"}
    assert unknown == {code for code, row in CODES.rows.items() if row.later}


def test_only_an_expired_token_is_renewed() -> None:
    """402 renews, 401 tells of another sign-in; only ``take_over`` makes 401 a token that died."""
    assert [code for code, row in CODES.rows.items() if row.renew] == ["402"]
    assert [code for code, row in CODES.rows.items() if row.evicted] == ["401"]
    assert [code for code, row in CODES_TAKING_OVER.rows.items() if row.renew] == ["401", "402"]
    assert not [code for code, row in CODES_TAKING_OVER.rows.items() if row.evicted]


def test_a_signature_is_of_the_very_bytes() -> None:
    """What is signed is what is sent, with names in any script."""
    call = auth.sign_in(MAIL)
    proof = hmac.new(b"s3cret", text_of(call).encode(), hashlib.sha256).digest()
    authorization = call.headers["Authorization"]
    assert isinstance(authorization, Secret)
    assert authorization.reveal() == f"Sign {base64.b64encode(proof).decode()}"
    assert call.headers["X-CK-Appid"] == "app"
    assert json.loads(text_of(call)) == {"countryCode": "+1", "email": "a@b.example", "password": "pä ss"}
    assert "pä ss" in text_of(call)


def test_signing_in_by_phone_names_the_country_twice() -> None:
    """The country stands in its own field and in the number; a mail address has the one of the settings."""
    app = {"app_id": "app", "app_secret": Secret("s"), "password": Secret("p"), "region": "cn"}
    phone: Any = EwelinkSettings(**app, phone=Phone("86", "13800000001"))  # type: ignore[arg-type] # mixed values
    body = json.loads(text_of(auth.sign_in(phone)))
    assert (body["countryCode"], body["phoneNumber"]) == ("+86", "+8613800000001")
    mail: Any = EwelinkSettings(**app, email="a@b.example", country="49")  # type: ignore[arg-type] # the same
    assert json.loads(text_of(auth.sign_in(mail)))["countryCode"] == "+49"


def test_a_renewal_is_signed_and_carries_no_token() -> None:
    """An expired access token may not ask for a renewal, so the app's signature does."""
    call = auth.renew(Secret("rt-1"), MAIL)
    assert json.loads(text_of(call)) == {"rt": "rt-1"}
    assert isinstance(call.headers["Authorization"], Secret)
    assert call.headers["Authorization"].reveal().startswith("Sign ")
    assert not call.changes


def test_tokens_are_read() -> None:
    """Both tokens, or the access token alone; without one there is no session."""
    assert auth.tokens_in(Fields({"at": "a", "rt": "r"})) == {ACCESS: Secret("a"), REFRESH: Secret("r")}
    assert auth.tokens_in(Fields({"at": "a"})) == {ACCESS: Secret("a")}
    with pytest.raises(MalformedReplyError):
        auth.tokens_in(Fields({"rt": "r"}))


@pytest.mark.parametrize("number", range(16))
def test_rights_and_bits_are_the_same(number: int) -> None:
    """Every number of the documented range is read and written back."""
    rights = rights_in(Fields({"permit": number}))
    assert rights is not None
    assert rights <= set(BITS)
    assert permit(rights) == number


def test_bits_beyond_the_documented_ones_have_names() -> None:
    """Unknown bits are told one by one, up to the largest number that JSON carries well; no permit is no claim."""
    assert rights_in(Fields({"permit": 16 + 32 + 1})) == frozenset({"create_timer", "bit_16", "bit_32"})
    assert rights_in(Fields({"permit": str(1 << 53)})) == frozenset({f"bit_{1 << 53}"})
    assert rights_in(Fields({})) is None
    odd: tuple[object, ...] = (-1, 1 << 70, "x", [], 1.5)
    for wrong in odd:
        with pytest.raises(MalformedReplyError):
            rights_in(Fields({"permit": wrong}))


@pytest.mark.parametrize(
    ("shown", "to", "same"),
    [
        ({"email": "A@b.example "}, Email("a@B.example"), True),
        ({"email": "c@b.example"}, Email("a@b.example"), False),
        ({"email": "a***@b.example"}, Email("a@b.example"), None),
        ({"phoneNumber": "+8613800000001"}, Email("a@b.example"), None),
        ({"phoneNumber": "+8613800000001"}, Phone("86", "13800000001"), True),
        ({"phoneNumber": "8613800000001"}, Phone("86", "13800000001"), True),
        ({"phoneNumber": "13800000001"}, Phone("86", "13800000001"), True),
        ({"phoneNumber": "+13800000001"}, Phone("86", "13800000001"), False),
        ({"phoneNumber": "+86138****0001"}, Phone("86", "13800000001"), None),
        ({"email": "a@b.example"}, Phone("86", "13800000001"), None),
        ({"email": 7}, Email("a@b.example"), None),
        ({"email": "hidden"}, Email("a@b.example"), None),
        ({"phoneNumber": "+86 138-0000-0001"}, Phone("86", "13800000001"), True),
        ({"phoneNumber": "008613800000001"}, Phone("86", "13800000001"), True),
        ({"phoneNumber": "+447911123456"}, Phone("44", "07911123456"), None),
        ({"phoneNumber": "+4407911123456"}, Phone("44", "7911123456"), None),
        ({"phoneNumber": "07911123456"}, Phone("44", "7911123456"), None),
        ({"phoneNumber": "hidden"}, Phone("86", "13800000001"), None),
        ({"phoneNumber": "+8613900000001"}, Phone("86", "13800000001"), False),
        ({"phoneNumber": "13900000001"}, Phone("86", "13800000001"), False),
    ],
)
def test_people_are_told_apart(shown: dict[str, Any], to: Email | Phone, *, same: bool | None) -> None:
    """An entry is somebody's, somebody else's, or does not tell: what is masked or left out never counts as another."""
    assert people.is_of(Fields(shown), to) is same


def test_a_page_shows_no_key() -> None:
    """What tells entries apart keeps nothing of an entry, for one without an id is told by all that it holds."""
    page = page_in(Fields({"thingList": [{"itemType": 1, "itemData": {"devicekey": "local-key-text"}}], "total": 1}))
    assert len(page.marks) == len(page.gaps) == 1
    assert "local-key-text" not in repr(page)


@pytest.mark.parametrize("code", ["0", 0])
def test_a_success_is_zero(code: object) -> None:
    """Zero is a success, as a number or a text; what is no object is empty data."""
    assert data_of(Reply(status=200, body={"error": code, "data": {"x": 1}}), READ, context()).get("x") == 1
    assert data_of(Reply(status=200, body={"error": code, "data": []}), READ, context()).body == {}


@pytest.mark.parametrize("status", [200, 400, 500])
def test_the_body_decides_and_not_the_status(status: int) -> None:
    """A readable code counts, whatever the HTTP status beside it."""
    with pytest.raises(ShareNotFoundError):
        data_of(Reply(status=status, body={"error": 405, "msg": "no"}), CHANGE, context())
    assert data_of(Reply(status=status, body={"error": 0}), CHANGE, context()).body == {}


@pytest.mark.parametrize("changes", [False, True])
def test_403_means_two_things(*, changes: bool) -> None:
    """In a body it is an unknown path, as a bare status a spent quota (quirk ``http_403_means_two_things``)."""
    call = CHANGE if changes else READ
    with pytest.raises(InvalidRequestError, match="unknown path"):
        data_of(Reply(status=403, body={"error": 403}), call, context())
    for bare in (Reply(status=403, readable=False), Reply(status=403, body="no"), Reply(status=403, body={"x": 1})):
        with pytest.raises(QuotaExceededError) as caught:
            data_of(bare, call, context())
        assert caught.value.http_status == 403


@pytest.mark.parametrize("body", [None, [], "x", {}, {"error": None}, {"error": "x"}, {"error": True}, {"data": {}}])
def test_what_is_no_envelope_is_no_success(body: object) -> None:
    """An answer without a readable code is malformed for a read, and leaves a change unknown."""
    with pytest.raises(MalformedReplyError):
        data_of(Reply(status=200, body=body), READ, context())
    with pytest.raises(OutcomeUnknownError):
        data_of(Reply(status=200, body=body), CHANGE, context())
    with pytest.raises(UnavailableError):
        data_of(Reply(status=502, body=body), READ, context())


def test_an_unknown_code_is_the_base_error() -> None:
    """A code that no table knows is told on a read, and leaves a change unknown."""
    with pytest.raises(ProviderError) as caught:
        data_of(Reply(status=200, body={"error": 99999, "msg": "?"}), READ, context("shares"))
    assert type(caught.value) is ProviderError
    assert (caught.value.vendor_code, caught.value.vendor_message) == ("99999", "?")
    with pytest.raises(OutcomeUnknownError):
        data_of(Reply(status=200, body={"error": 99999}), CHANGE, context())


@pytest.mark.parametrize(
    ("operation", "error"),
    [("sign_in", SignInError), ("end", ShareNotFoundError), ("unbind", ProviderError), ("shares", ProviderError)],
)
def test_not_found_is_what_was_asked_for(operation: str, error: type[ProviderError]) -> None:
    """405 has the class of what the operation named."""
    with pytest.raises(error):
        data_of(Reply(status=200, body={"error": 405}), READ, context(operation))
