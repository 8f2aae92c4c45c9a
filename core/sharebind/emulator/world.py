"""What an emulated world is made of: people, devices, what was asked, and what the vendor left open."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final, cast

import attrs

HEX: Final = "0123456789abcdef"

GuessValue = str | int | bool


@attrs.define
class User:
    """Hold one person of the emulated world, with everything that a test needs to sign in as them."""

    name: str
    user_id: str
    email: str
    phone: dict[str, str]
    password: str
    token: str
    homes: list[str] = attrs.field(factory=list[str])


@attrs.define
class Device:
    """Hold one device that nobody has bound at the start; `proof` is what shows that somebody may bind it."""

    product: str
    device: str
    proof: dict[str, str] = attrs.field(factory=dict[str, str])


@attrs.frozen
class Violation:
    """Tell how a request broke the vendor's contract.

    `what` is one of missing, unknown, misplaced, wrong_type, duplicate, unknown_operation, and emulator_error when
    the emulator itself failed.
    """

    operation: str
    parameter: str
    what: str
    detail: str = ""


def _masked(value: object) -> str:
    """Show which fields there are and none of their values: tokens and share codes travel in queries and bodies."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: ***" for name in cast("Iterable[object]", value)) + "}"
    return "None" if value is None else "***"


@attrs.frozen
class Recorded:
    """Keep one request as it came, and what became of it.

    `code` is the vendor's code of the answer, empty when none was given; `effect` tells whether it changed something.
    The repr names the fields of query and body without their values.
    """

    operation: str
    method: str
    path: str
    query: dict[str, list[str]] = attrs.field(repr=_masked)
    body: object = attrs.field(repr=_masked)
    at: datetime
    caller: str | None
    code: str = ""
    effect: bool = False


def _first(guess: Guess) -> GuessValue:
    return guess.values[0]


@attrs.frozen
class Guess:
    """Hold a question that the vendor's documents leave open, and the answer this cloud gives for now."""

    name: str
    values: tuple[GuessValue, ...]
    value: GuessValue = attrs.field(default=attrs.Factory(_first, takes_self=True))
    why: str = attrs.field(kw_only=True)

    def answered(self, value: GuessValue) -> Guess:
        """Return the same question with another of its answers, or raise ValueError naming them."""
        for known in self.values:
            if known == value and type(known) is type(value):
                return attrs.evolve(self, value=known)
        raise ValueError(f"guess {self.name}: {value!r} is none of {', '.join(map(repr, self.values))}")


class Dice(random.Random):
    """Make the same ids again for the same seed."""

    def text(self, alphabet: str, length: int) -> str:
        """Return so many characters of the alphabet."""
        return "".join(self.choices(alphabet, k=length))

    def hex(self, length: int) -> str:
        """Return so many lower-case hex digits."""
        return self.text(HEX, length)

    def digits(self, length: int) -> str:
        """Return so many decimal digits, the first one not 0."""
        return self.text("123456789", 1) + self.text("0123456789", length - 1)
