"""Devices: bound by every proof, named, placed, checked, paired, and given up only in the role that was expected."""

from __future__ import annotations

from typing import Final

from sharebind import capabilities as can
from sharebind.account import Account
from sharebind.bindings import ByPairing
from sharebind.capabilities import bind_by
from sharebind.errors import Outcome, SharebindError
from sharebind.testing.promises import Check, check, expect
from sharebind.testing.rig import FreeDevice, NotStagedError, Rig
from sharebind.testing.steps import (
    NAMES,
    QUICKLY,
    bound,
    each_way,
    given,
    granted,
    held,
    holds,
    home_of,
    named,
    proved,
    received,
    refused,
    room_of,
    the_received,
    third,
    ways,
    works,
)
from sharebind.values import DeviceRef, Email, Phone, Role, Somebody, State, UserId, Username


async def _bind(rig: Rig, account: Account, free: FreeDevice, kind: str, name: str | None = None) -> DeviceRef:
    """Bind by one way, which for a pairing takes its steps."""
    proof = await proved(rig, account, free, kind)
    binding = await account.bind(free.device, proof, name=name, space=rig.space_for(account))
    expect(binding.device == free.device, f"{free.device} was to be bound by {kind}, and {binding.device} was")
    expect(binding.role is Role.OWNER, f"who binds by {kind} becomes {binding.role}")
    return binding.device


def _way(rig: Rig, free: FreeDevice) -> str:
    kinds = ways(rig.owner, free)
    if not kinds:
        raise NotStagedError(f"the rig of {rig.provider} has no proof that its account takes")
    return kinds[0]


@check()
async def every_proof_binds(rig: Rig) -> None:
    """Each way to bind that the account takes binds the device, and the owner then lists it."""
    bound_by: list[str] = []
    for free, kind in each_way(rig):
        device = await _bind(rig, rig.owner, free, kind)
        expect(await holds(rig, rig.owner, device), f"{device} was bound by {kind}, and its owner does not hold it")
        bound_by.append(kind)
    if not bound_by:
        raise NotStagedError(f"the rig of {rig.provider} has no proof that its account takes")


@check(can.LIST_BINDINGS)
async def a_name_given_while_binding_stays(rig: Rig) -> None:
    """The name given while binding is the device's, in Chinese too, by each way that takes a name."""
    named_by: list[str] = []
    for free, kind in each_way(rig, lambda kind: bind_by(f"{kind}.name")):
        device = await _bind(rig, rig.owner, free, kind, name=NAMES[0])
        found = await held(rig.owner, device)
        expect(found is not None and found.name == NAMES[0], f"bound by {kind} as {NAMES[0]}, listed as {found!r}")
        named_by.append(kind)
    if not named_by:
        raise NotStagedError(f"{rig.provider} names no device while binding it")


@check()
async def binding_twice_changes_nothing(rig: Rig) -> None:
    """Binding a device that one holds already is refused or quiet, and it stays one's own."""
    free = rig.free_device()
    device = await bound(rig, free=free)
    try:
        await bound(rig, free=free)
    except SharebindError as error:
        expect(error.outcome is Outcome.NOTHING, f"binding twice was refused with {error!r}")
    expect(await holds(rig, rig.owner, device), "binding twice lost the device")


@check()
async def binding_anothers_device_does_what_it_says(rig: Rig) -> None:
    """Binding a device that somebody holds either is refused, or really gives it."""
    free = rig.free_device()
    device = await bound(rig, free=free)
    try:
        await bound(rig, rig.guest, free)
    except SharebindError as error:
        expect(error.outcome is Outcome.NOTHING, f"it was refused with {error!r}")
        expect(not await holds(rig, rig.guest, device), "binding was refused, and gave the device")
        expect(await holds(rig, rig.owner, device), "binding was refused, and took the device from its owner")
    else:
        expect(await holds(rig, rig.guest, device), "binding succeeded, and gave nothing")


@check(can.BIND_SPACE, can.LIST_BINDINGS)
async def a_device_is_bound_into_the_chosen_home(rig: Rig) -> None:
    """A device stands in the home that was chosen for it."""
    home = await home_of(rig, rig.owner)
    free = rig.free_device()
    proof = await proved(rig, rig.owner, free, _way(rig, free))
    await rig.owner.bind(free.device, proof, space=home)
    found = await held(rig.owner, free.device)
    where = found.space if found is not None else None
    expect(where is not None and where.id == home.id, f"bound into {home}, and it stands in {where}")


@check(can.BIND_SPACE, can.BIND_ROOM, can.LIST_BINDINGS)
async def a_device_is_bound_into_the_chosen_room(rig: Rig) -> None:
    """A device stands in the room that was chosen for it."""
    room = await room_of(rig, rig.owner)
    free = rig.free_device()
    proof = await proved(rig, rig.owner, free, _way(rig, free))
    await rig.owner.bind(free.device, proof, space=room)
    found = await held(rig.owner, free.device)
    where = found.space if found is not None else None
    expect(where == room, f"bound into {room}, and it stands in {where}")


@check(can.UNBIND)
async def an_unbound_device_is_free(rig: Rig) -> None:
    """A device that its owner gave up is held by them no longer, and can be bound again."""
    free = rig.free_device()
    device = await bound(rig, free=free)
    gone = await rig.owner.unbind(device)
    expect(gone.device == device, f"{device} was unbound, and the answer speaks of {gone.device}")
    expect(not await holds(rig, rig.owner, device), "the device was unbound, and its owner holds it")
    await bound(rig, free=free)
    expect(await holds(rig, rig.owner, device), "a device that was given up cannot be bound again")


@check(can.UNBIND)
async def unbinding_twice_tells_that_nothing_is_bound(rig: Rig) -> None:
    """Unbinding what one does not hold changes nothing, and says so or is quiet."""
    device = await bound(rig)
    await rig.owner.unbind(device)
    try:
        await rig.owner.unbind(device)
    except SharebindError as error:
        expect(error.outcome is Outcome.NOTHING, f"unbinding twice was refused with {error!r}")


@check(can.UNBIND)
async def unbinding_in_the_wrong_role_changes_nothing(rig: Rig) -> None:
    """A device held in another role than was expected is not unbound."""
    device = await bound(rig)
    await granted(rig, device)
    await refused(rig.owner.unbind(device, expect=Role.GUEST), "unbinding one's own device as a guest")
    await refused(rig.guest.unbind(device, expect=Role.OWNER), "unbinding a received device as its owner")
    expect(await holds(rig, rig.owner, device), "the owner lost the device by a wish that was refused")
    expect(await holds(rig, rig.guest, device), "the guest lost the device by a wish that was refused")


@check(can.UNBIND, can.LIST_RECEIVED_GRANTS)
async def unbinding_with_live_shares_tells_the_truth(rig: Rig) -> None:
    """After the owner gave a shared device up, both sides' lists agree with who really has access."""
    device = await bound(rig)
    await granted(rig, device)
    await rig.owner.unbind(device)
    expect(not await holds(rig, rig.owner, device), "the device was unbound, and its owner holds it")
    listed = bool(await received(rig.guest, device))
    really = await holds(rig, rig.guest, device)
    expect(listed == really, f"the guest's access works: {really}; the guest's list says: {listed}")


@check(can.UNBIND, can.UNBIND_RESET)
async def a_device_can_be_reset_while_unbinding(rig: Rig) -> None:
    """Unbinding may reset the device as well."""
    device = await bound(rig)
    await rig.owner.unbind(device, reset=True)
    expect(not await holds(rig, rig.owner, device), "the device was unbound and reset, and its owner holds it")


@check(can.BIND_CHECK)
async def a_check_says_what_binding_would(rig: Rig) -> None:
    """Whether one may bind is told before: yes for a free device, and the refusal for one that is held."""
    free = rig.free_device()
    found = await rig.owner.check_binding(free.device, space=rig.space_for(rig.owner))
    expect(found.device == free.device, f"{free.device} was asked about, and the answer speaks of {found.device}")
    expect(not await holds(rig, rig.owner, free.device), "asking bound the device")
    await bound(rig, free=free)
    again = rig.owner.check_binding(free.device, space=rig.space_for(rig.owner))
    await refused(again, "asking about a device that one holds already")


@check(can.PAIRING, bind_by("pairing"))
async def a_pairing_waits_for_its_device(rig: Rig) -> None:
    """A pairing is not ready before the device reports, and is when it has."""
    free = rig.free_device()
    pairing = await rig.owner.begin_pairing()
    expect(pairing.token.reveal() not in repr(pairing), "the pairing's token is shown in its repr")
    expect(not await holds(rig, rig.owner, free.device), "beginning a pairing bound something")
    await rig.report_pairing(pairing, free.device)
    ready = await rig.owner.wait_for_pairing(pairing, every=QUICKLY)
    expect(ready.ready, "the device has reported, and the pairing is not ready")
    expect(ready.device in (None, free.device), f"{free.device} has reported, and the pairing says {ready.device}")
    await rig.owner.bind(free.device, ByPairing(ready.token))
    expect(await holds(rig, rig.owner, free.device), "the pairing was ready, and bound nothing")


@check(can.RENAME_OWN, can.LIST_BINDINGS)
async def an_owner_renames_the_device(rig: Rig) -> None:
    """A name is kept as it was written, in any script."""
    device = await bound(rig)
    for name in NAMES:
        await rig.owner.rename(device, name)
        found = await held(rig.owner, device)
        expect(found is not None and found.name == name, f"renamed to {name}, and listed as {found!r}")


@check(can.RENAME_RECEIVED, can.LIST_RECEIVED_GRANTS, can.LIST_BINDINGS)
async def a_guest_renames_a_received_device(rig: Rig) -> None:
    """A guest's name for a device is the guest's, and leaves the owner's alone."""
    device = await bound(rig)
    await granted(rig, device)
    before = await held(rig.owner, device)
    await rig.guest.rename(await the_received(rig, rig.guest, device), NAMES[0])
    found = [each.name for each in await rig.guest.bindings(device=device, roles={Role.GUEST}).all()]
    expect(found == [NAMES[0]], f"the guest renamed it to {NAMES[0]}, and it is listed as {found}")
    after = await held(rig.owner, device)
    unchanged = before is not None and after is not None and before.name == after.name
    expect(unchanged, "the guest's name changed the owner's")


@check(can.PLACE_ROOM, can.LIST_BINDINGS)
async def a_device_is_put_into_a_room(rig: Rig) -> None:
    """A device stands in the room that it was put into."""
    room = await room_of(rig, rig.owner)
    device = await bound(rig)
    await rig.owner.place(device, room)
    found = await held(rig.owner, device)
    where = found.space if found is not None else None
    expect(where == room, f"put into {room}, and it stands in {where}")


@check(can.PLACE_HOME, can.CREATE_SPACE, can.LIST_BINDINGS)
async def a_device_is_moved_to_another_home(rig: Rig) -> None:
    """A device stands in the home that it was moved to."""
    device = await bound(rig)
    home = await rig.owner.create_space("小屋")
    await rig.owner.place(device, home)
    found = await held(rig.owner, device)
    where = found.space if found is not None else None
    expect(where is not None and where.id == home.id, f"moved to {home}, and it stands in {where}")


def _hand_over(kind: type[Somebody], capability: can.Capability, what: str) -> Check:
    async def changes_hands(rig: Rig) -> None:
        to = named(rig, rig.guest, kind)
        device = await bound(rig)
        await granted(rig, device)
        await rig.owner.transfer(device, to)
        found = await held(rig.guest, device)
        expect(found is not None and found.role is Role.OWNER, f"the new owner lists it as {found!r}")
        former = await held(rig.owner, device)
        expect(former is None or former.role is not Role.OWNER, "the former owner still owns the device")

    return Check(
        name=f"a_device_changes_hands_by_{what}",
        promise=f"Who is named by {what} and made the owner holds the device as such; the former owner does not.",
        run=changes_hands,
        takes=(capability, can.LIST_BINDINGS),
    )


TRANSFERRING: Final = (
    _hand_over(UserId, can.TRANSFER_TO_USER_ID, "user_id"),
    _hand_over(Username, can.TRANSFER_TO_USERNAME, "username"),
    _hand_over(Email, can.TRANSFER_TO_EMAIL, "email"),
    _hand_over(Phone, can.TRANSFER_TO_PHONE, "phone"),
)


def _find(kind: type[Somebody], capability: can.Capability, what: str, stranger: Somebody) -> Check:
    async def found(rig: Rig) -> None:
        form = next((form for form in rig.known_as(rig.guest) if isinstance(form, kind)), None)
        if form is None:
            raise NotStagedError(f"the rig of {rig.provider} does not name people by {what}")
        person = await rig.owner.find_user(form)
        ids = {form.value for form in rig.known_as(rig.guest) if isinstance(form, UserId)}
        expect(not ids or person.user_id in ids, f"{form!r} is {ids}, and the answer is {person.user_id}")
        await refused(rig.owner.find_user(stranger), f"looking for nobody by {what}")

    return Check(
        name=f"a_person_is_found_by_{what}", promise=f"A person is found by {what}.", run=found, takes=(capability,)
    )


FINDING: Final = (
    _find(UserId, can.FIND_BY_USER_ID, "user_id", UserId("987654321012345")),
    _find(Username, can.FIND_BY_USERNAME, "username", Username("nobody-of-that-name")),
    _find(Email, can.FIND_BY_EMAIL, "email", Email("nobody-there@example.org")),
    _find(Phone, can.FIND_BY_PHONE, "phone", Phone("86", "19999999999")),
)


@check(can.SIGN_OUT, can.LIST_BINDINGS)
async def signing_out_is_quiet(rig: Rig) -> None:
    """Ending one's session twice is no error, and others stay signed in."""
    await rig.guest.me() if works(rig.guest, can.ME) else await rig.guest.bindings().all()
    before = rig.requests()
    await rig.guest.sign_out()
    expect(rig.requests() > before, "the vendor was not told of the end of the session")
    await rig.guest.sign_out()
    await rig.owner.bindings().all()
    if not rig.renews(rig.guest):
        await refused(rig.guest.bindings().all(), "listing after signing out")


@check(can.UNBIND, can.LIST_GRANTS)
async def others_keep_their_own_devices(rig: Rig) -> None:
    """Giving one device up touches neither another device nor its shares."""
    device, other = await bound(rig), await bound(rig)
    await granted(rig, other, to=third(rig))
    await rig.owner.unbind(device)
    expect(await holds(rig, rig.owner, other), "unbinding one device unbound another")
    expect(len(await given(rig.owner, other, State.ACTIVE)) == 1, "unbinding one device ended another's share")
