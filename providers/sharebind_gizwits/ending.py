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
from sharebind_gizwits.sharing import LIFE, Making
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


class Ending:
    """Withdraws, revokes, declines and leaves."""

    def __init__(self, session: Session, lists: Lists, making: Making) -> None:
        self._session = session
        self._lists = lists
        self._making = making

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
        if own:
            return self._by_records(op, own, found, ctx)
        if made is None:
            return _ended(op, _over(op), ctx)
        return self._by_moments(op, made, found, ctx)

    def _by_records(self, op: EndShare, own: list[Record], found: _Found, ctx: Context) -> str | Share:
        """Say it from the code's own records: where a code admits several, each taker has one."""
        takers = {record.user_id or "" for record in own if record.status == ACCEPTED}
        live = sorted(takers & set(found.guests))
        if len(live) > 1:
            raise ConflictError(f"{len(live)} people took this code; {_SEE_LIST} with each. Nothing was ended")
        if not live:
            waiting = [each for each in own if recorded(each, Side.OWNER, ctx.now()).state is State.OFFERED]
            if waiting:
                raise _cannot_withdraw("nobody has taken it")
            return _settled(own[-1], op, ctx)
        guest, last = found.guests[live[0]], found.last[live[0]]
        made = Made.read(op.share.key)
        if last not in own or (made is not None and not made.within(guest.since, LIFE)):
            raise ConflictError(
                "whoever took this code has the device by another share since; if that is to end, "
                f"{_SEE_LIST} with them. Nothing was ended"
            )
        return live[0]

    def _by_moments(self, op: EndShare, made: Made, found: _Found, ctx: Context) -> str | Share:
        """Say it from when guests came, where no record is of this code: one who came in its time, and nobody else.

        Whether a code that was taken is listed is not documented. Another code of the device, open in the same quarter
        of an hour, may have admitted whoever came, so only this very process can tell, which knows all that it made.
        """
        invited = {user_id for user_id, record in found.last.items() if record.to_person}
        strangers = [guest for user_id, guest in found.guests.items() if user_id not in invited]
        if not strangers and keys.second(ctx.now()) > made.until + LIFE:
            return _ended(op, _over(op), ctx)
        if not strangers:
            raise _cannot_withdraw("nobody has taken it")
        guest = strangers[0]
        certain = (
            len(strangers) == 1
            and guest.user_id not in found.last
            and made.within(guest.since, LIFE)
            and self._making.was_alone(made, op.share.device.device)
        )
        if not certain:
            raise _cannot_withdraw(f"the vendor does not list whom it gave access; {_SEE_LIST} with that person")
        return guest.user_id

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
        record = await self._lists.incoming(ref.key.reveal(), ctx)
        if record is None:
            return _ended(op, _over(op), ctx)
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
        record = await self._lists.incoming(op.share.key.reveal(), ctx)
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
        raise NotBoundError(
            f"{PROVIDER} did not unbind {device} and tells no reason; it may be bound no more. Nothing was changed"
        )
    ctx.done()
    return answer.body


def _is_of(record: Record, op: EndShare, made: Made | None) -> bool:
    """Tell whether a record is of the code that is meant: by its id, or by when it was made."""
    if not record.by_code:
        return False
    if made is None:
        return record.id == op.share.key.reveal()
    return record.id == made.record or made.within(record.created_at)


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
