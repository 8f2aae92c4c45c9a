"""What a host can see of each operation: frozen events, without secrets, persons or addresses."""

from __future__ import annotations

from datetime import timedelta
from typing import Protocol

import attrs

from sharebind.errors import Outcome


@attrs.frozen(kw_only=True)
class Started:
    """An operation was handed to its adapter."""

    account: str
    provider: str
    operation: str
    key: str | None = None


@attrs.frozen(kw_only=True)
class Finished:
    """An operation ended. ``error`` is the class of what was raised, ``None`` where it succeeded."""

    account: str
    provider: str
    operation: str
    outcome: Outcome
    took: timedelta
    error: str | None = None
    vendor_code: str | None = None
    key: str | None = None


class Observer(Protocol):
    """Sees what happens. It is synchronous, cannot stop anything, and an error of its own stays its own."""

    def seen(self, event: Started | Finished, /) -> None:
        """Take one event."""
        ...
