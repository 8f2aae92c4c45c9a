"""The base of every vendor's emulated cloud."""

from __future__ import annotations

import abc
from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, ClassVar, Final

import attrs

from sharebind.emulator.clock import EmulatedClock
from sharebind.emulator.faults import Faults
from sharebind.emulator.world import Device, Guess, GuessValue, Recorded, User, Violation

LONGEST_PAST: Final = 1000


@attrs.frozen(kw_only=True)
class Request:
    """Hold one request to a vendor's cloud.

    `path` starts below the base URL. `body` is the decoded JSON, None when there is none or it cannot be read; `form`
    holds urlencoded fields.
    """

    method: str
    path: str
    query: Mapping[str, list[str]] = attrs.field(factory=dict[str, list[str]])
    headers: Mapping[str, str] = attrs.field(factory=dict[str, str], repr=False)
    body: object = None
    form: Mapping[str, list[str]] = attrs.field(factory=dict[str, list[str]])
    raw_body: bytes = attrs.field(default=b"", repr=False)


@attrs.frozen(kw_only=True)
class Answer:
    """Hold what a cloud answers: `body` becomes JSON, `code` is the vendor's code, `effect` says a state changed.

    `empty` answers without any body, which is something else than the JSON `null`.
    """

    status: int = 200
    body: object = None
    code: str = ""
    effect: bool = False
    empty: bool = False


Rewrite = Callable[[str | None, Any], object]
"""Takes the vendor's name of a call and the body that would answer it, and gives the body that does."""


class Cloud(abc.ABC):
    """Be one vendor's cloud: judge requests against the contract and keep the state they change.

    A vendor's class fills `app`, `users` and `devices` in `reset`, after calling the base's. A test may set `rewrite`
    to see what a client makes of an answer that this cloud would not give, such as a number of a later release.
    """

    provider: ClassVar[str]
    GUESSES: ClassVar[tuple[Guess, ...]] = ()
    ROOTS: ClassVar[tuple[str, ...]] = ()
    """Where the vendor's absolute paths begin, such as "/v2/"; the server's origin answers them like the base URL."""

    LISTS: ClassVar[frozenset[str]] = frozenset()
    """The calls that the fault "lag" makes old; a class that names some gives `picture` and `show` too."""

    def __init__(self, clock: EmulatedClock, seed: int) -> None:
        self.clock = clock
        self.seed = seed
        self.opened_at = clock.now().replace(microsecond=0)
        self.base_url = ""
        self.app: dict[str, str] = {}
        self.users: list[User] = []
        self.devices: list[Device] = []
        self.requests: list[Recorded] = []
        self.violations: list[Violation] = []
        self.faults = Faults(seed, self.LISTS, self.operations)
        self.guesses: dict[str, Guess] = {}
        self.past: deque[tuple[datetime, object]] = deque(maxlen=LONGEST_PAST)
        self.rewrite: Rewrite | None = None

    def open(self, base_url: str) -> None:
        """Take the address under which the server answers for this cloud, and seed the world."""
        self.base_url = base_url
        self.reset()

    def reset(self) -> None:
        """Return to the seeded start, with the same ids and tokens.

        Requests, violations, faults, guesses and the rewriting of answers are forgotten.
        """
        self.rewrite = None
        self.requests.clear()
        self.violations.clear()
        self.faults.clear()
        self.past.clear()
        self.guesses = {guess.name: guess for guess in self.GUESSES}

    def guess(self, name: str) -> GuessValue:
        """Return the answer that this cloud gives to an open question now."""
        return self.guesses[name].value

    def set_guess(self, name: str, value: GuessValue) -> None:
        """Answer an open question otherwise; raise ValueError for an unknown question or answer."""
        if name not in self.guesses:
            raise ValueError(f"{self.provider} has no guess {name!r}; it has {', '.join(self.guesses) or 'none'}")
        self.guesses[name] = self.guesses[name].answered(value)

    def user(self, name: str) -> User:
        """Return the person of that name, such as "owner"."""
        for user in self.users:
            if user.name == name:
                return user
        raise LookupError(f"{self.provider} has no user {name!r}; it has {', '.join(user.name for user in self.users)}")

    def caller_of(self, request: Request) -> str | None:  # noqa: ARG002 - a vendor's class says who called
        """Return the name of the user whose token the request carries, None when nobody's."""
        return None

    def picture(self) -> object:
        """Return a copy of what the lists read; only a class that names LISTS is asked."""
        raise NotImplementedError(f"{self.provider} names LISTS without a picture of them")

    def show(self, picture: object) -> None:
        """Let the lists read this picture; only a class that names LISTS is asked."""
        raise NotImplementedError(f"{self.provider} names LISTS without a way to show a picture")

    def operations(self) -> frozenset[str]:
        """Return the vendor's name of every call there is; a class that names none lets a fault wait for any name."""
        return frozenset()

    def codes(self, operation: str) -> frozenset[str]:  # noqa: ARG002 - a vendor's class knows its contract
        """Return every code that the vendor documents as an answer to a call, but for success."""
        return frozenset()

    @abc.abstractmethod
    def operation_of(self, request: Request) -> str | None:
        """Return the vendor's name of the call, None when the contract knows no such call."""

    @abc.abstractmethod
    def answer(self, operation: str | None, request: Request) -> Answer:
        """Judge the request, execute it and answer it, in that order."""

    @abc.abstractmethod
    def failure(self, operation: str | None, code: str, request: Request) -> Answer:
        """Return a refusal with that code in the vendor's envelope."""

    @abc.abstractmethod
    def state(self) -> dict[str, object]:
        """Return a plain-JSON picture: bindings (product, device, user_id, role) and shares.

        Bindings name everybody who holds a device now: as owner, member, or guest through a share.

        A share has product, device, from, to, state (offered, active or ended, then with a reason) and, where there
        is one, its code. The cloud's own clock judges the state.
        """

    def describe(self) -> dict[str, object]:
        """Return address, app, users and devices as plain JSON, with the same keys for every vendor."""
        return {
            "base_url": self.base_url,
            "app": dict(self.app),
            "users": [attrs.asdict(user) for user in self.users],
            "devices": [attrs.asdict(device) for device in self.devices],
        }
