"""Sharing: codes and invitations, who has access, and ending it from either side."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime

from sharebind.provider import (
    UNKNOWN_DEVICE,
    AcceptShare,
    Anyone,
    Batch,
    Capability,
    ConflictError,
    Context,
    DeviceRef,
    EndReason,
    EndShare,
    Evidence,
    Gap,
    InvalidRequestError,
    MalformedReplyError,
    Person,
    Preview,
    ProviderError,
    Secret,
    Share,
    ShareDevice,
    ShareEndedError,
    ShareNotFoundError,
    ShareQuery,
    Side,
    SignInError,
    State,
    UnsupportedError,
    UserId,
    Via,
    capabilities,
    or_gap,
    walk,
    whole,
)
from sharebind_tencent.codes import CODES
from sharebind_tencent.homes import Homes
from sharebind_tencent.people import People
from sharebind_tencent.session import Session
from sharebind_tencent.support import SUPPORT
from sharebind_tencent.wire import limits, requests, shares
from sharebind_tencent.wire.envelope import PROVIDER
from sharebind_tencent.wire.shares import Described


class Sharing:
    """Gives access, takes it, ends it, and lists it."""

    def __init__(self, session: Session, homes: Homes, people: People) -> None:
        self._session = session
        self._homes = homes
        self._people = people

    async def share(self, op: ShareDevice, ctx: Context) -> Share:
        """Make a code and read its end, or find the person and send an invitation."""
        if not isinstance(op.to, Anyone):
            to = Person(user_id=op.to.value) if isinstance(op.to, UserId) else await self._people.find(op.to, ctx)
            user_id = to.user_id
            if user_id is None:
                raise MalformedReplyError("the vendor told no user id to invite")
            await self._session.ask(requests.send_share_device_invite(op, user_id), ctx, done=True)
            return shares.invitation(op, to, user_id, ctx.now())
        home = op.space or await self._homes.of(op.device, ctx)
        content = await self._session.ask(requests.create_share_device_token(op, home.id), ctx, done=True)
        token, now = shares.token_in(content), ctx.now()
        ctx.done(shares.code_offer(op, token, now))
        return shares.code_offer(op, token, now, await self.preview(token, ctx))

    async def accept(self, op: AcceptShare, ctx: Context) -> Share:
        """Redeem a code, or the token of a received offer; what it is for is read first."""
        token = op.code if op.code is not None else _token_of(op)
        described = await self._described(token, ctx)
        if op.offer is not None and op.offer.device not in (described.device, UNKNOWN_DEVICE):
            raise ShareNotFoundError(f"this offer is of {op.offer.device}, and its token is for {described.device}")
        await self._session.ask(requests.bind_user_share_device(token, described.device), ctx, done=True)
        return shares.grant(described, ctx.now())

    async def preview(self, token: Secret, ctx: Context) -> Preview:
        """Say what a code is for (AppDescribeShareDeviceToken)."""
        return (await self._described(token, ctx)).preview

    async def end(self, op: EndShare, ctx: Context) -> Share:
        """Revoke (AppRemoveShareDeviceUser) or leave (AppRemoveUserShareDevice)."""
        seen = op.seen
        if op.share.side is Side.RECIPIENT and op.share.via is Via.PERSON:
            # An invitation's own handle. Leaving would give back a device that came another way (quirk no_decline).
            raise _cannot(capabilities.END_DECLINE, "it is an offer")
        if op.share.side is Side.RECIPIENT:
            call = requests.remove_user_share_device(op.share.device)
        elif op.share.via is Via.CODE:
            taker = await self._taker(op, ctx)
            if taker is None:
                return _ended(op, State.ENDED if op.seen is State.ACTIVE else State.UNKNOWN, ctx)
            call, seen = requests.remove_share_device_user(op.share.device, taker), State.ACTIVE
        else:
            call = requests.remove_share_device_user(op.share.device, op.share.key.reveal())
        try:
            await self._session.ask(call, ctx, done=True)
        except ProviderError as error:
            over = CODES.already_over(error, call.name, seen)
            if over is None:
                raise
            return _ended(op, over, ctx)
        reason = EndReason.LEFT if op.share.side is Side.RECIPIENT else EndReason.REVOKED
        return _ended(op, State.ENDED, ctx, reason)

    async def shares(self, query: ShareQuery, ctx: Context) -> AsyncIterator[Batch[Share]]:
        """List grants of one device or of every own one; or received grants, and offers from the inbox."""
        if query.side is Side.RECIPIENT:
            walks: list[AsyncIterator[Batch[Share]]] = []
            if State.ACTIVE in query.states:
                walks.append(self.received(ctx))
            if State.OFFERED in query.states:
                walks.append(or_gap(self._invitations(ctx), "the inbox"))
        elif query.device is not None:
            walks = [self._given(query.device, ctx)]
        else:
            walks = [self._given_anywhere(ctx)]
        for each in walks:
            async for batch in each:
                yield batch

    def received(self, ctx: Context) -> AsyncIterator[Batch[Share]]:
        """Walk what was given to this account (AppListUserShareDevices, quirk ``list_title_misleads``)."""
        return walk(
            lambda _, offset: self._session.page(requests.list_user_share_devices(offset), shares.received_in, ctx),
            key=lambda share: share.ref.device,
            where="received devices",
            last_offset=limits.SHARE_OFFSET_LIMIT,
        )

    def _given(self, device: DeviceRef, ctx: Context) -> AsyncIterator[Batch[Share]]:
        return walk(
            lambda _, offset: self._session.page(
                requests.list_share_device_users(device, offset), lambda content: shares.given_in(content, device), ctx
            ),
            key=lambda share: share.ref.key,
            where=f"users of {device}",
            last_offset=limits.SHARE_OFFSET_LIMIT,
        )

    async def _given_anywhere(self, ctx: Context) -> AsyncIterator[Batch[Share]]:
        """Walk the grants of every own device; a device that cannot be read is a gap."""
        async for owned in self._homes.devices(ctx):
            yield Batch((), owned.gaps)
            for device in owned.items:
                async for batch in or_gap(self._given(device, ctx), f"shares of {device}"):
                    yield batch

    async def _invitations(self, ctx: Context) -> AsyncIterator[Batch[Share]]:
        """Read the inbox as far back as a token may still live, and confirm each with the vendor."""
        after: tuple[str, int] | None = None
        seen: set[str] = set()
        since = ctx.now() - limits.INBOX_DAYS
        for _ in range(limits.MESSAGE_PAGES):
            page = shares.inbox_in(await self._session.ask(requests.get_messages(after), ctx))
            yield Batch((), page.gaps)
            fresh = [(message, token) for message, token in page.messages if message not in seen]
            seen.update(message for message, _ in fresh)
            for _, token in fresh:
                if token is not None:
                    yield await self._confirmed(token, ctx)
            if not page.more or _all_before(page.times, since):
                return
            after = page.after
            if after is None:
                yield _no_further("the vendor says that more follows, and no message tells from where")
                return
            if not fresh:
                yield _no_further("the vendor repeats a page")
                return
        yield _no_further(f"it has more than {limits.MESSAGE_PAGES} pages")

    async def _confirmed(self, token: Secret, ctx: Context) -> Batch[Share]:
        try:
            offer = shares.received_offer(await self._described(token, ctx), token, ctx.now())
        except ShareEndedError:
            return Batch(())
        except SignInError:
            raise
        except ProviderError as error:
            return Batch((), (Gap(where="an invitation in the inbox", why=str(error)),))
        return Batch(() if offer is None else (offer,))

    async def _described(self, token: Secret, ctx: Context) -> Described:
        content = await self._session.ask(requests.describe_share_device_token(token), ctx)
        return shares.described_in(content, ctx.now())

    async def _taker(self, op: EndShare, ctx: Context) -> str | None:
        """Say whose access a code gave, ``None`` where it is dead and the device has no users.

        The code is described first: whoever takes it after that is not yet in the list, and one that is described as
        taken admits nobody else. A taker whom the list does not show is told too, for the list may lag; the vendor
        answers for itself whether there was anything left to end.

        Raises:
            UnsupportedError: nobody took it yet, and an offer cannot be withdrawn.
            ShareNotFoundError: the vendor does not tell which of the device's users came by it.
            ConflictError: its taker's access is not the one that it gave.
            MalformedReplyError: the users could not be read whole, and the taker is not among those that could.

        """
        device = op.share.device
        users = whole(self._given(device, ctx), f"the users of {device}")
        try:
            described = await self._described(op.share.key, ctx)
        except ShareEndedError as dead:
            async for _ in users:
                raise ShareNotFoundError(
                    "the code is dead and tells no more whom it gave access; end the share that shares() lists",
                    vendor_code=dead.vendor_code,
                ) from None
            return None
        preview = described.preview
        if described.device != device:
            raise ShareNotFoundError(f"the code is for {described.device}, not for {device}; nothing was ended")
        if not described.taken:
            # The vendor describes it, so it is open: by a clock that runs ahead of the vendor's it were over.
            until = "" if preview.accept_by is None else f" and it ends at {preview.accept_by:%Y-%m-%d %H:%M:%S} UTC"
            raise _cannot(capabilities.END_WITHDRAW_CODE, f"nobody has taken it{until}")
        taker = None if preview.recipient is None else preview.recipient.user_id
        if taker is None:
            raise ShareNotFoundError("the code was taken, and does not tell by whom; end the share that shares() lists")
        async for user in users:
            if user.ref.key.reveal() == taker:
                _check_same(described, user)
                break
        return taker


def _check_same(described: Described, user: Share) -> None:
    """Refuse to end somebody's access by a code that is not what gave it.

    A used code names its taker for ever, and whoever came back by another code has a later time of binding. To revoke
    would take away the later share, and to say "ended" would hide that they have access: so the caller is asked.
    """
    at, since = described.taken_at, user.accepted_at
    if at is not None and since is not None and since - at <= limits.SAME_BIND:
        return
    when = "" if since is None else f" since {since:%Y-%m-%d %H:%M:%S} UTC"
    taken = "at an unknown time" if at is None else f"at {at:%Y-%m-%d %H:%M:%S} UTC"
    raise ConflictError(
        f"the code was taken {taken}, and its taker has access{when}, maybe by another one. "
        "If that is to end, end the share that shares() lists with them; nothing was ended"
    )


def _no_further(why: str) -> Batch[Share]:
    return Batch((), (Gap(where="the inbox", why=why),))


def _token_of(op: AcceptShare) -> Secret:
    if op.offer is None or op.offer.via is not Via.PERSON:
        raise InvalidRequestError("this received share is no offer, so there is nothing to accept")
    return op.offer.key


def _ended(op: EndShare, state: State, ctx: Context, reason: EndReason | None = None) -> Share:
    """Make the share as it is after ``end``.

    A reason is known only where this call ended it: revoked, left and unbound look the same from both lists (quirk
    ``endings_look_alike``).
    """
    return Share(
        ref=op.share,
        state=state,
        end_reason=reason or (EndReason.UNKNOWN if state is State.ENDED else None),
        ended_at=ctx.now() if reason is not None else None,
        evidence=Evidence.ASSUMED if reason is not None else Evidence.VENDOR,
        seen_at=ctx.now(),
    )


def _all_before(times: tuple[datetime, ...], since: datetime) -> bool:
    """Tell whether the inbox need not be read further: it goes back in time, and has passed the moment."""
    return len(times) > 0 and times[0] >= times[-1] and times[-1] < since


def _cannot(capability: Capability, what: str) -> UnsupportedError:
    reason = SUPPORT[capability].reason
    return UnsupportedError(
        f"tencent cannot end this share: {what}; {reason}. Nothing was changed.",
        provider=PROVIDER,
        capability=capability,
        reason=reason,
    )
