"""What goes wrong between a vendor and an adapter, and the law that holds whatever it is: the vendor's books decide."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import attrs

from sharebind.emulator import Recorded
from sharebind.errors import Outcome, ProviderError, SharebindError


@attrs.frozen(kw_only=True)
class BadDay:
    """One thing that goes wrong: a fault of the emulated cloud, before the request is executed or ``after``.

    What ``waits`` never ends by itself: the caller's time has to run out.
    """

    name: str
    kind: str
    after: bool = False
    waits: bool = False
    options: Mapping[str, Any] = attrs.field(factory=dict[str, Any])


UNKNOWN_CODE: Final = "a code that nobody knows"

BAD_DAYS: Final = (
    BadDay(name="closed unexecuted", kind="refuse"),
    BadDay(name="closed after it was done", kind="lost", after=True),
    BadDay(name="reset unexecuted", kind="reset"),
    BadDay(name="reset after it was done", kind="reset", after=True),
    BadDay(name="the body is cut", kind="cut", after=True),
    BadDay(name="silence unexecuted", kind="silence", waits=True),
    BadDay(name="silence after it was done", kind="silence", after=True, waits=True),
    BadDay(name="an answer without an end", kind="drip", waits=True, options={"seconds": 0.01}),
    BadDay(name="garbage unexecuted", kind="garbage"),
    BadDay(name="garbage after it was done", kind="garbage", after=True),
    BadDay(name="a page of HTML unexecuted", kind="html"),
    BadDay(name="a page of HTML after it was done", kind="html", after=True),
    BadDay(name="broken JSON unexecuted", kind="broken_json"),
    BadDay(name="broken JSON after it was done", kind="broken_json", after=True),
    BadDay(name="502 unexecuted", kind="status", options={"status": 502}),
    BadDay(name="504 after it was done", kind="status", after=True, options={"status": 504}),
    BadDay(name="429 of a gateway", kind="throttle", options={"retry_after": 1}),
    BadDay(name=UNKNOWN_CODE, kind="code"),
)
"""Every bad day that an adapter is held to."""

QUIET: Final = frozenset({"withdrawing a code", "withdrawing an invitation", "revoking", "leaving"})
"""What succeeds without an effect where the vendor's code says that there is nothing left to end."""


@attrs.frozen(kw_only=True)
class Played:
    """One operation on one day: what its caller got, and what the vendor's books say."""

    name: str
    changes: bool
    error: BaseException | None
    arrived: tuple[Recorded, ...]
    """What reached the vendor of this operation."""
    changing: tuple[Recorded, ...]
    """Those of it that change something."""
    struck: bool
    """Whether the fault met it at all."""

    @property
    def outcome(self) -> Outcome:
        """What the caller was told."""
        return self.error.outcome if isinstance(self.error, SharebindError) else Outcome.DONE

    @property
    def effects(self) -> int:
        """How many changes the vendor's books have."""
        return sum(each.effect for each in self.changing)


def broken(played: Played, *, refused_by: str = "") -> Iterator[str]:
    """Yield what of the law an operation broke; ``refused_by`` is the code that the vendor refused it with, if any."""
    told = "it gave a value" if played.error is None else f"it ended with {played.error!r}"
    if not played.changes:
        if played.outcome is Outcome.UNKNOWN:
            yield f"it changes nothing, and {told}"
        if played.effects:
            yield f"it should change nothing, and had {played.effects} effect(s)"
        if played.error is None and not refused_by:
            yield "no answer could be read, and it gave a value"
        return
    if played.outcome is Outcome.NOTHING and played.effects:
        yield f"it was done, and {told}, which says that nothing happened"
    if played.outcome is Outcome.DONE and not played.effects and not (refused_by and played.name in QUIET):
        yield f"it was not done, and {told}"
    if played.effects > 1:
        yield f"one change was asked for, and {played.effects} were done"
    # A refused token may be renewed, and the request sent once more.
    most = 2 if refused_by else 1
    if len(played.changing) > most:
        sent = ", ".join(each.operation for each in played.changing)
        yield f"{len(played.changing)} changing requests were sent: {sent}"


def healthy(played: Played) -> Iterator[str]:
    """Yield what is wrong with an operation on a day on which nothing goes wrong."""
    if played.error is not None:
        yield f"with nothing wrong it ended with {played.error!r}"
    elif played.changes and played.effects != 1:
        yield f"with nothing wrong it had {played.effects} effects"
    elif not played.changes and played.effects:
        yield f"it should change nothing, and had {played.effects} effect(s)"


def told_by(error: BaseException | None, code: str) -> str:
    """Write how a code was told, without the code itself: two codes that read alike were not told apart."""
    return "a value" if error is None else f"{type(error).__name__}: {error}".replace(code, "…")


def carried(error: BaseException | None, code: str) -> bool:
    """Tell whether an error that speaks for the vendor carries the vendor's code."""
    return not isinstance(error, ProviderError) or error.vendor_code in (code, None)
