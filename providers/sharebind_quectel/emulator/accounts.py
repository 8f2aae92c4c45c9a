"""Signing in, renewing, leaving, and the caller's own profile."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

import attrs

from sharebind.emulator import User
from sharebind_quectel.emulator.aes import encrypted_password
from sharebind_quectel.emulator.call import Call, Desk, Handler, Refusal

ACCESS_LIFE: Final = timedelta(seconds=7200)
REFRESH_LIFE: Final = timedelta(seconds=2_592_000)
START_LIFE: Final = timedelta(days=3652)
"""Tokens handed out at the start live ten virtual years, so that a test may jump."""

START_ISSUED: Final = datetime(2025, 1, 1, tzinfo=UTC)
"""When the tokens of the start say they were issued: the same seed gives the same tokens on any day."""

DOMESTIC: Final = "86"

LOCKED_FOR: Final = timedelta(minutes=20)
EMAIL_TRIES: Final = (5586, 5585, 5584, 5583)
PHONE_TRIES: Final = (5582, 5581, 5580, 5579)
"""The answers to one wrong password after another: 4, 3, 2 tries left, 1 try left; then the account is locked."""

SCHEME: Final = "Bearer "
USER_DOMAIN: Final = re.compile(r"C\.DM\.\d+\.\d+")
EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
PHONE: Final = re.compile(r"\d{5,15}")


@attrs.frozen
class Session:
    """Hold what a token stands for; `pair` joins an access token and its refresh token."""

    user: User
    kind: str
    expires: datetime
    pair: int


class Accounts:
    """Answer the calls of the group auth."""

    def __init__(self, desk: Desk, opened_at: datetime) -> None:
        self._desk = desk
        self._sessions: dict[str, Session] = {}
        self._pairs = 0
        self._tries: dict[str, int] = {}
        self._locked: dict[str, datetime] = {}
        for user in desk.world.users:
            self._pairs += 1
            user.token = self._token(user, "AccessToken", START_ISSUED, START_LIFE, expires=opened_at + START_LIFE)

    def handlers(self) -> Mapping[str, Handler]:
        """Return the handler of each call."""
        return {
            "emailPwdLogin": self.by_email,
            "phonePwdLogin": self.by_phone,
            "refreshToken": self.refresh,
            "userLogout": self.sign_out,
            "userInfo": self.profile,
        }

    def session(self, token: str) -> Session | None:
        """Return what an access token stands for now, with or without its scheme; None when it is dead."""
        session = self._sessions.get(token.removeprefix(SCHEME))
        if session is None or session.kind != "AccessToken" or session.expires <= self._desk.clock.now():
            return None
        return session

    def end_tokens(self, user: User) -> None:
        """Let every access token of a user die; the refresh tokens live on."""
        self._sessions = {
            token: each for token, each in self._sessions.items() if each.user is not user or each.kind != "AccessToken"
        }

    def by_email(self, call: Call) -> object:
        """Sign in with email and password."""
        email = call.text("email")
        if not EMAIL.fullmatch(email):
            raise Refusal(5040)
        self._check_domain(call)
        user = self._desk.find_user(email=email)
        if user is None:
            raise Refusal(5031)
        return self._sign_in(call, user, {email}, EMAIL_TRIES)

    def by_phone(self, call: Call) -> object:
        """Sign in with phone and password; without internationalCode the number is a domestic one.

        The contract does not say whether the signature of such a call has the code that it leaves out, so both do.
        """
        phone, country = call.text("phone"), call.text("internationalCode")
        if not PHONE.fullmatch(phone):
            raise Refusal(5019)
        self._check_domain(call)
        user = self._desk.find_user(phone=phone)
        if user is None or (country or DOMESTIC) != user.phone["country"]:
            raise Refusal(5004)
        return self._sign_in(call, user, {country + phone, (country or DOMESTIC) + phone}, PHONE_TRIES)

    def _check_domain(self, call: Call) -> None:
        domain = call.text("userDomain")
        if not USER_DOMAIN.fullmatch(domain):
            raise Refusal(5013)
        if domain != self._desk.world.user_domain:
            raise Refusal(5015)

    def _sign_in(self, call: Call, user: User, signers: Iterable[str], tries: tuple[int, ...]) -> object:
        now = self._desk.clock.now()
        if now < self._locked.get(user.user_id, now):
            raise Refusal(5147)
        rest = call.text("pwd") + call.text("random") + self._desk.world.user_domain_secret
        if call.text("signature") not in {hashlib.sha256((who + rest).encode()).hexdigest() for who in signers}:
            raise Refusal(5420)
        if call.text("pwd") != encrypted_password(user.password, call.text("random")):
            raise Refusal(self._count_failure(user, tries, now))
        self._tries.pop(user.user_id, None)
        return self._pair(user)

    def _count_failure(self, user: User, tries: tuple[int, ...], now: datetime) -> int:
        failed = self._tries.get(user.user_id, 0)
        if failed < len(tries):
            self._tries[user.user_id] = failed + 1
            return tries[failed]
        self._tries.pop(user.user_id)
        self._locked[user.user_id] = now + LOCKED_FOR
        return 5147

    def refresh(self, call: Call) -> object:
        """Trade a refresh token for a new pair."""
        token = call.text("refreshToken").removeprefix(SCHEME)
        session = self._sessions.get(token)
        if session is None or session.kind != "RefreshToken" or session.expires <= self._desk.clock.now():
            raise Refusal(5489)
        if self._desk.guess("refresh_ends_old"):
            del self._sessions[token]
        return self._pair(session.user)

    def sign_out(self, call: Call) -> object:
        """End the session."""
        session = self.session(call.token)
        if session is not None and self._desk.guess("logout_ends_token"):
            self._sessions = {token: each for token, each in self._sessions.items() if each.pair != session.pair}
        return None

    def profile(self, call: Call) -> object:
        """Return the caller's own profile."""
        user = self._desk.world.user(call.uid)
        if user is None:
            raise Refusal(5033)
        return self._desk.rendering.user(user)

    def _pair(self, user: User) -> dict[str, object]:
        now = self._desk.clock.now()
        self._pairs += 1
        pair: dict[str, object] = {}
        for name, kind, life in (
            ("accessToken", "AccessToken", ACCESS_LIFE),
            ("refreshToken", "RefreshToken", REFRESH_LIFE),
        ):
            token = self._token(user, kind, now, life, expires=now + life)
            pair[name] = {"token": token, "expirationTime": int((now + life).timestamp())}
        return pair

    def _token(self, user: User, kind: str, issued: datetime, life: timedelta, *, expires: datetime) -> str:
        """Make a token of the documented shape; nobody can check its signature, which is drawn, not computed."""
        dice, start = self._desk.world.dice, int(issued.timestamp())
        claims = {
            "iss": "quectel",
            "aud": self._desk.world.user_domain,
            "exp": start + int(life.total_seconds()),
            "jti": dice.hex(32),
            "iat": start,
            "nbf": start,
            "sub": user.user_id,
            "uid": user.user_id,
            "type": kind,
        }
        header = {"alg": "RS256", "typ": "JWT"}
        parts = (json.dumps(header).encode(), json.dumps(claims).encode(), dice.randbytes(256))
        token = ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)
        self._sessions[token] = Session(user, kind, expires, self._pairs)
        return SCHEME + token
