"""Settings: from a file, a mapping or code, with the same meaning, and errors that say where."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from sharebind import ConfigurationError, Secret, Sharebind
from sharebind.provider import ProviderSpec, Setup
from sharebind.registry import Registry
from sharebind.settings import read_file, read_mapping

if TYPE_CHECKING:
    from tests.core.conftest import Bench

EXAMPLE = """\
[accounts.home]
provider = "quectel"
region   = "eu"
token    = { env = "HOME_TOKEN" }
timeout  = "30s"
"""


class Mood(StrEnum):
    CALM = "calm"
    WILD = "wild"


@attrs.frozen
class Login:
    user: str
    password: Secret


@attrs.frozen(kw_only=True)
class DeskSettings:
    token: Secret
    label: str | None = None
    limit: int = 1
    eager: bool = False
    life: timedelta = timedelta(hours=1)
    mood: Mood = Mood.CALM
    login: Login | None = None
    base_url: str = "http://127.0.0.1:9"

    @property
    def url(self) -> str:
        """The base URL."""
        return self.base_url


made: list[DeskSettings] = []


@pytest.fixture
def spec(bench: Bench) -> ProviderSpec:
    """Describe a provider whose settings have one field of each kind, and keep what its factory is given."""
    made.clear()

    def make(settings: DeskSettings, _setup: Setup) -> Any:
        made.append(settings)
        return plain.factory(settings, _setup)

    plain = bench.spec(name="desk", settings=DeskSettings)
    return attrs.evolve(plain, factory=make)


def opened(spec: ProviderSpec, lines: str, tmp_path: Path) -> DeskSettings:
    """Write a file, open its account, and give the settings that the provider got."""
    path = tmp_path / "sharebind.toml"
    path.write_text(f'[accounts.home]\nprovider = "desk"\n{lines}\n', encoding="utf-8")
    Sharebind.from_file(path, registry=Registry(specs=[spec])).account("home")
    return made[-1]


def refused(spec: ProviderSpec, lines: str, tmp_path: Path) -> str:
    """Give what is said of a wrong file, without the folder."""
    with pytest.raises(ConfigurationError) as error:
        opened(spec, lines, tmp_path)
    return str(error.value).removeprefix(f"{tmp_path}/")


def test_a_file_and_a_mapping_mean_the_same(spec: ProviderSpec, tmp_path: Path) -> None:
    """The same keys make the same settings, and texts are read as their types."""
    lines = 'token = "t"\nlimit = 3\neager = true\nlife = "1h30m"\nmood = "wild"\nlabel = "桌子"\ntimeout = "7s"'
    table = {
        "provider": "desk",
        "token": "t",
        "limit": 3,
        "eager": True,
        "life": "1h30m",
        "mood": "wild",
        "label": "桌子",
    }
    expected = DeskSettings(
        token=Secret("t"), limit=3, eager=True, life=timedelta(minutes=90), mood=Mood.WILD, label="桌子"
    )
    assert opened(spec, lines, tmp_path) == expected
    mapping = {"accounts": {"home": {**table, "timeout": "7s"}}}
    Sharebind.from_mapping(mapping, registry=Registry(specs=[spec])).account("home")
    assert made[-1] == expected
    own = {**table, "token": Secret("t"), "life": timedelta(minutes=90), "mood": Mood.WILD}
    del own["provider"]
    Sharebind(registry=Registry(specs=[spec])).open_account("desk", own, name="home")
    assert made[-1] == expected
    Sharebind(registry=Registry(specs=[spec])).open_account("desk", expected, name="home")
    assert made[-1] == expected
    path = tmp_path / "sharebind.toml"
    assert read_file(path).accounts == read_mapping(mapping).accounts
    assert read_file(path).accounts["home"].timeout == timedelta(seconds=7)


def test_the_example_of_a_wrong_duration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong value is told with file, line, path, what was expected and what stood there."""
    monkeypatch.setenv("HOME_TOKEN", "t")
    monkeypatch.chdir(tmp_path)
    Path("sharebind.toml").write_text(EXAMPLE.replace("30s", "fast"), encoding="utf-8")
    with pytest.raises(ConfigurationError) as error:
        Sharebind.from_file("sharebind.toml")
    assert str(error.value) == (
        'sharebind.toml:5: accounts.home.timeout: expected a duration such as "30s", got "fast"'
    )


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('limit = "3"', 'limit: expected a whole number, got "3"'),
        ("limit = true", "limit: expected a whole number, got true"),
        ("limit = 1.5", "limit: expected a whole number, got 1.5"),
        ("eager = 1", "eager: expected true or false, got 1"),
        ('eager = "yes"', 'eager: expected true or false, got "yes"'),
        ("label = 5", "label: expected a text, got 5"),
        ("label = [1]", "label: expected a text, got a list"),
        ("life = 30", 'life: expected a duration such as "30s", got 30'),
        ('life = "0s"', 'life: expected a duration such as "30s", got "0s"'),
        ('life = "7D"', 'life: expected a duration such as "30s", got "7D"'),
        ('mood = "calmer"', 'mood: expected "calm" or "wild", got "calmer"'),
        ("rate = 2", 'rate: expected "off" or a table of every, calls and within, got 2'),
        ('rate = "on"', 'rate: expected "off" or a table of every, calls and within, got "on"'),
        ("rate = {}", 'rate: expected "off" or a table of every, calls and within, got a dict'),
        ('rate = { evry = "1s" }', "rate.evry: unknown key; did you mean 'every'?"),
        ("rate = { every = 1 }", 'rate.every: expected a duration such as "30s", got 1'),
        ('rate = { every = "2d" }', "rate: every is from nothing to a day"),
        ("rate = { calls = 5 }", "rate: calls and within stand together, or neither does"),
        ('rate = { within = "5m" }', "rate: calls and within stand together, or neither does"),
        ('rate = { calls = 0, within = "5m" }', "rate: calls is from 1 to 1000000"),
        ('rate = { calls = true, within = "5m" }', "rate.calls: expected a whole number, got true"),
        ("timeout = 30", 'timeout: expected a duration such as "30s", got 30'),
        ('lable = "x"', "lable: unknown key; did you mean 'label'?"),
        ('tokn = "x"', "tokn: unknown key; did you mean 'token'?"),
        ('timeuot = "3s"', "timeuot: unknown key; did you mean 'timeout'?"),
        (
            "zzz = 1",
            (
                "zzz: unknown key; known are base_url, eager, label, life, limit, login, mood, provider, rate, "
                "timeout, token"
            ),
        ),
    ],
)
def test_wrong_lines_are_told_with_their_place(spec: ProviderSpec, tmp_path: Path, line: str, said: str) -> None:
    """A wrong type or an unknown key is told with its line, what was expected and what is near."""
    assert refused(spec, f'\n# a comment\ntoken = "t"\n{line}', tmp_path) == f"sharebind.toml:6: accounts.home.{said}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[accounts.home]\nprovider = "desk"\n', ":1: accounts.home: the key 'token' is missing"),
        ('[accounts.home]\ntoken = "t"\n', ':1: accounts.home: it names no provider; add a line such as provider = "q'),
        ("[accounts.home]\nprovider = 5\n", ':2: accounts.home.provider: expected a name such as "quectel", got 5'),
        ("accounts = 5\n", ":1: accounts: expected a table, got 5"),
        ("[accounts]\nhome = 5\n", ":2: accounts.home: expected a table, got 5"),
        ('x = 1\n[account.home]\nprovider = "desk"\n', ":1: x: unknown key; known are accounts"),
        ('\n[account.home]\nprovider = "desk"\n', ":2: account: unknown key; did you mean 'accounts'?"),
        ('[accounts]\nhome = { provider = "desk", token = 5 }', ":2: accounts.home.token: expected a text on one line"),
        ('accounts.home.provider = "desk"\naccounts.home.token = 5', ":2: accounts.home.token: expected a text on one"),
        ('[accounts."my home"]\nprovider = "desk"\ntoken = 5', ":3: accounts.my home.token: expected a text on one"),
        ('[accounts.a]\n[accounts.b]\nprovider = "desk"', ":1: accounts.a: it names no provider"),
        ("[accounts.home\n", ": this is no TOML: "),
        ('[accounts.home]\ntoken = "hunter2\n', ": this is no TOML: "),
    ],
)
def test_wrong_files_are_told_with_their_place(spec: ProviderSpec, tmp_path: Path, text: str, said: str) -> None:
    """Whatever is wrong with the form of a file, the message begins with its place."""
    path = tmp_path / "x.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError) as error:
        Sharebind.from_file(path, registry=Registry(specs=[spec]))
    assert str(error.value).startswith(f"{path}{said}"), str(error.value)
    assert "hunter2" not in str(error.value)


def test_a_nested_setting_is_told_with_its_path(spec: ProviderSpec, tmp_path: Path) -> None:
    """A table inside a provider's table is checked like the table itself."""
    lines = 'token = "t"\n[accounts.home.login]\nuser = 5\npassword = "p"'
    assert refused(spec, lines, tmp_path) == "sharebind.toml:5: accounts.home.login.user: expected a text, got 5"


def test_unreadable_files_are_told(tmp_path: Path) -> None:
    """A missing file, a folder and a file that is no text are told by name."""
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"\xff\xfe\x00")
    for path, why in ((tmp_path / "none.toml", "No such file"), (tmp_path, "Is a directory"), (binary, "no UTF-8")):
        with pytest.raises(ConfigurationError) as error:
            read_file(path)
        assert str(error.value).startswith(f"{path}: cannot be read: {why}")


def test_references_are_followed(spec: ProviderSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A value may come from a variable or a file, with the line end of the file left out, and is then read as usual."""
    monkeypatch.setenv("DESK_TOKEN", "from-env")
    monkeypatch.setenv("DESK_LIFE", "2h")
    monkeypatch.setenv("DESK_LIMIT", "5")
    (tmp_path / "label").write_text("来自文件\n", encoding="utf-8")
    lines = (
        'token = { env = "DESK_TOKEN" }\nlife = { env = "DESK_LIFE" }\nlimit = { env = "DESK_LIMIT" }\n'
        f'label = {{ file = "{tmp_path}/label" }}'
    )
    assert opened(spec, lines, tmp_path) == DeskSettings(
        token=Secret("from-env"), life=timedelta(hours=2), limit=5, label="来自文件"
    )


def test_a_nested_reference_is_followed(spec: ProviderSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A secret in a table of a provider's table may come from a variable too."""
    monkeypatch.setenv("DESK_PASSWORD", "hunter2")
    lines = 'token = "t"\n[accounts.home.login]\nuser = "u"\npassword = { env = "DESK_PASSWORD" }'
    assert opened(spec, lines, tmp_path).login == Login("u", Secret("hunter2"))


@pytest.mark.parametrize(
    ("reference", "why"),
    [
        ('{ env = "DESK_NOT_SET" }', "the environment variable DESK_NOT_SET is not set"),
        ('{ env = "DESK_EMPTY" }', "the environment variable DESK_EMPTY is not set"),
        ("{ env = 5 }", "env names a text, got int"),
        ('{ env = "" }', "env names a text, got str"),
        ('{ file = "/no/such/file" }', "the file /no/such/file cannot be read: No such file or directory"),
        ('{ file = "BLANK" }', "the file BLANK is empty"),
        ('{ evn = "DESK_TOKEN" }', 'expected a text on one line, { env = "NAME" } or { file = "PATH" }'),
        ('{ env = "DESK_TOKEN", file = "x" }', 'expected a text on one line, { env = "NAME" } or { file = "PATH" }'),
    ],
)
def test_broken_references_are_told(
    spec: ProviderSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reference: str, why: str
) -> None:
    """An unset or empty variable and a missing or empty file are errors with their line."""
    monkeypatch.setenv("DESK_EMPTY", "")
    empty = tmp_path / "empty"
    empty.write_text(" \n", encoding="utf-8")
    said = refused(spec, f"token = {reference.replace('BLANK', str(empty))}", tmp_path)
    assert said == f"sharebind.toml:3: accounts.home.token: {why.replace('BLANK', str(empty))}"


def wrong_references() -> Mapping[str, str]:
    """Give fields of every kind whose value, from a reference, is wrong."""
    return {
        "limit": "a whole number",
        "eager": "true or false",
        "life": 'a duration such as "30s"',
        "mood": '"calm" or "wild"',
    }


@pytest.mark.parametrize("name", wrong_references())
def test_a_referenced_value_is_never_printed(
    spec: ProviderSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """What came from a variable is told by its place and what was expected, never by what it is."""
    monkeypatch.setenv("DESK_VALUE", "hunter2")
    said = refused(spec, f'token = "t"\n{name} = {{ env = "DESK_VALUE" }}', tmp_path)
    assert said == f"sharebind.toml:4: accounts.home.{name}: expected {wrong_references()[name]}"


@pytest.mark.parametrize("value", ['"hunter2\\n"', '""', "52525252", '["hunter2"]', '"\\u0000hunter2"'])
def test_a_wrong_secret_is_never_printed(spec: ProviderSpec, tmp_path: Path, value: str) -> None:
    """What stands where a secret is meant is not shown, whatever its type."""
    said = refused(spec, f"token = {value}", tmp_path)
    assert said.startswith("sharebind.toml:3: accounts.home.token: expected a text on one line")
    assert [text for text in ("hunter2", "5252") if text in said] == []


def test_a_traceback_with_locals_shows_no_referenced_value(
    spec: ProviderSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A token from a variable beside a wrong line is not shown by the locals of any frame."""
    monkeypatch.setenv("DESK_TOKEN", "hunter2")
    with pytest.raises(ConfigurationError) as error:
        opened(spec, 'token = { env = "DESK_TOKEN" }\nlimit = "many"', tmp_path)
    shown = "".join(traceback.TracebackException.from_exception(error.value, capture_locals=True).format())
    assert ("limit: expected a whole number" in shown, "hunter2" in shown) == (True, False)
