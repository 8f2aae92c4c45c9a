"""Signing in as pure functions: the call of each way, and the signature of an app (contract: auth.app_signature).

Nothing that is revealed has a name here: tracebacks with locals show names.
"""

from __future__ import annotations

import base64
import hmac
import secrets
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Final

import attrs

from sharebind.provider import ConfigurationError, Email, HttpCall, Secret, an_object
from sharebind_tencent.settings import TencentSettings
from sharebind_tencent.wire import requests

_LARGEST_NONCE: Final = 2**31 - 1


def sign_in(settings: TencentSettings, at: datetime) -> HttpCall:
    """Give the signed call that signs in the way that the settings name."""
    if settings.app_key is None or settings.app_secret is None:  # the settings have made sure
        raise ConfigurationError("signing in takes app_key and app_secret")
    return signed(
        entrance(settings),
        app_key=settings.app_key,
        app_secret=settings.app_secret,
        at=at,
        # The vendor's Android client draws from 0 to 9, so nothing seems to rest on it (quirk weak_nonce_seen).
        nonce=1 + secrets.randbelow(_LARGEST_NONCE),
        request_id=str(uuid.uuid4()),
    )


def entrance(settings: TencentSettings) -> HttpCall:
    """Give the call that signs in the way that the settings name."""
    if settings.open_id is not None:
        return requests.get_token_by_open_id(settings.open_id, settings.nickname or "", settings.avatar or "")
    who = settings.phone if settings.phone is not None else Email(settings.email or "")
    if settings.password is None:  # the settings have made sure
        raise ConfigurationError("signing in takes a password")
    return requests.get_token(who, settings.password)


def signed(call: HttpCall, *, app_key: str, app_secret: Secret, at: datetime, nonce: int, request_id: str) -> HttpCall:
    """Complete a call of the app and sign it: last, over all that is sent (quirk ``signature_scope``)."""
    common = {"RequestId": request_id, "AppKey": app_key, "Timestamp": int(at.timestamp()), "Nonce": nonce}
    # Vendor code disagrees on whether what is empty is signed, so none is sent (``empty_values_in_signature``).
    body = {
        name: value for name, value in {**(an_object(call.body) or {}), **common}.items() if value not in ("", None)
    }
    return attrs.evolve(call, body={**body, "Signature": signature(app_secret, body)})


def signature(app_secret: Secret, fields: Mapping[str, object]) -> Secret:
    """Give base64(HMAC-SHA1(AppSecret, text)) of all fields (contract: auth.app_signature)."""
    digest = hmac.digest(_bytes(app_secret.reveal()), _bytes(signed_text(fields).reveal()), "sha1")
    return Secret(base64.b64encode(digest).decode())


def signed_text(fields: Mapping[str, object]) -> Secret:
    """Write the fields as ``name=value``, in byte order of their names, values raw, joined with ``&``."""
    return Secret("&".join(f"{name}={_plain(fields[name])}" for name in sorted(fields, key=_bytes)))


def _plain(value: object) -> str:
    return value.reveal() if isinstance(value, Secret) else str(value)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
