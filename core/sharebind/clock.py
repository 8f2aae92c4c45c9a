"""Where the time comes from. It is handed in everywhere, so that tests and emulators can own it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Anything that tells the time."""

    def now(self) -> datetime:
        """Give the present moment, aware and in UTC."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Give the present moment, aware and in UTC."""
        return datetime.now(UTC)


def utc(moment: datetime, name: str = "a moment") -> datetime:
    """Turn an aware datetime into UTC.

    Raises:
        TypeError: it is no datetime.
        ValueError: it has no time zone; an end of access must not depend on where a server stands.
    """
    if not isinstance(moment, datetime):
        raise TypeError(f"{name} is a datetime, or a timedelta from now, not {type(moment).__name__}")
    if moment.tzinfo is UTC:
        return moment
    if moment.tzinfo is None or moment.utcoffset() is None:
        raise ValueError(
            f"{name} needs a time zone, as datetime.now(UTC) has; a naive time is another moment elsewhere"
        )
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{name} is beyond the years 1 to 9999 in UTC") from None


def utc_or_none(moment: datetime | None) -> datetime | None:
    """Do the same with one that need not be there."""
    if moment is None or (type(moment) is datetime and moment.tzinfo is UTC):
        return moment
    return utc(moment)
