"""Climbing: a provider is held to one tier after the other, until one is missed."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from contextlib import aclosing, suppress
from typing import Final

import attrs

from sharebind.capabilities import Capability, Support
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


async def check_tier(make_rig: Callable[[], Rig], tier: Tier = Tier.GOLD, *, whole: bool = False) -> TierReport:
    """Hold a provider to the tiers up to this one, and stop at the first that it misses unless ``whole`` is set.

    ``make_rig`` is a rig's class, or a function that gives a fresh rig.

    Raises:
        TypeError: ``make_rig`` gives no rig.

    """
    async with aclosing(climb(make_rig, tier, whole=whole)) as results:
        return TierReport(provider=provider_of(make_rig), tiers=tuple([each async for each in results]))


async def climb(
    make_rig: Callable[[], Rig], tier: Tier = Tier.GOLD, *, whole: bool = False
) -> AsyncGenerator[TierResult]:
    """Give each tier's result as soon as it is there; stop after the first that is missed unless ``whole`` is set.

    Raises:
        TypeError: ``make_rig`` gives no rig.

    """
    climber = _Climber(make_rig)
    for each in Tier:
        result = await climber.tier(each)
        yield result
        if each is tier or not (whole or result.holds):
            return


PLAYED: Final[Mapping[Part, Callable[[Callable[[], Rig]], Awaitable[PartResult]]]] = {
    silver.CODES: silver.codes,
    silver.FAULTS: silver.faults,
    gold.FAULTS: gold.faults,
    replies.REPLIES: replies.replies,
}
"""What judges the parts that are made of no checks."""


class _Climber:
    """Holds one provider to one tier after the other; a check that was judged for an earlier one is not run again."""

    def __init__(self, make_rig: Callable[[], Rig]) -> None:
        self._make_rig = make_rig
        self._judged: dict[str, Verdict] = {}
        self._claims: frozenset[Capability] | None = None

    async def tier(self, tier: Tier) -> TierResult:
        """Judge every part of a tier."""
        parts = tuple([await self._part(part) for part in PARTS[tier]])
        about = {ability for part in PARTS[tier] for name in part.checks for ability in BY_NAME[name].takes}
        claimed = await self._claimed()
        unjudged = (claimed if tier is Tier.SILVER else claimed & about) - self._seen()
        return TierResult(tier=tier, parts=parts, unjudged=tuple(sorted(unjudged)))

    async def _part(self, part: Part) -> PartResult:
        play = PLAYED.get(part)
        if play is not None:
            return await _played(part, self._make_rig, play)
        for name in part.checks:
            if name not in self._judged:
                self._judged[name] = await judge(BY_NAME[name], self._make_rig)
        verdicts = tuple(self._judged[name] for name in part.checks)
        passed = {verdict.check.name for verdict in verdicts if verdict.outcome is Judgement.PASSED}
        result = PartResult(
            part=part,
            kept=len(passed),
            minimum=len(passed) if part.minimum is None else part.minimum,
            missed=tuple(missed(verdicts)),
            verdicts=verdicts,
            left_out=tuple(left_out(verdicts)),
        )
        if part is silver.DECLARED:
            return await self._declared(result)
        if part.one_of and not passed.intersection(part.one_of):
            none = Miss(name=" or ".join(part.one_of), promise=part.promise, why="none of these was kept")
            return attrs.evolve(result, missed=(*result.missed, none))
        return result

    async def _declared(self, result: PartResult) -> PartResult:
        """See which of the abilities that the owner's account declares were at work in a check that passed."""
        claimed, seen = await self._claimed(), self._seen()
        unseen = claimed - seen
        short = tuple(left_out(each for each in result.verdicts if unseen.intersection(each.check.takes)))
        return attrs.evolve(result, kept=len(claimed & seen), minimum=max(len(claimed), 1), left_out=short)

    async def _claimed(self) -> frozenset[Capability]:
        if self._claims is None:
            support: Mapping[Capability, Support] = {}
            with suppress(Exception):  # the verdicts tell it already
                async with self._make_rig() as rig:
                    support = rig.owner.support
            self._claims = frozenset(name for name, has in support.items() if has.level in WORKS)
        return self._claims

    def _seen(self) -> frozenset[Capability]:
        passed = [verdict for verdict in self._judged.values() if verdict.outcome is Judgement.PASSED]
        return frozenset(name for verdict in passed for name in (*verdict.check.takes, *verdict.used))


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


def left_out(verdicts: Iterable[Verdict]) -> list[Miss]:
    """Give what was not judged of what the account could have, and why."""
    return [
        Miss(name=each.check.name, promise=each.check.promise, why=each.why)
        for each in verdicts
        if each.outcome is Judgement.NOT_JUDGED and each.check.absent is None
    ]
