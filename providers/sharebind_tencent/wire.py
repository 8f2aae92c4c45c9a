"""Tencent's calls and answers as pure functions: an operation becomes an ``HttpCall``, a reply becomes values.

Names, places and units are those of ``docs/contracts/tencent.yaml``; each function names its action. Every call is a
POST, reads too, with the action and the token in the body. Names are read without regard to letter case (quirk
``id_letter_case``) and results are looked for at the top, in ``Data`` and in ``data`` (``result_in_data_or_not``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from sharebind.provider import (
    Binding,
    CodeOffer,
    Context,
    DeviceRef,
    Evidence,
    Fields,
    HttpCall,
    MalformedReplyError,
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
    unreadable,
)
from sharebind_tencent.codes import CODES

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
    if body is None or not {"Response", "code", "data", "Error"} & set(body):
        raise unreadable(PROVIDER, call=call, ctx=ctx, reply=reply)
    try:
        content = Fields(body.get("Response") or body.get("data") or {}, fold=True)
        code, message = _failure(Fields(body), content)
        request_id = content.text("RequestId")
    except MalformedReplyError as error:
        raise unreadable(PROVIDER, call=call, ctx=ctx, reply=reply, path=error.path) from None
    if code is not None:
        raise CODES.refusal(code, call=call, ctx=ctx, message=message, reply=reply, request_id=request_id)
    return content


def _failure(envelope: Fields, content: Fields) -> tuple[str | None, str | None]:
    """Find the real code: inside ``Error``, or before a bar in its message (``nested_error_code``), or outside."""
    error = content.child("Error") or envelope.child("Error")
    if error is not None:
        code, message = error.need("Code"), error.text("Message")
        nested = _NESTED.match(message or "") if code == "InternalError" else None
        return (nested.group(1) if nested else code), message
    outer = envelope.number("code")
    return (None, None) if outer in (None, 0) else (str(outer), envelope.text("msg"))


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


def given_in(content: Fields, device: DeviceRef) -> tuple[tuple[Share, ...], int | None]:
    """Read a page of AppListShareDeviceUsers, which holds grants only, and the total."""
    holder = _holding(content, "Users")
    return tuple(_given(user, device) for user in holder.each("Users")), holder.number("Total")


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


def received_in(content: Fields) -> tuple[tuple[Share, ...], int | None]:
    """Read a page of AppListUserShareDevices, and the total; its CreateTime is RFC 3339 (quirk ``three_clocks``)."""
    holder = _holding(content, "ShareDevices")
    return tuple(_received(item) for item in holder.each("ShareDevices")), holder.number("Total")


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


def invitations_in(content: Fields) -> tuple[tuple[Secret, ...], tuple[str, int] | None, datetime | None]:
    """Read a page of AppGetMessages: tokens of invitations, the key of the next page, the time of the last message.

    Only message 301 is a device share; 204 carries a token of the same name for another call
    (quirk ``two_invitation_tokens``).
    """
    holder = _holding(content, "Msgs")
    tokens: list[Secret] = []
    last: Fields | None = None
    for message in holder.each("Msgs"):
        last = message
        attachments = message.child("Attachments")
        token = attachments.secret("ShareToken") if attachments is not None else None
        if message.number("MsgType") == _INVITATION and token is not None:
            tokens.append(token)
    over = _holding(content, "Listover").flag("Listover")
    if last is None or over is not False:
        return tuple(tokens), None, None
    return tuple(tokens), (last.need("MsgID"), last.number("MsgTimestamp") or 0), last.millis("MsgTimestamp")


def homes_in(content: Fields) -> tuple[tuple[tuple[Space, Role], ...], int | None]:
    """Read a page of AppGetFamilyList, and the total; the caller's role in a home is the one it has for its devices."""
    holder = _holding(content, "FamilyList")
    homes: list[tuple[Space, Role]] = []
    for item in holder.each("FamilyList"):
        role = Role.MEMBER if item.number("Role") not in (None, _ADMIN) else Role.OWNER
        homes.append((Space(item.need("FamilyId"), name=item.text("FamilyName", "Name")), role))
    return tuple(homes), holder.number("Total")


def bindings_in(content: Fields, home: Space, role: Role) -> tuple[tuple[Binding, ...], int | None]:
    """Read a page of AppGetFamilyDeviceList, and the total; received devices are in another list."""
    holder = _holding(content, "DeviceList")
    return tuple(_binding(item, home, role) for item in holder.each("DeviceList")), holder.number("Total")


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
