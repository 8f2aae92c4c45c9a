"""What this vendor's cloud remembers: accounts, bindings, shares and messages."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import attrs

from sharebind.emulator import User

SPECIAL, OWNER, GUEST, NORMAL = "special", "owner", "guest", "normal"
"""The roles (contract: enums.binding_role)."""

KEEPERS: Final = frozenset({SPECIAL, OWNER})
"""The roles of which a device has one at most."""

DIRECT, QR = 0, 1
"""How a share is made (contract: enums.invite_type)."""

PENDING, ACCEPTED, DECLINED, CANCELLED = 0, 1, 2, 3
"""What a share's record says (contract: enums.share_status)."""

UNREAD, DELETED = 0, 2
"""Two states of a message (contract: enums.message_status)."""


@attrs.define(eq=False)
class Account:
    """Hold a person's account. This world gives nobody a separate user name: it is the e-mail address."""

    user: User

    @property
    def id(self) -> str:
        """Return the uid."""
        return self.user.user_id

    @property
    def username(self) -> str:
        """Return the name to sign in and to be invited with."""
        return self.user.email

    @property
    def phone(self) -> str:
        """Return the phone without its country."""
        return self.user.phone.get("number", "")


@attrs.define(eq=False)
class Session:
    """Hold who signed in with a token, and until when it counts."""

    account: Account
    ends_at: datetime


@attrs.define(eq=False)
class Binding:
    """Hold that somebody has a device; the names are this person's own (guessed: no page says whose they are)."""

    did: str
    account: Account
    role: str
    bound_at: datetime
    until: datetime | None = None
    remark: str = ""
    alias: str = ""
    labels: list[str] = attrs.field(factory=list[str])

    def is_alive(self, now: datetime) -> bool:
        """Tell whether the device is still theirs: a guest loses it at the end of use."""
        return self.until is None or now < self.until


@attrs.define(kw_only=True, eq=False)
class Share:
    """Hold the record of a share; `ended` is why it is over, which the record's status need not tell."""

    number: int
    kind: int
    did: str
    sharer: Account
    recipient: Account | None = None
    by_uid: bool = False
    code: str = ""
    duration: timedelta | None = None
    created: datetime
    updated: datetime
    expires: datetime
    status: int = PENDING
    use_ends: datetime | None = None
    ended: str = ""
    notes: dict[str, str] = attrs.field(factory=dict[str, str])

    def state_at(self, now: datetime) -> tuple[str, str]:
        """Return offered, active or ended, and in the last case the reason."""
        if self.ended:
            return "ended", self.ended
        if self.status == PENDING:
            return ("offered", "") if now < self.expires else ("ended", "offer_expired")
        if self.use_ends is not None and now >= self.use_ends:
            return "ended", "use_expired"
        return "active", ""

    def end(self, reason: str, now: datetime, status: int | None = None) -> None:
        """End the share, with another status where the vendor has one for it."""
        self.ended, self.updated = self.ended or reason, now
        self.status = self.status if status is None else status

    def accept(self, account: Account, now: datetime) -> None:
        """Put the share to use; its duration begins (contract: timing.use_window.anchor)."""
        self.recipient, self.status, self.updated = account, ACCEPTED, now
        self.use_ends = now + self.duration if self.duration else None

    def describe(self, now: datetime) -> dict[str, object]:
        """Return the share as plain JSON, with the keys that every emulated cloud uses."""
        state, reason = self.state_at(now)
        described: dict[str, object] = {
            "product": "",
            "device": self.did,
            "from": self.sharer.id,
            "to": self.recipient.id if self.recipient else None,
            "state": state,
        }
        if self.code:
            described["code"] = self.code
        return {**described, "reason": reason} if reason else described


@attrs.define(eq=False)
class Message:
    """Hold one message in somebody's inbox."""

    message_id: str
    receiver: Account
    content: str
    created: datetime
    updated: datetime
    status: int = UNREAD


@attrs.frozen
class Picture:
    """Hold what the lists of one moment show: who holds what, shares and messages."""

    bindings: dict[tuple[str, str], Binding]
    shares: list[Share]
    messages: list[Message]


def iso(moment: datetime) -> str:
    """Return a moment as this vendor writes it (contract: iso8601_utc)."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
