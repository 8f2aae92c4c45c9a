"""Fixtures for the whole suite: the same that hosts get."""

from __future__ import annotations

pytest_plugins = ["sharebind.testing.fixtures"]
