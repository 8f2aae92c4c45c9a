"""Every code that the contracts list, from the vendor's answer to the error that a caller gets.

What each code means is read from ``docs/contracts/errors.yaml``. Codes are forced with the emulators' fault "code", and
caused by the state of the clouds where a state can cause them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeAlias, cast

import attrs
import pytest

import sharebind
from sharebind import (
    Anyone,
    ByText,
    DeviceRef,
    EndReason,
    Evidence,
    IncompleteListError,
    Outcome,
    OutcomeUnknownError,
    Overlap,
    ProviderError,
    Role,
    Share,
    ShareEndedError,
    ShareRef,
    SignInError,
    Space,
    State,
    Unbound,
    UserId,
)
from sharebind.codes import Code, Codes
from sharebind.emulator import Request
from sharebind_quectel.codes import CODES as QUECTEL_CODES
from sharebind_tencent.codes import CODES as TENCENT_CODES
from sharebind_tencent.emulator import TencentCloud

from .stage import CALLS, VENDORS, Stage, Vendor, codes, contract, entry, error_table

Act: TypeAlias = Callable[[], Awaitable[object]]
Wrap: TypeAlias = Callable[[Mapping[str, Any], Request], dict[str, Any]]
Prepare: TypeAlias = Callable[[Vendor], Awaitable[Act]]
"""Bring the clouds into a state, and return the one wish that is then watched."""

LOOPED: Final = pytest.mark.asyncio(loop_scope="module")
TABLES: Final[Mapping[str, Codes]] = {"quectel": QUECTEL_CODES, "tencent": TENCENT_CODES}
KIND_OF: Final = {"check_bind": "check_binding"}
"""Where errors.yaml calls an operation otherwise than the model."""
REASON_OF: Final = {"expired": "offer_expired"}
"""Where errors.yaml calls an end otherwise than the model."""
SEEN: Final = (State.ACTIVE, State.UNKNOWN)


# --------------------------------------------------------------------------------------------------- what is expected


def named(name: str) -> type[ProviderError]:
    """Return an error's class by its name in errors.yaml."""
    found: type[ProviderError] = getattr(sharebind, name)
    assert issubclass(found, ProviderError)
    return found


def meant_by(row: Mapping[str, Any], kind: str) -> type[ProviderError]:
    """Return the class of a row for an operation of ours."""
    for operation, name in row.get("by_operation", {}).items():
        if KIND_OF.get(operation, operation) == kind:
            return named(name)
    return named(row["error"])


def expected_error(vendor: str, code: str, kind: str, *, changes: bool) -> type[ProviderError]:
    """Return what a caller has to get for a code (rules 1 and 3 of errors.yaml)."""
    row = error_table(vendor).get(code)
    if row is None:
        return OutcomeUnknownError if changes else ProviderError
    return OutcomeUnknownError if changes and row["outcome"] == "UNKNOWN" else meant_by(row, kind)


def end_reason(row: Mapping[str, Any]) -> EndReason:
    """Return the reason of a ShareEndedError."""
    stated = row.get("end_reason", "unknown")
    return EndReason(REASON_OF.get(stated, stated))


def check_error(error: ProviderError, here: Vendor, code: str, kind: str, *, changes: bool) -> None:
    """Check class, outcome and everything that an error carries."""
    vendor, answered = here.name, [request for request in here.cloud.requests if request.code == code][-1]
    assert type(error) is expected_error(vendor, code, kind, changes=changes)
    assert error.outcome is (Outcome.UNKNOWN if type(error) is OutcomeUnknownError else Outcome.NOTHING)
    told = (error.vendor_code, error.provider, error.account, error.operation, error.http_status)
    assert told == (code, vendor, answered.caller or "owner", kind, 200)
    assert error.vendor_message
    assert error.vendor_message in str(error.raw.reveal())
    row = error_table(vendor).get(code, {})
    seconds = row.get("retry_after_s")
    assert error.retry_after == (timedelta(seconds=seconds) if seconds else None)
    if isinstance(error, SignInError):
        assert error.tries_left == row.get("tries_left")
    if isinstance(error, ShareEndedError):
        assert error.reason is end_reason(row)
    if vendor == "tencent":
        assert error.request_id


def over_state(vendor: str, code: str, seen: State) -> State | None:
    """Return the state in which ``end`` finds a share by a code that says there is nothing left to end."""
    row = error_table(vendor).get(code, {})
    if not row.get("already_over"):
        return None
    return State.ENDED if row.get("already_over_if") is None or seen is State.ACTIVE else State.UNKNOWN


async def check_wish(
    act: Act, here: Vendor, code: str, kind: str, *, changes: bool, seen: State = State.UNKNOWN
) -> None:
    """Fulfil a wish that the vendor refuses with a code, and check what comes of it."""
    over = over_state(here.name, code, seen) if kind == "end" and changes else None
    if over is not None:
        ended = await act()
        assert isinstance(ended, Share)
        assert ended.state is over
        assert ended.end_reason is (EndReason.UNKNOWN if over is State.ENDED else None)
        return
    with pytest.raises(ProviderError) as caught:
        await act()
    check_error(caught.value, here, code, kind, changes=changes)


# ------------------------------------------------------------------------------------- how each call comes to be made


async def share_by_code(vendor: Vendor) -> Act:
    """Share by a code."""
    device = await vendor.bound()
    return lambda: vendor.account().share(device, to=Anyone())


async def share_with_guest(vendor: Vendor) -> Act:
    """Share with a person."""
    device = await vendor.bound()
    return lambda: vendor.account().share(device, to=vendor.id_of("guest"))


async def bind_free(vendor: Vendor) -> Act:
    """Bind a device that nobody holds, at Tencent into the only home."""
    if vendor.name == "tencent":
        return lambda: vendor.account().bind(None, vendor.proof())
    return lambda: vendor.account().bind(vendor.device())


async def accept_code(vendor: Vendor) -> Act:
    """Take a code."""
    offer = await vendor.offered()
    return lambda: vendor.account("guest").accept(offer)


async def inspect_code(vendor: Vendor) -> Act:
    """Ask what a code is for."""
    offer = await vendor.offered()
    return lambda: vendor.account("guest").inspect(offer)


async def unbind_own(vendor: Vendor) -> Act:
    """Give an own device up."""
    device = await vendor.bound()
    return lambda: vendor.account().unbind(device)


async def unbind_received(vendor: Vendor) -> Act:
    """Try to give up, as an own device, one that was received."""
    given, _ = await vendor.granted()
    return lambda: vendor.account("guest").unbind(given.device)


def revoke(seen: State) -> Prepare:
    """End a grant as its owner, last seen active or by a stored ref."""

    async def prepare(vendor: Vendor) -> Act:
        given, _ = await vendor.granted()
        return lambda: vendor.account().end(given if seen is State.ACTIVE else given.ref)

    return prepare


def leave(seen: State) -> Prepare:
    """End a grant as its recipient, last seen active or by a stored ref."""

    async def prepare(vendor: Vendor) -> Act:
        _, taken = await vendor.granted()
        return lambda: vendor.account("guest").end(taken if seen is State.ACTIVE else taken.ref)

    return prepare


async def revoke_by_code(vendor: Vendor) -> Act:
    """End a grant as its owner, by the code that was taken; at Tencent the code is looked at first."""
    offer = await vendor.offered()
    await vendor.account("guest").accept(offer)
    return lambda: vendor.account().end(offer.ref)


async def revoke_nameless(vendor: Vendor) -> Act:
    """End a grant whose code Quectel did not tell and that could not be read at the time either."""
    vendor.cloud.set_guess("invite_returns_code", False)
    device = await vendor.bound()
    vendor.cloud.faults.add("status", operation="deviceShareUserList")
    given = await vendor.account().share(device, to=vendor.id_of("guest"))
    return lambda: vendor.account().end(given)


async def list_given(vendor: Vendor) -> Act:
    """List the shares of one device."""
    device = await vendor.bound()
    return lambda: vendor.account().shares(device=device).all()


async def list_received(vendor: Vendor) -> Act:
    """List what was received."""
    return lambda: vendor.account("guest").received(states=frozenset({State.ACTIVE})).all()


async def list_bindings(vendor: Vendor) -> Act:
    """List what is held."""
    return lambda: vendor.account().bindings().all()


async def list_spaces(vendor: Vendor) -> Act:
    """List the homes."""

    async def act() -> object:
        return await vendor.account().spaces().all()

    return act


async def read_me(vendor: Vendor) -> Act:
    """Ask who the account is."""
    return lambda: vendor.account().me()


@attrs.frozen
class Situation:
    """Hold a wish that makes a vendor's call: as its change, or as a read that its answer depends on."""

    call: str
    kind: str
    prepare: Prepare
    changes: bool = False
    seen: State = State.UNKNOWN
    not_refused_by: tuple[str, ...] = ()
    """Codes that the adapter gets over, by reading elsewhere."""

    @property
    def name(self) -> str:
        """Name the case."""
        return f"{self.call} in {self.kind}" + (" seen active" if self.seen is State.ACTIVE else "")


SITUATIONS: Final[Mapping[str, tuple[Situation, ...]]] = {
    "quectel": (
        Situation("shareInfo", "share", share_by_code, changes=True),
        Situation("shareByUid", "share", share_with_guest, changes=True),
        Situation("bindDeviceDk", "bind", bind_free, changes=True),
        Situation("shareDevice", "accept", accept_code, changes=True),
        # By product and device the vendor may tell only the owner (5141), so the role is then read in the list.
        Situation("deviceInfo", "unbind", unbind_own, not_refused_by=("5041", "5141")),
        Situation("ownerUserUnshareDevice", "end", revoke(State.ACTIVE), changes=True, seen=State.ACTIVE),
        Situation("ownerUserUnshareDevice", "end", revoke(State.UNKNOWN), changes=True),
        Situation("shareUserUnshareDevice", "end", leave(State.ACTIVE), changes=True, seen=State.ACTIVE),
        Situation("shareUserUnshareDevice", "end", leave(State.UNKNOWN), changes=True),
        Situation("deviceShareUserList", "shares", list_given),
        Situation("deviceShareUserList", "end", revoke_nameless),
        Situation("userDeviceList", "bindings", list_bindings),
        Situation("userDeviceList", "shares", list_received),
        Situation("unbundlingDeviceDk", "unbind", unbind_own, changes=True),
        Situation("userInfo", "me", read_me),
    ),
    "tencent": (
        Situation("AppSendShareDeviceInvite", "share", share_with_guest, changes=True),
        Situation("AppCreateShareDeviceToken", "share", share_by_code, changes=True),
        Situation("AppDescribeShareDeviceToken", "inspect", inspect_code),
        Situation("AppDescribeShareDeviceToken", "accept", accept_code),
        # A dead code tells nobody's name; what comes of it then depends on who still has access.
        Situation(
            "AppDescribeShareDeviceToken",
            "end",
            revoke_by_code,
            not_refused_by=(
                "InvalidParameterValue.InvalidShareDeviceToken",
                "InvalidParameterValue.ShareDeviceTokenUsed",
            ),
        ),
        Situation("AppBindUserShareDevice", "accept", accept_code, changes=True),
        Situation("AppListShareDeviceUsers", "shares", list_given),
        Situation("AppListUserShareDevices", "shares", list_received),
        Situation("AppListUserShareDevices", "unbind", unbind_received),
        Situation("AppRemoveShareDeviceUser", "end", revoke(State.ACTIVE), changes=True, seen=State.ACTIVE),
        Situation("AppRemoveShareDeviceUser", "end", revoke(State.UNKNOWN), changes=True),
        Situation("AppRemoveShareDeviceUser", "end", revoke_by_code, changes=True),
        Situation("AppRemoveUserShareDevice", "end", leave(State.ACTIVE), changes=True, seen=State.ACTIVE),
        Situation("AppRemoveUserShareDevice", "end", leave(State.UNKNOWN), changes=True),
        Situation("AppSecureAddDeviceInFamily", "bind", bind_free, changes=True),
        Situation("AppGetFamilyList", "spaces", list_spaces),
        Situation("AppGetFamilyList", "bind", bind_free),
        Situation("AppGetFamilyList", "share", share_by_code),
        Situation("AppGetFamilyList", "unbind", unbind_own),
        Situation("AppGetFamilyDeviceList", "unbind", unbind_own),
        Situation("AppDeleteDeviceInFamily", "unbind", unbind_own, changes=True),
        Situation("AppGetUser", "me", read_me),
    ),
}


def codes_of(vendor: str, call: str) -> list[str]:
    """Return the codes that may answer a call: its own list, and the general one where that list is not complete."""
    general: list[str] = []
    if vendor == "tencent" and not entry(vendor, call)["errors_complete"]:
        general = list(contract(vendor)["errors"])
    return list(dict.fromkeys([*codes(vendor, call), *general]))


ENVELOPES: Final = {"quectel": ("",), "tencent": ("documented", "wire")}
FORCED: Final = [
    pytest.param(vendor, situation, code, envelope, id=f"{situation.name}-{code}{envelope and '-' + envelope}")
    for vendor in VENDORS
    for situation in SITUATIONS[vendor]
    for code in codes_of(vendor, situation.call)
    for envelope in ENVELOPES[vendor]
    if code not in situation.not_refused_by
]


async def force(vendor: Vendor, situation: Situation, code: str, envelope: str = "") -> Act:
    """Prepare a situation in which every answer to its call is that code."""
    act = await situation.prepare(vendor)
    if envelope:
        vendor.cloud.set_guess("envelope", envelope)
    vendor.cloud.faults.add("code", code=code, operation=situation.call, times=None)
    vendor.cloud.requests.clear()
    return act


@LOOPED
@pytest.mark.parametrize(("vendor", "situation", "code", "envelope"), FORCED)
async def test_a_listed_code_becomes_its_error(
    vendor: str, situation: Situation, code: str, envelope: str, stage: Stage
) -> None:
    """A code of the call's list becomes the class, outcome and facts that errors.yaml states for this operation."""
    here = stage[vendor]
    act = await force(here, situation, code, envelope)
    await check_wish(act, here, code, situation.kind, changes=situation.changes, seen=situation.seen)
    assert (here.sent(situation.call).code, here.sent(situation.call).effect) == (code, False)
    assert not [request for request in here.cloud.requests if request.effect]
    stage.count(f"{vendor} forced codes")


@LOOPED
@pytest.mark.parametrize("code", ["5041", "5141"])
async def test_a_role_that_is_not_told_is_read_in_the_list(code: str, stage: Stage) -> None:
    """Where deviceInfo does not tell the caller how the device is held, unbinding reads it in the list."""
    here = stage["quectel"]
    situation = next(each for each in SITUATIONS["quectel"] if code in each.not_refused_by)
    unbound = await (await force(here, situation, code))()
    assert isinstance(unbound, Unbound)
    assert here.cloud.state()["bindings"] == []
    stage.count("quectel forced codes")


ANYWHERE: Final[Mapping[str, tuple[Situation, ...]]] = {
    vendor: tuple(
        next(each for each in SITUATIONS[vendor] if (each.kind, each.changes, each.seen) == wanted)
        for wanted in (
            ("share", True, State.UNKNOWN),
            ("end", True, State.ACTIVE),
            ("end", True, State.UNKNOWN),
            ("me", False, State.UNKNOWN),
        )
    )
    for vendor in VENDORS
}
"""A change, an end with and without knowing its share, and a read: on these every code is tried."""


@LOOPED
@pytest.mark.parametrize(
    ("vendor", "situation", "code"),
    [
        pytest.param(vendor, situation, code, id=f"{situation.name}-{code}")
        for vendor in VENDORS
        for situation in ANYWHERE[vendor]
        for code in error_table(vendor)
    ],
)
async def test_any_code_may_answer_any_call(vendor: str, situation: Situation, code: str, stage: Stage) -> None:
    """Codes come outside their pages too (quirk codes_outside_the_page), with the same meaning."""
    here = stage[vendor]
    act = await force(here, situation, code)
    await check_wish(act, here, code, situation.kind, changes=situation.changes, seen=situation.seen)
    stage.count(f"{vendor} codes anywhere")


UNKNOWN_CODES: Final = {"quectel": "9876", "tencent": "StrangeCode.NobodyKnows"}


@LOOPED
@pytest.mark.parametrize(
    ("vendor", "situation"),
    [pytest.param(vendor, situation, id=situation.name) for vendor in VENDORS for situation in SITUATIONS[vendor]],
)
async def test_an_unknown_code_stays_unknown(vendor: str, situation: Situation, stage: Stage) -> None:
    """A code that no table knows is ProviderError on a read, OutcomeUnknownError on a change, and stands on it."""
    code = UNKNOWN_CODES[vendor]
    assert code not in error_table(vendor)
    act = await force(stage[vendor], situation, code)
    await check_wish(act, stage[vendor], code, situation.kind, changes=situation.changes, seen=situation.seen)
    stage.count(f"{vendor} unknown codes")


def answering_otherwise(here: Vendor, call: str, otherwise: Callable[[dict[str, Any]], dict[str, Any]]) -> Wrap:
    """Return what wraps the answers of Tencent's cloud: those of one call otherwise, all others as usual."""
    cloud = cast("TencentCloud", here.cloud)
    usual = cloud._wrap

    def wrap(content: Mapping[str, Any], request: Request) -> dict[str, Any]:
        answer = usual(content, request)
        return otherwise(answer) if cloud.operation_of(request) == call else answer

    return wrap


@LOOPED
@pytest.mark.parametrize("situation", SITUATIONS["tencent"], ids=lambda each: each.name)
async def test_a_business_error_without_its_code(
    situation: Situation, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The outer -1000 alone is a code that no table knows (errors.yaml: unwrap.tencent.outer_codes)."""
    here = stage["tencent"]
    act = await force(here, situation, "InternalError")
    bare = answering_otherwise(here, situation.call, lambda _: {"code": -1000, "msg": "failed", "data": {}})
    monkeypatch.setattr(here.cloud, "_wrap", bare)
    with pytest.raises(ProviderError) as caught:
        await act()
    assert type(caught.value) is (OutcomeUnknownError if situation.changes else ProviderError)
    assert caught.value.vendor_code == "-1000"
    stage.count("tencent unknown codes")


NESTED: Final = ("InvalidParameterValue.NoPermission", "InvalidParameterValue.InvalidAccessToken")


@LOOPED
@pytest.mark.parametrize("situation", SITUATIONS["tencent"], ids=lambda each: each.name)
@pytest.mark.parametrize("code", NESTED)
async def test_a_nested_code_is_unpacked(
    code: str, situation: Situation, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A code that is hidden in the text of an InternalError counts as if it stood alone (quirk nested_error_code)."""
    here = stage["tencent"]
    act = await force(here, situation, "InternalError")

    def hide(answer: dict[str, Any]) -> dict[str, Any]:
        error = {"Code": "InternalError", "Message": f"{code}|internal error"}
        return {"Response": {**answer["Response"], "Error": error}}

    monkeypatch.setattr(here.cloud, "_wrap", answering_otherwise(here, situation.call, hide))
    with pytest.raises(ProviderError) as caught:
        await act()
    assert type(caught.value) is expected_error("tencent", code, situation.kind, changes=situation.changes)
    assert caught.value.vendor_code == code
    stage.count("tencent nested codes")


# --------------------------------------------------------------------------------------------- reads that come after

AFTER: Final[Mapping[str, tuple[Situation, ...]]] = {
    "quectel": (
        Situation("deviceInfo", "accept", accept_code),
        Situation("deviceShareUserList", "share", share_with_guest),
    ),
    "tencent": (Situation("AppDescribeShareDeviceToken", "share", share_by_code),),
}


@LOOPED
@pytest.mark.parametrize(
    ("vendor", "situation", "code"),
    [
        pytest.param(vendor, situation, code, id=f"{situation.name}-{code}")
        for vendor in VENDORS
        for situation in AFTER[vendor]
        for code in [*codes_of(vendor, situation.call), UNKNOWN_CODES[vendor]]
    ],
)
async def test_a_code_after_the_change_takes_nothing_back(
    vendor: str, situation: Situation, code: str, stage: Stage
) -> None:
    """When only the read after a confirmed change is refused, the caller still gets the share, as ASSUMED."""
    here = stage[vendor]
    share = await (await force(here, situation, code))()
    assert isinstance(share, Share)
    assert share.evidence is Evidence.ASSUMED
    assert here.sent(situation.call).code == code
    stage.count(f"{vendor} codes after the change")


# ----------------------------------------------------------------------------------------------- reads that leave gaps


async def list_all_given(vendor: Vendor) -> Act:
    """List the shares of every own device."""
    await vendor.bound()
    return lambda: vendor.account().shares().all()


async def list_homes_devices(vendor: Vendor) -> Act:
    """List what stands in the homes."""
    return lambda: vendor.account().bindings(roles={Role.OWNER}).all()


async def list_offers(vendor: Vendor) -> Act:
    """List what was received, offers in the inbox too."""
    return lambda: vendor.account("guest").received().all()


GAPS: Final[Mapping[str, tuple[Situation, ...]]] = {
    "quectel": (Situation("deviceShareUserList", "shares", list_all_given),),
    "tencent": (
        Situation("AppGetMessages", "shares", list_offers),
        Situation("AppGetFamilyDeviceList", "bindings", list_homes_devices),
        Situation("AppListShareDeviceUsers", "shares", list_all_given),
        Situation("AppListUserShareDevices", "bindings", list_bindings),
    ),
}


@LOOPED
@pytest.mark.parametrize(
    ("vendor", "situation", "code"),
    [
        pytest.param(vendor, situation, code, id=f"{situation.name}-{code}")
        for vendor in VENDORS
        for situation in GAPS[vendor]
        for code in [*codes_of(vendor, situation.call), UNKNOWN_CODES[vendor]]
    ],
)
async def test_a_code_for_a_part_of_a_list_leaves_a_gap(
    vendor: str, situation: Situation, code: str, stage: Stage
) -> None:
    """A part of a list that is refused is a gap that names the code; a refused token fails the whole list."""
    act = await force(stage[vendor], situation, code)
    if expected_error(vendor, code, situation.kind, changes=False) is SignInError:
        await check_wish(act, stage[vendor], code, situation.kind, changes=False)
    else:
        with pytest.raises(IncompleteListError) as caught:
            await act()
        assert [f"[{code}]" in gap.why for gap in caught.value.gaps] == [True]
    stage.count(f"{vendor} codes in parts of lists")


def test_every_call_and_code_is_covered() -> None:
    """Every call of ours is forced to answer every code of its list."""
    for vendor in VENDORS:
        situations = (*SITUATIONS[vendor], *GAPS[vendor])
        assert {each.call for each in situations} == set(CALLS[vendor])
        listed = {code for call in CALLS[vendor] for code in codes(vendor, call)}
        assert listed <= set(error_table(vendor))


# ------------------------------------------------------------------------------------------------ codes by their state


@attrs.frozen
class Cause:
    """Hold a state of the cloud that makes it answer a code by itself."""

    about: str
    code: str
    kind: str
    prepare: Prepare
    changes: bool = True
    seen: State = State.UNKNOWN


def stranger(vendor: Vendor) -> DeviceRef:
    """Name a device that nobody has made."""
    return DeviceRef("860000000000000", vendor.device().product)


def in_minutes(minutes: int) -> datetime:
    """Return a moment by the library's clock."""
    return datetime.now(UTC) + timedelta(minutes=minutes)


async def _share_not_own(vendor: Vendor) -> Act:
    await vendor.bound()
    return lambda: vendor.account("other").share(vendor.device(), to=Anyone(), space=other_home(vendor))


def other_home(vendor: Vendor) -> Space | None:
    """Name the home of the one who tries, where the vendor has homes."""
    return vendor.home("other") if vendor.name == "tencent" else None


async def _invite_not_own(vendor: Vendor) -> Act:
    await vendor.bound()
    return lambda: vendor.account("other").share(vendor.device(), to=vendor.id_of("guest"))


async def _invite_nobody(vendor: Vendor) -> Act:
    device = await vendor.bound()
    return lambda: vendor.account().share(device, to=UserId("C000000"))


async def _invite_self(vendor: Vendor) -> Act:
    device = await vendor.bound()
    return lambda: vendor.account().share(device, to=vendor.id_of("owner"))


def guessing(guess: str, value: str | int | bool, prepare: Prepare) -> Prepare:
    """Let the vendor answer an open question otherwise."""

    async def prepared(vendor: Vendor) -> Act:
        act = await prepare(vendor)
        vendor.cloud.set_guess(guess, value)
        return act

    return prepared


async def _use_ends_before_acceptance(vendor: Vendor) -> Act:
    device = await vendor.bound()
    return lambda: vendor.account().share(device, to=Anyone(), accept_by=in_minutes(60), use_until=in_minutes(30))


async def _use_ends_with_acceptance(vendor: Vendor) -> Act:
    device, moment = await vendor.bound(), in_minutes(60)
    return lambda: vendor.account().share(device, to=Anyone(), accept_by=moment, use_until=moment)


def share_special(name: str, *, person: bool = False) -> Prepare:
    """Share a device whose product forbids it."""

    async def prepare(vendor: Vendor) -> Act:
        device = vendor.special(name)
        await vendor.account().bind(device)
        to = vendor.id_of("guest") if person else Anyone()
        return lambda: vendor.account().share(device, to=to)

    return prepare


async def _clock_is_ahead(vendor: Vendor) -> Act:
    device = await vendor.bound()
    vendor.clouds.clock.advance(timedelta(hours=2))
    return lambda: vendor.account().share(device, to=Anyone(), accept_by=in_minutes(60))


async def _use_is_past(vendor: Vendor) -> Act:
    device = await vendor.bound()
    vendor.clouds.clock.advance(timedelta(hours=2))
    return lambda: vendor.account().share(device, to=vendor.id_of("guest"), use_until=in_minutes(60))


async def _accept_own(vendor: Vendor) -> Act:
    offer = await vendor.offered()
    return lambda: vendor.account().accept(offer)


async def _accept_never_made(vendor: Vendor) -> Act:
    return lambda: vendor.account("guest").accept("share_dv_C0000000123456789abcdef0123456789abcdef")


async def _inspect_never_made(vendor: Vendor) -> Act:
    return lambda: vendor.account("guest").inspect("0123456789abcdef0123456789abcdef")


def after(jump: timedelta, prepare: Prepare) -> Prepare:
    """Let time pass before the wish."""

    async def prepared(vendor: Vendor) -> Act:
        act = await prepare(vendor)
        vendor.clouds.clock.advance(jump)
        return act

    return prepared


async def _accept_withdrawn(vendor: Vendor) -> Act:
    offer = await vendor.offered()
    await vendor.account().end(offer)
    return lambda: vendor.account("guest").accept(offer)


async def _accept_replaced(vendor: Vendor) -> Act:
    offer = await vendor.offered()
    await vendor.account().share(offer.device, to=Anyone(), overlap=Overlap.REPLACE)
    return lambda: vendor.account("guest").accept(offer)


async def _accept_used(vendor: Vendor) -> Act:
    offer = await vendor.offered()
    await vendor.account("guest").accept(offer)
    return lambda: vendor.account("other").accept(offer)


async def _accept_again(vendor: Vendor) -> Act:
    offer = await vendor.offered()
    await vendor.account("guest").accept(offer)
    return lambda: vendor.account("guest").accept(offer)


async def _accept_second(vendor: Vendor) -> Act:
    first = await vendor.offered()
    await vendor.account("guest").accept(first)
    second = await vendor.offered(first.device)
    return lambda: vendor.account("guest").accept(second)


async def _accept_bound(vendor: Vendor) -> Act:
    offer = await vendor.offered()
    await vendor.bound(user="guest")
    return lambda: vendor.account("guest").accept(offer)


async def _accept_for_another(vendor: Vendor) -> Act:
    vendor.cloud.set_guess("invite_acceptance", "must be accepted")
    invited = await vendor.account().share(await vendor.bound(), to=vendor.id_of("guest"))
    return lambda: vendor.account("other").accept(invited.ref.key)


async def _accept_shorter(vendor: Vendor) -> Act:
    device, owner, guest = await vendor.bound(), vendor.account(), vendor.account("guest")
    held = await owner.share(device, to=Anyone(), accept_by=in_minutes(5), use_until=in_minutes(120))
    await guest.accept(held)
    shorter = await owner.share(
        device, to=Anyone(), accept_by=in_minutes(5), use_until=in_minutes(60), overlap=Overlap.EXTEND
    )
    return lambda: guest.accept(shorter)


async def _accept_with_long_name(vendor: Vendor) -> Act:
    offer = await vendor.offered()
    return lambda: vendor.account("guest").accept(offer, name="x" * 65)


async def _accept_orphan(vendor: Vendor) -> Act:
    offer = await vendor.offered()
    await vendor.account().unbind(offer.device)
    return lambda: vendor.account("guest").accept(offer)


async def _invite_bound(vendor: Vendor) -> Act:
    device = await vendor.bound()
    await vendor.bound(user="guest")
    return lambda: vendor.account().share(device, to=vendor.id_of("guest"))


async def _bind_again(vendor: Vendor) -> Act:
    await vendor.bound()
    return await bind_free(vendor)


async def _bind_received(vendor: Vendor) -> Act:
    await vendor.granted()
    return lambda: vendor.account("guest").bind(vendor.device())


def bind_special(name: str, *, taken: bool = False) -> Prepare:
    """Bind a device whose product forbids it, or that somebody else holds alone."""

    async def prepare(vendor: Vendor) -> Act:
        if taken:
            await vendor.account("other").bind(vendor.special(name))
        return lambda: vendor.account().bind(vendor.special(name))

    return prepare


async def _bind_never_made(vendor: Vendor) -> Act:
    return lambda: vendor.account().bind(stranger(vendor))


async def _bind_malformed(vendor: Vendor) -> Act:
    return lambda: vendor.account().bind(DeviceRef("no key at all", vendor.device().product))


async def _bind_with_long_name(vendor: Vendor) -> Act:
    return lambda: vendor.account().bind(vendor.device(), name="x" * 65)


async def _bind_into_home(vendor: Vendor) -> Act:
    return lambda: vendor.account().bind(vendor.device(), space=Space("F123456"))


async def _unbind_never_bound(vendor: Vendor) -> Act:
    return lambda: vendor.account().unbind(vendor.device())


async def _unbind_not_own(vendor: Vendor) -> Act:
    await vendor.bound(user="other")
    return lambda: vendor.account().unbind(vendor.device())


def end_twice(prepare: Prepare) -> Prepare:
    """End what was ended a moment ago."""

    async def prepared(vendor: Vendor) -> Act:
        act = await prepare(vendor)
        await act()
        return act

    return prepared


async def _end_not_own(vendor: Vendor) -> Act:
    given, _ = await vendor.granted()
    return lambda: vendor.account("other").end(given)


async def _leave_not_own(vendor: Vendor) -> Act:
    _, taken = await vendor.granted()
    return lambda: vendor.account("other").end(taken)


async def _list_not_own(vendor: Vendor) -> Act:
    await vendor.bound(user="other")
    return lambda: vendor.account().shares(device=vendor.device()).all()


async def _wrong_token(vendor: Vendor) -> Act:
    return lambda: vendor.account(token="Bearer nobody's").me()


async def _share_with_wrong_token(vendor: Vendor) -> Act:
    device = await vendor.bound()
    return lambda: vendor.account(token="Bearer nobody's").share(device, to=vendor.id_of("guest"))


async def _wrong_signature(vendor: Vendor) -> Act:
    return lambda: vendor.account().bind(None, ByText("0" * 40), space=vendor.home())


async def _bind_into_foreign_home(vendor: Vendor) -> Act:
    return lambda: vendor.account().bind(None, vendor.proof(), space=vendor.home("other"))


async def _bind_into_foreign_room(vendor: Vendor) -> Act:
    return lambda: vendor.account().bind(None, vendor.proof(), space=Space(vendor.home().id, "r_nowhere"))


async def _bind_held_elsewhere(vendor: Vendor) -> Act:
    await vendor.bound(user="other")
    return await bind_free(vendor)


async def _invite_from_foreign_home(vendor: Vendor) -> Act:
    device = await vendor.bound()
    return lambda: vendor.account().share(device, to=vendor.id_of("guest"), space=vendor.home("other"))


async def _share_from_second_home(vendor: Vendor) -> Act:
    landlord = vendor.account("landlord")
    await landlord.bind(None, vendor.proof(), space=vendor.home("landlord", 1))
    return lambda: landlord.share(vendor.device(), to=Anyone(), space=vendor.home("landlord", 0))


async def _accept_with_full_hands(vendor: Vendor) -> Act:
    await vendor.granted()
    second = await vendor.offered(await vendor.bound(1))
    return lambda: vendor.account("guest").accept(second)


async def _accept_of_full_device(vendor: Vendor) -> Act:
    given, _ = await vendor.granted()
    second = await vendor.offered(given.device)
    return lambda: vendor.account("other").accept(second)


async def _revoke_somebody_else(vendor: Vendor) -> Act:
    given, _ = await vendor.granted()
    key = sharebind.Secret(vendor.user("other").user_id)
    stored = ShareRef.parse(attrs.evolve(given.ref, key=key).reveal())
    return lambda: vendor.account().end(stored)


DAY: Final = timedelta(hours=25)
YEARS: Final = timedelta(days=3700)
VALUE: Final = "InvalidParameterValue"

CAUSES: Final[Mapping[str, tuple[Cause, ...]]] = {
    "quectel": (
        Cause("sharing what one does not hold", "5135", "share", _share_not_own),
        Cause("inviting to what one does not hold", "5135", "share", _invite_not_own),
        Cause("use that ends before acceptance", "5153", "share", _use_ends_before_acceptance),
        Cause("use that ends with acceptance", "5153", "share", _use_ends_with_acceptance),
        Cause("an unverified binding", "5360", "share", share_special("unverified")),
        Cause("an unverified binding, to a person", "5360", "share", share_special("unverified", person=True)),
        Cause("a product that forbids sharing", "5411", "share", share_special("no_sharing")),
        Cause("an acceptance that is past at the vendor", "5145", "share", _clock_is_ahead),
        Cause("a use that is past at the vendor", "5145", "share", _use_is_past),
        Cause("inviting nobody", "5033", "share", _invite_nobody),
        Cause("inviting nobody, told otherwise", "5134", "share", guessing("unknown_invitee", 5134, _invite_nobody)),
        Cause("inviting oneself", "5139", "share", _invite_self),
        Cause("inviting who has it bound", "5049", "share", _invite_bound),
        Cause("an own code", "5139", "accept", _accept_own),
        Cause("a code that was never made", "5137", "accept", _accept_never_made),
        Cause("a code after its time", "5137", "accept", after(DAY, accept_code)),
        Cause("told 5142", "5142", "accept", guessing("dead_code_on_accept", 5142, after(DAY, accept_code))),
        Cause("a code that was withdrawn", "5137", "accept", _accept_withdrawn),
        Cause("a code that was replaced", "5137", "accept", _accept_replaced),
        Cause("a code whose owner is gone", "5137", "accept", _accept_orphan),
        Cause("a code that somebody used", "5137", "accept", _accept_used),
        Cause("a code that oneself used", "5049", "accept", _accept_again),
        Cause("told 5137", "5137", "accept", guessing("accepting_again", 5137, _accept_again)),
        Cause("a second share", "5049", "accept", _accept_second),
        Cause("a device that one has bound", "5049", "accept", _accept_bound),
        Cause("an invitation for another", "5138", "accept", _accept_for_another),
        Cause("an extension that is none", "5151", "accept", _accept_shorter),
        Cause("a name too long for the recipient", "5333", "accept", _accept_with_long_name),
        Cause("binding twice", "5049", "bind", _bind_again),
        Cause("binding what one received", "6040", "bind", _bind_received),
        Cause("a unique product", "5412", "bind", bind_special("unique", taken=True)),
        Cause(
            "a unique product, told 5049",
            "5049",
            "bind",
            guessing("unique_taken_code", 5049, bind_special("unique", taken=True)),
        ),
        Cause("a product without binding by key", "5499", "bind", bind_special("serial_only")),
        Cause("a product of another app", "5229", "bind", bind_special("unauthorised")),
        Cause("a device that was never made", "5314", "bind", _bind_never_made),
        Cause("a device key that is none", "5361", "bind", _bind_malformed),
        Cause("a name too long", "5333", "bind", _bind_with_long_name),
        Cause("a home without home mode", "5624", "bind", _bind_into_home),
        Cause("no home in home mode", "5636", "bind", guessing("home_mode", True, bind_free)),
        Cause("somebody's home", "5041", "bind", guessing("home_mode", True, _bind_into_home)),
        Cause("unbinding what nobody holds", "5052", "unbind", _unbind_never_bound, changes=False),
        Cause("unbinding what another holds", "5141", "unbind", _unbind_not_own, changes=False),
        Cause("revoking twice", "5142", "end", end_twice(revoke(State.ACTIVE)), seen=State.ACTIVE),
        Cause("revoking twice by ref", "5142", "end", end_twice(revoke(State.UNKNOWN))),
        Cause("leaving twice", "5142", "end", end_twice(leave(State.ACTIVE)), seen=State.ACTIVE),
        Cause("leaving twice by ref", "5142", "end", end_twice(leave(State.UNKNOWN))),
        Cause("revoking what another gave", "5041", "end", _end_not_own, seen=State.ACTIVE),
        Cause("leaving what another received", "5041", "end", _leave_not_own, seen=State.ACTIVE),
        Cause("listing what another holds", "5141", "shares", _list_not_own, changes=False),
        Cause("a token of nobody", "5032", "me", _wrong_token, changes=False),
        Cause("a token of nobody on a change", "5032", "share", _share_with_wrong_token),
        Cause("a token after its time", "5032", "me", after(YEARS, read_me), changes=False),
    ),
    "tencent": (
        Cause("sharing what one does not hold", f"{VALUE}.NoPermission", "share", _share_not_own),
        Cause("inviting to what one does not hold", f"{VALUE}.NoPermission", "share", _invite_not_own),
        Cause("inviting from somebody's home", f"{VALUE}.NoPermission", "share", _invite_from_foreign_home),
        Cause("sharing from the other home", f"{VALUE}.NoPermission", "share", _share_from_second_home),
        Cause("inviting nobody", VALUE, "share", _invite_nobody),
        Cause(
            "inviting nobody, told so",
            f"{VALUE}.ErrorUserNotExists",
            "share",
            guessing("invite_unknown_user_code", f"{VALUE}.ErrorUserNotExists", _invite_nobody),
        ),
        Cause("inviting oneself", VALUE, "share", _invite_self),
        Cause("a token that was never made", f"{VALUE}.InvalidShareDeviceToken", "inspect", _inspect_never_made, False),
        Cause("looking too late", f"{VALUE}.InvalidShareDeviceToken", "inspect", after(DAY, inspect_code), False),
        Cause("accepting too late", f"{VALUE}.InvalidShareDeviceToken", "accept", after(DAY, accept_code), False),
        Cause("an orphaned token", f"{VALUE}.InvalidShareDeviceToken", "accept", _accept_orphan, False),
        Cause("an own token", f"{VALUE}.CannotBindOwnDevice", "accept", _accept_own),
        Cause("a used token", f"{VALUE}.ShareDeviceTokenUsed", "accept", _accept_used),
        Cause(
            "a token that oneself used",
            f"{VALUE}.ShareDeviceTokenUsed",
            "accept",
            guessing("repeat_accept", "used", _accept_again),
        ),
        Cause("accepting again", f"{VALUE}.DeviceBinded", "accept", _accept_again),
        Cause("a second share", f"{VALUE}.DeviceBinded", "accept", _accept_second),
        Cause(
            "a second share, misspelt",
            f"{VALUE}.DeviecBinded",
            "accept",
            guessing("already_bound_code", f"{VALUE}.DeviecBinded", _accept_second),
        ),
        Cause(
            "full hands",
            f"{VALUE}.UserBindExceedLimit",
            "accept",
            guessing("shared_devices_per_user", 1, _accept_with_full_hands),
        ),
        Cause(
            "a full device",
            f"{VALUE}.DeviceShareExceedLimit",
            "accept",
            guessing("users_per_shared_device", 1, _accept_of_full_device),
        ),
        Cause("a signature of no device", VALUE, "bind", _wrong_signature),
        Cause("somebody's home", VALUE, "bind", _bind_into_foreign_home),
        Cause("a room of no home", VALUE, "bind", _bind_into_foreign_room),
        Cause("binding twice", f"{VALUE}.DeviceBinded", "bind", _bind_again),
        Cause("binding what another holds", f"{VALUE}.DeviceBinded", "bind", _bind_held_elsewhere),
        Cause(
            "revoking twice",
            f"{VALUE}.AppDeviceNotExist",
            "end",
            end_twice(revoke(State.ACTIVE)),
            seen=State.ACTIVE,
        ),
        Cause("revoking twice by ref", f"{VALUE}.AppDeviceNotExist", "end", end_twice(revoke(State.UNKNOWN))),
        Cause("leaving twice", f"{VALUE}.AppDeviceNotExist", "end", end_twice(leave(State.ACTIVE)), seen=State.ACTIVE),
        Cause("leaving twice by ref", f"{VALUE}.AppDeviceNotExist", "end", end_twice(leave(State.UNKNOWN))),
        Cause("revoking who has no access", f"{VALUE}.AppDeviceNotExist", "end", _revoke_somebody_else),
        Cause("revoking what another gave", f"{VALUE}.NoPermission", "end", _end_not_own, seen=State.ACTIVE),
        Cause("listing what another holds", VALUE, "shares", _list_not_own, changes=False),
        Cause(
            "listing what another holds, told so",
            f"{VALUE}.NoPermission",
            "shares",
            guessing("list_users_by_others", f"{VALUE}.NoPermission", _list_not_own),
            changes=False,
        ),
        Cause("a token of nobody", f"{VALUE}.InvalidAccessToken", "me", _wrong_token, changes=False),
        Cause("a token of nobody on a change", f"{VALUE}.InvalidAccessToken", "share", _share_with_wrong_token),
        Cause("a token after its time", f"{VALUE}.InvalidAccessToken", "me", after(YEARS, read_me), changes=False),
    ),
}


@LOOPED
@pytest.mark.parametrize(
    ("vendor", "cause"),
    [pytest.param(vendor, cause, id=f"{vendor}-{cause.about}") for vendor in VENDORS for cause in CAUSES[vendor]],
)
async def test_a_state_causes_its_code(vendor: str, cause: Cause, stage: Stage) -> None:
    """A state of the cloud makes it answer the code, which becomes its error, and nothing changes."""
    here = stage[vendor]
    act = await cause.prepare(here)
    here.cloud.requests.clear()
    await check_wish(act, here, cause.code, cause.kind, changes=cause.changes, seen=cause.seen)
    assert cause.code in {request.code for request in here.cloud.requests}
    assert not [request for request in here.cloud.requests if request.effect]
    stage.count(f"{vendor} codes by state")


@LOOPED
async def test_the_code_of_a_dead_token_tells_no_taker(stage: Stage) -> None:
    """Revoking by a code that is dead at Tencent never picks a user by guess: it is quiet only if nobody is left."""
    here = stage["tencent"]
    here.cloud.set_guess("used_token_expires", True)
    offer = await here.offered()
    await here.account("guest").accept(offer)
    here.clouds.clock.advance(DAY)
    with pytest.raises(sharebind.ShareNotFoundError) as caught:
        await here.account().end(offer.ref)
    assert caught.value.vendor_code == f"{VALUE}.InvalidShareDeviceToken"
    guest = here.account("guest")
    await guest.end((await guest.received(states=frozenset({State.ACTIVE})).all())[0])
    assert (await here.account().end(offer.ref)).state is State.ENDED
    stage.count("tencent codes by state")


# -------------------------------------------------------------------------------------------------- table by table

ROWS: Final = [(vendor, code) for vendor in VENDORS for code in error_table(vendor)]


def kinds() -> set[str]:
    """Return the kinds of the model's operations, and the two of a session, which are none."""
    known = {getattr(each, "kind", "") for each in vars(sharebind.operations).values() if isinstance(each, type)}
    return known - {""} | {"sign_in", "renew"}


@pytest.mark.parametrize(("vendor", "code"), ROWS)
def test_a_row_of_the_table_says_what_the_oracle_says(vendor: str, code: str, stage: Stage) -> None:
    """Each row of an adapter's CODES has the classes, outcome and hints that errors.yaml states."""
    row, ours = error_table(vendor)[code], TABLES[vendor].rows[code]
    assert ours.error is named(row["error"])
    for operation in contract("errors")["operations"]:
        kind = KIND_OF.get(operation, operation)
        assert ours.by_operation.get(kind, ours.error) is meant_by(row, kind), kind
    assert set(ours.by_operation) <= kinds()
    over = "" if not row.get("already_over") else row.get("already_over_if", "always")
    seconds = row.get("retry_after_s")
    assert said_by(ours) == {
        "outcome": Outcome[row["outcome"]],
        "renew": row["retry"] == "renew_token",
        "later": row["retry"] == "after_delay",
        "over": over,
        "end_reason": end_reason(row) if "end_reason" in row else None,
        "retry_after": timedelta(seconds=seconds) if seconds else None,
        "tries_left": row.get("tries_left"),
    }
    assert ours.source
    stage.count(f"{vendor} rows")


def said_by(row: Code) -> dict[str, object]:
    """Return what a row says beside its classes."""
    names = ("outcome", "renew", "later", "over", "end_reason", "retry_after", "tries_left")
    return {name: getattr(row, name) for name in names}


def test_the_tables_have_the_same_codes() -> None:
    """An adapter's table has every code of errors.yaml and no other, and errors.yaml has as many as it says."""
    for vendor in VENDORS:
        rows = error_table(vendor)
        assert set(TABLES[vendor].rows) == set(rows)
        assert TABLES[vendor].by_call == {}
        stated = contract("errors")["check"][vendor]
        assert len(rows) == stated["codes"]
        assert sum("by_operation" in row for row in rows.values()) == stated["by_operation"]
        assert sum("already_over" in row for row in rows.values()) == stated["already_over"]
        assert sum(row["outcome"] == "UNKNOWN" for row in rows.values()) == stated["outcome_unknown"]
