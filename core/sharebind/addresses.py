"""Base URLs: which ones tokens may be sent to."""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from urllib.parse import urlsplit


@lru_cache(maxsize=1000)  # a host opens thousands of accounts at a few
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
    plain = text.isprintable() and not any(mark in text for mark in " ?#")
    if not host or not plain or not _is_a_name(host) or parts.scheme not in ("https", "http"):
        raise ValueError("expected a base URL such as https://api.example.com")
    if parts.username is not None or parts.password is not None:
        raise ValueError("a base URL holds no user and no password")
    if parts.scheme == "http" and not _is_loopback(host):
        raise ValueError("http:// would send tokens unencrypted; it is for 127.0.0.1, ::1 and localhost only")
    return text.rstrip("/")


def _is_a_name(host: str) -> bool:
    """Tell whether a host can be looked up: no part of it is empty or longer than a name may be."""
    try:
        host.encode("idna")
    except UnicodeError:
        return ":" in host  # an IPv6 address, which is no name
    return True


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
