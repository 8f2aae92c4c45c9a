"""Opening eWeLink's envelope ``{error, msg, data}`` (contract: error_envelope)."""

from __future__ import annotations

from sharebind.provider import (
    Context,
    Fields,
    HttpCall,
    MalformedReplyError,
    QuotaExceededError,
    Reply,
    WrongRegionError,
    an_object,
    unreadable,
)
from sharebind_ewelink.codes import CODES, EVICTED, PROVIDER

_UNAUTHORIZED = 401
_FORBIDDEN = 403


def data_of(reply: Reply, call: HttpCall, ctx: Context) -> Fields:
    """Give what an answer says, or raise what its code means; the HTTP status counts only without a readable body."""
    envelope = an_object(reply.body) if reply.readable else None
    if envelope is None or envelope.get("error") is None:
        raise _bodiless(reply, call, ctx)
    fields = Fields(envelope)
    try:
        code = fields.number("error")
    except MalformedReplyError as error:
        raise unreadable(PROVIDER, call=call, ctx=ctx, reply=reply, path=error.path) from None
    data = an_object(envelope.get("data")) or {}
    if code != 0:
        refused = CODES.refusal(str(code), call=call, ctx=ctx, message=fields.said("msg"), reply=reply)
        if isinstance(refused, WrongRegionError):
            refused.region = Fields(data).said("region")
        raise refused
    return Fields(data, "$.data")


def _bodiless(reply: Reply, call: HttpCall, ctx: Context) -> Exception:
    """Make the error of an answer that is none of the vendor's.

    A bare HTTP 403 is a quota that is spent, or a path that nobody knows (quirk ``http_403_means_two_things``); either
    way nothing happened. A bare HTTP 401 of a read is taken as the code: a new session for it might end another one.
    """
    if reply.status == _UNAUTHORIZED and not call.changes:
        return CODES.refusal(EVICTED, call=call, ctx=ctx, reply=reply)
    if reply.status != _FORBIDDEN:
        return unreadable(PROVIDER, call=call, ctx=ctx, reply=reply)
    if call.changes:
        ctx.refused()
    return QuotaExceededError(
        f"{PROVIDER} refused {ctx.operation} ({call.name}) with a bare HTTP 403: the quota of calls is spent "
        "(or the path is unknown)",
        provider=PROVIDER,
        account=ctx.account,
        operation=ctx.operation,
        http_status=reply.status,
        retry_after=reply.retry_after,
    )
