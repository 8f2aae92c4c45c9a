"""Steps that checks are made of: a device bound, access given by whatever way there is, what somebody then holds."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final

from sharebind import capabilities as can
from sharebind.account import Account
from sharebind.bindings import Binding, ByPairing
from sharebind.capabilities import Capability, Level, bind_by
from sharebind.errors import Outcome, SharebindError
from sharebind.shares import CodeOffer, Share
from sharebind.testing.promises import Broken, expect
from sharebind.testing.rig import FreeDevice, NotStagedError, Rig
from sharebind.values import Anyone, DeviceRef, Email, Phone, Role, Somebody, State, UserId, Username

WORKS: Final = frozenset({Level.NATIVE, Level.FIXED, Level.EMULATED})
WEEK: Final = timedelta(days=7)
NAMES: Final = ("客厅的灯", "玄関の鍵 2号", "Lampe für Müller & Söhne")
"""Display names that a household gives; a vendor's field must carry them as they are."""

_TO: Final[dict[type, Capability]] = {
    UserId: can.SHARE_TO_USER_ID,
    Username: can.SHARE_TO_USERNAME,
    Email: can.SHARE_TO_EMAIL,
    Phone: can.SHARE_TO_PHONE,
}


def works(account: Account, *needed: Capability) -> bool:
    """Tell whether an account has all of these."""
    return all(account.supports(each).level in WORKS for each in needed)


def third(rig: Rig) -> Account:
    """Give the third person."""
    if rig.other is None:
        raise NotStagedError(f"the rig of {rig.provider} has no third person")
    return rig.other


async def bound(rig: Rig, account: Account | None = None, free: FreeDevice | None = None) -> DeviceRef:
    """Bind a device that nobody has, by the first way that the account takes."""
    account, free = account or rig.owner, free or rig.free_device()
    for proof in free.proofs:
        if works(account, bind_by(proof.kind)) and not isinstance(proof, ByPairing):
            binding = await account.bind(free.device, proof, space=rig.space_for(account))
            return binding.device
    raise NotStagedError(f"{rig.provider} takes none of the rig's proofs: {', '.join(p.kind for p in free.proofs)}")


def named(rig: Rig, account: Account, kind: type[Somebody]) -> Somebody:
    """Name a person in one form."""
    for form in rig.known_as(account):
        if isinstance(form, kind):
            return form
    raise NotStagedError(f"the rig of {rig.provider} does not name people by {kind.__name__}")


async def offered(rig: Rig, device: DeviceRef, **terms: Any) -> CodeOffer:
    """Make a code."""
    if not works(rig.owner, can.SHARE_TO_ANYONE):
        raise NotStagedError(f"{rig.provider} shares by no code")
    offer: CodeOffer = await rig.owner.share(device, to=Anyone(), **terms)
    return offer


async def granted(rig: Rig, device: DeviceRef, to: Account | None = None, **terms: Any) -> Share:
    """Give somebody access, by a code or as a named person, and give the share as its owner made it."""
    guest = to or rig.guest
    if works(rig.owner, can.SHARE_TO_ANYONE) and works(guest, can.ACCEPT_CODE):
        offer = await offered(rig, device, **terms)
        await guest.accept(offer)
        return offer
    for kind, capability in _TO.items():
        if works(rig.owner, capability) and any(isinstance(form, kind) for form in rig.known_as(guest)):
            return await invited(rig, device, kind, to=guest, **terms)
    raise NotStagedError(f"{rig.provider} has no way to give somebody access that the rig could go")


async def invited(
    rig: Rig, device: DeviceRef, kind: type[Somebody], *, to: Account | None = None, **terms: Any
) -> Share:
    """Share with a named person, who accepts where that is asked for, and give the share as its owner made it."""
    guest = to or rig.guest
    share = await rig.owner.share(device, to=named(rig, guest, kind), **terms)
    if await received(guest, device):
        return share
    waiting = await received(guest, device, State.OFFERED) if works(guest, can.LIST_RECEIVED_OFFERS) else []
    if waiting:
        await guest.accept(waiting[0])
    elif isinstance(share, CodeOffer):
        await guest.accept(share)
    else:
        raise NotStagedError(f"{rig.provider}: nothing shows the invited person an offer, and access was not given")
    return share


async def received(account: Account, device: DeviceRef, state: State = State.ACTIVE) -> list[Share]:
    """List what an account has received of a device, in one state."""
    return await account.received(device=device, states=frozenset({state})).all()


async def given(account: Account, device: DeviceRef, *states: State) -> list[Share]:
    """List what an account has given of a device, whole."""
    return await account.shares(device=device, states=frozenset(states or set(State))).all()


async def holds(rig: Rig, account: Account, device: DeviceRef) -> bool:
    """Tell whether a person has a device: by the vendor's own books where the rig can look, else by the lists."""
    books = rig.held(account)
    if books is not None:
        return device in books
    if await account.bindings(device=device).all():
        return True
    return bool(await received(account, device))


async def held(account: Account, device: DeviceRef) -> Binding | None:
    """Find how an account lists a device of its own."""
    found = await account.bindings(device=device, roles={Role.OWNER, Role.MEMBER}).all()
    return found[0] if found else None


async def grant_of(rig: Rig, device: DeviceRef, made: Share, to: Account | None = None) -> Share:
    """Find a grant as its owner lists it now; the share as it was made where the vendor lists no grants."""
    if not works(rig.owner, can.LIST_GRANTS):
        return made
    live = await given(rig.owner, device, State.ACTIVE)
    person = rig.known_as(to or rig.guest)
    ids = {form.value for form in person if isinstance(form, UserId)}
    mine = [share for share in live if share.recipient is not None and share.recipient.user_id in ids]
    found = mine or (live if len(live) == 1 else [])
    expect(found, f"{device} was given to {person[0]!r}, and the owner's list has no grant of it: {live}")
    return found[0]


async def refused(asking: Any, what: str, *kinds: type[SharebindError]) -> SharebindError:
    """Expect an error after which nothing has happened."""
    try:
        value = await asking
    except SharebindError as error:
        expect(error.outcome is Outcome.NOTHING, f"{what} was refused with {error!r}, after which nobody knows")
        expect(not kinds or isinstance(error, kinds), f"{what}: expected {_names(kinds)}, got {error!r}")
        return error
    raise Broken(f"{what} was not refused, and gave {value!r}")


def _names(kinds: Iterable[type]) -> str:
    return " or ".join(kind.__name__ for kind in kinds)


def near(one: datetime | None, other: datetime, slack: timedelta = timedelta(seconds=2)) -> bool:
    """Tell whether a vendor's moment is the one that was asked for: never later, and hardly earlier."""
    return one is not None and other - slack <= one <= other


async def offered_to_person(rig: Rig, device: DeviceRef, **terms: Any) -> Share:
    """Invite the guest so that the invitation waits to be accepted."""
    for kind, capability in _TO.items():
        if works(rig.owner, capability) and any(isinstance(form, kind) for form in rig.known_as(rig.guest)):
            share = await rig.owner.share(device, to=named(rig, rig.guest, kind), **terms)
            if await received(rig.guest, device):
                raise NotStagedError(f"{rig.provider} gives a named person access at once, so no invitation waits")
            return share
    raise NotStagedError(f"{rig.provider} invites nobody whom the rig could name")
