"""What Tencent answers about shares: codes, invitations, grants, and the inbox that tells of them."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import attrs

from sharebind.provider import (
    CodeOffer,
    DeviceRef,
    Evidence,
    Fields,
    Gap,
    Page,
    Person,
    Preview,
    Raw,
    Secret,
    Share,
    ShareDevice,
    ShareRef,
    Side,
    State,
    Via,
    malformed,
)
from sharebind_tencent.wire import limits
from sharebind_tencent.wire.envelope import PROVIDER, device_in, holding, page_of

_INVITATION: Final = 301
_NOTHING_TOLD: Final = Preview()


def token_in(content: Fields) -> Secret:
    """Read AppCreateShareDeviceToken."""
    return Secret(holding(content, "ShareDeviceToken").need("ShareDeviceToken"))


def ref(side: Side, via: Via, device: DeviceRef, key: Secret) -> ShareRef:
    """Make the handle of a share: the token of an offer by code, the user id of a person, the device when received."""
    return ShareRef(provider=PROVIDER, side=side, via=via, device=device, key=key)


def code_offer(op: ShareDevice, token: Secret, now: datetime, told: Preview = _NOTHING_TOLD) -> CodeOffer:
    """Make the offer that AppCreateShareDeviceToken has just confirmed; when it ends is read afterwards."""
    return CodeOffer(
        ref=ref(Side.OWNER, Via.CODE, op.device, token),
        state=State.OFFERED,
        name=told.name,
        code=token,
        accept_by=told.accept_by,
        created_at=now,
        evidence=Evidence.ASSUMED,
        seen_at=now,
        raw=told.raw,
    )


def invitation(op: ShareDevice, to: Person, user_id: str, now: datetime) -> Share:
    """Make the share that AppSendShareDeviceInvite has just confirmed (quirk ``invite_returns_nothing``)."""
    return Share(
        ref=ref(Side.OWNER, Via.PERSON, op.device, Secret(user_id)),
        state=State.OFFERED,
        recipient=to,
        created_at=now,
        evidence=Evidence.ASSUMED,
        seen_at=now,
    )


@attrs.frozen(kw_only=True)
class Described:
    """What the vendor says of a code: the device it is for, and when it was redeemed, if it was."""

    device: DeviceRef
    taken: bool
    taken_at: datetime | None
    preview: Preview


def described_in(content: Fields, now: datetime) -> Described:
    """Read AppDescribeShareDeviceToken.

    ExpireTime is a moment (quirk ``expire_time_is_a_moment``), and it alone tells how long a code lives
    (``token_ttl_conflict``). The vendor describes dead codes no more (state_map.expired): where an untaken one is past
    its time, it is the clock that says so, for ``Preview.state`` alone.
    """
    holder = holding(content, "ShareDeviceTokenInfo")
    info = holder.child("ShareDeviceTokenInfo") or Fields({}, f"{holder.path}.ShareDeviceTokenInfo", fold=True)
    device = device_in(info)
    accept_by, taker, taken_at = info.seconds("ExpireTime"), info.text("UserID"), info.seconds("BindTime")
    taken = taker is not None or taken_at is not None
    state = State.ACTIVE if taken else State.OFFERED
    if state is State.OFFERED and accept_by is not None and accept_by <= now:
        state = State.ENDED
    owner, owner_nick = info.text("FromUserID"), info.text("FromUserNick")
    preview = Preview(
        device=device,
        name=info.text("AliasName"),
        owner=Person(user_id=owner, label=owner_nick) if owner or owner_nick else None,
        recipient=Person(user_id=taker, label=info.text("UserNick")) if taker else None,
        state=state,
        accept_by=accept_by,
        raw=Raw(info.body),
    )
    return Described(device=device, taken=taken, taken_at=taken_at, preview=preview)


def preview_in(content: Fields, now: datetime) -> Preview:
    """Read the same, for whoever holds the code."""
    return described_in(content, now).preview


def received_offer(described: Described, token: Secret, now: datetime) -> Share | None:
    """Make a received offer from the token of an invitation; ``None`` where it was taken.

    One that is past its time is the vendor's offer all the same, until a clock is asked (``Share.as_of``).
    """
    if described.taken:
        return None
    preview = described.preview
    return CodeOffer(
        ref=ref(Side.RECIPIENT, Via.PERSON, described.device, token),
        state=State.OFFERED,
        code=token,
        name=preview.name,
        owner=preview.owner,
        accept_by=preview.accept_by,
        seen_at=now,
        raw=preview.raw,
    )


def grant(described: Described, now: datetime) -> Share:
    """Make the grant that AppBindUserShareDevice has just confirmed, as AppListUserShareDevices will show it."""
    return Share(
        ref=ref(Side.RECIPIENT, Via.UNKNOWN, described.device, Secret(str(described.device))),
        state=State.ACTIVE,
        name=described.preview.name,
        owner=described.preview.owner,
        accepted_at=now,
        evidence=Evidence.ASSUMED,
        seen_at=now,
    )


def given_in(content: Fields, device: DeviceRef) -> Page[Share]:
    """Read a page of AppListShareDeviceUsers, which holds grants only."""
    return page_of(content, "Users", lambda user: _given(user, device), limits.SHARE_PAGE)


def _given(user: Fields, device: DeviceRef) -> Share:
    user_id = user.need("UserID")
    nick, country, phone = user.text("NickName"), user.text("CountryCode"), user.text("PhoneNumber")
    # The phone is masked, so it is for people only.
    shown = " ".join(part for part in (nick, f"+{country} {phone}" if country and phone else phone) if part)
    return Share(
        ref=ref(Side.OWNER, Via.UNKNOWN, device, Secret(user_id)),
        state=State.ACTIVE,
        recipient=Person(user_id=user_id, label=shown or None),
        accepted_at=user.seconds("BindTime"),
        raw=Raw(user.body),
    )


def received_in(content: Fields) -> Page[Share]:
    """Read a page of AppListUserShareDevices; its CreateTime is RFC 3339 (quirk ``three_clocks``)."""
    return page_of(content, "ShareDevices", _received, limits.SHARE_PAGE)


def _received(item: Fields) -> Share:
    device = device_in(item)
    owner = item.text("FromUserID")
    return Share(
        ref=ref(Side.RECIPIENT, Via.UNKNOWN, device, Secret(str(device))),
        state=State.ACTIVE,
        name=item.text("AliasName"),
        owner=Person(user_id=owner) if owner else None,
        accepted_at=item.iso("CreateTime"),
        raw=Raw(item.body),
    )


@attrs.frozen(kw_only=True)
class Inbox:
    """A page of the inbox: its messages by id with their tokens, and the times in order.

    ``more`` tells whether another page follows, ``after`` is its key, ``None`` where no message gives one.
    """

    messages: tuple[tuple[str, Secret | None], ...]
    more: bool
    after: tuple[str, int] | None
    times: tuple[datetime, ...]
    gaps: tuple[Gap, ...]


def inbox_in(content: Fields) -> Inbox:
    """Read a page of AppGetMessages.

    Only message 301 is a device share; 204 carries a token of the same name for another call
    (quirk ``two_invitation_tokens``). Msgs may be absent, and Listover is a text by the page's table (contract:
    AppGetMessages.response); without it a full page is followed by another.
    """
    holder, over = holding(content, "Msgs"), holding(content, "Listover").flag("Listover")
    if over is None and holder.get("Msgs") is None:
        raise malformed(f"{holder.path}.Msgs", "a list", None)
    messages, gaps = holder.each_as(_message, "Msgs")
    return Inbox(
        messages=tuple((key[0], token) for token, key, _ in messages),
        more=not over if over is not None else len(messages) + len(gaps) >= limits.MESSAGE_PAGE,
        after=messages[-1][1] if messages else None,
        times=tuple(at for _, _, at in messages if at is not None),
        gaps=gaps,
    )


def _message(message: Fields) -> tuple[Secret | None, tuple[str, int], datetime | None]:
    token: Secret | None = None
    if message.number("MsgType") == _INVITATION:
        attachments = message.child("Attachments")
        token = attachments.secret("ShareToken") if attachments is not None else None
    key = message.need("MsgID"), message.number("MsgTimestamp") or 0
    return token, key, message.millis("MsgTimestamp")
