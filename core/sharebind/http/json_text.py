"""JSON: by the standard library, or by orjson where that is installed; both give the same.

What orjson refuses, or reads otherwise, is left to the standard library, so that a host which has orjson for a reason
of its own gets the same values and the same refusals.
"""

from __future__ import annotations

import codecs
import importlib
import json
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final, NoReturn, cast


def _orjson() -> Any:
    try:
        return importlib.import_module("orjson")
    except ImportError:  # the extra "speed" is not installed
        return None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


_PLAINLY: Final = json.JSONDecoder(parse_constant=_no_constant).decode
_QUICKLY: Final = getattr(_orjson(), "loads", None)
_QUICK_ENCODE: Final = getattr(_orjson(), "dumps", None)
_PASS: Final = getattr(_orjson(), "OPT_PASSTHROUGH_DATETIME", 0) | getattr(_orjson(), "OPT_PASSTHROUGH_DATACLASS", 0)
"""What orjson writes in a form of its own is left to ``default``, as the standard library does."""
_LONG_NUMBER: Final = re.compile(rb"[0-9]{19}").search
"""Whole numbers that may take more than 64 bits, which orjson would make floats."""


def decode(body: bytes) -> object:
    """Decode JSON in UTF-8, with or without a byte order mark.

    Raises:
        ValueError: it is none; ``NaN`` and ``Infinity`` are none either.
        RecursionError: it is nested too deeply.

    """
    if _QUICKLY is not None and _LONG_NUMBER(body) is None:
        try:
            return _QUICKLY(body)
        except ValueError:  # the standard library takes a little more: a byte order mark, half a character
            pass
    return decode_plainly(body)


def decode_plainly(body: bytes) -> object:
    """Decode by the standard library alone; raises as ``decode``."""
    # Not by the codec that takes the mark away: it is written in Python, and most bodies have none.
    return _PLAINLY(body.removeprefix(codecs.BOM_UTF8).decode())


def encode(value: object, default: Callable[[object], object]) -> bytes:
    """Encode JSON in UTF-8, as short as it can be; ``default`` gives what stands for a value that JSON has not.

    A float that is no number may come out as ``null``: JSON has no word for it, and no body has needed a float.

    Raises:
        UnicodeEncodeError: a text holds half a character.
        TypeError: what ``default`` raises.

    """
    if _QUICK_ENCODE is not None:
        try:
            return cast("bytes", _QUICK_ENCODE(value, default, _PASS))
        except TypeError:  # a whole number beyond 64 bits, a key that is no text, half a character
            pass
    return encode_plainly(value, default)


def encode_plainly(value: object, default: Callable[[object], object]) -> bytes:
    """Encode by the standard library alone; raises as ``encode``."""
    return _encoder(default).encode(value).encode()


@lru_cache(maxsize=8)
def _encoder(default: Callable[[object], object]) -> json.JSONEncoder:
    return json.JSONEncoder(default=default, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
