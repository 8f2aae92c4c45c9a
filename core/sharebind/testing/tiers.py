"""Climbing: a provider is held to one tier after the other, until one is missed."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import aclosing
from typing import Final

from sharebind.testing.bronze import BRONZE
from sharebind.testing.checks import CHECKS, Check
from sharebind.testing.parts import Miss, Part, PartResult, Tier, TierReport, TierResult
from sharebind.testing.rig import Rig
from sharebind.testing.running import Judgement, Verdict, judge, provider_of

PARTS: Final[Mapping[Tier, tuple[Part, ...]]] = {Tier.BRONZE: BRONZE}
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
    for each in PARTS:
        result = TierResult(tier=each, parts=tuple([await _part(part, make_rig, judged) for part in PARTS[each]]))
        yield result
        if each is tier or not result.holds:
            return


async def _part(part: Part, make_rig: Callable[[], Rig], judged: dict[str, Verdict]) -> PartResult:
    """Judge one part; a check that was judged for an earlier one is not run again."""
    for name in part.checks:
        if name not in judged:
            judged[name] = await judge(BY_NAME[name], make_rig)
    verdicts = [judged[name] for name in part.checks]
    kept = sum(verdict.outcome is Judgement.PASSED for verdict in verdicts)
    minimum = kept if part.minimum is None else part.minimum
    return PartResult(part=part, kept=kept, minimum=minimum, missed=tuple(missed(verdicts)))


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
