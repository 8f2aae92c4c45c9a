"""Proofs of possession that only this vendor takes, beside those of the core.

``ByBindingCode`` of the core is for a Wi-Fi device, ``BySerial`` for what the code on a device says.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, ClassVar

import attrs

from sharebind.provider import Proof, Secret


def _secret(value: Secret | str) -> Secret:
    """Take a text where a secret is meant, so that callers need not wrap what they have just read."""
    return value if isinstance(value, Secret) else Secret(value)


def _maybe_secret(value: Secret | str | None) -> Secret | None:
    return None if value is None else _secret(value)


class Privilege(StrEnum):
    """What the holder of an access tag may do in a Matter fabric."""

    VIEW = "View"
    OPERATE = "Operate"
    ADMINISTER = "Administer"


@attrs.frozen
class AccessTag:
    """One entry of the access list of a Matter device: a tag (CAT value), and what its holders may do."""

    tag: int = attrs.field(validator=attrs.validators.instance_of(int))
    privilege: Privilege = attrs.field(converter=Privilege)


def _integer() -> Any:
    return attrs.field(validator=attrs.validators.instance_of(int))


@attrs.frozen(kw_only=True)
class ByMatter(Proof):
    """The binding code of a Wi-Fi device that was commissioned over Matter, with what the commissioner knows of it.

    ``code`` is what the device itself reported. ``vendor_id`` and ``product_id`` are Matter's, not this cloud's.
    """

    kind: ClassVar[str] = "matter"
    code: Secret = attrs.field(converter=_secret)
    fabric_id: int = _integer()
    node_id: int = _integer()
    vendor_id: int = _integer()
    product_id: int = _integer()
    discriminator: int = _integer()
    version: str
    text: str | None = None
    access: tuple[AccessTag, ...] = attrs.field(default=(), converter=tuple)


@attrs.frozen(kw_only=True)
class ByBluetooth(Proof):
    """What a device without its own link to the cloud hands over by Bluetooth.

    The values come encrypted from the device or the SDK (AES-128-CBC under the product's secret, with ``random`` as
    the initialisation vector); the adapter signs them with the app's secret. Give exactly one of ``binding_code`` and
    ``encrypted_binding_code``. ``password`` is the device's, not the account's.

    Raises:
        ValueError: none or both of the two codes are given.

    """

    kind: ClassVar[str] = "bluetooth"
    binding_code: Secret | None = attrs.field(default=None, converter=_maybe_secret)
    encrypted_binding_code: Secret | None = attrs.field(default=None, converter=_maybe_secret)
    encrypted_new_secret: Secret = attrs.field(converter=_secret)
    encrypted_old_secret: Secret | None = attrs.field(default=None, converter=_maybe_secret)
    random: Secret = attrs.field(converter=_secret)
    password: Secret | None = attrs.field(default=None, converter=_maybe_secret)

    def __attrs_post_init__(self) -> None:
        """Refuse none or both of the codes."""
        if (self.binding_code is None) == (self.encrypted_binding_code is None):
            raise ValueError("binding by bluetooth takes exactly one of binding_code and encrypted_binding_code")
