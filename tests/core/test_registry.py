"""Providers are found by metadata, loaded when their name is first used, and break themselves only."""

from __future__ import annotations

import importlib
import itertools
import logging
import re
import sys
from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from sharebind import ConfigurationError, Sharebind, UnknownProviderError
from sharebind.registry import Registry, find

if TYPE_CHECKING:
    from tests.core.conftest import Bench

GOOD = """\
import attrs
from sharebind.provider import API, ProviderSpec, hookimpl

@attrs.frozen
class Settings:
    url: str = "http://127.0.0.1:9"

@hookimpl
def sharebind_provider():
    return ProviderSpec(name={name!r}, title="Acme", api={api}, settings={settings}, capabilities={{}}, factory=print)
"""
BUILT_IN = ("quectel", "tencent")
INSTALLED = tuple(sorted({entry.name for entry in entry_points(group="sharebind")}))
THERE = f"Installed: {', '.join(INSTALLED)}."

Installer = Callable[..., str]


def good(name: str = "acme", api: str = "API", settings: str = "Settings") -> str:
    """Write a plugin module."""
    return GOOD.format(name=name, api=api, settings=settings)


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installer:
    """Give a function that installs a distribution with one provider into a folder of its own on the path."""
    numbers = itertools.count()

    def installed(
        source: str = good(),
        *,
        name: str = "acme",
        distribution: str = "sharebind-acme",
        version: str = "1.2",
        folder: str = "",
        points: str | None = None,
        metadata: bool = True,
    ) -> str:
        number = next(numbers)
        site = tmp_path / f"site{number}"
        module = f"acme_plugin_{number}"
        info = site / (folder or f"{distribution.replace('-', '_')}-{version}.dist-info")
        info.mkdir(parents=True)
        if metadata:
            about = f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n"
            (info / "METADATA").write_text(about, encoding="utf-8")
        lines = f"[sharebind]\n{name} = {module}\n" if points is None else points
        (info / "entry_points.txt").write_bytes(lines.encode("utf-8", "surrogateescape"))
        (site / f"{module}.py").write_text(source, encoding="utf-8")
        monkeypatch.syspath_prepend(str(site))
        importlib.invalidate_caches()
        monkeypatch.delitem(sys.modules, module, raising=False)
        return module

    return installed


def loads_the_others(registry: Registry) -> bool:
    """Tell whether both providers of this project load, and can open an account."""
    sharebind = Sharebind(registry=registry)
    for name in BUILT_IN:
        account = sharebind.open_account(name, {"token": "t", "base_url": "http://127.0.0.1:9"}, name=name)
        assert account.provider == name
    return True


BROKEN = {
    "import error": ("import acme_sdk", "ModuleNotFoundError: No module named 'acme_sdk'"),
    "syntax error": ("def", "SyntaxError: "),
    "any error": ("raise RuntimeError('no licence')", "RuntimeError: no licence"),
    "exit": ("import sys\nsys.exit('licence expired')", "SystemExit: licence expired"),
    "no hook": ("x = 1", "TypeError: the plugin module has no hook 'sharebind_provider' marked with @hookimpl"),
    "unmarked hook": ("def sharebind_provider(): pass", "TypeError: the plugin module has no hook"),
    "unknown hook": (
        "from sharebind.provider import hookimpl\n@hookimpl\ndef sharebind_povider(): pass",
        "PluginValidationError: ",
    ),
    "wrong type": (
        "from sharebind.provider import hookimpl\n@hookimpl\ndef sharebind_provider(): return 'acme'",
        "its hook gave str, not a ProviderSpec",
    ),
    "raising hook": (
        "from sharebind.provider import hookimpl\n@hookimpl\ndef sharebind_provider(): return {}['x']",
        "KeyError: 'x'",
    ),
    "other name": (good("acne"), "its hook names 'acne', its entry point 'acme'"),
    "other major": (good(api="(2, 0)"), "it was written for plugin API 2, this is 1"),
    "older major": (good(api="(0, 9)"), "it was written for plugin API 0, this is 1"),
    "senseless version": (good(api="1"), ""),
    "empty version": (good(api="()"), ""),
    "no settings": (good(settings="None"), "its settings are no attrs class with a property 'url'"),
    "plain settings": (good(settings="dict"), "its settings are no attrs class with a property 'url'"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_plugin_breaks_itself_only(install: Installer, caplog: pytest.LogCaptureFixture, kind: str) -> None:
    """The error names provider, distribution and cause, is warned of once, and leaves the other providers alone."""
    source, cause = BROKEN[kind]
    install(source)
    registry = Registry()
    assert registry.names() == ("acme", *INSTALLED)
    with caplog.at_level(logging.WARNING, logger="sharebind"):
        for _ in range(3):
            with pytest.raises(UnknownProviderError) as error:
                registry.spec("acme")
            said = str(error.value)
            assert said.startswith("Provider acme (sharebind-acme 1.2: ")
            assert cause in said
            assert f"could not be loaded. {THERE}" in said
    assert [(record.getMessage(), vars(record)["provider"]) for record in caplog.records] == [
        ("provider.not_loaded", "acme")
    ]
    assert loads_the_others(registry)
    with pytest.raises(UnknownProviderError, match=re.escape(f"{THERE} Failed: acme")):
        registry.spec("nobody")


def test_the_cause_is_kept(install: Installer) -> None:
    """The error of the plugin is the cause of ours, and the report repeats it."""
    install("import acme_sdk")
    registry = Registry()
    with pytest.raises(UnknownProviderError) as error:
        registry.spec("acme")
    assert isinstance(error.value.__cause__, ModuleNotFoundError)
    rows = {row.name: (row.distribution, row.status, row.why) for row in registry.report()}
    assert rows["acme"] == ("sharebind-acme 1.2", "failed", "ModuleNotFoundError: No module named 'acme_sdk'")
    assert rows["quectel"][1:] == ("loaded", "")


def test_a_good_plugin_loads_when_its_name_is_used(install: Installer) -> None:
    """Listing imports nothing; the first use imports the plugin, and only that one."""
    module = install()
    registry = Registry()
    assert registry.names() == ("acme", *INSTALLED)
    assert module not in sys.modules
    assert registry.spec("acme").title == "Acme"
    assert (module in sys.modules, registry.spec("acme") is registry.spec("acme")) == (True, True)
    assert {row.name: row.status for row in registry.report()} == dict.fromkeys(("acme", *INSTALLED), "loaded")


def test_registries_are_apart(install: Installer) -> None:
    """What failed or was loaded in one registry is no matter of another."""
    install()
    first, second = Registry(block=["acme"]), Registry()
    with pytest.raises(UnknownProviderError, match="blocked"):
        first.spec("acme")
    assert second.spec("acme").name == "acme"
    assert Registry().spec("acme").name == "acme"


def test_a_plugin_may_be_repaired(install: Installer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new registry looks anew."""
    module = install("import acme_sdk")
    with pytest.raises(UnknownProviderError):
        Registry().spec("acme")
    monkeypatch.setitem(sys.modules, "acme_sdk", sys)
    monkeypatch.delitem(sys.modules, module, raising=False)
    with pytest.raises(UnknownProviderError, match="has no hook"):
        Registry().spec("acme")


def test_two_distributions_with_one_name_are_both_refused(install: Installer) -> None:
    """The order of the path does not decide who is handed a token: neither wins, and both are named."""
    modules = [install(), install(distribution="evil-acme", version="9.9")]
    registry = Registry()
    with pytest.raises(UnknownProviderError, match="two distributions bring this name") as error:
        registry.spec("acme")
    assert [part for part in ("sharebind-acme 1.2", "evil-acme 9.9") if part not in str(error.value)] == []
    assert [module for module in modules if module in sys.modules] == []
    assert loads_the_others(registry)


def test_a_stranger_cannot_take_a_built_in_name(install: Installer, caplog: pytest.LogCaptureFixture) -> None:
    """A distribution that brings ``quectel`` too does not get its tokens, is warned of, and takes nothing away."""
    module = install(good("quectel"), name="quectel", distribution="evil")
    registry = Registry()
    with caplog.at_level(logging.WARNING, logger="sharebind"):
        assert {registry.spec("quectel").title for _ in range(3)} == {"Quectel / Acceleronix v2 enduserapi"}
    why = "the name 'quectel' is built in; a host may prefer this one"
    assert [(record.getMessage(), vars(record)["distribution"]) for record in caplog.records] == [
        ("provider.not_loaded", "evil 1.2")
    ]
    rows = [(row.distribution, row.status, row.why) for row in registry.report() if row.name == "quectel"]
    assert rows[0] == ("evil 1.2", "failed", why)
    assert (rows[1][0].startswith("sharebind "), rows[1][1:]) == (True, ("loaded", ""))
    assert module not in sys.modules
    assert loads_the_others(registry)


@pytest.mark.parametrize("other", ["sharebind-acme", "Sharebind-Acme", "sharebind_acme"])
def test_one_distribution_twice_is_one(install: Installer, other: str) -> None:
    """A checkout and a wheel of the same distribution are no conflict: the first on the path counts."""
    install("raise RuntimeError('the second on the path')")
    first = install(distribution=other, version="1.3")
    found = [each for each in find() if each.name == "acme"]
    assert [(each.module, str(each)) for each in found if not each.ignored] == [(first, f"{other} 1.3")]
    assert [(str(each), each.ignored) for each in found if each.ignored] == [
        ("sharebind-acme 1.2", "it stands on the path a second time, and the first counts")
    ]
    assert Registry().spec("acme").name == "acme"


def test_leftovers_are_no_distributions(install: Installer) -> None:
    """What an interrupted install left behind (``~harebind``) is not seen."""
    install(folder="~harebind_acme-1.2.dist-info")
    assert Registry().names() == INSTALLED


@pytest.mark.parametrize(
    ("points", "metadata"),
    [
        ("[sharebind]\nno equals sign\n", True),
        ("acme = acme_plugin\n", True),
        ("\udcff\udcfe[sharebind]", True),
        (None, False),
    ],
    ids=["no pair", "no section", "no text", "no metadata"],
)
def test_broken_metadata_is_one_distributions_own(install: Installer, points: str | None, metadata: bool) -> None:
    """A distribution whose files cannot be read takes no other one away."""
    install(points=points, metadata=metadata)
    registry = Registry()
    assert set(BUILT_IN) <= set(registry.names())
    assert loads_the_others(registry)


def test_blocked_and_allowed_names(install: Installer) -> None:
    """A host says which providers it uses; a blocked plugin is never imported, and the error says so."""
    module = install()
    for registry in (Registry(block=["acme"]), Registry(allow=INSTALLED)):
        with pytest.raises(UnknownProviderError) as error:
            registry.spec("acme")
        assert str(error.value) == (f"Provider 'acme' is blocked by this host's settings. {THERE}")
        assert {row.name: row.status for row in registry.report()}["acme"] == "blocked"
        assert loads_the_others(registry)
    assert module not in sys.modules
    with pytest.raises(UnknownProviderError, match="blocked"):
        Registry(allow=["acme"], block=["acme"]).spec("acme")


def test_a_name_that_is_not_installed() -> None:
    """The error says what is installed, and how such a distribution is usually named."""
    with pytest.raises(UnknownProviderError) as error:
        Registry().spec("lampco")
    assert str(error.value) == (
        f"No provider 'lampco' is installed. {THERE} Its distribution is usually named sharebind-lampco."
    )


def test_a_typo_leads_to_no_strangers_package() -> None:
    """A name that is nearly an installed one is answered with that one, and no distribution is named."""
    with pytest.raises(UnknownProviderError) as error:
        Registry().spec("quectell")
    assert str(error.value) == f"No provider 'quectell' is installed. {THERE} Did you mean 'quectel'?"


def test_specs_are_handed_over(bench: Bench, install: Installer) -> None:
    """A spec from code needs no distribution, and goes before an installed one of its name."""
    module = install()
    spec = bench.spec(name="acme")
    registry = Registry(specs=[spec])
    assert (registry.spec("acme") is spec, module in sys.modules) == (True, False)
    assert registry.names() == ("acme", *INSTALLED)
    assert loads_the_others(registry)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"api": (2, 0)}, "it was written for plugin API 2"),
        ({"settings": dict}, "its settings are no attrs class"),
    ],
)
def test_wrong_specs_are_refused_at_once(bench: Bench, change: dict[str, Any], why: str) -> None:
    """A spec from code is checked like one from a plugin."""
    with pytest.raises(UnknownProviderError, match=why):
        Registry(specs=[attrs.evolve(bench.spec(), **change)])


def test_an_adapter_that_cannot_be_imported(install: Installer) -> None:
    """A plugin is light: what its factory fails to import is told like a plugin that failed to load."""
    install(good().replace("factory=print", "factory=lambda settings, setup: __import__('acme_sdk')"))
    sharebind = Sharebind()
    with pytest.raises(UnknownProviderError, match=r"sharebind-acme 1\.2.*No module named 'acme_sdk'"):
        sharebind.open_account("acme", {}, name="a")
    assert loads_the_others(sharebind.registry)


def test_settings_wait_for_a_broken_plugin(install: Installer, caplog: pytest.LogCaptureFixture) -> None:
    """A host starts with its other accounts; the broken one is warned of, and told when it is asked for."""
    install("import acme_sdk")
    account = {"token": "t", "base_url": "http://127.0.0.1:9"}
    tables = {"a": {"provider": "acme"}, "q": {"provider": "quectel", **account}}
    with caplog.at_level(logging.WARNING, logger="sharebind"):
        sharebind = Sharebind.from_mapping({"accounts": tables})
    assert [record.getMessage() for record in caplog.records] == ["provider.not_loaded", "account.not_ready"]
    assert sharebind.account("q").provider == "quectel"
    with pytest.raises(UnknownProviderError, match="acme_sdk"):
        sharebind.account("a")
    with pytest.raises(ConfigurationError, match="known are: a, q"):
        sharebind.account("z")
