"""The proof that the model's own kinds do not cover: the device's own key and the id of its chip."""

from __future__ import annotations

import hashlib
from typing import ClassVar

import attrs

from sharebind.provider import DeviceRef, Proof, Secret


def _secret(value: Secret | str) -> Secret:
    return value if isinstance(value, Secret) else Secret(value)


def _one_line(instance: object, attribute: attrs.Attribute[str], value: object) -> None:
    del instance
    if not isinstance(value, str):
        raise TypeError(f"ByDigest.{attribute.name} is a str, not {type(value).__name__}")
    if not value.strip() or not value.isprintable():
        raise ValueError(f"ByDigest.{attribute.name}: expected a text on one line that is not empty")


@attrs.frozen(kw_only=True)
class ByDigest(Proof):
    """What the device tells over the local link: its own ``apikey``, and the id of its ``chip``.

    The key itself never travels: what is sent is a digest of the device's id and the key (contract: add_device).
    """

    kind: ClassVar[str] = "digest"

    apikey: Secret = attrs.field(converter=_secret)
    chip: str = attrs.field(validator=_one_line)

    def digest_for(self, device: DeviceRef) -> Secret:
        """Give the lower-case hex SHA-256 of the device's id and its key."""
        digest = hashlib.sha256(device.device.encode("utf-8", "surrogatepass"))
        digest.update(self.apikey.reveal().encode("utf-8", "surrogatepass"))
        return Secret(digest.hexdigest())
