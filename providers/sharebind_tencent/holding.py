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
    Space,
    UnbindDevice,
    Unbound,
    UnexpectedRoleError,
    UnsupportedError,
    capabilities,
    or_gap,
    whole,
)
from sharebind_tencent.homes import Homes
from sharebind_tencent.session import Session
from sharebind_tencent.sharing import Sharing
from sharebind_tencent.wire import devices, requests
from sharebind_tencent.wire.devices import Home
from sharebind_tencent.wire.envelope import PROVIDER


class Holding:
    """Makes devices this account's own, and looks after them."""

    def __init__(self, session: Session, homes: Homes, sharing: Sharing) -> None:
        self._session = session
        self._homes = homes
        self._sharing = sharing

    async def bind(self, op: BindDevice, ctx: Context) -> Binding:
        """Bind into the only home or ``space``, by the text of the device's code, its signature, or a pairing."""
        home = Home(op.space, None) if op.space is not None else await self._homes.only(ctx)
        content = await self._session.ask(requests.bind_device(op, home.space), ctx, done=True)
        if op.device is not None and isinstance(op.proof, ByPairing):
            return devices.bound(op.device, home, ctx.now())
        try:
            bound = devices.bound_in(content, home)
        except MalformedReplyError:
            # The device's own signature was sent with its name, so which one is bound need not be told.
            named = devices.named_in(content) or (None if isinstance(op.proof, ByText) else op.device)
            if named is None:
                raise
            bound = devices.bound(named, home, ctx.now())
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
        role, space = await self._place(op, ctx)
        if role is not op.expect:
            raise UnexpectedRoleError(f"{op.device} is held as {role}, not as {op.expect}; nothing was unbound")
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
            async for batch in self._homes.bindings(ctx):
                yield batch
        if Role.GUEST in query.roles:
            async for received in or_gap(self._sharing.received(ctx), "received devices"):
                yield Batch(tuple(devices.received_binding(share) for share in received.items), received.gaps)

    async def _place(self, op: UnbindDevice, ctx: Context) -> tuple[Role, Space]:
        """Find the home that a device stands in, and the role there.

        Raises:
            NotBoundError: it stands in none.
            UnexpectedRoleError: it is none of theirs, but was received.
            MalformedReplyError: where it stands, or in which role, cannot be told.

        """
        for home in await self._homes.all(ctx):
            found = None if op.space is not None and home.space.id != op.space.id else await self._in(home, op, ctx)
            if found is not None:
                return found
        async for share in whole(self._sharing.received(ctx), "the received devices"):
            if share.device == op.device:
                raise UnexpectedRoleError(
                    f"{op.device} was received, and is held as {Role.GUEST}, not as {op.expect}; nothing was unbound"
                )
        where = "in a home of this account" if op.space is None else "in that home"
        raise NotBoundError(f"{op.device} is neither {where} nor shared with this account")

    async def _in(self, home: Home, op: UnbindDevice, ctx: Context) -> tuple[Role, Space] | None:
        """Give the role and the room of a device in a home, ``None`` where it does not stand in it."""
        name = home.space.name or home.space.id
        if home.role is None:
            # Never taken for the owner's: who only lives there would unbind what is another's.
            async for device in whole(self._homes.devices_in(home, ctx), f"home {name}"):
                if device == op.device:
                    raise MalformedReplyError(f"the vendor tells no role in home {name}, where {device} stands")
            return None
        async for held in whole(self._homes.bindings_in(home, ctx), f"home {name}"):
            if held.device == op.device:
                if held.space is None or held.space.id != home.space.id:
                    raise MalformedReplyError(f"home {name} lists {op.device} as standing in another home")
                return home.role, held.space
        return None
