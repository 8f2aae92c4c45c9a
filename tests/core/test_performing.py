"""From a wish to its outcome: what is refused, and what escapes from an adapter is judged by how far it had come."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from sharebind import (
    Anyone,
    ConfigurationError,
    DeviceRef,
    EndShare,
    Event,
    Finished,
    Outcome,
    OutcomeUnknownError,
    Person,
    ProviderError,
    ReadMe,
    ResultLostError,
    Secret,
    Share,
    SharebindError,
    ShareNotFoundError,
    ShareRef,
    Side,
    Started,
    State,
    UnavailableError,
    UnsupportedError,
    Via,
    capabilities,
)
from sharebind.provider import NATIVE, Capability, Context, Raw, Stage

if TYPE_CHECKING:
    from tests.core.conftest import Bench

LAMP = DeviceRef("lamp", "p")
REF = ShareRef(provider="toy", side=Side.OWNER, via=Via.CODE, device=LAMP, key=Secret("k"))
ENDED = Share(ref=REF, state=State.ENDED)
END = EndShare(share=REF)
HOUR = timedelta(hours=1)
FULL = dict.fromkeys(map(Capability, capabilities.EVERY), NATIVE)

Method = Callable[[Any, Context], Awaitable[Any]]


def reaching(stage: Stage, fallback: object, then: Callable[[], Awaitable[Any]]) -> Method:
    """Make an adapter's method that comes so far, and then does this."""

    async def method(_op: Any, ctx: Context) -> Any:
        if stage is not Stage.BEFORE:
            await ctx.effect()
        if stage is Stage.DONE:
            ctx.done(fallback)
        return await then()

    return method


def raising(error: BaseException) -> Callable[[], Awaitable[Any]]:
    """Make what raises."""

    async def then() -> Any:
        raise error

    return then


async def forever() -> Any:
    """Wait for what never comes."""
    await asyncio.Event().wait()


@attrs.define
class Calls:
    """An adapter's method that counts how often it is reached, and gives a value."""

    value: object = ENDED
    ops: list[Any] = attrs.field(factory=list[Any])

    async def __call__(self, op: Any, _ctx: Context) -> Any:
        """Keep what was asked."""
        self.ops.append(op)
        return self.value


ESCAPES: dict[str, BaseException] = {
    "KeyError": KeyError("hunter2"),
    "TimeoutError": TimeoutError("hunter2"),
    "OSError": OSError("hunter2"),
    "ProviderError": ProviderError("it said no", vendor_code="77", raw=Raw({"a": 1})),
    "ShareNotFoundError": ShareNotFoundError("it said no", vendor_code="77"),
    "UnavailableError": UnavailableError("it said no"),
    "OutcomeUnknownError": OutcomeUnknownError("it said no"),
    "ResultLostError": ResultLostError("it said no"),
    "UnsupportedError": UnsupportedError("it said no", provider="toy"),
    "ConfigurationError": ConfigurationError("it said no"),
}
BEFORE: dict[str, type[SharebindError]] = {
    "KeyError": ProviderError,
    "TimeoutError": UnavailableError,
    "OSError": ProviderError,
    "OutcomeUnknownError": UnavailableError,
    "ResultLostError": ProviderError,
}


@pytest.mark.parametrize("name", ESCAPES)
@pytest.mark.parametrize("stage", Stage)
async def test_what_escapes_is_judged_by_the_stage(bench: Bench, stage: Stage, name: str) -> None:
    """Before effect() nothing happened, after it nobody knows, after done() it is done, whatever the class was."""
    account = bench.account(end=reaching(stage, None, raising(ESCAPES[name])))
    with pytest.raises(SharebindError) as caught:
        await account.perform(END)
    error = caught.value
    expected = {
        Stage.BEFORE: BEFORE.get(name, type(ESCAPES[name])),
        Stage.SENT: OutcomeUnknownError,
        Stage.DONE: ResultLostError,
    }[stage]
    outcome = {Stage.BEFORE: Outcome.NOTHING, Stage.SENT: Outcome.UNKNOWN, Stage.DONE: Outcome.DONE}[stage]
    assert (type(error), error.outcome, bench.watcher.last.outcome) == (expected, outcome, outcome)
    assert "hunter2" not in str(error)
    assert bench.watcher.last.error == type(error).__name__
    if isinstance(error, ProviderError):
        assert (error.provider, error.account, error.operation) == ("toy", "desk", "end")
        assert error.vendor_code == getattr(ESCAPES[name], "vendor_code", None)
    assert (error.__cause__, error.__context__) == (None, None)


@pytest.mark.parametrize("name", ESCAPES)
async def test_after_done_a_fallback_is_the_value(bench: Bench, name: str) -> None:
    """A read that fails after done() gives what is known by then, and no error."""
    account = bench.account(end=reaching(Stage.DONE, ENDED, raising(ESCAPES[name])))
    assert await account.perform(END) is ENDED
    assert (bench.watcher.last.outcome, bench.watcher.last.error) == (Outcome.DONE, None)


@pytest.mark.parametrize(
    ("stage", "expected"),
    [(Stage.BEFORE, UnavailableError), (Stage.SENT, OutcomeUnknownError), (Stage.DONE, ResultLostError)],
)
async def test_the_deadline_is_judged_by_the_stage(bench: Bench, stage: Stage, expected: type[SharebindError]) -> None:
    """An operation that takes longer than ``within`` ends then, with the outcome of how far it had come."""
    account = bench.account(end=reaching(stage, None, forever))
    with pytest.raises(expected, match=r"no answer within 0\.05 s"):
        await account.perform(END, within=timedelta(milliseconds=50))


async def test_the_deadline_after_done_gives_the_fallback(bench: Bench) -> None:
    """The value that is known by the deadline is given at the deadline."""
    account = bench.account(end=reaching(Stage.DONE, ENDED, forever))
    assert await account.perform(END, within=timedelta(milliseconds=50)) is ENDED


async def test_the_adapter_sees_its_deadline_and_key(bench: Bench) -> None:
    """The context tells account, provider, operation, clock, deadline and key."""
    seen: list[Context] = []

    async def me(_op: ReadMe, ctx: Context) -> Person:
        seen.append(ctx)
        return Person()

    began = asyncio.get_running_loop().time()
    await bench.account(me=me).perform(ReadMe(), within=timedelta(seconds=7), key="k-1")
    ctx = seen[0]
    assert (ctx.account, ctx.provider, ctx.operation, ctx.key) == ("desk", "toy", "me", "k-1")
    assert (ctx.now(), ctx.stage) == (bench.clock.now(), Stage.BEFORE)
    assert ctx.deadline is not None
    assert 7 <= ctx.deadline - began < 8


@pytest.mark.parametrize("fallback", [None, ENDED], ids=["none", "fallback"])
@pytest.mark.parametrize(
    ("stage", "outcome"),
    [(Stage.BEFORE, Outcome.NOTHING), (Stage.SENT, Outcome.UNKNOWN), (Stage.DONE, Outcome.DONE)],
)
async def test_a_cancellation_stays_one(bench: Bench, stage: Stage, outcome: Outcome, fallback: object) -> None:
    """A host that cancels gets its CancelledError, and observers the outcome."""
    task = asyncio.ensure_future(bench.account(end=reaching(stage, fallback, forever)).perform(END))
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (bench.watcher.last.outcome, bench.watcher.last.error) == (outcome, "CancelledError")


@pytest.mark.parametrize(("stage", "outcome"), [(Stage.BEFORE, Outcome.NOTHING), (Stage.SENT, Outcome.UNKNOWN)])
async def test_an_exit_is_not_told_as_done(bench: Bench, stage: Stage, outcome: Outcome) -> None:
    """An exit of the process that comes out of an adapter passes, and observers are told what became of the wish."""
    account = bench.account(end=reaching(stage, None, raising(SystemExit(3))))
    with pytest.raises(SystemExit):
        await account.perform(END)
    assert (bench.watcher.last.outcome, bench.watcher.last.error) == (outcome, "SystemExit")


async def test_an_error_ends_no_other_task_of_the_host(bench: Bench) -> None:
    """A host may handle an error of its own by calls of ours: one that fails ends no task and takes no traceback."""
    release, ops = asyncio.Event(), [END, EndShare(share=REF, seen=State.ACTIVE)]

    async def end(op: EndShare, _ctx: Context) -> Share:
        if op is ops[0]:
            await release.wait()
            return ENDED
        raise UnavailableError("down")

    account, trouble = bench.account(end=end), KeyError("the host's own")

    async def clean_up(op: EndShare) -> Share:
        try:
            raise trouble
        except KeyError:
            return await account.perform(op)

    async def fail() -> None:
        try:
            await clean_up(ops[1])
        finally:
            tracebacks.append(trouble.__traceback__)

    tracebacks: list[Any] = []
    waiting = asyncio.ensure_future(clean_up(ops[0]))
    await asyncio.sleep(0.01)
    with pytest.raises(UnavailableError):
        await fail()
    release.set()
    assert await asyncio.wait_for(waiting, 2) is ENDED
    assert [traceback is not None for traceback in tracebacks] == [True]


async def test_a_second_effect_is_refused(bench: Bench) -> None:
    """An operation makes at most one changing request: the second is not sent, the first one's outcome is unknown."""
    sent: list[str] = []

    async def end(_op: EndShare, ctx: Context) -> Share:
        await ctx.effect()
        sent.append("first")
        await ctx.effect()
        sent.append("second")
        return ENDED

    with pytest.raises(OutcomeUnknownError, match="tried a second change in one end; it was not sent"):
        await bench.account(end=end).perform(END)
    assert sent == ["first"]


async def test_a_second_effect_after_done_is_refused(bench: Bench) -> None:
    """Not even a confirmed change lets another one follow; the value of the first is kept."""

    async def end(_op: EndShare, ctx: Context) -> Share:
        await ctx.effect()
        ctx.done(ENDED)
        await ctx.effect()
        raise AssertionError

    assert await bench.account(end=end).perform(END) is ENDED


async def test_a_refused_effect_may_be_tried_again(bench: Bench) -> None:
    """After a refusal nothing happened, so that a renewed token may send the same change."""

    async def end(_op: EndShare, ctx: Context) -> Share:
        await ctx.effect()
        ctx.refused()
        await ctx.effect()
        ctx.refused()
        raise ProviderError("no")

    with pytest.raises(ProviderError) as caught:
        await bench.account(end=end).perform(END)
    assert caught.value.outcome is Outcome.NOTHING


async def test_a_confirmed_change_cannot_be_refused(bench: Bench) -> None:
    """After done() a refusal of a later read leaves the change done."""

    async def end(_op: EndShare, ctx: Context) -> Share:
        await ctx.effect()
        ctx.done()
        ctx.refused()
        raise KeyError

    with pytest.raises(ResultLostError):
        await bench.account(end=end).perform(END)


async def test_what_the_vendor_said_travels(bench: Bench) -> None:
    """An error that is judged anew keeps the vendor's code, message, status, request id and body."""
    said = ProviderError(
        "no",
        vendor_code="5137",
        vendor_message="已失效",
        http_status=502,
        request_id="r-1",
        raw=Raw({"code": 5137}),
    )
    with pytest.raises(OutcomeUnknownError) as caught:
        await bench.account(end=reaching(Stage.SENT, None, raising(said))).perform(END)
    error = caught.value
    assert (error.vendor_code, error.vendor_message, error.http_status) == ("5137", "已失效", 502)
    assert (error.request_id, error.raw.reveal(), bench.watcher.last.vendor_code) == ("r-1", {"code": 5137}, "5137")


# Observers


async def test_observers_see_start_and_end(bench: Bench) -> None:
    """Each operation is told twice, with the caller's key and how long it took."""
    await bench.account(end=Calls()).perform(END, key="k-1")
    started, finished = bench.watcher.events
    assert started == Started(account="desk", provider="toy", operation="end", key="k-1")
    assert isinstance(finished, Finished)
    assert attrs.evolve(finished, took=timedelta()) == Finished(
        account="desk", provider="toy", operation="end", outcome=Outcome.DONE, took=timedelta(), key="k-1"
    )
    assert timedelta() <= finished.took < timedelta(seconds=1)


async def test_a_raising_observer_is_in_nobodys_way(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    """Its errors are counted and warned of once; the operation and the other observers go on."""

    class Broken:
        def seen(self, _event: Event, /) -> None:
            raise KeyError("hunter2")

    account = bench.account(end=Calls(), observers=[Broken(), bench.watcher])
    with caplog.at_level(logging.WARNING, logger="sharebind"):
        for _ in range(3):
            assert await account.perform(END) is ENDED
    assert (bench.last.observer_failures, len(bench.watcher.events)) == (6, 6)
    assert [record.getMessage() for record in caplog.records] == ["observer.failed"]
    assert "hunter2" not in caplog.text


async def test_from_now_is_one_moment(bench: Bench) -> None:
    """Two ends that are as far away are the same moment, however long it takes to read the clock."""

    class Running:
        moment = datetime(2026, 1, 1, tzinfo=UTC)

        def now(self) -> datetime:
            self.moment += timedelta(milliseconds=1)
            return self.moment

    share = Calls()
    opened = bench.open(bench.spec(share=share), clock=Running())
    account = opened.open_account("toy", {"base_url": "http://127.0.0.1:9"}, name="desk")
    await account.share(LAMP, to=Anyone(), accept_by=timedelta(days=1), use_until=timedelta(days=1))
    [op] = share.ops
    assert op.accept_by == op.use_until
