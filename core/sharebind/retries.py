"""How often a call is repeated, as a value: when it is safe to is not a matter of settings."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final

import attrs

_LONGEST: Final = timedelta(days=1)


def _whole(least: int) -> Callable[[object, attrs.Attribute[int], object], None]:
    def check(instance: object, attribute: attrs.Attribute[int], value: object) -> None:
        del instance
        if not isinstance(value, int) or isinstance(value, bool):
            raise TypeError(f"{attribute.name} is a whole number, not {type(value).__name__}")
        if value < least:
            raise ValueError(f"{attribute.name} is {least} or more")

    return check


def _pause(instance: object, attribute: attrs.Attribute[timedelta], value: object) -> None:
    del instance
    if not isinstance(value, timedelta):
        raise TypeError(f"{attribute.name} is a timedelta, not {type(value).__name__}")
    if not timedelta() <= value <= _LONGEST:
        raise ValueError(f"{attribute.name} is from nothing to a day")


@attrs.frozen(kw_only=True)
class Retries:
    """How calls are repeated where that is safe.

    ``attempts`` counts the first one. Before the n-th repetition there is a pause of a random part of
    ``pause * 2 ** (n - 1)``, or of ``throttled`` instead of ``pause`` where the vendor asks to slow down, never above
    ``longest``; a ``Retry-After`` is kept to, up to ``longest``. A pause that would end after the caller's deadline is
    not begun.

    ``budget`` is how many tokens the calls to one provider's host share: a repetition costs 14, one that was throttled
    5, and a success gives 1 back. So a vendor that is down gets little more than the first attempts. ``random`` gives
    numbers from 0 to 1 and ``sleep`` waits for seconds; both are there for tests.

    Raises:
        TypeError, ValueError: a part is of another type, negative, or longer than a day; ``attempts`` is below 1.
    """

    attempts: int = attrs.field(default=3, validator=_whole(1))
    pause: timedelta = attrs.field(default=timedelta(milliseconds=100), validator=_pause)
    throttled: timedelta = attrs.field(default=timedelta(seconds=1), validator=_pause)
    longest: timedelta = attrs.field(default=timedelta(seconds=20), validator=_pause)
    budget: int = attrs.field(default=500, validator=_whole(0))
    random: Callable[[], float] = attrs.field(default=random.random, repr=False)
    sleep: Callable[[float], Awaitable[object]] = attrs.field(default=asyncio.sleep, repr=False)


NO_RETRIES: Final = Retries(attempts=1)
"""Every call goes out once, for hosts that repeat by themselves."""
