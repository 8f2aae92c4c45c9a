"""The page with one script for every vendor: what its function does is looked up in each emulated cloud's own books."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

import pytest

from sharebind import Email, Registry
from sharebind.testing import EmulatedRig

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "one-script.md"
VENDORS: Final = ("quectel", "tencent", "gizwits", "ewelink")


@pytest.fixture(scope="module")
def lend_and_take_back() -> Callable[..., Awaitable[list[str]]]:
    """Give the function of the page's first block, as it stands there."""
    found = re.search(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    names: dict[str, Any] = {}
    exec(compile(found[1], str(PAGE), "exec"), names)  # noqa: S102 - the page is a program of this tree
    function: Callable[..., Awaitable[list[str]]] = names["lend_and_take_back"]
    return function


def world_of(vendor: str) -> EmulatedRig:
    """Make a small world of a vendor."""
    if vendor == "ewelink" and importlib.util.find_spec("sharebind_ewelink") is None:
        pytest.skip("eWeLink is a distribution of its own, and is not installed: ./plugins/ewelink")
    make = Registry().spec(vendor).rig
    assert make is not None
    world: EmulatedRig = make()()
    return world


def test_the_script_asks_for_no_vendor() -> None:
    """No vendor, no provider and no text of a refusal is named in the function, so nothing branches on them."""
    found = re.search(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    assert not re.search("|".join((*VENDORS, r"\.provider", "except", "isinstance")), found[1], re.IGNORECASE)


@pytest.mark.parametrize("vendor", VENDORS)
async def test_one_script_serves_every_vendor(
    lend_and_take_back: Callable[..., Awaitable[list[str]]], vendor: str
) -> None:
    """Bound, shared, accepted where that is asked for, listed from both sides, ended, unbound: the books agree."""
    async with world_of(vendor) as world:
        free = world.free_device()
        email = next(form for form in world.known_as(world.guest) if isinstance(form, Email))
        told = await lend_and_take_back(world.owner, world.guest, email, free.device, free.proofs[0])
        assert told[-3:] == ["listed: active and active, held as guest", "ended, 0 left", "unbound, 0 left"]
        accepts = world.guest.supports("list.received.offers").level.value != "absent"
        assert ("accepted" in told) is accepts
        changed = [request.operation for request in world.cloud.requests if request.effect]
        assert len(changed) == (5 if accepts else 4), changed
        books: Any = world.cloud.state()
        assert books["bindings"] == []
        assert {share["state"] for share in books["shares"]} <= {"ended"}
        assert world.broken() == ()
