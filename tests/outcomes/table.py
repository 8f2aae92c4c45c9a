"""The table: what goes wrong, where, and what the caller of a changing request has to be told.

It is data, and nothing of it is read from the library: `outcome` is what the design promises.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import attrs

from sharebind import NotEntitledError, Outcome, OutcomeUnknownError, RateLimitedError, SharebindError

NOTHING: Final = Outcome.NOTHING
UNKNOWN: Final = Outcome.UNKNOWN
DONE: Final = Outcome.DONE

DIRECT: Final = "direct"
"""Straight to the emulated cloud, over kept connections; the cloud's own faults are played."""
PROXIED: Final = "proxied"
"""Over kept connections through the fault proxy."""
FRESH: Final = "fresh"
"""Through the fault proxy, by name, with a connection for each request."""
SEALED: Final = "sealed"
"""Through the fault proxy over TLS, with a connection for each request."""


@attrs.frozen(kw_only=True)
class Fault:
    """Hold one row: the fault `kind` on one of the lines, and its outcome for a changing request.

    `done` tells whether the request was executed all the same; `error` is the class where the outcome does not say it.
    What `waits` ends with the caller's deadline, what `cancels` when the caller cancels the call; what `passes` cannot
    happen twice in a row. Where nothing is tried `again`, an answer has come whole, and asking once more cures nothing.
    """

    name: str
    line: str
    kind: str
    outcome: Outcome
    done: bool = False
    error: type[SharebindError] | None = None
    waits: bool = False
    passes: bool = False
    cancels: bool = False
    again: bool = True
    options: Mapping[str, Any] = attrs.field(factory=dict[str, Any])


FAULTS: Final = (
    Fault(name="the name does not resolve", line=FRESH, kind="unresolved", outcome=NOTHING),
    Fault(name="the connection is refused", line=FRESH, kind="refused", outcome=NOTHING),
    Fault(name="the TLS handshake never comes", line=SEALED, kind="mute", outcome=NOTHING),
    Fault(name="the deadline passes during the handshake", line=SEALED, kind="mute", outcome=NOTHING, waits=True),
    Fault(name="reset before anything is read", line=FRESH, kind="reset_unread", outcome=UNKNOWN),
    Fault(name="reset with half the request read", line=PROXIED, kind="reset_half", outcome=UNKNOWN),
    Fault(name="a kept connection is closed as it is used", line=PROXIED, kind="stale", outcome=UNKNOWN, passes=True),
    Fault(name="reset unexecuted", line=DIRECT, kind="reset", outcome=UNKNOWN),
    Fault(name="reset after it was done", line=DIRECT, kind="reset", outcome=UNKNOWN, done=True),
    Fault(name="closed unexecuted", line=DIRECT, kind="refuse", outcome=UNKNOWN),
    Fault(name="closed after it was done", line=DIRECT, kind="lost", outcome=UNKNOWN, done=True),
    Fault(name="silence unexecuted", line=DIRECT, kind="silence", outcome=UNKNOWN, waits=True),
    Fault(name="silence after it was done", line=DIRECT, kind="silence", outcome=UNKNOWN, done=True, waits=True),
    Fault(name="drip unexecuted", line=DIRECT, kind="drip", outcome=UNKNOWN, waits=True, options={"seconds": 0.01}),
    Fault(name="drip of the answer", line=PROXIED, kind="drip", outcome=UNKNOWN, done=True, waits=True),
    Fault(name="half a head, then silence", line=PROXIED, kind="half_head", outcome=UNKNOWN, done=True, waits=True),
    Fault(name="half a head, then the end", line=PROXIED, kind="half_head_close", outcome=UNKNOWN, done=True),
    Fault(name="the body is truncated", line=DIRECT, kind="cut", outcome=UNKNOWN, done=True),
    Fault(name="what comes is no HTTP", line=PROXIED, kind="garbage", outcome=UNKNOWN, done=True),
    Fault(name="a head of 200 kB", line=PROXIED, kind="huge_head", outcome=UNKNOWN, done=True),
    Fault(name="200 and garbage, unexecuted", line=DIRECT, kind="garbage", outcome=UNKNOWN, again=False),
    Fault(name="200 and garbage, done", line=DIRECT, kind="garbage", outcome=UNKNOWN, done=True, again=False),
    Fault(name="200 and HTML, unexecuted", line=DIRECT, kind="html", outcome=UNKNOWN, again=False),
    Fault(name="200 and HTML, done", line=DIRECT, kind="html", outcome=UNKNOWN, done=True, again=False),
    Fault(name="200 and broken JSON, unexecuted", line=DIRECT, kind="broken_json", outcome=UNKNOWN, again=False),
    Fault(name="200 and broken JSON, done", line=DIRECT, kind="broken_json", outcome=UNKNOWN, done=True, again=False),
    Fault(name="502 of a gateway, unexecuted", line=DIRECT, kind="status", outcome=UNKNOWN, options={"status": 502}),
    Fault(
        name="504 of a gateway, done", line=DIRECT, kind="status", outcome=UNKNOWN, done=True, options={"status": 504}
    ),
    Fault(name="cancelled during the handshake", line=SEALED, kind="mute", outcome=NOTHING, cancels=True),
    Fault(name="cancelled unexecuted", line=DIRECT, kind="silence", outcome=UNKNOWN, cancels=True),
    Fault(name="cancelled after it was done", line=DIRECT, kind="silence", outcome=UNKNOWN, done=True, cancels=True),
    Fault(name="a code of a service fault", line=DIRECT, kind="code", outcome=UNKNOWN, error=OutcomeUnknownError),
    Fault(name="a code of a refusal", line=DIRECT, kind="code", outcome=NOTHING, error=NotEntitledError, again=False),
    Fault(name="429 of a gateway", line=DIRECT, kind="throttle", outcome=UNKNOWN, options={"retry_after": 1}),
    Fault(
        name="a code that nobody knows",
        line=DIRECT,
        kind="code",
        outcome=UNKNOWN,
        error=OutcomeUnknownError,
        again=False,
    ),
)

CODES: Final[Mapping[str, Mapping[str, str]]] = {
    "a code of a service fault": {"quectel": "5000", "tencent": "InternalError", "gizwits": "9008", "ewelink": "500"},
    "a code of a refusal": {
        "quectel": "5104",
        "tencent": "AuthFailure.UnauthorizedOperation",
        "gizwits": "9039",
        "ewelink": "407",
    },
    "a code that nobody knows": {
        "quectel": "9876",
        "tencent": "StrangeCode.NobodyKnows",
        "gizwits": "8999",
        "ewelink": "99999",
    },
}
"""Each vendor's code for the faults that are one."""

OTHERWISE: Final[Mapping[tuple[str, str], Mapping[str, Any]]] = {
    ("429 of a gateway", "gizwits"): {"outcome": NOTHING, "error": RateLimitedError},
}
"""What a vendor's contract says otherwise: a status of its own, which means that it refused."""

SAFE: Final = frozenset({"end", "unbind", "rename", "change"})
"""The changing operations that may be sent again after they may have been done."""
READS: Final = frozenset(
    {"me", "spaces", "shares", "bindings", "inspect", "find_user", "check_binding", "check_pairing"}
)
SESSION: Final = frozenset({"sign_in", "renew"})
"""What gets an account a token; it is never repeated."""
ONE_OF_A_KIND: Final = tuple(
    {(each.line, each.kind, each.waits, each.cancels, each.error, each.again): each for each in FAULTS}.values()
)
"""The faults of a request that changes nothing: whether it was executed makes no difference."""
ATTEMPTS: Final = 3
"""How often a request goes out at most by default."""

NOT_SETTLED: Final[Mapping[tuple[str, str], str]] = {
    ("tencent", "AppDeleteDeviceInFamily"): "a device that has gone is a wrong parameter, as is much else",
    ("gizwits", "unbind"): "what is not unbound is listed without a reason",
}
"""Calls whose refusal does not show that an earlier attempt was done: that one was, and the caller learns "unknown"."""


def faults_of(vendor: str, *, changing: bool) -> tuple[Fault, ...]:
    """Give the faults of one vendor's requests."""
    faults = FAULTS if changing else ONE_OF_A_KIND
    return tuple(attrs.evolve(each, **OTHERWISE.get((each.name, vendor), {})) for each in faults)
