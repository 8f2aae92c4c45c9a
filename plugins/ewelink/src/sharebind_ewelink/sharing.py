"""Sharing: giving a person access, changing what they may do, ending it from either side, and listing it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Final
from weakref import WeakValueDictionary

import attrs

from sharebind.provider import (
    AlreadySharedError,
    Anyone,
    Batch,
    ChangeShare,
    ConflictError,
    Context,
    DeviceNotFoundError,
    EndReason,
    EndShare,
    Fields,
    InvalidRequestError,
    MalformedReplyError,
    Overlap,
    ProviderError,
    ResultLostError,
    Share,
    ShareDevice,
    ShareQuery,
    Side,
    Somebody,
    State,
    UnexpectedRoleError,
)
from sharebind_ewelink.codes import ABSENT, CODES
from sharebind_ewelink.homes import Homes
from sharebind_ewelink.rights import permit, rights_in
from sharebind_ewelink.session import Session
from sharebind_ewelink.wire import people, requests, things
from sharebind_ewelink.wire.things import Kind, Thing

_HELD: Final = (Kind.OWN, Kind.RECEIVED)


class Sharing:
    """Gives access, changes it, ends it, and lists it."""

    def __init__(self, session: Session, homes: Homes) -> None:
        self._session = session
        self._homes = homes
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def share(self, op: ShareDevice, ctx: Context) -> Share:
        """Share with a person, who is not asked and has access at once (share_devices; quirk ``silent_share``).

        Whether sharing again changes the rights of who has the device already is not said, so who has it is read first.
        One share of a device is made at a time: of two, each would read that nobody has it.
        """
        if isinstance(op.to, Anyone):  # refused by support before it comes here
            raise InvalidRequestError("eWeLink shares with a person")
        async with self._turns.setdefault(op.device.device, asyncio.Lock()):
            return await self._give(op, op.to, ctx)

    async def _give(self, op: ShareDevice, to: Somebody, ctx: Context) -> Share:
        thing = await self._homes.find(op.device, ctx, *_HELD)
        if thing is None:
            raise DeviceNotFoundError(f"this account holds no device {op.device}; nothing was changed")
        earlier = self._earlier(thing, op, to, ctx)
        if earlier is not None:
            return await self._set(earlier, op.rights or frozenset(), ctx)
        had = frozenset(entry.text("apikey") for entry in things.recipients_in(thing))
        data = await self._session.ask(requests.share_devices(op), ctx, done=True)
        shown = next((each for each in things.updated_in(data) if each.device.matches(op.device)), None)
        made = None if shown is None else _made(shown, to, had)
        if shown is None or made is None:
            shown, made = await self._read_back(op, to, had, ctx)
        # Its key is known, so the share is, whatever else of it cannot be read.
        ctx.done(things.just_given(shown, made, op.rights or frozenset(), ctx.now(), to))
        return things.given_share(shown, made, ctx.now(), to)

    async def end(self, op: EndShare, ctx: Context) -> Share:
        """Revoke (cancel_share), or leave (delete_device)."""
        if op.share.side is Side.RECIPIENT:
            return await self._leave(op, ctx)
        call = requests.cancel_share(op.share.device, op.share.key)
        try:
            await self._session.ask(call, ctx, done=True)
        except ProviderError as error:
            over = CODES.already_over(error, call.name, op.seen)
            if over is None or not await self._is_gone(op, ctx):
                raise
            return things.ended(op.share, over, ctx.now())
        return things.ended(op.share, State.ENDED, ctx.now(), EndReason.REVOKED)

    async def change(self, op: ChangeShare, ctx: Context) -> Share:
        """Set what a recipient may do (change_share_permission)."""
        if not isinstance(op.rights, frozenset):  # a change of anything else is refused by support
            raise InvalidRequestError("eWeLink changes the rights of a share, and nothing else")
        known = Share(ref=op.share, state=State.ACTIVE)
        return await self._set(known, op.rights, ctx)

    async def shares(self, query: ShareQuery, ctx: Context) -> AsyncIterator[Batch[Share]]:
        """Read the shares inside one device, or walk every home (quirk ``share_list_is_inside_devices``)."""
        if State.ACTIVE not in query.states:  # there is no other state (contract: state_map)
            return
        if query.device is not None:
            kind = Kind.OWN if query.side is Side.OWNER else Kind.RECEIVED
            thing = await self._homes.find(query.device, ctx, kind)
            yield Batch(()) if thing is None else _told(thing, query.side, ctx)
            return
        async for batch in self._homes.things(ctx):
            yield Batch((), batch.gaps)
            for _, thing in batch.items:
                yield _told(thing, query.side, ctx)

    async def _set(self, share: Share, rights: frozenset[str], ctx: Context) -> Share:
        """Set the rights of a share that there is, and give it as the answer shows it."""
        ref = share.ref
        call = requests.change_share_permission(ref.device, ref.key, permit(rights))
        data = await self._session.ask(call, ctx, done=True)
        assumed = attrs.evolve(
            things.changed(ref, rights, ctx.now()), name=share.name, recipient=share.recipient, raw=share.raw
        )
        ctx.done(assumed)
        for thing in things.updated_in(data):
            listed = things.shares_in(thing, Side.OWNER, ctx.now()).items if thing.device.matches(ref.device) else ()
            for found in listed:
                if found.ref.key == ref.key and found.rights == rights:
                    return attrs.evolve(found, recipient=share.recipient or found.recipient)
        return assumed

    def _earlier(self, thing: Thing, op: ShareDevice, to: Somebody, ctx: Context) -> Share | None:
        """Give the share that a person has already, where it is to be replaced; ``None`` where they surely have none.

        Raises:
            AlreadySharedError: they have one, and it is to be kept.
            ConflictError: somebody has one with other rights, and nothing tells whether it is they.

        """
        entries = [(entry, people.is_of(entry, to)) for entry in things.recipients_in(thing)]
        for entry, same in entries:
            if same and op.overlap is Overlap.REPLACE:
                return things.given_share(thing, entry, ctx.now(), to)
            if same:
                raise AlreadySharedError(
                    f"{op.device} is shared with that person already, and it stays as it is; nothing was changed. "
                    "change() sets other rights, and so does overlap=REPLACE"
                )
        if any(same is None and _would_lose(entry, op) for entry, same in entries):
            raise ConflictError(
                f"{op.device} is shared with somebody whose address is not shown, with other rights: it may be "
                "that person, and sharing again might change them. Nothing was changed; change() sets their rights"
            )
        return None

    async def _read_back(
        self, op: ShareDevice, to: Somebody, had: frozenset[str | None], ctx: Context
    ) -> tuple[Thing, Fields]:
        """Find the share that was made where the answer does not show it."""
        try:
            thing = await self._homes.find(op.device, ctx, *_HELD)
        except MalformedReplyError:
            thing = None
        made = None if thing is None else _made(thing, to, had)
        if thing is None or made is None:
            raise ResultLostError(
                f"{op.device} was shared, and the vendor does not show which of its recipients that is; read shares()"
            )
        return thing, made

    async def _is_gone(self, op: EndShare, ctx: Context) -> bool:
        """Tell whether a share is really over: a 405 is believed only where the own device does not show it any more.

        Strangers may get the same code, and would be told that a share has ended which works.
        """
        thing = await self._homes.find(op.share.device, ctx, Kind.OWN)
        if thing is None or thing.kind != Kind.OWN:
            return False
        keys = [entry.text("apikey") for entry in things.recipients_in(thing)]
        return None not in keys and op.share.key.reveal() not in keys

    async def _leave(self, op: EndShare, ctx: Context) -> Share:
        """Leave a received device, after reading that it is one (quirk ``delete_means_two_things``)."""
        device = op.share.device
        thing = await self._homes.find(device, ctx, Kind.RECEIVED, Kind.OWN)
        over = State.ENDED if op.seen is State.ACTIVE else State.UNKNOWN
        if thing is None:
            return things.ended(op.share, over, ctx.now())
        if thing.kind != Kind.RECEIVED:
            raise UnexpectedRoleError(
                f"{device} was not received: by the vendor's word it is {_kind(thing)}. Nothing was given up; "
                "an own device is given up with unbind()"
            )
        mine = things.is_from(thing, op.share.key)
        if mine is None:
            raise ConflictError(
                f"the answer does not show who gave {device}, and it may be from another owner by now; nothing was left"
            )
        if not mine:
            # What is held now is another owner's share; this one is over.
            return things.ended(op.share, over, ctx.now())
        try:
            await self._session.ask(requests.delete_device(device), ctx, done=True)
        except ProviderError as error:
            if error.vendor_code != ABSENT:
                raise
            # It was there a moment ago, and is gone.
            return things.ended(op.share, State.ENDED, ctx.now())
        return things.ended(op.share, State.ENDED, ctx.now(), EndReason.LEFT)


def _would_lose(entry: Fields, op: ShareDevice) -> bool:
    """Tell whether sharing again could change what somebody has: other rights, or a comment that would go."""
    return rights_in(entry) != (op.rights or frozenset()) or entry.get("comment") is not None


def _made(thing: Thing, to: Somebody, had: frozenset[str | None]) -> Fields | None:
    """Find the entry of a person in the device that was shared: by their address, else as the only new one."""
    entries = _readable(thing)
    mine = [entry for entry in entries if people.is_of(entry, to)]
    new = [entry for entry in entries if entry.text("apikey") not in had and people.is_of(entry, to) is not False]
    found = mine if len(mine) == 1 else new
    return found[0] if len(found) == 1 else None


def _readable(thing: Thing) -> list[Fields]:
    try:
        return [entry for entry in things.recipients_in(thing) if entry.text("apikey") is not None]
    except MalformedReplyError:
        return []


def _told(thing: Thing, side: Side, ctx: Context) -> Batch[Share]:
    """Read the shares of a thing; one whose shares cannot be read is a gap."""
    try:
        if thing.role is None:
            things.binding_in(thing)
        return things.shares_in(thing, side, ctx.now())
    except MalformedReplyError as error:
        return things.gap_of(thing, error)


def _kind(thing: Thing) -> str:
    return "an own one" if thing.kind == Kind.OWN else f"of a kind that is not known ({thing.kind})"
