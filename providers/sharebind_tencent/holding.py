"""Holding devices: binding them by each proof, pairing, unbinding, naming, placing, listing."""

from __future__ import annotations

from collections.abc import AsyncIterator

from sharebind.provider import (
    Batch,
    BindDevice,
    Binding,
    BindingQuery,
    ByPairing,
    ByText,
    CheckPairing,
    Context,
    MalformedReplyError,
    NotBoundError,
    Pairing,
    PlaceDevice,
    RenameDevice,
    ResultLostError,
    Role,
    UnbindDevice,
    Unbound,
    UnexpectedRoleError,
    UnsupportedError,
    capabilities,
)
from sharebind_tencent.gaps import or_gap
from sharebind_tencent.homes import Homes
from sharebind_tencent.session import Session
from sharebind_tencent.sharing import Sharing
from sharebind_tencent.wire import devices, requests
from sharebind_tencent.wire.envelope import PROVIDER


class Holding:
    """Makes devices this account's own, and looks after them."""

    def __init__(self, session: Session, homes: Homes, sharing: Sharing) -> None:
        self._session = session
        self._homes = homes
        self._sharing = sharing

    async def bind(self, op: BindDevice, ctx: Context) -> Binding:
        """Bind into the only home or ``space``, by the text of the device's code, its signature, or a pairing."""
        space = op.space or await self._homes.only(ctx)
        content = await self._session.ask(requests.bind_device(op, space), ctx, done=True)
        if op.device is not None and isinstance(op.proof, ByPairing):
            return devices.bound(op.device, space, ctx.now())
        try:
            bound = devices.bound_in(content, space)
        except MalformedReplyError:
            if op.device is None or isinstance(op.proof, ByText):
                raise
            # The device's own signature was sent with its name, so which one is bound need not be told.
            return devices.bound(op.device, space, ctx.now())
        if op.device is not None and bound.device != op.device:
            raise ResultLostError(
                f"the signature was that of {bound.device}, which is bound now, not {op.device}; unbind it if unwanted",
                raw=bound.raw,
            )
        return bound

    async def begin_pairing(self, ctx: Context) -> Pairing:
        """Get a token for the device (AppCreateDeviceBindToken)."""
        return devices.pairing_in(await self._session.ask(requests.create_device_bind_token(), ctx, done=True))

    async def check_pairing(self, op: CheckPairing, ctx: Context) -> Pairing:
        """Tell whether the device has used its token (AppGetDeviceBindTokenState)."""
        token = op.proof.token
        return devices.progress_in(await self._session.ask(requests.get_device_bind_token_state(token), ctx), token)

    async def unbind(self, op: UnbindDevice, ctx: Context) -> Unbound:
        """Take a device out of its home (AppDeleteDeviceInFamily), if it is held in the expected role."""
        if op.expect is Role.GUEST:
            raise UnsupportedError(
                "tencent unbinds what stands in a home of its caller; a received device is given up with end(share)",
                provider=PROVIDER,
                capability=capabilities.UNBIND,
            )
        held = await self._held(op, ctx)
        if held.role is not op.expect:
            raise UnexpectedRoleError(f"{op.device} is held as {held.role}, not as {op.expect}; nothing was unbound")
        space = held.space or op.space
        if space is None:
            raise NotBoundError(f"{op.device} stands in no home of this account")
        await self._session.ask(requests.delete_device_in_family(op.device, space), ctx, done=True)
        return Unbound(device=op.device)

    async def rename(self, op: RenameDevice, ctx: Context) -> None:
        """Rename an own device (AppUpdateDeviceInFamily)."""
        await self._session.ask(requests.update_device_in_family(op), ctx, done=True)

    async def place(self, op: PlaceDevice, ctx: Context) -> None:
        """Put a device into a room of the home that it stands in (AppModifyFamilyDeviceRoom)."""
        await self._session.ask(requests.modify_family_device_room(op), ctx, done=True)

    async def bindings(self, query: BindingQuery, ctx: Context) -> AsyncIterator[Batch[Binding]]:
        """Walk the homes, then the received devices, which are in another list (``shared_in_list_is_apart``)."""
        if query.roles - {Role.GUEST}:
            async for batch in self._homes.devices(ctx):
                yield batch
        if Role.GUEST in query.roles:
            async for received in or_gap(self._sharing.received(ctx), "received devices"):
                yield Batch(tuple(devices.received_binding(share) for share in received.items), received.gaps)

    async def _held(self, op: UnbindDevice, ctx: Context) -> Binding:
        """Find how this account holds a device."""
        for home in await self._homes.all(ctx):
            if op.space is None or home.space.id == op.space.id:
                async for batch in self._homes.devices_in(home, ctx):
                    for binding in batch.items:
                        if binding.device == op.device:
                            return binding
        async for received in self._sharing.received(ctx):
            for share in received.items:
                if share.device == op.device:
                    return devices.received_binding(share)
        raise NotBoundError(f"{op.device} is neither in a home of this account nor shared with it")
