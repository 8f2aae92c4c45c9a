"""Durations as people write them in settings: ``30s``, ``15m``, ``2h``, ``7d``, ``1h30m``.

Our own strict reader, because an end of access must not be guessed: there are no months or years (how long is one?),
units are lower case, each stands once and in falling order, and nothing is negative.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final

_FORM: Final = re.compile(r"(?:(\d{1,6})d)?(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,6}(?:\.\d{1,6})?)s)?", re.ASCII)


def parse_duration(text: str) -> timedelta:
    """Read a duration longer than zero.

    Raises:
        ValueError: the text is anything else; the message shows the form.
    """
    match = _FORM.fullmatch(text)
    if match is not None and any(match.groups()):
        days, hours, minutes, seconds = (float(part or 0) for part in match.groups())
        duration = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
        if duration > timedelta():
            return duration
    raise ValueError('expected a duration such as "30s"')


def format_duration(duration: timedelta) -> str:
    """Write a duration in the same form, without fractions of a second."""
    seconds = int(duration.total_seconds())
    parts: list[str] = []
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"


def checked_duration(span: object, name: str) -> timedelta:
    """Give a time that is longer than zero.

    Raises:
        TypeError: it is no timedelta.
        ValueError: it is zero or less.

    """
    if not isinstance(span, timedelta):
        raise TypeError(f"{name} is a timedelta, not {type(span).__name__}")
    if span <= timedelta():
        raise ValueError(f"{name} must be longer than zero")
    return span
