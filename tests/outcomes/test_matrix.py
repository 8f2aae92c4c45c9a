"""Sixteen faults and more, on every operation of every vendor: the caller is told what became of it.

Each test plays one operation under every fault. What is promised of a cell stands in ``judged``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import nullcontext
from typing import Final, TypeAlias

import pytest

from sharebind import IncompleteListError, OutcomeUnknownError, SignInError, UnavailableError

from .conftest import Count, Tally
from .table import ATTEMPTS, DONE, NOT_SETTLED, NOTHING, SAFE, SEALED, UNKNOWN, Fault, faults_of
from .wishes import ROWS, Row
from .world import ALWAYS, ONCE, PASSING, Played, World

Cell: TypeAlias = tuple[Fault, str]
CLASSES: Final = {NOTHING: UnavailableError, UNKNOWN: OutcomeUnknownError}


def raised_by(fault: Fault) -> type[BaseException]:
    """Say what a caller gets for a fault of a changing request."""
    return asyncio.CancelledError if fault.cancels else fault.error or CLASSES[fault.outcome]


def modes(row: Row, fault: Fault) -> tuple[str, ...]:
    """Say in which ways a cell is played: where repeating makes a difference, also with a fault that passes."""
    if fault.waits or fault.cancels or not fault.again:  # the time for repeating is over, or nothing is to be gained
        return (ALWAYS,)
    always = PASSING if fault.passes else ALWAYS
    if row.role == "change" and row.situation.kind in SAFE:
        return tuple(dict.fromkeys((always, PASSING, ONCE)))
    if row.role in ("read", "part") or (row.role == "change" and fault.outcome is NOTHING):
        return tuple(dict.fromkeys((always, PASSING)))
    return (always,)


def judged(row: Row, fault: Fault, mode: str, played: Played) -> Iterator[str]:
    """Yield what is wrong with a cell."""
    if not played.struck:
        yield "the fault did not happen"
    yield from played.violations
    # A list that was read with gaps was read; that gaps are an error is between the caller and the list.
    if played.told is not (DONE if isinstance(played.error, IncompleteListError) else played.outcome):
        yield f"observers were told {played.told}"
    lost = played.outcome is DONE and row.role in ("change", "before") and not played.effects
    if lost or (played.outcome is NOTHING and played.effects):
        yield f"{played.effects} effects, and it says {played.outcome}"
    if row.role == "change":
        yield from change_judged(row, fault, mode, played)
    else:
        if played.outcome is UNKNOWN:
            yield "a request that changes nothing leaves the outcome open"
        once = row.role == "session" or mode == ONCE or not fault.again
        if played.most_of_one > (1 if once else ATTEMPTS):
            yield f"{played.most_of_one} attempts"
        if row.role in ("read", "part") and (played.outcome is DONE) is not (mode == PASSING):
            yield "the caller is not told what the read gave"


def change_judged(row: Row, fault: Fault, mode: str, played: Played) -> Iterator[str]:
    """Yield what is wrong with a cell whose changing request was hit."""
    safe = row.situation.kind in SAFE
    most = ATTEMPTS if mode != ONCE and fault.again and (safe or fault.outcome is NOTHING) else 1
    if played.attempts > most or played.arrived > most:
        yield f"{played.attempts} attempts, of which {played.arrived} arrived"
    if mode == PASSING and most > 1:
        doubt = fault.done and (row.vendor, row.situation.call) in NOT_SETTLED
        if played.outcome is not DONE and not (doubt and played.outcome is UNKNOWN):
            yield f"it was repeated, and ended as {played.outcome}"
        if not safe and played.effects != 1:
            yield f"it was repeated, and had {played.effects} effects"
        return
    if played.outcome is not fault.outcome or type(played.error) is not raised_by(fault):
        yield f"the table says {fault.outcome}"
    if (played.effects < fault.done) if safe and mode == ALWAYS else (played.effects != fault.done):
        yield f"{played.effects} effects, and the table says {int(fault.done)}"


async def wrong_cells(world: World, row: Row, some: tuple[Cell, ...], count: Count) -> list[str]:
    """Play some cells of one row, and tell what is wrong."""
    wrong: list[str] = []
    for fault, mode in some:
        played = await world.play(row, fault, mode)
        wrong += [f"{fault.name}, {mode}: {each} ({played.error!r})" for each in judged(row, fault, mode, played)]
        if mode != PASSING:  # there it has worked on already
            await works_on(world, row, fault, played)
        count(row, fault.name, mode, played.outcome)
    return wrong


async def works_on(world: World, row: Row, fault: Fault, played: Played) -> None:
    """Use the account once more; only a session that may have ended need not be there."""
    ended = pytest.raises(SignInError) if row.situation.kind == "sign_out" and played.effects else nullcontext()
    with ended:
        await world.read_again(row, played.actor, waited=fault.waits)


def cells(row: Row) -> tuple[tuple[Cell, ...], ...]:
    """Give the cells of a row in three parts: those that are quick, those that wait, and the rest, which wait too."""
    found = [
        (fault, mode) for fault in faults_of(row.vendor, changing=row.role == "change") for mode in modes(row, fault)
    ]
    waiting = tuple(cell for cell in found if cell[0].waits)
    others = tuple(cell for cell in found if cell not in waiting and (cell[0].cancels or cell[0].line == SEALED))
    return tuple(cell for cell in found if cell not in (*waiting, *others)), waiting, others


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("row", [pytest.param(row, id=row.name) for row in ROWS])
async def test_every_fault_has_the_outcome_of_the_table(
    row: Row, worlds: dict[str, tuple[World, ...]], count: Count
) -> None:
    """Whatever goes wrong with a request, class, effects and attempts are the table's, and the account works on."""
    # What passes its time with waiting is played beside the rest, each in a world of its own.
    parts = zip(worlds[row.vendor], cells(row), strict=True)
    found = await asyncio.gather(*(wrong_cells(world, row, part, count) for world, part in parts))
    wrong = [each for some in found for each in some]
    assert not wrong, "\n".join(wrong)


def test_no_cell_was_left_out(tally: Tally, request: pytest.FixtureRequest) -> None:
    """Every cell of every row that this run was asked for was played."""
    asked = [getattr(each, "callspec", None) for each in request.session.items]
    rows = [row for each in asked if each is not None and (row := each.params.get("row")) in ROWS]
    wanted = {(row.name, f"{fault.name}, {mode}") for row in rows for part in cells(row) for fault, mode in part}
    assert wanted - {(name, cell) for *_, name, cell, _ in tally} == set()
