"""What a host can see of each operation and list: frozen events, without secrets, persons or addresses.

``id`` is one number for all events of one operation or list, and no other's in this process. What goes on beside an
operation, such as a renewal of the token, has the number of the operation that began it, and may outlast it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Protocol, TypeAlias

import attrs

from sharebind.errors import Outcome

# None has slots: a frozen value with them takes a quarter longer to make, and every call makes three.
# ``id`` does not count when events are compared: it tells whose they are, not what happened.


@attrs.frozen(kw_only=True, slots=False)
class Started:
    """An operation or list was handed to its adapter. ``key`` is the caller's own name for it."""

    account: str
    provider: str
    operation: str
    key: str | None = None
    id: int = attrs.field(default=0, eq=False)


@attrs.frozen(kw_only=True, slots=False)
class Waited:
    """A request waited for its turn, since the account keeps to a rate; ``took`` counts against the deadline."""

    account: str
    provider: str
    operation: str
    took: timedelta
    key: str | None = None
    id: int = attrs.field(default=0, eq=False)


@attrs.frozen(kw_only=True, slots=False)
class Sent:
    """A request is about to leave: ``call`` is the vendor's name of it, ``attempt`` counts from 1.

    One that ``changes`` something is told right before its first byte goes out. Requests beside the operation, such as
    a renewal of the token, have an ``operation`` of their own: ``sign_in`` or ``renew``.
    """

    account: str
    provider: str
    operation: str
    call: str
    changes: bool
    attempt: int
    key: str | None = None
    id: int = attrs.field(default=0, eq=False)


@attrs.frozen(kw_only=True, slots=False)
class Retried:
    """A request will be repeated: ``attempt`` is the number of the next one, ``after`` the pause before it.

    ``error`` is the class of what went wrong, ``vendor_code`` the vendor's code where it was that.
    """

    account: str
    provider: str
    operation: str
    call: str
    attempt: int
    after: timedelta
    error: str
    vendor_code: str | None = None
    key: str | None = None
    id: int = attrs.field(default=0, eq=False)


@attrs.frozen(kw_only=True, slots=False)
class Finished:
    """An operation or list ended. ``error`` is the class of what was raised, ``None`` where it succeeded.

    A list that its reader gave up is finished without an error. So is one with gaps, for it is the reader who decides
    what they mean. ``took`` counts all of it but, for a list, the time that its reader took.
    """

    account: str
    provider: str
    operation: str
    outcome: Outcome
    took: timedelta
    error: str | None = None
    vendor_code: str | None = None
    key: str | None = None
    id: int = attrs.field(default=0, eq=False)


Event: TypeAlias = Started | Waited | Sent | Retried | Finished

Tell: TypeAlias = Callable[[Event], None]


class Observer(Protocol):
    """Sees what happens. It is synchronous, cannot stop anything, and an error of its own stays its own.

    New kinds of events may come: let pass what you do not know.
    """

    def seen(self, event: Event, /) -> None:
        """Take one event."""
        ...
