"""Bad days: codes that nobody knows, tokens that die, answers that come late, callers who give up."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Final

from sharebind import capabilities as can
from sharebind.errors import (
    Outcome,
    OutcomeUnknownError,
    ProviderError,
    SharebindError,
    SignInError,
    UnavailableError,
)
from sharebind.testing.promises import Broken, check, expect
from sharebind.testing.rig import NotStagedError, Rig, RigBrokenError
from sharebind.testing.steps import bound, given, granted, holds, offered, refused, works
from sharebind.testing.verbs import Wish, changes, lists
from sharebind.values import DeviceRef, State

DECLARED: Final = "is the call declared changes=True?"


@check()
async def an_unknown_code_is_told(rig: Rig) -> None:
    """A code that no table knows is an error with the code on it, and after a change nobody knows what it meant."""
    device = await bound(rig)
    wishes = await changes(rig)
    reads = lists(rig, device)
    unheard: list[str] = []
    for what, wish in reads.items():
        await rig.unknown_code(changes=False)
        unheard += await _told(wish, what, ProviderError)
    for what, wish in wishes.items():
        await rig.unknown_code(changes=True)
        unheard += await _told(wish, what, OutcomeUnknownError)
    _struck(unheard, len(reads) + len(wishes), "met a code that nobody knows", "unknown_code()")


@check()
async def a_lost_answer_is_told(rig: Rig) -> None:
    """A change whose answer was lost is an unknown outcome, and it was sent once."""
    wishes = await changes(rig)
    unheard: list[str] = []
    for what, wish in wishes.items():
        await rig.lose_answer()
        try:
            value = await wish()
        except OutcomeUnknownError:
            continue
        except UnavailableError as error:
            raise Broken(f"{what} lost its answer: expected OutcomeUnknownError, got {error!r}; {DECLARED}") from error
        unheard.append(f"{what} gave {value!r}")
    _struck(unheard, len(wishes), "lost its answer", "lose_answer()")


@check(can.SHARE_TO_ANYONE, can.LIST_OFFERS_CODE)
async def a_lost_share_was_sent_once(rig: Rig) -> None:
    """A share whose answer was lost is not sent again."""
    device = await bound(rig)
    await rig.lose_answer()
    try:
        await offered(rig, device)
    except (OutcomeUnknownError, UnavailableError):
        live = await given(rig.owner, device, State.OFFERED)
        expect(len(live) == 1, f"one code was sent for, and the owner lists {len(live)}")
    else:
        raise NotStagedError("no answer was lost; a_lost_answer_is_told says whose fault that is")


_ONCE: Final = " (the rig's accounts come from a Sharebind with retries=NO_RETRIES?)"


def _struck(unheard: list[str], asked: int, what: str, how: str) -> None:
    """Break the check for those that noticed nothing; where none noticed anything the rig did nothing."""
    if unheard and len(unheard) == asked:
        raise RigBrokenError(
            f"the rig's {how} does nothing: none of {asked} calls met it, {unheard[0]} (or all are hushed up)"
        )
    expect(not unheard, "; ".join(f"{each}, though it {what}" for each in unheard) + _ONCE)


async def _told(wish: Wish, what: str, kind: type[ProviderError]) -> list[str]:
    """Expect one class of error with the vendor's code on it; give what came where there was none."""
    try:
        value = await wish()
    except ProviderError as error:
        # Exactly this class: any other would tell what the code means, which nobody knows.
        hint = f"; {DECLARED}" if kind is OutcomeUnknownError and type(error) is ProviderError else ""
        expect(type(error) is kind, f"{what} met an unknown code: expected {kind.__name__}, got {error!r}{hint}")
        expect(error.vendor_code, f"{error!r} does not carry the vendor's code")
        return []
    return [f"{what} gave {value!r}"]


async def _change(rig: Rig, device: DeviceRef) -> object:
    if works(rig.owner, can.SHARE_TO_ANYONE):
        return await offered(rig, device)
    if works(rig.owner, can.UNBIND):
        return await rig.owner.unbind(device)
    raise NotStagedError(f"{rig.provider} neither shares by code nor unbinds")


@check(can.LIST_BINDINGS)
async def a_dead_token_is_renewed_or_told(rig: Rig) -> None:
    """A token that dies is renewed unseen where the account can, and else a sign-in is asked for."""
    device = await bound(rig)
    await rig.end_tokens(rig.owner)
    if rig.renews(rig.owner):
        found = [binding.device for binding in await rig.owner.bindings().all()]
        expect(found == [device], f"with its new token the account lists {found}")
    else:
        await refused(rig.owner.bindings().all(), "listing with a dead token", SignInError)


@check(can.SHARE_TO_ANYONE)
async def a_token_that_dies_before_a_change_loses_nothing(rig: Rig) -> None:
    """A change that meets a dead token is done once with the new one, or not at all."""
    device = await bound(rig)
    await rig.end_tokens(rig.owner)
    if not rig.renews(rig.owner):
        await refused(offered(rig, device), "sharing with a dead token", SignInError)
        return
    await offered(rig, device)
    if works(rig.owner, can.LIST_OFFERS_CODE):
        live = await given(rig.owner, device, State.OFFERED)
        expect(len(live) == 1, f"one code was asked for with a dead token, and the owner lists {len(live)}")


@check()
async def a_cancelled_call_leaves_the_account_usable(rig: Rig) -> None:
    """Giving a call up while the vendor works raises the cancellation, and the next call is answered."""
    device = await bound(rig)
    await rig.stall(0.3)
    task = asyncio.ensure_future(_change(rig, device))
    await asyncio.sleep(0.1)
    if task.done():
        await task
        raise RigBrokenError("the rig's stall() does nothing: the vendor was to answer late, and has answered")
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        pass
    else:
        raise Broken("a call was cancelled, and gave a result")
    await asyncio.sleep(0.4)
    await _anything(rig, device)


async def _anything(rig: Rig, device: DeviceRef) -> object:
    """Ask for something that the account has: a list, or the same change once more where it lists nothing."""
    if works(rig.owner, can.LIST_BINDINGS):
        return await rig.owner.bindings().all()
    if works(rig.owner, can.LIST_GRANTS):
        return await given(rig.owner, device, State.ACTIVE)
    if works(rig.owner, can.ME):
        return await rig.owner.me()
    return await _change(rig, device)


@check()
async def a_deadline_is_kept(rig: Rig) -> None:
    """A change that takes longer than it may is an unknown outcome, told when its time is over."""
    device = await bound(rig)
    await rig.stall(1.5)
    loop = asyncio.get_running_loop()
    began = loop.time()
    try:
        await _change_within(rig, device, timedelta(seconds=0.3))
    except SharebindError as error:
        took = loop.time() - began
        expect(took < 1.2, f"0.3 s were allowed, and it took {took:.1f} s")  # noqa: PLR2004 - less than the stall
        expect(error.outcome is not Outcome.DONE, f"nobody knows that it was done, and it ended with {error!r}")
    else:
        took = loop.time() - began
        expect(took < 1, f"0.3 s were allowed, and after {took:.1f} s it gave a result")
        raise RigBrokenError("the rig's stall() does nothing: the vendor was to answer late, and has answered in time")
    await asyncio.sleep(1.4)


async def _change_within(rig: Rig, device: DeviceRef, within: timedelta) -> object:
    if works(rig.owner, can.SHARE_TO_ANYONE):
        return await offered(rig, device, within=within)
    if works(rig.owner, can.UNBIND):
        return await rig.owner.unbind(device, within=within)
    raise NotStagedError(f"{rig.provider} neither shares by code nor unbinds")


@check(can.LIST_BINDINGS)
async def ten_at_once_are_ten(rig: Rig) -> None:
    """Calls that run at the same time do not disturb each other."""
    device = await bound(rig)
    await granted(rig, device)
    lists = await asyncio.gather(*(rig.owner.bindings().all() for _ in range(10)))
    expect(all([each.device for each in found] == [device] for found in lists), "ten lists at once differ")
    expect(await holds(rig, rig.guest, device), "listing ended the guest's access")
