"""Holding devices: binding them by each proof, unbinding, naming, placing, listing."""

from __future__ import annotations

from collections.abc import AsyncIterator

from sharebind.provider import (
    Batch,
    BindDevice,
    Binding,
    BindingQuery,
    ByText,
    Context,
    DeviceNotFoundError,
    DeviceRef,
    InvalidRequestError,
    MalformedReplyError,
    NotBoundError,
    PlaceDevice,
    ProofRejectedError,
    Raw,
    RenameDevice,
    ResultLostError,
    Role,
    Space,
    UnbindDevice,
    Unbound,
    UnexpectedRoleError,
    UnsupportedError,
    capabilities,
)
from sharebind_ewelink.codes import PROVIDER
from sharebind_ewelink.homes import Homes
from sharebind_ewelink.proofs import ByDigest
from sharebind_ewelink.qr import id_in
from sharebind_ewelink.session import Session
from sharebind_ewelink.wire import requests, things
from sharebind_ewelink.wire.things import Kind, Thing


class Holding:
    """Makes devices this account's own, and looks after them."""

    def __init__(self, session: Session, homes: Homes) -> None:
        self._session = session
        self._homes = homes

    async def bind(self, op: BindDevice, ctx: Context) -> Binding:
        """Bind into ``space`` or the current home: by a digest (add_device), or by the code of a GSM device."""
        if isinstance(op.proof, ByText):
            return await self._bind_gsm(op, op.proof, ctx)
        if not isinstance(op.proof, ByDigest) or op.device is None:  # other proofs are refused by support
            raise InvalidRequestError("eWeLink binds by ByDigest with a device, or by ByText")
        added = things.added_in(await self._session.ask(requests.add_device(op, op.device, op.proof), ctx, done=True))
        # The digest was made of this very device's id, so it is the one that is bound, whatever the answer shows.
        shown = added if added is not None and added.device.matches(op.device) else None
        return self._told(shown, op.device, op, ctx)

    async def _bind_gsm(self, op: BindDevice, proof: ByText, ctx: Context) -> Binding:
        """Bind a GSM device (add_gsm_device); the answer tells which one it is."""
        gsm = id_in(proof.text.reveal())
        if gsm is None:
            raise ProofRejectedError(
                "this text holds no id: expected an address such as https://…/addGsm?id=…, or the id alone",
                provider=PROVIDER,
            )
        added = things.added_in(await self._session.ask(requests.add_gsm_device(op, gsm), ctx, done=True))
        if added is None:
            raise MalformedReplyError("the answer does not show the device that is bound now")
        if op.device is not None and not added.device.matches(op.device):
            raise ResultLostError(
                f"the code was that of {added.device}, which is bound now, not {op.device}; unbind it if unwanted",
                raw=Raw(added.item.body),
            )
        return self._told(added, added.device, op, ctx)

    async def unbind(self, op: UnbindDevice, ctx: Context) -> Unbound:
        """Give up an own device, after reading that it is one (delete_device; quirk ``delete_means_two_things``)."""
        if op.expect is Role.GUEST:
            raise UnsupportedError(
                "ewelink unbinds what its caller owns; a received device is given up with end(share)",
                provider=PROVIDER,
                capability=capabilities.UNBIND,
            )
        thing = await self._homes.find(op.device, ctx, Kind.OWN, Kind.RECEIVED)
        if thing is None:
            raise NotBoundError(f"{op.device} is neither this account's own nor shared with it")
        if thing.role is not op.expect:
            held = thing.role or f"a kind that is not known ({thing.kind})"
            raise UnexpectedRoleError(f"{op.device} is held as {held}, not as {op.expect}; nothing was unbound")
        await self._session.ask(requests.delete_device(op.device), ctx, done=True)
        return Unbound(device=op.device)

    async def rename(self, op: RenameDevice, ctx: Context) -> None:
        """Rename an own device (update_device_info)."""
        await self._session.ask(requests.update_device_info(op), ctx, done=True)

    async def place(self, op: PlaceDevice, ctx: Context) -> None:
        """Put a device into a room (update_device_info), after reading that it stands in that room's home.

        The call takes the room alone, so a room of another home would be sent without that home.
        """
        if not op.space.room:
            raise InvalidRequestError(
                "name a room: whether an empty one takes a device out of its room is not documented"
            )
        thing = await self._homes.find(op.device, ctx, Kind.OWN, Kind.RECEIVED)
        if thing is None:
            raise DeviceNotFoundError(f"this account holds no device {op.device}; nothing was changed")
        home = things.binding_in(thing).space
        if home is None or home.id != op.space.id:
            raise InvalidRequestError(
                f"{op.device} stands in home {home.id if home is not None else 'unknown'}, not in {op.space.id}; "
                "no call moves a device to another home"
            )
        await self._session.ask(requests.update_device_info(op), ctx, done=True)

    async def bindings(self, query: BindingQuery, ctx: Context) -> AsyncIterator[Batch[Binding]]:
        """Read one device, or walk every home; own and received devices are in the same lists."""
        if query.device is not None:
            kinds = {Role.OWNER: Kind.OWN, Role.GUEST: Kind.RECEIVED}
            wanted = (kind for role, kind in kinds.items() if role in query.roles)
            thing = await self._homes.find(query.device, ctx, *wanted)
            yield Batch(()) if thing is None else _held(None, thing)
            return
        async for batch in self._homes.things(ctx):
            yield Batch((), batch.gaps)
            for home, thing in batch.items:
                yield _held(home, thing)

    def _told(self, thing: Thing | None, device: DeviceRef, op: BindDevice, ctx: Context) -> Binding:
        """Tell the device that was just bound: it is an own one, whatever kind the answer gives it, if it shows it."""
        known = Binding(device=device, role=Role.OWNER, name=requests.name_of(op), space=op.space)
        ctx.done(known)
        return known if thing is None else things.binding_in(thing, op.space, role=Role.OWNER)


def _held(home: Space | None, thing: Thing) -> Batch[Binding]:
    """Read how a device is held; one whose role nobody can tell is a gap."""
    try:
        return Batch((things.binding_in(thing, home),))
    except MalformedReplyError as error:
        return things.gap_of(thing, error)
