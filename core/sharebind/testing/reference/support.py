"""What the reference provider can do: all that the model can say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sharebind.provider import NATIVE, Capability, Level, Support, bind_by, capabilities

RIGHTS: Final = frozenset({"change_settings", "read_history", "use_remotely"})
"""What a recipient may be given beyond plain use."""

_PROOFS: Final = ("identity", "serial", "text", "binding_code", "pairing")

SUPPORT: Final[Mapping[Capability, Support]] = {
    **dict.fromkeys(map(Capability, capabilities.EVERY), NATIVE),
    capabilities.SHARE_RIGHTS: Support(level=Level.NATIVE, names=RIGHTS),
    capabilities.CHANGE_RIGHTS: Support(level=Level.NATIVE, names=RIGHTS),
    **dict.fromkeys((bind_by(kind + name) for kind in _PROOFS for name in ("", ".name")), NATIVE),
}
