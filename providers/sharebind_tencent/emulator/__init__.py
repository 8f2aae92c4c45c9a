"""Tencent Cloud IoT Explorer's application-side API as a local, stateful server.

Written from the contract beside it, never from an adapter. Hand `TencentCloud` to `sharebind.emulator.emulate`.
"""

from __future__ import annotations

from sharebind_tencent.emulator.cloud import TencentCloud

__all__ = ["TencentCloud"]
