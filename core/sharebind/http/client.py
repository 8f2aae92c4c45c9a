"""The HTTP client that adapters hold.

What is fixed below it, because each was measured to bite: no redirects (a custom token header and the body are sent
on), no cookies (one tenant's was sent with another's token), no more bytes than a cap while they are read (a small gzip
can be half a gigabyte), ``https`` everywhere but on loopback, and no hidden second sending.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final, TypeVar

import aiohttp
from aiohttp.http import HttpProcessingError

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
from sharebind.http.exchange import Address, connected, exchanged
from sharebind.http.guard import NotPublicError
from sharebind.http.pacing import Pacer
from sharebind.http.pool import Pool
from sharebind.http.retrying import SESSION
from sharebind.http.writing import UnwritableError, Written

T = TypeVar("T")


def _is_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


class HttpClient:
    """Carries the calls of one account to one base URL, at the account's pace."""

    def __init__(self, pool: Pool, base_url: str, provider: str, pacer: Pacer | None = None) -> None:
        self._pool = pool
        checked = checked_base_url(base_url)
        self._address = Address(checked)
        self._repeater = pool.repeater(provider, checked)
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
            connection = await connected(connector, self._address.draft(), self._pool.times)
            reached = True
            return await exchanged(connection, written)
        except asyncio.CancelledError:
            if not reached:
                ctx.refused()
                if not _is_cancelled():  # closing the pool cancels those who wait for a connection
                    self._pool.connector(loop)
            raise
        except (TooLargeError, aiohttp.ClientError, HttpProcessingError, OSError, ValueError) as error:
            failure = self._failure(call, ctx, error, reached=reached)
        # Raised out here, so that aiohttp's error, which holds the headers, is neither cause nor context.
        raise failure

    def _written(self, call: HttpCall, ctx: Context) -> Written:
        """Write a call before anything is announced: what cannot be written was surely not sent."""
        try:
            return self._address.write(call)
        except UnwritableError as unwritable:
            why = str(unwritable)
        except aiohttp.InvalidURL:
            why = ""
        # Raised out here: the error of what was tried may hold what it was tried with.
        if not why:
            raise self._no_address(ctx)
        raise InvalidRequestError(f"{ctx.operation} {why}", **self._facts(ctx))

    def _no_address(self, ctx: Context) -> ConfigurationError:
        return ConfigurationError(f"{ctx.account}: its base URL is none that can be called")

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
                return self._no_address(ctx)
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


_LASTING: Final = (TooLargeError, aiohttp.ClientConnectorCertificateError, aiohttp.ClientConnectorSSLError)
"""What would be the same a moment later."""
