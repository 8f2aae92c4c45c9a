"""What stages the conformance kit on the emulated cloud."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, cast

from sharebind.provider import ByText, DeviceRef, Proof, ProviderSpec, Somebody, Username
from sharebind.testing import EmulatedRig
from sharebind_gizwits.emulator import GizwitsCloud
from sharebind_gizwits.plugin import sharebind_provider
from sharebind_gizwits.proofs import ByMac

THREE_PAGES = 201
"""Devices or guests for three pages of 100: the adapter chooses the size."""


class GizwitsRig(EmulatedRig):
    """Three people at Gizwits, each with a token and with credentials for when it dies."""

    provider = "gizwits"
    UNKNOWN_CODE = "8999"
    CHANGES: ClassVar[frozenset[str]] = frozenset(
        {
            "bind_mac",
            "bind_latest",
            "unbind",
            "update_binding",
            "remove_guest",
            "create_share",
            "cancel_share",
            "answer_share",
            "accept_share_code",
            "set_share_alias",
            "transfer_ownership",
            "mark_message",
        }
    )
    NUMBERS: ClassVar[frozenset[str]] = frozenset({"status", "type", "role"})

    def spec(self) -> ProviderSpec:
        """Give the built-in plugin's."""
        return sharebind_provider()

    def settings(self, user: Any) -> Mapping[str, Any]:
        """Give a token first, credentials for when it dies, and the secret of the product."""
        app = self.cloud.app
        return {
            "app_id": app["app_id"],
            "token": user.token,
            "email": user.email,
            "password": user.password,
            "product_secrets": {app["product_key"]: app["product_secret"]},
        }

    def proofs(self, device: Any) -> tuple[Proof, ...]:
        """Give both ways to bind."""
        known = device.proof
        return ByMac(known["product_key"], known["mac"]), ByText(known["qr_content"])

    def known_as(self, account: Any) -> tuple[Somebody, ...]:
        """Name a person by user name too, which is the e-mail address that the emulated people signed up with."""
        return *super().known_as(account), Username(self.cloud.user(account.name).email)

    def renews(self, account: Any) -> bool:
        """Tell that every account can sign in again."""
        del account
        return True

    def secrets_of(self, account: Any) -> tuple[str, ...]:
        """Give those of a person's settings, and the product's secret, which stands in a table."""
        return *super().secrets_of(account), self.cloud.app["product_secret"]

    async def many_devices(self, account: Any) -> frozenset[DeviceRef]:
        """Bind three pages of devices for a person."""
        return frozenset(DeviceRef(each.device) for each in self._cloud().add_devices(account.name, THREE_PAGES))

    async def many_guests(self, account: Any, device: DeviceRef) -> int:
        """Share a device with three pages of people."""
        del account
        return len(self._cloud().add_guests("", device.device, THREE_PAGES))

    async def break_part(self, account: Any, device: DeviceRef) -> None:
        """Let the list of a device's guests fail."""
        del account
        self._cloud().break_device("", device.device)

    def _cloud(self) -> GizwitsCloud:
        return cast("GizwitsCloud", self.cloud)
