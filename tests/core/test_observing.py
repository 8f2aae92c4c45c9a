"""What observers are told, of operations and of lists."""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import attrs
import pytest

from sharebind import (
    Event,
    Finished,
    Outcome,
    ProviderError,
    Rate,
    Retried,
    Retries,
    Sent,
    Space,
    SpaceQuery,
    Started,
    UnavailableError,
    Waited,
)
from sharebind.provider import Batch, Context

from .conftest import Bench, Net

SECOND = timedelta(seconds=1)


def kinds(bench: Bench) -> list[str]:
    """Name the events in their order."""
    return [type(event).__name__ for event in bench.watcher.events]


def listing(*pages: Batch[Any] | Exception) -> Any:
    """Make a provider's list of these pages."""

    async def spaces(_query: SpaceQuery, _ctx: Context) -> AsyncIterator[Batch[Any]]:
        for page in pages:
            await asyncio.sleep(0)
            if isinstance(page, Exception):
                raise page
            yield page

    return spaces


async def no_time(_seconds: float) -> None:
    """Let a pause take no time."""


async def test_a_call_is_told_step_by_step(net: Net, bench: Bench) -> None:
    """Started, waited, sent, retried, sent, finished: each with who, what, and how often."""
    async with net.serving(net.dropping, net.saying()) as server:
        account, _ = net.account(
            server.url, rate=Rate(every=timedelta(milliseconds=20)), retries=Retries(sleep=no_time)
        )
        await account.perform(net.call(changes=False), key="k-1")
    assert kinds(bench) == ["Started", "Sent", "Retried", "Waited", "Sent", "Finished"]
    started, sent, retried, waited, again, finished = bench.watcher.events
    who: dict[str, Any] = {"account": "desk", "provider": "toy", "operation": "send", "key": "k-1"}
    assert started == Started(**who)
    assert sent == Sent(**who, call="thing", changes=False, attempt=1)
    assert isinstance(retried, Retried)
    assert attrs.evolve(retried, after=SECOND) == Retried(
        **who, call="thing", attempt=2, after=SECOND, error="UnavailableError"
    )
    assert isinstance(waited, Waited)
    assert timedelta() < waited.took < SECOND
    assert attrs.evolve(waited, took=SECOND) == Waited(**who, took=SECOND)
    assert again == Sent(**who, call="thing", changes=False, attempt=2)
    assert isinstance(finished, Finished)
    assert attrs.evolve(finished, took=SECOND) == Finished(**who, outcome=Outcome.DONE, took=SECOND)


async def test_a_wait_is_told_though_the_time_ran_out(net: Net, bench: Bench) -> None:
    """A call whose deadline passes while it waits for its turn never left, and the wait is told."""
    async with net.serving(net.saying()) as server:
        account, _ = net.account(server.url, rate=Rate(every=timedelta(hours=1)))
        await account.perform(net.call(changes=True))
        error = await net.refused(account, net.call(changes=True), within=timedelta(milliseconds=20))
        assert len(server.requests) == 1
    assert type(error) is UnavailableError
    assert kinds(bench)[3:] == ["Started", "Waited", "Finished"]
    assert bench.watcher.last.outcome is Outcome.NOTHING


async def test_a_wait_for_the_limit_of_all_is_told(net: Net, bench: Bench) -> None:
    """It is a wait like the one for the pause of a kind."""
    async with net.serving(net.saying()) as server:
        account, _ = net.account(server.url, rate=Rate(calls=1, within=timedelta(milliseconds=20)))
        for _ in range(2):
            await account.perform(net.call(changes=False))
    assert kinds(bench) == ["Started", "Sent", "Finished", "Started", "Waited", "Sent", "Finished"]


async def test_who_need_not_wait_is_not_told_of_a_wait(net: Net, bench: Bench) -> None:
    """A rate that holds nobody up makes no event."""
    async with net.serving(net.saying()) as server:
        account, _ = net.account(server.url, rate=Rate(calls=100, within=SECOND))
        for _ in range(5):
            await account.perform(net.call(changes=False))
    assert kinds(bench) == ["Started", "Sent", "Finished"] * 5


async def test_a_paced_account_holds_up_no_other(net: Net) -> None:
    """While one account waits for its turn another one's calls go out."""
    async with net.serving(net.saying()) as server:
        slow, _ = net.account(server.url, rate=Rate(every=timedelta(hours=1)))
        quick, _ = net.account(server.url)
        await slow.perform(net.call(changes=False))
        waiting = asyncio.create_task(slow.perform(net.call(changes=False)))
        await asyncio.sleep(0.01)
        await quick.perform(net.call(changes=False))
        assert not waiting.done()
        waiting.cancel()
        await asyncio.wait({waiting})


@pytest.mark.parametrize(
    ("pages", "outcome", "error"),
    [
        ((Batch(()), Batch(())), Outcome.DONE, None),
        ((Batch(()), ProviderError("no", vendor_code="5000")), Outcome.NOTHING, "ProviderError"),
        ((KeyError("secret"),), Outcome.NOTHING, "ProviderError"),
    ],
)
async def test_a_list_is_told(bench: Bench, pages: tuple[Any, ...], outcome: Outcome, error: str | None) -> None:
    """A list starts and finishes as an operation does."""
    account = bench.account(spaces=listing(*pages))
    if error is None:
        await account.spaces().all()
    else:
        with pytest.raises(ProviderError):
            await account.spaces().all()
    started, finished = bench.watcher.events
    assert started == Started(account="desk", provider="toy", operation="spaces")
    assert isinstance(finished, Finished)
    assert (finished.operation, finished.outcome, finished.error) == ("spaces", outcome, error)


async def test_a_list_that_is_given_up_is_finished(bench: Bench) -> None:
    """Who stops reading has read what they wanted, and a cancelled one is told as that."""
    account = bench.account(spaces=listing(*[Batch((Space("a"), Space("b")))] * 3))
    walk = account.spaces().__aiter__()
    await anext(walk)
    await walk.aclose()  # type: ignore[attr-defined]  # it is a generator, which an iterator need not be
    assert (bench.watcher.last.outcome, bench.watcher.last.error) == (Outcome.DONE, None)

    async def hang(_query: SpaceQuery, _ctx: Context) -> AsyncIterator[Batch[Any]]:
        await asyncio.sleep(60)
        yield Batch(())

    task = asyncio.create_task(bench.account(spaces=hang).spaces().all())
    await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.wait({task})
    assert (bench.watcher.last.outcome, bench.watcher.last.error) == (Outcome.NOTHING, "CancelledError")


async def test_a_lists_time_is_that_of_reading(bench: Bench) -> None:
    """What the caller does between two items is no part of it."""
    account = bench.account(spaces=listing(Batch((Space("a"),)), Batch((Space("b"),))))
    async for _ in account.spaces():
        await asyncio.sleep(0.05)
    assert bench.watcher.last.took < timedelta(seconds=0.05)


async def test_nobody_is_told_where_nobody_listens(net: Net, bench: Bench) -> None:
    """Without an observer no event is made."""
    async with net.serving(net.saying()) as server:
        account, carrier = net.account(server.url, observers=[])
        await account.perform(net.call(changes=False))
        assert carrier.stages
    assert bench.watcher.events == []


def test_events_are_frozen_values() -> None:
    """They compare, pickle, and cannot be changed."""
    who: dict[str, Any] = {"account": "a", "provider": "p", "operation": "o"}
    events: list[Event] = [
        Started(**who),
        Waited(**who, took=SECOND),
        Sent(**who, call="c", changes=True, attempt=1),
        Retried(**who, call="c", attempt=2, after=SECOND, error="E"),
        Finished(**who, outcome=Outcome.DONE, took=SECOND),
    ]
    for event in events:
        assert pickle.loads(pickle.dumps(event)) == event  # noqa: S301 - made a moment ago
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            event.account = "b"  # type: ignore[misc]  # that is what is refused
