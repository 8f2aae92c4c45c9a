"""What the tests of the template share: making a provider from it, as an author does."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[2]
TEMPLATE: Final = ROOT / "plugins" / "template"
GUIDE: Final = ROOT / "docs" / "tutorial" / "write-a-provider.md"
FILE_OF: Final = re.compile(r"# ([\w./-]+)\n")


def generate(to: Path, **answers: Any) -> Path:
    """Copy the template with these answers, the default ones for all others, and give where it is."""
    copier = pytest.importorskip("copier", reason="copier is not installed: pip install --group test")
    copier.run_copy(str(TEMPLATE), str(to), data=answers, defaults=True, quiet=True)
    return to


def guides_files() -> dict[str, str]:
    """Give the Python files that the author's guide makes, without the line that names each.

    A block that names no file is a variation for another vendor, which the tests of the docs run.
    """
    found: dict[str, str] = {}
    for block in re.findall(r"^```python\n(.*?)^```$", GUIDE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE):
        named = FILE_OF.match(block)
        if named is not None:
            found[named[1]] = block.removeprefix(named[0])
    return found
