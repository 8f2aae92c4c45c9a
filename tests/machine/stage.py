"""The stage: one vendor's emulated cloud on a socket, a clock that stands still, and three people's accounts.

Everything is opened once and serves every run: a reset of the cloud costs a fraction of what a new server would.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Generator, Iterable, Mapping
from contextlib import AsyncExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar, cast

from sharebind import Account, DeviceRef, Proof, Retries, Secret, Sharebind
from sharebind.emulator import Clouds, EmulatedClock
from sharebind.emulator.server import serve
from sharebind.registry import Registry
from sharebind.testing import EmulatedRig

from .model import DEVICES, PEOPLE, Books, Entry, Mark

T = TypeVar("T")
START: Final = datetime(2030, 1, 1, tzinfo=UTC)
TICK: Final = timedelta(seconds=2)
"""How long a step takes: no two codes of one device are made in one second, which an adapter would wait out."""

SEVERAL: Final = 3
"""How often a read fails that is to fail for good: a client may try it as often."""


async def _at_once(_seconds: float) -> None:
    """Wait for nothing."""


RETRIES: Final = Retries(budget=10**9, random=lambda: 0.0, sleep=_at_once)
"""Repeated as always, but without a pause, and without a budget that one run would leave to the next."""


class StillClock(EmulatedClock):
    """A clock that moves only when it is told to, so that a run is the same each time."""

    def __init__(self) -> None:
        super().__init__()
        self._moment = START

    def now(self) -> datetime:
        """Give the moment at which it stands."""
        return self._moment

    def advance(self, by: timedelta) -> datetime:
        """Move on."""
        self._moment += by
        return self._moment

    def reset(self) -> None:
        """Go back to where every run begins."""
        self._moment = START


class Forgetful:
    """A token store that is emptied between two runs, for the cloud then knows none of its tokens any more."""

    def __init__(self) -> None:
        self.tokens: dict[str, Mapping[str, Secret]] = {}

    async def load(self, account: str, /) -> Mapping[str, Secret] | None:
        """Give what was saved last."""
        return self.tokens.get(account)

    async def save(self, account: str, tokens: Mapping[str, Secret], /) -> None:
        """Keep these instead."""
        self.tokens[account] = dict(tokens)


class Stage:
    """One vendor, ready for any number of runs."""

    def __init__(self, provider: str) -> None:
        self.provider = provider
        self.loop = asyncio.new_event_loop()
        self.counts: Counter[str] = Counter()
        self.found = 0
        self.tamper: Callable[[Account], None] | None = None
        spec = Registry().spec(provider)
        assert spec.rig is not None
        assert spec.emulator is not None
        self.rig = cast("EmulatedRig", spec.rig()())
        self.clock = StillClock()
        self.cloud = spec.emulator()(self.clock, 7)
        self.reads = self.cloud.operations() - self.rig.CHANGES
        self._clouds = Clouds({provider: self.cloud}, self.clock)
        self._tokens = Forgetful()
        self._open = AsyncExitStack()
        self.accounts: dict[str, Account] = {}

    def start(self) -> None:
        """Open the server and the pool."""
        self.run(self._start())

    async def _start(self) -> None:
        url = await self._open.enter_async_context(serve(self._clouds, port=0))
        self._clouds.open(url)
        registry = Registry(specs=[self.rig.spec()])
        self._sharebind = Sharebind(registry=registry, clock=self.clock, tokens=self._tokens, retries=RETRIES)
        await self._open.enter_async_context(self._sharebind)
        self.rig.clouds, self.rig.cloud, self.rig.clock = self._clouds, self.cloud, self.clock

    def stop(self) -> None:
        """Close everything, the loop too."""
        try:
            self.run(self._open.aclose())
            self.run(self.loop.shutdown_asyncgens())
        finally:
            self.loop.close()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do something on the stage's own loop."""
        return self.loop.run_until_complete(work)

    def reset(self) -> None:
        """Begin another run: the same world, with accounts that remember nothing."""
        self.counts["vendor calls"] += len(self.cloud.requests)
        self._clouds.reset()
        self._tokens.tokens.clear()
        self.accounts = {}
        for person in PEOPLE:
            settings = {**self.rig.settings(self.cloud.user(person)), "base_url": self.cloud.base_url}
            account = self._sharebind.open_account(self.provider, settings, name=person)
            if self.tamper is not None:
                self.tamper(account)
            self.accounts[person] = account
        devices = self.cloud.devices[:DEVICES]
        self.devices = tuple(DeviceRef(each.device, each.product) for each in devices)
        self.proofs: tuple[Proof, ...] = tuple(self.rig.proofs(each)[0] for each in devices)
        self.index = {each.device: number for number, each in enumerate(devices)}
        self.people = {self.cloud.user(person).user_id: person for person in PEOPLE}
        self.emails = {self.cloud.user(person).email: person for person in PEOPLE}

    def books(self, marks: Callable[[Any], tuple[Mark, ...] | None]) -> Books:
        """Read the vendor's own books; ``marks`` reads what its ``state()`` does not tell of a share's terms."""
        state = cast("dict[str, list[dict[str, str]]]", self.cloud.state())
        index, people = self.index, self.people
        held = frozenset((index[each["device"]], people[each["user_id"]], each["role"]) for each in state["bindings"])
        told = state["shares"]
        kept: Iterable[Mark] = marks(self.cloud) or (None,) * len(told)
        entries: list[Entry] = [
            (index[each["device"]], people[each["from"]], people.get(each["to"] or ""), each["state"], mark)
            for each, mark in zip(told, kept, strict=True)
        ]
        return held, tuple(entries)

    def codes(self) -> list[str | None]:
        """Read the codes of all shares, in their order."""
        told = cast("dict[str, list[dict[str, str]]]", self.cloud.state())["shares"]
        return [each.get("code") for each in told]

    # ---------------------------------------------------------------------------------------------------- bad days

    def break_change(self, kind: str, *, after: bool) -> None:
        """Have the next changing request fail, whichever it is."""
        for operation in self.rig.CHANGES:
            self.cloud.faults.add(kind, operation=operation, after=after)

    def break_read(self) -> None:
        """Have one read fail, whichever it is, and as often as it is tried."""
        for operation in self.reads:
            self.cloud.faults.add("status", operation=operation, times=SEVERAL)

    def lag(self, seconds: float) -> None:
        """Have every list be late, until the faults are cleared."""
        self.cloud.faults.add("lag", times=None, seconds=seconds)

    def changes_since(self, mark: int) -> tuple[int, int]:
        """Count the changing requests since, and those among them that changed something."""
        sent = [each for each in self.cloud.requests[mark:] if each.operation in self.rig.CHANGES]
        return len(sent), sum(each.effect for each in sent)


@contextmanager
def stage_of(provider: str) -> Generator[Stage]:
    """Open a stage for a while."""
    stage = Stage(provider)
    try:
        stage.start()
        yield stage
    finally:
        stage.stop()
