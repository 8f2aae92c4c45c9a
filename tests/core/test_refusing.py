"""What is refused before the adapter is called, so that nothing is sent."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

import attrs
import pytest

from sharebind import (
    UNKNOWN_DEVICE,
    AcceptShare,
    Account,
    Anyone,
    Binding,
    BindingQuery,
    ChangeShare,
    CodeOffer,
    ConfigurationError,
    DeviceRef,
    Email,
    EndShare,
    InvalidRequestError,
    Level,
    Operation,
    ReadMe,
    RenameDevice,
    Secret,
    Share,
    ShareDevice,
    ShareQuery,
    ShareRef,
    Side,
    State,
    Support,
    UnbindDevice,
    UnsupportedError,
    UserId,
    Via,
    capabilities,
)
from sharebind.provider import NATIVE, Capability, Context
from sharebind.values import Role, Space

if TYPE_CHECKING:
    from tests.core.conftest import Bench

LAMP = DeviceRef("lamp", "p")
REF = ShareRef(provider="toy", side=Side.OWNER, via=Via.CODE, device=LAMP, key=Secret("k"))
ENDED = Share(ref=REF, state=State.ENDED)
END = EndShare(share=REF)
NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
ALL = dict.fromkeys(map(Capability, capabilities.EVERY), NATIVE)


@attrs.define
class Calls:
    """An adapter's method that keeps what reaches it, and gives a value."""

    value: object = ENDED
    ops: list[Any] = attrs.field(factory=list[Any])

    async def __call__(self, op: Any, _ctx: Context) -> Any:
        """Keep it."""
        self.ops.append(op)
        return self.value


# Support


def to_anyone(**terms: Any) -> ShareDevice:
    """Wish to share the lamp by a code."""
    return ShareDevice(device=LAMP, to=Anyone(), **terms)


@pytest.mark.parametrize(
    ("op", "missing"),
    [
        (END, "end.revoke"),
        (to_anyone(), "share.to.anyone"),
        (to_anyone(), "share.overlap.keep"),
        (to_anyone(accept_by=NOW + HOUR), "share.code.accept_by"),
        (to_anyone(use_for=HOUR), "share.code.use_for"),
        (AcceptShare(code=Secret("c"), name="Lamp"), "accept.name"),
        (ReadMe(), "me"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
@pytest.mark.parametrize("how", ["absent", "unnamed"])
async def test_what_is_absent_is_refused(bench: Bench, op: Operation[Any], missing: str, how: str) -> None:
    """A wish that takes what the account does not declare is refused; the error says what is missing."""
    support = dict(ALL)
    del support[Capability(missing)]
    if how == "absent":
        support[Capability(missing)] = Support(level=Level.ABSENT, reason="there is no field")
    calls = Calls()
    account = bench.account(support=support, share=calls, end=calls, accept=calls, me=calls)
    with pytest.raises(
        UnsupportedError, match=rf"^toy cannot do this \({op.kind} with {missing}\): .+ Nothing was sent"
    ):
        await account.perform(op)
    assert (calls.ops, bench.watcher.events) == ([], [])


async def test_a_refusal_says_what_works(bench: Bench) -> None:
    """The error names provider, wish and reason, and what of its family the account can do."""
    some = ("share.to.anyone", "share.to.user_id", "share.overlap.keep", "end.revoke")
    support = {name: NATIVE for name in ALL if name in some}
    support[capabilities.SHARE_TO_PHONE] = Support(level=Level.UNKNOWN)
    support[capabilities.SHARE_TO_EMAIL] = Support(level=Level.ABSENT, reason="no e-mail here")
    with pytest.raises(UnsupportedError) as refused:
        await bench.account(support=support, share=Calls()).share(LAMP, to=Email("a@b"))
    assert str(refused.value) == (
        "toy cannot do this (share with share.to.email): no e-mail here. Nothing was sent. "
        "It can: share.to.anyone, share.to.phone, share.to.user_id."
    )
    error = refused.value
    assert (error.provider, error.capability, error.reason) == ("toy", "share.to.email", "no e-mail here")


def fixed(at_most: timedelta | None) -> Support:
    """Say that the vendor sets the life."""
    return Support(level=Level.FIXED, at_most=at_most)


def within(at_least: timedelta | None, at_most: timedelta | None) -> Support:
    """Say what life the vendor takes."""
    return Support(level=Level.NATIVE, at_least=at_least, at_most=at_most)


@pytest.mark.parametrize(
    ("support", "asked", "reason"),
    [
        (fixed(HOUR), HOUR, ""),
        (fixed(HOUR), HOUR * 2, ""),
        (fixed(HOUR), HOUR - timedelta(seconds=59), ""),
        (fixed(HOUR), HOUR - timedelta(seconds=61), "the vendor sets it, and up to 1h, which is longer than asked"),
        (fixed(HOUR * 24), HOUR, "the vendor sets it, and up to 1d, which is longer than asked"),
        (fixed(None), HOUR, "the vendor sets it and does not say how long"),
        (within(HOUR, None), HOUR, ""),
        (within(HOUR, None), HOUR / 2, "the shortest is 1h"),
        (within(None, HOUR), HOUR, ""),
        (within(None, HOUR), HOUR * 2, "the longest is 1h"),
        (Support(level=Level.UNKNOWN), HOUR, ""),
        (NATIVE, HOUR * 999, ""),
    ],
)
@pytest.mark.parametrize("form", ["moment", "span"])
async def test_limits_of_a_term(bench: Bench, support: Support, asked: timedelta, reason: str, form: str) -> None:
    """A fixed life must be over by the end that was asked, a native one within its limits; unknown is sent."""
    calls = Calls()
    terms = {"accept_by": NOW + asked} if form == "moment" else {"use_for": asked}
    name = capabilities.SHARE_CODE_ACCEPT_BY if form == "moment" else capabilities.SHARE_CODE_USE_FOR
    account = bench.account(support={**ALL, name: support}, share=calls)
    if not reason:
        await account.perform(to_anyone(**terms))
        assert len(calls.ops) == 1
        return
    with pytest.raises(UnsupportedError) as refused:
        await account.perform(to_anyone(**terms))
    assert (refused.value.reason, refused.value.capability, calls.ops) == (reason, name, [])


async def test_a_fixed_life_is_fine_where_none_is_asked(bench: Bench) -> None:
    """Without a wish for an end the vendor's own life applies."""
    calls = Calls()
    await bench.account(support={**ALL, capabilities.SHARE_CODE_ACCEPT_BY: fixed(HOUR)}, share=calls).perform(
        to_anyone()
    )
    assert calls.ops == [to_anyone()]


# Extras and operations


@pytest.mark.parametrize(
    ("op", "refused"),
    [
        (to_anyone(extra={"authKey": "1"}), ""),
        (to_anyone(extra={"authkey": "1"}), "no such extra; it knows authKey"),
        (to_anyone(extra={"authKey": "1", "other": 2}), "no such extra; it knows authKey"),
        (ShareDevice(device=LAMP, to=UserId("1"), extra={"authKey": "1"}), "no such extra; it knows none for this"),
        (UnbindDevice(device=LAMP, expect=Role.OWNER, extra={"x": True}), "no such extra; it knows none for this"),
    ],
)
async def test_extras_are_listed_or_refused(bench: Bench, op: Operation[Any], refused: str) -> None:
    """A key that the provider does not list for this wish is refused, never ignored."""
    calls = Calls()
    extra = {capabilities.SHARE_TO_ANYONE: frozenset({"authKey"})}
    account = bench.account(extra=extra, share=calls, unbind=calls)
    if not refused:
        await account.perform(op)
        assert calls.ops == [op]
        return
    with pytest.raises(UnsupportedError) as error:
        await account.perform(op)
    assert (error.value.reason, calls.ops) == (refused, [])


@attrs.frozen(kw_only=True)
class Dance(Operation[str]):
    """An operation that an adapter defines itself."""

    kind: ClassVar[str] = "dance"
    method: ClassVar[str] = "dance"


async def test_an_adapters_own_operation(bench: Bench) -> None:
    """An operation of an adapter reaches that adapter, and is refused by all others."""
    assert await bench.account(dance=Calls("waltz")).perform(Dance()) == "waltz"
    with pytest.raises(
        UnsupportedError, match=r"toy cannot do this \(dance with dance\): the adapter has no such method"
    ):
        await bench.account().perform(Dance())


@pytest.mark.parametrize(
    "wrong", [None, "end", 5, object(), EndShare, ShareQuery(), BindingQuery()], ids=lambda it: type(it).__name__
)
async def test_what_is_no_operation_is_refused(bench: Bench, wrong: Any) -> None:
    """Only operations are performed; lists are listed."""
    calls = Calls()
    with pytest.raises(TypeError, match="an operation"):
        await bench.account(end=calls, shares=calls, bindings=calls).perform(wrong)
    assert (calls.ops, bench.watcher.events) == ([], [])


# Sense


@pytest.mark.parametrize(
    ("terms", "why"),
    [
        ({"accept_by": NOW}, "accept_by is in the past: 2030-01-01 12:00:00 UTC"),
        ({"use_until": NOW - HOUR}, "use_until is in the past: 2030-01-01 11:00:00 UTC"),
        ({"use_for": timedelta()}, "use_for is not longer than zero"),
        ({"use_for": -HOUR}, "use_for is not longer than zero"),
    ],
)
async def test_times_in_the_past_are_refused(bench: Bench, terms: dict[str, Any], why: str) -> None:
    """An end that is over, by the account's clock, is refused."""
    calls = Calls()
    with pytest.raises(InvalidRequestError, match=f"^toy was not asked to share: {why}$"):
        await bench.account(share=calls).perform(to_anyone(**terms))
    assert calls.ops == []


@pytest.mark.parametrize(
    "op",
    [
        ShareDevice(device=DeviceRef("lamp"), to=Anyone()),
        RenameDevice(device=DeviceRef("lamp"), name="Lamp"),
        EndShare(share=attrs.evolve(REF, device=DeviceRef("lamp"))),
    ],
    ids=lambda op: op.kind,
)
async def test_a_missing_product_is_refused(bench: Bench, op: Operation[Any]) -> None:
    """Where a provider needs the product, a device without one is refused with the form to write."""
    calls = Calls()
    account = bench.account(needs_product=True, share=calls, rename=calls, end=calls)
    with pytest.raises(InvalidRequestError, match=r"it names a device by product too: write 'product/lamp'$"):
        await account.perform(op)
    assert calls.ops == []
    await bench.account(share=calls, rename=calls, end=calls).perform(op)
    assert calls.ops == [op]


async def test_an_unknown_device_needs_no_product(bench: Bench) -> None:
    """A share that was taken by its code can be ended, though nobody knows its device."""
    calls = Calls()
    op = EndShare(share=attrs.evolve(REF, device=UNKNOWN_DEVICE))
    await bench.account(needs_product=True, end=calls).perform(op)
    assert calls.ops == [op]


VERBS: Mapping[str, Callable[[Account], Any]] = {
    "perform": lambda account: account.perform(END),
    "share": lambda account: account.share(LAMP, to=Anyone()),
    "end": lambda account: account.end(REF),
    "me": lambda account: account.me(),
    "shares": lambda account: account.shares().all(),
    "received": lambda account: account.received().all(),
    "bindings": lambda account: account.bindings().all(),
}


@pytest.mark.parametrize("verb", VERBS)
async def test_a_closed_account_does_nothing(bench: Bench, verb: str) -> None:
    """Every verb of a closed account is refused, and closing twice is no error."""
    account = bench.account(end=Calls(), share=Calls(), me=Calls(), shares=Calls(), bindings=Calls())
    account.close()
    account.close()
    with pytest.raises(ConfigurationError, match="account 'desk' is closed"):
        await VERBS[verb](account)


async def test_a_call_under_way_outlives_its_account(bench: Bench) -> None:
    """Closing an account lets calls end as they would have."""
    go = asyncio.Event()

    async def end(_op: EndShare, _ctx: Context) -> Share:
        await go.wait()
        return ENDED

    account = bench.account(end=end)
    task = asyncio.ensure_future(account.perform(END))
    await asyncio.sleep(0)
    account.close()
    go.set()
    assert await task is ENDED


@pytest.mark.parametrize(
    ("wrong", "error"),
    [(timedelta(), ValueError), (-HOUR, ValueError), (5, TypeError), ("5s", TypeError), (0.0, TypeError)],
    ids=repr,
)
async def test_a_wrong_within_is_refused(bench: Bench, wrong: Any, error: type[Exception]) -> None:
    """A deadline is a timedelta longer than zero, for verbs and lists."""
    account = bench.account(end=Calls(), shares=Calls())
    with pytest.raises(error, match="within"):
        await account.end(REF, within=wrong)
    with pytest.raises(error, match="within"):
        account.shares(within=wrong)


async def test_a_ref_of_another_provider_is_refused(bench: Bench) -> None:
    """The key of a share is never sent to another vendor."""
    calls = Calls()
    account = bench.account(end=calls, change=calls, accept=calls)
    stranger = attrs.evolve(REF, provider="other", side=Side.RECIPIENT)
    given = attrs.evolve(stranger, side=Side.OWNER)
    asks: tuple[Callable[[], Awaitable[Share]], ...] = (
        lambda: account.end(stranger),
        lambda: account.change(given, use_until=None),
        lambda: account.accept(stranger),
        lambda: account.end(CodeOffer(ref=stranger, state=State.OFFERED, code=Secret("c"))),
    )
    for ask in asks:
        with pytest.raises(ValueError, match="this share is of provider 'other', and account 'desk' is 'toy'"):
            await ask()
    assert calls.ops == []


async def test_a_received_binding_without_its_share_is_not_renamed(bench: Bench) -> None:
    """A guest's rename never goes out as the owner's."""
    calls = Calls()
    account = bench.account(rename=calls)
    with pytest.raises(ValueError, match=r"name the one of received\(\)"):
        await account.rename(Binding(device=DeviceRef("lamp"), role=Role.GUEST), "Lamp")
    assert calls.ops == []


def test_a_share_is_renamed_on_its_own_device_only() -> None:
    """A share of another device than the one that is named is refused."""
    received = attrs.evolve(REF, side=Side.RECIPIENT)
    with pytest.raises(ValueError, match="the share is of"):
        RenameDevice(device=DeviceRef("another"), name="Lamp", share=received)
    assert RenameDevice(device=received.device, name="Lamp", share=received).share == received


async def test_terms_are_changed_by_the_owner(bench: Bench) -> None:
    """A recipient's handle never reaches the owner's call."""
    calls = Calls()
    with pytest.raises(ValueError, match="changed by its owner"):
        await bench.account(change=calls).change(attrs.evolve(REF, side=Side.RECIPIENT), use_until=None)
    assert calls.ops == []


@pytest.mark.parametrize("name", ["", "  ", "lamp \ud800"])
async def test_a_name_that_nobody_could_store_is_refused(bench: Bench, name: str) -> None:
    """An empty name, or one with half a character, is refused before anything is sent."""
    calls = Calls()
    with pytest.raises(ValueError, match=r"name (cannot be empty|holds half a character)"):
        await bench.account(rename=calls).rename(DeviceRef("lamp"), name)
    assert calls.ops == []


async def test_a_room_is_a_need_of_its_own_when_asking(bench: Bench) -> None:
    """An account that has homes and no rooms refuses to check binding into a room."""
    support = {name: has for name, has in ALL.items() if name != "bind.room"}
    account = bench.account(support=support, check_binding=Calls())
    with pytest.raises(UnsupportedError, match=r"bind\.room"):
        await account.check_binding(DeviceRef("lamp"), space=Space("home", "room"))


@pytest.mark.parametrize(
    ("support", "asked", "reason"),
    [
        (Support(level=Level.NATIVE, names={"open", "close"}), {"open"}, ""),
        (Support(level=Level.NATIVE, names={"open", "close"}), (), ""),
        (Support(level=Level.NATIVE, names={"open"}), {"open", "lock"}, "there is no 'lock'; known are open"),
        (NATIVE, {"lock", "log"}, "there is no 'lock', 'log'; known are none"),
        (Support(level=Level.UNKNOWN, reason="who knows"), {"lock"}, ""),
        (Support(level=Level.ABSENT, reason="no rights here"), (), "no rights here"),
    ],
)
@pytest.mark.parametrize("verb", ["share", "change"])
async def test_only_rights_that_there_are_can_be_named(
    bench: Bench, support: Support, asked: Any, reason: str, verb: str
) -> None:
    """A right that the account does not name is refused before anything is sent; naming none takes rights too."""
    calls = Calls()
    name = capabilities.SHARE_RIGHTS if verb == "share" else capabilities.CHANGE_RIGHTS
    methods: dict[str, Any] = {verb: calls}
    account = bench.account(support={**ALL, name: support}, **methods)
    op: Operation[Share] = to_anyone(rights=asked) if verb == "share" else ChangeShare(share=REF, rights=asked)
    if not reason:
        await account.perform(op)
        assert [one.rights for one in calls.ops] == [frozenset(asked)]
        return
    with pytest.raises(UnsupportedError) as refused:
        await account.perform(op)
    assert (refused.value.reason, refused.value.capability, calls.ops) == (reason, name, [])


async def test_a_wrong_word_or_limit_suggests_nothing_else(bench: Bench) -> None:
    """Where the account has the ability, others are no answer; where it has not, what the vendor sets is none."""
    support = {
        capabilities.SHARE_TO_ANYONE: NATIVE,
        capabilities.SHARE_OVERLAP_KEEP: NATIVE,
        capabilities.SHARE_RIGHTS: Support(level=Level.NATIVE, names={"open"}),
        capabilities.SHARE_CODE_ACCEPT_BY: fixed(HOUR),
    }
    account = bench.account(support=support, share=Calls())
    for wish in (to_anyone(rights={"opne"}), to_anyone(use_for=HOUR)):
        with pytest.raises(UnsupportedError) as refused:
            await account.perform(wish)
        assert "It can" not in str(refused.value)
