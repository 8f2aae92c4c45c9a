"""Numbers of several rounds as one line of a table, and the targets that they are held to."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import Final

import attrs

NOISY: Final = 0.15
"""How far the rounds may lie apart before a line says that the machine was not quiet."""


@attrs.frozen
class Line:
    """One measured thing. ``target`` is what its median must not pass; ``least`` turns that round."""

    name: str
    values: Sequence[float]
    unit: str = ""
    target: float | None = None
    least: bool = False

    @property
    def middle(self) -> float:
        """The median, which one bad round does not move."""
        return median(self.values)

    @property
    def missed(self) -> bool:
        """Whether the target was missed."""
        if self.target is None:
            return False
        return self.middle < self.target if self.least else self.middle > self.target

    @property
    def noisy(self) -> bool:
        """Whether the rounds lie far apart."""
        return len(self.values) > 1 and max(self.values) - min(self.values) > NOISY * abs(self.middle)

    def cells(self) -> tuple[str, ...]:
        """Give what stands in the table: name, median, range, target, verdict."""
        spread = f"{_short(min(self.values))} to {_short(max(self.values))}" if len(self.values) > 1 else ""
        sign = "≥" if self.least else "≤"
        target = "" if self.target is None else f"{sign} {_short(self.target)}"
        verdict = "" if self.target is None else ("missed" if self.missed else "kept")
        return (
            self.name,
            f"{_short(self.middle)}{self.unit and ' ' + self.unit}",
            spread + (" ~" if self.noisy else ""),
            target,
            verdict,
        )


HEAD: Final = ("what", "median", "range", "target", "")


def table(lines: Sequence[Line]) -> str:
    """Draw lines as a table of Markdown, aligned for a terminal."""
    rows = [HEAD, *(line.cells() for line in lines)]
    widths = [max(3, *(len(row[column]) for row in rows)) for column in range(len(HEAD))]
    drawn = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    drawn.insert(1, "| " + " | ".join("-" * width for width in widths) + " |")
    return "\n".join(drawn)


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> list[float]:
    """Set the rounds of two sides against each other, each with the one right beside it."""
    return [one / other for one, other in zip(ours, theirs, strict=True)]


def _short(value: float) -> str:
    if value == 0:
        return "0"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
