"""What an account has not, or nobody knows, is no fault of its adapter: no other promise may need it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

import attrs
import pytest

from sharebind.provider import (
    Batch,
    Capability,
    Context,
    Level,
    Share,
    ShareQuery,
    Side,
    State,
    Support,
    capabilities,
)
from sharebind.testing import CHECKS, run
from sharebind.testing.reference import ReferenceProvider, ReferenceRig
from sharebind.testing.reference.support import SUPPORT

BY_THE_CLOCK: Final = {"a_deadline_is_kept", "a_cancelled_call_leaves_the_account_usable"}
"""Checks that wait in real time; what they need is covered by one test of theirs."""
QUICK: Final = tuple(check for check in CHECKS if check.name not in BY_THE_CLOCK)
LISTED: Final = (capabilities.LIST_BINDINGS, capabilities.LIST_RECEIVED_GRANTS, capabilities.LIST_GRANTS)


def lacking(name: Capability, level: Level) -> type[ReferenceProvider]:
    """Make an adapter whose account lacks one capability; what it does not list it lists as nothing."""

    class Lacking(ReferenceProvider):
        @property
        def support(self) -> Mapping[Capability, Support]:
            return {**SUPPORT, name: Support(level=level, reason="taken away")}

        async def shares(self, query: ShareQuery, ctx: Context, /) -> AsyncIterator[Batch[Share]]:
            hidden = capabilities.LIST_RECEIVED_GRANTS if query.side is Side.RECIPIENT else capabilities.LIST_GRANTS
            async for batch in super().shares(query, ctx):
                seen = (share for share in batch.items if name != hidden or share.state is not State.ACTIVE)
                yield attrs.evolve(batch, items=tuple(seen))

    return Lacking


@attrs.frozen
class Worlds:
    """Makes worlds of one adapter; without books the kit has the adapter's own lists only."""

    adapter: type[ReferenceProvider]
    books: bool = True

    def __call__(self) -> ReferenceRig:
        """Make one."""
        return ReferenceRig(provider=self.adapter) if self.books else Bookless(provider=self.adapter)


class Bookless(ReferenceRig):
    """A rig that cannot look into the cloud."""

    def held(self, account: Any) -> Any:
        """Say nothing."""
        del account


RIGHTS: Final = (capabilities.SHARE_RIGHTS, capabilities.CHANGE_RIGHTS)
LACKING: Final = (
    *((name, Level.ABSENT) for name in sorted(SUPPORT)),
    *((name, Level.UNKNOWN) for name in (*LISTED, *RIGHTS)),
)
"""To be left out, an unknown ability is like an absent one; only what is not listed may still hold something."""


@pytest.mark.parametrize(("name", "level"), LACKING)
async def test_one_capability_less_fails_nothing(name: Capability, level: Level) -> None:
    """Checks that need it are not judged, and say so; all others hold as before."""
    report = await run(Worlds(lacking(name, level)), QUICK)
    assert not report.failed, str(report)
    assert not report.rig_broken, str(report)
    named = [verdict for verdict in report.not_judged if name in verdict.why]
    assert named or report.refused or name.endswith(".name")


@pytest.mark.parametrize("level", [Level.ABSENT, Level.UNKNOWN])
@pytest.mark.parametrize("name", LISTED)
async def test_a_list_less_fails_nothing_without_books_either(name: Capability, level: Level) -> None:
    """Where neither the rig nor a list tells what somebody holds, it is not judged."""
    report = await run(Worlds(lacking(name, level), books=False), QUICK)
    assert not report.failed, str(report)
    assert not report.rig_broken, str(report)


@pytest.mark.parametrize("name", [capabilities.SHARE_TO_ANYONE, capabilities.UNBIND, capabilities.LIST_BINDINGS])
async def test_checks_that_wait_need_no_more_than_they_say(name: Capability) -> None:
    """A deadline and a cancellation are judged by whatever change there is."""
    checks = [check for check in CHECKS if check.name in BY_THE_CLOCK]
    report = await run(Worlds(lacking(name, Level.ABSENT)), checks)
    assert not report.failed, str(report)
    assert not report.rig_broken, str(report)
