"""Reading answers: no more bytes than a cap, counted after decompression, and JSON or nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import aiohttp
from aiohttp import hdrs
from aiohttp.http import RawResponseMessage

from sharebind.calls import Reply
from sharebind.http.json_text import decode

BODY_LIMIT: Final = 8 * 1024 * 1024
"""Bytes of one answer after decompression. Quectel lists the shares of a device unpaged, about 1.3 kB each."""

_LONGEST_RETRY_AFTER: Final = 86_400 * 366


class TooLargeError(Exception):
    """An answer beyond the cap."""


async def reply_of(head: RawResponseMessage, content: aiohttp.StreamReader) -> Reply:
    """Read an answer; nearly all bodies are there as a whole when they are first looked at."""
    body = await content.readany()
    if not content.at_eof() or len(body) > BODY_LIMIT:
        body = await _whole_body(content, body)
    later = head.headers.get(hdrs.RETRY_AFTER)
    retry_after = None if later is None else _retry_after(later)
    return read_reply(head.code, body, retry_after, whole=bool(body) or _is_whole(head))


async def _whole_body(content: aiohttp.StreamReader, first: bytes) -> bytes:
    """Read what is left of a body, counting bytes after decompression."""
    pieces, size = [first], len(first)
    while pieces[-1]:
        if size > BODY_LIMIT:
            raise TooLargeError(f"an answer of more than {BODY_LIMIT} bytes")
        pieces.append(await content.readany())
        size += len(pieces[-1])
    return b"".join(pieces)


def _is_whole(head: RawResponseMessage) -> bool:
    """Tell whether the end of the body was announced; else it may have been cut off right after the head."""
    return hdrs.CONTENT_LENGTH in head.headers or head.code in (204, 205) or head.chunked


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
