"""Ending one share never ends another, whatever a stored ref says of it."""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from sharebind import (
    AcceptShare,
    Account,
    ConflictError,
    EndReason,
    EndShare,
    InvalidRequestError,
    Share,
    SharebindError,
    ShareEndedError,
    ShareNotFoundError,
    ShareRef,
    State,
    UnsupportedError,
    UserId,
)

from .scene import VENDORS, Home

LATER = timedelta(minutes=5)
OTHER_VENDOR = {"quectel": "tencent", "tencent": "quectel"}


def stored(share: Share) -> ShareRef:
    """Give a share's ref as a host has it after a restart."""
    return ShareRef.parse(share.ref.reveal())


async def of(home: Home, account: Account) -> list[Share]:
    """Give the owner's shares with somebody, as the vendor lists them."""
    user_id = home.person(account).user_id
    return [
        share
        for share in await home.owner.shares().all()
        if share.recipient is not None and share.recipient.user_id == user_id
    ]


# --------------------------------------------------------------------------------------------------- codes that are old


@pytest.mark.parametrize("provider", VENDORS)
async def test_a_code_that_somebody_else_used_ends_their_access_only(
    home_at: Callable[[str], Home], provider: str
) -> None:
    """Of two people with two codes, ending one code leaves the other person in."""
    home = home_at(provider)
    device = await home.bound()
    first, _ = await home.taken(device, home.guest, home.other)
    assert (await home.owner.end(stored(first))).state is State.ENDED
    assert (home.has(home.guest), home.has(home.other)) == (False, True)


@pytest.mark.parametrize("provider", VENDORS)
@pytest.mark.parametrize("seen", [State.OFFERED, State.ACTIVE, State.UNKNOWN])
async def test_a_dead_code_does_not_end_what_came_after_it(
    home_at: Callable[[str], Home], provider: str, seen: State
) -> None:
    """Somebody who came back by another code keeps access when the first code is ended again."""
    home = home_at(provider)
    device = await home.bound()
    [first] = await home.taken(device, home.guest)
    await home.owner.end(stored(first))
    home.clouds.clock.advance(LATER)
    [second] = await home.taken(device, home.guest)
    if provider == "tencent":
        # Only the times tell which code the person holds the device by, so the owner is asked which share is meant.
        with pytest.raises(UnsupportedError if seen is State.OFFERED else ConflictError):
            await home.owner.end(stored(first), seen=seen)
    else:
        again = await home.owner.end(stored(first), seen=seen)
        assert (again.state, again.end_reason in (None, EndReason.UNKNOWN)) == (State.ENDED, True)
    assert home.has(home.guest)
    assert (await home.owner.end(stored(second))).state is State.ENDED
    assert not home.has(home.guest)


@pytest.mark.parametrize("provider", VENDORS)
async def test_a_code_whose_taker_left_ends_nobody(home_at: Callable[[str], Home], provider: str) -> None:
    """A code whose taker has given the device back ends nobody else's access."""
    home = home_at(provider)
    device = await home.bound()
    first, _ = await home.taken(device, home.guest, home.other)
    [received] = await home.guest.received().all()
    await home.guest.end(received)
    assert (await home.owner.end(stored(first))).state is State.ENDED
    assert home.has(home.other)


async def test_a_code_that_tells_no_more_whose_it_is_ends_nobody(home_at: Callable[[str], Home]) -> None:
    """Where a dead code names no taker, the caller is sent to the list and nobody loses access."""
    home = home_at("tencent")
    home.cloud.set_guess("used_token_expires", value=True)
    device = await home.bound()
    first, _ = await home.taken(device, home.guest, home.other)
    home.clouds.clock.advance(timedelta(days=8))
    with pytest.raises(ShareNotFoundError):
        await home.owner.end(stored(first))
    assert (home.has(home.guest), home.has(home.other)) == (True, True)


@pytest.mark.parametrize("provider", VENDORS)
async def test_a_code_that_nobody_took_ends_nobody(home_at: Callable[[str], Home], provider: str) -> None:
    """Withdrawing an open code works or is refused; who came by another code stays in either case."""
    home = home_at(provider)
    device = await home.bound()
    await home.taken(device, home.guest)
    offer = await home.code(device)
    if provider == "tencent":
        with pytest.raises(UnsupportedError):
            await home.owner.end(stored(offer))
    else:
        assert (await home.owner.end(stored(offer))).state is State.ENDED
        with pytest.raises(ShareEndedError):
            await home.other.accept(offer.code)
    assert home.has(home.guest)


async def test_a_received_offer_is_no_way_to_leave(home_at: Callable[[str], Home]) -> None:
    """Ending the stored ref of an invitation does not give back a device that came by a code."""
    home = home_at("tencent")
    device = await home.bound()
    await home.owner.share(device, to=UserId(home.person(home.guest).user_id))
    [offer] = await home.guest.received().all()
    await home.taken(device, home.guest)
    with pytest.raises(UnsupportedError):
        await home.guest.end(stored(offer))
    assert home.has(home.guest)
    [held] = [share for share in await home.guest.received().all() if share.state is State.ACTIVE]
    assert (await home.guest.end(stored(held))).end_reason is EndReason.LEFT
    assert not home.has(home.guest)


# ------------------------------------------------------------------------------------------- several takers of a code


@pytest.mark.parametrize("open_codes_listed", [True, False])
async def test_one_of_several_takers_is_not_ended_with_all(
    home_at: Callable[[str], Home], open_codes_listed: bool
) -> None:
    """Where one code let several in, ending one of them is refused, and ending the code ends them all."""
    home = home_at("quectel")
    home.cloud.set_guess("code_uses", value="many")
    home.cloud.set_guess("open_codes_listed", value=open_codes_listed)
    offer = await home.code(await home.bound())
    for account in (home.guest, home.other):
        await account.accept(offer.code)
    [share] = await of(home, home.guest)
    for ref in (share, stored(share)):
        with pytest.raises(ConflictError):
            await home.owner.end(ref)
    assert (home.has(home.guest), home.has(home.other)) == (True, True)
    assert (await home.owner.end(stored(offer))).state is State.ENDED
    assert (home.has(home.guest), home.has(home.other)) == (False, False)


async def test_a_taker_may_leave_alone(home_at: Callable[[str], Home]) -> None:
    """Where one code let several in, each can give the device back without the others."""
    home = home_at("quectel")
    home.cloud.set_guess("code_uses", value="many")
    offer = await home.code(await home.bound())
    taken = [await account.accept(offer.code) for account in (home.guest, home.other)]
    assert (await home.guest.end(stored(taken[0]))).state is State.ENDED
    assert (home.has(home.guest), home.has(home.other)) == (False, True)


async def test_the_only_taker_as_stored_is_not_ended_with_one_who_came_later(home_at: Callable[[str], Home]) -> None:
    """Where the vendor lists a code as still open, its first taker's share does not end those who took it since."""
    home = home_at("quectel")
    home.cloud.set_guess("code_uses", value="many")
    offer = await home.code(await home.bound())
    await home.guest.accept(offer.code)
    [share] = await of(home, home.guest)
    await home.other.accept(offer.code)
    with pytest.raises(ConflictError):
        await home.owner.end(stored(share))
    assert home.has(home.other)


# -------------------------------------------------------------------------------------------------- whom Quectel means

SWITCHES = {
    "invite_acceptance": ("active at once", "must be accepted"),
    "invite_returns_code": (True, False),
    "open_codes_listed": (True, False),
    "ended_shares_listed": (True, False),
    "second_share_for_holder": ("refused", "added"),
}
BEFORE = {
    f"{what} {when}": (what, wait)
    for what in ("a code", "an invitation", "an ended invitation")
    for when, wait in (("just now", timedelta()), ("a while ago", LATER))
}
"""What a person had of the owner before, and how long ago."""

SETTINGS: list[tuple[object, ...]] = [*itertools.product(*SWITCHES.values())]


@pytest.mark.parametrize("values", SETTINGS, ids=lambda values: "-".join(map(str, values)))
@pytest.mark.parametrize("before", BEFORE)
async def test_an_invitation_is_never_taken_for_another_share(
    home_at: Callable[[str], Home], values: tuple[Any, ...], before: str
) -> None:
    """Whatever a person had before, an invitation's ref ends the invitation or nothing at all."""
    home = home_at("quectel")
    for name, value in zip(SWITCHES, values, strict=True):
        home.cloud.set_guess(name, value)
    device, to = await home.bound(), UserId(home.person(home.guest).user_id)
    await home.taken(device, home.other)
    what, wait = BEFORE[before]
    if what == "a code":
        await home.taken(device, home.guest)
    else:
        earlier = await home.owner.share(device, to=to)
        if what == "an ended invitation":
            await ended_or_refused(home, earlier)
        elif not home.has(home.guest):
            [waiting] = live(home, home.guest)
            await home.guest.accept(waiting["code"])
    home.clouds.clock.advance(wait)
    old = {each["code"] for each in live(home, home.guest)}
    try:
        invited = await home.owner.share(device, to=to)
    except ConflictError:
        assert {each["code"] for each in live(home, home.guest)} == old
        return
    [new] = [each for each in live(home, home.guest) if each["code"] not in old]
    assert invited.state is not State.ENDED
    assert invited.state is not State.ACTIVE or new["state"] == "active"
    await ended_or_refused(home, invited)
    assert old <= {each["code"] for each in live(home, home.guest)}
    assert home.has(home.other)


async def ended_or_refused(home: Home, share: Share) -> None:
    """End a share by its stored ref; where that is said to have worked, one share of the guest's is over."""
    count = len(live(home, home.guest))
    try:
        ended = await home.owner.end(stored(share))
    except (ShareNotFoundError, ConflictError):
        assert len(live(home, home.guest)) == count
        return
    assert len(live(home, home.guest)) == count - (ended.state is State.ENDED)


def live(home: Home, account: Account) -> list[dict[str, str]]:
    """Give somebody's shares that are not over, by the cloud itself."""
    return [each for each in home.shares() if each["to"] == home.person(account).user_id and each["state"] != "ended"]


# ---------------------------------------------------------------------------------------------- other vendors' shares


@pytest.mark.parametrize("provider", VENDORS)
async def test_shares_and_codes_of_another_provider_go_nowhere(home_at: Callable[[str], Home], provider: str) -> None:
    """A share, ref or offer of one vendor is refused by accounts of others before anything is sent."""
    ours, theirs = home_at(provider), home_at(OTHER_VENDOR[provider])
    device = await theirs.bound()
    [offer] = await theirs.taken(device, theirs.guest)
    [given], [received] = await theirs.owner.shares().all(), await theirs.guest.received().all()
    count = len(ours.cloud.requests)
    wishes: list[Callable[[], Awaitable[object]]] = [
        lambda: ours.guest.accept(offer),
        lambda: ours.guest.accept(stored(received)),
        lambda: ours.guest.inspect(offer),
        lambda: ours.owner.end(given),
        lambda: ours.owner.end(stored(given)),
        lambda: ours.guest.end(received),
        lambda: ours.owner.change(given, use_until=LATER),
        lambda: ours.guest.rename(received, "lamp"),
    ]
    for wish in wishes:
        with pytest.raises((ValueError, InvalidRequestError, UnsupportedError)) as refused:
            await wish()
        assert offer.code.reveal() not in str(refused.value)
    for op in (EndShare(share=given.ref), AcceptShare(offer=received.ref)):
        with pytest.raises((InvalidRequestError, UnsupportedError)):
            await ours.owner.perform(op)
    assert len(ours.cloud.requests) == count
    assert theirs.has(theirs.guest)


async def test_a_provider_that_is_unknown_here_is_refused_too(home_at: Callable[[str], Home]) -> None:
    """A stored ref that names a provider of another installation reaches no vendor."""
    home = home_at("tencent")
    device = await home.bound()
    await home.taken(device, home.guest)
    [given] = await home.owner.shares().all()
    strange = ShareRef(provider="elsewhere", side=given.ref.side, via=given.ref.via, device=device, key=given.ref.key)
    count = len(home.cloud.requests)
    with pytest.raises(ValueError, match="elsewhere"):
        await home.owner.end(ShareRef.parse(strange.reveal()))
    with pytest.raises(SharebindError):
        await home.owner.perform(EndShare(share=strange))
    assert (len(home.cloud.requests), home.has(home.guest)) == (count, True)
