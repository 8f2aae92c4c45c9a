"""The number of promises that the kit held each provider to."""

from __future__ import annotations

from collections import Counter

import pytest

PROMISES = pytest.StashKey[Counter[str]]()


def pytest_configure(config: pytest.Config) -> None:
    """Start counting."""
    config.stash[PROMISES] = Counter()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say how many promises were kept, and how many absences refused, by provider and by world."""
    counted = config.stash.get(PROMISES, Counter[str]())
    if counted:
        told = ", ".join(f"{what} {count}" for what, count in sorted(counted.items()))
        terminalreporter.write_line(f"conformance: {told}")


@pytest.fixture
def promises(pytestconfig: pytest.Config) -> Counter[str]:
    """Give the counts, to be added to."""
    return pytestconfig.stash[PROMISES]
