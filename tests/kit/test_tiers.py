"""Tiers: who reaches the first one with how little, and who does not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NoReturn

import pytest

from sharebind import Account, ByIdentity, DeviceRef
from sharebind.provider import ABSENT, Capability, Support, capabilities
from sharebind.testing import CHECKS, Rig, Tier, TierReport, check_tier, silver
from sharebind.testing.bronze import BRONZE
from sharebind.testing.parts import PartResult, TierResult
from sharebind.testing.reference import ReferenceProvider, ReferenceRig
from sharebind.testing.reference.support import SUPPORT
from sharebind.testing.tiers import PARTS

from .mutants import CAUGHT_BY, DropsAnEndDate, Rigs

NAMED: Final = {name: part for part in BRONZE for name in part.checks}

EXPIRED: Final = "an_expired_code_is_refused"
"""What tells of an end that was dropped before there is any other end in the tiers."""


def only(*has: Capability) -> type[ReferenceProvider]:
    """Make an adapter that has a few abilities."""

    class Small(ReferenceProvider):
        @property
        def support(self) -> Mapping[Capability, Support]:
            return {name: SUPPORT[name] if name in has else ABSENT for name in SUPPORT}

    return Small


class BoundElsewhere(ReferenceRig):
    """A world for adapters that bind nothing: its devices come from the vendor's own app."""

    async def bind_elsewhere(self, account: Account, device: DeviceRef) -> None:
        """Bind a device in the cloud's own books."""
        owner = {"owner": self.world.owner, "guest": self.world.guest, "other": self.world.other}[account.name]
        home = self.homes_of(account)[0]
        self.world.holdings.bind(owner, ByIdentity(), device, home, None)


class Counts(BoundElsewhere):
    """A rig that counts no requests."""

    def requests(self) -> int:
        """Count none."""
        return 0


class Falls(ReferenceRig):
    """A rig whose world cannot be made."""

    async def __aenter__(self) -> NoReturn:
        """Fail."""
        raise OSError("no world today")


def missed(report: TierReport) -> set[str]:
    """Name the checks that failed."""
    return {miss.name for tier in report.tiers for part in tier.parts for miss in part.missed}


def short(report: TierReport) -> set[str]:
    """Name the parts in which too little was kept."""
    return {part.part.name for tier in report.tiers for part in tier.parts if part.kept < part.minimum}


def test_bronze_names_checks_that_exist_once() -> None:
    """Every check that bronze names is one of the kit's, and stands in one part; each part can reach its minimum."""
    assert set(NAMED) <= {check.name for check in CHECKS}
    assert len(NAMED) == sum(len(part.checks) for part in BRONZE)
    assert all(len(part.checks) >= (part.minimum or 0) for part in BRONZE)


def test_bronze_holds_every_refusal_and_every_end_of_a_share() -> None:
    """What the kit's modules about giving, taking, ending and refusing check is all in bronze, but for three extras."""
    about = ("sharing", "accepting", "ending", "refusing")
    mine = {check.name for check in CHECKS if check.run.__module__.rpartition(".")[2] in about}
    assert mine - set(NAMED) == {
        "a_name_given_while_accepting_stays",
        "a_code_tells_what_it_is_for",
        "an_invitations_life_that_is_too_long_is_refused",
    }


@pytest.mark.parametrize(
    "has",
    [
        pytest.param(("share.to.anyone", "share.overlap.keep", "accept.code", "end.revoke"), id="code, accept, end"),
        pytest.param(
            ("share.to.email", "share.overlap.keep", "accept.offer", "list.received.offers", "end.revoke"), id="person"
        ),
        pytest.param(
            ("share.to.anyone", "share.overlap.keep", "accept.code", "list.received.grants", "end.leave"), id="leaving"
        ),
    ],
)
async def test_a_small_adapter_reaches_bronze(has: tuple[str, ...]) -> None:
    """One way to share and one way to end are enough, bound or not."""
    provider = only(*map(Capability, has))
    report = await check_tier(lambda: BoundElsewhere(provider), Tier.BRONZE)
    assert report.reached is Tier.BRONZE, report


@pytest.mark.parametrize("has", [(), (capabilities.END_REVOKE, capabilities.LIST_GRANTS)])
async def test_who_gives_no_access_has_no_tier(has: tuple[Capability, ...]) -> None:
    """An adapter that declares nothing, or no way to share, keeps too few promises, though none fails."""
    report = await check_tier(lambda: BoundElsewhere(only(*has)), Tier.BRONZE)
    assert report.reached is None
    assert {"access is given", "access is seen and ended"} <= short(report)


async def test_who_ends_nothing_has_no_tier() -> None:
    """Giving access is half of bronze."""
    has = (capabilities.SHARE_TO_ANYONE, capabilities.SHARE_OVERLAP_KEEP, capabilities.ACCEPT_CODE)
    report = await check_tier(lambda: BoundElsewhere(only(*has)), Tier.BRONZE)
    assert (report.reached, short(report)) == (None, {"access is seen and ended"})


@pytest.mark.parametrize("rig", [Counts, Falls])
async def test_a_broken_rig_gives_no_tier(rig: type[Rig]) -> None:
    """Where the rig fails nothing is said of the adapter, and no tier is reached."""
    report = await check_tier(rig, Tier.BRONZE)
    assert report.reached is None
    assert "the rig is broken" in str(report)


@pytest.mark.parametrize(
    ("mutant", "check"),
    [*((mutant, name) for mutant, name in CAUGHT_BY.items() if name in NAMED), (DropsAnEndDate, EXPIRED)],
    ids=lambda each: getattr(each, "__name__", None),
)
async def test_a_fault_that_bronze_names_costs_bronze(mutant: type[ReferenceProvider], check: str) -> None:
    """An adapter with a fault in what bronze holds does not reach it, and the report names the promise."""
    report = await check_tier(Rigs(mutant), Tier.BRONZE)
    assert report.reached is None
    assert check in missed(report)
    assert check in str(report)


@pytest.mark.parametrize(
    ("mutant", "check"),
    [(mutant, name) for mutant, name in CAUGHT_BY.items() if name not in NAMED and mutant is not DropsAnEndDate],
    ids=lambda each: getattr(each, "__name__", None),
)
async def test_a_fault_beyond_bronze_costs_silver(mutant: type[ReferenceProvider], check: str) -> None:
    """An adapter whose fault is in what bronze leaves out reaches bronze, and silver names its promise."""
    report = await check_tier(Rigs(mutant), Tier.SILVER)
    assert report.reached is Tier.BRONZE, report
    assert check in missed(report)


def test_every_check_of_the_kit_counts_for_silver() -> None:
    """No check is outside the tiers, and the parts of all tiers have names and promises of their own."""
    assert set(silver.DECLARED.checks) == {check.name for check in CHECKS}
    parts = [part for tier in Tier for part in PARTS[tier]]
    assert len({part.name for part in parts}) == len({part.promise for part in parts}) == len(parts)


def test_tiers_are_climbed_in_order() -> None:
    """A tier counts only with all below it, and no tier counts where the first is missed."""
    part = silver.FAULTS
    held = {tier: TierResult(tier=tier, parts=(PartResult(part=part, kept=1, minimum=1),)) for tier in Tier}
    short = {tier: TierResult(tier=tier, parts=(PartResult(part=part, kept=0, minimum=1),)) for tier in Tier}
    report = TierReport(provider="it", tiers=(held[Tier.BRONZE], short[Tier.SILVER]))
    assert [report.reaches(tier) for tier in Tier] == [True, False, False]
    none = TierReport(provider="it", tiers=(short[Tier.BRONZE],))
    assert (none.reached, none.reaches(Tier.BRONZE)) == (None, False)
    unjudged = PartResult(part=part, kept=1, minimum=1, not_judged="no cloud")
    assert not unjudged.holds


async def test_what_is_no_rig_is_told_as_such() -> None:
    """A thing that makes no rigs is the caller's mistake, and no verdict."""
    with pytest.raises(TypeError, match="rig"):
        await check_tier(object)  # type: ignore[arg-type]  # that is what is tested
