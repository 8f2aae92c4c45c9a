"""Reading the single values of settings, strictly: what is expected of each, and how a wrong one is told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from enum import Enum
from typing import Any, Final, cast

from sharebind.durations import parse_duration
from sharebind.references import Referenced
from sharebind.secrets import Secret


class WrongSettingError(ValueError):
    """What is wrong with a value, and where below the table that is read; it never leaves this library.

    ``quiet`` says the same without what stood there.
    """

    def __init__(self, message: str, path: tuple[str, ...] = (), *, quiet: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.quiet = quiet or message
        self.path = path

    def under(self, key: str, *, quietly: bool = False) -> WrongSettingError:
        """Give the same, seen from the table around it."""
        message = self.quiet if quietly else self.message
        return WrongSettingError(message, (key, *self.path), quiet=self.quiet)

    def in_item(self, number: int) -> WrongSettingError:
        """Give the same, seen from the list around it: its items have no keys, and lists may hold people."""
        return WrongSettingError(": ".join([f"item {number}", *self.path, self.quiet]))


class ExpectedError(WrongSettingError):
    """What a setting should have been, and what it is, where that may be shown."""

    def __init__(self, expected: str, got: object, *, hide: bool = False) -> None:
        quiet = f"expected {expected}"
        hidden = hide or isinstance(got, Referenced)
        super().__init__(quiet if hidden else f"{quiet}, got {shown(got)}", quiet=quiet)


def _str(value: object, kind: type[str]) -> str:
    if issubclass(kind, Enum):
        # cattrs hands enums of texts to the hook of their base.
        return cast("str", choice(value, kind))
    if not isinstance(value, str):
        raise ExpectedError("a text", value)
    return str(value)


def whole_number(value: object, _: object = None) -> int:
    """Read a whole number."""
    if isinstance(value, Referenced) and value.isascii() and value.isdigit():
        return int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise ExpectedError("a whole number", value)
    return value


def _float(value: object, _: object) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise ExpectedError("a number", value)
    return float(value)


def _bool(value: object, _: object) -> bool:
    if not isinstance(value, bool):
        raise ExpectedError("true or false", value)
    return value


def _secret(value: object, _: object) -> Secret:
    if isinstance(value, Secret):
        return value
    if not isinstance(value, str) or not value or not value.isprintable():
        expected = 'a text on one line, { env = "NAME" } or { file = "PATH" }'
        raise ExpectedError(expected, value, hide=True)
    return Secret(str(value))


def duration(value: object, _: object = None) -> timedelta:
    """Read a duration, as a text or as itself."""
    if isinstance(value, timedelta) and value > timedelta():
        return value
    if isinstance(value, str):
        try:
            return parse_duration(value)
        except ValueError:
            pass
    raise ExpectedError('a duration such as "30s"', value)


def choice(value: object, kind: type[Enum]) -> Enum:
    """Read one of a few words."""
    try:
        return kind(value)
    except ValueError:
        choices = " or ".join(f'"{member.value}"' for member in kind)
        raise ExpectedError(choices, value) from None


READERS: Final[Mapping[type, Any]] = {
    str: _str,
    int: whole_number,
    float: _float,
    bool: _bool,
    Secret: _secret,
    timedelta: duration,
}


def unknown_key(key: str, known: Iterable[str]) -> str:
    """Say that nobody knows a key, and which is near it."""
    names = sorted(known)
    import difflib  # for a mistake only: it takes its time to load

    near = difflib.get_close_matches(key, names, n=1)
    return f"unknown key; did you mean {near[0]!r}?" if near else f"unknown key; known are {', '.join(names)}"


def shown(value: object) -> str:
    """Write a value as it stands in TOML, or only its kind where it is long."""
    if isinstance(value, str) and len(value) <= 40:  # noqa: PLR2004 - longer ones may be pasted secrets
        return f'"{value}"'
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    return f"a {type(value).__name__}"


def kind_of(value: object) -> str:
    """Say what stands where a table or a list is expected: a text may be the secret that belongs into it."""
    return "a text" if isinstance(value, str) else shown(value)
