"""A vendor's cloud as an object: people, devices, shares, a clock, and one door through which every request goes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final, Generic, TypeVar

import attrs

from sharebind.emulator import EmulatedClock
from sharebind.secrets import Secret
from sharebind.testing.reference.holding import Holdings
from sharebind.testing.reference.people import People, Session
from sharebind.testing.reference.records import STRANGE, Grant, Holding, Home, Refusal, Silence, User
from sharebind.testing.reference.sharing import Shares
from sharebind.values import DeviceRef, Phone

T = TypeVar("T")

PAGE: Final = 10
"""How many entries of a list one request gives."""


@attrs.frozen(kw_only=True)
class Sheet(Generic[T]):
    """One page of a list, and how many entries the whole list has."""

    entries: tuple[T, ...]
    total: int


@attrs.define(kw_only=True)
class BadDays:
    """What was staged and has not struck yet, or strikes until the world is gone."""

    strange_read: bool = False
    strange_change: bool = False
    answer_lost: bool = False
    stall: float = 0.0
    strange_numbers: bool = False
    broken_parts: set[tuple[str, DeviceRef]] = attrs.field(factory=set[tuple[str, DeviceRef]])

    def strike(self, *, changes: bool) -> None:
        """Refuse this request with a code that nobody knows, if that was staged for its kind."""
        if self.strange_change if changes else self.strange_read:
            if changes:
                self.strange_change = False
            else:
                self.strange_read = False
            raise Refusal(f"code.{STRANGE}")

    def take_stall(self) -> float:
        """Give how long this change is to wait; the next one does not."""
        stall, self.stall = self.stall, 0.0
        return stall

    def take_answer(self) -> None:
        """Lose the answer to this change, if that was staged."""
        if self.answer_lost:
            self.answer_lost = False
            raise Silence


class World:
    """The whole cloud. Whoever asks it something shows a token; what stages bad days and looks into books does not."""

    def __init__(self) -> None:
        self.clock = EmulatedClock()
        self.days = BadDays()
        self.people = People(self.clock)
        self.shares = Shares(self.clock)
        self.holdings = Holdings(self.clock, self.shares)
        self.requests = 0
        self.owner, self.guest, self.other = (self.settle(name) for name in ("owner", "guest", "other"))

    def settle(self, name: str) -> User:
        """Sign a person up, with one home of two rooms."""
        number = self.people.count
        user = User(
            id=f"{100000 + number}",
            username=f"{name}-{number}",
            email=f"{name}-{number}@example.com",
            phone=Phone("86", f"138{number:08}"),
        )
        self.people.add(user, password_of(user))
        self.holdings.make_home(user, f"home of {name}", "hall", "garden")
        return user

    async def ask(self, token: Secret, act: Callable[[User], T], *, changes: bool) -> T:
        """Let the bearer of a token do something: the one door.

        Raises:
            Refusal: the cloud says no, and nothing happened.
            Silence: it was done, and the answer is lost.

        """
        await self._knock()
        if changes:
            await asyncio.sleep(self.days.take_stall())
        user = self.people.bearer(token)
        self.days.strike(changes=changes)
        answer = act(user)
        if changes:
            self.days.take_answer()
        return answer

    async def sign_in(self, email: str, password: Secret) -> Session:
        """Begin a session with a password."""
        await self._knock()
        return self.people.sign_in(email, password)

    async def renew(self, refresh: Secret) -> Session:
        """Begin a session in the place of another one."""
        await self._knock()
        return self.people.renew(refresh)

    def given(self, user: User, device: DeviceRef, offset: int) -> Sheet[Grant]:
        """List what somebody has given of a device."""
        device = self.holdings.device(device).ref
        if (user.id, device) in self.days.broken_parts:
            raise Refusal("part.broken")
        return _sheet([self._told(grant) for grant in self.shares.given(user, device)], offset)

    def devices_given(self, user: User, offset: int) -> Sheet[DeviceRef]:
        """List the devices that somebody has ever shared."""
        return _sheet(self.shares.devices_given(user), offset)

    def received(self, user: User, offset: int) -> Sheet[Grant]:
        """List what somebody was given, invitations among it."""
        return _sheet([self._told(grant) for grant in self.shares.received(user)], offset)

    def held(self, user: User, offset: int) -> Sheet[Holding]:
        """List the devices that somebody holds."""
        held = self.holdings.held(user)
        if self.days.strange_numbers:
            held = tuple(attrs.evolve(holding, role=STRANGE) for holding in held)
        return _sheet(held, offset)

    def homes(self, user: User, offset: int) -> Sheet[Home]:
        """List the homes of a person."""
        return _sheet(self.holdings.homes(user), offset)

    async def _knock(self) -> None:
        self.requests += 1
        await asyncio.sleep(0)

    def _told(self, grant: Grant) -> Grant:
        """Give a share as this cloud's lists tell it."""
        return attrs.evolve(grant, stage=STRANGE, cause=STRANGE) if self.days.strange_numbers else grant


def password_of(user: User) -> Secret:
    """Give the password that a person of this world signs in with."""
    return Secret(f"password-of-{user.username}")


def _sheet(entries: Sequence[T], offset: int) -> Sheet[T]:
    return Sheet(entries=tuple(entries[offset : offset + PAGE]), total=len(entries))
