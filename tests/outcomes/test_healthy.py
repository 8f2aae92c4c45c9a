"""The rows of the table are what they say: every operation is there, and succeeds where nothing goes wrong."""

from __future__ import annotations

from collections import Counter
from contextlib import nullcontext

import pytest
from tests.contracts.stage import VENDORS, error_table

from sharebind import Registry
from sharebind.capabilities import Level
from sharebind.events import Started

from .table import CODES, DIRECT, FAULTS, NOTHING, OTHERWISE
from .wishes import AFTER_ROWS, REFUSED, ROWS, Row
from .world import World

TERMS = ("share.code.", "share.person.", "share.overlap.", "share.rights", "accept.name", "bind.space", "bind.room")
"""Capabilities that are fields of an operation: they travel in the same request."""
OTHER_TERMS = frozenset({"unbind.reset", "change.to_endless", "place.home"})
LISTS = {"list.bindings": "bindings", "list.spaces": "spaces", "list.rooms": "spaces"}
"""What shows that a list was read; all others are lists of shares."""


def test_there_are_faults_enough() -> None:
    """At least sixteen faults are in the table, each once, and more than one for every outcome of a change."""
    assert len(FAULTS) == len({fault.name for fault in FAULTS}) >= 16
    outcomes = Counter(fault.outcome for fault in FAULTS)
    assert min(outcomes.values()) > 1
    assert {name for name, _ in OTHERWISE} | set(CODES) <= {fault.name for fault in FAULTS}


@pytest.mark.parametrize("vendor", VENDORS)
def test_codes_are_what_the_contracts_say(vendor: str) -> None:
    """The outcome that the table gives to a code is that of errors.yaml; the code that nobody knows is in none."""
    table = error_table(vendor)
    for fault in FAULTS:
        if fault.name in CODES:
            row = table.get(CODES[fault.name][vendor])
            if "nobody knows" in fault.name:
                assert row is None
            else:
                assert row is not None
                assert row["outcome"] == fault.outcome.value.upper()


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("vendor", VENDORS)
async def test_every_operation_of_a_vendor_is_in_the_table(vendor: str, worlds: dict[str, tuple[World, ...]]) -> None:
    """With nothing wrong each row succeeds, with one effect where it changes something; no ability is left out."""
    world, used = worlds[vendor][0], set[str]()
    for row in (*ROWS, *AFTER_ROWS):
        if row.vendor == vendor:
            used |= await without_fault(world, row)
    able = {str(name) for name, each in Registry().spec(vendor).capabilities.items() if each.level is not Level.ABSENT}
    fields = {name for name in able if name.startswith(TERMS) or name in OTHER_TERMS or is_name(name)}
    assert able - fields - used == set()


def is_name(capability: str) -> bool:
    """Tell whether a capability is to name a device while it is bound."""
    return capability.startswith("bind.by.") and capability.endswith(".name")


async def without_fault(world: World, row: Row) -> set[str]:
    """Play a row with nothing wrong, and give the abilities that it used."""
    act = await world.prepare(row)
    world.use(DIRECT, repeating=False)
    world.cloud.requests.clear()
    world.watcher.events.clear()
    world.watcher.wishes.clear()
    with pytest.raises(REFUSED[row.name]) if row.name in REFUSED else nullcontext():
        await act()
    effects = [each.operation for each in world.cloud.requests if each.effect]
    if row.role == "change":
        assert effects == [row.situation.call], row.name
    elif row.role in ("before", "after") and row.name not in REFUSED:
        assert len(effects) == 1, row.name
    assert row.situation.call in {each.operation for each in world.cloud.requests}, row.name
    assert world.cloud.violations == []
    started = {each.operation for each in world.watcher.events if isinstance(each, Started)}
    listed = {name for name in world.vendor.account().support if LISTS.get(name, "shares") in started}
    used = {str(need.capability) for wish in world.watcher.wishes for need in wish.needs()}
    return used | {str(name) for name in listed if name.startswith("list.")}


def test_nothing_is_never_an_effect() -> None:
    """No row of the table says that nothing happened to a request that was executed."""
    assert [fault.name for fault in FAULTS if fault.outcome is NOTHING and fault.done] == []
