"""The reference provider keeps every promise of the kit, and the finer rules of its own cloud."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Mapping
from datetime import timedelta
from typing import Any

import attrs
import pytest

from sharebind import (
    Account,
    AlreadyBoundError,
    Anyone,
    ByIdentity,
    ByPairing,
    BySerial,
    ByText,
    CodeOffer,
    ConflictError,
    DeviceNotReadyError,
    DeviceRef,
    Email,
    EndReason,
    NotBoundError,
    NotFoundError,
    Overlap,
    PermissionDeniedError,
    ProofRejectedError,
    RecipientNotFoundError,
    Role,
    SelfShareError,
    Share,
    ShareEndedError,
    ShareNotFoundError,
    ShareRef,
    Space,
    SpaceRequiredError,
    State,
    UnexpectedRoleError,
    UserId,
)
from sharebind import provider as api
from sharebind.provider import Capability, Level, Secret, Support, bind_by, capabilities
from sharebind.testing import CHECKS, Judgement, judge, run
from sharebind.testing.reference import ReferenceProvider, ReferenceRig
from sharebind.testing.reference.records import Refusal
from sharebind.testing.reference.support import SUPPORT

from .mutants import Rigs

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
EVERY_STATE = frozenset(State)
OF_FIXED_LIVES = [check for check in CHECKS if check.name.endswith("life_that_is_too_long_is_refused")]
ABOUT_LESS = [check for check in CHECKS if check.absent is not None or check in OF_FIXED_LIVES]
"""The checks of accounts that cannot do everything."""


class HasNothing(ReferenceProvider):
    """An account that may not do anything."""

    @property
    def support(self) -> Mapping[Capability, Support]:
        """Nothing."""
        return {}


class HasLittle(ReferenceProvider):
    """An account that may bind a device and share it with somebody, and no more."""

    @property
    def support(self) -> Mapping[Capability, Support]:
        """The least that the other wishes are made of."""
        return {capability: SUPPORT[capability] for capability in (bind_by("identity"), capabilities.SHARE_TO_USER_ID)}


class FixesTheLife(ReferenceProvider):
    """An account whose cloud sets how long a code lives."""

    @property
    def support(self) -> Mapping[Capability, Support]:
        """All, but for the life of a code."""
        fixed = Support(level=Level.FIXED, reason="the cloud sets it", at_most=7 * DAY)
        return {**SUPPORT, capabilities.SHARE_CODE_ACCEPT_BY: fixed}


@pytest.fixture
async def rig() -> AsyncGenerator[ReferenceRig]:
    """Give a world with three people."""
    async with ReferenceRig() as made:
        yield made


async def bound(rig: ReferenceRig, account: Account | None = None) -> DeviceRef:
    """Bind a free device, by default for the owner."""
    return (await (account or rig.owner).bind(rig.free_device().device)).device


def person(rig: ReferenceRig, account: Account) -> UserId:
    """Name a person by id."""
    return next(name for name in rig.known_as(account) if isinstance(name, UserId))


async def taken(rig: ReferenceRig, device: DeviceRef, account: Account, **terms: Any) -> Share:
    """Share with a person, who accepts, and give the share on that person's side."""
    await rig.owner.share(device, to=person(rig, account), **terms)
    (offer,) = await account.received(device=device, states=frozenset({State.OFFERED})).all()
    return await account.accept(offer)


async def given(rig: ReferenceRig, device: DeviceRef) -> dict[str, Share]:
    """List all that the owner ever gave of a device, by id."""
    return {share.id: share for share in await rig.owner.shares(device=device, states=EVERY_STATE).all()}


class TestTheKit:
    """The reference provider and the checks of the kit."""

    async def test_the_reference_provider_passes_every_check(self, promises: Counter[str]) -> None:
        """All that an account with every ability can be judged by holds, and every such check is judged."""
        report = await run(ReferenceRig, [check for check in CHECKS if check not in ABOUT_LESS])
        assert not report.failed, report
        assert not report.not_judged, report.not_judged
        assert len(report.passed) == len(CHECKS) - len(ABOUT_LESS)
        promises["reference kept"] += len(report.kept)

    async def test_an_account_without_abilities_refuses_them_all(self, promises: Counter[str]) -> None:
        """Each check of an absent capability is judged on an account that has little or nothing, and holds."""
        checks = [check for check in CHECKS if check.absent is not None]
        reports = [await run(rigs, checks) for rigs in (Rigs(HasNothing), Rigs(HasLittle))]
        assert [report.failed for report in reports] == [(), ()]
        judged = {verdict.check.name for report in reports for verdict in report.passed}
        promises["reference without abilities refused"] += len(judged)
        assert judged == {check.name for check in checks}

    async def test_a_fixed_life_is_judged_where_there_is_one(self) -> None:
        """The check of a code's life that the vendor sets holds on an account that has one."""
        of_codes, _ = OF_FIXED_LIVES
        verdict = await judge(of_codes, Rigs(FixesTheLife))
        assert verdict.outcome is Judgement.PASSED, verdict


class TestTheModel:
    """The reference provider and the model."""

    def test_it_has_every_ability(self) -> None:
        """It declares every capability of the core, and every kind of proof with a name."""
        proofs = {bind_by(proof.kind) for proof in (ByIdentity(), BySerial("1"), ByText("1"), ByPairing("1"))}
        assert set(capabilities.EVERY) | proofs <= set(SUPPORT)
        assert {support.level for support in SUPPORT.values()} == {Level.NATIVE}

    def test_it_implements_every_protocol(self) -> None:
        """Every operation and every list of the model finds its method."""
        methods = {method for value in vars(api).values() if isinstance(method := getattr(value, "method", None), str)}
        assert len(methods) > 15
        assert [name for name in methods if not callable(getattr(ReferenceProvider, name, None))] == []

    def test_type_checkers_take_it_for_each_protocol(self) -> None:
        """A signature that fits no Protocol fails the type check of this very function."""

        def _abilities(
            it: ReferenceProvider,
        ) -> tuple[
            api.SharingProvider,
            api.BindingProvider,
            api.Accepting,
            api.Changing,
            api.Inspecting,
            api.BindChecking,
            api.PairingBegin,
            api.PairingCheck,
            api.Renaming,
            api.Placing,
            api.Transferring,
            api.UserFinding,
            api.SelfReading,
            api.SpaceListing,
            api.SpaceMaking,
            api.SigningOut,
        ]:
            return it, it, it, it, it, it, it, it, it, it, it, it, it, it, it, it

        assert callable(_abilities)


class TestTerms:
    """Ends, and the times from which they are counted."""

    async def test_a_time_of_use_never_outlasts_the_end_of_use(self, rig: ReferenceRig) -> None:
        """Where both are asked for, the earlier one ends the access."""
        device = await bound(rig)
        share = await taken(rig, device, rig.guest, use_for=5 * DAY, use_until=2 * DAY)
        assert share.use_until is not None
        assert share.accepted_at is not None
        assert share.use_until - share.accepted_at <= 2 * DAY

    async def test_an_endless_share_has_lost_its_time_of_use_too(self, rig: ReferenceRig) -> None:
        """Taking the end of an offer away leaves no other bound of its use behind."""
        device = await bound(rig)
        offer = await rig.owner.share(device, to=Anyone(), use_for=HOUR)
        await rig.owner.change(offer, use_until=None)
        await rig.guest.accept(offer)
        rig.advance(DAY)
        assert device in rig.held(rig.guest)

    async def test_a_new_end_keeps_the_time_of_use(self, rig: ReferenceRig) -> None:
        """Moving the end of an offer drops no other restriction."""
        device = await bound(rig)
        offer = await rig.owner.share(device, to=Anyone(), use_for=HOUR)
        await rig.owner.change(offer, use_until=30 * DAY)
        share = await rig.guest.accept(offer)
        rig.advance(2 * HOUR)
        assert share.use_until is not None
        assert device not in rig.held(rig.guest)

    async def test_what_ran_out_says_when_and_why(self, rig: ReferenceRig) -> None:
        """An end by the clock has the moment of the term, not that of the look."""
        device = await bound(rig)
        offer = await rig.owner.share(device, to=Anyone(), accept_by=HOUR, use_until=DAY)
        rig.advance(3 * DAY)
        ended = (await given(rig, device))[offer.id]
        assert (ended.end_reason, ended.ended_at) == (EndReason.OFFER_EXPIRED, offer.accept_by)

    async def test_a_share_that_is_over_cannot_be_changed(self, rig: ReferenceRig) -> None:
        """A new end does not bring back what was ended."""
        device = await bound(rig)
        offer = await rig.owner.share(device, to=Anyone())
        await rig.owner.end(offer)
        with pytest.raises(ShareEndedError) as error:
            await rig.owner.change(offer, use_until=DAY)
        assert error.value.reason is EndReason.WITHDRAWN


class TestOverlap:
    """What an earlier share means for a new one."""

    async def test_keeping_ends_nothing_of_the_same_person(self, rig: ReferenceRig) -> None:
        """Somebody may have two shares of a device; ending one leaves the access by the other."""
        device = await bound(rig)
        first = await taken(rig, device, rig.guest)
        second = await taken(rig, device, rig.guest)
        assert len(await rig.guest.bindings(device=device).all()) == 1
        await rig.guest.end(first)
        assert device in rig.held(rig.guest)
        await rig.guest.end(second)
        assert device not in rig.held(rig.guest)

    async def test_replacing_spares_other_people(self, rig: ReferenceRig) -> None:
        """A replacing share ends the same person's shares and open codes, and nobody else's."""
        device, other = await bound(rig), rig.other
        assert other is not None
        await taken(rig, device, other)
        mine = await taken(rig, device, rig.guest)
        code = await rig.owner.share(device, to=Anyone())
        await rig.owner.share(device, to=person(rig, rig.guest), overlap=Overlap.REPLACE)
        reasons = {share.end_reason for share in (await given(rig, device)).values() if share.state is State.ENDED}
        assert reasons == {EndReason.SUPERSEDED}
        assert device in rig.held(other)
        for gone in (mine, code):
            with pytest.raises(ShareEndedError):
                await rig.guest.accept(gone)

    async def test_extending_goes_on_without_a_break(self, rig: ReferenceRig) -> None:
        """Who uses the device already need not take the longer share."""
        device = await bound(rig)
        await taken(rig, device, rig.guest, use_until=DAY)
        longer = await rig.owner.share(device, to=person(rig, rig.guest), use_until=9 * DAY, overlap=Overlap.EXTEND)
        assert longer.state is State.ACTIVE
        rig.advance(5 * DAY)
        assert device in rig.held(rig.guest)

    @pytest.mark.parametrize("until", [DAY, 2 * DAY])
    async def test_extending_to_less_is_refused_and_ends_nothing(self, rig: ReferenceRig, until: timedelta) -> None:
        """A use that does not grow is a conflict, and the earlier share stays."""
        device = await bound(rig)
        share = await taken(rig, device, rig.guest, use_until=3 * DAY)
        with pytest.raises(ConflictError):
            await rig.owner.share(device, to=person(rig, rig.guest), use_until=until, overlap=Overlap.EXTEND)
        assert [each.id for each in await rig.guest.received(device=device).all()] == [share.id]

    async def test_nothing_is_longer_than_endless(self, rig: ReferenceRig) -> None:
        """A code without an end cannot be extended, not even by another one."""
        device = await bound(rig)
        offer = await rig.owner.share(device, to=Anyone())
        with pytest.raises(ConflictError):
            await rig.owner.share(device, to=Anyone(), overlap=Overlap.EXTEND)
        assert (await given(rig, device))[offer.id].state is State.OFFERED


class TestCodes:
    """What a code says when it is taken."""

    async def test_a_dead_code_tells_why(self, rig: ReferenceRig) -> None:
        """Used, withdrawn, expired, replaced and orphaned codes each have their reason."""
        device, orphan = await bound(rig), await bound(rig)
        expired = await rig.owner.share(device, to=Anyone(), accept_by=HOUR)
        rig.advance(2 * HOUR)
        replaced = await rig.owner.share(device, to=Anyone())
        used = await rig.owner.share(device, to=Anyone(), overlap=Overlap.REPLACE)
        await rig.guest.accept(used)
        withdrawn = await rig.owner.share(device, to=Anyone())
        await rig.owner.end(withdrawn)
        orphaned = await rig.owner.share(orphan, to=Anyone())
        await rig.owner.unbind(orphan)
        reasons = {
            EndReason.OFFER_EXPIRED: expired,
            EndReason.SUPERSEDED: replaced,
            EndReason.USED: used,
            EndReason.WITHDRAWN: withdrawn,
            EndReason.OWNER_GONE: orphaned,
        }
        for reason, offer in reasons.items():
            with pytest.raises(ShareEndedError) as error:
                await rig.guest.accept(offer.code)
            assert error.value.reason is reason

    async def test_a_revoked_code_stays_used(self, rig: ReferenceRig) -> None:
        """Ending the access that a code gave does not make it a code that nobody took."""
        device = await bound(rig)
        offer = await rig.owner.share(device, to=Anyone())
        await rig.guest.accept(offer)
        await rig.owner.end(offer)
        with pytest.raises(ShareEndedError) as error:
            await rig.guest.accept(offer)
        assert error.value.reason is EndReason.USED

    async def test_an_unknown_code_is_not_found(self, rig: ReferenceRig) -> None:
        """A code that nobody made belongs to no share."""
        with pytest.raises(ShareNotFoundError):
            await rig.guest.accept("nobody-made-this")

    async def test_ones_own_code_is_a_share_with_oneself(self, rig: ReferenceRig) -> None:
        """An owner can neither take the own code nor be named."""
        device = await bound(rig)
        with pytest.raises(SelfShareError):
            await rig.owner.accept(await rig.owner.share(device, to=Anyone()))
        with pytest.raises(SelfShareError):
            await rig.owner.share(device, to=person(rig, rig.owner))

    async def test_a_code_is_listed_only_while_it_can_be_taken(self, rig: ReferenceRig) -> None:
        """The owner finds the code again while it waits, and never after."""
        device = await bound(rig)
        offer = await rig.owner.share(device, to=Anyone())
        waiting = (await given(rig, device))[offer.id]
        assert isinstance(waiting, CodeOffer)
        assert waiting.code == offer.code != offer.ref.key
        await rig.guest.accept(waiting)
        assert not isinstance((await given(rig, device))[offer.id], CodeOffer)


class TestEnding:
    """Ends, by whom and how often."""

    async def test_ending_again_tells_the_first_reason(self, rig: ReferenceRig) -> None:
        """What the guest left has not been revoked by the owner's later try."""
        device = await bound(rig)
        offer = await rig.owner.share(device, to=Anyone())
        await rig.guest.end(await rig.guest.accept(offer))
        again = await rig.owner.end(ShareRef.parse(offer.ref.reveal()))
        assert (again.state, again.end_reason) == (State.ENDED, EndReason.LEFT)

    async def test_each_side_and_state_has_its_reason(self, rig: ReferenceRig) -> None:
        """Withdrawing, revoking, declining and leaving are told apart."""
        device, guest = await bound(rig), person(rig, rig.guest)
        withdrawn = await rig.owner.end(await rig.owner.share(device, to=guest))
        invited = await rig.owner.share(device, to=guest)
        (offer,) = await rig.guest.received(device=device).all()
        declined = await rig.guest.end(offer)
        left = await rig.guest.end(await taken(rig, device, rig.guest))
        await taken(rig, device, rig.guest)
        (grant,) = await rig.owner.shares(device=device).all()
        revoked = await rig.owner.end(grant)
        assert invited.id != withdrawn.id
        assert [share.end_reason for share in (withdrawn, declined, left, revoked)] == [
            EndReason.WITHDRAWN,
            EndReason.DECLINED,
            EndReason.LEFT,
            EndReason.REVOKED,
        ]

    async def test_somebody_elses_share_is_never_quiet(self, rig: ReferenceRig) -> None:
        """A stranger who holds the ref of a share, even of one that is over, is refused."""
        device, other = await bound(rig), rig.other
        assert other is not None
        offer = await rig.owner.share(device, to=Anyone())
        for _ in range(2):
            with pytest.raises(PermissionDeniedError):
                await other.end(offer.ref)
            await rig.owner.end(offer)


class TestDevices:
    """Binding, and all that changes who holds what."""

    async def test_a_device_has_one_owner(self, rig: ReferenceRig) -> None:
        """Nobody binds what is bound, its owner included."""
        device = await bound(rig)
        for account in (rig.owner, rig.guest):
            with pytest.raises(AlreadyBoundError):
                await account.bind(device)

    async def test_a_proof_of_another_device_is_refused(self, rig: ReferenceRig) -> None:
        """A serial must be that of the device that is named, and of the product that it names."""
        one, two = rig.free_device(), rig.free_device()
        serial = next(proof for proof in one.proofs if isinstance(proof, BySerial))
        for device, proof in ((two.device, serial), (None, attrs.evolve(serial, product="door")), (None, ByText("?"))):
            with pytest.raises(ProofRejectedError):
                await rig.owner.bind(device, proof)

    async def test_a_pairing_belongs_to_who_began_it(self, rig: ReferenceRig) -> None:
        """A token binds nothing before the device used it, nothing for others, and nothing after its life."""
        device = rig.free_device().device
        pairing = await rig.owner.begin_pairing()
        with pytest.raises(DeviceNotReadyError):
            await rig.owner.bind(device, ByPairing(pairing.token))
        await rig.report_pairing(pairing, device)
        with pytest.raises(ProofRejectedError):
            await rig.guest.bind(device, ByPairing(pairing.token))
        rig.advance(HOUR)
        with pytest.raises(ProofRejectedError):
            await rig.owner.check_pairing(pairing)

    async def test_a_second_home_must_be_chosen(self, rig: ReferenceRig) -> None:
        """With two homes binding asks which, and takes none that is somebody else's."""
        made = await rig.owner.create_space("两室")
        with pytest.raises(SpaceRequiredError) as error:
            await bound(rig)
        assert error.value.choices == (*rig.homes_of(rig.owner),)
        device = rig.free_device().device
        with pytest.raises(NotFoundError):
            await rig.guest.bind(device, space=made)
        with pytest.raises(NotFoundError):
            await rig.owner.bind(device, space=Space(made.id, room="no-such-room"))
        assert (await rig.owner.bind(device, space=made)).space == made

    async def test_a_role_that_was_not_expected_changes_nothing(self, rig: ReferenceRig) -> None:
        """Owner, guest and stranger each give up only what they are."""
        device, other = await bound(rig), rig.other
        assert other is not None
        await taken(rig, device, rig.guest)
        for account, expect in ((rig.owner, Role.GUEST), (rig.owner, Role.MEMBER), (rig.guest, Role.OWNER)):
            with pytest.raises(UnexpectedRoleError):
                await account.unbind(device, expect=expect)
        with pytest.raises(NotBoundError):
            await other.unbind(device)
        assert device in rig.held(rig.owner)
        assert device in rig.held(rig.guest)

    async def test_a_guest_gives_a_device_up(self, rig: ReferenceRig) -> None:
        """Unbinding as a guest leaves every share of the device, and counts who still holds it."""
        device = await bound(rig)
        for _ in range(2):
            await taken(rig, device, rig.guest)
        gone = await rig.guest.unbind(device, expect=Role.GUEST)
        assert gone.others_left == 1
        assert device not in rig.held(rig.guest)
        assert device in rig.held(rig.owner)

    async def test_a_new_owner_has_given_nothing(self, rig: ReferenceRig) -> None:
        """Handing a device over ends its shares, and puts it into the new owner's home."""
        device, other = await bound(rig), rig.other
        assert other is not None
        share = await taken(rig, device, rig.guest)
        await rig.owner.transfer(device, person(rig, other))
        assert rig.held(rig.owner) == rig.held(rig.guest) == {}
        (binding,) = await other.bindings().all()
        assert binding.space == rig.homes_of(other)[0]
        (ended,) = await rig.guest.received(states=EVERY_STATE).all()
        assert (ended.id, ended.end_reason) == (share.id, EndReason.OWNER_GONE)

    async def test_a_device_may_be_named_without_its_product(self, rig: ReferenceRig) -> None:
        """The answer tells the whole name."""
        device = await bound(rig)
        offer = await rig.owner.share(DeviceRef(device.device), to=Anyone())
        assert offer.device == device


class TestPeople:
    """Who is who, and by which token."""

    async def test_everybody_is_found_by_all_their_names(self, rig: ReferenceRig) -> None:
        """User id, user name, e-mail address and phone number lead to the same person."""
        found = {(await rig.owner.find_user(name)).user_id for name in rig.known_as(rig.guest)}
        assert found == {person(rig, rig.guest).value}
        with pytest.raises(RecipientNotFoundError):
            await rig.owner.find_user(Email("nobody@example.com"))

    async def test_no_request_goes_without_a_live_token(self, rig: ReferenceRig) -> None:
        """The cloud knows who asks by the token alone."""
        with pytest.raises(Refusal):
            await rig.world.ask(Secret("made-up"), lambda me: me, changes=False)

    async def test_an_old_token_is_renewed_once_for_all(self, rig: ReferenceRig) -> None:
        """A hundred calls that find the token dead wait for one renewal, without a password."""
        await rig.owner.me()
        rig.advance(3 * HOUR)
        before = rig.requests()
        people = await asyncio.gather(*(rig.owner.me() for _ in range(100)))
        assert len({me.user_id for me in people}) == 1
        assert rig.world.people.sign_ins == 1
        assert rig.world.people.renewals == 1
        assert rig.requests() - before == 201

    async def test_where_no_renewal_helps_the_account_signs_in_again(self, rig: ReferenceRig) -> None:
        """After a month both tokens are dead, and the password still is good."""
        await rig.owner.me()
        rig.advance(31 * DAY)
        await rig.owner.me()
        assert rig.world.people.sign_ins == 2

    async def test_signing_out_ends_the_session_and_begins_none(self, rig: ReferenceRig) -> None:
        """Signing out twice sends one request, and one whose session is over signs nobody in."""
        await rig.owner.me()
        before = rig.requests()
        for _ in range(2):
            await rig.owner.sign_out()
        assert rig.requests() == before + 1
        await rig.guest.me()
        await rig.end_tokens(rig.guest)
        await rig.guest.sign_out()
        assert rig.world.people.sign_ins == 2
