"""Tencent: names, rooms and homes, lists with a part that fails, and changes that get no good answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pytest

from sharebind import (
    Account,
    ByPairing,
    ByText,
    IncompleteListError,
    InvalidRequestError,
    Listing,
    MalformedReplyError,
    OutcomeUnknownError,
    Phone,
    ResultLostError,
    Role,
    Secret,
    Space,
    State,
    UnsupportedError,
)
from sharebind_tencent import BySignature

from .scene import DEVICE, Asked, Home, Said, account_at, tencent_ok
from .tencent_scene import AT, Scene

HOME: Final = Space("f1")


@pytest.fixture
def scene(home_at: Callable[[str], Home]) -> Scene:
    """Give the scene."""
    home = home_at("tencent")
    return Scene(home, home.sharebind)


# ----------------------------------------------------------------------------------------------------- names and rooms


async def test_an_own_device_is_renamed(scene: Scene) -> None:
    """The name is the one that every list shows; doing it twice changes nothing."""
    device = await scene.home.bound()
    for _ in range(2):
        await scene.owner.rename(device, "客厅 & Küche")
    assert [binding.name async for binding in scene.owner.bindings()] == ["客厅 & Küche"]


async def test_a_received_device_keeps_its_owners_name(scene: Scene) -> None:
    """No call renames it, so that it is refused with no request."""
    device = await scene.home.bound()
    await scene.home.taken(device, scene.home.guest)
    [received] = [binding async for binding in scene.home.guest.bindings()]
    before = len(scene.asked())
    with pytest.raises(UnsupportedError, match="keeps its owner's name"):
        await scene.home.guest.rename(received, "mine")
    assert len(scene.asked()) == before


async def test_a_device_is_put_into_a_room_and_back(scene: Scene) -> None:
    """The room is where the list shows it; "0" is the default room."""
    device = await scene.home.bound()
    [room] = await scene.rooms(scene.owner)
    for space in (room, Space(room.id, "0")):
        await scene.owner.place(device, space)
        assert [binding.space async for binding in scene.owner.bindings()] == [space]


async def test_a_device_is_not_moved_to_another_home(scene: Scene) -> None:
    """No call does that; and a room of another home is refused by the vendor."""
    device = await scene.home.bound()
    with pytest.raises(UnsupportedError, match="unbind it, and bind it there"):
        await scene.owner.place(device, Space(scene.cloud.user("owner").homes[0]))
    assert "AppModifyFamilyDeviceRoom" not in scene.asked()
    [room, *_] = await scene.rooms(scene.landlord)
    with pytest.raises(InvalidRequestError):
        await scene.owner.place(device, room)


# --------------------------------------------------------------------------------------------------------------- lists


async def found(listing: Listing[Any]) -> tuple[list[Any], list[str]]:
    """Read a list to its end, with its gaps."""
    items: list[Any] = []
    try:
        async for item in listing:
            items.append(item)  # noqa: PERF401 - what came before the error counts
    except IncompleteListError as error:
        return items, [gap.where for gap in error.gaps]
    return items, []


@pytest.mark.parametrize("key", ["RoomList", "Roomlist"])
async def test_each_home_is_followed_by_its_rooms(scene: Scene, key: str) -> None:
    """Under either spelling of the list; without being asked for, no rooms are read."""
    scene.cloud.set_guess("room_list_key", key)
    homes = scene.cloud.user("landlord").homes
    spaces, gaps = await found(scene.landlord.spaces(rooms=True))
    assert [(space.id, space.room is not None, space.name) for space in spaces] == [
        (homes[0], False, "landlord's home 1"),
        (homes[0], True, "living room"),
        (homes[1], False, "landlord's home 2"),
        (homes[1], True, "living room"),
    ]
    assert gaps == []
    assert [space.id for space in (await found(scene.landlord.spaces()))[0]] == homes
    assert scene.asked().count("AppGetRoomList") == 2


async def test_a_home_whose_rooms_cannot_be_read_is_a_gap(scene: Scene) -> None:
    """The home is there, its rooms are told to be missing, and the other home is whole."""
    scene.cloud.break_home("landlord")
    homes = scene.cloud.user("landlord").homes
    spaces, gaps = await found(scene.landlord.spaces(rooms=True))
    assert [(space.id, space.room is not None) for space in spaces] == [
        (homes[0], False),
        (homes[1], False),
        (homes[1], True),
    ]
    assert gaps == ["rooms of home landlord's home 1"]


async def test_a_home_that_cannot_be_read_hides_no_other(scene: Scene) -> None:
    """The devices of the other home and the received ones are listed, and the gap names the home."""
    proof = ByText(scene.given.proof["device_signature"])
    await scene.landlord.bind(scene.lamp, proof, space=Space(scene.cloud.user("landlord").homes[1]))
    received = await scene.home.bound(1)
    await scene.home.taken(received, scene.landlord)
    scene.cloud.break_home("landlord")
    items, gaps = await found(scene.landlord.bindings())
    assert [binding.device for binding in items] == [scene.lamp, received]
    assert gaps == ["home landlord's home 1"]
    assert (await found(scene.landlord.shares()))[1] == ["home landlord's home 1"]


async def test_a_device_whose_users_cannot_be_read_hides_no_other(scene: Scene) -> None:
    """Its shares are a gap, and those of the other devices are listed."""
    devices = [await scene.home.bound(index) for index in range(3)]
    for device in devices:
        await scene.home.taken(device, scene.home.guest)
    scene.cloud.break_device(devices[1].product, devices[1].device)
    items, gaps = await found(scene.owner.shares())
    assert [share.device for share in items] == [devices[0], devices[2]]
    assert gaps == [f"shares of {devices[1]}"]


async def test_three_pages_of_devices_are_walked(scene: Scene) -> None:
    """Every device of a home is listed once, however many pages it takes."""
    added = scene.cloud.add_devices("owner", 120)
    items, gaps = await found(scene.owner.bindings())
    assert ([binding.device.device for binding in items], gaps) == ([each.device for each in added], [])
    assert scene.asked().count("AppGetFamilyDeviceList") == 3


async def test_users_beyond_the_last_offset_are_a_gap(scene: Scene) -> None:
    """The vendor lists six hundred users of a device; the rest is told to be missing, and nothing beyond is asked."""
    scene.cloud.set_guess("page_limits", "hard")
    device = await scene.home.bound()
    scene.cloud.add_guests(device.product, device.device, 650)
    items, gaps = await found(scene.owner.shares(device=device))
    assert (len(items), gaps) == (600, [f"users of {device} from 600 on"])
    assert {share.state for share in items} == {State.ACTIVE}
    assert [each.code for each in scene.cloud.requests if each.operation == "AppListShareDeviceUsers"] == [""] * 6


async def test_a_home_that_cannot_be_understood_is_a_gap_of_a_list() -> None:
    """An odd home among others costs a list nothing but itself; where a home is looked up it is an error."""
    rows = [{"FamilyId": "f1", "FamilyName": "one", "Role": 1}, {"FamilyName": "without an id"}]

    def say(asked: Asked) -> Said:
        if asked.name == "AppGetFamilyList":
            return tencent_ok(Total=2, FamilyList=rows)
        return tencent_ok(Total=1, DeviceList=[{"ProductId": "P", "DeviceName": "d"}], ShareDevices=[])

    where = "$.Response.FamilyList[1]"
    async with account_at("tencent", say) as (desk, server):
        spaces, gaps = await found(desk.spaces())
        assert ([space.id for space in spaces], gaps) == (["f1"], [where])
        items, gaps = await found(desk.bindings(roles=[Role.OWNER]))
        assert ([str(binding.device) for binding in items], gaps) == (["P/d"], [where])
        with pytest.raises(MalformedReplyError, match="homes could not be read whole"):
            await desk.bind(None, ByText("signature"))
    assert "AppSecureAddDeviceInFamily" not in server.names()


# ------------------------------------------------------------------------------------------------ lost and odd answers

CHANGES: Final[dict[str, Callable[[Account], Any]]] = {
    "bind by text": lambda desk: desk.bind(DEVICE, ByText("s"), space=HOME),
    "bind by signature": lambda desk: desk.bind(DEVICE, BySignature(signature=Secret("00"), at=AT), space=HOME),
    "bind by pairing": lambda desk: desk.bind(DEVICE, ByPairing("t"), space=HOME),
    "rename": lambda desk: desk.rename(DEVICE, "lamp"),
    "place": lambda desk: desk.place(DEVICE, Space("f1", "r1")),
    "create a space": lambda desk: desk.create_space("home"),
    "begin a pairing": lambda desk: desk.begin_pairing(),
    "sign out": lambda desk: desk.sign_out(),
}


@pytest.mark.parametrize("change", CHANGES)
async def test_a_change_that_is_not_answered_is_of_unknown_outcome(change: str) -> None:
    """After each change, an answer that nobody can read says nothing; it is sent once."""
    async with account_at("tencent", lambda _: (200, b"garbage")) as (desk, server):
        with pytest.raises(OutcomeUnknownError):
            await CHANGES[change](desk)
    assert len(server.asked) == 1


@pytest.mark.parametrize("change", CHANGES)
async def test_a_change_that_is_refused_did_nothing(change: str) -> None:
    """After each change, the vendor's own refusal means that nothing happened."""
    error = {"Code": "InvalidParameterValue", "Message": "no"}
    async with account_at("tencent", lambda _: tencent_ok(Error=error)) as (desk, server):
        with pytest.raises(InvalidRequestError):
            await CHANGES[change](desk)
    assert len(server.asked) == 1


async def test_a_home_that_is_not_told_is_lost() -> None:
    """A home was made, and nobody can say which: the error says that it is done."""
    async with account_at("tencent", lambda _: tencent_ok(Data={})) as (desk, _):
        with pytest.raises(ResultLostError):
            await desk.create_space("home")


async def test_a_person_who_cannot_be_read_is_malformed() -> None:
    """A look-up that names nobody is no person."""
    async with account_at("tencent", lambda _: tencent_ok(Data={"NickName": "bob"})) as (desk, _):
        with pytest.raises(MalformedReplyError):
            await desk.find_user(Phone("86", "13800000001"))
