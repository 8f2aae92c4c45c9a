"""A read that fails after the change was confirmed takes nothing back: the caller gets what is known."""

from __future__ import annotations

import asyncio

import pytest

from sharebind import Evidence, Share

from .conftest import Count
from .table import DONE, ONE_OF_A_KIND, Fault
from .wishes import AFTER_ROWS, Row
from .world import ALWAYS, PASSING, World


def modes(fault: Fault) -> tuple[str, ...]:
    """Say in which ways a cell is played."""
    if fault.passes:
        return (PASSING,)
    return (ALWAYS,) if fault.waits or fault.cancels or not fault.again else (ALWAYS, PASSING)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("row", [pytest.param(row, id=row.name) for row in AFTER_ROWS])
async def test_what_was_confirmed_stays_done(row: Row, worlds: dict[str, tuple[World, ...]], count: Count) -> None:
    """Whatever goes wrong with a read after the change, the share is given, with what is known, as assumed."""
    world, wrong = worlds[row.vendor][0], list[str]()
    for fault, mode in [(each, mode) for each in ONE_OF_A_KIND for mode in modes(each)]:
        played = await world.play(row, fault, mode)
        told, found = f"{fault.name}, {mode}: {played.error!r} {played.value!r}", list[str]()
        if not played.struck or played.effects != 1 or played.outcome is not DONE or played.told is not DONE:
            found.append(f"{told}, {played.effects} effects, observers were told {played.told}")
        elif fault.cancels:
            found += [] if isinstance(played.error, asyncio.CancelledError) else [told]
        elif mode == ALWAYS or not fault.again:
            assumed = isinstance(played.value, Share) and played.value.evidence is Evidence.ASSUMED
            found += [] if assumed else [told]
        elif not isinstance(played.value, Share):
            found.append(told)
        wrong += [*found, *played.violations]
        await world.read_again(row, played.actor, waited=fault.waits)
        count(row, fault.name, mode, played.outcome)
    assert not wrong, "\n".join(wrong)
