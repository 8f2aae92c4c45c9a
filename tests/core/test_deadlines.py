"""Deadlines: a call ends when its time is over, and only that call."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest

from sharebind.deadlines import Deadlines


async def stay(deadlines: Deadlines, seconds: float, *, asleep: float = 10) -> str:
    """Sleep within a deadline, and tell how that ended."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    try:
        with deadlines.at(began + seconds, loop):
            await asyncio.sleep(asleep)
    except TimeoutError:
        assert loop.time() - began >= seconds
        return "over"
    return "slept"


async def test_each_call_has_its_own_end() -> None:
    """Of calls that began together each ends at its own time, whatever the order, and never before it."""
    deadlines = Deadlines()
    calls = [stay(deadlines, seconds) for seconds in (0.15, 0.05, 0.1, 0.0, -1.0, 0.05)]
    assert await asyncio.gather(*calls, stay(deadlines, 5, asleep=0.12)) == [*["over"] * 6, "slept"]


async def test_a_shorter_call_is_not_kept_by_a_longer_one() -> None:
    """A call that begins later and ends sooner ends at its time."""
    deadlines = Deadlines()
    longer = asyncio.create_task(stay(deadlines, 5, asleep=1))
    await asyncio.sleep(0.01)
    assert await asyncio.wait_for(stay(deadlines, 0.02), 0.9) == "over"
    assert not longer.done()
    assert await longer == "slept"


async def test_the_next_call_is_watched_after_one_that_ended() -> None:
    """A timer that has fired, or whose call ended early, leaves the next call its deadline."""
    deadlines = Deadlines()
    assert await stay(deadlines, 0.02) == "over"
    assert await stay(deadlines, 0.05, asleep=0) == "slept"
    assert await asyncio.wait_for(stay(deadlines, 0.1), 5) == "over"


async def test_a_callers_cancellation_stays_one() -> None:
    """Who cancels a call in time sees it cancelled, not timed out."""
    call = asyncio.create_task(stay(Deadlines(), 5))
    await asyncio.sleep(0.01)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call


async def test_a_cancellation_at_the_same_moment_is_the_callers() -> None:
    """Where time runs out and the caller cancels before the call could end, the caller's word counts."""
    loop = asyncio.get_running_loop()
    deadline = Deadlines().at(loop.time() + 5, loop)

    async def work() -> None:
        with deadline:
            await asyncio.sleep(10)

    call = asyncio.create_task(work())
    await asyncio.sleep(0)
    deadline.end()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call


async def test_a_deadline_around_another() -> None:
    """What is over first is told where it was set: within another deadline, of ours or of asyncio's, or around it."""
    deadlines, loop = Deadlines(), asyncio.get_running_loop()
    async with asyncio.timeout(5):
        with deadlines.at(loop.time() + 5, loop):
            assert await stay(deadlines, 0.02) == "over"
    inner: list[BaseException] = []

    async def outer() -> None:
        with deadlines.at(loop.time() + 0.02, loop):
            try:
                with deadlines.at(loop.time() + 5, loop):
                    await asyncio.sleep(10)
            except BaseException as seen:
                inner.append(seen)
                raise

    with pytest.raises(TimeoutError):
        await outer()
    assert [type(seen) for seen in inner] == [asyncio.CancelledError]


async def test_two_loops_at_once() -> None:
    """Calls on two event loops keep their deadlines, though one object watches both."""
    deadlines = Deadlines()
    ended: list[str] = []

    def elsewhere() -> None:
        loop = asyncio.new_event_loop()
        try:
            ended.append(loop.run_until_complete(stay(deadlines, 0.1)))
        finally:
            loop.close()

    here = asyncio.create_task(stay(deadlines, 0.15))
    await asyncio.sleep(0.01)
    thread = threading.Thread(target=elsewhere)
    thread.start()
    second = asyncio.create_task(stay(deadlines, 0.05))
    assert [await here, await second] == ["over", "over"]
    await asyncio.to_thread(thread.join)
    assert ended == ["over"]


async def test_a_thousand_calls_take_one_timer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls that end in time leave no timers behind in the loop: that is what the module is for."""
    deadlines, loop = Deadlines(), asyncio.get_running_loop()
    asked: list[float] = []
    call_at: Callable[..., Any] = loop.call_at

    def counted(when: float, *rest: Any, **options: Any) -> Any:
        asked.append(when)
        return call_at(when, *rest, **options)

    monkeypatch.setattr(loop, "call_at", counted)
    for _ in range(1_000):
        with deadlines.at(loop.time() + 30, loop):
            await asyncio.sleep(0)
    assert len(asked) == 1
