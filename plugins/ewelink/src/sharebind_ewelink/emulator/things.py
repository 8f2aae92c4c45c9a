"""The calls that read: homes, a home's things, some things by their ids."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from sharebind_ewelink.emulator.calls import ABSENT, BROKEN, INVALID, Call, RefusalError, Result
from sharebind_ewelink.emulator.state import Account, Binding, Held, Home, Share, holder, millis
from sharebind_ewelink.emulator.world import World

OWN: Final = 1
RECEIVED: Final = 2
"""Contract: enums.item_type; nobody makes groups here, so there is no 3."""

PAGE: Final = 30
FIRST_INDEX: Final = -9_999_999
"""Contract: defaults of list_things."""


def list_homes(_world: World, call: Call) -> Result:
    """Name the caller's homes; the contract leaves the fields of a row open, these are what a public client reads."""
    rows = [_home(call.caller, home) for home in call.caller.homes]
    return Result(data={"familyList": rows, "currentFamilyId": call.caller.current_home.family_id})


def list_things(world: World, call: Call) -> Result:
    """List a page of one home's things, with the shares inside them (quirk share_list_is_inside_devices)."""
    home = world.home_for(call)
    if home.family_id in world.broken:
        raise RefusalError(BROKEN, "internal server error")
    number, begin = call.number("num"), call.number("beginIndex")
    number, begin = PAGE if number is None else number, FIRST_INDEX if begin is None else begin
    if number < 0:
        raise RefusalError(INVALID, "num is negative")
    here = sorted((held for held in world.held_by(call.caller) if _is_in(world, held, home)), key=_index)
    unpaged = number == 0 or number > PAGE
    if unpaged and len(here) > PAGE and world.guess("unpaged_above_30") == BROKEN:
        raise RefusalError(BROKEN, "timeout")
    at = world.guess("page_begins") == "at"
    rows = [held for held in here if held.place.index > begin or (at and held.place.index == begin)]
    shown = [thing(world, held) for held in rows[: number or len(rows)]]
    return Result(data={"thingList": shown, "total": len(here) + home.hidden})


def get_things(world: World, call: Call) -> Result:
    """Show the things of those ids, wherever they stand."""
    found: list[dict[str, Any]] = []
    for wanted in call.given["thingList"]:
        held = world.holding(call.caller, wanted["id"])
        fits = held is not None and wanted["itemType"] == item_type(held)
        if held is not None and (fits or world.guess("item_type") == "ignored"):
            found.append(thing(world, held))
        elif world.guess("absent_thing") == ABSENT:
            raise RefusalError(ABSENT, "no such thing")
    return Result(data={"thingList": found})


def item_type(held: Held) -> int:
    """Return whether it is the caller's own or a received one."""
    return OWN if isinstance(held, Binding) else RECEIVED


def thing(world: World, held: Held) -> dict[str, Any]:
    """Show a device to whoever has it so (contract: shapes.thing)."""
    device, place = held.device, held.place
    family = {"familyid": place.home.family_id, "index": place.index}
    item: dict[str, Any] = {
        "name": place.name,
        "deviceid": device.device,
        "apikey": held.owner.apikey,
        "extra": {"chipid": device.proof["chipid"]},
        "brandName": "emulated",
        "productModel": "switch",
        "family": {**family, "roomid": place.room_id} if place.room_id else family,
        "devicekey": device.proof["apikey"],
        "online": True,
        "params": {"switch": "off"},
    }
    if isinstance(held, Share):
        item["sharedBy"] = _side(world, held, held.owner)
    if shares := world.shares_by(holder(held), device):
        item["shareTo"] = [_side(world, share, share.recipient) for share in shares]
    return {"itemType": item_type(held), "itemData": item, "index": place.index}


def _side(world: World, share: Share, other: Account) -> dict[str, Any]:
    """Show a share and who is on its other side (contract: shapes.share_to and shared_by)."""
    shown = world.guess("contacts_shown")
    side: dict[str, Any] = {"apikey": other.apikey, "nickname": other.nickname, "permit": share.permit}
    if shown in {"both", "email"}:
        side["email"] = other.user.email
    if shown in {"both", "phone"}:
        side["phoneNumber"] = other.phone
    if share.comment is not None:
        side["comment"] = share.comment
    return {**side, "shareTime": millis(share.at)}


def _home(account: Account, home: Home) -> dict[str, Any]:
    rooms = [{"id": room.room_id, "name": room.name, "index": room.index} for room in home.rooms]
    return {
        "id": home.family_id,
        "apikey": account.apikey,
        "name": home.name,
        "index": home.index,
        "roomList": rooms,
    }


def _is_in(world: World, held: Held, home: Home) -> bool:
    everywhere = isinstance(held, Share) and world.guess("received_in") == "every home"
    return everywhere or held.place.home is home


def _index(held: Held) -> int:
    return held.place.index


CALLS: Final[Mapping[str, Callable[[World, Call], Result]]] = {
    "list_homes": list_homes,
    "list_things": list_things,
    "get_things": get_things,
}
"""Every call of this file by its name in the contract."""
