"""Tencent's sharing, home and session calls on the model. Only type-checked, never run."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from sharebind.provider import (
    AcceptShare,
    Client,
    CodeOffer,
    Codes,
    Context,
    CreateSpace,
    DeviceRef,
    Email,
    EndShare,
    Evidence,
    Fields,
    HttpCall,
    Person,
    Phone,
    Preview,
    Raw,
    Reply,
    Secret,
    Share,
    ShareDevice,
    ShareRef,
    Side,
    Space,
    SpaceRequiredError,
    State,
    UnsupportedError,
    UserId,
    Via,
    an_object,
    capabilities,
    unreadable,
)

CODES = Codes("tencent", {})


@attrs.frozen
class Wire:
    """Sends an action with the token and opens either envelope; everything is a POST."""

    client: Client
    token: Secret

    async def send(self, call: HttpCall, ctx: Context) -> Fields:
        """Give the fields of a success, at the top or in ``Data``."""
        signed = attrs.evolve(call, body={**(an_object(call.body) or {}), "AccessToken": self.token})
        inner = await self.client.send(signed, ctx, lambda reply: _opened(reply, call, ctx))
        if call.changes:
            ctx.done()  # whatever is wrong with the rest of the answer, it is done
        return inner.child("Data") or inner


def _opened(reply: Reply, call: HttpCall, ctx: Context) -> Fields:
    if not reply.readable:
        raise unreadable("tencent", call=call, ctx=ctx, reply=reply)
    body = Fields(reply.body, fold=True)
    inner = body.child("Response", "data") or body
    error = inner.child("Error")
    if error is not None:
        raise CODES.refusal(
            error.need("Code"),
            call=call,
            ctx=ctx,
            message=error.text("Message"),
            reply=reply,
            request_id=inner.text("RequestId"),
        )
    return inner


def action(name: str, body: Mapping[str, object], *, changes: bool, path: str = "/tokenapi") -> HttpCall:
    """Make a call: the action's name and its parameters are the body."""
    sent = {"Action": name, **{key: value for key, value in body.items() if value is not None}}
    return HttpCall(name=name, method="POST", path=path, body=sent, changes=changes)


def share_ref(device: DeviceRef, key: str, side: Side = Side.OWNER, via: Via = Via.UNKNOWN) -> ShareRef:
    """Make a ref; the key is a token while it waits, the recipient's id once it is taken."""
    return ShareRef(provider="tencent", side=side, via=via, device=device, key=Secret(key))


async def app_send_share_device_invite(wire: Wire, op: ShareDevice, to: UserId, ctx: Context) -> Share:
    """``AppSendShareDeviceInvite``: ``share`` with a person; nothing comes back, so the offer is assumed."""
    body = {"ProductId": op.device.product, "DeviceName": op.device.device, "ToUserID": to.value}
    await wire.send(action("AppSendShareDeviceInvite", body, changes=True), ctx)
    return Share(
        ref=share_ref(op.device, to.value, via=Via.PERSON),
        state=State.OFFERED,
        recipient=Person(user_id=to.value),
        created_at=ctx.now(),
        evidence=Evidence.ASSUMED,
    )


async def app_create_share_device_token(wire: Wire, op: ShareDevice, ctx: Context) -> CodeOffer:
    """``AppCreateShareDeviceToken``: ``share(Anyone)``, with the home read before and the terms after."""
    home = op.space or only_space(await app_get_family_list(wire, ctx))
    body = {
        "FamilyId": home.id,
        "ProductId": op.device.product,
        "DeviceName": op.device.device,
        "TokenContext": op.extra.get("context"),
    }
    made = await wire.send(action("AppCreateShareDeviceToken", body, changes=True), ctx)
    code = Secret(made.need("ShareDeviceToken"))
    offer = CodeOffer(
        ref=share_ref(op.device, code.reveal(), via=Via.CODE),
        state=State.OFFERED,
        code=code,
        evidence=Evidence.ASSUMED,
        raw=Raw(made.body),
    )
    ctx.done(offer)
    told = await app_describe_share_device_token(wire, code, ctx)
    return attrs.evolve(offer, accept_by=told.accept_by, evidence=Evidence.VENDOR)


async def app_describe_share_device_token(wire: Wire, code: Secret, ctx: Context) -> Preview:
    """``AppDescribeShareDeviceToken``: ``inspect``; once taken it names the recipient."""
    body = {"ShareDeviceToken": code.reveal()}
    told = await wire.send(action("AppDescribeShareDeviceToken", body, changes=False), ctx)
    info = told.child("ShareDeviceTokenInfo") or Fields({})
    taker = info.text("UserID")
    return Preview(
        device=DeviceRef(info.need("DeviceName", "DeviecName"), info.need("ProductId")),
        name=info.text("AliasName"),
        owner=Person(user_id=info.text("FromUserID"), label=info.text("FromUserNick")),
        recipient=Person(user_id=taker, label=info.text("UserNick")) if taker else None,
        state=State.ACTIVE if taker else State.OFFERED,
        accept_by=info.seconds("ExpireTime"),
        raw=Raw(info.body),
    )


async def app_bind_user_share_device(wire: Wire, op: AcceptShare, ctx: Context) -> Share:
    """``AppBindUserShareDevice``: ``accept``, by code or received offer, after a read of its device."""
    token = op.code or (op.offer.key if op.offer else Secret("never"))
    told = await app_describe_share_device_token(wire, token, ctx)
    device = told.device or DeviceRef("never")
    body = {"ShareDeviceToken": token.reveal(), "ProductId": device.product, "DeviceName": device.device}
    await wire.send(action("AppBindUserShareDevice", body, changes=True), ctx)
    via = Via.CODE if op.code is not None else Via.PERSON
    return Share(
        ref=share_ref(device, str(device), Side.RECIPIENT, via),
        state=State.ACTIVE,
        owner=told.owner,
        accepted_at=ctx.now(),
        evidence=Evidence.ASSUMED,
    )


async def app_list_user_share_devices(wire: Wire, offset: int, ctx: Context) -> list[Share]:
    """``AppListUserShareDevices``: ``shares(RECIPIENT)`` that are active, and the guests of ``bindings()``."""
    call = action("AppListUserShareDevices", {"Offset": offset, "Limit": 100}, changes=False)
    found: list[Share] = []
    for item in (await wire.send(call, ctx)).each("ShareDevices"):
        device = DeviceRef(item.need("DeviceName"), item.need("ProductId"))
        owner = item.text("FromUserID")
        share = Share(
            ref=share_ref(device, str(device), Side.RECIPIENT),
            state=State.ACTIVE,
            name=item.text("AliasName"),
            owner=Person(user_id=owner) if owner else None,
            accepted_at=item.iso("CreateTime"),
            raw=Raw(item.body),
        )
        found.append(share)
    return found


async def app_list_share_device_users(wire: Wire, device: DeviceRef, offset: int, ctx: Context) -> list[Share]:
    """``AppListShareDeviceUsers``: ``shares(OWNER)`` that are active; masked phones stand in the label."""
    body = {"ProductId": device.product, "DeviceName": device.device, "Offset": offset, "Limit": 100}
    answer = await wire.send(action("AppListShareDeviceUsers", body, changes=False), ctx)
    return [
        Share(
            ref=share_ref(device, item.need("UserID")),
            state=State.ACTIVE,
            recipient=Person(user_id=item.need("UserID"), label=item.text("PhoneNumber", "NickName")),
            accepted_at=item.seconds("BindTime"),
            raw=Raw(item.body),
        )
        for item in answer.each("Users")
    ]


async def app_remove_share_device_user(wire: Wire, op: EndShare, ctx: Context) -> Share:
    """``AppRemoveShareDeviceUser``: ``end`` by the owner; a code is described first, for it needs the taker's id."""
    user: str | None = op.share.key.reveal()
    if op.share.via is Via.CODE:
        taker = (await app_describe_share_device_token(wire, op.share.key, ctx)).recipient
        user = taker.user_id if taker else None
    if user is None:
        raise UnsupportedError("no call withdraws it", provider="tencent", capability=capabilities.END_WITHDRAW_CODE)
    device = op.share.device
    body = {"RemoveUserID": user, "ProductId": device.product, "DeviceName": device.device}
    await wire.send(action("AppRemoveShareDeviceUser", body, changes=True), ctx)
    return Share(ref=op.share, state=State.ENDED, ended_at=ctx.now(), evidence=Evidence.ASSUMED)


async def app_remove_user_share_device(wire: Wire, op: EndShare, ctx: Context) -> Share:
    """``AppRemoveUserShareDevice``: ``end`` by the recipient."""
    body = {"ProductId": op.share.device.product, "DeviceName": op.share.device.device}
    await wire.send(action("AppRemoveUserShareDevice", body, changes=True), ctx)
    return Share(ref=op.share, state=State.ENDED, ended_at=ctx.now(), evidence=Evidence.ASSUMED)


async def app_get_messages(wire: Wire, ctx: Context) -> list[Share]:
    """``AppGetMessages``: ``shares(RECIPIENT)`` that wait are its messages 301; the rest of the inbox is left out."""
    answer = await wire.send(action("AppGetMessages", {"Category": 3, "Limit": 100}, changes=False), ctx)
    found: list[Share] = []
    for item in answer.each("Msgs"):
        token = (item.child("Attachments") or Fields({})).text("ShareToken")
        if item.number("MsgType") != 301 or token is None:
            continue
        device = DeviceRef(item.need("DeviceName"), item.need("ProductId"))
        share = Share(
            ref=share_ref(device, token, Side.RECIPIENT, Via.PERSON),
            state=State.OFFERED,
            owner=Person(user_id=item.text("FromUserID")),
            created_at=item.millis("MsgTimestamp"),
            raw=Raw(item.body),
        )
        found.append(share)
    return found


def app_delete_message(message: str) -> HttpCall:
    """``AppDeleteMessage``: left out; it is no decline, for nobody is told."""
    return action("AppDeleteMessage", {"MsgID": message}, changes=True)


def only_space(spaces: tuple[Space, ...]) -> Space:
    """Choose the home where there is just one."""
    if len(spaces) != 1:
        raise SpaceRequiredError("name the home", provider="tencent", choices=spaces)
    return spaces[0]


async def app_get_family_list(wire: Wire, ctx: Context) -> tuple[Space, ...]:
    """``AppGetFamilyList``: ``spaces()``, and the home where none was named."""
    answer = await wire.send(action("AppGetFamilyList", {"Offset": 0, "Limit": 50}, changes=False), ctx)
    return tuple(
        Space(item.need("FamilyId"), name=item.text("FamilyName", "Name")) for item in answer.each("FamilyList")
    )


async def app_get_room_list(wire: Wire, home: Space, ctx: Context) -> tuple[Space, ...]:
    """``AppGetRoomList``: the rooms of ``spaces()``, a call for each home."""
    body = {"FamilyId": home.id, "Offset": 0, "Limit": 50}
    answer = await wire.send(action("AppGetRoomList", body, changes=False), ctx)
    rooms = answer.each("RoomList")
    return tuple(Space(home.id, item.need("RoomId"), name=item.text("RoomName")) for item in rooms)


async def app_create_family(wire: Wire, op: CreateSpace, ctx: Context) -> Space:
    """``AppCreateFamily``: ``create_space``; the wish has no address, though the page says it is required."""
    body = {"Name": op.name, "Address": "-"}
    made = await wire.send(action("AppCreateFamily", body, changes=True), ctx)
    return Space(made.need("FamilyId"), name=op.name)


async def app_find_user(wire: Wire, who: Email | Phone, ctx: Context) -> Person:
    """``AppFindUser``: ``find_user``, and the read before ``share`` with an e-mail address or phone."""
    body: dict[str, object] = {"Type": "email"}
    if isinstance(who, Phone):
        body = {"Type": "phone", "CountryCode": who.country, "PhoneNumber": who.number}
    else:
        body["Email"] = who.value
    found = await wire.send(action("AppFindUser", body, changes=False), ctx)
    return Person(user_id=found.need("UserID"), label=found.text("NickName"))


async def app_get_user(wire: Wire, ctx: Context) -> Person:
    """``AppGetUser``: ``me``."""
    found = await wire.send(action("AppGetUser", {}, changes=False), ctx)
    return Person(user_id=found.need("UserID"), email=found.text("Email"), label=found.text("NickName"))


async def app_logout_user(wire: Wire, ctx: Context) -> None:
    """``AppLogoutUser``: ``sign_out``."""
    await wire.send(action("AppLogoutUser", {}, changes=True), ctx)
