"""Quectel's sharing calls on the model, and what its other calls take from here. Only type-checked, never run."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import attrs

from sharebind.provider import (
    AcceptShare,
    BindDevice,
    Binding,
    BindingCheck,
    ChangeShare,
    CheckBinding,
    Client,
    CodeOffer,
    Codes,
    Context,
    DeviceRef,
    Email,
    EndShare,
    Evidence,
    Fields,
    HttpCall,
    Overlap,
    Person,
    Phone,
    ProviderError,
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
    UnbindDevice,
    UnsupportedError,
    UserId,
    Via,
    unreadable,
)

CODES = Codes("quectel", {})
BINDING = "/v2/binding/enduserapi/"
COVER = {Overlap.REPLACE: 1, Overlap.KEEP: 2, Overlap.EXTEND: 3}


@attrs.frozen
class Wire:
    """Sends a call and opens the envelope."""

    client: Client

    async def send(self, call: HttpCall, ctx: Context) -> Fields:
        """Give the envelope of a success."""
        body = await self.client.send(call, ctx, lambda reply: _opened(reply, call, ctx))
        if call.changes:
            ctx.done()  # whatever is wrong with the rest of the answer, it is done
        return body


def _opened(reply: Reply, call: HttpCall, ctx: Context) -> Fields:
    if not reply.readable:
        raise unreadable("quectel", call=call, ctx=ctx, reply=reply)
    body = Fields(reply.body)
    code = body.need("code")
    if code != "200":
        raise CODES.refusal(code, call=call, ctx=ctx, message=body.text("msg"), reply=reply)
    return body


def request(name: str, method: str, path: str, query: Mapping[str, str | None], *, changes: bool = True) -> HttpCall:
    """Make a call with its parameters in the query, as this vendor wants them."""
    sent = {key: value for key, value in query.items() if value is not None}
    return HttpCall(name=name, method=method, path=path, query=sent, changes=changes)


def milliseconds(moment: datetime | None) -> str | None:
    """Write a moment as the vendor does."""
    return None if moment is None else str(int(moment.timestamp() * 1000))


def extra(op: ShareDevice | BindDevice | UnbindDevice, name: str) -> str | None:
    """Give an extra of a wish as a text."""
    value = op.extra.get(name)
    return value.reveal() if isinstance(value, Secret) else None if value is None else str(value)


def share_ref(device: DeviceRef, key: Secret, side: Side = Side.OWNER, via: Via = Via.UNKNOWN) -> ShareRef:
    """Make a ref of this vendor; the key is the share code."""
    return ShareRef(provider="quectel", side=side, via=via, device=device, key=key)


def held(item: Fields) -> Binding:
    """Read a ``Device``: own, or received with its share."""
    device = DeviceRef(item.need("deviceKey"), item.need("productKey"))
    code, owner = item.secret("shareCode"), item.text("ownerUid")
    auth = item.secret("authKey")
    space = item.text("fid")
    return Binding(
        device=device,
        role=Role.GUEST if item.number("deviceType") == 2 else Role.OWNER,
        name=item.text("deviceName"),
        space=Space(space, item.text("frid")) if space else None,
        verified=item.flag("verified"),
        bound_at=item.millis("deviceBindTimeTs"),
        share=share_ref(device, code, Side.RECIPIENT) if code is not None else None,
        owner=Person(user_id=owner) if owner else None,
        use_until=item.millis("sharingExpireTimeTs"),
        local_keys={"authKey": auth} if auth is not None else {},
        raw=Raw(item.body),
    )


async def share_info(wire: Wire, op: ShareDevice, ctx: Context) -> CodeOffer:
    """``shareInfo``: ``share(Anyone)``; an ``accept_by`` is required, so the adapter has a default."""
    query = {
        "acceptingExpireAt": milliseconds(op.accept_by or ctx.now()),
        "pk": op.device.product,
        "dk": op.device.device,
        "sharingExpireAt": milliseconds(op.use_until),
        "coverMark": str(COVER[op.overlap]),
        "authKey": extra(op, "authKey"),
    }
    body = await wire.send(request("shareInfo", "POST", BINDING + "shareInfo", query), ctx)
    code = Secret(body.need("data"))
    return CodeOffer(
        ref=share_ref(op.device, code, via=Via.CODE),
        state=State.OFFERED,
        code=code,
        accept_by=op.accept_by,
        use_until=op.use_until,
        evidence=Evidence.ASSUMED,
        raw=Raw(body.body),
    )


async def share_by_uid(wire: Wire, op: ShareDevice, ctx: Context) -> Share:
    """``shareByUid``: ``share`` with a person; whether it must be accepted is only told by the list after it."""
    uid = op.to.value if isinstance(op.to, UserId) else None
    email = op.to.value if isinstance(op.to, Email) else None
    phone = op.to.number if isinstance(op.to, Phone) else None
    person = Person(user_id=uid, email=email, phone=op.to if isinstance(op.to, Phone) else None)
    query = {
        "pk": op.device.product,
        "dk": op.device.device,
        "shareUid": uid,
        "email": email,
        "phone": phone,
        "sharingExpireAt": milliseconds(op.use_until),
        "coverMark": str(COVER[op.overlap]),
    }
    body = await wire.send(request("shareByUid", "POST", BINDING + "shareByUid", query), ctx)
    recipe = Secret(f"uid={uid}&email={email}&phone={phone}")
    assumed = Share(
        ref=share_ref(op.device, body.secret("data") or recipe, via=Via.PERSON),
        state=State.UNKNOWN,
        recipient=person,
        use_until=op.use_until,
        evidence=Evidence.ASSUMED,
    )
    ctx.done(assumed)
    listed = await device_share_user_list(wire, op.device, ctx)
    return next((share for share in listed if share.ref == assumed.ref), assumed)


async def set_share_time(wire: Wire, op: ChangeShare, ctx: Context) -> Share:
    """``setShareTime``: ``change(use_until)``; ``None`` is refused by ``change.to_endless``, which is absent."""
    end = op.use_until if isinstance(op.use_until, datetime) else None
    query = {"shareCode": op.share.key.reveal(), "sharingExpireAt": milliseconds(end)}
    await wire.send(request("setShareTime", "PUT", BINDING + "setShareTime", query), ctx)
    return Share(ref=op.share, state=State.UNKNOWN, use_until=end, evidence=Evidence.ASSUMED)


async def owner_user_unshare_device(wire: Wire, op: EndShare, ctx: Context) -> Share:
    """``ownerUserUnshareDevice``: ``end`` by the owner; 5142 may mean that it is over already."""
    query = {"shareCode": op.share.key.reveal()}
    call = request("ownerUserUnshareDevice", "DELETE", BINDING + "ownerUserUnshareDevice", query)
    return await _ended(wire, op, call, ctx)


async def share_user_unshare_device(wire: Wire, op: EndShare, ctx: Context) -> Share:
    """``shareUserUnshareDevice``: ``end`` by the recipient."""
    query = {"shareCode": op.share.key.reveal()}
    call = request("shareUserUnshareDevice", "DELETE", BINDING + "shareUserUnshareDevice", query)
    return await _ended(wire, op, call, ctx)


async def _ended(wire: Wire, op: EndShare, call: HttpCall, ctx: Context) -> Share:
    try:
        await wire.send(call, ctx)
    except ProviderError as refused:
        state = CODES.already_over(refused, call.name, op.seen)
        if state is None:
            raise
        return Share(ref=op.share, state=state, evidence=Evidence.ASSUMED)
    return Share(ref=op.share, state=State.ENDED, ended_at=ctx.now(), evidence=Evidence.ASSUMED)


async def device_share_user_list(wire: Wire, device: DeviceRef, ctx: Context) -> list[Share]:
    """``deviceShareUserList``: ``shares(OWNER, device)``; the state is read from the times."""
    query = {"pk": device.product, "dk": device.device}
    call = request("deviceShareUserList", "GET", BINDING + "deviceShareUserList", query, changes=False)
    found: list[Share] = []
    for item in (await wire.send(call, ctx)).each("data"):
        terms, user = item.child("shareInfo"), item.child("userInfo")
        key = terms.secret("shareCode") if terms is not None else None
        if terms is None or key is None:
            continue
        accepted, ended = terms.millis("acceptTimeTs"), terms.millis("deleteTimeTs")
        share = Share(
            ref=share_ref(device, key),
            state=State.ENDED if ended else State.ACTIVE if accepted else State.UNKNOWN,
            name=terms.text("deviceName"),
            # The phone comes without its country, and so cannot be a Phone.
            recipient=Person(user_id=user.text("uid"), email=user.text("email"), label=user.text("nikeName", "phone"))
            if user is not None
            else None,
            owner=Person(user_id=terms.text("ownerUid")),
            accept_by=terms.millis("acceptingExpireAtTs"),
            use_until=terms.millis("sharingExpireAtTs"),
            created_at=terms.millis("shareTimeTs"),
            accepted_at=accepted,
            ended_at=ended,
            raw=Raw(item.body),
        )
        found.append(share.as_of(ctx.now()))
    return found


async def share_device(wire: Wire, op: AcceptShare, ctx: Context) -> Share:
    """``shareDevice``: ``accept(code)``; the answer is empty, so the device is read by the code first."""
    if op.code is None:
        raise UnsupportedError("nothing lists received offers", provider="quectel", capability="accept.offer")
    before = await device_info(wire, {"shareCode": op.code.reveal()}, ctx)
    query = {"shareCode": op.code.reveal(), "deviceName": op.name}
    await wire.send(request("shareDevice", "POST", BINDING + "shareDevice", query), ctx)
    return Share(
        ref=share_ref(before.device, op.code, Side.RECIPIENT, Via.CODE),
        state=State.ACTIVE,
        name=op.name or before.name,
        owner=before.owner,
        use_until=before.use_until,
        accepted_at=ctx.now(),
        evidence=Evidence.ASSUMED,
    )


async def device_info(wire: Wire, by: Mapping[str, str | None], ctx: Context) -> Binding:
    """``deviceInfo``: ``bindings(device=)`` by pk and dk; ``inspect`` and the read of ``accept`` by shareCode."""
    body = await wire.send(request("deviceInfo", "GET", BINDING + "deviceInfo", by, changes=False), ctx)
    return held(body.child("data") or Fields({}))


async def user_device_list(wire: Wire, page: int, ctx: Context) -> list[Binding]:
    """``userDeviceList``: ``bindings()``, and ``shares(RECIPIENT)`` from the guests among them."""
    query = {"page": str(page), "pageSize": "100"}
    body = await wire.send(request("userDeviceList", "GET", BINDING + "userDeviceList", query, changes=False), ctx)
    return [held(item) for item in (body.child("data") or Fields({})).each("list")]


async def get_device_info_by_binding(wire: Wire, op: CheckBinding, ctx: Context) -> BindingCheck:
    """``getDeviceInfoByBinding``: ``check_binding``; the wish has no space, so ``fid`` cannot be said."""
    query = {"pk": op.device.product, "dk": op.device.device}
    call = request("getDeviceInfoByBinding", "GET", BINDING + "getDeviceInfoByBinding", query, changes=False)
    data = (await wire.send(call, ctx)).child("data") or Fields({})
    mode = data.number("bindingMode")
    return BindingCheck(
        device=op.device,
        name=data.text("productName"),
        exclusive=None if mode is None else mode == 2,
        raw=Raw(data.body),
    )
