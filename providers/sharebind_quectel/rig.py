"""What stages the conformance kit on the emulated cloud."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from typing import Any, ClassVar, cast

from sharebind.provider import ByBindingCode, ByIdentity, BySerial, DeviceRef, Proof, ProviderSpec, Space
from sharebind.testing import EmulatedRig
from sharebind_quectel.emulator import QuectelCloud
from sharebind_quectel.plugin import sharebind_provider
from sharebind_quectel.proofs import ByBluetooth, ByMatter

THREE_PAGES = 101
"""Devices for three pages of 50 (contract: conventions.paging; the adapter chooses the size)."""


class QuectelRig(EmulatedRig):
    """Three people at Quectel, each with a token and with credentials for when it dies."""

    provider = "quectel"
    CHANGES: ClassVar[frozenset[str]] = frozenset(
        {
            "bindDeviceDk",
            "bindDeviceSn",
            "deviceBindingByPureBt",
            "deviceBindingByWifi",
            "unbundlingDeviceDk",
            "setDeviceInfo",
            "shareInfo",
            "setShareTime",
            "shareByUid",
            "ownerUserUnshareDevice",
            "shareDevice",
            "shareUserUnshareDevice",
            "changeShareDeviceName",
            "userLogout",
        }
    )
    NUMBERS: ClassVar[frozenset[str]] = frozenset(
        {
            "bindMode",
            "bindStatus",
            "bindingMode",
            "bindingType",
            "coverMark",
            "deviceType",
            "failureCause",
            "onlineStatus",
            "shareStatus",
            "status",
        }
    )

    def spec(self) -> ProviderSpec:
        """Give the built-in plugin's."""
        return sharebind_provider()

    def settings(self, user: Any) -> Mapping[str, Any]:
        """Give a token first, and credentials where they can be used: they need the extra ``signin``."""
        app = self.cloud.app
        settings: dict[str, Any] = {"token": user.token, "user_domain_secret": app["user_domain_secret"]}
        if self.renews(None):
            settings |= {"email": user.email, "password": user.password, "user_domain": app["user_domain"]}
        return settings

    def proofs(self, device: Any) -> tuple[Proof, ...]:
        """Give all five ways that a device of the emulated cloud can be bound."""
        known = device.proof
        return (
            ByIdentity(),
            BySerial(known["serial"], device.product),
            ByBindingCode(known["binding_code"]),
            ByMatter(
                code=known["binding_code"],
                fabric_id=1,
                node_id=1,
                vendor_id=int(known["vendor_id"]),
                product_id=int(known["product_id"]),
                discriminator=int(known["discriminator"]),
                version="1.2",
            ),
            ByBluetooth(
                encrypted_binding_code=known["encrypted_binding_code"],
                encrypted_new_secret=known["encrypted_new_secret"],
                random=known["random"],
                password=known["password"],
            ),
        )

    def renews(self, account: Any) -> bool:
        """Tell whether this environment can sign in."""
        del account
        return importlib.util.find_spec("cryptography") is not None

    def space_for(self, account: Any) -> Space | None:
        """Give a person's home in home mode: no call in scope lists it, so the host has to name it (5636)."""
        homes = self.homes_of(account)
        return homes[0] if homes else None

    async def have_homes(self) -> None:
        """Turn home mode on, a setting of the app."""
        self.cloud.set_guess("home_mode", True)

    def rooms_of(self, account: Any) -> tuple[Space, ...]:
        """Give a room of a person's home: this cloud keeps whatever room a host names."""
        return tuple(Space(home.id, "R1") for home in self.homes_of(account))

    async def many_devices(self, account: Any) -> frozenset[DeviceRef]:
        """Bind three pages of devices for a person."""
        added = self._cloud().add_devices(account.name, THREE_PAGES)
        return frozenset(DeviceRef(each.device, each.product) for each in added)

    async def many_guests(self, account: Any, device: DeviceRef) -> int:
        """Share a device with as many people; this vendor lists them unpaged."""
        del account
        return len(self._cloud().add_guests(device.product, device.device, THREE_PAGES))

    async def break_part(self, account: Any, device: DeviceRef) -> None:
        """Let the list of a device's shares fail."""
        del account
        self._cloud().break_device(device.product, device.device)

    def _cloud(self) -> QuectelCloud:
        return cast("QuectelCloud", self.cloud)
