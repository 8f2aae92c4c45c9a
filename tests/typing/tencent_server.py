"""Tencent's sign-in, ticket and server-side calls on the model. Only type-checked, never run."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import ClassVar

import attrs
from tests.typing.tencent import Wire, action, share_ref

from sharebind.provider import (
    NATIVE,
    Batch,
    BindDevice,
    Binding,
    BindingProvider,
    BindingQuery,
    Capability,
    Context,
    DeviceRef,
    Email,
    EndShare,
    Fields,
    Gap,
    HttpCall,
    InvalidRequestError,
    Need,
    Operation,
    Person,
    Phone,
    Raw,
    Role,
    Secret,
    Share,
    ShareDevice,
    ShareQuery,
    SharingProvider,
    Space,
    State,
    Support,
    UnbindDevice,
    Unbound,
    UnsupportedError,
    UserId,
    Via,
    capabilities,
)

APP = "/appapi"


def app_get_token(who: Email | Phone, password: Secret) -> HttpCall:
    """``AppGetToken``: session layer; signed by the adapter over the body's values, before the client writes them."""
    body: dict[str, object] = {"Type": "email", "Password": password.reveal()}
    if isinstance(who, Phone):
        body |= {"Type": "phone", "CountryCode": who.country, "PhoneNumber": who.number}
    else:
        body |= {"Email": who.value}
    return action("AppGetToken", body, changes=False, path=APP)


def app_get_token_by_wei_xin(open_id: str, name: str, avatar: str) -> HttpCall:
    """``AppGetTokenByWeiXin``: session layer; it registers a new user, so it is no mere read."""
    body = {"WxOpenID": open_id, "NickName": name, "Avatar": avatar}
    return action("AppGetTokenByWeiXin", body, changes=False, path=APP)


def app_get_token_ticket() -> HttpCall:
    """``AppGetTokenTicket``: left out; it hands a session to a web page."""
    return action("AppGetTokenTicket", {}, changes=False)


def app_check_in_token_ticket(ticket: Secret) -> HttpCall:
    """``AppCheckInTokenTicket``: left out."""
    return action("AppCheckInTokenTicket", {"TokenTicket": ticket.reveal()}, changes=False, path=APP)


@attrs.frozen(kw_only=True)
class MakeSignature(Operation[Secret]):
    """Make the text that ``ByText`` takes: the adapter's own operation, for a server's credential."""

    kind: ClassVar[str] = "tencent.make_signature"
    method: ClassVar[str] = "make_signature"
    device: DeviceRef
    seconds: int

    def needs(self) -> Iterator[Need]:
        """Yield a capability of this adapter's own."""
        yield Need(Capability("tencent.make_signature"))


def cloud(name: str, body: Mapping[str, object], *, changes: bool) -> HttpCall:
    """Make a call of the server's API; its signature covers the very bytes of the body, which the client writes."""
    return HttpCall(name=name, method="POST", path="/", headers={"X-TC-Action": name}, body=body, changes=changes)


def _owner(op: ShareDevice | BindDevice | UnbindDevice) -> str:
    """Give the user to act for, which no wish has a field for."""
    return str(op.extra["open_id"])


async def share_device_to_user(wire: Wire, key: str, op: ShareDevice, to: UserId, ctx: Context) -> Share:
    """``ShareDeviceToUser``: ``share`` with a person, active at once, for an owner named in ``extra``."""
    body = {
        "AppKey": key,
        "ProductId": op.device.product,
        "DeviceName": op.device.device,
        "OwnerOpenID": _owner(op),
        "ToOpenID": to.value,
    }
    made = await wire.send(cloud("ShareDeviceToUser", body, changes=True), ctx)
    return Share(
        ref=share_ref(op.device, f"{_owner(op)}/{to.value}", via=Via.PERSON),
        state=State.ACTIVE,
        recipient=Person(user_id=made.text("ToUserID"), username=to.value),
        owner=Person(user_id=made.text("OwnerUserID")),
        accepted_at=ctx.now(),
    )


async def revoke_share_device_from_user(wire: Wire, key: str, op: EndShare, ctx: Context) -> Share:
    """``RevokeShareDeviceFromUser``: ``end``; the wish has no ``extra``, so the owner travels in the ref's key."""
    owner, _, to = op.share.key.reveal().partition("/")
    body = {
        "AppKey": key,
        "ProductId": op.share.device.product,
        "DeviceName": op.share.device.device,
        "OwnerOpenID": owner,
        "ToOpenID": to,
    }
    await wire.send(cloud("RevokeShareDeviceFromUser", body, changes=True), ctx)
    return Share(ref=op.share, state=State.ENDED, ended_at=ctx.now())


async def bind_user_device(wire: Wire, key: str, op: BindDevice, device: DeviceRef, ctx: Context) -> Binding:
    """``BindUserDevice``: ``bind(device, ByIdentity)`` for a user named in ``extra``; a home goes by its name."""
    body = {
        "AppKey": key,
        "ProductId": device.product,
        "DeviceName": device.device,
        "OpenID": _owner(op),
        "FamilyName": op.space.name if op.space else None,
        "RoomId": op.space.room if op.space else None,
    }
    made = await wire.send(cloud("BindUserDevice", body, changes=True), ctx)
    return Binding(device=device, role=Role.OWNER, space=Space(made.need("FamilyId")), raw=Raw(made.body))


async def revoke_bind_user_device(wire: Wire, key: str, op: UnbindDevice, ctx: Context) -> Unbound:
    """``RevokeBindUserDevice``: ``unbind`` for a user named in ``extra``."""
    body = {
        "AppKey": key,
        "ProductId": op.device.product,
        "DeviceName": op.device.device,
        "OpenID": _owner(op),
    }
    await wire.send(cloud("RevokeBindUserDevice", body, changes=True), ctx)
    return Unbound(device=op.device)


async def direct_bind_device_in_family(
    wire: Wire, app: str, op: BindDevice, device: DeviceRef, home: Space, ctx: Context
) -> Binding:
    """``DirectBindDeviceInFamily``: ``bind(device, ByIdentity)`` into a home of a user named in ``extra``."""
    body = {
        "IotAppID": app,
        "UserID": _owner(op),
        "FamilyId": home.id,
        "ProductId": device.product,
        "DeviceName": device.device,
    }
    made = await wire.send(cloud("DirectBindDeviceInFamily", body, changes=True), ctx)
    info = made.child("AppDeviceInfo") or made
    return Binding(device=device, role=Role.OWNER, name=info.text("AliasName"), space=home, raw=Raw(info.body))


async def get_family_device_user_list(wire: Wire, device: DeviceRef, ctx: Context) -> list[Share]:
    """``GetFamilyDeviceUserList``: ``shares(OWNER, device)`` without times; the owner stands among the users."""
    body = {"ProductId": device.product, "DeviceName": device.device}
    answer = await wire.send(cloud("GetFamilyDeviceUserList", body, changes=False), ctx)
    users = [(item.need("UserId"), item.number("Role"), Raw(item.body)) for item in answer.each("UserList")]
    owner = next((Person(user_id=user) for user, role, _ in users if role == 1), None)
    return [
        Share(
            ref=share_ref(device, user),
            state=State.ACTIVE,
            recipient=Person(user_id=user),
            owner=owner,
            raw=raw,
        )
        for user, role, raw in users
        if role == 0
    ]


async def gen_single_device_signature_of_public(wire: Wire, op: MakeSignature, ctx: Context) -> Secret:
    """``GenSingleDeviceSignatureOfPublic``: the adapter's own operation."""
    body = {"ProductId": op.device.product, "DeviceName": op.device.device, "Expire": op.seconds}
    made = await wire.send(cloud("GenSingleDeviceSignatureOfPublic", body, changes=True), ctx)
    return Secret((made.child("DeviceSignature") or Fields({})).need("DeviceSignature"))


class TencentServerStub:
    """The required Protocols, for the credential of a vendor's own server."""

    support: Mapping[Capability, Support]

    def __init__(self, wire: Wire, key: str) -> None:
        self.support = {Capability("tencent.make_signature"): NATIVE}
        self._wire = wire
        self._key = key

    async def share(self, op: ShareDevice, ctx: Context, /) -> Share:
        """To a person alone."""
        if not isinstance(op.to, UserId):
            raise UnsupportedError("persons only", provider="tencent", capability=capabilities.SHARE_TO_ANYONE)
        return await share_device_to_user(self._wire, self._key, op, op.to, ctx)

    async def end(self, op: EndShare, ctx: Context, /) -> Share:
        """Revoke."""
        return await revoke_share_device_from_user(self._wire, self._key, op, ctx)

    async def shares(self, query: ShareQuery, ctx: Context, /) -> AsyncIterator[Batch[Share]]:
        """Of one device."""
        if query.device is not None:
            yield Batch(tuple(await get_family_device_user_list(self._wire, query.device, ctx)))

    async def bind(self, op: BindDevice, ctx: Context, /) -> Binding:
        """By identity."""
        if op.device is None:
            raise InvalidRequestError("it needs the device", provider="tencent", operation=op.kind)
        if op.space is not None and op.space.name is None:
            return await direct_bind_device_in_family(self._wire, self._key, op, op.device, op.space, ctx)
        return await bind_user_device(self._wire, self._key, op, op.device, ctx)

    async def unbind(self, op: UnbindDevice, ctx: Context, /) -> Unbound:
        """For the user."""
        return await revoke_bind_user_device(self._wire, self._key, op, ctx)

    async def bindings(self, query: BindingQuery, ctx: Context, /) -> AsyncIterator[Batch[Binding]]:
        """Nothing: no call of this credential lists what a user holds."""
        yield Batch((), (Gap(where="all", why=f"no call lists bindings ({query.kind}, {ctx.account})"),))

    async def make_signature(self, op: MakeSignature, ctx: Context, /) -> Secret:
        """Fulfil the adapter's own operation."""
        return await gen_single_device_signature_of_public(self._wire, op, ctx)


def as_required(provider: TencentServerStub) -> tuple[SharingProvider, BindingProvider]:
    """Check that it shares and binds."""
    return provider, provider
