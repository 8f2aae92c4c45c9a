"""What a share is known by: its id, a guest's user id, a received device, or a code and the moment it was made.

The vendor gives an id to invitations only. Who came by a code is known as a guest of the device, and a code that waits
is known to nobody but its maker: so its key holds all that could tell later whom it admitted.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Final

import attrs

from sharebind.provider import DeviceRef, InvalidRequestError, Secret

_GUEST: Final = "guest:"
_DEVICE: Final = "device:"
_TAKEN: Final = "taken:"
_MADE: Final = "made:"


@attrs.frozen(kw_only=True)
class Made:
    """A code that this account made: the seconds before and after the call, and its record where the list shows one."""

    code: Secret
    since: int
    until: int
    record: str | None = None

    def key(self) -> Secret:
        """Write it as the key of a share."""
        return Secret(_MADE + json.dumps([self.code.reveal(), self.since, self.until, self.record]))

    @classmethod
    def read(cls, key: Secret) -> Made | None:
        """Read it from a key, ``None`` where that is another one.

        Raises:
            InvalidRequestError: it is one that was damaged.

        """
        if _after(_MADE, key) is None:
            return None
        made = cls._unpacked(key)
        if made is None:
            # Raised out here: the errors of what was tried hold the code.
            raise InvalidRequestError("the key of this code is damaged: store and pass on the whole ref")
        return made

    @classmethod
    def _unpacked(cls, key: Secret) -> Made | None:
        try:
            code, since, until, record = json.loads(_after(_MADE, key) or "")
        except (ValueError, TypeError, RecursionError):
            return None
        whole = isinstance(code, str) and isinstance(since, int) and isinstance(until, int)
        if not whole or not isinstance(record, str | None):
            return None
        return cls(code=Secret(code), since=since, until=until, record=record)

    def within(self, moment: datetime | None, later: int = 0) -> bool:
        """Tell whether a moment lies between the two, or so many seconds later; the vendor may write whole seconds."""
        return moment is not None and self.since <= second(moment) <= self.until + later


def second(moment: datetime) -> int:
    """Give the whole second that a moment lies in."""
    return int(moment.timestamp())


def moment(seconds: int) -> datetime:
    """Give the moment at which a second begins."""
    return datetime.fromtimestamp(seconds, UTC)


def guest(user_id: str) -> Secret:
    """Write the key of somebody who came by a code, or by nothing that is listed."""
    return Secret(_GUEST + user_id)


def guest_in(key: Secret) -> str | None:
    """Read the user id from such a key, ``None`` where it is another one."""
    return _after(_GUEST, key)


def received(device: DeviceRef) -> Secret:
    """Write the key of a received share that works: it is left by its device, however it came."""
    return Secret(_DEVICE + device.device)


def is_received(key: Secret) -> bool:
    """Tell whether a key is such a one."""
    return _after(_DEVICE, key) is not None


def taken(code: Secret) -> Secret:
    """Write the key of a share that was taken by its code, where nobody could be asked of which device it is."""
    return Secret(_TAKEN + code.reveal())


def is_taken(key: Secret) -> bool:
    """Tell whether a key is such a one."""
    return _after(_TAKEN, key) is not None


def _after(mark: str, key: Secret) -> str | None:
    return key.reveal().removeprefix(mark) if key.reveal().startswith(mark) else None
