"""Which span an event belongs to, and which span is the current one, however operations and lists run."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from datetime import timedelta
from typing import Any, ClassVar

import attrs
import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import Span

from sharebind import Account, Operation, Outcome, ProviderError, Registry, Sharebind, Space, SpaceQuery
from sharebind.provider import (
    API,
    NATIVE,
    Batch,
    Context,
    Finished,
    ProviderSpec,
    Sent,
    Setup,
    Support,
    capabilities,
)

from .conftest import Telemetry


@attrs.frozen(kw_only=True, slots=False)
class Do(Operation[Any]):
    """Run this, inside of the adapter."""

    kind: ClassVar[str] = "do"
    method: ClassVar[str] = "do"

    work: Callable[[], Any]


@attrs.frozen
class ToySettings:
    """Nothing listens there."""

    url: str = "http://127.0.0.1:9"


class Toy:
    """A provider that does what it is told."""

    support: ClassVar[dict[Any, Support]] = {capabilities.LIST_SPACES: NATIVE}

    def __init__(self, setup: Setup) -> None:
        self._account = setup.account

    async def do(self, op: Do, _ctx: Context) -> Any:
        """Do it."""
        return await op.work()

    async def spaces(self, _query: SpaceQuery, _ctx: Context) -> AsyncIterator[Batch[Space]]:
        """Yield two homes, one by one."""
        for name in ("a", "b"):
            await asyncio.sleep(0)
            yield Batch((Space(name),))


TOY = ProviderSpec(
    name="toy", api=API, settings=ToySettings, capabilities=Toy.support, factory=lambda _, setup: Toy(setup)
)


@pytest.fixture
async def account(telemetry: Telemetry) -> AsyncGenerator[Account]:
    """Give an account at the toy provider, which is observed."""
    async with Sharebind(registry=Registry(specs=[TOY]), observers=[telemetry.observer]) as sharebind:
        yield sharebind.open_account("toy", {}, name="desk")
        assert sharebind.observer_failures == 0
        assert not telemetry.observer._running, "a span was left open"
    assert trace.get_current_span() is trace.INVALID_SPAN


def doing(work: Callable[[], Any]) -> Do:
    """Wish for this."""
    return Do(work=work)


async def current() -> Span:
    """Give the span that is the current one."""
    return trace.get_current_span()


def parent(span: ReadableSpan) -> int | None:
    """Give the id of what a span stands below."""
    return span.parent.span_id if span.parent is not None else None


def id_of(span: ReadableSpan | Span) -> int:
    """Give a span's own id."""
    context = span.get_span_context()
    assert context is not None
    return context.span_id


async def test_an_operation_is_the_current_span_while_it_runs(account: Account, telemetry: Telemetry) -> None:
    """What other instrumentation makes inside of an operation stands below it, and nothing of it is left after."""
    inside = await account.perform(doing(current))
    assert id_of(inside) == id_of(telemetry.named("do toy"))
    assert trace.get_current_span() is trace.INVALID_SPAN


async def test_an_operation_stands_below_the_hosts_span(account: Account, telemetry: Telemetry) -> None:
    """Where the host has a span, ours is its child; after it, the host's is the current one again."""
    with telemetry.tracer.start_as_current_span("host") as host:
        await account.perform(doing(current))
        assert trace.get_current_span() is host
        await account.spaces().all()
        assert trace.get_current_span() is host
    assert parent(telemetry.named("do toy")) == id_of(host)
    assert parent(telemetry.named("spaces toy")) == id_of(host)


@pytest.mark.parametrize("error", [KeyError("k"), ProviderError("no"), asyncio.CancelledError(), KeyboardInterrupt()])
async def test_no_error_leaves_a_span_current(account: Account, telemetry: Telemetry, error: BaseException) -> None:
    """However an operation ends, its span ends, and the host's is the current one again."""

    async def fail() -> None:
        raise error

    with telemetry.tracer.start_as_current_span("host") as host:
        with pytest.raises(BaseException):  # noqa: B017, PT011 - whichever it is
            await account.perform(doing(fail))
        assert trace.get_current_span() is host
    assert telemetry.named("do toy").end_time is not None


async def test_a_cancelled_operation_has_an_end(account: Account, telemetry: Telemetry) -> None:
    """An operation whose task is cancelled ends its span, with what it was ended by."""
    task = asyncio.create_task(account.perform(doing(asyncio.Event().wait)))
    await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.wait({task})
    attributes = telemetry.named("do toy").attributes
    assert attributes is not None
    assert attributes["error.type"] == "CancelledError"
    assert attributes["sharebind.outcome"] == "nothing"


async def test_operations_at_once_have_spans_of_their_own(account: Account, telemetry: Telemetry) -> None:
    """Operations of one account that run side by side are not mixed up, in whichever order they end."""
    first, second = asyncio.Event(), asyncio.Event()

    async def work(mine: asyncio.Event, other: asyncio.Event, *, waits: bool) -> Span:
        mine.set()
        await other.wait()
        if waits:
            await asyncio.sleep(0.01)
        return trace.get_current_span()

    with telemetry.tracer.start_as_current_span("host") as host:
        spans = await asyncio.gather(
            account.perform(doing(lambda: work(first, second, waits=True))),
            account.perform(doing(lambda: work(second, first, waits=False))),
        )
        assert trace.get_current_span() is host
    ended = [span for span in telemetry.spans if span.name == "do toy"]
    assert [id_of(span) for span in ended] == [id_of(spans[1]), id_of(spans[0])]
    assert {parent(span) for span in ended} == {id_of(host)}


async def test_an_operation_inside_of_another_stands_below_it(account: Account, telemetry: Telemetry) -> None:
    """Also where it runs in a task of its own."""

    async def inner() -> None:
        await account.perform(doing(current))
        await asyncio.gather(account.perform(doing(current)))

    await account.perform(doing(inner))
    *inside, outside = telemetry.spans
    assert [parent(span) for span in inside] == [id_of(outside)] * 2


async def test_lists_that_are_read_in_turns(account: Account, telemetry: Telemetry) -> None:
    """Two lists that one task reads in turns have spans of their own, and neither is current between the items."""
    with telemetry.tracer.start_as_current_span("host") as host:
        one, other = aiter(account.spaces()), aiter(account.spaces())
        for _ in range(2):
            await anext(one)
            assert trace.get_current_span() is host
            await anext(other)
        for walk in (one, other):  # the first one that began ends first
            with pytest.raises(StopAsyncIteration):
                await anext(walk)
            assert trace.get_current_span() is host
    lists = [span for span in telemetry.spans if span.name == "spaces toy"]
    assert [parent(span) for span in lists] == [id_of(host)] * 2


async def test_an_operation_between_two_items_is_no_part_of_the_list(account: Account, telemetry: Telemetry) -> None:
    """The host's own calls while it reads a list stand beside the list, below the host's span."""
    with telemetry.tracer.start_as_current_span("host") as host:
        async for _ in account.spaces():
            await account.perform(doing(current))
    assert [(span.name, parent(span)) for span in telemetry.spans[:-1]] == [
        ("do toy", id_of(host)),
        ("do toy", id_of(host)),
        ("spaces toy", id_of(host)),
    ]


async def test_a_list_that_ends_in_another_task(account: Account, telemetry: Telemetry) -> None:
    """A list may be begun in one task and given up in another; its span ends, and no context is changed."""
    with telemetry.tracer.start_as_current_span("host") as host:
        walk: Any = aiter(account.spaces())
        await asyncio.create_task(anext(walk))
        assert trace.get_current_span() is host
        await walk.aclose()
        assert trace.get_current_span() is host
    assert telemetry.named("spaces toy").end_time is not None


async def test_an_operation_that_is_cleared_away_elsewhere(
    account: Account, telemetry: Telemetry, caplog: pytest.LogCaptureFixture
) -> None:
    """A coroutine that is closed in another context ends its span, touches no other one, and logs nothing."""

    async def wait() -> None:
        await asyncio.sleep(60)

    running = account.perform(doing(wait))
    elsewhere = contextvars.copy_context()
    elsewhere.run(running.send, None)
    with telemetry.tracer.start_as_current_span("host") as host:
        running.close()
        assert trace.get_current_span() is host
    assert telemetry.named("do toy").end_time is not None
    assert [record for record in caplog.records if record.name.startswith("opentelemetry")] == []


async def test_a_span_that_was_left_behind_inside_is_taken_away_too(account: Account, telemetry: Telemetry) -> None:
    """Where something inside of an operation leaves a span of its own current, the host's is current again after it."""

    async def leave() -> None:
        from opentelemetry import context

        context.attach(trace.set_span_in_context(telemetry.tracer.start_span("forgotten")))

    with telemetry.tracer.start_as_current_span("host") as host:
        await account.perform(doing(leave))
        assert trace.get_current_span() is host


def test_events_without_a_start_are_counted(telemetry: Telemetry) -> None:
    """What goes on after its operation has ended, or was begun before anybody looked, makes no span and no error."""
    who: dict[str, Any] = {"account": "desk", "provider": "toy", "id": 7}
    telemetry.observer.seen(Sent(**who, operation="renew", call="refresh", changes=True, attempt=1))
    telemetry.observer.seen(Finished(**who, operation="do", outcome=Outcome.DONE, took=timedelta(seconds=1)))
    assert list(telemetry.spans) == []
    assert [point.count for point in telemetry.points("sharebind.requests")] == [1]
    assert [point.count for point in telemetry.points("sharebind.operation.duration")] == [1]


def test_events_of_later_kinds_are_let_pass(telemetry: Telemetry) -> None:
    """An event that nobody knows yet makes nothing."""
    telemetry.observer.seen(attrs.make_class("Paused", [])())
    assert list(telemetry.spans) == []
