"""What stages the conformance kit on the emulated cloud."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, cast

from sharebind.provider import ByText, DeviceRef, Pairing, Proof, ProviderSpec, Secret
from sharebind.testing import EmulatedRig
from sharebind_tencent.emulator import TencentCloud
from sharebind_tencent.emulator.signature import device_signature, device_texts
from sharebind_tencent.plugin import sharebind_provider
from sharebind_tencent.proofs import BySignature

NONCE = "c0ffee"
THREE_PAGES_OF_DEVICES = 101
THREE_PAGES_OF_PEOPLE = 201
"""Contract: limits.page_size (50 devices, 100 shares)."""


class TencentRig(EmulatedRig):
    """Three people at Tencent, each with a token and with credentials for when it dies."""

    provider = "tencent"
    PAIRS = True
    UNKNOWN_CODE = "InvalidParameterValue.NobodyKnowsThis"
    CHANGES: ClassVar[frozenset[str]] = frozenset(
        {
            "AppSendShareDeviceInvite",
            "AppCreateShareDeviceToken",
            "AppBindUserShareDevice",
            "AppRemoveUserShareDevice",
            "AppRemoveShareDeviceUser",
            "AppSecureAddDeviceInFamily",
            "AppSigBindDeviceInFamily",
            "AppCreateDeviceBindToken",
            "AppTokenBindDeviceFamily",
            "AppDeleteDeviceInFamily",
            "AppModifyFamilyDeviceRoom",
            "AppUpdateDeviceInFamily",
            "AppCreateFamily",
            "AppLogoutUser",
        }
    )
    NUMBERS: ClassVar[frozenset[str]] = frozenset({"Role", "DeviceType", "FamilyType", "Category", "MsgType"})

    def spec(self) -> ProviderSpec:
        """Give the built-in plugin's."""
        return sharebind_provider()

    def settings(self, user: Any) -> Mapping[str, Any]:
        """Give a token first, and credentials for when it dies."""
        return {"token": user.token, "email": user.email, "password": user.password, **self.cloud.app}

    def proofs(self, device: Any) -> tuple[Proof, ...]:
        """Give the signature of the device's code, and what the device signs itself."""
        at = self.now().replace(microsecond=0)
        (text,) = device_texts("wifi_sign", device.product, device.device, int(at.timestamp()), NONCE)
        signed = device_signature(device.proof["device_secret"], text)
        return ByText(device.proof["device_signature"]), BySignature(signature=Secret(signed), at=at, nonce=NONCE)

    def renews(self, account: Any) -> bool:
        """Tell that every account can sign in again."""
        del account
        return True

    async def report_pairing(self, pairing: Pairing, device: DeviceRef) -> None:
        """Let a device hand its token to the cloud."""
        self._cloud().report_pairing(pairing.token.reveal(), device.product, device.device)

    async def many_devices(self, account: Any) -> frozenset[DeviceRef]:
        """Put three pages of devices into a person's home."""
        added = self._cloud().add_devices(account.name, THREE_PAGES_OF_DEVICES)
        return frozenset(DeviceRef(each.device, each.product) for each in added)

    async def many_guests(self, account: Any, device: DeviceRef) -> int:
        """Share a device with three pages of people."""
        del account
        return len(self._cloud().add_guests(device.product, device.device, THREE_PAGES_OF_PEOPLE))

    async def break_part(self, account: Any, device: DeviceRef) -> None:
        """Let the list of who uses a device fail."""
        del account
        self._cloud().break_device(device.product, device.device)

    def _cloud(self) -> TencentCloud:
        return cast("TencentCloud", self.cloud)
