"""The people of the reference cloud, and the tokens by which it knows who asks."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Final

import attrs

from sharebind.clock import Clock
from sharebind.secrets import Secret
from sharebind.testing.reference.records import Refusal, User
from sharebind.values import Somebody

ACCESS_LIFE: Final = timedelta(hours=2)
REFRESH_LIFE: Final = timedelta(days=30)


@attrs.frozen(kw_only=True)
class Session:
    """A pair of tokens: one that requests carry, and one that is good for the next pair, once."""

    user: User
    access: Secret
    refresh: Secret
    access_until: datetime
    refresh_until: datetime


class People:
    """Everybody who has signed up, and all sessions."""

    def __init__(self, clock: Clock) -> None:
        self.sign_ins = 0
        self.renewals = 0
        self._clock = clock
        self._users: dict[str, tuple[User, Secret]] = {}
        self._names: dict[Somebody, User] = {}
        self._sessions: list[Session] = []

    @property
    def count(self) -> int:
        """How many have signed up."""
        return len(self._users)

    def add(self, user: User, password: Secret) -> User:
        """Sign somebody up."""
        self._users[user.email] = user, password
        self._names.update(dict.fromkeys(user.names, user))
        return user

    def find(self, who: Somebody) -> User:
        """Find somebody by any name that others may know them by."""
        user = self._names.get(who)
        if user is None:
            raise Refusal("person.unknown")
        return user

    def sign_in(self, email: str, password: Secret) -> Session:
        """Begin a session."""
        user, right = self._users.get(email, (None, None))
        if user is None or right != password:
            raise Refusal("sign_in.wrong")
        self.sign_ins += 1
        return self._begin(user)

    def renew(self, refresh: Secret) -> Session:
        """Begin a session in the place of another one, which ends."""
        for session in self._sessions:
            if session.refresh == refresh and self._clock.now() < session.refresh_until:
                self._sessions.remove(session)
                self.renewals += 1
                return self._begin(session.user)
        raise Refusal("token.dead")

    def bearer(self, access: Secret) -> User:
        """Tell whose token this is."""
        return self._session(access).user

    def tokens_of(self, user: User) -> tuple[Secret, ...]:
        """Give every token of a person's sessions."""
        mine = (session for session in self._sessions if session.user == user)
        return tuple(token for session in mine for token in (session.access, session.refresh))

    def sign_out(self, access: Secret) -> None:
        """End the session of a token."""
        self._sessions.remove(self._session(access))

    def end_sessions(self, user: User) -> None:
        """End every session of a person."""
        self._sessions = [session for session in self._sessions if session.user != user]

    def _begin(self, user: User) -> Session:
        now = self._clock.now()
        session = Session(
            user=user,
            access=Secret(f"access-{secrets.token_urlsafe(18)}"),
            refresh=Secret(f"refresh-{secrets.token_urlsafe(18)}"),
            access_until=now + ACCESS_LIFE,
            refresh_until=now + REFRESH_LIFE,
        )
        self._sessions.append(session)
        return session

    def _session(self, access: Secret) -> Session:
        for session in self._sessions:
            if session.access == access and self._clock.now() < session.access_until:
                return session
        raise Refusal("token.dead")
