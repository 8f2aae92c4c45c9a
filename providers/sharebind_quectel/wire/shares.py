"""Shares as Quectel answers them: what a call has just made, and what the owner's list says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import attrs

from sharebind.provider import (
    Batch,
    CodeOffer,
    DeviceRef,
    Email,
    Evidence,
    Fields,
    Person,
    Phone,
    Raw,
    Recipient,
    Secret,
    Share,
    ShareDevice,
    ShareRef,
    Side,
    State,
    UserId,
    Via,
)
from sharebind_quectel.lookup import lookup, plain_code, taker_key
from sharebind_quectel.wire.envelope import PROVIDER


def code_in(data: object) -> Secret | None:
    """Read what shareByUid answers: by its type a share code, but what it means is not documented."""
    return Secret(data) if isinstance(data, str) and data else None


def new_code(data: object) -> Secret:
    """Read the share code that shareInfo answers."""
    return Secret(Fields({"data": data}).need("data"))


def ref(side: Side, via: Via, device: DeviceRef, key: Secret) -> ShareRef:
    """Make the handle of a share; its key is the share code, whichever side holds it."""
    return ShareRef(provider=PROVIDER, side=side, via=via, device=device, key=key)


def offer(op: ShareDevice, code: Secret, accept_by: datetime, now: datetime) -> CodeOffer:
    """Make the offer that shareInfo has just confirmed. What it says of the terms is what we sent."""
    return CodeOffer(
        ref=ref(Side.OWNER, Via.CODE, op.device, code),
        state=State.OFFERED,
        code=code,
        accept_by=floored(accept_by),
        use_until=None if op.use_until is None else floored(op.use_until),
        created_at=now,
        evidence=Evidence.ASSUMED,
        seen_at=now,
    )


def invitation(
    op: ShareDevice, code: Secret | None, since: datetime, now: datetime, before: Iterable[Share] = ()
) -> Share:
    """Make the share that shareByUid has just confirmed; whether it must be accepted is not documented."""
    return Share(
        ref=ref(Side.OWNER, Via.PERSON, op.device, lookup(op.to, since, now, code, before).key()),
        state=State.UNKNOWN,
        recipient=_asked(op.to),
        use_until=None if op.use_until is None else floored(op.use_until),
        created_at=now,
        evidence=Evidence.ASSUMED,
        seen_at=now,
    )


def changed(given: ShareRef, use_until: datetime, now: datetime) -> Share:
    """Make the share whose end setShareTime has just confirmed; whether it was taken is not answered."""
    return Share(ref=given, state=State.UNKNOWN, use_until=floored(use_until), evidence=Evidence.ASSUMED, seen_at=now)


def shares_given(data: object, device: DeviceRef, now: datetime) -> Batch[Share]:
    """Read deviceShareUserList. ``shareStatus`` has no documented values: the state comes from the times."""
    read, gaps = Fields({"data": data}, "$").each_as(lambda entry: _share_given(entry, device, now), "data")
    shared = Counter(share.ref.key for share in read if share.state is not State.ENDED)
    return Batch(tuple(_one_of(share) if shared[share.ref.key] > 1 else share for share in read), gaps)


def _one_of(share: Share) -> Share:
    """Tell one of several takers of a code apart from the others."""
    who = share.recipient.user_id if share.recipient is not None else None
    if who is None or share.state is State.ENDED:
        return share
    return attrs.evolve(share, ref=attrs.evolve(share.ref, key=taker_key(share.ref.key, who)))


def has_code(share: Share, code: Secret) -> bool:
    """Tell whether a listed share has that code, alone or with others."""
    return plain_code(share.ref.key) == code


def _share_given(entry: Fields, device: DeviceRef, now: datetime) -> Share:
    info = entry.child("shareInfo") or Fields({}, f"{entry.path}.shareInfo")
    code = Secret(info.need("shareCode"))
    recipient = person_in(entry.child("userInfo"), info.text("shareUid"))
    accept_by, accepted_at = info.millis("acceptingExpireAtTs"), _twin(info, "acceptTime")
    ended_at = info.millis("deleteTimeTs")
    if ended_at is not None and (ended_at == accepted_at or ended_at > now):
        # One page describes this field as the time of acceptance (quirk page_mistakes).
        ended_at = None
    state = State.UNKNOWN
    if ended_at is not None:
        state = State.ENDED
    elif accepted_at is not None:
        state = State.ACTIVE
    elif accept_by is not None and (recipient is None or recipient.user_id is None):
        state = State.OFFERED
    facts: dict[str, Any] = {
        "ref": ref(Side.OWNER, Via.CODE if accept_by is not None else Via.UNKNOWN, device, code),
        "state": state,
        "name": info.text("deviceName"),
        "recipient": recipient,
        "accept_by": accept_by,
        "accepted_at": accepted_at,
        "use_until": info.millis("sharingExpireAtTs", "sharingExpireTimeTs"),
        "created_at": _twin(info, "shareTime"),
        "ended_at": ended_at,
        "raw": Raw(entry.body),
    }
    share = CodeOffer(code=code, **facts) if state is State.OFFERED else Share(**facts)
    return share.as_of(now)


def _twin(info: Fields, name: str) -> datetime | None:
    """Read a time by its epoch twin, else by the field itself where that is a number and no local date."""
    moment = info.millis(f"{name}Ts")
    return info.millis(name) if moment is None and (info.text(name) or "").isdigit() else moment


def person_in(user: Fields | None, uid: str | None) -> Person | None:
    """Read who a user object is; a phone number comes without its country, so it is for people only."""
    if user is None:
        return Person(user_id=uid) if uid else None
    phone, nick = user.text("phone"), user.text("nikeName")
    label = " ".join(part for part in (nick, phone) if part) or None
    user_id, email = user.text("uid") or uid, user.text("email")
    return Person(user_id=user_id, email=email, label=label) if user_id or email or label else None


def _asked(to: Recipient) -> Person | None:
    match to:
        case UserId(value=value):
            return Person(user_id=value)
        case Email(value=value):
            return Person(email=value)
        case Phone():
            return Person(phone=to)
        case _:
            return None


def floored(moment: datetime) -> datetime:
    """Round down to whole milliseconds, the vendor's unit: an end is never later than asked."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
