"""The Protocols of an account at Quectel, thin: pure functions from ``wire`` around the client that it holds."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Hashable, Mapping
from datetime import datetime, timedelta
from typing import Final, TypeVar

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
    ConflictError,
    Context,
    DeviceRef,
    EndReason,
    EndShare,
    Evidence,
    Fields,
    Gap,
    HttpCall,
    InvalidRequestError,
    Page,
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
    walk,
)
from sharebind_quectel import wire
from sharebind_quectel.codes import CODES
from sharebind_quectel.lookup import Lookup
from sharebind_quectel.settings import QuectelSettings
from sharebind_quectel.support import SUPPORT

T = TypeVar("T")

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
        since = ctx.now()
        code = wire.code_in(await self._ask(wire.share_by_uid(op), ctx, done=True))
        invited = wire.invitation(op, code, since, ctx.now())
        ctx.done(invited)
        return _as_listed(invited, (await self._given(op.device, ctx)).items)

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
        code, certain = await self._code_of(op, ctx)
        call = wire.unshare(op.share.side, code)
        try:
            await self._ask(call, ctx, done=True)
        except ProviderError as error:
            over = CODES.already_over(error, call.name, op.seen)
            if over is None:
                raise
            return self._ended(op, over if certain else State.UNKNOWN, ctx)
        return self._ended(op, State.ENDED, ctx, by_us=True)

    async def shares(self, query: ShareQuery, ctx: Context, /) -> AsyncIterator[Batch[Share]]:
        """List what was received (userDeviceList), or given: deviceShareUserList of one device, or of every own one."""
        if query.side is Side.OWNER and query.device is not None:
            yield await self._given(query.device, ctx)
            return
        device = query.device if query.side is Side.RECIPIENT else None
        async for batch in self._devices(wire.held_in, wire.Held.key, ctx, device):
            if query.side is Side.RECIPIENT:
                yield Batch(tuple(held.share for held in batch.items if held.share is not None), batch.gaps)
                continue
            yield Batch((), batch.gaps)
            for held in batch.items:
                if held.role is Role.OWNER:
                    yield await self._given_or_gap(held.device, ctx)

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
        async for batch in self._devices(
            wire.binding_in, lambda binding: (binding.device, binding.role, binding.share), ctx, query.device
        ):
            yield batch

    async def me(self, _op: ReadMe, ctx: Context, /) -> Person:
        """Say who this account is (userInfo)."""
        return wire.me_in(await self._ask(wire.user_info(), ctx))

    async def _ask(self, call: HttpCall, ctx: Context, *, done: bool = False) -> object:
        reply = await self._client.send(attrs.evolve(call, headers=self._headers), ctx)
        data = wire.data_of(reply, call, ctx)
        if done:
            ctx.done()
        return data

    def _devices(
        self, read: Callable[[Fields], T], key: Callable[[T], Hashable], ctx: Context, device: DeviceRef | None
    ) -> AsyncIterator[Batch[T]]:
        """Walk userDeviceList."""

        async def page(number: int, _offset: int) -> Page[T]:
            return wire.page_of(await self._ask(wire.user_device_list(number, device), ctx), number, read)

        return walk(page, key=key, where="devices")

    async def _role(self, device: DeviceRef, ctx: Context) -> Role:
        """Read how a device is held. By product and device the vendor may tell it to its owner only (5141)."""
        try:
            return wire.role_in(Fields(await self._ask(wire.device_info(device), ctx), "$.data"))
        except PermissionDeniedError:
            async for batch in self._devices(wire.held_in, wire.Held.key, ctx, device):
                for held in batch.items:
                    if held.device == device:
                        return held.role
            raise

    async def _given(self, device: DeviceRef, ctx: Context) -> Batch[Share]:
        return wire.shares_given(await self._ask(wire.device_share_user_list(device), ctx), device, ctx.now())

    async def _given_or_gap(self, device: DeviceRef, ctx: Context) -> Batch[Share]:
        try:
            return await self._given(device, ctx)
        except SignInError:
            raise
        except ProviderError as error:
            return Batch((), (Gap(where=f"shares of {device}", why=str(error)),))

    async def _code_of(self, op: EndShare, ctx: Context) -> tuple[Secret, bool]:
        """Give the share code to end, and whether it is certain that it is this share's.

        Raises:
            ShareNotFoundError: the vendor told no code for this share, and lists none that it could be.
            ConflictError: ending the code would end other people's access too, or several shares fit.

        """
        lookup, shared = Lookup.read(op.share.key), wire.without_taker(op.share.key)
        if lookup is None and shared is None:
            return op.share.key, True
        listed = (await self._given(op.share.device, ctx)).items
        if shared is not None:
            if sum(wire.without_taker(share.ref.key) == shared for share in listed) > 1:
                raise ConflictError(
                    "several people took this code, and ending it ends the access of all; end the offer"
                )
            return shared, True
        found = lookup.among(listed) if lookup is not None else []
        if len(found) > 1:
            raise ConflictError("several shares fit this one; end the one that shares() lists")
        if found:
            return found[0].ref.key, True
        if lookup is None or lookup.code is None:
            raise ShareNotFoundError("the vendor told no code for this share, and lists none that it could be")
        return lookup.code, False

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


def _as_listed(invited: Share, listed: tuple[Share, ...]) -> Share:
    """Find a new invitation in the device's list; where that is not certain it stays as it was answered."""
    lookup = Lookup.read(invited.ref.key)
    found = lookup.among(listed) if lookup is not None else []
    if len(found) != 1:
        return invited
    return attrs.evolve(found[0], ref=attrs.evolve(found[0].ref, via=Via.PERSON))
