"""Reading one account's lists: what it holds, what it gave, and which code a share goes by."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Hashable
from typing import Final, TypeVar

from sharebind.provider import (
    Batch,
    ConflictError,
    Context,
    DeviceRef,
    Fields,
    Gap,
    Page,
    PermissionDeniedError,
    ProviderError,
    Role,
    Secret,
    Share,
    ShareNotFoundError,
    ShareRef,
    SignInError,
    walk,
)
from sharebind_quectel import wire
from sharebind_quectel.lookup import Lookup
from sharebind_quectel.session import Session

T = TypeVar("T")

_DEVICES: Final = "devices"


class Lists:
    """The lists of one account."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def devices(
        self, read: Callable[[Fields], T], key: Callable[[T], Hashable], ctx: Context, device: DeviceRef | None
    ) -> AsyncIterator[Batch[T]]:
        """Walk userDeviceList."""

        async def page(number: int, _offset: int) -> Page[T]:
            return wire.page_of(await self._session.ask(wire.user_device_list(number, device), ctx), number, read)

        return walk(page, key=key, where=_DEVICES)

    async def role(self, device: DeviceRef, ctx: Context) -> Role:
        """Read how a device is held. By product and device the vendor may tell it to its owner only (5141)."""
        try:
            return wire.role_in(Fields(await self._session.ask(wire.device_info(device), ctx), "$.data"))
        except PermissionDeniedError:
            async for batch in self.devices(wire.held_in, wire.Held.key, ctx, device):
                for held in batch.items:
                    if held.device == device:
                        return held.role
            raise

    async def given(self, device: DeviceRef, ctx: Context) -> Batch[Share]:
        """Read the shares that were given of a device (deviceShareUserList)."""
        data = await self._session.ask(wire.device_share_user_list(device), ctx)
        return wire.shares_given(data, device, ctx.now())

    async def given_or_gap(self, device: DeviceRef, ctx: Context) -> Batch[Share]:
        """Read the same for one of many devices: one that fails is a gap, and the others go on."""
        try:
            return await self.given(device, ctx)
        except SignInError:
            raise
        except ProviderError as error:
            return Batch((), (Gap(where=f"shares of {device}", why=str(error)),))

    async def code_of(self, share: ShareRef, ctx: Context) -> tuple[Secret, bool]:
        """Give the code of a share, and whether it is certain that it is this share's.

        Raises:
            ShareNotFoundError: the vendor told no code for this share, and lists none that it could be.
            ConflictError: the code is other people's access too, or several shares fit.

        """
        lookup, shared = Lookup.read(share.key), wire.without_taker(share.key)
        if lookup is None and shared is None:
            return share.key, True
        listed = (await self.given(share.device, ctx)).items
        if shared is not None:
            if sum(wire.without_taker(each.ref.key) == shared for each in listed) > 1:
                raise ConflictError(
                    "several people took this code, and what is done to it is done to all; take the offer itself"
                )
            return shared, True
        found = lookup.among(listed) if lookup is not None else []
        if len(found) > 1:
            raise ConflictError("several shares fit this one; take the one that shares() lists")
        if found:
            return found[0].ref.key, True
        if lookup is None or lookup.code is None:
            raise ShareNotFoundError("the vendor told no code for this share, and lists none that it could be")
        return lookup.code, False
