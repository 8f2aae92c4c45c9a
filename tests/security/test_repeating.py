"""What may have been done is not done again by the library: on every emulated cloud, counted by the cloud itself."""

from __future__ import annotations

from typing import Final, cast

import pytest

from sharebind import OutcomeUnknownError, Registry, Sharebind, UnavailableError
from sharebind.testing import EmulatedRig
from sharebind.testing.verbs import changes

from .staging import AT_ONCE

PROVIDERS: Final = [row.name for row in Registry().report() if row.status == "loaded"]
ONCE: Final = (
    "binding",
    "sharing by code",
    "sharing with a person",
    "accepting a code",
    "accepting an offer",
    "making a home",
    "transferring",
)
"""Doing these twice is not the same as doing them once: two codes, two messages to a person, two homes."""


def world(provider: str) -> EmulatedRig:
    """Give a world at a vendor, whose host repeats what may be repeated."""
    make = Registry().spec(provider).rig
    assert make is not None
    kind = make()

    class World(kind):  # type: ignore[misc, valid-type]  # the vendor's own class, which its plugin names
        async def _sharebind(self) -> Sharebind:
            made = Sharebind(registry=Registry(specs=[self.spec()]), clock=self.clouds.clock, retries=AT_ONCE)
            return cast("Sharebind", await self._open.enter_async_context(made))

    return cast("EmulatedRig", World())


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_what_may_have_been_done_is_done_once(provider: str) -> None:
    """The answer is lost after the effect: the outcome is unknown, and the cloud saw one request and one effect."""
    judged = 0
    async with world(provider) as rig:
        wishes = await changes(rig)
        for name in ONCE:
            if name not in wishes:
                continue
            await rig.lose_answer()
            before = len(rig.cloud.requests)
            with pytest.raises(OutcomeUnknownError):
                await wishes[name]()
            since = [each for each in rig.cloud.requests[before:] if each.operation in rig.CHANGES]
            assert (name, len(since), sum(each.effect for each in since)) == (name, 1, 1)
            rig.cloud.faults.clear()
            judged += 1
    assert judged >= 2


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_a_sign_in_without_an_answer_is_sent_once(provider: str) -> None:
    """Vendors count failed sign-ins and lock accounts, so one that got no answer is the next call's to try."""
    rig = world(provider)
    async with rig, Sharebind(clock=rig.clouds.clock, retries=AT_ONCE) as sharebind:
        settings = {**rig.settings(rig.cloud.user("owner")), "base_url": rig.cloud.base_url}
        settings.pop("token")
        account = sharebind.open_account(provider, settings, name="desk")
        rig.cloud.faults.add("refuse", times=None)
        with pytest.raises(UnavailableError):
            await account.bindings().all()
        assert len(rig.cloud.requests) == 1
        rig.cloud.faults.clear()
        await account.bindings().all()
    assert len(rig.cloud.requests) > 1
