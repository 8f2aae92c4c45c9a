"""Looking for secrets in whatever somebody could read: the markers, their disguises, and the places."""

from __future__ import annotations

import base64
import copy
import json
import logging
import pickle
import traceback
import warnings
from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Final, cast
from urllib.parse import quote

import attrs

import sharebind.emulator
import sharebind.testing
from sharebind import Secret, SharebindError, ShareRef

SHORTEST: Final = 8
"""Characters of a secret that is looked for: a shorter one, or a short number, stands in many a text by chance."""
LONG_NUMBER: Final = 10

VALUE: Final = "value"
PICKLE: Final = "pickle of a value"
LOCALS: Final = "traceback with locals"
FOR_ITS_HOLDER: Final = frozenset({VALUE, PICKLE, LOCALS})
"""Where a person's address may stand: in the value that somebody asked for, and in the frames beside it."""

STAGED: Final = tuple(
    str(Path(str(file)).parent) for file in (__file__, sharebind.emulator.__file__, sharebind.testing.__file__)
)
"""Frames of the world that a test stages. It has every secret in the clear, as the vendor's cloud and the host do."""


def disguises(text: str) -> set[str]:
    """Give the forms in which a text may be carried: as it is, escaped, in a URL, in hex, in base64 at any offset."""
    octets = text.encode("utf-8", "surrogatepass")
    forms = {text, json.dumps(text)[1:-1], repr(text)[1:-1], quote(text, safe=""), octets.hex()}
    forms |= {octets.decode("latin-1"), repr(octets)[2:-1]}
    for offset, unknown in enumerate((0, 2, 3)):
        whole = base64.b64encode(b"\0" * offset + octets).decode().rstrip("=")
        # The first and last letters also hold bits of what stands beside the text.
        inner = whole[unknown : len(whole) - 1]
        forms |= {inner, inner.replace("+", "-").replace("/", "_")} if len(inner) >= SHORTEST else set()
    return forms


class Search:
    """The markers of one run, and everything that could be read meanwhile."""

    def __init__(self) -> None:
        self.secrets: dict[str, str] = {}
        self.persons: dict[str, str] = {}
        self.public: set[str] = set()
        self.count: Counter[str] = Counter()
        self._texts: dict[str, dict[str, str]] = {}

    def keep(self, text: str, what: str) -> None:
        """Add a secret to look for, where it is long enough to be told from chance."""
        if len(text) >= SHORTEST and not (text.isdigit() and len(text) < LONG_NUMBER):
            self.secrets.setdefault(text, what)

    def keep_person(self, text: str, what: str) -> None:
        """Add an address of a person."""
        self.persons.setdefault(text, what)

    def saw(self, kind: str, text: str, where: str = "") -> None:
        """Add what somebody could read."""
        if text.strip():
            self.count[kind] += 1
            self._texts.setdefault(kind, {}).setdefault(text, where)

    def hits(self) -> list[str]:
        """Tell where which marker was seen, without showing it."""
        found: list[str] = []
        for kind, texts in self._texts.items():
            persons = {} if kind in FOR_ITS_HOLDER else self.persons
            joined = "\0".join(texts)
            for marker, what in {**self.secrets, **persons}.items():
                if marker in self.public:
                    continue
                for form in disguises(marker):
                    if form in joined:
                        places = [where for text, where in texts.items() if form in text]
                        found.append(f"{kind}: {what} ({', '.join(dict.fromkeys(places))})")
        return list(dict.fromkeys(found))

    def summary(self) -> str:
        """Say how much was looked through."""
        markers, places = len(self.secrets) + len(self.persons), sum(self.count.values())
        kinds = ", ".join(f"{kind} {number}" for kind, number in sorted(self.count.items()))
        return f"{markers} markers x {places} places, {markers * places} pairs ({kinds})"

    # ---------------------------------------------------------------------------------------------------------- values

    def value(self, value: object, where: str) -> None:
        """Add all that a value shows: as text, converted, copied, pickled."""
        for text in (repr(value), str(value), repr(copy.deepcopy(value)), json.dumps(value, default=str)):
            self.saw(VALUE, text, where)
        if attrs.has(type(value)):
            known = attrs.asdict(cast("Any", value))
            self.saw(VALUE, repr(known), where)
            self.saw(VALUE, json.dumps(known, default=str), where)
        self.saw(PICKLE, _pickled(value), where)

    def event(self, event: object) -> None:
        """Add an observer's event."""
        known = attrs.asdict(cast("Any", event))
        copied = pickle.loads(pickle.dumps(event))  # noqa: S301 - made right here
        for text in (repr(event), repr(copied), repr(copy.deepcopy(event)), json.dumps(known, default=str)):
            self.saw("event", text, type(event).__name__)
        self.saw("event", _pickled(event), type(event).__name__)

    # ---------------------------------------------------------------------------------------------------------- errors

    def error(self, error: BaseException, where: str) -> None:
        """Add all that an error tells, with all that it came of."""
        for one in chain(error):
            place = f"{where}: {type(one).__name__}"
            self.saw("error text", f"{one} {one!r}", place)
            self.saw("error args", repr(one.args), place)
            self.saw("error notes", repr(getattr(one, "__notes__", ())), place)
            for name, value in vars(one).items():
                self.saw("error attribute", f"{value!r} {value} {json.dumps(value, default=str)}", f"{place}.{name}")
            for name in ("doc", "object", "filename", "request_info", "headers", "history"):
                self.saw("error attribute", repr(getattr(one, name, "")), f"{place}.{name}")
            self.saw(LOCALS, with_locals(one.__traceback__), place)
        self.saw("traceback", "".join(traceback.format_exception(error)), where)
        if isinstance(error, SharebindError):
            self.saw("pickle of an error", _pickled(error), where)
            for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):  # noqa: S301 - ours
                self.saw("pickle of an error", f"{twin!r} {vars(twin)!r}", where)

    # ------------------------------------------------------------------------------------------------- logs and folders

    @contextmanager
    def logging(self) -> Generator[None]:
        """Read every log record and warning meanwhile, whatever its level and logger."""
        root, handler = logging.getLogger(), _Reader(self)
        level = root.level
        root.addHandler(handler)
        root.setLevel(logging.DEBUG)
        try:
            with warnings.catch_warnings(record=True) as warned:
                warnings.simplefilter("always")
                yield
            for each in warned:
                self.saw("warning", f"{each.message!r} {each.message} {each.source!r}", str(each.category))
        finally:
            root.setLevel(level)
            root.removeHandler(handler)

    def folder(self, folder: Path) -> None:
        """Add every file below a folder, its name too."""
        for path in folder.rglob("*"):
            self.saw("file", str(path), "a name")
            if path.is_file():
                self.saw("file", path.read_bytes().decode("latin-1"), path.name)


class _Reader(logging.Handler):
    """Reads log records."""

    def __init__(self, search: Search) -> None:
        super().__init__(logging.DEBUG)
        self._search = search

    def emit(self, record: logging.LogRecord) -> None:
        """Read one record: its message, its keys, and the error that it tells of."""
        self._search.saw("log", f"{record.getMessage()} {vars(record)!r}", record.name)
        self._search.saw("log", json.dumps(vars(record), default=str), record.name)
        # The emulated vendor's own server has been sent the tokens: what stands in its frames is the vendor's.
        if record.exc_info and record.exc_info[1] is not None and record.name != "aiohttp.server":
            self._search.error(record.exc_info[1], f"log {record.name}")


def _pickled(value: object) -> str:
    """Give a pickle as text; a value with a secret in it refuses, and then it is the refusal that is read."""
    try:
        return pickle.dumps(value).decode("latin-1")
    except TypeError as refused:
        return f"{refused} {refused!r}"


def chain(error: BaseException) -> Iterator[BaseException]:
    """Give an error and all that it came of."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += [one.__cause__, one.__context__]
        if isinstance(one, BaseExceptionGroup):
            waiting += one.exceptions


def with_locals(frames: TracebackType | None) -> str:
    """Write a traceback with locals, without the frames of the staged world."""
    walked = [
        (frame, line) for frame, line in traceback.walk_tb(frames) if not frame.f_code.co_filename.startswith(STAGED)
    ]
    shown = "".join(traceback.StackSummary.extract(iter(walked), capture_locals=True).format())
    return shown + "".join(repr(value) for frame, _ in walked for value in frame.f_locals.values())


@contextmanager
def every_secret(search: Search) -> Generator[None]:
    """Keep every secret that is made meanwhile: settings, tokens, codes, keys, and what is signed with them.

    A share's whole line is one too, which opens what its key opens.
    """
    make, reveal = Secret.__init__, ShareRef.reveal

    def made(self: Secret, text: str) -> None:
        make(self, text)
        search.keep(text, "a Secret")

    def revealed(self: ShareRef) -> str:
        line = reveal(self)
        search.keep(line, "a share's line")
        return line

    Secret.__init__, ShareRef.reveal = made, revealed  # type: ignore[method-assign]  # it only looks on
    try:
        yield
    finally:
        Secret.__init__, ShareRef.reveal = make, reveal  # type: ignore[method-assign]  # as it was


def keep_world(search: Search, told: Mapping[str, Any]) -> None:
    """Keep what a described cloud knows of its people, and the secrets of its app.

    Ids of people, homes and devices are no secrets, also where a vendor knows a share by nothing else.
    """
    for device in cast("Iterable[Mapping[str, str]]", told["devices"]):
        search.public |= {device["product"], device["device"]}
    for user in cast("Iterable[Mapping[str, Any]]", told["users"]):
        search.public |= {str(user["user_id"]), *user["homes"]}
        for name in ("token", "password"):
            search.keep(str(user[name]), f"{name} of {user['name']}")
        search.keep_person(str(user["email"]), f"email of {user['name']}")
        search.keep_person(str(user["phone"]["number"]), f"phone of {user['name']}")
    for name, value in cast("Mapping[str, str]", told["app"]).items():
        if "secret" in name:
            search.keep(value, f"{name} of the app")
