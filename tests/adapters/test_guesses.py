"""The same story under every answer that the vendors' clouds may give to what their documents leave open."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from typing import Final, TypeVar

import pytest

from sharebind import (
    Account,
    Anyone,
    DeviceNotReadyError,
    DeviceRef,
    Email,
    Level,
    NotBoundError,
    QuotaExceededError,
    Role,
    Share,
    SharebindError,
    ShareNotFoundError,
    Space,
    State,
    UserId,
)
from sharebind.emulator import find_cloud
from sharebind.emulator.world import GuessValue

from .playing import WITHOUT_EWELINK
from .scene import VENDORS, WEEK, Home

T = TypeVar("T")

Case = tuple[str, str, GuessValue]

IMPOSSIBLE: Final[dict[Case, dict[str, type[SharebindError]]]] = {
    ("quectel", "binds_verified", False): {
        "share by code": DeviceNotReadyError,
        "share with a person": DeviceNotReadyError,
    },
    ("tencent", "users_per_shared_device", 1): {"accept the invitation": QuotaExceededError},
}
"""The steps that an answer makes impossible, and the error that says so; all other steps work."""


ALL: Final = (*VENDORS, "gizwits", *(() if WITHOUT_EWELINK else ("ewelink",)))

NOT_TOLD: Final[dict[Case, str]] = {
    ("gizwits", "requests_per_minute", 5): "the story asks more often than that",
    ("ewelink", "limits", "kept"): "these accounts keep no pace, so that the second step would be one too many",
}
"""Answers under which the story is not told, and why."""


def cases() -> Iterator[Case]:
    """Give every answer to every question of every vendor."""
    for provider in ALL:
        for guess in find_cloud(provider).GUESSES:
            for value in guess.values:
                if (provider, guess.name, value) not in NOT_TOLD:
                    yield provider, guess.name, value


class Story:
    """One telling of the story; it knows which steps failed, and as what."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.failed: dict[str, type[Exception]] = {}

    async def step(self, name: str, wish: Awaitable[T]) -> T | None:
        """Take a step; an error of the library is remembered, any other is the test's failure."""
        try:
            return await wish
        except SharebindError as error:
            failed = error
        assert failed.outcome.value == "nothing", f"{name}: {failed}"
        self.failed[name] = type(failed)
        return None

    async def bind(self, index: int = 0) -> DeviceRef:
        """Bind a free device; a cloud of homes needs one."""
        given = self.home.cloud.devices[index]
        device = DeviceRef(given.device, given.product)
        owner = self.home.owner
        proof = self.home.proof(index)
        with_homes = "home_mode" in self.home.cloud.guesses and self.home.cloud.guess("home_mode")
        space = Space(self.home.person(owner).homes[0]) if with_homes else None
        bound = await owner.bind(device, proof, space=space)
        assert (bound.device, bound.role) == (device, Role.OWNER)
        assert self.home.devices_of(owner) == {device.device}
        return device

    async def end(self, name: str, share: Share, whose: Account) -> Share | None:
        """End a share by its stored ref; where it is said to be over, so is the person's access."""
        home = self.home
        everybody = [account for account in (home.guest, home.other) if account is not whose]
        before = [home.has(account) for account in everybody]
        ended = await self.step(name, home.owner.end(share.ref))
        assert [home.has(account) for account in everybody] == before, "somebody else lost access"
        if ended is not None and ended.state is State.ENDED:
            assert not home.has(whose), "ended, and still there"
            assert not self.waiting(whose), "ended, and can still be taken"
        return ended

    def waiting(self, whose: Account) -> list[dict[str, str]]:
        """Give the offers that wait for somebody, by the cloud itself."""
        user_id = self.home.person(whose).user_id
        return [each for each in self.home.shares() if each["to"] == user_id and each["state"] == "offered"]

    async def listed(self, name: str, device: DeviceRef, whose: Account) -> list[Share]:
        """List a device's shares; give those with somebody, which are as the cloud has them."""
        shares = await self.step(name, self.home.owner.shares(device=device).all())
        user_id = self.home.person(whose).user_id
        found = [share for share in shares or [] if share.recipient is not None and share.recipient.user_id == user_id]
        assert self.home.has(whose) is any(share.state is State.ACTIVE for share in found)
        return found


async def by_code(story: Story, device: DeviceRef) -> None:
    """Share by code, accept, look from both sides, end."""
    home = story.home
    offer = await story.step("share by code", home.owner.share(device, to=Anyone(), accept_by=WEEK))
    if offer is None:
        return
    taken = await story.step("accept the code", home.guest.accept(offer.code))
    assert taken is not None
    assert (taken.state, taken.device, home.has(home.guest)) == (State.ACTIVE, device, True)
    [given] = await story.listed("list", device, home.guest)
    received = await story.step("list what was received", home.guest.received().all())
    assert [(share.device, share.state) for share in received or []] == [(device, State.ACTIVE)]
    held = await story.step("list the guest's devices", home.guest.bindings().all())
    assert [(binding.device, binding.role) for binding in held or []] == [(device, Role.GUEST)]
    await by_invitation(story, device)
    ended = await story.end("end the share", given, home.guest)
    assert ended is not None
    assert ended.state is State.ENDED
    again = await story.step("end it again", home.owner.end(given))
    assert again is not None
    assert again.state is State.ENDED
    assert await story.listed("list again", device, home.guest) == []


async def to_people(story: Story, device: DeviceRef) -> None:
    """Share with two people who are not asked, look from both sides, end one after the other."""
    home = story.home
    for account in (home.guest, home.other):
        made = await story.step("share", home.owner.share(device, to=Email(home.person(account).email)))
        assert made is not None
        assert (made.state, home.has(account)) == (State.ACTIVE, True)
        received = await story.step("list what was received", account.received().all())
        assert [(share.device, share.state) for share in received or []] == [(device, State.ACTIVE)]
        held = await story.step("list their devices", account.bindings().all())
        assert [(binding.device, binding.role) for binding in held or []] == [(device, Role.GUEST)]
    for account in (home.guest, home.other):
        [given] = await story.listed("list", device, account)
        ended = await story.end("end the share", given, account)
        assert ended is not None
        assert ended.state is State.ENDED
        again = await story.step("end it again", home.owner.end(given))
        assert again is not None
        assert again.state is State.ENDED
        assert await story.listed("list again", device, account) == []


async def by_invitation(story: Story, device: DeviceRef) -> None:
    """Invite a person, who accepts where they have to; look, end."""
    home = story.home
    invited = await story.step(
        "share with a person", home.owner.share(device, to=UserId(home.person(home.other).user_id))
    )
    if invited is None:
        return
    assert invited.state is not State.ENDED
    assert invited.state is not State.ACTIVE or home.has(home.other)
    received = await story.step("list what was offered", home.other.received().all())
    for offer in received or []:
        if offer.state is State.OFFERED:
            await story.step("accept the invitation", home.other.accept(offer))
    came, waits = home.has(home.other), bool(story.waiting(home.other))
    assert came is not waits
    found = await story.listed("list people", device, home.other)
    assert len(found) == 1 or waits
    ended = await story.end("end the invitation", invited, home.other)
    assert not home.has(home.other)
    assert ended is not None
    assert ended.state is State.ENDED or waits


@pytest.mark.parametrize(("provider", "guess", "value"), list(cases()))
async def test_the_story_holds_under_every_answer(
    home_at: Callable[[str], Home], provider: str, guess: str, value: GuessValue
) -> None:
    """Bind, share, accept, list, end and unbind work, or fail as documented; what is said to be over is over."""
    home = home_at(provider)
    home.cloud.set_guess(guess, value)
    story = Story(home)
    device = await story.bind()
    with_codes = home.owner.supports("share.to.anyone").level is Level.NATIVE
    await (by_code if with_codes else to_people)(story, device)
    if "share by code" in story.failed:
        await by_invitation(story, device)
    unbound = await story.step("unbind", home.owner.unbind(device))
    assert unbound is not None
    assert not home.has(home.owner)
    assert story.failed == IMPOSSIBLE.get((provider, guess, value), {})


@pytest.mark.parametrize(
    ("provider", "guess", "value"), [case for case in cases() if case[1] == "owner_unbind_ends_shares"]
)
async def test_a_binding_that_ends_takes_its_shares_along_or_says_that_it_did_not(
    home_at: Callable[[str], Home], provider: str, guess: str, value: GuessValue
) -> None:
    """After unbinding, whoever still has access is still told of it, and can still leave."""
    home = home_at(provider)
    home.cloud.set_guess(guess, value)
    device = await home.bound()
    await home.taken(device, home.guest)
    await home.owner.unbind(device)
    received = await home.guest.received().all()
    assert bool(received) is home.has(home.guest) is (not value)
    for share in received:
        assert (await home.guest.end(share)).state is State.ENDED
    assert not home.has(home.guest)
    with pytest.raises(NotBoundError if provider == "tencent" else SharebindError):
        await home.owner.unbind(device)


@pytest.mark.parametrize("returns_code", [True, False])
@pytest.mark.parametrize("listed", [True, False])
async def test_an_invitation_that_nobody_answered_is_ended_or_not_found(
    home_at: Callable[[str], Home], returns_code: bool, listed: bool
) -> None:
    """Where an invitation must be accepted, its ref ends it if anything tells which it is, and else says so."""
    home = home_at("quectel")
    home.cloud.set_guess("invite_acceptance", "must be accepted")
    home.cloud.set_guess("invite_returns_code", returns_code)
    home.cloud.set_guess("open_codes_listed", listed)
    story = Story(home)
    device = await story.bind()
    invited = await home.owner.share(device, to=UserId(home.person(home.other).user_id))
    assert invited.state is not State.ACTIVE
    ended = await story.end("end", invited, home.other)
    if returns_code or listed:
        assert ended is not None
        assert not story.waiting(home.other)
    else:
        assert story.failed == {"end": ShareNotFoundError}
        assert story.waiting(home.other)


async def test_a_code_lives_as_long_as_it_says(home_at: Callable[[str], Home]) -> None:
    """Whatever life the vendor gives a code, the offer tells it, and it is over then."""
    for ttl in (86_400, 604_800):
        home = home_at("tencent")
        home.clouds.reset()
        home.cloud.set_guess("share_token_ttl_s", ttl)
        offer = await home.code(await home.bound())
        assert offer.accept_by is not None
        assert abs(offer.accept_by - home.clouds.clock.now() - timedelta(seconds=ttl)) < timedelta(seconds=10)
        home.clouds.clock.advance(timedelta(seconds=ttl + 2))
        with pytest.raises(SharebindError):
            await home.guest.accept(offer.code)
        assert not home.has(home.guest)
