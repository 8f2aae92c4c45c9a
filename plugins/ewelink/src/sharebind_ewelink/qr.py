"""Reading the codes on GSM devices: an address whose query holds the id that binds (contract: add_gsm_device)."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import parse_qs, urlsplit

from sharebind.provider import ByText, DeviceCode, Secret

_PATH: Final = "/addGsm"
"""The host of the address may change, this and ``id=`` do not."""

_BARE: Final = re.compile(r"[A-Za-z0-9_-]{4,128}")
"""What may be a bare id. No page says how one looks: this is a guess, and one word."""


def id_in(text: str) -> Secret | None:
    """Give the id that a text holds: an address on any host, or the id itself; ``None`` where it is neither."""
    text = text.strip()
    if _PATH in text:
        return _addressed(text)
    return Secret(text) if _BARE.fullmatch(text) else None


def read_code(text: str) -> DeviceCode | None:
    """Read the text of a code; a bare id has no mark of its vendor, and counts only where the provider was named."""
    found = id_in(text)
    return None if found is None else DeviceCode(proof=ByText(found), certain=_PATH in text)


def _addressed(text: str) -> Secret | None:
    try:
        address = urlsplit(text)
    except ValueError:
        return None
    ids = parse_qs(address.query).get("id", [])
    if not address.path.endswith(_PATH) or len(ids) != 1 or not ids[0].isprintable():
        return None
    return Secret(ids[0])
