"""What this vendor's cloud remembers: accounts, homes, devices, who owns them, shares, messages and history."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import attrs

from sharebind.emulator import Device, User

REGIONS: Final = ("cn", "as", "us", "eu")
"""Contract: base_urls."""

HOME_REGION: Final = "us"
"""Where the people of the seeded world live, and whom the base URL without a region is."""


@attrs.define(eq=False)
class Room:
    """Hold a room of a home."""

    room_id: str
    name: str
    index: int


@attrs.define(eq=False)
class Home:
    """Hold a home, which the vendor calls a family."""

    family_id: str
    name: str
    index: int
    rooms: list[Room] = attrs.field(factory=list[Room])
    hidden: int = 0
    """How many things are counted and never shown: their brand has not authorised the app."""

    def has_room(self, room_id: str) -> bool:
        """Tell whether a device can be put there; an empty id is no room."""
        return not room_id or any(room.room_id == room_id for room in self.rooms)


@attrs.define(eq=False)
class Account:
    """Hold a person's account; the apikey is the user id."""

    user: User
    nickname: str
    region: str = HOME_REGION
    homes: list[Home] = attrs.field(factory=list[Home])
    current: int = 0

    @property
    def apikey(self) -> str:
        """Return what names the account in every call."""
        return self.user.user_id

    @property
    def phone(self) -> str:
        """Return the phone number with its country's code."""
        return f"+{self.user.phone['country']}{self.user.phone['number']}"

    @property
    def current_home(self) -> Home:
        """Return the home that is meant when a call names none."""
        return self.homes[self.current]


@attrs.define
class Place:
    """Hold where a device stands for one of the people who hold it, and what they call it."""

    home: Home
    index: int
    name: str
    room_id: str = ""


@attrs.define(eq=False)
class Binding:
    """Hold who owns a device."""

    device: Device
    owner: Account
    place: Place


@attrs.define(kw_only=True, eq=False)
class Share:
    """Hold a share: active from the start (quirk silent_share), until `ended` says why it is not."""

    device: Device
    owner: Account
    recipient: Account
    permit: int
    comment: str | None
    at: datetime
    place: Place
    ended: str = ""

    def describe(self) -> dict[str, object]:
        """Return the share as plain JSON, with the keys that every emulated cloud uses."""
        described: dict[str, object] = {
            "product": "",
            "device": self.device.device,
            "from": self.owner.apikey,
            "to": self.recipient.apikey,
            "state": "ended" if self.ended else "active",
        }
        return {**described, "reason": self.ended} if self.ended else described


Held = Binding | Share
"""How somebody holds a device: as its owner, or by a share."""


def holder(held: Held) -> Account:
    """Return who holds it."""
    return held.owner if isinstance(held, Binding) else held.recipient


@attrs.frozen(eq=False)
class Message:
    """Hold one message in somebody's inbox."""

    message_id: str
    receiver: Account
    home: Home
    kind: str
    at: datetime
    content: dict[str, Any] = attrs.field(repr=False)


@attrs.frozen(eq=False)
class Deed:
    """Hold what somebody did with a device."""

    device: Device
    account: Account
    at: datetime


@attrs.frozen
class Picture:
    """Hold what the lists of one moment show."""

    bindings: dict[str, Binding]
    shares: list[Share]
    messages: list[Message]


def millis(moment: datetime) -> int:
    """Return unix milliseconds, the unit of this vendor's times."""
    return int(moment.timestamp() * 1000)
