"""What became of each installed plugin, for people and programs."""

from __future__ import annotations

from typing import Literal, TypeAlias

import attrs

from sharebind.registry.kinds import KindName

Status: TypeAlias = Literal["loaded", "installed", "failed", "blocked", "ignored"]


@attrs.frozen(kw_only=True)
class Problem:
    """Why a plugin is not usable: its distribution, what went wrong, and the cause."""

    name: str
    distribution: str
    what: str
    cause: BaseException | None = attrs.field(default=None, eq=False)

    def __str__(self) -> str:
        return f"{self.name} ({self.distribution}: {self.what})"


@attrs.frozen(kw_only=True)
class PluginReport:
    """One installed plugin, and whether it can be used.

    A policy or observer is ``installed`` until a host names it, and then ``loaded``; a provider is loaded by the
    report. What is ``ignored`` does no harm: a leftover, or a distribution's second place on the path. ``name`` is
    empty where the metadata cannot be read. ``seconds`` is how long loading took, where that was long.
    """

    kind: KindName
    name: str
    distribution: str
    status: Status
    title: str = ""
    why: str = ""
    seconds: float = 0.0
