"""The page of tiers is true: its numbers are those of a fresh climb, as far as that takes seconds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest

from sharebind import Registry
from sharebind.cli.check import rig_of
from sharebind.testing import Tier, check_tier, gold, replies, silver

ROOT: Final = Path(__file__).resolve().parents[2]
MEASURED: Final[dict[str, dict[str, Any]]] = json.loads(
    (ROOT / "docs/reference/tiers.json").read_text(encoding="utf-8")
)
PLACES: Final = {
    **{name: name for name in Registry().names() if name in MEASURED},
    "reference": "sharebind.testing.reference:ReferenceRig",
}


@pytest.mark.parametrize("provider", PLACES)
async def test_the_measured_counts_are_those_of_a_fresh_climb(provider: str) -> None:
    """Promises, codes and faults are counted anew; who stands at gold reaches silver, and the others what they have."""
    row = MEASURED[provider]
    report = await check_tier(rig_of(PLACES[provider]), Tier.SILVER)
    counted = (len(report.promises), report.counted(silver.CODES), report.counted(silver.FAULTS))
    assert counted == (row["promises"], row["codes"], row["faults"]), report
    assert report.reached == (Tier.SILVER if row["tier"] == "gold" else row["tier"]), report


def test_gold_was_measured_whole() -> None:
    """A row of gold has every operation and every changed answer; no other row has any."""
    for row in MEASURED.values():
        whole = (gold.FAULTS.minimum, replies.REPLIES.minimum) if row["tier"] == "gold" else (0, 0)
        assert (row["operations"], row["replies"]) == whole


def test_the_providers_of_this_tree_are_measured() -> None:
    """Every vendor in the box stands in the table, and the reference provider."""
    assert {"quectel", "tencent", "gizwits", "ewelink", "reference"} <= set(MEASURED)
