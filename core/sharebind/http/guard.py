"""Refusing connections to addresses that are not public, for hosts that let others choose a base URL.

The address is looked at where the socket is made, after every name was resolved: a check of the text misses
``0x7f000001``, ``localhost`` and a name that points to another address a moment later.
"""

from __future__ import annotations

import ipaddress
import socket
from typing import Any, Final

_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
"""Addresses that a gateway turns into the IPv4 address in their last 32 bits (RFC 6052)."""

_UNICAST: Final = ipaddress.ip_network("2000::/3")
"""All of IPv6 that is handed out to the public. The rest was set aside for other ends, or ended, such as ``fec0::/10``
and ``::127.0.0.1``; which of it ``is_global`` knows differs between releases of Python."""

_INSIDE: Final = tuple(
    ipaddress.ip_network(text)
    for text in (
        "192.0.0.0/24",  # IETF protocol assignments (RFC 6890), 192.0.0.192 among them: Oracle Cloud's metadata
        "168.63.129.16/32",  # what every machine in Azure reaches its host by
        "3fff::/20",  # documentation (RFC 9637)
    )
)
"""What ``is_global`` takes for public, at least in some releases of Python, and is not."""


class NotPublicError(OSError):
    """The address that a connection was about to go to is not public."""


def public_socket(address: tuple[int, int, int, str, tuple[Any, ...]]) -> socket.socket:
    """Make the socket of a connection to a public address; aiohttp asks for each before it connects.

    Raises:
        NotPublicError: the address is not public.
    """
    family, kind, protocol, _, where = address
    if not _is_public(str(where[0])):
        raise NotPublicError("the address is not public")
    return socket.socket(family, kind, protocol)


def _is_public(text: str) -> bool:
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF) if address in _NAT64 else None
        address = inner or address.ipv4_mapped or address.sixtofour or address
        if isinstance(address, ipaddress.IPv6Address) and address not in _UNICAST:
            return False
    inside = any(address in network for network in _INSIDE)
    return address.is_global and not address.is_multicast and not inside
