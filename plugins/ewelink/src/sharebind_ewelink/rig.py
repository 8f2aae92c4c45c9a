"""What stages the conformance kit on the emulated cloud."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, cast

from sharebind.provider import ByText, DeviceRef, Proof, ProviderSpec, Space
from sharebind.testing import EmulatedRig
from sharebind_ewelink.emulator import EwelinkCloud
from sharebind_ewelink.plugin import sharebind_provider
from sharebind_ewelink.proofs import ByDigest

THREE_PAGES = 61
"""Things for three pages of 30 (contract: list_things)."""


class EwelinkRig(EmulatedRig):
    """Three people at eWeLink, each with a token and with credentials for when it dies; nothing is paced."""

    provider = "ewelink"
    UNKNOWN_CODE = "99999"
    CHANGES: ClassVar[frozenset[str]] = frozenset(
        {
            "add_device",
            "add_gsm_device",
            "delete_device",
            "update_device_info",
            "share_devices",
            "change_share_permission",
            "cancel_share",
        }
    )
    NUMBERS: ClassVar[frozenset[str]] = frozenset({"itemType"})

    def spec(self) -> ProviderSpec:
        """Give the plugin's."""
        return sharebind_provider()

    def settings(self, user: Any) -> Mapping[str, Any]:
        """Give a token first, and credentials for when it dies."""
        app = self.cloud.app
        return {
            "token": user.token,
            "email": user.email,
            "password": user.password,
            "app_id": app["app_id"],
            "app_secret": app["app_secret"],
            "rate": "off",
        }

    def proofs(self, device: Any) -> tuple[Proof, ...]:
        """Give what the device tells over the local link, or where it has one its code."""
        known = device.proof
        if "qr" in known:
            return (ByText(known["qr"]),)
        return (ByDigest(apikey=known["apikey"], chip=known["chipid"]),)

    def renews(self, account: Any) -> bool:
        """Tell that every account can sign in again."""
        del account
        return True

    def rooms_of(self, account: Any) -> tuple[Space, ...]:
        """Give the rooms of a person's homes: no documented answer lists them."""
        return tuple(Space(home, room) for home, room in self._cloud().rooms_of(account.name))

    async def many_devices(self, account: Any) -> frozenset[DeviceRef]:
        """Put three pages of devices into a person's home."""
        return frozenset(DeviceRef(each.device) for each in self._cloud().add_devices(account.name, THREE_PAGES))

    async def many_guests(self, account: Any, device: DeviceRef) -> int:
        """Share a device with as many people; this vendor lists them inside the device, unpaged."""
        del account
        return len(self._cloud().add_guests(device.product, device.device, THREE_PAGES))

    async def break_part(self, account: Any, device: DeviceRef) -> None:
        """Let the lists of the home that a device stands in fail."""
        del device
        self._cloud().break_home(account.name)

    def _cloud(self) -> EwelinkCloud:
        return cast("EwelinkCloud", self.cloud)
