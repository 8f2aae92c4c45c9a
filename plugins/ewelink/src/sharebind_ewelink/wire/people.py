"""People as eWeLink shows them: in ``shareTo`` and ``sharedBy``, with all of their addresses, some or none."""

from __future__ import annotations

import re
from typing import Final

import attrs

from sharebind.provider import Email, Fields, Person, Phone, Somebody

_NO_DIGIT: Final = re.compile("[^0-9]")


def person_in(entry: Fields) -> Person:
    """Read a person. A phone comes as one text, and where its country ends is not told: it stands in the label."""
    return Person(
        user_id=entry.text("apikey"),
        email=_unmasked(entry.said("email")),
        label=entry.said("nickname") or entry.said("phoneNumber") or entry.said("email"),
    )


def recipient_in(entry: Fields, asked: Somebody | None) -> Person:
    """Read a person of ``shareTo``, who has the address that they were asked by."""
    person = person_in(entry)
    if isinstance(asked, Email):
        return attrs.evolve(person, email=asked.value)
    return attrs.evolve(person, phone=asked) if isinstance(asked, Phone) else person


def is_of(entry: Fields, to: Somebody) -> bool | None:
    """Tell whether an entry of ``shareTo`` is somebody's; ``None`` where it does not show what would tell."""
    shown = entry.said("email") if isinstance(to, Email) else entry.said("phoneNumber")
    if shown is None or "*" in shown:
        return None
    if isinstance(to, Email):
        if "@" not in shown:
            return None
        return shown.strip().casefold() == to.value.strip().casefold()
    return _is_number(shown, to) if isinstance(to, Phone) else None


def _is_number(shown: str, to: Phone) -> bool | None:
    """Tell whether a number is somebody's, however it is set; ``None`` where only its end is the same.

    With a leading + or 00 it is whole; without, its country may be left out. A 0 may stand before the rest or not.
    """
    whole = shown.strip().startswith(("+", "00"))
    digits = _NO_DIGIT.sub("", shown)
    digits = digits.removeprefix("00") if whole else digits
    if digits == to.country + to.number or (not whole and digits == to.number):
        return True
    national = to.number.lstrip("0")
    alike = digits in (f"{to.country}{national}", f"{to.country}0{national}") if whole else digits.endswith(national)
    return None if alike or not digits else False


def _unmasked(shown: str | None) -> str | None:
    return None if shown is None or "*" in shown else shown
