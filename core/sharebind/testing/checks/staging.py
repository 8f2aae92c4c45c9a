"""The rig itself: what the kit believes of it, looked at first."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final

from sharebind import capabilities as can
from sharebind.testing.promises import check
from sharebind.testing.rig import NotStagedError, Rig, RigBrokenError
from sharebind.testing.steps import binds, bound, granted, works

DAY: Final = timedelta(days=1)


def _sound(holds: object, otherwise: str) -> None:
    if not holds:
        raise RigBrokenError(otherwise)


@check()
async def the_rig_keeps_its_word(rig: Rig) -> None:
    """Accounts, devices, requests, clock and restarts of the rig are what the kit takes them for."""
    accounts = [account for account in (rig.owner, rig.guest, rig.other) if account is not None]
    for account in accounts:
        _sound(
            account.provider == rig.provider, f"the rig is for {rig.provider!r}, its accounts for {account.provider!r}"
        )
    people = [rig.known_as(account)[0] for account in accounts]
    _sound(len(set(people)) == len(people), f"owner, guest and other are different people, and the rig knows {people}")
    free = {rig.free_device().device for _ in range(5)}
    _sound(len(free) == 5, f"free_device() gave {len(free)} devices in 5 calls")  # noqa: PLR2004 - as many as were asked for
    before = rig.now()
    rig.advance(DAY)
    moved = rig.now() - before
    _sound(
        DAY <= moved < DAY + timedelta(minutes=1), f"advance() was to move the clock by a day, and moved it by {moved}"
    )
    again = await rig.restart(rig.guest)
    _sound(again is not rig.guest, "restart() gave the same Account, which remembers everything")
    _sound(rig.known_as(again) == rig.known_as(rig.guest), "restart() gave another person's account")


@check()
async def the_rig_counts_requests(rig: Rig) -> None:
    """The rig counts what is sent; without that nothing tells whether a refusal sent something."""
    sent = rig.requests()
    await _send(rig)
    _sound(rig.requests() > sent, f"requests() was {sent} before a call and is {rig.requests()} after it")


async def _send(rig: Rig) -> None:
    """Do whatever sends something."""
    calls: dict[can.Capability, Callable[[], Awaitable[object]]] = {
        can.LIST_BINDINGS: lambda: rig.owner.bindings().all(),
        can.ME: rig.owner.me,
        can.LIST_SPACES: lambda: rig.owner.spaces().all(),
    }
    for capability, call in calls.items():
        if works(rig.owner, capability):
            await call()
            return
    try:
        device = await bound(rig)
        if not binds(rig.owner):
            await granted(rig, device)
    except NotStagedError:
        raise NotStagedError("the account has nothing that would send a request") from None
