"""What Gizwits' list of shares tells, record by record, and its list of a device's guests."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, cast

import attrs

from sharebind.provider import DeviceRef, Fields, Gap, Page, Person, Raw, malformed
from sharebind_gizwits.wire import limits
from sharebind_gizwits.wire.devices import device_in
from sharebind_gizwits.wire.requests import BY_CODE, DIRECT

_AT_ONCE: Final = timedelta(minutes=1)
"""How far apart the vendor may write that a share was accepted, and that its guest has the device (a guess)."""


@attrs.frozen(kw_only=True)
class Record:
    """One share of list_shares; ``kind`` and ``status`` are the vendor's numbers, ``person`` is the other side.

    ``expired_at`` is the last moment to take it while it waits, and nobody knows what after (quirk
    ``expired_at_after_acceptance``).
    """

    id: str
    device: DeviceRef
    kind: int | None
    status: int | None
    person: Person | None
    name: str | None
    created_at: datetime | None
    updated_at: datetime | None
    expired_at: datetime | None
    raw: Raw = attrs.field(eq=False)

    @property
    def user_id(self) -> str | None:
        """Who the other side is."""
        return self.person.user_id if self.person is not None else None

    @property
    def by_code(self) -> bool:
        """Whether it came by a code."""
        return self.kind == BY_CODE

    @property
    def to_person(self) -> bool:
        """Whether a person was invited."""
        return self.kind == DIRECT

    def age(self) -> tuple[bool, float, int, str]:
        """Order records of one person by when they last changed, and where that is the same by their ids."""
        at = self.updated_at or self.created_at
        return at is not None, 0.0 if at is None else at.timestamp(), len(self.id), self.id

    def may_have_admitted(self, guest: Guest) -> bool:
        """Tell whether a guest may be there by it: who came well after it last changed has come by something else.

        That accepting changes ``updated_at`` is a guess, so the contrary is not told as an end.
        """
        if self.updated_at is None or guest.since is None:
            return True
        return guest.since - self.updated_at <= _AT_ONCE


@attrs.frozen(kw_only=True)
class Guest:
    """Somebody who has access to a device, and since when."""

    user_id: str
    person: Person
    since: datetime | None
    raw: Raw = attrs.field(eq=False)


def records_in(content: Fields) -> Page[Record]:
    """Read a page of list_shares."""
    if content.get("objects") is None:
        raise malformed(f"{content.path}.objects", "a list", None)
    items, gaps = content.each_as(_record, "objects")
    meta = content.child("meta")
    total = None if meta is None else meta.number("total")
    size = len(items) + len(gaps)
    more = None if total is not None else size >= limits.SMALLEST_CUT
    return Page(items=items, size=size, full=limits.PAGE, total=total, more=more, gaps=gaps)


def _record(item: Fields) -> Record:
    return Record(
        id=item.need("id"),  # an integer here, and a text when it was made (quirk id_changes_type)
        device=device_in(item),
        kind=item.number("type"),
        status=item.number("status"),
        person=person_in(item),
        name=item.said("dev_alias"),
        created_at=item.iso("created_at"),
        updated_at=item.iso("updated_at"),
        expired_at=item.iso("expired_at"),
        raw=Raw(item.body),
    )


def guests_in(content: object) -> tuple[tuple[Guest, ...], tuple[Gap, ...]]:
    """Read list_guests, which answers a plain array."""
    if not isinstance(content, list):
        raise malformed("$", "a list", content)
    return Fields({"guests": cast("object", content)}, "$").each_as(_guest, "guests")


def _guest(item: Fields) -> Guest:
    user_id = item.need("uid")
    person = person_in(item) or Person(user_id=user_id)
    return Guest(user_id=user_id, person=person, since=item.iso("created_at"), raw=Raw(item.body))


def person_in(item: Fields) -> Person | None:
    """Read a person: names, addresses and numbers come masked, so they are for people only (``masked_recipients``)."""
    user_id = item.text("uid")
    told = (item.said(name) for name in ("user_alias", "username", "phone", "email"))
    label = " ".join(dict.fromkeys(text for text in told if text)) or None
    return Person(user_id=user_id, label=label) if user_id or label else None
