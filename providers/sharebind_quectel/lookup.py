"""Finding a share again whose code the vendor has not told for certain.

shareByUid answers a text that may be the share code (what it means is not documented), and whether an invitation must
be accepted, and is listed before, is not documented either. So its share is known by a person and a moment until the
list of the device shows it beyond doubt; several that fit are never guessed between.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

import attrs

from sharebind.provider import Email, Fields, Phone, Recipient, Secret, Share, State, UserId

_RECIPE: Final = "find:"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)


@attrs.frozen(kw_only=True)
class Lookup:
    """How to find a share whose code the vendor has not told for certain: a person, a moment, perhaps a code.

    It is the key of such a share, so it is written as text.
    """

    since: datetime
    field: str
    value: str
    code: Secret | None

    def key(self) -> Secret:
        """Write it as the key of a share."""
        code = self.code.reveal() if self.code is not None else ""
        return Secret(_RECIPE + json.dumps([(self.since - _EPOCH) // _MILLISECOND, self.field, self.value, code]))

    @classmethod
    def read(cls, key: Secret) -> Lookup | None:
        """Read it from a key, ``None`` where the key is a code."""
        text = key.reveal()
        if not text.startswith(_RECIPE):
            return None
        since, field, value, code = json.loads(text.removeprefix(_RECIPE))
        moment = _EPOCH + since * _MILLISECOND
        return cls(since=moment, field=field, value=value, code=Secret(code) if code else None)

    def among(self, shares: Iterable[Share]) -> list[Share]:
        """Give the shares that it can mean: with that code, else live ones with that person, made since then."""
        listed = list(shares)
        if self.code is not None:
            exact = [share for share in listed if share.ref.key == self.code]
            if exact:
                return exact
        return [share for share in listed if self._fits(share)]

    def _fits(self, share: Share) -> bool:
        # Strictly by the moment before the call: where the vendor's clock is behind ours the share is not found, which
        # is better than finding another one.
        young = share.created_at is not None and share.created_at >= self.since
        return young and share.state is not State.ENDED and self._names(Fields(share.raw.reveal()))

    def _names(self, entry: Fields) -> bool:
        user = entry.child("userInfo") or Fields({})
        if self.field == "uid":
            info = entry.child("shareInfo") or Fields({})
            return self.value in (user.said("uid"), info.said("shareUid"))
        return (user.text(self.field) or "").lower() == self.value.lower()


def lookup(to: Recipient, since: datetime, code: Secret | None) -> Lookup:
    """Say how a share with a person can be found again."""
    match to:
        case UserId(value=value):
            field = "uid"
        case Email(value=value):
            field = "email"
        case Phone(number=value):
            field = "phone"
        case _:
            raise TypeError(f"a {type(to).__name__} cannot be looked up")
    # The vendor's times are whole milliseconds, so a share made in this one is not older.
    return Lookup(since=_EPOCH + (since - _EPOCH) // _MILLISECOND * _MILLISECOND, field=field, value=value, code=code)
