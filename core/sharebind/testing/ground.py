"""A vendor's emulated cloud as a ground to play operations on, over and over, with the cloud's books beside them."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta
from typing import Any, Final, TypeVar

import attrs

from sharebind import capabilities as can
from sharebind.account import Account
from sharebind.emulator.faults import Fault
from sharebind.errors import SharebindError
from sharebind.testing.bad_days import BadDay, Played
from sharebind.testing.emulated import EmulatedRig
from sharebind.testing.leaks import Watch
from sharebind.testing.rig import NotStagedError, Rig
from sharebind.testing.steps import bound, works
from sharebind.testing.verbs import Wish, changes, lists
from sharebind.testing.watching import watched

SHORT: Final = timedelta(milliseconds=60)
"""A deadline for what never answers; it grows where the fault did not come to pass in so short a time."""
LONGEST: Final = timedelta(seconds=8)
_SECOND: Final = timedelta(seconds=1)
"""What passes before each operation: some vendors tell two changes apart by their second."""
AMPLE: Final = timedelta(seconds=20)
SETTLE: Final = 0.02
"""Seconds for what was given up and may still be on its way."""


@attrs.frozen(kw_only=True)
class Ready:
    """One operation, made ready."""

    name: str
    act: Wish
    changes: bool


class Ground:
    """One world that is played in, again and again."""

    def __init__(self, rig: EmulatedRig) -> None:
        self.rig = rig
        self.cloud = rig.cloud
        self.watch = Watch()
        self.seen: Rig = watched(rig, self.watch)
        self.ready: dict[str, Ready] = {}
        self._short = SHORT

    async def prepare(self) -> None:
        """Make every operation ready that the adapter has and the rig can stage, in a world as at the start."""
        self.cloud.faults.clear()
        self.rig.start_over()
        self.watch = Watch()
        self.seen = watched(self.rig, self.watch)
        for account in (self.rig.owner, self.rig.guest):
            for secret in self.rig.secrets_of(account):
                self.watch.keep(secret, f"a secret of the account {account.name!r}")
        device = await bound(self.seen)
        made = {name: Ready(name=name, act=act, changes=True) for name, act in (await changes(self.seen)).items()}
        read = {name: Ready(name=name, act=act, changes=False) for name, act in lists(self.seen, device).items()}
        # Reads first: what changes something takes devices away in the end.
        self.ready = {**read, **made}

    async def once(self, name: str, day: BadDay | None) -> Played:
        """Play one operation on one day; one that another one before it was in the way of gets a world of its own."""
        played = await self.play(self.ready[name], day)
        if self._spoilt(played, day):
            await self.prepare()
            played = await self.play(self.ready[name], day)
        return played

    def _spoilt(self, played: Played, day: BadDay | None) -> bool:
        """Tell whether an operation did not come as far as the day lets it."""
        if day is None:
            return played.error is not None
        return not played.struck or (day.after and played.changes and not played.effects)

    async def play(self, ready: Ready, day: BadDay | None) -> Played:
        """Play one operation on one day; one whose time ran out too early is played again, in a world made anew."""
        while True:
            if day is not None and day.waits:
                self.rig.reopen(self._short)
            played = await self._played(ready, self._lay(ready, day))
            if day is None or not day.waits:
                return played
            await asyncio.sleep(SETTLE)
            if played.struck or self._short >= LONGEST:
                self._short = max(SHORT, self._short / 2)
                return played
            self._short *= 2
            await self.prepare()
            ready = self.ready[ready.name]

    async def force(self, ready: Ready, call: str, code: str) -> Played:
        """Play one operation while every answer to one of its calls is a code."""
        fault = self.cloud.faults.add("code", operation=call, code=code, times=None)
        return await self._played(ready, [fault])

    async def closed(self) -> list[str]:
        """Have both accounts read something with nothing wrong, and tell what is, and what secret was shown."""
        self.cloud.faults.clear()
        wrong = list(self.watch.leaks())
        for account in (self.seen.owner, self.seen.guest):
            try:
                await _read(account)
            except SharebindError as error:
                wrong.append(f"the account of the {account.name} does not work any more: {error!r}")
        return [*wrong, *(f"the vendor's contract was broken: {each}" for each in self.rig.broken())]

    def _lay(self, ready: Ready, day: BadDay | None) -> list[Fault]:
        """Have the day wait for the operation's change, or for everything that it reads."""
        if day is None:
            return []
        calls = self.rig.CHANGES if ready.changes else self.cloud.operations() - self.rig.CHANGES
        options: dict[str, Any] = dict(day.options)
        if day.kind == "code":
            options["code"] = self.rig.UNKNOWN_CODE
        times = 1 if ready.changes else None
        add = self.cloud.faults.add
        return [add(day.kind, operation=call, times=times, after=day.after, **options) for call in sorted(calls)]

    async def _played(self, ready: Ready, faults: Iterable[Fault]) -> Played:
        targets = {fault.operation for fault in faults}
        before = len(self.cloud.requests)
        self.rig.advance(_SECOND)
        error: BaseException | None = None
        try:
            await ready.act()
        except Exception as raised:  # noqa: BLE001 - whatever comes of it is judged
            error = raised
        self.cloud.faults.clear()
        arrived = tuple(self.cloud.requests[before:])
        return Played(
            name=ready.name,
            changes=ready.changes,
            error=error,
            arrived=arrived,
            changing=tuple(each for each in arrived if each.operation in self.rig.CHANGES),
            struck=any(each.operation in targets for each in arrived),
        )


async def _read(account: Account) -> None:
    """Read something, whatever there is."""
    if works(account, can.LIST_BINDINGS):
        await account.bindings(within=AMPLE).all()
    elif works(account, can.ME):
        await account.me(within=AMPLE)
    elif works(account, can.LIST_RECEIVED_GRANTS):
        await account.received(within=AMPLE).all()


WORLDS: Final = 8
"""How many worlds are played in at the same time: most of what happens in them is waiting."""

J = TypeVar("J")


async def over(make_rig: Callable[[], Rig], jobs: Iterable[J], work: Callable[[Ground, J], Awaitable[None]]) -> None:
    """Do every job in a world, several worlds at a time.

    Raises:
        NotStagedError: the rig has no emulated cloud that could stage bad days.

    """
    waiting = deque(jobs)

    async def one() -> None:
        rig = make_rig()
        if not isinstance(rig, EmulatedRig) or not rig.CHANGES:
            raise NotStagedError("this takes an EmulatedRig that names its CHANGES, and the rig is none")
        async with rig:
            ground = Ground(rig)
            while waiting:
                await work(ground, waiting.popleft())

    tasks = [asyncio.ensure_future(one()) for _ in range(min(WORLDS, len(waiting)))]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
