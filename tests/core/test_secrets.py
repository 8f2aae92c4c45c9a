"""Secrets and the vendor's own words are shown to nobody."""

from __future__ import annotations

import copy
import dataclasses
import io
import json
import logging
import pickle
import pprint
import traceback
from collections.abc import Callable
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sharebind import Raw, Secret

HIDDEN = "hunter2-密码-🔑"
BODY = {"token": HIDDEN, "list": [HIDDEN]}


@attrs.frozen
class Holder:
    held: object
    more: dict[str, object] = attrs.field(factory=dict[str, object])


@dataclasses.dataclass
class PlainHolder:
    held: object


SHOWN: dict[str, Callable[[Any], str]] = {
    "repr": repr,
    "str": str,
    "ascii": ascii,
    "format": format,
    "f-string": lambda it: f"{it}",
    "f-string repr": lambda it: f"{it!r}",
    "percent": lambda it: "%s %r" % (it, it),  # noqa: UP031 - this form is what is tested
    "in a list": lambda it: str([it]),
    "in a dict": lambda it: str({"key": it}),
    "json": lambda it: json.dumps({"key": it}, default=str),
    "attrs": lambda it: repr(Holder(it, {"key": it})),
    "attrs.asdict": lambda it: repr(attrs.asdict(Holder(it, {"key": it}))),
    "attrs.asdict as json": lambda it: json.dumps(attrs.asdict(Holder(it)), default=str),
    "attrs.astuple": lambda it: repr(attrs.astuple(Holder(it))),
    "dataclasses.asdict": lambda it: repr(dataclasses.asdict(PlainHolder(it))),
    "pprint": pprint.pformat,
    "exception": lambda it: repr(ValueError(it)) + str(ValueError(it)),
    "log record": lambda it: logging.LogRecord("x", 10, "x", 1, "%s %r", (it, it), None).getMessage(),
}


@pytest.mark.parametrize("made", [Secret(HIDDEN), Raw(BODY), Raw([BODY]), Raw(HIDDEN)], ids=["secret", "o", "l", "t"])
@pytest.mark.parametrize("way", SHOWN)
def test_nothing_shows_what_is_inside(way: str, made: object) -> None:
    """However it is printed, converted or nested, the text does not appear."""
    shown = SHOWN[way](made)
    assert [part for part in (HIDDEN, "hunter2", ascii(HIDDEN)[1:-1]) if part in shown] == []


def test_a_secret_shows_a_mask() -> None:
    """The mask has no length of its own, and formats like a text."""
    assert (repr(Secret("a")), repr(Secret("a" * 99))) == ("Secret(***)", "Secret(***)")
    assert (str(Secret("a")), f"{Secret('a'):>5}|", f"{Secret('a'):<5}|") == ("***", "  ***|", "***  |")


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (None, "Raw(empty)"),
        ({}, "Raw(0 fields)"),
        ({"a": 1, "b": 2}, "Raw(2 fields)"),
        ([1, 2, 3], "Raw(3 items)"),
        ("text", "Raw(1 value)"),
        (0, "Raw(1 value)"),
    ],
)
def test_raw_shows_a_count(body: object, shown: str) -> None:
    """The vendor's body shows how much there is of it, and gives itself only by reveal()."""
    assert repr(Raw(body)) == shown
    assert str(Raw(body)) == shown
    assert Raw(body).reveal() is body


def raise_beside(made: object) -> None:
    """Raise where a secret is a local, an element, an attribute and an argument."""
    nested = [made]
    held = Holder(made, {"key": made})
    raise RuntimeError(f"beside {made} and {nested} and {held}", made)


def caught(made: object) -> RuntimeError:
    """Give the error of ``raise_beside``."""
    try:
        raise_beside(made)
    except RuntimeError as error:
        return error
    raise AssertionError


@pytest.mark.parametrize("made", [Secret(HIDDEN), Raw(BODY)], ids=["secret", "raw"])
def test_a_traceback_with_locals_shows_nothing(made: object) -> None:
    """A traceback that prints locals prints the mask."""
    shown = "".join(traceback.TracebackException.from_exception(caught(made), capture_locals=True).format())
    assert ("nested = [" in shown, "hunter2" in shown) == (True, False)


@pytest.mark.parametrize("made", [Secret(HIDDEN), Raw(BODY)], ids=["secret", "raw"])
def test_rich_shows_nothing(made: object) -> None:
    """Rich's tracebacks with locals, which walk into attrs classes and containers, print the mask."""
    console_module = pytest.importorskip("rich.console")
    traceback_module = pytest.importorskip("rich.traceback")
    error = caught(made)
    console = console_module.Console(file=io.StringIO(), width=200)
    console.print(traceback_module.Traceback.from_exception(type(error), error, error.__traceback__, show_locals=True))
    shown = console.file.getvalue()
    assert ("nested" in shown, "hunter2" in shown) == (True, False)


@pytest.mark.parametrize("made", [Secret(HIDDEN), Raw(BODY)], ids=["secret", "raw"])
def test_structlog_shows_nothing(made: object) -> None:
    """Structlog's JSON with tracebacks and locals holds the mask."""
    structlog = pytest.importorskip("structlog")
    event = {"event": "x", "made": made, "exc_info": caught(made)}
    shown = structlog.processors.JSONRenderer()(None, "error", structlog.processors.dict_tracebacks(None, "e", event))
    assert ("nested" in shown, "hunter2" in shown) == (True, False)
    line = structlog.dev.ConsoleRenderer(colors=False)(None, "error", {"event": "x", "made": made})
    assert "hunter2" not in line


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("made", [Secret(HIDDEN), Raw(BODY), Holder(Secret(HIDDEN))], ids=["secret", "raw", "holder"])
def test_neither_pickles(made: object, protocol: int) -> None:
    """A pickle is a file that somebody forgets, so there is none, and its error shows nothing."""
    with pytest.raises(TypeError, match="does not pickle") as refused:
        pickle.dumps(made, protocol)
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("made", [Secret(HIDDEN), Raw(BODY)], ids=["secret", "raw"])
def test_copies_are_the_same_object(made: object) -> None:
    """Values that hold a secret can be copied; the copy holds the same one."""
    assert copy.copy(made) is made
    assert copy.deepcopy(Holder(made)).held is made


@given(st.text(min_size=1), st.text(min_size=1))
def test_secrets_compare_by_their_text(first: str, second: str) -> None:
    """Two secrets are equal, and hash alike, exactly when their texts are equal."""
    assert (Secret(first) == Secret(second)) is (first == second)
    assert hash(Secret(first)) == hash(Secret(str(first)))
    assert Secret(first).reveal() == first


def test_a_secret_equals_no_plain_text() -> None:
    """Comparing with a text or with Raw is false, so that no secret is told by a set or a dict of texts."""
    assert Secret("a") != "a"
    assert Secret("a") != Raw("a")
    assert len({Secret("a"), Secret("a"), "a"}) == 2
    assert Secret("\ud800") != Secret("\udc00")


@pytest.mark.parametrize("wrong", [None, 5, b"hunter2", ["hunter2"], Secret("hunter2")])
def test_a_secret_is_a_text(wrong: Any) -> None:
    """Anything but a text is refused, by its type and not its value."""
    with pytest.raises(TypeError, match=f"not {type(wrong).__name__}$") as refused:
        Secret(wrong)
    assert "hunter2" not in str(refused.value)


def test_an_empty_secret_is_refused() -> None:
    """An empty secret is an unset variable or a missing field."""
    with pytest.raises(ValueError, match="cannot be empty"):
        Secret("")


@pytest.mark.parametrize("made", [Secret(HIDDEN), Raw(BODY)], ids=["secret", "raw"])
def test_neither_is_a_text_or_a_mapping(made: Any) -> None:
    """There is no other way in: no items, no length, no concatenation, no attribute dictionary."""
    attempts: list[Callable[[], object]] = [
        lambda: list(made),
        lambda: len(made),
        lambda: made["token"],
        lambda: made + "",
        lambda: dict(made),
        lambda: vars(made),
        lambda: bytes(made),
    ]
    for attempt in attempts:
        with pytest.raises(TypeError):
            attempt()


def test_raw_compares_by_identity() -> None:
    """Two raw bodies are never equal, so that values which carry them compare without them."""
    assert Raw({}) != Raw({})
