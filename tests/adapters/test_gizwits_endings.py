"""Gizwits: ending shares from either side, now or later, and never somebody else's, over a real socket."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import Final

import pytest
import pytest_asyncio

from sharebind import (
    Account,
    ConflictError,
    EndReason,
    InvalidRequestError,
    NotBoundError,
    OutcomeUnknownError,
    PermissionDeniedError,
    ProviderError,
    Secret,
    Share,
    ShareEndedError,
    ShareRef,
    Side,
    State,
    UnexpectedRoleError,
    Via,
)
from sharebind.provider import ShareNotFoundError
from sharebind_gizwits import keys

from .gizwits_scene import DEVICE, Scene, desk_at, held, living, page, record
from .scene import Asked, Said

GIVEN: Final = ShareRef(provider="gizwits", side=Side.OWNER, via=Via.PERSON, device=DEVICE, key=Secret("1"))
MINE: Final = ShareRef(provider="gizwits", side=Side.RECIPIENT, via=Via.PERSON, device=DEVICE, key=Secret("1"))
HELD: Final = ShareRef(
    provider="gizwits", side=Side.RECIPIENT, via=Via.UNKNOWN, device=DEVICE, key=keys.received(DEVICE)
)
COMPLETED: Final[Said] = (400, {"error_code": 9089, "error_message": "completed"})


@pytest_asyncio.fixture
async def scene() -> AsyncGenerator[Scene]:
    """Give three people at the emulated cloud."""
    async with living() as people:
        yield people


def stored(share: Share) -> ShareRef:
    """Give the handle as a host has stored it."""
    return ShareRef.parse(share.ref.reveal())


# ------------------------------------------------------------------------------------------------------------ the owner


async def test_an_invitation_is_withdrawn(scene: Scene) -> None:
    """What the owner took back waits for nobody, and is told so."""
    share = await scene.invited(await scene.bound())
    ended = await scene.owner.end(share)
    assert (ended.state, ended.end_reason, ended.id) == (State.ENDED, EndReason.WITHDRAWN, share.id)
    assert await scene.guest.received().all() == []


@pytest.mark.parametrize("seen", [None, State.ACTIVE, State.OFFERED])
async def test_a_grant_is_revoked_by_its_invitations_ref(scene: Scene, seen: State | None) -> None:
    """One call ends an offer or a grant, so a stored ref needs no state."""
    device = await scene.bound()
    share = await scene.granted(device)
    ended = await scene.open("owner").end(stored(share), seen=seen)
    assert (ended.state, scene.has(scene.guest, device)) == (State.ENDED, False)


async def test_ending_again_is_quiet(scene: Scene) -> None:
    """A share that is over already is no error, whichever way it came."""
    device = await scene.bound()
    invited = await scene.granted(device)
    await scene.other.accept(await scene.code(device))
    by_code = next(each for each in await scene.owner.shares().all() if each.id != invited.id)
    for share in (invited, by_code):
        for _ in range(2):
            assert (await scene.owner.end(share)).state is State.ENDED


async def test_a_stranger_ends_nothing(scene: Scene) -> None:
    """Whoever gave nothing is refused with every kind of ref, and told nothing as ended."""
    device = await scene.bound()
    invited = await scene.granted(device)
    offer = await scene.code(device)
    await scene.other.accept(offer)
    listed = await scene.owner.shares().all()
    for share in (invited, offer, *listed):
        for seen in (None, State.ACTIVE):
            with pytest.raises(ProviderError):
                await scene.guest.end(stored(share), seen=seen)
    assert scene.has(scene.guest, device)
    assert scene.has(scene.other, device)


@pytest.mark.parametrize(("status", "state"), [(2, State.ENDED), (3, State.ENDED)])
async def test_a_completed_share_is_read_back(status: int, state: State) -> None:
    """9089 says "not pending", which may mean two things: the list tells whether the share is over."""

    def say(request: Asked) -> Said:
        return page(record(1, status=status)) if request.name == "sharing" else COMPLETED

    async with desk_at(say) as (desk, server):
        for ref in (GIVEN, MINE):
            ended = await desk.end(ref, seen=State.OFFERED)
            assert ended.state is state
            assert ended.end_reason is (EndReason.DECLINED if status == 2 else EndReason.UNKNOWN)
            assert ended.ref == ref
    assert server.names() == ["1", "sharing"] * 2


@pytest.mark.parametrize("found", [[], [record(1, status=1)], [record(2, status=3)]])
async def test_a_completed_share_that_works_is_not_called_over(found: list[dict[str, object]]) -> None:
    """Where the list does not tell that it is over, the refusal stands, and nothing was changed."""

    def say(request: Asked) -> Said:
        return page(*found) if request.name == "sharing" else COMPLETED

    async with desk_at(say) as (desk, _):
        for ref, kind in ((GIVEN, ConflictError), (MINE, ShareEndedError)):
            with pytest.raises(kind) as refused:
                await desk.end(ref, seen=State.OFFERED)
            assert (type(refused.value), refused.value.vendor_code) == (kind, "9089")
            assert refused.value.operation == "end"


async def test_an_unknown_outcome_is_told() -> None:
    """9099 says that a guest may be gone and may be there: that is no end."""
    ref = ShareRef(provider="gizwits", side=Side.OWNER, via=Via.CODE, device=DEVICE, key=keys.guest("u"))
    async with desk_at(lambda _: (500, {"error_code": 9099})) as (desk, _):
        with pytest.raises(OutcomeUnknownError):
            await desk.end(ref)


# -------------------------------------------------------------------------------------------------------- the recipient


async def test_an_offer_is_declined(scene: Scene) -> None:
    """A declined offer is over for both sides, and the owner sees why."""
    device = await scene.bound()
    await scene.invited(device)
    ended = await scene.guest.end(await scene.waiting())
    assert (ended.state, ended.end_reason) == (State.ENDED, EndReason.DECLINED)
    [share] = await scene.owner.shares(states=frozenset({State.ENDED})).all()
    assert share.end_reason is EndReason.DECLINED


async def test_a_stored_offer_is_declined_or_left_as_it_stands(scene: Scene) -> None:
    """The ref of an offer, kept without its state, declines what waits, leaves what was taken, and is then quiet."""
    device = await scene.bound()
    await scene.invited(device)
    waiting = stored(await scene.waiting())
    assert (await scene.open("guest").end(waiting)).end_reason is EndReason.DECLINED
    assert (await scene.open("guest").end(waiting)).end_reason is EndReason.DECLINED
    await scene.invited(device)
    again = stored(await scene.waiting())
    await scene.guest.accept(again)
    assert (await scene.open("guest").end(again)).end_reason is EndReason.LEFT
    assert not scene.has(scene.guest, device)
    assert scene.has(scene.owner, device)
    assert (await scene.open("guest").end(again)).state is State.ENDED


async def test_an_expired_offer_is_over(scene: Scene) -> None:
    """Declining what nobody can take any more is quiet."""
    await scene.invited(await scene.bound())
    waiting = await scene.waiting()
    scene.clouds.clock.advance(timedelta(days=2))
    assert (await scene.guest.end(waiting)).state is State.ENDED
    assert (await scene.guest.end(stored(waiting))).end_reason is EndReason.OFFER_EXPIRED


@pytest.mark.parametrize("by_code", [False, True])
async def test_a_guest_leaves(scene: Scene, *, by_code: bool) -> None:
    """Leaving takes the device from the guest alone, and twice is quiet."""
    device = await scene.bound()
    taken = await scene.guest.accept(await scene.code(device)) if by_code else None
    if taken is None:
        await scene.granted(device)
        [taken] = await scene.guest.received().all()
    ended = await scene.guest.end(taken)
    assert (ended.state, ended.end_reason) == (State.ENDED, EndReason.LEFT)
    assert (scene.has(scene.guest, device), scene.has(scene.owner, device)) == (False, True)
    assert (await scene.guest.end(taken)).state is State.ENDED
    assert (await scene.guest.end(stored(taken))).state is State.UNKNOWN


async def test_leaving_never_gives_up_ones_own_device(scene: Scene) -> None:
    """``owner_unbind_drops_guests``: the call that leaves would give up an own device for everybody; it is not made."""
    device = await scene.bound()
    await scene.granted(device)
    [mine] = await scene.guest.received().all()
    await scene.owner.transfer(device, scene.user_id(scene.guest))
    assert scene.role(scene.guest, device) == "owner"
    with pytest.raises(UnexpectedRoleError):
        await scene.guest.end(mine)
    assert scene.has(scene.guest, device)


@pytest.mark.parametrize("answer", [(200, {"success": [], "failed": ["d1"]}), (200, {}), (200, None)])
async def test_a_success_that_failed_for_the_device_is_an_error(answer: Said) -> None:
    """A device in ``failed`` was not given up; an answer that does not speak of it leaves that open."""

    def say(request: Asked) -> Said:
        return answer if "devices" in request.fields else (200, {"devices": [held(role="guest")]})

    async with desk_at(say) as (desk, _):
        with pytest.raises(NotBoundError if answer[1] == {"success": [], "failed": ["d1"]} else OutcomeUnknownError):
            await desk.end(HELD)


async def test_left_already_is_quiet() -> None:
    """9017 on leaving says that the device is bound no more: over where it was seen to work."""

    def say(request: Asked) -> Said:
        return (401, {"error_code": 9017}) if "devices" in request.fields else (200, {"devices": [held(role="guest")]})

    async with desk_at(say) as (desk, _):
        assert (await desk.end(HELD, seen=State.ACTIVE)).state is State.ENDED
        assert (await desk.end(HELD)).state is State.UNKNOWN


async def test_an_owner_who_is_one_no_more_is_told(scene: Scene) -> None:
    """After the device changed hands its former owner can end nothing, and is not told that anything ended."""
    device = await scene.bound()
    share = await scene.granted(device, scene.other)
    await scene.granted(device)
    await scene.owner.transfer(device, scene.user_id(scene.guest))
    accounts: list[Account] = [scene.owner]
    for account in accounts:
        with pytest.raises((PermissionDeniedError, ShareNotFoundError, InvalidRequestError)):
            await account.end(stored(share))
    assert scene.has(scene.other, device)
