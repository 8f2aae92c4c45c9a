"""Reading one account's lists: what it holds, what it gave, who has access, and what it was given."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Hashable, Iterable
from typing import TypeVar

from sharebind.provider import (
    Batch,
    Binding,
    Context,
    DeviceRef,
    EndReason,
    Fields,
    PermissionDeniedError,
    ProviderError,
    RateLimitedError,
    Role,
    Share,
    ShareQuery,
    ShareRef,
    Side,
    SignInError,
    State,
    or_gap,
    walk,
    whole,
)
from sharebind_gizwits.session import Session
from sharebind_gizwits.wire import devices, records, requests, shares
from sharebind_gizwits.wire.devices import Held
from sharebind_gizwits.wire.records import Guest, Record
from sharebind_gizwits.wire.requests import ACCEPTED, PENDING

T = TypeVar("T")

_ACCESS = frozenset({State.ACTIVE, State.UNKNOWN, State.ENDED})
"""The states that an accepted share may be in: whether it still works is told by who has the device."""


class Lists:
    """The lists of one account."""

    def __init__(self, session: Session) -> None:
        self._session = session

    # -------------------------------------------------------------------------------------------------------- devices

    def held(self, ctx: Context) -> AsyncIterator[Batch[Held]]:
        """Walk what the account holds (list_bindings)."""
        return self._devices(devices.held_in, lambda each: each.binding.device, ctx)

    async def bindings(self, ctx: Context) -> AsyncIterator[Batch[Binding]]:
        """Give the same as bindings, read whole before the first one is given.

        The list tells no total by which a walk could see that it shrinks, as it does where a caller unbinds each device
        that is given: later ones would move onto pages that were read already.
        """
        for batch in [batch async for batch in self.held(ctx)]:
            yield Batch(tuple(each.binding for each in batch.items), batch.gaps)

    async def names(self, ctx: Context) -> frozenset[DeviceRef]:
        """Name every device that the account holds, in whatever role, before something new comes.

        Raises:
            MalformedReplyError: some could not be read, so nobody could tell afterwards what is new.

        """
        found = self._devices(devices.device_in, lambda device: device, ctx)
        return frozenset([device async for device in whole(found, "the devices of this account")])

    async def holding(self, device: DeviceRef, ctx: Context) -> Held | None:
        """Find how the account holds a device, ``None`` where it does not.

        Raises:
            MalformedReplyError: it was not among those that could be read, and some could not be.

        """
        async for each in whole(self.held(ctx), "the devices of this account"):
            if each.binding.device.device == device.device:
                return each
        return None

    # --------------------------------------------------------------------------------------------------- what was given

    def given(self, query: ShareQuery, ctx: Context) -> AsyncIterator[Batch[Share]]:
        """Walk the shares of one device, or of every device that this account has shared."""
        if query.device is None:
            return self._given_anywhere(query, ctx)
        return self._given_or_none(shares.bare(query.device), query, ctx)

    async def _given_anywhere(self, query: ShareQuery, ctx: Context) -> AsyncIterator[Batch[Share]]:
        """Walk what was shared: a first binder who has not is ``special``, so what is so held has no shares.

        The devices are read whole before the first share is given, as ``bindings`` does and for the same reason. Their
        ids are kept as one text a page, without which thousands would take several times the memory.
        """
        own: set[str] | None = set()
        shared: list[str] = []
        async for held in self.held(ctx):
            yield Batch((), held.gaps)
            shared.append("\n".join(each.binding.device.device for each in held.items if each.role == devices.SHARING))
            if own is not None and State.ENDED in query.states:
                own = None if held.gaps else own.union(_owned(held.items))
        for text in shared:
            for device in map(DeviceRef, text.splitlines()):
                async for batch in or_gap(self._given_of(device, query, ctx), f"shares of {device}"):
                    yield batch
        if State.ENDED in query.states:
            async for batch in or_gap(self._former(own, ctx), "shares of devices that are held no more"):
                yield batch

    async def _given_or_none(self, device: DeviceRef, query: ShareQuery, ctx: Context) -> AsyncIterator[Batch[Share]]:
        """Walk one device's. Whether a first binder who has shared nothing may ask for them is not documented."""
        try:
            async for batch in self._given_of(device, query, ctx):
                yield batch
        except PermissionDeniedError:
            held = await self.holding(device, ctx)
            if held is None or held.binding.role is not Role.OWNER or held.role == devices.SHARING:
                raise

    async def _given_of(self, device: DeviceRef, query: ShareQuery, ctx: Context) -> AsyncIterator[Batch[Share]]:
        """Walk the records of a device, and hold those that were accepted against who has it.

        Records come first: whoever accepts between the two reads is told without a record, and nobody is told to have
        lost what they have.
        """
        taken: list[Record] = []
        async for batch in self.records(Side.OWNER, ctx, device):
            taken += (record for record in batch.items if record.status == ACCEPTED)
            waiting = (record for record in batch.items if record.status != ACCEPTED)
            yield Batch(
                tuple(shares.recorded(record, Side.OWNER, ctx.now()) for record in waiting),
                batch.gaps,
            )
        if not _ACCESS & query.states:
            return
        async for found in self.guests(device, ctx):
            yield Batch(tuple(_matched(device, taken, found, ctx)), found.gaps)

    async def _former(self, own: set[str] | None, ctx: Context) -> AsyncIterator[Batch[Share]]:
        """Walk the records of devices that this account owns no more: whatever their status, it shares them no more.

        ``own`` is ``None`` where some of the devices could not be read: then no owner is known to be gone.
        """
        async for batch in self.records(Side.OWNER, ctx):
            former = (record for record in batch.items if own is None or record.device.device not in own)
            yield Batch(tuple(_given_before(record, ctx, sure=own is not None) for record in former), batch.gaps)

    def records(
        self, side: Side, ctx: Context, device: DeviceRef | None = None, status: int | None = None
    ) -> AsyncIterator[Batch[Record]]:
        """Walk list_shares."""
        return walk(
            lambda _, offset: self._session.page(
                requests.list_shares(side, offset, device, status), records.records_in, ctx
            ),
            key=lambda record: record.id,
            where="shares" if device is None else f"shares of {device}",
        )

    async def guests(self, device: DeviceRef, ctx: Context) -> AsyncIterator[Batch[Guest]]:
        """Read who has a device (list_guests), in one batch."""
        yield Batch(*records.guests_in(await self._session.ask(requests.list_guests(device), ctx)))

    async def open_codes(self, device: DeviceRef, ctx: Context) -> frozenset[str] | None:
        """Give the ids of a device's codes that wait, ``None`` where the vendor does not tell."""
        try:
            waiting = whole(self.records(Side.OWNER, ctx, device, PENDING), f"the shares of {device}")
            return frozenset([record.id async for record in waiting if record.by_code])
        except (SignInError, RateLimitedError):
            raise
        except ProviderError:
            return None

    # ------------------------------------------------------------------------------------------------ what was received

    async def received(self, query: ShareQuery, ctx: Context) -> AsyncIterator[Batch[Share]]:
        """Walk what was offered and given to this account.

        What is held as a guest is a live share, whether a record tells of it or not, and a record that was accepted is
        none where the device is not held: nobody says what becomes of a record when a use ends or an owner leaves.
        """
        live: dict[str, Binding] = {}
        sure = True
        if _ACCESS & query.states:
            async for held in self.held(ctx):
                live |= {each.device.device: each for each in _as_guest(held.items)}
                sure = sure and not held.gaps
                yield Batch((), held.gaps)
        told: dict[str, Record] = {}
        async for batch in self.records(Side.RECIPIENT, ctx):
            yield Batch(tuple(_incoming(batch.items, live, told, ctx, sure=sure)), batch.gaps)
        for did, held_as in live.items():
            share = shares.received(held_as.device, held_as.name, told.get(did), held_as.raw, ctx.now())
            yield Batch((share,))

    async def incoming(self, ref: ShareRef, ctx: Context) -> tuple[Record | None, Record | None]:
        """Find one record of what was offered to this account, and which of its device was accepted last.

        The second is read to the end of the list only where the first was accepted.
        """
        found: Record | None = None
        last: Record | None = None
        async for record in whole(self.records(Side.RECIPIENT, ctx), "the shares that were received"):
            if record.status == ACCEPTED and record.device.device == ref.device.device:
                last = record if last is None or last.age() < record.age() else last
            if record.id == ref.key.reveal():
                found = record
            if found is not None and found.status != ACCEPTED:
                break
        return found, last

    def _devices(
        self, read: Callable[[Fields], T], key: Callable[[T], Hashable], ctx: Context
    ) -> AsyncIterator[Batch[T]]:
        return walk(
            lambda _, offset: self._session.page(
                requests.list_bindings(offset), lambda content: devices.devices_of(content, read), ctx
            ),
            key=key,
            where="devices",
        )


def newest(taken: Iterable[Record]) -> dict[str, Record]:
    """Keep of each person's accepted records the one that changed last: earlier ones have ended."""
    last: dict[str, Record] = {}
    for record in taken:
        user_id = record.user_id
        if user_id is not None and (user_id not in last or last[user_id].age() < record.age()):
            last[user_id] = record
    return last


def _matched(device: DeviceRef, taken: list[Record], guests: Batch[Guest], ctx: Context) -> Iterable[Share]:
    """Put accepted records and guests together; a record of nobody who has access any more has ended."""
    last, live = newest(taken), {guest.user_id: guest for guest in guests.items}
    told: set[str] = set()
    for record in taken:
        guest = live.get(record.user_id or "")
        newer = guest is not None and last.get(guest.user_id) is not record
        if guest is not None and not newer and record.may_have_admitted(guest):
            told.add(guest.user_id)
            yield shares.granted(record, guest, ctx.now())
        elif record.user_id is None:
            yield shares.recorded(record, Side.OWNER, ctx.now())
        elif newer or (guest is None and not guests.gaps):
            yield shares.recorded(record, Side.OWNER, ctx.now(), over=EndReason.UNKNOWN)
        else:
            yield shares.unclear(record, Side.OWNER, ctx.now())
    for guest in live.values():
        if guest.user_id not in told:
            yield shares.untold(device, guest, ctx.now())


def _given_before(record: Record, ctx: Context, *, sure: bool) -> Share:
    """Give a share of a device that the account owns no more, as far as that is sure."""
    if sure:
        return shares.recorded(record, Side.OWNER, ctx.now(), over=EndReason.OWNER_GONE)
    give = shares.unclear if record.status == ACCEPTED else shares.recorded
    return give(record, Side.OWNER, ctx.now())


def _incoming(
    found: Iterable[Record], live: dict[str, Binding], told: dict[str, Record], ctx: Context, *, sure: bool
) -> Iterable[Share]:
    """Give what is settled by a record alone, and keep for each held device the record that tells of it."""
    for record in found:
        over: Record | None = record
        if record.status == ACCEPTED and record.device.device in live:
            known = told.get(record.device.device)
            newer = known is None or known.age() < record.age()
            over = known if newer else record
            if newer:
                told[record.device.device] = record
        elif record.status == ACCEPTED and not sure:
            yield shares.unclear(record, Side.RECIPIENT, ctx.now())
            continue
        if over is not None:
            reason = EndReason.UNKNOWN if over.status == ACCEPTED else None
            yield shares.recorded(over, Side.RECIPIENT, ctx.now(), over=reason)


def _owned(found: Iterable[Held]) -> Iterable[str]:
    return (each.binding.device.device for each in found if each.binding.role is Role.OWNER)


def _as_guest(found: Iterable[Held]) -> Iterable[Binding]:
    return (each.binding for each in found if each.binding.role is Role.GUEST)
