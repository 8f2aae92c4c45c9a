"""From a vendor's code to an error: one table per adapter, read in one place.

Codes, never prose. A code that no table knows raises the base ``ProviderError`` on a read, and on a change
``OutcomeUnknownError``, for nobody can say what it meant.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

import attrs

from sharebind.calls import HttpCall, Reply
from sharebind.context import Context
from sharebind.errors import (
    MalformedReplyError,
    Outcome,
    OutcomeUnknownError,
    PermissionDeniedError,
    ProviderError,
    RateLimitedError,
    ShareEndedError,
    SignInError,
    UnavailableError,
)
from sharebind.secrets import Raw
from sharebind.values import EndReason, State

_OVER: Final = ("", "always", "seen_active", "unknown")


@attrs.frozen
class Code:
    """What one of the vendor's codes means for a caller; a row of the adapter's table.

    ``by_operation`` overrides the class where the meaning depends on what was asked. ``outcome`` is ``UNKNOWN`` for a
    server fault or a half-done change. ``renew`` marks codes after which a new token and one repetition help, ``later``
    those after which a pause does. ``evicted`` marks those by which the vendor tells that another sign-in ended the
    session: no new one is begun for it, which would end that one, but a token that another process has stored meanwhile
    is taken. ``over`` says that on ``end`` there is nothing left to end: ``"always"``, or
    ``"seen_active"`` where the code does not speak of this share alone. Where the vendor answers strangers with the
    same code it gets neither: they would be told that a share has ended which works. It is ``"unknown"`` there at most,
    which ends quietly and claims nothing.
    """

    error: type[ProviderError]
    reason: str = ""
    by_operation: Mapping[str, type[ProviderError]] = attrs.field(factory=dict[str, type[ProviderError]], kw_only=True)
    outcome: Outcome = attrs.field(default=Outcome.NOTHING, kw_only=True)
    renew: bool = attrs.field(default=False, kw_only=True)
    evicted: bool = attrs.field(default=False, kw_only=True)
    later: bool = attrs.field(default=False, kw_only=True)
    over: str = attrs.field(default="", kw_only=True, validator=attrs.validators.in_(_OVER))
    end_reason: EndReason | None = attrs.field(default=None, kw_only=True)
    retry_after: timedelta | None = attrs.field(default=None, kw_only=True)
    tries_left: int | None = attrs.field(default=None, kw_only=True)
    source: str = attrs.field(default="", kw_only=True)

    def __attrs_post_init__(self) -> None:
        if self.renew and self.evicted:
            raise ValueError("a code is either renew or evicted: a new session would end the one that evicted this")


@attrs.frozen
class Codes:
    """An adapter's table, keyed by the code as text; ``by_call`` holds rows that differ on one endpoint."""

    provider: str
    rows: Mapping[str, Code]
    by_call: Mapping[str, Mapping[str, Code]] = attrs.field(factory=dict[str, "Mapping[str, Code]"])

    def row(self, code: str | None, call: str = "") -> Code | None:
        """Give the row of a code, ``None`` where no table knows it."""
        if code is None:
            return None
        return self.by_call.get(call, {}).get(code) or self.rows.get(code)

    def refusal(  # each argument is one fact of the answer
        self,
        code: str,
        *,
        call: HttpCall,
        ctx: Context,
        message: str | None = None,
        reply: Reply | None = None,
        request_id: str | None = None,
    ) -> ProviderError:
        """Make the error of a code, and tell the call where the vendor's word means that nothing happened."""
        row = self.row(code, call.name)
        error = _class_of(row, ctx.operation, changes=call.changes)
        if call.changes and error.outcome is Outcome.NOTHING:
            ctx.refused()
        said = row.reason if row is not None and row.reason else "a code that no table knows"
        verb, then = "refused", ""
        if error.outcome is Outcome.UNKNOWN:
            verb, then = "gave no clear answer to", "; read back before doing it again"
        made = error(
            f"{self.provider} {verb} {ctx.operation} ({call.name}): {said} [{code}]{then}",
            provider=self.provider,
            account=ctx.account,
            operation=ctx.operation,
            vendor_code=code,
            vendor_message=message,
            http_status=reply.status if reply is not None else None,
            request_id=request_id,
            retry_after=(row.retry_after if row is not None else None)
            or (reply.retry_after if reply is not None else None),
            transient=row is not None and row.later,
            raw=Raw(reply.body) if reply is not None else None,
        )
        if isinstance(made, ShareEndedError) and row is not None and row.end_reason is not None:
            made.reason = row.end_reason
        if isinstance(made, SignInError) and row is not None:
            made.tries_left = row.tries_left
        return made

    def already_over(self, error: ProviderError, call: str, seen: State) -> State | None:
        """Tell what a refusal to end means: the state where there was nothing left to end, else ``None``.

        A code that speaks of this share says ``ENDED``. One that only says "not there" does so where the share was last
        seen active; else it may never have been there, and the state stays ``UNKNOWN``, as it does for one that
        strangers get too.
        """
        row = self.row(error.vendor_code, call)
        if row is None or not row.over:
            return None
        over = row.over == "always" or (row.over == "seen_active" and seen is State.ACTIVE)
        return State.ENDED if over else State.UNKNOWN


def _class_of(row: Code | None, operation: str, *, changes: bool) -> type[ProviderError]:
    if row is None:
        return OutcomeUnknownError if changes else ProviderError
    if row.outcome is Outcome.UNKNOWN and changes:
        return OutcomeUnknownError
    return row.by_operation.get(operation, row.error)


def unreadable(provider: str, *, call: HttpCall, ctx: Context, reply: Reply, path: str = "$") -> ProviderError:
    """Make the error of an answer that cannot be understood.

    After a change nobody knows what became of it. After a read the HTTP status decides, for there is nothing else.
    """
    facts: dict[str, Any] = {"provider": provider, "account": ctx.account, "operation": ctx.operation}
    said = f"{provider} answered {ctx.operation} ({call.name}) with HTTP {reply.status} and"
    raw = Raw(reply.body)
    if call.changes:
        return OutcomeUnknownError(
            f"{said} nothing that can be read at {path}; read back before doing it again",
            http_status=reply.status,
            retry_after=reply.retry_after,
            transient=_passes(reply.status),
            raw=raw,
            **facts,
        )
    if reply.status in (401, 403):
        refused = SignInError if reply.status == 401 else PermissionDeniedError  # noqa: PLR2004 - the same
        return refused(f"{said} no body: the token was not accepted", http_status=reply.status, **facts)
    if reply.status == 429:  # noqa: PLR2004 - the same
        return RateLimitedError(
            f"{said} asks to slow down",
            http_status=reply.status,
            retry_after=reply.retry_after,
            transient=_passes(reply.status),
            **facts,
        )
    if reply.status >= 500:  # noqa: PLR2004 - the same
        return UnavailableError(
            f"{said} no body; try later",
            http_status=reply.status,
            retry_after=reply.retry_after,
            transient=_passes(reply.status),
            **facts,
        )
    error = MalformedReplyError(
        f"{said} a body that cannot be read at {path}", http_status=reply.status, raw=raw, **facts
    )
    error.path = path
    return error


def _passes(status: int) -> bool:
    """Tell whether a status speaks of a fault that may pass by itself."""
    return status == 429 or status >= 500  # noqa: PLR2004 - the status itself says it best
