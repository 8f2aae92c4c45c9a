"""Durations are read strictly, because an end of access must not be guessed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sharebind import format_duration, parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30s", 30),
        ("15m", 900),
        ("2h", 7200),
        ("7d", 604_800),
        ("1h30m", 5400),
        ("1d2h3m4s", 93_784),
        ("90m", 5400),
        ("0h5s", 5),
        ("007s", 7),
        ("1.5s", 1.5),
        ("0.000001s", 0.000001),
    ],
)
def test_the_form(text: str, seconds: float) -> None:
    """Days, hours, minutes and seconds, in falling order; seconds may have a fraction."""
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "wrong",
    [
        *("7D", "-1d", "1y", "", "0s", " 1h", "1h ", "1h\n", "1 h", "٣s", "３s", "1", "s", "1w", "1mo", "1ms", "+1s"),
        *("30m1h", "1s1s", "1.5h", ".5s", "1.s", "1e3s", "1,5s", "0d0h0m0s", "0.0s", "P1D", "PT1H", "1h30", "fast"),
        *("1000000s", "9999999d", "1_0s", "0.0000001s", "1d-1h", "1h,30m", "1h 30m", "nans", "infs", "½h"),
    ],
)
def test_anything_else_is_refused(wrong: str) -> None:
    """Capitals, signs, months, years, blanks, other digits, nothing and zero are refused, with an example."""
    with pytest.raises(ValueError, match=r'^expected a duration such as "30s"$'):
        parse_duration(wrong)


@pytest.mark.parametrize("wrong", [None, 30, 1.5, b"30s", timedelta(1)], ids=repr)
def test_only_texts_are_read(wrong: Any) -> None:
    """A number has no unit, so it is refused."""
    with pytest.raises(TypeError):
        parse_duration(wrong)


@given(st.integers(1, 999_999 * 86_400))
def test_whole_seconds_read_back(seconds: int) -> None:
    """What is written is read back as the same duration."""
    duration = timedelta(seconds=seconds)
    assert parse_duration(format_duration(duration)) == duration


@given(st.integers(0, 999_999), st.integers(0, 999_999), st.integers(0, 999_999), st.integers(0, 999_999))
def test_parts_add_up(days: int, hours: int, minutes: int, seconds: int) -> None:
    """The parts are added exactly, however large they are."""
    expected = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    if expected:
        assert parse_duration(f"{days}d{hours}h{minutes}m{seconds}s") == expected


@given(st.text(max_size=12))
def test_no_text_does_more_than_be_refused(text: str) -> None:
    """Whatever a settings file holds is a duration above zero or a ValueError."""
    try:
        duration = parse_duration(text)
    except ValueError:
        return
    assert duration > timedelta()


def test_what_is_written() -> None:
    """Units that are zero are left out, fractions of a second too."""
    assert format_duration(timedelta(days=7)) == "7d"
    assert format_duration(timedelta(hours=1, minutes=30)) == "1h30m"
    assert format_duration(timedelta(days=1, seconds=1)) == "1d1s"
    assert format_duration(timedelta(seconds=2, microseconds=900_000)) == "2s"
    assert format_duration(timedelta()) == "0s"
