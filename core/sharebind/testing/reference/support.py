"""What the reference provider can do: all that the model can say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sharebind.provider import NATIVE, Capability, Support, bind_by, capabilities

_PROOFS: Final = ("identity", "serial", "text", "binding_code", "pairing")

SUPPORT: Final[Mapping[Capability, Support]] = {
    **dict.fromkeys(map(Capability, capabilities.EVERY), NATIVE),
    **dict.fromkeys((bind_by(kind + name) for kind in _PROOFS for name in ("", ".name")), NATIVE),
}
