"""The seeded world of this vendor's cloud, and the look-ups that its calls have in common."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import attrs

from sharebind.emulator import Device, Dice, User
from sharebind_ewelink.emulator.calls import Call, RefusalError
from sharebind_ewelink.emulator.sessions import Sessions
from sharebind_ewelink.emulator.state import (
    Account,
    Binding,
    Deed,
    Held,
    Home,
    Message,
    Picture,
    Place,
    Room,
    Share,
)

PEOPLE: Final = ("owner", "guest", "other")
DEVICES: Final = 12
GSM_DEVICES: Final = 3
SEEDED_TOKEN_LIFE: Final = timedelta(days=3650)
BACKWARDS: Final = 2
"""What `sort` says when a new thing is to stand first; such an index may be negative."""


class World:
    """Hold the state of the cloud; `guess` gives its answers to what the contract leaves open."""

    def __init__(self, seed: int, now: datetime, guess: Callable[[str], str | int | bool]) -> None:
        self.dice = Dice(seed)
        self.guess = guess
        self.sessions = Sessions(self.dice, guess)
        enterprise, personal = self.sessions.apps
        self.app = {
            "app_id": enterprise.app_id,
            "app_secret": enterprise.secret,
            "personal_app_id": personal.app_id,
            "personal_app_secret": personal.secret,
        }
        self.devices: dict[str, Device] = {}
        self.bindings: dict[str, Binding] = {}
        self.shares: list[Share] = []
        self.messages: list[Message] = []
        self.deeds: list[Deed] = []
        self.broken: set[str] = set()
        for number, name in enumerate(PEOPLE, start=1):
            account = self.add_person(name, f"1380000{number:04}", f"Pass{self.dice.digits(6)}")
            account.user.token = self.sessions.open(enterprise, account, now, life=SEEDED_TOKEN_LIFE).access
        for number in range(DEVICES):
            self.add_device(gsm=number >= DEVICES - GSM_DEVICES)

    def add_person(self, name: str, number: str, password: str) -> Account:
        """Make an account with one home that has one room."""
        apikey = self._uuid()
        user = User(
            name=name,
            user_id=apikey,
            email=f"{name.replace(' ', '-')}@example.com",
            phone={"country": "86", "number": number},
            password=password,
            token="",
        )
        account = Account(user, nickname=name)
        self.sessions.accounts.append(account)
        self.add_home(account)
        return account

    def _uuid(self) -> str:
        return "-".join(self.dice.hex(length) for length in (8, 4, 4, 4, 12))

    def add_home(self, account: Account) -> Home:
        """Make a home with a room for the account."""
        number = len(account.homes) + 1
        home = Home(self.dice.hex(24), f"{account.nickname}'s home {number}", number - 1)
        home.rooms.append(Room(self.dice.hex(24), "living room", 0))
        account.homes.append(home)
        account.user.homes.append(home.family_id)
        return home

    def add_device(self, *, gsm: bool = False) -> Device:
        """Make a device that nobody has bound; one with a SIM card has a QR code as well."""
        device_id = f"10{self.dice.hex(8)}"
        proof = {"apikey": self._uuid(), "chipid": self.dice.hex(16)}
        if gsm:
            gsm_id = self.dice.hex(32)
            # Only /addGsm?id= is documented, the host may change: this one is made up (contract: add_gsm_device).
            proof |= {"gsm_id": gsm_id, "qr": f"https://example.com/addGsm?id={gsm_id}"}
        self.devices[device_id] = Device("", device_id, proof)
        return self.devices[device_id]

    def picture(self) -> Picture:
        """Return a copy of what lists read and calls change; people and homes stay the same objects."""
        return Picture(
            {key: attrs.evolve(each, place=attrs.evolve(each.place)) for key, each in self.bindings.items()},
            [attrs.evolve(each, place=attrs.evolve(each.place)) for each in self.shares],
            list(self.messages),
        )

    def show(self, picture: Picture) -> None:
        """Take a picture for the present."""
        self.bindings, self.shares, self.messages = picture.bindings, picture.shares, picture.messages

    def active_shares(self, device: Device | None = None, recipient: Account | None = None) -> list[Share]:
        """Return the shares in use, of one device or one recipient when asked, the oldest first."""
        return [
            share
            for share in self.shares
            if not share.ended and device in (None, share.device) and recipient in (None, share.recipient)
        ]

    def shares_by(self, giver: Account, device: Device) -> list[Share]:
        """Return what stands in somebody's shareTo."""
        return [share for share in self.active_shares(device) if share.owner is giver]

    def held_by(self, account: Account) -> list[Held]:
        """Return everything that somebody has, own or received."""
        own = [binding for binding in self.bindings.values() if binding.owner is account]
        return [*own, *self.active_shares(recipient=account)]

    def holding(self, account: Account, device_id: str) -> Held | None:
        """Return how somebody has the device, None when not at all."""
        return next((held for held in self.held_by(account) if held.device.device == device_id), None)

    def owned(self, call: Call, device_id: str, absent: int) -> Binding:
        """Return the caller's own device, or refuse; `absent` is the code for an id that nobody knows."""
        if device_id not in self.devices:
            raise RefusalError(absent, "no such device")
        binding = self.bindings.get(device_id)
        if binding is None or binding.owner is not call.caller:
            raise RefusalError(int(self.guess("foreign_device_code")), "not a device of this account")
        return binding

    def shareable(self, call: Call, device_id: str, absent: int) -> Held:
        """Return a device that the caller may share, or refuse."""
        held = self.holding(call.caller, device_id)
        if isinstance(held, Share) and self.guess("recipient_may_share"):
            return held
        return self.owned(call, device_id, absent)

    def home_for(self, call: Call) -> Home:
        """Return the caller's home that `familyid` names, the current one when it names none, or refuse."""
        wanted = call.text("familyid")
        if not wanted:
            return call.caller.current_home
        for home in call.caller.homes:
            if home.family_id == wanted:
                return home
        raise RefusalError(int(self.guess("strange_home_code")), "not a home of this account")

    def check_room(self, home: Home, room_id: str) -> None:
        """Refuse a room that is not in the home."""
        if not home.has_room(room_id):
            raise RefusalError(int(self.guess("strange_home_code")), "not a room of this home")

    def place_in(self, account: Account, home: Home, name: str, *, sort: int = 1, room_id: str = "") -> Place:
        """Return a place at the end of a home, or at its beginning; no two things of a person have one index."""
        taken = [held.place.index for held in self.held_by(account)]
        index = min(taken, default=1) - 1 if sort == BACKWARDS else max(taken, default=-1) + 1
        return Place(home, index, name, room_id)
