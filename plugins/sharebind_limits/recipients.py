"""Who may be given access, as settings write it, and whether somebody is among them.

This is a list of who may, so in doubt nobody is. Names and ids are compared as they are; in e-mail addresses the case
of the letters A to Z does not count, and no other letter is taken for another one.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from typing import Final, Self

import attrs

from sharebind.provider import Anyone, Email, Phone, Recipient, UserId, Username

ANYONE: Final = "anyone"
_FORMS: Final = '"anyone", "user_id:…", "username:…", "name@example.com", "*@example.com" or "+8613800000000"'
_PHONE: Final = re.compile(r"\+[1-9][0-9]{4,14}")
_SPACING: Final = str.maketrans("", "", " -().")
_LOWER: Final = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")
_NAME: Final = re.compile(r"[^\s@,;:<>()\[\]\\\"]+")
"""The part before the ``@`` that ``*`` stands for: what some reader may take for two addresses is not one of these."""

_KINDS: Final = {
    UserId: ("user id", "user ids"),
    Username: ("user name", "user names"),
    Email: ("e-mail address", "e-mail addresses"),
    Phone: ("phone number", "phone numbers"),
}


@attrs.frozen(kw_only=True)
class Recipients:
    """Those who may be given access. They show themselves to nobody: ``str`` counts them."""

    anyone: bool
    people: frozenset[tuple[type, str]] = attrs.field(repr=False)
    domains: frozenset[str]

    @classmethod
    def read(cls, entries: Iterable[str]) -> Self:
        """Read the entries of settings.

        Raises:
            ValueError: one is none of the forms; it is told by its number, for it may name a person.

        """
        people: set[tuple[type, str]] = set()
        domains: set[str] = set()
        anyone = False
        for number, entry in enumerate(map(str.strip, entries), start=1):
            if entry == ANYONE:
                anyone = True
            elif entry.startswith("*@") and _is_domain(entry[2:]):
                domains.add(_lower(entry[2:]))
            elif (person := _person(entry)) is not None:
                people.add(person)
            else:
                raise ValueError(f"recipients: item {number}: expected {_FORMS}")
        return cls(anyone=anyone, people=frozenset(people), domains=frozenset(domains))

    def allow(self, to: Recipient) -> bool:
        """Tell whether somebody is among them."""
        if isinstance(to, Anyone):
            return self.anyone
        if isinstance(to, Phone):
            return (Phone, f"+{to.country}{to.number}") in self.people
        if isinstance(to, Email):
            return (Email, _lower(to.value)) in self.people or self._is_at_a_domain(_lower(to.value))
        return (type(to), to.value) in self.people

    def _is_at_a_domain(self, address: str) -> bool:
        name, _, domain = address.rpartition("@")
        # A vendor may take another form of a sign for the sign itself, such as the wide one of the "@".
        return domain in self.domains and _NAME.fullmatch(unicodedata.normalize("NFKC", name)) is not None

    def __str__(self) -> str:
        """Say how many of each kind there are; a domain is nobody's name."""
        counted = Counter(kind for kind, _ in self.people)
        parts = [
            f"{counted[kind]} {one if counted[kind] == 1 else more}"
            for kind, (one, more) in _KINDS.items()
            if counted[kind]
        ]
        if self.domains:
            parts.append(f"e-mail addresses at {', '.join(sorted(self.domains))}")
        if self.anyone:
            parts.append("whoever holds a code")
        return "; ".join(parts)


def _person(entry: str) -> tuple[type, str] | None:
    """Read an entry for one person."""
    form, colon, name = entry.partition(":")
    if colon and form in ("user_id", "username"):
        return (UserId if form == "user_id" else Username, name.strip()) if name.strip() else None
    if entry.startswith("+"):
        digits = entry.translate(_SPACING)
        return (Phone, digits) if _PHONE.fullmatch(digits) else None
    name, _, domain = entry.rpartition("@")
    return (Email, _lower(entry)) if _NAME.fullmatch(name) and "*" not in name and _is_domain(domain) else None


def _is_domain(text: str) -> bool:
    return bool(text) and "*" not in text and _NAME.fullmatch(text) is not None


def _lower(address: str) -> str:
    """Lower the letters A to Z only: other letters have lower forms that are other people's."""
    return address.translate(_LOWER)
