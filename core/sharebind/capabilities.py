"""What an account can be asked for, as data: it can be listed, compared, shown and tested.

A capability is one wish, or one field of a wish. ``Operation.needs()`` names those that a wish takes, a provider's
``support`` says what it has, and ``refusal`` compares the two before anything is sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NewType

import attrs

from sharebind.durations import format_duration
from sharebind.values import Moment, words

Capability = NewType("Capability", str)
"""A name such as ``share.code.accept_by``. The set is open: adapters may add their own."""


class Level(StrEnum):
    """How far a capability goes.

    ``NATIVE`` the vendor does it; ``FIXED`` the vendor sets the value and nobody can; ``EMULATED`` the core keeps it;
    ``ABSENT`` it cannot be said; ``UNKNOWN`` undocumented: it is sent, and reported as it comes.
    """

    NATIVE = "native"
    FIXED = "fixed"
    EMULATED = "emulated"
    ABSENT = "absent"
    UNKNOWN = "unknown"


@attrs.frozen(kw_only=True)
class Support:
    """One capability of one account: how far it goes, why, and within which limits.

    ``at_least`` and ``at_most`` bound a span of time; for ``FIXED`` ``at_most`` is the longest life that the vendor
    gives, ``None`` where nobody knows. An adapter rounds times finer than ``step`` down to it, never to a
    later end, and gives the rounded one in what ``share`` returns. ``names`` are the words that a wish may use, such as
    the rights that a vendor has.
    """

    level: Level
    reason: str = ""
    at_least: timedelta | None = None
    at_most: timedelta | None = None
    step: timedelta | None = None
    names: frozenset[str] = attrs.field(default=frozenset(), converter=words)


NATIVE: Final = Support(level=Level.NATIVE)
ABSENT: Final = Support(level=Level.ABSENT, reason="this provider does not offer it")

SHARE_TO_ANYONE: Final = Capability("share.to.anyone")
SHARE_TO_USER_ID: Final = Capability("share.to.user_id")
SHARE_TO_USERNAME: Final = Capability("share.to.username")
SHARE_TO_EMAIL: Final = Capability("share.to.email")
SHARE_TO_PHONE: Final = Capability("share.to.phone")
SHARE_CODE_ACCEPT_BY: Final = Capability("share.code.accept_by")
SHARE_CODE_USE_UNTIL: Final = Capability("share.code.use_until")
SHARE_CODE_USE_FOR: Final = Capability("share.code.use_for")
SHARE_PERSON_ACCEPT_BY: Final = Capability("share.person.accept_by")
SHARE_PERSON_USE_UNTIL: Final = Capability("share.person.use_until")
SHARE_PERSON_USE_FOR: Final = Capability("share.person.use_for")
SHARE_RIGHTS: Final = Capability("share.rights")
SHARE_OVERLAP_KEEP: Final = Capability("share.overlap.keep")
SHARE_OVERLAP_REPLACE: Final = Capability("share.overlap.replace")
SHARE_OVERLAP_EXTEND: Final = Capability("share.overlap.extend")
ACCEPT_CODE: Final = Capability("accept.code")
ACCEPT_OFFER: Final = Capability("accept.offer")
ACCEPT_NAME: Final = Capability("accept.name")
INSPECT_CODE: Final = Capability("inspect.code")
END_WITHDRAW_CODE: Final = Capability("end.withdraw.code")
END_WITHDRAW_PERSON: Final = Capability("end.withdraw.person")
END_REVOKE: Final = Capability("end.revoke")
END_DECLINE: Final = Capability("end.decline")
END_LEAVE: Final = Capability("end.leave")
CHANGE_USE_UNTIL: Final = Capability("change.use_until")
CHANGE_RIGHTS: Final = Capability("change.rights")
CHANGE_TO_ENDLESS: Final = Capability("change.to_endless")
LIST_OFFERS_CODE: Final = Capability("list.offers.code")
LIST_OFFERS_PERSON: Final = Capability("list.offers.person")
LIST_GRANTS: Final = Capability("list.grants")
LIST_RECEIVED_OFFERS: Final = Capability("list.received.offers")
LIST_RECEIVED_GRANTS: Final = Capability("list.received.grants")
LIST_BINDINGS: Final = Capability("list.bindings")
LIST_SPACES: Final = Capability("list.spaces")
LIST_ROOMS: Final = Capability("list.rooms")
CREATE_SPACE: Final = Capability("create.space")
BIND_SPACE: Final = Capability("bind.space")
BIND_ROOM: Final = Capability("bind.room")
BIND_CHECK: Final = Capability("bind.check")
PAIRING: Final = Capability("pairing")
UNBIND: Final = Capability("unbind")
UNBIND_RESET: Final = Capability("unbind.reset")
RENAME_OWN: Final = Capability("rename.own")
RENAME_RECEIVED: Final = Capability("rename.received")
PLACE_HOME: Final = Capability("place.home")
PLACE_ROOM: Final = Capability("place.room")
TRANSFER_TO_USER_ID: Final = Capability("transfer.to.user_id")
TRANSFER_TO_USERNAME: Final = Capability("transfer.to.username")
TRANSFER_TO_EMAIL: Final = Capability("transfer.to.email")
TRANSFER_TO_PHONE: Final = Capability("transfer.to.phone")
FIND_BY_USER_ID: Final = Capability("find.by.user_id")
FIND_BY_USERNAME: Final = Capability("find.by.username")
FIND_BY_EMAIL: Final = Capability("find.by.email")
FIND_BY_PHONE: Final = Capability("find.by.phone")
ME: Final = Capability("me")
SIGN_OUT: Final = Capability("sign_out")

EVERY: Final = tuple(sorted(value for name, value in tuple(globals().items()) if name.isupper() and type(value) is str))
"""Every capability that the core itself knows, sorted; an account that does not name one has it not."""


_JUST_NOW: Final = timedelta(minutes=1)
"""How old a wish may be that was made from "a time from now" when it is compared with the vendor's own life."""


def bind_by(kind: str) -> Capability:
    """Name the capability to bind with one kind of proof; ``kind.name`` is that to name the device in the same call."""
    return Capability(f"bind.by.{kind}")


def support_for(support: Mapping[Capability, Support], capability: Capability) -> Support:
    """Give what an account says of a capability; what it does not name is absent."""
    return support.get(capability, ABSENT)


@attrs.frozen(slots=False)  # with slots it takes longer to make one
class Need:
    """One capability that a wish takes, with what it asks for: an end, as a moment or a span, or words by name."""

    capability: Capability
    until: Moment | None = None
    names: frozenset[str] = frozenset()

    def span(self, now: datetime) -> timedelta | None:
        """Give the time from ``now`` to that end."""
        return self.until - now if isinstance(self.until, datetime) else self.until


def refusal(
    support: Mapping[Capability, Support], needs: Iterable[Need], now: datetime
) -> tuple[Capability, str] | None:
    """Give the first need that cannot be said, with the reason, or ``None`` where all can.

    An undocumented ability (``UNKNOWN``) is let through: the vendor answers for itself.
    """
    for need in needs:
        has = support.get(need.capability, ABSENT)
        if has is NATIVE and not need.names:
            continue  # without limits or names
        reason = _why_not(has, need.span(now))
        if need.names and not reason:
            reason = _no_such_name(has, need.names)
        if reason:
            return need.capability, reason
    return None


def _no_such_name(has: Support, names: frozenset[str]) -> str:
    unknown = sorted(names - has.names)
    if not unknown or has.level is Level.UNKNOWN:
        return ""
    known = ", ".join(sorted(has.names)) or "none"
    return f"there is no {', '.join(map(repr, unknown))}; known are {known}"


def _why_not(has: Support, span: timedelta | None) -> str:
    if has.level is Level.ABSENT:
        return has.reason or "this provider does not offer it"
    if span is None:
        return ""
    if has.level is Level.FIXED:
        # The vendor's own life is fine when it is surely over by the time that was asked for.
        if has.at_most is None:
            return f"the vendor sets it and does not say how long; {has.reason}".rstrip("; ")
        if has.at_most > span + _JUST_NOW:
            return f"the vendor sets it, and up to {format_duration(has.at_most)}, which is longer than asked"
        return ""
    if has.at_least is not None and span < has.at_least:
        return f"the shortest is {format_duration(has.at_least)}"
    if has.at_most is not None and span > has.at_most:
        return f"the longest is {format_duration(has.at_most)}"
    return ""
