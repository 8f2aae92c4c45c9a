"""People at Tencent's emulated cloud, one of them with two homes, and a device that signs."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, datetime
from typing import Any, Final, cast

from sharebind import (
    Account,
    DeviceRef,
    Secret,
    Sharebind,
    Space,
)
from sharebind.emulator import Device
from sharebind_tencent import BySignature, Channel, Digest
from sharebind_tencent.emulator import TencentCloud

from .scene import Home

AT: Final = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
HASHES: Final = {Digest.HMAC_SHA1: hashlib.sha1, Digest.HMAC_SHA256: hashlib.sha256}


class Scene:
    """Three people at Tencent's emulated cloud, one of them with two homes."""

    def __init__(self, home: Home, sharebind: Sharebind) -> None:
        self.home = home
        self.cloud = cast("TencentCloud", home.cloud)
        self.owner = home.owner
        self.given: Device = self.cloud.devices[0]
        self.lamp = DeviceRef(self.given.device, self.given.product)
        self.landlord = self.open(sharebind, "landlord")

    def open(self, sharebind: Sharebind, name: str) -> Account:
        """Open the account of a person."""
        settings = {"token": self.cloud.user(name).token, "base_url": self.cloud.base_url}
        return sharebind.open_account("tencent", settings, name=name)

    def asked(self) -> list[str]:
        """Give the calls that came, in order."""
        return [each.operation for each in self.cloud.requests]

    def sent(self, call: str) -> dict[str, Any]:
        """Give what a call carried, the last time."""
        return cast("dict[str, Any]", [each for each in self.cloud.requests if each.operation == call][-1].body)

    async def rooms(self, account: Account) -> list[Space]:
        """Give the rooms of an account's homes."""
        return [space async for space in account.spaces(rooms=True) if space.room is not None]

    def signed(self, channel: Channel, digest: Digest, nonce: str = "c0ffee") -> BySignature:
        """Sign as the device does (contract: AppSigBindDeviceInFamily.device_signature)."""
        name, product, seconds = self.given.device, self.given.product, int(AT.timestamp())
        wifi = f"DeviceName={name}&DeviceTimestamp={seconds}&ProductId={product}&ConnId={nonce}"
        text = f"{product}{name};{nonce};{seconds}" if channel is Channel.BLUETOOTH else wifi
        key = base64.b64decode(self.given.proof["device_secret"])
        signature = hmac.new(key, text.encode(), HASHES[digest]).hexdigest()
        return BySignature(signature=Secret(signature), at=AT, nonce=nonce, digest=digest, channel=channel)
