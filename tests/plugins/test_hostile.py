"""A bad plugin is told with its distribution, version and cause, and everything else works."""

from __future__ import annotations

import gc
import json
import logging
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from sharebind import Registry, Sharebind, UnknownProviderError
from sharebind.cli import main as command

from .conftest import Site, beside, good, rows, works

IMPORTS = "from sharebind.provider import hookimpl\n"
HOOK = f"{IMPORTS}@hookimpl\ndef sharebind_provider():\n    "
"""The beginning of a module whose hook does something else than it should."""
SPEC = "from sharebind.provider import ProviderSpec\n"
TEXT = "class Text(str):\n    def split(self): raise SystemExit\n"
META = "class Meta(type):\n    __name__ = property(lambda self: 1 / 0)\n"
LOOKALIKE = """\
class Lookalike:
    name = "acme"
    {what}
    def __getattr__(self, name):
        raise RuntimeError("no " + name)
"""


def changed(old: str, new: str) -> str:
    """Write a plugin that is good but for one thing."""
    source = good()
    assert old in source
    return source.replace(old, new)


BAD = {
    "import error": ("import acme_sdk", "ModuleNotFoundError: No module named 'acme_sdk'"),
    "syntax error": ("def", "SyntaxError: "),
    "exit": ("import sys\nsys.exit('licence expired')", "SystemExit: licence expired"),
    "exit without a word": ("raise SystemExit", "SystemExit"),
    "end of a generator": ("raise GeneratorExit", "GeneratorExit"),
    "cancelled": ("import asyncio\nraise asyncio.CancelledError('x')", "CancelledError: x"),
    "end of the world": ("class Doom(BaseException): pass\nraise Doom('now')", "Doom: now"),
    "group of ends": ("raise BaseExceptionGroup('all', [SystemExit(1)])", "BaseExceptionGroup: all (1 sub-exception)"),
    "error of ours": (
        "from sharebind import UnknownProviderError\nraise UnknownProviderError('not me')",
        "UnknownProviderError: not me",
    ),
    "recursion": ("def f(): f()\nf()", "RecursionError: maximum recursion depth exceeded"),
    "asks for itself": (f"{HOOK}from sharebind import Registry; Registry().spec('acme')", "Error: "),
    "removes itself": ("import sys\ndel sys.modules[__name__]", "KeyError: "),
    "becomes nothing": ("import sys\nsys.modules[__name__] = None", "Error: "),
    "deprecated": ("import warnings\nwarnings.warn('old', DeprecationWarning)", "DeprecationWarning: old"),
    "error without a text": ("assert False", "AssertionError"),
    "error that cannot be shown": (
        "class Mute(Exception):\n    def __str__(self): raise SystemExit('mute')\nraise Mute",
        "Mute: (its text cannot be shown)",
    ),
    "error with a text of its own kind": (
        f"{TEXT}class Odd(Exception):\n    def __str__(self): return Text('odd')\nraise Odd",
        "Odd: ",
    ),
    "error of an odd class": (
        f"{META}class Odd(Exception, metaclass=Meta): pass\nraise Odd('odd')",
        "Odd: odd",
    ),
    "long text": ("raise RuntimeError('x' * 100_000)", f"RuntimeError: {'x' * 200}"),
    "many lines": ("raise RuntimeError('a\\n\\n\\tb\\r\\nc')", "RuntimeError: a b c"),
    "control characters": ("raise RuntimeError('\\x1b[31m\\x07\\x00\\u202e\\x9b')", "\\x1b[31m\\x07\\x00\\u202e\\x9b"),
    "half a character": ("raise RuntimeError('\\ud83d')", "RuntimeError: \\ud83d"),
    "markup": ("raise RuntimeError('[/nope] [red]x [link=http://x]y')", "[/nope] [red]x [link=http://x]y"),
    "Chinese": ("raise RuntimeError('许可证已过期')", "RuntimeError: 许可证已过期"),
    "no hook": ("x = 1", "TypeError: the plugin module has no hook 'sharebind_provider' marked with @hookimpl"),
    "unmarked hook": ("def sharebind_provider(): pass", "has no hook 'sharebind_provider' marked with @hookimpl"),
    "somebody else's mark": (
        "import pluggy\n@pluggy.HookimplMarker('pytest')\ndef sharebind_provider(): pass",
        "has no hook 'sharebind_provider' marked with @hookimpl",
    ),
    "hook of another kind": (
        f"{IMPORTS}@hookimpl\ndef sharebind_policy(): pass",
        "has no hook 'sharebind_provider' marked with @hookimpl",
    ),
    "misspelt hook": (
        f"{IMPORTS}@hookimpl\ndef sharebind_povider(): pass",
        "PluginValidationError: unknown hook 'sharebind_povider' in plugin",
    ),
    "unknown argument": (
        f"{IMPORTS}@hookimpl\ndef sharebind_provider(account): pass",
        "PluginValidationError: Plugin 'plugin' for hook 'sharebind_provider'",
    ),
    "two hooks": (
        f"{good()}\n@hookimpl(specname='sharebind_provider')\ndef another(): return sharebind_provider()",
        "TypeError: the plugin module has 2 hooks 'sharebind_provider'",
    ),
    "wrapper": (
        f"{IMPORTS}@hookimpl(wrapper=True)\ndef sharebind_provider(): return (yield)",
        "has no hook 'sharebind_provider' marked with @hookimpl",
    ),
    "hook that raises": (f"{HOOK}return {{}}['x']", "KeyError: 'x'"),
    "hook that exits": (f"{HOOK}raise SystemExit(3)", "SystemExit: 3"),
    "hook that gives nothing": (f"{HOOK}return None", "its hook gave NoneType, not a ProviderSpec"),
    "hook of a wrong type": (f"{HOOK}return 'acme'", "its hook gave str, not a ProviderSpec"),
    "async hook": (good().replace("def sharebind", "async def sharebind"), "its hook 'sharebind_provider' is async"),
    "generator": (f"{HOOK}yield 1", "its hook gave generator, not a ProviderSpec"),
    "async generator": (
        f"{IMPORTS}@hookimpl\nasync def sharebind_provider():\n    yield 1",
        "its hook gave async_generator, not a ProviderSpec",
    ),
    "lookalike": (
        f"{LOOKALIKE.format(what='')}{HOOK}return Lookalike()",
        "its hook gave Lookalike, not a ProviderSpec",
    ),
    "lookalike that lies": (
        f"{SPEC}{LOOKALIKE.format(what='__class__ = ProviderSpec')}{HOOK}return Lookalike()",
        "its hook gave Lookalike, not a ProviderSpec",
    ),
    "lookalike that raises": (
        f"{LOOKALIKE.format(what='__class__ = property(lambda self: 1 / 0)')}{HOOK}return Lookalike()",
        "its hook gave Lookalike, not a ProviderSpec",
    ),
    "heir that raises": (
        good().replace("return ProviderSpec", "return Heir")
        + "\nclass Heir(ProviderSpec):\n    title = property(lambda self: 1 / 0)",
        "Error: ",
    ),
    "other provider": (good("acne"), "its hook names 'acne', its entry point 'acme'"),
    "built-in provider": (good("quectel"), "its hook names 'quectel', its entry point 'acme'"),
    "no name": (changed("name='acme'", "name=None"), "its name is no text"),
    "newer major": (changed("api=API", "api=(2, 0)"), "it was written for plugin API 2, this is 1"),
    "older major": (changed("api=API", "api=(0, 9)"), "it was written for plugin API 0, this is 1"),
    "version that is no pair": (changed("api=API", "api=1"), "its plugin API is no pair of numbers"),
    "version of texts": (changed("api=API", "api=('1', '0')"), "its plugin API is no pair of numbers"),
    "version of truths": (changed("api=API", "api=(True, False)"), "its plugin API is no pair of numbers"),
    "empty version": (changed("api=API", "api=()"), "its plugin API is no pair of numbers"),
    "no settings": (changed("settings=Settings", "settings=dict"), "its settings are no attrs class"),
    "settings without an address": (changed("url:", "base:"), "its settings are no attrs class with a property 'url'"),
    "no capabilities": (changed("=Provider.support", "=None"), "its capabilities is not a mapping"),
    "capabilities of another kind": (changed("=Provider.support", "={'me': 'yes'}"), "its capabilities is not"),
    "capabilities that raise": (
        "import collections.abc\nclass Bad(dict):\n    def items(self): return 1 / 0\n"
        + changed("=Provider.support", "=Bad(me=1)"),
        "ZeroDivisionError: division by zero",
    ),
    "no factory": (changed("factory=lambda settings, setup: Provider()", "factory=None"), "its factory is not a func"),
    "title of another kind": (changed('title="Good"', "title=5"), "its title is"),
    "time of another kind": (changed("api=API", "api=API, timeout=30"), "its timeout is not a time"),
    "reader of another kind": (changed("api=API", "api=API, read_code='x'"), "its read_code is not a function"),
    "field from the future": (changed("api=API", "api=API, colour='red'"), "TypeError: "),
}


@pytest.fixture(autouse=True)
def tidy() -> Iterator[None]:
    """Hold that nothing is left behind that complains when it is collected."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield
        gc.collect()


def on_one_line(text: str) -> bool:
    """Tell whether a text breaks neither a log line nor a terminal."""
    return text.isprintable() and len(text) < 2000


@pytest.mark.parametrize("kind", BAD)
async def test_a_bad_plugin_breaks_itself_only(
    site: Site, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    """It is told with distribution, version and cause, warned of once, and the good ones beside it work."""
    source, cause = BAD[kind]
    beside(site, source)
    registry = Registry()
    with caplog.at_level(logging.WARNING, logger="sharebind"):
        for _ in range(2):
            with pytest.raises(UnknownProviderError) as error:
                registry.spec("acme")
            said = str(error.value)
            assert said.startswith("Provider acme (sharebind-acme 1.2: "), said
            assert (cause in said, on_one_line(said)) == (True, True), said
    told = [vars(record) for record in caplog.records if vars(record)["distribution"] == "sharebind-acme 1.2"]
    assert [each["provider"] for each in told[-1:]] == ["acme"]
    assert (len(told) == 1 or kind == "asks for itself", on_one_line(told[-1]["cause"])) == (True, True)
    row = rows(registry)["acme"]
    assert (row.kind, row.distribution, row.status) == ("provider", "sharebind-acme 1.2", "failed")
    assert cause in row.why
    assert [rows(registry)[name].status for name in ("lamp", "plug")] == ["loaded", "loaded"]
    assert await works(registry, "lamp", "plug")
    capsys.readouterr()
    assert command(["plugins"]) == 1
    shown = capsys.readouterr().out
    assert [line for line in shown.splitlines() if not line.isprintable()] == []
    assert shown.encode()
    assert command(["providers", "--json"]) == 1
    listed = {each["name"]: each for each in json.loads(capsys.readouterr().out)["providers"]}
    assert (listed["acme"]["status"], cause in listed["acme"]["why"]) == ("failed", True)


async def test_an_interrupt_is_the_users(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C while a plugin is imported ends the program, and nothing is held against the plugin."""
    monkeypatch.setenv("IMPATIENT", "1")
    beside(site, f"import os\nif os.environ['IMPATIENT'] == '1': raise KeyboardInterrupt\n{good()}")
    registry = Registry()
    with pytest.raises(KeyboardInterrupt):
        registry.spec("acme")
    monkeypatch.setenv("IMPATIENT", "0")
    assert await works(registry, "acme", "lamp", "plug")


async def test_a_slow_import_is_told(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    """A plugin that takes longer than a second to import works, and the report and one warning name the seconds."""
    beside(site, f"import time\ntime.sleep(1.2)\n{good()}")
    registry = Registry()
    with caplog.at_level(logging.WARNING, logger="sharebind"):
        assert await works(registry, "acme", "lamp", "plug")
        row = rows(registry)["acme"]
    assert (row.status, row.title, row.seconds >= 1.2) == ("loaded", "Good", True)
    assert row.why == f"loading it took {row.seconds} s"
    assert [
        (record.getMessage(), vars(record)["distribution"], vars(record)["cause"]) for record in caplog.records
    ] == [("provider.slow", "sharebind-acme 1.2", row.why)]
    assert [rows(registry)[name].seconds for name in ("lamp", "plug")] == [0, 0]


def test_a_slow_failure_is_told_with_its_time(site: Site) -> None:
    """A plugin that takes long and then fails is told with both."""
    beside(site, "import time\ntime.sleep(1.1)\nimport acme_sdk")
    row = rows(Registry())["acme"]
    assert (row.status, row.why) == (
        "failed",
        f"ModuleNotFoundError: No module named 'acme_sdk'; loading it took {row.seconds} s",
    )


def test_a_plugin_that_sets_up_logging(site: Site, tmp_path: Path) -> None:
    """It may call ``basicConfig`` while it is imported: that is rude, and stops nothing."""
    beside(site, f"import logging\nlogging.basicConfig(level=0, force=True)\n{good()}")
    paths = [str(folder) for folder in tmp_path.iterdir()]
    code = (
        f"import sys; sys.path[:0] = {paths!r}; from sharebind import Registry; "
        "print(*(row.name + '=' + row.status for row in Registry().report('provider') if row.name in sys.argv))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "acme", "lamp", "plug"], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.split() == ["acme=loaded", "lamp=loaded", "plug=loaded"]


async def test_one_module_may_bring_several_kinds(site: Site) -> None:
    """A module with the hooks of two kinds serves two entry points, and each asks only its own."""
    source = f"{good()}\n{good(kind='policy').replace('Settings', 'Other')}"
    points = "[sharebind]\nacme = {module}\n[sharebind.policies]\nacme = {module}\n"
    beside(site, source, points=points)
    registry = Registry()
    assert registry.policy("acme").title == "A guard"
    assert await works(registry, "acme", "lamp", "plug")


async def test_a_factory_that_ends_the_program(site: Site) -> None:
    """An adapter that exits when it is first needed is told like one that cannot be imported."""
    factory = "factory=lambda settings, setup: exit('no licence')"
    beside(site, changed("factory=lambda settings, setup: Provider()", factory))
    registry = Registry()
    with pytest.raises(UnknownProviderError, match=r"acme \(sharebind-acme 1\.2: SystemExit: no licence\)"):
        Sharebind(registry=registry).open_account("acme", {}, name="a")
    assert rows(registry)["acme"].status == "failed"
    assert await works(registry, "lamp", "plug")


async def test_a_settings_class_that_nobody_can_read(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    """A host whose settings name it starts with its other accounts; asking for that account tells what is wrong."""
    beside(site, changed('url: str = "http://127.0.0.1:9"', 'url: "NoSuchType" = None'))
    tables = {"a": {"provider": "acme"}, "l": {"provider": "lamp"}}
    with caplog.at_level(logging.WARNING, logger="sharebind"):
        sharebind = Sharebind.from_mapping({"accounts": tables})
    assert [record.getMessage() for record in caplog.records] == ["provider.not_loaded", "account.not_ready"]
    async with sharebind:
        assert (await sharebind.account("l").me()).label == "lamp"
        with pytest.raises(UnknownProviderError, match=r"sharebind-acme 1\.2: .*its settings class cannot be read"):
            sharebind.account("a")
