"""Writing requests, as HTTP/1.1 in bytes: whole before anything is announced, for what cannot be written was not sent.

Header, path and body can name no second request: each is checked for the characters that would end it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from yarl import URL

from sharebind.calls import HttpCall
from sharebind.http.json_text import encode
from sharebind.secrets import Secret

URL_LIMIT: Final = 8000
"""Characters of a URL with its query: common servers read no more than 8 kB of a request line."""

_JSON: Final = "Content-Type: application/json\r\n"

_BODILESS: Final = frozenset({"GET", "OPTIONS", "TRACE"})
"""Methods that do not say that they have no body (RFC 9110, section 8.6)."""

_OTHERWISE: Final = frozenset({"CONNECT", "HEAD"})
"""Methods whose answers are read in another way; no API has needed one."""

_FRAMING: Final = frozenset({"connection", "content-length", "expect", "host", "transfer-encoding", "upgrade"})
"""Headers that say where a request ends and whom it is for: they are written here, and by no adapter."""

_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+").fullmatch
_ENCODED: Final = re.compile(r"/[!$-~]*").fullmatch
_NEEDS_NO_QUOTES: Final = re.compile(
    r"[A-Za-z0-9._~-]+=[A-Za-z0-9._~-]*(?:&[A-Za-z0-9._~-]+=[A-Za-z0-9._~-]*)*"
).fullmatch


class UnwritableError(Exception):
    """A call that cannot be written as a request; the message says why, without any of its values."""


class Written:
    """A request as it goes out, with its secrets in the clear; it shows itself to nobody."""

    __slots__ = ("content",)

    def __init__(self, content: bytes) -> None:
        self.content = content


class Writer:
    """Writes the requests to one base URL; ``always`` are the headers that all of them have."""

    __slots__ = ("_always", "_common", "_origin", "_path")

    def __init__(self, base_url: str, always: Mapping[str, str]) -> None:
        url = URL(base_url)
        self._path = url.raw_path.rstrip("/")
        self._origin = str(url.origin())
        self._always = {name.lower(): f"{name}: {value}\r\n" for name, value in always.items()}
        self._common = "".join(self._always.values())

    def write(self, call: HttpCall) -> Written:
        """Write one call.

        Raises:
            UnwritableError: a field is half a character, a header holds a line end, or the URL is too long.
            ValueError: its method, its path or a header's name is none, or the header is one that is written here.
        """
        method = call.method.upper()
        common = self._common
        own, kind = "", _JSON
        for name, value in call.headers.items():
            own += _line(name, value)
            low = name.lower()
            common = common.replace(self._always.get(low, "\0"), "")
            kind = "" if low == "content-type" else kind
        target = self._target(call)
        if call.body is None:
            length = "" if method in _BODILESS else "Content-Length: 0\r\n"
            return Written(f"{method} {target} HTTP/1.1\r\n{common}{length}{own}\r\n".encode())
        body = _json_of(call)
        length = f"Content-Length: {len(body)}\r\n"
        return Written(f"{method} {target} HTTP/1.1\r\n{common}{kind}{length}{own}\r\n".encode() + body)

    def _target(self, call: HttpCall) -> str:
        """Write path and query; texts that are the same in a query, which most are, need no quoting."""
        target = self._path + call.path or "/"
        if not _ENCODED(target) or not _TOKEN(call.method):
            raise ValueError(f"{call.name} has no path that is percent-encoded, or a method that is no word")
        if call.method.upper() in _OTHERWISE:
            raise ValueError(f"{call.name} cannot be sent with {call.method}")
        if call.query:
            query = _joined(call.query)
            # A field that holds "&" or "=" shows in their number.
            plain = query.count("=") == len(call.query) == query.count("&") + 1
            target = f"{target}?{query if plain and _NEEDS_NO_QUOTES(query) else self._quoted(call)}"
        if len(self._origin) + len(target) > URL_LIMIT:
            raise UnwritableError(f"is too long to be sent: {call.name} takes its fields in the URL")
        return target

    def _quoted(self, call: HttpCall) -> str:
        fields = {name: _revealed(value) for name, value in call.query.items()}
        if not all(_is_text(text) for pair in fields.items() for text in pair):
            raise _half_a_character(call)
        return URL(self._origin).with_query(fields).raw_query_string


def _line(name: str, value: str | Secret) -> str:
    """Write one header of a call's own."""
    text = _revealed(value)
    if not text.isprintable():
        raise UnwritableError("was not sent: the token holds a line end or another character that no header may have")
    if not _TOKEN(name) or name.lower() in _FRAMING:
        raise ValueError(f"{name!r} is no header of a call's own")
    return f"{name}: {text}\r\n"


def _json_of(call: HttpCall) -> bytes:
    """Write a body, with its secrets revealed; one that is a secret as a whole is JSON already."""
    with suppress(UnicodeEncodeError):
        return call.body.reveal().encode() if isinstance(call.body, Secret) else encode(call.body, _unsealed)
    # Raised out here: the error of what was tried holds the body.
    raise _half_a_character(call)


def _half_a_character(call: HttpCall) -> UnwritableError:
    return UnwritableError(f"was not sent: a field of {call.name} holds half a character, which UTF-8 cannot write")


def _is_text(text: str) -> bool:
    """Tell whether a text can be written: half a character cannot, and would be dropped on the way."""
    return text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text)


def _revealed(value: object) -> str:
    return value.reveal() if isinstance(value, Secret) else str(value)


def _unsealed(value: object) -> str:
    """Give what stands for a value that JSON has not: only a secret is meant to stand in a body."""
    if isinstance(value, Secret):
        return value.reveal()
    raise TypeError(f"a body holds a {type(value).__name__}, which is no JSON")


def _joined(query: Mapping[str, str | Secret]) -> str:
    """Write a query as it is; most hold texts only, and those need no loop."""
    try:
        return "&".join(map("=".join, query.items()))  # type: ignore[arg-type]  # where there is a secret, it raises
    except TypeError:
        return "&".join([f"{name}={_revealed(value)}" for name, value in query.items()])
