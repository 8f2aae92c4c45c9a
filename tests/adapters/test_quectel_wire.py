"""What Quectel may really send, and what is made of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sharebind import (
    Account,
    Binding,
    Email,
    EndReason,
    IncompleteListError,
    MalformedReplyError,
    PermissionDeniedError,
    Phone,
    Role,
    Secret,
    Share,
    ShareRef,
    Side,
    State,
    UnexpectedRoleError,
    UserId,
    Via,
)
from sharebind.calls import HttpCall, Reply
from sharebind.clock import SystemClock
from sharebind.context import Context
from sharebind.provider import Fields, Recipient
from sharebind_quectel import wire
from sharebind_quectel.lookup import Lookup, lookup

from .scene import DEVICE, Asked, Said, account_at, quectel_ok

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
HELD = {"productKey": DEVICE.product, "deviceKey": DEVICE.device}
READ = HttpCall(name="deviceInfo", method="GET", path="/x", changes=False)
CHANGE = HttpCall(name="ownerUserUnshareDevice", method="DELETE", path="/x", changes=True)


def millis(moment: datetime) -> int:
    """Write epoch milliseconds."""
    return int(moment.timestamp() * 1000)


def entry(code: str = "c", uid: str | None = "u1", user: Mapping[str, object] | None = None, **info: Any) -> Any:
    """Write one entry of the share list."""
    who = {"uid": uid} | dict(user or {}) if uid else None
    return {"shareInfo": {"shareCode": code, "shareUid": uid} | info, "userInfo": who}


def device(number: int, **more: object) -> dict[str, object]:
    """Write one own device of the device list."""
    return {"productKey": "p", "deviceKey": f"d{number}", "deviceType": 1, "shareCode": None, "ownerUid": None} | more


def one(**info: Any) -> Share:
    """Read a share list of one entry."""
    batch = wire.shares_given([entry(**info)], DEVICE, NOW)
    assert batch.gaps == ()
    return batch.items[0]


def context(operation: str) -> Context:
    """Make a call's context."""
    return Context(account="desk", provider="quectel", operation=operation, clock=SystemClock())


@pytest.mark.parametrize("msg", [["ok"], {"text": "no"}, 7, True, None])
def test_a_message_that_is_no_text_is_left_out(msg: object) -> None:
    """What stands where a text for people should be decides neither success nor refusal."""
    done = Reply(status=200, body={"code": 200, "msg": msg, "data": "x"})
    assert wire.data_of(done, CHANGE, context("end")) == "x"
    refused = Reply(status=200, body={"code": 5041, "msg": msg})
    with pytest.raises(PermissionDeniedError) as error:
        wire.data_of(refused, CHANGE, context("end"))
    assert (error.value.vendor_code, error.value.vendor_message) == ("5041", None)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"deviceType": None},
        {"deviceType": 3},
        {"deviceType": 0, "shareCode": None},
        {"ownerUid": None},
        {"shareCode": "c"},
        {"shareCode": "c", "ownerUid": None},
        {"shareCode": None, "ownerUid": "o"},
    ],
)
def test_a_role_that_is_not_said_is_nobodys(body: dict[str, object]) -> None:
    """A device whose role is not told for certain is never taken for an own one."""
    with pytest.raises(MalformedReplyError) as error:
        wire.role_in(Fields(body, "$.data"))
    assert error.value.path == "$.data.deviceType"


@pytest.mark.parametrize(
    ("body", "role"),
    [
        ({"deviceType": 1}, Role.OWNER),
        ({"deviceType": "1"}, Role.OWNER),
        ({"shareCode": None, "ownerUid": None}, Role.OWNER),
        ({"deviceType": 2}, Role.GUEST),
        ({"deviceType": 3, "shareCode": "c", "ownerUid": "o"}, Role.GUEST),
        ({"deviceType": 1, "shareCode": "c", "ownerUid": "o"}, Role.GUEST),
    ],
)
def test_a_role_that_is_said_is_read(body: dict[str, object], role: Role) -> None:
    """The type says it, or the fields of the share; a share beats the type."""
    assert wire.role_in(Fields(body)) is role


@pytest.mark.parametrize(
    ("told", "error"),
    [
        (device(1, **HELD) | {"deviceType": None, "shareCode": "c"}, MalformedReplyError),
        (device(1, **HELD, deviceType=3), MalformedReplyError),
        (device(1, **HELD, deviceType=3, shareCode="c", ownerUid="o"), UnexpectedRoleError),
        (device(1), MalformedReplyError),
        (device(1, **HELD) | {"productKey": "other"}, MalformedReplyError),
        ({"deviceType": 1}, MalformedReplyError),
    ],
)
async def test_nothing_is_unbound_in_doubt(told: object, error: type[Exception]) -> None:
    """Where the role is not the owner's for certain, or another device's, the call that unbinds is never made."""
    async with account_at("quectel", lambda _: quectel_ok(told)) as (desk, server):
        with pytest.raises(error):
            await desk.unbind(DEVICE)
    assert server.names() == ["deviceInfo"]


@pytest.mark.parametrize("accepted", [{"acceptTime": millis(NOW - HOUR)}, {"acceptTime": str(millis(NOW - HOUR))}])
@pytest.mark.parametrize("twin", [{}, {"acceptTimeTs": None}, {"acceptTimeTs": 0}, {"acceptTimeTs": ""}])
def test_a_time_without_its_twin_counts(accepted: dict[str, Any], twin: dict[str, Any]) -> None:
    """A share whose acceptance stands in the older field only is active, though its code's end has passed."""
    share = one(**accepted, **twin, acceptingExpireAtTs=millis(NOW - timedelta(minutes=1)))
    assert (share.state, share.accepted_at) == (State.ACTIVE, NOW - HOUR)


@pytest.mark.parametrize("written", ["2030-01-01 11:00:00", "", None])
def test_a_local_date_is_no_time(written: object) -> None:
    """A date without an offset is neither guessed at nor an error."""
    share = one(acceptTime=written, shareTime=written)
    assert (share.accepted_at, share.created_at, share.state) == (None, None, State.UNKNOWN)


@pytest.mark.parametrize(
    ("deleted", "state"),
    [
        (NOW - HOUR, State.ACTIVE),
        (NOW + HOUR, State.ACTIVE),
        (NOW - HOUR / 2, State.ENDED),
        (None, State.ACTIVE),
    ],
)
@pytest.mark.parametrize("field", ["acceptTimeTs", "acceptTime"])
def test_a_time_of_ending_that_cannot_be_one_is_none(deleted: datetime | None, state: State, field: str) -> None:
    """The moment of acceptance, and one to come, end no share; a moment that has passed since does."""
    times = {field: millis(NOW - HOUR), "deleteTimeTs": None if deleted is None else millis(deleted)}
    share = one(**times)
    assert share.state is state
    assert (share.ended_at == deleted) is (state is State.ENDED or deleted is None)


async def listed(desk: Account, what: str) -> tuple[list[Any], IncompleteListError | None]:
    """Walk a list; give what it yielded and the error at its end."""
    walks: dict[str, Any] = {"bindings": desk.bindings, "received": desk.received, "shares": desk.shares}
    found: list[Any] = []
    try:
        async for each in walks[what]():
            found.append(each)  # noqa: PERF401 - what came before the error counts
    except IncompleteListError as error:
        return found, error
    return found, None


ODD: dict[str, object] = {
    "a product with a slash": device(1, productKey="a/b"),
    "no product": {"deviceKey": "group", "deviceType": 1},
    "no role": {"productKey": "p", "deviceKey": "d1"},
    "no object": "device",
    "a bare null": None,
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
@pytest.mark.parametrize("what", ["bindings", "received", "shares"])
async def test_one_odd_device_is_a_gap_and_the_others_stay(odd: object, what: str) -> None:
    """What cannot be read among devices costs nobody else their place in the list."""
    received = {"deviceType": 2, "shareCode": "c", "ownerUid": "o"} if what == "received" else {}

    def say(asked: Asked) -> Said:
        if asked.name == "deviceShareUserList":
            return quectel_ok([entry(f"c{asked.fields['dk']}", acceptTimeTs=1)])
        return quectel_ok({"list": [device(2, **received), odd, device(3, **received)], "hasNextPage": False})

    async with account_at("quectel", say) as (desk, _):
        found, error = await listed(desk, what)
    assert [each.device.device for each in found] == ["d2", "d3"]
    assert error is not None
    assert [gap.where for gap in error.gaps] == ["$.data.list[1]"]


async def test_a_received_device_without_a_code_is_a_gap() -> None:
    """A share that cannot be named is told of, and the binding that it gives is still listed."""
    rows = [device(1, deviceType=2), device(2, deviceType=2, shareCode="c", ownerUid="o")]
    async with account_at("quectel", lambda _: quectel_ok({"list": rows, "hasNextPage": False})) as (desk, _):
        found, error = await listed(desk, "received")
        held, nothing = await listed(desk, "bindings")
    assert [share.ref.key for share in found] == [Secret("c")]
    assert error is not None
    assert "shareCode" in error.gaps[0].why
    assert ([binding.role for binding in held], nothing) == ([Role.GUEST, Role.GUEST], None)


def test_one_odd_share_is_a_gap_and_the_others_stay() -> None:
    """Shares with times that are none are told of; the last moment of the year 9999 is a time."""
    latest = 253_402_300_799_000
    rows = [entry("a", sharingExpireAtTs=latest), entry("b", acceptTimeTs="soon"), entry("c", shareTimeTs=latest * 9)]
    batch = wire.shares_given([*rows, {"userInfo": None}, entry("d")], DEVICE, NOW)
    assert [share.ref.key.reveal() for share in batch.items] == ["a", "d"]
    assert [gap.where for gap in batch.gaps] == ["$.data[1]", "$.data[2]", "$.data[3]"]


@pytest.mark.parametrize("data", [{}, {"list": None}, {"hasNextPage": False}, {"list": "none"}, None, []])
async def test_an_answer_without_a_list_is_no_empty_list(data: object) -> None:
    """Neither a list nor a total means that the list could not be read."""
    async with account_at("quectel", lambda _: quectel_ok(data)) as (desk, _):
        with pytest.raises(MalformedReplyError):
            await desk.bindings().all()


@pytest.mark.parametrize("rows", [None, []])
def test_an_empty_list_is_one(rows: object) -> None:
    """A total of none makes an empty list, whether the list itself is empty or null."""
    page = wire.page_of({"total": 0, "list": rows}, 1, lambda fields: fields)
    assert (page.items, page.size, page.total) == ((), 0, 0)


def read_binding(fields: Mapping[str, object]) -> Binding:
    """Read a device as a binding."""
    return wire.binding_in(Fields(fields))


def test_ends_of_use_are_read_under_both_names() -> None:
    """The device list and the share list name the end of use differently; each is read from either."""
    end = millis(NOW + HOUR)
    for name in ("sharingExpireTimeTs", "sharingExpireAtTs"):
        assert one(**{name: end}).use_until == NOW + HOUR
        shared = device(1, deviceType=2, shareCode="c", ownerUid="o") | {name: end}
        assert read_binding(shared).use_until == NOW + HOUR


# ----------------------------------------------------------------------------------- whom an invitation is for


@pytest.mark.parametrize("data", [None, "", 0, 7, True, [], ["c"], {}, {"code": "c"}])
def test_what_is_no_text_is_no_code(data: object) -> None:
    """Only a text that is there can be the code of an invitation."""
    assert wire.code_in(data) is None


@pytest.mark.parametrize(
    ("to", "user", "found"),
    [
        (UserId("u1"), {}, True),
        (UserId("u2"), {"nikeName": "u2"}, False),
        (Email("Ann@Example.com"), {"email": "ann@example.COM"}, True),
        (Email("ann@example.com"), {"nikeName": "ann@example.com"}, False),
        (Phone("86", "13800000000"), {"phone": "13800000000"}, True),
        (Phone("86", "13800000000"), {"phone": "15900000000", "nikeName": "13800000000"}, False),
        (Phone("86", "13800000000"), {}, False),
    ],
)
def test_a_person_is_found_by_the_field_that_named_them(to: Recipient, user: dict[str, str], found: bool) -> None:
    """A nickname that looks like somebody's number or address makes nobody that person."""
    shares = wire.shares_given([entry(user=user, acceptTimeTs=millis(NOW), shareTimeTs=millis(NOW))], DEVICE, NOW).items
    assert len(lookup(to, NOW, NOW, None, ()).fitting(shares)) == found


@pytest.mark.parametrize(
    "times",
    [
        {"acceptTimeTs": millis(NOW - HOUR), "shareTimeTs": millis(NOW - HOUR)},
        {"acceptTimeTs": millis(NOW), "shareTimeTs": millis(NOW), "deleteTimeTs": millis(NOW) - 1},
        {"acceptTimeTs": millis(NOW), "shareTimeTs": millis(NOW), "sharingExpireAtTs": millis(NOW)},
    ],
    ids=["older", "ended", "expired"],
)
def test_an_invitation_is_no_share_that_was_there_before(times: dict[str, Any]) -> None:
    """Neither an older share of the person nor one that is over is taken for a new invitation."""
    shares = wire.shares_given([entry(**times)], DEVICE, NOW).items
    assert lookup(UserId("u1"), NOW, NOW, None, ()).fitting(shares) == []


def test_a_code_finds_its_share_before_any_person() -> None:
    """Where the answer was a listed code, that share is meant and no other of the same person."""
    fresh: dict[str, Any] = {"acceptTimeTs": millis(NOW), "shareTimeTs": millis(NOW)}
    shares = wire.shares_given([entry("a", **fresh), entry("b", **fresh)], DEVICE, NOW).items
    found = lookup(UserId("u1"), NOW, NOW, Secret("b"), ()).told(shares)
    assert [share.ref.key for share in found] == [Secret("b")]


@given(value=st.text(min_size=1), code=st.none() | st.text(min_size=1), others=st.lists(st.text()))
def test_a_lookup_survives_being_stored(value: str, code: str | None, others: list[str]) -> None:
    """What finds a share again is the same after it was written as a key and read."""
    told = Secret(code) if code else None
    lookup = Lookup(since=NOW, until=NOW + HOUR, field="uid", value=value, code=told, others=tuple(others))
    stored = ShareRef(provider="quectel", side=Side.OWNER, via=Via.PERSON, device=DEVICE, key=lookup.key())
    assert Lookup.read(ShareRef.parse(stored.reveal()).key) == lookup


@pytest.mark.parametrize("listed_now", [True, False])
async def test_an_answer_that_is_no_code_ends_nothing(listed_now: bool) -> None:
    """Whatever shareByUid answers: the listed share is ended, and where none is, nobody says that it ended."""
    rows: list[object] = []

    def say(asked: Asked) -> Said:
        if asked.name == "shareByUid":
            made = millis(datetime.now(UTC))
            rows.extend([entry("REAL", uid="u9", acceptTimeTs=made, shareTimeTs=made)] if listed_now else [])
            return quectel_ok("success")
        if asked.name == "deviceShareUserList":
            return quectel_ok(rows)
        return quectel_ok() if asked.fields["shareCode"] == "REAL" else (200, {"code": 5142, "msg": ""})

    async with account_at("quectel", say) as (desk, server):
        invited = await desk.share(DEVICE, to=UserId("u9"))
        ended = await desk.end(invited.ref)
    assert invited.state is (State.ACTIVE if listed_now else State.UNKNOWN)
    assert ended.state is (State.ENDED if listed_now else State.UNKNOWN)
    assert ended.end_reason in ({EndReason.REVOKED, EndReason.UNKNOWN, None} if listed_now else {None})
    assert server.asked[-1].fields["shareCode"] == ("REAL" if listed_now else "success")


def test_takers_of_one_code_are_told_apart() -> None:
    """Several people who took one code are several shares, each with a handle of its own."""
    rows = [entry("c", uid=uid, acceptTimeTs=millis(NOW - HOUR)) for uid in ("u1", "u2")]
    first, second = wire.shares_given(rows, DEVICE, NOW).items
    assert first.id != second.id
    assert [wire.has_code(share, Secret("c")) for share in (first, second)] == [True, True]
