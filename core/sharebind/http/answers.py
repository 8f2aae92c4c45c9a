"""Reading answers: no more bytes than a cap, counted after decompression, and JSON or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

import aiohttp
from aiohttp import hdrs

from sharebind.calls import Reply
from sharebind.http.decoding import decode

BODY_LIMIT: Final = 8 * 1024 * 1024
"""Bytes of one answer after decompression. Quectel lists the shares of a device unpaged, about 1.3 kB each."""

_LONGEST_RETRY_AFTER: Final = 86_400 * 366
_DIGITS: Final = 12
"""Digits of a length that is worth reading."""


class TooLargeError(Exception):
    """An answer beyond the cap."""


async def reply_of(response: aiohttp.ClientResponse) -> Reply:
    """Read an answer; a body that says its length and fits is read in one go."""
    headers = response.headers
    length = headers.get(hdrs.CONTENT_LENGTH)
    fits = length is not None and len(length) < _DIGITS and length.isdigit() and int(length) <= BODY_LIMIT
    if fits and hdrs.CONTENT_ENCODING not in headers:
        body = await response.read()
    else:
        body = await _read_capped(response)
    whole = length is not None or response.status in (204, 205) or _is_chunked(headers)
    later = headers.get(hdrs.RETRY_AFTER)
    return read_reply(response.status, body, None if later is None else _retry_after(later), whole=whole)


async def _read_capped(response: aiohttp.ClientResponse) -> bytes:
    """Read a body, counting bytes after decompression."""
    pieces: list[bytes] = []
    size = 0
    async for piece in response.content.iter_any():
        size += len(piece)
        if size > BODY_LIMIT:
            response.close()
            raise TooLargeError(f"an answer of more than {BODY_LIMIT} bytes")
        pieces.append(piece)
    return b"".join(pieces)


def _is_chunked(headers: Mapping[str, str]) -> bool:
    """Tell whether the end of the body is announced in it; else it may have been cut off right after the head."""
    return "chunked" in headers.get(hdrs.TRANSFER_ENCODING, "").lower()


def read_reply(status: int, body: bytes, retry_after: timedelta | None = None, *, whole: bool = True) -> Reply:
    """Decode an answer; what is no JSON in UTF-8 is not readable, and nothing at all is empty where it is ``whole``."""
    try:
        decoded = decode(body)
    except (ValueError, RecursionError):
        return Reply(status=status, readable=False, empty=whole and not body, retry_after=retry_after)
    return Reply(status=status, body=decoded, retry_after=retry_after)


def _retry_after(value: str) -> timedelta | None:
    """Read ``Retry-After`` in seconds; its date form is left out, since the vendor's clock may differ from ours."""
    if not value.isascii() or not value.isdigit() or len(value) > 9:  # noqa: PLR2004 - 31 years
        return None
    return timedelta(seconds=min(int(value), _LONGEST_RETRY_AFTER))
