"""What this vendor's cloud remembers: accounts, homes, bindings, share tokens and messages."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, NamedTuple

import attrs

from sharebind.emulator import User

DEFAULT_ROOM: Final = "0"
"""The room of every device that nobody put elsewhere (contract: AppGetFamilyDeviceList)."""


class DeviceKey(NamedTuple):
    """Name a device as this vendor does."""

    product: str
    name: str

    @property
    def joined(self) -> str:
        """Return the DeviceId."""
        return f"{self.product}/{self.name}"


@attrs.define(eq=False)
class Account:
    """Hold a person's account, with the profile that others may see."""

    user: User
    nick: str
    avatar: str = ""
    open_id: str = ""

    @property
    def id(self) -> str:
        """Return the UserID."""
        return self.user.user_id


@attrs.frozen(eq=False)
class Session:
    """Hold who signed in with an access token, and until when it counts."""

    account: Account
    ends_at: datetime


@attrs.frozen
class Room:
    """Hold a room of a home."""

    room_id: str
    name: str
    created: datetime


@attrs.define(eq=False)
class Home:
    """Hold a home; the one who made it is its only admin here."""

    family_id: str
    name: str
    owner: Account
    created: datetime
    rooms: list[Room] = attrs.field(factory=list[Room])

    def has_room(self, room_id: str) -> bool:
        """Tell whether a device can be put there."""
        return room_id in {"", DEFAULT_ROOM} or any(room.room_id == room_id for room in self.rooms)


@attrs.define(eq=False)
class Binding:
    """Hold a device's place in a home."""

    key: DeviceKey
    home: Home
    room_id: str
    alias: str
    created: datetime
    updated: datetime


@attrs.define(kw_only=True, eq=False)
class Share:
    """Hold a share token, and after its acceptance the share that came of it."""

    token: str
    key: DeviceKey
    alias: str
    sharer: Account
    created: datetime
    expires: datetime
    context: str = ""
    invited: Account | None = None
    recipient: Account | None = None
    accepted: datetime | None = None
    ended: str = ""

    def is_active(self) -> bool:
        """Tell whether somebody uses the device through this share."""
        return self.recipient is not None and not self.ended

    def state_at(self, now: datetime) -> tuple[str, str]:
        """Return offered, active or ended, and in the last case the reason."""
        if self.ended:
            return "ended", self.ended
        if self.recipient is not None:
            return "active", ""
        return ("offered", "") if now < self.expires else ("ended", "offer_expired")

    def describe(self, now: datetime) -> dict[str, object]:
        """Return the share as plain JSON, with the keys that every emulated cloud uses."""
        state, reason = self.state_at(now)
        other = self.recipient or self.invited
        described: dict[str, object] = {
            "product": self.key.product,
            "device": self.key.name,
            "from": self.sharer.id,
            "to": other.id if other else None,
            "state": state,
            "code": self.token,
        }
        return {**described, "reason": reason} if reason else described


@attrs.frozen(eq=False)
class Message:
    """Hold one message in somebody's inbox, in the vendor's fields."""

    number: int
    receiver: Account
    at: datetime
    category: int
    fields: dict[str, Any] = attrs.field(repr=False)

    @property
    def milliseconds(self) -> int:
        """Return MsgTimestamp."""
        return int(self.at.timestamp() * 1000)


@attrs.define(eq=False)
class Pairing:
    """Hold a pairing token, and the device that has handed it to the cloud."""

    token: str
    account: Account
    created: datetime
    expires: datetime
    reported: DeviceKey | None = None


@attrs.frozen
class Picture:
    """Hold what the lists of one moment show: devices in homes, shares and messages."""

    bindings: dict[DeviceKey, Binding]
    shares: dict[str, Share]
    messages: list[Message]


def unix(moment: datetime) -> int:
    """Return unix seconds, the unit of most of this vendor's times."""
    return int(moment.timestamp())
