"""Tests whose cases are made from the vendors' contracts in ``docs/contracts``."""

from __future__ import annotations

import pytest

# What they assert is the point of the tests that call them, so it is explained like a test's own.
for _module in (
    "bare",
    "expected",
    "recipes",
    "refusals",
    "wishes_ewelink",
    "wishes_gizwits",
    "wishes_quectel",
    "wishes_tencent",
):
    pytest.register_assert_rewrite(f"{__name__}.{_module}")
