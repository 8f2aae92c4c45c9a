"""Ending shares: by either side, once or twice, now or after a restart; and whose access that ends."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from sharebind import capabilities as can
from sharebind.errors import Outcome, SharebindError
from sharebind.shares import Share, ShareRef
from sharebind.testing.promises import check, expect
from sharebind.testing.rig import Rig
from sharebind.testing.steps import (
    bound,
    given,
    grant_of,
    granted,
    holds,
    offered,
    offered_to_person,
    received,
    revoked,
    taken,
    the_received,
    third,
    works,
)
from sharebind.values import State


@check(can.END_REVOKE)
async def ended_means_gone(rig: Rig) -> None:
    """When ``end`` says that a grant has ended, the person has no access any more."""
    device = await bound(rig)
    share = await grant_of(rig, device, await granted(rig, device))
    expect(await holds(rig, rig.guest, device), "the guest was given access and has none")
    ended = await revoked(rig.owner, share)
    expect(ended.state is State.ENDED, f"a revoked share is in state {ended.state}")
    expect(not await holds(rig, rig.guest, device), "the share is said to have ended, and the access works")
    if works(rig.owner, can.LIST_GRANTS):
        live = await given(rig.owner, device, State.ACTIVE)
        expect(not live, f"the share has ended, and the owner lists {len(live)} grant(s)")


@check(can.END_REVOKE)
async def only_the_named_person_loses_access(rig: Rig) -> None:
    """Ending one person's share leaves everybody else's as it was."""
    device, elsewhere = await bound(rig), await bound(rig)
    other = third(rig)
    await granted(rig, elsewhere)
    await granted(rig, device, to=other)
    share = await grant_of(rig, device, await granted(rig, device))
    await revoked(rig.owner, share)
    expect(not await holds(rig, rig.guest, device), "the guest's share was ended, and the access works")
    expect(await holds(rig, other, device), "another person lost the access to the same device")
    expect(await holds(rig, rig.guest, elsewhere), "the guest lost the access to another device")


@check(can.END_LEAVE)
async def a_guest_can_leave(rig: Rig) -> None:
    """A guest who gives a share up has no access, and the owner keeps the device."""
    device = await bound(rig)
    mine = await taken(rig, device)
    expect(await holds(rig, rig.guest, device), "the guest was given access and has none")
    ended = await rig.guest.end(mine)
    expect(ended.state is State.ENDED, f"a share that was given up is in state {ended.state}")
    expect(not await holds(rig, rig.guest, device), "the guest left, and the access works")
    expect(await holds(rig, rig.owner, device), "the guest left, and the owner lost the device")


@check(can.END_DECLINE, can.LIST_RECEIVED_OFFERS)
async def an_offer_can_be_declined(rig: Rig) -> None:
    """An offer that its recipient refused waits no longer."""
    device = await bound(rig)
    await offered_to_person(rig, device)
    ended = await rig.guest.end(await the_received(rig, rig.guest, device, State.OFFERED))
    expect(ended.state is State.ENDED, f"a declined offer is in state {ended.state}")
    expect(not await received(rig.guest, device, State.OFFERED), "a declined offer still waits")
    expect(not await holds(rig, rig.guest, device), "declining gave access")


@check(can.END_WITHDRAW_PERSON, can.LIST_RECEIVED_OFFERS)
async def an_invitation_can_be_withdrawn(rig: Rig) -> None:
    """An invitation that its owner took back waits no longer."""
    device = await bound(rig)
    share = await offered_to_person(rig, device)
    ended = await rig.owner.end(share)
    expect(ended.state is State.ENDED, f"a withdrawn invitation is in state {ended.state}")
    expect(not await received(rig.guest, device, State.OFFERED), "a withdrawn invitation still waits")


@check(can.END_REVOKE)
async def revoking_twice_is_quiet(rig: Rig) -> None:
    """Ending a grant that is over already is no error."""
    device = await bound(rig)
    share = await grant_of(rig, device, await granted(rig, device))
    await revoked(rig.owner, share)
    again = await revoked(rig.owner, share)
    expect(again.state in (State.ENDED, State.UNKNOWN), f"a share that is over is in state {again.state}")
    expect(not await holds(rig, rig.guest, device), "ending a share twice gave access")


@check(can.END_LEAVE)
async def leaving_twice_is_quiet(rig: Rig) -> None:
    """Giving up a share that is over already is no error."""
    device = await bound(rig)
    mine = await taken(rig, device)
    await rig.guest.end(mine)
    again = await rig.guest.end(mine)
    expect(again.state in (State.ENDED, State.UNKNOWN), f"a share that is over is in state {again.state}")
    expect(not await holds(rig, rig.guest, device), "the guest left twice, and the access works")


@check(can.END_REVOKE)
async def a_stored_ref_ends_the_share_after_a_restart(rig: Rig) -> None:
    """What a host has stored is enough to end a share in another process."""
    device = await bound(rig)
    share = await grant_of(rig, device, await granted(rig, device))
    stored = share.ref.reveal()
    owner = await rig.restart(rig.owner)
    ended = await owner.end(ShareRef.parse(stored), seen=State.ACTIVE)
    expect(ended.state is State.ENDED, f"a share ended by its stored ref is in state {ended.state}")
    expect(not await holds(rig, rig.guest, device), "the share was ended by its stored ref, and the access works")


@check(can.END_REVOKE, can.SHARE_TO_ANYONE, can.ACCEPT_CODE)
async def the_ref_of_a_code_ends_the_access_that_it_gave(rig: Rig) -> None:
    """A host that stored an offer before it was taken can end what came of it."""
    device = await bound(rig)
    offer = await offered(rig, device)
    stored = offer.ref.reveal()
    await rig.guest.accept(offer.code)
    owner = await rig.restart(rig.owner)
    ended = await owner.end(ShareRef.parse(stored))
    expect(ended.state is State.ENDED, f"a taken code ended by its stored ref is in state {ended.state}")
    expect(not await holds(rig, rig.guest, device), "the code was ended by its stored ref, and the access works")


@check(can.END_LEAVE)
async def a_guests_stored_ref_leaves_after_a_restart(rig: Rig) -> None:
    """What a guest's host has stored is enough to give a share up in another process."""
    device = await bound(rig)
    mine = await taken(rig, device)
    guest = await rig.restart(rig.guest)
    await guest.end(ShareRef.parse(mine.ref.reveal()))
    expect(not await holds(rig, rig.guest, device), "the guest left by the stored ref, and the access works")


@check(can.END_REVOKE)
async def a_strangers_end_changes_nothing(rig: Rig) -> None:
    """A person who gave nothing cannot end a share, whatever ref they hold, and is never told that it ended."""
    device = await bound(rig)
    share = await grant_of(rig, device, await granted(rig, device))
    other = third(rig)
    wishes: dict[str, Callable[[], Awaitable[Share]]] = {
        "its ref": lambda: other.end(share.ref),
        "the share": lambda: other.end(share),
        "its ref as seen active": lambda: other.end(share.ref, seen=State.ACTIVE),
    }
    for what, end in wishes.items():
        try:
            ended = await end()
        except SharebindError as error:
            expect(error.outcome is Outcome.NOTHING, f"a stranger's wish to end {what} was refused with {error!r}")
        else:
            told = f"a stranger who ended {what} was told that the share ended, and it works"
            expect(ended.state is not State.ENDED, told)
        expect(await holds(rig, rig.guest, device), f"a stranger ended the guest's share by {what}")
