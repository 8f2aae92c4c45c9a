"""What the tests of plugins share: distributions as an installer leaves them, good ones and bad ones."""

from __future__ import annotations

import importlib
import itertools
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from sharebind import Registry, Sharebind
from sharebind.registry import PluginReport

LAMP = """\
import attrs
from sharebind.provider import API, NATIVE, Person, ProviderSpec, capabilities, hookimpl

@attrs.frozen
class Settings:
    url: str = "http://127.0.0.1:9"

class Provider:
    support = {{capabilities.ME: NATIVE}}

    async def me(self, op, ctx, /):
        return Person(label={name!r})

@hookimpl
def sharebind_provider():
    return ProviderSpec(name={name!r}, title="Good", api=API, settings=Settings, capabilities=Provider.support,
                        factory=lambda settings, setup: Provider())
"""

GUARD = """\
import attrs
from sharebind.provider import API, PolicySpec, hookimpl

@attrs.frozen(kw_only=True)
class Settings:
    says: str = ""

@attrs.frozen
class Guard:
    settings: Settings
    setup: object

    async def review(self, op, account, /):
        return self.settings.says or None

@hookimpl
def sharebind_policy():
    return PolicySpec(name={name!r}, title="A guard", api=API, settings=Settings, factory=Guard)
"""

WATCH = """\
import attrs
from sharebind.provider import API, ObserverSpec, hookimpl

@attrs.frozen(kw_only=True)
class Settings:
    pass

class Watch:
    def __init__(self, settings, setup):
        self.events = []
        self.closed = 0

    def seen(self, event, /):
        self.events.append(event)

    async def aclose(self):
        self.closed += 1

@hookimpl
def sharebind_observer():
    return ObserverSpec(name={name!r}, title="A watch", api=API, settings=Settings, factory=Watch)
"""

GOOD: Mapping[str, str] = {"provider": LAMP, "policy": GUARD, "observer": WATCH}
GROUPS: Mapping[str, str] = {
    "provider": "sharebind",
    "policy": "sharebind.policies",
    "observer": "sharebind.observers",
}


def good(name: str = "acme", kind: str = "provider") -> str:
    """Write a plugin that works."""
    return GOOD[kind].format(name=name)


class Site:
    """A folder for each distribution, all on the path; the last that was installed stands first."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._folder = folder
        self._monkeypatch = monkeypatch
        self._numbers = itertools.count()
        self.modules: list[str] = []

    def install(
        self,
        source: str = good(),
        *,
        name: str = "acme",
        kind: str = "provider",
        distribution: str = "sharebind-acme",
        version: str = "1.2",
        info: str = "",
        about: str | bytes | None = None,
        points: str | bytes = "",
    ) -> str:
        """Install a distribution with one plugin, and give the name of its module.

        ``info`` is the folder of its metadata, ``about`` its ``METADATA``, ``points`` its ``entry_points.txt``.
        """
        number = next(self._numbers)
        site = self._folder / f"site{number}"
        module = f"{self._folder.name.replace('-', '_')}_{number}"
        metadata = site / (info or f"{distribution.replace('-', '_')}-{version}.dist-info")
        metadata.mkdir(parents=True)
        if about is None:
            about = f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n"
        points = points or f"[{GROUPS[kind]}]\n{name} = {{module}}\n"
        for file, text in (("METADATA", about), ("entry_points.txt", points)):
            octets = text if isinstance(text, bytes) else text.replace("{module}", module).encode()
            (metadata / file).write_bytes(octets)
        (site / f"{module}.py").write_text(source, encoding="utf-8", errors="surrogatepass")
        self._monkeypatch.syspath_prepend(str(site))
        importlib.invalidate_caches()
        self.modules.append(module)
        return module

    def imported(self) -> list[str]:
        """Name the plugins that somebody has imported."""
        return [module for module in self.modules if module in sys.modules]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """Give a place to install plugins in, and forget them."""
    made = Site(tmp_path, monkeypatch)
    yield made
    for module in made.imported():
        del sys.modules[module]


async def works(registry: Registry, *names: str) -> bool:
    """Tell whether these good providers can be used: opened, and asked something."""
    async with Sharebind(registry=registry) as sharebind:
        for name in names:
            me = await sharebind.open_account(name, {}, name=f"at {name}").me()
            assert me.label == name
    return bool(names)


def beside(site: Site, source: str, **about: Any) -> str:
    """Install a bad plugin between two good ones."""
    site.install(good("lamp"), name="lamp", distribution="sharebind-lamp", version="1.0")
    module = site.install(source, **about)
    site.install(good("plug"), name="plug", distribution="sharebind-plug", version="2.0")
    return module


def rows(registry: Registry) -> dict[str, PluginReport]:
    """Give what is told of each provider."""
    return {row.name: row for row in registry.report("provider")}
