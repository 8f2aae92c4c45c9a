"""Reading codes of devices: every provider is asked, and what is doubtful is said."""

from __future__ import annotations

import traceback
from typing import Any

import attrs
import pytest

from sharebind import (
    AmbiguousCodeError,
    BySerial,
    ByText,
    DeviceCode,
    DeviceRef,
    InvalidRequestError,
    Secret,
    Sharebind,
    UnknownProviderError,
)

from .conftest import Bench

TEXT = "acme:hunter2-serial"


def reading(bench: Bench, **readers: Any) -> Sharebind:
    """Open a host whose providers read codes like this."""
    return bench.open(*(attrs.evolve(bench.spec(name=name), read_code=reader) for name, reader in readers.items()))


def serial(text: str) -> DeviceCode | None:
    """Read what starts with the vendor's mark."""
    mark, _, rest = text.partition(":")
    return DeviceCode(proof=BySerial(rest), device=DeviceRef("lamp")) if mark == "acme" else None


def anything(text: str) -> DeviceCode:
    """Take any text, without being sure."""
    return DeviceCode(proof=ByText(text), certain=False)


def nothing(_text: str) -> None:
    """Read nothing."""


async def test_whoever_knows_the_text_reads_it(bench: Bench) -> None:
    """One provider knows its mark, and the reading names it."""
    code = reading(bench, acme=serial, other=nothing).read_code(TEXT)
    assert (code.provider, code.device, code.proof) == ("acme", DeviceRef("lamp"), BySerial("hunter2-serial"))
    assert reading(bench, acme=serial).read_code(Secret(TEXT)) == code


async def test_two_readings_are_ambiguous(bench: Bench) -> None:
    """Where several providers know it nobody guesses, and naming one helps."""
    host = reading(bench, acme=serial, twin=serial)
    with pytest.raises(AmbiguousCodeError) as error:
        host.read_code(TEXT)
    assert error.value.choices == ("acme", "twin")
    assert host.read_code(TEXT, provider="twin").provider == "twin"


async def test_a_text_without_a_mark_takes_a_name(bench: Bench) -> None:
    """A doubtful reading counts only where its provider was named, and disturbs nobody else's."""
    host = reading(bench, acme=serial, loose=anything)
    assert host.read_code(TEXT).provider == "acme"
    with pytest.raises(InvalidRequestError, match=r"asked: acme,.* loose"):
        host.read_code("bare")
    assert host.read_code("bare", provider="loose").proof == ByText("bare")


async def test_what_nobody_reads_is_refused(bench: Bench) -> None:
    """A text of no provider is an error, with a name or without."""
    host = reading(bench, acme=serial, mute=None)
    for provider in (None, "acme", "mute"):
        with pytest.raises(InvalidRequestError):
            host.read_code("something else", provider=provider)
    with pytest.raises(UnknownProviderError):
        host.read_code(TEXT, provider="nobody")


@pytest.mark.parametrize("wrong", [("a tuple", None), "a text", 7])
async def test_a_provider_that_fails_is_not_in_the_way(bench: Bench, wrong: Any) -> None:
    """A reader that raises, or gives something else, has read nothing."""

    def breaks(_text: str) -> DeviceCode:
        raise KeyError("bug")

    host = reading(bench, broken=breaks, odd=lambda _text: wrong, acme=serial)
    assert host.read_code(TEXT).provider == "acme"


@pytest.mark.parametrize(
    ("text", "error"), [("", InvalidRequestError), (7, TypeError), (None, TypeError), ("x" * 9000, Exception)]
)
async def test_no_text_is_refused(bench: Bench, text: Any, error: type[Exception]) -> None:
    """What is no text, or longer than a code can be, is a clear error."""
    with pytest.raises(error, match=r"secret|text"):
        reading(bench, acme=serial).read_code(text)


async def test_the_text_is_a_secret(bench: Bench) -> None:
    """A text that proves possession stands in no error and in no traceback with locals."""
    host = reading(bench, acme=serial, twin=serial)
    with pytest.raises(AmbiguousCodeError) as error:
        host.read_code(TEXT)
    told = "".join(traceback.TracebackException.from_exception(error.value, capture_locals=True).format())
    assert "hunter2" not in f"{error.value!r}{told}"
    assert "hunter2" not in repr(host.read_code(TEXT, provider="acme"))
