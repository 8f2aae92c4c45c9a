"""The proof that the model's own kinds do not cover: a product and the address of a device in it."""

from __future__ import annotations

from typing import Any, ClassVar

import attrs

from sharebind.provider import Proof


def _one_line(instance: object, attribute: attrs.Attribute[Any], value: object) -> None:
    """Refuse what is no text, shows nothing, or cannot stand on one line."""
    name = f"{type(instance).__name__}.{attribute.name}"
    if not isinstance(value, str):
        raise TypeError(f"{name} is a str, not {type(value).__name__}")
    if not (value.strip() and value.isprintable()):
        raise ValueError(f"{name}: expected a text on one line that is not empty")


@attrs.frozen
class ByMac(Proof):
    """A product's key, and the MAC address that a device of it has shown on the local network.

    What is sent is signed with the product's secret, which the account's settings hold. The vendor answers which device
    it is, so none need be named beside it.
    """

    kind: ClassVar[str] = "mac"
    needs_device: ClassVar[bool] = False

    product: str = attrs.field(validator=_one_line)
    mac: str = attrs.field(validator=_one_line)
