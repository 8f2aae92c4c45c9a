"""What a tier is made of: parts, each with what it counts and how much of it is the least; and what came of one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum
from itertools import takewhile
from typing import Final

import attrs

from sharebind.testing.running import Judgement, Verdict


class Tier(StrEnum):
    """How far an adapter has been held to the kit; each tier contains the one before it."""

    BRONZE = "bronze"
    SILVER = "silver"
    GOLD = "gold"


@attrs.frozen(kw_only=True)
class Part:
    """One part of a tier.

    ``counts`` says what is counted. ``minimum`` is how many of it must hold at the least, ``None`` where an adapter's
    own claims decide. ``checks`` names the checks of the kit that it is made of, none where it is made otherwise, and
    ``one_of`` those of which one must hold whatever else does.
    """

    tier: Tier
    name: str
    promise: str
    counts: str
    minimum: int | None
    checks: tuple[str, ...] = ()
    one_of: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class Miss:
    """Something that does not hold: its name, what was promised, and what came instead."""

    name: str
    promise: str
    why: str


@attrs.frozen(kw_only=True)
class PartResult:
    """What came of one part: how many held, how many had to, what did not hold, and why nothing could be judged."""

    part: Part
    kept: int
    minimum: int
    missed: tuple[Miss, ...] = ()
    not_judged: str = ""
    verdicts: tuple[Verdict, ...] = ()
    """Those of its checks."""
    left_out: tuple[Miss, ...] = ()
    """Its checks that were not judged, and why; of a part about claims those that would have judged a claim."""

    @property
    def holds(self) -> bool:
        """Whether enough was judged, and all of that held."""
        return not self.missed and not self.not_judged and self.kept >= self.minimum

    def __str__(self) -> str:
        told = f"{self.part.name}: {self.kept} of at least {self.minimum} {self.part.counts}"
        return told if not self.not_judged else f"{told}; not judged: {self.not_judged}"


MOST: Final = 20
"""How many misses of one part are told one by one."""


@attrs.define(kw_only=True)
class Tally:
    """What is counted while a part is judged."""

    part: Part
    kept: int = 0
    missed: int = 0
    told: list[Miss] = attrs.field(factory=list[Miss])

    def note(self, name: str, wrong: Iterable[str]) -> None:
        """Count something that holds unless there is something wrong with it."""
        if not self.also(name, wrong):
            self.kept += 1

    def also(self, name: str, wrong: Iterable[str]) -> bool:
        """Add what is wrong beside what is counted, and tell whether anything is."""
        found = [Miss(name=name, promise=self.part.promise, why=each) for each in wrong]
        self.missed += len(found)
        self.told += found[: MOST - len(self.told)] if len(self.told) < MOST else []
        return bool(found)

    def result(self, minimum: int) -> PartResult:
        """Give what came of the part; at least one thing must have been judged."""
        more = self.missed - len(self.told)
        rest = (Miss(name=f"{more} more", promise=self.part.promise, why="as above"),) if more else ()
        return PartResult(part=self.part, kept=self.kept, minimum=max(minimum, 1), missed=(*self.told, *rest))


@attrs.frozen(kw_only=True)
class TierResult:
    """What came of one tier."""

    tier: Tier
    parts: tuple[PartResult, ...]
    unjudged: tuple[str, ...] = ()
    """Abilities that are claimed, that this tier is about, and that no check has seen at work."""

    @property
    def holds(self) -> bool:
        """Whether every part of it does."""
        return all(part.holds for part in self.parts)


@attrs.frozen(kw_only=True)
class TierReport:
    """The tiers that a provider was held to, in their order."""

    provider: str
    tiers: tuple[TierResult, ...]

    @property
    def reached(self) -> Tier | None:
        """The highest tier that holds, ``None`` where not even the first does."""
        held = list(takewhile(lambda result: result.holds, self.tiers))
        return held[-1].tier if held else None

    @property
    def promises(self) -> frozenset[str]:
        """The checks that passed; those of absences, which the core keeps, are not among them."""
        verdicts = (verdict for tier in self.tiers for part in tier.parts for verdict in part.verdicts)
        return frozenset(
            each.check.name for each in verdicts if each.outcome is Judgement.PASSED and each.check.absent is None
        )

    def counted(self, part: Part) -> int:
        """Give how much of a part held, 0 where it was not come to."""
        return sum(each.kept for tier in self.tiers for each in tier.parts if each.part == part)

    def reaches(self, tier: Tier) -> bool:
        """Tell whether a tier was reached."""
        reached = self.reached
        return reached is not None and list(Tier).index(reached) >= list(Tier).index(tier)

    def __str__(self) -> str:
        return "\n".join([f"{self.provider}: {self.reached or 'no tier'}", *written(self.tiers)])


def written(tiers: Iterable[TierResult]) -> list[str]:
    """Write tiers with their parts, under each part what does not hold, and where it fell short what was left out."""
    lines: list[str] = []
    for result in tiers:
        lines.append(f"{result.tier}: {'reached' if result.holds else 'missed'}")
        for part in result.parts:
            lines.append(f"  {'ok  ' if part.holds else 'MISS'} {part}")
            lines += [f"       {line}" for miss in part.missed for line in _told(miss)]
            lines += [f"       {line}" for line in _left_out(part)]
        if result.unjudged:
            lines.append(f"  claimed, and judged by nothing: {', '.join(result.unjudged)}")
    return lines


def _left_out(part: PartResult) -> Iterator[str]:
    """Say why checks were not judged of a part in which too few were."""
    if part.kept >= part.minimum:
        return
    reasons: dict[str, list[str]] = {}
    for each in part.left_out:
        reasons.setdefault(each.why, []).append(each.name)
    for why, names in reasons.items():
        yield f"not judged, for {why}: {', '.join(names)}"


def _told(miss: Miss) -> list[str]:
    return [f"{miss.name}: {miss.promise}", *(f"    {line}" for line in miss.why.splitlines())]
