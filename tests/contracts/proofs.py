"""Proofs for the devices of the emulated clouds, as a device or its package would hand them to an app."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from sharebind import BySerial
from sharebind_quectel import AccessTag, ByBluetooth, ByMatter, Privilege
from sharebind_tencent import BySignature, Channel, Digest

from .recipes import device_signature
from .stage import Vendor

AT: Final = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
"""When the emulated device signs."""
OLD_SECRET: Final = "b2xkIHNlY3JldCBzZWFsZQ=="
"""An earlier binding secret, encrypted: base64 of one block."""


def serial(vendor: Vendor) -> BySerial:
    """Return the serial on a device."""
    device = vendor.cloud.devices[0]
    return BySerial(device.proof["serial"], device.product)


def bluetooth(vendor: Vendor, **changes: str) -> ByBluetooth:
    """Return what a device hands over by Bluetooth, with its code encrypted unless a plain one is given."""
    known = vendor.cloud.devices[0].proof
    code = {} if "binding_code" in changes else {"encrypted_binding_code": known["encrypted_binding_code"]}
    given = {"encrypted_new_secret": known["encrypted_new_secret"], "random": known["random"]}
    parts: dict[str, Any] = {**code, **given, **changes}
    return ByBluetooth(**parts)


def matter(vendor: Vendor, **changes: Any) -> ByMatter:
    """Return what a Matter commissioner knows of a device."""
    known = vendor.cloud.devices[0].proof
    given: dict[str, Any] = {
        "code": known["binding_code"],
        "fabric_id": 11,
        "node_id": 12,
        "vendor_id": int(known["vendor_id"]),
        "product_id": int(known["product_id"]),
        "discriminator": int(known["discriminator"]),
        "version": "1.2",
    }
    return ByMatter(**{**given, **changes})


ACCESS: Final = AccessTag(65537, Privilege.OPERATE)
"""One entry of a Matter device's access list."""


CHANNELS: Final = {Channel.WIFI: "wifi_sign", Channel.BLUETOOTH: "bluetooth_sign", Channel.OTHER: "other_sign"}
METHODS: Final = {Digest.HMAC_SHA1: "hmacsha1", Digest.HMAC_SHA256: "hmacsha256"}


def signed(vendor: Vendor, *, nonce: str = "c0ffee", **ways: Any) -> tuple[BySignature, dict[str, Any]]:
    """Return a device's own signature at Tencent, and what a call says of it."""
    device = vendor.cloud.devices[0]
    channel, digest = ways.get("channel", Channel.WIFI), ways.get("digest", Digest.HMAC_SHA1)
    said: dict[str, Any] = {
        "ProductId": device.product,
        "DeviceName": device.device,
        "DeviceTimestamp": int(AT.timestamp()),
        "BindType": CHANNELS[channel],
        "SignMethod": METHODS[digest],
        **({"ConnId": nonce} if nonce else {}),
    }
    said["Signature"] = device_signature(said, device.proof["device_secret"])
    return BySignature(signature=said["Signature"], at=AT, nonce=nonce, digest=digest, channel=channel), said
