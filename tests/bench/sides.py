"""Those who are compared: each does the same wishes at the same clouds, in a process of its own."""

from __future__ import annotations

import asyncio
import functools
import importlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, TypeAlias

if TYPE_CHECKING:
    from sharebind import Account

Staged: TypeAlias = Mapping[str, Mapping[str, Any]]
Wish: TypeAlias = Callable[[], Awaitable[object]]

WISHES: Final = ("quectel.me", "quectel.share", "tencent.me", "tencent.share")
CALLS: Final = {"quectel.me": 1, "quectel.share": 1, "tencent.me": 1, "tencent.share": 2}
"""How many requests to the vendor each wish takes: a share of Tencent's is made, then read for its end."""

_HOUR: Final = timedelta(hours=1)
_NO_WAIT: Final = 1_000_000
"""Calls in a second: an account is paced, and never waits."""


class Agrees:
    """A policy that asks nothing."""

    async def review(self, op: object, account: str, /) -> str | None:
        """Let everything pass."""
        del op, account
        return None


class Counts:
    """An observer that counts."""

    def __init__(self) -> None:
        self.events = 0

    def seen(self, event: object, /) -> None:
        """Count one event."""
        del event
        self.events += 1


@asynccontextmanager
async def plain(staged: Staged) -> AsyncIterator[dict[str, Wish]]:
    """Open the hand-written loop."""
    from tests.bench.plain import Quectel, Tencent, session

    async with session() as http:
        quectel, tencent = Quectel(http, staged["quectel"]), Tencent(http, staged["tencent"])
        yield {
            "quectel.me": quectel.me,
            "quectel.share": quectel.share,
            "tencent.me": tencent.me,
            "tencent.share": tencent.share,
            "quectel.few": lambda: quectel.shares("few"),
            "quectel.many": lambda: quectel.shares("many"),
            "tencent.few": lambda: tencent.shares("few"),
            "tencent.many": lambda: tencent.shares("many"),
        }


@asynccontextmanager
async def ours(staged: Staged) -> AsyncIterator[dict[str, Wish]]:
    """Open accounts with everything on: a policy, an observer, the retry budget, a deadline, a rate."""
    from sharebind import Anyone, Rate, Sharebind, Space, device

    rate = Rate(calls=_NO_WAIT, within=timedelta(seconds=1))
    async with AsyncExitStack() as stack:
        sharebind = await stack.enter_async_context(Sharebind(observers=[Counts()], policies={"agrees": Agrees()}))
        wishes: dict[str, Wish] = {}
        for name, world in staged.items():

            def opened(who: str, token: str, name: str = name, url: str = world["base_url"]) -> Account:
                settings = {"base_url": url, "token": token}
                return sharebind.open_account(
                    name, settings, name=f"{who} at {name}", rate=rate, timeout=timedelta(seconds=30)
                )

            owner, mine = opened("owner", world["token"]), device(f"{world['product']}/{world['device']}")
            # Each vendor's share as it is asked for there: Tencent fixes the end itself and has homes.
            terms: dict[str, Any] = {"accept_by": _HOUR} if name == "quectel" else {"space": Space(world["home"])}
            wishes[f"{name}.me"] = owner.me
            wishes[f"{name}.share"] = functools.partial(owner.share, mine, to=Anyone(), **terms)
            for size, listed in world["lists"].items():
                wishes[f"{name}.{size}"] = functools.partial(_walk, opened(size, listed["token"]))
        yield wishes


async def _walk(account: Account) -> int:
    """Read a list as it is meant to be read, share by share."""
    count = 0
    async for _ in account.shares():
        count += 1
    return count


@asynccontextmanager
async def httpx(staged: Staged) -> AsyncIterator[dict[str, Wish]]:
    """Open httpx's client, for one read."""
    client: Any = importlib.import_module("httpx").AsyncClient(timeout=30)
    world = staged["quectel"]
    url, headers = f"{world['base_url']}/v2/enduser/enduserapi/userInfo", {"Authorization": world["token"]}

    async def me() -> object:
        answer = await client.get(url, headers=headers)
        return answer.json()["data"]["uid"]

    async with client:
        yield {"quectel.me": me}


@asynccontextmanager
async def requests(staged: Staged) -> AsyncIterator[dict[str, Wish]]:
    """Open requests' session, for one read in threads."""
    module: Any = importlib.import_module("requests")
    session = module.Session()
    session.mount("http://", module.adapters.HTTPAdapter(pool_maxsize=_THREADS))
    world = staged["quectel"]
    url, headers = f"{world['base_url']}/v2/enduser/enduserapi/userInfo", {"Authorization": world["token"]}
    loop = asyncio.get_running_loop()

    def blocking() -> object:
        return session.get(url, headers=headers, timeout=30).json()["data"]["uid"]

    async def me() -> object:
        return await loop.run_in_executor(threads, blocking)

    with session, ThreadPoolExecutor(_THREADS) as threads:
        yield {"quectel.me": me}


_THREADS: Final = 64

SIDES: Final = {"plain": plain, "ours": ours, "httpx": httpx, "requests": requests}


async def timed(wishes: list[Wish], *, flight: int, count: int) -> tuple[float, list[float]]:
    """Do that many wishes in turn, so many at once; give the seconds for all of them, and of each."""
    took: list[float] = []
    clock = time.perf_counter

    async def work(number: int) -> None:
        for each in range(count // flight):
            wish = wishes[(number + each) % len(wishes)]
            began = clock()
            await wish()
            took.append(clock() - began)

    began = clock()
    await asyncio.gather(*(work(number) for number in range(flight)))
    return clock() - began, took
