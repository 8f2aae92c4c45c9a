"""pytest fixtures: emulated clouds on a real socket, fresh for each test."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest
import pytest_asyncio

from sharebind.emulator import Clouds, emulate
from sharebind.registry import Registry


@pytest.fixture(scope="session")
def installed_providers() -> Registry:
    """Give what is installed, looked for once: that takes longer than all that a test does with it."""
    return Registry()


@pytest.fixture
def emulated_providers(installed_providers: Registry) -> tuple[str, ...]:
    """Name the providers whose clouds are started: all that have one. Override it to start fewer."""
    loaded = [row.name for row in installed_providers.report() if row.status == "loaded"]
    return tuple(name for name in loaded if installed_providers.spec(name).emulator is not None)


@pytest_asyncio.fixture
async def clouds(emulated_providers: tuple[str, ...], installed_providers: Registry) -> AsyncGenerator[Clouds]:
    """Give running clouds, and fail the test if it broke a vendor's contract."""
    async with emulate(*emulated_providers, registry=installed_providers) as running:
        yield running
        broken = {name: cloud.violations for name, cloud in running.items() if cloud.violations}
        assert not broken, f"the vendors' contracts were broken: {broken}"  # noqa: S101 - this is a test's own check
