"""The homes of an account, and the things in them: the only lists there are."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

from sharebind.provider import (
    Batch,
    Context,
    DeviceRef,
    Gap,
    ProviderError,
    SignInError,
    Space,
)
from sharebind_ewelink.codes import ABSENT
from sharebind_ewelink.session import Session
from sharebind_ewelink.wire import requests, things
from sharebind_ewelink.wire.things import Kind, Thing

PAGES: Final = 1000
"""How far a home is read; a list that is longer is one that never ends."""

Placed = tuple[Space, Thing]


class Homes:
    """Lists homes and what stands in them, and finds one device."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def spaces(self, ctx: Context) -> Batch[Space]:
        """List the homes (list_homes)."""
        return things.homes_in(await self._session.ask(requests.list_homes(), ctx))

    async def things(self, ctx: Context) -> AsyncIterator[Batch[Placed]]:
        """Walk the things of every home, each device once as what it is held; a home that cannot be read is a gap."""
        homes = await self.spaces(ctx)
        yield Batch((), homes.gaps)
        seen: set[int] = set()  # hashes, for a walk may pass thousands
        for home in homes.items:
            try:
                async for batch in self._in(home, ctx):
                    fresh = [thing for thing in batch.items if hash((thing.kind, thing.device)) not in seen]
                    seen.update(hash((thing.kind, thing.device)) for thing in fresh)
                    yield Batch(tuple((home, thing) for thing in fresh), batch.gaps)
            except SignInError:
                raise
            except ProviderError as error:
                yield Batch((), (Gap(where=_called(home), why=str(error)),))

    async def find(self, device: DeviceRef, ctx: Context, *kinds: Kind) -> Thing | None:
        """Look one device up as each kind in turn (get_things); ``None`` where the account holds it as none of them.

        What is not there is left out of the answer, or refused with 405: which of the two is not said, nor whether a
        device of another kind than was asked for is shown. So its own kind is what counts, and each is asked for alone.
        """
        for kind in kinds:
            try:
                data = await self._session.ask(requests.get_things(device, kind), ctx)
            except ProviderError as error:
                if error.vendor_code != ABSENT:
                    raise
                continue
            found = things.thing_in(data, device)
            if found is not None:
                return found
        return None

    async def _in(self, home: Space, ctx: Context) -> AsyncIterator[Batch[Thing]]:
        """Walk one home page by page (list_things), from the last index that was read on.

        Whether that one is listed again is not said, so what the page before held is told apart. A page that is not
        full is the last one only where all that is counted came: what is left out of a list may be left out of its
        pages. A total above what came in the end is a gap: devices of brands that did not authorise the app are counted
        and not listed.
        """
        before: set[int] = set()
        count = 0
        after: int | None = None
        for _ in range(PAGES):
            page = things.page_in(await self._session.ask(requests.list_things(home.id, after), ctx))
            fresh = set(page.marks) - before
            before = set(page.marks)
            count += len(fresh)
            yield Batch(page.things, page.gaps)
            full = len(page.marks) >= requests.PAGE
            missing = (page.total or 0) - count
            onward = page.last is not None and (after is None or page.last > after)
            if fresh and onward and (full or missing > 0):
                after = page.last
                continue
            if missing > 0:
                why = (
                    f"the vendor counts {page.total} things and gave {count}; it counts those of brands that did "
                    "not authorise the app, and does not list them"
                )
                yield Batch((), (Gap(where=_called(home), why=why),))
            elif full and (fresh or not page.total):
                yield Batch((), (Gap(where=_called(home), why="a full page tells no index to go on from"),))
            return
        yield Batch((), (Gap(where=_called(home), why=f"it has more than {PAGES} pages"),))


def _called(home: Space) -> str:
    return f"home {home.name or home.id}"
