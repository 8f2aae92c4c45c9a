"""Base URLs: which ones tokens may be sent to."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit


def checked_base_url(text: str) -> str:
    """Give a base URL back without a slash at its end.

    A user or password in it is never part of a message.

    Raises:
        ValueError: it is no absolute URL without query and user, or it is ``http://`` beyond loopback.

    """
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except (ValueError, TypeError, AttributeError):
        host, parts = None, urlsplit("")
    plain = text.isprintable() and " " not in text
    if not host or not plain or parts.scheme not in ("https", "http") or parts.query or parts.fragment:
        raise ValueError("expected a base URL such as https://api.example.com")
    if parts.username is not None or parts.password is not None:
        raise ValueError("a base URL holds no user and no password")
    if parts.scheme == "http" and not _is_loopback(host):
        raise ValueError("http:// would send tokens unencrypted; it is for 127.0.0.1, ::1 and localhost only")
    return text.rstrip("/")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
