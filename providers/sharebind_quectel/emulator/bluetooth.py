"""What a device hands over by Bluetooth, and how an app signs it (contract: bluetooth, auth.signatures)."""

from __future__ import annotations

import base64
import binascii
import functools
import hashlib
from typing import Final

from sharebind_quectel.emulator.aes import BLOCK, encrypt_cbc

ENCODING: Final = "utf-8"


def signed(pk: str, dk: str, code: str, password: str, app_secret: str) -> str:
    """Sign a binding: lower-case hex SHA-256 over the values in a row; a password that is not there counts as empty."""
    return hashlib.sha256((pk + dk + code + password + app_secret).encode(ENCODING, "surrogatepass")).hexdigest()


@functools.lru_cache(
    maxsize=256
)  # the same seed makes the same devices again for each world, and this is the slow part
def encrypted(plain: str, product_secret: str, random: str) -> str:
    """Encrypt a value as a device does, under its product's secret and with `random` as initialisation vector."""
    return base64.b64encode(encrypt_cbc(product_secret.encode(), random.encode(), plain.encode())).decode()


def is_vector(random: str) -> bool:
    """Tell whether a text can be an initialisation vector."""
    return len(random.encode(ENCODING, "surrogatepass")) == BLOCK


def looks_encrypted(value: str) -> bool:
    """Tell whether a text is base64 of whole blocks."""
    try:
        octets = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return False
    return bool(octets) and len(octets) % BLOCK == 0
