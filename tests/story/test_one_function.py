"""The point of the library: one function for every vendor."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sharebind import (
    Account,
    Anyone,
    ByIdentity,
    ByText,
    DeviceRef,
    EndReason,
    Evidence,
    Level,
    NotBoundError,
    Role,
    SelfShareError,
    Share,
    Sharebind,
    SharebindError,
    ShareEndedError,
    ShareRef,
    State,
    UnexpectedRoleError,
    UnsupportedError,
    UserId,
)
from sharebind.emulator import Clouds

VENDORS = ["quectel", "tencent"]


class Home:
    """Three people at one vendor, and its devices."""

    def __init__(self, sharebind: Sharebind, clouds: Clouds, provider: str) -> None:
        self.cloud = clouds[provider]
        self.owner, self.guest, self.other = (self._open(sharebind, name) for name in ("owner", "guest", "other"))

    def _open(self, sharebind: Sharebind, name: str) -> Account:
        settings = {"token": self.cloud.user(name).token, "base_url": self.cloud.base_url}
        return sharebind.open_account(self.cloud.provider, settings, name=name)

    async def bound(self, index: int = 0) -> DeviceRef:
        """Bind one of the free devices, by whatever proof the account takes."""
        given = self.cloud.devices[index]
        device = DeviceRef(given.device, given.product)
        by_identity = self.owner.supports("bind.by.identity").level is Level.NATIVE
        await self.owner.bind(device, ByIdentity() if by_identity else ByText(given.proof["device_signature"]))
        return device


async def share_accept_list_and_end(owner: Account, guest: Account, device: DeviceRef) -> list[State]:
    """Share by code, accept, list from both sides, end: once for all vendors, without a branch on any."""
    offer = await owner.share(device, to=Anyone(), accept_by=timedelta(days=7))
    taken = await guest.accept(offer.code)
    [given] = await owner.shares(device=device).all()
    [received] = await guest.received(device=device).all()
    ended = await owner.end(given)
    assert await guest.received(device=device).all() == []
    assert await owner.shares(device=device).all() == []
    return [offer.state, taken.state, given.state, received.state, ended.state]


@pytest.mark.parametrize("provider", VENDORS)
async def test_one_function_serves_every_vendor(clouds: Clouds, provider: str) -> None:
    """The same function, written once, shares by code, accepts, lists and ends at every vendor."""
    async with Sharebind(clock=clouds.clock) as sharebind:
        home = Home(sharebind, clouds, provider)
        states = await share_accept_list_and_end(home.owner, home.guest, await home.bound())
    assert states == [State.OFFERED, State.ACTIVE, State.ACTIVE, State.ACTIVE, State.ENDED]


@pytest.mark.parametrize("provider", VENDORS)
async def test_a_share_is_ended_from_a_stored_line_after_a_restart(clouds: Clouds, provider: str) -> None:
    """What a host stored of a listed share ends it from a new process, with nothing else at hand."""
    async with Sharebind(clock=clouds.clock) as sharebind:
        home = Home(sharebind, clouds, provider)
        device = await home.bound()
        await home.guest.accept((await home.owner.share(device, to=Anyone(), accept_by=timedelta(days=7))).code)
        [share] = await home.owner.shares().all()
        stored = share.ref.reveal()
    async with Sharebind(clock=clouds.clock) as restarted:
        home = Home(restarted, clouds, provider)
        assert (await home.owner.end(ShareRef.parse(stored))).state is State.ENDED
        assert await home.guest.received().all() == []


@pytest.mark.parametrize("provider", VENDORS)
async def test_the_ref_of_an_offer_ends_the_share_that_came_of_it(clouds: Clouds, provider: str) -> None:
    """A ref that was stored when the code was made still ends the access that the code gave."""
    async with Sharebind(clock=clouds.clock) as sharebind:
        home = Home(sharebind, clouds, provider)
        device = await home.bound()
        offer = await home.owner.share(device, to=Anyone(), accept_by=timedelta(days=7))
        await home.guest.accept(offer.code)
        ended = await home.owner.end(ShareRef.parse(offer.ref.reveal()))
        assert ended.state is State.ENDED
        assert await home.guest.received().all() == []


@pytest.mark.parametrize("provider", VENDORS)
async def test_ending_twice_is_no_error_and_says_what_is_known(clouds: Clouds, provider: str) -> None:
    """The second end succeeds quietly; its reason is not made up."""
    async with Sharebind(clock=clouds.clock) as sharebind:
        home = Home(sharebind, clouds, provider)
        device = await home.bound()
        await home.guest.accept((await home.owner.share(device, to=Anyone(), accept_by=timedelta(days=7))).code)
        [share] = await home.owner.shares().all()
        first, second = await home.owner.end(share), await home.owner.end(share)
    assert (first.state, first.end_reason, first.evidence) == (State.ENDED, EndReason.REVOKED, Evidence.ASSUMED)
    assert (second.state, second.end_reason) == (State.ENDED, EndReason.UNKNOWN)


@pytest.mark.parametrize("provider", VENDORS)
async def test_the_recipient_leaves(clouds: Clouds, provider: str) -> None:
    """A recipient gives a device back by itself, and both sides see it."""
    async with Sharebind(clock=clouds.clock) as sharebind:
        home = Home(sharebind, clouds, provider)
        device = await home.bound()
        taken = await home.guest.accept((await home.owner.share(device, to=Anyone(), accept_by=timedelta(days=7))).code)
        left = await home.guest.end(taken)
        assert (left.state, left.end_reason) == (State.ENDED, EndReason.LEFT)
        assert await home.guest.bindings().all() == []
        assert await home.owner.shares().all() == []


@pytest.mark.parametrize("provider", VENDORS)
async def test_one_persons_access_ends_and_the_others_stay(clouds: Clouds, provider: str) -> None:
    """Two people hold codes of their own; revoking one leaves the other alone."""
    async with Sharebind(clock=clouds.clock) as sharebind:
        home = Home(sharebind, clouds, provider)
        device = await home.bound()
        for person in (home.guest, home.other):
            await person.accept((await home.owner.share(device, to=Anyone(), accept_by=timedelta(days=7))).code)
        shares = await home.owner.shares(device=device).all()
        guest = home.cloud.user("guest").user_id
        await home.owner.end(next(each for each in shares if each.recipient and each.recipient.user_id == guest))
        assert [each.ref.device for each in await home.other.received().all()] == [device]
        assert await home.guest.received().all() == []


@pytest.mark.parametrize("provider", VENDORS)
async def test_a_code_of_ones_own_is_refused(clouds: Clouds, provider: str) -> None:
    """The owner cannot accept what they offered."""
    async with Sharebind(clock=clouds.clock) as sharebind:
        home = Home(sharebind, clouds, provider)
        offer = await home.owner.share(await home.bound(), to=Anyone(), accept_by=timedelta(days=7))
        with pytest.raises(SelfShareError) as caught:
            await home.owner.accept(offer)
    assert caught.value.operation == "accept"
    assert caught.value.provider == provider


@pytest.mark.parametrize("provider", VENDORS)
async def test_a_used_code_admits_nobody_else(clouds: Clouds, provider: str) -> None:
    """A code that was taken is over for the next person."""
    async with Sharebind(clock=clouds.clock) as sharebind:
        home = Home(sharebind, clouds, provider)
        offer = await home.owner.share(await home.bound(), to=Anyone(), accept_by=timedelta(days=7))
        await home.guest.accept(offer.code)
        with pytest.raises(ShareEndedError):
            await home.other.accept(offer.code)
        assert await home.other.bindings().all() == []


@pytest.mark.parametrize("provider", VENDORS)
async def test_unbinding_in_another_role_is_refused(clouds: Clouds, provider: str) -> None:
    """A received device is not unbound by a caller who believes to own it; nothing is lost."""
    async with Sharebind(clock=clouds.clock) as sharebind:
        home = Home(sharebind, clouds, provider)
        device = await home.bound()
        await home.guest.accept((await home.owner.share(device, to=Anyone(), accept_by=timedelta(days=7))).code)
        with pytest.raises(UnexpectedRoleError):
            await home.guest.unbind(device, expect=Role.OWNER)
        with pytest.raises(UnsupportedError):
            await home.guest.unbind(device, expect=Role.GUEST)
        assert [each.role for each in await home.guest.bindings().all()] == [Role.GUEST]


@pytest.mark.parametrize("provider", VENDORS)
async def test_unbinding_what_one_does_not_hold_is_told(clouds: Clouds, provider: str) -> None:
    """Unbinding a stranger's device raises, and the device stays where it is."""
    async with Sharebind(clock=clouds.clock) as sharebind:
        home = Home(sharebind, clouds, provider)
        device = await home.bound()
        with pytest.raises(SharebindError) as caught:
            await home.guest.unbind(device)
        assert caught.value.outcome.value == "nothing"
        assert [each.device for each in await home.owner.bindings().all()] == [device]
        await home.owner.unbind(device)
        with pytest.raises(NotBoundError):
            await home.owner.unbind(device)


@pytest.mark.parametrize("provider", VENDORS)
async def test_a_named_person_gets_it_whether_they_must_accept_or_not(clouds: Clouds, provider: str) -> None:
    """A share with a user id ends as a grant, and the state alone says whether accepting is needed."""
    async with Sharebind(clock=clouds.clock) as sharebind:
        home = Home(sharebind, clouds, provider)
        device = await home.bound()
        await home.owner.share(device, to=UserId(home.cloud.user("guest").user_id))
        received: list[Share] = await home.guest.received(device=device).all()
        for offer in received:
            if offer.state is State.OFFERED:
                await home.guest.accept(offer)
        [grant] = await home.guest.received(device=device).all()
        assert grant.state is State.ACTIVE
        assert grant.owner is not None
        assert grant.owner.user_id == home.cloud.user("owner").user_id


@pytest.mark.parametrize("provider", VENDORS)
async def test_chinese_names_survive(clouds: Clouds, provider: str) -> None:
    """A person's or device's name in Chinese comes back as it was, where the vendor takes a name."""
    async with Sharebind(clock=clouds.clock) as sharebind:
        home = Home(sharebind, clouds, provider)
        given = home.cloud.devices[0]
        device = DeviceRef(given.device, given.product)
        if home.owner.supports("bind.by.identity.name").level is not Level.NATIVE:
            with pytest.raises(UnsupportedError):
                await home.owner.bind(device, ByText(given.proof["device_signature"]), name="客厅的灯")
            return
        await home.owner.bind(device, name="客厅的灯 & co/1+1")
        [binding] = await home.owner.bindings().all()
        assert binding.name == "客厅的灯 & co/1+1"
