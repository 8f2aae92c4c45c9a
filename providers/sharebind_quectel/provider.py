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
    BindingCheck,
    BindingQuery,
    BySerial,
    Capability,
    ChangeShare,
    CheckBinding,
    Context,
    EndReason,
    EndShare,
    Evidence,
    Fields,
    InspectCode,
    InvalidRequestError,
    MalformedReplyError,
    Person,
    Preview,
    ProviderError,
    Raw,
    ReadMe,
    RenameDevice,
    ResultLostError,
    Role,
    Setup,
    Share,
    ShareDevice,
    ShareNotFoundError,
    ShareQuery,
    Side,
    SignOut,
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
from sharebind_quectel.lists import Lists
from sharebind_quectel.lookup import Lookup, taker_in
from sharebind_quectel.session import Session
from sharebind_quectel.settings import QuectelSettings
from sharebind_quectel.support import SUPPORT, SUPPORT_WITHOUT_APP_SECRET

_MARGIN: Final = timedelta(seconds=1)


class Quectel:
    """One account at Quectel."""

    def __init__(self, settings: QuectelSettings, setup: Setup) -> None:
        self._session = Session(settings, setup)
        self._lists = Lists(self._session)
        self._offer_life = settings.offer_life
        self._app_secret = settings.user_domain_secret

    @property
    def support(self) -> Mapping[Capability, Support]:
        """What this account can be asked for."""
        return SUPPORT if self._app_secret is not None else SUPPORT_WITHOUT_APP_SECRET

    async def share(self, op: ShareDevice, ctx: Context, /) -> Share:
        """Make a code (shareInfo), or invite a person (shareByUid) and see what is new in the device's list."""
        if isinstance(op.to, Anyone):
            accept_by = op.accept_by or self._default_end(op, ctx.now())
            made = wire.new_code(await self._session.ask(wire.share_info(op, accept_by), ctx, done=True))
            return wire.offer(op, made, accept_by, ctx.now())
        before = await self._lists.given_before(op.device, ctx)
        since = ctx.now()
        code = wire.code_in(await self._session.ask(wire.share_by_uid(op), ctx, done=True))
        invited = wire.invitation(op, code, since, ctx.now(), before.items if before is not None else ())
        ctx.done(invited)
        return _as_listed(invited, before, await self._lists.given(op.device, ctx))

    async def accept(self, op: AcceptShare, ctx: Context, /) -> Share:
        """Redeem a code (shareDevice), then read the device, which is not answered (``accept_returns_no_device``)."""
        code = op.code
        if code is None:  # a received offer is refused by support before it comes here
            raise InvalidRequestError("Quectel accepts by code only")
        await self._session.ask(wire.share_device(op, code), ctx, done=True)
        taken = Share(
            ref=wire.ref(Side.RECIPIENT, Via.CODE, UNKNOWN_DEVICE, code),
            state=State.ACTIVE,
            name=op.name,
            accepted_at=ctx.now(),
            evidence=Evidence.ASSUMED,
            seen_at=ctx.now(),
        )
        ctx.done(taken)
        fields = Fields(await self._session.ask(wire.device_info_by_code(code), ctx), "$.data")
        found = wire.received_share(fields)
        if found is None or found.ref.key != code:  # another share of this device may be shown: it is not this one
            known = wire.ref(Side.RECIPIENT, Via.CODE, wire.device_in(fields), code)
            return attrs.evolve(taken, ref=known, raw=Raw(fields.body))
        return attrs.evolve(found, ref=attrs.evolve(found.ref, via=Via.CODE), seen_at=ctx.now())

    async def end(self, op: EndShare, ctx: Context, /) -> Share:
        """Revoke or withdraw (ownerUserUnshareDevice), or leave (shareUserUnshareDevice)."""
        meant = await self._lists.meant(op.share, ctx)
        if meant.code is None:
            over = State.ENDED if meant.certain or op.seen is State.ACTIVE else State.UNKNOWN
            return self._ended(op, over, ctx)
        call = wire.unshare(op.share.side, meant.code)
        try:
            await self._session.ask(call, ctx, done=True)
        except ProviderError as error:
            state = CODES.already_over(error, call.name, op.seen)
            if state is None:
                raise
            return self._ended(op, state if meant.certain else State.UNKNOWN, ctx)
        return self._ended(op, State.ENDED, ctx, by_us=True)

    async def change(self, op: ChangeShare, ctx: Context, /) -> Share:
        """Set another end of use (setShareTime), then read once how the share stands.

        A list that still shows another end lags, and is not believed.
        """
        if not isinstance(op.use_until, datetime):  # support refuses it before (quirk no_way_back_to_endless)
            raise InvalidRequestError("Quectel takes an end of use; a share cannot be made endless again")
        code = (await self._lists.meant(op.share, ctx)).code
        if code is None:
            raise ShareNotFoundError("nothing is left of this share: its code is not this person's any more")
        await self._session.ask(wire.set_share_time(code, op.use_until), ctx, done=True)
        changed = wire.changed(op.share, op.use_until, ctx.now())
        ctx.done(changed)
        listed = (await self._lists.given(op.share.device, ctx)).items
        found = [share for share in listed if wire.has_code(share, code)]
        if len(found) != 1 or found[0].use_until != changed.use_until:
            return changed
        return attrs.evolve(found[0], ref=op.share, seen_at=ctx.now())

    async def inspect(self, op: InspectCode, ctx: Context, /) -> Preview:
        """Read the device behind a code (deviceInfo); the call is documented for who has taken it."""
        return wire.preview_in(await self._session.ask(wire.device_info_by_code(op.code), ctx))

    async def rename(self, op: RenameDevice, ctx: Context, /) -> None:
        """Name an own device (setDeviceInfo), or a received one (changeShareDeviceName)."""
        await self._session.ask(wire.rename(op), ctx, done=True)

    async def shares(self, query: ShareQuery, ctx: Context, /) -> AsyncIterator[Batch[Share]]:
        """List what was received (userDeviceList), or given: deviceShareUserList of one device, or of every own one."""
        if query.side is Side.OWNER and query.device is not None:
            yield await self._lists.given(query.device, ctx)
            return
        device = query.device if query.side is Side.RECIPIENT else None
        async for batch in self._lists.devices(wire.held_in, wire.Held.key, ctx, device):
            if query.side is Side.RECIPIENT:
                yield Batch(tuple(held.share for held in batch.items if held.share is not None), batch.gaps)
                continue
            yield Batch((), batch.gaps)
            for held in batch.items:
                if held.role is Role.OWNER:
                    yield await self._lists.given_or_gap(held.device, ctx)

    async def check_binding(self, op: CheckBinding, ctx: Context, /) -> BindingCheck:
        """Ask whether this account may bind a device (getDeviceInfoByBinding)."""
        return wire.check_in(
            await self._session.ask(wire.get_device_info_by_binding(op.device, op.space), ctx), op.device
        )

    async def bind(self, op: BindDevice, ctx: Context, /) -> Binding:
        """Bind by whatever the proof is: bindDeviceDk, bindDeviceSn, deviceBindingByWifi or deviceBindingByPureBt."""
        data = await self._session.ask(wire.bind(op, self._app_secret), ctx, done=True)
        try:
            bound = wire.bound_in(op, data, ctx.now())
        except MalformedReplyError:
            if op.device is None or isinstance(op.proof, BySerial):
                raise
            # The device's own keys were sent, so which one is bound need not be told.
            return wire.bound(op, op.device, ctx.now())
        if op.device is not None and bound.device != op.device:
            raise ResultLostError(
                f"the proof was that of {bound.device}, which is bound now, not {op.device}; unbind it if unwanted",
                raw=bound.raw,
            )
        return bound

    async def unbind(self, op: UnbindDevice, ctx: Context, /) -> Unbound:
        """Give up an own binding (unbundlingDeviceDk); the role is read first (quirk ``ending_has_two_calls``)."""
        if op.expect is not Role.OWNER:
            raise UnsupportedError(
                f"quectel unbinds what its caller owns; a device received as {op.expect} is given up with end(share)",
                provider=wire.PROVIDER,
                capability="unbind",
            )
        role = await self._lists.role(op.device, ctx)
        if role is not op.expect:
            raise UnexpectedRoleError(
                f"{op.device} is held as {role}, not as {op.expect}; nothing was unbound. "
                "A received device is given up with end(share)"
            )
        data = await self._session.ask(wire.unbundling_device_dk(op), ctx, done=True)
        ctx.done(Unbound(device=op.device, raw=Raw(data)))
        left = Fields(data, "$.data").number("bindingSum") if data is not None else None
        return Unbound(device=op.device, others_left=left, raw=Raw(data))

    async def bindings(self, query: BindingQuery, ctx: Context, /) -> AsyncIterator[Batch[Binding]]:
        """List own and received devices (userDeviceList)."""
        async for batch in self._lists.devices(
            wire.binding_in, lambda binding: (binding.device, binding.role, binding.share), ctx, query.device
        ):
            yield batch

    async def me(self, _op: ReadMe, ctx: Context, /) -> Person:
        """Say who this account is (userInfo)."""
        return wire.me_in(await self._session.ask(wire.user_info(), ctx))

    async def sign_out(self, _op: SignOut, ctx: Context, /) -> None:
        """End the session (userLogout); where there is none, or a dead one, there is nothing to end."""
        await self._session.end(ctx)

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


def _as_listed(invited: Share, before: Batch[Share] | None, after: Batch[Share]) -> Share:
    """Find a new invitation in the device's list; where that is not certain it stays as it was answered."""
    lookup = Lookup.read(invited.ref.key)
    found = lookup.told(after.items) if lookup is not None else []
    if lookup is not None and not found and not after.gaps:
        if before is None:
            found = lookup.fitting(after.items)
        elif not before.gaps:
            found = lookup.made(before.items, after.items)
    if len(found) != 1 or taker_in(found[0].ref.key) is not None:
        return invited
    return attrs.evolve(found[0], ref=attrs.evolve(found[0].ref, via=Via.PERSON))
