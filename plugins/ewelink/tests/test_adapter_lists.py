"""Lists: homes, pages, shares inside devices, and what is missing told as gaps."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from sharebind import Account, DeviceRef, Email, IncompleteListError, Role, SignInError, Space
from sharebind_ewelink.emulator import EwelinkCloud
from sharebind_ewelink.rig import EwelinkRig

Asked = Callable[[], list[str]]
Bind = Callable[..., Awaitable[DeviceRef]]


@pytest.mark.parametrize("begins", ["after", "at"])
async def test_three_homes_are_walked_page_by_page(
    rig: EwelinkRig, cloud: EwelinkCloud, bind: Bind, asked: Asked, begins: str
) -> None:
    """Every home is read in pages of 30, each device once, wherever a page begins."""
    cloud.set_guess("page_begins", begins)
    here = frozenset(DeviceRef(each.device) for each in cloud.add_devices("owner", 65))
    homes = [Space(cloud.add_home("owner")) for _ in range(2)]
    there = {home: [await bind(space=home) for _ in range(2)] for home in homes}
    asked()
    found = await rig.owner.bindings().all()
    assert len(found) == 69
    assert {each.device for each in found} == here.union(*there.values())
    for home, devices in there.items():
        assert {each.device for each in found if each.space == home} == set(devices)
    assert asked().count("list_things") in (5, 6)


async def test_a_list_of_whole_pages_ends(rig: EwelinkRig, cloud: EwelinkCloud) -> None:
    """A home of exactly two pages is read to its end, without a gap."""
    cloud.add_devices("owner", 60)
    assert len(await rig.owner.bindings().all()) == 60


async def test_a_second_home_is_read_though_the_first_is_broken(
    rig: EwelinkRig, cloud: EwelinkCloud, bind: Bind
) -> None:
    """A home that fails is a gap, and the others go on, for bindings and for shares."""
    await bind()
    home = Space(cloud.add_home("owner"))
    device = await bind(space=home)
    await rig.owner.share(device, to=Email(cloud.user("guest").email))
    cloud.break_home("owner")
    for listing in (rig.owner.bindings, rig.owner.shares):
        with pytest.raises(IncompleteListError) as caught:
            await listing().all()
        assert [each.device for each in await listing(allow_partial=True).all()] == [device]
        assert len(caught.value.gaps) == 1
        assert "home" in caught.value.gaps[0].where


async def test_devices_that_are_counted_and_not_shown_are_a_gap(
    rig: EwelinkRig, cloud: EwelinkCloud, bind: Bind
) -> None:
    """A total above what came says how many are missing, and why that may be."""
    device = await bind()
    cloud.hide_things("owner", 2)
    listing = rig.owner.bindings(allow_partial=True)
    assert [each.device for each in await listing.all()] == [device]
    (gap,) = listing.gaps
    assert "counts 3 things and gave 1" in gap.why
    assert "brands" in gap.why


async def test_shares_are_read_out_of_devices(rig: EwelinkRig, cloud: EwelinkCloud, bind: Bind, asked: Asked) -> None:
    """One device is one read, all of them are every home (quirk ``share_list_is_inside_devices``)."""
    device = await bind()
    share = await rig.owner.share(device, to=Email(cloud.user("guest").email))
    asked()
    assert [each.id for each in await rig.owner.shares(device=device).all()] == [share.id]
    assert asked() == ["get_things"]
    assert [each.id for each in await rig.owner.shares().all()] == [share.id]
    assert asked() == ["list_homes", "list_things"]
    (mine,) = await rig.guest.received().all()
    assert asked() == ["list_homes", "list_things"]
    assert mine.owner is not None
    assert mine.owner.user_id == cloud.user("owner").user_id
    assert mine.recipient is None


async def test_a_received_device_is_a_binding_with_its_share(rig: EwelinkRig, cloud: EwelinkCloud, bind: Bind) -> None:
    """What was received is held as a guest, with the share that it is given up by, and its owner."""
    device = await bind()
    await rig.owner.share(device, to=Email(cloud.user("guest").email))
    (held,) = await rig.guest.bindings().all()
    (mine,) = await rig.guest.received().all()
    assert (held.role, held.share) == (Role.GUEST, mine.ref)
    assert held.owner is not None
    assert held.owner.email in (None, cloud.user("owner").email)
    assert await rig.guest.bindings(roles={Role.OWNER}).all() == []


async def test_no_device_is_listed_twice(rig: EwelinkRig, cloud: EwelinkCloud, bind: Bind) -> None:
    """A received device that stands in every home is one binding and one share."""
    cloud.set_guess("received_in", "every home")
    cloud.add_home("guest")
    device = await bind()
    await rig.owner.share(device, to=Email(cloud.user("guest").email))
    assert len(await rig.guest.bindings().all()) == 1
    assert len(await rig.guest.received().all()) == 1


async def test_a_device_that_is_not_held_is_an_empty_list(rig: EwelinkRig, cloud: EwelinkCloud, bind: Bind) -> None:
    """Asking for what one does not hold gives nothing, however the vendor says it."""
    device = await bind()
    for answer in ("405", "left out"):
        cloud.set_guess("absent_thing", 405 if answer == "405" else answer)
        assert await rig.guest.bindings(device=device).all() == []
        assert await rig.guest.shares(device=device).all() == []
        assert await rig.guest.received(device=device).all() == []


def _first(body: Any, **fields: Any) -> object:
    """Change the first thing of a list of things."""
    data = body.get("data") or {}
    if data.get("thingList"):
        data["thingList"][0].update(fields)
    return body


@pytest.mark.parametrize("kind", [97, "x", None, 0, -1])
async def test_an_unknown_kind_is_a_gap_and_never_an_own_device(
    rig: EwelinkRig, cloud: EwelinkCloud, bind: Bind, kind: object
) -> None:
    """A thing of a kind that nobody knows is told as missing, the others stay."""
    await bind()
    await bind()
    cloud.rewrite = lambda _operation, body: _first(body, itemType=kind)
    for listing in (rig.owner.bindings(allow_partial=True), rig.owner.shares(allow_partial=True)):
        assert len(await listing.all()) <= 1
        assert len(listing.gaps) == 1


async def test_groups_are_no_devices(rig: EwelinkRig, cloud: EwelinkCloud, bind: Bind) -> None:
    """A group stands among the things, and is left out without a gap."""
    await bind()
    device = await bind()
    cloud.rewrite = lambda _operation, body: _first(body, itemType=3, itemData={"id": "g1", "name": "lights"})
    assert [each.device for each in await rig.owner.bindings().all()] == [device]


@pytest.mark.parametrize(
    "fields",
    [{"itemData": None}, {"itemData": {"name": "no id"}}, {"itemData": {"deviceid": "a\nb"}}, {"itemData": []}],
)
async def test_a_device_that_cannot_be_read_is_a_gap(
    rig: EwelinkRig, cloud: EwelinkCloud, bind: Bind, fields: dict[str, Any]
) -> None:
    """One unreadable entry hides no other."""
    await bind()
    await bind()
    cloud.rewrite = lambda _operation, body: _first(body, **fields)
    listing = rig.owner.bindings(allow_partial=True)
    assert len(await listing.all()) == 1
    assert len(listing.gaps) == 1


async def test_a_page_that_repeats_is_the_end(rig: EwelinkRig, cloud: EwelinkCloud) -> None:
    """A vendor that gives the same page again and again is not asked for ever, and what is missing is told."""
    cloud.add_devices("owner", 65)
    page: dict[str, Any] = {}

    def stuck(operation: str | None, body: Any) -> object:
        if operation != "list_things":
            return body
        page.setdefault("first", body)
        return page["first"]

    cloud.rewrite = stuck
    listing = rig.owner.bindings(allow_partial=True)
    assert len(await listing.all()) == 30
    assert ["counts 65 things and gave 30" in gap.why for gap in listing.gaps] == [True]


async def test_a_page_without_an_index_is_a_gap(rig: EwelinkRig, cloud: EwelinkCloud) -> None:
    """A full page that tells no index to go on from is told as a gap, with or without a total."""
    cloud.add_devices("owner", 31)

    def bare(operation: str | None, body: Any) -> object:
        if operation == "list_things":
            body["data"].pop("total", None)
            for thing in body["data"]["thingList"]:
                thing.pop("index", None)
        return body

    cloud.rewrite = bare
    listing = rig.owner.bindings(allow_partial=True)
    assert len(await listing.all()) == 30
    assert "no index" in listing.gaps[0].why


async def test_a_page_that_leaves_things_out_is_not_the_last(rig: EwelinkRig, cloud: EwelinkCloud) -> None:
    """A device that is counted and not shown on an early page hides none of the later pages."""
    hidden = {each.device for each in cloud.add_devices("owner", 65)[3:5]}

    def shorter(operation: str | None, body: Any) -> object:
        if operation == "list_things":
            things = body["data"]["thingList"]
            body["data"]["thingList"] = [each for each in things if each["itemData"]["deviceid"] not in hidden]
        return body

    cloud.rewrite = shorter
    listing = rig.owner.bindings(allow_partial=True)
    assert len(await listing.all()) == 63
    (gap,) = listing.gaps
    assert "counts 65 things and gave 63" in gap.why


async def test_pages_that_go_in_a_circle_end(rig: EwelinkRig, cloud: EwelinkCloud) -> None:
    """A vendor whose pages take turns is not asked for ever, and the list is not called whole."""
    cloud.add_devices("owner", 90)
    pages: list[Any] = []

    def circle(operation: str | None, body: Any) -> object:
        if operation != "list_things":
            return body
        body["data"].pop("total")
        pages.append(body if len(pages) < 2 else pages[len(pages) % 2])
        return pages[-1]

    cloud.rewrite = circle
    listing = rig.owner.bindings(allow_partial=True)
    assert len(await listing.all()) == 60
    assert len(pages) == 3
    assert "no index to go on from" in listing.gaps[0].why


async def test_a_total_that_cannot_be_read_hides_nothing(rig: EwelinkRig, cloud: EwelinkCloud, bind: Bind) -> None:
    """What came is listed though the count beside it is none, and that is told."""
    device = await bind()

    def odd(operation: str | None, body: Any) -> object:
        if operation == "list_things":
            body["data"]["total"] = "many"
        return body

    cloud.rewrite = odd
    listing = rig.owner.bindings(allow_partial=True)
    assert [each.device for each in await listing.all()] == [device]
    assert ["total" in gap.where for gap in listing.gaps] == [True]


async def test_a_dead_session_ends_a_list(rig: EwelinkRig, cloud: EwelinkCloud, bind: Bind) -> None:
    """A token that dies between two homes is no gap: the list fails, and says why."""
    await bind()
    cloud.add_home("owner")
    cloud.faults.add("code", operation="list_things", code=401, times=None)
    with pytest.raises(SignInError):
        await rig.owner.bindings().all()


async def test_homes_have_chinese_names(rig: EwelinkRig, cloud: EwelinkCloud, bind: Bind) -> None:
    """Names of homes and devices come as people wrote them."""
    await bind(name="客厅的灯")

    def named(operation: str | None, body: Any) -> object:
        if operation == "list_homes":
            body["data"]["familyList"][0]["name"] = "我的家"
        return body

    cloud.rewrite = named
    assert [home.name for home in await rig.owner.spaces().all()] == ["我的家"]
    (held,) = await rig.owner.bindings().all()
    assert held.name == "客厅的灯"
    assert held.space is not None
    assert held.space.name == "我的家"


async def test_an_account_of_a_stranger_lists_nothing(opened: Callable[..., Awaitable[Account]], bind: Bind) -> None:
    """What one person holds shows in nobody else's lists."""
    await bind()
    other = await opened("other")
    assert await other.bindings().all() == []
    assert await other.shares().all() == []
