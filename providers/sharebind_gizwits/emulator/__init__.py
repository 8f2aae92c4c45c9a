"""Gizwits Open API, binding and sharing, as a local, stateful server.

Written from the contract beside it, never from an adapter. Hand `GizwitsCloud` to `sharebind.emulator.emulate`.
"""

from __future__ import annotations

from sharebind_gizwits.emulator.cloud import GizwitsCloud

__all__ = ["GizwitsCloud"]
