"""What the adapter's tests stand on: three people at the emulated cloud, and accounts as other processes have them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from typing import Any, cast

import pytest

from sharebind import NO_RETRIES, Account, DeviceRef, Registry, Sharebind
from sharebind.provider import TokenStore
from sharebind_ewelink.emulator import EwelinkCloud
from sharebind_ewelink.rig import EwelinkRig


@pytest.fixture
async def rig() -> AsyncGenerator[EwelinkRig]:
    """Give owner, guest and other; a request that broke the contract fails the test."""
    async with EwelinkRig() as world:
        yield world
        assert not world.broken()


@pytest.fixture
def cloud(rig: EwelinkRig) -> EwelinkCloud:
    """Give the emulated cloud itself."""
    return cast("EwelinkCloud", rig.cloud)


@pytest.fixture
async def opened(rig: EwelinkRig) -> AsyncGenerator[Callable[..., Awaitable[Account]]]:
    """Give what opens a person's account as a process of its own has it.

    Settings are those of the rig, changed by the keywords; ``None`` takes one away.
    """
    async with AsyncExitStack() as stack:

        async def open_account(name: str, *, store: TokenStore | None = None, **changes: Any) -> Account:
            host = Sharebind(registry=Registry(specs=[rig.spec()]), clock=rig.clock, tokens=store, retries=NO_RETRIES)
            sharebind = await stack.enter_async_context(host)
            settings: Mapping[str, Any] = {
                **rig.settings(rig.cloud.user(name)),
                "base_url": rig.cloud.base_url,
                **changes,
            }
            given = {key: value for key, value in settings.items() if value is not None}
            return sharebind.open_account("ewelink", given, name=name)

        yield open_account


@pytest.fixture
def bind(rig: EwelinkRig) -> Callable[..., Awaitable[DeviceRef]]:
    """Give what binds the next free device, for the owner unless somebody else is named."""

    async def bound(account: Account | None = None, **options: Any) -> DeviceRef:
        free = rig.free_device()
        return (await (account or rig.owner).bind(free.device, free.proofs[0], **options)).device

    return bound


@pytest.fixture
def asked(rig: EwelinkRig) -> Callable[[], list[str]]:
    """Name the calls that came since the last look."""
    looked = 0

    def since() -> list[str]:
        nonlocal looked
        new = [each.operation for each in rig.cloud.requests[looked:]]
        looked = len(rig.cloud.requests)
        return new

    return since
