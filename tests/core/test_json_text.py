"""JSON: what is read and written does not depend on what is installed."""

import json
import math
import random
import sys
from collections.abc import Callable
from importlib import util

import orjson
import pytest

from sharebind import Secret
from sharebind.http import json_text

REPLY = json.dumps(
    {
        "code": 200,
        "msg": '操作成功 ok "quoted" \\ / \u2028',
        "data": {
            "uid": "C775431",
            "n": [0, -1, 1.5, 1e3, 1e-7, True, False, None],
            "id": 9007199254740993,
            "ratio": 0.1,
        },
        "Response": {"RequestId": "x", "Error": {"Code": "InternalError", "Message": "客厅"}},
    },
    ensure_ascii=False,
).encode()

CORPUS = [
    REPLY,
    b"\xef\xbb\xbf" + REPLY,
    b"",
    b" ",
    b"\xef\xbb\xbf",
    b"null",
    b"NaN",
    b"[Infinity]",
    b"[-Infinity]",
    b"-0",
    b"[-0, -0.0, 0e0]",
    b"1e400",
    b"-1e400",
    b"1e-400",
    b"[9223372036854775807, -9223372036854775808]",
    b"[9223372036854775808, 18446744073709551615, 18446744073709551616, -9223372036854775809]",
    b"[123456789012345678901234567890]",
    b"[1.7976931348623157e308, 5e-324, 0.1234567890123456789, 123456789012345678.5]",
    b'{"a": 1, "b": 2, "a": 3}',
    b'{"": 1}',
    b'"\\ud83d\\ude00"',
    b'"\\ud800"',
    b'"\\udc00\\ud800"',
    b'"\\u0000"',
    b'"tab\there"',
    b'"\x7f"',
    b'"\xff"',
    b'"\xed\xa0\x80"',
    b"'single'",
    b"[1,]",
    b'{"a":1,}',
    b"[01]",
    b"[1.]",
    b"[.5]",
    b"[+1]",
    b"1 2",
    b"// note\n1",
    b"\x00",
    b"\xfe\xff\x00[\x00]",
    b"[" * 500 + b"]" * 500,
    b"[" * 100_000,
    b"<html><body>502 Bad Gateway</body></html>",
    b'{"\xff\x00 this is no JSON',
]


def told(decode: Callable[[bytes], object], body: bytes) -> tuple[str, object]:
    """Tell what a decoder makes of a body: the value with its types, or that it refuses."""
    try:
        return "value", exact(decode(body))
    except (ValueError, RecursionError):
        return "refused", None


def exact(value: object) -> object:
    """Tell 1 from 1.0 and from True, and 0.0 from -0.0."""
    if isinstance(value, dict):
        return {name: exact(one) for name, one in value.items()}
    if isinstance(value, list):
        return [exact(one) for one in value]
    if isinstance(value, float):
        return "float", repr(value), math.copysign(1, value)
    return type(value).__name__, value


@pytest.mark.parametrize("body", CORPUS, ids=lambda body: repr(body[:24]))
def test_both_decoders_agree(body: bytes) -> None:
    """With orjson installed an answer means what it means without it, to the type and the sign of a number."""
    assert json_text._QUICKLY is orjson.loads
    assert told(json_text.decode, body) == told(json_text.decode_plainly, body)


def test_orjson_alone_would_not_agree() -> None:
    """The corpus holds answers that orjson by itself reads otherwise or refuses, so agreeing takes something."""
    assert sum(told(orjson.loads, body) != told(json_text.decode_plainly, body) for body in CORPUS) >= 7


def test_both_decoders_agree_on_damaged_answers() -> None:
    """Whatever a broken gateway makes of an answer, both decoders read the same or both refuse it."""
    dice = random.Random(7)  # noqa: S311 - dice, and the same ones every time
    readable = 0
    for _ in range(4_000):
        body = damaged(REPLY, dice)
        plainly = told(json_text.decode_plainly, body)
        assert told(json_text.decode, body) == plainly, body
        readable += plainly[0] == "value"
    assert readable > 100


def damaged(reply: bytes, dice: random.Random) -> bytes:
    """Change, lose, insert and repeat a few bytes."""
    body = bytearray(reply)
    for _ in range(dice.randint(1, 4)):
        at = dice.randrange(len(body))
        match dice.randrange(4):
            case 0:
                body[at] = dice.randrange(256)
            case 1:
                del body[at : at + dice.randint(1, 9)]
            case 2:
                body[at:at] = bytes(dice.choice(b'0123456789.eE-+"\\{}[],:ntu') for _ in range(dice.randint(1, 6)))
            case _:
                body[at:at] = body[dice.randrange(len(body)) :][: dice.randint(1, 20)]
    return bytes(body)


VALUES: tuple[object, ...] = (
    {"name": '灯 "quoted" \\ \n\t\x01\u2028', "code": Secret("s3cret"), "list": [1, True, None, -3]},
    {"empty": {}, "nested": [[], [{"deep": Secret("x")}]], "long": 10**18, "longer": 10**40, "text": "é" * 5_000},
    [],
    {"": ""},
)


@pytest.mark.parametrize("value", VALUES, ids=lambda value: repr(value)[:24])
def test_both_encoders_agree(value: object) -> None:
    """With orjson installed a body is the same, to the byte, and secrets are revealed in it."""
    quickly = json_text.encode(value, revealed)
    assert quickly == json_text.encode_plainly(value, revealed)
    assert json_text.decode_plainly(quickly) == json.loads(json.dumps(value, default=revealed))


@pytest.mark.parametrize("encode", [json_text.encode, json_text.encode_plainly])
def test_half_a_character_is_no_body(encode: Callable[[object, Callable[[object], str]], bytes]) -> None:
    """Neither encoder writes what UTF-8 has no bytes for."""
    with pytest.raises(UnicodeEncodeError):
        encode({"name": "\ud800"}, revealed)


def revealed(secret: object) -> str:
    """Give what stands for a secret in a body."""
    assert isinstance(secret, Secret)
    return secret.reveal()


def test_the_extra_is_not_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without orjson the standard library decodes and encodes, and nothing else changes."""
    monkeypatch.setitem(sys.modules, "orjson", None)
    found = util.find_spec("sharebind.http.json_text")
    assert found is not None
    assert found.loader is not None
    fresh = util.module_from_spec(found)
    found.loader.exec_module(fresh)
    assert fresh._QUICKLY is None
    assert [fresh.encode(value, revealed) for value in VALUES] == [
        json_text.encode(value, revealed) for value in VALUES
    ]
    assert [told(fresh.decode, body) for body in CORPUS] == [told(json_text.decode, body) for body in CORPUS]
