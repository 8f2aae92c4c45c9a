"""The one way from a wish to its outcome: check, ask the policies, call the adapter, judge what came of it.

What escapes from an adapter, a ``KeyError`` or a cancellation too, is judged by how far the call had come: before
``effect()`` nothing happened, between the marks nobody knows, after ``done()`` it is done.
"""

from __future__ import annotations

import asyncio
import itertools
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final, NoReturn, TypeVar, cast

import attrs

from sharebind import logs
from sharebind.capabilities import Capability, Level, Support, refusal, support_for
from sharebind.clock import Clock
from sharebind.context import Context, Stage
from sharebind.deadlines import Deadlines
from sharebind.errors import (
    InvalidRequestError,
    Outcome,
    OutcomeUnknownError,
    PolicyDeniedError,
    ProviderError,
    ResultLostError,
    SharebindError,
    UnavailableError,
    UnsupportedError,
)
from sharebind.events import Finished, Started, Tell
from sharebind.operations import BindingQuery, Operation, Query, ShareQuery, SpaceQuery
from sharebind.protocols import Batch, Policy, Provider
from sharebind.secrets import hush
from sharebind.shares import ShareRef
from sharebind.specs import ProviderSpec
from sharebind.values import UNKNOWN_DEVICE, Extra

T = TypeVar("T")


class Performer:
    """Performs the operations of one account."""

    def __init__(
        self,
        *,
        account: str,
        spec: ProviderSpec,
        provider: Provider,
        clock: Clock,
        tell: Tell | None = None,
        deadlines: Deadlines | None = None,
        policies: Mapping[str, Policy] | None = None,
    ) -> None:
        self.account = account
        self.spec = spec
        self.provider = provider
        self.clock = clock
        self._tell = tell
        self._deadlines = deadlines if deadlines is not None else Deadlines()
        self._policies = dict(policies or {})

    async def perform(self, op: Operation[T], *, within: timedelta, key: str | None = None) -> T:
        """Fulfil one wish, within a time for the whole of it."""
        method = self._prepare(op)
        loop = asyncio.get_running_loop()
        began = loop.time()
        deadline = began + within.total_seconds()
        ctx = Context(
            account=self.account,
            provider=self.spec.name,
            operation=op.kind,
            clock=self.clock,
            deadline=deadline,
            key=key,
            converges=op.converges,
            tell=self._tell,
            id=next(_ids),
        )
        self._start(ctx)
        outcome, error = Outcome.DONE, cast("BaseException | None", None)
        outer = sys.exception()
        try:
            try:
                with self._deadlines.at(deadline, loop):
                    if self._policies:
                        await self._review(op)
                    told: T = await method(op, ctx)
                    return told
            except Exception as escaped:  # noqa: BLE001 - the adapter's border: whatever escapes is judged
                where = hush(escaped, outer)
                if ctx.stage is Stage.DONE and ctx.fallback is not None:
                    logs.debug(
                        "operation.read_failed", operation=op.kind, provider=self.spec.name, error=_name(escaped)
                    )
                    return cast("T", ctx.fallback)
                if ctx.doubtful and isinstance(escaped, ProviderError):
                    settled = op.settled(escaped)
                    if settled is not None:
                        return settled
                judged = self._judge(escaped, ctx, op, within, where)
                outcome, error = judged.outcome, judged
            except BaseException as stopped:  # cancelled, or whatever else ends a program or a coroutine
                outcome, error = _OUTCOME[ctx.stage], stopped
                hush(stopped, outer)
                raise
            # Raised out here, so that what escaped, which may hold anything, is neither its cause nor its context.
            raise judged
        finally:
            self._finish(ctx, outcome, loop.time() - began, error)

    async def batches(self, query: Query, *, within: timedelta) -> AsyncGenerator[Batch[Any], None]:
        """Read a list batch by batch; only the time that reading takes counts, not the caller's own."""
        method = self._prepare(query)
        left = within.total_seconds()
        ctx = Context(
            account=self.account,
            provider=self.spec.name,
            operation=query.kind,
            clock=self.clock,
            tell=self._tell,
            id=next(_ids),
        )
        self._start(ctx)
        loop = asyncio.get_running_loop()
        outer = sys.exception()
        reading: AsyncIterator[Batch[Any]] | None = None
        error: BaseException | None = None
        try:
            while True:
                began = loop.time()
                ctx.deadline = began + left
                try:
                    if reading is None:
                        reading = cast("AsyncIterator[Batch[Any]]", method(query, ctx))
                    async with asyncio.timeout(max(left, 0)):
                        batch = _a_batch(await anext(reading))
                except StopAsyncIteration:
                    left -= loop.time() - began
                    return
                except Exception as escaped:  # noqa: BLE001 - the adapter's border: whatever escapes is judged
                    left -= loop.time() - began
                    judged = error = self._judge(escaped, ctx, query, within, hush(escaped, outer))
                except BaseException as stopped:
                    left, error = left - (loop.time() - began), stopped
                    hush(stopped, outer)
                    raise
                else:
                    left -= loop.time() - began
                    yield batch
                    continue
                raise judged
        finally:
            outcome = Outcome.DONE if error is None else Outcome.NOTHING
            self._finish(ctx, outcome, within.total_seconds() - left, error)
            aclose = getattr(reading, "aclose", None)
            if aclose is not None:
                await aclose()

    def _prepare(self, op: Operation[Any] | Query) -> Any:
        """Refuse what cannot be said, before the adapter is called; give the adapter's method."""
        if not isinstance(op, _WISHES):
            raise TypeError(f"expected an operation, got {type(op).__name__}")
        now = self.clock.now()
        self._check(op, now)
        refused = refusal(self.provider.support, op.needs(), now)
        if refused is not None:
            self._unsupported(op.kind, *refused)
        extra = getattr(op, "extra", None)
        if extra:
            self._check_extra(op, extra)
        method = getattr(self.provider, op.method, None)
        if method is None:
            self._unsupported(op.kind, Capability(op.kind), "the adapter has no such method")
        return method

    def _check_extra(self, op: Operation[Any] | Query, extra: Extra) -> None:
        known = frozenset[str]().union(*(self.spec.extra.get(need.capability, ()) for need in op.needs()))
        unknown = sorted(set(extra) - known)
        if unknown:
            reason = f"it knows {', '.join(sorted(known))}" if known else "it knows none for this"
            self._unsupported(op.kind, Capability(f"{op.kind}.extra.{unknown[0]}"), f"no such extra; {reason}")

    def _check(self, op: Operation[Any] | Query, now: datetime) -> None:
        """Refuse what this moment, this account or its provider makes meaningless."""
        moments, refs, lasts, aims = _fields_of(cast("Any", type(op)))
        for name in moments:
            moment = getattr(op, name, None)
            if isinstance(moment, datetime) and moment <= now:
                self._invalid(op.kind, f"{name} is in the past: {moment:%Y-%m-%d %H:%M:%S} UTC")
        if lasts:
            span = getattr(op, "use_for", None)
            if span is not None and span <= timedelta():
                self._invalid(op.kind, "use_for is not longer than zero")
        for name in refs:
            ref = getattr(op, name, None)
            if isinstance(ref, ShareRef) and ref.provider != self.spec.name:
                self._invalid(op.kind, f"that share is of {ref.provider}, and its key is not for others")
        if aims and self.spec.needs_product:
            target = op.target if isinstance(op, Operation) else getattr(op, "device", None)
            if target is not None and not target.product and target != UNKNOWN_DEVICE:
                self._invalid(op.kind, f"it names a device by product too: write 'product/{target.device}'")

    def _invalid(self, operation: str, why: str) -> NoReturn:
        raise InvalidRequestError(
            f"{self.spec.name} was not asked to {operation}: {why}",
            provider=self.spec.name,
            account=self.account,
            operation=operation,
        )

    def _unsupported(self, operation: str, capability: Capability, reason: str) -> NoReturn:
        # Where the account has it, a limit or a word was wrong, and others are no answer to that.
        lacks = support_for(self.provider.support, capability).level is Level.ABSENT
        family = f"{capability.rpartition('.')[0]}." if lacks and "." in capability else ""
        able = [
            name
            for name in sorted(self.provider.support)
            if family
            and name.startswith(family)
            and name != capability
            and _usable(support_for(self.provider.support, name))
        ]
        instead = f" It can: {', '.join(able)}." if able else ""
        raise UnsupportedError(
            f"{self.spec.name} cannot do this ({operation} with {capability}): {reason}. Nothing was sent.{instead}",
            provider=self.spec.name,
            capability=capability,
            reason=reason,
        )

    async def _review(self, op: Operation[Any]) -> None:
        for name, policy in self._policies.items():
            try:
                reason = await policy.review(op, self.account)
            except Exception as broken:
                reason = f"the policy failed ({_name(broken)})"
                raise PolicyDeniedError(
                    f"policy {name!r} denied {op.kind}: {reason}", policy=name, reason=reason
                ) from broken
            if reason is not None:
                raise PolicyDeniedError(f"policy {name!r} denied {op.kind}: {reason}", policy=name, reason=reason)

    def _judge(
        self,
        error: Exception,
        ctx: Context,
        op: Operation[Any] | Query,
        within: timedelta,
        where: str,
    ) -> SharebindError:
        judged = self._class_of(error, ctx, op, within)
        if judged is not error and not isinstance(error, TimeoutError) and where:
            judged.add_note(f"{_name(error)} came from\n{where}")
        return judged

    def _class_of(
        self, error: Exception, ctx: Context, op: Operation[Any] | Query, within: timedelta
    ) -> SharebindError:
        facts: dict[str, Any] = {"provider": self.spec.name, "account": self.account, "operation": op.kind}
        if isinstance(error, ProviderError):
            error.said_by(**facts)
        known = {name: getattr(error, name) for name in _SAID if isinstance(error, ProviderError)}
        late = f"{ctx.held_up or 'no answer'} within {within.total_seconds():g} s"
        why = late if isinstance(error, TimeoutError) else _describe(error)
        if ctx.stage is Stage.DONE:
            if isinstance(error, ResultLostError):
                return error
            return ResultLostError(
                f"{self.spec.name} has done {op.kind}, but its result could not be read: {why}", **facts, **known
            )
        if ctx.stage is Stage.SENT:
            if isinstance(error, OutcomeUnknownError):
                return error
            return OutcomeUnknownError(
                f"{self.spec.name} was sent {op.kind}, and what became of it is not known: {why}; "
                "read back before doing it again",
                **facts,
                **known,
            )
        if isinstance(error, SharebindError) and error.outcome is Outcome.NOTHING:
            return error
        if isinstance(error, TimeoutError | OutcomeUnknownError):
            return UnavailableError(f"{self.spec.name} could not {op.kind}: {why}; nothing happened", **facts, **known)
        return ProviderError(f"the adapter of {self.spec.name} failed in {op.kind}: {why}; nothing happened", **facts)

    def _start(self, ctx: Context) -> None:
        if self._tell is not None:
            self._tell(
                Started(account=self.account, provider=self.spec.name, operation=ctx.operation, key=ctx.key, id=ctx.id)
            )

    def _finish(self, ctx: Context, outcome: Outcome, seconds: float, error: BaseException | None) -> None:
        if self._tell is not None:
            self._tell(
                Finished(
                    account=self.account,
                    provider=self.spec.name,
                    operation=ctx.operation,
                    outcome=outcome,
                    took=timedelta(seconds=seconds),
                    error=_name(error) if error is not None else None,
                    vendor_code=getattr(error, "vendor_code", None),
                    key=ctx.key,
                    id=ctx.id,
                )
            )


_ids: Final = itertools.count(1)
"""The numbers of operations and lists, for their events; those of all hosts in a process, for one observer may serve
several."""

_WISHES: Final = (Operation, ShareQuery, BindingQuery, SpaceQuery)


@cache
def _fields_of(wish: type[Any]) -> tuple[tuple[str, ...], tuple[str, ...], bool, bool]:
    """Name a wish's moments and refs, and say whether it has a span and a device.

    Asking every wish for what most have not takes longer than the check.
    """
    fields = {field.name for field in attrs.fields(wish)}

    def may_have(name: str) -> bool:
        # A wish of an adapter's own may keep its fields in another way.
        return name in fields or "__attrs_attrs__" not in vars(wish) or hasattr(wish, name)

    moments = tuple(filter(may_have, ("accept_by", "use_until")))
    refs = tuple(filter(may_have, ("share", "offer")))
    aims = may_have("device") or bool(refs) or getattr(wish, "target", None) is not Operation.target
    return moments, refs, may_have("use_for"), aims


_SAID = ("vendor_code", "vendor_message", "http_status", "request_id", "retry_after", "transient", "raw")
_OUTCOME = {Stage.BEFORE: Outcome.NOTHING, Stage.SENT: Outcome.UNKNOWN, Stage.DONE: Outcome.DONE}


def _a_batch(batch: Any) -> Batch[Any]:
    if not isinstance(cast("object", batch), Batch):
        raise ProviderError(f"it yields a list as {type(batch).__name__}, and a list is yielded in Batches")
    return cast("Batch[Any]", batch)


def _usable(support: Support) -> bool:
    return support.level not in (Level.ABSENT, Level.FIXED)


def _name(error: BaseException) -> str:
    return type(error).__name__


def _describe(error: Exception) -> str:
    """Say what escaped. Only our own messages are known to hold no secret."""
    return str(error) if isinstance(error, SharebindError) else _name(error)
