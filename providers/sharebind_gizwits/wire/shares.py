"""Shares as Gizwits answers them: what a call has just made, and what its lists say."""

from __future__ import annotations

from datetime import datetime, timedelta

import attrs

from sharebind.provider import (
    CodeOffer,
    DeviceRef,
    Email,
    EndReason,
    Evidence,
    Fields,
    InvalidRequestError,
    Person,
    Phone,
    Preview,
    Raw,
    Recipient,
    Secret,
    Share,
    ShareDevice,
    ShareRef,
    Side,
    State,
    UserId,
    Username,
    Via,
)
from sharebind_gizwits import keys
from sharebind_gizwits.keys import Made
from sharebind_gizwits.support import CODE_LIFE, INVITE_LIFE
from sharebind_gizwits.wire import requests
from sharebind_gizwits.wire.devices import received_ref
from sharebind_gizwits.wire.envelope import PROVIDER
from sharebind_gizwits.wire.records import Guest, Record
from sharebind_gizwits.wire.requests import ACCEPTED, CANCELLED, DECLINED, PENDING, plain_code

_STATES = {PENDING: State.OFFERED, ACCEPTED: State.ACTIVE, DECLINED: State.ENDED, CANCELLED: State.ENDED}


def bare(device: DeviceRef) -> DeviceRef:
    """Give a device without its product, which is how this vendor's shares name it.

    Raises:
        InvalidRequestError: it cannot be named so.

    """
    if "/" in device.device:
        raise InvalidRequestError("a device's id holds no '/' here, so this one is none; nothing was sent")
    return DeviceRef(device.device) if device.product else device


def code_in(content: Fields) -> Secret:
    """Read the code that create_share has made (quirk ``qr_content_is_a_query_string``)."""
    return plain_code(Secret(content.need("qr_content")))


def id_in(content: Fields) -> Secret:
    """Read the id of the invitation that create_share has made (quirk ``id_changes_type``)."""
    return Secret(content.need("id"))


def owner_ref(via: Via, device: DeviceRef, key: Secret) -> ShareRef:
    """Make the handle of a share that was given."""
    return ShareRef(provider=PROVIDER, side=Side.OWNER, via=via, device=bare(device), key=key)


def code_offer(op: ShareDevice, made: Made, now: datetime) -> CodeOffer:
    """Make the offer that create_share has just confirmed; its life is documented, and the answer tells none."""
    return CodeOffer(
        ref=owner_ref(Via.CODE, op.device, made.key()),
        state=State.OFFERED,
        code=made.code,
        accept_by=now + CODE_LIFE,
        use_for=_use(op),
        created_at=now,
        evidence=Evidence.ASSUMED,
        seen_at=now,
    )


def invitation(op: ShareDevice, key: Secret, now: datetime) -> Share:
    """Make the invitation that create_share has just confirmed."""
    return Share(
        ref=owner_ref(Via.PERSON, op.device, key),
        state=State.OFFERED,
        recipient=_asked(op.to),
        accept_by=now + INVITE_LIFE,
        use_for=_use(op),
        created_at=now,
        evidence=Evidence.ASSUMED,
        seen_at=now,
    )


def accepted(ref: ShareRef, now: datetime, *, name: str | None = None, raw: Raw | None = None) -> Share:
    """Make the received share that an acceptance has just confirmed."""
    return Share(
        ref=ref,
        state=State.ACTIVE,
        name=name,
        accepted_at=now,
        evidence=Evidence.ASSUMED,
        seen_at=now,
        raw=raw or Raw(),
    )


def recorded(record: Record, side: Side, now: datetime, *, over: EndReason | None = None) -> Share:
    """Read a share of list_shares; ``over`` says that it has ended, whatever its status.

    A number that is not known leaves the state unknown. One number stands for both ends by the owner (quirk
    ``cancelled_is_ambiguous``), and none for an offer whose time is up (quirk ``expiry_is_not_a_status``).
    """
    state = _STATES.get(record.status, State.UNKNOWN) if record.status is not None else State.UNKNOWN
    reason: EndReason | None = None
    if state is State.ENDED:
        reason = EndReason.DECLINED if record.status == DECLINED else EndReason.UNKNOWN
    elif over is not None:
        state, reason = State.ENDED, over
    via = Via.CODE if record.by_code else Via.PERSON if record.to_person else Via.UNKNOWN
    share = Share(
        ref=ShareRef(provider=PROVIDER, side=side, via=via, device=record.device, key=Secret(record.id)),
        state=state,
        name=record.name,
        end_reason=reason,
        recipient=record.person if side is Side.OWNER else None,
        owner=record.person if side is Side.RECIPIENT else None,
        accept_by=_last_moment(record) if state is State.OFFERED else None,
        created_at=record.created_at,
        raw=record.raw,
    )
    return share.as_of(now)


def unclear(record: Record, side: Side, now: datetime) -> Share:
    """Give a share that was accepted, where who has the device does not tell whether it works still."""
    return attrs.evolve(recorded(record, side, now), state=State.UNKNOWN)


def granted(record: Record, guest: Guest, now: datetime) -> Share:
    """Give the live share of a guest whom a record tells: by id where a person was invited, else by the guest."""
    by_id = record.to_person
    return Share(
        ref=owner_ref(
            Via.PERSON if by_id else Via.CODE, record.device, Secret(record.id) if by_id else keys.guest(guest.user_id)
        ),
        state=State.ACTIVE,
        name=record.name,
        recipient=record.person,
        created_at=record.created_at,
        accepted_at=guest.since,
        seen_at=now,
        raw=record.raw,
    )


def untold(device: DeviceRef, guest: Guest, now: datetime) -> Share:
    """Give the live share of a guest whom no record tells: by a code, or a user from before sharing began."""
    return Share(
        ref=owner_ref(Via.UNKNOWN, device, keys.guest(guest.user_id)),
        state=State.ACTIVE,
        recipient=guest.person,
        accepted_at=guest.since,
        seen_at=now,
        raw=guest.raw,
    )


def received(device: DeviceRef, name: str | None, record: Record | None, raw: Raw, now: datetime) -> Share:
    """Give a received share that works, with what its record tells where there is one."""
    via = Via.UNKNOWN
    if record is not None:
        via = Via.CODE if record.by_code else Via.PERSON if record.to_person else Via.UNKNOWN
    return Share(
        ref=received_ref(device, via),
        state=State.ACTIVE,
        name=name,
        owner=None if record is None else record.person,
        created_at=None if record is None else record.created_at,
        seen_at=now,
        raw=raw if record is None else record.raw,
    )


def preview_in(content: Fields, now: datetime) -> Preview:
    """Read inspect_share_code, which names no device; the owner's name is masked."""
    owner = content.said("owner")
    accept_by = content.iso("expired_at")
    over = accept_by is not None and accept_by <= now
    return Preview(
        name=content.said("dev_alias") or content.said("product_name"),
        owner=Person(label=owner) if owner else None,
        state=State.ENDED if over else State.OFFERED,
        accept_by=accept_by,
        raw=Raw(content.body),
    )


def _last_moment(record: Record) -> datetime | None:
    if record.expired_at is not None or record.created_at is None:
        return record.expired_at
    return record.created_at + (CODE_LIFE if record.by_code else INVITE_LIFE)


def _use(op: ShareDevice) -> timedelta | None:
    """Give the time of use as it was sent; no list tells it again."""
    minutes = requests.duration(op)
    return None if minutes is None else timedelta(minutes=minutes)


def _asked(to: Recipient) -> Person | None:
    match to:
        case UserId(value=value):
            return Person(user_id=value)
        case Username(value=value):
            return Person(username=value)
        case Email(value=value):
            return Person(email=value)
        case Phone():
            return Person(phone=to)
        case _:
            return None
