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

    ``code``, ``message``, ``flag`` and ``data`` say where each stands, as names with dots between them: ``error.code``.
    Without ``data`` the whole answer is.

    How a success shows itself has to be said, for what is no refusal is not yet a confirmation: by a ``flag`` that is
    true, by one of the codes in ``ok``, by ``data`` that are there, or, with ``by_status``, by a status of 2xx alone.
    Where flag, codes or status say it, data may be missing. Every code that is not in ``ok`` is a refusal.
    """

    codes: Codes
    code: str = attrs.field(kw_only=True)
    ok: frozenset[str] = attrs.field(default=frozenset(), converter=_texts, kw_only=True)
    flag: str = attrs.field(default="", kw_only=True)
    data: str = attrs.field(default="", kw_only=True)
    message: str = attrs.field(default="", kw_only=True)
    by_status: bool = attrs.field(default=False, kw_only=True)

    def __attrs_post_init__(self) -> None:
        if not (self.ok or self.flag or self.data or self.by_status):
            raise TypeError(
                "an envelope says how a success shows itself: flag='ok' for a field that is true, ok=('0',) for codes, "
                "data='result' for data that are there, or by_status=True where the HTTP status alone tells"
            )

    def open(self, reply: Reply, call: HttpCall, ctx: Context) -> Fields:
        """Give the data of a success, which is empty where the vendor confirms a call and says no more.

        Raises:
            ProviderError: what a refusal means by the table of codes, or that the answer cannot be understood.
        """
        try:
            answer = Fields(reply.body)
            code, good = _text(answer, self.code), _flag(answer, self.flag)
            data = _inside(answer, self.data)
        except MalformedReplyError as wrong:
            raise unreadable(self.codes.provider, call=call, ctx=ctx, reply=reply, path=wrong.path) from None
        if code is not None and code not in self.ok and not good:
            message = _said(answer, self.message) if self.message else None
            raise self.codes.refusal(code, call=call, ctx=ctx, message=message, reply=reply)
        doubt = self._doubt(code, good=good, data=data, status=reply.status)
        if doubt is not None:
            raise unreadable(self.codes.provider, call=call, ctx=ctx, reply=reply, path=f"$.{doubt}".rstrip("."))
        return Fields({}) if data is None else data

    def _doubt(self, code: str | None, *, good: bool | None, data: Fields | None, status: int) -> str | None:
        """Name the place where an answer that is no refusal does not say that it succeeded, ``None`` where it does."""
        if self.flag and not good:
            return self.flag
        # Also a refusal's code beside a flag that is true: one of the two is wrong.
        if code not in self.ok if self.ok else code is not None:
            return self.code
        if not 200 <= status < 300:  # noqa: PLR2004 - the statuses themselves say it best
            return ""
        return self.data if data is None and not (self.flag or self.ok or self.by_status) else None


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


def _flag(answer: Fields, path: str) -> bool | None:
    where, _, name = path.rpartition(".")
    found = _inside(answer, where) if path else None
    return None if found is None else found.flag(name)


def _said(answer: Fields, path: str) -> str | None:
    """Give what is said to people, if it is there: an answer is no worse for a message that cannot be read."""
    where, _, name = path.rpartition(".")
    try:
        found = _inside(answer, where)
    except MalformedReplyError:
        return None
    return None if found is None else found.said(name)
