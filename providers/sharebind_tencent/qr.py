"""Reading the texts of codes on devices and their packages (contract: qr_codes.device_bind)."""

from __future__ import annotations

import base64
import json
import re
from datetime import UTC, datetime
from typing import Final
from urllib.parse import unquote, urlsplit

from sharebind.provider import ByText, DeviceCode, DeviceRef, Secret, an_object
from sharebind_tencent.proofs import BySignature, Channel, Digest

_HOST: Final = "iot.cloud.tencent.com"
_PATH: Final = "/iotexplorer/device"
_DIGESTS: Final = {"hmacsha1": (Digest.HMAC_SHA1, 20), "hmacsha256": (Digest.HMAC_SHA256, 32)}
"""The methods of the six-field text, each with the bytes of its signature."""

_BARE: Final = re.compile(r"(?!\d+$)[A-Za-z0-9+/_-]{24,512}={0,2}")
"""What may be a bare signature. No page says; this is every way to write a digest of 16 bytes or more as one word, and
no number, for serial numbers are printed on devices too."""


def read_code(text: str) -> DeviceCode | None:
    """Read a text as one of the vendor's own clients would; ``None`` where it holds no proof.

    A URL that opens Wi-Fi pairing (``page=softap``, ``smartconfig``, ``adddevice``) holds none: it names a product.
    """
    text = text.strip()
    try:
        if text.startswith("{"):
            return _object(text)
        if text.count(";") == 5:  # noqa: PLR2004 - it has six fields
            return _fields(text)
        return _address(text) if "://" in text else _bare(text)
    except (ValueError, OverflowError, OSError, RecursionError):
        return None


def _object(text: str) -> DeviceCode | None:
    """Read ``{"ProductId": …, "DeviceName": …, "Signature": …}``."""
    given = an_object(json.loads(text)) or {}
    product, name, signature = (given.get(key) for key in ("ProductId", "DeviceName", "Signature"))
    if not (isinstance(product, str) and isinstance(name, str) and isinstance(signature, str)):
        return None
    return DeviceCode(proof=ByText(Secret(signature)), device=_device(product, name))


def _address(text: str) -> DeviceCode | None:
    """Read ``https://…/iotexplorer/device?page=virtual&signature=…``; a ``+`` stays one, for signatures may hold it."""
    address = urlsplit(text)
    if address.scheme not in ("https", "http") or address.hostname != _HOST or address.path.rstrip("/") != _PATH:
        return None
    pairs = (pair.partition("=") for pair in address.query.split("&"))
    query = {unquote(name): unquote(value) for name, _, value in pairs}
    if query.get("page") != "virtual" or not query.get("signature"):
        return None
    return DeviceCode(proof=ByText(Secret(query["signature"])))


def _fields(text: str) -> DeviceCode | None:
    """Read ``{ProductId};{DeviceName};{ConnId};{DeviceTimestamp};{SignMethod};{base64 signature}``.

    The vendor's clients disagree on what to call the way it came: its mini program says Bluetooth, its Android and iOS
    apps say other. Other is taken, which the page explains as "another channel such as a scanned code".
    """
    product, name, nonce, seconds, method, encoded = text.split(";")
    digest, size = _DIGESTS.get(method, (None, 0))
    signature = base64.b64decode(encoded, validate=True)
    if digest is None or len(signature) != size or not (seconds.isascii() and seconds.isdigit()):
        return None
    proof = BySignature(
        signature=Secret(signature.hex()),
        at=datetime.fromtimestamp(int(seconds), UTC),
        nonce=nonce,
        digest=digest,
        channel=Channel.OTHER,
    )
    return DeviceCode(proof=proof, device=_device(product, name))


def _bare(text: str) -> DeviceCode | None:
    """Take a bare signature, which has no mark of its vendor: it counts only where the provider was named."""
    return DeviceCode(proof=ByText(Secret(text)), certain=False) if _BARE.fullmatch(text) else None


def _device(product: str, name: str) -> DeviceRef:
    if not product:
        raise ValueError("a device is named by its product too")
    return DeviceRef(name, product)
