"""How much the vendor's lists give at once, and how far they go (contract: limits, timing)."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

SHARE_PAGE: Final = 100
SHARE_OFFSET_LIMIT: Final = 500
"""The largest offset that the share lists take (contract: limits.share_offset)."""
HOME_PAGE: Final = 50
ROOM_PAGE: Final = 50
DEVICE_PAGE: Final = 50
MESSAGE_PAGE: Final = 100
MESSAGE_PAGES: Final = 50
"""How many pages of the inbox are read at most: five thousand messages in the days that count."""
INBOX_DAYS: Final = timedelta(days=7)
"""How far back an invitation is looked for: no token is known to live longer."""
SAME_BIND: Final = timedelta(seconds=2)
"""How far apart the vendor's two records of one acceptance, in whole seconds, may stand."""
