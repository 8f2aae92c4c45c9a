"""The actions of homes and rooms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from sharebind_tencent.emulator.calls import Call, RefusalError, Result
from sharebind_tencent.emulator.state import Home, Room, unix
from sharebind_tencent.emulator.world import WRONG_VALUE, World

ADMIN: Final = 1
HOMES_PER_USER: Final = 20
"""Documented without a code (contract: limits.homes_per_user)."""


def list_homes(world: World, call: Call) -> Result:
    """List the caller's homes."""
    rows = [
        {
            "FamilyId": home.family_id,
            "FamilyName": home.name,
            "FamilyType": 0,
            "Role": ADMIN,
            "CreateTime": unix(home.created),
            "UpdateTime": unix(home.created),
        }
        for home in world.homes_of(call.caller)
    ]
    return Result(fields={"Total": len(rows), "FamilyList": world.page(call, rows)})


def create_home(world: World, call: Call) -> Result:
    """Make a home; a twenty-first one is refused."""
    if len(world.homes_of(call.caller)) >= HOMES_PER_USER:
        raise RefusalError(WRONG_VALUE, f"more than {HOMES_PER_USER} homes")
    home = world.add_home(call.caller, call.text("Name"), call.now)
    return Result(fields={"Data": {"FamilyId": home.family_id}}, effect=True)


def list_rooms(world: World, call: Call) -> Result:
    """List the rooms of one home, of all of the caller's when none is named; the default room is not in it."""
    homes = [world.home_for(call)] if call.text("FamilyId") else world.homes_of(call.caller)
    for home in homes:
        world.check_whole(home.family_id)
    rows = [
        {
            "RoomId": room.room_id,
            "RoomName": room.name,
            "DeviceNum": _devices_in(world, home, room),
            "CreateTime": unix(room.created),
            "UpdateTime": unix(room.created),
        }
        for home in homes
        for room in home.rooms
    ]
    return Result(fields={"Total": len(rows), str(world.guess("room_list_key")): world.page(call, rows)})


def _devices_in(world: World, home: Home, room: Room) -> int:
    return sum(binding.home is home and binding.room_id == room.room_id for binding in world.bindings.values())


ACTIONS: Final[Mapping[str, Callable[[World, Call], Result]]] = {
    "AppGetFamilyList": list_homes,
    "AppCreateFamily": create_home,
    "AppGetRoomList": list_rooms,
}
"""Every action of this file by the vendor's name."""
