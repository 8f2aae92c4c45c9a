"""The homes of an account, their rooms and the devices in them."""

from __future__ import annotations

from collections.abc import AsyncIterator

from sharebind.provider import (
    Batch,
    Binding,
    Context,
    CreateSpace,
    DeviceRef,
    MalformedReplyError,
    NotBoundError,
    Space,
    SpaceQuery,
    SpaceRequiredError,
    walk,
)
from sharebind_tencent.gaps import or_gap
from sharebind_tencent.session import Session
from sharebind_tencent.wire import devices, requests
from sharebind_tencent.wire.devices import Home
from sharebind_tencent.wire.envelope import PROVIDER


class Homes:
    """Lists homes and what is in them, and finds the home that a call needs.

    The vendor's clients know a home ``default``, which they replace before sending: over the wire it is none (quirk
    ``default_family_is_sdk_sugar``).
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    async def create(self, op: CreateSpace, ctx: Context) -> Space:
        """Make a home (AppCreateFamily)."""
        return devices.made_in(await self._session.ask(requests.create_family(op.name), ctx, done=True), op.name)

    async def spaces(self, query: SpaceQuery, ctx: Context) -> AsyncIterator[Batch[Space]]:
        """List the homes (AppGetFamilyList), each followed by its rooms (AppGetRoomList) where they are asked for."""
        async for batch in self._walk(ctx):
            yield Batch((), batch.gaps)
            for home in batch.items:
                yield Batch((home.space,))
                if query.rooms:
                    async for rooms in or_gap(self._rooms(home.space, ctx), f"rooms of home {_called(home)}"):
                        yield rooms

    async def devices(self, ctx: Context) -> AsyncIterator[Batch[Binding]]:
        """Walk the devices of every home; a home that cannot be read is a gap."""
        async for batch in self._walk(ctx):
            yield Batch((), batch.gaps)
            for home in batch.items:
                async for found in or_gap(self.devices_in(home, ctx), f"home {_called(home)}"):
                    yield found

    def devices_in(self, home: Home, ctx: Context) -> AsyncIterator[Batch[Binding]]:
        """Walk the devices of one home (AppGetFamilyDeviceList)."""
        return walk(
            lambda _, offset: self._session.page(
                requests.get_family_device_list(home.space.id, offset),
                lambda content: devices.bindings_in(content, home),
                ctx,
            ),
            key=lambda binding: binding.device,
            where=f"devices of home {_called(home)}",
        )

    async def all(self, ctx: Context) -> tuple[Home, ...]:
        """Give every home, to look something up in.

        Raises:
            MalformedReplyError: they could not be read whole, and nobody could say what is missing.

        """
        found: list[Home] = []
        async for batch in self._walk(ctx):
            for gap in batch.gaps:
                raise MalformedReplyError(f"the homes could not be read whole: {gap.where}: {gap.why}")
            found.extend(batch.items)
        return tuple(found)

    async def of(self, device: DeviceRef, ctx: Context) -> Space:
        """Find the home that a device stands in; with one home only there is nothing to look for."""
        homes = await self.all(ctx)
        if len(homes) == 1:
            return homes[0].space
        for home in homes:
            async for batch in self.devices_in(home, ctx):
                if any(binding.device == device for binding in batch.items):
                    return home.space
        raise NotBoundError(f"{device} stands in none of this account's {len(homes)} homes")

    async def only(self, ctx: Context) -> Space:
        """Give the only home, to bind into.

        Raises:
            SpaceRequiredError: there is none, or more than one to choose from.

        """
        homes = [home.space for home in await self.all(ctx)]
        if len(homes) == 1:
            return homes[0]
        what = f"has {len(homes)} homes" if homes else "has no home yet, which create_space() makes"
        raise SpaceRequiredError(
            f"tencent binds into a home, and this account {what}: pass space=", provider=PROVIDER, choices=homes
        )

    def _walk(self, ctx: Context) -> AsyncIterator[Batch[Home]]:
        return walk(
            lambda _, offset: self._session.page(requests.get_family_list(offset), devices.homes_in, ctx),
            key=lambda home: home.space.id,
            where="homes",
        )

    def _rooms(self, home: Space, ctx: Context) -> AsyncIterator[Batch[Space]]:
        return walk(
            lambda _, offset: self._session.page(
                requests.get_room_list(home.id, offset), lambda content: devices.rooms_in(content, home), ctx
            ),
            key=lambda room: room.room,
            where=f"rooms of home {home.name or home.id}",
        )


def _called(home: Home) -> str:
    return home.space.name or home.space.id
