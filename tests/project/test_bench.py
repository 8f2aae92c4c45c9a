"""The bench: that it measures, and judges what it measured. No time is asserted here."""

import pytest
from tests.bench.__main__ import Size, running
from tests.bench.table import Line, ratios, table

TINY = Size(rounds=1, wishes=8, single_flight=4, other=8, warm=64)


def test_the_bench_measures() -> None:
    """Both sides do the same wishes at the clouds, and none of their requests is one that no vendor would take."""
    with running(TINY) as bench:
        lines = bench.calls(1)
    assert [line.name.partition(": ")[2] for line in lines] == [
        "CPU per call, plain loop",
        "CPU per call, sharebind",
        "CPU per call, ratio",
        "calls/s, plain loop",
        "calls/s, ratio",
    ]
    assert all(value > 0 for line in lines for value in line.values)


@pytest.mark.parametrize(
    ("values", "target", "least", "missed"),
    [
        ([1.0, 1.2, 9.0], 1.25, False, False),
        ([1.0, 1.3, 1.3], 1.25, False, True),
        ([0.1, 0.8, 0.9], 0.8, True, False),
        ([0.7, 0.7, 0.9], 0.8, True, True),
        ([9.0], None, False, False),
    ],
)
def test_the_median_is_held_to_the_target(values: list[float], target: float | None, least: bool, missed: bool) -> None:
    """One bad round misses no target, most of them do, and a target may be a least or a most."""
    assert Line("x", values, target=target, least=least).missed is missed


def test_a_noisy_line_says_so() -> None:
    """Rounds that lie more than 15 % apart are marked, so that nobody trusts them too much."""
    quiet, noisy = Line("quiet", [1.0, 1.05, 1.1]), Line("noisy", [1.0, 1.05, 1.3], target=1.25)
    assert (quiet.noisy, noisy.noisy) == (False, True)
    drawn = table([quiet, noisy]).splitlines()
    assert ("~" in drawn[2], "~" in drawn[3], "kept" in drawn[3]) == (False, True, True)


def test_rounds_are_compared_with_their_neighbours() -> None:
    """A ratio is that of two rounds that ran one after the other, whatever the machine did between others."""
    assert ratios([2.0, 20.0], [1.0, 10.0]) == [2.0, 2.0]
