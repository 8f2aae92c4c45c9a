"""People at emulated clouds for the tests of this folder.

Their calls go out once: repeating is not the adapters' business, and has tests of its own.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable

import pytest_asyncio

from sharebind import NO_RETRIES, Sharebind
from sharebind.emulator import Clouds

from .scene import INSTALLED, Home


@pytest_asyncio.fixture
async def home_at(clouds: Clouds) -> AsyncGenerator[Callable[[str], Home]]:
    """Give what opens three accounts at a vendor's emulated cloud."""
    async with Sharebind(registry=INSTALLED, clock=clouds.clock, retries=NO_RETRIES) as sharebind:
        yield lambda provider: Home(sharebind, clouds, provider)
