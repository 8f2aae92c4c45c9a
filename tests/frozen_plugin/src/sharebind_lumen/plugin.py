"""The plugin that the entry point names; a server or a test kit is imported only when it is asked for."""

from typing import Any

import sharebind.provider as sb

from sharebind_lumen.provider import LumenProvider
from sharebind_lumen.settings import SUPPORT, LumenSettings


def _emulator() -> type[Any]:
    from sharebind_lumen.emulator import LumenCloud

    return LumenCloud


def _rig() -> type[Any]:
    from sharebind_lumen.rig import LumenRig

    return LumenRig


@sb.hookimpl
def sharebind_provider() -> sb.ProviderSpec:
    return sb.ProviderSpec(
        name="lumen",
        title="Lumen",
        api=(1, 0),
        settings=LumenSettings,
        capabilities=SUPPORT,
        factory=LumenProvider,
        emulator=_emulator,
        rig=_rig,
    )
