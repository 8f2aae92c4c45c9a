"""Gizwits: whom a code gave access, and never anybody else, over a real socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from datetime import timedelta

import pytest
import pytest_asyncio

from sharebind import (
    Anyone,
    CodeOffer,
    ConflictError,
    EndReason,
    Secret,
    Share,
    SharebindError,
    ShareRef,
    Side,
    State,
    UnsupportedError,
    Via,
)
from sharebind_gizwits.keys import Made

from .gizwits_scene import DEVICE, MINUTE, Scene, desk_at, guest, living, page, record
from .scene import Asked, Said


@pytest_asyncio.fixture
async def scene() -> AsyncGenerator[Scene]:
    """Give three people at the emulated cloud."""
    async with living() as people:
        yield people


def stored(share: Share) -> ShareRef:
    """Give the handle as a host has stored it."""
    return ShareRef.parse(share.ref.reveal())


async def two_codes(scene: Scene) -> tuple[CodeOffer, CodeOffer]:
    """Make two codes of one device at once."""
    device = await scene.bound()
    first, second = await asyncio.gather(scene.code(device), scene.code(device))
    return first, second


async def test_a_taken_code_is_ended_by_its_ref(scene: Scene) -> None:
    """The ref of a code, stored before it was taken, ends the access that came of it, after a restart too."""
    device = await scene.bound()
    for owner in (scene.owner, scene.open("owner")):
        offer = await scene.code(device)
        await scene.guest.accept(offer)
        ended = await owner.end(stored(offer))
        assert (ended.state, ended.end_reason) == (State.ENDED, EndReason.REVOKED)
        assert not scene.has(scene.guest, device)
        assert (await owner.end(stored(offer), seen=State.ACTIVE)).state is State.ENDED


@pytest.mark.parametrize("waiting", [False, True], ids=["waiting codes unlisted", "waiting codes listed"])
@pytest.mark.parametrize("taken", [True, False], ids=["taken codes listed", "taken codes unlisted"])
@pytest.mark.parametrize("restarted", [False, True])
async def test_a_code_never_ends_what_another_gave(
    scene: Scene, *, waiting: bool, taken: bool, restarted: bool
) -> None:
    """Of two codes made at once, the one that nobody took ends nobody, whatever the vendor lists of codes."""
    scene.cloud.set_guess("pending_qr_listed", waiting)
    scene.cloud.set_guess("accepted_qr_listed", taken)
    first, second = await two_codes(scene)
    await scene.guest.accept(second)
    owner = scene.open("owner") if restarted else scene.owner
    with pytest.raises(UnsupportedError) as refused:
        await owner.end(stored(first))
    assert refused.value.capability == "end.withdraw.code"
    assert scene.has(scene.guest, first.device)
    if taken:
        assert (await owner.end(stored(second))).state is State.ENDED
        assert not scene.has(scene.guest, first.device)
    else:
        with pytest.raises(UnsupportedError, match="end the share that shares"):
            await owner.end(stored(second))
        assert scene.has(scene.guest, first.device)


async def test_each_of_two_codes_ends_its_own(scene: Scene) -> None:
    """Two people who came by two codes made at once each lose the device by their own code only."""
    first, second = await two_codes(scene)
    await scene.guest.accept(first)
    await scene.other.accept(second)
    await scene.open("owner").end(stored(first))
    assert (scene.has(scene.guest, first.device), scene.has(scene.other, first.device)) == (False, True)


@pytest.mark.parametrize("restarted", [False, True])
async def test_an_unlisted_taker_is_ended_by_name_only(scene: Scene, *, restarted: bool) -> None:
    """Where codes are never listed, nobody can tell whom one gave access: their share is ended as it is listed."""
    scene.cloud.set_guess("accepted_qr_listed", value=False)
    device = await scene.bound()
    offer = await scene.code(device)
    await scene.guest.accept(offer)
    owner = scene.open("owner") if restarted else scene.owner
    with pytest.raises(UnsupportedError, match="end the share that shares"):
        await owner.end(stored(offer))
    assert scene.has(scene.guest, device)
    [listed] = await owner.shares(device=device).all()
    assert (await owner.end(listed)).state is State.ENDED
    assert not scene.has(scene.guest, device)


async def test_a_code_that_admitted_several_is_nobodys_handle(scene: Scene) -> None:
    """Where one code admits many, ending it would take one of them at random: it is refused, until one is left."""
    scene.cloud.set_guess("qr_admits", "many")
    device = await scene.bound()
    offer = await scene.code(device)
    await scene.guest.accept(offer)
    await scene.other.accept(offer)
    with pytest.raises(ConflictError):
        await scene.owner.end(stored(offer))
    assert scene.has(scene.guest, device)
    assert scene.has(scene.other, device)
    for share in await scene.owner.shares(device=device).all():
        if share.recipient is not None and share.recipient.user_id == scene.cloud.user("guest").user_id:
            await scene.owner.end(share)
    await scene.owner.end(stored(offer))
    assert not scene.has(scene.other, device)


@pytest.mark.parametrize("shown", ["cancelled", "unchanged", "vanishes"])
async def test_a_code_does_not_end_what_its_taker_got_since(scene: Scene, shown: str) -> None:
    """Whoever came by a code, left, and came back by an invitation keeps that one."""
    scene.cloud.set_guess("left_share_shows", shown)
    device = await scene.bound()
    offer = await scene.code(device)
    await scene.guest.accept(offer)
    [mine] = await scene.guest.received().all()
    await scene.guest.end(mine)
    scene.clouds.clock.advance(timedelta(hours=1))
    await scene.granted(device)
    try:
        ended = await scene.owner.end(stored(offer))
    except ConflictError:
        pass
    else:
        assert ended.state in (State.ENDED, State.UNKNOWN)
    assert scene.has(scene.guest, device)


async def test_a_code_that_nobody_took_cannot_be_withdrawn(scene: Scene) -> None:
    """``qr_share_cannot_be_withdrawn``: it is refused while it lives, and quiet when its time is over."""
    device = await scene.bound()
    offer = await scene.code(device)
    scene.cloud.requests.clear()
    with pytest.raises(UnsupportedError):
        await scene.owner.end(offer)
    assert scene.asked() == []
    with pytest.raises(UnsupportedError, match="a code dies 15 minutes after it was made"):
        await scene.owner.end(stored(offer))
    assert not {"cancel_share", "remove_guest"} & set(scene.asked())
    scene.clouds.clock.advance(16 * MINUTE)
    assert (await scene.owner.end(stored(offer))).state is State.UNKNOWN
    assert (await scene.owner.end(stored(offer), seen=State.ACTIVE)).state is State.ENDED


@pytest.mark.parametrize("minutes", [0, 16])
async def test_a_listed_code_is_ended_like_its_offer(scene: Scene, minutes: int) -> None:
    """Where the vendor lists codes that wait, such an entry cannot be withdrawn either, and ends by its time."""
    scene.cloud.set_guess("pending_qr_listed", value=True)
    await scene.code(await scene.bound())
    [listed] = await scene.owner.shares().all()
    assert (listed.state, listed.ref.via, isinstance(listed, CodeOffer)) == (State.OFFERED, Via.CODE, False)
    scene.clouds.clock.advance(minutes * MINUTE)
    if minutes:
        ended = await scene.owner.end(stored(listed))
        assert (ended.state, ended.end_reason) == (State.ENDED, EndReason.OFFER_EXPIRED)
    else:
        with pytest.raises(UnsupportedError):
            await scene.owner.end(stored(listed))


async def test_guests_that_cannot_be_read_whole_are_an_error(scene: Scene) -> None:
    """Whoever cannot be seen may be the one: then nothing is ended."""
    device = await scene.bound()
    offer = await scene.code(device)
    await scene.guest.accept(offer)
    scene.cloud.break_device("", device.device)
    with pytest.raises(SharebindError):
        await scene.owner.end(stored(offer))
    assert scene.has(scene.guest, device)


@pytest.mark.parametrize("since", ["2024-01-01T00:00:10Z", "2024-01-01T02:00:00Z"])
async def test_a_guest_has_to_have_come_in_the_codes_time(since: str) -> None:
    """A record of the code whose taker has the device since long after it died is not what gave them access."""
    made = Made(code=Secret("c"), since=1_704_067_200, until=1_704_067_200)
    ref = ShareRef(provider="gizwits", side=Side.OWNER, via=Via.CODE, device=DEVICE, key=made.key())

    def say(request: Asked) -> Said:
        if request.name == "sharing":
            return page(record(1, type=1))
        return (200, None) if "uid" in request.fields else (200, [guest(created_at=since)])

    async with desk_at(say) as (desk, server):
        if since.startswith("2024-01-01T00"):
            assert (await desk.end(ref)).state is State.ENDED
            assert server.asked[-1].fields == {"uid": "u1"}
        else:
            with pytest.raises(ConflictError):
                await desk.end(ref)


async def test_codes_of_one_device_are_made_in_seconds_of_their_own(scene: Scene) -> None:
    """The vendor tells a code by the second it was made in, so no two of a device share one; others do not wait."""
    device, other = await scene.bound(0), await scene.bound(1)
    offers = await asyncio.gather(*(scene.code(each) for each in (device, device, other)))
    mine = [made for each in offers[:2] if (made := Made.read(each.ref.key)) is not None]
    assert len(mine) == 2
    assert mine[0].until < mine[1].since or mine[1].until < mine[0].since


async def test_a_code_that_is_given_up_while_it_waits_its_turn_is_not_made(scene: Scene) -> None:
    """A caller whose time is up while another code of the device is made leaves nothing behind."""
    device = await scene.bound()
    scene.cloud.faults.add("delay", operation="create_share", seconds=0.5)
    first = asyncio.ensure_future(scene.code(device))
    await asyncio.sleep(0.1)
    with pytest.raises(SharebindError) as late:
        await scene.owner.share(device, to=Anyone(), within=timedelta(seconds=0.1))
    assert late.value.outcome == "nothing"
    await first
    assert scene.asked().count("create_share") == 1
