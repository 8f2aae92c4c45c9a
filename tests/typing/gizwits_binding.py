"""Gizwits' binding and session calls on the model, and the provider. Only type-checked, never run."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Mapping
from typing import ClassVar
from urllib.parse import quote

import attrs
from tests.typing.gizwits import (
    Wire,
    accept_share_code,
    answer_share,
    cancel_share,
    create_share,
    inspect_share_code,
    list_guests,
    list_shares,
    remove_guest,
)

from sharebind import protocols
from sharebind.provider import (
    NATIVE,
    AcceptShare,
    Batch,
    BindDevice,
    Binding,
    BindingProvider,
    BindingQuery,
    ByText,
    Capability,
    Context,
    DeviceRef,
    EndShare,
    Evidence,
    Fields,
    HttpCall,
    InspectCode,
    Level,
    NotBoundError,
    Preview,
    Proof,
    Raw,
    RenameDevice,
    ResultLostError,
    Role,
    Secret,
    Share,
    ShareDevice,
    ShareQuery,
    ShareRef,
    SharingProvider,
    Side,
    State,
    Support,
    TransferDevice,
    UnbindDevice,
    Unbound,
    UnexpectedRoleError,
    UnsupportedError,
    UserId,
    Via,
    bind_by,
    capabilities,
)

ROLES = {"special": Role.OWNER, "owner": Role.OWNER, "guest": Role.GUEST, "normal": Role.MEMBER}


@attrs.frozen(kw_only=True)
class ByMac(Proof):
    """A product's key and the MAC address of a device in it."""

    kind: ClassVar[str] = "gizwits.mac"
    product: str
    mac: str


def _held(item: Fields) -> Binding:
    """Read one binding. Only the did names a device, for shares come without the product."""
    passcode = item.secret("passcode")
    return Binding(
        device=DeviceRef(item.need("did")),
        role=ROLES.get(item.text("role") or "", Role.MEMBER),
        name=item.text("dev_alias"),
        local_keys={"passcode": passcode} if passcode is not None else {},
        raw=Raw(item.body),
    )


def login(username: str, password: Secret) -> HttpCall:
    """``login``: session layer; there is no refresh, so the password is kept."""
    body = {"username": username, "password": password.reveal()}
    return HttpCall(name="login", method="POST", path="/app/login", body=body, changes=False)


async def bind_mac(wire: Wire, op: BindDevice, proof: ByMac, secret: Secret, ctx: Context) -> Binding:
    """``bind_mac``: ``bind(None, gizwits.ByMac)``, signed by the product's secret; ``set_owner`` is an extra."""
    stamp = str(int(ctx.now().timestamp()))
    signature = hashlib.md5((secret.reveal() + stamp).encode(), usedforsecurity=False).hexdigest()
    body = {
        "product_key": proof.product,
        "mac": proof.mac,
        "dev_alias": op.name or "",
        "set_owner": int(op.extra.get("set_owner") is True),
    }
    headers: dict[str, str | Secret] = {"X-Gizwits-Timestamp": stamp, "X-Gizwits-Signature": Secret(signature)}
    call = HttpCall(name="bind_mac", method="POST", path="/app/bind_mac", headers=headers, body=body, changes=True)
    return _held(await wire.send(call, ctx))


async def bind_latest(wire: Wire, op: BindDevice, proof: ByText, ctx: Context) -> Binding:
    """``bind_latest``: ``bind(None, ByText)``; no name can be given, and the device is told by what is new."""
    before = {each.device for each in await list_bindings(wire, 0, ctx)}
    body = {"qr_content": proof.text.reveal(), "set_owner": int(op.extra.get("set_owner") is True)}
    await wire.reply(HttpCall(name="bind_latest", method="POST", path="/app/bind_latest", body=body, changes=True), ctx)
    new = [each for each in await list_bindings(wire, 0, ctx) if each.device not in before]
    if len(new) != 1:
        raise ResultLostError("not exactly one device is new", provider="gizwits", operation=op.kind)
    return new[0]


async def list_bindings(wire: Wire, skip: int, ctx: Context) -> list[Binding]:
    """``list_bindings``: ``bindings()``; guests are told by their role, and the passcode is a local key."""
    query = {"limit": "100", "skip": str(skip)}
    call = HttpCall(name="list_bindings", method="GET", path="/app/bindings", query=query, changes=False)
    return [_held(item) for item in (await wire.send(call, ctx)).each("devices")]


async def unbind(wire: Wire, device: DeviceRef, expect: Role, ctx: Context) -> Fields:
    """``unbind``: ``unbind``, and ``end`` of a received grant, both after a read of the role."""
    role = next((each.role for each in await list_bindings(wire, 0, ctx) if each.device == device), None)
    if role is None:
        raise NotBoundError("it is not held", provider="gizwits", operation=ctx.operation)
    if role is not expect:
        raise UnexpectedRoleError("it is held in another role", provider="gizwits", operation=ctx.operation)
    body = {"devices": [{"did": device.device}]}
    call = HttpCall(name="unbind", method="DELETE", path="/app/bindings", body=body, changes=True)
    answer = await wire.send(call, ctx)
    failed = answer.get("failed")
    if isinstance(failed, list) and device.device in failed:
        ctx.refused()
        raise NotBoundError("the vendor could not unbind it", provider="gizwits", operation=ctx.operation)
    ctx.done()
    return answer


async def update_binding(wire: Wire, op: RenameDevice, ctx: Context) -> None:
    """``update_binding``: ``rename``, of an own device or a received one alike."""
    path = f"/app/bindings/{quote(op.device.device, safe='')}"
    body = {"dev_alias": op.name}
    await wire.reply(HttpCall(name="update_binding", method="PUT", path=path, body=body, changes=True), ctx)


async def transfer_ownership(wire: Wire, op: TransferDevice, ctx: Context) -> None:
    """``transfer_ownership``: ``transfer``, to a guest by uid alone."""
    if not isinstance(op.to, UserId):
        raise UnsupportedError("by uid alone", provider="gizwits", capability=capabilities.TRANSFER_TO_USER_ID)
    path = f"/app/sharing/{quote(op.device.device, safe='')}/transfer"
    query = {"uid": op.to.value}
    await wire.reply(HttpCall(name="transfer_ownership", method="POST", path=path, query=query, changes=True), ctx)


class GizwitsStub:
    """The two required Protocols and the optional ones that Gizwits has."""

    support: Mapping[Capability, Support]

    def __init__(self, wire: Wire, product_secret: Secret) -> None:
        self.support = {
            capabilities.SHARE_OVERLAP_KEEP: NATIVE,
            capabilities.SHARE_CODE_ACCEPT_BY: Support(level=Level.FIXED, reason="15 minutes"),
        }
        self._wire = wire
        self._secret = product_secret

    async def share(self, op: ShareDevice, ctx: Context, /) -> Share:
        """By code or to a person."""
        return await create_share(self._wire, op, ctx)

    async def end(self, op: EndShare, ctx: Context, /) -> Share:
        """By side, state and the way it was offered."""
        if op.share.side is Side.OWNER:
            return await (remove_guest if op.share.via is Via.CODE else cancel_share)(self._wire, op, ctx)
        if op.seen is State.OFFERED:
            return await answer_share(self._wire, op, op.share, ctx)
        answer = await unbind(self._wire, op.share.device, Role.GUEST, ctx)
        return Share(ref=op.share, state=State.ENDED, evidence=Evidence.ASSUMED, raw=Raw(answer.body))

    async def shares(self, query: ShareQuery, ctx: Context, /) -> AsyncIterator[Batch[Share]]:
        """Shares by id, and guests by code beside them."""
        yield Batch(tuple(await list_shares(self._wire, query, 0, ctx)))
        if query.side is Side.OWNER and query.device is not None:
            yield Batch(tuple(await list_guests(self._wire, query.device, ctx)))

    async def bind(self, op: BindDevice, ctx: Context, /) -> Binding:
        """By the kind of proof."""
        match op.proof:
            case ByMac() as mac:
                return await bind_mac(self._wire, op, mac, self._secret, ctx)
            case ByText() as text:
                return await bind_latest(self._wire, op, text, ctx)
            case other:
                raise UnsupportedError("no such proof", provider="gizwits", capability=bind_by(other.kind))

    async def unbind(self, op: UnbindDevice, ctx: Context, /) -> Unbound:
        """With the role read first."""
        answer = await unbind(self._wire, op.device, op.expect, ctx)
        return Unbound(device=op.device, raw=Raw(answer.body))

    async def bindings(self, query: BindingQuery, ctx: Context, /) -> AsyncIterator[Batch[Binding]]:
        """Page by page."""
        held = await list_bindings(self._wire, 0, ctx)
        yield Batch(tuple(each for each in held if query.takes(each)))

    async def accept(self, op: AcceptShare, ctx: Context, /) -> Share:
        """By code, with the device told by what is new, or a received offer."""
        if op.offer is not None:
            return await answer_share(self._wire, op, op.offer, ctx)
        code = op.code or Secret("never")
        before = {each.device for each in await list_bindings(self._wire, 0, ctx)}
        await accept_share_code(self._wire, code, ctx)
        new = [each for each in await list_bindings(self._wire, 0, ctx) if each.device not in before]
        if len(new) != 1:
            raise ResultLostError("not exactly one device is new", provider="gizwits", operation=op.kind)
        ref = ShareRef(
            provider="gizwits",
            side=Side.RECIPIENT,
            via=Via.CODE,
            device=new[0].device,
            key=Secret(new[0].device.device),
        )
        return Share(ref=ref, state=State.ACTIVE, name=new[0].name, raw=new[0].raw)

    async def inspect(self, op: InspectCode, ctx: Context, /) -> Preview:
        """Say what a code is for."""
        return await inspect_share_code(self._wire, op.code, ctx)

    async def rename(self, op: RenameDevice, ctx: Context, /) -> None:
        """Give another name."""
        await update_binding(self._wire, op, ctx)

    async def transfer(self, op: TransferDevice, ctx: Context, /) -> None:
        """Make a guest the owner."""
        await transfer_ownership(self._wire, op, ctx)


def as_required(provider: GizwitsStub) -> tuple[SharingProvider, BindingProvider]:
    """Check that it shares and binds."""
    return provider, provider


def as_optional(
    provider: GizwitsStub,
) -> tuple[protocols.Accepting, protocols.Inspecting, protocols.Renaming, protocols.Transferring]:
    """Check its further abilities."""
    return provider, provider, provider, provider
