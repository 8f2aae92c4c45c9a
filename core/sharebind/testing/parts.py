"""What a tier is made of: parts, each with what it counts and how much of it is the least; and what came of one."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

import attrs


class Tier(StrEnum):
    """How far an adapter has been held to the kit; each tier contains the one before it."""

    BRONZE = "bronze"
    SILVER = "silver"
    GOLD = "gold"


@attrs.frozen(kw_only=True)
class Part:
    """One part of a tier.

    ``counts`` says what is counted. ``minimum`` is how many of it must hold at the least, ``None`` where an adapter's
    own claims decide. ``checks`` names the checks of the kit that it is made of, none where it is made otherwise.
    """

    tier: Tier
    name: str
    promise: str
    counts: str
    minimum: int | None
    checks: tuple[str, ...] = ()


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

    @property
    def holds(self) -> bool:
        """Whether enough was judged, and all of that held."""
        return not self.missed and not self.not_judged and self.kept >= self.minimum

    def __str__(self) -> str:
        told = f"{self.part.name}: {self.kept} of at least {self.minimum} {self.part.counts}"
        return told if not self.not_judged else f"{told}; not judged: {self.not_judged}"


@attrs.frozen(kw_only=True)
class TierResult:
    """What came of one tier."""

    tier: Tier
    parts: tuple[PartResult, ...]

    @property
    def holds(self) -> bool:
        """Whether every part of it does."""
        return all(part.holds for part in self.parts)


@attrs.frozen(kw_only=True)
class TierReport:
    """The tiers that a provider was held to, the last one missed if it is not the one that was asked for."""

    provider: str
    tiers: tuple[TierResult, ...]

    @property
    def reached(self) -> Tier | None:
        """The highest tier that holds, ``None`` where not even the first does."""
        held = [result.tier for result in self.tiers if result.holds]
        return held[-1] if held else None

    def reaches(self, tier: Tier) -> bool:
        """Tell whether a tier was reached."""
        reached = self.reached
        return reached is not None and list(Tier).index(reached) >= list(Tier).index(tier)

    def __str__(self) -> str:
        return "\n".join([f"{self.provider}: {self.reached or 'no tier'}", *written(self.tiers)])


def written(tiers: Iterable[TierResult]) -> list[str]:
    """Write tiers with their parts, and under each part what does not hold."""
    lines: list[str] = []
    for result in tiers:
        lines.append(f"{result.tier}: {'reached' if result.holds else 'missed'}")
        for part in result.parts:
            lines.append(f"  {'ok  ' if part.holds else 'MISS'} {part}")
            lines += [f"       {line}" for miss in part.missed for line in _told(miss)]
    return lines


def _told(miss: Miss) -> list[str]:
    return [f"{miss.name}: {miss.promise}", *(f"    {line}" for line in miss.why.splitlines())]
