"""Reading one account's lists: what it holds, what it gave, and which code a share goes by."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Hashable
from typing import Final, TypeVar

import attrs

from sharebind.provider import (
    Batch,
    ConflictError,
    Context,
    DeviceRef,
    Fields,
    Gap,
    MalformedReplyError,
    Page,
    PermissionDeniedError,
    ProviderError,
    RateLimitedError,
    Role,
    Secret,
    Share,
    ShareNotFoundError,
    ShareRef,
    Side,
    SignInError,
    State,
    malformed,
    walk,
)
from sharebind_quectel import wire
from sharebind_quectel.lookup import Lookup, plain_code, taker_in
from sharebind_quectel.session import Session

T = TypeVar("T")

_DEVICES: Final = "devices"


@attrs.frozen(kw_only=True)
class Meant:
    """What a ref means at the vendor: a code, ``None`` where nothing is left of it; and whether that is certain."""

    code: Secret | None
    certain: bool


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
            fields = Fields(await self._session.ask(wire.device_info(device), ctx), "$.data")
        except PermissionDeniedError:
            async for batch in self.devices(wire.held_in, wire.Held.key, ctx, device):
                for held in batch.items:
                    if held.device == device:
                        return held.role
            raise
        if wire.device_in(fields) != device:
            raise malformed(f"{fields.path}.deviceKey", "the device that was asked about", "another device")
        return wire.role_in(fields)

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

    async def given_before(self, device: DeviceRef, ctx: Context) -> Batch[Share] | None:
        """Read the same before a change, ``None`` where the vendor does not tell: the change says by itself why."""
        try:
            return await self.given(device, ctx)
        except (SignInError, RateLimitedError):
            raise
        except ProviderError:
            return None

    async def meant(self, share: ShareRef, ctx: Context) -> Meant:
        """Find the code that a ref means; keys of our own never go to the vendor.

        Raises:
            ConflictError: the code is other people's access too, or several shares fit.
            MalformedReplyError: an entry of the list could not be read, and may be the one that is meant.
            ShareNotFoundError: the vendor told no code for this share, and lists none that it could be.

        """
        if share.side is Side.RECIPIENT:
            return Meant(code=share.key, certain=True)
        lookup, taker = Lookup.read(share.key), taker_in(share.key)
        if lookup is not None:
            return _looked_up(lookup, await self.given(share.device, ctx))
        if taker is not None:
            return _taken(*taker, await self.given(share.device, ctx))
        return Meant(code=share.key, certain=True)


def _taken(code: Secret, user_id: str, listed: Batch[Share]) -> Meant:
    """Find one of the takers of a code: one who has left has nothing to end, whoever else holds the code."""
    _check_whole(listed)
    mine = [share for share in listed.items if wire.has_code(share, code) and _user_id(share) == user_id]
    live = [share for share in mine if share.state is not State.ENDED]
    if not live:
        return Meant(code=None, certain=bool(mine))
    _check_alone(live[0], listed)
    return Meant(code=code, certain=True)


def _looked_up(lookup: Lookup, listed: Batch[Share]) -> Meant:
    found = lookup.told(listed.items)
    if not found:
        found = lookup.fitting(listed.items)
    if found or lookup.code is None:
        _check_whole(listed)
    if not found:
        if lookup.code is None:
            raise ShareNotFoundError(
                "the vendor told no code for this share, and lists none that is surely it; take the one that shares() "
                "lists"
            )
        return Meant(code=lookup.code, certain=False)
    if len({plain_code(share.ref.key) for share in found}) > 1:
        raise ConflictError("several shares fit this one; take the one that shares() lists")
    _check_alone(found[0], listed)
    return Meant(code=plain_code(found[0].ref.key), certain=True)


def _check_alone(share: Share, listed: Batch[Share]) -> None:
    """Refuse what would be done to others too. A code that is still open besides is nobody's access."""
    code, who = plain_code(share.ref.key), _user_id(share)
    for other in listed.items:
        over = other.state in (State.ENDED, State.OFFERED)
        if other is share or over or not wire.has_code(other, code):
            continue
        if who is None or _user_id(other) != who:
            raise ConflictError(
                "several people took this code, and what is done to it is done to all; take the offer itself"
            )


def _check_whole(listed: Batch[Share]) -> None:
    if listed.gaps:
        raise MalformedReplyError(
            "an entry of the device's list could not be read, and may be the share that is meant: "
            f"{listed.gaps[0].where}; nothing was changed"
        )


def _user_id(share: Share) -> str | None:
    return share.recipient.user_id if share.recipient is not None else None
