"""Policies and observers that settings name: made at the start, or nothing starts; the others do nothing."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import attrs
import pytest

from sharebind import (
    ConfigurationError,
    DeviceRef,
    Finished,
    PolicyDeniedError,
    Registry,
    Sharebind,
    SystemClock,
)
from sharebind.cli import main as command
from sharebind.provider import API, Event, ObserverSpec, Operation, PluginSetup, PolicySpec, RenameDevice

from .conftest import GUARD, LAMP, Site, good, works

RENAMING = LAMP.replace("capabilities.ME: NATIVE", "capabilities.RENAME_OWN: NATIVE").replace(
    "    async def me(", "    async def rename(self, op, ctx, /):\n        return None\n\n    async def me("
)
"""A provider that does what policies are asked about."""
BOMB = "import sys\nsys.stderr.write('IMPORTED')\nraise SystemExit('this plugin was imported')"


@attrs.frozen(kw_only=True)
class Nothing:
    """Settings that say nothing."""


class Keeps:
    """A policy that keeps what it was made of, and says what it is told to."""

    def __init__(self, settings: Any, setup: PluginSetup) -> None:
        self.settings = settings
        self.setup = setup
        self.asked: list[Operation[object]] = []

    async def review(self, op: Operation[object], _account: str, /) -> str | None:
        """Keep the wish."""
        self.asked.append(op)
        return None


class Sees:
    """An observer that keeps what it sees."""

    def __init__(self, *_: object) -> None:
        self.events: list[Event] = []

    def seen(self, event: Event, /) -> None:
        """Keep it."""
        self.events.append(event)


LIMITS = PolicySpec(name="limits", api=API, settings=Nothing, factory=Keeps)
SEES = ObserverSpec(name="sees", api=API, settings=Nothing, factory=Sees)


async def test_a_named_policy_acts(site: Site, tmp_path: Path) -> None:
    """It is loaded at the start and asked before each change; its reason denies."""
    site.install(RENAMING.format(name="lamp"), name="lamp", distribution="sharebind-lamp")
    site.install(good("guard", "policy"), name="guard", kind="policy", distribution="sharebind-guard")
    file = tmp_path / "sharebind.toml"
    account = '[accounts.home]\nprovider = "lamp"\n[policies.guard]\n'
    for lines, denies in (("", False), ('says = "not at night"\n', True)):
        file.write_text(account + lines, encoding="utf-8")
        async with Sharebind.from_file(file) as sharebind:
            assert len(site.imported()) == 2
            if denies:
                with pytest.raises(PolicyDeniedError, match="policy 'guard' denied rename: not at night"):
                    await sharebind.account("home").rename(DeviceRef("lamp-1"), "Porch")
            else:
                await sharebind.account("home").rename(DeviceRef("lamp-1"), "Porch")
            told = {row.name: row.status for row in sharebind.registry.report("policy")}
            assert told["guard"] == "loaded"


async def test_a_policy_that_raises_denies(site: Site) -> None:
    """A named policy whose review fails lets nothing through."""
    site.install(RENAMING.format(name="lamp"), name="lamp", distribution="sharebind-lamp")
    source = good("guard", "policy").replace("return self.settings.says or None", "raise KeyError('hunter2')")
    site.install(source, name="guard", kind="policy", distribution="sharebind-guard")
    async with Sharebind.from_mapping({"policies": {"guard": {}}}) as sharebind:
        with pytest.raises(PolicyDeniedError, match=r"the policy failed \(KeyError\)"):
            await sharebind.open_account("lamp", {}, name="a").rename(DeviceRef("lamp-1"), "Porch")


async def test_what_is_only_installed_does_nothing(site: Site, capfd: pytest.CaptureFixture[str]) -> None:
    """A policy or observer that nobody names is not even imported, whatever else a host does."""
    site.install(RENAMING.format(name="lamp"), name="lamp", distribution="sharebind-lamp")
    for kind in ("policy", "observer"):
        site.install(BOMB, name="bomb", kind=kind, distribution=f"bomb-{kind}")
    async with Sharebind.from_mapping({"accounts": {"home": {"provider": "lamp"}}}) as sharebind:
        await sharebind.account("home").rename(DeviceRef("lamp-1"), "Porch")
        assert "lamp" in sharebind.registry.names()
        sharebind.registry.report("provider")
    assert len(site.imported()) == 1
    assert "IMPORTED" not in capfd.readouterr().err
    told = {(row.kind, row.name): (row.status, row.distribution) for row in sharebind.registry.report()}
    assert told["policy", "bomb"] == ("failed", "bomb-policy 1.2")
    assert told["observer", "bomb"] == ("failed", "bomb-observer 1.2")
    assert capfd.readouterr().err.count("IMPORTED") == 2


def test_the_report_tells_of_all_kinds(site: Site) -> None:
    """What is installed and works is told with its title; it is loaded once somebody names it."""
    for kind in ("policy", "observer"):
        site.install(good("mine", kind), name="mine", kind=kind, distribution=f"mine-{kind}")
    registry = Registry()

    def told() -> dict[str, tuple[str, str, str]]:
        return {row.kind: (row.status, row.title, row.distribution) for row in registry.report() if row.name == "mine"}

    assert told() == {
        "policy": ("installed", "A guard", "mine-policy 1.2"),
        "observer": ("installed", "A watch", "mine-observer 1.2"),
    }
    Sharebind.from_mapping({"policies": {"mine": {}}}, registry=registry)
    assert {kind: status for kind, (status, *_) in told().items()} == {"policy": "loaded", "observer": "installed"}
    assert "mine" not in registry.names()


def test_the_command_shows_plugins_of_every_kind(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    """``sharebind plugins`` lists all, ``sharebind providers`` the providers as ever."""
    for kind in ("provider", "policy", "observer"):
        site.install(good("mine", kind), name="mine", kind=kind, distribution=f"mine-{kind}")
    assert command(["plugins", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["schema"] == 1
    rows = [row for row in told["plugins"] if row["name"] == "mine"]
    assert [(row["kind"], row["status"]) for row in rows] == [
        ("provider", "loaded"),
        ("policy", "installed"),
        ("observer", "installed"),
    ]
    assert rows[1] == {
        "kind": "policy",
        "name": "mine",
        "status": "installed",
        "distribution": "mine-policy 1.2",
        "title": "A guard",
        "why": "",
        "seconds": 0.0,
    }
    assert command(["plugins"]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["observer", "mine", "installed", "mine-observer", "1.2", "A", "watch"] in lines
    assert command(["providers", "--json"]) == 0
    listed = [row for row in json.loads(capsys.readouterr().out)["providers"] if row["name"] == "mine"]
    assert [sorted(row) for row in listed] == [["distribution", "name", "status", "title", "why"]]


NOT_MADE = {
    "import error": ("import acme_sdk", "ModuleNotFoundError: No module named 'acme_sdk'"),
    "exit": ("raise SystemExit('no licence')", "SystemExit: no licence"),
    "no hook": ("", "has no hook 'sharebind_policy' marked with @hookimpl"),
    "misspelt hook": (good("mine", "policy").replace("sharebind_policy", "sharebind_polici"), "unknown hook"),
    "wrong type": (good("mine", "observer").replace("sharebind_observer", "sharebind_policy"), "not a PolicySpec"),
    "other name": (good("yours", "policy"), "its hook names 'yours', its entry point 'mine'"),
    "other major": (good("mine", "policy").replace("api=API", "api=(2, 0)"), "written for plugin API 2, this is 1"),
    "no settings": (good("mine", "policy").replace("settings=Settings", "settings=int"), "are no attrs class"),
    "unreadable settings": (
        good("mine", "policy").replace("says: str", "says: 'Nowhere'"),
        "sharebind-mine 1.2 cannot be used: its settings class cannot be read: NameError: ",
    ),
    "factory that raises": (
        good("mine", "policy").replace("factory=Guard", "factory=lambda settings, setup: {}['x']"),
        "sharebind-mine 1.2 cannot be used: its factory raised KeyError: 'x'",
    ),
    "factory that exits": (
        good("mine", "policy").replace("factory=Guard", "factory=lambda settings, setup: exit('bye')"),
        "sharebind-mine 1.2 cannot be used: its factory raised SystemExit: bye",
    ),
    "factory of one argument": (
        good("mine", "policy").replace("factory=Guard", "factory=lambda settings: None"),
        "its factory raised TypeError: ",
    ),
    "factory that gives nothing": (
        good("mine", "policy").replace("factory=Guard", "factory=lambda settings, setup: None"),
        "what its factory gave is no policy, with async review(op, account): a NoneType",
    ),
    "factory that gives a class": (
        good("mine", "policy").replace("factory=Guard", "factory=lambda settings, setup: Guard"),
        "what its factory gave is no policy, with async review(op, account): the class Guard",
    ),
    "async factory": (
        good("mine", "policy").replace("factory=Guard", "factory=make") + "\nasync def make(settings, setup): pass",
        "what its factory gave is no policy, with async review(op, account): a coroutine",
    ),
    "lookalike": (
        good("mine", "policy").replace("factory=Guard", "factory=lambda settings, setup: Bad()")
        + "\nclass Bad:\n    def __getattr__(self, name): raise RuntimeError('no ' + name)",
        "its factory raised RuntimeError: no review",
    ),
}


@pytest.mark.parametrize("kind", NOT_MADE)
async def test_a_policy_that_cannot_be_made_stops_the_start(site: Site, tmp_path: Path, kind: str) -> None:
    """The error names the place in the file, the distribution, version and cause; who does not name it starts."""
    source, cause = NOT_MADE[kind]
    site.install(good("lamp"), name="lamp", distribution="sharebind-lamp")
    site.install(source, name="mine", kind="policy", distribution="sharebind-mine")
    site.install(good("guard", "policy"), name="guard", kind="policy", distribution="sharebind-guard")
    file = tmp_path / "sharebind.toml"
    file.write_text('[accounts.home]\nprovider = "lamp"\n\n[policies.guard]\n[policies.mine]\n', encoding="utf-8")
    with pytest.raises(ConfigurationError) as error:
        Sharebind.from_file(file)
    said = str(error.value)
    assert said.startswith(f"{file}:5: policies.mine: ")
    assert ("sharebind-mine 1.2" in said, cause in said, said.isprintable()) == (True, True, True), said
    assert await works(Registry(), "lamp")
    async with Sharebind.from_mapping({"policies": {"guard": {}}}) as sharebind:
        assert sharebind.open_account("lamp", {}, name="a").provider == "lamp"


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        (("def seen", "def saw"), "what its factory gave is no observer, with seen(event): a Watch"),
        (("def seen", "async def seen"), "is no observer, for its seen(event) is async: a Watch"),
        (("factory=Watch", "factory=lambda settings, setup: 5"), "is no observer, with seen(event): a int"),
        (("import attrs", "import attrs, acme_sdk"), "No module named 'acme_sdk'"),
    ],
)
def test_an_observer_that_cannot_be_made_stops_the_start(site: Site, change: tuple[str, str], cause: str) -> None:
    """A host that asked to be watched does not run unwatched."""
    site.install(good("mine", "observer").replace(*change), name="mine", kind="observer", distribution="sharebind-mine")
    with pytest.raises(ConfigurationError) as error:
        Sharebind.from_mapping({"observers": {"mine": {}}})
    said = str(error.value)
    assert (said.startswith("observers.mine: "), "sharebind-mine 1.2" in said, cause in said) == (True,) * 3, said


def test_a_factory_shows_no_secret(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a factory raises is told without what references gave, and the error has no other cause that shows it."""
    monkeypatch.setenv("WHO", "hunter2")
    source = GUARD.format(name="mine").replace("factory=Guard", "factory=make")
    source += "\ndef make(settings, setup): raise ValueError('not ' + settings.says)"
    site.install(source, name="mine", kind="policy", distribution="sharebind-mine")
    with pytest.raises(ConfigurationError, match=r"its factory raised ValueError: not \*\*\*") as error:
        Sharebind.from_mapping({"policies": {"mine": {"says": {"env": "WHO"}}}})
    assert (error.value.__cause__, error.value.__context__) == (None, None)


@pytest.mark.parametrize("table", ["policies", "observers"])
def test_a_name_that_is_not_installed(site: Site, tmp_path: Path, table: str) -> None:
    """The error says what there is and what is near; a provider of that name is none."""
    kind = "policy" if table == "policies" else "observer"
    site.install(good("guard", kind), name="guard", kind=kind)
    site.install(good("gard"), name="gard", distribution="gard")
    file = tmp_path / "sharebind.toml"
    file.write_text(f"[{table}.gard]\n", encoding="utf-8")
    with pytest.raises(ConfigurationError) as error:
        Sharebind.from_file(file)
    said = str(error.value)
    assert said.startswith(f"{file}:1: {table}.gard: No {kind} 'gard' is installed. Installed: ")
    assert said.endswith("Did you mean 'guard'?")
    assert site.imported() == []


def test_two_distributions_with_one_policy(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    """Neither wins, so nothing starts; ``prefer`` decides here too."""
    site.install(good("guard", "policy"), name="guard", kind="policy", distribution="one-guard")
    site.install(good("guard", "policy"), name="guard", kind="policy", distribution="two-guard")
    with pytest.raises(ConfigurationError, match=r"policies\.guard: .*two distributions bring this name"):
        Sharebind.from_mapping({"policies": {"guard": {}}})
    assert [(record.getMessage(), vars(record)["plugin"]) for record in caplog.records] == [
        ("policy.not_loaded", "guard")
    ]
    tables: dict[str, Any] = {"plugins": {"prefer": {"guard": "one-guard"}, "allow": []}, "policies": {"guard": {}}}
    assert Sharebind.from_mapping(tables).registry.source("policy", "guard") == "one-guard 1.2"


@pytest.mark.parametrize("table", ["policies", "observers"])
def test_wrong_tables_are_told(table: str) -> None:
    """A list of names is not what settings look like, and neither is a name without a table."""
    for content, said in (
        (["limits"], f"{table}: expected a table, got a list"),
        ({"limits": True}, f"{table}.limits: expected a table, got true"),
    ):
        with pytest.raises(ConfigurationError) as error:
            Sharebind.from_mapping({table: content})
        assert str(error.value) == said


async def test_policies_are_asked_in_the_order_of_the_settings() -> None:
    """Those of the settings come first, in their order, and then those of the code."""
    names = ["c", "a", "b"]
    specs = [attrs.evolve(LIMITS, name=name) for name in sorted(names)]
    given = {"z": Keeps(None, PluginSetup(clock=SystemClock())), "m": Keeps(None, PluginSetup(clock=SystemClock()))}
    tables: dict[str, Any] = {"policies": {name: {} for name in names}}
    sharebind = Sharebind.from_mapping(tables, registry=Registry(specs), policies=given)
    assert list(sharebind._policies) == ["c", "a", "b", "z", "m"]


def test_a_policy_is_named_once() -> None:
    """A name in the settings and in code is an error: nobody could say which of the two counts."""
    policy = Keeps(None, PluginSetup(clock=SystemClock()))
    with pytest.raises(ConfigurationError, match=r"policies\.limits: this policy is named in code as well"):
        Sharebind.from_mapping({"policies": {"limits": {}}}, registry=Registry([LIMITS]), policies={"limits": policy})


@pytest.mark.parametrize("wrong", [None, 5, Keeps, object()])
def test_what_code_hands_over_is_looked_at(wrong: Any) -> None:
    """A policy without ``review``, an observer without ``seen``, or a class of either, is a mistake of the host's."""
    with pytest.raises(TypeError, match="the policy 'x' is no policy, with async review"):
        Sharebind(policies={"x": wrong})
    with pytest.raises(TypeError, match="what was given as an observer is no observer, with seen"):
        Sharebind(observers=[wrong])


def test_factories_are_handed_the_hosts_clock() -> None:
    """A policy that needs the time takes the one that the host runs on."""
    clock = SystemClock()
    sharebind = Sharebind.from_mapping({"policies": {"limits": {}}}, registry=Registry([LIMITS]), clock=clock)
    policy = sharebind._policies["limits"]
    assert isinstance(policy, Keeps)
    assert policy.setup.clock is clock


async def test_named_observers_see_and_are_closed(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    """What the settings named is closed once, and last; what code handed over is its owner's."""
    site.install(RENAMING.format(name="lamp"), name="lamp", distribution="sharebind-lamp")
    module = site.install(good("watch", "observer"), name="watch", kind="observer")
    bad = good("bad", "observer").replace("self.closed += 1", "raise KeyError('hunter2')")
    site.install(bad, name="bad", kind="observer", distribution="bad")
    own = Sees()
    own.aclose = None  # type: ignore[attr-defined]  # it would fail if it were called
    made: list[Any] = []
    sharebind = Sharebind.from_mapping({"observers": {"bad": {}, "watch": {}}}, observers=[own])
    async with sharebind:
        made += sharebind._own.values()
        await sharebind.open_account("lamp", {}, name="a").rename(DeviceRef("lamp-1"), "Porch")
    await sharebind.aclose()
    watch = made[1]
    assert type(watch) is sys.modules[module].Watch
    assert (isinstance(watch.events[-1], Finished), watch.closed) == (True, 1)
    assert watch.events == own.events
    assert [(record.getMessage(), vars(record)["plugin"]) for record in caplog.records] == [
        ("plugin.not_closed", "observer bad")
    ]


def test_a_wish_is_what_a_policy_is_shown() -> None:
    """All that an author of a policy or an observer needs is in ``sharebind.provider``."""
    from sharebind import provider

    needed = {
        "Policy",
        "PolicySpec",
        "Observer",
        "ObserverSpec",
        "PluginSetup",
        "Event",
        "Operation",
        "hookimpl",
        "API",
    }
    needed |= {"Started", "Waited", "Sent", "Retried", "Finished", "Clock", "ShareDevice", "ChangeShare", "AcceptShare"}
    assert needed - set(provider.__all__) == set()
    assert provider.RenameDevice is RenameDevice
