"""What the conformance kit needs of a vendor: a few accounts, devices that nobody has bound, a clock, and staging.

An author writes one rig, mostly on an emulated cloud of the vendor (``EmulatedRig`` does most of it there), and every
check of the kit runs on it. A rig is one small world: each check gets a fresh one.
"""

from __future__ import annotations

import abc
from collections.abc import Mapping
from datetime import datetime, timedelta
from types import TracebackType
from typing import ClassVar, NoReturn, Self

import attrs

from sharebind.account import Account
from sharebind.bindings import Pairing, Proof
from sharebind.clock import Clock
from sharebind.specs import ProviderSpec
from sharebind.values import DeviceRef, Role, Somebody, Space


class NotStagedError(Exception):
    """This rig cannot bring about what a check needs: the check is not judged, and the report says why."""


class RigBrokenError(Exception):
    """The rig itself fails or does not do what it says: nothing is judged, and the run does not pass either."""


@attrs.frozen(kw_only=True)
class FreeDevice:
    """A device that nobody has bound; ``proofs`` is each way to bind it, the most usual one first.

    ``pairs`` says that it can be paired as well: the account begins a pairing, the rig plays the device with
    ``report_pairing``, and the token of the pairing is the proof.
    """

    device: DeviceRef
    proofs: tuple[Proof, ...] = ()
    pairs: bool = False


class Rig(abc.ABC):
    """One small world at a vendor, with people, devices and a clock.

    Use it as ``async with``. ``owner`` and ``guest`` are different people with nothing bound; ``other`` is a third one
    where the vendor's world has one. Each person has exactly one home, where the vendor has homes. ``clock`` is the one
    that their ``Sharebind`` was given; the vendor must go by it too, or the ends of shares cannot be judged. That
    ``Sharebind`` has ``retries=NO_RETRIES``: what a bad day does to one call must not be mended by a second.

    What is not abstract stages bad days: a rig that leaves such a method alone has the checks that need it not judged.
    Whatever else than ``NotStagedError`` a rig raises is the rig's own fault, and reported as such.
    """

    provider: ClassVar[str]
    owner: Account
    guest: Account
    other: Account | None = None
    clock: Clock

    @abc.abstractmethod
    async def __aenter__(self) -> Self:
        """Make the world."""

    @abc.abstractmethod
    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Take it down."""

    @abc.abstractmethod
    def free_device(self) -> FreeDevice:
        """Give a device that nobody has bound; each call gives another one, eight at least."""

    @abc.abstractmethod
    def known_as(self, account: Account) -> tuple[Somebody, ...]:
        """Give every form in which others can name the person behind an account.

        A ``UserId`` among them is the one that the owner's lists show for this person.
        """

    @abc.abstractmethod
    def advance(self, by: timedelta) -> None:
        """Let time pass, for the vendor and for every account."""

    def now(self) -> datetime:
        """Give the present moment of this world, which is what ``clock`` says unless a rig knows better."""
        if not hasattr(self, "clock"):
            raise RigBrokenError("the rig has no clock: set it in __aenter__ to what Sharebind(clock=…) was given")
        return self.clock.now()

    @abc.abstractmethod
    def requests(self) -> int:
        """Count the requests that have reached the vendor."""

    @abc.abstractmethod
    async def restart(self, account: Account) -> Account:
        """Give another account of the same person, as a restarted process would have it: nothing is remembered.

        It comes from a ``Sharebind`` of its own. A token store that a host would keep over a restart may be kept.
        """

    def spec(self) -> ProviderSpec | None:
        """Give the provider under test, so that its settings and its claims are looked at too."""
        return None

    def secrets_of(self, account: Account) -> tuple[str, ...]:
        """Give what must never be seen of an account: its tokens, passwords and keys, those that it has now among them.

        No log, no output and no error may show them. The codes that the checks make are watched anyway.
        """
        del account
        return ()

    def held(self, account: Account) -> Mapping[DeviceRef, Role] | None:
        """Say what a person holds by the vendor's own books, ``None`` where the rig cannot look into them.

        That is what they bound, as ``OWNER``, and what they can use by a live share, as ``GUEST``. The kit believes
        these books rather than lists that come through the adapter under test.
        """
        del account
        return None

    def broken(self) -> tuple[str, ...]:
        """Tell how the adapter's requests broke the vendor's contract so far; a check fails where they did."""
        return ()

    def renews(self, account: Account) -> bool:
        """Tell whether an account can get another token by itself when its own dies."""
        del account
        return False

    def homes_of(self, account: Account) -> tuple[Space, ...]:
        """Give the homes of a person, none where the vendor has no homes."""
        del account
        return ()

    async def have_homes(self) -> None:
        """Have the vendor keep homes from now on, where that is a setting of an app and the world begins without."""
        self._cannot("name homes")

    def rooms_of(self, account: Account) -> tuple[Space, ...]:
        """Give rooms of a person's homes, where no call of the vendor's lists them."""
        del account
        return ()

    def space_for(self, account: Account) -> Space | None:
        """Give the home to bind into, where the vendor wants one and no call of its lists the person's homes."""
        del account
        return None

    async def report_pairing(self, pairing: Pairing, device: DeviceRef) -> None:
        """Play the device that was handed a pairing token and reports to its cloud."""
        del pairing, device
        self._cannot("play a device that is being paired")

    async def bind_elsewhere(self, account: Account, device: DeviceRef) -> None:
        """Bind a free device for a person as the vendor's own app would, where the adapter itself binds nothing."""
        del account, device
        self._cannot("bind a device by another way than the adapter, which binds nothing")

    async def many_devices(self, account: Account) -> frozenset[DeviceRef]:
        """Give a person so many more devices that the list of them takes three pages or more, and name those."""
        del account
        self._cannot("give somebody three pages of devices")

    async def many_guests(self, account: Account, device: DeviceRef) -> int:
        """Share an owner's device with so many people that the list takes three pages or more, and count them."""
        del account, device
        self._cannot("share a device with three pages of people")

    async def break_part(self, account: Account, device: DeviceRef) -> None:
        """Make one part of the owner's list of shares unreadable: that of this device, or of the home it is in.

        Where a vendor has one list for all devices it is the entry of this device that cannot be read.
        """
        del account, device
        self._cannot("make a part of a list unreadable")

    async def end_tokens(self, account: Account) -> None:
        """Let every token of a person die at once."""
        del account
        self._cannot("end a token")

    async def unknown_code(self, *, changes: bool) -> None:
        """Have the vendor refuse the next read, or the next change, with a code that no table knows.

        One that still waits is replaced by this one; so it is with ``lose_answer`` and ``stall``.
        """
        del changes
        self._cannot("refuse with an unknown code")

    async def unknown_numbers(self) -> None:
        """Have the vendor send values that no table knows wherever its lists hold an enumeration, number or text."""
        self._cannot("send unknown numbers")

    async def lose_answer(self) -> None:
        """Have the vendor do the next change and never answer it."""
        self._cannot("lose an answer")

    async def stall(self, seconds: float) -> None:
        """Have the vendor answer the next change only after that time, and do it, unless it was given up meanwhile."""
        del seconds
        self._cannot("answer late")

    def _cannot(self, what: str) -> NoReturn:
        raise NotStagedError(f"the rig of {self.provider} cannot {what}")
