"""A vendor that is down gets little more than the first attempts, and everything goes on when it is back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

import pytest

from sharebind import Registry, Retries, Sharebind, SharebindError
from sharebind.testing.emulated import EmulatedRig
from sharebind.testing.steps import bound

REGISTRY: Final = Registry()
WISHES: Final = 1000
MINUTE: Final = timedelta(minutes=1)


async def no_time(_seconds: float) -> None:
    """Let a pause take no time."""


@pytest.mark.parametrize("provider", sorted(REGISTRY.names()))
async def test_a_vendor_that_is_down_is_left_alone(provider: str) -> None:
    """1,000 wishes in a minute make at most 1,100 requests; once it is back the account works, and repeats again."""
    make: Callable[[], Any] | None = REGISTRY.spec(provider).rig
    assert make is not None
    rig: EmulatedRig
    async with make()() as rig:
        device = await bound(rig)
        async with Sharebind(registry=REGISTRY, clock=rig.clock, retries=Retries(sleep=no_time)) as sharebind:
            settings = {**rig.settings(rig.cloud.user("owner")), "base_url": rig.cloud.base_url}
            owner = sharebind.open_account(provider, settings, name="owner")
            await owner.bindings().all()
            sent = rig.requests()
            rig.cloud.faults.add("status", times=None)
            for number in range(WISHES):
                with pytest.raises(SharebindError):
                    await (owner.rename(device, "灯") if number % 2 else owner.bindings().all())
                rig.advance(MINUTE / WISHES)
            assert WISHES <= rig.requests() - sent <= WISHES * 1.1
            rig.cloud.faults.clear()
            for _ in range(20):
                assert [each.device for each in await owner.bindings().all()] == [device]
            rig.cloud.faults.add("refuse")
            assert [each.device for each in await owner.bindings().all()] == [device]
