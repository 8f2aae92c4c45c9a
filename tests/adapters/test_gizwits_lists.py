"""Gizwits: lists of both sides, whole, and held against who really has a device, over a real socket."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any, Final

import pytest
import pytest_asyncio

from sharebind import (
    EndReason,
    PermissionDeniedError,
    ProviderError,
    Role,
    Secret,
    Share,
    State,
)
from sharebind_gizwits import keys

from .gizwits_scene import DAY, DEVICE, Scene, desk_at, guest, living, page, record
from .scene import Asked, Said

EVERY: Final = frozenset(State)


@pytest_asyncio.fixture
async def scene() -> AsyncGenerator[Scene]:
    """Give three people at the emulated cloud."""
    async with living() as people:
        yield people


async def told(shares: Any) -> list[tuple[State, str | None]]:
    """Give the states of listed shares, with the reasons of their ends."""
    return [(share.state, share.end_reason) for share in await shares.all()]


async def test_guests_by_code_and_by_name_are_listed_once(scene: Scene) -> None:
    """Each guest of a device is one grant, however they came, and pending offers stand beside them."""
    device = await scene.bound()
    await scene.guest.accept(await scene.code(device))
    pending = await scene.invited(device, scene.other)
    found = {share.state: share for share in await scene.owner.shares().all()}
    assert set(found) == {State.ACTIVE, State.OFFERED}
    assert found[State.ACTIVE].ref.key == keys.guest(scene.cloud.user("guest").user_id)
    assert found[State.OFFERED].id == pending.id
    await scene.other.accept(await scene.waiting(scene.other))
    states = [share.state for share in await scene.owner.shares(device=device).all()]
    assert states == [State.ACTIVE] * 2


async def test_ended_shares_are_listed_on_request(scene: Scene) -> None:
    """Declined, withdrawn and expired offers are told with their reasons, to both sides."""
    device = await scene.bound()
    await scene.invited(device)
    await scene.guest.end(await scene.waiting())
    await scene.owner.end(await scene.invited(device))
    await scene.invited(device)
    scene.clouds.clock.advance(2 * DAY)
    assert await scene.owner.shares().all() == []
    ends = {EndReason.DECLINED, EndReason.UNKNOWN, EndReason.OFFER_EXPIRED}
    ended = frozenset({State.ENDED})
    assert {reason for _, reason in await told(scene.owner.shares(device=device, states=ended))} == ends
    assert {reason for _, reason in await told(scene.owner.shares(states=ended))} == ends
    assert {reason for _, reason in await told(scene.guest.received(states=ended))} == ends


@pytest.mark.parametrize("shown", ["cancelled", "unchanged", "vanishes"])
async def test_a_guest_who_left_is_no_grant(scene: Scene, shown: str) -> None:
    """Whatever the list of shares shows of somebody who left, who has the device decides."""
    scene.cloud.set_guess("left_share_shows", shown)
    device = await scene.bound()
    await scene.granted(device)
    [mine] = await scene.guest.received().all()
    await scene.guest.end(mine)
    assert await scene.owner.shares(device=device).all() == []
    assert await scene.guest.received().all() == []
    over = await told(scene.owner.shares(device=device, states=EVERY))
    assert over == ([] if shown == "vanishes" else [(State.ENDED, EndReason.UNKNOWN)])
    await scene.granted(device)
    assert [share.state for share in await scene.owner.shares(device=device).all()] == [State.ACTIVE]
    assert [share.state for share in await scene.guest.received().all()] == [State.ACTIVE]


async def test_shares_of_a_device_that_was_given_up_are_over(scene: Scene) -> None:
    """What a list still shows of a device that is held no more has ended, for its owner is gone."""
    scene.cloud.set_guess("owner_unbind_shows", "unchanged")
    device = await scene.bound()
    await scene.granted(device)
    await scene.owner.unbind(device)
    assert await scene.owner.shares().all() == []
    assert await told(scene.owner.shares(states=frozenset({State.ENDED}))) == [(State.ENDED, EndReason.OWNER_GONE)]
    assert await told(scene.guest.received(states=EVERY)) == [(State.ENDED, EndReason.UNKNOWN)]


@pytest.mark.parametrize("largest", [0, 10])
async def test_every_page_is_read(scene: Scene, largest: int) -> None:
    """Long lists are given whole and once, also where the vendor gives fewer entries than were asked for."""
    scene.cloud.set_guess("largest_page", largest)
    many = {each.device for each in scene.cloud.add_devices("owner", 25)}
    device = await scene.bound()
    scene.cloud.add_guests("", device.device, 25)
    listed = [each.device.device for each in await scene.owner.bindings().all()]
    assert (len(listed), set(listed)) == (26, many | {device.device})
    shares = [share.id for share in await scene.owner.shares(device=device).all()]
    assert (len(shares), len(set(shares))) == (25, 25)


async def test_unbinding_while_walking_loses_none(scene: Scene) -> None:
    """The list of devices tells no total, so it is read whole: whoever unbinds each as it comes meets them all."""
    scene.cloud.set_guess("largest_page", 10)
    scene.cloud.add_devices("owner", 25)
    count = 0
    async for binding in scene.owner.bindings():
        await scene.owner.unbind(binding.device)
        count += 1
    assert (count, await scene.owner.bindings().all()) == (25, [])


async def test_a_device_whose_guests_cannot_be_read_is_a_gap(scene: Scene) -> None:
    """One device's failure is told, and the others are listed."""
    device, broken = await scene.bound(0), await scene.bound(1)
    for each in (device, broken):
        await scene.guest.accept(await scene.code(each))
    scene.cloud.break_device("", broken.device)
    listing = scene.owner.shares(allow_partial=True)
    assert [share.device for share in await listing.all()] == [device]
    assert [gap.where for gap in listing.gaps] == [f"shares of {broken}"]


async def test_offers_alone_are_listed_without_asking_who_has_what(scene: Scene) -> None:
    """Whoever asks for offers only is spared the reads that tell grants."""
    device = await scene.bound()
    await scene.invited(device)
    scene.cloud.requests.clear()
    waiting = frozenset({State.OFFERED})
    assert len(await scene.owner.shares(device=device, states=waiting).all()) == 1
    assert len(await scene.guest.received(states=waiting).all()) == 1
    assert scene.asked() == ["list_shares", "list_shares"]


async def test_only_what_was_shared_is_asked_about(scene: Scene) -> None:
    """A first binder who has shared nothing has no shares, so nothing is asked of that device."""
    device, _ = await scene.bound(0), await scene.bound(1)
    await scene.invited(device)
    scene.cloud.requests.clear()
    await scene.owner.shares().all()
    assert scene.asked() == ["list_bindings", "list_shares", "list_guests"]


@pytest.mark.parametrize("answer", ["answer", "9093"])
async def test_a_device_that_was_never_shared_has_no_shares(scene: Scene, answer: str) -> None:
    """A first binder's empty list is empty, whether the vendor lets such a one ask or not; a stranger's is refused."""
    scene.cloud.set_guess("lists_by_special", answer)
    device = await scene.bound()
    assert await scene.owner.shares(device=device).all() == []
    with pytest.raises(PermissionDeniedError):
        await scene.other.shares(device=device).all()


@pytest.mark.parametrize(("newer", "older"), [(2, 1), (10, 9)])
async def test_of_several_records_of_one_guest_the_newest_is_live(newer: int, older: int) -> None:
    """A list that keeps old records tells one grant of a guest, the others as ended, in whatever order they come."""
    found = [record(older, updated_at="2024-01-01T00:00:00Z"), record(newer, updated_at="2024-01-01T00:00:00Z")]
    for objects in (found, found[::-1]):

        def say(request: Asked, objects: list[dict[str, object]] = objects) -> Said:
            return page(*objects) if request.name == "sharing" else (200, [guest()])

        async with desk_at(say) as (desk, _):
            shares = await desk.shares(device=DEVICE, states=EVERY).all()
        assert {share.ref.key: share.state for share in shares} == {
            Secret(str(newer)): State.ACTIVE,
            Secret(str(older)): State.ENDED,
        }


async def test_names_in_chinese_stay_as_they_are(scene: Scene) -> None:
    """A name travels both ways as it was written."""
    name = "客厅的灯 💡"
    bound = await scene.owner.bind(None, scene.proof(), name=name)
    assert bound.name == name
    await scene.granted(bound.device)
    assert [each.name for each in await scene.owner.bindings(roles={Role.OWNER}).all()] == [name]
    listed: list[Share] = await scene.owner.shares().all()
    assert [share.name for share in listed] == [name]


async def test_a_list_that_starts_badly_is_an_error() -> None:
    """Where the first page cannot be read there is no list at all."""
    async with desk_at(lambda _: (400, {"error_code": 9008})) as (desk, _):
        with pytest.raises(ProviderError):
            await desk.received().all()
