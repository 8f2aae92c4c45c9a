"""The plugin that the entry point ``tencent`` names. It loads the adapter when the first account is made."""

from __future__ import annotations

from typing import Any

from sharebind.provider import API, ProviderSpec, Setup, capabilities, hookimpl
from sharebind_tencent.qr import read_code
from sharebind_tencent.settings import TencentSettings
from sharebind_tencent.support import SUPPORT


def _make(settings: TencentSettings, setup: Setup) -> Any:
    from sharebind_tencent.provider import Tencent

    return Tencent(settings, setup)


def _emulator() -> type[Any]:
    from sharebind_tencent.emulator import TencentCloud

    return TencentCloud


def _rig() -> type[Any]:
    from sharebind_tencent.rig import TencentRig

    return TencentRig


@hookimpl
def sharebind_provider() -> ProviderSpec:
    """Describe Tencent."""
    return ProviderSpec(
        name="tencent",
        title="Tencent Cloud IoT Explorer, application-side API",
        api=API,
        settings=TencentSettings,
        capabilities=SUPPORT,
        factory=_make,
        extra={capabilities.SHARE_TO_ANYONE: frozenset({"TokenContext"})},
        needs_product=True,
        read_code=read_code,
        emulator=_emulator,
        rig=_rig,
    )
