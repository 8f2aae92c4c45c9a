"""The plugin that the entry point ``quectel`` names. It loads the adapter when the first account is made."""

from __future__ import annotations

from typing import Any

from sharebind.provider import API, ProviderSpec, Setup, bind_by, capabilities, hookimpl
from sharebind_quectel.qr import read_code
from sharebind_quectel.settings import QuectelSettings
from sharebind_quectel.support import SUPPORT


def _make(settings: QuectelSettings, setup: Setup) -> Any:
    from sharebind_quectel.provider import Quectel

    return Quectel(settings, setup)


def _emulator() -> type[Any]:
    from sharebind_quectel.emulator import QuectelCloud

    return QuectelCloud


def _rig() -> type[Any]:
    from sharebind_quectel.rig import QuectelRig

    return QuectelRig


@hookimpl
def sharebind_provider() -> ProviderSpec:
    """Describe Quectel."""
    return ProviderSpec(
        name="quectel",
        title="Quectel / Acceleronix v2 enduserapi",
        api=API,
        settings=QuectelSettings,
        capabilities=SUPPORT,
        factory=_make,
        extra={
            **dict.fromkeys(
                (
                    capabilities.SHARE_TO_ANYONE,
                    capabilities.SHARE_TO_USER_ID,
                    capabilities.SHARE_TO_EMAIL,
                    capabilities.SHARE_TO_PHONE,
                ),
                frozenset({"authKey"}),
            ),
            **dict.fromkeys(
                (bind_by(kind) for kind in ("identity", "serial", "binding_code", "matter", "bluetooth")),
                frozenset({"capabilitiesBitmask", "isCommonDevice"}),
            ),
            capabilities.UNBIND: frozenset({"pureBtResetCredentials", "random"}),
        },
        needs_product=True,
        read_code=read_code,
        emulator=_emulator,
        rig=_rig,
    )
