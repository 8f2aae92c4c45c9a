"""Ending shares from either side; whose access that ends is certain, or nothing is ended."""

from __future__ import annotations

import attrs

from sharebind.provider import (
    UNKNOWN_DEVICE,
    ConflictError,
    Context,
    DeviceRef,
    EndReason,
    EndShare,
    Evidence,
    HttpCall,
    NotBoundError,
    ProviderError,
    Role,
    Share,
    ShareEndedError,
    ShareNotFoundError,
    Side,
    State,
    UnexpectedRoleError,
    UnsupportedError,
    Via,
    capabilities,
    whole,
)
from sharebind_gizwits import keys
from sharebind_gizwits.codes import CODES
from sharebind_gizwits.keys import Made
from sharebind_gizwits.lists import Lists, newest
from sharebind_gizwits.session import Session
from sharebind_gizwits.sharing import LIFE
from sharebind_gizwits.support import SUPPORT
from sharebind_gizwits.wire import devices, requests
from sharebind_gizwits.wire.envelope import PROVIDER
from sharebind_gizwits.wire.records import Guest, Record
from sharebind_gizwits.wire.requests import ACCEPTED, CANCELLED, DECLINED, PENDING
from sharebind_gizwits.wire.shares import recorded

_COMPLETED = "9089"
"""A share that is not pending any more, or was answered: read back before it is believed (errors.yaml)."""

_SEE_LIST = "end the share that shares() lists"


@attrs.frozen(kw_only=True)
class _Found:
    """What the vendor tells of a device whose code is to be ended: every record, and who has access."""

    records: tuple[Record, ...]
    guests: dict[str, Guest]

    @property
    def last(self) -> dict[str, Record]:
        """The newest accepted record of each person."""
        return newest(record for record in self.records if record.status == ACCEPTED)

    def strangers(self) -> list[Guest]:
        """Give the guests who are not surely there by an invitation."""
        last = self.last
        return [guest for guest in self.guests.values() if not _is_invited(guest, last.get(guest.user_id))]


class Ending:
    """Withdraws, revokes, declines and leaves."""

    def __init__(self, session: Session, lists: Lists) -> None:
        self._session = session
        self._lists = lists

    async def end(self, op: EndShare, ctx: Context) -> Share:
        """End a share, by what its key is and on which side it stands."""
        ref = op.share
        if ref.side is Side.RECIPIENT:
            return await self._give_up(op, ctx)
        user_id = keys.guest_in(ref.key)
        if user_id is not None:
            return await self._change(op, requests.remove_guest(ref.device, user_id), EndReason.REVOKED, ctx)
        made = Made.read(ref.key)
        if made is None and ref.via is not Via.CODE:
            return await self._cancel(op, ctx)
        taker = await self._taker(op, made, ctx)
        if isinstance(taker, Share):
            return taker
        seen = attrs.evolve(op, seen=State.ACTIVE)
        return await self._change(seen, requests.remove_guest(ref.device, taker), EndReason.REVOKED, ctx)

    # ------------------------------------------------------------------------------------------------------- the owner

    async def _cancel(self, op: EndShare, ctx: Context) -> Share:
        """Withdraw an invitation or end what came of it (cancel_share)."""
        reason = {State.OFFERED: EndReason.WITHDRAWN, State.ACTIVE: EndReason.REVOKED}.get(op.seen, EndReason.UNKNOWN)
        try:
            return await self._change(op, requests.cancel_share(op.share.key), reason, ctx)
        except ProviderError as error:
            if error.vendor_code != _COMPLETED:
                raise
            record = await self._outgoing(op, ctx)
            if record is None or record.status not in (DECLINED, CANCELLED):
                raise
            return _settled(record, op, ctx)

    async def _outgoing(self, op: EndShare, ctx: Context) -> Record | None:
        found = self._lists.records(Side.OWNER, ctx, op.share.device)
        async for record in whole(found, f"the shares of {op.share.device}"):
            if record.id == op.share.key.reveal():
                return record
        return None

    async def _taker(self, op: EndShare, made: Made | None, ctx: Context) -> str | Share:
        """Say whose access a code gave, or give the share where nothing is left of it.

        Raises:
            UnsupportedError: nobody took it yet, or nobody can tell who did, and a code cannot be withdrawn.
            ConflictError: it gave access to several, or its taker has come by something else since.
            MalformedReplyError: records or guests could not be read whole.

        """
        device = op.share.device
        listed = [r async for r in whole(self._lists.records(Side.OWNER, ctx, device), f"the shares of {device}")]
        guests = [g async for g in whole(self._lists.guests(device, ctx), f"the guests of {device}")]
        found = _Found(records=tuple(listed), guests={guest.user_id: guest for guest in guests})
        own = [record for record in listed if _is_of(record, op, made)]
        return self._by_records(op, own, found, ctx) if own else self._unlisted(op, made, found, ctx)

    def _by_records(self, op: EndShare, own: list[Record], found: _Found, ctx: Context) -> str | Share:
        """Say it from the code's own records: where a code admits several, each taker has one."""
        made = Made.read(op.share.key)
        takers = {record.user_id or "" for record in own if record.status == ACCEPTED}
        live = sorted(takers & set(found.guests))
        if len(live) > 1:
            raise ConflictError(f"{len(live)} people took this code; {_SEE_LIST} with each. Nothing was ended")
        if any(not _is_told(record, found) for record in own):
            raise _cannot_withdraw(f"the vendor does not tell how it stands or who took it; {_SEE_LIST}")
        if any(_waits(record, made, ctx) for record in own):
            taken = f"it was taken, and waits for others; {_SEE_LIST} with who took it"
            raise _cannot_withdraw(taken if live else "nobody has taken it")
        if not live:
            return _settled(own[-1], op, ctx)
        guest, last = found.guests[live[0]], found.last[live[0]]
        if last not in own or (made is not None and not made.within(guest.since, LIFE)):
            raise ConflictError(
                "whoever took this code has the device by another share since; if that is to end, "
                f"{_SEE_LIST} with them. Nothing was ended"
            )
        return live[0]

    def _unlisted(self, op: EndShare, made: Made | None, found: _Found, ctx: Context) -> Share:
        """Say how a code stands that no record is of: over with its time, where everybody was invited who is there.

        Whether a code that was taken is listed is not documented. Another code, made by the vendor's own app or by
        another process, may have admitted whoever came in its time, so nobody is removed for this one.
        """
        if found.strangers():
            raise _cannot_withdraw(f"the vendor does not list whom it gave access; {_SEE_LIST} with that person")
        if made is not None and not _is_late(made, ctx):
            raise _cannot_withdraw("nobody has taken it")
        return _ended(op, _over(op), ctx)

    # --------------------------------------------------------------------------------------------------- the recipient

    async def _give_up(self, op: EndShare, ctx: Context) -> Share:
        """Decline an offer (answer_share), or leave (unbind); a stored offer may have become either meanwhile."""
        ref = op.share
        if ref.device == UNKNOWN_DEVICE or keys.is_taken(ref.key):
            raise ShareNotFoundError(
                "which device this share is of was never told; end the share that received() lists. Nothing was ended"
            )
        if keys.is_received(ref.key):
            return await self._leave(op, ctx)
        if op.seen is State.OFFERED:
            return await self._decline(op, ctx)
        record, last = await self._lists.incoming(ref, ctx)
        if record is None:
            return _ended(op, _over(op), ctx)
        if record.status == ACCEPTED and last != record:
            return _settled(record, op, ctx)  # the device is held by what was accepted since, if at all
        if record.status == PENDING and recorded(record, Side.RECIPIENT, ctx.now()).state is State.OFFERED:
            return await self._decline(op, ctx)
        if record.status in (PENDING, DECLINED, CANCELLED):
            return _settled(record, op, ctx)
        return await self._leave(op, ctx)

    async def _decline(self, op: EndShare, ctx: Context) -> Share:
        """Refuse an offer (answer_share).

        Raises:
            ShareEndedError: it was answered before, and the list does not tell that it is over.

        """
        call = requests.answer_share(op.share.key, DECLINED)
        try:
            return await self._change(op, call, EndReason.DECLINED, ctx)
        except ProviderError as error:
            if error.vendor_code != _COMPLETED:
                raise
            refused = error
        record, _ = await self._lists.incoming(op.share, ctx)
        if record is not None and record.status in (DECLINED, CANCELLED):
            return _settled(record, op, ctx)
        raise _answered(refused)

    async def _leave(self, op: EndShare, ctx: Context) -> Share:
        """Give a received device back. The same call gives up an own one, with all its guests: the role is read first.

        Raises:
            UnexpectedRoleError: the device is held otherwise than as a guest (quirk ``owner_unbind_drops_guests``).

        """
        device = op.share.device
        held = await self._lists.holding(device, ctx)
        if held is None:
            return _ended(op, _over(op), ctx)
        if held.binding.role is not Role.GUEST:
            raise UnexpectedRoleError(
                f"{device} is held as {held.binding.role}, not as {Role.GUEST}; nothing was ended"
            )
        try:
            await give_up(self._session, device, ctx)
        except ProviderError as error:
            over = CODES.already_over(error, "unbind", op.seen)
            if over is None:
                raise
            return _ended(op, over, ctx)
        return _ended(op, State.ENDED, ctx, EndReason.LEFT)

    async def _change(self, op: EndShare, call: HttpCall, reason: EndReason, ctx: Context) -> Share:
        """Make the one call that ends it; what is over already is quiet."""
        try:
            await self._session.ask(call, ctx, done=True)
        except ProviderError as error:
            over = CODES.already_over(error, call.name, op.seen)
            if over is None:
                raise
            return _ended(op, over, ctx)
        return _ended(op, State.ENDED, ctx, reason)


async def give_up(session: Session, device: DeviceRef, ctx: Context) -> object:
    """Unbind one device, and give the answer.

    Raises:
        NotBoundError: the vendor's success says that it failed for this device.

    """
    answer = await session.fields(requests.unbind(device), ctx)
    if not devices.was_unbound(answer, device):
        ctx.refused()
        raise NotBoundError(f"{PROVIDER} did not unbind {device} and tells no reason; it may be bound no more")
    ctx.done()
    return answer.body


def _is_of(record: Record, op: EndShare, made: Made | None) -> bool:
    """Tell whether a record is of the code that is meant: by its id, or by when it was made."""
    if not record.by_code:
        return False
    if made is None:
        return record.id == op.share.key.reveal()
    return record.id == made.record or made.within(record.created_at)


def _is_told(record: Record, found: _Found) -> bool:
    """Tell whether a code's record says how it stands, and who took it if somebody has."""
    if record.status == ACCEPTED:
        return record.user_id is not None or not found.guests
    return record.status in (PENDING, DECLINED, CANCELLED)


def _waits(record: Record, made: Made | None, ctx: Context) -> bool:
    """Tell whether a code may be taken yet: by the vendor's clock or by the one that it was made by."""
    if record.status != PENDING:
        return False
    offered = recorded(record, Side.OWNER, ctx.now()).state is State.OFFERED
    return offered or (made is not None and not _is_late(made, ctx))


def _is_late(made: Made, ctx: Context) -> bool:
    return keys.second(ctx.now()) > made.until + LIFE


def _is_invited(guest: Guest, last: Record | None) -> bool:
    return last is not None and last.to_person and guest.since is not None and last.may_have_admitted(guest)


def _over(op: EndShare) -> State:
    """Say how a share stands that is not to be found: over where it was seen to work, else nobody knows."""
    return State.ENDED if op.seen is State.ACTIVE else State.UNKNOWN


def _settled(record: Record, op: EndShare, ctx: Context) -> Share:
    """Give a share that the vendor tells to be over, by the handle that the caller has."""
    over = EndReason.UNKNOWN if record.status == ACCEPTED else None
    return attrs.evolve(recorded(record, op.share.side, ctx.now(), over=over), ref=op.share)


def _ended(op: EndShare, state: State, ctx: Context, reason: EndReason | None = None) -> Share:
    """Make the share as it is after ``end``; a reason is known only where this call ended it."""
    return Share(
        ref=op.share,
        state=state,
        end_reason=reason or (EndReason.UNKNOWN if state is State.ENDED else None),
        ended_at=ctx.now() if reason is not None else None,
        evidence=Evidence.ASSUMED if reason is not None else Evidence.VENDOR,
        seen_at=ctx.now(),
    )


def _answered(refused: ProviderError) -> ShareEndedError:
    """Say of an offer what the table says of ending a grant otherwise: there is nothing to decline any more."""
    error = ShareEndedError(
        str(refused),
        vendor_code=refused.vendor_code,
        vendor_message=refused.vendor_message,
        http_status=refused.http_status,
        raw=refused.raw,
    )
    error.reason = EndReason.USED
    return error


def _cannot_withdraw(what: str) -> UnsupportedError:
    reason = SUPPORT[capabilities.END_WITHDRAW_CODE].reason
    return UnsupportedError(
        f"{PROVIDER} cannot end this share: {what}; {reason}. Nothing was changed.",
        provider=PROVIDER,
        capability=capabilities.END_WITHDRAW_CODE,
        reason=reason,
    )
