"""The kit catches what it names: each mutant of the reference provider fails at its check."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import pytest

from sharebind.testing import CHECKS, Check, Judgement, judge
from sharebind.testing.reference import ReferenceProvider

from .mutants import (
    CAUGHT_BY,
    DISGUISED,
    FOUND_BY_A_NEWCOMER,
    TAKEN_FOR_READS,
    LogsTheCode,
    PrintsTheCode,
    Rigs,
    ShowsTheToken,
)
from .mutants_of_terms import (
    NOBODY_TELLS,
    OF_TERMS,
    DropsTheRightsAndAssumesThem,
    DropsTheRightsInSilence,
    NamesNoRights,
)

BY_NAME: Final[Mapping[str, Check]] = {check.name: check for check in CHECKS}
ALL: Final = [
    *CAUGHT_BY.items(),
    *DISGUISED.items(),
    *FOUND_BY_A_NEWCOMER.items(),
    *((mutant, name) for mutant, names in OF_TERMS.items() for name in names),
]


def _named(case: object) -> str:
    return case.__name__ if isinstance(case, type) else str(case)


@pytest.mark.parametrize(("mutant", "name"), ALL, ids=_named)
async def test_a_mutant_is_caught_by_its_check(mutant: type[ReferenceProvider], name: str) -> None:
    """The check that names a fault fails on the adapter that has it."""
    verdict = await judge(BY_NAME[name], Rigs(mutant))
    assert verdict.outcome is Judgement.FAILED, verdict


@pytest.mark.parametrize("mutant", TAKEN_FOR_READS, ids=lambda mutant: mutant.CALL)
async def test_a_change_that_is_declared_as_a_read_is_caught(mutant: type[ReferenceProvider]) -> None:
    """Whichever changing call it is, its lost answer tells, and the verdict says what to look at."""
    verdict = await judge(BY_NAME["a_lost_answer_is_told"], Rigs(mutant))
    assert verdict.outcome is Judgement.FAILED, verdict
    assert "changes=True?" in verdict.why


@pytest.mark.parametrize("mutant", [LogsTheCode, PrintsTheCode, ShowsTheToken])
async def test_a_leak_is_told_without_what_leaked(mutant: type[ReferenceProvider]) -> None:
    """The verdict says where a secret was seen, and does not show it once more."""
    verdict = await judge(BY_NAME[FOUND_BY_A_NEWCOMER[mutant]], Rigs(mutant))
    assert " shows " in verdict.why
    assert "access-" not in verdict.why


@pytest.mark.parametrize("name", sorted({name for _, name in ALL}))
async def test_the_unmutated_provider_passes_the_same_check(name: str) -> None:
    """It is the fault that fails, and not the check."""
    verdict = await judge(BY_NAME[name], Rigs(ReferenceProvider))
    assert verdict.outcome is Judgement.PASSED, verdict


@pytest.mark.parametrize("mutant", [DropsTheRightsInSilence, DropsTheRightsAndAssumesThem])
@pytest.mark.parametrize("name", NOBODY_TELLS)
async def test_rights_that_nothing_tells_of_are_not_judged(mutant: type[ReferenceProvider], name: str) -> None:
    """A check passes by what it saw: where neither an answer nor a list tells of rights there is no verdict."""
    verdict = await judge(BY_NAME[name], Rigs(mutant))
    assert verdict.outcome is Judgement.NOT_JUDGED, verdict
    assert "nothing at reference tells which rights somebody has" in verdict.why


@pytest.mark.parametrize("name", [name for name in NOBODY_TELLS if "unasked" not in name])
async def test_rights_without_a_name_are_not_judged(name: str) -> None:
    """Where no right has a name nothing could be asked for, so nothing is seen to be given."""
    verdict = await judge(BY_NAME[name], Rigs(NamesNoRights))
    assert verdict.outcome is Judgement.NOT_JUDGED, verdict
    assert "names no right for" in verdict.why


def test_there_are_eight_mutants_and_each_has_a_check_of_its_own() -> None:
    """No two of the eight faults hide behind one check."""
    assert len(CAUGHT_BY) == len(set(CAUGHT_BY.values())) == 8


def test_a_mutant_changes_one_thing() -> None:
    """A mutant overrides one method of the provider; a disguised one may need a second to hide the first."""
    assert {len(_overridden(mutant)) for mutant in CAUGHT_BY} == {1}
    assert {len(_overridden(mutant)) for mutant in DISGUISED} <= {1, 2}


def _overridden(mutant: type[ReferenceProvider]) -> list[Callable[..., object]]:
    return [value for value in vars(mutant).values() if callable(value)]
