"""Settings: from a file, a mapping or code, with the same meaning, and errors that say where.

The core reads the keys of an account that are its own, and leaves the rest of the table to the provider's settings
class. So it does for policies and observers, whose tables are their plugins' alone.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final

import attrs

from sharebind.errors import ConfigurationError
from sharebind.leaves import WrongSettingError, duration, shown, unknown_key, whole_number
from sharebind.places import Where
from sharebind.rates import UNPACED, Rate
from sharebind.reading import an_object
from sharebind.references import text_of
from sharebind.structuring import CORE_KEYS, structurer

TABLES: Final = ("accounts", "observers", "plugins", "policies")
"""What settings may hold."""


@attrs.frozen(kw_only=True)
class PluginChoices:
    """The table ``[plugins]``: the arguments of ``Registry`` that a file can say."""

    allow: tuple[str, ...] | None = None
    block: tuple[str, ...] = ()
    prefer: Mapping[str, str] = attrs.field(factory=dict[str, str])


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
    """All accounts of a file or mapping, by name, and where they came from.

    ``plugins`` says which plugins may be used, ``None`` where the settings leave that to the code. ``policies`` and
    ``observers`` hold the tables of those that are named, in the order of the file.
    """

    accounts: Mapping[str, AccountSettings]
    where: Where
    plugins: PluginChoices | None = None
    policies: Mapping[str, Mapping[str, Any]] = attrs.field(factory=dict[str, Mapping[str, Any]], repr=False)
    observers: Mapping[str, Mapping[str, Any]] = attrs.field(factory=dict[str, Mapping[str, Any]], repr=False)


def read_file(path: str | os.PathLike[str]) -> Settings:
    """Read a TOML file.

    Raises:
        ConfigurationError: it cannot be read, is no TOML, or is not what settings look like.

    """
    file = os.fspath(path)
    text, why = text_of(path)
    if why:
        raise ConfigurationError(f"{file}: cannot be read: {why}")
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        why = str(error)
    else:
        return read_mapping(tables, Where(file=file, text=text))
    # Raised out here: the parser's error holds the whole text in later Pythons.
    raise ConfigurationError(f"{file}: this is no TOML: {why}")


def read_mapping(tables: Mapping[str, Any], where: Where | None = None) -> Settings:
    """Read the same from a mapping.

    Raises:
        ConfigurationError: it is not what settings look like.

    """
    where = where or Where()
    for key in _expect_table(tables, where, ()):
        if key not in TABLES:
            raise where.wrong((str(key),), unknown_key(str(key), TABLES))
    accounts = _expect_table(tables.get("accounts", {}), where, ("accounts",))
    plugins = tables.get("plugins")
    return Settings(
        accounts={name: read_account(name, table, where, ("accounts", str(name))) for name, table in accounts.items()},
        where=where,
        plugins=None if plugins is None else _choices(plugins, where),
        policies=_named(tables, "policies", where),
        observers=_named(tables, "observers", where),
    )


def _choices(plugins: object, where: Where) -> PluginChoices:
    return structurer().plain(PluginChoices, _expect_table(plugins, where, ("plugins",)), where, ("plugins",))


def _named(tables: Mapping[str, Any], kind: str, where: Where) -> dict[str, Mapping[str, Any]]:
    """Read the tables of the plugins of one kind; what is in them is for their plugins to say."""
    named = _expect_table(tables.get(kind, {}), where, (kind,))
    return {str(name): _expect_table(table, where, (kind, str(name))) for name, table in named.items()}


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
        raise where.wrong((*path, "provider"), f'expected a name such as "quectel", got {shown(provider)}')
    timeout = settings.get("timeout")
    try:
        limit = None if timeout is None else duration(timeout)
    except WrongSettingError as wrong:
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
        raise where.wrong(path, f'expected "off" or a table of every, calls and within, got {shown(value)}')
    readers: dict[str, Callable[[object], Any]] = {"every": duration, "calls": whole_number, "within": duration}
    read: dict[str, Any] = {}
    for key, one in table.items():
        if key not in readers:
            raise where.wrong((*path, str(key)), unknown_key(str(key), readers))
        try:
            read[key] = readers[key](one)
        except WrongSettingError as wrong:
            raise where.wrong((*path, key), wrong.message) from None
    try:
        return Rate(**read)
    except ValueError as wrong:
        raise where.wrong(path, str(wrong)) from None


def _expect_table(value: object, where: Where, path: tuple[str, ...]) -> Mapping[str, Any]:
    table = an_object(value)
    if table is None:
        raise where.wrong(path, f"expected a table, got {shown(value)}")
    return table
