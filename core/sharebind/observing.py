"""Telling observers what happens, without letting them into anybody's way."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable

from sharebind import logs
from sharebind.events import Event, Observer, Tell


class Observers:
    """Those who see what all accounts of a host do. One that raises is counted, and warned of the first time."""

    def __init__(self, observers: Iterable[Observer] = ()) -> None:
        self.failures = 0
        self._seen = tuple(observer.seen for observer in observers)
        self._warned: set[int] = set()

    @property
    def tell(self) -> Tell | None:
        """How to tell them; ``None`` where there is nobody, so that no event need be made."""
        return self._tell if self._seen else None

    def _tell(self, event: Event) -> None:
        for seen in self._seen:
            try:
                seen(event)
            # Its error is never in the caller's way, and neither is a cancellation that it came by: it is synchronous,
            # so nobody can have meant this call.
            except (Exception, asyncio.CancelledError) as broken:  # noqa: BLE001 - the same
                self.failures += 1
                if id(seen) not in self._warned:
                    self._warned.add(id(seen))
                    logs.say(logging.WARNING, "observer.failed", account=event.account, error=type(broken).__name__)
