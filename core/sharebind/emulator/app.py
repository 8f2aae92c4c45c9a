"""Starting emulated clouds and holding on to them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import asynccontextmanager
from importlib.metadata import entry_points

from sharebind.emulator.clock import EmulatedClock
from sharebind.emulator.cloud import Cloud
from sharebind.emulator.server import serve


class Clouds(Mapping[str, Cloud]):
    """Give the running clouds by their provider's name, their common clock and their control address."""

    def __init__(self, clouds: Mapping[str, Cloud], clock: EmulatedClock) -> None:
        self._clouds = dict(clouds)
        self.clock = clock
        self.control = ""

    def __getitem__(self, name: str) -> Cloud:
        return self._clouds[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._clouds)

    def __len__(self) -> int:
        return len(self._clouds)

    def open(self, url: str) -> None:
        """Give every cloud its address under the server's URL, and seed it."""
        self.control = f"{url}/_emulator"
        for name, cloud in self._clouds.items():
            cloud.open(f"{url}/{name}")

    def reset(self) -> None:
        """Return the clock to the real time and every cloud to its seeded start."""
        self.clock.reset()
        for cloud in self._clouds.values():
            cloud.reset()

    def describe(self) -> dict[str, object]:
        """Return the control address and every cloud's description as plain JSON."""
        clouds: dict[str, object] = {name: cloud.describe() for name, cloud in self._clouds.items()}
        return {"control": self.control, **clouds}


def find_cloud(name: str) -> type[Cloud]:
    """Return the emulated cloud of an installed provider, or raise LookupError telling which providers have one."""
    plugins = {entry.name: entry for entry in entry_points(group="sharebind")}
    if name not in plugins:
        raise LookupError(f"No provider {name!r} to emulate. Installed: {', '.join(sorted(plugins)) or 'none'}.")
    emulator = plugins[name].load().sharebind_provider().emulator
    if emulator is None:
        raise LookupError(f"The provider {name!r} comes without an emulator.")
    cloud: type[Cloud] = emulator()
    return cloud


@asynccontextmanager
async def emulate(*providers: str | type[Cloud], seed: int = 7, port: int = 0) -> AsyncGenerator[Clouds]:
    """Run the named providers' clouds on 127.0.0.1 until the block ends.

    A provider is the name of an installed one or a cloud's class; the same seed makes the same world. Port 0 takes
    any free port.
    """
    clock = EmulatedClock()
    kinds = [find_cloud(provider) if isinstance(provider, str) else provider for provider in providers]
    clouds = Clouds({kind.provider: kind(clock, seed) for kind in kinds}, clock)
    async with serve(clouds, port=port) as url:
        clouds.open(url)
        yield clouds
