"""The seeded world of this vendor's cloud, and the look-ups that its actions have in common."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final, TypeVar

import attrs

from sharebind.emulator import Device, Dice, User
from sharebind_tencent.emulator.calls import Call, RefusalError
from sharebind_tencent.emulator.state import (
    Account,
    Binding,
    DeviceKey,
    Home,
    Message,
    Pairing,
    Picture,
    Room,
    Session,
    Share,
)

WRONG_VALUE: Final = "InvalidParameterValue"
NO_PERMISSION: Final = "InvalidParameterValue.NoPermission"

HOMES_OF: Final = {"owner": 1, "guest": 1, "other": 1, "homeless": 0, "landlord": 2}
"""The people of the seeded world, and how many homes each has."""

DEVICES_OF_PRODUCTS: Final = (4, 4)
SEEDED_TOKEN_LIFE: Final = timedelta(days=3650)
DEFAULT_LIMIT: Final = 10
"""Documented for the lists of shares only (contract: default of Limit)."""

UPPER: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


Row = TypeVar("Row")


class World:
    """Hold the state of the cloud; `guess` gives its answers to what the contract leaves open."""

    def __init__(self, seed: int, now: datetime, guess: Callable[[str], str | int | bool]) -> None:
        self.dice = Dice(seed)
        self.guess = guess
        self.app = {"app_key": self.dice.text(UPPER, 20), "app_secret": self.dice.text(UPPER, 20)}
        self.accounts: list[Account] = []
        self.sessions: dict[str, Session] = {}
        self.tickets: dict[str, Account] = {}
        self.homes: dict[str, Home] = {}
        self.devices: dict[DeviceKey, Device] = {}
        self.bindings: dict[DeviceKey, Binding] = {}
        self.shares: dict[str, Share] = {}
        self.messages: list[Message] = []
        self.posted = 0
        self.pairings: dict[str, Pairing] = {}
        self.broken: set[str | DeviceKey] = set()
        for number, (name, homes) in enumerate(HOMES_OF.items(), start=1):
            self._seed_person(number, name, homes, now)
        for count in DEVICES_OF_PRODUCTS:
            self._seed_product(count)

    def _seed_person(self, number: int, name: str, homes: int, now: datetime) -> None:
        dice = self.dice
        user = User(
            name=name,
            user_id=dice.digits(18),
            email=f"{name}@example.com",
            phone={"country": "86", "number": f"1380000{number:04}"},
            password=f"Pass{dice.digits(6)}",
            token=dice.hex(32),
        )
        account = Account(user, nick=name)
        self.accounts.append(account)
        self.sessions[user.token] = Session(account, now + SEEDED_TOKEN_LIFE)
        for count in range(1, homes + 1):
            home = self.add_home(account, f"{name}'s home {count}", now)
            home.rooms.append(Room(f"r_{dice.hex(32)}", "living room", now))

    def _seed_product(self, count: int) -> None:
        product = self.dice.text(UPPER, 10)
        for number in range(1, count + 1):
            self.add_device(DeviceKey(product, f"light_{self.dice.hex(6)}{number}"))

    def add_device(self, key: DeviceKey) -> Device:
        """Make a device that nobody has bound."""
        secret = base64.b64encode(self.dice.randbytes(16)).decode()
        self.devices[key] = Device(*key, {"device_signature": self.dice.hex(40), "device_secret": secret})
        return self.devices[key]

    def add_home(self, account: Account, name: str, now: datetime) -> Home:
        """Make a home for the account."""
        home = Home(f"f_{self.dice.hex(32)}", name, account, now)
        self.homes[home.family_id] = home
        account.user.homes.append(home.family_id)
        return home

    def seconds(self, guess: str) -> timedelta:
        """Return the length of time that a guess gives in seconds."""
        return timedelta(seconds=int(self.guess(guess)))

    def picture(self) -> Picture:
        """Return a copy of what lists read and calls change; people and homes stay the same objects."""
        bindings = {key: attrs.evolve(binding) for key, binding in self.bindings.items()}
        shares = {token: attrs.evolve(share) for token, share in self.shares.items()}
        return Picture(bindings, shares, list(self.messages))

    def show(self, picture: Picture) -> None:
        """Take a picture for the present."""
        self.bindings, self.shares, self.messages = picture.bindings, picture.shares, picture.messages

    def holder_of(self, token: object, now: datetime) -> Account | None:
        """Return whose access token that is, None when it never was or is over."""
        session = self.sessions.get(token) if isinstance(token, str) else None
        return session.account if session is not None and now < session.ends_at else None

    def sign_in(self, account: Account, now: datetime) -> tuple[str, Session]:
        """Make an access token; earlier ones stay good (contract: parallel_sessions)."""
        token = self.dice.hex(32)
        self.sessions[token] = Session(account, now + self.seconds("access_token_ttl_s"))
        return token, self.sessions[token]

    def account(self, user_id: str) -> Account | None:
        """Return the account with that UserID."""
        return next((account for account in self.accounts if account.id == user_id), None)

    def account_named(self, name: str) -> Account:
        """Return the account of that person; raise LookupError when there is none."""
        for account in self.accounts:
            if account.user.name == name:
                return account
        raise LookupError(f"nobody is called {name!r}")

    def check_whole(self, part: str | DeviceKey) -> None:
        """Refuse what a test has broken: a home by its FamilyId, or a device."""
        if part in self.broken:
            raise RefusalError("InternalError", "internal error")

    def homes_of(self, account: Account) -> list[Home]:
        """Return the account's homes, the oldest first."""
        return [home for home in self.homes.values() if home.owner is account]

    def home_for(self, call: Call, refusal: str = WRONG_VALUE) -> Home:
        """Return the caller's home that FamilyId names, or refuse."""
        home = self.homes.get(call.text("FamilyId"))
        if home is None or home.owner is not call.caller:
            raise RefusalError(refusal)
        return home

    def owner_of(self, key: DeviceKey) -> Account | None:
        """Return in whose home the device is."""
        binding = self.bindings.get(key)
        return binding.home.owner if binding else None

    def alias_of(self, key: DeviceKey) -> str:
        """Return what its owner calls the device."""
        binding = self.bindings.get(key)
        return binding.alias if binding else key.name

    def active_shares(self, key: DeviceKey | None = None, recipient: Account | None = None) -> list[Share]:
        """Return the shares in use, of one device or one recipient when asked, the oldest first."""
        return [
            share
            for share in self.shares.values()
            if share.is_active() and key in (None, share.key) and recipient in (None, share.recipient)
        ]

    def page(self, call: Call, rows: Sequence[Row]) -> list[Row]:
        """Return the page that Offset and Limit ask for; how strict their maxima are is a guess."""
        offset, limit = call.number("Offset") or 0, call.number("Limit")
        if offset < 0 or (limit is not None and limit < 0):
            raise RefusalError(WRONG_VALUE)
        if self.guess("page_limits") == "hard":
            for name, value in (("Offset", offset), ("Limit", limit or 0)):
                largest = call.action.largest(name)
                if largest is not None and value > largest:
                    raise RefusalError(WRONG_VALUE, f"{name} is larger than {largest}")
        if limit is None:
            limit = len(rows) if self.guess("unsent_limit") == "all" else DEFAULT_LIMIT
        return list(rows[offset : offset + limit])
