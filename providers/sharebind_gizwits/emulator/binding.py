"""The calls of binding: by MAC or QR code, the list of what one holds, unbind, and names."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping
from typing import Any, Final

from sharebind.emulator import Device
from sharebind_gizwits.emulator.calls import DONE, Call, RefusalError, Result
from sharebind_gizwits.emulator.paging import page
from sharebind_gizwits.emulator.state import KEEPERS, NORMAL, OWNER, SPECIAL, Binding
from sharebind_gizwits.emulator.world import DEVICE_NOT_FOUND, NOT_BOUND, World

PRODUCT_KEY_INVALID: Final = "9002"
BAD_QR_CODE: Final = "9040"
TIMESTAMP_INVALID: Final = "9043"
SIGNATURE_INVALID: Final = "9044"
ONLY_OWNER_CAN_BIND: Final = "9092"

PROTOCOL: Final = "04"


def bind_mac(world: World, call: Call) -> Result:
    """Bind a device by product key and MAC, signed with the product's secret."""
    if call.text("product_key") != world.app["product_key"]:
        raise RefusalError(PRODUCT_KEY_INVALID)
    _check_signature(world, call)
    mac = call.text("mac").upper()
    binding, effect = _bind(world, call, _find(world, "mac", mac, DEVICE_NOT_FOUND))
    binding.remark = call.text("remark") or binding.remark
    binding.alias = call.text("dev_alias") or binding.alias
    address = {"host": "127.0.0.1", "port": 1883, "port_s": 8883, "ws_port": 8080, "wss_port": 8880}
    effect = effect or bool(call.text("remark") or call.text("dev_alias"))
    return Result(body={**_info(world, binding), **address}, effect=effect)


def bind_latest(world: World, call: Call) -> Result:
    """Bind the device that a code of the vendor's own QR service stands for."""
    _, effect = _bind(world, call, _find(world, "qr_content", call.text("qr_content"), BAD_QR_CODE))
    return Result(body=DONE.body, effect=effect)


def list_bindings(world: World, call: Call) -> Result:
    """List what the caller holds, in any role; no total tells whether there is more (contract: pagination)."""
    held = [each for each in world.bindings.values() if each.account is call.caller and each.is_alive(call.now)]
    part = page(world, call, held, int(world.guess("bindings_page_default")))
    extra = {"proto_ver": PROTOCOL} if call.number("show_proto_ver") else {}
    rows = [{**_info(world, each), **extra, "wifi_soft_version": None, "is_sandbox": True} for each in part.rows]
    return Result(body={"devices": rows})


def unbind(world: World, call: Call) -> Result:
    """Give up devices, one by one: what cannot be given up is in `failed`, at HTTP 200.

    When the owner does it, every guest loses the device too (quirk owner_unbind_drops_guests).
    """
    done: dict[str, list[str]] = {"success": [], "failed": []}
    for item in call.given["devices"]:
        binding = world.binding(item["did"], call.caller, call.now)
        done["failed" if binding is None else "success"].append(item["did"])
        if binding is None:
            continue
        if binding.role in KEEPERS:
            world.release(binding, call.now)
        else:
            world.drop_guest(binding.did, call.caller, "left", call.now)
    if not done["success"] and world.guess("unbind_unbound") != "failed":
        raise RefusalError(NOT_BOUND)
    return Result(body=done, effect=bool(done["success"]))


def update_binding(world: World, call: Call) -> Result:
    """Name a device for the caller alone."""
    world.check_device(call.text("did"))
    binding = world.binding(call.text("did"), call.caller, call.now)
    if binding is None:
        raise RefusalError(NOT_BOUND)
    binding.remark = call.given.get("remark", binding.remark)
    binding.alias = call.given.get("dev_alias", binding.alias)
    binding.labels = call.given.get("dev_label", binding.labels)
    body = {"remark": binding.remark, "dev_label": binding.labels, "dev_alias": binding.alias}
    return Result(body=body, effect=True)


def _check_signature(world: World, call: Call) -> None:
    """Check time and signature (contract: auth.product_signature); the time is in seconds (guessed)."""
    stamp = call.headers.get("X-Gizwits-Timestamp", "")
    known = stamp.isascii() and stamp.isdigit()
    if not known or abs(call.now.timestamp() - int(stamp)) > world.rules.clock_skew_max_s:
        raise RefusalError(TIMESTAMP_INVALID)
    right = hashlib.md5((world.app["product_secret"] + stamp).encode(), usedforsecurity=False).hexdigest()
    given = call.headers.get("X-Gizwits-Signature", "")
    if not hmac.compare_digest(given.encode(errors="surrogateescape"), right.encode()):
        raise RefusalError(SIGNATURE_INVALID)


def _find(world: World, proof: str, value: str, refusal: str) -> Device:
    for device in world.devices.values():
        if device.proof[proof] == value:
            return device
    raise RefusalError(refusal)


def _bind(world: World, call: Call, device: Device) -> tuple[Binding, bool]:
    """Give the device to the caller, in the role that is free, and tell whether that changed something."""
    did, claims = device.device, call.number("set_owner") == 1 and world.sharing_on
    held = world.binding(did, call.caller, call.now)
    if held is not None:
        repeated = str(world.guess("repeat_bind"))
        if repeated != "succeeds":
            raise RefusalError(repeated)
        if claims and held.role == SPECIAL:
            world.claim(held, call.now)
            return held, True
        return held, False
    keeper = world.keeper(did, call.now)
    if keeper is not None:
        if keeper.role == OWNER or (claims and world.guess("late_claim") != "normal"):
            raise RefusalError(ONLY_OWNER_CAN_BIND)
        return world.bind(did, call.caller, NORMAL, call.now), True
    first = str(world.guess("first_binder_role")) if world.sharing_on else SPECIAL
    return world.bind(did, call.caller, OWNER if claims else first, call.now), True


def _info(world: World, binding: Binding) -> dict[str, Any]:
    proof = world.devices[binding.did].proof
    return {
        "product_key": proof["product_key"],
        "did": binding.did,
        "mac": proof["mac"],
        "is_online": True,
        "passcode": world.passcodes[binding.did],
        "remark": binding.remark,
        "is_disabled": False,
        "type": "normal",
        "dev_alias": binding.alias,
        "dev_label": binding.labels,
        "role": binding.role,
    }


CALLS: Final[Mapping[str, Callable[[World, Call], Result]]] = {
    "bind_mac": bind_mac,
    "bind_latest": bind_latest,
    "list_bindings": list_bindings,
    "unbind": unbind,
    "update_binding": update_binding,
}
"""Every call of this file by the contract's name."""
