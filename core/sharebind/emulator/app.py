"""Starting emulated clouds and holding on to them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import asynccontextmanager

from sharebind.emulator.clock import EmulatedClock
from sharebind.emulator.cloud import Cloud
from sharebind.emulator.server import serve
from sharebind.errors import UnsupportedError
from sharebind.registry import Registry


class Clouds(Mapping[str, Cloud]):
    """Give the running clouds by their provider's name, their common clock and their control address."""

    def __init__(self, clouds: Mapping[str, Cloud], clock: EmulatedClock) -> None:
        self._clouds = dict(clouds)
        self.clock = clock
        self.control = ""

    def __getitem__(self, name: str) -> Cloud:
        if name not in self._clouds:
            raise KeyError(f"no cloud {name!r} is running; running are: {', '.join(self._clouds) or 'none'}")
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


def find_cloud(name: str, registry: Registry | None = None) -> type[Cloud]:
    """Give the emulated cloud of an installed provider, or of one that the registry knows.

    Raises:
        UnknownProviderError: there is no such provider, or its plugin failed to load.
        UnsupportedError: the provider comes without an emulator.

    """
    spec = (registry if registry is not None else Registry()).spec(name)
    if spec.emulator is None:
        raise UnsupportedError(f"provider {name!r} comes without an emulator", provider=name)
    cloud: type[Cloud] = spec.emulator()
    return cloud


def _kind_of(provider: object, registry: Registry) -> type[Cloud]:
    what = type(provider).__name__
    if isinstance(provider, str):
        return find_cloud(provider, registry)
    if isinstance(provider, type) and issubclass(provider, Cloud):
        return provider
    raise TypeError(f"emulate takes names, one by one: emulate('quectel', 'tencent'), not a {what}")


@asynccontextmanager
async def emulate(
    *providers: str | type[Cloud], seed: int = 7, port: int = 0, registry: Registry | None = None
) -> AsyncGenerator[Clouds]:
    """Run the named providers' clouds on 127.0.0.1 until the block ends.

    A provider is the name of an installed one, looked up in ``registry`` where one is given, or a cloud's class; the
    same seed makes the same world. Port 0 takes any free port.
    """
    clock = EmulatedClock()
    # One look at what is installed for all names: it takes longer than starting their clouds.
    known = registry if registry is not None else Registry()
    kinds = [_kind_of(provider, known) for provider in providers]
    clouds = Clouds({kind.provider: kind(clock, seed) for kind in kinds}, clock)
    async with serve(clouds, port=port) as url:
        clouds.open(url)
        yield clouds
