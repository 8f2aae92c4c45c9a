"""The Protocols of an account at Tencent, thin: pure functions from ``wire`` around the client that it holds."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime
from typing import TypeVar

import attrs

from sharebind.provider import (
    UNKNOWN_DEVICE,
    AcceptShare,
    Anyone,
    Batch,
    BindDevice,
    Binding,
    BindingQuery,
    ByText,
    Capability,
    Context,
    DeviceRef,
    EndReason,
    EndShare,
    Evidence,
    Fields,
    Gap,
    HttpCall,
    InspectCode,
    InvalidRequestError,
    MalformedReplyError,
    NotBoundError,
    Page,
    Person,
    Preview,
    ProviderError,
    ReadMe,
    ResultLostError,
    Role,
    Secret,
    Setup,
    Share,
    ShareDevice,
    ShareEndedError,
    ShareNotFoundError,
    ShareQuery,
    Side,
    SignInError,
    Space,
    SpaceQuery,
    SpaceRequiredError,
    State,
    Support,
    UnbindDevice,
    Unbound,
    UnexpectedRoleError,
    UnsupportedError,
    UserId,
    Via,
    an_object,
    capabilities,
    walk,
)
from sharebind_tencent import wire
from sharebind_tencent.codes import CODES
from sharebind_tencent.settings import TencentSettings
from sharebind_tencent.support import SUPPORT

T = TypeVar("T")


class Tencent:
    """One account at Tencent."""

    def __init__(self, settings: TencentSettings, setup: Setup) -> None:
        self._client = setup.client
        self._token = settings.token

    @property
    def support(self) -> Mapping[Capability, Support]:
        """What this account can be asked for."""
        return SUPPORT

    async def share(self, op: ShareDevice, ctx: Context, /) -> Share:
        """Make a code and read its end, or send an invitation."""
        if isinstance(op.to, Anyone):
            home = op.space or await self._home_of(op.device, ctx)
            content = await self._ask(wire.create_share_device_token(op, home.id), ctx, done=True)
            offer = wire.code_offer(op, wire.token_in(content), ctx.now())
            ctx.done(offer)
            preview = await self._preview(offer.code, ctx)
            return attrs.evolve(offer, accept_by=preview.accept_by, name=preview.name, raw=preview.raw)
        if not isinstance(op.to, UserId):  # other kinds are refused by support before they come here
            raise InvalidRequestError("an invitation takes a user id")
        await self._ask(wire.send_share_device_invite(op, op.to), ctx, done=True)
        return wire.invitation(op, op.to, ctx.now())

    async def accept(self, op: AcceptShare, ctx: Context, /) -> Share:
        """Redeem a code, or the token of a received offer; what it is for is read first."""
        token = op.code if op.code is not None else self._token_of(op)
        preview = await self._preview(token, ctx)
        device = preview.device or UNKNOWN_DEVICE
        await self._ask(wire.bind_user_share_device(token, device), ctx, done=True)
        return wire.grant(device, preview, ctx.now())

    async def inspect(self, op: InspectCode, ctx: Context, /) -> Preview:
        """Say what a code is for (AppDescribeShareDeviceToken)."""
        return await self._preview(op.code, ctx)

    async def end(self, op: EndShare, ctx: Context, /) -> Share:
        """Revoke (AppRemoveShareDeviceUser) or leave (AppRemoveUserShareDevice)."""
        if op.share.side is Side.RECIPIENT and op.share.via is Via.PERSON:
            # An invitation's own handle. Leaving would give back a device that came another way.
            raise _cannot(capabilities.END_DECLINE, "it is an offer")
        if op.share.side is Side.RECIPIENT:
            call = wire.remove_user_share_device(op.share.device)
        elif op.share.via is Via.CODE:
            taker = await self._taker(op, ctx)
            if taker is None:
                return self._ended(op, State.ENDED, ctx)
            call = wire.remove_share_device_user(op.share.device, taker)
        else:
            call = wire.remove_share_device_user(op.share.device, op.share.key.reveal())
        try:
            await self._ask(call, ctx, done=True)
        except ProviderError as error:
            over = CODES.already_over(error, call.name, op.seen)
            if over is None:
                raise
            return self._ended(op, over, ctx)
        reason = EndReason.LEFT if op.share.side is Side.RECIPIENT else EndReason.REVOKED
        return self._ended(op, State.ENDED, ctx, reason)

    async def shares(self, query: ShareQuery, ctx: Context, /) -> AsyncIterator[Batch[Share]]:
        """List grants of one device or of every own one; or received grants, and offers from the inbox."""
        if query.side is Side.RECIPIENT:
            walks = [self._received(ctx)]
            if State.OFFERED in query.states:
                walks.append(_or_gap(self._invitations(ctx), "the inbox"))
        elif query.device is not None:
            walks = [self._given(query.device, ctx)]
        else:
            walks = [self._given_anywhere(ctx)]
        for each in walks:
            async for batch in each:
                yield batch

    async def bind(self, op: BindDevice, ctx: Context, /) -> Binding:
        """Bind by the signature in the device's code (AppSecureAddDeviceInFamily), into the only home or ``space``."""
        if not isinstance(op.proof, ByText):  # other kinds are refused by support before they come here
            raise InvalidRequestError("binding takes the signature in the device's code: ByText(signature)")
        space = op.space or await self._only_home(ctx)
        content = await self._ask(wire.secure_add_device_in_family(op.proof.text, space), ctx, done=True)
        bound = wire.bound_in(content, space)
        if op.device is not None and bound.device != op.device:
            raise ResultLostError(
                f"the signature was that of {bound.device}, which is bound now, not {op.device}; unbind it if unwanted",
                raw=bound.raw,
            )
        return bound

    async def unbind(self, op: UnbindDevice, ctx: Context, /) -> Unbound:
        """Take a device out of its home (AppDeleteDeviceInFamily), if it is held in the expected role."""
        if op.expect is Role.GUEST:
            raise UnsupportedError(
                "tencent unbinds what stands in a home of its caller; a received device is given up with end(share)",
                provider=wire.PROVIDER,
                capability=capabilities.UNBIND,
            )
        held = await self._held(op, ctx)
        if held.role is not op.expect:
            raise UnexpectedRoleError(f"{op.device} is held as {held.role}, not as {op.expect}; nothing was unbound")
        space = held.space or op.space
        if space is None:
            raise NotBoundError(f"{op.device} stands in no home of this account")
        await self._ask(wire.delete_device_in_family(op.device, space), ctx, done=True)
        return Unbound(device=op.device)

    async def bindings(self, query: BindingQuery, ctx: Context, /) -> AsyncIterator[Batch[Binding]]:
        """Walk the homes, then the received devices, which are in another list (``shared_in_list_is_apart``)."""
        if query.roles - {Role.GUEST}:
            async for batch in self._owned(ctx):
                yield batch
        if Role.GUEST in query.roles:
            async for received in _or_gap(self._received(ctx), "received devices"):
                yield Batch(tuple(wire.received_binding(share) for share in received.items), received.gaps)

    async def spaces(self, _query: SpaceQuery, ctx: Context, /) -> AsyncIterator[Batch[Space]]:
        """List the homes (AppGetFamilyList)."""
        yield Batch(tuple(home for home, _ in await self._homes(ctx)))

    async def me(self, _op: ReadMe, ctx: Context, /) -> Person:
        """Say who this account is (AppGetUser)."""
        return wire.me_in(await self._ask(wire.get_user(), ctx))

    async def _ask(self, call: HttpCall, ctx: Context, *, done: bool = False) -> Fields:
        """Send one call with its token and an id of its own, which the vendor echoes."""
        body = {**(an_object(call.body) or {}), "AccessToken": self._token, "RequestId": str(uuid.uuid4())}
        content = wire.result_of(await self._client.send(attrs.evolve(call, body=body), ctx), call, ctx)
        if done:
            ctx.done()
        return content

    async def _preview(self, token: Secret, ctx: Context) -> Preview:
        return wire.preview_in(await self._ask(wire.describe_share_device_token(token), ctx), ctx.now())

    def _token_of(self, op: AcceptShare) -> Secret:
        if op.offer is None or op.offer.via is not Via.PERSON:
            raise InvalidRequestError("this received share is no offer, so there is nothing to accept")
        return op.offer.key

    async def _taker(self, op: EndShare, ctx: Context) -> str | None:
        """Say whose access a code gave, ``None`` where nobody has access by it any more.

        Raises:
            UnsupportedError: nobody took it yet, and an offer cannot be withdrawn.
            ShareNotFoundError: the code is dead, and it does not tell which of the device's users came by it.

        """
        users: list[Share] = []
        async for batch in self._given(op.share.device, ctx):
            users.extend(batch.items)
        try:
            preview = await self._preview(op.share.key, ctx)
        except ShareEndedError as dead:
            if not users:
                return None
            raise ShareNotFoundError(
                "the code is dead and tells no more whom it gave access; end the share that shares() lists",
                vendor_code=dead.vendor_code,
            ) from None
        if preview.recipient is None:
            raise _cannot(capabilities.END_WITHDRAW, "nobody has taken it")
        # A used code names its taker for ever. Whoever came back by another code got a new time of binding.
        taker, at = preview.recipient.user_id, wire.taken_at(preview)
        for user in users:
            if user.recipient is not None and user.recipient.user_id == taker:
                return taker if None in (at, user.accepted_at) or at == user.accepted_at else None
        return None

    async def _home_of(self, device: DeviceRef, ctx: Context) -> Space:
        """Find the home that a device stands in; with one home only there is nothing to look for."""
        homes = await self._homes(ctx)
        if len(homes) == 1:
            return homes[0][0]
        for home, role in homes:
            async for batch in self._in_home(home, role, ctx):
                if any(binding.device == device for binding in batch.items):
                    return home
        raise NotBoundError(f"{device} stands in none of this account's {len(homes)} homes")

    async def _only_home(self, ctx: Context) -> Space:
        homes = [home for home, _ in await self._homes(ctx)]
        if len(homes) == 1:
            return homes[0]
        what = "has no home yet" if not homes else f"has {len(homes)} homes"
        raise SpaceRequiredError(
            f"tencent binds into a home, and this account {what}: pass space=", provider=wire.PROVIDER, choices=homes
        )

    async def _held(self, op: UnbindDevice, ctx: Context) -> Binding:
        """Find how this account holds a device."""
        homes = [(home, role) for home, role in await self._homes(ctx) if op.space is None or home.id == op.space.id]
        for home, role in homes:
            async for batch in self._in_home(home, role, ctx):
                for binding in batch.items:
                    if binding.device == op.device:
                        return binding
        async for received in self._received(ctx):
            for share in received.items:
                if share.device == op.device:
                    return wire.received_binding(share)
        raise NotBoundError(f"{op.device} is neither in a home of this account nor shared with it")

    async def _homes(self, ctx: Context) -> tuple[tuple[Space, Role], ...]:
        found: list[tuple[Space, Role]] = []
        async for batch in walk(
            lambda _, offset: self._read(wire.get_family_list(offset), wire.homes_in, ctx),
            key=lambda home: home[0].id,
            where="homes",
        ):
            if batch.gaps:
                raise MalformedReplyError(
                    f"the homes could not be read whole: {batch.gaps[0].where}: {batch.gaps[0].why}"
                )
            found.extend(batch.items)
        return tuple(found)

    async def _owned(self, ctx: Context) -> AsyncIterator[Batch[Binding]]:
        """Walk the devices of every home; a home that cannot be read is a gap."""
        for home, role in await self._homes(ctx):
            async for batch in _or_gap(self._in_home(home, role, ctx), f"home {home.name or home.id}"):
                yield batch

    def _in_home(self, home: Space, role: Role, ctx: Context) -> AsyncIterator[Batch[Binding]]:
        return walk(
            lambda _, offset: self._read(
                wire.get_family_device_list(home.id, offset), lambda content: wire.bindings_in(content, home, role), ctx
            ),
            key=lambda binding: binding.device,
            where=f"devices of home {home.name or home.id}",
        )

    def _given(self, device: DeviceRef, ctx: Context) -> AsyncIterator[Batch[Share]]:
        return walk(
            lambda _, offset: self._read(
                wire.list_share_device_users(device, offset), lambda content: wire.given_in(content, device), ctx
            ),
            key=lambda share: share.ref.key,
            where=f"users of {device}",
            last_offset=wire.SHARE_OFFSET_LIMIT,
        )

    async def _given_anywhere(self, ctx: Context) -> AsyncIterator[Batch[Share]]:
        """Walk the grants of every own device; a device that cannot be read is a gap."""
        async for owned in self._owned(ctx):
            yield Batch((), owned.gaps)
            for binding in owned.items:
                async for batch in _or_gap(self._given(binding.device, ctx), f"shares of {binding.device}"):
                    yield batch

    def _received(self, ctx: Context) -> AsyncIterator[Batch[Share]]:
        return walk(
            lambda _, offset: self._read(wire.list_user_share_devices(offset), wire.received_in, ctx),
            key=lambda share: share.ref.device,
            where="received devices",
            last_offset=wire.SHARE_OFFSET_LIMIT,
        )

    async def _read(self, call: HttpCall, read: Callable[[Fields], Page[T]], ctx: Context) -> Page[T]:
        return read(await self._ask(call, ctx))

    async def _invitations(self, ctx: Context) -> AsyncIterator[Batch[Share]]:
        """Read the inbox as far back as a token may still live, and confirm each with the vendor."""
        after: tuple[str, int] | None = None
        seen: set[str] = set()
        since = ctx.now() - wire.INBOX_DAYS
        while True:
            page = wire.inbox_in(await self._ask(wire.get_messages(after), ctx))
            yield Batch((), page.gaps)
            fresh = [(message, token) for message, token in page.messages if message not in seen]
            seen.update(message for message, _ in fresh)
            for _, token in fresh:
                if token is not None:
                    yield await self._confirmed(token, ctx)
            after = page.after
            if after is None or _all_before(page.times, since):
                return
            if not fresh:
                yield Batch((), (Gap(where="the inbox", why="the vendor repeats a page"),))
                return

    async def _confirmed(self, token: Secret, ctx: Context) -> Batch[Share]:
        try:
            offer = wire.received_offer(await self._preview(token, ctx), token, ctx.now())
        except ShareEndedError:
            return Batch(())
        except SignInError:
            raise
        except ProviderError as error:
            return Batch((), (Gap(where="an invitation in the inbox", why=str(error)),))
        return Batch(() if offer is None else (offer,))

    def _ended(self, op: EndShare, state: State, ctx: Context, reason: EndReason | None = None) -> Share:
        """Make the share as it is after ``end``; a reason is known only where this call ended it."""
        return Share(
            ref=op.share,
            state=state,
            end_reason=reason or (EndReason.UNKNOWN if state is State.ENDED else None),
            ended_at=ctx.now() if reason is not None else None,
            evidence=Evidence.ASSUMED if reason is not None else Evidence.VENDOR,
            seen_at=ctx.now(),
        )


async def _or_gap(walk: AsyncIterator[Batch[T]], where: str) -> AsyncIterator[Batch[T]]:
    """Walk a part of a list, and turn what fails of it into a gap; a dead token fails the whole list."""
    try:
        async for batch in walk:
            yield batch
    except SignInError:
        raise
    except ProviderError as error:
        yield Batch((), (Gap(where=where, why=str(error)),))


def _all_before(times: tuple[datetime, ...], since: datetime) -> bool:
    """Tell whether the inbox need not be read further: it goes back in time, and has passed the moment."""
    return len(times) > 0 and times[0] >= times[-1] and times[-1] < since


def _cannot(capability: Capability, what: str) -> UnsupportedError:
    reason = SUPPORT[capability].reason
    return UnsupportedError(
        f"tencent cannot end this share: {what}, and {reason}. Nothing was changed.",
        provider=wire.PROVIDER,
        capability=capability,
        reason=reason,
    )
