"""The clock that every emulated cloud reads."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

EARLIEST: Final = datetime(2, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(9999, 1, 1, tzinfo=UTC)
"""A year short of what a datetime can hold, so that clouds may still add a life to the present."""


class EmulatedClock:
    """Tell the emulated time: the real time plus every jump so far."""

    def __init__(self) -> None:
        self._offset = timedelta()

    def now(self) -> datetime:
        """Return the emulated moment, aware and in UTC."""
        return datetime.now(UTC) + self._offset

    def advance(self, by: timedelta) -> datetime:
        """Jump by the given time, backwards when it is negative, and return the new moment.

        A jump out of the years 2 to 9998 is a ValueError, and the clock stays where it was.
        """
        outside = "the emulated clock stays within the years 2 to 9998"
        try:
            offset = self._offset + by
            moment = datetime.now(UTC) + offset
        except OverflowError as far:
            raise ValueError(outside) from far
        if not EARLIEST <= moment < LATEST:
            raise ValueError(outside)
        self._offset = offset
        return moment

    def reset(self) -> None:
        """Return to the real time."""
        self._offset = timedelta()
