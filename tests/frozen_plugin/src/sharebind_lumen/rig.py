"""The stage for the conformance kit: three people at the emulated cloud."""

from collections.abc import Mapping
from typing import Any

import sharebind.provider as sb
from sharebind.emulator import Device, User
from sharebind.testing import EmulatedRig

from sharebind_lumen.emulator import LumenCloud
from sharebind_lumen.plugin import sharebind_provider


class LumenRig(EmulatedRig):
    provider = "lumen"
    CHANGES = LumenCloud.changing()

    def spec(self) -> sb.ProviderSpec:
        return sharebind_provider()

    def settings(self, user: User) -> Mapping[str, Any]:
        return {"token": user.token}

    def proofs(self, device: Device) -> tuple[sb.Proof, ...]:
        return (sb.ByBindingCode(device.proof["pin"]),)
