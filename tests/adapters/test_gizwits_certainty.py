"""Gizwits: nothing is called over that may still work, and no share ends another one, over a real socket."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Final

import pytest
import pytest_asyncio

from sharebind import (
    Anyone,
    DeviceRef,
    EndReason,
    InvalidRequestError,
    OutcomeUnknownError,
    PermissionDeniedError,
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

from .gizwits_scene import DEVICE, MINUTE, Scene, desk_at, guest, held, living, page, record
from .scene import Asked, Said

EVERY: Final = frozenset(State)
THEN: Final = 1_704_067_200
"""The second in which the records and guests of raw answers were made."""


@pytest_asyncio.fixture
async def scene() -> AsyncGenerator[Scene]:
    """Give three people at the emulated cloud."""
    async with living() as people:
        yield people


def stored(share: Share) -> ShareRef:
    """Give the handle as a host has stored it."""
    return ShareRef.parse(share.ref.reveal())


def a_code(key: Secret) -> ShareRef:
    """Give the handle of a code."""
    return ShareRef(provider="gizwits", side=Side.OWNER, via=Via.CODE, device=DEVICE, key=key)


def a_guest(record_status: object, **fields: object) -> tuple[Said, Said]:
    """Give the record of a code that was taken in its time, and the guest who is there."""
    return page(record(1, type=1, status=record_status, **fields)), (200, [guest()])


# ----------------------------------------------------------------------------------------- lists that have gaps in them


async def test_a_guest_who_cannot_be_read_has_not_lost_access() -> None:
    """Where a guest of a device cannot be read, an accepted share of it may be theirs: it is not told to have ended."""

    def say(request: Asked) -> Said:
        return page(record()) if request.name == "sharing" else (200, [guest(uid=None)])

    async with desk_at(say) as (desk, _):
        listing = desk.shares(device=DEVICE, states=EVERY, allow_partial=True)
        assert [share.state for share in await listing.all()] == [State.UNKNOWN]
        assert len(listing.gaps) == 1


async def test_a_received_device_that_cannot_be_read_is_not_lost() -> None:
    """Where a held device cannot be read, an accepted share may be of it: it is not told to have ended."""

    def say(request: Asked) -> Said:
        return page(record()) if request.name == "sharing" else (200, {"devices": [held(role="visitor")]})

    async with desk_at(say) as (desk, _):
        listing = desk.received(states=EVERY, allow_partial=True)
        assert [share.state for share in await listing.all()] == [State.UNKNOWN]
        assert len(listing.gaps) == 1


async def test_a_device_whose_role_cannot_be_read_has_its_owner_still() -> None:
    """Where a held device cannot be read, nobody can say that its owner is gone and its shares are over."""

    def say(request: Asked) -> Said:
        if request.name != "sharing":
            return 200, {"devices": [held(role="landlord")]}
        return page(record(1), record(2, status=3), record(3, did="d2", status=0))

    async with desk_at(say) as (desk, _):
        listing = desk.shares(states=EVERY, allow_partial=True)
        found = {share.ref.key.reveal(): (share.state, share.end_reason) for share in await listing.all()}
    assert found == {
        "1": (State.UNKNOWN, None),
        "2": (State.ENDED, EndReason.UNKNOWN),
        "3": (State.ENDED, EndReason.OFFER_EXPIRED),
    }


async def test_unbinding_while_walking_shares_loses_none(scene: Scene) -> None:
    """Whoever gives up each device as its share comes meets every one, though the list of devices tells no total."""
    scene.cloud.set_guess("largest_page", 10)
    for each in scene.cloud.add_devices("owner", 25):
        await scene.invited(DeviceRef(each.device))
    count = 0
    async for share in scene.owner.shares(states={State.OFFERED}):
        await scene.owner.unbind(share.device)
        count += 1
    assert (count, await scene.owner.bindings().all()) == (25, [])


# ----------------------------------------------------------------------------------------------- codes and their takers


@pytest.mark.parametrize("seen", [None, State.ACTIVE])
@pytest.mark.parametrize(
    ("status", "fields"),
    [(1, {"uid": None}), (1, {"uid": ""}), (7, {}), (None, {})],
    ids=["nobody", "empty", "unknown status", "no status"],
)
async def test_a_taken_code_without_its_taker_is_not_called_over(
    status: object, fields: dict[str, object], seen: State | None
) -> None:
    """Where the record of a code does not tell who took it, or how it stands, nobody is told that it is over."""
    listed, guests = a_guest(status, **fields)
    async with desk_at(lambda request: listed if request.name == "sharing" else guests) as (desk, server):
        for key in (Made(code=Secret("c"), since=THEN, until=THEN).key(), Secret("1")):
            with pytest.raises(UnsupportedError):
                await desk.end(a_code(key), seen=seen)
    assert set(server.names()) == {"sharing", "bindings"}
    assert all("uid" not in request.fields for request in server.asked)


async def test_a_code_that_is_open_still_is_not_ended_by_its_first_taker(scene: Scene) -> None:
    """A code that admits many and is listed as waiting lets the next one in: it is not called over."""
    scene.cloud.set_guess("qr_admits", "many")
    scene.cloud.set_guess("pending_qr_listed", value=True)
    device = await scene.bound()
    offer = await scene.code(device)
    await scene.guest.accept(offer)
    with pytest.raises(UnsupportedError):
        await scene.owner.end(stored(offer))
    assert scene.has(scene.guest, device)
    scene.clouds.clock.advance(16 * MINUTE)
    assert (await scene.owner.end(stored(offer))).state is State.ENDED
    assert not scene.has(scene.guest, device)


@pytest.mark.parametrize("seen", [None, State.ACTIVE])
async def test_a_listed_code_that_vanished_may_have_been_taken(scene: Scene, seen: State | None) -> None:
    """Where codes are listed while they wait and not once they are taken, a vanished one is not called over."""
    scene.cloud.set_guess("pending_qr_listed", value=True)
    scene.cloud.set_guess("accepted_qr_listed", value=False)
    device = await scene.bound()
    offer = await scene.code(device)
    [listed] = await scene.owner.shares().all()
    await scene.guest.accept(offer)
    with pytest.raises(UnsupportedError):
        await scene.owner.end(stored(listed), seen=seen)
    assert scene.has(scene.guest, device)


async def test_a_code_that_another_process_made_is_nobody_elses(scene: Scene) -> None:
    """Where taken codes are not listed, whoever came by a code of the same user's app is not taken for one's own."""
    scene.cloud.set_guess("accepted_qr_listed", value=False)
    device = await scene.bound()
    mine = await scene.code(device)
    await scene.guest.accept(await scene.open("owner").share(device, to=Anyone()))
    with pytest.raises(UnsupportedError):
        await scene.owner.end(mine.ref)
    assert scene.has(scene.guest, device)


@pytest.mark.parametrize("use_ran_out", [False, True])
async def test_an_old_invitation_does_not_hide_who_came_by_a_code(scene: Scene, *, use_ran_out: bool) -> None:
    """Whose invitation still reads accepted, and who came back by an unlisted code, is no guest by invitation."""
    scene.cloud.set_guess("accepted_qr_listed", value=False)
    scene.cloud.set_guess("left_share_shows", "unchanged")
    scene.cloud.set_guess("use_end_shows", "unchanged")
    device = await scene.bound()
    if use_ran_out:
        await scene.owner.share(device, to=scene.user_id(scene.guest), use_for=10 * MINUTE)
        await scene.guest.accept(await scene.waiting())
    else:
        await scene.granted(device)
        [mine] = await scene.guest.received().all()
        await scene.guest.end(mine)
    scene.clouds.clock.advance(20 * MINUTE)
    offer = await scene.code(device)
    await scene.guest.accept(offer)
    scene.clouds.clock.advance(16 * MINUTE)
    with pytest.raises(UnsupportedError):
        await scene.owner.end(stored(offer), seen=State.ACTIVE)
    assert scene.has(scene.guest, device)
    found = {share.state: share for share in await scene.owner.shares(device=device).all()}
    assert set(found) == {State.ACTIVE, State.UNKNOWN}
    assert (await scene.owner.end(found[State.ACTIVE])).state is State.ENDED
    assert not scene.has(scene.guest, device)


# ------------------------------------------------------------------------------------------------- others' newer shares


@pytest.mark.parametrize("seen", [None, State.ACTIVE])
async def test_an_old_offer_does_not_give_up_a_newer_one(scene: Scene, seen: State | None) -> None:
    """Ending a left share again leaves what was accepted since alone, also where its record reads accepted still."""
    scene.cloud.set_guess("left_share_shows", "unchanged")
    device = await scene.bound()
    await scene.invited(device)
    old = stored(await scene.waiting())
    await scene.guest.accept(old)
    assert (await scene.guest.end(old)).end_reason is EndReason.LEFT
    await scene.granted(device)
    assert (await scene.guest.end(old, seen=seen)).state is State.ENDED
    assert scene.has(scene.guest, device)


async def test_a_former_owner_cuts_nobody_off(scene: Scene) -> None:
    """Whoever handed a device over ends no share of it, wherever its record stays (9093)."""
    scene.cloud.set_guess("shares_after_transfer", "void")
    device = await scene.bound()
    share = await scene.granted(device, scene.other)
    await scene.granted(device)
    await scene.owner.transfer(device, scene.user_id(scene.guest))
    with pytest.raises(PermissionDeniedError):
        await scene.owner.end(stored(share))
    assert scene.has(scene.other, device)


async def test_an_answer_that_contradicts_itself_leaves_a_change_open() -> None:
    """A device that stands in success and in failed may be given up or not: nobody is told that nothing changed."""
    answer: Said = (200, {"success": ["d1"], "failed": [{"did": "d1"}]})
    async with desk_at(lambda asked: answer if "devices" in asked.fields else (200, {"devices": [held()]})) as (
        desk,
        _,
    ):
        with pytest.raises(OutcomeUnknownError):
            await desk.unbind(DEVICE)


# ------------------------------------------------------------------------------------------------------------ odd names


async def test_a_device_that_no_share_could_name_is_refused_before_sending() -> None:
    """A device's id with a slash stands only behind a product, which shares lack here: nothing is sent for it."""
    device = DeviceRef("a/b", "p")
    async with desk_at(lambda _: (200, {"id": "1", "qr_content": "type=share&code=c"})) as (desk, server):
        for to in (Anyone(),):
            with pytest.raises(InvalidRequestError):
                await desk.share(device, to=to)
        with pytest.raises(InvalidRequestError):
            await desk.shares(device=device).all()
    assert server.names() == []


@pytest.mark.parametrize("key", ['made:["hunter2"', 'made:["hunter2", "x", 1, null]', 'made:{"hunter2": 1}'])
async def test_a_damaged_key_shows_no_code(key: str) -> None:
    """A stored ref whose key was cut ends nothing, and no error of it shows the code."""
    async with desk_at(lambda _: page()) as (desk, server):
        with pytest.raises(SharebindError) as damaged:
            await desk.end(a_code(Secret(key)))
    assert "hunter2" not in f"{damaged.value!r} {vars(damaged.value)} {damaged.value.__context__!r}"
    assert server.names() == []
