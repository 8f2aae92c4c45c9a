"""Keeping an account's tokens: one sign-in or renewal at a time, stored before it is used.

An adapter holds a ``TokenKeeper`` and gives it two functions: how to sign in, and how to renew where the vendor can.
However many calls find the token dead, one of them starts a renewal and all wait for that one; it goes on when they are
cancelled, for a renewal that was sent may have used up the old pair. Signing out takes the same turn.
"""

from __future__ import annotations

import asyncio
import copy
import hashlib
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from sharebind.codes import Codes
from sharebind.context import Context
from sharebind.errors import (
    InvalidRequestError,
    MalformedReplyError,
    NotEntitledError,
    NotFoundError,
    Outcome,
    ProviderError,
    RateLimitedError,
    SharebindError,
    SignInError,
    UnavailableError,
    WrongRegionError,
)
from sharebind.secrets import Secret
from sharebind.specs import Setup

T = TypeVar("T")

Tokens = Mapping[str, Secret]
"""An account's tokens by name: ``ACCESS`` is the one that calls carry, ``REFRESH`` the one that renews it.

What a vendor gives along with them, such as their data centre, may stand beside them under a name of the adapter's.
"""

ACCESS: Final = "access"
REFRESH: Final = "refresh"
_ORIGIN: Final = "origin"

PATIENCE: Final = 10.0
"""Seconds for one sign-in, renewal or answer of the store. They have no caller's deadline: they serve all that wait."""

PAUSE: Final = timedelta(minutes=1)
"""How long nothing is tried again after what did not help, where the vendor does not say how long to wait."""

_FINAL: Final = (SignInError, NotEntitledError, WrongRegionError, InvalidRequestError, NotFoundError)


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
        self._setup = setup
        self._codes = codes
        self._origin = origin
        self._tokens: Tokens = dict(given or {})
        self._sign_in = sign_in
        self._renew = renew
        self._unsaved: Tokens | None = None
        # A token that can never be renewed is never stored, so there is nothing to look up.
        self._stores = self._can_get_another
        self._looked = not self._stores
        self._ended: Secret | None = None
        self._made: Secret | None = None
        self._worked = False
        self._row_was: Secret | None = None
        self._row_left = False
        self._refusal: ProviderError | None = None
        self._asked_again_at: datetime | None = None
        self._in_vain_until: datetime | None = None
        self._turn: asyncio.Future[Secret | None] | None = None

    async def carry(self, ask: Callable[[Secret], Awaitable[T]], ctx: Context) -> T:
        """Ask with the token; where the vendor's answer says that it is dead, get another one and ask once more.

        Where it says that another sign-in ended the session, only a token that another process stored is another one;
        but a token that never worked since the account was opened is replaced by a sign-in, for opening it anew is how
        a host takes the session back.

        Raises:
            SignInError: there is no token and no way to get one, the vendor refused the credentials, or the new token,
                or another sign-in ended the session.
            UnavailableError: the vendor could not be reached for a token, or the store did not take the new one.

        """
        token = self._tokens.get(ACCESS)
        if token is None or not self._looked:
            token = await self._together(None, ctx)
        try:
            answer = await ask(token)
        except ProviderError as error:
            self._heard(error)
            if not self._is_over(error):
                raise
            over = error
        else:
            self._worked = True
            return answer
        fresh = await self._after(token, over, ctx)
        try:
            return await self._ask(ask, fresh)
        except ProviderError as error:
            if not (self._is_evicted(over) and self._is_dead(error) and fresh != self._made):
                self._note_in_vain(fresh, error)
                raise
            over = error
        # What another process had stored after an eviction was dead by now, and can be renewed like any other.
        last = await self._after(fresh, over, ctx)
        try:
            return await self._ask(ask, last)
        except ProviderError as error:
            self._note_in_vain(last, error)
            raise

    async def _ask(self, ask: Callable[[Secret], Awaitable[T]], token: Secret) -> T:
        """Ask once, and note that the vendor took the token."""
        try:
            answer = await ask(token)
        except ProviderError as error:
            self._heard(error)
            raise
        self._worked = True
        return answer

    def _heard(self, error: ProviderError) -> None:
        """Note that a token works where the vendor refused something else."""
        self._worked = self._worked or (error.vendor_code is not None and not self._is_over(error))

    def _note_in_vain(self, token: Secret, error: ProviderError) -> None:
        """Fetch no more for a while where what this account fetched itself was refused: it was not what was wrong."""
        if token == self._made and self._is_dead(error):
            self._in_vain_until = self._setup.clock.now() + PAUSE

    def beside(self, token: Secret) -> Tokens:
        """Give all that a sign-in or renewal gave along with a token, such as where it lives.

        It is stored and found again like the token. There is nothing beside one that is not the present one any more.
        """
        return dict(self._tokens) if self._tokens.get(ACCESS) == token else {}

    async def end(self, say: Callable[[Secret], Awaitable[object]], ctx: Context) -> None:
        """End the session: ``say`` tells the vendor, and the tokens are forgotten, here and in the store.

        A session that is over already, or never began, is no error, and none is begun to be ended. While it ends no
        renewal can bring it back.

        Raises:
            ProviderError: the vendor refused for another reason than a dead token; the tokens stay.
            UnavailableError: the store could not be read, or did not take that there is no token any more.

        """
        while (turn := self._under_way()) is not None:
            await asyncio.wait((turn,))
        mine = self._turn = asyncio.get_running_loop().create_future()
        try:
            await self._end(say, ctx)
        finally:
            mine.set_result(None)

    async def _end(self, say: Callable[[Secret], Awaitable[object]], ctx: Context) -> None:
        if self._stores:
            # Every time: another process may have renewed the token, or signed in, since the last look.
            stored = await self._stored()
            if stored is not None and stored[ACCESS] != self._ended:
                self._tokens = stored
            self._looked = True
        token = (self._unsaved or self._tokens).get(ACCESS)
        if token is None:
            if self._row_left:
                await self._empty_row()
            return
        try:
            await say(token)
        except ProviderError as error:
            if not self._is_over(error):
                raise
        ctx.done()
        self._ended = token
        self._tokens, self._unsaved, self._row_left = {}, None, True
        await self._empty_row()

    async def _empty_row(self) -> None:
        await self._put({}, "be emptied of a session that has ended")
        self._row_left = False

    @property
    def _can_get_another(self) -> bool:
        return self._sign_in is not None or (self._renew is not None and REFRESH in self._tokens)

    def _is_dead(self, error: ProviderError) -> bool:
        if error.outcome is not Outcome.NOTHING:
            return False  # whatever it says of the token, the call may have been done
        row = self._codes.row(error.vendor_code)
        bare = isinstance(error, SignInError) and error.vendor_code is None
        return bare or (row is not None and row.renew)

    def _is_over(self, error: ProviderError) -> bool:
        return self._is_dead(error) or self._is_evicted(error)

    def _is_evicted(self, error: ProviderError) -> bool:
        row = self._codes.row(error.vendor_code) if error.outcome is Outcome.NOTHING else None
        return row is not None and row.evicted

    async def _after(self, rejected: Secret, error: ProviderError, ctx: Context) -> Secret:
        token = self._tokens.get(ACCESS)
        if token is not None and token != rejected:
            return token
        if not self._can_get_another or (self._in_vain and not self._is_evicted(error)):
            raise error
        return await self._together(rejected, ctx, error)

    @property
    def _in_vain(self) -> bool:
        return self._in_vain_until is not None and self._setup.clock.now() < self._in_vain_until

    async def _together(self, rejected: Secret | None, ctx: Context, error: ProviderError | None = None) -> Secret:
        """Wait for the one task whose turn it is, or start one; ``error`` is the vendor's rejection."""
        looked_again = False
        while True:
            if error is not None and rejected == self._ended:
                # Signed out meanwhile: a call that was under way begins no new session.
                raise error
            turn = self._under_way()
            joined = turn is not None
            if turn is None:
                evicted = error if error is not None and self._is_evicted(error) else None
                turn = self._start(self._settle(rejected, ctx, evicted))
            try:
                token = await asyncio.shield(turn)
            except SharebindError as refused:
                if joined and not looked_again and isinstance(refused, ProviderError) and self._is_evicted(refused):
                    # That look began before this call was rejected: a newer token may be stored by now.
                    looked_again = True
                    continue
                failed = refused
            else:
                # What was under way may have been a sign-out, or a look into the store, which knows of no rejection.
                if token is None or (joined and token == rejected and not self._in_vain):
                    continue
                return token
            # Each caller gets an error of its own, to be filled in with what it was doing.
            raise _twin(failed)

    def _under_way(self) -> asyncio.Future[Secret | None] | None:
        turn = self._turn
        if turn is None or turn.done() or turn.get_loop() is not asyncio.get_running_loop():
            return None
        return turn

    def _start(self, work: Coroutine[Any, Any, Secret | None]) -> asyncio.Future[Secret | None]:
        turn: asyncio.Task[Secret | None] = asyncio.get_running_loop().create_task(work)
        # One that nobody waits for any more may fail without a word; the next call tries again.
        turn.add_done_callback(lambda done: done.cancelled() or done.exception())
        self._setup.pending.add(turn)
        turn.add_done_callback(self._setup.pending.discard)
        self._turn = turn
        return turn

    async def _settle(
        self, rejected: Secret | None, ctx: Context, evicted: ProviderError | None = None
    ) -> Secret | None:
        """Give the token that is stored, else a renewed one, else that of a sign-in; after an eviction the stored one.

        Raises:
            SignInError: another sign-in ended the session, and no other token is stored.

        """
        if self._unsaved is None and (rejected is not None or not self._looked):
            # After a rejection too: another process may have renewed it, and a pair can be used up.
            self._tokens = await self._stored() or self._tokens
            self._looked = True
        token = self._tokens.get(ACCESS)
        if token is not None and token != rejected and self._unsaved is None:
            return token
        fresh = self._unsaved
        if evicted is not None and (self._worked or self._sign_in is None):
            raise _twin(evicted)
        if fresh is None and rejected is not None and evicted is None:
            fresh = await self._renewed(ctx)
        if fresh is None:
            fresh = await self._signed_in(ctx)
        # Stored first: a crash between the two must not lose the only pair that the vendor still takes.
        self._unsaved = fresh
        await self._put({**fresh, _ORIGIN: self._mark()}, "take the new token")
        self._tokens, self._unsaved, self._made = fresh, None, fresh[ACCESS]
        if fresh[ACCESS] == rejected:  # the vendor hands out the same token again
            self._in_vain_until = self._setup.clock.now() + PAUSE
        return fresh[ACCESS]

    async def _row(self) -> Tokens:
        row = await self._store_answers(self._setup.tokens.load(self._setup.account), "be read") or {}
        for name, value in row.items():
            # A store that forgets to wrap its texts would never fit, and cost a sign-in at every start.
            if not isinstance(value, Secret):
                raise UnavailableError(f"the token store gave {name!r} as a {type(value).__name__}; it gives Secrets")
        return row

    async def _stored(self) -> Tokens | None:
        row = await self._row()
        if not self._looked:
            self._row_was = row.get(_ORIGIN)
        if ACCESS not in row or row.get(_ORIGIN) != self._mark():
            return None
        return {name: token for name, token in row.items() if name != _ORIGIN}

    async def _put(self, tokens: Tokens, what: str) -> None:
        """Store tokens, unless another account has taken the name, and with it the row, since the first look.

        A row of former credentials is overwritten, and left alone where there is nothing to store.
        """
        owner = (await self._row()).get(_ORIGIN)
        if owner not in (None, self._mark(), self._row_was if tokens else None):
            return
        await self._store_answers(self._setup.tokens.save(self._setup.account, tokens), what)
        self._row_was = tokens.get(_ORIGIN)

    async def _store_answers(self, asking: Awaitable[T], what: str) -> T:
        try:
            async with asyncio.timeout(PATIENCE):
                return await asking
        except Exception as broken:  # noqa: BLE001 - the host's own store: whatever it raises, a token is needed
            kind = type(broken).__name__
        # Raised out here: a store's own error may hold the tokens that it was given.
        raise UnavailableError(f"the token store could not {what} ({kind})")

    def _mark(self) -> Secret:
        parts = (part.reveal() if isinstance(part, Secret) else part or "" for part in self._origin)
        return Secret(hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest())

    async def _renewed(self, ctx: Context) -> Tokens | None:
        """Renew, or give ``None`` where only a new sign-in can help: no way, a refusal, or a lost answer.

        A refusal that tells of another sign-in is none of these: a new one would end that session.
        """
        if self._renew is None or REFRESH not in self._tokens:
            return None
        renewing = self._renew(self._tokens, ctx.aside("renew"))
        try:
            return await _within_patience(renewing, "the renewal of the token")
        except RateLimitedError:
            raise
        except ProviderError as refused:
            if self._sign_in is None or self._is_evicted(refused):
                raise
            return None

    async def _signed_in(self, ctx: Context) -> Tokens:
        if self._sign_in is None:
            raise SignInError("there is no token any more, and the settings hold nothing to sign in with")
        self._refuse_again()
        try:
            return await _within_patience(self._sign_in(ctx.aside("sign_in")), "the sign-in")
        except (UnavailableError, MalformedReplyError):
            raise
        except ProviderError as refused:
            self._remember(refused)
            raise

    def _remember(self, refused: ProviderError) -> None:
        """Keep a refusal: vendors count failed tries and lock accounts, so what was refused is not tried again.

        What speaks of credentials, app or region stays refused; only the vendor's table says that it passes by itself,
        for a header beside a wrong password does not. Anything else is asked again after a while.
        """
        row = self._codes.row(refused.vendor_code)
        wait: timedelta | None = PAUSE
        if isinstance(refused, RateLimitedError):
            wait = refused.retry_after or PAUSE
        elif row is not None and isinstance(refused, _FINAL):
            wait = row.retry_after
        self._refusal = refused
        self._asked_again_at = None if wait is None else self._setup.clock.now() + wait

    def _refuse_again(self) -> None:
        """Repeat a refusal without asking the vendor, as long as asking could only do harm."""
        if self._refusal is None:
            return
        again, at = _twin(self._refusal), self._asked_again_at
        if at is None:
            again.args = (f"{again}; not asked again, open the account anew with other credentials",)
            raise again
        left = at - self._setup.clock.now()
        if left > timedelta():
            again.args = (f"{again}; not asked again before that time has passed",)
            again.retry_after = left
            raise again
        self._refusal = self._asked_again_at = None


async def _within_patience(asking: Awaitable[T], what: str) -> T:
    try:
        async with asyncio.timeout(PATIENCE):
            return await asking
    except TimeoutError:
        raise UnavailableError(f"{what} got no answer within {PATIENCE:g} s") from None


E = TypeVar("E", bound=SharebindError)


def _twin(error: E) -> E:
    twin = copy.copy(error)
    if isinstance(twin, ProviderError) and isinstance(error, ProviderError):
        twin.raw = error.raw
    return twin
