"""The third tier: a thousand operations under each fault, reads and changes mixed, and ten thousand changed answers."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import attrs

from sharebind.testing.bad_days import BAD_DAYS, BadDay, broken
from sharebind.testing.ground import Ground, over
from sharebind.testing.parts import Part, PartResult, Tally, Tier
from sharebind.testing.replies import REPLIES
from sharebind.testing.rig import Rig
from sharebind.testing.silver import operations

UNDER_EACH: Final = 1_000
"""How many operations each fault meets."""
AT_ONCE: Final = 125
"""How many of them one job plays; jobs run side by side, each in a world of its own."""

FAULTS: Final = Part(
    tier=Tier.GOLD,
    name="faults, over and over",
    promise="Whatever goes wrong however often, outcomes agree with the vendor's books, and nothing is left behind.",
    counts=f"operations, {UNDER_EACH} under each of {len(BAD_DAYS)} faults",
    minimum=UNDER_EACH * len(BAD_DAYS),
)
GOLD: Final = (FAULTS, REPLIES)


@attrs.frozen
class _Job:
    """A part of the operations under one fault, with an order of its own."""

    day: BadDay
    number: int


async def faults(make_rig: Callable[[], Rig]) -> PartResult:
    """Play a thousand operations under each fault."""
    tally = Tally(part=FAULTS)
    before, open_before = asyncio.all_tasks(), _descriptors()
    jobs = [_Job(day, number) for day in BAD_DAYS for number in range(UNDER_EACH // AT_ONCE)]
    if await operations(make_rig, tally):
        await over(make_rig, jobs, lambda ground, job: _play(ground, job, tally))
    tally.also("all of them", await _left(before, open_before))
    return tally.result(UNDER_EACH * len(BAD_DAYS))


async def _play(ground: Ground, job: _Job, tally: Tally) -> None:
    """Play operations in a shuffled order, in one world after another, until the fault has met enough of them."""
    dice = random.Random(f"{job.day.name} {job.number}")  # noqa: S311 - the same order every time
    met = 0
    while met < AT_ONCE:
        await ground.prepare()
        met_here = 0
        for name in _order(ground, dice):
            played = await ground.play(ground.ready[name], job.day)
            if not played.struck:
                continue
            met_here += 1
            tally.note(f"{name}, {job.day.name}", broken(played))
            if met + met_here == AT_ONCE:
                break
        met += met_here
        tally.also(f"after {job.day.name}", await ground.closed())
        if not met_here:
            tally.also(job.day.name, ["the fault meets no operation"])
            return


def _order(ground: Ground, dice: random.Random) -> Iterator[str]:
    """Give the operations in a random order, twice over: what was done once is then refused, or done again."""
    for _ in range(2):
        names = list(ground.ready)
        dice.shuffle(names)
        yield from names


async def _left(before: set[asyncio.Task[Any]], open_before: int) -> list[str]:
    """Tell what is still there after all worlds were closed: tasks, and connections or files."""
    tasks, more = asyncio.all_tasks() - before, _descriptors() - open_before
    for _ in range(40):  # closing a connection takes a moment
        if not tasks and more <= 0:
            break
        await asyncio.sleep(0.05)
        tasks, more = asyncio.all_tasks() - before, _descriptors() - open_before
    running = [f"a task still runs: {task.get_coro()}" for task in tasks]
    return [*running, *([f"{more} connections or files are still open"] if more > 0 else [])]


def _descriptors() -> int:
    """Count what this process has open, where the system tells."""
    with suppress(OSError):
        return sum(1 for _ in Path("/dev/fd").iterdir())
    return 0
