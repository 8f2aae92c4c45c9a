"""Fixtures for the whole suite: the same that hosts get."""

from __future__ import annotations

pytest_plugins = ["sharebind.testing.fixtures"]

collect_ignore = ["frozen_plugin"]  # a stranger's distribution; tests/template holds it to the kit
