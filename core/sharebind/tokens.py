"""Keeping an account's tokens: one sign-in or renewal at a time, stored before it is used.

An adapter holds a ``TokenKeeper`` and gives it two functions: how to sign in, and how to renew where the vendor can.
However many calls find the token dead, one of them starts a renewal and all wait for that one; it goes on when they are
cancelled, for a renewal that was sent may have used up the old pair.
"""

from __future__ import annotations

import asyncio
import copy
import hashlib
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime
from typing import Final, TypeVar

from sharebind.codes import Codes
from sharebind.context import Context
from sharebind.errors import ProviderError, RateLimitedError, SharebindError, SignInError, UnavailableError
from sharebind.secrets import Secret
from sharebind.specs import Setup

T = TypeVar("T")

Tokens = Mapping[str, Secret]
"""An account's tokens by name: ``ACCESS`` is the one that calls carry, ``REFRESH`` the one that renews it."""

ACCESS: Final = "access"
REFRESH: Final = "refresh"
_ORIGIN: Final = "origin"

PATIENCE: Final = 10.0
"""Seconds for one sign-in or renewal. It has no caller's deadline, since it serves all that wait for it."""


class TokenKeeper:
    """Gives calls their token, and gets another one when the vendor says that it is dead.

    Args:
        setup: the account, its clock and its ``TokenStore``, as the core handed them over.
        codes: the vendor's table; its rows with ``renew`` tell a dead token.
        origin: what makes these credentials others than the account's former ones: the address, the user, the token
            that the settings give. What was stored for another origin is not used.
        given: what the settings give, if anything.
        sign_in: how to get tokens from credentials; ``None`` where the settings hold none.
        renew: how to get new tokens from the old ones; ``None`` where the vendor has no such call.

    """

    def __init__(
        self,
        setup: Setup,
        *,
        codes: Codes,
        origin: Iterable[str | Secret | None],
        given: Tokens | None = None,
        sign_in: Callable[[Context], Awaitable[Tokens]] | None = None,
        renew: Callable[[Tokens, Context], Awaitable[Tokens]] | None = None,
    ) -> None:
        self._account = setup.account
        self._store = setup.tokens
        self._clock = setup.clock
        self._codes = codes
        self._origin = origin
        self._tokens: Tokens = dict(given or {})
        self._sign_in = sign_in
        self._renew = renew
        self._unsaved: Tokens | None = None
        # A token that can never be renewed is never stored, so there is nothing to look up.
        self._looked = sign_in is None and (renew is None or REFRESH not in self._tokens)
        self._refused: SignInError | None = None
        self._refused_at: datetime | None = None
        self._under_way: asyncio.Task[Secret] | None = None

    async def carry(self, ask: Callable[[Secret], Awaitable[T]], ctx: Context) -> T:
        """Ask with the token; where the vendor's answer says that it is dead, get another one and ask once more.

        Raises:
            SignInError: there is no token and no way to get one, the vendor refused the credentials, or the new token.
            UnavailableError: the vendor could not be reached for a token, or the store did not take the new one.

        """
        token = await self._current(ctx)
        dead: ProviderError | None = None
        try:
            return await ask(token)
        except ProviderError as error:
            if not self._is_dead(error):
                raise
            dead = error
        return await ask(await self._after(token, dead, ctx))

    async def end(self, say: Callable[[Secret], Awaitable[object]], ctx: Context) -> None:
        """End the session: ``say`` tells the vendor, and the tokens are forgotten, here and in the store.

        A session that is over already, or never began, is no error, and none is begun to be ended.

        Raises:
            ProviderError: the vendor refused for another reason than a dead token; the tokens stay.
            UnavailableError: the store could not be read, or did not take that there is no token any more.

        """
        token = await self._held()
        if token is None:
            return
        try:
            await say(token)
        except ProviderError as error:
            if not self._is_dead(error):
                raise
        ctx.done()
        await self._forget()

    async def _held(self) -> Secret | None:
        """Give the token that there is, here or in the store; none is got for it."""
        while self._under_way is not None and not self._under_way.done():
            await asyncio.wait((self._under_way,))
        if not self._looked:
            self._tokens = await self._stored() or self._tokens
            self._looked = True
        return self._tokens.get(ACCESS)

    async def _forget(self) -> None:
        self._tokens, self._unsaved, self._looked = {}, None, True
        await self._put({})

    def _is_dead(self, error: ProviderError) -> bool:
        row = self._codes.row(error.vendor_code)
        bare = isinstance(error, SignInError) and error.vendor_code is None
        return bare or (row is not None and row.renew)

    async def _current(self, ctx: Context) -> Secret:
        token = self._tokens.get(ACCESS)
        return token if token is not None and self._looked else await self._together(None, ctx)

    async def _after(self, rejected: Secret, error: ProviderError, ctx: Context) -> Secret:
        token = self._tokens.get(ACCESS)
        if token is not None and token != rejected:
            return token
        if self._sign_in is None and (self._renew is None or REFRESH not in self._tokens):
            raise error
        return await self._together(rejected, ctx)

    async def _together(self, rejected: Secret | None, ctx: Context) -> Secret:
        """Wait for the one task that is under way, or start it."""
        while True:
            task, joined = self._under_way, True
            if task is None or task.done():
                task, joined = asyncio.get_running_loop().create_task(self._settle(rejected, ctx)), False
                # One that nobody waits for any more may fail without a word; the next call tries again.
                task.add_done_callback(lambda done: done.cancelled() or done.exception())
                self._under_way = task
            try:
                token = await asyncio.shield(task)
            except SharebindError as error:
                failed = error
            else:
                # What was under way may have been the look into the store, which knows nothing of this rejection.
                if joined and token == rejected:
                    continue
                return token
            # Each caller gets an error of its own, to be filled in with what it was doing.
            raise _twin(failed)

    async def _settle(self, rejected: Secret | None, ctx: Context) -> Secret:
        """Give the token that is stored, else a renewed one, else that of a sign-in."""
        if not self._looked:
            self._tokens = await self._stored() or self._tokens
            self._looked = True
        token = self._tokens.get(ACCESS)
        if token is not None and token != rejected and self._unsaved is None:
            return token
        fresh = self._unsaved
        if fresh is None and rejected is not None:
            fresh = await self._renewed(ctx)
        if fresh is None:
            fresh = await self._signed_in(ctx)
        # Stored first: a crash between the two must not lose the only pair that the vendor still takes.
        self._unsaved = fresh
        await self._put({**fresh, _ORIGIN: self._mark()})
        self._tokens, self._unsaved = fresh, None
        return fresh[ACCESS]

    async def _stored(self) -> Tokens | None:
        try:
            stored = await self._store.load(self._account)
        except Exception as broken:  # noqa: BLE001 - the host's own store: whatever it raises, a token is needed
            raise UnavailableError(f"the token store could not be read ({type(broken).__name__})") from None
        if not stored or ACCESS not in stored or stored.get(_ORIGIN) != self._mark():
            return None
        return {name: token for name, token in stored.items() if name != _ORIGIN}

    async def _put(self, tokens: Tokens) -> None:
        try:
            await self._store.save(self._account, tokens)
        except Exception as broken:  # noqa: BLE001 - the same
            raise UnavailableError(f"the token store did not take the new token ({type(broken).__name__})") from None

    def _mark(self) -> Secret:
        parts = (part.reveal() if isinstance(part, Secret) else part or "" for part in self._origin)
        return Secret(hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest())

    async def _renewed(self, ctx: Context) -> Tokens | None:
        """Renew, or give ``None`` where only a new sign-in can help: no way, a refusal, or a lost answer."""
        if self._renew is None or REFRESH not in self._tokens:
            return None
        renewing = self._renew(self._tokens, ctx.aside("renew"))
        try:
            return await _within_patience(renewing, "the renewal of the token")
        except RateLimitedError:
            raise
        except ProviderError:
            if self._sign_in is None:
                raise
            return None

    async def _signed_in(self, ctx: Context) -> Tokens:
        if self._sign_in is None:
            raise SignInError("there is no token any more, and the settings hold nothing to sign in with")
        self._refuse_again()
        try:
            return await _within_patience(self._sign_in(ctx.aside("sign_in")), "the sign-in")
        except SignInError as refused:
            # Vendors count failed tries and lock accounts: what was refused is not tried again by itself.
            if refused.vendor_code is not None:
                self._refused, self._refused_at = refused, self._clock.now()
            raise

    def _refuse_again(self) -> None:
        """Repeat a refusal without asking the vendor, as long as asking could only do harm."""
        refused, at = self._refused, self._refused_at
        if refused is None or at is None:
            return
        left = None if refused.retry_after is None else at + refused.retry_after - self._clock.now()
        if left is not None and left.total_seconds() <= 0:
            self._refused = self._refused_at = None
            return
        again = _twin(refused)
        again.args = (f"{refused}; not asked again, open the account anew with other credentials",)
        if left is not None and isinstance(again, ProviderError):
            again.args, again.retry_after = (f"{refused}; not asked again before that time has passed",), left
        raise again


async def _within_patience(asking: Awaitable[T], what: str) -> T:
    try:
        async with asyncio.timeout(PATIENCE):
            return await asking
    except TimeoutError:
        raise UnavailableError(f"{what} got no answer within {PATIENCE:g} s") from None


def _twin(error: SharebindError) -> SharebindError:
    twin = copy.copy(error)
    if isinstance(twin, ProviderError) and isinstance(error, ProviderError):
        twin.raw = error.raw
    return twin
