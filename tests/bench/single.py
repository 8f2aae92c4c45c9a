"""What is measured once in a fresh process: ``python -m tests.bench.single WHAT [ARGUMENT]`` prints the seconds."""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from tests.bench.machine import stay_on

_ROUNDS: Final = 2_000
_ACCOUNTS: Final = 10_000

PLUGIN: Final = """
import attrs
from sharebind.provider import API, ProviderSpec, hookimpl
@attrs.frozen
class Settings:
    url = "https://example.invalid"
@hookimpl
def sharebind_provider():
    return ProviderSpec(name={name!r}, api=API, settings=Settings, capabilities={{}}, factory=lambda *_: None)
"""


def imports(module: str) -> float:
    """Import a module."""
    began = time.perf_counter()
    importlib.import_module(module)
    return time.perf_counter() - began


def discovers(plugins: str) -> float:
    """Find that many plugins beside the built-in ones, by their metadata."""
    from sharebind.registry import Registry

    with tempfile.TemporaryDirectory() as folder:
        for number in range(int(plugins)):
            _install(Path(folder), f"bench{number}")
        sys.path.insert(0, folder)
        began = time.perf_counter()
        names = Registry().names()
        took = time.perf_counter() - began
    if len(names) < int(plugins):
        raise RuntimeError(f"{len(names)} plugins were found, and {plugins} were installed")
    return took


def _install(site: Path, name: str) -> None:
    (site / f"{name}.py").write_text(PLUGIN.format(name=name), "utf-8")
    info = site / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", "utf-8")
    (info / "entry_points.txt").write_text(f"[sharebind]\n{name} = {name}\n", "utf-8")


def observes(_: str) -> float:
    """Find what one observer adds to a call: the same operation with it and without."""
    return asyncio.run(_observing())


async def _observing() -> float:
    from tests.bench.sides import Counts

    watcher = Counts()
    best = []
    for observers in ([], [watcher]):
        call = _local_call(observers)
        rounds = []
        for _ in range(5):
            began = time.perf_counter()
            for _ in range(_ROUNDS):
                await call()
            rounds.append((time.perf_counter() - began) / _ROUNDS)
        best.append(min(rounds))
    if watcher.events < _ROUNDS:
        raise RuntimeError("the observer saw nothing")
    return best[1] - best[0]


def _local_call(observers: list[Any]) -> Callable[[], Any]:
    """Give a call that stays in this process and tells its request as the client does."""
    import attrs

    from sharebind import Person, Sharebind
    from sharebind.provider import API, NATIVE, ProviderSpec, capabilities
    from sharebind.registry import Registry

    @attrs.frozen
    class Settings:
        url = "https://example.invalid"

    class Local:
        support: Mapping[Any, Any] = {capabilities.ME: NATIVE}

        async def me(self, op: object, ctx: Any, /) -> Person:
            del op
            ctx.sends("userInfo", changes=False)
            return Person(user_id="1")

    def make(settings: Settings, setup: object) -> Any:
        del settings, setup
        return Local()

    spec = ProviderSpec(name="local", api=API, settings=Settings, capabilities=Local.support, factory=make)
    sharebind = Sharebind(registry=Registry(specs=[spec]), observers=observers)
    return sharebind.open_account("local", Settings(), name="one", timeout=timedelta(seconds=30)).me


def opens(vendor: str) -> float:
    """Open an account at run time, as a platform does for each of its users: the mean of ten thousand."""
    from sharebind import Sharebind

    sharebind = Sharebind()
    settings = {"token": "t", "base_url": "http://127.0.0.1:9"}
    began = time.process_time()
    for number in range(_ACCOUNTS):
        sharebind.open_account(vendor, settings, name=str(number))
    return (time.process_time() - began) / _ACCOUNTS


def starts(vendor: str) -> float:
    """Start a vendor's emulated cloud, once what it is made of is loaded, and stop it."""
    return asyncio.run(_starting(vendor))


async def _starting(vendor: str) -> float:
    from sharebind.emulator import emulate, find_cloud

    kind = find_cloud(vendor)
    import sharebind.emulator.server  # noqa: F401 - loaded before the clock runs

    began = time.perf_counter()
    async with emulate(kind):
        return time.perf_counter() - began


WHAT: Final[Mapping[str, Callable[[str], float]]] = {
    "import": imports,
    "discover": discovers,
    "observe": observes,
    "open": opens,
    "emulator": starts,
}

if __name__ == "__main__":
    stay_on(0)
    print(WHAT[sys.argv[1]](*sys.argv[2:3] or ("",)))
