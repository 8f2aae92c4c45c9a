"""The signatures of this vendor: of an app over its call, and of a device that somebody may bind."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping
from typing import Final

DIGESTS: Final = {"hmacsha1": "sha1", "hmacsha256": "sha256"}


def app_text(parameters: Mapping[str, object], *, with_empty: bool = False) -> str:
    """Return the text that an app signs: every parameter but Signature, in byte order of the names, values raw.

    Newer vendor code leaves empty values out, older code keeps them as `name=` (contract: auth.app_signature).
    """
    kept = (
        (name, value)
        for name, value in parameters.items()
        if name != "Signature" and (with_empty or value not in ("", None))
    )
    return "&".join(
        f"{name}={'' if value is None else value}"
        for name, value in sorted(kept, key=lambda pair: pair[0].encode(errors="surrogatepass"))
    )


def app_signature(app_secret: str, text: str) -> str:
    """Return base64(HMAC-SHA1(AppSecret, text))."""
    return base64.b64encode(hmac.digest(app_secret.encode(), text.encode(errors="surrogatepass"), "sha1")).decode()


def is_signed_by_app(app_secret: str, parameters: Mapping[str, object]) -> bool:
    """Tell whether Signature fits the parameters, with empty values left out or kept."""
    given = str(parameters.get("Signature", "")).encode(errors="surrogatepass")
    texts = (app_text(parameters), app_text(parameters, with_empty=True))
    return any(hmac.compare_digest(given, app_signature(app_secret, text).encode()) for text in texts)


def device_texts(bind_type: str, product: str, device: str, timestamp: int, conn_id: str) -> tuple[str, ...]:
    """Return the texts that a device may have signed for this BindType.

    Bluetooth devices sign an expiry, which DeviceTimestamp then carries. The text of `other_sign` is unknown: a scanned
    code of one format travels as bluetooth_sign from one client and as other_sign from another, so that both pass.
    """
    wifi = f"DeviceName={device}&DeviceTimestamp={timestamp}&ProductId={product}&ConnId={conn_id}"
    bluetooth = f"{product}{device};{conn_id};{timestamp}"
    if bind_type == "wifi_sign":
        return (wifi,)
    return (bluetooth, wifi) if bind_type == "other_sign" else (bluetooth,)


def device_signature(device_secret: str, text: str, method: str = "hmacsha1") -> str:
    """Return the hex HMAC of the text under the device's secret, which is base64 of the key."""
    return hmac.digest(base64.b64decode(device_secret), text.encode(errors="surrogatepass"), DIGESTS[method]).hex()
