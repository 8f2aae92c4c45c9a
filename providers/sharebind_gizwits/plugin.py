"""The plugin that the entry point ``gizwits`` names. It loads the adapter when the first account is made."""

from __future__ import annotations

from typing import Any, Final

from sharebind.provider import API, ProviderSpec, Setup, bind_by, hookimpl
from sharebind_gizwits.settings import GizwitsSettings
from sharebind_gizwits.support import SUPPORT

_CLAIM: Final = frozenset({"set_owner"})


def _make(settings: GizwitsSettings, setup: Setup) -> Any:
    from sharebind_gizwits.provider import Gizwits

    return Gizwits(settings, setup)


def _emulator() -> type[Any]:
    from sharebind_gizwits.emulator import GizwitsCloud

    return GizwitsCloud


def _rig() -> type[Any]:
    from sharebind_gizwits.rig import GizwitsRig

    return GizwitsRig


@hookimpl
def sharebind_provider() -> ProviderSpec:
    """Describe Gizwits. The form of the texts in its devices' codes is not documented, so none is read."""
    return ProviderSpec(
        name="gizwits",
        title="Gizwits Open API, application side",
        api=API,
        settings=GizwitsSettings,
        capabilities=SUPPORT,
        factory=_make,
        extra={bind_by("mac"): _CLAIM, bind_by("text"): _CLAIM},
        emulator=_emulator,
        rig=_rig,
    )
