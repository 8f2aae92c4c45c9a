"""What the limits are."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Any, cast

import attrs

from sharebind_limits.recipients import Recipients


def _texts(value: Collection[str] | None) -> tuple[str, ...] | None:
    """Take any collection of texts; what is none is left to the validator, which knows the field's name."""
    if isinstance(value, list | set | frozenset):
        return tuple(value)
    return cast("tuple[str, ...] | None", value)


def _some_texts(instance: object, attribute: attrs.Attribute[Any], value: object) -> None:
    """Refuse what is no collection of texts. None of them is shown: they may name people."""
    del instance
    if value is None:
        return
    if not isinstance(value, tuple) or not value:
        raise ValueError(f"{attribute.name}: expected a list of at least one text")
    for number, text in enumerate(cast("tuple[object, ...]", value), start=1):
        if not isinstance(text, str) or not text.strip() or not text.isprintable():
            raise ValueError(f"{attribute.name}: item {number} is no text on one line")


def _recipients(instance: object, attribute: attrs.Attribute[Any], value: tuple[str, ...] | None) -> None:
    _some_texts(instance, attribute, value)
    if value is not None:
        Recipients.read(value)


def _products(instance: object, attribute: attrs.Attribute[Any], value: tuple[str, ...] | None) -> None:
    _some_texts(instance, attribute, value)
    for product in value or ():
        if "/" in product or ("*" in product and (product != "*" or attribute.name == "only_products")):
            star = "" if attribute.name == "only_products" else ', or "*" for every one'
            raise ValueError(f'{attribute.name}: expected the name of a product{star}, got "{product}"')


def _positive(instance: object, attribute: attrs.Attribute[Any], value: object) -> None:
    del instance
    if value is not None and (not isinstance(value, timedelta) or value <= timedelta()):
        raise ValueError(f'{attribute.name}: expected a duration such as "30d"')


def _duration() -> Any:
    return attrs.field(default=None, validator=_positive)


@attrs.frozen(kw_only=True)
class LimitsSettings:
    """The limits; each is optional, and at least one is needed.

    Args:
        longest_use: the longest that a share may work. One without an end is longer than any limit.
        longest_code: the longest that a code may wait to be taken.
        longest_offer: the longest that any offer may wait to be taken, a code among them.
        recipients: who may be given access; nobody else, and ``Anyone()`` only where ``"anyone"`` is listed.
        only_products: the products whose devices may be shared or handed over.
        no_codes_for: the products whose devices get no code; ``"*"`` for every one.
        transfers: whether a device may be handed over for good. Unless it is said, it may where ``longest_use`` is not
            set, for a transfer has no end.
        operations: the kinds of adapters' own operations that may change something. What these limits do not know they
            cannot judge, and refuse.

    Raises:
        ValueError: a limit is none that can be kept, or there is none.

    """

    longest_use: timedelta | None = _duration()
    longest_code: timedelta | None = _duration()
    longest_offer: timedelta | None = _duration()
    recipients: tuple[str, ...] | None = attrs.field(default=None, converter=_texts, validator=_recipients, repr=False)
    only_products: tuple[str, ...] | None = attrs.field(default=None, converter=_texts, validator=_products)
    no_codes_for: tuple[str, ...] | None = attrs.field(default=None, converter=_texts, validator=_products)
    transfers: bool | None = attrs.field(
        default=None, validator=attrs.validators.optional(attrs.validators.instance_of(bool))
    )
    operations: tuple[str, ...] | None = attrs.field(default=None, converter=_texts, validator=_some_texts)

    def __attrs_post_init__(self) -> None:
        """Refuse settings that limit nothing: whoever named the policy wanted something of it."""
        limits = (
            self.longest_use,
            self.longest_code,
            self.longest_offer,
            self.recipients,
            self.only_products,
            self.no_codes_for,
        )
        if self.transfers is not False and all(limit is None for limit in limits):
            raise ValueError(
                "this limits nothing: set longest_use, longest_code, longest_offer, recipients, only_products, "
                "no_codes_for, or transfers = false"
            )
