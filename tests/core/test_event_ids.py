"""The number that tells which events belong together."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from sharebind import Event, Rate, Retries, Sharebind, Space, SpaceQuery
from sharebind.emulator import Clouds
from sharebind.provider import Batch, Context

from .conftest import Bench, Net, Watcher


def by_id(events: list[Event]) -> list[list[str]]:
    """Group the names of the events by their number, in the order of the first of each."""
    found = defaultdict[int, list[str]](list)
    for event in events:
        found[event.id].append(type(event).__name__)
    return list(found.values())


async def no_time(_seconds: float) -> None:
    """Let a pause take no time."""


async def test_all_events_of_a_call_have_one_number(net: Net, bench: Bench) -> None:
    """Whatever happens to one operation is told under one number, and the next operation has another."""
    async with net.serving(net.dropping, net.saying()) as server:
        account, _ = net.account(
            server.url, rate=Rate(every=timedelta(milliseconds=20)), retries=Retries(sleep=no_time)
        )
        await account.perform(net.call(changes=False))
        await account.perform(net.call(changes=False, path="/v2/other"))
    first, second = by_id(bench.watcher.events)
    assert first == ["Started", "Sent", "Retried", "Waited", "Sent", "Finished"]
    assert (second[0], second[-1]) == ("Started", "Finished")


async def test_calls_at_once_are_told_apart(net: Net, bench: Bench) -> None:
    """Two operations of one account that run side by side, with one key, have two numbers."""
    async with net.serving(net.saying()) as server:
        account, _ = net.account(server.url)
        await asyncio.gather(*(account.perform(net.call(changes=False), key="k") for _ in range(2)))
    assert bench.watcher.events[2].id != bench.watcher.events[0].id, "they did not run side by side"
    assert by_id(bench.watcher.events) == [["Started", "Sent", "Finished"]] * 2


async def test_lists_that_are_read_in_turns_are_told_apart(bench: Bench) -> None:
    """Two lists of one account that one task reads in turns have two numbers."""

    async def spaces(_query: SpaceQuery, _ctx: Context) -> AsyncIterator[Batch[Any]]:
        for name in "ab":
            yield Batch((Space(name),))

    account = bench.account(spaces=spaces)
    one, other = (aiter(account.spaces()) for _ in range(2))
    assert [await anext(one), await anext(other)] == [Space("a"), Space("a")]
    for walk in (one, other):
        assert await anext(walk) == Space("b")
        with pytest.raises(StopAsyncIteration):
            await anext(walk)
    assert by_id(bench.watcher.events) == [["Started", "Finished"]] * 2


async def test_a_sign_in_has_the_number_of_the_call_that_began_it(clouds: Clouds) -> None:
    """The requests beside an operation are told under its number, with an operation of their own."""
    cloud, watcher = clouds["quectel"], Watcher()
    person = cloud.user("owner")
    async with Sharebind(clock=clouds.clock, observers=[watcher]) as sharebind:
        settings = {"base_url": cloud.base_url, "email": person.email, "password": person.password, **cloud.app}
        await sharebind.open_account("quectel", settings, name="home").me()
    assert by_id(watcher.events) == [["Started", "Sent", "Sent", "Finished"]]
    assert [event.operation for event in watcher.events] == ["me", "sign_in", "me", "me"]
