"""The conformance kit of sharebind on this adapter, as any author of an adapter runs it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import pytest

from sharebind.emulator import GuessValue
from sharebind.testing import CHECKS, run
from sharebind.testing.suite import ConformanceSuite
from sharebind_ewelink.emulator import EwelinkCloud
from sharebind_ewelink.rig import EwelinkRig

BY_THE_CLOCK: Final = {"a_deadline_is_kept", "a_cancelled_call_leaves_the_account_usable"}
"""Checks that wait in real time for what no guess changes."""

BY_GUESSES: Final = tuple(check for check in CHECKS if check.absent is None and check.name not in BY_THE_CLOCK)
UNPACED: Final = "limits"
"""The rig is not paced, so a cloud that keeps the limits refuses it: test_adapter_pacing has that world."""


class TestKit(ConformanceSuite):
    """Every promise of the kit, each in a fresh world."""

    make_rig = EwelinkRig


def other_answers() -> Iterator[Any]:
    """Yield every answer to every open question but those that each world starts with."""
    for guess in EwelinkCloud.GUESSES:
        for value in guess.values[1:]:
            if guess.name != UNPACED:
                yield pytest.param(guess.name, value, id=f"{guess.name}-{value}")


@pytest.mark.parametrize(("question", "answer"), tuple(other_answers()))
async def test_no_guess_breaks_a_promise(question: str, answer: GuessValue) -> None:
    """Whatever the vendor really does where its documents say nothing, the adapter keeps its promises."""
    report = await run(lambda: EwelinkRig(guesses={question: answer}), BY_GUESSES)
    assert not report.failed, str(report)
    assert not report.rig_broken, str(report)


async def test_the_kit_judges_what_this_vendor_can_do() -> None:
    """What is left out is left out for a capability that the vendor lacks, or has, never for want of staging."""
    report = await run(EwelinkRig)
    assert len(report.kept) >= 50
    assert len(report.refused) >= 40
    lacking = [
        verdict for verdict in report.not_judged if " is absent" not in verdict.why and " is native" not in verdict.why
    ]
    assert not lacking, str(lacking)
