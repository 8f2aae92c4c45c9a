"""Running worlds for the table of outcomes, and the count of the cells that were played."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack
from typing import Final, TypeAlias

import pytest
import pytest_asyncio
from tests.contracts.stage import VENDORS

from sharebind import Outcome

from .table import FAULTS
from .wishes import Row
from .world import World, opened

Tally: TypeAlias = Counter[tuple[str, str, str, str, str, Outcome]]
"""Cells that were played: vendor, role, kind and name of the request, fault and mode, and what came of it."""
Count: TypeAlias = Callable[[Row, str, str, Outcome], None]
"""Takes a row, its fault and mode, and the outcome of one cell that was played."""

WORLDS: Final = 3
PLAYED = pytest.StashKey[Tally]()


def pytest_configure(config: pytest.Config) -> None:
    """Start counting."""
    config.stash[PLAYED] = Counter()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the table: for each vendor and kind of operation the faults, and what came of them."""
    played = config.stash.get(PLAYED, Counter[tuple[str, str, str, str, str, Outcome]]())
    if not played:
        return
    line = terminalreporter.write_line
    line(f"outcomes: {len(FAULTS)} faults, {sum(played.values())} cells played")
    line(f"  {'vendor':<8} {'operation':<14} {'hit':<8} requests  cells  nothing     done  unknown")
    for vendor in VENDORS:
        for kind, role in sorted({(kind, role) for name, role, kind, *_ in played if name == vendor}):
            here = {key: count for key, count in played.items() if key[:3] == (vendor, role, kind)}
            of = {each: sum(count for key, count in here.items() if key[-1] is each) for each in Outcome}
            requests, cells = len({key[3] for key in here}), sum(here.values())
            told = f"{of[Outcome.NOTHING]:>8} {of[Outcome.DONE]:>8} {of[Outcome.UNKNOWN]:>8}"
            line(f"  {vendor:<8} {kind:<14} {role:<8} {requests:>8} {cells:>6} {told}")


@pytest.fixture
def tally(pytestconfig: pytest.Config) -> Tally:
    """Give the cells that were played so far."""
    return pytestconfig.stash[PLAYED]


@pytest.fixture
def count(tally: Tally) -> Count:
    """Give what counts a cell."""

    def note(row: Row, fault: str, mode: str, outcome: Outcome) -> None:
        tally[row.vendor, row.role, row.situation.kind, row.name, f"{fault}, {mode}", outcome] += 1

    return note


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def worlds() -> AsyncGenerator[dict[str, tuple[World, ...]]]:
    """Open three worlds of every vendor for one module."""
    async with AsyncExitStack() as stack:
        yield {
            vendor: tuple([await stack.enter_async_context(opened(vendor)) for _ in range(WORLDS)])
            for vendor in VENDORS
        }
