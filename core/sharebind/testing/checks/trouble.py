"""Bad days: codes that nobody knows, tokens that die, answers that come late, callers who give up."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

from sharebind import capabilities as can
from sharebind.errors import Outcome, OutcomeUnknownError, ProviderError, SharebindError, SignInError
from sharebind.testing.promises import Broken, check, expect
from sharebind.testing.rig import Rig
from sharebind.testing.steps import bound, given, granted, holds, offered, received, refused, works
from sharebind.values import DeviceRef, State


@check()
async def an_unknown_code_is_told(rig: Rig) -> None:
    """A code that no table knows is an error with the code on it, and after a change nobody knows what it meant."""
    device, other = await bound(rig), await bound(rig)
    await granted(rig, device)
    (mine,) = await received(rig.guest, device)
    reads: dict[str, Callable[[], Awaitable[object]]] = {"listing bindings": lambda: rig.owner.bindings().all()}
    changes: dict[str, Callable[[], Awaitable[object]]] = {"unbinding": lambda: rig.owner.unbind(other)}
    if works(rig.owner, can.LIST_GRANTS):
        reads["listing shares"] = lambda: given(rig.owner, device)
    if works(rig.guest, can.LIST_RECEIVED_GRANTS):
        reads["listing received shares"] = lambda: received(rig.guest, device)
    if works(rig.owner, can.SHARE_TO_ANYONE):
        changes["sharing"] = lambda: offered(rig, device)
    if works(rig.guest, can.END_LEAVE):
        changes["leaving"] = lambda: rig.guest.end(mine)
    if works(rig.guest, can.ACCEPT_CODE) and works(rig.owner, can.SHARE_TO_ANYONE):
        offer = await offered(rig, other)
        changes = {"accepting": lambda: rig.guest.accept(offer), **changes}
    for what, read in reads.items():
        await rig.unknown_code(changes=False)
        await _told(read(), what, ProviderError)
    for what, change in changes.items():
        await rig.unknown_code(changes=True)
        await _told(change(), what, OutcomeUnknownError)


async def _told(asking: Awaitable[object], what: str, kind: type[ProviderError]) -> None:
    try:
        value = await asking
    except ProviderError as error:
        # Exactly this class: any other would tell what the code means, which nobody knows.
        expect(type(error) is kind, f"{what} met an unknown code: expected {kind.__name__}, got {error!r}")
        expect(error.vendor_code, f"{error!r} does not carry the vendor's code")
    else:
        raise Broken(f"{what} met a code that nobody knows, and gave {value!r}")


async def _change(rig: Rig, device: DeviceRef) -> object:
    if works(rig.owner, can.SHARE_TO_ANYONE):
        return await offered(rig, device)
    return await rig.owner.unbind(device)


@check()
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
    expect(not task.done(), "the vendor was to answer late, and has answered")
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        pass
    else:
        raise Broken("a call was cancelled, and gave a result")
    await asyncio.sleep(0.4)
    await rig.owner.bindings().all()


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
        raise Broken("the vendor was to answer late, and has answered in time")
    await asyncio.sleep(1.4)


async def _change_within(rig: Rig, device: DeviceRef, within: timedelta) -> object:
    if works(rig.owner, can.SHARE_TO_ANYONE):
        return await offered(rig, device, within=within)
    return await rig.owner.unbind(device, within=within)


@check()
async def ten_at_once_are_ten(rig: Rig) -> None:
    """Calls that run at the same time do not disturb each other."""
    device = await bound(rig)
    await granted(rig, device)
    lists = await asyncio.gather(*(rig.owner.bindings().all() for _ in range(10)))
    expect(all([each.device for each in found] == [device] for found in lists), "ten lists at once differ")
    expect(await holds(rig, rig.guest, device), "listing ended the guest's access")
