"""Gizwits' wire code and tables without a cloud."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, cast

import pytest

from sharebind import (
    Anyone,
    DeviceRef,
    Email,
    InvalidRequestError,
    Level,
    MalformedReplyError,
    Phone,
    Registry,
    Role,
    Secret,
    ShareDevice,
    Side,
    State,
    UserId,
    Username,
)
from sharebind.capabilities import EVERY
from sharebind.provider import (
    Accepting,
    BindingProvider,
    Fields,
    Inspecting,
    Renaming,
    SharingProvider,
    Transferring,
)
from sharebind_gizwits import ByMac, auth, keys
from sharebind_gizwits.keys import Made
from sharebind_gizwits.provider import Gizwits
from sharebind_gizwits.support import SUPPORT, SUPPORT_WITHOUT_SECRETS
from sharebind_gizwits.wire import devices, records, requests, shares

from .gizwits_scene import DEVICE, guest, held, page, record

AT: Final = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)


def abilities(
    adapter: Gizwits,
) -> tuple[SharingProvider, BindingProvider, Accepting, Inspecting, Renaming, Transferring]:
    """Let the type checkers see that the adapter has what it claims."""
    return adapter, adapter, adapter, adapter, adapter, adapter


def body_of(op: ShareDevice) -> Mapping[str, Any]:
    """Give what sharing sends."""
    return cast("Mapping[str, Any]", requests.create_share(op).body)


# ---------------------------------------------------------------------------------------------------------- the claims


@pytest.mark.parametrize("support", [SUPPORT, SUPPORT_WITHOUT_SECRETS])
def test_every_capability_is_spoken_of(support: Mapping[Any, Any]) -> None:
    """Each capability that the core knows has a level, and what is no plain yes has a reason."""
    assert set(EVERY) <= set(support)
    assert all(each.reason for each in support.values() if each.level is not Level.NATIVE)


def test_the_plugin_needs_no_product_and_reads_no_codes() -> None:
    """A device is named by its id alone, and no form of a device's code is documented, so none is read."""
    spec = Registry().spec("gizwits")
    assert (spec.needs_product, spec.read_code) == (False, None)
    assert spec.extra == {"bind.by.mac": {"set_owner"}, "bind.by.text": {"set_owner"}}


# ------------------------------------------------------------------------------------------------------------- sharing


@pytest.mark.parametrize(
    ("to", "sent"),
    [
        (Anyone(), {"type": 1}),
        (UserId("u"), {"type": 0, "uid": "u"}),
        (Username("小明"), {"type": 0, "username": "小明"}),
        (Email("a@b"), {"type": 0, "email": "a@b"}),
        (Phone("86", "138"), {"type": 0, "phone": "138"}),
    ],
)
def test_each_recipient_has_a_field(to: Any, sent: Mapping[str, Any]) -> None:
    """A share by code is type 1, one with a person type 0 with exactly one name; a phone goes without its country."""
    assert body_of(ShareDevice(device=DEVICE, to=to)) == {"did": "d1", **sent}


@pytest.mark.parametrize(
    ("asked", "minutes"),
    [(timedelta(minutes=1), 1), (timedelta(minutes=2, seconds=59), 2), (timedelta(days=1), 1440)],
)
def test_a_use_is_sent_in_whole_minutes(asked: timedelta, minutes: int) -> None:
    """``use_window_needs_acceptance``: a time of use is rounded down to minutes, and never longer than asked."""
    op = ShareDevice(device=DEVICE, to=Anyone(), use_for=asked)
    assert body_of(op)["duration"] == minutes
    offer = shares.code_offer(op, Made(code=Secret("c"), since=0, until=0), AT)
    assert (offer.use_for, offer.use_until) == (timedelta(minutes=minutes), None)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("0123abcd", "0123abcd"),
        ("type=share&code=0123abcd", "0123abcd"),
        (" code=0123abcd&type=share\n", "0123abcd"),
        ("type=share&code=a%2Fb", "a/b"),
    ],
)
def test_a_code_is_taken_out_of_what_people_scan(text: str, code: str) -> None:
    """``qr_content_is_a_query_string``: the whole text and the bare code mean the same code."""
    assert requests.plain_code(Secret(text)) == Secret(code)


@pytest.mark.parametrize("text", ["type=share&code=&x=hunter2", "code=hunter2&code=b"])
def test_a_text_without_a_single_code_is_refused(text: str) -> None:
    """A text of the known form that holds no code, or two, is refused before anything is sent."""
    with pytest.raises(InvalidRequestError) as error:
        requests.plain_code(Secret(text))
    assert "hunter2" not in str(error.value)


@pytest.mark.parametrize("part", [".", "..", "..."])
def test_a_path_is_never_left(part: str) -> None:
    """An id or a code of nothing but dots, which servers read as a way up, is refused; a slash stays in its part."""
    for make in (requests.accept_share_code, requests.cancel_share):
        with pytest.raises(InvalidRequestError):
            make(Secret(part))
    assert requests.list_guests(DeviceRef("a b")).path == "/app/a%20b/bindings"
    assert requests.cancel_share(Secret("../9")).path == "/app/sharing/..%2F9"


# -------------------------------------------------------------------------------------------------------------- records


def test_a_page_of_shares_is_read_with_its_total() -> None:
    """Entries are read one by one: one that cannot be is a gap, and the others stay."""
    _, body = page(record(1), {"id": 2}, record("3"), total=7)  # type: ignore[arg-type]  # an id as a text
    read = records.records_in(Fields(body))
    assert [each.id for each in read.items] == ["1", "3"]
    assert (read.size, read.total, len(read.gaps)) == (3, 7, 1)


@pytest.mark.parametrize("body", [{}, {"objects": None}, {"objects": {}}])
def test_an_answer_without_a_list_is_no_empty_list(body: object) -> None:
    """Whatever has no list where one is promised cannot be read."""
    with pytest.raises(MalformedReplyError):
        records.records_in(Fields(body))
    with pytest.raises(MalformedReplyError):
        devices.devices_of(Fields(body), devices.held_in)
    with pytest.raises(MalformedReplyError):
        records.guests_in(body)


@pytest.mark.parametrize(
    ("status", "expected", "state"),
    [
        (0, "2024-05-07T00:00:00Z", State.OFFERED),
        (0, "2024-05-06T00:00:00Z", State.ENDED),
        (0, None, State.ENDED),
        (1, "2024-05-06T00:00:00Z", State.ACTIVE),
        (2, None, State.ENDED),
        (3, None, State.ENDED),
        (97, None, State.UNKNOWN),
        (None, None, State.UNKNOWN),
    ],
)
def test_a_status_becomes_a_state(status: int | None, expected: str | None, state: State) -> None:
    """``expiry_is_not_a_status``: an offer whose time is up has ended; an unknown number ends nothing."""
    _, body = page(record(1, status=status, expired_at=expected))
    [read] = records.records_in(Fields(body)).items
    assert shares.recorded(read, Side.OWNER, AT).state is state


def test_people_are_told_by_id_and_label_only() -> None:
    """``masked_recipients``: what is masked stands in the label, and only the user id is an id."""
    person = records.person_in(Fields(guest(username="小*", email="a***@b")))
    assert person is not None
    assert (person.user_id, person.username, person.email, person.phone) == ("u1", None, None, None)
    assert person.label == "小* 138****0002 a***@b"
    assert records.person_in(Fields({"uid": "", "username": None})) is None


# -------------------------------------------------------------------------------------------------------------- devices


@pytest.mark.parametrize(
    ("told", "role"),
    [
        ("special", Role.OWNER),
        ("owner", Role.OWNER),
        ("normal", Role.MEMBER),
        ("guest", Role.GUEST),
        (None, Role.MEMBER),
    ],
)
def test_a_role_is_read(told: str | None, role: Role) -> None:
    """Each of the vendor's roles is one of ours; where none is told nobody is taken for the owner."""
    binding = devices.held_in(Fields(held(role=told))).binding
    assert (binding.role, binding.device, binding.name) == (role, DEVICE, "灯")
    assert binding.local_keys == {"passcode": Secret("hunter4")}
    assert "hunter4" not in repr(binding)
    assert (binding.share is not None) == (role is Role.GUEST)


@pytest.mark.parametrize("told", [97, "landlord"])
def test_an_unknown_role_is_nobodys(told: object) -> None:
    """A role that no table knows cannot be read, so it is a gap and never the owner's."""
    with pytest.raises(MalformedReplyError):
        devices.held_in(Fields(held(role=told)))  # type: ignore[arg-type]  # vendors send what they send


@pytest.mark.parametrize(
    ("answer", "done"),
    [
        ({"success": ["d1"], "failed": []}, True),
        ({"success": [{"did": "d1"}]}, True),
        ({"success": [], "failed": ["d1"]}, False),
        ({"failed": [{"did": "d1", "detail_msg": "x"}]}, False),
    ],
)
def test_a_batch_is_read_for_the_one_device(answer: object, done: bool) -> None:
    """A success may have failed for the device; ids may stand alone or in objects."""
    assert devices.was_unbound(Fields(answer), DEVICE) is done


@pytest.mark.parametrize("answer", [{}, {"success": ["d2"]}, {"success": "d1"}])
def test_a_batch_that_does_not_speak_of_the_device_cannot_be_read(answer: object) -> None:
    """Neither done nor failed is an answer that nobody understands."""
    with pytest.raises(MalformedReplyError):
        devices.was_unbound(Fields(answer), DEVICE)


# --------------------------------------------------------------------------------------------------- keys and signature


def test_a_code_is_kept_with_its_moment() -> None:
    """The key of a code can be read again, holds its time and its record, and shows nothing."""
    made = Made(code=Secret("hunter2"), since=10, until=12, record="7")
    assert Made.read(made.key()) == made
    assert "hunter2" not in f"{made!r} {made.key()!r}"
    inside = [keys.moment(10), keys.moment(12) + timedelta(milliseconds=900)]
    outside = [keys.moment(9), keys.moment(13), None]
    assert [made.within(each) for each in (*inside, *outside)] == [True, True, False, False, False]
    assert made.within(keys.moment(13), later=1)


def test_keys_are_told_apart() -> None:
    """The key of an invitation is its id alone; every other kind has a mark of its own."""
    kinds = [
        keys.guest("u"),
        keys.received(DEVICE),
        keys.taken(Secret("c")),
        Made(code=Secret("c"), since=0, until=0).key(),
    ]
    assert [keys.guest_in(each) for each in kinds] == ["u", None, None, None]
    assert [keys.is_received(each) for each in kinds] == [False, True, False, False]
    assert [keys.is_taken(each) for each in kinds] == [False, False, True, False]
    assert [Made.read(each) is not None for each in (*kinds, Secret("17"))] == [False, False, False, True, False]


def test_the_signature_is_that_of_the_contract() -> None:
    """The product's secret and the timestamp, in lower-case hex MD5, whole seconds, both in headers."""
    headers = auth.signature(Secret("hunter2"), AT)
    stamp = str(int(AT.timestamp()))
    expected = hashlib.md5(f"hunter2{stamp}".encode(), usedforsecurity=False).hexdigest()
    assert headers == {"X-Gizwits-Timestamp": stamp, "X-Gizwits-Signature": Secret(expected)}
    assert "hunter2" not in repr(headers)


@pytest.mark.parametrize("wrong", [{"product": ""}, {"mac": " "}, {"mac": "a\nb"}])
def test_a_proof_is_a_product_and_an_address(wrong: dict[str, str]) -> None:
    """Each part of the proof is a text on one line; what it is not is said without asking the vendor."""
    with pytest.raises(ValueError, match="expected a text on one line"):
        ByMac(**{"product": "p", "mac": "A1"} | wrong)
    with pytest.raises(TypeError):
        ByMac("p", cast("str", 7))
