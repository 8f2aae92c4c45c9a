"""eWeLink's open API v2 as a local, stateful server.

Written from the contract beside it, never from an adapter. Hand `EwelinkCloud` to `sharebind.emulator.emulate`.
"""

from __future__ import annotations

from sharebind_ewelink.emulator.cloud import EwelinkCloud

__all__ = ["EwelinkCloud"]
