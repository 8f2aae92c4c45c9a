"""Reading what vendors really send: numbers as strings, missing fields, nulls, names in another letter case.

Tolerant of form, strict about meaning: ``"12"`` is the number 12, but ``null`` is never the text ``"None"``, and what
cannot be understood is a ``MalformedReplyError`` with the path of the field.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar, cast

from sharebind.errors import MalformedReplyError
from sharebind.protocols import Gap
from sharebind.secrets import Secret

T = TypeVar("T")

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST: Final = datetime.max.replace(tzinfo=UTC)


def malformed(path: str, expected: str, got: object) -> MalformedReplyError:
    """Make the error for one field; it names the kind of value that stood there, never the value."""
    error = MalformedReplyError(f"expected {expected} at {path}, got {type(got).__name__}")
    error.path = path
    return error


def an_object(value: object) -> Mapping[str, object] | None:
    """Give a decoded JSON object as what it is, and ``None`` for anything else."""
    # An abstract class is slow to ask, and nearly everything that is asked about is a dict.
    return cast("Mapping[str, object]", value) if type(value) is dict or isinstance(value, Mapping) else None


def _moment(text: str) -> datetime | None:
    """Read a time, where an error that is raised would carry the text."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _in_utc(moment: datetime) -> datetime | None:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return None


class Fields:
    """One JSON object of a reply, read field by field.

    Every getter takes the names that a field goes by, most usual first. ``fold=True`` reads names without regard to
    letter case. ``null``, a missing field and an empty text all mean "not there".
    """

    def __init__(self, body: object, path: str = "$", *, fold: bool = False) -> None:
        known = an_object(body)
        if known is None:
            raise malformed(path, "an object", body)
        self.body = known
        self.path = path
        self._fold = fold
        if fold:
            # What says nothing is left out, and the first one that says something under a name counts.
            self._folded = {
                name.lower(): value
                for name, value in reversed(list(known.items()))
                if value is not None and value != ""
            }

    def get(self, *names: str) -> object:
        """Give the first field that is there, as it was sent, ``None`` where none is."""
        if self._fold:
            for name in names:
                value = self._folded.get(name.lower())
                if value is not None:
                    return value
            return None
        for name in names:
            value = self.body.get(name)
            if value is not None and value != "":
                return value
        return None

    def text(self, *names: str) -> str | None:
        """Give a text; a number is written out, as some vendors send ids either way."""
        value = self.get(*names)
        if value is None or isinstance(value, str):
            return value
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        raise malformed(self._at(names), "a text", value)

    def need(self, *names: str) -> str:
        """Give a text that must be there.

        Raises:
            MalformedReplyError: it is not.
        """
        value = self.text(*names)
        if value is None:
            raise malformed(self._at(names), "a text", None)
        return value

    def secret(self, *names: str) -> Secret | None:
        """Give a text that must not be printed."""
        value = self.text(*names)
        return None if value is None else Secret(value)

    def number(self, *names: str) -> int | None:
        """Give a whole number, also where it was sent as a text."""
        value = self.get(*names)
        if value is None or (isinstance(value, int) and not isinstance(value, bool)):
            return value
        if isinstance(value, float) and value.is_integer():
            return int(value)
        if isinstance(value, str):
            digits = value.strip().removeprefix("-")
            if digits.isascii() and digits.isdigit() and len(digits) <= 18:  # noqa: PLR2004 - fits 64 bits
                return int(value)
        raise malformed(self._at(names), "a number", value)

    def flag(self, *names: str) -> bool | None:
        """Give a truth value, also where it was sent as 0, 1 or a text."""
        value = self.get(*names)
        if value is None or isinstance(value, bool):
            return value
        if str(value).strip().lower() in ("1", "true"):
            return True
        if str(value).strip().lower() in ("0", "false"):
            return False
        raise malformed(self._at(names), "true or false", value)

    def millis(self, *names: str) -> datetime | None:
        """Give a moment sent as epoch milliseconds; 0 means "none"."""
        return self._moment(names, timedelta(milliseconds=1))

    def seconds(self, *names: str) -> datetime | None:
        """Give a moment sent as epoch seconds; 0 means "none"."""
        return self._moment(names, timedelta(seconds=1))

    def iso(self, *names: str) -> datetime | None:
        """Give a moment sent as RFC 3339 with an offset."""
        value = self.text(*names)
        if value is None:
            return None
        moment = _moment(value)
        if moment is None:
            raise malformed(self._at(names), "an RFC 3339 time", value)
        if moment.tzinfo is None:
            raise malformed(self._at(names), "a time with an offset", value)
        # A zero time (year 1 in some languages) means "none", as 0 does elsewhere.
        if moment.year <= _EPOCH.year:
            return None
        there = _in_utc(moment)
        if there is None:
            raise malformed(self._at(names), "a time before the year 10000", value)
        return there

    def said(self, *names: str) -> str | None:
        """Give a text that is for people only; anything else that stands there is left out."""
        value = self.get(*names)
        return value if isinstance(value, str) else None

    def child(self, *names: str) -> Fields | None:
        """Give an object inside this one."""
        value = self.get(*names)
        return None if value is None else Fields(value, self._at(names), fold=self._fold)

    def each(self, *names: str) -> Iterator[Fields]:
        """Yield the objects of a list; a list that is not there is empty."""
        value = self.get(*names)
        if value is None:
            return
        if not isinstance(value, list):
            raise malformed(self._at(names), "a list", value)
        for index, item in enumerate(cast("list[object]", value)):
            yield Fields(item, f"{self._at(names)}[{index}]", fold=self._fold)

    def each_as(self, read: Callable[[Fields], T], *names: str) -> tuple[tuple[T, ...], tuple[Gap, ...]]:
        """Read the objects of a list one by one; each that cannot be read is a gap, and the others stay."""
        value = self.get(*names)
        if value is not None and not isinstance(value, list):
            raise malformed(self._at(names), "a list", value)
        items: list[T] = []
        gaps: list[Gap] = []
        for index, item in enumerate(cast("list[object]", value or [])):
            where = f"{self._at(names)}[{index}]"
            try:
                items.append(read(Fields(item, where, fold=self._fold)))
            except MalformedReplyError as error:
                gaps.append(Gap(where=where, why=str(error)))
            except ValueError as error:  # a device or address that the model refuses, as its vendor sent it
                gaps.append(Gap(where=where, why=str(error)))
        return tuple(items), tuple(gaps)

    def _moment(self, names: tuple[str, ...], unit: timedelta) -> datetime | None:
        number = self.number(*names)
        if not number:
            return None
        try:
            moment = _EPOCH + number * unit
        except OverflowError:
            moment = _EPOCH
        if not _EPOCH < moment <= _LATEST:
            raise malformed(self._at(names), "a moment between 1970 and 9999", number)
        return moment

    def _at(self, names: tuple[str, ...]) -> str:
        return f"{self.path}.{names[0]}"
