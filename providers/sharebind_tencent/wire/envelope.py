"""Opening Tencent's envelopes, and finding the real code in them.

Names are read without regard to letter case (quirk ``id_letter_case``), and results are looked for at the top, in
``Data`` and in ``data`` (``result_in_data_or_not``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final, TypeVar

from sharebind.provider import (
    Context,
    DeviceRef,
    Fields,
    HttpCall,
    MalformedReplyError,
    Page,
    Reply,
    an_object,
    malformed,
    unreadable,
)
from sharebind_tencent.codes import CODES

T = TypeVar("T")

PROVIDER: Final = "tencent"
_NESTED: Final = re.compile(r"([A-Za-z]+(?:\.[A-Za-z]+)+)\|")


def result_of(reply: Reply, call: HttpCall, ctx: Context) -> Fields:
    """Open either envelope (quirk ``two_envelopes``), or raise what the code means."""
    body = an_object(reply.body)
    content = _content(body) if body is not None else None
    if body is None or content is None:
        raise unreadable(PROVIDER, call=call, ctx=ctx, reply=reply)
    try:
        code, message = _failure(Fields(body), content)
    except MalformedReplyError as error:
        raise unreadable(PROVIDER, call=call, ctx=ctx, reply=reply, path=error.path) from None
    if code is not None:
        request_id = content.said("RequestId")
        raise CODES.refusal(code, call=call, ctx=ctx, message=message, reply=reply, request_id=request_id)
    if call.changes and content.get("Status") not in (None, "OK"):
        raise unreadable(PROVIDER, call=call, ctx=ctx, reply=reply, path="$.Status")
    return content


def _content(body: Mapping[str, object]) -> Fields | None:
    """Find what an answer says: in ``Response``, or beside a ``code``, in ``data`` or around it.

    What has neither is no answer of this vendor's, whatever its form: a gateway's error page is JSON too.
    """
    response = an_object(body.get("Response"))
    if response:
        return Fields(response, "$.Response", fold=True)
    if body.get("code") is None and body.get("Error") is None:
        return None
    data = body.get("data")
    inner = an_object(data)
    if inner is not None:
        return Fields(inner, "$.data", fold=True)
    return Fields({} if data is not None else body, fold=True)


def _failure(envelope: Fields, content: Fields) -> tuple[str | None, str | None]:
    """Find the real code.

    It is inside ``Error`` (``business_error_is_minus_1000``), before a bar in the message of an internal error
    (``nested_error_code``), or outside.
    """
    if content.get("Error") is None and envelope.get("Error", "code") is None:
        return None, None
    error = content.child("Error") or envelope.child("Error")
    if error is not None:
        code, message = error.need("Code"), error.said("Message")
        nested = _NESTED.match(message or "") if code == "InternalError" else None
        return (nested.group(1) if nested else code), message
    outer = envelope.number("code")
    return (None, None) if outer in (None, 0) else (str(outer), envelope.said("msg"))


def holding(content: Fields, name: str) -> Fields:
    """Give the object that holds a field: the content itself, or what is in its ``Data``."""
    if content.get(name) is not None:
        return content
    inner = an_object(content.get("Data"))
    return Fields(inner, f"{content.path}.Data", fold=True) if inner is not None else content


def page_of(content: Fields, name: str, read: Callable[[Fields], T], full: int) -> Page[T]:
    """Read a page of a list; an answer with neither the list nor its total is no empty list."""
    holder = holding(content, name)
    total = holding(content, "Total").number("Total")
    if total is None and holder.get(name) is None:
        raise malformed(f"{holder.path}.{name}", "a list", None)
    items, gaps = holder.each_as(read, name)
    return Page(items=items, size=len(items) + len(gaps), full=full, total=total, gaps=gaps)


def device_in(item: Fields) -> DeviceRef:
    """Read the device that an object names; one page misspells its name (quirk ``page_mistakes``)."""
    name, product = item.need("DeviceName", "DeviecName"), item.need("ProductId")
    try:
        return DeviceRef(name, product)
    except ValueError:
        raise malformed(f"{item.path}.DeviceName", "a device that can be named", name) from None
