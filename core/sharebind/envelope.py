"""Opening a vendor's answers, where they come in one form: a refusal by its code, or the data of a success."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from sharebind.calls import HttpCall, Reply
from sharebind.codes import Codes, unreadable
from sharebind.context import Context
from sharebind.errors import MalformedReplyError
from sharebind.reading import Fields


def _texts(codes: Iterable[str]) -> frozenset[str]:
    if isinstance(codes, str):
        raise TypeError(f"the codes of a success are a collection of texts, not one: ({codes!r},)")
    return frozenset(codes)


@attrs.frozen
class Envelope:
    """The form that a vendor's answers have.

    ``code``, ``message`` and ``data`` say where each stands, as names with dots between them: ``error.code``. Where a
    success has a code too, ``ok`` lists those codes; else every code is a refusal. Without ``data`` the whole answer
    is.
    """

    codes: Codes
    code: str = attrs.field(kw_only=True)
    ok: frozenset[str] = attrs.field(default=frozenset(), converter=_texts, kw_only=True)
    data: str = attrs.field(default="", kw_only=True)
    message: str = attrs.field(default="", kw_only=True)

    def open(self, reply: Reply, call: HttpCall, ctx: Context) -> Fields:
        """Give the data of a success, which is empty where the vendor confirms a call and says no more.

        Raises:
            ProviderError: what a refusal means by the table of codes, or that the answer cannot be understood.
        """
        try:
            answer = Fields(reply.body)
            code = _text(answer, self.code)
            data = _inside(answer, self.data)
        except MalformedReplyError as wrong:
            raise unreadable(self.codes.provider, call=call, ctx=ctx, reply=reply, path=wrong.path) from None
        if code is not None and code not in self.ok:
            message = _said(answer, self.message) if self.message else None
            raise self.codes.refusal(code, call=call, ctx=ctx, message=message, reply=reply)
        if code is None and (self.ok or data is None or reply.status not in range(200, 300)):
            raise unreadable(self.codes.provider, call=call, ctx=ctx, reply=reply)
        return Fields({}) if data is None else data


def _inside(answer: Fields, path: str) -> Fields | None:
    """Give the object at a path, which is the answer itself where there is no path."""
    found: Fields | None = answer
    for name in path.split(".") if path else ():
        found = None if found is None else found.child(name)
    return found


def _text(answer: Fields, path: str) -> str | None:
    where, _, name = path.rpartition(".")
    found = _inside(answer, where)
    return None if found is None else found.text(name)


def _said(answer: Fields, path: str) -> str | None:
    """Give what is said to people, if it is there: an answer is no worse for a message that cannot be read."""
    where, _, name = path.rpartition(".")
    try:
        found = _inside(answer, where)
    except MalformedReplyError:
        return None
    return None if found is None else found.said(name)
