"""What the tests of the limits share: a stopped clock, and one way to ask."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import attrs
import pytest

from sharebind import Operation
from sharebind_limits import Limits, LimitsSettings

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)

Ask = Callable[..., Awaitable[str | None]]


@attrs.frozen
class Stopped:
    """A clock that stands, at a time that is not the machine's."""

    def now(self) -> datetime:
        """Give the moment."""
        return NOW


@pytest.fixture
def ask() -> Ask:
    """Ask limits for their reason to refuse an operation."""

    async def ask(op: Operation[Any], **limits: Any) -> str | None:
        return await Limits(LimitsSettings(**limits), clock=Stopped()).review(op, "home")

    return ask
