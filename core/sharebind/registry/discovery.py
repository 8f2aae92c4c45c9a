"""Listing what is installed, by metadata alone: no plugin is imported here.

pluggy's own loader is not used: one ``ImportError`` raises out of it and nothing after it loads, the second of two
equal names is skipped without a word, and it sees the leftovers of interrupted installs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import attrs

from sharebind import logs

if TYPE_CHECKING:
    from importlib import metadata

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
    from importlib import metadata  # an eighth of what importing sharebind would take

    seen: set[tuple[str, str]] = set()
    for distribution in metadata.distributions():
        if _is_leftover(distribution):
            continue
        for found in _of(distribution):
            key = re.sub(r"[-_.]+", "-", found.distribution).lower(), found.name
            if key not in seen:
                seen.add(key)
                yield found


def _of(distribution: metadata.Distribution) -> tuple[Found, ...]:
    """Give what one distribution brings; one whose metadata cannot be read brings nothing, and breaks nobody."""
    try:
        ours = [entry for entry in distribution.entry_points if entry.group == GROUP]
        if not ours:
            return ()
        # Only now, and once: reading the metadata of every installed distribution would take most of the time.
        told = distribution.metadata
        return tuple(Found(entry.name, entry.value, str(told["Name"]), str(told["Version"])) for entry in ours)
    except Exception as broken:  # noqa: BLE001 - whatever is wrong with a stranger's metadata stays there
        logs.debug("distribution.unreadable", cause=type(broken).__name__)
        return ()


def _is_leftover(distribution: metadata.Distribution) -> bool:
    path = getattr(distribution, "_path", None)
    return path is not None and path.name.startswith("~")
