"""Keeping an account's token: one sign-in or renewal at a time, stored before it is used.

An adapter holds a ``TokenKeeper`` and gives it two functions: how to sign in, and how to renew where the vendor can.
Whatever the number of calls that find the token dead, one of them starts a renewal and all wait for that one; it goes
on when they are cancelled, for a renewal that was sent may have used up the old pair.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from sharebind.context import Context
from sharebind.errors import OutcomeUnknownError, SignInError, UnavailableError
from sharebind.protocols import TokenStore
from sharebind.secrets import Secret

Tokens = Mapping[str, Secret]
"""An account's tokens by the adapter's own names; ``ACCESS`` is the one that calls carry."""

ACCESS: Final = "access"
REFRESH: Final = "refresh"


class TokenKeeper:
    """Gives calls their token.

    Args:
        account: the account's name, under which its tokens are stored.
        store: where renewed tokens are kept.
        given: what the settings gave, if anything.
        sign_in: how to get tokens from credentials; ``None`` where the settings hold none.
        renew: how to get new tokens from the old ones; ``None`` where the vendor has no such call.

    """

    def __init__(
        self,
        *,
        account: str,
        store: TokenStore,
        given: Tokens | None = None,
        sign_in: Callable[[Context], Awaitable[Tokens]] | None = None,
        renew: Callable[[Tokens, Context], Awaitable[Tokens]] | None = None,
    ) -> None:
        self._account = account
        self._store = store
        self._tokens: Tokens = dict(given or {})
        self._sign_in = sign_in
        self._renew = renew
        self._looked = False
        self._under_way: asyncio.Task[Secret] | None = None

    async def current(self, ctx: Context) -> Secret:
        """Give the token to send: the newest one that is known, else that of a sign-in.

        Raises:
            SignInError: there is no token and no way to get one, or the vendor refused the credentials.
            UnavailableError: the vendor could not be reached.

        """
        if not self._looked:
            # What was stored is newer than what the settings say, for only renewed tokens are stored.
            self._tokens = dict(await self._store.load(self._account) or self._tokens)
            self._looked = True
        token = self._tokens.get(ACCESS)
        return token if token is not None else await self._together(None, ctx)

    async def after(self, rejected: Secret, error: SignInError, ctx: Context) -> Secret:
        """Give another token than the one that was rejected.

        Raises:
            SignInError: ``error`` itself, where there is no way to get another one; or the vendor refused.

        """
        token = self._tokens.get(ACCESS)
        if token is not None and token != rejected:
            return token
        if self._sign_in is None and (self._renew is None or REFRESH not in self._tokens):
            raise error
        return await self._together(rejected, ctx)

    async def forget(self) -> None:
        """Drop the tokens, here and in the store: they are worth nothing any more."""
        self._tokens = {}
        await self._store.save(self._account, {})

    async def _together(self, rejected: Secret | None, ctx: Context) -> Secret:
        """Wait for the one renewal that is under way, or start it."""
        task = self._under_way
        if task is None or task.done():
            task = asyncio.get_running_loop().create_task(self._fetch(rejected, ctx))
            # A renewal that nobody waits for any more may fail without a word; the next call tries again.
            task.add_done_callback(lambda done: done.cancelled() or done.exception())
            self._under_way = task
        return await asyncio.shield(task)

    async def _fetch(self, rejected: Secret | None, ctx: Context) -> Secret:
        tokens = await self._renewed(ctx) if rejected is not None else None
        if tokens is None:
            if self._sign_in is None:
                raise SignInError("there is no token, and the settings hold nothing to sign in with")
            tokens = await self._sign_in(ctx.aside("sign_in"))
        # Stored first: a crash between the two must not lose the only pair that the vendor still takes.
        await self._store.save(self._account, tokens)
        self._tokens = dict(tokens)
        return tokens[ACCESS]

    async def _renewed(self, ctx: Context) -> Tokens | None:
        """Renew, or give ``None`` where only a new sign-in can help: no way, a refusal, or a lost answer."""
        if self._renew is None or REFRESH not in self._tokens:
            return None
        try:
            return await self._renew(self._tokens, ctx.aside("renew"))
        except (SignInError, OutcomeUnknownError, UnavailableError):
            if self._sign_in is None:
                raise
            return None
