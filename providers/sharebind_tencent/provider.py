"""The Protocols of an account at Tencent: each ability is a room of its own, and all speak through one session."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

from sharebind.provider import (
    AcceptShare,
    Batch,
    BeginPairing,
    BindDevice,
    Binding,
    BindingQuery,
    Capability,
    CheckPairing,
    Context,
    CreateSpace,
    EndShare,
    FindUser,
    InspectCode,
    Pairing,
    Person,
    PlaceDevice,
    Preview,
    ReadMe,
    RenameDevice,
    Setup,
    Share,
    ShareDevice,
    ShareQuery,
    SignOut,
    Space,
    SpaceQuery,
    Support,
    UnbindDevice,
    Unbound,
)
from sharebind_tencent.holding import Holding
from sharebind_tencent.homes import Homes
from sharebind_tencent.people import People
from sharebind_tencent.session import Session
from sharebind_tencent.settings import TencentSettings
from sharebind_tencent.sharing import Sharing
from sharebind_tencent.support import SUPPORT


class Tencent:
    """One account at Tencent."""

    def __init__(self, settings: TencentSettings, setup: Setup) -> None:
        self._session = Session(settings, setup)
        self._people = People(self._session)
        self._homes = Homes(self._session)
        self._sharing = Sharing(self._session, self._homes, self._people)
        self._holding = Holding(self._session, self._homes, self._sharing)

    @property
    def support(self) -> Mapping[Capability, Support]:
        """What this account can be asked for."""
        return SUPPORT

    async def share(self, op: ShareDevice, ctx: Context, /) -> Share:
        """Make a code, or send an invitation."""
        return await self._sharing.share(op, ctx)

    async def accept(self, op: AcceptShare, ctx: Context, /) -> Share:
        """Redeem a code, or take a received offer."""
        return await self._sharing.accept(op, ctx)

    async def inspect(self, op: InspectCode, ctx: Context, /) -> Preview:
        """Say what a code is for."""
        return await self._sharing.preview(op.code, ctx)

    async def end(self, op: EndShare, ctx: Context, /) -> Share:
        """Revoke or leave."""
        return await self._sharing.end(op, ctx)

    def shares(self, query: ShareQuery, ctx: Context, /) -> AsyncIterator[Batch[Share]]:
        """List grants, and what was received."""
        return self._sharing.shares(query, ctx)

    async def bind(self, op: BindDevice, ctx: Context, /) -> Binding:
        """Bind into the only home or ``space``."""
        return await self._holding.bind(op, ctx)

    async def begin_pairing(self, _op: BeginPairing, ctx: Context, /) -> Pairing:
        """Get a token for the device."""
        return await self._holding.begin_pairing(ctx)

    async def check_pairing(self, op: CheckPairing, ctx: Context, /) -> Pairing:
        """Tell whether the device has used its token."""
        return await self._holding.check_pairing(op, ctx)

    async def unbind(self, op: UnbindDevice, ctx: Context, /) -> Unbound:
        """Take a device out of its home."""
        return await self._holding.unbind(op, ctx)

    async def rename(self, op: RenameDevice, ctx: Context, /) -> None:
        """Rename an own device."""
        await self._holding.rename(op, ctx)

    async def place(self, op: PlaceDevice, ctx: Context, /) -> None:
        """Put a device into a room of its home."""
        await self._holding.place(op, ctx)

    def bindings(self, query: BindingQuery, ctx: Context, /) -> AsyncIterator[Batch[Binding]]:
        """Walk the homes, then the received devices."""
        return self._holding.bindings(query, ctx)

    def spaces(self, query: SpaceQuery, ctx: Context, /) -> AsyncIterator[Batch[Space]]:
        """List the homes, and their rooms where they are asked for."""
        return self._homes.spaces(query, ctx)

    async def create_space(self, op: CreateSpace, ctx: Context, /) -> Space:
        """Make a home."""
        return await self._homes.create(op, ctx)

    async def find_user(self, op: FindUser, ctx: Context, /) -> Person:
        """Say whose e-mail address or phone number that is."""
        return await self._people.find(op.who, ctx)

    async def me(self, _op: ReadMe, ctx: Context, /) -> Person:
        """Say who this account is."""
        return await self._people.me(ctx)

    async def sign_out(self, _op: SignOut, ctx: Context, /) -> None:
        """End the session that the account's token stands for."""
        await self._session.end(ctx)
