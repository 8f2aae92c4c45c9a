"""What the reference cloud keeps and sends: frozen records, with numbers where a vendor's cloud has numbers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import IntEnum

import attrs

from sharebind.secrets import Secret
from sharebind.values import DeviceRef, Email, Phone, Somebody, UserId, Username


class Refusal(Exception):  # noqa: N818 - a cloud's answer, and no error of the library
    """The cloud says no, with one of its codes."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Silence(Exception):  # noqa: N818 - the same: what became of a request is not told
    """The cloud has done what it was asked, and its answer never came."""


class Stage(IntEnum):
    """The numbers that tell where a share is in its life."""

    OFFERED = 10
    ACTIVE = 20
    ENDED = 30


class Cause(IntEnum):
    """The numbers that tell why a share ended."""

    DECLINED = 1
    WITHDRAWN = 2
    OFFER_EXPIRED = 3
    REVOKED = 4
    LEFT = 5
    USE_EXPIRED = 6
    SUPERSEDED = 7
    OWNER_GONE = 8


class Standing(IntEnum):
    """The numbers that tell what somebody is to a device."""

    OWNER = 1
    MEMBER = 2
    GUEST = 3


STRANGE = 97
"""A number that stands in none of these tables."""


@attrs.frozen(kw_only=True)
class User:
    """A person, with every name that others may know them by."""

    id: str
    username: str
    email: str
    phone: Phone

    @property
    def names(self) -> tuple[Somebody, ...]:
        """Every form in which others can name this person."""
        return UserId(self.id), Username(self.username), Email(self.email), self.phone


@attrs.frozen(kw_only=True)
class Home:
    """A home with its rooms, by id."""

    id: str
    owner: str
    name: str
    rooms: Mapping[str, str] = attrs.field(factory=dict[str, str], hash=False)


@attrs.frozen(kw_only=True)
class Device:
    """A device: what shows that one has it in hand, and who holds it where."""

    ref: DeviceRef
    serial: Secret
    label: Secret
    """The text on its package."""
    binding_code: Secret
    owner: User | None = None
    home: str | None = None
    room: str | None = None
    name: str | None = None
    bound_at: datetime | None = None
    resets: int = 0


@attrs.frozen(kw_only=True)
class Holding:
    """A device as the list of somebody who holds it shows it; ``share`` is that of a guest."""

    device: Device
    role: int
    share: Grant | None = None


@attrs.frozen(kw_only=True)
class PairingToken:
    """A token that a new device is given, and the device that has used it."""

    token: Secret
    user: str
    until: datetime
    device: DeviceRef | None = None


@attrs.frozen(kw_only=True)
class Terms:
    """How long a share may wait, how long it may be used, and for what beyond plain use."""

    accept_by: datetime | None = None
    use_until: datetime | None = None
    use_for: timedelta | None = None
    rights: frozenset[str] = frozenset()

    def last_use(self) -> datetime | None:
        """Give the latest moment at which an offer with these terms can still be used, ``None`` where it has no end."""
        if self.use_for is None or self.accept_by is None:
            return self.use_until
        last = self.accept_by + self.use_for
        return last if self.use_until is None else min(last, self.use_until)

    def taken(self, now: datetime) -> Terms:
        """Give the terms of a share that is taken at this moment: the time of use becomes an end."""
        if self.use_for is None:
            return self
        end = now + self.use_for
        return attrs.evolve(self, use_for=None, use_until=end if self.use_until is None else min(end, self.use_until))


@attrs.frozen(kw_only=True)
class Grant:
    """A share, from the offer to its end. One with a ``code`` belongs to whoever takes it; ``taker`` is that person."""

    id: str
    device: DeviceRef
    owner: User
    taker: User | None
    code: Secret | None
    terms: Terms
    created_at: datetime
    stage: int = Stage.OFFERED
    cause: int | None = None
    name: str | None = None
    accepted_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def live(self) -> bool:
        """Whether it gives access, or may still give it."""
        return self.stage != Stage.ENDED

    def ended(self, at: datetime, cause: Cause) -> Grant:
        """Give it with its end."""
        return attrs.evolve(self, stage=Stage.ENDED, cause=cause, ended_at=at)

    def as_of(self, now: datetime) -> Grant:
        """Give it as it stands at this moment: what has run out has ended."""
        if not self.live:
            return self
        waits = self.stage == Stage.OFFERED
        ends = [
            (end, cause)
            for end, cause in (
                (self.terms.accept_by if waits else None, Cause.OFFER_EXPIRED),
                (self.terms.use_until, Cause.USE_EXPIRED),
            )
            if end is not None and end <= now
        ]
        return self.ended(*min(ends)) if ends else self
