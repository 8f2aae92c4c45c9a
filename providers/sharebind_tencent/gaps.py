"""Turning what fails of a list into a gap."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TypeVar

from sharebind.provider import Batch, Gap, ProviderError, SignInError

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
