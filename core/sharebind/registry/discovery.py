"""Listing what is installed, by metadata alone: no plugin is imported here.

pluggy's own loader is not used: one ``ImportError`` raises out of it and nothing after it loads, the second of two
equal names is skipped without a word, and it sees the leftovers of interrupted installs.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import metadata
from typing import Final

import attrs

GROUP: Final = "sharebind"
"""The entry points' group. The name of an entry point is the provider's name, its value the plugin module."""


@attrs.frozen
class Found:
    """One entry point: a provider's name, where its plugin is, and which distribution brings it."""

    name: str
    module: str
    distribution: str
    version: str

    def __str__(self) -> str:
        return f"{self.distribution} {self.version}"


def find() -> Iterator[Found]:
    """Yield every entry point of the group once.

    One distribution may stand twice on the path (a checkout and a wheel): the first counts, as it does for imports.
    A leftover of an interrupted install (``~harebind``) is no distribution.
    """
    seen: set[tuple[str, str]] = set()
    for distribution in metadata.distributions():
        if _is_leftover(distribution):
            continue
        for entry in distribution.entry_points:
            if entry.group != GROUP:
                continue
            # Only now: reading the metadata of every installed distribution would take most of the time.
            name = str(distribution.metadata["Name"])
            if (name.lower(), entry.name) not in seen:
                seen.add((name.lower(), entry.name))
                yield Found(entry.name, entry.value, name, distribution.version)


def _is_leftover(distribution: metadata.Distribution) -> bool:
    path = getattr(distribution, "_path", None)
    return path is not None and path.name.startswith("~")
