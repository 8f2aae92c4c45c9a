"""How lists come in pages: limit and skip (contract: pagination limit_skip)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

import attrs

from sharebind_gizwits.emulator.calls import FORM_INVALID, Call, RefusalError
from sharebind_gizwits.emulator.world import World

Row = TypeVar("Row")


@attrs.frozen(kw_only=True)
class Page(Generic[Row]):
    """Hold a part of a list, and what tells where it lies."""

    rows: Sequence[Row]
    meta: dict[str, Any]


def page(world: World, call: Call, rows: Sequence[Row], default: int) -> Page[Row]:
    """Return the page that the call asks for; a limit below 1 and a skip below 0 are refused (guessed)."""
    limit, skip = call.number("limit"), call.number("skip") or 0
    limit = default if limit is None else limit
    if limit < 1 or skip < 0:
        raise RefusalError(FORM_INVALID, "limit and skip are counts")
    largest = int(world.guess("largest_page"))
    limit = min(limit, largest) if largest else limit
    before = _address(call, limit, max(skip - limit, 0)) if skip else None
    after = _address(call, limit, skip + limit) if skip + limit < len(rows) else None
    meta = {"total": len(rows), "limit": limit, "skip": skip, "previous": before, "next": after}
    return Page(rows=rows[skip : skip + limit], meta=meta)


def ordered(world: World, rows: Sequence[Row]) -> list[Row]:
    """Return rows that are kept oldest first in the order of the vendor's lists."""
    return list(rows) if world.guess("list_order") == "oldest_first" else list(reversed(rows))


def _address(call: Call, limit: int, skip: int) -> str:
    given = {each.name: call.given[each.name] for each in call.endpoint.at("query") if each.name in call.given}
    return f"{call.endpoint.path}?{urlencode({**given, 'limit': limit, 'skip': skip})}"
