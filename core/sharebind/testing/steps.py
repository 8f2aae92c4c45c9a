"""Steps that checks are made of: a device bound, access given by whatever way there is, what somebody then holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from sharebind import capabilities as can
from sharebind.account import Account
from sharebind.bindings import Binding, ByPairing, Proof
from sharebind.capabilities import Capability, Level, bind_by
from sharebind.errors import Outcome, SharebindError
from sharebind.shares import CodeOffer, Share
from sharebind.testing.promises import Broken, expect
from sharebind.testing.rig import FreeDevice, NotStagedError, Rig
from sharebind.values import Anyone, DeviceRef, Email, Phone, Role, Somebody, Space, State, UserId, Username

WORKS: Final = frozenset({Level.NATIVE, Level.FIXED, Level.EMULATED})
WEEK: Final = timedelta(days=7)
MINUTE: Final = timedelta(minutes=1)
QUICKLY: Final = timedelta(milliseconds=20)
TRIFLE: Final = timedelta(seconds=2)
"""What an end may be early beyond the vendor's step."""
SEVERAL: Final = 16
"""How many free devices are looked at for another way to bind; a rig may have fewer."""
NAMES: Final = ("客厅的灯", "玄関の鍵 2号", "Lampe für Müller & Söhne")
"""Display names that a household gives; a vendor's field must carry them as they are."""

_TO: Final[dict[type, Capability]] = {
    UserId: can.SHARE_TO_USER_ID,
    Username: can.SHARE_TO_USERNAME,
    Email: can.SHARE_TO_EMAIL,
    Phone: can.SHARE_TO_PHONE,
}

_HEIR: Final[dict[type, Capability]] = {
    UserId: can.TRANSFER_TO_USER_ID,
    Username: can.TRANSFER_TO_USERNAME,
    Email: can.TRANSFER_TO_EMAIL,
    Phone: can.TRANSFER_TO_PHONE,
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
    """Bind a device that nobody has, by the first way that the account takes; where it binds nothing the rig does."""
    account, free = account or rig.owner, free or rig.free_device()
    if not binds(account):
        await rig.bind_elsewhere(account, free.device)
        return free.device
    if not ways(account, free):
        raise NotStagedError(f"{rig.provider} takes none of the rig's proofs: {', '.join(p.kind for p in free.proofs)}")
    proof = await proved(rig, account, free, ways(account, free)[0])
    return (await account.bind(free.device, proof, space=rig.space_for(account))).device


def binds(account: Account) -> bool:
    """Tell whether an account can bind anything at all."""
    return any(name.startswith(bind_by("")) and works(account, name) for name in account.support)


def ways(account: Account, free: FreeDevice) -> list[str]:
    """Name each way to bind this device that the account takes, a pairing last."""
    kinds = [*(proof.kind for proof in free.proofs), *([ByPairing.kind] if free.pairs else [])]
    return [
        kind
        for kind in kinds
        if works(account, bind_by(kind)) and (kind != ByPairing.kind or works(account, can.PAIRING))
    ]


def each_way(rig: Rig, capability: Callable[[str], Capability] = bind_by) -> Iterator[tuple[FreeDevice, str]]:
    """Give a free device for each way to bind that the account takes and some device of the rig has a proof for.

    ``capability`` says what an account must have for a way to count.
    """
    done: set[str] = set()
    for _ in range(SEVERAL):
        if all(not works(rig.owner, capability(kind)) or kind in done for kind in _kinds(rig.owner)):
            return
        try:
            free = rig.free_device()
        except NotStagedError:
            return
        kind = next(
            (kind for kind in ways(rig.owner, free) if kind not in done and works(rig.owner, capability(kind))), ""
        )
        if kind:
            done.add(kind)
            yield free, kind


def _kinds(account: Account) -> Iterator[str]:
    """Name the ways to bind that an account takes."""
    for name in account.support:
        kind = name.removeprefix(bind_by(""))
        if kind != name and "." not in kind and works(account, name):
            yield kind


async def home_of(rig: Rig, account: Account) -> Space:
    """Give a person's home, in a world that has homes."""
    if not rig.homes_of(account):
        await rig.have_homes()
    homes = rig.homes_of(account)
    if not homes:
        raise NotStagedError(f"the rig of {rig.provider} names no homes")
    return homes[0]


async def room_of(rig: Rig, account: Account) -> Space:
    """Give a room of a person's home: as the vendor lists it, or else as the rig knows it."""
    if works(account, can.LIST_SPACES, can.LIST_ROOMS):
        rooms = [each for each in await account.spaces(rooms=True).all() if each.room is not None]
    else:
        await home_of(rig, account)
        rooms = list(rig.rooms_of(account))
    if not rooms:
        raise NotStagedError(f"the owner's home at {rig.provider} has no room that a list or the rig would name")
    return rooms[-1]


async def proved(rig: Rig, account: Account, free: FreeDevice, kind: str) -> Proof:
    """Give the proof of one way to bind, which for a pairing takes its steps."""
    if kind != ByPairing.kind:
        return next(proof for proof in free.proofs if proof.kind == kind)
    pairing = await account.begin_pairing()
    await rig.report_pairing(pairing, free.device)
    ready = await account.wait_for_pairing(pairing, every=QUICKLY)
    return ByPairing(ready.token)


def forms(rig: Rig, person: Account) -> Iterator[type[Somebody]]:
    """Give each form in which the owner can share with a person whom the rig knows by it."""
    for kind, capability in _TO.items():
        if works(rig.owner, capability) and any(isinstance(form, kind) for form in rig.known_as(person)):
            yield kind


def named(rig: Rig, account: Account, kind: type[Somebody]) -> Somebody:
    """Name a person in one form."""
    for form in rig.known_as(account):
        if isinstance(form, kind):
            return form
    raise NotStagedError(f"the rig of {rig.provider} does not name people by {kind.__name__}")


def heir(rig: Rig, account: Account) -> Somebody:
    """Name a person in a form by which the owner can hand a device over."""
    for form in rig.known_as(account):
        if works(rig.owner, _HEIR[type(form)]):
            return form
    raise NotStagedError(f"{rig.provider} hands a device over to nobody whom the rig could name")


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
        return await given_by_code(rig, device, guest, **terms)
    return await given_to_person(rig, device, guest, **terms)


async def taken(rig: Rig, device: DeviceRef) -> Share:
    """Give the guest access, and give the share as the guest has it: as it is listed, or as accepting it gave it."""
    guest = rig.guest
    if works(guest, can.LIST_RECEIVED_GRANTS):
        await granted(rig, device)
        return await the_received(rig, guest, device)
    if works(rig.owner, can.SHARE_TO_ANYONE) and works(guest, can.ACCEPT_CODE):
        return await guest.accept(await offered(rig, device))
    if works(guest, can.ACCEPT_OFFER, can.LIST_RECEIVED_OFFERS):
        await offered_to_person(rig, device)
        return await guest.accept(await the_received(rig, guest, device, State.OFFERED))
    raise NotStagedError(f"{rig.provider} gives a guest no share: it lists none that was received, and takes none")


async def revoked(owner: Account, share: Share) -> Share:
    """End a grant; one that was seen only as it was offered is ended by its ref, as that of a share that was taken."""
    return await (owner.end(share.ref, seen=State.ACTIVE) if share.state is State.OFFERED else owner.end(share))


async def given_by_code(rig: Rig, device: DeviceRef, to: Account | None = None, **terms: Any) -> Share:
    """Give somebody access by a code that they take, and give the share as its owner made it."""
    offer = await offered(rig, device, **terms)
    await (to or rig.guest).accept(offer)
    return offer


async def given_to_person(rig: Rig, device: DeviceRef, to: Account | None = None, **terms: Any) -> Share:
    """Give somebody access by name, in the first form that the account takes and the rig knows them by."""
    guest = to or rig.guest
    for kind in forms(rig, guest):
        return await invited(rig, device, kind, to=guest, **terms)
    raise NotStagedError(f"{rig.provider} shares with nobody whom the rig could name")


async def the_received(rig: Rig, account: Account, device: DeviceRef, state: State = State.ACTIVE) -> Share:
    """Find the one share of a device that somebody has received, in one state."""
    needed = can.LIST_RECEIVED_OFFERS if state is State.OFFERED else can.LIST_RECEIVED_GRANTS
    if not works(account, needed):
        raise NotStagedError(f"{rig.provider} does not list what was received ({needed})")
    found = await received(account, device, state)
    expect(len(found) == 1, f"{account.name} has one {state} share of {device}, and received() lists {len(found)}")
    return found[0]


def same(listed: list[Share], made: Share, what: str) -> None:
    """Expect a list of exactly the one share that was made."""
    expect(len(listed) == 1, f"one {what} waits, and the owner lists {len(listed)}")
    one, other = listed[0].ref, made.ref
    parts = ("provider", "side", "device", "key")
    unlike = [name for name in parts if getattr(one, name) != getattr(other, name)]
    expect(
        listed[0].id == made.id,
        f"the {what} is listed, with another id than share() gave: its ref has another {' and '.join(unlike)}",
    )


async def invited(
    rig: Rig, device: DeviceRef, kind: type[Somebody], *, to: Account | None = None, **terms: Any
) -> Share:
    """Share with a named person, who accepts where that is asked for, and give the share as its owner made it."""
    guest = to or rig.guest
    share = await rig.owner.share(device, to=named(rig, guest, kind), **terms)
    if await holds(rig, guest, device):
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
    lists_own, lists_received = works(account, can.LIST_BINDINGS), works(account, can.LIST_RECEIVED_GRANTS)
    if not lists_own and (account is rig.owner or not lists_received):
        raise NotStagedError(
            f"nothing tells what somebody holds: {rig.provider} does not list it, nor do the rig's books"
        )
    if lists_own and await account.bindings(device=device).all():
        return True
    return lists_received and bool(await received(account, device))


async def lives_until(rig: Rig, device: DeviceRef, end: datetime, capability: Capability) -> None:
    """Hold the end of the guest's access against the clock, which passes it."""
    step = rig.owner.supports(capability).step or timedelta()
    rig.advance(end - rig.now() - step - MINUTE)
    expect(await holds(rig, rig.guest, device), "the guest lost the access before its end")
    rig.advance(end - rig.now() + MINUTE)
    expect(not await holds(rig, rig.guest, device), "the guest has access after its end")


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


def fitting(account: Account, capability: Capability, wished: timedelta) -> timedelta:
    """Give the span that the account's limits allow, as near as may be to this one.

    Raises:
        NotStagedError: the vendor sets the span itself, and nobody knows how long it may be.

    """
    support = account.supports(capability)
    least, most = support.at_least, support.at_most
    if support.level is Level.FIXED:
        if most is None:
            raise NotStagedError(f"{account.provider} sets {capability} itself, and does not say how long")
        return max(wished, most)
    if least is not None:
        wished = max(wished, least + MINUTE)  # a moment comes nearer while it is asked for
    if most is None:
        return wished
    if least is not None and most - least < MINUTE:
        raise NotStagedError(f"the shortest {capability} at {account.provider} is its longest too")
    return min(wished, most)


def kept_to(told: datetime | None, asked: datetime, account: Account, capability: Capability, what: str) -> None:
    """Expect an end that was asked for: never later, and earlier by no more than the vendor's step."""
    expect(told is not None, f"{what} was asked for, and the share has none")
    if told is None:
        return
    expect(told <= asked, f"{what} was to be {asked}, and is {told - asked} later")
    early = asked - told - (account.supports(capability).step or timedelta())
    expect(early <= TRIFLE, f"{what} was to be {asked}, and is {asked - told} earlier")


async def offered_to_person(rig: Rig, device: DeviceRef, **terms: Any) -> Share:
    """Invite the guest so that the invitation waits to be accepted."""
    for kind in forms(rig, rig.guest):
        share = await rig.owner.share(device, to=named(rig, rig.guest, kind), **terms)
        if await holds(rig, rig.guest, device):
            raise NotStagedError(f"{rig.provider} gives a named person access at once, so no invitation waits")
        return share
    raise NotStagedError(f"{rig.provider} invites nobody whom the rig could name")
