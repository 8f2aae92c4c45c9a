"""The homes of an account, their rooms and the devices in them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import TypeVar

from sharebind.provider import (
    Batch,
    Binding,
    Context,
    CreateSpace,
    DeviceRef,
    Fields,
    NotBoundError,
    Page,
    Space,
    SpaceQuery,
    SpaceRequiredError,
    or_gap,
    walk,
    whole,
)
from sharebind_tencent.session import Session
from sharebind_tencent.wire import devices, requests
from sharebind_tencent.wire.devices import Home
from sharebind_tencent.wire.envelope import PROVIDER

T = TypeVar("T")


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

    async def bindings(self, ctx: Context) -> AsyncIterator[Batch[Binding]]:
        """Walk the devices of every home as bindings; a home that cannot be read, or tells no role, is a gap."""
        async for batch in self._walk(ctx):
            yield Batch((), batch.gaps)
            for home in batch.items:
                async for found in or_gap(self.bindings_in(home, ctx), f"home {_called(home)}"):
                    yield found

    def bindings_in(self, home: Home, ctx: Context) -> AsyncIterator[Batch[Binding]]:
        """Walk the devices of one home (AppGetFamilyDeviceList) as bindings."""
        return self._devices(home, lambda content: devices.bindings_in(content, home), lambda held: held.device, ctx)

    async def devices(self, ctx: Context) -> AsyncIterator[Batch[DeviceRef]]:
        """Walk the devices of every home; a home that cannot be read is a gap."""
        async for batch in self._walk(ctx):
            yield Batch((), batch.gaps)
            for home in batch.items:
                async for found in or_gap(self.devices_in(home, ctx), f"home {_called(home)}"):
                    yield found

    def devices_in(self, home: Home, ctx: Context) -> AsyncIterator[Batch[DeviceRef]]:
        """Walk the devices of one home (AppGetFamilyDeviceList)."""
        return self._devices(home, devices.devices_in, lambda device: device, ctx)

    async def all(self, ctx: Context) -> tuple[Home, ...]:
        """Give every home, to look something up in.

        Raises:
            MalformedReplyError: they could not be read whole, and nobody could say what is missing.

        """
        return tuple([home async for home in whole(self._walk(ctx), "the homes")])

    async def of(self, device: DeviceRef, ctx: Context) -> Space:
        """Find the home that a device stands in; with one home only there is nothing to look for.

        Raises:
            NotBoundError: it stands in none of them.
            MalformedReplyError: some of their devices could not be read, so nobody could say that.

        """
        homes = await self.all(ctx)
        if len(homes) == 1:
            return homes[0].space
        for home in homes:
            async for found in whole(self.devices_in(home, ctx), f"home {_called(home)}"):
                if found == device:
                    return home.space
        raise NotBoundError(f"{device} stands in none of this account's {len(homes)} homes")

    async def only(self, ctx: Context) -> Home:
        """Give the only home, to bind into.

        Raises:
            SpaceRequiredError: there is none, or more than one to choose from.

        """
        homes = await self.all(ctx)
        if len(homes) == 1:
            return homes[0]
        what = f"has {len(homes)} homes" if homes else "has no home yet, which create_space() makes"
        raise SpaceRequiredError(
            f"tencent binds into a home, and this account {what}: pass space=",
            provider=PROVIDER,
            choices=[home.space for home in homes],
        )

    def _walk(self, ctx: Context) -> AsyncIterator[Batch[Home]]:
        return walk(
            lambda _, offset: self._session.page(requests.get_family_list(offset), devices.homes_in, ctx),
            key=lambda home: home.space.id,
            where="homes",
        )

    def _devices(
        self,
        home: Home,
        read: Callable[[Fields], Page[T]],
        key: Callable[[T], DeviceRef],
        ctx: Context,
    ) -> AsyncIterator[Batch[T]]:
        return walk(
            lambda _, offset: self._session.page(requests.get_family_device_list(home.space.id, offset), read, ctx),
            key=key,
            where=f"devices of home {_called(home)}",
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
