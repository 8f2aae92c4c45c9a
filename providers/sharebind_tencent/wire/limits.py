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
INBOX_DAYS: Final = timedelta(days=7)
"""How far back an invitation is looked for: no token is known to live longer."""
