"""Reading what the reference cloud sends, and writing what it is sent: pure functions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final, TypeVar

import attrs

from sharebind.provider import (
    Binding,
    ChangeShare,
    CodeOffer,
    EndReason,
    Gap,
    MalformedReplyError,
    Page,
    Person,
    Role,
    Secret,
    Share,
    ShareDevice,
    ShareRef,
    Side,
    Space,
    State,
    Unchanged,
    Via,
    malformed,
)
from sharebind.testing.reference.codes import PROVIDER
from sharebind.testing.reference.records import Cause, Grant, Holding, Home, Stage, Standing, Terms, User
from sharebind.testing.reference.world import PAGE, Sheet

S = TypeVar("S")
T = TypeVar("T")

_STATES: Final[dict[int, State]] = {
    Stage.OFFERED: State.OFFERED,
    Stage.ACTIVE: State.ACTIVE,
    Stage.ENDED: State.ENDED,
}
_REASONS: Final[dict[int, EndReason]] = {cause: EndReason(cause.name.lower()) for cause in Cause}
_ROLES: Final[dict[int, Role]] = {
    Standing.OWNER: Role.OWNER,
    Standing.MEMBER: Role.MEMBER,
    Standing.GUEST: Role.GUEST,
}
STANDINGS: Final[dict[Role, Standing]] = {role: Standing(number) for number, role in _ROLES.items()}


def terms_of(op: ShareDevice) -> Terms:
    """Write the terms of a wish."""
    return Terms(accept_by=op.accept_by, use_until=op.use_until, use_for=op.use_for, rights=op.rights or frozenset())


def changed(terms: Terms, op: ChangeShare) -> Terms:
    """Write terms anew; without an end the use has none, however it was bounded before."""
    if isinstance(op.rights, frozenset):
        terms = attrs.evolve(terms, rights=op.rights)
    if isinstance(op.use_until, Unchanged):
        return terms
    return attrs.evolve(terms, use_until=op.use_until, use_for=None if op.use_until is None else terms.use_for)


def share_of(grant: Grant, side: Side, now: datetime) -> Share:
    """Read a share as one of its sides sees it; a code shows only while somebody may still redeem it."""
    state = _STATES.get(grant.stage, State.UNKNOWN)
    ended = state is State.ENDED
    facts: dict[str, Any] = {
        "ref": ref_of(grant, side),
        "state": state,
        "end_reason": _REASONS.get(grant.cause or 0, EndReason.UNKNOWN) if ended else None,
        "accept_by": grant.terms.accept_by,
        "use_until": grant.terms.use_until,
        "use_for": grant.terms.use_for,
        "created_at": grant.created_at,
        "accepted_at": grant.accepted_at,
        "ended_at": grant.ended_at,
        "rights": grant.terms.rights,
        "seen_at": now,
    }
    if side is Side.RECIPIENT:
        return Share(**facts, name=grant.name, owner=person_of(grant.owner))
    recipient = person_of(grant.taker) if grant.taker is not None else None
    if grant.code is not None and state is State.OFFERED:
        return CodeOffer(**facts, code=grant.code)
    return Share(**facts, recipient=recipient)


def ref_of(grant: Grant, side: Side) -> ShareRef:
    """Give the handle of a share; the cloud knows it by its id, and the code is another secret."""
    via = Via.PERSON if grant.code is None else Via.CODE
    return ShareRef(provider=PROVIDER, side=side, via=via, device=grant.device, key=Secret(grant.id))


def role_of(holding: Holding) -> Role:
    """Read what somebody is to a device; a number that nobody knows is never taken for the owner's.

    Raises:
        MalformedReplyError: nobody knows the number.

    """
    role = _ROLES.get(holding.role)
    if role is None:
        raise malformed(f"held[{holding.device.ref}].role", "a known number", holding.role)
    return role


def binding_of(holding: Holding) -> Binding:
    """Read a device that somebody holds.

    Raises:
        MalformedReplyError: nobody knows the number of the role.

    """
    device, share, role = holding.device, holding.share, role_of(holding)
    if share is None:
        return Binding(
            device=device.ref,
            role=role,
            name=device.name,
            space=Space(device.home, room=device.room) if device.home is not None else None,
            verified=True,
            bound_at=device.bound_at,
        )
    return Binding(
        device=device.ref,
        role=role,
        name=share.name or device.name,
        verified=True,
        bound_at=share.accepted_at,
        share=ref_of(share, Side.RECIPIENT),
        owner=person_of(share.owner),
        use_until=share.terms.use_until,
    )


def person_of(user: User) -> Person:
    """Read a person as others see them, whatever they were found by."""
    return Person(user_id=user.id, username=user.username)


def self_of(user: User) -> Person:
    """Read the account's own person."""
    return Person(user_id=user.id, username=user.username, email=user.email, phone=user.phone)


def spaces_of(home: Home, *, rooms: bool) -> tuple[Space, ...]:
    """Read a home, with its rooms after it where they were asked for."""
    inside = [Space(home.id, room=room, name=name) for room, name in home.rooms.items()] if rooms else []
    return (Space(home.id, name=home.name), *inside)


def page_of(sheet: Sheet[S], read: Callable[[S], T]) -> Page[T]:
    """Read a page of a list; an entry that cannot be read is a gap."""
    items: list[T] = []
    gaps: list[Gap] = []
    for entry in sheet.entries:
        try:
            items.append(read(entry))
        except MalformedReplyError as error:
            gaps.append(Gap(where=error.path, why=str(error)))
    return Page(items=tuple(items), size=len(sheet.entries), full=PAGE, total=sheet.total, gaps=tuple(gaps))
