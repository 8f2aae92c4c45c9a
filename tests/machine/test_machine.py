"""People, codes, clocks and bad networks at four vendors, against a model and the vendors' own books."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .ewelink import Ewelink
from .gizwits import Gizwits
from .machine import RUNS, STEPS, explore
from .model import Law
from .moves import MOVES
from .mutants import HARMLESS, MUTANTS
from .quectel import Quectel
from .run import Broken
from .stage import stage_of
from .tencent import Tencent

LAWS = {law.provider: law for law in (Quectel(), Tencent(), Gizwits(), Ewelink())}
MANY = 5_000
"""From so many steps on every move has surely come often enough."""

LONGEST = 300
"""In so many runs every bad policy is found."""


@pytest.mark.parametrize("law", LAWS.values(), ids=LAWS)
def test_model_books_and_library_agree(law: Law, record_property: Callable[[str, object], None]) -> None:
    """Whatever happens, in whatever order, the library tells what the vendor's books show, and does what was asked."""
    with stage_of(law.provider) as stage:
        explore(stage, law, RUNS)
        counts = stage.counts
    assert counts["steps"] >= 0.8 * RUNS * STEPS
    shares = {move.__name__: counts[f"rule {move.__name__}"] / counts["steps"] for move in MOVES}
    if counts["steps"] >= MANY:
        assert min(shares.values()) > 0.01, f"too rare: {min(shares, key=lambda move: shares[move])}"
    record_property("machine", (law.provider, counts, shares))


@pytest.mark.parametrize("mutant", MUTANTS)
@pytest.mark.parametrize("law", LAWS.values(), ids=LAWS)
def test_a_bad_policy_is_found(law: Law, mutant: str, record_property: Callable[[str, object], None]) -> None:
    """An account that does this one thing wrong is found out."""
    if (mutant, law.provider) in HARMLESS:
        pytest.skip("this vendor gives no occasion for it")
    with stage_of(law.provider) as stage:
        stage.tamper = MUTANTS[mutant]
        with pytest.raises(Broken):
            explore(stage, law, LONGEST, shrink=False)
        record_property("mutant", (mutant, law.provider, stage.found))
