"""What is declared is seen at work: ways to bind that few devices have, rooms that no list names, fixed lives."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar, Final, cast

import attrs
import pytest

from sharebind import Account, ByText, Space
from sharebind.emulator import Cloud
from sharebind.provider import (
    ABSENT,
    NATIVE,
    BindDevice,
    Binding,
    Capability,
    ConflictError,
    Context,
    InvalidRequestError,
    Level,
    Overlap,
    PlaceDevice,
    Share,
    ShareDevice,
    Support,
    capabilities,
)
from sharebind.testing import CHECKS, FreeDevice, Judgement, NotStagedError, Tier, check_tier, judge
from sharebind.testing.reference import ReferenceProvider, ReferenceRig
from sharebind.testing.reference.support import SUPPORT
from sharebind_ewelink.rig import EwelinkRig
from sharebind_quectel.rig import QuectelRig
from sharebind_tencent.rig import TencentRig

BY_NAME: Final = {check.name: check for check in CHECKS}


class KeepsTheOlderOne(ReferenceProvider):
    """Leaves an older share alone that was to be replaced."""

    async def share(self, op: ShareDevice, ctx: Context, /) -> Share:
        """Share, and replace nothing."""
        return await super().share(attrs.evolve(op, overlap=Overlap.KEEP), ctx)


class ReplacesWithoutRights(ReferenceProvider):
    """Replaces a share, and drops the rights of the new one."""

    async def share(self, op: ShareDevice, ctx: Context, /) -> Share:
        """Share, without rights where something is replaced."""
        return await super().share(attrs.evolve(op, rights=frozenset()) if op.overlap is Overlap.REPLACE else op, ctx)


class BindsByNoText(ReferenceProvider):
    """Claims to bind by the text of a code, and cannot."""

    async def bind(self, op: BindDevice, ctx: Context, /) -> Binding:
        """Bind, but by no text."""
        if isinstance(op.proof, ByText):
            raise InvalidRequestError("no text is understood")
        return await super().bind(op, ctx)


class DropsANameWithAText(ReferenceProvider):
    """Binds by the text of a code, and forgets the name."""

    async def bind(self, op: BindDevice, ctx: Context, /) -> Binding:
        """Bind, without the name."""
        return await super().bind(attrs.evolve(op, name=None) if isinstance(op.proof, ByText) else op, ctx)


class TellsNoRooms(ReferenceProvider):
    """Puts devices into rooms, and lists neither homes nor rooms."""

    @property
    def support(self) -> Mapping[Capability, Support]:
        """Have no list of places."""
        return {**SUPPORT, capabilities.LIST_SPACES: ABSENT, capabilities.LIST_ROOMS: ABSENT}


class ForgetsTheRoom(TellsNoRooms):
    """Puts devices into no room."""

    async def bind(self, op: BindDevice, ctx: Context, /) -> Binding:
        """Bind into the home alone."""
        space = Space(op.space.id) if op.space is not None else None
        return await super().bind(attrs.evolve(op, space=space), ctx)

    async def place(self, op: PlaceDevice, ctx: Context, /) -> None:
        """Place it in the home alone."""
        await super().place(attrs.evolve(op, space=Space(op.space.id)), ctx)


class TextsAreRare(ReferenceRig):
    """A world in which the tenth device is the first with a text, and has no other proof."""

    def __init__(self, provider: type[ReferenceProvider] = ReferenceProvider) -> None:
        super().__init__(provider)
        self._given = 0

    def free_device(self) -> FreeDevice:
        """Give a device with a text, or one without."""
        self._given += 1
        free = super().free_device()
        texts = tuple(proof for proof in free.proofs if isinstance(proof, ByText))
        others = tuple(proof for proof in free.proofs if not isinstance(proof, ByText))
        return attrs.evolve(free, proofs=others if self._given < 10 else texts)


class NoTexts(TextsAreRare):
    """A world without texts."""

    def free_device(self) -> FreeDevice:
        """Give a device without one."""
        self._given = 0
        return super().free_device()


class KnowsRooms(ReferenceRig):
    """A world that names the rooms of homes itself."""

    def rooms_of(self, account: Account) -> tuple[Space, ...]:
        """Give every room of a person's homes."""
        homes = self.world.holdings.homes(self._person(account))
        return tuple(Space(home.id, room) for home in homes for room in home.rooms)


@pytest.mark.parametrize(
    ("rig", "mutant", "check"),
    [
        (ReferenceRig, KeepsTheOlderOne, "replacing_a_persons_share_leaves_one"),
        (ReferenceRig, ReplacesWithoutRights, "replacing_a_persons_share_leaves_one"),
        (TextsAreRare, BindsByNoText, "every_proof_binds"),
        (TextsAreRare, DropsANameWithAText, "a_name_given_while_binding_stays"),
        (KnowsRooms, ForgetsTheRoom, "a_device_is_bound_into_the_chosen_room"),
        (KnowsRooms, ForgetsTheRoom, "a_device_is_put_into_a_room"),
    ],
)
async def test_a_fault_in_what_is_declared_is_caught(
    rig: type[ReferenceRig], mutant: type[ReferenceProvider], check: str
) -> None:
    """The check that names a fault fails on the adapter that has it, and passes on the one that has not."""
    verdict = await judge(BY_NAME[check], lambda: rig(mutant))
    assert verdict.outcome is Judgement.FAILED, verdict
    sound = TellsNoRooms if mutant is ForgetsTheRoom else ReferenceProvider
    verdict = await judge(BY_NAME[check], lambda: rig(sound))
    assert verdict.outcome is Judgement.PASSED, verdict


@pytest.mark.parametrize("check", ["a_device_is_bound_into_the_chosen_room", "a_device_is_put_into_a_room"])
async def test_a_room_that_nobody_names_is_not_judged(check: str) -> None:
    """Where neither a list nor the rig names a room, the verdict says so."""
    verdict = await judge(BY_NAME[check], lambda: ReferenceRig(TellsNoRooms))
    assert (verdict.outcome, "no room" in verdict.why) == (Judgement.NOT_JUDGED, True), verdict


class RefusesToReplace(ReferenceProvider):
    """Takes any older share for somebody else's."""

    async def share(self, op: ShareDevice, ctx: Context, /) -> Share:
        """Share, and replace nothing."""
        if op.overlap is Overlap.REPLACE:
            raise ConflictError("it may be somebody else's")
        return await super().share(op, ctx)


async def test_who_never_replaces_is_not_seen_to() -> None:
    """A refusal because nobody knows whose share it is leaves the claim unjudged, which costs the second tier."""
    verdict = await judge(BY_NAME["replacing_a_persons_share_leaves_one"], lambda: ReferenceRig(RefusesToReplace))
    assert verdict.outcome is Judgement.NOT_JUDGED, verdict
    assert capabilities.SHARE_OVERLAP_REPLACE not in verdict.used
    verdict = await judge(
        BY_NAME["replacing_a_persons_share_leaves_one"], lambda: EwelinkRig(guesses={"contacts_shown": "phone"})
    )
    assert verdict.outcome is Judgement.PASSED, verdict


@pytest.mark.parametrize(
    ("rig", "check"),
    [
        (QuectelRig, "a_device_is_bound_into_the_chosen_home"),
        (QuectelRig, "a_device_is_bound_into_the_chosen_room"),
        (EwelinkRig, "a_device_is_bound_into_the_chosen_room"),
        (EwelinkRig, "a_device_is_put_into_a_room"),
        (EwelinkRig, "replacing_a_persons_share_leaves_one"),
        (TencentRig, "an_invitations_life_that_is_too_long_is_refused"),
    ],
)
async def test_what_takes_a_special_world_is_judged(rig: type[Any], check: str) -> None:
    """Homes that an app has to turn on, rooms that no call lists and lives that nobody knows are staged."""
    verdict = await judge(BY_NAME[check], rig)
    assert verdict.outcome is Judgement.PASSED, verdict


@pytest.mark.parametrize(
    ("rig", "ways"),
    [
        (TencentRig, {"bind.by.text", "bind.by.signature", "bind.by.pairing"}),
        (EwelinkRig, {"bind.by.digest", "bind.by.text"}),
    ],
)
async def test_every_way_to_bind_is_gone(rig: type[Any], ways: set[str]) -> None:
    """Devices are looked through until each way that the account takes has bound one."""
    verdict = await judge(BY_NAME["every_proof_binds"], rig)
    assert (verdict.outcome, ways - verdict.used) == (Judgement.PASSED, set()), verdict


class FixedForPeople(ReferenceProvider):
    """The vendor sets how long an invitation lives."""

    LIFE: ClassVar[timedelta | None] = None
    LEVEL: ClassVar[Level] = Level.FIXED

    @property
    def support(self) -> Mapping[Capability, Support]:
        """Set it."""
        has = Support(level=self.LEVEL, reason="theirs", at_most=self.LIFE)
        return {**SUPPORT, capabilities.SHARE_PERSON_ACCEPT_BY: has}


class FixedForAWeek(FixedForPeople):
    """The vendor says how long."""

    LIFE = timedelta(days=7)


@pytest.mark.parametrize(
    ("provider", "outcome"),
    [
        (FixedForPeople, Judgement.PASSED),
        (FixedForAWeek, Judgement.PASSED),
        (ReferenceProvider, Judgement.NOT_JUDGED),
    ],
)
async def test_an_invitations_fixed_life_is_no_wish(provider: type[ReferenceProvider], outcome: Judgement) -> None:
    """Where the vendor sets it, a wish that it might outlive is refused, and elsewhere there is nothing to judge."""
    verdict = await judge(BY_NAME["an_invitations_life_that_is_too_long_is_refused"], lambda: ReferenceRig(provider))
    assert verdict.outcome is outcome, verdict


async def test_silver_takes_all_that_is_declared() -> None:
    """One ability that nothing judged costs the second tier, and it is named with the checks that would judge it."""
    report = await check_tier(NoTexts, Tier.SILVER)
    assert report.reached is Tier.BRONZE
    (declared, *_) = report.tiers[1].parts
    assert declared.minimum - declared.kept == 2
    assert not declared.holds
    assert "  claimed, and judged by nothing: bind.by.text, bind.by.text.name" in str(report).splitlines()


async def test_what_would_judge_a_claim_is_named() -> None:
    """Where a check for an unseen ability was left out, the report says why."""

    class NoRooms(ReferenceProvider):
        @property
        def support(self) -> Mapping[Capability, Support]:
            return {**SUPPORT, capabilities.LIST_ROOMS: ABSENT, capabilities.BIND_ROOM: NATIVE}

    told = str(await check_tier(lambda: ReferenceRig(NoRooms), Tier.SILVER))
    assert "a_device_is_bound_into_the_chosen_room, a_device_is_put_into_a_room" in told
    assert "no room that a list or the rig would name" in told


async def test_tokens_end_where_the_cloud_can_end_them() -> None:
    """A rig on an emulated cloud ends tokens by the cloud's own method, and without one cannot."""
    async with TencentRig() as rig:
        before = len(rig.cloud.requests)
        await rig.owner.bindings().all()
        used = len(rig.cloud.requests) - before
        await rig.end_tokens(rig.owner)
        await rig.owner.bindings().all()
        assert len(rig.cloud.requests) - before > 2 * used, "the token was renewed"
        rig.cloud = cast("Cloud", object())
        with pytest.raises(NotStagedError, match="end a token"):
            await rig.end_tokens(rig.owner)
