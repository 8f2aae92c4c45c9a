"""Policies and observers that settings name: made at the start, or nothing starts; the others do nothing."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import timedelta
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
    Secret,
    Sharebind,
    SystemClock,
)
from sharebind.provider import API, Event, ObserverSpec, Operation, PluginSetup, PolicySpec, RenameDevice

from .conftest import GUARD, LAMP, Site, good, works

RENAMING = LAMP.replace("capabilities.ME: NATIVE", "capabilities.RENAME_OWN: NATIVE").replace(
    "    async def me(", "    async def rename(self, op, ctx, /):\n        return None\n\n    async def me("
)
"""A provider that does what policies are asked about."""
BOMB = "import sys\nsys.stderr.write('IMPORTED')\nraise SystemExit('this plugin was imported')"


@attrs.frozen(kw_only=True)
class Rule:
    longest: timedelta


@attrs.frozen(kw_only=True)
class Limits:
    """One field of each form that settings take."""

    longest_use: timedelta | None = None
    recipients: tuple[str, ...] | None = attrs.field(default=None, repr=False)
    closed: frozenset[str] = frozenset()
    names: Mapping[str, str] = attrs.field(factory=dict[str, str])
    rules: Mapping[str, Rule] = attrs.field(factory=dict[str, Rule])
    listed: tuple[Rule, ...] = ()
    rule: Rule | None = None
    strict: bool | None = None
    count: int = 1
    share: float = 0.5
    key: Secret | None = None
    label: str = attrs.field(default="", repr=False)

    def __attrs_post_init__(self) -> None:
        if self.count < 0:
            raise ValueError("count cannot be less than nothing")


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


LIMITS = PolicySpec(name="limits", api=API, settings=Limits, factory=Keeps)
SEES = ObserverSpec(name="sees", api=API, settings=Limits, factory=Sees)


def limits(tmp_path: Path, lines: str) -> Limits:
    """Write a file that names one policy, and give the settings that its factory was handed."""
    file = tmp_path / "sharebind.toml"
    file.write_text(f"[policies.limits]\n{lines}\n", encoding="utf-8")
    sharebind = Sharebind.from_file(file, registry=Registry([LIMITS]))
    policy = sharebind._policies["limits"]
    assert isinstance(policy, Keeps)
    assert isinstance(policy.settings, Limits)
    return policy.settings


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("", Limits()),
        ('longest_use = "30d"', Limits(longest_use=timedelta(days=30))),
        ('recipients = ["a", "张三"]', Limits(recipients=("a", "张三"))),
        ("recipients = []", Limits(recipients=())),
        ('recipients = [{ env = "WHO" }]', Limits(recipients=("hunter2",))),
        ('closed = ["p", "q", "p"]', Limits(closed=frozenset({"p", "q"}))),
        ('names = { a = "x", b = "y" }', Limits(names={"a": "x", "b": "y"})),
        ('[policies.limits.rules.p]\nlongest = "1d"', Limits(rules={"p": Rule(longest=timedelta(days=1))})),
        ('[[policies.limits.listed]]\nlongest = "2d"', Limits(listed=(Rule(longest=timedelta(days=2)),))),
        ('rule = { longest = "1h" }', Limits(rule=Rule(longest=timedelta(hours=1)))),
        ("strict = true\ncount = 3\nshare = 2", Limits(strict=True, count=3, share=2.0)),
        ('key = { env = "WHO" }', Limits(key=Secret("hunter2"))),
    ],
)
def test_settings_of_every_form(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lines: str, expected: Limits) -> None:
    """A policy's table is read with its settings class: lists, tables, durations, references."""
    monkeypatch.setenv("WHO", "hunter2")
    assert limits(tmp_path, lines) == expected


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('longest_use = "fast"', '.longest_use: expected a duration such as "30s", got "fast"'),
        ('longst_use = "1d"', ".longst_use: unknown key; did you mean 'longest_use'?"),
        ('recipients = "hunter2"', ".recipients: expected a list of texts, got a text"),
        ('recipients = ["a", 13800138000]', ".recipients: item 2: expected a text"),
        ('recipients = { env = "WHO" }', ".recipients: expected a list of texts, got a text"),
        ('recipients = { a = "hunter2" }', ".recipients: expected a list of texts, got a dict"),
        ('closed = ["a", ["hunter2"]]', ".closed: item 2: expected a text"),
        ("names = { a = 1 }", ".names.a: expected a text, got 1"),
        ('names = ["hunter2"]', ".names: expected a table, got a list"),
        ('rules = { p = { longest = "x" } }', '.rules.p.longest: expected a duration such as "30s", got "x"'),
        ('rules = { p = { longst = "1d" } }', ".rules.p.longst: unknown key; did you mean 'longest'?"),
        ("rules = { p = {} }", ".rules.p: the key 'longest' is missing"),
        ("rules = { p = 5 }", ".rules.p: expected a table, got 5"),
        ('listed = [{ longest = "1d" }, {}]', ".listed: item 2: the key 'longest' is missing"),
        ("listed = [{ longest = 13800138000 }]", '.listed: item 1: longest: expected a duration such as "30s"'),
        ('listed = ["hunter2"]', ".listed: item 1: expected a table, got a text"),
        ('rule = "hunter2"', ".rule: expected a table, got a text"),
        ('strict = "yes"', '.strict: expected true or false, got "yes"'),
        ("count = true", ".count: expected a whole number, got true"),
        ('count = { env = "WHO" }', ".count: expected a whole number"),
        ("count = -1", ": count cannot be less than nothing"),
        ('share = "half"', '.share: expected a number, got "half"'),
        ("share = false", ".share: expected a number, got false"),
        ("label = 13800138000", ".label: expected a text"),
        ("key = 13800138000", '.key: expected a text on one line, { env = "NAME" } or { file = "PATH" }'),
        ('key = { env = "NOBODY" }', ".key: the environment variable NOBODY is not set"),
        ('recipients = [{ env = "NOBODY" }]', ".recipients: the environment variable NOBODY is not set"),
    ],
)
def test_wrong_settings_stop_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, said: str) -> None:
    """File, line, path, what was expected; nothing of a list, of a private field or of a reference is shown."""
    monkeypatch.setenv("WHO", "hunter2")
    monkeypatch.delenv("NOBODY", raising=False)
    with pytest.raises(ConfigurationError) as error:
        limits(tmp_path, f"\n# a comment\n{line}")
    place = f"{tmp_path / 'sharebind.toml'}:{1 if said.startswith(': ') else 4}: policies.limits"
    assert str(error.value) == f"{place}{said}"
    assert [text for text in ("hunter2", "13800138000") if text in str(error.value)] == []


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


def test_two_distributions_with_one_policy(site: Site) -> None:
    """Neither wins, so nothing starts; ``prefer`` decides here too."""
    site.install(good("guard", "policy"), name="guard", kind="policy", distribution="one-guard")
    site.install(good("guard", "policy"), name="guard", kind="policy", distribution="two-guard")
    with pytest.raises(ConfigurationError, match=r"policies\.guard: .*two distributions bring this name"):
        Sharebind.from_mapping({"policies": {"guard": {}}})
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
