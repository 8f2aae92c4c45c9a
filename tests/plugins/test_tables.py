"""How the tables of policies and observers are read: every form that settings take, and what is told of a wrong one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import attrs
import pytest

from sharebind import ConfigurationError, Registry, Secret, Sharebind
from sharebind.provider import API, Operation, PluginSetup, PolicySpec


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


@attrs.frozen
class Keeps:
    """A policy that keeps what it was made of."""

    settings: Limits
    setup: PluginSetup

    async def review(self, _op: Operation[object], _account: str, /) -> str | None:
        """Let everything through."""
        return None


LIMITS = PolicySpec(name="limits", api=API, settings=Limits, factory=Keeps)


def limits(tmp_path: Path, lines: str) -> Limits:
    """Write a file that names one policy, and give the settings that its factory was handed."""
    file = tmp_path / "sharebind.toml"
    file.write_text(f"[policies.limits]\n{lines}\n", encoding="utf-8")
    sharebind = Sharebind.from_file(file, registry=Registry([LIMITS]))
    policy = sharebind._policies["limits"]
    assert isinstance(policy, Keeps)
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
