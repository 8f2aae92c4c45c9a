"""Lists that are read as they are walked, and tell what is missing."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from typing import Generic, NoReturn, TypeVar

from sharebind.errors import IncompleteListError
from sharebind.protocols import Batch, Gap

T = TypeVar("T")


class Listing(Generic[T]):
    """A list at the vendor: ``async for`` walks it, ``await listing.all()`` reads it whole.

    Where some home or page could not be read it yields all it found and then raises ``IncompleteListError``; with
    ``allow_partial`` it ends quietly and ``gaps`` tells. Nothing (no lock, no connection) is held while the caller's
    code runs, and each walk reads anew.
    """

    def __init__(self, read: Callable[[], AsyncGenerator[Batch[T], None]], *, allow_partial: bool = False) -> None:
        self._read = read
        self._allow_partial = allow_partial
        self.gaps: tuple[Gap, ...] = ()

    async def _walk(self) -> AsyncGenerator[T, None]:
        gaps: list[Gap] = []
        self.gaps = ()
        async with aclosing(self._read()) as batches:
            async for batch in batches:
                gaps.extend(batch.gaps)
                self.gaps = tuple(gaps)
                for item in batch.items:
                    yield item
        self.gaps = tuple(gaps)
        if gaps and not self._allow_partial:
            places = "; ".join(f"{gap.where}: {gap.why}" for gap in gaps[:3])
            more = f" and {len(gaps) - 3} more" if len(gaps) > 3 else ""  # noqa: PLR2004 - three are enough to see
            raise IncompleteListError(f"the list has {len(gaps)} gap(s): {places}{more}", gaps=gaps)

    def __iter__(self) -> NoReturn:
        raise TypeError("a listing is read with `async for share in …`, or whole with `await ….all()`")

    def __await__(self) -> NoReturn:
        raise TypeError("a listing is read with `async for share in …`, or whole with `await ….all()`")

    def __aiter__(self) -> AsyncIterator[T]:
        return self._walk()

    async def all(self) -> list[T]:
        """Read the whole list.

        Raises:
            IncompleteListError: some of it could not be read, and partial lists were not allowed.
            ProviderError: none of it could.
        """
        return [item async for item in self]
