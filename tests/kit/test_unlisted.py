"""Vendors that list nothing: what their adapters are held to all the same, and who does not get through."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import Any, ClassVar, Final

import attrs
import pytest

from sharebind import Account, ByIdentity, DeviceRef
from sharebind.provider import (
    ABSENT,
    AcceptShare,
    Batch,
    Capability,
    Context,
    EndShare,
    Evidence,
    Level,
    Role,
    Share,
    ShareDevice,
    ShareQuery,
    Side,
    State,
    Support,
    capabilities,
)
from sharebind.testing import CHECKS, Judgement, Tier, check_tier, judge, run
from sharebind.testing.reference import ReferenceProvider, ReferenceRig
from sharebind.testing.reference.support import SUPPORT

BY_NAME: Final = {check.name: check for check in CHECKS}
CODES: Final = (capabilities.SHARE_TO_ANYONE, capabilities.SHARE_OVERLAP_KEEP, capabilities.ACCEPT_CODE)
LEAVING: Final = frozenset({*CODES, capabilities.END_LEAVE})
REVOKING: Final = frozenset({*CODES, capabilities.END_REVOKE})
LISTING: Final = frozenset({*CODES, capabilities.LIST_RECEIVED_GRANTS, capabilities.LIST_GRANTS})


class Leaves(ReferenceProvider):
    """Makes codes, takes them, and leaves: all that some vendors have."""

    HAS: ClassVar[frozenset[Capability]] = LEAVING

    @property
    def support(self) -> Mapping[Capability, Support]:
        """Have little, and no list."""
        return {name: SUPPORT[name] if name in self.HAS else ABSENT for name in SUPPORT}


class ThreeCalls:
    """An adapter with three methods: it has none that would list anything."""

    def __init__(self, *arguments: Any) -> None:
        inner = Leaves(*arguments)
        self.support, self.share, self.accept, self.end = inner.support, inner.share, inner.accept, inner.end


class Revokes(Leaves):
    """The owner ends what a code gave, by the ref of the code."""

    HAS = REVOKING


def _ended(op: EndShare, ctx: Context) -> Share:
    ctx.done()
    return Share(ref=op.share, state=State.ENDED, evidence=Evidence.ASSUMED).as_of(ctx.now())


class LeavesNothing(Leaves):
    """Says that a share was left, and does nothing."""

    async def end(self, op: EndShare, ctx: Context, /) -> Share:
        """End nothing."""
        return _ended(op, ctx)


class RevokesNothing(LeavesNothing):
    """Says that access was taken away, and does nothing."""

    HAS = REVOKING


class LeavesOnlyOnce(Leaves):
    """Remembers what was taken, and leaves nothing else: after a restart there is nothing to leave."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._taken: set[str] = set()

    async def accept(self, op: AcceptShare, ctx: Context, /) -> Share:
        """Remember it."""
        share = await super().accept(op, ctx)
        self._taken.add(share.id)
        return share

    async def end(self, op: EndShare, ctx: Context, /) -> Share:
        """End what is remembered."""
        return await super().end(op, ctx) if op.share.id in self._taken else _ended(op, ctx)


class ListsFromMemory(Leaves):
    """Lists what it remembers of its own calls, and asks nobody."""

    HAS = LEAVING | LISTING - {capabilities.LIST_GRANTS}

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._taken: list[Share] = []

    async def accept(self, op: AcceptShare, ctx: Context, /) -> Share:
        """Remember it."""
        self._taken.append(await super().accept(op, ctx))
        return self._taken[-1]

    async def shares(self, query: ShareQuery, ctx: Context, /) -> AsyncIterator[Batch[Share]]:
        """Give what is remembered."""
        del ctx
        wanted = [share for share in self._taken if query.side is Side.RECIPIENT]
        yield Batch(tuple(share for share in wanted if query.device in (None, share.device)))


class ListsOnly(Leaves):
    """Shows to both sides who has access, and takes it from nobody."""

    HAS = LISTING


class BoundElsewhere(ReferenceRig):
    """A world for adapters that bind nothing: its devices come from the vendor's own app."""

    adapter: ClassVar[type[ReferenceProvider]] = Leaves

    def __init__(self) -> None:
        super().__init__(self.adapter)

    async def bind_elsewhere(self, account: Account, device: DeviceRef) -> None:
        """Bind a device in the cloud's own books."""
        owner = self._person(account)
        self.world.holdings.bind(owner, ByIdentity(), device, self.homes_of(account)[0], None)


def rigs(provider: type[ReferenceProvider]) -> type[BoundElsewhere]:
    """Make rigs whose accounts have one class of adapter."""
    return type("Rigs", (BoundElsewhere,), {"adapter": provider})


class Bookless(BoundElsewhere):
    """A world whose books nobody can look into."""

    def held(self, account: Account) -> Mapping[DeviceRef, Role]:
        """Tell nothing."""
        del account
        return None  # type: ignore[return-value]  # as a plain rig does


@pytest.mark.parametrize("provider", [Leaves, Revokes, ThreeCalls])
async def test_a_vendor_without_lists_reaches_bronze(provider: type[ReferenceProvider]) -> None:
    """Books that the rig can show are enough: the guest leaves by what accepting gave, the owner ends by the ref."""
    report = await check_tier(rigs(provider), Tier.BRONZE)
    assert report.reached is Tier.BRONZE, report
    assert report.tiers[0].unjudged == ()


@pytest.mark.parametrize(
    ("provider", "check"),
    [
        (LeavesNothing, "a_guest_can_leave"),
        (RevokesNothing, "ended_means_gone"),
        (RevokesNothing, "only_the_named_person_loses_access"),
        (LeavesOnlyOnce, "a_guests_stored_ref_leaves_after_a_restart"),
        (ListsFromMemory, "grants_are_listed_to_their_recipient"),
        (ListsOnly, "ended_means_gone or a_guest_can_leave"),
    ],
)
async def test_who_does_not_do_what_is_claimed_has_no_bronze(provider: type[ReferenceProvider], check: str) -> None:
    """An end that does nothing, what is remembered instead of asked, and no end at all cost the first tier."""
    report = await check_tier(rigs(provider), Tier.BRONZE)
    assert report.reached is None
    assert check in {miss.name for part in report.tiers[0].parts for miss in part.missed}, report


async def test_a_tier_that_is_missed_says_what_was_not_judged() -> None:
    """Where neither lists nor books show anything, the report names the checks, the reason and the claims."""
    report = await check_tier(Bookless, Tier.BRONZE)
    assert report.reached is None
    told = str(report)
    assert "MISS access is seen and ended: 0 of at least 3 promises kept" in told
    (line,) = (line for line in told.splitlines() if "a_guest_can_leave, leaving_twice_is_quiet" in line)
    assert line.strip().startswith("not judged, for nothing tells what somebody holds: reference does not list it")
    assert "claimed, and judged by nothing: end.leave" in told
    (part,) = (part for part in report.tiers[0].parts if part.part.name == "access is seen and ended")
    assert {"a_guest_can_leave", "ended_means_gone"} <= {each.name for each in part.left_out}


async def test_a_part_that_holds_does_not_tell_what_was_left_out() -> None:
    """What an adapter does not claim is no news where enough was kept."""
    assert "not judged" not in str(await check_tier(BoundElsewhere, Tier.BRONZE))


async def test_every_tier_is_judged_where_that_is_wanted() -> None:
    """One can see the second tier without the first, and it is not reached all the same."""
    report = await check_tier(rigs(LeavesNothing), Tier.SILVER, whole=True)
    assert [result.tier for result in report.tiers] == [Tier.BRONZE, Tier.SILVER]
    assert report.reached is None


@pytest.mark.parametrize("adapter", [Leaves, Revokes, ThreeCalls])
async def test_a_cancelled_call_is_judged_without_lists(adapter: type[ReferenceProvider]) -> None:
    """Whether the account works afterwards is asked by whatever it has."""
    verdict = await judge(BY_NAME["a_cancelled_call_leaves_the_account_usable"], rigs(adapter))
    assert verdict.outcome is Judgement.PASSED, verdict


SPANS: Final = tuple(name for name in SUPPORT if name.endswith((".accept_by", ".use_until", ".use_for")))
WITH_SPANS: Final = tuple(check for check in CHECKS if set(check.takes) & set(SPANS))
HOURS: Final = timedelta(hours=9)
WEEKS: Final = timedelta(days=25)


def bounded(at_least: timedelta | None = None, at_most: timedelta | None = None) -> type[ReferenceProvider]:
    """Make an adapter whose spans have limits."""

    class Bounded(ReferenceProvider):
        @property
        def support(self) -> Mapping[Capability, Support]:
            return {
                **SUPPORT,
                **{name: attrs.evolve(SUPPORT[name], at_least=at_least, at_most=at_most) for name in SPANS},
            }

    return Bounded


@pytest.mark.parametrize("limits", [{"at_most": HOURS}, {"at_least": WEEKS}])
async def test_limits_that_are_declared_are_kept_to(limits: dict[str, timedelta]) -> None:
    """Nothing is asked for beyond what an account says to be its shortest or longest, and as much is judged."""
    report = await run(lambda: ReferenceRig(bounded(**limits)), WITH_SPANS)
    assert not report.failed, report
    assert len(report.kept) == len((await run(ReferenceRig, WITH_SPANS)).kept) > 9


async def test_limits_that_leave_no_room_are_not_judged() -> None:
    """Where the longest is the shortest, or not much longer, what cannot be asked for says so."""
    for most in (WEEKS, 2 * WEEKS):
        report = await run(lambda: ReferenceRig(bounded(at_least=WEEKS, at_most=most)), WITH_SPANS)  # noqa: B023 - at once
        assert not report.failed, report
        assert any("the shortest share.code.use_until at reference" in verdict.why for verdict in report.not_judged)


async def test_a_limit_is_no_excuse() -> None:
    """An adapter that has codes of a day at most, and drops the end, is caught within the day."""

    class Drops(bounded(at_most=HOURS)):  # type: ignore[misc]  # a class made by a function
        def _terms(self, op: ShareDevice) -> Any:
            return attrs.evolve(super()._terms(op), accept_by=None)

    verdict = await judge(BY_NAME["an_expired_code_is_refused"], lambda: ReferenceRig(Drops))
    assert verdict.outcome is Judgement.FAILED
    assert "the last moment to accept" in verdict.why


async def test_a_life_that_nobody_knows_is_not_judged() -> None:
    """Where the vendor sets the life of a code and does not say it, no wish can be made."""

    class Fixed(ReferenceProvider):
        @property
        def support(self) -> Mapping[Capability, Support]:
            return {**SUPPORT, capabilities.SHARE_CODE_ACCEPT_BY: Support(level=Level.FIXED, reason="they do not say")}

    report = await run(lambda: ReferenceRig(Fixed), WITH_SPANS)
    assert not report.failed, report
    (left,) = (each for each in report.not_judged if each.check.name == "an_expired_code_is_refused")
    assert "does not say how long" in left.why
