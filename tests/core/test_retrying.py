"""Repeating: what is repeated, after which pause, and how often."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any, ClassVar

import attrs
import pytest

from sharebind import (
    NO_RETRIES,
    EndShare,
    NotBoundError,
    Operation,
    Outcome,
    OutcomeUnknownError,
    PermissionDeniedError,
    RateLimitedError,
    Retried,
    Retries,
    Role,
    Secret,
    Sent,
    ShareDevice,
    SignInError,
    SpaceQuery,
    UnavailableError,
    UnbindDevice,
    Unbound,
    device,
)
from sharebind.events import Event
from sharebind.http.answers import BODY_LIMIT
from sharebind.http.retrying import Budget
from sharebind.operations import ChangeShare, RenameDevice
from sharebind.provider import ACCESS, Batch, Code, Codes, Context, Reply, Setup, TokenKeeper, unreadable

from .conftest import Answer, Bench, Net, Send, Server

LAMP = device("p/lamp")
CODES = Codes(
    "toy",
    {
        "busy": Code(RateLimitedError, "too many calls", later=True),
        "full": Code(RateLimitedError, "too many messages"),
        "fault": Code(UnavailableError, "a fault", outcome=Outcome.UNKNOWN, later=True),
        "gone": Code(NotBoundError, "not bound"),
        "no": Code(PermissionDeniedError, "not allowed"),
        "dead": Code(SignInError, "token dead", renew=True),
    },
)


@attrs.frozen(kw_only=True)
class Settle(Send):
    """Carry one call that may be made twice."""

    kind: ClassVar[str] = "settle"
    method: ClassVar[str] = "send"
    converges: ClassVar[bool] = True


class Saying:
    """A provider that carries a call, and judges the code in its answer."""

    support: ClassVar[dict[Any, Any]] = {}

    def __init__(self, setup: Setup) -> None:
        self.client = setup.client

    async def send(self, op: Send, ctx: Context) -> Reply:
        """Send it."""

        def read(reply: Reply) -> Reply:
            if not isinstance(reply.body, dict):
                raise unreadable("toy", call=op.call, ctx=ctx, reply=reply)
            if "code" in reply.body:
                raise CODES.refusal(str(reply.body["code"]), call=op.call, ctx=ctx, reply=reply)
            return reply

        told = await self.client.send(op.call, ctx, read)
        if op.call.changes:
            ctx.done()
        return told


class Pauses:
    """What sleeps instead of asyncio, and what draws lots."""

    def __init__(self, *lots: float) -> None:
        self.taken: list[float] = []
        self._lots = lots

    async def sleep(self, seconds: float) -> None:
        """Take note, and let others run."""
        self.taken.append(seconds)
        await asyncio.sleep(0)

    def random(self) -> float:
        """Draw the next lot."""
        return self._lots[len(self.taken) % len(self._lots)]

    def retries(self, **options: Any) -> Retries:
        """Make the value for a host."""
        return Retries(sleep=self.sleep, random=self.random, **options)


@attrs.define
class Desk:
    """One account, its observer, its pauses."""

    net: Net
    bench: Bench
    pauses: Pauses = attrs.field(factory=lambda: Pauses(1.0))
    options: dict[str, Any] = attrs.field(factory=dict[str, Any])

    def account(self, server: Server, **options: Any) -> Any:
        """Open the account."""
        spec = attrs.evolve(self.bench.spec(), factory=lambda _settings, setup: Saying(setup))
        opened = self.bench.open(spec, **{"retries": self.pauses.retries(**self.options), **options})
        return opened.open_account("toy", {"base_url": server.url}, name="desk")

    def seen(self, kind: type[Event]) -> list[Any]:
        """Give the events of one kind."""
        return [event for event in self.bench.watcher.events if isinstance(event, kind)]


@pytest.fixture
def desk(net: Net, bench: Bench) -> Desk:
    """Give a desk."""
    return Desk(net, bench)


def settling(net: Net) -> Settle:
    """Make a change that converges."""
    return Settle(call=net.call(changes=True).call)


def code(net: Net, name: str, *headers: str) -> Answer:
    """Answer with a code."""
    return net.saying(b'{"code": "%s"}' % name.encode(), *headers)


async def test_a_read_is_repeated_with_growing_random_pauses(net: Net, desk: Desk) -> None:
    """The pause is a random part of 100 ms, then of 200 ms; observers are told before each."""
    desk.pauses = Pauses(0.5, 0.25)
    async with net.serving(net.dropping, net.closing, net.saying()) as server:
        await desk.account(server).perform(net.call(changes=False))
    assert desk.pauses.taken == [0.05, 0.05]
    assert [(each.attempt, each.after, each.error) for each in desk.seen(Retried)] == [
        (2, timedelta(seconds=0.05), "UnavailableError"),
        (3, timedelta(seconds=0.05), "UnavailableError"),
    ]
    assert [each.attempt for each in desk.seen(Sent)] == [1, 2, 3]


async def test_three_attempts_are_all(net: Net, desk: Desk) -> None:
    """The third failure is the caller's."""
    async with net.serving(net.dropping) as server:
        await net.refused(desk.account(server), net.call(changes=False))
        assert len(server.requests) == 3
    assert desk.pauses.taken == [0.1, 0.2]


async def test_pauses_stop_growing(net: Net, desk: Desk) -> None:
    """No pause is longer than 20 s, however many attempts there are."""
    desk.options = {"attempts": 12}
    async with net.serving(net.dropping) as server:
        await net.refused(desk.account(server), net.call(changes=False), within=timedelta(hours=1))
    assert desk.pauses.taken == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 20, 20, 20]


@pytest.mark.parametrize("fault", ["dropping", "closing"])
async def test_a_change_without_an_answer_is_sent_once(net: Net, desk: Desk, fault: str) -> None:
    """What may have been done, and does not converge, is never sent again."""
    async with net.serving(getattr(net, fault)) as server:
        error = await net.refused(desk.account(server), net.call(changes=True))
        assert len(server.requests) == 1
    assert (type(error), desk.pauses.taken) == (OutcomeUnknownError, [])


async def test_a_change_that_converges_is_repeated(net: Net, desk: Desk) -> None:
    """Its answer was lost, so it may have been done; doing it again leaves the same."""
    async with net.serving(net.dropping, net.saying()) as server:
        await desk.account(server).perform(settling(net))
        assert len(server.requests) == 2
    assert desk.seen(Sent)[-1].attempt == 2


async def test_a_doubt_stays(net: Net, desk: Desk) -> None:
    """A refusal of the second attempt says nothing of the first, so what became of it is not known."""
    async with net.serving(net.dropping, code(net, "no")) as server:
        error = await net.refused(desk.account(server), settling(net))
        assert len(server.requests) == 2
    assert (type(error), error.vendor_code) == (OutcomeUnknownError, "no")
    assert desk.bench.watcher.last.outcome is Outcome.UNKNOWN


async def test_a_doubt_stays_where_nobody_is_reached_any_more(net: Net, desk: Desk) -> None:
    """The first attempt may have been done, although the later ones surely were not."""
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(net.serving(net.dropping))

        async def close(_seconds: float) -> None:
            await stack.aclose()

        error = await net.refused(desk.account(server, retries=Retries(sleep=close)), settling(net))
    assert (type(error), len(server.requests)) == (OutcomeUnknownError, 1)
    assert [each.error for each in desk.seen(Retried)] == ["OutcomeUnknownError", "UnavailableError"]


async def test_a_refusal_alone_is_nothing(net: Net, desk: Desk) -> None:
    """Without a doubt a refusal means that nothing happened, and it is not repeated."""
    async with net.serving(code(net, "no")) as server:
        error = await net.refused(desk.account(server), settling(net))
        assert len(server.requests) == 1
    assert type(error) is PermissionDeniedError


async def test_what_is_not_held_any_more_is_unbound(net: Net, desk: Desk) -> None:
    """After a lost answer, "not bound" means that unbinding is done."""

    class Unbinding(Saying):
        async def unbind(self, _op: UnbindDevice, ctx: Context) -> Unbound:
            await self.send(net.call(changes=True), ctx)
            return Unbound(device=LAMP, others_left=0)

    async with net.serving(net.dropping, code(net, "gone")) as server:
        spec = attrs.evolve(
            desk.bench.spec(), factory=lambda _settings, setup: _able(Unbinding(setup), desk.bench.spec().capabilities)
        )
        opened = desk.bench.open(spec, retries=desk.pauses.retries())
        account = opened.open_account("toy", {"base_url": server.url}, name="desk")
        assert await account.unbind(LAMP, expect=Role.OWNER) == Unbound(device=LAMP)
        assert len(server.requests) == 2
        with pytest.raises(NotBoundError):  # where nothing was lost, it is a refusal
            await account.unbind(LAMP, expect=Role.OWNER)
    assert desk.bench.watcher.last.outcome is Outcome.NOTHING


def _able(provider: Any, support: Any) -> Any:
    provider.support = support
    return provider


async def test_what_never_reached_a_connection_is_repeated(net: Net, desk: Desk) -> None:
    """Nobody listened: any operation may be sent again, and nothing happened."""
    async with net.serving(net.saying()) as server:
        account = desk.account(server)
    error = await net.refused(account, net.call(changes=True))
    assert (type(error), desk.pauses.taken) == (UnavailableError, [0.1, 0.2])
    assert len(desk.seen(Sent)) == 3


@pytest.mark.parametrize("changes", [True, False])
async def test_throttling_waits_longer(net: Net, desk: Desk, changes: bool) -> None:
    """A code that asks to slow down means that nothing happened: the call is repeated after 1 s, then 2 s."""
    async with net.serving(code(net, "busy")) as server:
        error = await net.refused(desk.account(server), net.call(changes=changes))
        assert len(server.requests) == 3
    assert (type(error), desk.pauses.taken) == (RateLimitedError, [1, 2])
    assert [each.vendor_code for each in desk.seen(Retried)] == ["busy", "busy"]


async def test_other_refusals_are_not_repeated(net: Net, desk: Desk) -> None:
    """Not even one that waiting would lift: the vendor's table does not say that a pause of seconds helps."""
    async with net.serving(code(net, "full", "Retry-After: 1")) as server:
        await net.refused(desk.account(server), net.call(changes=False))
        assert len(server.requests) == 1


@pytest.mark.parametrize(("asked", "pause"), [("3", 3), ("0", 1), ("600", 20), ("Wed, 21 Oct 2026 07:28:00 GMT", 1)])
async def test_a_retry_after_is_kept_to(net: Net, desk: Desk, asked: str, pause: float) -> None:
    """It lengthens the pause, up to 20 s; a date is not read, since clocks differ."""
    async with net.serving(code(net, "busy", f"Retry-After: {asked}"), net.saying()) as server:
        await desk.account(server).perform(net.call(changes=True))
    assert desk.pauses.taken == [pause]


async def test_no_pause_goes_past_the_deadline(net: Net, desk: Desk) -> None:
    """Where the pause would end after the caller's time, what went wrong is told at once."""
    async with net.serving(code(net, "busy", "Retry-After: 15")) as server:
        error = await net.refused(desk.account(server), net.call(changes=True), within=timedelta(seconds=10))
        assert len(server.requests) == 1
    assert (type(error), desk.pauses.taken) == (RateLimitedError, [])


async def test_a_fault_of_the_vendors_is_repeated_where_that_is_safe(net: Net, desk: Desk) -> None:
    """A code that leaves it open is repeated for a read and for a change that converges, and for no other."""
    for call, requests in ((net.call(changes=False), 3), (settling(net), 3), (net.call(changes=True), 1)):
        async with net.serving(code(net, "fault")) as server:
            error = await net.refused(desk.account(server), call)
            assert len(server.requests) == requests
        assert type(error) is (OutcomeUnknownError if call.call.changes else UnavailableError)


async def test_a_gateways_fault_is_repeated_where_that_is_safe(net: Net, desk: Desk) -> None:
    """HTTP 503 without a readable body says nothing of what was done."""
    for call, requests in ((net.call(changes=False), 3), (settling(net), 3), (net.call(changes=True), 1)):
        async with net.serving(net.saying(b"<html>", "Retry-After: 1", status="503 Unavailable")) as server:
            await net.refused(desk.account(server), call)
            assert len(server.requests) == requests
    assert desk.pauses.taken == [1, 1, 1, 1]


async def test_a_bare_429_of_a_read_is_repeated(net: Net, desk: Desk) -> None:
    """HTTP 429 without a readable body asks to slow down."""
    async with net.serving(net.saying(b"", status="429 Too Many Requests"), net.saying()) as server:
        await desk.account(server).perform(net.call(changes=False))
    assert desk.pauses.taken == [1]


async def test_an_answer_that_is_too_large_is_not_asked_for_again(net: Net, desk: Desk) -> None:
    """It would be as large the next time."""
    async with net.serving(net.saying(b" " * (BODY_LIMIT + 1))) as server:
        error = await net.refused(desk.account(server), settling(net))
        assert (len(server.requests), error.transient) == (1, False)


async def test_a_list_pauses_no_longer_than_it_may(net: Net, desk: Desk) -> None:
    """What went wrong with a page is told at once, where the pause would end after the list's time."""

    class Listed(Saying):
        async def spaces(self, _query: SpaceQuery, ctx: Context) -> AsyncIterator[Batch[Any]]:
            await self.send(net.call(changes=False), ctx)
            yield Batch(())

    async with net.serving(code(net, "busy", "Retry-After: 10")) as server:
        spec = attrs.evolve(
            desk.bench.spec(), factory=lambda _settings, setup: _able(Listed(setup), desk.bench.spec().capabilities)
        )
        opened = desk.bench.open(spec, retries=desk.pauses.retries())
        account = opened.open_account("toy", {"base_url": server.url}, name="desk")
        with pytest.raises(RateLimitedError):
            await account.spaces(within=timedelta(seconds=5)).all()
        assert (len(server.requests), desk.pauses.taken) == (1, [])


@pytest.mark.parametrize("operation", ["sign_in", "renew"])
async def test_signing_in_is_never_repeated(net: Net, desk: Desk, operation: str) -> None:
    """Vendors count failed ones, and a renewal that was lost has used its token up."""

    class Beside(Saying):
        async def send(self, op: Send, ctx: Context) -> Reply:
            return await super().send(op, ctx.aside(operation))

    async with net.serving(net.dropping) as server:
        spec = attrs.evolve(desk.bench.spec(), factory=lambda _settings, setup: Beside(setup))
        opened = desk.bench.open(spec, retries=desk.pauses.retries())
        await net.refused(opened.open_account("toy", {"base_url": server.url}, name="desk"), net.call(changes=False))
        assert len(server.requests) == 1
    assert [each.operation for each in desk.seen(Sent)] == [operation]


async def test_a_host_may_repeat_by_itself(net: Net, desk: Desk) -> None:
    """``NO_RETRIES`` sends everything once, and the error says whether a pause may help."""
    async with net.serving(code(net, "busy")) as server:
        error = await net.refused(desk.account(server, retries=NO_RETRIES), net.call(changes=True))
        assert (len(server.requests), error.transient) == (1, True)
    async with net.serving(code(net, "no")) as server:
        error = await net.refused(desk.account(server, retries=NO_RETRIES), net.call(changes=True))
        assert error.transient is False


async def test_attempts_are_counted_over_a_renewal(net: Net, desk: Desk) -> None:
    """A token that died in between gives one more call, and not three more."""
    keepers: list[TokenKeeper] = []

    async def sign_in(_ctx: Context) -> dict[str, Secret]:
        return {ACCESS: Secret("new")}

    class Keeping(Saying):
        async def send(self, op: Send, ctx: Context) -> Reply:
            return await keepers[0].carry(lambda _token: super(Keeping, self).send(op, ctx), ctx)

    def make(_settings: Any, setup: Setup) -> Keeping:
        keepers.append(TokenKeeper(setup, codes=CODES, origin=("x",), given={ACCESS: Secret("old")}, sign_in=sign_in))
        return Keeping(setup)

    dead = code(net, "dead")
    async with net.serving(net.dropping, net.dropping, dead, net.dropping) as server:
        opened = desk.bench.open(attrs.evolve(desk.bench.spec(), factory=make), retries=desk.pauses.retries())
        await net.refused(opened.open_account("toy", {"base_url": server.url}, name="desk"), net.call(changes=False))
        assert len(server.requests) == 4
    assert [each.attempt for each in desk.seen(Sent)] == [1, 2, 3, 4]


async def test_a_doubt_is_not_sat_out(net: Net, desk: Desk) -> None:
    """A change that may have been done is sent again soon, or not at all: what was read before it grows old."""
    busy = net.saying(b"", "Retry-After: 2", status="503 Unavailable")
    async with net.serving(busy) as server:
        error = await net.refused(desk.account(server), settling(net))
        assert len(server.requests) == 1
    assert (type(error), error.retry_after, desk.pauses.taken) == (OutcomeUnknownError, timedelta(seconds=2), [])


@pytest.mark.parametrize(("lot", "pause"), [(float("nan"), 0.0), (-3.0, 0.0), (7.0, 0.1)])
async def test_a_strange_lot_harms_nobody(net: Net, desk: Desk, lot: float, pause: float) -> None:
    """Whatever draws the lots, the pause is between nothing and what it may be."""
    desk.pauses = Pauses(lot)
    async with net.serving(net.dropping, net.saying()) as server:
        await desk.account(server).perform(net.call(changes=False))
    assert desk.pauses.taken == [pause]


async def test_a_cancelled_pause_ends_the_call(net: Net, desk: Desk) -> None:
    """Who gives up during a pause gets their cancellation, and observers what is known by then."""
    for call, outcome in ((net.call(changes=False), Outcome.NOTHING), (settling(net), Outcome.UNKNOWN)):
        async with net.serving(net.dropping) as server:
            pausing = asyncio.Event()

            async def sleep(_seconds: float, pausing: asyncio.Event = pausing) -> None:
                pausing.set()
                await asyncio.sleep(60)

            task = asyncio.ensure_future(desk.account(server, retries=Retries(sleep=sleep)).perform(call))
            await pausing.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert len(server.requests) == 1
        assert (desk.bench.watcher.last.outcome, desk.bench.watcher.last.error) == (outcome, "CancelledError")


async def test_the_budget_ends_repeating(net: Net, desk: Desk) -> None:
    """A repetition costs 14 tokens, one that was throttled 5, and a success gives 1 back."""
    desk.options = {"budget": 33}
    async with net.serving(net.dropping, net.dropping, net.dropping, net.saying(), net.dropping) as server:
        account = desk.account(server)
        await net.refused(account, net.call(changes=False))
        assert len(server.requests) == 3  # 5 tokens are left
        await account.perform(net.call(changes=False))  # 6
        await net.refused(account, net.call(changes=False))
        assert len(server.requests) == 5
        server.answers[:] = [code(net, "busy")]
        await net.refused(account, net.call(changes=False))
        assert len(server.requests) == 7  # 1 is left, which is too little


async def test_accounts_share_the_budget_of_a_host(net: Net, desk: Desk) -> None:
    """A thousand accounts at one vendor that is down repeat no more than one; another host has a budget of its own."""
    desk.options = {"budget": 28}
    async with net.serving(net.dropping) as first, net.serving(net.dropping) as second:
        spec = attrs.evolve(desk.bench.spec(), factory=lambda _settings, setup: Saying(setup))
        opened = desk.bench.open(spec, retries=desk.pauses.retries(budget=28))
        for server, name, requests in ((first, "a", 3), (first, "b", 4), (second, "c", 3)):
            await net.refused(opened.open_account("toy", {"base_url": server.url}, name=name), net.call(changes=False))
            assert len(server.requests) == requests


def test_a_budget_never_overflows() -> None:
    """Successes fill it up to what it was, and not beyond."""
    budget = Budget(10)
    assert not budget.take(14)
    assert budget.take(5)
    for _ in range(20):
        budget.succeed()
    assert budget.left == 10


async def test_a_vendor_that_is_down_gets_little_more_than_first_attempts(net: Net, desk: Desk) -> None:
    """Of 1,000 wishes at a vendor that is down, at most one in ten is repeated; it needs no restart to recover."""
    async with net.serving(net.dropping) as server:
        account = desk.account(server)
        for _ in range(1000):
            await net.refused(account, net.call(changes=False))
        assert 1000 < len(server.requests) <= 1100
        server.answers[:] = [net.saying()]
        for _ in range(20):
            await account.perform(net.call(changes=False))
        sent = len(server.requests)
        server.answers[:] = [net.dropping, net.saying()]
        await account.perform(net.call(changes=False))
        assert len(server.requests) == sent + 2  # and what fails now and then is repeated again


@pytest.mark.parametrize(
    "wrong",
    [
        {"attempts": 0},
        {"attempts": 1.5},
        {"attempts": True},
        {"budget": -1},
        {"pause": timedelta(seconds=-1)},
        {"longest": timedelta(days=2)},
        {"throttled": 1},
    ],
)
def test_wrong_retries_are_refused(wrong: dict[str, Any]) -> None:
    """A value that would repeat for ever, or never start, is refused when it is made."""
    with pytest.raises((TypeError, ValueError), match=next(iter(wrong))):
        Retries(**wrong)


def test_a_host_is_told_what_retries_are(bench: Bench) -> None:
    """A number is no ``Retries``."""
    with pytest.raises(TypeError, match="Retries"):
        bench.open(retries=3)


def test_what_converges() -> None:
    """Only what ends up the same when it is done twice is repeated after a lost answer."""
    from sharebind import operations

    every = [each for each in vars(operations).values() if isinstance(each, type) and issubclass(each, Operation)]
    assert {each for each in every if each.converges} == {ChangeShare, EndShare, RenameDevice, UnbindDevice}
    assert ShareDevice in every
