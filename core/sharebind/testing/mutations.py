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

AS_A_WHOLE: Final = 0.12
"""How many of the answers are changed as a whole."""

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
        items = iter(enumerate(cast("list[object]", body)))
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
    if dice.random() < AS_A_WHOLE:
        return _as_bytes(answer, dice)
    body: Any = json.loads(answer)
    path = dice.choice(_places(answer))
    if not path:
        return json.dumps(dice.choice(ODD)).encode()
    _change(_holder(body, path), path[-1], dice)
    return json.dumps(body).encode()


def _change(holder: Any, key: Any, dice: random.Random) -> None:
    """Change one value: leave it out, rename it, put another one beside it or in its place, repeat it, or wrap it."""
    match dice.randrange(7), isinstance(holder, dict):
        case 0, _:
            del holder[key]
        case 1, True:
            holder[f"{key}New"] = holder.pop(key)
        case 2, True:
            holder[dice.choice(NAMES)] = dice.choice(ODD)
        case 3, False:
            holder += [copy.deepcopy(holder[key]) for _ in range(dice.choice((1, 40)))]
        case 4, True:
            holder[key] = [holder[key]]
        case _:
            holder[key] = copy.deepcopy(dice.choice(ODD))


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
