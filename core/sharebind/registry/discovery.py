"""Listing what is installed, by metadata alone: no plugin is imported here.

pluggy's own loader is not used: one ``ImportError`` raises out of it and nothing after it loads, the second of two
equal names is skipped without a word, and it sees the leftovers of interrupted installs.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final

import attrs

from sharebind import logs
from sharebind.registry.kinds import KINDS, PROVIDER
from sharebind.registry.wording import cause_of, one_line

if TYPE_CHECKING:
    from importlib import metadata

GROUPS: Final = frozenset(kind.group for kind in KINDS)


@attrs.frozen
class Found:
    """One entry point: a plugin's name, where the plugin is, and which distribution brings it.

    One that is ``ignored`` does not count, and nothing is wrong with that; of one that is ``broken`` the metadata are.
    """

    name: str
    module: str
    distribution: str
    version: str
    group: str = PROVIDER.group
    ignored: str = ""
    broken: str = ""

    def __str__(self) -> str:
        return f"{self.distribution} {self.version}".rstrip()


def normal(distribution: str) -> str:
    """Give the name of a distribution as packages compare it."""
    return re.sub(r"[-_.]+", "-", distribution).lower()


def find() -> Iterator[Found]:
    """Yield every entry point of every kind of plugin, also those that do not count, with the reason.

    One distribution may stand twice on the path (a checkout and a wheel): the first counts, as it does for imports.
    A leftover of an interrupted install (``~harebind``) is no distribution.
    """
    from importlib import metadata  # an eighth of what importing sharebind would take

    places: dict[str, str] = {}
    for distribution in metadata.distributions():
        found = _of(distribution)
        if not found:
            continue
        place, key = _place(distribution), normal(found[0].distribution)
        if PurePath(place).name.startswith("~"):
            yield from _ignored(found, "an interrupted install left this behind; its folder may be deleted")
        elif found[0].broken:
            yield from found
        elif key not in places:
            places[key] = place
            yield from found
        elif places[key] != place:  # one folder may stand on the path twice, and that is nobody's concern
            yield from _ignored(found, "it stands on the path a second time, and the first counts")


def _ignored(found: Iterable[Found], why: str) -> Iterator[Found]:
    return (attrs.evolve(each, ignored=why) for each in found)


def _of(distribution: metadata.Distribution) -> tuple[Found, ...]:
    """Give what one distribution brings; one whose metadata cannot be read breaks nobody."""
    try:
        ours = [entry for entry in distribution.entry_points if entry.group in GROUPS]
    except Exception as broken:  # noqa: BLE001 - whatever is wrong with a stranger's metadata stays there
        return _unreadable(distribution, cause_of(broken))
    if not ours:
        return ()
    # Only now, and once: reading the metadata of every installed distribution would take most of the time.
    name, version, lacks = _identity(distribution)
    found: dict[tuple[str, str], Found] = {}
    for entry in ours:
        one = Found(one_line(entry.name), one_line(entry.value), name, version, entry.group, broken=lacks)
        found.setdefault((one.group, one.name), one)
    return tuple(found.values())


def _identity(distribution: metadata.Distribution) -> tuple[str, str, str]:
    """Give name and version of a distribution, and what is wrong where it tells none."""
    try:
        told: Any = distribution.metadata
        name, version = (one_line(str(told[key])) if key in told else "" for key in ("Name", "Version"))
    except Exception as broken:  # noqa: BLE001 - the same
        logs.debug("distribution.unreadable", cause=type(broken).__name__)
        name = version = ""
    if name and version:
        return name, version, ""
    lacks = "version" if name else "name"
    return name or one_line(PurePath(_place(distribution)).name), version, f"its metadata has no {lacks}; reinstall it"


def _unreadable(distribution: metadata.Distribution, cause: str) -> tuple[Found, ...]:
    """Tell of a distribution whose entry points cannot be read, where they speak of us."""
    logs.debug("distribution.unreadable", cause=cause)
    path: Any = getattr(distribution, "_path", None)
    try:
        ours = b"[sharebind" in path.joinpath("entry_points.txt").read_bytes()
    except Exception:  # noqa: BLE001 - the same
        return ()
    if not ours:
        return ()
    name, version, _ = _identity(distribution)
    return (Found("", "", name, version, broken=f"its entry points cannot be read: {cause}"),)


def _place(distribution: metadata.Distribution) -> str:
    """Give the folder of a distribution's metadata; one of a finder of its own has none."""
    path = getattr(distribution, "_path", None)
    return "" if path is None else os.path.realpath(str(path))
