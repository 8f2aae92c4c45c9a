"""Answers as a vendor might send them on a bad day: one real answer, changed in one place."""

from __future__ import annotations

import copy
import functools
import json
import random
from collections.abc import Iterator
from typing import Any, Final, cast

DEEP: Final = 3000
"""Levels of nesting: more than a parser's stack takes."""

ODD: Final[tuple[Any, ...]] = (
    None,
    True,
    False,
    0,
    -1,
    1,
    7,
    201,
    3.5,
    10**25,
    -(10**12),
    99999999999999,
    "",
    " ",
    "0",
    "-7",
    "null",
    "OK",
    "true",
    "2026-01-01T00:00:00Z",
    "0001-01-01T00:00:00Z",
    "灯",
    "\ud800",
    "a\nb\x00c",
    "/",
    "x" * 100_000,
    [],
    [None],
    [[]],
    ["x", 1, {}],
    {},
    {"": None},
    {"Code": 7},
    {"list": {}},
    {"error_code": 9999},
    {"error": 0},
)
"""Values of every kind, put where another one stood."""


NAMES: Final = ("extra", "code", "Error", "data", "Data", "Response", "list", "error", "error_code", "role", "failed")
"""Names that mean something to one vendor or another."""


def paths(body: object, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Give the place of every value of a body, the body's own first."""
    yield at
    items: Iterator[tuple[str | int, Any]] = iter(())
    if isinstance(body, dict):
        items = iter(cast("dict[str, Any]", body).items())
    elif isinstance(body, list):
        items = iter(enumerate(body))
    for key, value in items:
        yield from paths(value, (*at, key))


@functools.cache
def _places(answer: bytes) -> tuple[tuple[str | int, ...], ...]:
    """Look for them once in each answer: it is changed a hundred times over."""
    return tuple(paths(json.loads(answer)))


def _holder(body: Any, path: tuple[str | int, ...]) -> Any:
    for key in path[:-1]:
        body = body[key]
    return body


def mutated(answer: bytes, dice: random.Random) -> bytes:
    """Change an answer in one place, or as a whole."""
    how = dice.random()
    if how < 0.12:
        return _as_bytes(answer, dice)
    body: Any = json.loads(answer)
    path = dice.choice(_places(answer))
    if not path:
        return json.dumps(dice.choice(ODD)).encode()
    holder, key = _holder(body, path), path[-1]
    kind = dice.randrange(7)
    if kind == 0:
        del holder[key]
    elif kind == 1 and isinstance(holder, dict):
        holder[f"{key}New"] = holder.pop(key)
    elif kind == 2 and isinstance(holder, dict):
        holder[dice.choice(NAMES)] = dice.choice(ODD)
    elif kind == 3 and not isinstance(holder, dict):
        holder += [copy.deepcopy(holder[key]) for _ in range(dice.choice((1, 40)))]
    elif kind == 4 and isinstance(holder, dict):
        holder[key] = [holder[key]]
    else:
        holder[key] = copy.deepcopy(dice.choice(ODD))
    return json.dumps(body).encode()


def _as_bytes(answer: bytes, dice: random.Random) -> bytes:
    """Change an answer as no JSON editor would: cut, wrongly encoded, nested too deep, or no JSON at all."""
    cut = dice.randrange(len(answer))
    text = answer.decode()
    return dice.choice(
        (
            answer[:cut],
            answer[cut:],
            answer + answer,
            b"",
            b"null",
            b"\xff\xfe" + text.encode("utf-16-le"),
            text.replace('"', "'").encode(),
            json.dumps({"text": "灯", **_named(answer)}, ensure_ascii=False).encode("gbk"),
            b"\xef\xbb\xbf" + answer,
            b"<html><body>502 Bad Gateway</body></html>",
            b"[" * DEEP + b"]" * DEEP,
            b'{"data":' * DEEP + b"1" + b"}" * DEEP,
            answer.replace(b"200", b"NaN").replace(b'"OK"', b"Infinity"),
            b'{"code":200,"code":500,' + answer[1:],
        )
    )


def _named(answer: bytes) -> dict[str, Any]:
    body = json.loads(answer)
    return cast("dict[str, Any]", body) if isinstance(body, dict) else {}
