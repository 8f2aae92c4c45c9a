"""What an account has not: refused as such, with no request on the wire."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, Final

import attrs

from sharebind import capabilities as can
from sharebind.bindings import ByBindingCode, ByIdentity, ByPairing, BySerial, ByText, Proof
from sharebind.capabilities import Capability, Level, bind_by
from sharebind.errors import InvalidRequestError, UnsupportedError
from sharebind.operations import EndShare
from sharebind.secrets import Secret
from sharebind.shares import ShareRef
from sharebind.testing.promises import Broken, Check, check, expect
from sharebind.testing.rig import NotStagedError, Rig
from sharebind.testing.steps import WORKS, refused, ways, works
from sharebind.values import (
    Anyone,
    DeviceRef,
    Email,
    Overlap,
    Phone,
    Recipient,
    Role,
    Side,
    Somebody,
    Space,
    State,
    UserId,
    Username,
    Via,
)

DAY: Final = timedelta(days=1)
AGES: Final = 10000 * DAY
CODE: Final = "no-such-code-0000"
PEOPLE: Final[dict[Capability, Somebody]] = {
    can.SHARE_TO_USER_ID: UserId("12345"),
    can.SHARE_TO_USERNAME: Username("somebody"),
    can.SHARE_TO_EMAIL: Email("somebody@example.org"),
    can.SHARE_TO_PHONE: Phone("86", "13800000000"),
}
HEIRS: Final[dict[Capability, Somebody]] = {
    can.TRANSFER_TO_USER_ID: UserId("12345"),
    can.TRANSFER_TO_USERNAME: Username("somebody"),
    can.TRANSFER_TO_EMAIL: Email("somebody@example.org"),
    can.TRANSFER_TO_PHONE: Phone("86", "13800000000"),
}
RIGHT: Final = "a-right"
PROOFS: Final[tuple[Proof, ...]] = (
    ByIdentity(),
    BySerial("SN-00000000", "product"),
    ByText("no-such-text-0000"),
    ByBindingCode("no-such-code-0001"),
    ByPairing("no-such-token-0000"),
)

Wish = Callable[[Rig, DeviceRef], Awaitable[object]]


def _ref(rig: Rig, device: DeviceRef, side: Side, via: Via = Via.UNKNOWN) -> ShareRef:
    return ShareRef(provider=rig.provider, side=side, via=via, device=device, key=Secret("a-key"))


def _person(rig: Rig) -> Somebody:
    """Name somebody in a form that the account takes."""
    for capability, person in PEOPLE.items():
        if works(rig.owner, capability):
            return person
    raise NotStagedError(f"{rig.provider} shares with nobody whom the kit could name")


def _share(to: Recipient | None = None, **terms: Any) -> Wish:
    return lambda rig, device: rig.owner.share(device, to=to or _person(rig), **terms)


def _bind(proof: Proof, **more: Any) -> Wish:
    return lambda rig, device: rig.owner.bind(device, proof, **more)


def _transfer(to: Somebody) -> Wish:
    return lambda rig, device: rig.owner.transfer(device, to)


def _any_way(**more: Any) -> Wish:
    async def bind(rig: Rig, device: DeviceRef) -> object:
        del device
        free = rig.free_device()
        kinds = ways(rig.owner, free)
        if not kinds:
            raise NotStagedError(f"the rig of {rig.provider} has no proof that its account takes")
        proof = next((proof for proof in free.proofs if proof.kind == kinds[0]), ByPairing("no-such-token-0000"))
        return await rig.owner.bind(free.device, proof, **more)

    return bind


WISHES: Final[dict[Capability, Wish]] = {
    can.SHARE_TO_ANYONE: _share(Anyone()),
    **{capability: _share(person) for capability, person in PEOPLE.items()},
    can.SHARE_CODE_ACCEPT_BY: _share(Anyone(), accept_by=DAY),
    can.SHARE_CODE_USE_UNTIL: _share(Anyone(), use_until=30 * DAY),
    can.SHARE_CODE_USE_FOR: _share(Anyone(), use_for=DAY),
    can.SHARE_PERSON_ACCEPT_BY: _share(accept_by=DAY),
    can.SHARE_PERSON_USE_UNTIL: _share(use_until=DAY),
    can.SHARE_PERSON_USE_FOR: _share(use_for=DAY),
    can.SHARE_RIGHTS: _share(rights={RIGHT}),
    can.SHARE_OVERLAP_KEEP: _share(Anyone(), overlap=Overlap.KEEP),
    can.SHARE_OVERLAP_REPLACE: _share(Anyone(), overlap=Overlap.REPLACE),
    can.SHARE_OVERLAP_EXTEND: _share(Anyone(), overlap=Overlap.EXTEND),
    can.ACCEPT_CODE: lambda rig, _: rig.guest.accept(CODE),
    can.ACCEPT_OFFER: lambda rig, device: rig.guest.accept(_ref(rig, device, Side.RECIPIENT, Via.PERSON)),
    can.ACCEPT_NAME: lambda rig, _: rig.guest.accept(CODE, name="Lamp"),
    can.INSPECT_CODE: lambda rig, _: rig.guest.inspect(CODE),
    can.END_WITHDRAW_CODE: lambda rig, device: rig.owner.end(
        _ref(rig, device, Side.OWNER, Via.CODE), seen=State.OFFERED
    ),
    can.END_WITHDRAW_PERSON: lambda rig, device: rig.owner.end(
        _ref(rig, device, Side.OWNER, Via.PERSON), seen=State.OFFERED
    ),
    can.END_REVOKE: lambda rig, device: rig.owner.end(_ref(rig, device, Side.OWNER), seen=State.ACTIVE),
    can.END_DECLINE: lambda rig, device: rig.guest.end(_ref(rig, device, Side.RECIPIENT), seen=State.OFFERED),
    can.END_LEAVE: lambda rig, device: rig.guest.end(_ref(rig, device, Side.RECIPIENT), seen=State.ACTIVE),
    can.CHANGE_USE_UNTIL: lambda rig, device: rig.owner.change(_ref(rig, device, Side.OWNER), use_until=DAY),
    can.CHANGE_RIGHTS: lambda rig, device: rig.owner.change(_ref(rig, device, Side.OWNER), rights={RIGHT}),
    can.CHANGE_TO_ENDLESS: lambda rig, device: rig.owner.change(_ref(rig, device, Side.OWNER), use_until=None),
    can.LIST_BINDINGS: lambda rig, _: rig.owner.bindings().all(),
    can.LIST_SPACES: lambda rig, _: rig.owner.spaces().all(),
    can.LIST_ROOMS: lambda rig, _: rig.owner.spaces(rooms=True).all(),
    can.CREATE_SPACE: lambda rig, _: rig.owner.create_space("Home"),
    can.BIND_SPACE: _any_way(space=Space("a-home")),
    can.BIND_ROOM: _any_way(space=Space("a-home", "a-room")),
    can.BIND_CHECK: lambda rig, device: rig.owner.check_binding(device),
    can.PAIRING: lambda rig, _: rig.owner.begin_pairing(),
    can.UNBIND: lambda rig, device: rig.owner.unbind(device, expect=Role.OWNER),
    can.UNBIND_RESET: lambda rig, device: rig.owner.unbind(device, expect=Role.OWNER, reset=True),
    can.RENAME_OWN: lambda rig, device: rig.owner.rename(device, "Lamp"),
    can.RENAME_RECEIVED: lambda rig, device: rig.guest.rename(_ref(rig, device, Side.RECIPIENT), "Lamp"),
    can.PLACE_HOME: lambda rig, device: rig.owner.place(device, Space("a-home")),
    can.PLACE_ROOM: lambda rig, device: rig.owner.place(device, Space("a-home", "a-room")),
    **{capability: _transfer(person) for capability, person in HEIRS.items()},
    can.FIND_BY_USER_ID: lambda rig, _: rig.owner.find_user(UserId("12345")),
    can.FIND_BY_USERNAME: lambda rig, _: rig.owner.find_user(Username("somebody")),
    can.FIND_BY_EMAIL: lambda rig, _: rig.owner.find_user(Email("somebody@example.org")),
    can.FIND_BY_PHONE: lambda rig, _: rig.owner.find_user(Phone("86", "13800000000")),
    can.ME: lambda rig, _: rig.owner.me(),
    can.SIGN_OUT: lambda rig, _: rig.owner.sign_out(),
    **{bind_by(proof.kind): _bind(proof) for proof in PROOFS},
    **{bind_by(f"{proof.kind}.name"): _bind(proof, name="Lamp") for proof in PROOFS},
}
"""One wish for each capability that can be refused; what a vendor never lists refuses no list, so it is not here."""


async def _nothing_sent(rig: Rig, asking: Awaitable[object], what: str) -> None:
    before = rig.requests()
    try:
        value = await asking
    except UnsupportedError as error:
        expect(error.reason, f"the refusal of {what} gives no reason")
    else:
        raise Broken(f"{what} is said to be absent, and gave {value!r}")
    expect(rig.requests() == before, f"{what} is said to be absent, and {rig.requests() - before} request(s) were sent")


def _absent(capability: Capability, wish: Wish) -> Check:
    async def refuses(rig: Rig) -> None:
        await _nothing_sent(rig, wish(rig, rig.free_device().device), capability)

    return Check(
        name=f"absent_{capability.replace('.', '_')}_is_refused",
        promise=f"Where {capability} is absent it is refused, and nothing is sent.",
        run=refuses,
        absent=capability,
    )


ABSENT: Final = tuple(_absent(capability, wish) for capability, wish in WISHES.items())


@check(can.SHARE_TO_ANYONE)
async def a_fixed_life_that_is_too_long_is_refused(rig: Rig) -> None:
    """A vendor's own life of a code that may be longer than asked is refused, and nothing is sent."""
    support = rig.owner.supports(can.SHARE_CODE_ACCEPT_BY)
    if support.level is not Level.FIXED:
        raise NotStagedError(f"the life of a code at {rig.provider} is not fixed")
    shorter = support.at_most / 2 if support.at_most is not None else DAY
    await _nothing_sent(rig, _share(Anyone(), accept_by=shorter)(rig, rig.free_device().device), "a shorter life")


@check(can.SHARE_PERSON_ACCEPT_BY)
async def an_invitations_life_that_is_too_long_is_refused(rig: Rig) -> None:
    """A vendor's own life of an invitation that may be longer than asked is refused, and nothing is sent."""
    support = rig.owner.supports(can.SHARE_PERSON_ACCEPT_BY)
    if support.level is not Level.FIXED:
        raise NotStagedError(f"the life of an invitation at {rig.provider} is not fixed")
    # Where nobody knows how long it may be, no wish is long enough.
    asked = support.at_most / 2 if support.at_most is not None else AGES
    await _nothing_sent(rig, _share(accept_by=asked)(rig, rig.free_device().device), "a shorter life")


@check(can.SHARE_RIGHTS)
async def sharing_with_a_right_that_there_is_not_is_refused(rig: Rig) -> None:
    """A right that the account does not name cannot be given, and nothing is sent."""
    to = Anyone() if works(rig.owner, can.SHARE_TO_ANYONE) else _person(rig)
    wish = _share(to, rights={RIGHT})(rig, rig.free_device().device)
    await _nothing_sent(rig, wish, "sharing with an unknown right")


@check(can.CHANGE_RIGHTS)
async def changing_to_a_right_that_there_is_not_is_refused(rig: Rig) -> None:
    """A right that the account does not name cannot be set later either, and nothing is sent."""
    change = rig.owner.change(_ref(rig, rig.free_device().device, Side.OWNER), rights={RIGHT})
    await _nothing_sent(rig, change, "changing to an unknown right")


async def _invalid(rig: Rig, asking: Awaitable[object], what: str) -> None:
    before = rig.requests()
    await refused(asking, what, InvalidRequestError)
    expect(rig.requests() == before, f"{what} means nothing, and {rig.requests() - before} request(s) were sent")


@check()
async def an_end_in_the_past_is_refused(rig: Rig) -> None:
    """A share that would be over before it began is refused, and nothing is sent."""
    device, past = rig.free_device().device, rig.now() - DAY
    await _invalid(rig, rig.owner.share(device, to=Anyone(), use_until=past), "a share with an end in the past")
    await _invalid(rig, rig.owner.share(device, to=Anyone(), accept_by=past), "a code that was to be taken before now")


@check()
async def a_share_of_another_vendor_is_refused(rig: Rig) -> None:
    """A ref that another provider gave is refused, and its key is sent to nobody."""
    device = rig.free_device().device
    for account, side in ((rig.owner, Side.OWNER), (rig.guest, Side.RECIPIENT)):
        foreign = attrs.evolve(_ref(rig, device, side), provider="another-vendor")
        await _invalid(rig, account.perform(EndShare(share=foreign)), "ending another vendor's share")


@check()
async def every_right_has_its_name(rig: Rig) -> None:
    """An account that gives rights names them: nobody could ask for one otherwise."""
    for capability in (can.SHARE_RIGHTS, can.CHANGE_RIGHTS):
        if works(rig.owner, capability):
            expect(rig.owner.supports(capability).names, f"{capability} is claimed, and no right is named")


@check()
async def every_absence_has_its_reason(rig: Rig) -> None:
    """What an account has not, or nobody knows, says why."""
    for capability, support in rig.owner.support.items():
        if support.level not in WORKS:
            expect(support.reason, f"{capability} is {support.level}, without a reason")
