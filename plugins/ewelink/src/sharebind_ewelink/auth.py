"""Signing in and renewing as pure functions: the calls, their signature, and what they answer (contract: auth).

Nothing that is revealed has a name here: tracebacks with locals show names.
"""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Mapping
from typing import Final

from sharebind.provider import ACCESS, REFRESH, ConfigurationError, Fields, HttpCall, Secret, Tokens
from sharebind_ewelink.settings import EwelinkSettings

APP_HEADER: Final = "X-CK-Appid"
ANY_COUNTRY: Final = "1"
"""The calling code that is sent with an e-mail address where the settings name none.

``countryCode`` is required there too, and what it does is not said. That any one serves is a guess: an account that
lives elsewhere is answered with 10004, and followed.
"""


def sign_in(settings: EwelinkSettings) -> HttpCall:
    """``login``: ends the earlier session of this app and account (quirk ``session_eviction``)."""
    body: dict[str, object] = {}
    if settings.phone is not None:
        # In full, as shares take it too: whether the country is to be repeated here is a guess.
        body["countryCode"] = f"+{settings.phone.country}"
        body["phoneNumber"] = f"+{settings.phone.country}{settings.phone.number}"
    else:
        body["countryCode"] = f"+{settings.country or ANY_COUNTRY}"
        body["email"] = settings.email
    return signed("login", "/v2/user/login", {**body, "password": settings.password}, settings)


def renew(token: Secret, settings: EwelinkSettings) -> HttpCall:
    """``refresh_token``: signed, for whether an expired access token may still ask for it is not said."""
    return signed("refresh_token", "/v2/user/refresh", {"rt": token}, settings)


def signed(name: str, path: str, body: Mapping[str, object], settings: EwelinkSettings) -> HttpCall:
    """Write a body, and sign exactly its bytes with the app's secret.

    It is declared as a read, for no wish changes anything by it; nothing repeats it.
    """
    if settings.app_id is None or settings.app_secret is None:  # the settings have made sure
        raise ConfigurationError("signing in and renewing take app_id and app_secret")
    text = Secret(json.dumps(body, default=_revealed, ensure_ascii=False, separators=(",", ":")))
    return HttpCall(
        name=name,
        method="POST",
        path=path,
        headers={APP_HEADER: settings.app_id, "Authorization": signature(settings.app_secret, text)},
        body=text,
        changes=False,
    )


def signature(app_secret: Secret, text: Secret) -> Secret:
    """Give ``Sign`` and base64(HMAC-SHA256(app secret, text)) (contract: auth.schemes.sign)."""
    digest = hmac.digest(_octets(app_secret), _octets(text), "sha256")
    return Secret(f"Sign {base64.b64encode(digest).decode()}")


def with_token(token: Secret) -> dict[str, Secret]:
    """Give the header of every other call (contract: auth.schemes.token)."""
    return {"Authorization": Secret(f"Bearer {token.reveal()}")}


def tokens_in(data: Fields) -> Tokens:
    """Read the tokens of ``login`` or ``refresh_token``."""
    tokens = {ACCESS: Secret(data.need("at"))}
    renewing = data.secret("rt")
    return tokens if renewing is None else {**tokens, REFRESH: renewing}


def _revealed(value: object) -> str:
    return value.reveal() if isinstance(value, Secret) else str(value)


def _octets(text: Secret) -> bytes:
    # A text that UTF-8 cannot write is refused before it is sent; an error about it here would show it.
    return text.reveal().encode("utf-8", "surrogatepass")
