"""What a check is: a promise, the capabilities that it takes, and a function that holds it against a rig."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterable
from types import ModuleType
from typing import cast

import attrs

from sharebind.capabilities import Capability
from sharebind.testing.rig import Rig

Run = Callable[[Rig], Awaitable[None]]


class Broken(AssertionError):  # noqa: N818 - it reads as what it says: a promise is broken
    """A promise does not hold; the message says what was asked and what came."""


@attrs.frozen(kw_only=True)
class Check:
    """One promise.

    ``takes`` names the capabilities that it is about and those that its steps use: an account that has one of them
    ``ABSENT`` or ``UNKNOWN`` is not judged by it. ``absent`` turns the check around: it is judged only where that
    capability is ``ABSENT``.
    """

    name: str
    promise: str
    run: Run
    takes: tuple[Capability, ...] = ()
    absent: Capability | None = None


def check(*takes: Capability) -> Callable[[Run], Check]:
    """Make a check of a function: its name is the check's, the first line of its docstring the promise."""

    def make(run: Run) -> Check:
        name = getattr(run, "__name__", "")
        promise = (inspect.getdoc(run) or "").partition("\n")[0]
        return Check(name=name, promise=promise, run=run, takes=takes)

    return make


def checks_of(modules: Iterable[ModuleType]) -> tuple[Check, ...]:
    """Give the checks of modules, in the order in which they stand there."""
    found: list[Check] = []
    for module in modules:
        for value in vars(module).values():
            if isinstance(value, Check):
                found.append(value)
            elif isinstance(value, tuple):
                found.extend(each for each in cast("tuple[object, ...]", value) if isinstance(each, Check))
    return tuple(found)


def expect(holds: object, otherwise: str) -> None:
    """Break the check unless this holds; a plain ``assert`` would be gone under ``python -O``."""
    if not holds:
        raise Broken(otherwise)
