"""What became of each installed plugin, for people and programs."""

from __future__ import annotations

from typing import Literal

import attrs


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
class ProviderReport:
    """One installed provider, and whether it can be used."""

    name: str
    distribution: str
    status: Literal["loaded", "failed", "blocked"]
    title: str = ""
    why: str = ""
