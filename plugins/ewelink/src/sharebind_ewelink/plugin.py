"""The plugin that the entry point ``ewelink`` names. It loads the adapter when the first account is made."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sharebind.provider import API, ProviderSpec, Rate, Setup, bind_by, hookimpl
from sharebind_ewelink.qr import read_code
from sharebind_ewelink.settings import EwelinkSettings
from sharebind_ewelink.support import SUPPORT

_ON_THE_WAY = timedelta(milliseconds=100)
"""How much sooner than the one before a call may arrive: the vendor measures the pause at its own door."""


def _make(settings: EwelinkSettings, setup: Setup) -> Any:
    from sharebind_ewelink.provider import Ewelink

    return Ewelink(settings, setup)


def _emulator() -> type[Any]:
    from sharebind_ewelink.emulator import EwelinkCloud

    return EwelinkCloud


def _rig() -> type[Any]:
    from sharebind_ewelink.rig import EwelinkRig

    return EwelinkRig


@hookimpl
def sharebind_provider() -> ProviderSpec:
    """Describe eWeLink."""
    return ProviderSpec(
        name="ewelink",
        title="eWeLink, CoolKit open API v2",
        api=API,
        settings=EwelinkSettings,
        capabilities=SUPPORT,
        factory=_make,
        extra={
            bind_by("digest"): frozenset({"opsNotify", "opsHistory", "alarmNotify", "ifrCode", "sort"}),
            bind_by("text"): frozenset({"sort"}),
        },
        # Contract: limits, which the vendor counts for each endpoint and address.
        rate=Rate(every=timedelta(milliseconds=500) + _ON_THE_WAY, calls=300, within=timedelta(minutes=5)),
        read_code=read_code,
        emulator=_emulator,
        rig=_rig,
    )
