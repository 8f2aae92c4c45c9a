"""The call that an adapter answers: who asks, until when, and how far it has come.

An operation makes **at most one changing request**; reads before and after it are free. Two marks tell how far it is:
``effect()`` right before that request, ``done()`` when the vendor confirmed it. Whatever then escapes from an adapter,
a ``KeyError`` or a cancellation too, can be turned into the right outcome.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime, timedelta
from enum import StrEnum

from sharebind.clock import Clock
from sharebind.errors import Outcome, ProviderError
from sharebind.events import Retried, Sent, Tell, Waited


class Stage(StrEnum):
    """How far a call has come with its one changing request."""

    BEFORE = "before"
    SENT = "sent"
    DONE = "done"


class Context:
    """One call of one operation. It is made by the core, and may grow.

    ``deadline`` is in the event loop's time, ``None`` where there is none. ``key`` is the caller's own name for the
    wish, for journals. ``converges`` says that doing the operation twice leaves the same as doing it once. ``held_up``
    says what the call is waiting for where that is not the vendor. ``attempt`` counts requests since the last that was
    answered as it should be. ``id`` is the number of the operation in its events.
    """

    __slots__ = (
        "_clock",
        "_doubtful",
        "_fallback",
        "_stage",
        "_tell",
        "account",
        "attempt",
        "converges",
        "deadline",
        "held_up",
        "id",
        "key",
        "operation",
        "provider",
    )

    def __init__(
        self,
        *,
        account: str,
        provider: str,
        operation: str,
        clock: Clock,
        deadline: float | None = None,
        key: str | None = None,
        converges: bool = False,
        tell: Tell | None = None,
        id: int = 0,  # noqa: A002 - what events call it
    ) -> None:
        self.account = account
        self.provider = provider
        self.operation = operation
        self.deadline = deadline
        self.key = key
        self.id = id
        self.converges = converges
        self.attempt = 0
        self._clock = clock
        self._tell = tell
        self._stage = Stage.BEFORE
        self._doubtful = False
        self._fallback: object = None
        self.held_up = ""

    def now(self) -> datetime:
        """Give the present moment, aware and in UTC, by the account's clock."""
        return self._clock.now()

    @property
    def stage(self) -> Stage:
        """How far the call has come; one that was repeated in doubt stays sent until the vendor confirms it."""
        return Stage.SENT if self._doubtful and self._stage is Stage.BEFORE else self._stage

    @property
    def doubtful(self) -> bool:
        """Whether an earlier attempt at the change may have been done."""
        return self._doubtful

    @property
    def fallback(self) -> object:
        """What ``done`` was given: the value to return if a later read fails."""
        return self._fallback

    def aside(self, operation: str) -> Context:
        """Give the context of a call beside this one, such as a sign-in: same account and clock, marks of its own."""
        return Context(
            account=self.account,
            provider=self.provider,
            operation=operation,
            clock=self._clock,
            tell=self._tell,
            id=self.id,
        )

    @contextmanager
    def waiting(self, why: str) -> Generator[None]:
        """Say what this call waits for; it stands in the error of one whose time runs out meanwhile."""
        self.held_up = why
        yield
        self.held_up = ""

    def waited(self, seconds: float) -> None:
        """Tell observers that a request waited for its turn."""
        if self._tell is not None:
            self._tell(
                Waited(
                    account=self.account,
                    provider=self.provider,
                    operation=self.operation,
                    took=timedelta(seconds=seconds),
                    key=self.key,
                    id=self.id,
                )
            )

    def sends(self, call: str, *, changes: bool) -> None:
        """Count a request that is about to leave, and tell observers."""
        self.attempt += 1
        if self._tell is not None:
            self._tell(
                Sent(
                    account=self.account,
                    provider=self.provider,
                    operation=self.operation,
                    call=call,
                    changes=changes,
                    attempt=self.attempt,
                    key=self.key,
                    id=self.id,
                )
            )

    def repeats(self, call: str, attempt: int, seconds: float, error: ProviderError) -> None:
        """Note that a request will be repeated; a change that may have been done leaves a doubt that stays."""
        if self._stage is Stage.SENT and error.outcome is Outcome.UNKNOWN:
            self._stage, self._doubtful = Stage.BEFORE, True
        if self._tell is not None:
            self._tell(
                Retried(
                    account=self.account,
                    provider=self.provider,
                    operation=self.operation,
                    call=call,
                    attempt=attempt,
                    after=timedelta(seconds=seconds),
                    error=type(error).__name__,
                    vendor_code=error.vendor_code,
                    key=self.key,
                    id=self.id,
                )
            )

    async def effect(self) -> None:
        """Announce the one request that changes something, right before it is sent.

        Raises:
            ProviderError: it was announced before; two changes in one operation could leave it half done.
        """
        if self._stage is not Stage.BEFORE:
            raise ProviderError(
                f"the adapter of {self.provider} tried a second change in one {self.operation}; it was not sent",
                provider=self.provider,
                account=self.account,
                operation=self.operation,
            )
        self._stage = Stage.SENT

    def refused(self) -> None:
        """Tell that the announced request surely had no effect: it never left, or the vendor refused it."""
        if self._stage is Stage.SENT:
            self._stage = Stage.BEFORE

    def done(self, fallback: object = None) -> None:
        """Tell that the vendor confirmed the change.

        ``fallback`` is the value with what is known by now, its evidence ``ASSUMED``: it is what the caller gets if a
        read that follows fails. Without one, such a failure is a ``ResultLostError``.
        """
        self._stage = Stage.DONE
        self._fallback = fallback
