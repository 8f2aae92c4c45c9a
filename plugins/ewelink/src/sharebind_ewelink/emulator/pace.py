"""The documented pace, and whether a client keeps it."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

WINDOW: Final = timedelta(minutes=5)


class Pace:
    """Count calls by the cloud's clock; everybody comes from one address here."""

    def __init__(self, limits: Mapping[str, Any]) -> None:
        self._gap = timedelta(milliseconds=limits["min_interval_ms_per_endpoint_per_ip"])
        self._most = int(limits["max_calls_per_5_min"])
        self._last: dict[str, datetime] = {}
        self._recent: deque[datetime] = deque()

    def is_kept(self, operation: str, now: datetime) -> bool:
        """Count a call, and tell whether it came slowly enough; a refused one is counted too."""
        last = self._last.get(operation)
        while self._recent and now - self._recent[0] >= WINDOW:
            self._recent.popleft()
        self._last[operation] = now
        self._recent.append(now)
        return (last is None or now - last >= self._gap) and len(self._recent) <= self._most
