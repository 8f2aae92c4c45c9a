"""Rights: what a recipient may do beyond plain use is what the owner named, and no more."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final

from sharebind import capabilities as can
from sharebind.capabilities import Capability
from sharebind.shares import Share
from sharebind.testing.promises import Check, check, expect
from sharebind.testing.rig import NotStagedError, Rig
from sharebind.testing.steps import (
    bound,
    fitting,
    given,
    given_by_code,
    given_to_person,
    grant_of,
    granted,
    kept_to,
    lives_until,
    received,
    works,
)
from sharebind.values import DeviceRef, Evidence, State

Give = Callable[..., Awaitable[Share]]
Judge = Callable[[Rig, Give], Awaitable[None]]


async def _are(rig: Rig, device: DeviceRef, wanted: frozenset[str], told: Share) -> None:
    """Hold the rights of the guest's share against what was asked for, as it is told and as both sides list it.

    What an adapter assumes from its own call is compared, and is no sight of what the vendor has.

    Raises:
        NotStagedError: nothing tells of rights, so nobody has seen them.

    """
    expect(told.rights in (None, wanted), f"asked for {_shown(wanted)}, and told {_shown(told.rights)}")
    seen = [told.rights] if told.evidence is not Evidence.ASSUMED else []
    if works(rig.owner, can.LIST_GRANTS):
        listed = [share.rights for share in await given(rig.owner, device, State.ACTIVE)]
        expect(listed, f"{device} was shared with {_shown(wanted)}, and the owner's list has no grant of it")
        for rights in listed:
            expect(rights == wanted, f"asked for {_shown(wanted)}, and listed with {_shown(rights)}")
        seen += listed
    if works(rig.guest, can.LIST_RECEIVED_GRANTS):
        listed = [share.rights for share in await received(rig.guest, device)]
        for rights in listed:
            expect(rights in (None, wanted), f"asked for {_shown(wanted)}, and received with {_shown(rights)}")
        seen += listed
    if all(rights is None for rights in seen):
        raise NotStagedError(f"nothing at {rig.provider} tells which rights somebody has")


def _shown(rights: frozenset[str] | None) -> str:
    return "nothing of rights" if rights is None else ", ".join(sorted(rights)) or "no right"


def _named(rig: Rig, capability: Capability) -> frozenset[str]:
    """Give the rights that can be asked for; that there are none is another check's to judge."""
    names = rig.owner.supports(capability).names
    if not names:
        raise NotStagedError(f"{rig.provider} names no right for {capability}")
    return names


async def _one_is_given(rig: Rig, give: Give) -> None:
    device = await bound(rig)
    wanted = frozenset(sorted(_named(rig, can.SHARE_RIGHTS))[:1])
    await _are(rig, device, wanted, await give(rig, device, rights=wanted))


async def _all_are_given(rig: Rig, give: Give) -> None:
    device = await bound(rig)
    every = _named(rig, can.SHARE_RIGHTS)
    await _are(rig, device, every, await give(rig, device, rights=every))


async def _none_is_given_unasked(rig: Rig, give: Give) -> None:
    device = await bound(rig)
    await _are(rig, device, frozenset(), await give(rig, device))


async def _can_be_changed(rig: Rig, give: Give) -> None:
    device = await bound(rig)
    share = await grant_of(rig, device, await give(rig, device))
    every = _named(rig, can.CHANGE_RIGHTS)
    for wanted in (every, frozenset(sorted(every)[:1]), frozenset[str](), frozenset(sorted(every)[-1:])):
        changed = await rig.owner.change(share, rights=wanted)
        expect(changed.id == share.id, "changing the rights gave the share another id")
        await _are(rig, device, wanted, changed)


def _each_way(run: Judge, name: str, promise: str, capability: Capability) -> tuple[Check, ...]:
    """Make a check for each way to share: a vendor may keep rights for one of them and lose them for another."""
    return (
        _check(run, given_by_code, f"{name}_by_code", f"By code: {promise}", capability, *_BY_CODE),
        _check(run, given_to_person, f"{name}_to_a_person", f"To a person: {promise}", capability),
    )


def _check(run: Judge, give: Give, name: str, promise: str, *takes: Capability) -> Check:
    return Check(name=name, promise=promise, run=lambda rig: run(rig, give), takes=takes)


_BY_CODE: Final = (can.SHARE_TO_ANYONE, can.ACCEPT_CODE)
EACH_WAY: Final = (
    *_each_way(
        _one_is_given,
        "a_right_that_was_named_is_given",
        "who is given one right has that one, and neither fewer nor more.",
        can.SHARE_RIGHTS,
    ),
    *_each_way(
        _all_are_given, "all_rights_are_given_together", "who is given every right has them all.", can.SHARE_RIGHTS
    ),
    *_each_way(
        _none_is_given_unasked,
        "nobody_gets_a_right_unasked",
        "a share that names no rights gives none, where there is a choice.",
        can.SHARE_RIGHTS,
    ),
    *_each_way(
        _can_be_changed,
        "rights_can_be_changed",
        "the rights that were set last are all that the recipient has, to none and back.",
        can.CHANGE_RIGHTS,
    ),
)


@check(can.CHANGE_USE_UNTIL, can.CHANGE_RIGHTS)
async def a_new_end_keeps_the_rights(rig: Rig) -> None:
    """Moving the end of use leaves the recipient's rights as they were."""
    device = await bound(rig)
    share = await grant_of(rig, device, await granted(rig, device))
    every = _named(rig, can.CHANGE_RIGHTS)
    await rig.owner.change(share, rights=every)
    changed = await rig.owner.change(share, use_until=fitting(rig.owner, can.CHANGE_USE_UNTIL, timedelta(days=5)))
    await _are(rig, device, every, changed)


@check(can.CHANGE_USE_UNTIL, can.CHANGE_RIGHTS)
async def new_rights_keep_the_end(rig: Rig) -> None:
    """Changing the rights leaves the end of use as it was, in the lists and by the clock."""
    device = await bound(rig)
    share = await grant_of(rig, device, await granted(rig, device))
    end = rig.now() + fitting(rig.owner, can.CHANGE_USE_UNTIL, timedelta(days=5))
    first = await rig.owner.change(share, use_until=end)
    kept_to(first.use_until, end, rig.owner, can.CHANGE_USE_UNTIL, "the new end of use")
    second = await rig.owner.change(share, rights=_named(rig, can.CHANGE_RIGHTS))
    told = second.use_until
    # An answer that was not read from the vendor need not know the end.
    assumed = told is None and second.evidence is Evidence.ASSUMED
    expect(assumed or told == first.use_until, f"the use ends at {first.use_until}, and new rights made it {told}")
    for seen in await given(rig.owner, device, State.ACTIVE) if works(rig.owner, can.LIST_GRANTS) else ():
        expect(seen.use_until == first.use_until, f"the use ends at {first.use_until}, and is listed: {seen.use_until}")
    await lives_until(rig, device, end, can.CHANGE_USE_UNTIL)
