"""The state machine: hypothesis chooses the moves, and finds the shortest story in which something breaks."""

from __future__ import annotations

import gc
import os
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from .model import DEVICES, Law
from .moves import MOODS, MOST, Pick
from .play import Play
from .stage import Stage

STEPS: Final = 50
RUNS: Final = int(os.environ.get("SHAREBIND_MACHINE_RUNS", "25"))
"""How many runs of 50 steps each vendor gets: the one place where this is read."""

_COLLECT: Final = 50_000


def machine_of(stage: Stage, law: Law) -> type[RuleBasedStateMachine]:
    """Make the machine of one vendor.

    It has one rule, and draws one number for a step: with a rule for each move hypothesis takes twice the time.
    """

    class People(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            stage.counts["runs"] += 1
            self.play = Play(stage, law)
            self.moves = MOODS[0]
            for device in range(DEVICES):
                self.play.bind("owner", device)

        @initialize(mood=st.integers(0, len(MOODS) - 1))
        def begin(self, mood: int) -> None:
            self.moves = MOODS[mood]

        @rule(how=st.integers(0, MOST))
        def move(self, how: int) -> None:
            pick = Pick(how)
            move = pick.of(self.moves)
            self.play.begin(move.__name__)
            move(self.play, pick)

    return People


def explore(stage: Stage, law: Law, runs: int, *, shrink: bool = True) -> None:
    """Run the machine until it has made as many steps as so many runs have; what breaks is told by its shortest story.

    A few runs are shorter than 50 steps, since hypothesis tries short ones as well: so there are some more of them.
    """
    with _calm_memory():
        run_state_machine_as_test(
            machine_of(stage, law),
            settings=settings(
                max_examples=runs + runs // 50 + 1,
                stateful_step_count=STEPS + 1,  # the first one chooses the mood
                database=None,
                deadline=None,
                derandomize=True,
                phases=(Phase.generate, Phase.shrink) if shrink else (Phase.generate,),
                print_blob=False,
                report_multiple_bugs=False,
                suppress_health_check=(
                    HealthCheck.too_slow,
                    HealthCheck.data_too_large,
                    HealthCheck.large_base_example,
                ),
            ),
        )


@contextmanager
def _calm_memory() -> Generator[None]:
    """Collect garbage less often: what hypothesis keeps of every run is no garbage, and looked through each time."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(_COLLECT, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
