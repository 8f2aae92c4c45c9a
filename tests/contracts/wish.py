"""What a wish is: something done through the public API, and what a call's parameters then have to be."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

from .stage import Vendor

Wish: TypeAlias = Callable[[Vendor], Awaitable[Mapping[str, object]]]
"""Do something through the public API, and return what the call's parameters have to be."""


async def me(vendor: Vendor) -> Mapping[str, object]:
    """Ask who the account is."""
    await vendor.account().me()
    return {}


async def sign_out(vendor: Vendor) -> Mapping[str, object]:
    """End the session."""
    await vendor.account().sign_out()
    return {}
