"""What the machine did, told at the end of a test run."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print runs, steps, vendor calls, the share of each move, and when each bad policy was found."""
    told = [each for report in terminalreporter.getreports("passed") for each in report.user_properties]
    machines = [value for name, value in told if name == "machine"]
    mutants = [value for name, value in told if name == "mutant"]
    if machines:
        terminalreporter.section("the state machine")
    for provider, counts, shares in machines:
        terminalreporter.line(_line(provider, counts))
        terminalreporter.line("    " + ", ".join(f"{move} {share:.1%}" for move, share in shares.items()))
    if mutants:
        terminalreporter.section("bad policies, and the run in which the machine found each")
    found: dict[str, list[str]] = defaultdict(list)
    for mutant, provider, run in mutants:
        found[mutant].append(f"{provider} {run}")
    for mutant, where in found.items():
        terminalreporter.line(f"{mutant}: {', '.join(where)}")


def _line(provider: str, counts: Counter[str]) -> str:
    outcomes = {each: sum(n for name, n in counts.items() if name.endswith(f" {each}")) for each in OUTCOMES}
    told = ", ".join(f"{number} {outcome}" for outcome, number in outcomes.items())
    steps, runs, calls = counts["steps"], counts["runs"], counts["vendor calls"]
    return f"{provider}: {runs} runs, {steps} steps, {calls} vendor calls; wishes: {told}"


OUTCOMES = ("value", "nothing", "unknown", "done")
"""How a wish ends: as was asked for, not at all, unknown, or done without a value."""
