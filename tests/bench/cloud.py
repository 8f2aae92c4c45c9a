"""The emulated clouds of the bench, in a process of their own: ``python -m tests.bench.cloud``.

It tells in one line of JSON where they are and what stands in them, and ends when its standard input does.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Final, cast

from tests.bench.machine import stay_on
from tests.bench.replay import replaying
from yarl import URL

from sharebind.emulator import Cloud, emulate
from sharebind_quectel.emulator import QuectelCloud
from sharebind_tencent.emulator import TencentCloud

GUESTS: Final = 100
"""People who use a device that is listed: one page of them, where there are pages."""

LISTS: Final = {"few": ("guest", 3), "many": ("other", 30)}
"""Whose shares a list shows, and of how many devices."""

FEW: Final = LISTS["few"][1] * GUESTS
MANY: Final = LISTS["many"][1] * GUESTS
_SWEEP: Final = 0.2
"""Seconds between two sweeps: what a cloud notes of its requests would fill the memory in a long run."""


def _stage(cloud: QuectelCloud | TencentCloud) -> dict[str, object]:
    """Give the owner a device to share, and two others devices that many people use."""
    mine = cloud.add_devices("owner", 1)[0]
    lists: dict[str, object] = {}
    for size, (name, count) in LISTS.items():
        devices = cloud.add_devices(name, count)
        for device in devices:
            cloud.add_guests(device.product, device.device, GUESTS)
        names = [[device.product, device.device] for device in devices]
        lists[size] = {"token": cloud.user(name).token, "devices": names}
    owner = cloud.user("owner")
    return {
        "base_url": cloud.base_url,
        "token": owner.token,
        "home": next(iter(owner.homes), ""),
        "product": mine.product,
        "device": mine.device,
        "lists": lists,
    }


async def _sweep(clouds: list[Cloud]) -> None:
    while True:
        await asyncio.sleep(_SWEEP)
        for cloud in clouds:
            cloud.requests.clear()


async def main() -> None:
    """Serve until nobody holds the other end of standard input."""
    async with emulate(QuectelCloud, TencentCloud) as clouds:
        origin = str(URL(clouds["quectel"].base_url).origin())
        async with replaying(origin) as quick:
            staged = {name: _stage(cast("QuectelCloud", clouds[name])) for name in clouds}
            for name, world in staged.items():
                world["replay"] = clouds[name].base_url.replace(origin, quick)
            print(json.dumps(staged), flush=True)
            sweeping = asyncio.create_task(_sweep(list(clouds.values())))
            await asyncio.to_thread(sys.stdin.read)
            sweeping.cancel()
        print(
            json.dumps([str(violation) for cloud in clouds.values() for violation in cloud.violations[:3]]), flush=True
        )


if __name__ == "__main__":
    stay_on(1)
    asyncio.run(main())
