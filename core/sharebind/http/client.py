"""The HTTP client that adapters hold.

What is fixed below it, because each was measured to bite: no redirects (a custom token header and the body are sent
on), no cookies (one tenant's was sent with another's token), no more bytes than a cap while they are read (a small gzip
can be half a gigabyte), ``https`` everywhere but on loopback, and no hidden second sending.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Final, TypeVar

import aiohttp
from yarl import URL

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
from sharebind.http.answers import TooLargeError
from sharebind.http.exchange import Requests, Written, connected, exchanged
from sharebind.http.guard import NotPublicError
from sharebind.http.pacing import Pacer
from sharebind.http.pool import Pool
from sharebind.http.retrying import SESSION
from sharebind.secrets import Secret

URL_LIMIT: Final = 8000
"""Characters of a URL with its query: common servers read no more than 8 kB of a request line."""

_NEEDS_NO_QUOTES: Final = re.compile(
    r"[A-Za-z0-9._~-]+=[A-Za-z0-9._~-]*(?:&[A-Za-z0-9._~-]+=[A-Za-z0-9._~-]*)*"
).fullmatch

T = TypeVar("T")


def _is_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


class HttpClient:
    """Carries the calls of one account to one base URL, at the account's pace."""

    def __init__(self, pool: Pool, base_url: str, provider: str, pacer: Pacer | None = None) -> None:
        self._pool = pool
        self._prefix = checked_base_url(base_url)
        self._repeater = pool.repeater(provider, self._prefix)
        self._requests = Requests()
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

    async def _carry(self, call: HttpCall, written: Written, ctx: Context) -> Reply:
        """Carry one call once, and give the answer, whatever its status."""
        if self._pacer is not None:
            ctx.held_up = "the account's rate let no call of it out"
            await self._pacer.turn(call.name, ahead=ctx.operation in SESSION, tell=ctx.waited)
            ctx.held_up = ""
        loop = asyncio.get_running_loop()
        connector = self._pool.connector(loop)  # it may have been closed during a wait
        if ctx.deadline is not None and loop.time() >= ctx.deadline:
            raise TimeoutError  # whoever held up the loop, or swallowed the cancellation: nothing leaves any more
        if call.changes:
            await ctx.effect()
        ctx.sends(call.name, changes=call.changes)
        reached = False
        try:
            request = self._requests.make(call.method, written, loop)
            connection = await connected(connector, request, self._pool.times)
            reached = True
            return await exchanged(connection, request)
        except asyncio.CancelledError:
            if not reached:
                ctx.refused()
                if not _is_cancelled():  # closing the pool cancels those who wait for a connection
                    self._pool.connector(loop)
            raise
        except (TooLargeError, aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            failure = self._failure(call, ctx, error, reached=reached)
        # Raised out here, so that aiohttp's error, which holds the headers, is neither cause nor context.
        raise failure

    def _written(self, call: HttpCall, ctx: Context) -> Written:
        """Write a call before anything is announced: what cannot be written was surely not sent."""
        written = Written(self._url(call, ctx))
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
        kind = str(error) if isinstance(error, TooLargeError) else type(error).__name__
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


_LASTING: Final = (TooLargeError, aiohttp.ClientConnectorCertificateError, aiohttp.ClientConnectorSSLError)
"""What would be the same a moment later."""
