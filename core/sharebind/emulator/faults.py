"""Faults on demand: what a network or a vendor does on a bad day."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, cast

import attrs

from sharebind.emulator.world import Dice

KINDS: Final[Mapping[str, Mapping[str, type | tuple[type, ...]]]] = {
    "code": {"code": (str, int)},
    "status": {"status": int},
    "garbage": {},
    "html": {},
    "broken_json": {},
    "refuse": {},
    "reset": {},
    "lost": {},
    "cut": {},
    "silence": {},
    "drip": {"seconds": (int, float)},
    "delay": {"seconds": (int, float)},
    "throttle": {"retry_after": (int, float)},
    "lag": {"seconds": (int, float)},
    "script": {"steps": (list, tuple)},
}
"""Every kind of fault and the options it takes."""

DEFAULTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "status": {"status": 503},
    "drip": {"seconds": 0.05},
    "delay": {"seconds": 0.05},
    "throttle": {"retry_after": 1},
    "lag": {"seconds": 5},
}

ALWAYS_AFTER: Final = frozenset({"lost", "cut"})

PASS: Final = "pass"  # noqa: S105 - a word, no password
"""The step of a script that lets a request be answered as ever."""

_NO_STEPS: Final = frozenset({"lag", "script"})


@attrs.define
class Fault:
    """Hold one fault that waits for its request; `left` counts how often it still happens, None is for ever.

    A script has `steps`, of which each request that is hit meets the one `at` which it stands; None lets it pass.
    """

    kind: str
    operation: str | None = None
    left: int | None = 1
    chance: float | None = None
    after: bool = False
    options: dict[str, Any] = attrs.field(factory=dict[str, Any])
    steps: tuple[Fault | None, ...] = ()
    at: int = 0

    def describe(self) -> dict[str, object]:
        """Return the fault as plain JSON, in the words that add it."""
        return {
            "kind": self.kind,
            "operation": self.operation,
            "times": self.left,
            "chance": self.chance,
            "after": self.after,
            **self.options,
        }

    def step(self) -> Fault | None:
        """Return what happens to the next request that is hit, and go on to the one after it."""
        if not self.steps:
            self._use_up()
            return self
        found = self.steps[self.at]
        self.at = (self.at + 1) % len(self.steps)
        if self.at == 0:
            self._use_up()
        return found

    def _use_up(self) -> None:
        if self.left is not None:
            self.left -= 1


@attrs.define
class Strike:
    """Hold what one request meets: how many seconds it waits before its effect and after it, and what answers it.

    Whether that happens before the effect or after it, the `fault` itself says.
    """

    before: float = 0
    after: float = 0
    fault: Fault | None = None

    def meet(self, fault: Fault) -> None:
        """Add a fault; delays add up."""
        if fault.kind != "delay":
            self.fault = fault
        elif fault.after:
            self.after += fault.options["seconds"]
        else:
            self.before += fault.options["seconds"]


class Faults:
    """Keep the faults of one cloud, in the order in which they were added."""

    def __init__(
        self,
        seed: int,
        lists: frozenset[str] = frozenset(),
        operations: Callable[[], frozenset[str]] = frozenset,
    ) -> None:
        """Take the lists that can lag, and what names the calls there are: none stands for any."""
        self._seed = seed
        self._lists = lists
        self._operations = operations
        self._dice = Dice(seed)
        self._waiting: list[Fault] = []

    def add(
        self,
        kind: str,
        *,
        operation: str | None = None,
        times: int | None = 1,
        chance: float | None = None,
        after: bool = False,
        **options: Any,
    ) -> Fault:
        """Add a fault for the next `times` matching requests; of several the first one answers, the next the next.

        `operation` is the vendor's name of a call, one that the cloud knows, None any call. `after=True` executes the
        request first.
        Kinds: code (code=), status (status=503, no readable body), garbage (200 and no JSON), html, broken_json (200
        and half of the JSON), refuse (close without an answer), reset (the same, the hard way), lost (execute, then
        close), cut (execute, send half the body, close), silence (no answer until the client has gone), drip (a byte
        of the body every seconds=, one that never ends if nothing was executed), delay (seconds=), throttle (429,
        retry_after=), lag (lists do not show what happened since the fault was added and less than seconds= ago),
        script (steps=: what each matching request meets in turn, as the name of a kind, as a mapping with `kind`,
        `after` and its options, or as "pass"; `times` counts whole rounds). Raise ValueError for anything else.
        """
        if kind not in KINDS:
            raise ValueError(f"no fault is called {kind!r}; there are {', '.join(KINDS)}")
        options = {**DEFAULTS.get(kind, {}), **options}
        _check(kind, times, chance, options)
        known = self._operations()
        if operation is not None and known and operation not in known:
            raise ValueError(
                f"fault {kind}: no operation is called {operation!r}; there are {', '.join(sorted(known))}"
            )
        if kind == "lag" and (not self._lists or not (operation is None or operation in self._lists)):
            raise ValueError(f"fault lag: only these lists can lag: {', '.join(sorted(self._lists)) or 'none'}")
        steps = tuple(_step(each) for each in options.get("steps", ()))
        fault = Fault(kind, operation, times, chance, after or kind in ALWAYS_AFTER, options, steps)
        self._waiting.append(fault)
        return fault

    def clear(self) -> None:
        """Forget every fault and start the chances anew."""
        self._waiting.clear()
        self._dice = Dice(self._seed)

    def __iter__(self) -> Iterator[Fault]:
        return iter(tuple(self._waiting))

    def __len__(self) -> int:
        return len(self._waiting)

    def take(self, operation: str | None) -> Strike:
        """Return what happens to this request: every delay, and the first fault that answers it."""
        strike = Strike()
        for fault in tuple(self._waiting):
            if fault.kind == "lag" or (fault.kind != "delay" and strike.fault is not None):
                continue
            found = self._next_of(fault, operation)
            if found is not None:
                strike.meet(found)
        return strike

    def may_lag(self) -> bool:
        """Tell whether a list may lag from now on, so that the past has to be kept."""
        return any(fault.kind == "lag" for fault in self._waiting)

    def take_lag(self, operation: str | None) -> float | None:
        """Return by how many seconds this list lags, None when it does not."""
        if operation not in self._lists:
            return None
        for fault in tuple(self._waiting):
            if fault.kind == "lag" and self._next_of(fault, operation) is not None:
                return float(fault.options["seconds"])
        return None

    def _next_of(self, fault: Fault, operation: str | None) -> Fault | None:
        """Return what a fault does to this call, if it strikes it and is no step that lets it pass."""
        if fault.operation is not None and fault.operation != operation:
            return None
        if fault.chance is not None and self._dice.random() >= fault.chance:
            return None
        found = fault.step()
        if fault.left == 0:
            self._waiting = [waiting for waiting in self._waiting if waiting is not fault]
        return found


def _step(given: object) -> Fault | None:
    """Read one step of a script."""
    if given == PASS:
        return None
    wish = cast("Mapping[str, Any]", given if isinstance(given, Mapping) else {"kind": given})
    kind, after = wish.get("kind"), wish.get("after", False)
    if not isinstance(kind, str) or kind not in KINDS or kind in _NO_STEPS:
        able = ", ".join(each for each in KINDS if each not in _NO_STEPS)
        raise ValueError(f"fault script: a step is {PASS!r}, or one of {able}, not {kind!r}")
    if not isinstance(after, bool):
        raise ValueError("fault script: after is true or false")  # noqa: TRY004 - control answers ValueError with 400
    given_options = {name: value for name, value in wish.items() if name not in {"kind", "after"}}
    options = {**DEFAULTS.get(kind, {}), **given_options}
    _check(kind, None, None, options)
    return Fault(kind, after=after or kind in ALWAYS_AFTER, options=options)


def _check(kind: str, times: int | None, chance: float | None, options: Mapping[str, Any]) -> None:
    """Refuse options that this kind of fault would not understand, so that no test waits for a fault in vain."""
    if times is not None and times < 1:
        raise ValueError(f"fault {kind}: times must be 1 or more, or None for always")
    if chance is not None and not 0 <= chance <= 1:
        raise ValueError(f"fault {kind}: chance must lie between 0 and 1")
    wanted = KINDS[kind]
    for name in options:
        if name not in wanted:
            raise ValueError(f"fault {kind} has no option {name!r}; it has {', '.join(wanted) or 'none'}")
    for name, types in wanted.items():
        value = options.get(name)
        if isinstance(value, bool) or not isinstance(value, types) or value == []:
            what = "what happens in turn" if name == "steps" else "a number or text of the right kind"
            raise ValueError(f"fault {kind} needs {name}=, {what}")
