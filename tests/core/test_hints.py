"""Mistakes that newcomers make are answered with what to write instead."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from sharebind import Account, Anyone, DeviceRef, Sharebind
from sharebind.emulator import emulate

LAMP = DeviceRef("d1", "p1")


@pytest.fixture
def desk() -> Account:
    """Open an account that is never called."""
    return Sharebind().open_account("quectel", {"token": "Bearer x", "base_url": "http://127.0.0.1:9"}, name="desk")


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        (lambda desk: desk.share("p1/d1", to=Anyone()), r"write device\('product/device'\)"),
        (lambda desk: desk.share(LAMP, to=Anyone), r"write Anyone\(\)"),
        (lambda desk: desk.share(LAMP, to="bob"), r"UserId\('…'\) or Email\('…'\)"),
        (lambda desk: desk.share(LAMP, to=Anyone(), accept_by=3600), "or a timedelta from now, not int"),
        (lambda desk: desk.bind(LAMP, "signature"), r"ByText\('…'\)"),
        (lambda desk: desk.end("sb1.abc"), r"ShareRef\.parse\(stored\)"),
    ],
)
async def test_a_wrong_type_is_told_with_what_to_write(
    desk: Account, wrong: Callable[[Account], object], hint: str
) -> None:
    """A value of the wrong type raises TypeError that shows the right form."""
    with pytest.raises(TypeError, match=hint):
        await wrong(desk)  # type: ignore[misc]  # a coroutine of any kind


async def test_a_listing_says_how_it_is_read(desk: Account) -> None:
    """Awaiting a listing, or walking it without async, says how it is done."""
    with pytest.raises(TypeError, match="async for"):
        await desk.shares()
    with pytest.raises(TypeError, match=r"\.all\(\)"):
        list(desk.shares())


def test_a_capability_that_nobody_has_is_a_typo(desk: Account) -> None:
    """A name that no account could have is refused with the nearest one, and not reported as absent."""
    with pytest.raises(ValueError, match=r"did you mean 'share\.code\.accept_by'"):
        desk.supports("share.code.accept_byy")


def test_the_class_says_how_it_is_made() -> None:
    """Settings handed to the class itself are sent to the right door; a time-out that is no time is refused at once."""
    with pytest.raises(TypeError, match="from_mapping"):
        Sharebind({"accounts": {}})  # type: ignore[arg-type]  # the mistake itself
    settings = {"token": "Bearer x", "region": "eu"}
    with pytest.raises(TypeError, match="timeout is a timedelta"):
        Sharebind().open_account("quectel", settings, name="a", timeout=5)  # type: ignore[arg-type]  # the same
    with pytest.raises(ValueError, match="longer than zero"):
        Sharebind().open_account("quectel", settings, name="a", timeout=timedelta())


def test_an_unknown_key_is_told_before_a_missing_one() -> None:
    """A misspelt key is named with its neighbour, rather than the missing key that it was meant to be."""
    with pytest.raises(Exception, match="did you mean 'token'"):
        Sharebind.from_mapping({"accounts": {"a": {"provider": "quectel", "tokn": "x", "region": "eu"}}})


async def test_emulate_says_how_it_is_called() -> None:
    """A list of names, and a cloud that does not run, are answered with what to write."""
    with pytest.raises(TypeError, match=r"emulate\('quectel', 'tencent'\), not a list"):
        async with emulate(["quectel"]):  # type: ignore[arg-type]  # the mistake itself
            pass
    async with emulate("quectel") as clouds:
        with pytest.raises(KeyError, match="running are: quectel"):
            clouds["tencent"]
