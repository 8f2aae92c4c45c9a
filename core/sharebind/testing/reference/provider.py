"""The reference provider: every ability of the model, thin, over a cloud that is an object in this process."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Hashable, Mapping
from typing import TypeVar

from sharebind.provider import (
    AcceptShare,
    Anyone,
    Batch,
    BeginPairing,
    BindDevice,
    Binding,
    BindingCheck,
    BindingQuery,
    Capability,
    ChangeShare,
    CheckBinding,
    CheckPairing,
    Context,
    CreateSpace,
    DeviceRef,
    EndReason,
    EndShare,
    FindUser,
    Gap,
    HttpCall,
    InspectCode,
    OutcomeUnknownError,
    Overlap,
    Page,
    Pairing,
    Person,
    PlaceDevice,
    Preview,
    ProviderError,
    ReadMe,
    RenameDevice,
    Role,
    Secret,
    Setup,
    Share,
    ShareDevice,
    ShareQuery,
    Side,
    SignInError,
    SignOut,
    Space,
    SpaceQuery,
    SpaceRequiredError,
    Support,
    TransferDevice,
    UnbindDevice,
    Unbound,
    walk,
)
from sharebind.testing.reference import reading
from sharebind.testing.reference.auth import keeper_of
from sharebind.testing.reference.codes import CODES, PROVIDER
from sharebind.testing.reference.records import Grant, Home, PairingToken, Refusal, Silence, Terms, User
from sharebind.testing.reference.settings import ReferenceSettings
from sharebind.testing.reference.support import SUPPORT
from sharebind.testing.reference.world import Sheet, World

S = TypeVar("S")
T = TypeVar("T")


class ReferenceProvider:
    """One account in the reference cloud. What the kit's mutants break is a method of its own each."""

    def __init__(self, settings: ReferenceSettings, setup: Setup, world: World) -> None:
        self.world = world
        self._keeper = keeper_of(settings, setup, world)

    @property
    def support(self) -> Mapping[Capability, Support]:
        """What this account can be asked for."""
        return SUPPORT

    async def share(self, op: ShareDevice, ctx: Context, /) -> Share:
        """Offer a device by a code, or to a person."""
        terms, overlap = self._terms(op), self._overlap(op)

        def make(me: User) -> Grant:
            device = self.world.holdings.owned(me, op.device)
            to = None if isinstance(op.to, Anyone) else self.world.people.find(op.to)
            return self.world.shares.make(me, device.ref, to, terms, overlap)

        return reading.share_of(await self._change("share", make, ctx), Side.OWNER, ctx.now())

    def _terms(self, op: ShareDevice) -> Terms:
        """Say how long a share may wait and be used."""
        return reading.terms_of(op)

    def _overlap(self, op: ShareDevice) -> Overlap:
        """Say what an earlier share means for a new one."""
        return op.overlap

    async def accept(self, op: AcceptShare, ctx: Context, /) -> Share:
        """Redeem a code, or take a received offer."""

        def take(me: User) -> Grant:
            if op.code is not None:
                return self.world.shares.take_code(me, op.code, op.name)
            return self.world.shares.take_offer(me, op.offer.key.reveal() if op.offer is not None else "", op.name)

        return reading.share_of(await self._change("accept", take, ctx), Side.RECIPIENT, ctx.now())

    async def end(self, op: EndShare, ctx: Context, /) -> Share:
        """Withdraw, revoke, decline or leave; the cloud knows which, by the side and by how the share stands."""
        side, key = op.share.side, self._key_to_end(op)
        shares = self.world.shares
        act = shares.end_as_owner if side is Side.OWNER else shares.end_as_taker
        try:
            return reading.share_of(await self._change("end", lambda me: act(me, key), ctx), side, ctx.now())
        except ProviderError as error:
            over = CODES.already_over(error, "end", op.seen)
            if over is None:
                raise
            reason = getattr(error, "reason", EndReason.UNKNOWN)
            return Share(ref=op.share, state=over, end_reason=reason, seen_at=ctx.now())

    def _key_to_end(self, op: EndShare) -> str:
        """Say which share is ended."""
        return op.share.key.reveal()

    async def shares(self, query: ShareQuery, ctx: Context, /) -> AsyncIterator[Batch[Share]]:
        """List what was received, or given: of one device, or device by device with a gap for each that fails."""
        if query.side is Side.RECIPIENT:
            received = self.world.received
            async for batch in self._listed(
                "received", received, self._reader(Side.RECIPIENT, ctx), lambda share: share.id, ctx
            ):
                yield batch
        elif query.device is not None:
            async for batch in self._given(query.device, ctx):
                yield batch
        else:
            async for found in self._listed("devices given", self.world.devices_given, _same, _same, ctx):
                yield Batch((), found.gaps)
                for device in found.items:
                    async for batch in self._given_or_gap(device, ctx):
                        yield batch

    async def change(self, op: ChangeShare, ctx: Context, /) -> Share:
        """Move the end of the use or take it away, and set what the recipient may do."""
        key = op.share.key.reveal()
        changed = await self._change("change", lambda me: self.world.shares.change(me, key, self._changed(op)), ctx)
        return reading.share_of(changed, Side.OWNER, ctx.now())

    def _changed(self, op: ChangeShare) -> Callable[[Terms], Terms]:
        """Say how the terms of a share change."""
        return lambda terms: reading.changed(terms, op)

    async def inspect(self, op: InspectCode, ctx: Context, /) -> Preview:
        """Say what a code is for."""
        grant = await self._read("inspect", lambda _me: self.world.shares.by_code(op.code), ctx)
        seen = reading.share_of(grant, Side.RECIPIENT, ctx.now())
        return Preview(
            device=seen.device,
            owner=seen.owner,
            state=seen.state,
            accept_by=seen.accept_by,
            use_until=seen.use_until,
        )

    async def bind(self, op: BindDevice, ctx: Context, /) -> Binding:
        """Make a device one's own, in a home."""
        space = op.space or await self._only_home(ctx)
        holdings = self.world.holdings
        bound = await self._change("bind", lambda me: holdings.bind(me, op.proof, op.device, space, op.name), ctx)
        return Binding(
            device=bound.ref,
            role=Role.OWNER,
            name=bound.name,
            space=space,
            verified=True,
            bound_at=bound.bound_at,
        )

    async def unbind(self, op: UnbindDevice, ctx: Context, /) -> Unbound:
        """Give a device up, if it is held in the expected role, which the cloud itself looks at."""
        standing, holdings = reading.STANDINGS[op.expect], self.world.holdings
        left = await self._change("unbind", lambda me: holdings.unbind(me, op.device, standing, reset=op.reset), ctx)
        return Unbound(device=op.device, others_left=left)

    async def bindings(self, _query: BindingQuery, ctx: Context, /) -> AsyncIterator[Batch[Binding]]:
        """List own and received devices."""
        async for batch in self._listed("held", self.world.held, reading.binding_of, lambda each: each.device, ctx):
            yield batch

    async def check_binding(self, op: CheckBinding, ctx: Context, /) -> BindingCheck:
        """Say whether this account may bind a device."""
        holdings = self.world.holdings
        free = await self._read("check_binding", lambda me: holdings.bindable(me, op.device, op.space), ctx)
        return BindingCheck(device=free.ref, name=free.name, exclusive=True)

    async def begin_pairing(self, _op: BeginPairing, ctx: Context, /) -> Pairing:
        """Ask for a token for a new device."""
        return _pairing(await self._change("begin_pairing", self.world.holdings.begin_pairing, ctx))

    async def check_pairing(self, op: CheckPairing, ctx: Context, /) -> Pairing:
        """Ask whether the device has used its token."""
        holdings = self.world.holdings
        return _pairing(await self._read("check_pairing", lambda me: holdings.pairing(me, op.proof.token), ctx))

    async def rename(self, op: RenameDevice, ctx: Context, /) -> None:
        """Name a device, one's own or a received one."""
        share, world = op.share, self.world

        def name(me: User) -> None:
            if share is None:
                world.holdings.rename(me, op.device, op.name)
            else:
                world.shares.rename(me, share.key.reveal(), op.name)

        await self._change("rename", name, ctx)

    async def place(self, op: PlaceDevice, ctx: Context, /) -> None:
        """Put a device into a home or a room."""
        await self._change("place", lambda me: self.world.holdings.move(me, op.device, op.space), ctx)

    async def transfer(self, op: TransferDevice, ctx: Context, /) -> None:
        """Make somebody else the owner."""
        world = self.world
        await self._change("transfer", lambda me: world.holdings.transfer(me, op.device, world.people.find(op.to)), ctx)

    async def find_user(self, op: FindUser, ctx: Context, /) -> Person:
        """Find a person by any of their names."""
        return reading.person_of(await self._read("find_user", lambda _me: self.world.people.find(op.who), ctx))

    async def me(self, _op: ReadMe, ctx: Context, /) -> Person:
        """Say who this account is."""
        return reading.self_of(await self._read("me", _same, ctx))

    async def spaces(self, query: SpaceQuery, ctx: Context, /) -> AsyncIterator[Batch[Space]]:
        """List homes, with the rooms of each after it where they are asked for."""
        async for batch in self._homes(ctx):
            yield Batch(
                tuple(space for home in batch.items for space in reading.spaces_of(home, rooms=query.rooms)), batch.gaps
            )

    async def create_space(self, op: CreateSpace, ctx: Context, /) -> Space:
        """Make a home."""
        made = await self._change("create_space", lambda me: self.world.holdings.make_home(me, op.name), ctx)
        return Space(made.id, name=made.name)

    async def sign_out(self, _op: SignOut, ctx: Context, /) -> None:
        """End the session; where the cloud has ended it already nobody signs in again for that."""
        await self._keeper.end(
            lambda token: self._send(
                "sign_out", token, lambda _me: self.world.people.sign_out(token), ctx, changes=True
            ),
            ctx,
        )

    def _reader(self, side: Side, ctx: Context) -> Callable[[Grant], Share]:
        return lambda grant: reading.share_of(grant, side, ctx.now())

    def _given(self, device: DeviceRef, ctx: Context) -> AsyncIterator[Batch[Share]]:
        def given(me: User, offset: int) -> Sheet[Grant]:
            return self.world.given(me, device, offset)

        return self._listed(f"shares of {device}", given, self._reader(Side.OWNER, ctx), lambda share: share.id, ctx)

    async def _given_or_gap(self, device: DeviceRef, ctx: Context) -> AsyncIterator[Batch[Share]]:
        try:
            async for batch in self._given(device, ctx):
                yield batch
        except SignInError:
            raise
        except ProviderError as error:
            yield Batch((), (Gap(where=f"shares of {device}", why=str(error)),))

    def _homes(self, ctx: Context) -> AsyncIterator[Batch[Home]]:
        return self._listed("homes", self.world.homes, _same, lambda home: home.id, ctx)

    async def _only_home(self, ctx: Context) -> Space:
        """Give the home to bind into where none was chosen.

        Raises:
            SpaceRequiredError: there is none, or more than one.

        """
        batches = [batch async for batch in self._homes(ctx)]
        homes = [Space(home.id, name=home.name) for batch in batches for home in batch.items]
        if len(homes) != 1 or any(batch.gaps for batch in batches):
            raise SpaceRequiredError(
                f"this account has {len(homes)} homes; pass space= with one of them", provider=PROVIDER, choices=homes
            )
        return homes[0]

    def _listed(
        self,
        name: str,
        sheet: Callable[[User, int], Sheet[S]],
        read: Callable[[S], T],
        key: Callable[[T], Hashable],
        ctx: Context,
    ) -> AsyncIterator[Batch[T]]:
        """Walk a list page by page."""

        async def page(_number: int, offset: int) -> Page[T]:
            return self._page(await self._read(name, lambda me: sheet(me, offset), ctx), read)

        return walk(page, key=key, where=name)

    def _page(self, sheet: Sheet[S], read: Callable[[S], T]) -> Page[T]:
        """Read one page of a list."""
        return reading.page_of(sheet, read)

    async def _read(self, name: str, act: Callable[[User], T], ctx: Context) -> T:
        """Ask for something that changes nothing."""
        return await self._keeper.carry(lambda token: self._send(name, token, act, ctx, changes=False), ctx)

    async def _change(self, name: str, act: Callable[[User], T], ctx: Context) -> T:
        """Send the one request of an operation that changes something."""
        answer = await self._keeper.carry(lambda token: self._send(name, token, act, ctx, changes=True), ctx)
        ctx.done()
        return answer

    async def _send(self, name: str, token: Secret, act: Callable[[User], T], ctx: Context, *, changes: bool) -> T:
        """Send one request, and turn what the cloud says into what it means."""
        if changes:
            await ctx.effect()
        try:
            return await self._deliver(name, token, act, changes=changes)
        except Refusal as refusal:
            code = refusal.code
        except Silence:
            raise OutcomeUnknownError(f"{PROVIDER} gave no answer to {name}; read back before doing it again") from None
        call = HttpCall(name=name, method="POST", path=f"/{name}", changes=changes)
        raise CODES.refusal(code, call=call, ctx=ctx)

    async def _deliver(self, name: str, token: Secret, act: Callable[[User], T], *, changes: bool) -> T:
        """Carry one request to the cloud."""
        del name
        return await self.world.ask(token, act, changes=changes)


def _pairing(token: PairingToken) -> Pairing:
    return Pairing(token=token.token, ready=token.device is not None, device=token.device)


def _same(value: T) -> T:
    return value
