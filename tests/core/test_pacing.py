"""Pacing: an account keeps to the rate that it was given, and holds up nobody else."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncGenerator, Callable
from datetime import timedelta
from time import monotonic
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from sharebind import UNPACED, ConfigurationError, Rate, Registry, Sharebind, UnavailableError
from sharebind.http import pacing
from sharebind.http.pacing import Pacer

if TYPE_CHECKING:
    from tests.core.conftest import Bench, Net

SECOND = timedelta(seconds=1)


class Hours:
    """An event loop's clock that jumps to whatever is waited for: hours pass in no time."""

    def __init__(self, loop: asyncio.AbstractEventLoop, patch: pytest.MonkeyPatch) -> None:
        self._past = 0.0
        self._real = loop.time
        self._soon = loop.call_soon
        patch.setattr(loop, "time", self.now)
        patch.setattr(loop, "call_at", self._at)

    def now(self) -> float:
        """Tell the time."""
        return self._real() + self._past

    def _at(self, when: float, callback: Callable[..., object], *args: Any, **_: Any) -> asyncio.Handle:
        def jump() -> None:
            self._past += max(0.0, when - self.now())
            callback(*args)

        return self._soon(jump)


@pytest.fixture
async def hours(monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Hours]:
    """Let hours pass in no time, as far as waiting goes."""
    with monkeypatch.context() as patch:
        yield Hours(asyncio.get_running_loop(), patch)


async def test_two_calls_of_one_kind_keep_their_distance(hours: Hours) -> None:
    """Calls of one name are spaced, calls of another name are not held up by them."""
    pacer = Pacer(Rate(every=timedelta(milliseconds=500)))
    began = hours.now()
    moments = []
    for name in ("list", "share", "list", "list"):
        await pacer.turn(name)
        moments.append(hours.now() - began)
    assert moments == pytest.approx([0, 0, 0.5, 1.0], abs=0.1)


@pytest.mark.parametrize(("calls", "minutes"), [(300, 5), (10, 1), (2, 1), (1, 1)])
async def test_no_window_sees_more_calls_than_allowed(hours: Hours, calls: int, minutes: int) -> None:
    """However the window is laid, no more calls than that are in it, and no fewer than half of it on the long run."""
    window = timedelta(minutes=minutes).total_seconds()
    pacer = Pacer(Rate(calls=calls, within=timedelta(seconds=window)))
    moments = []
    for _ in range(3 * calls + 1):
        await pacer.turn("list")
        moments.append(hours.now())
    for first in range(len(moments)):
        # A hair's breadth inside: the bucket may let the next one through at the very end of the window.
        within = [moment for moment in moments[first:] if moment - moments[first] < window * 0.999]
        assert len(within) <= calls
    assert moments[-1] - moments[0] < 6 * window + 1


async def test_the_distance_holds_beside_the_limit_for_all(hours: Hours) -> None:
    """Calls of one kind keep their distance where they wait for the common limit too."""
    pacer = Pacer(Rate(every=timedelta(milliseconds=500), calls=10, within=SECOND))
    moments = []

    async def go(name: str) -> None:
        await pacer.turn(name)
        if name == "list":
            moments.append(hours.now())

    await asyncio.gather(*(go(name) for name in ["share", "end", "list", "bind", "list", "spaces", "list"]))
    gaps = [later - earlier for earlier, later in itertools.pairwise(moments)]
    assert min(gaps) > 0.49


async def test_who_gives_up_in_the_common_queue_takes_no_turn_of_its_kind(hours: Hours) -> None:
    """A call that was cancelled while it waited for the limit of all leaves the pause of its kind as it was."""
    pacer = Pacer(Rate(every=timedelta(hours=1), calls=1, within=timedelta(minutes=1)))
    await pacer.turn("share")
    given_up = asyncio.create_task(pacer.turn("list"))
    await asyncio.sleep(0)
    given_up.cancel()
    await asyncio.gather(given_up, return_exceptions=True)
    began = hours.now()
    await pacer.turn("list")
    assert hours.now() - began < 61


async def test_a_sign_in_is_counted_where_there_is_room(hours: Hours) -> None:
    """A call that goes ahead takes its share of the limit while there is one."""
    pacer = Pacer(Rate(calls=2, within=timedelta(minutes=1)))
    await pacer.turn("login", ahead=True)
    began = hours.now()
    await pacer.turn("list")
    await pacer.turn("list")
    assert hours.now() - began > 59


async def test_a_sign_in_waits_behind_no_other_call(hours: Hours) -> None:
    """What every call waits for does not wait for them: a hundred calls in the queue hold up no renewal."""
    pacer = Pacer(Rate(every=SECOND, calls=1, within=timedelta(minutes=1)))
    await pacer.turn("list")
    began = hours.now()
    await pacer.turn("login", ahead=True)
    assert hours.now() - began < 1
    await pacer.turn("login", ahead=True)
    assert 0.9 < hours.now() - began < 2
    await pacer.turn("list")
    assert hours.now() - began > 50


async def test_a_wait_that_is_given_up_takes_no_turn(hours: Hours) -> None:
    """A call that was cancelled while it waited leaves its place to the next one."""
    pacer = Pacer(Rate(every=SECOND))
    began = hours.now()
    await pacer.turn("list")
    given_up = asyncio.create_task(pacer.turn("list"))
    await asyncio.sleep(0)
    given_up.cancel()
    await asyncio.gather(given_up, return_exceptions=True)
    await pacer.turn("list")
    assert hours.now() - began < 2


async def test_an_account_waits_within_its_deadline(net: Net) -> None:
    """A wait counts against the time for the operation; what did not get its turn was never sent."""
    async with net.serving(net.saying()) as server:
        account, carrier = net.account(server.url, rate=Rate(every=timedelta(seconds=30)))
        await account.perform(net.call(changes=True))
        with pytest.raises(UnavailableError, match="nothing happened"):
            await account.perform(net.call(changes=True), within=timedelta(milliseconds=50))
    assert len(server.requests) == 1
    assert [stage.value for stage in carrier.stages] == ["sent", "before"]


async def test_a_paced_account_holds_up_no_other(net: Net) -> None:
    """Two accounts of one host have a pace of their own each."""
    async with net.serving(net.saying()) as server:
        rate = Rate(every=timedelta(seconds=30))
        (one, _), (other, _) = net.account(server.url, rate=rate), net.account(server.url, rate=rate)
        began = monotonic()
        await one.perform(net.call(changes=False))
        await other.perform(net.call(changes=False))
    assert monotonic() - began < 5
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("spec_rate", "table", "argument", "waits"),
    [
        (UNPACED, {}, None, False),
        (Rate(every=SECOND), {}, None, True),
        (Rate(every=SECOND), {"rate": "off"}, None, False),
        (Rate(every=SECOND), {"rate": "off"}, Rate(every=SECOND), True),
        (UNPACED, {"rate": {"every": "1s"}}, None, True),
        (UNPACED, {"rate": {"calls": 1, "within": "5m"}}, None, True),
        (UNPACED, {"rate": {"every": "1s"}}, UNPACED, False),
    ],
)
async def test_the_pace_is_the_hosts_before_the_vendors(
    bench: Bench,
    monkeypatch: pytest.MonkeyPatch,
    spec_rate: Rate,
    table: dict[str, Any],
    argument: Rate | None,
    waits: bool,
) -> None:
    """What code says comes before the settings, and both before what the provider suggests."""
    paced: list[Rate] = []

    class Watched(Pacer):
        def __init__(self, rate: Rate) -> None:
            super().__init__(rate)
            paced.append(rate)

    monkeypatch.setattr(pacing, "Pacer", Watched)
    sharebind = bench.open(attrs.evolve(bench.spec(), rate=spec_rate))
    sharebind.open_account("toy", {"base_url": "http://127.0.0.1:9", **table}, name="desk", rate=argument)
    assert bool(paced) == waits


async def test_an_account_that_replaces_another_goes_on_at_its_pace(net: Net) -> None:
    """A new token is no new allowance: the vendor counts on."""
    async with net.serving(net.saying()) as server:
        account, _ = net.account(server.url, rate=Rate(every=timedelta(seconds=30)))
        await account.perform(net.call(changes=False))
        sharebind = net.bench.last
        again = sharebind.open_account(
            "toy", {"base_url": server.url}, name="desk", rate=Rate(every=timedelta(seconds=30))
        )
        with pytest.raises(UnavailableError, match="rate let no call of it out within"):
            await again.perform(net.call(changes=False), within=timedelta(milliseconds=50))
        again.close()
        anew = sharebind.open_account("toy", {"base_url": server.url}, name="desk", rate=UNPACED)
        await anew.perform(net.call(changes=False))
    assert len(server.requests) == 2


async def test_what_waits_when_the_host_closes_was_not_sent(net: Net) -> None:
    """A change that waits for its turn while the host closes has surely done nothing."""
    async with net.serving(net.saying()) as server:
        account, _ = net.account(server.url, rate=Rate(every=timedelta(milliseconds=200)))
        await account.perform(net.call(changes=True))
        waiting = asyncio.create_task(account.perform(net.call(changes=True)))
        await asyncio.sleep(0.01)
        await net.bench.last.aclose()
        with pytest.raises(ConfigurationError, match="closed"):
            await waiting
    assert len(server.requests) == 1


@pytest.mark.parametrize("wrong", ["off", 5, {"every": "1s"}])
async def test_a_rate_of_another_type_is_refused_where_it_is_given(bench: Bench, wrong: Any) -> None:
    """In code a rate is a Rate; a slip is told at once, and not by the first call."""
    sharebind = bench.open(bench.spec())
    with pytest.raises(ConfigurationError, match="desk: expected a Rate or UNPACED, got"):
        sharebind.open_account("toy", {"base_url": "http://127.0.0.1:9"}, name="desk", rate=wrong)
    with pytest.raises(TypeError):
        attrs.evolve(bench.spec(), rate=wrong)


async def test_a_rate_in_the_settings_paces_the_account(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a file or mapping says of the rate holds for an account that is asked for by its name."""
    paced: list[Rate] = []
    monkeypatch.setattr(pacing.Pacer, "__init__", lambda _, rate: paced.append(rate))
    table = {"provider": "toy", "base_url": "http://127.0.0.1:9", "rate": {"every": "2s"}}
    sharebind = Sharebind.from_mapping({"accounts": {"desk": table}}, registry=Registry(specs=[bench.spec()]))
    sharebind.account("desk")
    assert paced == [Rate(every=timedelta(seconds=2))]


async def test_another_event_loop_begins_anew() -> None:
    """An account that is used on a second loop is paced there too, and nobody waits for a loop that is gone."""
    pacer = Pacer(Rate(every=SECOND, calls=5, within=timedelta(minutes=1)))
    await pacer.turn("list")

    def elsewhere() -> None:
        loop = asyncio.new_event_loop()
        try:
            loop.run_until_complete(pacer.turn("list"))
        finally:
            loop.close()

    await asyncio.to_thread(elsewhere)
    await pacer.turn("list")


@pytest.mark.parametrize(
    ("parts", "kind"),
    [
        ({"every": timedelta(seconds=-1)}, ValueError),
        ({"every": timedelta(days=2)}, ValueError),
        ({"every": 1}, TypeError),
        ({"calls": 5}, ValueError),
        ({"within": SECOND}, ValueError),
        ({"calls": 0, "within": SECOND}, ValueError),
        ({"calls": 2.5, "within": SECOND}, TypeError),
        ({"calls": True, "within": SECOND}, TypeError),
        ({"calls": 10**400, "within": SECOND}, ValueError),
    ],
)
def test_a_rate_that_means_nothing_is_refused(parts: dict[str, Any], kind: type[Exception]) -> None:
    """A rate is whole and longer than nothing, or it is refused where it is made."""
    with pytest.raises(kind):
        Rate(**parts)
