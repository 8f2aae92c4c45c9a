"""People at emulated clouds for the tests of this folder."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable

import pytest_asyncio

from sharebind import Sharebind
from sharebind.emulator import Clouds

from .scene import Home


@pytest_asyncio.fixture
async def home_at(clouds: Clouds) -> AsyncGenerator[Callable[[str], Home]]:
    """Give what opens three accounts at a vendor's emulated cloud."""
    async with Sharebind(clock=clouds.clock) as sharebind:
        yield lambda provider: Home(sharebind, clouds, provider)
