"""A call that is cancelled at any step of the event loop leaves everything as it was, or done, and nothing behind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Final

import aiohttp
import attrs
import pytest

from sharebind import Account, Email, Event, Finished, Outcome, Rate, Registry, Sharebind, State
from sharebind.testing.emulated import EmulatedRig
from sharebind.testing.steps import bound, granted

REGISTRY: Final = Registry()
VENDORS: Final = sorted(REGISTRY.names())
STEPS: Final = 3000
"""More than any call here takes; a call that takes them all does not end."""

PACE: Final = Rate(every=timedelta(microseconds=1), calls=100_000, within=timedelta(seconds=1))


class Seen:
    """An observer that keeps how operations ended."""

    def __init__(self) -> None:
        self.ended: list[Finished] = []

    def seen(self, event: Event, /) -> None:
        """Keep the ends."""
        if isinstance(event, Finished):
            self.ended.append(event)


@attrs.define
class World:
    """A vendor's cloud, and its people's accounts over connections that can be counted."""

    rig: EmulatedRig
    seen: Seen
    session: aiohttp.ClientSession

    @property
    def effects(self) -> int:
        """How many requests have changed something."""
        return sum(each.effect for each in self.rig.cloud.requests)

    @property
    def guest(self) -> Email:
        """The guest, as all vendors can name a person."""
        return next(each for each in self.rig.known_as(self.rig.guest) if isinstance(each, Email))

    @property
    def taken(self) -> int:
        """How many connections are in use."""
        connector = self.session.connector
        assert connector is not None
        return len(connector._acquired)

    def again(self) -> None:
        """Begin anew, with the same people and devices."""
        self.rig.cloud.reset()
        self.rig._handed_out = 0

    async def settled(self) -> None:
        """Wait until the cloud has done what it was sent, and closed connections are closed."""
        for _ in range(50):
            await asyncio.sleep(0)
        await asyncio.sleep(0.002)


@asynccontextmanager
async def world(provider: str, *, kept: bool) -> AsyncGenerator[World]:
    """Open owner, guest and other over connections that can be counted, at a pace that never waits but is kept."""
    make = REGISTRY.spec(provider).rig
    assert make is not None
    connector = aiohttp.TCPConnector(force_close=not kept)
    async with make()() as rig, aiohttp.ClientSession(connector=connector) as session:
        seen = Seen()
        async with Sharebind(registry=REGISTRY, session=session, clock=rig.clock, observers=[seen]) as sharebind:

            def opened(name: str) -> Account:
                settings = {**rig.settings(rig.cloud.user(name)), "base_url": rig.cloud.base_url}
                return sharebind.open_account(provider, settings, name=name, rate=PACE)

            rig.owner, rig.guest, rig.other = opened("owner"), opened("guest"), opened("other")
            yield World(rig, seen, session)
        assert rig.broken() == ()


async def cancelled_after(steps: int, call: Awaitable[object]) -> bool:
    """Start a call, cancel it after so many steps of the loop, and tell whether that was before its end."""
    task = asyncio.ensure_future(call)
    for _ in range(steps):
        if task.done():
            break
        await asyncio.sleep(0)
    if task.done():
        await task
        return False
    task.cancel()
    await asyncio.wait({task})
    assert task.cancelled(), f"step {steps}: the cancellation was swallowed, and {task.exception()!r} came"
    return True


Wish = Callable[[], Awaitable[Any]]


async def _share(of: World) -> Wish:
    device = await bound(of.rig)
    return lambda: of.rig.owner.share(device, to=of.guest)


async def _end(of: World) -> Wish:
    device = await bound(of.rig)
    await granted(of.rig, device)
    [share] = await of.rig.owner.shares(device=device, states={State.ACTIVE}).all()
    return lambda: of.rig.owner.end(share)


async def _bind(of: World) -> Wish:
    free = of.rig.free_device()
    space = of.rig.space_for(of.rig.owner)
    return lambda: of.rig.owner.bind(free.device, free.proofs[0], space=space)


async def _unbind(of: World) -> Wish:
    device = await bound(of.rig)
    return lambda: of.rig.owner.unbind(device)


async def _list(of: World) -> Wish:
    await bound(of.rig)
    return lambda: of.rig.owner.bindings().all()


WISHES: Final = {"share": _share, "end": _end, "bind": _bind, "unbind": _unbind, "bindings": _list}


@pytest.mark.parametrize("kept", [True, False], ids=["over a kept connection", "over a new connection"])
@pytest.mark.parametrize("wish", WISHES)
@pytest.mark.parametrize("provider", VENDORS)
async def test_a_call_may_be_cancelled_at_any_step(provider: str, wish: str, kept: bool) -> None:
    """Connections, tasks and permits are as before, what observers are told is true, and the account still works."""
    async with world(provider, kept=kept) as of:
        await of.rig.owner.bindings().all()
        await of.settled()
        tasks, taken = len(asyncio.all_tasks()), of.taken
        step, going = 0, True
        while going:
            step += 1
            assert step < STEPS
            call = await WISHES[wish](of)
            await of.settled()
            before, ends = of.effects, len(of.seen.ended)
            going = await cancelled_after(step, call())
            await of.settled()
            done = of.effects - before
            assert done <= 1
            assert of.taken == taken
            for event in of.seen.ended[ends:]:
                if event.operation != "bindings" and event.outcome is not Outcome.UNKNOWN:
                    assert done == (event.outcome is Outcome.DONE), f"step {step}: {event.outcome}, it says"
            of.again()
            await of.rig.owner.bindings().all()
        await of.settled()
        assert len(asyncio.all_tasks()) <= tasks
    assert step > 5, "a call over a socket takes more steps than that"
