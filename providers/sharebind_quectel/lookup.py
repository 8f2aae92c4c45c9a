"""Finding a share again whose code the vendor has not told for certain.

shareByUid answers a text that may be the share code (what it means is not documented), and whether an invitation must
be accepted, and is listed before, is not documented either. So the list of the device is read before and after the
call: what is new there, with that person, is the share. One that neither shows is known by its person and the moments
around the call until a list shows it beyond doubt; several that fit are never guessed between.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

import attrs

from sharebind.provider import Email, Fields, Phone, Recipient, Secret, Share, State, UserId

_RECIPE: Final = "find:"
_TAKER: Final = "taker:"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
_DIGEST: Final = 16


@attrs.frozen(kw_only=True)
class Lookup:
    """How to find a share whose code the vendor has not told for certain: a person, two moments, perhaps a code.

    ``since`` and ``until`` are those before and after the call. ``others`` are digests of the codes that were listed
    before the call and fit all the same, as they do where the vendor's clock is ahead of ours. It is the key of such a
    share, so it is written as text.
    """

    since: datetime
    until: datetime
    field: str
    value: str
    code: Secret | None
    others: tuple[str, ...] = ()

    def key(self) -> Secret:
        """Write it as the key of a share."""
        code = self.code.reveal() if self.code is not None else ""
        moments = [_millis(self.since), _millis(self.until)]
        return Secret(_RECIPE + json.dumps([*moments, self.field, self.value, code, *self.others]))

    @classmethod
    def read(cls, key: Secret) -> Lookup | None:
        """Read it from a key, ``None`` where the key is a code."""
        text = key.reveal()
        if not text.startswith(_RECIPE):
            return None
        since, until, field, value, code, *others = json.loads(text.removeprefix(_RECIPE))
        return cls(
            since=_EPOCH + since * _MILLISECOND,
            until=_EPOCH + until * _MILLISECOND,
            field=field,
            value=value,
            code=Secret(code) if code else None,
            others=tuple(others),
        )

    def told(self, shares: Iterable[Share]) -> list[Share]:
        """Give the shares that are listed under the text which the call answered, if they are that person's."""
        return [share for share in shares if plain_code(share.ref.key) == self.code and not self._contradicts(share)]

    def made(self, before: Iterable[Share], after: Iterable[Share]) -> list[Share]:
        """Give what is new in the list since before the call and may be this share; no clock is asked."""
        known = {plain_code(share.ref.key) for share in before}
        return [share for share in after if plain_code(share.ref.key) not in known and self._may_be(share)]

    def fitting(self, shares: Iterable[Share]) -> list[Share]:
        """Give the shares that were made during the call and may be this one.

        Strictly by the moments before and after the call: where the vendor's clock is not ours the share is not found,
        which is better than finding another one.
        """
        return [share for share in shares if self._young(share) and self._may_be(share)]

    def _young(self, share: Share) -> bool:
        made = share.created_at
        return made is not None and self.since <= made <= self.until and digest(share) not in self.others

    def _may_be(self, share: Share) -> bool:
        # What may be accepted until a moment came by a code: shareByUid has no acceptingExpireAt.
        if share.state is State.ENDED or share.accept_by is not None:
            return False
        return self._form(self.value) in self._named(share)

    def _contradicts(self, share: Share) -> bool:
        named = self._named(share)
        return self.field == "uid" and bool(named) and self.value not in named

    def _named(self, share: Share) -> set[str]:
        """Say whom an entry names; one that names two people names nobody."""
        entry = Fields(share.raw.reveal())
        user = entry.child("userInfo") or Fields({})
        told = {user.text(self.field)}
        if self.field == "uid":
            told.add((entry.child("shareInfo") or Fields({})).text("shareUid"))
        named = {self._form(each) for each in told if each is not None}
        return named if len(named) == 1 else set()

    def _form(self, value: str) -> str:
        return value.lower() if self.field == "email" else value


def lookup(to: Recipient, since: datetime, until: datetime, code: Secret | None, before: Iterable[Share]) -> Lookup:
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
    known = Lookup(since=_whole(since), until=_whole(until), field=field, value=value, code=code)
    return attrs.evolve(known, others=tuple(digest(share) for share in known.fitting(before)))


def digest(share: Share) -> str:
    """Write which code a share has, short and without telling it."""
    return hashlib.sha256(plain_code(share.ref.key).reveal().encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST]


def taker_key(code: Secret, user_id: str) -> Secret:
    """Write the key of one of several takers of a code; whether a code can have several is not documented."""
    return Secret(_TAKER + json.dumps([code.reveal(), user_id]))


def taker_in(key: Secret) -> tuple[Secret, str] | None:
    """Read code and taker from such a key, ``None`` where it is another one."""
    text = key.reveal()
    if not text.startswith(_TAKER):
        return None
    code, user_id = json.loads(text.removeprefix(_TAKER))
    return Secret(code), user_id


def plain_code(key: Secret) -> Secret:
    """Give the code that a listed share has at its vendor: our own keys never go there."""
    taker = taker_in(key)
    return key if taker is None else taker[0]


def _millis(moment: datetime) -> int:
    return (moment - _EPOCH) // _MILLISECOND


def _whole(moment: datetime) -> datetime:
    return _EPOCH + _millis(moment) * _MILLISECOND
