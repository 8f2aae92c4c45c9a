"""Waiting before a call, so that an account keeps to the rate that its vendor wants.

A wait is part of the operation: it counts against the caller's deadline, and nothing was sent while it lasts. Each
account waits for itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from aiolimiter import AsyncLimiter

from sharebind.rates import Rate

_BURST: Final = 5
"""A fifth of the calls may come at once. The rest follow evenly, and slow enough for every window to hold the limit."""

_TRIFLE: Final = 0.001
"""Seconds that are no wait, but what the call itself takes."""


class Pacer:
    """Lets the calls of one account through, one by one."""

    def __init__(self, rate: Rate) -> None:
        self.rate = rate
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lines: dict[str, asyncio.Lock] = {}
        self._left: dict[str, float] = {}
        self._all: AsyncLimiter | None = None
        self._every = rate.every.total_seconds()

    async def turn(self, call: str, *, ahead: bool = False, tell: Callable[[float], None] | None = None) -> None:
        """Wait until a call of this name may go out; ``tell`` is told for how many seconds, where there was a wait.

        One that goes ``ahead`` waits for others of its name only, for all others wait for a sign-in or renewal. It is
        counted where there is room, and comes on top where there is none.
        """
        loop = self._begin()
        began = loop.time()
        if not self._every and not ahead and self._all is not None:
            # Nothing but the common limit, which keeps the order by itself. Whether it has room is not asked before:
            # that takes as long as the rest.
            try:
                await self._all.acquire()
            finally:
                took = loop.time() - began
                if took > _TRIFLE and tell is not None:
                    tell(took)
            return
        line = self._lines.setdefault(call, asyncio.Lock())
        waits = line.locked()
        try:
            # One line for each kind of call, and the pause counts from when the last one left: whoever waits for the
            # common limit too, or gives up, changes nothing for the next one.
            async with line:
                pause = self._left.get(call, float("-inf")) + self._every - loop.time()
                if pause > 0:
                    waits = True
                    await asyncio.sleep(pause)
                if self._all is not None and (not ahead or self._all.has_capacity()):
                    waits = waits or not self._all.has_capacity()
                    await self._all.acquire()
                self._left[call] = loop.time()
        finally:
            if waits and tell is not None:
                tell(loop.time() - began)

    def _begin(self) -> asyncio.AbstractEventLoop:
        """Start anew on another event loop: a limiter wakes those who wait on its own."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._loop, self._lines, self._left, self._all = loop, {}, {}, None
            if self.rate.calls is not None:
                self._all = _window(self.rate.calls, self.rate.within.total_seconds())
        return loop


def _window(calls: int, seconds: float) -> AsyncLimiter:
    """Make a limiter that lets no window of that length see more calls than that.

    A bucket that holds as many as it refills in one window would let through twice the limit: a full one, and what it
    refills meanwhile. So it holds a burst, and refills what is left.
    """
    burst = max(1, calls // _BURST)
    left = calls - burst
    return AsyncLimiter(burst, seconds * burst / left) if left else AsyncLimiter(1, seconds)
