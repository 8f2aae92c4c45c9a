"""Lists: who has what, from both sides, whole, and honest about what is missing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from sharebind import capabilities as can
from sharebind.account import Account
from sharebind.errors import IncompleteListError
from sharebind.shares import Share
from sharebind.testing.promises import Broken, check, expect
from sharebind.testing.rig import NotStagedError, Rig
from sharebind.testing.steps import bound, given, granted, holds, offered, offered_to_person, received, same, works
from sharebind.values import DeviceRef, Role, State, UserId


async def _asked(
    rig: Rig, account: Account, found: list[Share], look: Callable[[Account], Awaitable[list[Share]]]
) -> None:
    """Expect an account that remembers nothing to list the same shares: a list is what the vendor was asked for."""
    told = {share.id for share in await look(await rig.restart(account))}
    lost = {share.id for share in found} - told
    expect(
        not lost, f"after a restart the {account.name} lists {len(told)} of {len(found)} share(s): they were remembered"
    )
    expect(len(told) == len(found), f"the {account.name} lists {len(found)} share(s), and {len(told)} after a restart")


@check(can.LIST_GRANTS)
async def grants_are_listed_to_their_owner(rig: Rig) -> None:
    """An owner finds who has access, of one device and of all, and nothing of another device."""
    device, empty = await bound(rig), await bound(rig)
    await granted(rig, device)
    live = await given(rig.owner, device, State.ACTIVE)
    expect(len(live) == 1, f"one person has access, and the owner lists {len(live)}")
    expect(live[0].recipient is not None, "a grant does not tell whose it is")
    ids = {form.value for form in rig.known_as(rig.guest) if isinstance(form, UserId)}
    told = live[0].recipient.user_id if live[0].recipient is not None else None
    expect(told is None or not ids or told in ids, f"the guest is {ids}, and the grant says {told}")
    everything = [share.device for share in await rig.owner.shares().all() if share.state is State.ACTIVE]
    expect(everything == [device], f"one device is shared, and the list of all has {everything}")
    expect(not await given(rig.owner, empty, State.ACTIVE), "a device that is not shared has grants")
    await _asked(rig, rig.owner, live, lambda account: given(account, device, State.ACTIVE))


@check(can.LIST_RECEIVED_GRANTS)
async def grants_are_listed_to_their_recipient(rig: Rig) -> None:
    """A guest finds what was received, and the owner has received nothing."""
    device, kept = await bound(rig), await bound(rig)
    await granted(rig, device)
    mine = [share.device for share in await rig.guest.received().all() if share.state is State.ACTIVE]
    expect(mine == [device], f"the guest was given {device}, and lists {mine}")
    expect(not await received(rig.guest, kept), "the guest lists a device that was not shared")
    expect(not await received(rig.owner, device), "the owner lists the own device as received")
    live = await received(rig.guest, device)
    await _asked(rig, rig.guest, live, lambda account: received(account, device))


@check(can.SHARE_TO_ANYONE, can.LIST_OFFERS_CODE)
async def open_codes_are_listed(rig: Rig) -> None:
    """An owner finds the codes that nobody took."""
    device = await bound(rig)
    offer = await offered(rig, device)
    listed = await given(rig.owner, device, State.OFFERED)
    same(listed, offer, "code")
    await _asked(rig, rig.owner, listed, lambda account: given(account, device, State.OFFERED))


@check(can.LIST_OFFERS_PERSON)
async def open_invitations_are_listed(rig: Rig) -> None:
    """An owner finds the invitations that nobody answered."""
    device = await bound(rig)
    share = await offered_to_person(rig, device)
    listed = await given(rig.owner, device, State.OFFERED)
    same(listed, share, "invitation")
    await _asked(rig, rig.owner, listed, lambda account: given(account, device, State.OFFERED))


@check(can.LIST_RECEIVED_OFFERS)
async def offers_reach_their_recipient(rig: Rig) -> None:
    """A person finds what was offered to them, with its owner's device, and nobody else does."""
    device = await bound(rig)
    await offered_to_person(rig, device)
    waiting = await received(rig.guest, device, State.OFFERED)
    expect(len(waiting) == 1, f"one offer was made, and {len(waiting)} reached the guest")
    if rig.other is not None:
        expect(not await received(rig.other, device, State.OFFERED), "the offer reached somebody else too")
    await _asked(rig, rig.guest, waiting, lambda account: received(account, device, State.OFFERED))


@check(can.LIST_BINDINGS)
async def held_devices_are_listed(rig: Rig) -> None:
    """Everybody finds what they hold, in the role in which they hold it."""
    device = await bound(rig)
    await granted(rig, device)
    own = await rig.owner.bindings().all()
    expect([(each.device, each.role) for each in own] == [(device, Role.OWNER)], f"the owner holds {own}")
    theirs = await rig.guest.bindings(device=device).all()
    expect([each.role for each in theirs] == [Role.GUEST], f"the guest holds it as {[each.role for each in theirs]}")
    expect(theirs[0].share is not None, "a received device does not tell by which share")


@check(can.LIST_BINDINGS)
async def every_page_is_listed(rig: Rig) -> None:
    """A list of three pages is given whole, each item once."""
    devices = await rig.many_devices(rig.owner)
    listed = [binding.device for binding in await rig.owner.bindings().all()]
    expect(len(listed) == len(set(listed)), f"{len(listed) - len(set(listed))} devices are listed twice")
    missing = devices - set(listed)
    expect(not missing, f"{len(missing)} of {len(devices)} devices are not listed")


@check(can.LIST_GRANTS)
async def every_page_of_grants_is_listed(rig: Rig) -> None:
    """A device that was shared with three pages of people lists them all, each once."""
    device = await bound(rig)
    people = await rig.many_guests(rig.owner, device)
    listed = [share.id for share in await given(rig.owner, device, State.ACTIVE)]
    expect(len(listed) == len(set(listed)), f"{len(listed) - len(set(listed))} grants are listed twice")
    expect(len(listed) == people, f"{people} people have access, and {len(listed)} are listed")


@check(can.LIST_GRANTS)
async def a_gap_is_told(rig: Rig) -> None:
    """Where a part cannot be read the list gives all the rest, and then says what is missing."""
    device, beyond = await bound(rig), await bound(rig)
    await granted(rig, device)
    await granted(rig, beyond)
    await rig.break_part(rig.owner, beyond)
    listing = rig.owner.shares(allow_partial=True)
    found = await listing.all()
    expect(listing.gaps, "a part of the list cannot be read, and no gap is told")
    expect(all(share.device != beyond for share in found), "the part that cannot be read is listed")
    try:
        whole = await rig.owner.shares().all()
    except IncompleteListError as error:
        expect(error.gaps, "the list is said to be incomplete, and no gap is told")
    else:
        raise Broken(f"a part of the list cannot be read, and it is given as whole, with {len(whole)} shares")


@check(can.LIST_GRANTS)
async def unknown_numbers_hide_nothing(rig: Rig) -> None:
    """Numbers of a newer vendor make a share's state unknown, or a gap; they neither hide it nor end it."""
    device = await bound(rig)
    await granted(rig, device)
    await rig.unknown_numbers()
    listing = rig.owner.shares(device=device, states=frozenset(State), allow_partial=True)
    found = await listing.all()
    expect(found or listing.gaps, "a share whose numbers are unknown has vanished without a word")
    expect(all(share.state is not State.ENDED for share in found), "unknown numbers ended a share that works")
    if works(rig.owner, can.LIST_BINDINGS):
        await _no_better(rig.owner, device, frozenset(Role))
        await _no_better(rig.guest, device, frozenset({Role.GUEST}))
    expect(await _still(rig, device), "the guest lost the access")


async def _no_better(account: Account, device: DeviceRef, roles: frozenset[Role]) -> None:
    """Expect somebody's device in these roles or none, and where its role is unknown a gap."""
    listing = account.bindings(device=device, allow_partial=True)
    found = [binding.role for binding in await listing.all()]
    expect(
        found or listing.gaps, f"a device of the {account.name} whose numbers are unknown has vanished without a word"
    )
    wrong = [role for role in found if role not in roles]
    expect(not wrong, f"a role that nobody knows makes the {account.name} its {', '.join(wrong)}")


async def _still(rig: Rig, device: DeviceRef) -> bool:
    return rig.held(rig.guest) is None or await holds(rig, rig.guest, device)


@check(can.LIST_SPACES)
async def homes_are_listed(rig: Rig) -> None:
    """A person finds their homes."""
    homes = rig.homes_of(rig.owner)
    if not homes:
        raise NotStagedError(f"the rig of {rig.provider} names no homes")
    listed = await rig.owner.spaces().all()
    expect({each.id for each in listed} == {each.id for each in homes}, f"the homes are {homes}, listed are {listed}")
    expect(all(each.room is None for each in listed), "rooms are listed, though homes were asked for")


@check(can.LIST_SPACES, can.LIST_ROOMS)
async def rooms_are_listed_after_their_home(rig: Rig) -> None:
    """With rooms, each home is followed by its rooms."""
    homes = {each.id for each in await rig.owner.spaces().all()}
    listed = await rig.owner.spaces(rooms=True).all()
    expect({each.id for each in listed if each.room is None} == homes, "the homes are missing among the rooms")
    current = ""
    for each in listed:
        current = each.id if each.room is None else current
        expect(each.id == current, f"room {each.room} of home {each.id} stands after home {current}")


@check(can.CREATE_SPACE, can.LIST_SPACES)
async def a_new_home_is_listed(rig: Rig) -> None:
    """A home that was made is there, with its name in Chinese."""
    made = await rig.owner.create_space("我的家")
    listed = {each.id: each.name for each in await rig.owner.spaces().all()}
    expect(made.id in listed, f"home {made.id} was made, and listed are {sorted(listed)}")
    expect(listed[made.id] in (None, "我的家"), f"the home is called {listed[made.id]!r}")


@check(can.ME)
async def an_account_knows_itself(rig: Rig) -> None:
    """Each account says who it is, and nobody else."""
    for account in (rig.owner, rig.guest):
        me = await account.me()
        ids = {form.value for form in rig.known_as(account) if isinstance(form, UserId)}
        expect(me.user_id is None or not ids or me.user_id in ids, f"{ids} asked who it is, and heard {me.user_id}")
    if works(rig.owner, can.SHARE_TO_USER_ID):
        expect((await rig.owner.me()).user_id is not None, "an account shares by user id, and cannot tell its own")
