"""Turning what fails of a list into a gap, and a gap into an error where something is looked up."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TypeVar

from sharebind.errors import MalformedReplyError, ProviderError, SignInError
from sharebind.protocols import Batch, Gap

T = TypeVar("T")


async def or_gap(walk: AsyncIterator[Batch[T]], where: str) -> AsyncIterator[Batch[T]]:
    """Walk a part of a list, and tell its failure as a gap; a dead token fails the whole list."""
    try:
        async for batch in walk:
            yield batch
    except SignInError:
        raise
    except ProviderError as error:
        yield Batch((), (Gap(where=where, why=str(error)),))


async def whole(walk: AsyncIterator[Batch[T]], what: str) -> AsyncIterator[T]:
    """Give the items of a list that something is looked up in: what was not found may stand in a gap.

    Raises:
        MalformedReplyError: the list came to its end, and some of it could not be read.

    """
    missing: Gap | None = None
    async for batch in walk:
        missing = missing or next(iter(batch.gaps), None)
        for item in batch.items:
            yield item
    if missing is not None:
        raise MalformedReplyError(f"{what} could not be read whole: {missing.where}: {missing.why}")
