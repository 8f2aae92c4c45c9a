"""How much the vendor's lists give at once (contract: pagination of list_bindings and list_shares)."""

from __future__ import annotations

from typing import Final

PAGE: Final = 100
"""How many entries are asked for; no page bounds it."""

SMALLEST_CUT: Final = 10
"""The fewest entries that a page may have been cut to. A guess: list_bindings tells no total, so a page of as many or
more is followed by another one until a page is shorter, for the vendor may give fewer than were asked for."""
