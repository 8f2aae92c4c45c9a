"""What eWeLink's calls make up: the provider. Only type-checked, never run."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

from tests.typing.ewelink import (
    BITS,
    ByDigest,
    Wire,
    add_device,
    add_gsm_device,
    cancel_share,
    change_share_permission,
    delete_device,
    held,
    list_homes,
    list_things,
    share_devices,
    shares_in,
    update_device_info,
)

from sharebind import protocols
from sharebind.provider import (
    NATIVE,
    Batch,
    BindDevice,
    Binding,
    BindingProvider,
    BindingQuery,
    ByText,
    Capability,
    ChangeShare,
    Context,
    Email,
    EndShare,
    Evidence,
    Level,
    Phone,
    PlaceDevice,
    RenameDevice,
    Role,
    Share,
    ShareDevice,
    ShareQuery,
    SharingProvider,
    Side,
    Space,
    SpaceQuery,
    State,
    Support,
    UnbindDevice,
    Unbound,
    UnsupportedError,
    bind_by,
    capabilities,
)


class EwelinkStub:
    """The two required Protocols and the optional ones that eWeLink has."""

    support: Mapping[Capability, Support]

    def __init__(self, wire: Wire) -> None:
        rights = Support(level=Level.NATIVE, names=frozenset(BITS))
        self.support = {capabilities.SHARE_TO_EMAIL: NATIVE, capabilities.CHANGE_RIGHTS: rights}
        self._wire = wire

    async def share(self, op: ShareDevice, ctx: Context, /) -> Share:
        """To a person by e-mail address or phone."""
        if not isinstance(op.to, Email | Phone):
            raise UnsupportedError("no such recipient", provider="ewelink", capability=capabilities.SHARE_TO_ANYONE)
        return await share_devices(self._wire, op, op.to, ctx)

    async def end(self, op: EndShare, ctx: Context, /) -> Share:
        """By side."""
        if op.share.side is Side.OWNER:
            return await cancel_share(self._wire, op, ctx)
        await delete_device(self._wire, op.share.device, Role.GUEST, ctx)
        return Share(ref=op.share, state=State.ENDED, evidence=Evidence.ASSUMED)

    async def shares(self, query: ShareQuery, ctx: Context, /) -> AsyncIterator[Batch[Share]]:
        """Home by home."""
        for home in await list_homes(self._wire, ctx):
            things, gaps = await list_things(self._wire, home, ctx)
            yield Batch(tuple(share for thing in things for share in shares_in(thing, query.side)), gaps)

    async def bind(self, op: BindDevice, ctx: Context, /) -> Binding:
        """By the kind of proof."""
        match op.proof:
            case ByDigest() as digest if op.device is not None:
                return await add_device(self._wire, op, op.device, digest, ctx)
            case ByText() as text:
                return await add_gsm_device(self._wire, op, text, ctx)
            case other:
                raise UnsupportedError("no such proof", provider="ewelink", capability=bind_by(other.kind))

    async def unbind(self, op: UnbindDevice, ctx: Context, /) -> Unbound:
        """With the role read first."""
        await delete_device(self._wire, op.device, op.expect, ctx)
        return Unbound(device=op.device)

    async def bindings(self, query: BindingQuery, ctx: Context, /) -> AsyncIterator[Batch[Binding]]:
        """Home by home."""
        for home in await list_homes(self._wire, ctx):
            things, gaps = await list_things(self._wire, home, ctx)
            yield Batch(tuple(each for each in map(held, things) if query.takes(each)), gaps)

    async def rename(self, op: RenameDevice, ctx: Context, /) -> None:
        """Give another name."""
        await update_device_info(self._wire, op, ctx)

    async def place(self, op: PlaceDevice, ctx: Context, /) -> None:
        """Put it into another room."""
        await update_device_info(self._wire, op, ctx)

    async def spaces(self, query: SpaceQuery, ctx: Context, /) -> AsyncIterator[Batch[Space]]:
        """List the homes; this vendor's rooms stand in them."""
        del query
        yield Batch(await list_homes(self._wire, ctx))

    async def change(self, op: ChangeShare, ctx: Context, /) -> Share:
        """Set what a recipient may do."""
        return await change_share_permission(self._wire, op, ctx)


def as_required(provider: EwelinkStub) -> tuple[SharingProvider, BindingProvider]:
    """Check that it shares and binds."""
    return provider, provider


def as_optional(
    provider: EwelinkStub,
) -> tuple[protocols.Changing, protocols.Renaming, protocols.Placing, protocols.SpaceListing]:
    """Check its further abilities."""
    return provider, provider, provider, provider
