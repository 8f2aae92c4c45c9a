"""The pace: what the vendor asks for is kept, measured at the emulated cloud."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from itertools import pairwise

from sharebind import Account, Rate
from sharebind_ewelink.emulator import EwelinkCloud
from sharebind_ewelink.plugin import sharebind_provider

Open = Callable[..., Awaitable[Account]]


def test_the_documented_pace_is_the_default() -> None:
    """Half a second between two calls of one kind where they arrive, and 300 in five minutes."""
    assert sharebind_provider().rate == Rate(every=timedelta(milliseconds=600), calls=300, within=timedelta(minutes=5))


async def test_an_account_keeps_the_vendors_limits_by_itself(cloud: EwelinkCloud, opened: Open) -> None:
    """A cloud that keeps its limits refuses nothing to an account that says nothing of a pace."""
    cloud.set_guess("limits", "kept")
    owner = await opened("owner", rate=None)
    for _ in range(3):
        await owner.spaces().all()
    times = [each.at for each in cloud.requests if each.operation == "list_homes"]
    assert all(later - sooner >= timedelta(milliseconds=500) for sooner, later in pairwise(times))
    assert not {each.code for each in cloud.requests} - {"", "0"}


async def test_an_explicit_pace_is_kept_over_two_regions(cloud: EwelinkCloud, opened: Open) -> None:
    """The pace is the account's, whatever region its calls go to, and is measured where they arrive."""
    cloud.move_user("owner", "us")
    every = timedelta(milliseconds=80)
    owner = await opened(
        "owner",
        token=None,
        base_url=cloud.base_url + "/{region}",
        region="eu",
        rate={"every": "0.08s", "calls": 50, "within": "1m"},
    )
    for _ in range(4):
        await owner.spaces().all()
    for name in ("login", "list_homes"):
        times = [each.at for each in cloud.requests if each.operation == name]
        assert len(times) == {"login": 2, "list_homes": 4}[name]
        # One call may take longer on its way than the next, so what counts is all of them together.
        assert times[-1] - times[0] >= every * 0.7 * (len(times) - 1)
