"""The second tier: everything that is declared, every code that the vendor documents, every fault once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from sharebind import capabilities as can
from sharebind.errors import SignInError
from sharebind.testing.bad_days import BAD_DAYS, BadDay, Played, broken, carried, healthy, told_by
from sharebind.testing.checks import CHECKS
from sharebind.testing.ground import Ground, Ready, over
from sharebind.testing.parts import Part, PartResult, Tally, Tier
from sharebind.testing.rig import NotStagedError, Rig
from sharebind.testing.steps import works

DECLARED: Final = Part(
    tier=Tier.SILVER,
    name="everything declared",
    promise="No check of the kit fails, and whatever is declared is seen to work.",
    counts="declared abilities",
    minimum=None,
    checks=tuple(check.name for check in CHECKS),
)
CODES: Final = Part(
    tier=Tier.SILVER,
    name="the code table",
    promise="Each code that the vendor documents for a call is an error of its own, unlike a code that nobody knows.",
    counts="codes of calls",
    minimum=None,
)
FAULTS: Final = Part(
    tier=Tier.SILVER,
    name="faults",
    promise="Whatever goes wrong with an operation, what its caller is told agrees with the vendor's books.",
    counts=f"operations under {len(BAD_DAYS)} faults, each once",
    minimum=None,
)
SILVER: Final = (DECLARED, CODES, FAULTS)

SIGNING_IN: Final = "signing in again"
"""The operation of an account whose token has died; it is made ready apart from the others."""


async def faults(make_rig: Callable[[], Rig]) -> PartResult:
    """Hold every operation to every bad day, once."""
    tally = Tally(part=FAULTS)
    names = await operations(make_rig, tally)

    async def sweep(ground: Ground, day: BadDay) -> None:
        await ground.prepare()
        for name in names:
            played = await ground.once(name, day)
            wrong = list(broken(played)) if played.struck else ["the fault met none of its requests"]
            tally.note(f"{name}, {day.name}", wrong)
        tally.also(f"after {day.name}", await ground.closed())

    await over(make_rig, BAD_DAYS, sweep)
    return tally.result(len(names) * len(BAD_DAYS))


async def operations(make_rig: Callable[[], Rig], tally: Tally) -> tuple[str, ...]:
    """Name the operations that the adapter has and the rig can stage, and see each succeed with nothing wrong."""
    return tuple(await _calls(make_rig, tally))


async def _calls(make_rig: Callable[[], Rig], tally: Tally) -> dict[str, tuple[str, ...]]:
    """Name the calls that each operation makes with nothing wrong."""
    found: dict[str, tuple[str, ...]] = {}

    async def look(ground: Ground, _: None) -> None:
        await ground.prepare()
        for name in tuple(ground.ready):
            played = await ground.once(name, None)
            wrong = list(healthy(played))
            tally.also(name, wrong)
            if played.arrived and not wrong:
                found[name] = tuple(dict.fromkeys(each.operation for each in played.arrived))

    await over(make_rig, [None], look)
    return found


async def codes(make_rig: Callable[[], Rig]) -> PartResult:
    """Have every call answer with every code that its vendor documents for it."""
    tally = Tally(part=CODES)
    made = {**await _calls(make_rig, tally), SIGNING_IN: ()}
    known: set[str] = set()
    asked: list[int] = []

    async def force(ground: Ground, name: str) -> None:
        await ground.prepare()
        ready = await _ready(ground, name)
        if ready is None:
            return
        for call in made[name] or await _tried(ground, ready):
            if call in known:
                continue
            known.add(call)
            listed = sorted(ground.cloud.codes(call))
            asked.append(len(listed))
            nobody = told_by(
                (await _forced(ground, name, call, ground.rig.UNKNOWN_CODE)).error, ground.rig.UNKNOWN_CODE
            )
            for code in listed:
                played = await _forced(ground, name, call, code)
                tally.note(f"{name}, {call} answers {code}", _wrong(played, code, nobody))
        tally.also(name, ground.watch.leaks())

    await over(make_rig, tuple(made), force)
    if not sum(asked):
        raise NotStagedError("the emulated cloud names no codes: give its class a method codes()")
    return tally.result(sum(asked))


def _wrong(played: Played, code: str, nobody: str) -> Iterator[str]:
    if not played.struck:
        yield "the code answered none of its requests"
        return
    yield from broken(played, refused_by=code)
    if played.error is not None and told_by(played.error, code) == nobody:
        yield f"it is met like a code that nobody knows: {played.error!r}"
    elif not carried(played.error, code):
        yield f"the error does not carry the code: {played.error!r}"


async def _ready(ground: Ground, name: str) -> Ready | None:
    """Give one operation, made ready in the world as it is."""
    if name != SIGNING_IN:
        return ground.ready[name]
    rig = ground.rig
    if not rig.renews(rig.owner) or not works(rig.owner, can.LIST_BINDINGS):
        return None
    await rig.end_tokens(rig.owner)
    rig.reopen()
    return Ready(name=name, act=lambda: ground.seen.owner.bindings().all(), changes=False)


async def _tried(ground: Ground, ready: Ready) -> Iterable[str]:
    """Name the calls of an operation, by doing it."""
    return tuple(dict.fromkeys(each.operation for each in (await ground.play(ready, None)).arrived))


async def _forced(ground: Ground, name: str, call: str, code: str) -> Played:
    """Play an operation while a call answers a code; where the world was used up before it came so far, in another."""
    ready = await _ready(ground, name)
    played = await ground.force(ready or ground.ready[name], call, code)
    if not played.struck and name != SIGNING_IN:
        await ground.prepare()
        played = await ground.force(ground.ready[name], call, code)
    if isinstance(played.error, SignInError):
        ground.rig.reopen()  # an account may remember that its credentials were refused
    return played
