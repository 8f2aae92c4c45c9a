"""The text in the code on a device: ``pk=<product>&sn=<serial>&v=1`` (contract: share_code.qr_text).

It is for binding. What a share's code would look like as a QR code is not documented.
"""

from __future__ import annotations

import re
from typing import Final

from sharebind.provider import BySerial, DeviceCode

_VERSION: Final = "1"
_NAMES: Final = {"pk", "sn", "v"}
_SCHEME: Final = re.compile(r"[a-z][a-z0-9+.-]*:", re.ASCII | re.IGNORECASE)
"""How every URL begins, and what phones know beside: ``WIFI:``, ``tel:``."""


def read_code(text: str) -> DeviceCode | None:
    """Read such a text, in whatever order; ``None`` where it is something else, as an address or a Wi-Fi code is.

    Values are taken as they stand, for nothing says that they are escaped. A text without its version has no mark of
    this vendor, nor has one that says more; and one of another version may mean something else.
    """
    if _SCHEME.match(text.strip()):
        return None
    fields: dict[str, str] = {}
    for part in text.strip().split("&"):
        name, _, value = part.partition("=")
        if name in fields:
            return None
        fields[name] = value
    product, serial, version = fields.get("pk", ""), fields.get("sn", ""), fields.get("v")
    if not _plain(product) or not _plain(serial) or version not in (_VERSION, None):
        return None
    return DeviceCode(proof=BySerial(serial, product), certain=set(fields) == _NAMES)


def _plain(value: str) -> bool:
    return bool(value) and value.isprintable() and not any(character.isspace() for character in value)
