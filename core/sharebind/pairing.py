"""Waiting for a device that was given a pairing token: the same loop for every vendor that has pairing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final

from sharebind.bindings import Pairing
from sharebind.errors import DeviceNotReadyError, RateLimitedError, UnavailableError

PAIRING_EVERY: Final = timedelta(seconds=2)
"""The pause between two questions, as the vendors' own apps make it."""
PAIRING_WITHIN: Final = timedelta(minutes=2)
"""Long enough for a device to join a network and report."""


async def wait_until_ready(
    check: Callable[[timedelta], Awaitable[Pairing]], *, every: timedelta, within: timedelta
) -> Pairing:
    """Ask until the pairing is ready; ``check`` is given the time that is left.

    Raises:
        DeviceNotReadyError: it was not ready in that time.
        RateLimitedError, UnavailableError: the vendor asks for a longer pause than there is time.

    """
    loop = asyncio.get_running_loop()
    end = loop.time() + within.total_seconds()
    last = ""
    while True:
        pause = every.total_seconds()
        left = end - loop.time()
        if left > 0:
            try:
                pairing = await check(timedelta(seconds=left))
            except (UnavailableError, RateLimitedError) as error:
                last = f"; the last question failed: {error}"
                if error.retry_after is not None:
                    pause = max(pause, error.retry_after.total_seconds())
                if pause > every.total_seconds() and loop.time() + pause >= end:
                    raise  # the vendor wants a longer pause than there is time
            else:
                last = ""
                if pairing.ready:
                    return pairing
        if loop.time() + pause >= end:
            break
        await asyncio.sleep(pause)
    raise DeviceNotReadyError(f"the device has not used its pairing token within {within.total_seconds():g} s{last}")
