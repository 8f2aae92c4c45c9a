"""How plugins are found, loaded and kept apart. pluggy is used here and in ``hookspecs`` only."""

from __future__ import annotations

from sharebind.registry.discovery import Found, find
from sharebind.registry.registry import Registry
from sharebind.registry.report import PluginReport, Problem

__all__ = ["Found", "PluginReport", "Problem", "Registry", "find"]
