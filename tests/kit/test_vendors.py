"""Every vendor's adapter keeps every promise of the kit, whatever their clouds do where the documents leave it open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

import attrs
import pytest

from sharebind import Event, Finished, Observer
from sharebind.emulator import EmulatedClock, GuessValue
from sharebind.testing import CHECKS, EmulatedRig, run
from sharebind.testing.running import POLICY
from sharebind_gizwits.rig import GizwitsRig
from sharebind_quectel.rig import QuectelRig
from sharebind_tencent.rig import TencentRig


class Onward:
    """Lets a second pass in a world after each share."""

    def __init__(self, clock: EmulatedClock) -> None:
        self._clock = clock

    def seen(self, event: Event) -> None:
        """Look for the end of a share."""
        if isinstance(event, Finished) and event.operation == "share":
            self._clock.advance(timedelta(seconds=1))


class SwiftGizwitsRig(GizwitsRig):
    """A world in which nobody waits in real time for a second of their own, as each code of a device has one."""

    def observers(self) -> tuple[Observer, ...]:
        """Move the clock of this world on."""
        return (Onward(self.clouds.clock),)


RIGS: Final[tuple[type[EmulatedRig], ...]] = (QuectelRig, TencentRig, GizwitsRig)
SWIFT: Final[tuple[type[EmulatedRig], ...]] = (QuectelRig, TencentRig, SwiftGizwitsRig)
"""The same for worlds by the dozen: what is waited for is no guess, and the test of each vendor waits once."""
BY_THE_CLOCK: Final = {"a_deadline_is_kept", "a_cancelled_call_leaves_the_account_usable"}
"""Checks that wait in real time for what no guess of a vendor's changes."""
BY_GUESSES: Final = tuple(check for check in CHECKS if check.absent is None and check.name not in BY_THE_CLOCK)


@attrs.frozen
class Worlds:
    """Makes worlds in which one open question has another answer."""

    rig: type[EmulatedRig]
    question: str
    answer: GuessValue

    def __call__(self) -> EmulatedRig:
        """Make one."""
        return self.rig(guesses={self.question: self.answer})


def answers() -> Iterator[Any]:
    """Yield every answer to every open question but those that each world starts with."""
    for rig in SWIFT:
        emulator = rig().spec().emulator
        assert emulator is not None
        for guess in emulator().GUESSES:
            for value in guess.values[1:]:
                yield pytest.param(Worlds(rig, guess.name, value), id=f"{rig.provider}-{guess.name}-{value}")


@pytest.mark.parametrize("rig", RIGS, ids=lambda rig: rig.provider)
async def test_a_vendors_adapter_keeps_every_promise(rig: type[EmulatedRig], promises: Counter[str]) -> None:
    """Each check of the kit passes, or is left out for a reason."""
    report = await run(rig)
    promises[f"{rig.provider} kept"] += len(report.kept)
    promises[f"{rig.provider} absences refused"] += len(report.refused)
    promises[f"{rig.provider} not judged"] += len(report.not_judged)
    assert not report.failed, str(report)
    assert not report.rig_broken, str(report)
    assert all(verdict.why and POLICY not in verdict.why for verdict in report.not_judged)


@pytest.mark.parametrize("worlds", tuple(answers()))
async def test_no_guess_breaks_a_promise(worlds: Worlds, promises: Counter[str]) -> None:
    """Whatever the vendor really does where its documents say nothing, the adapter keeps its promises."""
    report = await run(worlds, BY_GUESSES)
    promises[f"{worlds.rig.provider} kept under other guesses"] += len(report.kept)
    promises[f"{worlds.rig.provider} other worlds"] += 1
    assert report.kept, str(report)
    assert not report.failed, str(report)
    assert not report.rig_broken, str(report)
