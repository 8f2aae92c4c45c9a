"""Waiting before a call, so that an account keeps to the rate that its vendor wants.

A wait is part of the operation: it counts against the caller's deadline, and nothing was sent while it lasts. Each
account waits for itself.
"""

from __future__ import annotations

import asyncio

from aiolimiter import AsyncLimiter

from sharebind.rates import Rate

_BURST = 5
"""A fifth of the calls may come at once. The rest follow evenly, and slow enough for every window to hold the limit."""


class Pacer:
    """Lets the calls of one account through, one by one."""

    def __init__(self, rate: Rate) -> None:
        self._rate = rate
        self._loop: asyncio.AbstractEventLoop | None = None
        self._kinds: dict[str, AsyncLimiter] = {}
        self._all: AsyncLimiter | None = None

    async def turn(self, call: str, *, ahead: bool = False) -> None:
        """Wait until a call of this name may go out.

        One that goes ``ahead`` is spaced from others of its name only: every other call waits for a sign-in or renewal.
        """
        self._begin()
        every = self._rate.every.total_seconds()
        if every:
            limiter = self._kinds.get(call)
            if limiter is None:
                limiter = self._kinds[call] = AsyncLimiter(1, every)
            await limiter.acquire()
        if self._all is not None and not ahead:
            await self._all.acquire()

    def _begin(self) -> None:
        """Start anew on another event loop: a limiter wakes those who wait on its own."""
        loop = asyncio.get_running_loop()
        if loop is self._loop:
            return
        self._loop, self._kinds, self._all = loop, {}, None
        if self._rate.calls is not None:
            self._all = _window(self._rate.calls, self._rate.within.total_seconds())


def _window(calls: int, seconds: float) -> AsyncLimiter:
    """Make a limiter that lets no window of that length see more calls than that.

    A bucket that holds as many as it refills in one window would let through twice the limit: a full one, and what it
    refills meanwhile. So it holds a burst, and refills what is left.
    """
    burst = max(1, calls // _BURST)
    left = calls - burst
    return AsyncLimiter(burst, seconds * burst / left) if left else AsyncLimiter(1, seconds)
