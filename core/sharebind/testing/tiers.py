"""Climbing: a provider is held to one tier after the other, until one is missed."""

from __future__ import annotations

import math
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from contextlib import aclosing
from typing import Final

from sharebind.capabilities import Capability
from sharebind.testing import gold, replies, silver
from sharebind.testing.bronze import BRONZE
from sharebind.testing.checks import CHECKS, Check
from sharebind.testing.parts import Miss, Part, PartResult, Tier, TierReport, TierResult
from sharebind.testing.rig import NotStagedError, Rig
from sharebind.testing.running import Judgement, Verdict, judge, provider_of
from sharebind.testing.steps import WORKS

PARTS: Final[Mapping[Tier, tuple[Part, ...]]] = {Tier.BRONZE: BRONZE, Tier.SILVER: silver.SILVER, Tier.GOLD: gold.GOLD}
"""What each tier asks for beyond the one before it."""

BY_NAME: Final[Mapping[str, Check]] = {check.name: check for check in CHECKS}


async def check_tier(make_rig: Callable[[], Rig], tier: Tier = Tier.GOLD) -> TierReport:
    """Hold a provider to the tiers up to this one, and stop at the first that it misses.

    ``make_rig`` is a rig's class, or a function that gives a fresh rig.

    Raises:
        TypeError: ``make_rig`` gives no rig.

    """
    async with aclosing(climb(make_rig, tier)) as results:
        return TierReport(provider=provider_of(make_rig), tiers=tuple([each async for each in results]))


async def climb(make_rig: Callable[[], Rig], tier: Tier = Tier.GOLD) -> AsyncGenerator[TierResult]:
    """Give each tier's result as soon as it is there, and stop after the first that is missed.

    Raises:
        TypeError: ``make_rig`` gives no rig.

    """
    judged: dict[str, Verdict] = {}
    for each in Tier:
        result = TierResult(tier=each, parts=tuple([await _part(part, make_rig, judged) for part in PARTS[each]]))
        yield result
        if each is tier or not result.holds:
            return


PLAYED: Final[Mapping[Part, Callable[[Callable[[], Rig]], Awaitable[PartResult]]]] = {
    silver.CODES: silver.codes,
    silver.FAULTS: silver.faults,
    gold.FAULTS: gold.faults,
    replies.REPLIES: replies.replies,
}
"""What judges the parts that are made of no checks."""


async def _part(part: Part, make_rig: Callable[[], Rig], judged: dict[str, Verdict]) -> PartResult:
    """Judge one part; a check that was judged for an earlier one is not run again."""
    play = PLAYED.get(part)
    if play is not None:
        return await _played(part, make_rig, play)
    for name in part.checks:
        if name not in judged:
            judged[name] = await judge(BY_NAME[name], make_rig)
    verdicts = [judged[name] for name in part.checks]
    if part is silver.DECLARED:
        return await _declared(make_rig, verdicts)
    kept = sum(verdict.outcome is Judgement.PASSED for verdict in verdicts)
    minimum = kept if part.minimum is None else part.minimum
    return PartResult(part=part, kept=kept, minimum=minimum, missed=tuple(missed(verdicts)), verdicts=tuple(verdicts))


async def _played(
    part: Part, make_rig: Callable[[], Rig], play: Callable[[Callable[[], Rig]], Awaitable[PartResult]]
) -> PartResult:
    """Judge a part by playing; what escapes from rig or adapter while a world is made ready is a miss of it."""
    try:
        return await play(make_rig)
    except NotStagedError as cannot:
        return PartResult(part=part, kept=0, minimum=part.minimum or 1, not_judged=str(cannot))
    except Exception as error:  # noqa: BLE001 - rig and adapter are somebody else's
        why = f"{type(error).__name__}: {error}"
    miss = Miss(name="making the operations ready", promise=part.promise, why=why)
    return PartResult(part=part, kept=0, minimum=part.minimum or 1, missed=(miss,))


async def _declared(make_rig: Callable[[], Rig], verdicts: list[Verdict]) -> PartResult:
    """See which of the abilities that the owner's account declares were used in a check that passed."""
    try:
        async with make_rig() as rig:
            declared = {name for name, support in rig.owner.support.items() if support.level in WORKS}
    except Exception:  # noqa: BLE001 - the verdicts tell it already
        declared = set[Capability]()
    passed = [verdict for verdict in verdicts if verdict.outcome is Judgement.PASSED]
    seen = declared & {name for verdict in passed for name in (*verdict.check.takes, *verdict.used)}
    return PartResult(
        part=silver.DECLARED,
        kept=len(seen),
        minimum=max(math.ceil(len(declared) * silver.LEAST), 1),
        missed=tuple(missed(verdicts)),
        unseen=tuple(sorted(declared - seen)),
        verdicts=tuple(verdicts),
    )


def missed(verdicts: Iterable[Verdict]) -> list[Miss]:
    """Give what failed, and what the rig itself broke: that says nothing of the adapter, and is no pass."""
    found: list[Miss] = []
    for verdict in verdicts:
        if verdict.outcome is Judgement.FAILED:
            found.append(Miss(name=verdict.check.name, promise=verdict.check.promise, why=verdict.why))
        elif verdict.outcome is Judgement.RIG_BROKEN:
            why = f"the rig is broken, this says nothing of the adapter: {verdict.why}"
            found.append(Miss(name=verdict.check.name, promise=verdict.check.promise, why=why))
    return found
