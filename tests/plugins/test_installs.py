"""What installers leave behind, and who may have which name: told, and everything else works."""

from __future__ import annotations

import json
import sys

import pytest

from sharebind import Registry, Sharebind, UnknownProviderError
from sharebind.cli import main as command

from .conftest import Site, beside, good, rows, works


@pytest.mark.parametrize(
    ("value", "cause"),
    [
        ("no_such_module", "ModuleNotFoundError: No module named 'no_such_module'"),
        ("{module}.plugin", "ModuleNotFoundError: No module named"),
        ("{module}:nothing", "AttributeError: module"),
        ("{module}:sharebind_provider", "the plugin module has no hook 'sharebind_provider'"),
        ("{module}:Settings", "the plugin module has no hook 'sharebind_provider'"),
        ("???", "ValueError: its entry point names no module: '???'"),
        ("..up", "TypeError: "),
        ("{module}:a b", "its entry point names no module"),
        (".", "Error: "),
        ("", "its entry point names no module: ''"),
    ],
)
async def test_an_entry_point_that_points_nowhere(site: Site, value: str, cause: str) -> None:
    """A module or an attribute that is not there is told like any other failure."""
    beside(site, good(), points=f"[sharebind]\nacme = {value}\n")
    registry = Registry()
    row = rows(registry)["acme"]
    assert (row.distribution, row.status) == ("sharebind-acme 1.2", "failed")
    assert cause in row.why
    assert await works(registry, "lamp", "plug")


@pytest.mark.parametrize("value", ["{module}", " {module} ", "{module}:plugin", "{module} : plugin [extra]"])
async def test_an_entry_point_may_name_an_object(site: Site, value: str) -> None:
    """A module, or an object in it that has the hook; an object's ``repr`` is never asked for."""
    thing = (
        "class Plugin:\n    def __repr__(self): raise SystemExit\n"
        "    @hookimpl\n    def sharebind_provider(self): return sharebind_provider()\nplugin = Plugin()"
    )
    beside(site, f"{good()}\n{thing}", points=f"[sharebind]\nacme = {value}\n")
    assert await works(Registry(), "acme", "lamp", "plug")


async def test_a_bad_object_is_told_though_it_cannot_be_shown(site: Site) -> None:
    """A misspelt hook on an object whose ``repr`` raises is a failure like any other."""
    thing = (
        "class Plugin:\n    def __repr__(self): raise SystemExit('mute')\n"
        "    @hookimpl\n    def sharebind_povider(self): pass\nplugin = Plugin()"
    )
    beside(site, f"{good()}\n{thing}", points="[sharebind]\nacme = {module}:plugin\n")
    registry = Registry()
    assert rows(registry)["acme"].status == "failed"
    assert await works(registry, "lamp", "plug")


async def test_a_leftover_is_told_and_does_no_harm(site: Site) -> None:
    """What an interrupted install left behind is listed as ignored, and its name is nobody's."""
    module = beside(site, "raise SystemExit", info="~harebind_acme-1.2.dist-info")
    registry = Registry()
    row = rows(registry)["acme"]
    assert (row.distribution, row.status, "interrupted install" in row.why) == ("sharebind-acme 1.2", "ignored", True)
    assert "acme" not in registry.names()
    with pytest.raises(UnknownProviderError, match=r"Ignored: sharebind-acme 1\.2 \(an interrupted install"):
        registry.spec("acme")
    assert module not in site.imported()
    assert await works(registry, "lamp", "plug")


async def test_a_leftover_beside_its_new_version(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    """The version that was installed since is used; ``sharebind providers`` shows that one alone."""
    beside(site, good())
    site.install("raise SystemExit", info="~harebind_acme-1.1.dist-info", version="1.1")
    registry = Registry()
    told = [(row.distribution, row.status) for row in registry.report() if row.name == "acme"]
    assert told == [("sharebind-acme 1.1", "ignored"), ("sharebind-acme 1.2", "loaded")]
    assert command(["providers", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)["providers"]
    assert [row["distribution"] for row in listed if row["name"] == "acme"] == ["sharebind-acme 1.2"]
    assert await works(registry, "acme", "lamp", "plug")


async def test_one_distribution_twice_on_the_path(site: Site) -> None:
    """The first counts, as it does for imports, and the second is listed as ignored."""
    module = beside(site, "raise SystemExit", distribution="Sharebind.Acme", version="1.1")
    site.install(good())
    registry = Registry()
    told = [(row.distribution, row.status, row.why) for row in registry.report() if row.name == "acme"]
    assert told == [
        ("Sharebind.Acme 1.1", "ignored", "it stands on the path a second time, and the first counts"),
        ("sharebind-acme 1.2", "loaded", ""),
    ]
    assert module not in site.imported()
    assert await works(registry, "acme", "lamp", "plug")


async def test_one_folder_twice_on_the_path(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path that names a folder twice is nothing to tell of."""
    beside(site, good())
    monkeypatch.setattr(sys, "path", [*sys.path, *sys.path])
    registry = Registry()
    assert [(row.distribution, row.status) for row in registry.report() if row.name == "acme"] == [
        ("sharebind-acme 1.2", "loaded")
    ]
    assert await works(registry, "acme", "lamp", "plug")


async def test_a_distribution_that_names_one_twice(site: Site) -> None:
    """The first line counts; it is one distribution's own mistake, and takes the name from nobody."""
    beside(site, good(), points="[sharebind]\nacme = {module}\nacme = nowhere\n")
    assert await works(Registry(), "acme", "lamp", "plug")


async def test_two_distributions_with_one_name(site: Site) -> None:
    """Neither wins and both are named, in one row; the order of the path decides nothing."""
    beside(site, good())
    site.install(good(), distribution="acme-sharebind", version="9.9")
    registry = Registry()
    row = rows(registry)["acme"]
    assert (row.distribution, row.status) == ("acme-sharebind 9.9, sharebind-acme 1.2", "failed")
    assert row.why == "two distributions bring this name, so neither is used; uninstall one, or prefer one"
    site.install(good(), distribution="third-acme", version="3")
    assert rows(Registry())["acme"].why.startswith("3 distributions bring this name, so none is used;")
    assert await works(registry, "lamp", "plug")


async def test_a_built_in_name_is_taken(site: Site) -> None:
    """The built-in provider works, and the intruder has a failed row of its own."""
    module = beside(site, good("quectel"), name="quectel", distribution="evil")
    registry = Registry()
    told = [row for row in registry.report() if row.name == "quectel"]
    assert [(row.distribution.split()[0], row.status) for row in told] == [("evil", "failed"), ("sharebind", "loaded")]
    assert "is built in" in told[0].why
    assert module not in site.imported()
    account = Sharebind(registry=registry).open_account("quectel", {"token": "t", "region": "eu"}, name="q")
    assert "share.to.anyone" in account.support
    assert await works(registry, "lamp", "plug")


@pytest.mark.parametrize(
    ("about", "shown", "lacks"),
    [
        ("Metadata-Version: 2.1\nVersion: 1.2\n", "sharebind_acme-1.2.dist-info 1.2", "name"),
        ("Metadata-Version: 2.1\nName: sharebind-acme\n", "sharebind-acme", "version"),
        ("", "sharebind_acme-1.2.dist-info", "name"),
        (b"\xff\xfe\x00", "sharebind_acme-1.2.dist-info", "name"),
    ],
    ids=["no name", "no version", "empty", "no text"],
)
async def test_metadata_without_name_or_version(site: Site, about: str | bytes, shown: str, lacks: str) -> None:
    """A distribution that does not say who it is brings nothing, and is told by its folder."""
    module = beside(site, good(), about=about)
    registry = Registry()
    row = rows(registry)["acme"]
    assert (row.distribution, row.status) == (shown, "failed")
    assert f"its metadata has no {lacks}; reinstall it" in row.why
    assert module not in site.imported()
    assert await works(registry, "lamp", "plug")
    site.install(good(), distribution="other-acme")
    assert await works(Registry(), "acme", "lamp", "plug")


async def test_a_broken_copy_before_a_whole_one(site: Site) -> None:
    """A copy of a distribution whose metadata are damaged does not hide the whole one further down the path."""
    beside(site, good())
    site.install("raise SystemExit", about="Metadata-Version: 2.1\nName: sharebind-acme\n", version="1.3")
    registry = Registry()
    told = [(row.distribution, row.status) for row in registry.report() if row.name == "acme"]
    assert told == [("sharebind-acme", "failed"), ("sharebind-acme 1.2", "loaded")]
    assert await works(registry, "acme", "lamp", "plug")


@pytest.mark.parametrize("points", [b"[sharebind]\nno pair\n", b"[sharebind]\nacme = \xff\xfe\n"], ids=["pair", "text"])
async def test_entry_points_that_are_garbage(site: Site, points: bytes) -> None:
    """A distribution whose entry points speak of us and cannot be read has a failed row without a name."""
    beside(site, good(), points=points)
    registry = Registry()
    row = rows(registry)[""]
    assert (row.distribution, row.status) == ("sharebind-acme 1.2", "failed")
    assert row.why.startswith("its entry points cannot be read: ")
    assert await works(registry, "lamp", "plug")


async def test_garbage_that_is_not_about_us(site: Site) -> None:
    """Other people's broken distributions are none of our business."""
    beside(site, good(), points=b"[console_scripts]\nno pair\n")
    registry = Registry()
    assert [name for name in rows(registry) if name in ("", "acme")] == []
    assert await works(registry, "lamp", "plug")


async def test_a_name_that_no_terminal_should_see(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    """Control characters and brackets in the metadata are written out, and break nothing."""
    about = "Metadata-Version: 2.1\nName: [red]\x1b[31macme\nVersion: 1\x07[/]\n"
    beside(site, good(), about=about, points="[sharebind]\nac\x1b[2Jme[/red] = {module}\n")
    registry = Registry()
    row = rows(registry)["ac\\x1b[2Jme[/red]"]
    assert (row.distribution, row.status) == ("[red]\\x1b[31macme 1\\x07[/]", "failed")
    assert command(["providers"]) == 1
    assert "\x1b" not in capsys.readouterr().out
    assert await works(registry, "lamp", "plug")
