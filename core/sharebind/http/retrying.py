"""Repeating a call: the one place that decides whether, and after which pause.

A call is repeated only where nobody can be harmed by it: a read; a change that surely was not done; a change that
converges, so that doing it twice leaves the same as doing it once. What the vendor refused for another reason than that
it cannot just now is never repeated, nor is a sign-in, since vendors count failed ones.
"""

from __future__ import annotations

import asyncio
from typing import Final

from sharebind.calls import HttpCall
from sharebind.context import Context
from sharebind.errors import Outcome, ProviderError, RateLimitedError
from sharebind.retries import Retries

SESSION: Final = frozenset({"sign_in", "renew"})
"""What all other calls of an account may be waiting for; it is never repeated."""

_LONGEST_IN_DOUBT: Final = 1.0
"""Seconds after which a change that may have been done is not sent again: what was read before it, such as the role in
which the account holds the device, may be another by then."""

_COST: Final = 14
_COST_THROTTLED: Final = 5


class Budget:
    """The tokens that repetitions at one host share; first attempts need none."""

    def __init__(self, tokens: int) -> None:
        self._most = tokens
        self.left = tokens

    def take(self, cost: int) -> bool:
        """Take tokens, if there are enough."""
        if cost > self.left:
            return False
        self.left -= cost
        return True

    def succeed(self) -> None:
        """Give one back."""
        if self.left < self._most:
            self.left += 1


class Repeater:
    """Repeats the calls of one account, within the budget of the host that they go to."""

    def __init__(self, retries: Retries, budget: Budget) -> None:
        self._retries = retries
        self._budget = budget

    def succeeded(self) -> None:
        """Note a call that was answered as it should be."""
        self._budget.succeed()

    async def pause(self, error: ProviderError, call: HttpCall, ctx: Context) -> bool:
        """Wait before the next attempt, or tell that there is none."""
        attempt = ctx.attempt
        if attempt >= self._retries.attempts or not is_repeatable(error, ctx):
            return False
        seconds = self._seconds(error, attempt)
        if error.outcome is Outcome.UNKNOWN and seconds > _LONGEST_IN_DOUBT:
            return False
        if ctx.deadline is not None and asyncio.get_running_loop().time() + seconds >= ctx.deadline:
            return False
        if not self._budget.take(_COST_THROTTLED if isinstance(error, RateLimitedError) else _COST):
            return False
        ctx.repeats(call.name, attempt + 1, seconds, error)
        with ctx.waiting("the pause before another attempt"):
            await self._retries.sleep(seconds)
        return True

    def _seconds(self, error: ProviderError, attempt: int) -> float:
        retries = self._retries
        first = retries.throttled if isinstance(error, RateLimitedError) else retries.pause
        longest = retries.longest.total_seconds()
        # 2.0 ** 1023 is the last that fits; a host may ask for any number of attempts.
        grown = min(first.total_seconds() * 2.0 ** min(attempt - 1, 64), longest)
        asked = error.retry_after.total_seconds() if error.retry_after is not None else 0.0
        return max(min(1.0, max(0.0, retries.random())) * grown, min(asked, longest))


def is_repeatable(error: ProviderError, ctx: Context) -> bool:
    """Tell whether the same call may be sent again; an error of a read always means that nothing happened."""
    if not error.transient or ctx.operation in SESSION:
        return False
    return error.outcome is Outcome.NOTHING or ctx.converges
