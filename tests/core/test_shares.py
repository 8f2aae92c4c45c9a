"""Shares: their state by a clock, and the handle that a host stores."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sharebind import (
    UNKNOWN_DEVICE,
    Binding,
    CodeOffer,
    DeviceRef,
    EndReason,
    Evidence,
    Preview,
    Role,
    Secret,
    Share,
    ShareRef,
    Side,
    State,
    Via,
)

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
PAST, FUTURE, INSTANT = NOW - timedelta(hours=1), NOW + timedelta(hours=1), timedelta(microseconds=1)
REF = ShareRef(provider="toy", side=Side.OWNER, via=Via.CODE, device=DeviceRef("lamp", "p"), key=Secret("hunter2"))
LINE = "sb1.WyJ0b3kiLCJvd25lciIsImNvZGUiLCJwIiwibGFtcCIsImh1bnRlcjIiXQ"
DIGEST = "ec6b4c69b442c69fd968bc5b0f526d09"

moments = st.none() | st.sampled_from([PAST, NOW, NOW + INSTANT, FUTURE]) | st.datetimes(timezones=st.just(UTC))
texts = st.text(min_size=1, max_size=30)
names = texts.filter(lambda text: text.isprintable() and bool(text.strip()))
devices = st.builds(
    DeviceRef, names.filter(lambda text: "/" not in text), st.just("") | names.filter(lambda text: "/" not in text)
)
refs = st.builds(
    ShareRef,
    provider=texts,
    side=st.sampled_from(Side),
    via=st.sampled_from(Via),
    device=devices | st.just(UNKNOWN_DEVICE),
    key=texts.map(Secret),
)
shares = st.builds(
    Share,
    ref=st.just(REF),
    state=st.sampled_from(State),
    accept_by=moments,
    use_until=moments,
    use_for=st.none() | st.timedeltas(timedelta(seconds=1), timedelta(days=2)),
    accepted_at=moments,
    ended_at=moments,
)


def reached(moment: datetime | None, now: datetime) -> bool:
    """Tell whether a moment is there and not later than now."""
    return moment is not None and now >= moment


def expected(share: Share, now: datetime) -> State:
    """Decide the state by the rules in words, each on its own."""
    used_up = bool(share.accepted_at and share.use_for and now - share.accepted_at >= share.use_for)
    over = used_up or share.state is State.ENDED or reached(share.ended_at, now) or reached(share.use_until, now)
    taken = share.state is State.ACTIVE or share.accepted_at is not None
    missed = share.state is State.OFFERED and not taken and reached(share.accept_by, now)
    if over or missed:
        return State.ENDED
    return State.ACTIVE if taken else share.state


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("accept_by", [None, PAST, NOW, FUTURE], ids=["-", "past", "now", "future"])
@pytest.mark.parametrize("use_until", [None, PAST, NOW, FUTURE], ids=["-", "past", "now", "future"])
def test_the_state_table(state: State, accept_by: datetime | None, use_until: datetime | None) -> None:
    """Times decide before what the vendor said, over every combination of them."""
    for accepted_at in (None, PAST, NOW):
        for ended_at in (None, PAST, NOW, FUTURE):
            share = Share(
                ref=REF,
                state=state,
                accept_by=accept_by,
                use_until=use_until,
                accepted_at=accepted_at,
                ended_at=ended_at,
            )
            assert share.state_at(NOW) is expected(share, NOW), share


@given(shares, st.datetimes(timezones=st.just(UTC)))
def test_no_share_outlives_its_use(share: Share, now: datetime) -> None:
    """From use_until on no share is active, offered or unknown, taken or not."""
    if reached(share.use_until, now):
        assert share.state_at(now) is State.ENDED
    assert share.state_at(now) is expected(share, now)


@given(st.datetimes(timezones=st.just(UTC), min_value=datetime(1990, 1, 1), max_value=datetime(2100, 1, 1)))  # noqa: DTZ001 - hypothesis takes naive bounds
def test_an_offer_ends_at_its_last_moment(accept_by: datetime) -> None:
    """An offer that nobody took waits until just before accept_by, and has ended at it."""
    offer = Share(ref=REF, state=State.OFFERED, accept_by=accept_by)
    assert (offer.state_at(accept_by - INSTANT), offer.state_at(accept_by)) == (State.OFFERED, State.ENDED)
    unknown = attrs.evolve(offer, state=State.UNKNOWN)
    assert unknown.state_at(accept_by + timedelta(days=1)) is State.UNKNOWN


@given(shares, st.datetimes(timezones=st.just(UTC)), st.datetimes(timezones=st.just(UTC)))
def test_what_has_ended_stays_ended(share: Share, first: datetime, second: datetime) -> None:
    """A share seen as it stood earlier has the same state later as one that was never looked at."""
    earlier, later = sorted((first, second))
    assert share.as_of(earlier).state_at(later) is share.state_at(later)
    if share.state_at(earlier) is State.ENDED:
        assert share.state_at(later) is State.ENDED


@given(shares, st.datetimes(timezones=st.just(UTC)))
def test_as_of_tells_what_the_clock_decided(share: Share, now: datetime) -> None:
    """A state that differs from the vendor's word has the evidence COMPUTED, and an end has a reason."""
    seen = share.as_of(now)
    assert (seen.state, seen.seen_at) == (share.state_at(now), now)
    assert seen.evidence is (Evidence.VENDOR if seen.state is share.state else Evidence.COMPUTED)
    if seen.state is State.ENDED and share.state is not State.ENDED:
        assert seen.end_reason is not None
    assert seen.as_of(now) == seen


@pytest.mark.parametrize(
    ("times", "state", "reason"),
    [
        ({"accept_by": PAST}, State.OFFERED, EndReason.OFFER_EXPIRED),
        ({"use_until": PAST}, State.ACTIVE, EndReason.USE_EXPIRED),
        ({"use_until": PAST, "accept_by": PAST}, State.OFFERED, EndReason.OFFER_EXPIRED),
        ({"use_until": PAST, "accept_by": PAST}, State.ACTIVE, EndReason.USE_EXPIRED),
        ({"ended_at": PAST}, State.ACTIVE, EndReason.UNKNOWN),
        ({"use_until": PAST, "end_reason": EndReason.REVOKED}, State.ACTIVE, EndReason.REVOKED),
        ({"use_until": FUTURE}, State.ACTIVE, None),
        ({"use_for": timedelta(hours=1), "accepted_at": PAST}, State.ACTIVE, EndReason.USE_EXPIRED),
        ({"use_for": timedelta(hours=1)}, State.ACTIVE, None),
        ({"use_for": timedelta(hours=2), "accepted_at": PAST}, State.ACTIVE, None),
    ],
)
def test_why_it_ended(times: dict[str, Any], state: State, reason: EndReason | None) -> None:
    """The clock's reason fills in only where the vendor gave none."""
    assert Share(ref=REF, state=state, **times).as_of(NOW).end_reason is reason


def test_as_of_keeps_the_class() -> None:
    """A code offer that has ended still has its code, to be shown as ended."""
    offer = CodeOffer(ref=REF, state=State.OFFERED, accept_by=PAST, code=Secret("c"))
    assert offer.as_of(NOW) == CodeOffer(
        ref=REF, state=State.ENDED, accept_by=PAST, code=Secret("c"), end_reason=EndReason.OFFER_EXPIRED
    )


@pytest.mark.parametrize("name", ["accept_by", "use_until", "created_at", "accepted_at", "ended_at"])
@pytest.mark.parametrize(("wrong", "error"), [(datetime(2030, 1, 1), ValueError), (5, TypeError), ("now", TypeError)])  # noqa: DTZ001 - a naive time is what is refused
def test_naive_times_are_refused(name: str, wrong: Any, error: type[Exception]) -> None:
    """A time without a zone means another moment on another server."""
    with pytest.raises(error, match=r"time zone|is a datetime"):
        Share(ref=REF, state=State.ACTIVE, **{name: wrong})
    if name in ("accept_by", "use_until"):
        with pytest.raises(error, match=r"time zone|is a datetime"):
            Preview(**{name: wrong})


@pytest.mark.parametrize("name", ["use_until", "bound_at"])
def test_bindings_refuse_naive_times_too(name: str) -> None:
    """The times of a binding are aware and in UTC, as those of a share."""
    held = Binding(device=DeviceRef("d"), role=Role.GUEST, **{name: NOW.astimezone(timezone(timedelta(hours=8)))})  # type: ignore[arg-type]  # one of two datetimes
    assert getattr(held, name).tzinfo is UTC
    with pytest.raises(ValueError, match=r"time zone"):
        Binding(device=DeviceRef("d"), role=Role.GUEST, **{name: datetime(2030, 1, 1)})  # type: ignore[arg-type]  # noqa: DTZ001 - refused


def test_times_become_utc() -> None:
    """A time of another zone is the same moment, kept in UTC."""
    share = Share(ref=REF, state=State.ACTIVE, use_until=NOW.astimezone(timezone(timedelta(hours=8))))
    assert (share.use_until, share.use_until and share.use_until.tzinfo) == (NOW, UTC)


@given(refs)
def test_a_ref_reads_back(ref: ShareRef) -> None:
    """What reveal() gives is one line of printable ASCII, and parse() gives the same ref again."""
    line = ref.reveal()
    assert (line.isascii(), line.isprintable(), " " in line) == (True, True, False)
    assert ShareRef.parse(line) == ref
    assert ShareRef.parse(line).id == ref.id


@pytest.mark.parametrize("key", ["\ud800", "a\ud83d", "\x00", "\n", "'\"\\", "密码🔑", "x" * 5000, "灯" * 5000])
def test_any_key_of_a_vendor_reads_back(key: str) -> None:
    """A key is what the vendor's JSON held: halves of surrogates and long texts too."""
    ref = attrs.evolve(REF, key=Secret(key))
    assert ShareRef.parse(ref.reveal()).key == ref.key


def test_a_stored_ref_is_read_for_ever() -> None:
    """The line and the id are storage formats: those of the first release stay."""
    assert ShareRef.parse(LINE) == REF
    assert (REF.reveal(), REF.id) == (LINE, DIGEST)


def test_the_id_tells_shares_apart() -> None:
    """The id depends on provider, side, device and key, and not on how the share was offered."""
    others = [
        attrs.evolve(REF, provider="other"),
        attrs.evolve(REF, side=Side.RECIPIENT),
        attrs.evolve(REF, device=DeviceRef("lamp")),
        attrs.evolve(REF, key=Secret("hunter3")),
        attrs.evolve(REF, device=DeviceRef("p", "lamp")),
    ]
    assert len({REF.id, *(other.id for other in others)}) == 6
    assert attrs.evolve(REF, via=Via.PERSON).id == REF.id
    assert Share(ref=REF, state=State.ACTIVE).id == REF.id


@pytest.mark.parametrize("length", range(len(LINE)))
def test_a_cut_ref_is_refused(length: int) -> None:
    """No beginning of a ref is a ref, and the text is no part of the message."""
    with pytest.raises(ValueError, match=r"no share ref|damaged") as refused:
        ShareRef.parse(LINE[:length])
    assert LINE[4:12] not in str(refused.value)
    assert (refused.value.__cause__, refused.value.__context__) == (None, None)


def packed(value: object) -> str:
    """Write anything as a ref is written."""
    return "sb1." + base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "wrong",
    [
        *("", "sb1.", "hunter2", "sb2." + LINE[4:], LINE + "\n", " " + LINE, LINE + LINE, "SB1." + LINE[4:]),
        *("sb1." + "!" * 40, "sb1.密码", "sb1." + "A" * 9000, packed(None), packed([]), packed({}), packed("text")),
        packed(["toy", "owner", "code", "p", "lamp"]),
        packed(["toy", "owner", "code", "p", "lamp", "k", "more"]),
        packed(["", "owner", "code", "p", "lamp", "k"]),
        packed(["toy", "nobody", "code", "p", "lamp", "k"]),
        packed(["toy", "owner", "post", "p", "lamp", "k"]),
        packed(["toy", "owner", "code", "p", "", "k"]),
        packed(["toy", "owner", "code", "a/b", "lamp", "k"]),
        packed(["toy", "owner", "code", "p", "lamp", ""]),
        packed(["toy", "owner", "code", "p", "lamp", 5]),
        packed(["toy", "owner", "code", None, "lamp", "k"]),
        "sb1." + base64.urlsafe_b64encode(b"[" * 5000).decode().rstrip("="),
        "sb1." + base64.urlsafe_b64encode(b"\xff\xfe[").decode().rstrip("="),
    ],
    ids=lambda text: text[:24],
)
def test_damaged_refs_are_refused(wrong: str) -> None:
    """Whatever is wrong with a ref is a ValueError that does not repeat it."""
    with pytest.raises(ValueError, match=r"^this is no share ref|^this share ref is damaged") as refused:
        ShareRef.parse(wrong)
    assert "hunter2" not in str(refused.value)


@given(
    st.text(max_size=60) | st.binary(max_size=60).map(lambda raw: base64.urlsafe_b64encode(raw).decode().rstrip("="))
)
def test_no_text_does_more_than_be_refused(text: str) -> None:
    """Any text is a ref or a ValueError."""
    with pytest.raises(ValueError, match=r"share ref"):
        ShareRef.parse(f"sb1.{text}")


@pytest.mark.parametrize("wrong", [None, 5, LINE.encode(), REF, ["sb1."]], ids=lambda wrong: type(wrong).__name__)
def test_a_ref_is_read_from_a_text(wrong: Any) -> None:
    """Only texts are parsed."""
    with pytest.raises(TypeError, match=f"^a share ref is a str, not {type(wrong).__name__}$"):
        ShareRef.parse(wrong)


def test_nothing_shows_the_key() -> None:
    """Neither a ref nor a share shows its key, its code or the vendor's body, nor do they as dicts."""
    offer = CodeOffer(ref=REF, state=State.OFFERED, code=Secret("hunter2"))
    shown = f"{REF} {REF!r} {offer} {offer!r} {attrs.asdict(offer)} {json.dumps(attrs.asdict(offer), default=str)}"
    assert ("hunter2" in shown, LINE in shown, "lamp" in shown) == (False, False, True)


def test_shares_compare_by_what_they_say() -> None:
    """When, how and from what a share was read does not count when comparing."""
    share = Share(ref=REF, state=State.ACTIVE)
    assert attrs.evolve(share, seen_at=NOW, evidence=Evidence.ASSUMED) == share
    assert attrs.evolve(share, use_until=NOW) != share
    assert share.device == DeviceRef("lamp", "p")


@pytest.mark.parametrize("wrong", [3600, "1h", NOW])
def test_a_time_of_use_is_a_span(wrong: Any) -> None:
    """A time of use of another type is refused where the share is made, and not when its state is asked for."""
    with pytest.raises(TypeError, match="use_for is a timedelta"):
        Share(ref=REF, state=State.ACTIVE, use_for=wrong)
