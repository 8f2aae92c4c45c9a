"""The clock that every emulated cloud reads."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class EmulatedClock:
    """Tell the emulated time: the real time plus every jump so far."""

    def __init__(self) -> None:
        self._offset = timedelta()

    def now(self) -> datetime:
        """Return the emulated moment, aware and in UTC."""
        return datetime.now(UTC) + self._offset

    def advance(self, by: timedelta) -> datetime:
        """Jump by the given time, backwards when it is negative, and return the new moment."""
        self._offset += by
        return self.now()

    def reset(self) -> None:
        """Return to the real time."""
        self._offset = timedelta()
