"""Faults on demand: what a network or a vendor does on a bad day."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import attrs

from sharebind.emulator.world import Dice

KINDS: Final[Mapping[str, Mapping[str, type | tuple[type, ...]]]] = {
    "code": {"code": (str, int)},
    "status": {"status": int},
    "garbage": {},
    "html": {},
    "refuse": {},
    "lost": {},
    "cut": {},
    "delay": {"seconds": (int, float)},
    "throttle": {"retry_after": (int, float)},
    "lag": {"seconds": (int, float)},
}
"""Every kind of fault and the options it takes."""

DEFAULTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "status": {"status": 503},
    "delay": {"seconds": 0.05},
    "throttle": {"retry_after": 1},
    "lag": {"seconds": 5},
}

ALWAYS_AFTER: Final = frozenset({"lost", "cut"})


@attrs.define
class Fault:
    """Hold one fault that waits for its request; `left` counts how often it still happens, None is for ever."""

    kind: str
    operation: str | None = None
    left: int | None = 1
    chance: float | None = None
    after: bool = False
    options: dict[str, Any] = attrs.field(factory=dict[str, Any])

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
        """Add a fault for the next `times` matching requests.

        `operation` is the vendor's name of a call, one that the cloud knows, None any call. `after=True` executes the
        request first.
        Kinds: code (code=), status (status=503, no readable body), garbage (200 and no JSON), html, refuse (close
        without an answer), lost (execute, then close), cut (execute, send half the body, close), delay (seconds=),
        throttle (429, retry_after=), lag (lists do not show what happened since the fault was added and less than
        seconds= ago). Raise ValueError for anything else.
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
        fault = Fault(kind, operation, times, chance, after or kind in ALWAYS_AFTER, options)
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

    def take(self, operation: str | None, *, after: bool) -> tuple[float, Fault | None]:
        """Return for how many seconds this request waits now, and the fault that then answers it."""
        delay, answering = 0.0, None
        for fault in tuple(self._waiting):
            if fault.kind == "lag" or fault.after is not after or (fault.kind != "delay" and answering is not None):
                continue
            if not self._strikes(fault, operation):
                continue
            if fault.kind == "delay":
                delay += fault.options["seconds"]
            else:
                answering = fault
        return delay, answering

    def may_lag(self) -> bool:
        """Tell whether a list may lag from now on, so that the past has to be kept."""
        return any(fault.kind == "lag" for fault in self._waiting)

    def take_lag(self, operation: str | None) -> float | None:
        """Return by how many seconds this list lags, None when it does not."""
        if operation not in self._lists:
            return None
        for fault in tuple(self._waiting):
            if fault.kind == "lag" and self._strikes(fault, operation):
                return float(fault.options["seconds"])
        return None

    def _strikes(self, fault: Fault, operation: str | None) -> bool:
        """Tell whether a fault strikes this call, and count it."""
        if fault.operation is not None and fault.operation != operation:
            return False
        if fault.chance is not None and self._dice.random() >= fault.chance:
            return False
        self._use_up(fault)
        return True

    def _use_up(self, fault: Fault) -> None:
        if fault.left is None:
            return
        fault.left -= 1
        if fault.left <= 0:
            self._waiting = [waiting for waiting in self._waiting if waiting is not fault]


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
        if isinstance(value, bool) or not isinstance(value, types):
            raise ValueError(f"fault {kind} needs {name}=, a number or text of the right kind")  # noqa: TRY004 - control answers ValueError with 400
