"""Lists are read as they are walked: ten times the shares take hardly more memory."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any, Final

import pytest

from sharebind.testing import EmulatedRig

from .playing import KEPT, RIGS

EACH: Final = 3
"""Shares of one device, as in a household."""

CHILD: Final = """
import asyncio, gc, json, sys, tracemalloc
sys.modules["orjson"] = None  # its buffers grow with a page, and 300 shares fill half of Gizwits' page
from datetime import timedelta
from sharebind import Sharebind

async def main(provider, settings, shares):
    async with Sharebind() as sharebind:
        account = sharebind.open_account(provider, json.loads(settings), name="home")
        async for _ in account.shares():
            break
        gc.freeze()  # what stood here before is none of the list's, and need not be looked through each time
        tracemalloc.start()
        count = 0
        async for _ in account.shares(within=timedelta(minutes=5)):
            count += 1
            if count % 30 == 0:
                gc.collect()  # cycles that the collector has not come to yet are no memory of ours
        assert count == int(shares), count
        print(tracemalloc.get_traced_memory()[1])

asyncio.run(main(*sys.argv[1:]))
"""


async def peak(rig: EmulatedRig, shares: int) -> int:
    """Give the most bytes that listing so many shares took at once, measured in a process of its own."""
    cloud: Any = rig.cloud
    for device in cloud.add_devices("owner", shares // EACH):
        cloud.add_guests(device.product, device.device, EACH)
    given = rig.settings(cloud.user("owner"))
    settings = {name: given[name] for name in KEPT[rig.provider] if name in given} | {"base_url": cloud.base_url}
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", CHILD, rig.provider, json.dumps(settings), str(shares)),
        stdout=asyncio.subprocess.PIPE,
    )
    told, _ = await child.communicate()
    assert child.returncode == 0
    return int(told)


@pytest.mark.parametrize("rig", RIGS, ids=lambda rig: rig.provider)
async def test_ten_times_the_shares_take_the_same_memory(rig: type[EmulatedRig]) -> None:
    """The peak of listing 3,000 shares is at most 1.2 times that of listing 300."""
    async with rig() as small:
        few = await peak(small, 300)
    async with rig() as large:
        many = await peak(large, 3000)
    print(f"{rig.provider}: {few} bytes for 300 shares, {many} for 3,000: {many / few:.2f}")  # noqa: T201 - the ratio is the point
    assert many <= 1.2 * few
