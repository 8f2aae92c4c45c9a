"""Values that must not be printed by accident: secrets, and the vendor's own words.

A token, a share code or a device key opens somebody's home, so these types show themselves to nobody: not in ``repr``,
``str``, ``format``, ``attrs.asdict``, JSON or a traceback with locals. ``reveal()`` is the only way out.
"""

from __future__ import annotations

import hmac
import traceback
from typing import Any, Final, NoReturn, cast

MASK: Final = "***"


def hush(error: BaseException, outer: BaseException | None = None) -> str:
    """Take the frames off an error and all that it came of, and give the lines of code that it came through.

    ``outer`` is what the caller was handling already; it is theirs, and stays as it is.

    Those frames hold headers, addresses and bodies in the clear, and some tools print tracebacks with locals. They are
    let go and not cleared: clearing the frame of a task that only waits would end that task.
    """
    # Without columns: to mark those, each line would be parsed anew, which takes longer than the call did.
    lines = "".join(traceback.StackSummary.extract(traceback.walk_tb(error.__traceback__)).format())
    seen = {id(outer)}
    chain: list[BaseException | None] = [error]
    while chain:
        one = chain.pop()
        if one is not None and id(one) not in seen:
            seen.add(id(one))
            one.__traceback__ = None
            chain += [one.__cause__, one.__context__]
    return lines


class _Sealed:
    """What both types share: they show a mask and stay in this process."""

    __slots__ = ()

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        """Refuse to pickle: a pickle is a file somebody forgets."""
        raise TypeError(f"{type(self).__name__} does not pickle; store what reveal() gives where you keep secrets")

    def __copy__(self) -> _Sealed:
        return self

    def __deepcopy__(self, memo: object) -> _Sealed:
        return self


class Secret(_Sealed):
    """A text that is masked wherever it is shown.

    Two secrets are equal when their texts are (compared in constant time); a secret never equals a plain ``str``.

    Raises:
        TypeError: the text is no ``str``.
        ValueError: the text is empty, which is always a mistake (an unset variable, a missing field).
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        if not isinstance(text, str):
            raise TypeError(f"a secret is a str, not {type(text).__name__}")
        if not text:
            raise ValueError("a secret cannot be empty")
        self._text = text

    def reveal(self) -> str:
        """Give the text itself."""
        return self._text

    def __repr__(self) -> str:
        return f"Secret({MASK})"

    def __str__(self) -> str:
        return MASK

    def __format__(self, spec: str) -> str:
        return format(MASK, spec)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(
            self._text.encode("utf-8", "surrogatepass"), other._text.encode("utf-8", "surrogatepass")
        )

    def __hash__(self) -> int:
        return hash((Secret, self._text))


class Raw(_Sealed):
    """The vendor's own answer, kept for whoever needs a field that the model has not.

    It is no mapping on purpose: ``attrs.asdict``, converters and tracebacks print mappings.
    """

    __slots__ = ("_body",)

    def __init__(self, body: object = None) -> None:
        self._body = body

    def reveal(self) -> object:
        """Give the decoded body as the vendor sent it, ``None`` where there was none."""
        return self._body

    def __repr__(self) -> str:
        body: Any = self._body
        if isinstance(body, dict | list):
            return f"Raw({len(cast('list[object]', body))} {'fields' if isinstance(body, dict) else 'items'})"
        return "Raw(empty)" if self._body is None else "Raw(1 value)"
