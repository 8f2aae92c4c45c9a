"""The calls of binding: by digest, by QR code, give up or leave, rename or move."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from typing import Final

from sharebind.emulator import Device
from sharebind_ewelink.emulator.calls import (
    ABSENT,
    BAD_DEVICE_ID,
    DONE,
    FORBIDDEN,
    NO_DEVICE,
    NO_FACTORY_DATA,
    TAKEN,
    WRONG_CHIP,
    WRONG_DIGEST,
    Call,
    RefusalError,
    Result,
)
from sharebind_ewelink.emulator.inbox import tell_ended
from sharebind_ewelink.emulator.state import Binding, Home, Share
from sharebind_ewelink.emulator.things import thing
from sharebind_ewelink.emulator.world import World

DEVICE_ID: Final = re.compile(r"[0-9a-f]{10}")
"""The form of the ids here; which ids the vendor calls malformed is not documented."""


def digest_of(device: Device) -> str:
    """Return what proves the device (contract: add_device, digest)."""
    return hashlib.sha256((device.device + device.proof["apikey"]).encode()).hexdigest()


def add_device(world: World, call: Call) -> Result:
    """Bind a device whose factory data the caller knows."""
    device_id = call.text("deviceid")
    if not DEVICE_ID.fullmatch(device_id):
        raise RefusalError(BAD_DEVICE_ID, "deviceid is malformed")
    device = world.devices.get(device_id)
    if device is None:
        raise RefusalError(NO_FACTORY_DATA, "no factory data")
    if call.text("chipid") != device.proof["chipid"]:
        raise RefusalError(WRONG_CHIP, "chipid is wrong")
    if call.text("digest") != digest_of(device):
        raise RefusalError(WRONG_DIGEST, "digest is wrong")
    binding = world.bindings.get(device_id)
    if binding is not None and binding.owner is not call.caller:
        if world.guess("bound_elsewhere") == FORBIDDEN:
            raise RefusalError(FORBIDDEN, "bound by another account")
        _check_place(world, call)
        _give_up(world, binding, call)
    return _bind(world, call, device)


def add_gsm_device(world: World, call: Call) -> Result:
    """Bind a device by the id in its QR code."""
    wanted = call.text("id")
    device = next((each for each in world.devices.values() if each.proof.get("gsm_id") == wanted), None)
    if device is None:
        raise RefusalError(int(world.guess("unknown_gsm_id")), "id is unknown")
    binding = world.bindings.get(device.device)
    if binding is not None and binding.owner is not call.caller:
        raise RefusalError(TAKEN, "added by another user")
    return _bind(world, call, device)


def delete_device(world: World, call: Call) -> Result:
    """Give up an own device, or leave a received one (quirk delete_means_two_things)."""
    device_id = call.text("deviceid")
    if device_id not in world.devices:
        raise RefusalError(NO_DEVICE, "no such device")
    match world.holding(call.caller, device_id):
        case Share() as share:
            share.ended = "left"
            if world.guess("leaving_tells_owner"):
                tell_ended(world, share, share.owner, call.now)
        case Binding() as binding:
            _give_up(world, binding, call)
        case None:
            raise RefusalError(int(world.guess("delete_not_held")), "not a device of this account")
    return DONE


def update_device_info(world: World, call: Call) -> Result:
    """Rename a device, or put it into a room of its home."""
    held = world.holding(call.caller, call.text("deviceid"))
    if held is None or (isinstance(held, Share) and not world.guess("recipient_may_rename")):
        held = world.owned(call, call.text("deviceid"), ABSENT)
    room_id = call.given.get("roomid")
    if room_id is not None:
        world.check_room(held.place.home, room_id)
        held.place.room_id = room_id
    held.place.name = call.text("name") or held.place.name
    return DONE


def _bind(world: World, call: Call, device: Device) -> Result:
    home = _check_place(world, call)
    binding = world.bindings.get(device.device)
    if binding is not None:
        if world.guess("bound_again") == FORBIDDEN:
            raise RefusalError(FORBIDDEN, "bound already")
    else:
        for share in world.active_shares(device, call.caller):
            share.ended = "superseded"  # whoever owns a device no longer needs a share of it
        sort = call.number("sort") or 1
        place = world.place_in(call.caller, home, call.text("name"), sort=sort, room_id=call.text("roomid"))
        binding = world.bindings[device.device] = Binding(device, call.caller, place)
    return Result(data=thing(world, binding), effect=True)


def _check_place(world: World, call: Call) -> Home:
    """Return the home that a device is to stand in, or refuse it or its room."""
    home = world.home_for(call)
    world.check_room(home, call.text("roomid"))
    return home


def _give_up(world: World, binding: Binding, call: Call) -> None:
    del world.bindings[binding.device.device]
    if world.guess("delete_ends_shares"):
        for share in world.active_shares(binding.device):
            share.ended = "owner_gone"
            tell_ended(world, share, share.recipient, call.now)


CALLS: Final[Mapping[str, Callable[[World, Call], Result]]] = {
    "add_device": add_device,
    "add_gsm_device": add_gsm_device,
    "delete_device": delete_device,
    "update_device_info": update_device_info,
}
"""Every call of this file by its name in the contract."""
