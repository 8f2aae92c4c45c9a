"""Apps, sign-ins and tokens: what each request has to show."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import attrs

from sharebind.emulator import Dice
from sharebind_ewelink.emulator.calls import (
    EXPIRED,
    NO_USER,
    NOT_ENTITLED,
    NOT_SIGNED_IN,
    WRONG_PASSWORD,
    WRONG_REGION,
    RefusalError,
    Result,
)
from sharebind_ewelink.emulator.state import Account, millis

OAUTH_CODE_LIFE: Final = timedelta(seconds=30)
ACCESS_LIFE: Final = timedelta(days=30)
REFRESH_LIFE: Final = timedelta(days=60)
"""Contract: auth.oauth2.code_lifetime_s, access_token_lifetime_s, refresh_token_lifetime_s."""

LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def signature(secret: str, message: bytes) -> str:
    """Return what stands behind ``Sign`` (contract: auth.schemes.sign)."""
    return base64.b64encode(hmac.new(secret.encode(), message, hashlib.sha256).digest()).decode()


@attrs.frozen
class App:
    """Hold an app of a developer; only an enterprise's may sign people in by password."""

    app_id: str
    secret: str
    enterprise: bool


@attrs.define(eq=False)
class Session:
    """Hold the one token that an app has for an account (contract: auth.single_session)."""

    app: App
    account: Account
    by_oauth: bool
    access: str = ""
    refresh: str = ""


@attrs.frozen
class Token:
    """Hold what an access or a refresh token opens, and until when."""

    session: Session
    ends: datetime


@attrs.frozen
class OAuthCode:
    """Hold a code that the sign-in page gave, good for one exchange."""

    app: App
    account: Account
    ends: datetime


class Sessions:
    """Know every app, account and token there is."""

    def __init__(self, dice: Dice, guess: Callable[[str], str | int | bool]) -> None:
        self._dice = dice
        self._guess = guess
        self.apps = [self._app(enterprise=True), self._app(enterprise=False)]
        self.accounts: list[Account] = []
        self._current: dict[tuple[str, str], Session] = {}
        self._access: dict[str, Token] = {}
        self._refresh: dict[str, Token] = {}
        self._codes: dict[str, OAuthCode] = {}

    def _app(self, *, enterprise: bool) -> App:
        return App(self._dice.text(LETTERS, 32), self._dice.text(LETTERS, 32), enterprise)

    def named(self, name: str) -> Account:
        """Return the account of that person; raise LookupError when there is none."""
        for account in self.accounts:
            if account.user.name == name:
                return account
        raise LookupError(f"nobody is called {name!r}")

    def open(
        self, app: App, account: Account, now: datetime, *, by_oauth: bool = False, life: timedelta | None = None
    ) -> Session:
        """Make the app's token for the account; the earlier one ends (quirk session_eviction)."""
        session = Session(app, account, by_oauth)
        self._issue(session, now + (life or ACCESS_LIFE), now + (life or REFRESH_LIFE))
        self._current[app.app_id, account.apikey] = session
        return session

    def _issue(self, session: Session, access_ends: datetime, refresh_ends: datetime) -> None:
        session.access, session.refresh = self._dice.hex(40), self._dice.hex(40)
        self._access[session.access] = Token(session, access_ends)
        self._refresh[session.refresh] = Token(session, refresh_ends)

    def current(self, app: App, account: Account) -> Session | None:
        """Return the app's token for the account."""
        return self._current.get((app.app_id, account.apikey))

    def expire(self, account: Account, now: datetime) -> None:
        """Let every access token of the account be over; the refresh tokens live on."""
        for text, token in self._access.items():
            if token.session.account is account:
                self._access[text] = attrs.evolve(token, ends=min(token.ends, now))

    def is_signed_in(self, account: Account, now: datetime) -> bool:
        """Tell whether any app has a token for the account that works."""
        held = (each for each in self._current.values() if each.account is account)
        return any(now < self._access[each.access].ends for each in held)

    def give_code(self, app: App, account: Account, now: datetime) -> str:
        """Return a code as the OAuth page would give it."""
        code = self._dice.hex(32)
        self._codes[code] = OAuthCode(app, account, now + OAUTH_CODE_LIFE)
        return code

    def behind(self, header: str) -> Token | None:
        """Return the access token that a header carries, good or not."""
        scheme, _, token = header.partition(" ")
        return self._access.get(token) if scheme == "Bearer" else None

    def holder(self, header: str, now: datetime) -> Session:
        """Return the live session of a header, or refuse: over is 402, replaced or never made is 401."""
        token = self.behind(header)
        if token is None or self.current(token.session.app, token.session.account) is not token.session:
            raise RefusalError(NOT_SIGNED_IN, "access token is invalid")
        if header != f"Bearer {token.session.access}" and self._guess("refresh_ends_access_token"):
            raise RefusalError(NOT_SIGNED_IN, "access token was renewed")
        if now >= token.ends:
            raise RefusalError(EXPIRED, "access token has expired")
        return token.session

    def signer(self, headers: Mapping[str, str], body: bytes) -> App:
        """Return the app that signed exactly these bytes, or refuse."""
        wanted = headers.get("X-CK-Appid", "")
        app = next((app for app in self.apps if app.app_id == wanted), None)
        if app is None:
            raise RefusalError(int(self._guess("unknown_app_code")), "appid is unknown")
        given = headers.get("Authorization", "").encode("utf-8", "replace")
        if not hmac.compare_digest(given, f"Sign {signature(app.secret, body)}".encode()):
            raise RefusalError(int(self._guess("bad_signature_code")), "signature is wrong")
        return app

    def login(self, app: App, given: Mapping[str, Any], region: str, now: datetime) -> Result:
        """Sign a person in by password, at the region where the account lives."""
        if not app.enterprise:
            raise RefusalError(NOT_ENTITLED, "this appid may not log in")
        account = next((each for each in self.accounts if self._is_meant(each, given)), None)
        if account is None:
            raise RefusalError(NO_USER, "user does not exist")
        if account.region != region:  # before the password: a guess, for another region cannot know it
            raise RefusalError(WRONG_REGION, "account lives elsewhere", data={"region": account.region})
        if not account.user.password or account.user.password != given["password"]:
            raise RefusalError(WRONG_PASSWORD, "password is wrong")
        session = self.open(app, account, now)
        user = {
            "apikey": account.apikey,
            "countryCode": f"+{account.user.phone['country']}",
            "phoneNumber": account.phone,
            "email": account.user.email,
            "nickname": account.nickname,
        }
        return Result(
            data={"user": user, "at": session.access, "rt": session.refresh, "region": region},
            effect=True,
        )

    def _is_meant(self, account: Account, given: Mapping[str, Any]) -> bool:
        """Tell whether a sign-in names the account; the phone wins over the e-mail address."""
        number = given.get("phoneNumber")
        if not number:
            return account.user.email == given.get("email")
        phone, form = account.user.phone, self._guess("login_phone")
        accepted = {"with country": {account.phone}, "without": {phone["number"]}}.get(
            str(form), {account.phone, phone["number"]}
        )
        return given["countryCode"] == f"+{phone['country']}" and number in accepted

    def check_region(self, session: Session, region: str) -> None:
        """Refuse a token at another region than its account's."""
        if session.account.region != region:
            code = int(self._guess("token_elsewhere"))
            data = {"region": session.account.region} if code == WRONG_REGION else None
            raise RefusalError(code, "account lives elsewhere", data=data)

    def renew(self, app: App, token: str, region: str, now: datetime) -> Result:
        """Take a refresh token for a new pair; it works once (contract: refresh_token, not idempotent)."""
        held = self._refresh.get(token)
        if held is None or held.session.app is not app:
            raise RefusalError(NOT_SIGNED_IN, "refresh token is invalid")
        session = held.session
        if token != session.refresh:
            raise RefusalError(int(self._guess("used_refresh_token_code")), "refresh token was used")
        if self.current(app, session.account) is not session:
            raise RefusalError(NOT_SIGNED_IN, "another login ended this session")
        if now >= held.ends:
            raise RefusalError(int(self._guess("expired_refresh_token_code")), "refresh token has expired")
        self.check_region(session, region)
        self._issue(session, now + ACCESS_LIFE, now + REFRESH_LIFE)
        return Result(data={"at": session.access, "rt": session.refresh}, effect=True)

    def renewing_app(self, headers: Mapping[str, str], body: bytes, now: datetime) -> App:
        """Return the app that asks for a renewal: it shows a token or signs (contract: token_or_sign)."""
        if not headers.get("Authorization", "").startswith("Bearer "):
            return self.signer(headers, body)
        token = self.behind(headers["Authorization"])
        if token is None:
            raise RefusalError(NOT_SIGNED_IN, "access token is invalid")
        if now >= token.ends and not self._guess("expired_token_may_refresh"):
            raise RefusalError(EXPIRED, "access token has expired")
        return token.session.app

    def exchange(self, app: App, code: str, region: str, now: datetime) -> Result:
        """Take an OAuth code for a pair of tokens, once and within its 30 seconds."""
        held = self._codes.get(code)
        if held is None or held.app is not app or now >= held.ends or held.account.region != region:
            raise RefusalError(int(self._guess("dead_oauth_code")), "code is unknown, used or too old")
        del self._codes[code]
        return Result(data=self.pair(self.open(app, held.account, now, by_oauth=True)), effect=True)

    def pair(self, session: Session) -> dict[str, Any]:
        """Return a session in the words of the OAuth exchange."""
        return {
            "accessToken": session.access,
            "atExpiredTime": millis(self._access[session.access].ends),
            "refreshToken": session.refresh,
            "rtExpiredTime": millis(self._refresh[session.refresh].ends),
        }
