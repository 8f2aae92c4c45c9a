"""Quectel and Acceleronix clouds with the v2 ``enduserapi`` (Wonderfree, Landbook and white labels of it).

Every fact is from the vendor's contract, ``docs/contracts/quectel.yaml``; nothing was tried against the live service.
"""

from __future__ import annotations

from sharebind_quectel.proofs import AccessTag, ByBluetooth, ByMatter, Privilege
from sharebind_quectel.settings import QuectelSettings

__all__ = ["AccessTag", "ByBluetooth", "ByMatter", "Privilege", "QuectelSettings"]
