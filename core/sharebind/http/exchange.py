"""One request and its answer, on a connection of the pool.

aiohttp's session is left out, and with it what it does by itself: it follows redirects, keeps cookies, asks the
environment for proxies and passwords, and sends GET, PUT and DELETE again after a dropped connection. Its connections,
requests and answers are used, so whether a request has left is known here, line by line.
"""

from __future__ import annotations

import asyncio
from functools import cached_property
from typing import Final

import aiohttp
from aiohttp import hdrs
from aiohttp.client_proto import ResponseHandler
from aiohttp.client_reqrep import ConnectionKey
from aiohttp.connector import Connection
from yarl import URL

from sharebind._version import __version__
from sharebind.calls import Reply
from sharebind.errors import ConfigurationError
from sharebind.http.answers import reply_of

CONNECT_TIMEOUT: Final = 5.0
"""Seconds for a connection and its TLS handshake; looking up the name counts against the call's own time."""

_ALWAYS: Final = {"User-Agent": f"sharebind/{__version__}", "Accept": "application/json"}

_NEEDED: Final = (
    (aiohttp.BaseConnector, "connect"),
    (aiohttp.ClientRequest, "send"),
    (aiohttp.ClientRequest, "update_body_from_data"),
    (aiohttp.ClientResponse, "start"),
    (ResponseHandler, "set_response_params"),
    (ResponseHandler, "should_close"),
)
_SET: Final = frozenset({"headers", "loop", "original_url", "url"})
"""What this module builds on, and aiohttp does not promise: these methods, and these fields of a request."""


class Written:
    """A call as it goes out, with its secrets in the clear; it shows itself to nobody."""

    __slots__ = ("body", "headers", "url")

    def __init__(self, url: URL) -> None:
        self.url = url
        self.body: bytes | None = None
        self.headers: dict[str, str] = {}


class _Request(aiohttp.ClientRequest):
    """A request that knows its host by a key, which takes a while to make and is the same for all of a draft."""

    @cached_property
    def connection_key(self) -> ConnectionKey:
        """What its connections are kept under."""
        return super().connection_key


class Requests:
    """Makes the requests to one host: those of a kind are alike but for address, headers and body.

    So one of each kind is made by aiohttp, which takes a tenth of the time of a whole call, and copied for each.
    """

    __slots__ = ("_drafts",)

    def __init__(self) -> None:
        self._drafts: dict[tuple[str, bool], _Request] = {}

    def make(self, method: str, written: Written, loop: asyncio.AbstractEventLoop) -> _Request:
        """Make one request.

        Raises:
            ConfigurationError: aiohttp makes them in another way by now.
            aiohttp.InvalidURL: no calls can go there.
        """
        body = written.body
        kind = method, body is None
        draft = self._drafts.get(kind)
        if draft is None:
            draft = self._drafts[kind] = _drafted(method, written.url, loop, has_body=body is not None)
        request = object.__new__(_Request)
        fields = vars(request)
        fields.update(vars(draft))
        fields["url"] = fields["original_url"] = written.url
        fields["loop"] = loop
        headers = draft.headers.copy()
        headers.update(written.headers)
        fields["headers"] = headers
        if body is not None:
            request.update_body_from_data(body)
        return request


def _drafted(method: str, url: URL, loop: asyncio.AbstractEventLoop, *, has_body: bool) -> _Request:
    draft = _Request(method, url, headers=_ALWAYS, loop=loop)
    if not vars(draft).keys() >= _SET or not draft.connection_key:
        raise _too_new()
    if has_body:
        draft.headers.pop(hdrs.CONTENT_LENGTH, None)  # that of no body, which some methods have
    return draft


def check_aiohttp() -> None:
    """Look whether aiohttp is as this module needs it: else nothing would tell whether a request has left.

    Raises:
        ConfigurationError: it is not.
    """
    if not all(hasattr(*named) for named in _NEEDED):
        raise _too_new()


def _too_new() -> ConfigurationError:
    return ConfigurationError(f"aiohttp {aiohttp.__version__} is too new for this release of sharebind")


async def connected(
    connector: aiohttp.BaseConnector, request: aiohttp.ClientRequest, times: aiohttp.ClientTimeout
) -> Connection:
    """Give a connection on which nothing has been said yet.

    A kept connection on which something has come meanwhile, or that is closing, is not used: what came would be taken
    for the answer, and on a shared connection for the next account's.

    Raises:
        aiohttp.ClientError: there is none, or a kept one was used up.
        OSError: the same.
    """
    try:
        connection = await connector.connect(request, traces=[], timeout=times)
    except TimeoutError:
        raise aiohttp.ConnectionTimeoutError("no connection in time") from None
    protocol = connection.protocol
    if protocol is not None:
        protocol.set_response_params(read_until_eof=True)
        if not protocol.should_close:
            return connection
    connection.close()
    raise aiohttp.ClientConnectionError("a kept connection was used up")


async def exchanged(connection: Connection, request: aiohttp.ClientRequest) -> Reply:
    """Send a request and read its answer; whatever goes wrong in here, the request may have arrived.

    Raises:
        aiohttp.ClientError: there is no whole answer.
        OSError: the same.
        TooLargeError: the answer is beyond the cap.
    """
    try:
        response = await request.send(connection)
        try:
            await response.start(connection)
        except BaseException:
            response.close()
            raise
    except BaseException:
        connection.close()
        raise
    try:
        return await reply_of(response)
    finally:
        if not response.closed:  # what was read to its end has given its connection back already
            response.release()
