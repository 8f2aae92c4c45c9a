"""Quectel's cloud as a local, stateful server, written from its contract."""

from __future__ import annotations

from sharebind_quectel.emulator.cloud import QuectelCloud

__all__ = ["QuectelCloud"]
