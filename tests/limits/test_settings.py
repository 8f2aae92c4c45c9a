"""The settings of the limits: what is refused at the start, and what their errors show."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from sharebind_limits import LimitsSettings

DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "this limits nothing"),
        ({"transfers": True}, "this limits nothing"),
        ({"operations": ["x"]}, "this limits nothing"),
        ({"longest_use": timedelta()}, "longest_use: expected a duration"),
        ({"longest_code": 3600}, "longest_code: expected a duration"),
        ({"longest_offer": -DAY}, "longest_offer: expected a duration"),
        ({"recipients": []}, "recipients: expected a list"),
        ({"recipients": "anyone"}, "recipients: expected a list"),
        ({"recipients": ["anyone", 3]}, "recipients: item 2 is no text"),
        ({"recipients": ["a\nb"]}, "recipients: item 1 is no text"),
        ({"recipients": ["jo"]}, "recipients: item 1: expected"),
        ({"no_codes_for": []}, "no_codes_for: expected a list"),
        ({"no_codes_for": ["p1/lamp"]}, "no_codes_for: expected the name of a product"),
        ({"no_codes_for": ["p*"]}, "no_codes_for: expected the name of a product"),
        ({"only_products": ["*"]}, "only_products: expected the name of a product"),
        ({"only_products": [" "]}, "only_products: item 1 is no text"),
        ({"longest_use": DAY, "operations": []}, "operations: expected a list"),
    ],
)
def test_wrong_limits_are_refused(given: dict[str, Any], message: str) -> None:
    """What could not be kept, or limits nothing, is refused at the start, by the name of the field."""
    with pytest.raises(ValueError, match=f"^{message}"):
        LimitsSettings(**given)


def test_transfers_are_yes_or_no() -> None:
    """A text that may mean no is not taken for yes."""
    with pytest.raises(TypeError):
        LimitsSettings(transfers="no")  # type: ignore[arg-type]  # that is what is refused


def test_settings_show_no_recipient() -> None:
    """Printing them shows the limits, and nobody's name."""
    shown = repr(LimitsSettings(recipients=["user_id:hunter2"], longest_use=DAY))
    assert "longest_use" in shown
    assert "hunter2" not in shown


def test_any_collection_is_taken() -> None:
    """Lists, tuples and sets mean the same."""
    assert LimitsSettings(recipients={"anyone"}) == LimitsSettings(recipients=("anyone",))
