"""Lists are read as they are walked, and tell what is missing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from sharebind import (
    Binding,
    DeviceRef,
    Evidence,
    Gap,
    IncompleteListError,
    InvalidRequestError,
    Listing,
    ProviderError,
    Role,
    Secret,
    Share,
    ShareQuery,
    ShareRef,
    Side,
    SignInError,
    State,
    UnavailableError,
    UnsupportedError,
    Via,
)
from sharebind import provider as api
from sharebind.provider import Batch, Context, Page

if TYPE_CHECKING:
    from tests.core.conftest import Bench

LAMP, PLUG = DeviceRef("lamp", "p"), DeviceRef("plug", "p")
HALL, ATTIC = Gap(where="the hall", why="HTTP 503"), Gap(where="the attic", why="no answer")


def share(key: str, *, device: DeviceRef = LAMP, side: Side = Side.OWNER, **facts: Any) -> Share:
    """Make a share whose key is its name in a test."""
    ref = ShareRef(provider="toy", side=side, via=Via.CODE, device=device, key=Secret(key))
    return Share(ref=ref, **{"state": State.ACTIVE, **facts})


def keys(shares: list[Share]) -> list[str]:
    """Give the names of shares."""
    return [each.ref.key.reveal() for each in shares]


async def walk(listing: Listing[Share], seen: list[Share]) -> None:
    """Walk a list, and keep what came before an error."""
    async for each in listing:
        seen.append(each)  # noqa: PERF401 - an error must not take them away


@attrs.define
class Pages:
    """A provider's list, page by page, that tells how it was read."""

    pages: list[Batch[Any] | Exception]
    read: int = 0
    closed: int = 0
    queries: list[Any] = attrs.field(factory=list[Any])

    async def __call__(self, query: Any, _ctx: Context) -> AsyncIterator[Batch[Any]]:
        """Yield the pages."""
        self.queries.append(query)
        try:
            for page in self.pages:
                await asyncio.sleep(0)
                self.read += 1
                if isinstance(page, Exception):
                    raise page
                yield page
        finally:
            self.closed += 1


async def test_a_list_is_walked_or_read_whole(bench: Bench) -> None:
    """``async for`` and ``all()`` give the same, and each walk reads anew."""
    pages = Pages([Batch((share("a"), share("b"))), Batch(()), Batch((share("c"),))])
    listing = bench.account(shares=pages).shares()
    walked = [each async for each in listing]
    assert keys(walked) == ["a", "b", "c"]
    assert keys(await listing.all()) == ["a", "b", "c"]
    assert (len(pages.queries), pages.closed, listing.gaps) == (2, 2, ())


async def test_nothing_is_read_before_the_walk(bench: Bench) -> None:
    """Making a list asks nobody; walking reads page by page, no page ahead."""
    pages = Pages([Batch((share("a"),)), Batch((share("b"),)), Batch((share("c"),))])
    listing = bench.account(shares=pages).shares()
    await asyncio.sleep(0.01)
    assert pages.read == 0
    read = [pages.read async for _ in listing]
    assert read == [1, 2, 3]


async def test_gaps_raise_at_the_end(bench: Bench) -> None:
    """All that could be read comes first, then an error that says what could not."""
    pages = Pages([Batch((share("a"),), (HALL,)), Batch((share("b"),), (ATTIC,)), Batch((share("c"),))])
    listing = bench.account(shares=pages).shares()
    seen: list[Share] = []
    with pytest.raises(IncompleteListError) as incomplete:
        await walk(listing, seen)
    assert keys(seen) == ["a", "b", "c"]
    assert (incomplete.value.gaps, listing.gaps) == ((HALL, ATTIC), (HALL, ATTIC))
    assert str(incomplete.value) == "the list has 2 gap(s): the hall: HTTP 503; the attic: no answer"


async def test_many_gaps_are_counted(bench: Bench) -> None:
    """The message shows three gaps and counts the others; the error holds all."""
    gaps = tuple(Gap(where=f"home {number}", why="x") for number in range(10))
    with pytest.raises(IncompleteListError, match=r"10 gap\(s\): home 0: x; home 1: x; home 2: x and 7 more$") as error:
        await bench.account(shares=Pages([Batch((), gaps)])).shares().all()
    assert error.value.gaps == gaps


async def test_partial_lists_are_allowed_by_name(bench: Bench) -> None:
    """With ``allow_partial`` the walk ends quietly and ``gaps`` tells; a later whole walk clears it."""
    pages = Pages([Batch((share("a"),), (HALL,))])
    listing = bench.account(shares=pages).shares(allow_partial=True)
    assert (keys(await listing.all()), listing.gaps) == (["a"], (HALL,))
    pages.pages = [Batch((share("b"),))]
    assert (keys(await listing.all()), listing.gaps) == (["b"], ())
    account = bench.account(bindings=Pages([Batch((), (HALL,))]))
    assert await account.bindings(allow_partial=True).all() == []


async def test_a_walk_that_fails_shows_no_gaps_of_the_last(bench: Bench) -> None:
    """``gaps`` is about the walk that was made last."""
    pages = Pages([Batch((share("a"),), (HALL,))])
    listing = bench.account(shares=pages).shares(allow_partial=True)
    await listing.all()
    pages.pages = [UnavailableError("down")]
    with pytest.raises(UnavailableError):
        await listing.all()
    assert listing.gaps == ()


async def test_leaving_early_closes_the_providers_generator(bench: Bench) -> None:
    """A ``break`` reads no further page, and what the adapter opened is closed without waiting for the end."""
    pages = Pages([Batch((share("a"),)), Batch((share("b"),), (HALL,))])
    async for each in bench.account(shares=pages).shares():
        assert keys([each]) == ["a"]
        break
    for _ in range(10):
        await asyncio.sleep(0)
    assert (pages.read, pages.closed) == (1, 1)


async def test_a_caller_that_raises_closes_the_providers_generator(bench: Bench) -> None:
    """An error of the caller's own code passes as it is."""
    pages = Pages([Batch((share("a"), share("b")))])

    async def work() -> None:
        async for _ in bench.account(shares=pages).shares():
            raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        await work()
    for _ in range(10):
        await asyncio.sleep(0)
    assert pages.closed == 1


async def test_a_cancelled_walk_closes_the_providers_generator(bench: Bench) -> None:
    """A cancellation while reading stays one."""
    closed: list[bool] = []

    async def shares(_query: ShareQuery, _ctx: Context) -> AsyncIterator[Batch[Share]]:
        try:
            await asyncio.Event().wait()
            yield Batch(())
        finally:
            closed.append(True)

    task = asyncio.ensure_future(bench.account(shares=shares).shares().all())
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert closed == [True]


async def test_nothing_is_held_while_the_caller_works(bench: Bench) -> None:
    """Inside a walk the same account can walk again and perform, as deep as one likes."""
    account = bench.account(shares=Pages([Batch((share("a"), share("b")))]))
    pairs = [(keys([one])[0], keys([two])[0]) async for one in account.shares() async for two in account.shares()]
    assert pairs == [("a", "a"), ("a", "b"), ("b", "a"), ("b", "b")]


async def test_only_reading_counts(bench: Bench) -> None:
    """A caller may take longer over its items than the list may take to be read."""
    pages = Pages([Batch((share(str(number)),)) for number in range(4)])
    seen = 0
    async for _ in bench.account(shares=pages).shares(within=timedelta(milliseconds=100)):
        seen += 1
        await asyncio.sleep(0.05)
    assert seen == 4


async def test_reading_has_one_deadline(bench: Bench) -> None:
    """Pages that each take a little add up: ``within`` is for the whole list."""

    async def shares(_query: ShareQuery, _ctx: Context) -> AsyncIterator[Batch[Share]]:
        while True:
            await asyncio.sleep(0.03)
            yield Batch((share("a"),))

    listing = bench.account(shares=shares).shares(within=timedelta(milliseconds=100))
    seen: list[Share] = []
    with pytest.raises(UnavailableError, match=r"toy could not shares?: no answer within 0\.1 s; nothing happened"):
        await walk(listing, seen)
    assert 1 <= len(seen) <= 3


@pytest.mark.parametrize("state", State)
async def test_states_are_filtered_by_the_clock(bench: Bench, state: State) -> None:
    """A list holds the states that were asked for, as they stand by the account's clock, whatever the vendor said."""
    now, hour = bench.clock.now(), timedelta(hours=1)
    everything = (
        share("active"),
        share("over", use_until=now - hour),
        share("offered", state=State.OFFERED, accept_by=now + hour),
        share("missed", state=State.OFFERED, accept_by=now),
        share("ended", state=State.ENDED),
        share("unknown", state=State.UNKNOWN),
    )
    account = bench.account(shares=Pages([Batch(everything)]))
    expected = {"active": ["active"], "offered": ["offered"], "ended": ["over", "missed", "ended"]}
    found = await account.shares(states=frozenset({state})).all()
    assert keys(found) == expected.get(state.value, ["unknown"])
    assert {each.seen_at for each in found} == {now}
    computed = [each for each in found if each.evidence is Evidence.COMPUTED]
    assert keys(computed) == (["over", "missed"] if state is State.ENDED else [])
    assert keys(await account.shares().all()) == ["active", "offered", "unknown"]


async def test_devices_and_sides_are_filtered(bench: Bench) -> None:
    """An adapter may yield more than was asked; the caller sees what it asked for."""
    everything = (
        share("a"),
        share("b", device=PLUG),
        share("c", device=DeviceRef("lamp")),
        share("d", side=Side.RECIPIENT),
        share("e", device=PLUG, side=Side.RECIPIENT),
    )
    pages = Pages([Batch(everything)])
    account = bench.account(shares=pages)
    assert keys(await account.shares().all()) == ["a", "b", "c"]
    assert keys(await account.shares(device=LAMP).all()) == ["a", "c"]
    assert keys(await account.received().all()) == ["d", "e"]
    assert keys(await account.received(device=PLUG).all()) == ["e"]
    assert [query.side for query in pages.queries] == [Side.OWNER, Side.OWNER, Side.RECIPIENT, Side.RECIPIENT]
    assert [query.device for query in pages.queries] == [None, LAMP, None, PLUG]


@pytest.mark.parametrize(
    ("roles", "expected"),
    [
        ([Role.OWNER], ["lamp"]),
        (["guest"], ["plug"]),
        ({Role.OWNER, Role.GUEST}, ["lamp", "plug"]),
        ((role for role in Role), ["lamp", "plug", "fan"]),
        ([], []),
    ],
)
async def test_roles_are_filtered(bench: Bench, roles: Any, expected: list[str]) -> None:
    """Bindings are listed in the roles that were asked for."""
    held = [
        Binding(device=LAMP, role=Role.OWNER),
        Binding(device=PLUG, role=Role.GUEST),
        Binding(device=DeviceRef("fan", "p"), role=Role.MEMBER),
    ]
    account = bench.account(bindings=Pages([Batch(tuple(held))]))
    assert [each.device.device for each in await account.bindings(roles=roles).all()] == expected
    assert [each.device for each in await account.bindings(device=PLUG).all()] == [PLUG]


@pytest.mark.parametrize(
    ("escapes", "expected"),
    [
        (KeyError("hunter2"), ProviderError),
        (TimeoutError(), UnavailableError),
        (SignInError("no"), SignInError),
        (UnavailableError("no"), UnavailableError),
    ],
)
async def test_what_escapes_from_a_list_is_a_read_that_failed(
    bench: Bench, escapes: Exception, expected: type[ProviderError]
) -> None:
    """Whatever an adapter raises while it reads, nothing happened, and the error says who was asked."""
    listing = bench.account(shares=Pages([Batch((share("a"),)), escapes])).shares()
    seen: list[Share] = []
    with pytest.raises(ProviderError) as caught:
        await walk(listing, seen)
    error = caught.value
    assert (keys(seen), type(error), error.outcome.value) == (["a"], expected, "nothing")
    assert (error.provider, error.account, error.operation) == ("toy", "desk", "shares")
    assert "hunter2" not in str(error)


async def test_a_list_that_cannot_be_begun_is_judged_too(bench: Bench) -> None:
    """A method that raises before its first page is judged like one that raises while it reads."""

    def shares(_query: ShareQuery, _ctx: Context) -> AsyncIterator[Batch[Share]]:
        raise KeyError("hunter2")

    with pytest.raises(ProviderError, match="the adapter of toy failed in shares: KeyError"):
        await bench.account(shares=shares).shares().all()


async def test_lists_are_refused_like_operations(bench: Bench) -> None:
    """A list that the adapter has not, or that lacks the product, is refused before anything is read."""
    with pytest.raises(UnsupportedError, match="the adapter has no such method"):
        await bench.account().shares().all()
    with pytest.raises(UnsupportedError, match=r"bindings with list\.bindings\): .+ Nothing was sent"):
        await bench.account(support={}, bindings=Pages([])).bindings().all()
    with pytest.raises(InvalidRequestError, match="write 'product/lamp'"):
        await bench.account(needs_product=True, shares=Pages([])).shares(device=DeviceRef("lamp")).all()


@pytest.mark.parametrize(
    "ask",
    [
        lambda account: account.shares(device="p/lamp"),
        lambda account: account.bindings(device="p/lamp"),
        lambda account: account.bindings(roles=["king"]),
        lambda account: account.shares(states=["alive"]),
        lambda account: account.shares(states="active"),
        lambda account: account.shares(states=None),
    ],
)
async def test_wrong_filters_are_refused_at_once(bench: Bench, ask: Callable[[Any], Any]) -> None:
    """A filter of a wrong type is refused where it is given, not at the first page."""
    with pytest.raises((TypeError, ValueError)):
        ask(bench.account(shares=Pages([]), bindings=Pages([])))


async def test_a_list_that_is_yielded_wrongly_is_the_adapters_failure(bench: Bench) -> None:
    """A bare share instead of a batch is told as what it is, and does not reach the host as an AttributeError."""

    async def shares(_query: ShareQuery, _ctx: Context) -> AsyncIterator[Any]:
        yield share("a")

    with pytest.raises(ProviderError, match="a list is yielded in Batches"):
        await bench.account(shares=shares).shares().all()


async def test_unreadable_pages_do_not_go_on_for_ever() -> None:
    """A vendor that promises more after every unreadable page is given up, and the list says so."""
    asked = 0

    async def page(_number: int, _offset: int) -> Page[str]:
        nonlocal asked
        asked += 1
        return Page(items=(), size=10, full=10, more=True, gaps=(HALL,))

    batches = [batch async for batch in api.walk(page, key=str, where="the list")]
    assert asked == 3
    assert "nothing that can be read" in batches[-1].gaps[0].why


def test_a_field_in_two_letter_cases_is_read_where_it_says_something() -> None:
    """An empty twin of a field, spelt in another letter case, hides nothing."""
    for twins in ({"UserID": "u1", "UserId": ""}, {"UserId": "", "UserID": "u1"}, {"userid": None, "UserID": "u1"}):
        assert api.Fields(twins, fold=True).text("UserID") == "u1"
