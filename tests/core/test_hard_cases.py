"""Cases that were wrong once: used-up connections, ends that are no errors, deadlines that nobody kept."""

from __future__ import annotations

import asyncio
import gc
import json
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from typing import Any

import attrs
import pytest

from sharebind import (
    NO_RETRIES,
    ConfigurationError,
    Event,
    Finished,
    Operation,
    Outcome,
    Retries,
    Secret,
    Sharebind,
    SpaceQuery,
    UnavailableError,
)
from sharebind.provider import Batch, Context

from .conftest import Bench, Carrier, Net, Wire

SURPLUS = [
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
    b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n",
]


async def no_time(_seconds: float) -> None:
    """Let a pause take no time."""


class ForeignError(BaseException):
    """What ends a program or a test in ways of its own."""


# -------------------------------------------------------------------------------------------------- used-up connections


@pytest.mark.parametrize("surplus", SURPLUS, ids=["an answer", "a timeout"])
async def test_what_nobody_asked_for_is_nobodys_answer(net: Net, bench: Bench, surplus: bytes) -> None:
    """What a server says on an idle connection is not taken for the next request's answer, of whichever account."""

    async def saying_whose(wire: Wire) -> None:
        line = next(each for each in net_requests[-1].split(b"\r\n") if each.lower().startswith(b"authorization"))
        await wire.say(json.dumps({"of": line.split()[-1].decode()}).encode())
        if len(net_requests) == 1:
            await asyncio.sleep(0.005)
            wire.writer.write(surplus)
            await wire.writer.drain()

    async with net.serving(saying_whose) as server:
        net_requests = server.requests
        opened = bench.open(
            attrs.evolve(bench.spec(), factory=lambda _settings, setup: Carrier(setup)), retries=Retries(sleep=no_time)
        )
        for who in ("anna", "boris", "carla"):
            account = opened.open_account("toy", {"base_url": server.url}, name=who)
            for changes in (False, True):
                call = net.call(changes=changes, method="PUT", headers={"Authorization": Secret(who)})
                reply = await account.perform(call, within=timedelta(seconds=2))
                assert reply.body == {"of": who}
                await asyncio.sleep(0.02)
        assert len(server.requests) == 6
    assert server.connections == 2


# ---------------------------------------------------------------------------------------------------- ends of all kinds


async def test_a_call_that_is_closed_midway_is_not_done(bench: Bench) -> None:
    """A coroutine that is closed after its change was sent leaves that unknown."""

    async def sign_out(_op: Any, ctx: Context) -> None:
        await ctx.effect()
        await asyncio.sleep(60)

    call = bench.account(sign_out=sign_out).sign_out()
    task = asyncio.ensure_future(call)
    await asyncio.sleep(0.01)
    call.close()
    task.cancel()
    await asyncio.wait({task})
    assert (bench.watcher.last.outcome, bench.watcher.last.error) == (Outcome.UNKNOWN, "GeneratorExit")


async def test_an_end_of_another_kind_before_anything_was_sent_is_nothing(net: Net, bench: Bench) -> None:
    """Whatever a policy ends the program by, nothing was sent, and observers hear that."""

    class Ending:
        async def review(self, _op: Operation[Any], _account: str) -> str | None:
            raise ForeignError

    async with net.serving(net.saying()) as server:
        account, _ = net.account(server.url, policies={"ending": Ending()})
        with pytest.raises(ForeignError):
            await account.perform(net.call(changes=True))
        assert server.requests == []
    assert (bench.watcher.last.outcome, bench.watcher.last.error) == (Outcome.NOTHING, "ForeignError")


async def test_a_list_that_ends_in_another_way_is_not_done(bench: Bench) -> None:
    """The same for lists."""

    async def spaces(_query: SpaceQuery, _ctx: Context) -> AsyncIterator[Batch[Any]]:
        yield Batch(())
        raise ForeignError

    with pytest.raises(ForeignError):
        await bench.account(spaces=spaces).spaces().all()
    assert (bench.watcher.last.outcome, bench.watcher.last.error) == (Outcome.NOTHING, "ForeignError")


async def test_an_observers_cancellation_stays_its_own(net: Net, bench: Bench) -> None:
    """An observer that comes by a cancelled future's error cancels nobody's call."""

    class Reading:
        def seen(self, event: Event, /) -> None:
            if isinstance(event, Finished):
                future = asyncio.get_running_loop().create_future()
                future.cancel()
                future.result()

    async with net.serving(net.saying()) as server:
        account, _ = net.account(server.url, observers=[Reading()])
        assert (await account.perform(net.call(changes=True))).readable
    assert bench.last.observer_failures == 1


async def test_who_waits_for_a_connection_when_the_host_closes_is_told(net: Net, bench: Bench) -> None:
    """Closing cancels nobody: whoever had no connection yet hears that it is closed, and nothing was sent."""
    async with net.serving(net.silent) as server:
        account, _ = net.account(server.url, retries=NO_RETRIES)
        calls = [asyncio.ensure_future(account.perform(net.call(changes=True))) for _ in range(105)]
        for _ in range(1_000):
            await asyncio.sleep(0.01)
            if len(server.requests) >= 100:
                break
        await asyncio.sleep(0.05)  # time for one too many
        sent = len(server.requests)
        await bench.last.aclose()
        ends: list[Any] = await asyncio.gather(*calls, return_exceptions=True)
    assert sorted({type(each).__name__ for each in ends}) == ["ConfigurationError", "OutcomeUnknownError"]
    assert sum(each.outcome is Outcome.UNKNOWN for each in ends) == sent == 100


# --------------------------------------------------------------------------------------------------------- the deadline


@pytest.mark.parametrize("how", ["blocks", "swallows"])
async def test_nothing_leaves_after_the_deadline(net: Net, how: str) -> None:
    """A policy that blocks the event loop, or swallows the cancellation, sends nothing late."""

    class Slow:
        async def review(self, _op: Operation[Any], _account: str) -> str | None:
            if how == "blocks":
                time.sleep(0.1)  # noqa: ASYNC251 - that is what it does wrong
                return None
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(60)
            return None

    async with net.serving(net.saying()) as server:
        account, _ = net.account(server.url, policies={"slow": Slow()})
        error = await net.refused(account, net.call(changes=True), within=timedelta(milliseconds=50))
        assert server.requests == []
    assert type(error) is UnavailableError


# ---------------------------------------------------------------------------------------------------------- event loops


async def test_another_event_loop_is_told(net: Net) -> None:
    """One Sharebind belongs to one loop: on another one it says so, and nothing is sent."""
    async with net.serving(net.saying()) as server:
        account, _ = net.account(server.url)
        await account.perform(net.call(changes=False))

        def elsewhere() -> ConfigurationError:
            async def call() -> ConfigurationError:
                with pytest.raises(ConfigurationError, match="another event loop") as told:
                    await account.perform(net.call(changes=True))
                return told.value

            with asyncio.Runner() as runner:
                return runner.run(call())

        assert (await asyncio.to_thread(elsewhere)).outcome is Outcome.NOTHING
        assert len(server.requests) == 1


# --------------------------------------------------------------------------------------------------------------- memory


async def test_closed_accounts_leave_no_address_behind() -> None:
    """Where every account has an address of its own, none is kept for ever."""
    async with Sharebind() as sharebind:
        for number in range(3000):
            settings = {"token": "t", "base_url": f"https://u{number}.example.com"}
            sharebind.open_account("quectel", settings, name="desk").close()
        gc.collect()  # an account and its adapter know each other
        assert sharebind._pool is not None
        assert len(sharebind._pool._budgets) < 100
