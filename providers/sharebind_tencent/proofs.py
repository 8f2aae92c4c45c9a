"""The proof that the model's own kinds do not cover: a device that signed its name and a moment."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

import attrs

from sharebind.provider import Proof, Secret, utc


class Digest(StrEnum):
    """What the device's signature was made with."""

    HMAC_SHA1 = "hmac_sha1"
    HMAC_SHA256 = "hmac_sha256"


class Channel(StrEnum):
    """How the signature came from the device: over Wi-Fi, over Bluetooth, or another way such as a scanned code."""

    WIFI = "wifi"
    BLUETOOTH = "bluetooth"
    OTHER = "other"


def _secret(value: Secret | str) -> Secret:
    return value if isinstance(value, Secret) else Secret(value)


def _moment(value: datetime) -> datetime:
    return utc(value, "BySignature.at")


@attrs.frozen(kw_only=True)
class BySignature(Proof):
    """A signature that the device made of its own name, a moment and a nonce.

    ``signature`` is hex; ``at`` is the moment that was signed, sent in whole seconds (over Bluetooth it is the expiry);
    ``nonce`` the random text that went into it, empty where there was none.
    """

    kind: ClassVar[str] = "signature"

    signature: Secret = attrs.field(converter=_secret)
    at: datetime = attrs.field(converter=_moment)
    nonce: str = ""
    digest: Digest = attrs.field(default=Digest.HMAC_SHA1, converter=Digest)
    channel: Channel = attrs.field(default=Channel.WIFI, converter=Channel)
