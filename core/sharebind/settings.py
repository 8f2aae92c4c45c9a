"""Settings: from a file, a mapping or code, with the same meaning, and errors that say where.

The core reads ``provider``, loads that one plugin, and structures the rest of the table with the plugin's own settings
class. A value that came from a secret reference is never printed, and neither is one meant for a secret.
"""

from __future__ import annotations

import functools
import os
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from enum import Enum
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar, cast

import attrs
import cattrs

from sharebind.addresses import checked_base_url
from sharebind.durations import parse_duration
from sharebind.errors import ConfigurationError
from sharebind.rates import UNPACED, Rate
from sharebind.reading import an_object
from sharebind.secrets import MASK, Secret

CORE_KEYS: Final = ("provider", "rate", "timeout")
"""The keys of an account's table that are the core's own; all others belong to the provider's settings class."""


@attrs.frozen(kw_only=True)
class Where:
    """Where settings came from, to say it in errors: a file with its text, or neither."""

    file: str = ""
    text: str = attrs.field(default="", repr=False)

    def wrong(self, path: Iterable[str], message: str) -> ConfigurationError:
        """Make the error for one setting: ``file:line: path: message``."""
        keys = tuple(path)
        line = line_of(self.text, keys) if self.text else None
        place = f"{self.file}:{line}: " if line else f"{self.file}: " if self.file else ""
        return ConfigurationError(f"{place}{'.'.join(keys)}: {message}" if keys else f"{place}{message}")


@attrs.frozen(kw_only=True)
class AccountSettings:
    """One account as it was set: the core's keys, and the table that is the provider's."""

    name: str
    provider: str
    timeout: timedelta | None
    rate: Rate | None
    table: Mapping[str, Any] = attrs.field(repr=False)


@attrs.frozen(kw_only=True)
class Settings:
    """All accounts of a file or mapping, by name, and where they came from."""

    accounts: Mapping[str, AccountSettings]
    where: Where


def read_file(path: str | os.PathLike[str]) -> Settings:
    """Read a TOML file.

    Raises:
        ConfigurationError: it cannot be read, is no TOML, or is not what settings look like.

    """
    shown = os.fspath(path)
    text, why = _text_of(path)
    if why:
        raise ConfigurationError(f"{shown}: cannot be read: {why}")
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        why = str(error)
    else:
        return read_mapping(tables, Where(file=shown, text=text))
    # Raised out here: the parser's error holds the whole text in later Pythons.
    raise ConfigurationError(f"{shown}: this is no TOML: {why}")


def _text_of(path: str | os.PathLike[str]) -> tuple[str, str]:
    """Read a text, or say why it cannot be read; the error of one that is no UTF-8 would hold all of it."""
    try:
        return Path(path).read_text(encoding="utf-8"), ""
    except OSError as error:
        return "", error.strerror or type(error).__name__
    except ValueError:
        return "", "no UTF-8 text"


def read_mapping(tables: Mapping[str, Any], where: Where | None = None) -> Settings:
    """Read the same from a mapping.

    Raises:
        ConfigurationError: it is not what settings look like.

    """
    where = where or Where()
    for key in _expect_table(tables, where, ()):
        if key != "accounts":
            raise where.wrong((str(key),), _unknown_key(str(key), ("accounts",)))
    accounts = _expect_table(tables.get("accounts", {}), where, ("accounts",))
    read = {name: read_account(name, table, where, ("accounts", str(name))) for name, table in accounts.items()}
    return Settings(accounts=read, where=where)


def read_account(name: str, table: object, where: Where, path: tuple[str, ...]) -> AccountSettings:
    """Read one account's table: the core's keys, and the rest for its provider.

    Raises:
        ConfigurationError: a key of the core's is wrong.

    """
    if not name:
        raise where.wrong(path[:-1], "an account needs a name")
    settings = _expect_table(table, where, path)
    provider = settings.get("provider")
    if provider is None:
        raise where.wrong(path, 'it names no provider; add a line such as provider = "quectel"')
    if not isinstance(provider, str) or not provider:
        raise where.wrong((*path, "provider"), f'expected a name such as "quectel", got {_shown(provider)}')
    timeout = settings.get("timeout")
    try:
        limit = None if timeout is None else _timedelta(timeout, None)
    except _Expected as wrong:
        raise where.wrong((*path, "timeout"), wrong.message) from None
    return AccountSettings(
        name=name,
        provider=provider,
        timeout=limit,
        rate=_rate(settings.get("rate"), where, (*path, "rate")),
        table={key: value for key, value in settings.items() if key not in CORE_KEYS},
    )


def _rate(value: object, where: Where, path: tuple[str, ...]) -> Rate | None:
    """Read ``"off"``, or a table such as ``{ every = "0.5s", calls = 300, within = "5m" }``."""
    if value is None or isinstance(value, Rate):
        return value
    if value == "off":
        return UNPACED
    table = an_object(value)
    if not table:
        raise where.wrong(path, f'expected "off" or a table of every, calls and within, got {_shown(value)}')
    readers: dict[str, Callable[[object, Any], Any]] = {"every": _timedelta, "calls": _int, "within": _timedelta}
    read: dict[str, Any] = {}
    for key, one in table.items():
        if key not in readers:
            raise where.wrong((*path, str(key)), _unknown_key(str(key), readers))
        try:
            read[key] = readers[key](one, None)
        except _Expected as wrong:
            raise where.wrong((*path, key), wrong.message) from None
    try:
        return Rate(**read)
    except ValueError as wrong:
        raise where.wrong(path, str(wrong)) from None


class Addressed(Protocol):
    """What every provider's settings have."""

    @property
    def url(self) -> str:
        """The base URL."""
        ...


A = TypeVar("A", bound=Addressed)


class Structurer:
    """Makes providers' settings objects from tables, strictly: no unknown key, no coercion of types.

    It is an object because preparing a class takes a while, and a host opens thousands of accounts with it.
    """

    def __init__(self) -> None:
        self._converter = cattrs.Converter(forbid_extra_keys=True)
        for kind, hook in _HOOKS.items():
            self._converter.register_structure_hook(kind, hook)
        self._converter.register_structure_hook_func(
            lambda kind: isinstance(kind, type) and issubclass(kind, Enum), _enum
        )
        self._converter.register_structure_hook_factory(attrs.has, self._table)

    def _table(self, kind: type[Any]) -> Callable[[Any, Any], Any]:
        """Read a table inside an account's, or take an object that code has made of it already."""
        read = self._converter.gen_structure_attrs_fromdict(kind)
        return lambda value, kind_: value if isinstance(value, kind) else read(value, kind_)

    def make(self, kind: type[A], table: Mapping[str, Any], where: Where, path: tuple[str, ...]) -> A:
        """Make one settings object.

        Raises:
            ConfigurationError: the first thing that is wrong, with its place, and what was expected.

        """
        resolved = {key: _resolve(value, where, (*path, str(key))) for key, value in table.items()}
        wrong: ConfigurationError | None = None
        try:
            made = self._converter.structure(resolved, kind)
            checked_base_url(made.url)
        except cattrs.BaseValidationError as error:
            wrong = _explain(error, kind, resolved, where, path)
        except ValueError as error:
            wrong = where.wrong((*path, "base_url"), str(error))
        else:
            return made
        # Raised out here, where nothing that was tried is its context, and said without what references gave.
        raise ConfigurationError(_without(resolved, str(wrong)))


@functools.cache
def structurer() -> Structurer:
    """Give the one that all hosts in a process share: it holds code for each class, and nothing of anybody's."""
    return Structurer()


_SHORTEST: Final = 4


def _without(resolved: object, message: str) -> str:
    """Take what references gave out of a message."""
    for value in (an_object(resolved) or {}).values():
        if isinstance(value, _Referenced):
            # A short one is no secret, and would take half the sentence with it.
            message = message.replace(value, MASK) if len(value) >= _SHORTEST else message
        else:
            message = _without(value, message)
    return message


class _Expected(ValueError):  # noqa: N818 - it never leaves this module
    """What a setting should have been, and what it is, where that may be shown."""

    def __init__(self, expected: str, got: object, *, hide: bool = False) -> None:
        super().__init__(expected)
        self.message = f"expected {expected}" if hide else f"expected {expected}, got {_shown(got)}"


class _Referenced(str):
    """A value that came from a reference to a secret; it is never printed."""

    __slots__ = ()


def _resolve(value: object, where: Where, path: tuple[str, ...]) -> object:
    """Follow ``{ env = "NAME" }`` and ``{ file = "PATH" }``."""
    reference = an_object(value)
    if reference is None:
        return value
    if len(reference) != 1 or not {"env", "file"} & set(reference):
        return {key: _resolve(one, where, (*path, str(key))) for key, one in reference.items()}
    ((form, name),) = reference.items()
    if not isinstance(name, str) or not name:
        raise where.wrong(path, f"{form} names a text, got {type(name).__name__}")
    if form == "env":
        text = os.environ.get(name, "")
        if not text:
            raise where.wrong(path, f"the environment variable {name} is not set")
        return _Referenced(text)
    text, why = _text_of(Path(name).expanduser())
    if why:
        raise where.wrong(path, f"the file {name} cannot be read: {why}")
    if not text.strip():
        raise where.wrong(path, f"the file {name} is empty")
    return _Referenced(text.strip())


def _str(value: object, kind: type[str]) -> str:
    if issubclass(kind, Enum):
        # cattrs hands enums of texts to the hook of their base.
        return cast("str", _enum(value, kind))
    if not isinstance(value, str):
        raise _Expected("a text", value)
    return str(value)


def _int(value: object, _: object) -> int:
    if isinstance(value, _Referenced) and value.isascii() and value.isdigit():
        return int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise _Expected("a whole number", value)
    return value


def _bool(value: object, _: object) -> bool:
    if not isinstance(value, bool):
        raise _Expected("true or false", value)
    return value


def _secret(value: object, _: object) -> Secret:
    if isinstance(value, Secret):
        return value
    if not isinstance(value, str) or not value or not value.isprintable():
        expected = 'a text on one line, { env = "NAME" } or { file = "PATH" }'
        raise _Expected(expected, value, hide=True)
    return Secret(str(value))


def _timedelta(value: object, _: object) -> timedelta:
    if isinstance(value, timedelta) and value > timedelta():
        return value
    if isinstance(value, str):
        try:
            return parse_duration(value)
        except ValueError:
            pass
    raise _Expected('a duration such as "30s"', value)


def _enum(value: object, kind: type[Enum]) -> Enum:
    try:
        return kind(value)
    except ValueError:
        choices = " or ".join(f'"{member.value}"' for member in kind)
        raise _Expected(choices, value) from None


_HOOKS: Final[dict[type, Any]] = {str: _str, int: _int, bool: _bool, Secret: _secret, timedelta: _timedelta}


def _explain(
    error: BaseException,
    kind: type[Any],
    table: Mapping[str, Any],
    where: Where,
    path: tuple[str, ...],
    others: Iterable[str] = CORE_KEYS,
) -> ConfigurationError:
    """Turn what cattrs gathered into one sentence about the first thing that is wrong."""
    # A key that is not known comes first: it is most often the one that is missing, misspelt.
    inners = sorted(
        getattr(error, "exceptions", ()), key=lambda one: not isinstance(one, cattrs.ForbiddenExtraKeysError)
    )
    for inner in inners:
        if isinstance(inner, cattrs.ForbiddenExtraKeysError):
            unknown = min(map(str, inner.extra_fields))
            known = [*others, *(field.name for field in attrs.fields(kind))]
            return where.wrong((*path, unknown), _unknown_key(unknown, known))
        name = next((note.name for note in getattr(inner, "__notes__", ()) if hasattr(note, "name")), None)
        here = (*path, name) if name else path
        if isinstance(inner, cattrs.BaseValidationError):
            return _explain(inner, inner.cl, an_object(table.get(name or "")) or {}, where, here, ())
        if isinstance(inner, _Expected):
            hidden = isinstance(table.get(name or ""), _Referenced)
            return where.wrong(here, f"expected {inner.args[0]}" if hidden else inner.message)
        if isinstance(inner, KeyError) and name and name not in table:
            return where.wrong(path, f"the key {name!r} is missing")
        value = table.get(name or "")
        if isinstance(inner, AttributeError) and an_object(value) is None:
            # What cattrs stumbles over where a table is expected and something else stands.
            # A text may be the secret that belongs into that table.
            shown = ", got a text" if isinstance(value, str) else f", got {_shown(value)}"
            return where.wrong(here, f"expected a table{shown}")
        return where.wrong(here, str(inner))
    return where.wrong(path, str(error))


def _expect_table(value: object, where: Where, path: tuple[str, ...]) -> Mapping[str, Any]:
    table = an_object(value)
    if table is None:
        raise where.wrong(path, f"expected a table, got {_shown(value)}")
    return table


def _unknown_key(key: str, known: Iterable[str]) -> str:
    names = sorted(known)
    import difflib  # for a mistake only: it takes its time to load

    near = difflib.get_close_matches(key, names, n=1)
    return f"unknown key; did you mean {near[0]!r}?" if near else f"unknown key; known are {', '.join(names)}"


def _shown(value: object) -> str:
    """Write a value as it stands in TOML, or only its kind where it is long."""
    if isinstance(value, str) and len(value) <= 40:  # noqa: PLR2004 - longer ones may be pasted secrets
        return f'"{value}"'
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    return f"a {type(value).__name__}"


def line_of(text: str, path: tuple[str, ...]) -> int | None:
    """Find the line of a setting in TOML, or of the nearest table around it."""
    header: tuple[str, ...] = ()
    best: tuple[int, int] | None = None
    for number, line in enumerate(text.splitlines(), start=1):
        stripped = line.strip()
        if stripped.startswith("["):
            header = _keys(stripped.strip("[] \t").partition("#")[0].rstrip("] "))
            found = header
        else:
            key, equals, _ = stripped.partition("=")
            if not equals or stripped.startswith("#"):
                continue
            found = header + _keys(key)
        common = min(len(found), len(path))
        if found[:common] == path[:common] and (best is None or common > best[0]):
            best = (common, number)
    return best[1] if best else None


def _keys(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in _KEY.findall(dotted))


_KEY: Final = re.compile(r"""\s*("[^"]*"|'[^']*'|[^."']+)\s*""")
