"""Tencent's calls and answers as pure functions: an operation becomes an ``HttpCall``, a reply becomes values.

Names, places and units are those of ``docs/contracts/tencent.yaml``; each function names its action. Every call is a
POST, reads too, with the action and the token in the body. Names are read without regard to letter case (quirk
``id_letter_case``) and results are looked for at the top, in ``Data`` and in ``data`` (``result_in_data_or_not``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final, TypeVar

import attrs

from sharebind.provider import (
    Binding,
    CodeOffer,
    Context,
    DeviceRef,
    Evidence,
    Fields,
    Gap,
    HttpCall,
    MalformedReplyError,
    Page,
    Person,
    Preview,
    Raw,
    Reply,
    Role,
    Secret,
    Share,
    ShareDevice,
    ShareRef,
    Side,
    Space,
    State,
    UserId,
    Via,
    an_object,
    malformed,
    unreadable,
)
from sharebind_tencent.codes import CODES

T = TypeVar("T")

PROVIDER: Final = "tencent"
SHARE_PAGE: Final = 100
SHARE_OFFSET_LIMIT: Final = 500
"""The largest offset that the share lists take (contract: limits.share_offset)."""
HOME_PAGE: Final = 50
DEVICE_PAGE: Final = 50
MESSAGE_PAGE: Final = 100
INBOX_DAYS: Final = timedelta(days=7)
"""How far back an invitation is looked for: no token is known to live longer."""

_PATH: Final = "/api/exploreropen/tokenapi"
_NOTIFICATIONS: Final = 3
_INVITATION: Final = 301
_ADMIN: Final = 1
_NESTED: Final = re.compile(r"([A-Za-z]+(?:\.[A-Za-z]+)+)\|")


# ---------------------------------------------------------------------------------------------------------- requests


def create_share_device_token(op: ShareDevice, family: str) -> HttpCall:
    """AppCreateShareDeviceToken: a code. FamilyId is required on the page, though its own sample lacks it."""
    fields = {"FamilyId": family, **_pair(op.device), **op.extra}
    return _call("AppCreateShareDeviceToken", fields, changes=True)


def describe_share_device_token(token: Secret) -> HttpCall:
    """AppDescribeShareDeviceToken: what a code is for, and whether it was used."""
    return _call("AppDescribeShareDeviceToken", {"ShareDeviceToken": token}, changes=False)


def send_share_device_invite(op: ShareDevice, to: UserId) -> HttpCall:
    """AppSendShareDeviceInvite: an invitation to a user id; it answers nothing but OK."""
    home = {} if op.space is None else {"FamilyId": op.space.id}
    return _call("AppSendShareDeviceInvite", _pair(op.device) | {"ToUserID": to.value} | home, changes=True)


def bind_user_share_device(token: Secret, device: DeviceRef) -> HttpCall:
    """AppBindUserShareDevice: accept. It wants the device beside the token (quirk ``accept_needs_the_device``)."""
    return _call("AppBindUserShareDevice", {"ShareDeviceToken": token} | _pair(device), changes=True)


def list_share_device_users(device: DeviceRef, offset: int) -> HttpCall:
    """AppListShareDeviceUsers: who has access to one device."""
    return _call("AppListShareDeviceUsers", _pair(device) | {"Offset": offset, "Limit": SHARE_PAGE}, changes=False)


def list_user_share_devices(offset: int) -> HttpCall:
    """AppListUserShareDevices: what was shared *with* the caller (quirk ``list_title_misleads``)."""
    return _call("AppListUserShareDevices", {"Offset": offset, "Limit": SHARE_PAGE}, changes=False)


def remove_share_device_user(device: DeviceRef, user_id: str) -> HttpCall:
    """AppRemoveShareDeviceUser: the owner ends one person's access."""
    return _call("AppRemoveShareDeviceUser", _pair(device) | {"RemoveUserID": user_id}, changes=True)


def remove_user_share_device(device: DeviceRef) -> HttpCall:
    """AppRemoveUserShareDevice: the recipient gives a device back."""
    return _call("AppRemoveUserShareDevice", _pair(device), changes=True)


def get_messages(after: tuple[str, int] | None) -> HttpCall:
    """AppGetMessages: notifications, newest first, paged by the last message that was read."""
    key = {} if after is None else {"MsgID": after[0], "MsgTimestamp": after[1]}
    return _call("AppGetMessages", {"Category": _NOTIFICATIONS, "Limit": MESSAGE_PAGE} | key, changes=False)


def secure_add_device_in_family(signature: Secret, space: Space) -> HttpCall:
    """AppSecureAddDeviceInFamily: bind by the signature in the device's code."""
    room = {} if space.room is None else {"RoomId": space.room}
    fields = {"FamilyId": space.id, "DeviceSignature": signature}
    return _call("AppSecureAddDeviceInFamily", fields | room, changes=True)


def delete_device_in_family(device: DeviceRef, space: Space) -> HttpCall:
    """AppDeleteDeviceInFamily: unbind. RoomId is required on paper only; it goes along where it is known."""
    room = {} if space.room is None else {"RoomId": space.room}
    return _call("AppDeleteDeviceInFamily", {"FamilyId": space.id} | _pair(device) | room, changes=True)


def get_family_list(offset: int) -> HttpCall:
    """AppGetFamilyList: the caller's homes."""
    return _call("AppGetFamilyList", {"Offset": offset, "Limit": HOME_PAGE}, changes=False)


def get_family_device_list(family: str, offset: int) -> HttpCall:
    """AppGetFamilyDeviceList: the devices of one home; an empty RoomId means every room."""
    fields = {"FamilyId": family, "RoomId": "", "Offset": offset, "Limit": DEVICE_PAGE}
    return _call("AppGetFamilyDeviceList", fields, changes=False)


def get_user() -> HttpCall:
    """AppGetUser: who the caller is."""
    return _call("AppGetUser", {}, changes=False)


def _call(action: str, fields: Mapping[str, object], *, changes: bool) -> HttpCall:
    return HttpCall(name=action, method="POST", path=_PATH, body={"Action": action, **fields}, changes=changes)


def _pair(device: DeviceRef) -> dict[str, object]:
    """Name a device by the documented pair (quirk ``device_id_replaces_pair``)."""
    return {"ProductId": device.product, "DeviceName": device.device}


# ----------------------------------------------------------------------------------------------------------- answers


def result_of(reply: Reply, call: HttpCall, ctx: Context) -> Fields:
    """Open either envelope (quirk ``two_envelopes``), or raise what the code means."""
    body = an_object(reply.body)
    content = _content(body) if body is not None else None
    if body is None or content is None:
        raise unreadable(PROVIDER, call=call, ctx=ctx, reply=reply)
    try:
        code, message = _failure(Fields(body), content)
    except MalformedReplyError as error:
        raise unreadable(PROVIDER, call=call, ctx=ctx, reply=reply, path=error.path) from None
    if code is not None:
        request_id = content.said("RequestId")
        raise CODES.refusal(code, call=call, ctx=ctx, message=message, reply=reply, request_id=request_id)
    if call.changes and content.get("Status") not in (None, "OK"):
        raise unreadable(PROVIDER, call=call, ctx=ctx, reply=reply, path="$.Status")
    return content


def _content(body: Mapping[str, object]) -> Fields | None:
    """Find what an answer says: in ``Response``, or beside a ``code``, in ``data`` or around it.

    What has neither is no answer of this vendor's, whatever its form: a gateway's error page is JSON too.
    """
    response = an_object(body.get("Response"))
    if response:
        return Fields(response, "$.Response", fold=True)
    if body.get("code") is None and body.get("Error") is None:
        return None
    data = body.get("data")
    inner = an_object(data)
    if inner is not None:
        return Fields(inner, "$.data", fold=True)
    return Fields({} if data is not None else body, fold=True)


def _failure(envelope: Fields, content: Fields) -> tuple[str | None, str | None]:
    """Find the real code: inside ``Error``, or before a bar in its message (``nested_error_code``), or outside."""
    error = content.child("Error") or envelope.child("Error")
    if error is not None:
        code, message = error.need("Code"), error.said("Message")
        nested = _NESTED.match(message or "") if code == "InternalError" else None
        return (nested.group(1) if nested else code), message
    outer = envelope.number("code")
    return (None, None) if outer in (None, 0) else (str(outer), envelope.said("msg"))


def _holding(content: Fields, name: str) -> Fields:
    """Give the object that holds a field: the content itself, or what is in its ``Data``."""
    if content.get(name) is not None:
        return content
    inner = an_object(content.get("Data"))
    return Fields(inner, f"{content.path}.Data", fold=True) if inner is not None else content


def token_in(content: Fields) -> Secret:
    """Read AppCreateShareDeviceToken."""
    return Secret(_holding(content, "ShareDeviceToken").need("ShareDeviceToken"))


def ref(side: Side, via: Via, device: DeviceRef, key: Secret) -> ShareRef:
    """Make the handle of a share: the token of an offer by code, the user id of a person, the device when received."""
    return ShareRef(provider=PROVIDER, side=side, via=via, device=device, key=key)


def code_offer(op: ShareDevice, token: Secret, now: datetime) -> CodeOffer:
    """Make the offer that AppCreateShareDeviceToken has just confirmed; when it ends is read afterwards."""
    return CodeOffer(
        ref=ref(Side.OWNER, Via.CODE, op.device, token),
        state=State.OFFERED,
        code=token,
        created_at=now,
        evidence=Evidence.ASSUMED,
        seen_at=now,
    )


def invitation(op: ShareDevice, to: UserId, now: datetime) -> Share:
    """Make the share that AppSendShareDeviceInvite has just confirmed (quirk ``invite_returns_nothing``)."""
    return Share(
        ref=ref(Side.OWNER, Via.PERSON, op.device, Secret(to.value)),
        state=State.OFFERED,
        recipient=Person(user_id=to.value),
        created_at=now,
        evidence=Evidence.ASSUMED,
        seen_at=now,
    )


def preview_in(content: Fields, now: datetime) -> Preview:
    """Read AppDescribeShareDeviceToken; ExpireTime is a moment (quirk ``expire_time_is_a_moment``)."""
    holder = _holding(content, "ShareDeviceTokenInfo")
    info = holder.child("ShareDeviceTokenInfo") or Fields({}, f"{holder.path}.ShareDeviceTokenInfo", fold=True)
    accept_by, taker = info.seconds("ExpireTime"), info.text("UserID")
    state = State.ACTIVE if taker else State.OFFERED
    if state is State.OFFERED and accept_by is not None and accept_by <= now:
        state = State.ENDED
    owner, owner_nick = info.text("FromUserID"), info.text("FromUserNick")
    return Preview(
        device=DeviceRef(info.need("DeviceName", "DeviecName"), info.need("ProductId")),
        name=info.text("AliasName"),
        owner=Person(user_id=owner, label=owner_nick) if owner or owner_nick else None,
        recipient=Person(user_id=taker, label=info.text("UserNick")) if taker else None,
        state=state,
        accept_by=accept_by,
        raw=Raw(info.body),
    )


def taken_at(preview: Preview) -> datetime | None:
    """Read when a code was redeemed."""
    return Fields(preview.raw.reveal(), fold=True).seconds("BindTime")


def received_offer(preview: Preview, token: Secret, now: datetime) -> Share | None:
    """Make a received offer from the token of an invitation; ``None`` where it no longer waits."""
    if preview.device is None or preview.state is not State.OFFERED:
        return None
    return CodeOffer(
        ref=ref(Side.RECIPIENT, Via.PERSON, preview.device, token),
        state=State.OFFERED,
        code=token,
        name=preview.name,
        owner=preview.owner,
        accept_by=preview.accept_by,
        seen_at=now,
        raw=preview.raw,
    )


def grant(device: DeviceRef, preview: Preview | None, now: datetime) -> Share:
    """Make the grant that AppBindUserShareDevice has just confirmed, as AppListUserShareDevices will show it."""
    return Share(
        ref=ref(Side.RECIPIENT, Via.UNKNOWN, device, Secret(str(device))),
        state=State.ACTIVE,
        name=preview.name if preview is not None else None,
        owner=preview.owner if preview is not None else None,
        accepted_at=now,
        evidence=Evidence.ASSUMED,
        seen_at=now,
    )


def _page(content: Fields, name: str, read: Callable[[Fields], T], full: int) -> Page[T]:
    """Read a page of a list; an answer with neither the list nor its total is no empty list."""
    holder = _holding(content, name)
    total = _holding(content, "Total").number("Total")
    if total is None and holder.get(name) is None:
        raise malformed(f"{holder.path}.{name}", "a list", None)
    items, gaps = holder.each_as(read, name)
    return Page(items=items, size=len(items) + len(gaps), full=full, total=total, gaps=gaps)


def given_in(content: Fields, device: DeviceRef) -> Page[Share]:
    """Read a page of AppListShareDeviceUsers, which holds grants only."""
    return _page(content, "Users", lambda user: _given(user, device), SHARE_PAGE)


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
    return _page(content, "ShareDevices", _received, SHARE_PAGE)


def _received(item: Fields) -> Share:
    device = DeviceRef(item.need("DeviceName"), item.need("ProductId"))
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
    """A page of the inbox: its messages by id with their tokens, the key of the next page, and the times in order."""

    messages: tuple[tuple[str, Secret | None], ...]
    after: tuple[str, int] | None
    times: tuple[datetime, ...]
    gaps: tuple[Gap, ...]


def inbox_in(content: Fields) -> Inbox:
    """Read a page of AppGetMessages.

    Only message 301 is a device share; 204 carries a token of the same name for another call
    (quirk ``two_invitation_tokens``).
    """
    messages, gaps = _holding(content, "Msgs").each_as(_message, "Msgs")
    over = _holding(content, "Listover").flag("Listover")
    last = messages[-1] if messages else None
    return Inbox(
        messages=tuple((key[0], token) for token, key, _ in messages),
        after=last[1] if last is not None and over is False else None,
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


def homes_in(content: Fields) -> Page[tuple[Space, Role]]:
    """Read a page of AppGetFamilyList; the caller's role in a home is the one it has for its devices."""
    return _page(content, "FamilyList", _home, HOME_PAGE)


def _home(item: Fields) -> tuple[Space, Role]:
    role = Role.MEMBER if item.number("Role") not in (None, _ADMIN) else Role.OWNER
    return Space(item.need("FamilyId"), name=item.text("FamilyName", "Name")), role


def bindings_in(content: Fields, home: Space, role: Role) -> Page[Binding]:
    """Read a page of AppGetFamilyDeviceList; received devices are in another list."""
    return _page(content, "DeviceList", lambda item: _binding(item, home, role), DEVICE_PAGE)


def _binding(item: Fields, home: Space, role: Role) -> Binding:
    return Binding(
        device=DeviceRef(item.need("DeviceName"), item.need("ProductId")),
        role=role,
        name=item.text("AliasName"),
        space=Space(item.text("FamilyId") or home.id, item.text("RoomId"), name=home.name),
        bound_at=item.seconds("CreateTime"),
        raw=Raw(item.body),
    )


def received_binding(share: Share) -> Binding:
    """Turn a received share into the binding that it gives."""
    return Binding(
        device=share.device,
        role=Role.GUEST,
        name=share.name,
        bound_at=share.accepted_at,
        share=share.ref,
        owner=share.owner,
        raw=share.raw,
    )


def bound_in(content: Fields, space: Space) -> Binding:
    """Read AppSecureAddDeviceInFamily, which names the device that was bound."""
    holder = _holding(content, "AppDeviceInfo")
    info = holder.child("AppDeviceInfo") or Fields({}, f"{holder.path}.AppDeviceInfo", fold=True)
    return _binding(info, space, Role.OWNER)


def me_in(content: Fields) -> Person:
    """Read AppGetUser."""
    user = _holding(content, "UserID")
    return Person(user_id=user.need("UserID"), email=user.text("Email"), label=user.text("NickName"))
