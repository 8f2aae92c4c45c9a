"""Rights: what a recipient may do beyond plain use is what the owner named, and no more."""

from __future__ import annotations

from sharebind import capabilities as can
from sharebind.shares import Share
from sharebind.testing.promises import check, expect
from sharebind.testing.rig import Rig
from sharebind.testing.steps import bound, given, grant_of, granted, received, works
from sharebind.values import DeviceRef, State


async def _are(rig: Rig, device: DeviceRef, wanted: frozenset[str], told: Share) -> None:
    """Hold the rights of the guest's share against what was asked for, as it is told and as both sides list it."""
    expect(told.rights in (None, wanted), f"asked for {_shown(wanted)}, and told {_shown(told.rights)}")
    for seen in await given(rig.owner, device, State.ACTIVE) if works(rig.owner, can.LIST_GRANTS) else ():
        expect(seen.rights == wanted, f"asked for {_shown(wanted)}, and listed with {_shown(seen.rights)}")
    for seen in await received(rig.guest, device) if works(rig.guest, can.LIST_RECEIVED_GRANTS) else ():
        expect(seen.rights in (None, wanted), f"asked for {_shown(wanted)}, and received with {_shown(seen.rights)}")


def _shown(rights: frozenset[str] | None) -> str:
    return "nothing of rights" if rights is None else ", ".join(sorted(rights)) or "no right"


@check(can.SHARE_RIGHTS)
async def the_rights_that_were_named_are_given(rig: Rig) -> None:
    """Who is given one right has that one, and neither fewer nor more."""
    device = await bound(rig)
    for wanted in sorted(rig.owner.supports(can.SHARE_RIGHTS).names)[:1]:
        share = await granted(rig, device, rights={wanted})
        await _are(rig, device, frozenset({wanted}), share)


@check(can.SHARE_RIGHTS)
async def all_rights_are_given_together(rig: Rig) -> None:
    """Who is given every right has them all."""
    device = await bound(rig)
    every = rig.owner.supports(can.SHARE_RIGHTS).names
    await _are(rig, device, every, await granted(rig, device, rights=every))


@check(can.SHARE_RIGHTS)
async def nobody_gets_a_right_unasked(rig: Rig) -> None:
    """A share that names no rights gives none, where there is a choice."""
    device = await bound(rig)
    await _are(rig, device, frozenset(), await granted(rig, device))


@check(can.CHANGE_RIGHTS)
async def rights_can_be_changed(rig: Rig) -> None:
    """The rights that were set last are all that the recipient has, to none and back, and the access goes on."""
    device = await bound(rig)
    share = await grant_of(rig, device, await granted(rig, device))
    every = rig.owner.supports(can.CHANGE_RIGHTS).names
    for wanted in (every, frozenset(sorted(every)[:1]), frozenset[str](), frozenset(sorted(every)[-1:])):
        changed = await rig.owner.change(share, rights=wanted)
        expect(changed.id == share.id, "changing the rights gave the share another id")
        await _are(rig, device, wanted, changed)
