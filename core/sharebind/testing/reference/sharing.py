"""The life of shares in the reference cloud: who may make, take, change and end which, and what runs out."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Final

import attrs

from sharebind.clock import Clock
from sharebind.secrets import Secret
from sharebind.testing.reference.records import Cause, Grant, Refusal, Stage, Terms, User
from sharebind.values import DeviceRef, Overlap

_NEVER: Final = datetime.max.replace(tzinfo=UTC)
_BY_OWNER: Final = {Stage.OFFERED: Cause.WITHDRAWN, Stage.ACTIVE: Cause.REVOKED}
_BY_TAKER: Final = {Stage.OFFERED: Cause.DECLINED, Stage.ACTIVE: Cause.LEFT}


class Shares:
    """All shares that were ever made."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._grants: dict[str, Grant] = {}

    def make(self, owner: User, device: DeviceRef, to: User | None, terms: Terms, overlap: Overlap) -> Grant:
        """Offer a device of one's own: to a person, or by a code to whoever takes it."""
        if to == owner:
            raise Refusal("own.share")
        now = self._clock.now()
        made = Grant(
            id=f"share-{secrets.token_hex(8)}",
            device=device,
            owner=owner,
            taker=to,
            code=Secret(secrets.token_urlsafe(18)) if to is None else None,
            terms=terms,
            created_at=now,
        )
        earlier = [] if overlap is Overlap.KEEP else list(self._earlier(made))
        if overlap is Overlap.EXTEND:
            if not all(_longer(made.terms, each.terms) for each in earlier):
                raise Refusal("no.longer.use")
            if any(each.stage == Stage.ACTIVE for each in earlier):
                # Who uses the device already goes on without taking it again.
                made = _taken(made, now)
        for each in earlier:
            self._keep(each.ended(now, Cause.SUPERSEDED))
        return self._keep(made)

    def take_code(self, taker: User, code: Secret, name: str | None) -> Grant:
        """Redeem a code; it is used up by that."""
        return self._take(self.by_code(code), taker, name)

    def take_offer(self, taker: User, key: str, name: str | None) -> Grant:
        """Take an offer that was made to this person."""
        return self._take(self._of_taker(taker, key), taker, name)

    def by_code(self, code: Secret) -> Grant:
        """Give what a code is for, used up or not."""
        for grant in self._all():
            if grant.code == code:
                return grant
        raise Refusal("share.unknown")

    def end_as_owner(self, owner: User, key: str) -> Grant:
        """Withdraw an offer, or revoke what was taken."""
        grant = self._of_owner(owner, key)
        return self._end(grant, _BY_OWNER)

    def end_as_taker(self, taker: User, key: str) -> Grant:
        """Decline an offer, or give up what was taken."""
        grant = self._of_taker(taker, key)
        return self._end(grant, _BY_TAKER)

    def change(self, owner: User, key: str, change: Callable[[Terms], Terms]) -> Grant:
        """Give a live share other terms."""
        grant = _live(self._of_owner(owner, key))
        return self._keep(attrs.evolve(grant, terms=change(grant.terms)))

    def rename(self, taker: User, key: str, name: str) -> None:
        """Name a device that one has received."""
        self._keep(attrs.evolve(_live(self._of_taker(taker, key)), name=name))

    def given(self, owner: User, device: DeviceRef) -> tuple[Grant, ...]:
        """List what somebody has given of a device."""
        return tuple(each for each in self.of_device(device) if each.owner == owner)

    def of_device(self, device: DeviceRef) -> tuple[Grant, ...]:
        """List all that was ever given of a device."""
        return tuple(each for each in self._all() if each.device == device)

    def devices_given(self, owner: User) -> tuple[DeviceRef, ...]:
        """List the devices that somebody has ever shared."""
        return tuple(dict.fromkeys(each.device for each in self._all() if each.owner == owner))

    def received(self, taker: User) -> tuple[Grant, ...]:
        """List what somebody was given, or is offered by name."""
        return tuple(each for each in self._all() if each.taker == taker)

    def of_guest(self, taker: User, device: DeviceRef) -> tuple[Grant, ...]:
        """Give what lets somebody use a device, the longest use first."""
        using = [each for each in self.received(taker) if each.device == device and each.stage == Stage.ACTIVE]
        return tuple(
            sorted(using, key=lambda each: (each.terms.use_until is not None, each.terms.use_until), reverse=False)
        )

    def guests(self, device: DeviceRef) -> int:
        """Count the people who use a device as guests."""
        return len({each.taker for each in self.of_device(device) if each.stage == Stage.ACTIVE})

    def owner_gone(self, device: DeviceRef) -> None:
        """End all that was given of a device, because its owner has it no more."""
        for grant in self.of_device(device):
            if grant.live:
                self._keep(grant.ended(self._clock.now(), Cause.OWNER_GONE))

    def _all(self) -> Iterator[Grant]:
        now = self._clock.now()
        return (each.as_of(now) for each in tuple(self._grants.values()))

    def _keep(self, grant: Grant) -> Grant:
        self._grants[grant.id] = grant
        return grant

    def _earlier(self, made: Grant) -> Iterator[Grant]:
        """Give the live shares that a new one meets: those to the same person, and open codes, which are for anyone."""
        for each in self.given(made.owner, made.device):
            open_code = each.taker is None
            if each.live and (open_code or each.taker == made.taker):
                yield each

    def _take(self, grant: Grant, taker: User, name: str | None) -> Grant:
        if grant.owner == taker:
            raise Refusal("own.share")
        if grant.accepted_at is not None:
            raise Refusal("ended.used")
        taken = _taken(_live(grant), self._clock.now())
        return self._keep(attrs.evolve(taken, taker=taker, name=name))

    def _end(self, grant: Grant, causes: dict[Stage, Cause]) -> Grant:
        cause = causes[Stage(_live(grant).stage)]
        return self._keep(grant.ended(self._clock.now(), cause))

    def _found(self, key: str) -> Grant:
        grant = self._grants.get(key)
        if grant is None:
            raise Refusal("share.unknown")
        return grant.as_of(self._clock.now())

    def _of_owner(self, owner: User, key: str) -> Grant:
        grant = self._found(key)
        if grant.owner != owner:
            raise Refusal("not.yours")
        return grant

    def _of_taker(self, taker: User, key: str) -> Grant:
        grant = self._found(key)
        if grant.taker != taker:
            raise Refusal("not.yours")
        return grant


def _live(grant: Grant) -> Grant:
    if not grant.live:
        raise Refusal(f"ended.{Cause(grant.cause or 0).name.lower()}")
    return grant


def _taken(grant: Grant, now: datetime) -> Grant:
    return attrs.evolve(grant, stage=Stage.ACTIVE, accepted_at=now, terms=grant.terms.taken(now))


def _longer(new: Terms, old: Terms) -> bool:
    """Tell whether a new share may be used longer than an old one."""
    before, after = old.last_use(), new.last_use()
    return before is not None and (after is None or after > before)
