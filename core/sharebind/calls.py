"""What an adapter says to its vendor and hears back, as values; how it is carried is the client's business.

``wire.py`` of an adapter builds an ``HttpCall`` from an operation and reads values from a ``Reply``, both without I/O.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Protocol, TypeVar
from urllib.parse import quote

import attrs

from sharebind.context import Context
from sharebind.errors import InvalidRequestError
from sharebind.secrets import Secret

T = TypeVar("T")


@attrs.frozen(kw_only=True, slots=False)  # a frozen value with slots takes half as long again to make
class HttpCall:
    """One request.

    ``path`` stands below the base URL, with what is variable in it percent-encoded. ``changes`` is declared per call
    and never taken from the method: Tencent reads with POST. Whatever is a secret is given as ``Secret``, and revealed
    only as it is written to the connection; the rest is not shown either. A ``body`` that is one ``Secret`` is JSON
    that the adapter has written itself: it is sent byte for byte, for vendors that take a signature of those bytes.
    """

    name: str
    method: str
    path: str = attrs.field(repr=False)
    query: Mapping[str, str | Secret] = attrs.field(factory=dict[str, "str | Secret"], repr=False, hash=False)
    headers: Mapping[str, str | Secret] = attrs.field(factory=dict[str, "str | Secret"], repr=False, hash=False)
    body: Mapping[str, object] | Sequence[object] | Secret | None = attrs.field(default=None, repr=False, hash=False)
    changes: bool

    def carrying(
        self,
        *,
        headers: Mapping[str, str | Secret] | None = None,
        body: Mapping[str, object] | Sequence[object] | Secret | None = None,
    ) -> HttpCall:
        """Give the same call with other headers or another body, such as those that hold the token."""
        # Copied, not made: every call comes by here, and making one takes twice as long.
        twin = object.__new__(HttpCall)
        fields = vars(twin)
        fields.update(vars(self))
        if headers is not None:
            fields["headers"] = headers
        if body is not None:
            fields["body"] = body
        return twin


@attrs.frozen(kw_only=True, slots=False)  # as above
class Reply:
    """One answer. ``body`` is the decoded JSON; ``readable`` is ``False`` where none could be decoded.

    ``empty`` tells an answer without any body from one that is garbage: some vendors confirm a call that way.
    """

    status: int
    body: object = attrs.field(default=None, repr=False, eq=False)
    readable: bool = True
    empty: bool = False
    retry_after: timedelta | None = None


def path_segment(part: str | Secret) -> str:
    """Write an id or a code as one part of a path, so that it can neither leave its place nor end the path.

    Raises:
        InvalidRequestError: it is nothing but dots, which servers read as a way up.
    """
    text = quote(part.reveal() if isinstance(part, Secret) else part, safe="", errors="surrogatepass")
    if text.strip(".") == "":
        raise InvalidRequestError("an id or a code that is empty, or nothing but dots, is none")
    return text


class Client(Protocol):
    """What carries calls. The core hands one to each adapter; an adapter holds it and inherits nothing."""

    async def send(self, call: HttpCall, ctx: Context, read: Callable[[Reply], T]) -> T:
        """Carry one call, and give what ``read`` makes of the answer; it raises what a refusal means.

        A call that changes something announces its ``effect()`` itself. Where it is safe, a call that failed or was
        refused for the moment is repeated, so ``read`` may be called more than once: it only reads.

        Raises:
            UnavailableError: it surely never reached the vendor, or it was a read and got no answer.
            OutcomeUnknownError: it changes something and was not answered.
        """
        ...

    def at(self, base_url: str) -> Client:
        """Give a client for another base URL of the same vendor, such as the data centre that an answer names.

        It shares this one's connections and its pace.

        Raises:
            ValueError: no calls may go there: it is no URL, or neither ``https`` nor on this machine.
        """
        ...
