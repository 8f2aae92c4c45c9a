"""The HTTP client that adapters hold, and the connection pool behind all of them.

What is fixed here, because each was measured to bite: no redirects (a custom token header and the body are sent on), no
cookies (one tenant's was sent with another's token), no more bytes than a cap while they are read (a small gzip can be
half a gigabyte), ``https`` everywhere but on loopback, and no hidden second sending (aiohttp repeats PUT and DELETE by
itself after a dropped connection).
"""

from __future__ import annotations

import asyncio
import json
import re
import ssl
from collections.abc import Callable, Mapping
from contextlib import suppress
from contextvars import ContextVar
from datetime import timedelta
from typing import Any, Final, TypeVar
from weakref import WeakValueDictionary

import aiohttp
from aiohttp import hdrs
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection
from yarl import URL

from sharebind._version import __version__
from sharebind.addresses import checked_base_url
from sharebind.calls import HttpCall, Reply
from sharebind.context import Context
from sharebind.errors import (
    ConfigurationError,
    InvalidRequestError,
    OutcomeUnknownError,
    ProviderError,
    SharebindError,
    UnavailableError,
)
from sharebind.http.decoding import decode
from sharebind.http.guard import NotPublicError, public_socket
from sharebind.http.pacing import Pacer
from sharebind.http.retrying import SESSION, Budget, Repeater
from sharebind.retries import Retries
from sharebind.secrets import Secret

CONNECT_TIMEOUT: Final = 5.0
"""Seconds for a connection and its TLS handshake; looking up the name counts against the call's own time."""

BODY_LIMIT: Final = 8 * 1024 * 1024
"""Bytes of one answer after decompression. Quectel lists the shares of a device unpaged, about 1.3 kB each."""

URL_LIMIT: Final = 8000
"""Characters of a URL with its query: common servers read no more than 8 kB of a request line."""

_LONGEST_RETRY_AFTER: Final = 86_400 * 366
_DIGITS: Final = 12
"""Digits of a length that is worth reading."""

_NEEDS_NO_QUOTES: Final = re.compile(
    r"[A-Za-z0-9._~-]+=[A-Za-z0-9._~-]*(?:&[A-Za-z0-9._~-]+=[A-Za-z0-9._~-]*)*"
).fullmatch


T = TypeVar("T")


class _Wire:
    """Whether a request was handed to a connection: before that it surely did nothing."""

    __slots__ = ("reached",)

    def __init__(self) -> None:
        self.reached = False


_wire: ContextVar[_Wire | None] = ContextVar("sharebind_wire", default=None)


class _DroppedError(Exception):
    """A connection dropped in mid-call, in a form that aiohttp does not repeat."""


class _Request(aiohttp.ClientRequest):
    """A request that notes when it leaves, and leaves once.

    aiohttp's own ways to learn the same, traces and middlewares, take a fifth of the time of a whole call.
    """

    async def send(self, conn: Connection) -> aiohttp.ClientResponse:
        """Note that the first byte is about to be written: aiohttp comes here with a connection at hand.

        A kept connection on which something has come meanwhile, or that is closing, is not used: what came would be
        taken for the answer, and on a shared connection for the next account's.
        """
        if conn.protocol is None or conn.protocol.should_close:
            raise aiohttp.ClientConnectionError("a kept connection was used up")
        wire = _wire.get()
        if wire is not None:
            wire.reached = True
        try:
            return await super().send(conn)
        except _DROPPED as dropped:
            raise _DroppedError(type(dropped).__name__) from None


class _Response(aiohttp.ClientResponse):
    """An answer whose loss is told in a form that aiohttp does not repeat."""

    async def start(self, connection: Connection) -> aiohttp.ClientResponse:
        """Stop aiohttp from sending PUT and DELETE again after a dropped connection (aio-libs/aiohttp#10790)."""
        try:
            return await super().start(connection)
        except _DROPPED as dropped:
            raise _DroppedError(type(dropped).__name__) from None


_DROPPED: Final = (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError)
_NEEDED: Final = (
    (aiohttp.ClientRequest, "send"),
    (aiohttp.ClientResponse, "start"),
    (ResponseHandler, "should_close"),
)
"""What the two classes above build on, and aiohttp does not promise."""


class Pool:
    """One connection pool for any number of accounts; it opens with the first call and closes only what it opened.

    Connections are limited per host, so that a vendor that hangs starves nobody else.

    A borrowed session lends its connector only: this pool's own session over it has no cookies, no default headers and
    its own rules, and closing it leaves the borrowed one open.

    A borrowed connector that verifies no certificates is refused.

    With ``public_only`` no connection goes to an address that is not public, whatever the name or text that led there.
    """

    def __init__(
        self,
        borrowed: aiohttp.ClientSession | None = None,
        *,
        connections: int = 100,
        public_only: bool = False,
        retries: Retries,
    ) -> None:
        if borrowed is not None and not _verifies(borrowed.connector):
            raise ConfigurationError("the borrowed aiohttp session verifies no certificates")
        self._borrowed = borrowed
        self._connections = connections
        self._public_only = public_only
        self._retries = retries
        self._budgets: WeakValueDictionary[tuple[str, str], Budget] = WeakValueDictionary()
        self._session: aiohttp.ClientSession | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False

    def session(self) -> aiohttp.ClientSession:
        """Give the session, opening it if this is the first call.

        Raises:
            ConfigurationError: the pool, or the session that was lent to it, is closed, or is another event loop's.
        """
        if self._closed:
            raise ConfigurationError("this Sharebind is closed; open a new one")
        loop = asyncio.get_running_loop()
        if self._session is None or self._session.closed:
            self._session, self._loop = self._open(), loop
        elif loop is not self._loop:
            raise ConfigurationError("this Sharebind has connections on another event loop; open one for each loop")
        return self._session

    def _open(self) -> aiohttp.ClientSession:
        if not all(hasattr(*named) for named in _NEEDED):
            # Without them nothing would tell whether a request has left, and outcomes would be wrong.
            raise ConfigurationError(f"aiohttp {aiohttp.__version__} is too new for this release of sharebind")
        lent = self._borrowed.connector if self._borrowed is not None else None
        if self._borrowed is not None and (lent is None or lent.closed):
            raise ConfigurationError("the borrowed aiohttp session is closed")
        return aiohttp.ClientSession(
            connector=lent if lent is not None else self._connector(),
            connector_owner=lent is None,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": f"sharebind/{__version__}", "Accept": "application/json"},
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_TIMEOUT),
            request_class=_Request,
            response_class=_Response,
            trust_env=False,
        )

    def _connector(self) -> aiohttp.TCPConnector:
        guard = public_socket if self._public_only else None
        return aiohttp.TCPConnector(limit=0, limit_per_host=self._connections, socket_factory=guard)

    def repeater(self, provider: str, base_url: str) -> Repeater:
        """Give what repeats calls to a host; all accounts of a provider share its budget there."""
        host = (provider, URL(base_url).authority)
        budget = self._budgets.get(host)
        if budget is None:
            budget = self._budgets[host] = Budget(self._retries.budget)
        return Repeater(self._retries, budget)

    async def aclose(self) -> None:
        """Close what this pool opened; closing twice is no error."""
        self._closed = True
        session, self._session = self._session, None
        if session is not None:
            await session.close()


def _verifies(connector: aiohttp.BaseConnector | None) -> bool:
    """Tell whether a connector looks at certificates; one that knows a server by its fingerprint does."""
    rule: object = getattr(connector, "_ssl", True)  # no public name tells
    if isinstance(rule, ssl.SSLContext):
        return rule.verify_mode is ssl.CERT_REQUIRED and rule.check_hostname
    return rule is not False


def _is_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


class HttpClient:
    """Carries the calls of one account to one base URL, at the account's pace."""

    def __init__(self, pool: Pool, base_url: str, provider: str, pacer: Pacer | None = None) -> None:
        self._pool = pool
        self._prefix = checked_base_url(base_url)
        self._repeater = pool.repeater(provider, self._prefix)
        self._provider = provider
        self._pacer = pacer

    def at(self, base_url: str) -> HttpClient:
        """Give a client for another base URL, over the same connections and at the same pace.

        Raises:
            ValueError: no calls may go there.
        """
        return HttpClient(self._pool, base_url, self._provider, self._pacer)

    async def send(self, call: HttpCall, ctx: Context, read: Callable[[Reply], T]) -> T:
        """Carry one call, and give what ``read`` makes of its answer; repeat it where that is safe.

        Raises:
            InvalidRequestError: its fields make a URL that servers refuse to read, or cannot be written in UTF-8.
            UnavailableError: it surely never reached the vendor, or it was a read and got no answer.
            OutcomeUnknownError: it changes something and was not answered.
            ProviderError: what ``read`` raises.
        """
        # Nothing that is revealed has a name here: tracebacks with locals show names.
        written = self._written(call, ctx)
        while True:
            try:
                told = read(await self._carry(call, written, ctx))
            except ProviderError as error:
                if not await self._repeater.pause(error, call, ctx):
                    raise
            else:
                self._repeater.succeeded()
                ctx.attempt = 0
                return told

    async def _carry(self, call: HttpCall, written: _Written, ctx: Context) -> Reply:
        """Carry one call once, and give the answer, whatever its status."""
        if self._pacer is not None:
            ctx.held_up = "the account's rate let no call of it out"
            await self._pacer.turn(call.name, ahead=ctx.operation in SESSION, tell=ctx.waited)
            ctx.held_up = ""
        session = self._pool.session()  # it may have been closed during a wait
        if ctx.deadline is not None and asyncio.get_running_loop().time() >= ctx.deadline:
            raise TimeoutError  # whoever held up the loop, or swallowed the cancellation: nothing leaves any more
        if call.changes:
            await ctx.effect()
        ctx.sends(call.name, changes=call.changes)
        wire = _Wire()
        token = _wire.set(wire)
        try:
            response = await session.request(
                call.method,
                written.url,
                data=written.body,
                headers=written.headers,
                allow_redirects=False,
                raise_for_status=False,
            )
            try:
                return await _reply_of(response)
            finally:
                response.release()  # all that the block of ``async with`` does, for less
        except asyncio.CancelledError:
            if not wire.reached:
                ctx.refused()
                if not _is_cancelled():  # closing the pool cancels those who wait for a connection
                    self._pool.session()
            raise
        except (_DroppedError, _TooLargeError, aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            failure = self._failure(call, ctx, error, reached=wire.reached)
        finally:
            _wire.reset(token)
        # Raised out here, so that aiohttp's error, which holds the headers, is neither cause nor context.
        raise failure

    def _written(self, call: HttpCall, ctx: Context) -> _Written:
        """Write a call before anything is announced: what cannot be written was surely not sent."""
        written = _Written(self._url(call, ctx))
        headers = written.headers
        for name, value in call.headers.items():
            headers[name] = value.reveal() if type(value) is Secret else str(value)
            if not headers[name].isprintable():
                raise InvalidRequestError(
                    "the token holds a line end or another character that no header may have", **self._facts(ctx)
                )
        if call.body is not None:
            with suppress(UnicodeEncodeError):
                written.body = _write_json(call.body).encode()
            # Raised out here: the error of what was tried holds the body.
            if written.body is None:
                raise self._unwritable(call, ctx)
            headers["Content-Type"] = "application/json"
        return written

    def _url(self, call: HttpCall, ctx: Context) -> URL:
        """Write the address; texts that are the same in a query, which most are, need no quoting."""
        bare = self._prefix + call.path
        url = URL(bare, encoded=True)
        length = len(bare)
        if call.query:
            written = _joined(call.query)
            # A field that holds "&" or "=" shows in their number.
            plain = written.count("=") == len(call.query) == written.count("&") + 1
            if plain and _NEEDS_NO_QUOTES(written):
                url, length = url.with_query(written), length + 1 + len(written)
            elif all(_is_text(_revealed(value)) for value in call.query.values()):
                url = url.with_query({name: _revealed(value) for name, value in call.query.items()})
                length = len(str(url))
            else:
                raise self._unwritable(call, ctx)
        if length > URL_LIMIT:
            raise InvalidRequestError(
                f"{ctx.operation} is too long to be sent: {call.name} takes its fields in the URL", **self._facts(ctx)
            )
        return url

    def _unwritable(self, call: HttpCall, ctx: Context) -> InvalidRequestError:
        return InvalidRequestError(
            f"{ctx.operation} was not sent: a field of {call.name} holds half a character, which UTF-8 cannot write",
            **self._facts(ctx),
        )

    def _facts(self, ctx: Context) -> dict[str, Any]:
        return {"provider": self._provider, "account": ctx.account, "operation": ctx.operation}

    def _failure(self, call: HttpCall, ctx: Context, error: Exception, *, reached: bool) -> SharebindError:
        """Make the error of a call that got no answer, by whether it reached a connection and what it was for."""
        # `ServerTimeoutError` is the base of both kinds of timeout: one of reading says nothing of this sort.
        if isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
            reached = False
        kind = str(error) if isinstance(error, _DroppedError | _TooLargeError) else type(error).__name__
        facts: dict[str, Any] = {**self._facts(ctx), "transient": not isinstance(error, _LASTING)}
        if not reached:
            if call.changes:
                ctx.refused()
            # InvalidURL, or what older releases of aiohttp raise in its place; an error of certificates is one as well.
            if isinstance(error, ValueError) and not isinstance(error, aiohttp.ClientConnectorError):
                return ConfigurationError(f"{ctx.account}: its base URL is none that can be called")
            if isinstance(getattr(error, "os_error", None), NotPublicError):
                return ConfigurationError(
                    f"{ctx.account}: the address of its base URL is not public, and only public ones are allowed here"
                )
            return UnavailableError(
                f"{self._provider} could not be reached for {ctx.operation} ({kind}); nothing was sent", **facts
            )
        said = f"{self._provider} was sent {ctx.operation} ({call.name}) and gave no answer ({kind})"
        if call.changes:
            return OutcomeUnknownError(f"{said}; read back before doing it again", **facts)
        return UnavailableError(said, **facts)


class _Written:
    """A call as it goes out, with its secrets in the clear; it shows itself to nobody."""

    __slots__ = ("body", "headers", "url")

    def __init__(self, url: URL) -> None:
        self.url = url
        self.body: bytes | None = None
        self.headers: dict[str, str] = {}


def _is_text(text: str) -> bool:
    """Tell whether a text can be written: half a character cannot, and would be dropped on the way."""
    return text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text)


def _revealed(value: object) -> str:
    return value.reveal() if isinstance(value, Secret) else str(value)


def _joined(query: Mapping[str, str | Secret]) -> str:
    """Write a query as it is; most hold texts only, and those need no loop."""
    try:
        return "&".join(map("=".join, query.items()))  # type: ignore[arg-type]  # where there is a secret, it raises
    except TypeError:
        return "&".join([f"{name}={_revealed(value)}" for name, value in query.items()])


def _write_json(body: object) -> str:
    """Write a body, with its secrets revealed; one that is a secret as a whole is JSON already."""
    return body.reveal() if isinstance(body, Secret) else _ENCODE(body)


_ENCODE: Final = json.JSONEncoder(default=_revealed, ensure_ascii=False).encode


class _TooLargeError(Exception):
    """An answer beyond the cap."""


_LASTING: Final = (_TooLargeError, aiohttp.ClientConnectorCertificateError, aiohttp.ClientConnectorSSLError)
"""What would be the same a moment later."""


async def _reply_of(response: aiohttp.ClientResponse) -> Reply:
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
            raise _TooLargeError(f"an answer of more than {BODY_LIMIT} bytes")
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
