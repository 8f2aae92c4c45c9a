"""Terms: ends that are kept to the moment, and what an earlier share means for a new one."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from sharebind import capabilities as can
from sharebind.capabilities import Level
from sharebind.errors import ConflictError, Outcome, SharebindError
from sharebind.shares import Share
from sharebind.testing.promises import check, expect
from sharebind.testing.rig import NotStagedError, Rig
from sharebind.testing.steps import (
    WORKS,
    bound,
    fitting,
    forms,
    given,
    given_to_person,
    grant_of,
    granted,
    holds,
    invited,
    kept_to,
    lives_until,
    offered,
    offered_to_person,
    received,
    refused,
    the_received,
    third,
    works,
)
from sharebind.values import DeviceRef, Overlap, State

DAY: Final = timedelta(days=1)
HOUR: Final = timedelta(hours=1)


async def _ends(rig: Rig, device: DeviceRef, share: Share, end: datetime, capability: can.Capability) -> None:
    """Hold an end of use against what was asked for, against what both sides list, and against the clock."""
    kept_to(share.use_until, end, rig.owner, capability, "the end of use")
    for seen in await given(rig.owner, device, State.ACTIVE) if works(rig.owner, can.LIST_GRANTS) else ():
        expect(seen.use_until == share.use_until, f"made to end at {share.use_until}, listed with {seen.use_until}")
    for seen in await received(rig.guest, device) if works(rig.guest, can.LIST_RECEIVED_GRANTS) else ():
        told = seen.use_until
        expect(told is None or told == share.use_until, f"made to end at {share.use_until}, received with {told}")
    await lives_until(rig, device, end, capability)


@check(can.SHARE_TO_ANYONE, can.ACCEPT_CODE, can.SHARE_CODE_USE_UNTIL)
async def an_end_date_is_kept(rig: Rig) -> None:
    """A code's end of use is told to both sides as it was asked for, and ends the access."""
    device = await bound(rig)
    end = rig.now() + fitting(rig.owner, can.SHARE_CODE_USE_UNTIL, 3 * DAY)
    offer = await offered(rig, device, use_until=end, **_short(rig))
    await rig.guest.accept(offer)
    await _ends(rig, device, offer, end, can.SHARE_CODE_USE_UNTIL)


def _short(rig: Rig) -> dict[str, Any]:
    """Ask for a code that dies before the use ends, which some vendors require."""
    support = rig.owner.supports(can.SHARE_CODE_ACCEPT_BY)
    if support.level is Level.FIXED and (support.at_most is None or support.at_most > HOUR):
        return {}  # the vendor's own life of a code is all that there is
    return {"accept_by": fitting(rig.owner, can.SHARE_CODE_ACCEPT_BY, HOUR)} if support.level in WORKS else {}


def _day(rig: Rig, capability: can.Capability, days: int) -> timedelta:
    """Give a span of which one and so many are within the account's limits, a day where that is possible."""
    day = fitting(rig.owner, capability, max(DAY, fitting(rig.owner, capability, DAY)) * days) / days
    if fitting(rig.owner, capability, day) != day:
        raise NotStagedError(f"the shortest {capability} at {rig.provider} is more than the longest by {days}")
    return day


@check(can.SHARE_PERSON_USE_UNTIL)
async def an_end_date_for_a_person_is_kept(rig: Rig) -> None:
    """A named person's end of use is told to both sides as it was asked for, and ends the access."""
    device = await bound(rig)
    end = rig.now() + fitting(rig.owner, can.SHARE_PERSON_USE_UNTIL, 3 * DAY)
    share = await given_to_person(rig, device, use_until=end)
    await _ends(rig, device, share, end, can.SHARE_PERSON_USE_UNTIL)


@check(can.SHARE_TO_ANYONE, can.ACCEPT_CODE, can.SHARE_CODE_USE_FOR)
async def a_time_of_use_starts_with_acceptance(rig: Rig) -> None:
    """``use_for`` counts from when a code is taken, not from when it was made."""
    device = await bound(rig)
    use = fitting(rig.owner, can.SHARE_CODE_USE_FOR, 2 * HOUR)
    offer = await offered(rig, device, use_for=use)
    _told_for(rig, offer, use, can.SHARE_CODE_USE_FOR)
    rig.advance(use / 12)
    await rig.guest.accept(offer)
    rig.advance(use - use / 24)
    expect(await holds(rig, rig.guest, device), "the time of use ran before the code was taken")
    rig.advance(use / 12)
    expect(not await holds(rig, rig.guest, device), "the guest has access after the time of use")


def _told_for(rig: Rig, share: Share, asked: timedelta, capability: can.Capability) -> None:
    """Expect the share to tell its time of use, unless it was taken at once and tells its end."""
    if share.use_until is not None:
        return
    step = rig.owner.supports(capability).step or timedelta()
    told = share.use_for
    expect(told is not None, f"a use for {asked} was asked for, and the share tells none")
    expect(
        told is None or asked - step <= told <= asked, f"a use for {asked} was asked for, and the share tells {told}"
    )


@check(can.SHARE_PERSON_USE_FOR)
async def a_persons_time_of_use_starts_with_acceptance(rig: Rig) -> None:
    """``use_for`` counts from when an invitation is accepted."""
    device = await bound(rig)
    use = fitting(rig.owner, can.SHARE_PERSON_USE_FOR, 2 * HOUR)
    share = await given_to_person(rig, device, use_for=use)
    _told_for(rig, share, use, can.SHARE_PERSON_USE_FOR)
    rig.advance(use - use / 12)
    expect(await holds(rig, rig.guest, device), "the guest lost the access before the time of use was over")
    rig.advance(use / 6)
    expect(not await holds(rig, rig.guest, device), "the guest has access after the time of use")


@check(can.SHARE_PERSON_ACCEPT_BY, can.LIST_RECEIVED_OFFERS, can.ACCEPT_OFFER)
async def an_invitation_dies_when_it_should(rig: Rig) -> None:
    """An invitation cannot be accepted after its last moment."""
    life = fitting(rig.owner, can.SHARE_PERSON_ACCEPT_BY, 2 * DAY)
    device = await bound(rig)
    await offered_to_person(rig, device, accept_by=life)
    waiting = await the_received(rig, rig.guest, device, State.OFFERED)
    rig.advance(life + HOUR)
    expect(not await received(rig.guest, device, State.OFFERED), "an invitation waits after its last moment")
    await refused(rig.guest.accept(waiting), "an invitation that is over")


@check(can.SHARE_OVERLAP_KEEP, can.SHARE_TO_ANYONE, can.ACCEPT_CODE)
async def an_older_share_stays(rig: Rig) -> None:
    """Sharing once more ends nothing: neither access that somebody has nor a code that waits."""
    device = await bound(rig)
    await granted(rig, device)
    waiting = await offered(rig, device)
    await offered(rig, device)
    expect(await holds(rig, rig.guest, device), "a new code ended the access that the guest had")
    if rig.other is None:
        return
    await rig.other.accept(waiting)
    expect(await holds(rig, rig.other, device), "a newer code made an older one worthless")
    expect(await holds(rig, rig.guest, device), "another person's acceptance ended the guest's access")


@check(can.SHARE_OVERLAP_KEEP, can.SHARE_TO_ANYONE, can.ACCEPT_CODE, can.SHARE_CODE_USE_UNTIL)
async def a_shorter_share_cuts_no_longer_one_short(rig: Rig) -> None:
    """Who has access for long and is given it once more for a day keeps it for long."""
    device = await bound(rig)
    day = _day(rig, can.SHARE_CODE_USE_UNTIL, 10)
    await rig.guest.accept(await offered(rig, device, use_until=10 * day, **_short(rig)))
    shorter = await offered(rig, device, use_until=day, **_short(rig))
    try:
        await rig.guest.accept(shorter)
    except SharebindError as error:
        expect(error.outcome is Outcome.NOTHING, f"a second share was refused with {error!r}")
    rig.advance(2 * day)
    expect(await holds(rig, rig.guest, device), "a second share that ended sooner ended the first one too")


@check(can.SHARE_OVERLAP_REPLACE, can.SHARE_TO_ANYONE, can.ACCEPT_CODE)
async def replacing_ends_the_older_code(rig: Rig) -> None:
    """A code that replaces leaves the older one worthless, and works itself."""
    device = await bound(rig)
    older = await offered(rig, device)
    newer = await offered(rig, device, overlap=Overlap.REPLACE)
    await rig.guest.accept(newer)
    expect(await holds(rig, rig.guest, device), "the code that replaced gives no access")
    await refused(third(rig).accept(older), "a code that was replaced")


@check(can.SHARE_OVERLAP_REPLACE, can.LIST_GRANTS)
async def replacing_a_persons_share_leaves_one(rig: Rig) -> None:
    """Who has access and is given it anew, to replace, has one share: the new one, with its own rights."""
    terms: dict[str, Any] = {"overlap": Overlap.REPLACE}
    if works(rig.owner, can.SHARE_RIGHTS):
        terms["rights"] = rig.owner.supports(can.SHARE_RIGHTS).names
    for kind in forms(rig, rig.guest):
        device = await bound(rig)
        older = await invited(rig, device, kind)
        try:
            newer = await invited(rig, device, kind, **terms)
        except ConflictError as error:
            expect(error.outcome is Outcome.NOTHING, f"replacing was refused with {error!r}")
            continue  # the vendor does not tell by this form who has access: by another it may
        await _replaced(rig, device, older, newer, terms.get("rights"))
        return
    raise NotStagedError(f"{rig.provider} replaces the share of nobody whom the rig could name")


async def _replaced(rig: Rig, device: DeviceRef, older: Share, newer: Share, rights: frozenset[str] | None) -> None:
    """Expect the newer of two shares in the place of the older one."""
    if works(rig.guest, can.LIST_RECEIVED_OFFERS, can.ACCEPT_OFFER):
        for waiting in await received(rig.guest, device, State.OFFERED):
            await rig.guest.accept(waiting)
    live = await given(rig.owner, device, State.ACTIVE)
    expect(len(live) == 1, f"one share replaced another, and the owner lists {len(live)}")
    stays = live[0].id == older.id != newer.id
    expect(not stays, "the share that was to be replaced is the one that is listed")
    told = live[0].rights
    expect(rights is None or told in (None, rights), f"{rights} were asked for, and {told} are listed")
    expect(await holds(rig, rig.guest, device), "the share that replaced gives no access")


@check(can.SHARE_OVERLAP_EXTEND, can.SHARE_TO_ANYONE, can.ACCEPT_CODE, can.SHARE_CODE_USE_UNTIL)
async def extending_only_lengthens(rig: Rig) -> None:
    """A code that extends replaces where the use grows, and nowhere else."""
    device = await bound(rig)
    day = _day(rig, can.SHARE_CODE_USE_UNTIL, 10)
    await rig.guest.accept(await offered(rig, device, use_until=3 * day, **_short(rig)))
    try:
        shorter = await offered(rig, device, use_until=day, overlap=Overlap.EXTEND, **_short(rig))
        await rig.guest.accept(shorter)
    except SharebindError as error:
        expect(error.outcome is Outcome.NOTHING, f"a shorter use was refused with {error!r}")
    rig.advance(2 * day)
    expect(await holds(rig, rig.guest, device), "the use was to be extended, and was cut short")
    longer = await offered(rig, device, use_until=10 * day, overlap=Overlap.EXTEND, **_short(rig))
    await rig.guest.accept(longer)
    rig.advance(5 * day)
    expect(await holds(rig, rig.guest, device), "the use was to be extended, and ended as before")


@check(can.CHANGE_USE_UNTIL)
async def an_end_of_use_can_be_moved(rig: Rig) -> None:
    """A new end of use holds instead of the old one, in the lists and by the clock."""
    device = await bound(rig)
    day = _day(rig, can.CHANGE_USE_UNTIL, 5)
    first: dict[str, Any] = {}
    if works(rig.owner, can.SHARE_CODE_USE_UNTIL):
        first = {"use_until": fitting(rig.owner, can.SHARE_CODE_USE_UNTIL, 2 * day), **_short(rig)}
    share = await grant_of(rig, device, await granted(rig, device, **first))
    end = rig.now() + 5 * day
    changed = await rig.owner.change(share, use_until=end)
    kept_to(changed.use_until, end, rig.owner, can.CHANGE_USE_UNTIL, "the new end of use")
    for seen in await given(rig.owner, device, State.ACTIVE) if works(rig.owner, can.LIST_GRANTS) else ():
        expect(seen.use_until == changed.use_until, f"changed to {changed.use_until}, listed with {seen.use_until}")
    rig.advance(3 * day)
    expect(await holds(rig, rig.guest, device), "the use was to go on, and ended as before")
    await lives_until(rig, device, end, can.CHANGE_USE_UNTIL)


@check(can.CHANGE_TO_ENDLESS, can.SHARE_CODE_USE_UNTIL)
async def an_end_of_use_can_be_taken_away(rig: Rig) -> None:
    """A share whose end was taken away goes on."""
    device = await bound(rig)
    until = fitting(rig.owner, can.SHARE_CODE_USE_UNTIL, 2 * DAY)
    share = await grant_of(rig, device, await granted(rig, device, use_until=until, **_short(rig)))
    changed = await rig.owner.change(share, use_until=None)
    expect(changed.use_until is None, f"the end was taken away, and the share ends at {changed.use_until}")
    rig.advance(30 * DAY)
    expect(await holds(rig, rig.guest, device), "the end was taken away, and the access ended all the same")
