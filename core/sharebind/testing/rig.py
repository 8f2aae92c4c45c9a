"""What the conformance kit needs of a vendor: a few accounts, devices that nobody has bound, a clock, and staging.

An author writes one rig, mostly on an emulated cloud of the vendor (``EmulatedRig`` does most of it there), and every
check of the kit runs on it. A rig is one small world: each check gets a fresh one.
"""

from __future__ import annotations

import abc
from collections.abc import Mapping
from datetime import timedelta
from types import TracebackType
from typing import ClassVar, NoReturn, Self

import attrs

from sharebind.account import Account
from sharebind.bindings import Pairing, Proof
from sharebind.values import DeviceRef, Role, Somebody, Space


class NotStagedError(Exception):
    """This rig cannot bring about what a check needs: the check is not judged, and the report says why."""


@attrs.frozen(kw_only=True)
class FreeDevice:
    """A device that nobody has bound; ``proofs`` is each way to bind it, the most usual one first."""

    device: DeviceRef
    proofs: tuple[Proof, ...]


class Rig(abc.ABC):
    """One small world at a vendor, with people, devices and a clock.

    Use it as ``async with``. ``owner`` and ``guest`` are different people with nothing bound; ``other`` is a third one
    where the vendor's world has one. Each person has exactly one home, where the vendor has homes.

    What is not abstract stages bad days: a rig that leaves such a method alone has the checks that need it not judged.
    """

    provider: ClassVar[str]
    owner: Account
    guest: Account
    other: Account | None = None

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
        """Give a device that nobody has bound; each call gives another one, five at least."""

    @abc.abstractmethod
    def known_as(self, account: Account) -> tuple[Somebody, ...]:
        """Give every form in which others can name the person behind an account."""

    @abc.abstractmethod
    def advance(self, by: timedelta) -> None:
        """Let time pass, for the vendor and for every account."""

    @abc.abstractmethod
    def requests(self) -> int:
        """Count the requests that have reached the vendor."""

    @abc.abstractmethod
    async def restart(self, account: Account) -> Account:
        """Give an account of the same person as a restarted process would have it: nothing is remembered."""

    def held(self, account: Account) -> Mapping[DeviceRef, Role] | None:
        """Say what a person holds by the vendor's own books, ``None`` where the rig cannot look into them.

        The kit believes these books rather than lists that come through the adapter under test.
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

    def space_for(self, account: Account) -> Space | None:
        """Give the home to bind into, where the vendor wants one and no call of its lists the person's homes."""
        del account
        return None

    async def report_pairing(self, pairing: Pairing, device: DeviceRef) -> None:
        """Play the device that was handed a pairing token and reports to its cloud."""
        del pairing, device
        self._cannot("play a device that is being paired")

    async def many_devices(self, account: Account) -> frozenset[DeviceRef]:
        """Give a person so many more devices that the list of them takes three pages or more, and name those."""
        del account
        self._cannot("give somebody three pages of devices")

    async def many_guests(self, account: Account, device: DeviceRef) -> int:
        """Share an owner's device with so many people that the list takes three pages or more, and count them."""
        del account, device
        self._cannot("share a device with three pages of people")

    async def break_part(self, account: Account, device: DeviceRef) -> None:
        """Make one part of the owner's list of shares unreadable: that of this device, or of the home it is in."""
        del account, device
        self._cannot("make a part of a list unreadable")

    async def end_tokens(self, account: Account) -> None:
        """Let every token of a person die at once."""
        del account
        self._cannot("end a token")

    async def unknown_code(self, *, changes: bool) -> None:
        """Have the vendor refuse the next read, or the next change, with a code that no table knows."""
        del changes
        self._cannot("refuse with an unknown code")

    async def unknown_numbers(self) -> None:
        """Have the vendor send numbers that no table knows wherever its lists hold an enumeration."""
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
