"""Gizwits Open API, the application side, as a provider of sharebind.

Every fact is from the vendor's contract, ``docs/contracts/gizwits.yaml``; nothing was tried against the live service.
Here is what callers need beyond the model: an account's settings as an object, and the proof by a device's address.
"""

from __future__ import annotations

from sharebind_gizwits.proofs import ByMac
from sharebind_gizwits.settings import GizwitsSettings

__all__ = ["ByMac", "GizwitsSettings"]
