"""What is loaded when, and that opening accounts costs next to nothing."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    pass

HEAVY = ("aiohttp", "aiolimiter", "structlog", "rich", "click", "segno", "pytest")
LATE = (*HEAVY, "cattrs")

LIGHT = (
    "sharebind",
    "sharebind.provider",
    "sharebind.registry",
    "sharebind_quectel",
    "sharebind_quectel.plugin",
    "sharebind_tencent",
    "sharebind_tencent.plugin",
)


def python(code: str) -> list[str]:
    """Run code in an interpreter of its own, and give the words that it prints."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30)
    assert done.stderr == ""
    return done.stdout.split()


@pytest.mark.parametrize("module", LIGHT)
def test_importing_is_light(module: str) -> None:
    """Neither callers nor plugins load an HTTP library, a reader of settings or a terminal by being imported."""
    assert python(f"import sys, {module}; print(*set({LATE!r}) & set(sys.modules))") == []


def test_plugins_load_no_adapter() -> None:
    """Describing every provider loads no adapter and no emulator; the first account does."""
    code = (
        "import sys; from sharebind import Registry, Sharebind; registry = Registry(); registry.report(); "
        "mine = [name for name in sys.modules if name.startswith('sharebind_')]; "
        "print(*[name for name in mine if name.endswith(('.provider', '.wire')) or '.emulator' in name]); "
        f"print(*set({HEAVY!r}) & set(sys.modules))"
    )
    assert python(code) == []


def test_settings_are_read_without_http() -> None:
    """A host can check its settings at the start without loading an HTTP library."""
    code = (
        "import sys; from sharebind import Sharebind; "
        "Sharebind.from_mapping({'accounts': {'home': {'provider': 'quectel', 'token': 't', 'region': 'eu'}}}); "
        f"print(*set({HEAVY!r}) & set(sys.modules))"
    )
    assert python(code) == []


def test_everything_public_is_there() -> None:
    """Every name that the public modules promise exists, and the version is a text."""
    code = (
        "import sharebind, sharebind.provider, sharebind.emulator; "
        "modules = (sharebind, sharebind.provider, sharebind.emulator); "
        "print(*[name for module in modules for name in module.__all__ if not hasattr(module, name)]); "
        "assert isinstance(sharebind.__version__, str)"
    )
    assert python(code) == []
