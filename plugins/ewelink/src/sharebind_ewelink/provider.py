"""The Protocols of an account at eWeLink: each ability is a room of its own, and all speak through one session."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

from sharebind.provider import (
    Batch,
    BindDevice,
    Binding,
    BindingQuery,
    Capability,
    ChangeShare,
    Context,
    EndShare,
    PlaceDevice,
    RenameDevice,
    Setup,
    Share,
    ShareDevice,
    ShareQuery,
    Space,
    SpaceQuery,
    Support,
    UnbindDevice,
    Unbound,
)
from sharebind_ewelink.holding import Holding
from sharebind_ewelink.homes import Homes
from sharebind_ewelink.session import Session
from sharebind_ewelink.settings import EwelinkSettings, Tier
from sharebind_ewelink.sharing import Sharing
from sharebind_ewelink.support import SUPPORT, SUPPORT_OF_OAUTH


class Ewelink:
    """One account at eWeLink."""

    def __init__(self, settings: EwelinkSettings, setup: Setup) -> None:
        self._tier = settings.tier
        session = Session(settings, setup)
        self._homes = Homes(session)
        self._sharing = Sharing(session, self._homes)
        self._holding = Holding(session, self._homes)

    @property
    def support(self) -> Mapping[Capability, Support]:
        """What this account can be asked for."""
        return SUPPORT_OF_OAUTH if self._tier is Tier.OAUTH else SUPPORT

    async def share(self, op: ShareDevice, ctx: Context, /) -> Share:
        """Share with a person."""
        return await self._sharing.share(op, ctx)

    async def end(self, op: EndShare, ctx: Context, /) -> Share:
        """Revoke or leave."""
        return await self._sharing.end(op, ctx)

    async def change(self, op: ChangeShare, ctx: Context, /) -> Share:
        """Set what a recipient may do."""
        return await self._sharing.change(op, ctx)

    def shares(self, query: ShareQuery, ctx: Context, /) -> AsyncIterator[Batch[Share]]:
        """List what was given, or what was received."""
        return self._sharing.shares(query, ctx)

    async def bind(self, op: BindDevice, ctx: Context, /) -> Binding:
        """Bind into the current home or ``space``."""
        return await self._holding.bind(op, ctx)

    async def unbind(self, op: UnbindDevice, ctx: Context, /) -> Unbound:
        """Give up an own device."""
        return await self._holding.unbind(op, ctx)

    def bindings(self, query: BindingQuery, ctx: Context, /) -> AsyncIterator[Batch[Binding]]:
        """Walk the homes."""
        return self._holding.bindings(query, ctx)

    async def rename(self, op: RenameDevice, ctx: Context, /) -> None:
        """Rename an own device."""
        await self._holding.rename(op, ctx)

    async def place(self, op: PlaceDevice, ctx: Context, /) -> None:
        """Put a device into a room of its home."""
        await self._holding.place(op, ctx)

    async def spaces(self, _query: SpaceQuery, ctx: Context, /) -> AsyncIterator[Batch[Space]]:
        """List the homes."""
        yield await self._homes.spaces(ctx)
