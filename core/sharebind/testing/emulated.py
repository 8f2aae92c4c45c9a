"""A rig on a vendor's emulated cloud: everything but what the vendor's own words are needed for."""

from __future__ import annotations

import abc
import functools
from collections.abc import Callable, Iterable, Mapping
from contextlib import AsyncExitStack
from datetime import timedelta
from types import TracebackType
from typing import Any, ClassVar, Final, Self, cast, get_args, get_type_hints

import attrs

from sharebind.account import Account
from sharebind.bindings import Proof
from sharebind.calls import Client
from sharebind.emulator import Cloud, Clouds, Device, GuessValue, User, emulate
from sharebind.events import Observer
from sharebind.facade import Sharebind
from sharebind.protocols import Provider
from sharebind.registry import Registry
from sharebind.retries import NO_RETRIES
from sharebind.secrets import Secret
from sharebind.specs import ProviderSpec, Setup
from sharebind.testing.rig import FreeDevice, NotStagedError, Rig
from sharebind.values import DeviceRef, Email, Phone, Role, Somebody, Space, UserId

STRANGE: Final = 97
"""A number that no vendor has given a meaning."""


class EmulatedRig(Rig):
    """A world of one emulated cloud, with three people and their accounts.

    A vendor's rig says how its accounts are set up (``settings``), how its devices are proved (``proofs``), which of
    its calls change something, and stages what the cloud can. Each world gets a cloud of its own; ``guesses`` answers
    the cloud's open questions otherwise.
    """

    CHANGES: ClassVar[frozenset[str]] = frozenset()
    """The vendor's names of the calls that change something; without them no bad day of a call can be staged."""

    NUMBERS: ClassVar[frozenset[str]] = frozenset()
    """The vendor's names of the fields that hold an enumeration; without them no unknown numbers can be staged."""

    PAIRS: ClassVar[bool] = False
    """Whether the devices can be paired; ``report_pairing`` then plays them."""

    UNKNOWN_CODE: ClassVar[str] = "9999999"
    """A code that the vendor has not."""

    def __init__(self, *, seed: int = 7, guesses: Mapping[str, GuessValue] | None = None) -> None:
        self._seed = seed
        self._guesses = dict(guesses or {})
        self._open = AsyncExitStack()
        self._handed_out = 0
        self._through: Callable[[Client], Client] | None = None
        self._host: Sharebind
        self.clouds: Clouds
        self.cloud: Cloud

    @abc.abstractmethod
    def spec(self) -> ProviderSpec:
        """Give the provider under test."""

    @abc.abstractmethod
    def settings(self, user: User) -> Mapping[str, Any]:
        """Give the settings of a person's account, without the address."""

    @abc.abstractmethod
    def proofs(self, device: Device) -> tuple[Proof, ...]:
        """Give each way to bind a device, the most usual one first."""

    def observers(self) -> Iterable[Observer]:
        """Give who sees what the accounts do: nobody, unless a rig says otherwise."""
        return ()

    async def __aenter__(self) -> Self:
        """Start the cloud and open the accounts."""
        try:
            return await self._start()
        except BaseException:
            await self._open.aclose()
            raise

    async def _start(self) -> Self:
        spec = self.spec()
        if spec.emulator is None:
            raise NotStagedError(f"provider {spec.name} has no emulator")
        self.clouds = await self._open.enter_async_context(emulate(spec.emulator(), seed=self._seed))
        self.clock = self.clouds.clock
        self.cloud = self.clouds[spec.name]
        self._answer_guesses()
        self._host = await self._sharebind()
        self.reopen()
        return self

    def _answer_guesses(self) -> None:
        for name, value in self._guesses.items():
            self.cloud.set_guess(name, value)

    def reopen(self, timeout: timedelta | None = None) -> None:
        """Open the three accounts anew, so that they remember nothing; ``timeout`` is that of each of their calls."""
        self.owner, self.guest, self.other = (
            self._account(self._host, name, timeout) for name in ("owner", "guest", "other")
        )

    def start_over(self) -> None:
        """Return to the world as it was at the start, on the same socket; this takes less than another world."""
        self.clouds.reset()
        self._answer_guesses()
        self._handed_out = 0
        self.reopen()

    def send_through(self, through: Callable[[Client], Client]) -> None:
        """Have every account's requests go through another client, which may hand them on; say so before it opens."""
        self._through = through

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close the accounts and stop the cloud."""
        await self._open.aclose()

    async def _sharebind(self) -> Sharebind:
        made = Sharebind(
            registry=Registry(specs=[self._spec_through()]),
            clock=self.clouds.clock,
            observers=self.observers(),
            retries=NO_RETRIES,
        )
        return await self._open.enter_async_context(made)

    def _spec_through(self) -> ProviderSpec:
        spec, through = self.spec(), self._through
        if through is None:
            return spec

        def make(settings: Any, setup: Setup) -> Provider:
            return spec.factory(settings, attrs.evolve(setup, client=through(setup.client)))

        return attrs.evolve(spec, factory=make)

    def _account(self, sharebind: Sharebind, name: str, timeout: timedelta | None = None) -> Account:
        settings = {**self.settings(self.cloud.user(name)), "base_url": self.cloud.base_url}
        return sharebind.open_account(self.cloud.provider, settings, name=name, timeout=timeout)

    def free_device(self) -> FreeDevice:
        """Give the next of the cloud's free devices."""
        if self._handed_out == len(self.cloud.devices):
            raise NotStagedError(f"the emulated {self.cloud.provider} has no more than {self._handed_out} free devices")
        device = self.cloud.devices[self._handed_out]
        self._handed_out += 1
        return FreeDevice(device=DeviceRef(device.device, device.product), proofs=self.proofs(device), pairs=self.PAIRS)

    def known_as(self, account: Account) -> tuple[Somebody, ...]:
        """Name a person by user id, e-mail address and phone."""
        user = self.cloud.user(account.name)
        return UserId(user.user_id), Email(user.email), Phone(user.phone["country"], user.phone["number"])

    def advance(self, by: timedelta) -> None:
        """Move the clock that cloud and accounts share."""
        self.clouds.clock.advance(by)

    def requests(self) -> int:
        """Count what reached the cloud."""
        return len(self.cloud.requests)

    async def restart(self, account: Account) -> Account:
        """Open the person's account in another ``Sharebind``."""
        return self._account(await self._sharebind(), account.name)

    def secrets_of(self, account: Account) -> tuple[str, ...]:
        """Give those of a person's settings that are secrets."""
        given = self.settings(self.cloud.user(account.name))
        secret = (value for name, value in given.items() if name in self._secret_settings)
        return tuple(value.reveal() if isinstance(value, Secret) else str(value) for value in secret)

    @functools.cached_property
    def _secret_settings(self) -> frozenset[str]:
        """The names of the settings that are secrets, read once: it takes longer than a call."""
        hints = get_type_hints(self.spec().settings)
        return frozenset(name for name, hint in hints.items() if Secret in (hint, *get_args(hint)))

    def held(self, account: Account) -> Mapping[DeviceRef, Role]:
        """Read the cloud's own books."""
        user_id = self.cloud.user(account.name).user_id
        bindings = cast("Iterable[dict[str, str]]", self.cloud.state()["bindings"])
        mine = (each for each in bindings if each["user_id"] == user_id)
        return {DeviceRef(each["device"], each["product"]): Role(each["role"]) for each in mine}

    def broken(self) -> tuple[str, ...]:
        """Tell the cloud's violations."""
        return tuple(f"{each.operation}: {each.parameter} {each.what}" for each in self.cloud.violations)

    def homes_of(self, account: Account) -> tuple[Space, ...]:
        """Give a person's homes."""
        return tuple(Space(home) for home in self.cloud.user(account.name).homes)

    async def end_tokens(self, account: Account) -> None:
        """Let every token of a person die, where the cloud has an ``end_tokens(user_name)`` as ``RoutedCloud`` has."""
        end: Callable[[str], None] | None = getattr(self.cloud, "end_tokens", None)
        if end is None:
            self._cannot("end a token: its cloud has no end_tokens()")
        end(account.name)

    async def unknown_code(self, *, changes: bool) -> None:
        """Refuse the next read, or the next change, with a code that the vendor has not."""
        self._next("code", changes=changes, code=self.UNKNOWN_CODE)

    async def unknown_numbers(self) -> None:
        """Send a number that no list of the vendor has, wherever an answer holds an enumeration."""
        if not self.NUMBERS:
            self._cannot("send unknown numbers: it names no NUMBERS")
        self.cloud.rewrite = lambda _operation, body: _renumbered(body, self.NUMBERS)

    async def lose_answer(self) -> None:
        """Do the next change, and end the connection without an answer."""
        self._next("lost", changes=True)

    async def stall(self, seconds: float) -> None:
        """Answer the next change late."""
        self._next("delay", changes=True, seconds=seconds)

    def _next(self, kind: str, *, changes: bool, **options: Any) -> None:
        """Have a fault wait for the next change, or the next read, whichever call that is."""
        if not self.CHANGES:
            self._cannot("tell reads from changes: it names no CHANGES")
        self.cloud.faults.clear()
        for operation in sorted(self.CHANGES if changes else self.cloud.operations() - self.CHANGES):
            self.cloud.faults.add(kind, operation=operation, **options)


def _renumbered(body: object, names: frozenset[str]) -> object:
    """Put an unknown number wherever a field of these names stands."""
    if isinstance(body, dict):
        fields = cast("dict[str, object]", body)
        return {name: STRANGE if name in names else _renumbered(value, names) for name, value in fields.items()}
    if isinstance(body, list):
        return [_renumbered(item, names) for item in cast("list[object]", body)]
    return body
