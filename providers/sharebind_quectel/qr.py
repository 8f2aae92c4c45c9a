"""The text in the code on a device: ``pk=<product>&sn=<serial>&v=1`` (contract: share_code.qr_text).

It is for binding. What a share's code would look like as a QR code is not documented.
"""

from __future__ import annotations

from typing import Final

from sharebind.provider import BySerial, DeviceCode

_VERSION: Final = "1"


def read_code(text: str) -> DeviceCode | None:
    """Read such a text, in whatever order and with whatever else beside; ``None`` where it is something else.

    Values are taken as they stand, for nothing says that they are escaped. A text without its version has no mark of
    this vendor, and one of another version may mean something else.
    """
    fields: dict[str, str] = {}
    for part in text.strip().split("&"):
        name, _, value = part.partition("=")
        if name in fields:
            return None
        fields[name] = value
    product, serial, version = fields.get("pk", ""), fields.get("sn", ""), fields.get("v")
    if not _plain(product) or not _plain(serial) or version not in (_VERSION, None):
        return None
    return DeviceCode(proof=BySerial(serial, product), certain=version is not None)


def _plain(value: str) -> bool:
    return bool(value) and value.isprintable() and not any(character.isspace() for character in value)
