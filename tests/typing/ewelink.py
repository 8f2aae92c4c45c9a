"""eWeLink's calls on the model. Only type-checked, never run."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import ClassVar

import attrs

from sharebind.provider import (
    BindDevice,
    Binding,
    ByText,
    ChangeShare,
    Client,
    Codes,
    Context,
    DeviceRef,
    Email,
    EndShare,
    Evidence,
    Fields,
    Gap,
    HttpCall,
    Person,
    Phone,
    PlaceDevice,
    Proof,
    ProviderError,
    Raw,
    RenameDevice,
    Reply,
    ResultLostError,
    Role,
    Secret,
    Share,
    ShareDevice,
    ShareRef,
    Side,
    Space,
    State,
    UnexpectedRoleError,
    Via,
    WrongRegionError,
    unreadable,
)

CODES = Codes("ewelink", {})
BITS = {"create_timer": 1, "edit_timer": 2, "delete_timer": 4, "enable_timer": 8}


def permit(rights: Iterable[str]) -> int:
    """Write rights as the vendor's number; the core has made sure that each is known."""
    return sum(BITS[right] for right in rights)


def rights_in(item: Fields) -> frozenset[str] | None:
    """Read them."""
    number = item.number("permit")
    return None if number is None else frozenset(name for name, bit in BITS.items() if number & bit)


@attrs.frozen(kw_only=True)
class ByDigest(Proof):
    """The device's own apikey, of which the adapter makes the digest, and its chip."""

    kind: ClassVar[str] = "ewelink.digest"
    apikey: Secret
    chip: str


@attrs.frozen
class Wire:
    """Sends a call with the token and opens the envelope."""

    client: Client
    token: Secret

    async def send(self, call: HttpCall, ctx: Context) -> Fields:
        """Give ``data`` of a success."""
        headers = {"Authorization": Secret(f"Bearer {self.token.reveal()}")}
        carrying = attrs.evolve(call, headers=headers)
        data = await self.client.send(carrying, ctx, lambda reply: _opened(reply, call, ctx))
        if call.changes:
            ctx.done()  # whatever is wrong with the rest of the answer, it is done
        return data


def _opened(reply: Reply, call: HttpCall, ctx: Context) -> Fields:
    if not reply.readable:
        raise unreadable("ewelink", call=call, ctx=ctx, reply=reply)
    body = Fields(reply.body)
    code = body.need("error")
    data = body.child("data") or Fields({})
    if code != "0":
        error = CODES.refusal(code, call=call, ctx=ctx, message=body.text("msg"), reply=reply)
        if isinstance(error, WrongRegionError):
            error.region = data.text("region")
        raise error
    return data


def request(name: str, method: str, path: str, sent: Mapping[str, object], *, changes: bool) -> HttpCall:
    """Make a call: a POST sends a body, the others a query."""
    if method == "POST":
        return HttpCall(name=name, method=method, path=path, body=sent, changes=changes)
    query = {key: str(value) for key, value in sent.items()}
    return HttpCall(name=name, method=method, path=path, query=query, changes=changes)


def _ref(device: DeviceRef, apikey: str, side: Side = Side.OWNER) -> ShareRef:
    return ShareRef(provider="ewelink", side=side, via=Via.PERSON, device=device, key=Secret(apikey))


def _person(item: Fields) -> Person:
    """Read a person: the phone comes as one text with its country, and so stands in the label."""
    return Person(user_id=item.text("apikey"), email=item.text("email"), label=item.text("nickname", "phoneNumber"))


def held(thing: Fields) -> Binding:
    """Read a thing: a device of one's own, or a received one with its share."""
    item = thing.child("itemData") or Fields({})
    device = DeviceRef(item.need("deviceid"))
    by, home, key = item.child("sharedBy"), item.child("family"), item.secret("devicekey")
    return Binding(
        device=device,
        role=Role.GUEST if thing.number("itemType") == 2 else Role.OWNER,
        name=item.text("name"),
        space=Space(home.need("familyid"), home.text("roomid")) if home is not None else None,
        share=_ref(device, by.need("apikey"), Side.RECIPIENT) if by is not None else None,
        owner=_person(by) if by is not None else None,
        local_keys={"devicekey": key} if key is not None else {},
        raw=Raw(thing.body),
    )


def shares_in(thing: Fields, side: Side) -> Iterator[Share]:
    """Yield the shares inside a device: those given, or the one by which it was received."""
    item = thing.child("itemData") or Fields({})
    device = DeviceRef(item.need("deviceid"))
    by = item.child("sharedBy")
    others = item.each("shareTo") if side is Side.OWNER else iter(() if by is None else (by,))
    for other in others:
        yield Share(
            ref=_ref(device, other.need("apikey"), side),
            state=State.ACTIVE,
            name=item.text("name"),
            recipient=_person(other) if side is Side.OWNER else None,
            owner=_person(other) if side is Side.RECIPIENT else None,
            created_at=other.millis("shareTime"),
            rights=rights_in(other),
            raw=Raw(other.body),
        )


def login(who: Email | Phone, password: Secret) -> HttpCall:
    """``login``: session layer; signed over the exact bytes of the body, which the client writes."""
    phone = isinstance(who, Phone)
    body = {
        "countryCode": f"+{who.country}" if isinstance(who, Phone) else "+1",
        "phoneNumber" if phone else "email": f"+{who.country}{who.number}" if isinstance(who, Phone) else who.value,
        "password": password.reveal(),
    }
    return request("login", "POST", "/v2/user/login", body, changes=False)


def refresh_token(token: Secret) -> HttpCall:
    """``refresh_token``: session layer; a second one with the same token fails."""
    return request("refresh_token", "POST", "/v2/user/refresh", {"rt": token.reveal()}, changes=False)


def oauth_token(code: Secret, redirect: str) -> HttpCall:
    """``oauth_token``: session layer; what it gives can neither share nor bind."""
    body = {"code": code.reveal(), "redirectUrl": redirect, "grantType": "authorization_code"}
    return request("oauth_token", "POST", "/v2/user/oauth/token", body, changes=False)


async def list_homes(wire: Wire, ctx: Context) -> tuple[Space, ...]:
    """``list_homes``: ``spaces()``, and the walk of every list."""
    data = await wire.send(request("list_homes", "GET", "/v2/family", {}, changes=False), ctx)
    return tuple(Space(item.need("id"), name=item.text("name")) for item in data.each("familyList"))


async def list_things(wire: Wire, home: Space, ctx: Context) -> tuple[list[Fields], tuple[Gap, ...]]:
    """``list_things``: ``bindings()`` and ``shares`` of both sides, a home at a time; a larger total is a gap."""
    call = request("list_things", "GET", "/v2/device/thing", {"familyid": home.id, "num": 0}, changes=False)
    data = await wire.send(call, ctx)
    things = list(data.each("thingList"))
    missing = (data.number("total") or 0) - len(things)
    gap = Gap(where=f"home {home.id}", why=f"{missing} devices of brands that did not authorise the app")
    return things, (gap,) if missing > 0 else ()


async def get_things(wire: Wire, device: DeviceRef, kind: int, ctx: Context) -> Fields:
    """``get_things``: one device for ``bindings(device=)``, and the read-back of a share."""
    body = {"thingList": [{"itemType": kind, "id": device.device}]}
    data = await wire.send(request("get_things", "POST", "/v2/device/thing", body, changes=False), ctx)
    return next(data.each("thingList"), Fields({}))


async def add_device(wire: Wire, op: BindDevice, device: DeviceRef, proof: ByDigest, ctx: Context) -> Binding:
    """``add_device``: ``bind(device, ewelink.ByDigest)``; a name is required, the device's id where none was given."""
    body: dict[str, object] = {
        "name": op.name or device.device,
        "deviceid": device.device,
        "digest": hashlib.sha256((device.device + proof.apikey.reveal()).encode()).hexdigest(),
        "chipid": proof.chip,
    }
    if op.space is not None:
        body["familyid"] = op.space.id
    return held(await wire.send(request("add_device", "POST", "/v2/device/add", body, changes=True), ctx))


async def add_gsm_device(wire: Wire, op: BindDevice, proof: ByText, ctx: Context) -> Binding:
    """``add_gsm_device``: ``bind(None, ByText)``."""
    body = {"id": proof.text.reveal(), "name": op.name or "device"}
    return held(await wire.send(request("add_gsm_device", "POST", "/v2/device/add-gsm", body, changes=True), ctx))


async def delete_device(wire: Wire, device: DeviceRef, expect: Role, ctx: Context) -> None:
    """``delete_device``: ``unbind`` of an own device, ``end`` of a received one; the role is read first."""
    if held(await get_things(wire, device, 1 if expect is Role.OWNER else 2, ctx)).role is not expect:
        raise UnexpectedRoleError("it is held in another role", provider="ewelink", operation=ctx.operation)
    call = request("delete_device", "DELETE", "/v2/device", {"deviceid": device.device}, changes=True)
    await wire.send(call, ctx)


async def update_device_info(wire: Wire, op: RenameDevice | PlaceDevice, ctx: Context) -> None:
    """``update_device_info``: ``rename``, or ``place`` into a room of the same home."""
    changed = {"name": op.name} if isinstance(op, RenameDevice) else {"roomid": op.space.room}
    body = {"deviceid": op.device.device, **changed}
    await wire.send(request("update_device_info", "POST", "/v2/device/update-info", body, changes=True), ctx)


async def share_devices(wire: Wire, op: ShareDevice, to: Email | Phone, ctx: Context) -> Share:
    """``share_devices``: ``share`` with a person, a list of one, active at once."""
    user = {"email": to.value} if isinstance(to, Email) else {"countryCode": to.country, "phoneNumber": to.number}
    body = {"deviceidList": [op.device.device], "user": user, "permit": permit(op.rights or ())}
    data = await wire.send(request("share_devices", "POST", "/v2/device/share", body, changes=True), ctx)
    found = (share for thing in data.each("updatedThingList", "updatedThing") for share in shares_in(thing, Side.OWNER))
    wanted = to.value if isinstance(to, Email) else to.number
    mine = next((share for share in found if share.recipient and share.recipient.email == wanted), None)
    if mine is None:
        raise ResultLostError("the answer does not name the recipient", provider="ewelink", operation=op.kind)
    return mine


async def change_share_permission(wire: Wire, op: ChangeShare, ctx: Context) -> Share:
    """``change_share_permission``: ``change`` of the rights, which are all that it changes."""
    rights = op.rights if isinstance(op.rights, frozenset) else frozenset[str]()
    body = {"deviceid": op.share.device.device, "apikey": op.share.key.reveal(), "permit": permit(rights)}
    await wire.send(request("change_share_permission", "POST", "/v2/device/share/permit", body, changes=True), ctx)
    return Share(ref=op.share, state=State.ACTIVE, rights=rights, evidence=Evidence.ASSUMED)


async def cancel_share(wire: Wire, op: EndShare, ctx: Context) -> Share:
    """``cancel_share``: ``end`` by the owner; 405 means "gone" on this endpoint alone."""
    query = {"deviceid": op.share.device.device, "apikey": op.share.key.reveal()}
    call = request("cancel_share", "DELETE", "/v2/device/share", query, changes=True)
    try:
        await wire.send(call, ctx)
    except ProviderError as refused:
        state = CODES.already_over(refused, call.name, op.seen)
        if state is None:
            raise
        return Share(ref=op.share, state=state, evidence=Evidence.ASSUMED)
    return Share(ref=op.share, state=State.ENDED, ended_at=ctx.now(), evidence=Evidence.ASSUMED)


def device_history(device: DeviceRef) -> HttpCall:
    """``device_history``: left out; it tells who used a device, not who may."""
    return request("device_history", "GET", "/v2/device/history", {"deviceid": device.device}, changes=False)


def list_messages(home: Space) -> HttpCall:
    """``list_messages``: left out; shares are never offered, so there is nothing to take from an inbox."""
    return request("list_messages", "GET", "/v2/message/read", {"familyid": home.id}, changes=False)
