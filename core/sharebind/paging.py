"""Walking a vendor's list page by page, without losing what moves.

A list that shrinks while it is walked, for instance because the caller ends what it is given, moves its later items
onto pages that were read already: such a walk starts over, and gives each item once. What cannot be read, what a vendor
says there is and does not give, and pages that repeat are gaps. Only the first page's failure is the list's own.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable
from typing import Final, Generic, TypeVar, cast

import attrs

from sharebind.errors import ProviderError, SignInError
from sharebind.protocols import Batch, Gap

T = TypeVar("T")

_PASSES: Final = 20
"""How often a walk starts over at most; each time somebody has ended shares meanwhile."""

_UNREADABLE: Final = 3
"""Pages without one readable item, after which a list is given up: some could be promised for ever."""


@attrs.frozen(kw_only=True)
class Page(Generic[T]):
    """One page as it was read.

    ``size`` counts its entries, those that could not be read included; ``total`` is what the vendor says the list has,
    ``more`` whether it says that another page follows, ``full`` how many entries a full page has.
    """

    items: tuple[T, ...]
    size: int
    full: int
    total: int | None = None
    more: bool | None = None
    gaps: tuple[Gap, ...] = ()


async def walk(
    read: Callable[[int, int], Awaitable[Page[T]]],
    *,
    key: Callable[[T], Hashable],
    where: str,
    last_offset: int | None = None,
) -> AsyncIterator[Batch[T]]:
    """Yield every item once. ``read`` is given the number of the page, from 1, and the offset of its first entry.

    ``key`` tells items apart, ``where`` names the list in gaps, ``last_offset`` is the largest offset that the vendor
    takes.

    Raises:
        ProviderError: the first page could not be read.
        SignInError: the token died.

    """
    walker = _Walker(read, key, where, last_offset)
    for _ in range(_PASSES):
        async for batch in walker.once():
            yield batch
        if not walker.shrunk:
            return
    yield Batch((), (Gap(where=where, why="the list shrank again and again while it was read"),))


class _Walker(Generic[T]):
    """One walk, over as many passes as it takes."""

    def __init__(
        self,
        read: Callable[[int, int], Awaitable[Page[T]]],
        key: Callable[[T], Hashable],
        where: str,
        last_offset: int | None,
    ) -> None:
        self.shrunk = False
        self._read = read
        self._key = key
        self._where = where
        self._last_offset = last_offset
        self._seen = _Seen()
        self._begun = False

    async def once(self) -> AsyncIterator[Batch[T]]:
        """Walk from the first page to the last; ``shrunk`` then tells whether to do it again."""
        self.shrunk = False
        number, offset, total = 1, 0, cast("int | None", None)
        previous: list[int] = []
        unreadable = 0
        while True:
            try:
                page = await self._read(number, offset)
            except SignInError:
                raise
            except ProviderError as error:
                if not self._begun:
                    raise
                yield self._gap(offset, str(error))
                return
            self._begun = True
            keys = [hash(self._key(item)) for item in page.items]
            yield Batch(self._fresh(page, keys), page.gaps)
            self.shrunk = self.shrunk or (total is not None and page.total is not None and page.total < total)
            total = page.total if page.total is not None else total
            number, offset = number + 1, offset + page.size
            unreadable = 0 if keys else unreadable + 1
            stop = self._why_stop(page, offset, total, repeated=bool(keys) and keys == previous)
            if stop is None and unreadable == _UNREADABLE:
                stop = f"{_UNREADABLE} pages in a row hold nothing that can be read, and more is promised"
            if stop is not None:
                if stop:
                    self.shrunk = False
                    yield self._gap(offset, stop)
                return
            previous = keys

    def _fresh(self, page: Page[T], keys: list[int]) -> tuple[T, ...]:
        fresh: list[T] = []
        for item, key in zip(page.items, keys, strict=True):
            if self._seen.add(key):
                fresh.append(item)
        return tuple(fresh)

    def _why_stop(self, page: Page[T], offset: int, total: int | None, *, repeated: bool) -> str | None:
        """Give ``None`` to go on, an empty text at the list's end, or what is missing."""
        if repeated:
            return "the vendor repeats a page"
        if page.size == 0 and page.more and total is None:
            return "the vendor says that more follows, and gives an empty page"
        if not _follows(page, offset):
            missing = total is not None and offset < total and not self.shrunk
            return f"the vendor counts {total} and gave {offset}" if missing else ""
        if self._last_offset is not None and offset > self._last_offset:
            return f"the vendor lists no further than {self._last_offset}"
        return None

    def _gap(self, offset: int, why: str) -> Batch[T]:
        return Batch((), (Gap(where=f"{self._where} from {offset} on", why=why),))


class _Seen:
    """Which items were given, in eight bytes each: a walk holds one page, and must not hold the whole list by its keys.

    What is kept are hashes of 64 bits: of a hundred thousand items two agree by chance once in a billion walks.
    """

    def __init__(self) -> None:
        self._marks = array("q")

    def add(self, mark: int) -> bool:
        """Note one, and tell whether it is new."""
        at = bisect_left(self._marks, mark)
        if at < len(self._marks) and self._marks[at] == mark:
            return False
        self._marks.insert(at, mark)
        return True


def _follows(page: Page[T], offset: int) -> bool:
    """Tell whether another page follows: by what the vendor says of it, its total, or a full page."""
    if page.size == 0:
        return False
    if page.more is not None:
        return page.more
    return offset < page.total if page.total is not None else page.size >= page.full
