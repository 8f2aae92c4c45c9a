"""The rig of the reference provider: a world of its own for each check, with every bad day staged."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from types import TracebackType
from typing import ClassVar, Final, Self

from sharebind.account import Account
from sharebind.bindings import ByBindingCode, ByIdentity, BySerial, ByText, Pairing
from sharebind.facade import Sharebind
from sharebind.registry import Registry
from sharebind.retries import NO_RETRIES
from sharebind.specs import ProviderSpec
from sharebind.testing.reference.codes import PROVIDER
from sharebind.testing.reference.provider import ReferenceProvider
from sharebind.testing.reference.reading import role_of
from sharebind.testing.reference.records import Device, Terms, User
from sharebind.testing.reference.settings import ReferenceSettings
from sharebind.testing.reference.spec import reference_spec
from sharebind.testing.reference.world import PAGE, World, password_of
from sharebind.testing.rig import FreeDevice, Rig
from sharebind.values import DeviceRef, Overlap, Role, Somebody, Space

MANY: Final = 2 * PAGE + 5
"""Three pages, the last one not full."""


class ReferenceRig(Rig):
    """One small world in the reference cloud.

    Args:
        provider: the class of the adapter; a mutant of the reference provider, where the kit itself is tested.

    """

    provider: ClassVar[str] = PROVIDER

    def __init__(self, provider: type[ReferenceProvider] = ReferenceProvider) -> None:
        self.world = World()
        self.clock = self.world.clock
        self._class = provider
        self._opened: list[Sharebind] = []

    async def __aenter__(self) -> Self:
        """Open the accounts of three people."""
        self.owner, self.guest, self.other = (self._open(user) for user in self._people.values())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close them."""
        for sharebind in self._opened:
            await sharebind.aclose()

    def free_device(self) -> FreeDevice:
        """Give a device that nobody has bound."""
        device = self.world.holdings.build()
        proofs = (
            ByIdentity(),
            BySerial(device.serial, device.ref.product),
            ByText(device.label),
            ByBindingCode(device.binding_code),
        )
        return FreeDevice(device=device.ref, proofs=proofs, pairs=True)

    def known_as(self, account: Account) -> tuple[Somebody, ...]:
        """Give every form in which others can name a person."""
        return self._person(account).names

    def advance(self, by: timedelta) -> None:
        """Let time pass, for the cloud and for every account."""
        self.world.clock.advance(by)

    def requests(self) -> int:
        """Count the requests that have reached the cloud."""
        return self.world.requests

    async def restart(self, account: Account) -> Account:
        """Open an account of the same person beside the others, with nothing remembered."""
        return self._open(self._person(account))

    def spec(self) -> ProviderSpec:
        """Give the reference provider, or its mutant."""
        return reference_spec(self.world, self._class)

    def secrets_of(self, account: Account) -> tuple[str, ...]:
        """Give a person's password, and the tokens that are good now."""
        user = self._person(account)
        tokens = self.world.people.tokens_of(user)
        return password_of(user).reveal(), *(token.reveal() for token in tokens)

    def held(self, account: Account) -> Mapping[DeviceRef, Role]:
        """Say what a person holds by the cloud's own books."""
        held = self.world.holdings.held(self._person(account))
        return {holding.device.ref: role_of(holding) for holding in held}

    def renews(self, account: Account) -> bool:
        """Every account here can sign in by itself."""
        del account
        return True

    def homes_of(self, account: Account) -> tuple[Space, ...]:
        """Give the homes of a person."""
        return tuple(Space(home.id, name=home.name) for home in self.world.holdings.homes(self._person(account)))

    async def report_pairing(self, pairing: Pairing, device: DeviceRef) -> None:
        """Play the device that was handed a pairing token."""
        self.world.holdings.report(pairing.token, device)

    async def many_devices(self, account: Account) -> frozenset[DeviceRef]:
        """Give a person three pages of devices."""
        user = self._person(account)
        return frozenset(self._bound(user).ref for _ in range(MANY))

    async def many_guests(self, account: Account, device: DeviceRef) -> int:
        """Share a device with three pages of people."""
        owner, shares = self._person(account), self.world.shares
        for _ in range(MANY):
            guest = self.world.settle("guest")
            made = shares.make(owner, device, guest, Terms(), Overlap.KEEP)
            shares.take_offer(guest, made.id, None)
        return MANY

    async def break_part(self, account: Account, device: DeviceRef) -> None:
        """Make the shares of a device unreadable to its owner."""
        self.world.days.broken_parts.add((self._person(account).id, device))

    async def end_tokens(self, account: Account) -> None:
        """Let every token of a person die at once."""
        self.world.people.end_sessions(self._person(account))

    async def unknown_code(self, *, changes: bool) -> None:
        """Refuse the next read, or the next change, with a code that no table knows."""
        if changes:
            self.world.days.strange_change = True
        else:
            self.world.days.strange_read = True

    async def unknown_numbers(self) -> None:
        """Send numbers that no table knows in all lists."""
        self.world.days.strange_numbers = True

    async def lose_answer(self) -> None:
        """Do the next change and never answer it."""
        self.world.days.answer_lost = True

    async def stall(self, seconds: float) -> None:
        """Answer the next change only after that time."""
        self.world.days.stall = seconds

    @property
    def _people(self) -> dict[str, User]:
        return {"owner": self.world.owner, "guest": self.world.guest, "other": self.world.other}

    def _person(self, account: Account) -> User:
        return self._people[account.name]

    def _open(self, user: User) -> Account:
        name = next(name for name, person in self._people.items() if person == user)
        sharebind = Sharebind(registry=Registry(specs=[self.spec()]), clock=self.clock, retries=NO_RETRIES)
        self._opened.append(sharebind)
        settings = ReferenceSettings(email=user.email, password=password_of(user))
        return sharebind.open_account(PROVIDER, settings, name=name)

    def _bound(self, user: User) -> Device:
        holdings = self.world.holdings
        home = holdings.homes(user)[0]
        return holdings.bind(user, ByIdentity(), holdings.build().ref, Space(home.id), None)
