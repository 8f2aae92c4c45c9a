"""The nouns of the field: devices, spaces, people, and the words that describe a share or a binding.

Everything here is frozen, compares by value, and speaks no vendor's language. All enums are open: a later release may
add a member, so a ``match`` over one needs a default.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import Enum, StrEnum
from typing import Any, Final, TypeAlias

import attrs

from sharebind.secrets import Secret


class Side(StrEnum):
    """Which end of a share we stand on."""

    OWNER = "owner"
    RECIPIENT = "recipient"


class Via(StrEnum):
    """How a share was offered."""

    CODE = "code"
    PERSON = "person"
    UNKNOWN = "unknown"


class State(StrEnum):
    """Where a share is in its life: ``OFFERED -> ACTIVE -> ENDED``; ``UNKNOWN`` where the vendor does not say."""

    OFFERED = "offered"
    ACTIVE = "active"
    ENDED = "ended"
    UNKNOWN = "unknown"


class EndReason(StrEnum):
    """Why a share ended, where that can be told."""

    DECLINED = "declined"
    USED = "used"
    WITHDRAWN = "withdrawn"
    OFFER_EXPIRED = "offer_expired"
    REVOKED = "revoked"
    LEFT = "left"
    USE_EXPIRED = "use_expired"
    SUPERSEDED = "superseded"
    OWNER_GONE = "owner_gone"
    UNKNOWN = "unknown"


class Evidence(StrEnum):
    """What a value rests on: read at the vendor, computed from a clock, or assumed from our own last call."""

    VENDOR = "vendor"
    COMPUTED = "computed"
    ASSUMED = "assumed"


class Role(StrEnum):
    """What an account is to a device it holds."""

    OWNER = "owner"
    MEMBER = "member"
    GUEST = "guest"


class Overlap(StrEnum):
    """What an earlier share of the same device means for a new one.

    ``KEEP`` never ends what exists, ``REPLACE`` ends earlier shares, ``EXTEND`` replaces only where the use grows.
    """

    KEEP = "keep"
    REPLACE = "replace"
    EXTEND = "extend"


class Unchanged(Enum):
    """The mark of a field that a change leaves alone, where ``None`` already means "no end"."""

    UNCHANGED = 0


UNCHANGED: Final = Unchanged.UNCHANGED


_LONGEST: Final = 512
"""Characters of an id, a name or an address: far more than any vendor has, far less than a request may be."""


def _plain_text(instance: Any, attribute: attrs.Attribute[str], value: object) -> None:
    """Refuse anything but a non-empty text without control characters."""
    name = f"{type(instance).__name__}.{attribute.name}"
    if not isinstance(value, str):
        raise TypeError(f"{name} is a str, not {type(value).__name__}")
    if not value.strip():
        raise ValueError(f"{name} cannot be empty")
    if len(value) > _LONGEST:
        raise ValueError(f"{name} is longer than {_LONGEST} characters")
    if not value.isprintable():
        raise ValueError(f"{name} holds a character that cannot be printed")


def _optional_text(instance: Any, attribute: attrs.Attribute[Any], value: object) -> None:
    if value not in (None, ""):
        _plain_text(instance, attribute, value)


def _product(instance: Any, attribute: attrs.Attribute[str], value: str) -> None:
    if value != "":
        _plain_text(instance, attribute, value)
    if "/" in value or (not value and "/" in instance.device):
        raise ValueError("DeviceRef cannot hold a '/' before the one that separates product and device")


@attrs.frozen
class DeviceRef:
    """A device as its vendor's cloud knows it; the text form is ``product/device``, or ``device`` alone.

    Raises:
        TypeError, ValueError: a part is no text, is empty, or cannot be written in the text form.
    """

    device: str = attrs.field(validator=_plain_text)
    product: str = attrs.field(default="", validator=_product)

    def matches(self, other: DeviceRef) -> bool:
        """Tell whether both mean the same device, where one may lack the product because its vendor names none."""
        return self.device == other.device and (self.product == other.product or not (self.product and other.product))

    def __str__(self) -> str:
        return f"{self.product}/{self.device}" if self.product else self.device


def _unknown_device() -> DeviceRef:
    ref = object.__new__(DeviceRef)
    object.__setattr__(ref, "device", "")
    object.__setattr__(ref, "product", "")
    return ref


UNKNOWN_DEVICE: Final = _unknown_device()
"""The device of a share that was taken by its code, where the vendor could not be asked afterwards which it is."""


def device(text: str) -> DeviceRef:
    """Read ``product/device`` or ``device``.

    Raises:
        TypeError, ValueError: the text is no ``str``, is empty, or lacks a part around its ``/``.
    """
    if not isinstance(text, str):
        raise TypeError(f"a device is written as a str such as 'product/device', not {type(text).__name__}")
    product, slash, name = text.partition("/")
    if not slash:
        return DeviceRef(text)
    if not product or not name:
        raise ValueError(f"expected 'product/device' or 'device', got {text!r}")
    return DeviceRef(name, product)


@attrs.frozen
class Space:
    """A home, family or room that a device sits in. The name is for people and does not count when comparing."""

    id: str = attrs.field(validator=_plain_text)
    room: str | None = attrs.field(default=None, validator=_optional_text)
    name: str | None = attrs.field(default=None, eq=False, kw_only=True)


@attrs.frozen
class Anyone:
    """Whoever holds the code."""


@attrs.frozen
class UserId:
    """A person by the vendor's user id."""

    value: str = attrs.field(validator=_plain_text)


@attrs.frozen
class Username:
    """A person by the name that they sign in with."""

    value: str = attrs.field(validator=_plain_text)


def _email(instance: Any, attribute: attrs.Attribute[str], value: str) -> None:
    _plain_text(instance, attribute, value)
    local, at, domain = value.rpartition("@")
    if not (at and local and domain):
        raise ValueError(f"expected an e-mail address such as 'name@example.com', got {value!r}")


@attrs.frozen
class Email:
    """A person by e-mail address.

    Raises:
        ValueError: there is no ``@`` with something on both sides.
    """

    value: str = attrs.field(validator=_email)


def _digits(instance: Any, attribute: attrs.Attribute[str], value: str) -> None:
    _plain_text(instance, attribute, value)
    if not (value.isascii() and value.isdigit()):
        raise ValueError(f"Phone.{attribute.name} holds digits only, without '+', spaces or dashes")


@attrs.frozen
class Phone:
    """A person by phone: ``Phone("86", "13800000000")``, digits only, the country calling code without ``+``.

    Raises:
        ValueError: a part holds anything but the digits 0 to 9.
    """

    country: str = attrs.field(validator=_digits)
    number: str = attrs.field(validator=_digits)


def words(values: Iterable[str]) -> frozenset[str]:
    """Take any collection of words, such as the names of rights.

    Raises:
        TypeError, ValueError: it is one text, or a word is no text, empty or cannot be printed.
    """
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise TypeError(f"expected a collection of words, not one {type(values).__name__}")
    found: list[str] = []
    for value in values:
        if not isinstance(value, str):
            raise TypeError(f"a word is a str, not {type(value).__name__}")
        if not value or len(value) > _LONGEST or not value.isprintable():
            raise ValueError("a word cannot be empty, longer than a name, or hold what cannot be printed")
        found.append(value)
    return frozenset(found)


Somebody: TypeAlias = UserId | Username | Email | Phone
Recipient: TypeAlias = Anyone | Somebody
ExtraValue: TypeAlias = str | int | bool | Secret
Extra: TypeAlias = Mapping[str, ExtraValue]
"""What a vendor takes beyond the model, by the vendor's own names, which its provider lists."""
Moment: TypeAlias = datetime | timedelta
"""A moment in time, or a time from now by the account's clock."""


@attrs.frozen(kw_only=True)
class Person:
    """Somebody the vendor tells us about. What is masked (``138****0000``) stands only in ``label``."""

    user_id: str | None = None
    username: str | None = None
    email: str | None = None
    phone: Phone | None = None
    label: str | None = None
