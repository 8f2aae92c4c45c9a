"""One request and its answer, on a connection of the pool.

Connections are aiohttp's, and so is the reading of answers. Its session is left out, and with it what it does by
itself: it follows redirects, keeps cookies, asks the environment for proxies and passwords, and sends GET, PUT and
DELETE again after a dropped connection. So whether a request has left is known here to the line.
"""

from __future__ import annotations

import asyncio
from typing import Final

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection
from yarl import URL

from sharebind._version import __version__
from sharebind.calls import HttpCall, Reply
from sharebind.errors import ConfigurationError
from sharebind.http.answers import reply_of
from sharebind.http.writing import Writer, Written

CONNECT_TIMEOUT: Final = 5.0
"""Seconds for a connection and its TLS handshake; looking up the name counts against the call's own time."""

_SWITCHING: Final = 101
_TIMED_OUT: Final = 408
_INTERIM: Final = range(100, 200)
_AT_ONCE: Final = 65_536
"""Bytes of a request that have left when it is answered; more may still wait for a server that stopped reading."""

_ALWAYS: Final = {"User-Agent": f"sharebind/{__version__}", "Accept": "application/json"}

_NEEDED: Final = (
    (aiohttp.BaseConnector, "connect"),
    (Connection, "protocol"),
    (ResponseHandler, "set_response_params"),
    (ResponseHandler, "should_close"),
    (ResponseHandler, "read"),
)
"""What this module builds on, and aiohttp does not promise."""


def _check_aiohttp() -> None:
    """Look whether aiohttp is as this module needs it: else nobody would know what has left."""
    if not all(hasattr(*named) for named in _NEEDED):
        raise ConfigurationError(f"aiohttp {aiohttp.__version__} is too new for this release of sharebind")


class Address:
    """One base URL: how requests to it are written, and whom aiohttp connects to for them."""

    __slots__ = ("_base_url", "_draft", "_writer")

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        self._draft: aiohttp.ClientRequest | None = None
        self._writer: Writer | None = None

    def write(self, call: HttpCall) -> Written:
        """Write one call; raises as ``Writer.write``, and ``aiohttp.InvalidURL`` where no calls can go there."""
        if self._writer is None:
            # aiohttp knows the host's header, and what it can unpack.
            self._writer = Writer(self._base_url, self.draft().headers)
        return self._writer.write(call)

    def draft(self) -> aiohttp.ClientRequest:
        """Give the request by which aiohttp finds and opens connections; it is never sent itself.

        Raises:
            aiohttp.InvalidURL: no calls can go there.
            ConfigurationError: aiohttp is not as this module needs it.
        """
        if self._draft is None:
            _check_aiohttp()
            try:
                url, loop = URL(self._base_url), asyncio.get_running_loop()
                self._draft = aiohttp.ClientRequest("GET", url, headers=_ALWAYS, loop=loop)
            except ValueError:  # what older releases of aiohttp raise
                raise aiohttp.InvalidURL(self._base_url) from None
        return self._draft


async def connected(
    connector: aiohttp.BaseConnector, draft: aiohttp.ClientRequest, times: aiohttp.ClientTimeout
) -> Connection:
    """Give a connection on which nothing has been said yet.

    A kept connection on which something has come meanwhile, or that is closing, is not used: what came would be taken
    for the answer, and on a shared connection for the next account's.

    Raises:
        aiohttp.ClientError: there is none, or a kept one was used up.
        OSError: the same.
    """
    try:
        connection = await connector.connect(draft, traces=[], timeout=times)
    except TimeoutError:
        raise aiohttp.ConnectionTimeoutError("no connection in time") from None
    protocol = connection.protocol
    if protocol is not None and protocol.is_connected():
        protocol.set_response_params(read_until_eof=True)
        if not protocol.should_close:
            return connection
    connection.close()
    raise aiohttp.ClientConnectionError("a kept connection was used up")


async def exchanged(connection: Connection, written: Written) -> Reply:
    """Send a request and read its answer; whatever goes wrong in here, the request may have arrived.

    Raises:
        aiohttp.ClientError: there is no whole answer.
        aiohttp.http.HttpProcessingError: what came is no HTTP.
        OSError: the connection broke.
        TooLargeError: the answer is beyond the cap.
    """
    protocol, transport = connection.protocol, connection.transport
    if protocol is None or transport is None:
        raise aiohttp.ClientConnectionError("the connection is gone")
    try:
        transport.write(written.content)
        head, body = await protocol.read()
        while head.code in _INTERIM and head.code != _SWITCHING:  # the real one follows
            head, body = await protocol.read()
        reply = await reply_of(head, body)
    except BaseException:
        _end(connection, transport)
        raise
    # A 408 speaks of the connection, and may have crossed a request: then each answer would be the next one's.
    if len(written.content) > _AT_ONCE or head.code == _TIMED_OUT:
        _end(connection, transport)
    else:
        connection.release()  # which closes what cannot be kept
    return reply


def _end(connection: Connection, transport: asyncio.Transport) -> None:
    """End a connection at once: closing alone goes on sending what is left, for as long as nobody reads it."""
    transport.abort()
    connection.close()
