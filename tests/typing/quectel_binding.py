"""Quectel's binding and session calls on the model, those left out of it, and the provider. Only type-checked."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Mapping
from typing import ClassVar

import attrs
from tests.typing.quectel import (
    BINDING,
    Wire,
    device_info,
    device_share_user_list,
    extra,
    get_device_info_by_binding,
    owner_user_unshare_device,
    request,
    set_share_time,
    share_by_uid,
    share_device,
    share_info,
    share_user_unshare_device,
    user_device_list,
)

from sharebind import protocols
from sharebind.provider import (
    NATIVE,
    AcceptShare,
    Anyone,
    Batch,
    BindDevice,
    Binding,
    BindingCheck,
    BindingProvider,
    BindingQuery,
    ByBindingCode,
    ByIdentity,
    BySerial,
    Capability,
    ChangeShare,
    CheckBinding,
    Context,
    DeviceRef,
    EndShare,
    Fields,
    Gap,
    HttpCall,
    InspectCode,
    InvalidRequestError,
    Operation,
    Preview,
    Proof,
    ProviderError,
    Raw,
    RenameDevice,
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
    UnbindDevice,
    Unbound,
    UnexpectedRoleError,
    UnsupportedError,
    bind_by,
    capabilities,
)


@attrs.frozen(kw_only=True)
class ByBluetooth(Proof):
    """The secrets of a device that speaks Bluetooth alone; the adapter signs them."""

    kind: ClassVar[str] = "quectel.bluetooth"
    binding_code: Secret
    new_secret: Secret
    random: str


@attrs.frozen(kw_only=True)
class ByMatter(Proof):
    """A binding code with what Matter tells of the device; nested, so ``extra`` could not hold it."""

    kind: ClassVar[str] = "quectel.matter"
    code: Secret
    info: Mapping[str, object]


@attrs.frozen(kw_only=True)
class BluetoothResetCredentials(Operation[Secret]):
    """What resets a device that speaks Bluetooth alone: the adapter's own operation."""

    kind: ClassVar[str] = "quectel.bluetooth_reset_credentials"
    method: ClassVar[str] = "bluetooth_reset_credentials"
    changes: ClassVar[bool] = False
    device: DeviceRef


async def change_share_device_name(wire: Wire, op: RenameDevice, share: ShareRef, ctx: Context) -> None:
    """``changeShareDeviceName``: ``rename`` of a received device, by its share."""
    query = {"shareCode": share.key.reveal(), "deviceName": op.name}
    await wire.send(request("changeShareDeviceName", "PUT", BINDING + "changeShareDeviceName", query), ctx)


async def set_device_info(wire: Wire, op: RenameDevice, ctx: Context) -> None:
    """``setDeviceInfo``: ``rename`` of a device of one's own."""
    query = {"pk": op.device.product, "dk": op.device.device, "deviceName": op.name}
    await wire.send(request("setDeviceInfo", "PUT", BINDING + "setDeviceInfo", query), ctx)


def _device(op: BindDevice) -> DeviceRef:
    """Refuse a wish without a device, where the proof does not name it."""
    if op.device is None:
        raise InvalidRequestError(f"{op.proof.kind} needs the device", provider="quectel", operation="bind")
    return op.device


def _bound(op: BindDevice, device: DeviceRef, data: Fields) -> Binding:
    key = data.secret("authKey")
    return Binding(
        device=device,
        role=Role.OWNER,
        name=op.name,
        space=op.space,
        verified=data.flag("verified"),
        local_keys={"authKey": key} if key is not None else {},
        raw=Raw(data.body),
    )


async def bind_device_dk(wire: Wire, op: BindDevice, ctx: Context) -> Binding:
    """``bindDeviceDk``: ``bind(device, ByIdentity)``; the answer brings a local key."""
    device = _device(op)
    query = {
        "pk": device.product,
        "dk": device.device,
        "name": op.name,
        "fid": op.space.id if op.space else None,
        "frid": op.space.room if op.space else None,
        "capabilitiesBitmask": extra(op, "capabilities"),
    }
    body = await wire.send(request("bindDeviceDk", "POST", BINDING + "bindDeviceDk", query), ctx)
    return _bound(op, device, body.child("data") or Fields({}))


async def bind_device_sn(wire: Wire, op: BindDevice, proof: BySerial, ctx: Context) -> Binding:
    """``bindDeviceSn``: ``bind(None, BySerial)``; the call needs the product, which a serial alone does not name."""
    product = extra(op, "product")
    query = {"pk": product, "sn": proof.serial.reveal(), "deviceName": op.name}
    body = await wire.send(request("bindDeviceSn", "POST", BINDING + "bindDeviceSn", query), ctx)
    data = body.child("data") or Fields({})
    return _bound(op, DeviceRef(data.need("dk"), data.need("pk")), data)


async def device_binding_by_pure_bt(
    wire: Wire, op: BindDevice, proof: ByBluetooth, ctx: Context, domain_secret: Secret
) -> Binding:
    """``deviceBindingByPureBt``: ``bind(device, quectel.ByBluetooth)``; ``verified`` 0 is kept."""
    device = _device(op)
    code = proof.binding_code.reveal()
    signed = device.product + device.device + code + domain_secret.reveal()
    call = HttpCall(
        name="deviceBindingByPureBt",
        method="POST",
        path=BINDING + "deviceBindingByPureBt",
        body={
            "pk": device.product,
            "dk": device.device,
            "bindingCode": code,
            "encryptedNewBindingSecret": proof.new_secret.reveal(),
            "random": proof.random,
            "signature": hashlib.sha256(signed.encode()).hexdigest(),
        },
        changes=True,
    )
    return _bound(op, device, (await wire.send(call, ctx)).child("data") or Fields({}))


async def device_binding_by_wifi(wire: Wire, op: BindDevice, proof: ByBindingCode | ByMatter, ctx: Context) -> Binding:
    """``deviceBindingByWifi``: ``bind(device, ByBindingCode)``, or with ``quectel.ByMatter``."""
    device = _device(op)
    body: dict[str, object] = {
        "productKey": device.product,
        "deviceKey": device.device,
        "bindingCode": proof.code.reveal(),
    }
    if isinstance(proof, ByMatter):
        body |= {"isMatter": True, "matterInfo": proof.info}
    path = BINDING + "v2/deviceBindingByWifi"
    call = HttpCall(name="deviceBindingByWifi", method="POST", path=path, body=body, changes=True)
    return _bound(op, device, (await wire.send(call, ctx)).child("data") or Fields({}))


async def unbundling_device_dk(wire: Wire, op: UnbindDevice, ctx: Context) -> Unbound:
    """``unbundlingDeviceDk``: ``unbind``, after a read of the role; ``reset`` is ``isInit``."""
    held = await device_info(wire, {"pk": op.device.product, "dk": op.device.device}, ctx)
    if held.role is not op.expect:
        raise UnexpectedRoleError("it is held in another role", provider="quectel", operation=op.kind)
    query = {
        "pk": op.device.product,
        "dk": op.device.device,
        "isInit": str(op.reset).lower(),
        "pureBtResetCredentials": extra(op, "bluetooth_reset"),
        "random": extra(op, "bluetooth_random"),
    }
    body = await wire.send(request("unbundlingDeviceDk", "DELETE", BINDING + "unbundlingDeviceDk", query), ctx)
    data = body.child("data") or Fields({})
    return Unbound(device=op.device, others_left=data.number("bindingSum"), raw=Raw(body.body))


async def batch_get_pure_bt_reset_credentials(wire: Wire, op: BluetoothResetCredentials, ctx: Context) -> Secret:
    """``batchGetPureBtResetCredentials``: the adapter's own operation; the vendor wants a bare array as the body."""
    path = BINDING + "batchGetPureBtResetCredentials"
    array = [{"pk": op.device.product, "dk": op.device.device}]
    call = HttpCall(
        name="batchGetPureBtResetCredentials",
        method="POST",
        path=path,
        body=array,
        changes=False,
    )
    data = (await wire.send(call, ctx)).child("data") or Fields({})
    return Secret(next(data.each("successList")).need("resetCredentials"))


class QuectelStub:
    """The two required Protocols and the optional ones that Quectel has."""

    support: Mapping[Capability, Support]

    def __init__(self, wire: Wire, domain_secret: Secret) -> None:
        self.support = {
            capabilities.SHARE_TO_ANYONE: NATIVE,
            capabilities.SHARE_OVERLAP_EXTEND: NATIVE,
            bind_by(ByBluetooth.kind): NATIVE,
        }
        self._wire = wire
        self._secret = domain_secret

    async def share(self, op: ShareDevice, ctx: Context, /) -> Share:
        """By code or to a person."""
        send = share_info if isinstance(op.to, Anyone) else share_by_uid
        return await send(self._wire, op, ctx)

    async def end(self, op: EndShare, ctx: Context, /) -> Share:
        """By side."""
        owner = op.share.side is Side.OWNER
        send = owner_user_unshare_device if owner else share_user_unshare_device
        return await send(self._wire, op, ctx)

    async def shares(self, query: ShareQuery, ctx: Context, /) -> AsyncIterator[Batch[Share]]:
        """Of one device, or of all: with a gap for each that cannot be read."""
        held = [] if query.device is not None else await user_device_list(self._wire, 1, ctx)
        if query.side is Side.RECIPIENT:
            received = (each for each in held if each.share is not None)
            yield Batch(
                tuple(
                    Share(ref=each.share, state=State.ACTIVE, owner=each.owner, use_until=each.use_until)
                    for each in received
                    if each.share is not None
                )
            )
            return
        for device in [query.device] if query.device is not None else [each.device for each in held]:
            try:
                yield Batch(tuple(await device_share_user_list(self._wire, device, ctx)))
            except ProviderError as failed:
                yield Batch((), (Gap(where=str(device), why=str(failed)),))

    async def bind(self, op: BindDevice, ctx: Context, /) -> Binding:
        """By the kind of proof."""
        match op.proof:
            case ByIdentity():
                return await bind_device_dk(self._wire, op, ctx)
            case BySerial() as serial:
                return await bind_device_sn(self._wire, op, serial, ctx)
            case ByBluetooth() as bluetooth:
                return await device_binding_by_pure_bt(self._wire, op, bluetooth, ctx, self._secret)
            case ByBindingCode() | ByMatter() as code:
                return await device_binding_by_wifi(self._wire, op, code, ctx)
            case other:
                raise UnsupportedError("no such proof", provider="quectel", capability=bind_by(other.kind))

    async def unbind(self, op: UnbindDevice, ctx: Context, /) -> Unbound:
        """With the role read first."""
        return await unbundling_device_dk(self._wire, op, ctx)

    async def bindings(self, query: BindingQuery, ctx: Context, /) -> AsyncIterator[Batch[Binding]]:
        """One, or page by page."""
        if query.device is not None:
            by = {"pk": query.device.product, "dk": query.device.device}
            yield Batch((await device_info(self._wire, by, ctx),))
            return
        yield Batch(tuple(await user_device_list(self._wire, 1, ctx)))

    async def accept(self, op: AcceptShare, ctx: Context, /) -> Share:
        """By code alone."""
        return await share_device(self._wire, op, ctx)

    async def change(self, op: ChangeShare, ctx: Context, /) -> Share:
        """Another end."""
        return await set_share_time(self._wire, op, ctx)

    async def inspect(self, op: InspectCode, ctx: Context, /) -> Preview:
        """Read the device by the code."""
        held = await device_info(self._wire, {"shareCode": op.code.reveal()}, ctx)
        return Preview(device=held.device, name=held.name, owner=held.owner, use_until=held.use_until, raw=held.raw)

    async def check_binding(self, op: CheckBinding, ctx: Context, /) -> BindingCheck:
        """Whether it may be bound."""
        return await get_device_info_by_binding(self._wire, op, ctx)

    async def rename(self, op: RenameDevice, ctx: Context, /) -> None:
        """One's own, or a received one."""
        if op.share is not None:
            return await change_share_device_name(self._wire, op, op.share, ctx)
        return await set_device_info(self._wire, op, ctx)

    async def bluetooth_reset_credentials(self, op: BluetoothResetCredentials, ctx: Context, /) -> Secret:
        """Fulfil the adapter's own operation."""
        return await batch_get_pure_bt_reset_credentials(self._wire, op, ctx)


def as_sharing(provider: QuectelStub) -> SharingProvider:
    """Check that it shares."""
    return provider


def as_binding(provider: QuectelStub) -> BindingProvider:
    """Check that it binds."""
    return provider


def as_optional(
    provider: QuectelStub,
) -> tuple[protocols.Accepting, protocols.Changing, protocols.Inspecting, protocols.BindChecking, protocols.Renaming]:
    """Check its further abilities."""
    return provider, provider, provider, provider, provider
