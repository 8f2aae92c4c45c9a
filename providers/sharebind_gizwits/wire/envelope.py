"""Opening Gizwits' answers: an ``error_code`` in the body is a refusal, and anything else readable is none.

The HTTP status misleads (quirk ``bad_token_is_http_400``), so it counts only where there is no body to read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sharebind.provider import (
    Context,
    Fields,
    HttpCall,
    MalformedReplyError,
    RateLimitedError,
    Reply,
    an_object,
    unreadable,
)
from sharebind_gizwits.codes import CODES

PROVIDER: Final = "gizwits"
_SUCCESSES: Final = range(200, 300)
_RETURN_NOTHING: Final = frozenset({"bind_latest", "remove_guest", "accept_share_code", "transfer_ownership"})
"""Calls without a response in the contract. How nothing looks is not said: no body, null or an empty object."""
_TOO_MANY: Final = 429


def content_of(reply: Reply, call: HttpCall, ctx: Context) -> object:
    """Give the body of a success: an object, the list that a read may be, or ``None`` where a call returns nothing."""
    body = an_object(reply.body)
    if body is not None:
        answer = Fields(body)
        try:
            code = answer.text("error_code")
        except MalformedReplyError as error:
            raise unreadable(PROVIDER, call=call, ctx=ctx, reply=reply, path=error.path) from None
        if code is not None:
            raise CODES.refusal(code, call=call, ctx=ctx, message=answer.said("error_message"), reply=reply)
    if reply.status == _TOO_MANY:
        # Documented for the status itself, which stands here without a code beside it.
        if call.changes:
            ctx.refused()
        raise RateLimitedError(
            f"{PROVIDER} asks to slow down, and refused {ctx.operation} ({call.name})",
            http_status=reply.status,
            retry_after=reply.retry_after,
            transient=True,
        )
    content = reply.body
    nothing = content is None and (reply.readable or reply.empty)
    known = nothing if call.name in _RETURN_NOTHING else isinstance(content, list) and not call.changes
    if reply.status not in _SUCCESSES or not (known or isinstance(content, Mapping)):
        raise unreadable(PROVIDER, call=call, ctx=ctx, reply=reply)
    return reply.body


def object_of(content: object) -> Fields:
    """Take an answer for the object that the call gives.

    Raises:
        MalformedReplyError: it is none.

    """
    return Fields(content)
