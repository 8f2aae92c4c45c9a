"""What a host may say of its plugins: only these, never those, whose a name is, and here is one of my own."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, ClassVar

import attrs
import pytest

from sharebind import ConfigurationError, Registry, Sharebind, UnknownProviderError
from sharebind.provider import (
    API,
    NATIVE,
    Operation,
    Person,
    PolicySpec,
    ProviderSpec,
    ReadMe,
    Setup,
    capabilities,
    hookimpl,
)

from .conftest import Site, good, rows, works


@attrs.frozen
class ToySettings:
    url: str = "http://127.0.0.1:9"


class Toy:
    support: ClassVar = {capabilities.ME: NATIVE}

    def __init__(self, _settings: ToySettings, _setup: Setup) -> None:
        pass

    async def me(self, _op: ReadMe, _ctx: object, /) -> Person:
        """Say a fixed name."""
        return Person(label="toy")


@attrs.frozen
class Shy:
    """A policy whose settings say nothing."""

    settings: object
    setup: object

    async def review(self, _op: Operation[object], _account: str, /) -> str | None:
        """Let everything through."""
        return None


TOY = ProviderSpec(name="toy", api=API, settings=ToySettings, capabilities=Toy.support, factory=Toy)


class Plugin:
    """A plugin as an object, with the hooks of two kinds."""

    @hookimpl
    def sharebind_provider(self) -> ProviderSpec:
        """Describe a provider."""
        return TOY

    @hookimpl
    def sharebind_policy(self) -> PolicySpec:
        """Describe a policy."""
        return PolicySpec(name="shy", api=API, settings=ToySettings, factory=Shy)


def opened(tables: dict[str, Any], **options: Any) -> Sharebind:
    """Make a host of settings that have no accounts."""
    return Sharebind.from_mapping(tables, **options)


async def test_settings_allow_and_block(site: Site) -> None:
    """``[plugins]`` says which providers may be loaded; the others are never imported, and told as blocked."""
    for name in ("lamp", "plug", "acme"):
        site.install(good(name), name=name, distribution=f"sharebind-{name}")
    sharebind = opened({"plugins": {"allow": ["lamp", "acme"], "block": ["acme"]}})
    for name in ("plug", "acme", "quectel"):
        with pytest.raises(UnknownProviderError, match=r"is blocked by this host's settings\. Installed: lamp"):
            sharebind.open_account(name, {}, name="a")
    assert await works(sharebind.registry, "lamp")
    told = rows(sharebind.registry)
    assert {name: told[name].status for name in ("lamp", "plug", "acme")} == {
        "lamp": "loaded",
        "plug": "blocked",
        "acme": "blocked",
    }
    assert len(site.imported()) == 1


async def test_settings_prefer(site: Site, tmp_path: Path) -> None:
    """Where two bring one name, ``prefer`` says whose it is, however its name is written; the other is not imported."""
    site.install("raise SystemExit", distribution="sharebind-acme")
    site.install(good(), distribution="acme_sharebind", version="9")
    file = tmp_path / "sharebind.toml"
    file.write_text('[plugins]\nprefer = { acme = "Acme-Sharebind" }\n', encoding="utf-8")
    sharebind = Sharebind.from_file(file)
    assert await works(sharebind.registry, "acme")
    told = [row for row in sharebind.registry.report() if row.name == "acme"]
    assert [(row.distribution, row.status, row.why or row.title) for row in told] == [
        ("sharebind-acme 1.2", "blocked", "this host prefers acme_sharebind"),
        ("acme_sharebind 9", "loaded", "Good"),
    ]
    assert len(site.imported()) == 1


async def test_a_host_may_prefer_another_to_a_built_in(site: Site) -> None:
    """A built-in name goes to somebody else where the host says so, and only there."""
    site.install(good("quectel"), name="quectel", distribution="better-quectel")
    assert Registry().spec("quectel").title != "Good"
    registry = Registry(prefer={"quectel": "better-quectel"})
    assert await works(registry, "quectel")
    assert Registry(prefer={"quectel": "sharebind"}).spec("quectel").title != "Good"


@pytest.mark.parametrize(("name", "who"), [("acme", "sharebind-acme 1.2"), ("nobody", "nobody")])
def test_a_preference_that_nobody_meets(site: Site, tmp_path: Path, name: str, who: str) -> None:
    """A distribution that does not bring the name is an error at the start, which says who does."""
    site.install(good(), distribution="sharebind-acme")
    said = f"'acme-gmbh' is preferred for {name!r}, and does not bring it; who does: {who}"
    with pytest.raises(ConfigurationError) as error:
        Registry(prefer={name: "acme-gmbh"})
    assert str(error.value) == said
    file = tmp_path / "sharebind.toml"
    file.write_text(f'[plugins]\n# whose it is\nprefer = {{ {name} = "acme-gmbh" }}\n', encoding="utf-8")
    with pytest.raises(ConfigurationError) as error:
        Sharebind.from_file(file)
    assert str(error.value) == f"{file}:3: plugins.prefer: {said}"
    assert site.imported() == []


@pytest.mark.parametrize(
    ("plugins", "said"),
    [
        ({"allow": "quectel"}, "plugins.allow: expected a list of texts, got a text"),
        ({"allow": [1]}, "plugins.allow: item 1: expected a text"),
        ({"block": True}, "plugins.block: expected a list of texts, got true"),
        ({"prefer": ["acme"]}, "plugins.prefer: expected a table, got a list"),
        ({"prefer": {"acme": 1}}, "plugins.prefer.acme: expected a text, got 1"),
        ({"alow": []}, "plugins.alow: unknown key; did you mean 'allow'?"),
        (5, "plugins: expected a table, got 5"),
    ],
)
def test_wrong_choices_are_told(plugins: object, said: str) -> None:
    """``[plugins]`` is read as strictly as every other table."""
    with pytest.raises(ConfigurationError) as error:
        opened({"plugins": plugins})
    assert str(error.value) == said


def test_a_choice_is_no_reference(monkeypatch: pytest.MonkeyPatch) -> None:
    """A plugin may be named ``env``: what is preferred is no secret, so nothing is looked up."""
    monkeypatch.setenv("acme", "hunter2")
    with pytest.raises(ConfigurationError, match="'acme' is preferred for 'env'"):
        opened({"plugins": {"prefer": {"env": "acme"}}})


def test_nothing_may_be_allowed() -> None:
    """An empty list allows nothing; no list allows everything."""
    assert {row.status for row in opened({"plugins": {"allow": []}}).registry.report("provider")} == {"blocked"}
    assert "blocked" not in {row.status for row in opened({"plugins": {}}).registry.report()}


def test_choices_are_said_once() -> None:
    """``[plugins]`` beside ``registry=`` is an error: nobody could say which of the two counts."""
    for table in ({}, {"allow": ["quectel"]}):
        with pytest.raises(ConfigurationError, match="plugins: a registry= was given as well"):
            opened({"plugins": table}, registry=Registry())


@pytest.mark.parametrize("choice", ["allow", "block"])
def test_one_text_is_no_list_of_names(choice: str) -> None:
    """``allow="quectel"`` would allow seven letters."""
    with pytest.raises(TypeError, match=rf"{choice} is a list of names, not one text: \['quectel'\]"):
        Registry(**{choice: "quectel"})  # type: ignore[arg-type]  # that is what is refused


async def test_a_plugin_is_handed_over(site: Site) -> None:
    """An object or a module with our hooks needs no distribution, and goes before an installed one of its name."""
    taken = site.install(good("toy"), name="toy")
    module = site.install(good("lamp"), name="other", distribution="lamp")
    __import__(module)
    registry = Registry(plugins=[Plugin(), sys.modules[module]], block=["toy"])
    assert await works(registry, "toy", "lamp")
    told = {(row.kind, row.name): (row.distribution, row.status) for row in registry.report()}
    assert told["provider", "toy"] == ("handed over by the host", "loaded")
    assert told["policy", "shy"] == ("handed over by the host", "installed")
    assert "shy" in opened({"policies": {"shy": {}}}, registry=registry)._policies
    assert {row.name: row.status for row in registry.report("policy")}["shy"] == "loaded"
    assert taken not in sys.modules


class Faulty:
    """A plugin whose hook gives what its class says."""

    gives: Any = None

    @hookimpl
    def sharebind_provider(self) -> Any:
        """Give it, or raise it."""
        if isinstance(self.gives, Exception):
            raise self.gives
        return self.gives


def faulty(gives: Any) -> Faulty:
    """Make one."""
    made = Faulty()
    made.gives = gives
    return made


class Misspelt:
    @hookimpl
    def sharebind_povider(self) -> None:
        """Nothing of ours."""


@pytest.mark.parametrize(
    ("plugin", "said"),
    [
        (object(), "the plugin object cannot be used: it has none of our hooks marked with @hookimpl"),
        (sys, "the plugin sys cannot be used: it has none of our hooks marked with @hookimpl"),
        (Misspelt(), "the plugin Misspelt cannot be used: PluginValidationError: unknown hook 'sharebind_povider'"),
        (faulty("toy"), "the plugin Faulty cannot be used: its hook gave str, not a ProviderSpec"),
        (faulty(KeyError("x")), "the plugin Faulty cannot be used: KeyError: 'x'"),
        (faulty(attrs.evolve(TOY, api=(2, 0))), "the plugin Faulty cannot be used: it was written for plugin API 2"),
        (faulty(attrs.evolve(TOY, name="")), "the plugin Faulty cannot be used: its name is no text"),
    ],
)
def test_a_faulty_plugin_of_the_hosts_own(plugin: object, said: str) -> None:
    """What the host's own code hands over is told at once."""
    with pytest.raises(ConfigurationError) as error:
        Registry(plugins=[plugin])
    assert str(error.value).startswith(said)


def test_a_name_is_handed_over_once() -> None:
    """Two of one name are an error, however they came."""
    with pytest.raises(ConfigurationError, match="two of that name were handed over"):
        Registry([TOY], plugins=[Plugin()])
    with pytest.raises(UnknownProviderError, match="two of that name were handed over"):
        Registry([TOY, TOY])
