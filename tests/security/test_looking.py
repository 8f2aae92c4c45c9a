"""The search itself: a secret is found in every kind of place where one could be, and in each of its disguises."""

from __future__ import annotations

import base64
import json
import logging
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import attrs
import pytest

from sharebind import ConfigurationError, OutcomeUnknownError, Secret, SharebindError, ShareRef, Side, Via, device
from sharebind.events import Started

from .looking import Search, every_secret, keep_world
from .staging import Files

MARKER: Final = "hunter2/灯+canary"
PERSON: Final = "somebody@example.com"


@attrs.frozen
class Leaky:
    """A value that hides nothing."""

    token: str


@attrs.frozen
class Shy:
    """A value whose repr hides what a conversion and a pickle show."""

    token: str = attrs.field(repr=False)


class Told(SharebindError):  # noqa: N818 - it is none of the library's
    """An error with an attribute."""

    def __init__(self, message: str, token: str = "") -> None:
        super().__init__(message)
        self.token = token


def raised(error: BaseException, *, cause: BaseException | None = None, hidden: BaseException | None = None) -> Any:
    """Give an error that came of others, its context hidden from usual tracebacks."""
    error.__cause__ = cause
    error.__context__ = hidden
    error.__suppress_context__ = True
    return error


def elsewhere(text: str) -> BaseException:
    """Give an error that came through a frame which is not the staged world's, with a text among its locals."""
    space: dict[str, Any] = {}
    exec(compile("def fail(code):\n    raise ValueError(0)", "elsewhere.py", "exec"), space)  # noqa: S102 - a frame elsewhere
    with pytest.raises(ValueError, match="0") as failed:
        space["fail"](text)
    return failed.value


def noted(text: str) -> BaseException:
    """Give an error with a note."""
    error = ValueError()
    error.add_note(text)
    return error


def _log(search: Search, write: Callable[[logging.Logger], None], name: str = "aiohttp.client") -> None:
    with search.logging():
        write(logging.getLogger(name))


def _log_error(logger: logging.Logger) -> None:
    logger.error("it failed", exc_info=ValueError(MARKER))


def _warn(search: Search) -> None:
    with search.logging():
        warnings.warn(MARKER, ResourceWarning, stacklevel=1)


PLACES: Final[dict[str, Callable[[Search], None]]] = {
    "error text": lambda search: search.error(ValueError(f"token {MARKER}"), "x"),
    "error args": lambda search: search.error(KeyError((1, [MARKER])), "x"),
    "error notes": lambda search: search.error(noted(MARKER), "x"),
    "error attribute": lambda search: search.error(Told("no", MARKER), "x"),
    "cause": lambda search: search.error(raised(ConfigurationError("no"), cause=ValueError(MARKER)), "x"),
    "hidden context": lambda search: search.error(raised(ConfigurationError("no"), hidden=ValueError(MARKER)), "x"),
    "octets of a context": lambda search: search.error(
        raised(ConfigurationError("no"), hidden=UnicodeDecodeError("utf-8", MARKER.encode(), 0, 1, "no")), "x"
    ),
    "group": lambda search: search.error(ExceptionGroup("no", [ValueError(MARKER)]), "x"),
    "traceback with locals": lambda search: search.error(elsewhere(MARKER), "x"),
    "locals of a cause": lambda search: search.error(raised(ConfigurationError("no"), cause=elsewhere(MARKER)), "x"),
    "pickle of an error": lambda search: search.error(Told("no", MARKER), "x"),
    "value": lambda search: search.value(Leaky(MARKER), "x"),
    "value in a list": lambda search: search.value([Leaky(MARKER)], "x"),
    "value converted": lambda search: search.value(Shy(MARKER), "x"),
    "value in JSON": lambda search: search.value({"token": MARKER}, "x"),
    "pickle of a value": lambda search: search.value((Shy(MARKER),), "x"),
    "event": lambda search: search.event(Started(account="a", provider="p", operation="o", key=MARKER)),
    "log message": lambda search: _log(search, lambda logger: logger.debug("GET /?token=%s", MARKER)),
    "log key": lambda search: _log(search, lambda logger: logger.info("sent", extra={"token": MARKER})),
    "log of another library": lambda search: _log(search, lambda logger: logger.debug(MARKER), "asyncio"),
    "log of an error": lambda search: _log(search, _log_error),
    "warning": _warn,
    "output": lambda search: search.saw("output", f"x {MARKER} y", "stdout"),
}


@pytest.mark.parametrize("place", PLACES)
def test_a_leak_is_found_wherever_it_is(place: str) -> None:
    """A deliberate leak is found, and the finding does not show what was found."""
    search = Search()
    search.keep(MARKER, "a marker")
    PLACES[place](search)
    assert search.hits() != []
    assert MARKER not in "".join(search.hits())


@pytest.mark.parametrize("place", PLACES)
def test_what_is_masked_is_no_leak(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same places with another text in them are no finding."""
    search = Search()
    search.keep(MARKER, "a marker")
    monkeypatch.setitem(globals(), "MARKER", "a mask, and nothing else")
    PLACES[place](search)
    assert search.hits() == []


def test_a_leak_in_a_file_is_found(tmp_path: Path) -> None:
    """A file's content and its name are both looked at."""
    for name, content in (("a", f"x{MARKER}"), ("canary-token", "")):
        folder = tmp_path / name[0]
        (folder / "deep").mkdir(parents=True)
        (folder / "deep" / name).write_text(content, encoding="latin-1", errors="replace")
        search = Search()
        search.keep("canary-token" if not content else MARKER.replace("灯", "?"), "a marker")
        search.folder(folder)
        assert search.hits() != []


@pytest.mark.parametrize(
    "disguised",
    [
        json.dumps(MARKER),
        repr(MARKER.encode())[2:-1],
        quote(MARKER, safe=""),
        MARKER.encode().hex(),
        *(base64.b64encode(b"x" * before + MARKER.encode() + b"y" * 3).decode() for before in (0, 1, 2, 3)),
        base64.urlsafe_b64encode(b"x" + MARKER.encode()).decode(),
    ],
)
def test_a_disguised_secret_is_found(disguised: str) -> None:
    """A secret is found escaped, in a URL, in hex, and in base64 wherever it begins there."""
    search = Search()
    search.keep(MARKER, "a marker")
    search.saw("output", f"<{disguised}>")
    assert search.hits() != []


def test_an_address_may_stand_in_its_value_only() -> None:
    """A person's address is no finding where somebody asked for it, and one in a log, an error or an event."""
    search = Search()
    search.keep_person(PERSON, "an address")
    search.value(Leaky(PERSON), "x")
    assert search.hits() == []
    search.error(ValueError(PERSON), "x")
    search.event(Started(account="a", provider="p", operation="o", key=PERSON))
    assert {hit.partition(":")[0] for hit in search.hits()} >= {"error text", "event"}


def test_every_secret_that_is_made_is_looked_for() -> None:
    """Whatever becomes a Secret, or a share's line, is a marker from then on; afterwards nothing is watched."""
    search = Search()
    with every_secret(search):
        ref = ShareRef(provider="p", side=Side.OWNER, via=Via.CODE, device=device("lamp"), key=Secret(MARKER))
        line = ref.reveal()
    Secret("made-afterwards")
    assert set(search.secrets) == {MARKER, line}


def test_what_chance_could_bring_is_not_looked_for() -> None:
    """Short texts, short numbers and public ids are no markers."""
    search = Search()
    for text in ("abc", "1234567", "123456789", "C775431-long-id"):
        search.keep(text, "a marker")
    world = {"users": [], "app": {}, "devices": [{"product": "", "device": "C775431-long-id"}]}
    keep_world(search, world)
    search.saw("output", "abc 1234567 123456789 C775431-long-id")
    assert search.hits() == []


def test_a_staged_settings_file_holds_no_secret(tmp_path: Path) -> None:
    """The host's settings refer to the environment and to files, so that every form of reference is in the run."""
    environment: dict[str, str] = {}
    table = Files(tmp_path, environment.__setitem__).table(
        "p", {"token": "t" * 9, "more": {"a": Secret("s" * 9)}, "region": "eu"}, frozenset({"token", "more"})
    )
    assert ("t" * 9 in table, "s" * 9 in table, 'region = "eu"' in table) == (False, False, True)
    assert [*environment.values(), *(path.read_text().strip() for path in tmp_path.iterdir())] == ["t" * 9, "s" * 9]


def test_an_error_that_pickles_with_a_secret_is_found() -> None:
    """What an error of the library's would write into a pickle is read, not only what it shows."""
    search = Search()
    search.keep(MARKER, "a marker")
    error = OutcomeUnknownError("no", provider="p")
    vars(error)["hidden"] = Shy(MARKER)
    search.error(error, "x")
    assert any(hit.startswith("pickle of an error") for hit in search.hits())
