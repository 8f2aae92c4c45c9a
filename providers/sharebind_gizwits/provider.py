"""The Protocols of an account at Gizwits: each ability is a room of its own, and all speak through one session."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

from sharebind.provider import (
    AcceptShare,
    Batch,
    BindDevice,
    Binding,
    BindingQuery,
    Capability,
    Context,
    EndShare,
    InspectCode,
    Preview,
    RenameDevice,
    Setup,
    Share,
    ShareDevice,
    ShareQuery,
    Side,
    Support,
    TransferDevice,
    UnbindDevice,
    Unbound,
)
from sharebind_gizwits.ending import Ending
from sharebind_gizwits.holding import Holding
from sharebind_gizwits.lists import Lists
from sharebind_gizwits.session import Session
from sharebind_gizwits.settings import GizwitsSettings
from sharebind_gizwits.sharing import Sharing
from sharebind_gizwits.support import SUPPORT, SUPPORT_WITHOUT_SECRETS


class Gizwits:
    """One account at Gizwits."""

    def __init__(self, settings: GizwitsSettings, setup: Setup) -> None:
        session = Session(settings, setup)
        self._lists = Lists(session)
        self._sharing = Sharing(session, self._lists)
        self._ending = Ending(session, self._lists)
        self._holding = Holding(session, self._lists, settings.product_secrets or {})
        self._support = SUPPORT if settings.product_secrets else SUPPORT_WITHOUT_SECRETS

    @property
    def support(self) -> Mapping[Capability, Support]:
        """What this account can be asked for."""
        return self._support

    async def share(self, op: ShareDevice, ctx: Context, /) -> Share:
        """Make a code, or invite a person."""
        return await self._sharing.share(op, ctx)

    async def accept(self, op: AcceptShare, ctx: Context, /) -> Share:
        """Redeem a code, or take a received offer."""
        return await self._sharing.accept(op, ctx)

    async def inspect(self, op: InspectCode, ctx: Context, /) -> Preview:
        """Say what a code is for."""
        return await self._sharing.inspect(op.code, ctx)

    async def end(self, op: EndShare, ctx: Context, /) -> Share:
        """Withdraw, revoke, decline or leave."""
        return await self._ending.end(op, ctx)

    def shares(self, query: ShareQuery, ctx: Context, /) -> AsyncIterator[Batch[Share]]:
        """List what was given, or what was received."""
        return (self._lists.given if query.side is Side.OWNER else self._lists.received)(query, ctx)

    async def bind(self, op: BindDevice, ctx: Context, /) -> Binding:
        """Bind by product and MAC address, or by the text of a code."""
        return await self._holding.bind(op, ctx)

    async def unbind(self, op: UnbindDevice, ctx: Context, /) -> Unbound:
        """Give a device up."""
        return await self._holding.unbind(op, ctx)

    def bindings(self, _query: BindingQuery, ctx: Context, /) -> AsyncIterator[Batch[Binding]]:
        """List own and received devices."""
        return self._lists.bindings(ctx)

    async def rename(self, op: RenameDevice, ctx: Context, /) -> None:
        """Name an own device or a received one."""
        await self._holding.rename(op, ctx)

    async def transfer(self, op: TransferDevice, ctx: Context, /) -> None:
        """Make a guest the owner."""
        await self._holding.transfer(op, ctx)
