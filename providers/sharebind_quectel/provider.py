"""The Protocols of an account at Quectel, thin: pure functions from ``wire`` around the client that it holds."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta
from typing import Final

import attrs

from sharebind.provider import (
    UNKNOWN_DEVICE,
    AcceptShare,
    Anyone,
    Batch,
    BindDevice,
    Binding,
    BindingQuery,
    Capability,
    Context,
    DeviceRef,
    EndReason,
    EndShare,
    Evidence,
    Fields,
    Gap,
    HttpCall,
    InvalidRequestError,
    PermissionDeniedError,
    Person,
    ProviderError,
    Raw,
    ReadMe,
    Role,
    Secret,
    Setup,
    Share,
    ShareDevice,
    ShareNotFoundError,
    ShareQuery,
    Side,
    SignInError,
    State,
    Support,
    UnbindDevice,
    Unbound,
    UnexpectedRoleError,
    UnsupportedError,
    Via,
)
from sharebind_quectel import wire
from sharebind_quectel.codes import CODES
from sharebind_quectel.settings import QuectelSettings
from sharebind_quectel.support import SUPPORT

_MARGIN: Final = timedelta(seconds=1)


class Quectel:
    """One account at Quectel."""

    def __init__(self, settings: QuectelSettings, setup: Setup) -> None:
        self._client = setup.client
        self._headers = {"Authorization": settings.token}
        self._offer_life = settings.offer_life

    @property
    def support(self) -> Mapping[Capability, Support]:
        """What this account can be asked for."""
        return SUPPORT

    async def share(self, op: ShareDevice, ctx: Context, /) -> Share:
        """Make a code (shareInfo), or invite a person (shareByUid) and read once how that stands."""
        if isinstance(op.to, Anyone):
            accept_by = op.accept_by or self._default_end(op, ctx.now())
            made = wire.new_code(await self._ask(wire.share_info(op, accept_by), ctx, done=True))
            return wire.offer(op, made, accept_by, ctx.now())
        code = wire.code_in(await self._ask(wire.share_by_uid(op), ctx, done=True))
        invited = wire.invitation(op, code, ctx.now())
        ctx.done(invited)
        return self._as_listed(invited, await self._given(op.device, ctx))

    async def accept(self, op: AcceptShare, ctx: Context, /) -> Share:
        """Redeem a code (shareDevice), then read the device, which is not answered (``accept_returns_no_device``)."""
        code = op.code
        if code is None:  # a received offer is refused by support before it comes here
            raise InvalidRequestError("Quectel accepts by code only")
        await self._ask(wire.share_device(op, code), ctx, done=True)
        taken = Share(
            ref=wire.ref(Side.RECIPIENT, Via.CODE, UNKNOWN_DEVICE, code),
            state=State.ACTIVE,
            name=op.name,
            accepted_at=ctx.now(),
            evidence=Evidence.ASSUMED,
            seen_at=ctx.now(),
        )
        ctx.done(taken)
        fields = Fields(await self._ask(wire.device_info_by_code(code), ctx), "$.data")
        found = wire.received_share(fields)
        if found is None:
            known = wire.ref(Side.RECIPIENT, Via.CODE, wire.device_in(fields), code)
            return attrs.evolve(taken, ref=known, raw=Raw(fields.body))
        return attrs.evolve(found, ref=attrs.evolve(found.ref, via=Via.CODE), seen_at=ctx.now())

    async def end(self, op: EndShare, ctx: Context, /) -> Share:
        """Revoke or withdraw (ownerUserUnshareDevice), or leave (shareUserUnshareDevice)."""
        key = await self._code_of(op, ctx)
        if key is None:
            return self._ended(op, State.ENDED if op.seen is State.ACTIVE else State.UNKNOWN, ctx)
        call = wire.unshare(op.share.side, key)
        try:
            await self._ask(call, ctx, done=True)
        except ProviderError as error:
            over = CODES.already_over(error, call.name, op.seen)
            if over is None:
                raise
            return self._ended(op, over, ctx)
        return self._ended(op, State.ENDED, ctx, by_us=True)

    async def shares(self, query: ShareQuery, ctx: Context, /) -> AsyncIterator[Batch[Share]]:
        """List what was received (userDeviceList), or given: deviceShareUserList of one device, or of every own one."""
        if query.side is Side.RECIPIENT:
            async for batch in self._devices(ctx, query.device):
                received = (wire.received_share(each) for each in batch.items if wire.role_in(each) is Role.GUEST)
                yield Batch(tuple(share for share in received if share is not None), batch.gaps)
            return
        if query.device is not None:
            yield Batch(await self._given(query.device, ctx))
            return
        async for batch in self._devices(ctx, None):
            yield Batch((), batch.gaps)
            for fields in batch.items:
                if wire.role_in(fields) is Role.OWNER:
                    yield await self._given_or_gap(wire.device_in(fields), ctx)

    async def bind(self, op: BindDevice, ctx: Context, /) -> Binding:
        """Bind by product and device (bindDeviceDk)."""
        if op.device is None:  # a proof that needs its device has one; this tells the type checker
            raise InvalidRequestError("binding by identity takes a device")
        data = await self._ask(wire.bind_device_dk(op, op.device), ctx, done=True)
        bound = Binding(device=op.device, role=Role.OWNER, name=op.name, space=op.space, bound_at=ctx.now())
        ctx.done(bound)
        if data is None:
            return bound
        fields = Fields(data, "$.data")
        key = fields.secret("authKey")
        return attrs.evolve(bound, local_keys={"auth_key": key} if key is not None else {}, raw=Raw(data))

    async def unbind(self, op: UnbindDevice, ctx: Context, /) -> Unbound:
        """Give up an own binding (unbundlingDeviceDk); the role is read first (quirk ``ending_has_two_calls``)."""
        if op.expect is not Role.OWNER:
            raise UnsupportedError(
                f"quectel unbinds what its caller owns; a device received as {op.expect} is given up with end(share)",
                provider=wire.PROVIDER,
                capability="unbind",
            )
        role = await self._role(op.device, ctx)
        if role is not op.expect:
            raise UnexpectedRoleError(
                f"{op.device} is held as {role}, not as {op.expect}; nothing was unbound. "
                "A received device is given up with end(share)"
            )
        data = await self._ask(wire.unbundling_device_dk(op), ctx, done=True)
        ctx.done(Unbound(device=op.device, raw=Raw(data)))
        left = Fields(data, "$.data").number("bindingSum") if data is not None else None
        return Unbound(device=op.device, others_left=left, raw=Raw(data))

    async def bindings(self, query: BindingQuery, ctx: Context, /) -> AsyncIterator[Batch[Binding]]:
        """List own and received devices (userDeviceList)."""
        async for batch in self._devices(ctx, query.device):
            yield Batch(tuple(wire.binding_in(fields) for fields in batch.items), batch.gaps)

    async def me(self, _op: ReadMe, ctx: Context, /) -> Person:
        """Say who this account is (userInfo)."""
        return wire.me_in(await self._ask(wire.user_info(), ctx))

    async def _ask(self, call: HttpCall, ctx: Context, *, done: bool = False) -> object:
        reply = await self._client.send(attrs.evolve(call, headers=self._headers), ctx)
        data = wire.data_of(reply, call, ctx)
        if done:
            ctx.done()
        return data

    async def _devices(self, ctx: Context, device: DeviceRef | None) -> AsyncIterator[Batch[Fields]]:
        """Walk userDeviceList; a page that cannot be read ends the walk with a gap, the first one with its error."""
        page, more = 1, True
        while more:
            try:
                data = await self._ask(wire.user_device_list(page, device), ctx)
                items, more = wire.page_of(data, page)
            except SignInError:
                raise
            except ProviderError as error:
                if page == 1:
                    raise
                yield Batch((), (Gap(where=f"devices from page {page} on", why=str(error)),))
                return
            yield Batch(items)
            page += 1

    async def _role(self, device: DeviceRef, ctx: Context) -> Role:
        """Read how a device is held. By product and device the vendor may tell it to its owner only (5141)."""
        try:
            return wire.role_in(Fields(await self._ask(wire.device_info(device), ctx), "$.data"))
        except PermissionDeniedError:
            async for batch in self._devices(ctx, device):
                for fields in batch.items:
                    if wire.device_in(fields) == device:
                        return wire.role_in(fields)
            raise

    async def _given(self, device: DeviceRef, ctx: Context) -> tuple[Share, ...]:
        return wire.shares_given(await self._ask(wire.device_share_user_list(device), ctx), device, ctx.now())

    async def _given_or_gap(self, device: DeviceRef, ctx: Context) -> Batch[Share]:
        try:
            return Batch(await self._given(device, ctx))
        except SignInError:
            raise
        except ProviderError as error:
            return Batch((), (Gap(where=f"shares of {device}", why=str(error)),))

    async def _code_of(self, op: EndShare, ctx: Context) -> Secret | None:
        """Give the share code; where the vendor did not tell it at the time, look it up now."""
        if not wire.is_lookup(op.share.key):
            return op.share.key
        try:
            found = wire.found_by(op.share.key, await self._given(op.share.device, ctx))
        except ShareNotFoundError:
            return None
        return found.ref.key if found is not None else None

    def _as_listed(self, invited: Share, listed: tuple[Share, ...]) -> Share:
        """Find a new invitation in the device's list, by its code or by the person."""
        key = invited.ref.key
        if wire.is_lookup(key):
            found = wire.found_by(key, listed)
        else:
            found = next((share for share in listed if share.ref.key == key), None)
        if found is None:
            return invited
        return attrs.evolve(found, ref=attrs.evolve(found.ref, via=Via.PERSON))

    def _ended(self, op: EndShare, state: State, ctx: Context, *, by_us: bool = False) -> Share:
        reason: EndReason | None = EndReason.UNKNOWN if state is State.ENDED else None
        if by_us and op.share.side is Side.RECIPIENT:
            reason = EndReason.LEFT
        elif by_us and op.seen is not State.UNKNOWN:
            reason = EndReason.WITHDRAWN if op.seen is State.OFFERED else EndReason.REVOKED
        return Share(
            ref=op.share,
            state=state,
            end_reason=reason,
            ended_at=ctx.now() if by_us else None,
            evidence=Evidence.ASSUMED if by_us else Evidence.VENDOR,
            seen_at=ctx.now(),
        )

    def _default_end(self, op: ShareDevice, now: datetime) -> datetime:
        """Choose the end of an offer that nobody bounded: the setting, but before the use ends (code 5153)."""
        end = now + self._offer_life
        if op.use_until is not None and op.use_until <= end:
            end = max(op.use_until - _MARGIN, now + (op.use_until - now) / 2)
        return end
