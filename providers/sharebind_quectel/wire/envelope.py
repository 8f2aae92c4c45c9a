"""The envelope that every answer of Quectel comes in."""

from __future__ import annotations

from typing import Final

from sharebind.provider import Context, Fields, HttpCall, MalformedReplyError, Reply, an_object, unreadable
from sharebind_quectel.codes import CODES

PROVIDER: Final = "quectel"
_SUCCESS: Final = 200


def data_of(reply: Reply, call: HttpCall, ctx: Context) -> object:
    """Open the envelope: success is code 200 and nothing else (quirk ``success_is_200``)."""
    body = an_object(reply.body)
    if body is None:
        raise unreadable(PROVIDER, call=call, ctx=ctx, reply=reply)
    code: object = body.get("code")
    if type(code) is int and code == _SUCCESS:
        return body.get("data")  # which nearly every answer is
    envelope = Fields(body)
    try:
        code = envelope.number("code")
    except MalformedReplyError as error:
        raise unreadable(PROVIDER, call=call, ctx=ctx, reply=reply, path=error.path) from None
    if code is None:
        raise unreadable(PROVIDER, call=call, ctx=ctx, reply=reply, path="$.code")
    if code != _SUCCESS:
        raise CODES.refusal(str(code), call=call, ctx=ctx, message=envelope.said("msg"), reply=reply)
    return body.get("data")
