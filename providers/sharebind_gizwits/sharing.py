"""Giving access and taking it: codes, invitations, acceptances."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Final
from weakref import WeakValueDictionary

from sharebind.provider import (
    UNKNOWN_DEVICE,
    AcceptShare,
    Anyone,
    Batch,
    CodeOffer,
    Context,
    InvalidRequestError,
    Preview,
    ResultLostError,
    Role,
    Secret,
    Share,
    ShareDevice,
    ShareRef,
    Side,
    Via,
)
from sharebind_gizwits import keys
from sharebind_gizwits.keys import Made
from sharebind_gizwits.lists import Lists
from sharebind_gizwits.session import Session
from sharebind_gizwits.support import CODE_LIFE
from sharebind_gizwits.wire import requests, shares
from sharebind_gizwits.wire.devices import Held, received_ref
from sharebind_gizwits.wire.envelope import PROVIDER, object_of

_SECOND: Final = timedelta(seconds=1)
_KEPT: Final = 86_400
LIFE: Final = int(CODE_LIFE.total_seconds())
"""How many seconds a code may be taken."""


class _Making:
    """Remembers when codes were made of each device, and lets no two be made of one device in the same second.

    The vendor tells no more of a code that was taken than when it was made, in whole seconds as far as is known. So the
    second is what tells two codes of a device apart.
    """

    def __init__(self) -> None:
        self._made: dict[str, list[int]] = {}
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def turn(self, device: str) -> asyncio.Lock:
        """Give what lets one code of a device be made at a time."""
        return self._turns.setdefault(device, asyncio.Lock())

    async def apart(self, device: str, ctx: Context) -> None:
        """Wait for a second in which no code of this device was made."""
        now = ctx.now()
        if any(each >= keys.second(now) for each in self._made.get(device, ())):
            await asyncio.sleep((keys.moment(keys.second(now)) + _SECOND - now).total_seconds())

    def note(self, made: Made, device: str) -> None:
        """Remember a code, and forget those of days before."""
        oldest = made.since - _KEPT
        self._made = {
            name: kept for name, each in self._made.items() if (kept := [one for one in each if one > oldest])
        }
        self._made.setdefault(device, []).append(made.until)


class Sharing:
    """Gives access and takes it."""

    def __init__(self, session: Session, lists: Lists) -> None:
        self._session = session
        self._lists = lists
        self._making = _Making()

    async def share(self, op: ShareDevice, ctx: Context) -> Share:
        """Make a code, or invite a person (create_share)."""
        shares.bare(op.device)  # what no share could name is refused before sending
        if isinstance(op.to, Anyone):
            async with self._making.turn(op.device.device):
                return await self._make_code(op, ctx)
        made = await self._session.ask(requests.create_share(op), ctx, done=True)
        return shares.invitation(op, shares.id_in(object_of(made)), ctx.now())

    async def _make_code(self, op: ShareDevice, ctx: Context) -> CodeOffer:
        """Make a code between two looks at those that wait: where the vendor lists them, the new one has an id."""
        device = op.device.device
        await self._making.apart(device, ctx)
        before = await self._lists.open_codes(op.device, ctx)
        since = keys.second(ctx.now())
        content = await self._session.ask(requests.create_share(op), ctx, done=True)
        now = ctx.now()
        made = Made(code=shares.code_in(object_of(content)), since=since, until=keys.second(now))
        self._making.note(made, device)
        offer = shares.code_offer(op, made, now)
        ctx.done(offer)
        after = await self._lists.open_codes(op.device, ctx)
        new = after - before if before is not None and after is not None else frozenset[str]()
        if len(new) != 1:
            return offer
        known = Made(code=made.code, since=since, until=made.until, record=min(new))
        return shares.code_offer(op, known, now)

    async def accept(self, op: AcceptShare, ctx: Context) -> Share:
        """Take a received offer (answer_share), or a code (accept_share_code)."""
        if op.code is not None:
            return await self._accept_code(op.code, ctx)
        offer = op.offer
        if offer is None or keys.is_received(offer.key) or keys.is_taken(offer.key):
            raise InvalidRequestError("this received share is no offer, so there is nothing to accept")
        taken = received_ref(shares.bare(offer.device), Via.PERSON)
        await self._session.ask(requests.answer_share(offer.key, requests.ACCEPTED), ctx, done=True)
        return shares.accepted(taken, ctx.now())

    async def _accept_code(self, code: Secret, ctx: Context) -> Share:
        """Take a code between two looks at what the account holds: the device that is new is the one.

        Raises:
            ResultLostError: it was taken, and not exactly one received device is new.

        """
        call = requests.accept_share_code(code)
        before = await self._lists.names(ctx)
        await self._session.ask(call, ctx, done=True)
        now = ctx.now()
        ref = ShareRef(
            provider=PROVIDER, side=Side.RECIPIENT, via=Via.CODE, device=UNKNOWN_DEVICE, key=keys.taken(code)
        )
        ctx.done(shares.accepted(ref, now))
        new: list[Held] = []
        async for batch in self._lists.held(ctx):
            new += _new_guests(batch, before)
        if len(new) != 1:
            ctx.done()
            raise ResultLostError(
                f"the code was taken, and {len(new)} received devices are new, so which one it gave is not known; "
                "see received()"
            )
        bound = new[0].binding
        return shares.accepted(received_ref(bound.device, Via.CODE), now, name=bound.name, raw=bound.raw)

    async def inspect(self, code: Secret, ctx: Context) -> Preview:
        """Say what a code is for (inspect_share_code)."""
        return shares.preview_in(await self._session.fields(requests.inspect_share_code(code), ctx), ctx.now())


def _new_guests(batch: Batch[Held], before: frozenset[object]) -> list[Held]:
    return [each for each in batch.items if each.binding.device not in before and each.binding.role is Role.GUEST]
