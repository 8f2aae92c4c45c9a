"""Where a setting stands, to say it in errors."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

import attrs

from sharebind.errors import ConfigurationError


@attrs.frozen(kw_only=True)
class Where:
    """Where settings came from, to say it in errors: a file with its text, or neither."""

    file: str = ""
    text: str = attrs.field(default="", repr=False)

    def wrong(self, path: Iterable[str], message: str) -> ConfigurationError:
        """Make the error for one setting: ``file:line: path: message``."""
        keys = tuple(path)
        line = line_of(self.text, keys) if self.text else None
        place = f"{self.file}:{line}: " if line else f"{self.file}: " if self.file else ""
        return ConfigurationError(f"{place}{'.'.join(keys)}: {message}" if keys else f"{place}{message}")


def line_of(text: str, path: tuple[str, ...]) -> int | None:
    """Find the line of a setting in TOML, or of the nearest table around it."""
    header: tuple[str, ...] = ()
    best: tuple[int, int] | None = None
    for number, line in enumerate(text.splitlines(), start=1):
        stripped = line.strip()
        if stripped.startswith("["):
            header = _keys(stripped.strip("[] \t").partition("#")[0].rstrip("] "))
            found = header
        else:
            key, equals, _ = stripped.partition("=")
            if not equals or stripped.startswith("#"):
                continue
            found = header + _keys(key)
        common = min(len(found), len(path))
        if found[:common] == path[:common] and (best is None or common > best[0]):
            best = (common, number)
    return best[1] if best else None


def _keys(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in _KEY.findall(dotted))


_KEY: Final = re.compile(r"""\s*("[^"]*"|'[^']*'|[^."']+)\s*""")
