"""Signing in and signing as pure functions (contract: auth).

Nothing that is revealed has a name here: tracebacks with locals show names.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

from sharebind.provider import ACCESS, ConfigurationError, Fields, HttpCall, Secret, Tokens
from sharebind_gizwits.settings import GizwitsSettings


def sign_in(settings: GizwitsSettings) -> HttpCall:
    """Contract: login. One field takes a user name, an e-mail address or a phone."""
    user, password = settings.user, settings.password
    if user is None or password is None:  # the settings have made sure
        raise ConfigurationError("signing in takes a username, an email or a phone, with a password")
    return HttpCall(
        name="login",
        method="POST",
        path="/app/login",
        body={"username": user, "password": password},
        changes=False,
    )


def tokens_in(body: Fields) -> Tokens:
    """Read what login answers. There is no call to renew a token, so its end is learnt as it is refused."""
    return {ACCESS: Secret(body.need("token"))}


def signature(product_secret: Secret, at: datetime) -> dict[str, str | Secret]:
    """Write the two headers of the product's signature (contract: auth.product_signature)."""
    stamp = str(int(at.timestamp()))
    # MD5 is the vendor's choice. What UTF-8 cannot write is refused by the vendor; an error here would show it.
    digest = hashlib.md5((product_secret.reveal() + stamp).encode("utf-8", "surrogatepass"), usedforsecurity=False)
    return {"X-Gizwits-Timestamp": stamp, "X-Gizwits-Signature": Secret(digest.hexdigest())}
