"""The actions of binding: put a device in a home by a proof or a pairing token, list, move, rename, remove."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from sharebind_tencent.emulator.calls import Call, RefusalError, Result
from sharebind_tencent.emulator.signature import DIGESTS, device_signature, device_texts
from sharebind_tencent.emulator.state import DEFAULT_ROOM, Binding, DeviceKey, Home, Pairing, unix
from sharebind_tencent.emulator.world import WRONG_VALUE, World

BIND_TYPES: Final = {
    "wifi_sign": "wifi_sign",
    "bluetooth_sign": "bluetooth_sign",
    "bluetooth_sigh": "bluetooth_sign",  # an older page spells it so (contract: enums.bind_type_note)
    "other_sign": "other_sign",
}
DEVICES_PER_HOME: Final = 1000
CREATED, USABLE = 1, 2


def bind_by_signature_text(world: World, call: Call) -> Result:
    """Bind the device whose code holds this DeviceSignature."""
    proof = call.text("DeviceSignature")
    key = next((key for key, device in world.devices.items() if device.proof["device_signature"] == proof), None)
    if key is None:
        # Guessed: the action has no page and so no list of codes.
        raise RefusalError(WRONG_VALUE, "DeviceSignature is wrong")
    return Result(fields={"Data": {"AppDeviceInfo": _bind(world, call, key)}}, effect=True)


def bind_by_device_signature(world: World, call: Call) -> Result:
    """Bind a device that signed its own name and a time; how old the time may be is not stated."""
    key = call.device()
    device, bind_type = world.devices.get(key), BIND_TYPES.get(call.text("BindType"))
    method = call.text("SignMethod") or "hmacsha1"
    if device is None or bind_type is None or method not in DIGESTS:
        raise RefusalError(WRONG_VALUE)
    texts = device_texts(bind_type, *key, call.number("DeviceTimestamp") or 0, call.text("ConnId"))
    secret = device.proof["device_secret"]
    if call.text("Signature").lower() not in {device_signature(secret, text, method) for text in texts}:
        raise RefusalError(WRONG_VALUE, "Signature is wrong")
    info = {"AppDeviceInfo": _bind(world, call, key)}
    return Result(fields={"data": info} if world.guess("unsure_results_at") == "sample" else info, effect=True)


def create_pairing_token(world: World, call: Call) -> Result:
    """Make the token that a device hands to the cloud when it comes online."""
    created = call.now
    pairing = Pairing(world.dice.hex(32), call.caller, created, created + world.seconds("pairing_token_ttl_s"))
    world.pairings[pairing.token] = pairing
    token = {"Token": pairing.token}
    return Result(fields={"Data": token} if world.guess("unsure_results_at") == "sample" else token, effect=True)


def pairing_state(world: World, call: Call) -> Result:
    """Tell whether a device has handed over the token, and which one."""
    reported = _reported(world, call, _pairing(world, call))
    if reported is None:
        return Result(fields={"State": CREATED})
    if not world.guess("pairing_state_names_device"):
        return Result(fields={"State": USABLE})
    return Result(fields={"State": USABLE, "ProductId": reported.product, "DeviceName": reported.name})


def bind_by_pairing_token(world: World, call: Call) -> Result:
    """Bind the device that handed over the token."""
    pairing, key = _pairing(world, call), call.device()
    reported = _reported(world, call, pairing)
    fits = key in world.devices if world.guess("pairing_token_fits") == "any_device" else key == reported
    if reported is None or not fits:
        raise RefusalError(WRONG_VALUE, "the token does not fit the device")
    _bind(world, call, key)
    del world.pairings[pairing.token]
    number = {"RequestId": call.text("RequestId")}
    return Result(fields={"Data": number} if world.guess("unsure_results_at") == "sample" else {}, effect=True)


def unbind(world: World, call: Call) -> Result:
    """Take a device out of a home; RoomId is required on paper and never sent (quirk required_but_unsent)."""
    home, key = world.home_for(call), call.device()
    binding = world.bindings.get(key)
    if binding is None or binding.home is not home:
        refusal = str(world.guess("unbind_unknown_code"))
        if refusal != "OK":
            raise RefusalError(refusal)
        return Result()
    _release(world, key)
    return Result(effect=True)


def list_devices(world: World, call: Call) -> Result:
    """List a home's devices, of one room when RoomId is not empty; devices shared with the caller are elsewhere."""
    home, room = world.home_for(call), call.text("RoomId")
    world.check_whole(home.family_id)
    rows = [
        {**_info(binding), "UserID": home.owner.id}
        for binding in world.bindings.values()
        if binding.home is home and room in {"", binding.room_id}
    ]
    return Result(fields={"Total": len(rows), "DeviceList": world.page(call, rows)})


def move(world: World, call: Call) -> Result:
    """Put a device in another room of its home."""
    home = world.home_for(call)
    binding = world.bindings.get(call.device())
    if binding is None or binding.home is not home or not home.has_room(call.text("RoomId")):
        raise RefusalError(WRONG_VALUE)
    binding.room_id, binding.updated = call.text("RoomId"), call.now
    return Result(effect=True)


def rename(world: World, call: Call) -> Result:
    """Give a device of the caller another name."""
    key = call.device()
    binding = world.bindings.get(key)
    if binding is None or binding.home.owner is not call.caller:
        raise RefusalError(WRONG_VALUE)
    binding.alias, binding.updated = call.text("AliasName"), call.now
    for share in world.shares.values():
        if share.key == key:
            share.alias = binding.alias
    return Result(fields={"Data": _info(binding)}, effect=True)


def _bind(world: World, call: Call, key: DeviceKey) -> dict[str, Any]:
    """Put the device in the caller's home, unless another home's claim stands in the way."""
    home = world.home_for(call)
    if not home.has_room(call.text("RoomId")):
        raise RefusalError(WRONG_VALUE, "RoomId is wrong")
    if sum(binding.home is home for binding in world.bindings.values()) >= DEVICES_PER_HOME:
        raise RefusalError(WRONG_VALUE, f"more than {DEVICES_PER_HOME} devices in the home")
    before = world.bindings.get(key)
    if before is not None:
        if before.home is home or world.guess("bound_elsewhere") == "refuse":
            # Guessed: no bind action lists a code for this; the code of sharing says the same thing.
            raise RefusalError(str(world.guess("already_bound_code")))
        _release(world, key)
    binding = Binding(key, home, call.text("RoomId") or DEFAULT_ROOM, key.name, call.now, call.now)
    world.bindings[key] = binding
    return _info(binding)


def _release(world: World, key: DeviceKey) -> None:
    del world.bindings[key]
    if world.guess("owner_unbind_ends_shares"):
        for share in world.shares.values():
            if share.key == key and not share.ended:
                share.ended = "owner_gone"


def _pairing(world: World, call: Call) -> Pairing:
    pairing = world.pairings.get(call.text("Token"))
    if pairing is None or pairing.account is not call.caller:
        raise RefusalError("InvalidParameterValue.TokenNotExist")
    if call.now >= pairing.expires:
        raise RefusalError("InvalidParameterValue.TokenIsExpire")
    return pairing


def _reported(world: World, call: Call, pairing: Pairing) -> DeviceKey | None:
    """Return the device that handed over the token: without a test's word, the first one that nobody holds."""
    waited = call.now >= pairing.created + world.seconds("pairing_usable_after_s")
    if pairing.reported is None and waited:
        pairing.reported = next((key for key in world.devices if key not in world.bindings), None)
    return pairing.reported


def _info(binding: Binding) -> dict[str, Any]:
    home: Home = binding.home
    return {
        "DeviceId": binding.key.joined,
        "ProductId": binding.key.product,
        "DeviceName": binding.key.name,
        "AliasName": binding.alias,
        "IconUrl": "",
        "FamilyId": home.family_id,
        "RoomId": binding.room_id,
        "DeviceType": 0,
        "CreateTime": unix(binding.created),
        "UpdateTime": unix(binding.updated),
    }


ACTIONS: Final[Mapping[str, Callable[[World, Call], Result]]] = {
    "AppSecureAddDeviceInFamily": bind_by_signature_text,
    "AppSigBindDeviceInFamily": bind_by_device_signature,
    "AppCreateDeviceBindToken": create_pairing_token,
    "AppGetDeviceBindTokenState": pairing_state,
    "AppTokenBindDeviceFamily": bind_by_pairing_token,
    "AppDeleteDeviceInFamily": unbind,
    "AppGetFamilyDeviceList": list_devices,
    "AppModifyFamilyDeviceRoom": move,
    "AppUpdateDeviceInFamily": rename,
}
"""Every action of this file by the vendor's name."""
