"""Tencent's binding, session and server calls on the model, and the provider. Only type-checked, never run."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import ClassVar

import attrs
from tests.typing.tencent import (
    Wire,
    action,
    app_bind_user_share_device,
    app_create_family,
    app_create_share_device_token,
    app_describe_share_device_token,
    app_find_user,
    app_get_family_list,
    app_get_messages,
    app_get_room_list,
    app_get_user,
    app_list_share_device_users,
    app_list_user_share_devices,
    app_logout_user,
    app_remove_share_device_user,
    app_remove_user_share_device,
    app_send_share_device_invite,
    only_space,
)

from sharebind import protocols
from sharebind.provider import (
    NATIVE,
    AcceptShare,
    Anyone,
    Batch,
    BeginPairing,
    BindDevice,
    Binding,
    BindingProvider,
    BindingQuery,
    ByPairing,
    ByText,
    Capability,
    CheckPairing,
    Context,
    CreateSpace,
    DeviceRef,
    Email,
    EndShare,
    Fields,
    FindUser,
    Gap,
    InspectCode,
    InvalidRequestError,
    Pairing,
    Person,
    Phone,
    PlaceDevice,
    Preview,
    Proof,
    ProviderError,
    Raw,
    ReadMe,
    RenameDevice,
    Role,
    Secret,
    Share,
    ShareDevice,
    ShareQuery,
    SharingProvider,
    Side,
    SignOut,
    Space,
    SpaceQuery,
    Support,
    UnbindDevice,
    Unbound,
    UnsupportedError,
    UserId,
    Username,
    bind_by,
    capabilities,
)


@attrs.frozen(kw_only=True)
class BySignature(Proof):
    """What a device signed itself, over the local link."""

    kind: ClassVar[str] = "tencent.signature"
    signature: Secret
    at: int
    method: str = "hmacsha1"
    channel: str = "wifi_sign"


def _device(op: BindDevice) -> DeviceRef:
    if op.device is None:
        raise InvalidRequestError(f"{op.proof.kind} needs the device", provider="tencent", operation="bind")
    return op.device


def _bound(data: Fields, fallback: DeviceRef | None = None) -> Binding:
    info = data.child("AppDeviceInfo") or data
    home = info.text("FamilyId")
    device = fallback or DeviceRef(info.need("DeviceName"), info.need("ProductId"))
    return Binding(
        device=device,
        role=Role.OWNER,
        name=info.text("AliasName"),
        space=Space(home, info.text("RoomId")) if home else None,
        bound_at=info.seconds("CreateTime"),
        raw=Raw(info.body),
    )


async def app_secure_add_device_in_family(
    wire: Wire, op: BindDevice, proof: ByText, home: Space, ctx: Context
) -> Binding:
    """``AppSecureAddDeviceInFamily``: ``bind(None, ByText)``; the answer names the device."""
    body = {"FamilyId": home.id, "RoomId": home.room, "DeviceSignature": proof.text.reveal()}
    return _bound(await wire.send(action("AppSecureAddDeviceInFamily", body, changes=True), ctx), op.device)


async def app_sig_bind_device_in_family(
    wire: Wire, op: BindDevice, proof: BySignature, home: Space, ctx: Context
) -> Binding:
    """``AppSigBindDeviceInFamily``: ``bind(device, tencent.BySignature)``."""
    device = _device(op)
    body = {
        "FamilyId": home.id,
        "ProductId": device.product,
        "DeviceName": device.device,
        "DeviceTimestamp": proof.at,
        "Signature": proof.signature.reveal(),
        "BindType": proof.channel,
        "SignMethod": proof.method,
    }
    return _bound(await wire.send(action("AppSigBindDeviceInFamily", body, changes=True), ctx), device)


async def app_token_bind_device_family(
    wire: Wire, op: BindDevice, proof: ByPairing, home: Space, ctx: Context
) -> Binding:
    """``AppTokenBindDeviceFamily``: ``bind(device, ByPairing)``; nothing comes back."""
    device = _device(op)
    body = {
        "Token": proof.token.reveal(),
        "ProductId": device.product,
        "DeviceName": device.device,
        "FamilyId": home.id,
        "RoomId": home.room or "0",
    }
    await wire.send(action("AppTokenBindDeviceFamily", body, changes=True), ctx)
    return Binding(device=device, role=Role.OWNER, space=home, bound_at=ctx.now())


async def app_create_device_bind_token(wire: Wire, ctx: Context) -> Pairing:
    """``AppCreateDeviceBindToken``: ``begin_pairing``."""
    made = await wire.send(action("AppCreateDeviceBindToken", {}, changes=True), ctx)
    return Pairing(token=Secret(made.need("Token")), raw=Raw(made.body))


async def app_get_device_bind_token_state(wire: Wire, op: CheckPairing, ctx: Context) -> Pairing:
    """``AppGetDeviceBindTokenState``: ``check_pairing``; the device is only observed, so it may be missing."""
    body = {"Token": op.proof.token.reveal()}
    told = await wire.send(action("AppGetDeviceBindTokenState", body, changes=False), ctx)
    name, product = told.text("DeviceName"), told.text("ProductId")
    return Pairing(
        token=op.proof.token,
        ready=told.number("State") == 2,
        device=DeviceRef(name, product) if name and product else None,
    )


async def app_delete_device_in_family(wire: Wire, op: UnbindDevice, home: Space, ctx: Context) -> Unbound:
    """``AppDeleteDeviceInFamily``: ``unbind``, with the home looked up where none was named."""
    body = {
        "FamilyId": home.id,
        "ProductId": op.device.product,
        "DeviceName": op.device.device,
        "RoomId": home.room or "0",
    }
    await wire.send(action("AppDeleteDeviceInFamily", body, changes=True), ctx)
    return Unbound(device=op.device)


async def app_get_family_device_list(wire: Wire, home: Space, ctx: Context) -> tuple[Binding, ...]:
    """``AppGetFamilyDeviceList``: ``bindings()``, a home at a time."""
    body = {"FamilyId": home.id, "RoomId": "", "Offset": 0, "Limit": 50}
    answer = await wire.send(action("AppGetFamilyDeviceList", body, changes=False), ctx)
    return tuple(_bound(item) for item in answer.each("DeviceList"))


async def app_modify_family_device_room(wire: Wire, op: PlaceDevice, ctx: Context) -> None:
    """``AppModifyFamilyDeviceRoom``: ``place``; another home than the device's own cannot be said."""
    body = {
        "FamilyId": op.space.id,
        "RoomId": op.space.room or "0",
        "ProductId": op.device.product,
        "DeviceName": op.device.device,
    }
    await wire.send(action("AppModifyFamilyDeviceRoom", body, changes=True), ctx)


async def app_update_device_in_family(wire: Wire, op: RenameDevice, ctx: Context) -> None:
    """``AppUpdateDeviceInFamily``: ``rename`` of a device of one's own."""
    body = {"ProductId": op.device.product, "DeviceName": op.device.device, "AliasName": op.name}
    await wire.send(action("AppUpdateDeviceInFamily", body, changes=True), ctx)


class TencentStub:
    """The two required Protocols and the optional ones that Tencent has."""

    support: Mapping[Capability, Support]

    def __init__(self, wire: Wire) -> None:
        self.support = {bind_by(BySignature.kind): NATIVE, capabilities.BIND_SPACE: NATIVE}
        self._wire = wire

    async def share(self, op: ShareDevice, ctx: Context, /) -> Share:
        """By code or to a person, who is looked up first."""
        match op.to:
            case Anyone():
                return await app_create_share_device_token(self._wire, op, ctx)
            case UserId() as user:
                return await app_send_share_device_invite(self._wire, op, user, ctx)
            case Email() | Phone() as who:
                user = UserId((await app_find_user(self._wire, who, ctx)).user_id or "")
                return await app_send_share_device_invite(self._wire, op, user, ctx)
            case Username():
                raise UnsupportedError("no", provider="tencent", capability=capabilities.SHARE_TO_USERNAME)

    async def end(self, op: EndShare, ctx: Context, /) -> Share:
        """By side."""
        owner = op.share.side is Side.OWNER
        return await (app_remove_share_device_user if owner else app_remove_user_share_device)(self._wire, op, ctx)

    async def shares(self, query: ShareQuery, ctx: Context, /) -> AsyncIterator[Batch[Share]]:
        """By side: users of devices, or received devices and invitations."""
        if query.side is Side.RECIPIENT:
            yield Batch(tuple(await app_list_user_share_devices(self._wire, 0, ctx)))
            yield Batch(tuple(await app_get_messages(self._wire, ctx)))
        elif query.device is not None:
            yield Batch(tuple(await app_list_share_device_users(self._wire, query.device, 0, ctx)))

    async def bind(self, op: BindDevice, ctx: Context, /) -> Binding:
        """By the kind of proof, into the only home where none was named."""
        home = op.space or only_space(await app_get_family_list(self._wire, ctx))
        match op.proof:
            case ByText() as text:
                return await app_secure_add_device_in_family(self._wire, op, text, home, ctx)
            case BySignature() as signature:
                return await app_sig_bind_device_in_family(self._wire, op, signature, home, ctx)
            case ByPairing() as pairing:
                return await app_token_bind_device_family(self._wire, op, pairing, home, ctx)
            case other:
                raise UnsupportedError("no", provider="tencent", capability=bind_by(other.kind))

    async def unbind(self, op: UnbindDevice, ctx: Context, /) -> Unbound:
        """With the home looked up."""
        home = op.space or only_space(await app_get_family_list(self._wire, ctx))
        return await app_delete_device_in_family(self._wire, op, home, ctx)

    async def bindings(self, query: BindingQuery, ctx: Context, /) -> AsyncIterator[Batch[Binding]]:
        """Home by home, and then what was received."""
        for home in await app_get_family_list(self._wire, ctx):
            try:
                yield Batch(await app_get_family_device_list(self._wire, home, ctx))
            except ProviderError as failed:
                yield Batch((), (Gap(where=f"home {home.id}", why=str(failed)),))
        if Role.GUEST in query.roles:
            received = await app_list_user_share_devices(self._wire, 0, ctx)
            yield Batch(tuple(Binding(device=each.device, role=Role.GUEST, share=each.ref) for each in received))

    async def accept(self, op: AcceptShare, ctx: Context, /) -> Share:
        """By code or received offer."""
        return await app_bind_user_share_device(self._wire, op, ctx)

    async def inspect(self, op: InspectCode, ctx: Context, /) -> Preview:
        """Describe a code."""
        return await app_describe_share_device_token(self._wire, op.code, ctx)

    async def begin_pairing(self, _op: BeginPairing, ctx: Context, /) -> Pairing:
        """Ask for a token."""
        return await app_create_device_bind_token(self._wire, ctx)

    async def check_pairing(self, op: CheckPairing, ctx: Context, /) -> Pairing:
        """Follow it."""
        return await app_get_device_bind_token_state(self._wire, op, ctx)

    async def rename(self, op: RenameDevice, ctx: Context, /) -> None:
        """One's own device."""
        await app_update_device_in_family(self._wire, op, ctx)

    async def place(self, op: PlaceDevice, ctx: Context, /) -> None:
        """Into another room."""
        await app_modify_family_device_room(self._wire, op, ctx)

    async def find_user(self, op: FindUser, ctx: Context, /) -> Person:
        """By e-mail address or phone."""
        if not isinstance(op.who, Email | Phone):
            raise UnsupportedError("no such look-up", provider="tencent", capability=capabilities.FIND_BY_USER_ID)
        return await app_find_user(self._wire, op.who, ctx)

    async def me(self, _op: ReadMe, ctx: Context, /) -> Person:
        """Who we are."""
        return await app_get_user(self._wire, ctx)

    async def spaces(self, query: SpaceQuery, ctx: Context, /) -> AsyncIterator[Batch[Space]]:
        """Homes, and the rooms of each."""
        for home in await app_get_family_list(self._wire, ctx):
            yield Batch((home, *(await app_get_room_list(self._wire, home, ctx) if query.rooms else ())))

    async def create_space(self, op: CreateSpace, ctx: Context, /) -> Space:
        """Make a home."""
        return await app_create_family(self._wire, op, ctx)

    async def sign_out(self, _op: SignOut, ctx: Context, /) -> None:
        """End the session."""
        await app_logout_user(self._wire, ctx)


def as_required(provider: TencentStub) -> tuple[SharingProvider, BindingProvider]:
    """Check that it shares and binds."""
    return provider, provider


def as_optional(
    provider: TencentStub,
) -> tuple[
    protocols.Accepting,
    protocols.Inspecting,
    protocols.PairingBegin,
    protocols.PairingCheck,
    protocols.Renaming,
    protocols.Placing,
    protocols.UserFinding,
    protocols.SelfReading,
    protocols.SpaceListing,
    protocols.SpaceMaking,
    protocols.SigningOut,
]:
    """Check its further abilities."""
    p = provider
    return p, p, p, p, p, p, p, p, p, p, p
