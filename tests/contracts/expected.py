"""What errors.yaml says that a caller gets for a vendor's code, and whether an error is that."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any, Final, TypeAlias

import pytest

import sharebind
from sharebind import (
    EndReason,
    Outcome,
    OutcomeUnknownError,
    ProviderError,
    Share,
    ShareEndedError,
    SignInError,
    State,
    WrongRegionError,
)

from .reading import contract
from .stage import Vendor, error_table

Act: TypeAlias = Callable[[], Awaitable[object]]

KIND_OF: Final = {"check_bind": "check_binding"}
"""Where errors.yaml calls an operation otherwise than the model."""
REASON_OF: Final = {"expired": "offer_expired"}
"""Where errors.yaml calls an end otherwise than the model."""
MAYBE_ELSEWHERE: Final = frozenset({"5015", "5031", "5420"})
"""Codes of a sign-in that a wrong data centre may cause (data_centre_rules)."""


def named(name: str) -> type[ProviderError]:
    """Return an error's class by its name in errors.yaml."""
    found: type[ProviderError] = getattr(sharebind, name)
    assert issubclass(found, ProviderError)
    return found


def meant_by(row: Mapping[str, Any], kind: str, meant: str = "") -> type[ProviderError]:
    """Return the class of a row for an operation of ours, which errors.yaml may know by a closer name (rule 7)."""
    if meant in row.get("by_operation", {}):
        return named(row["by_operation"][meant])
    for operation, name in row.get("by_operation", {}).items():
        if KIND_OF.get(operation, operation) == kind:
            return named(name)
    return named(row["error"])


def expected_error(vendor: str, code: str, kind: str, *, changes: bool, meant: str = "") -> type[ProviderError]:
    """Return what a caller has to get for a code (rules 1 and 3 of errors.yaml)."""
    row = error_table(vendor).get(code)
    if row is None:
        return OutcomeUnknownError if changes else ProviderError
    return OutcomeUnknownError if changes and row["outcome"] == "UNKNOWN" else meant_by(row, kind, meant)


def end_reason(row: Mapping[str, Any]) -> EndReason:
    """Return the reason of a ShareEndedError."""
    stated = row.get("end_reason", "unknown")
    return EndReason(REASON_OF.get(stated, stated))


def answered_status(vendor: str, code: str) -> int:
    """Return the HTTP status that goes with a code: that of the contract, else the emulated cloud's first guess."""
    if vendor != "gizwits":
        return 200
    listed = contract(vendor)["errors"]
    return (listed[int(code)]["http"] if int(code) in listed else None) or 400


def check_error(error: ProviderError, here: Vendor, code: str, kind: str, *, changes: bool, meant: str = "") -> None:
    """Check class, outcome and everything that an error carries."""
    vendor, answered = here.name, [request for request in here.cloud.requests if request.code == code][-1]
    assert type(error) is expected_error(vendor, code, kind, changes=changes, meant=meant)
    assert error.outcome is (Outcome.UNKNOWN if type(error) is OutcomeUnknownError else Outcome.NOTHING)
    told = (error.vendor_code, error.provider, error.account, error.operation, error.http_status)
    assert told == (code, vendor, answered.caller or "owner", kind, answered_status(vendor, code))
    assert error.vendor_message
    assert error.vendor_message in str(error.raw.reveal())
    row = error_table(vendor).get(code, {})
    seconds = row.get("retry_after_s")
    assert error.retry_after == (timedelta(seconds=seconds) if seconds else None)
    if isinstance(error, SignInError):
        assert error.tries_left == row.get("tries_left")
    if isinstance(error, ShareEndedError):
        assert error.reason is end_reason(row)
    if vendor == "tencent":
        assert error.request_id
    elif vendor == "ewelink" and isinstance(error, WrongRegionError):
        assert error.region in contract(vendor)["base_urls"]
        assert here.cloud.base_url in str(error)
    elif isinstance(error, WrongRegionError) or (kind == "sign_in" and code in MAYBE_ELSEWHERE):
        assert here.cloud.base_url in str(error)
        assert all(centre["base_url"] in str(error) for centre in contract(vendor)["data_centres"])


def over_state(vendor: str, code: str, seen: State) -> State | None:
    """Return the state in which ``end`` finds a share by a code that says there is nothing left to end."""
    row = error_table(vendor).get(code, {})
    if not row.get("already_over"):
        return None
    return State.ENDED if row.get("already_over_if") is None or seen is State.ACTIVE else State.UNKNOWN


async def check_wish(
    act: Act,
    here: Vendor,
    code: str,
    kind: str,
    *,
    changes: bool,
    seen: State = State.UNKNOWN,
    meant: str = "",
) -> None:
    """Fulfil a wish that the vendor refuses with a code, and check what comes of it."""
    over = over_state(here.name, code, seen) if kind == "end" and changes else None
    if over is not None:
        ended = await act()
        assert isinstance(ended, Share)
        assert ended.state is over
        assert ended.end_reason is (EndReason.UNKNOWN if over is State.ENDED else None)
        return
    with pytest.raises(ProviderError) as caught:
        await act()
    check_error(caught.value, here, code, kind, changes=changes, meant=meant)
