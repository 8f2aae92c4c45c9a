"""How often a vendor wants to be called, as a value: providers suggest one, and settings may say otherwise."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import attrs

_LONGEST: Final = timedelta(days=1)
_MOST: Final = 1_000_000


def _pause(instance: object, attribute: attrs.Attribute[timedelta], value: object) -> None:
    del instance
    if not isinstance(value, timedelta):
        raise TypeError(f"{attribute.name} is a timedelta, not {type(value).__name__}")
    if not timedelta() <= value <= _LONGEST:
        raise ValueError(f"{attribute.name} is from nothing to a day")


def _count(instance: object, attribute: attrs.Attribute[int | None], value: object) -> None:
    del instance
    if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
        raise TypeError(f"{attribute.name} is a whole number, not {type(value).__name__}")
    if value is not None and not 1 <= value <= _MOST:
        raise ValueError(f"{attribute.name} is from 1 to {_MOST}")


@attrs.frozen(kw_only=True)
class Rate:
    """The pace of one account: ``every`` between two calls of one kind, ``calls`` of all kinds ``within`` a time.

    Raises:
        TypeError, ValueError: a part is of another type, negative or longer than a day, or ``calls`` and ``within`` do
            not stand together.
    """

    every: timedelta = attrs.field(default=timedelta(), validator=_pause)
    calls: int | None = attrs.field(default=None, validator=_count)
    within: timedelta = attrs.field(default=timedelta(), validator=_pause)

    def __attrs_post_init__(self) -> None:
        if (self.calls is None) == bool(self.within):
            raise ValueError("calls and within stand together, or neither does")


UNPACED: Final = Rate()
"""Calls go out as they come."""
