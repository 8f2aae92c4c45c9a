"""Lists that change while they are walked, and vendors that do not list what they should."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sharebind import (
    Account,
    ByText,
    DeviceRef,
    IncompleteListError,
    Share,
    SignInError,
    State,
    UnavailableError,
)
from sharebind.paging import Page, walk
from sharebind.protocols import Batch
from sharebind_quectel import wire as quectel
from sharebind_tencent.wire import limits as tencent

from .scene import DEVICE, VENDORS, Asked, Home, Said, account_at, quectel_ok, tencent_ok


@pytest.fixture
def tiny_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make every page of both vendors hold one item."""
    monkeypatch.setattr(quectel, "PAGE_SIZE", 1)
    for name in ("SHARE_PAGE", "HOME_PAGE", "DEVICE_PAGE", "MESSAGE_PAGE"):
        monkeypatch.setattr(tencent, name, 1)


async def shared_devices(home: Home) -> list[DeviceRef]:
    """Bind four devices and give each to both other people."""
    devices = [await home.bound(index) for index in range(4)]
    for device in devices:
        await home.taken(device, home.guest, home.other)
    return devices


async def end_each(account: Account, shares: AsyncIterator[Share]) -> int:
    """End every share as it comes; say how many came."""
    count = 0
    async for share in shares:
        assert (await account.end(share)).state is State.ENDED
        count += 1
    return count


@pytest.mark.usefixtures("tiny_pages")
@pytest.mark.parametrize("provider", VENDORS)
async def test_revoking_while_walking_a_devices_shares_loses_none(
    home_at: Callable[[str], Home], provider: str
) -> None:
    """An owner who ends each share of a device as it comes has ended them all."""
    home = home_at(provider)
    device = await home.bound()
    await home.taken(device, home.guest, home.other)
    assert await end_each(home.owner, aiter(home.owner.shares(device=device))) == 2
    assert not home.has(home.guest)
    assert not home.has(home.other)


@pytest.mark.usefixtures("tiny_pages")
@pytest.mark.parametrize("provider", VENDORS)
async def test_revoking_while_walking_all_shares_loses_none(home_at: Callable[[str], Home], provider: str) -> None:
    """An owner who ends each share of all devices as it comes has ended them all."""
    home = home_at(provider)
    await shared_devices(home)
    assert await end_each(home.owner, aiter(home.owner.shares())) == 8
    assert not home.has(home.guest)
    assert not home.has(home.other)


@pytest.mark.usefixtures("tiny_pages")
@pytest.mark.parametrize("provider", VENDORS)
async def test_leaving_while_walking_loses_none(home_at: Callable[[str], Home], provider: str) -> None:
    """A recipient who gives back each device as it comes holds none in the end, and others keep theirs."""
    home = home_at(provider)
    devices = await shared_devices(home)
    assert await end_each(home.guest, aiter(home.guest.received())) == 4
    assert not home.has(home.guest)
    assert home.devices_of(home.other) == {device.device for device in devices}


@pytest.mark.usefixtures("tiny_pages")
@pytest.mark.parametrize("provider", VENDORS)
async def test_unbinding_while_walking_loses_none(home_at: Callable[[str], Home], provider: str) -> None:
    """An owner who unbinds each device as it comes owns none in the end."""
    home = home_at(provider)
    for index in range(4):
        await home.bound(index)
    async for binding in home.owner.bindings():
        await home.owner.unbind(binding.device)
    assert not home.has(home.owner)


@pytest.mark.usefixtures("tiny_pages")
@pytest.mark.parametrize("provider", VENDORS)
async def test_what_grows_while_it_is_walked_comes_once(home_at: Callable[[str], Home], provider: str) -> None:
    """A device that is bound while the list is walked makes nothing come twice and nothing stay away."""
    home = home_at(provider)
    early = {(await home.bound(index)).device for index in range(3)}
    found: list[str] = []
    async for binding in home.owner.bindings(allow_partial=True):
        if not found:
            late = (await home.bound(3)).device
        found.append(binding.device.device)
    assert sorted(found) == sorted(set(found))
    assert early <= set(found) <= early | {late}


# ------------------------------------------------------------------------------------------------ vendors that mislead


def quectel_pages(page: Callable[[int], object]) -> Callable[[Asked], Said]:
    """Answer the device list page by page."""
    return lambda asked: quectel_ok(page(int(asked.fields["page"])))


def own(number: int) -> dict[str, object]:
    """Write an own device of Quectel's."""
    return {"productKey": "p", "deviceKey": f"d{number}", "deviceType": 1}


def users(numbers: Iterable[int]) -> list[dict[str, str]]:
    """Write users of a device at Tencent."""
    return [{"UserID": str(number)} for number in numbers]


async def walked(listing: AsyncIterator[Any]) -> tuple[int, list[str]]:
    """Walk a list: how many items came, each once, and what its gaps say."""
    found: list[Any] = []
    try:
        async for each in listing:
            found.append(each.device if not isinstance(each, Share) else each.id)  # noqa: PERF401 - errors come last
    except IncompleteListError as error:
        assert len(set(found)) == len(found)
        return len(found), [gap.why for gap in error.gaps]
    assert len(set(found)) == len(found)
    return len(found), []


@pytest.mark.parametrize(
    ("page", "count", "why"),
    [
        (lambda _: {"list": [own(1)], "hasNextPage": True}, 1, "repeats a page"),
        (lambda _: {"list": [own(1)], "hasNextPage": True, "total": 9}, 1, "repeats a page"),
        (lambda _: {"list": [own(1)], "pages": 99}, 1, "repeats a page"),
        (lambda n: {"list": [own(n)] if n < 3 else [], "hasNextPage": n < 3, "total": 7}, 2, "counts 7 and gave 2"),
        (lambda _: {"list": [own(1)], "hasNextPage": False, "total": 2}, 1, "counts 2 and gave 1"),
        (lambda _: {"list": None, "total": 2}, 0, "counts 2 and gave 0"),
        (lambda n: {"list": [own(1)] if n == 1 else [], "hasNextPage": True, "total": 3}, 1, "counts 3 and gave 1"),
        (lambda n: {"list": [own(1)] if n == 1 else [], "hasNextPage": True}, 1, ""),
        (lambda _: {"list": [], "hasNextPage": True}, 0, ""),
        (lambda n: {"list": [own(n)], "hasNextPage": True} if n < 3 else {}, 2, "expected a list"),
        (lambda n: {"list": [own(n)], "hasNextPage": True} if n < 3 else "x", 2, "expected an object"),
    ],
)
async def test_devices_that_a_vendor_counts_and_does_not_give_are_a_gap(
    page: Callable[[int], object], count: int, why: str
) -> None:
    """Repeated, missing and broken pages of devices end the walk, and are told of."""
    async with account_at("quectel", quectel_pages(page)) as (desk, server):
        found, gaps = await walked(aiter(desk.bindings()))
    assert (found, len(gaps), len(server.asked) < 5) == (count, 1, True)
    assert why in gaps[0]


@pytest.mark.parametrize(
    ("page", "count", "why"),
    [
        (lambda at: {"Total": 250, "Users": users(range(at, min(at + 50, 50)))}, 50, "counts 250 and gave 50"),
        (lambda _: {"Users": users(range(100))}, 100, "repeats a page"),
        (lambda _: {"Total": 300, "Users": users(range(100))}, 100, "repeats a page"),
        (lambda at: {"Total": 1000, "Users": users(range(at, at + 100))}, 600, "no further than 500"),
        (lambda at: {"Total": 601, "Users": users(range(at, at + 100))}, 600, "no further than 500"),
        (lambda _: {"Total": 3}, 0, "counts 3 and gave 0"),
        (lambda at: {"Total": 200, "Users": users(range(100))} if at == 0 else {}, 100, "expected a list"),
    ],
)
async def test_users_that_a_vendor_counts_and_does_not_give_are_a_gap(
    page: Callable[[int], dict[str, object]], count: int, why: str
) -> None:
    """Repeated, missing, broken and unreachable pages of users end the walk, and are told of."""
    async with account_at("tencent", lambda asked: tencent_ok(**page(asked.fields["Offset"]))) as (desk, server):
        found, gaps = await walked(aiter(desk.shares(device=DEVICE)))
    assert (found, len(gaps)) == (count, 1)
    assert why in gaps[0]
    assert max(asked.fields["Offset"] for asked in server.asked) <= 500


async def test_exactly_as_many_users_as_can_be_listed_are_no_gap() -> None:
    """Six hundred users fit into what the vendor lists."""

    def say(asked: Asked) -> Said:
        return tencent_ok(Total=600, Users=users(range(asked.fields["Offset"], asked.fields["Offset"] + 100)))

    async with account_at("tencent", say) as (desk, _):
        assert await walked(aiter(desk.shares(device=DEVICE))) == (600, [])


@pytest.mark.usefixtures("tiny_pages")
@pytest.mark.parametrize("provider", VENDORS)
@pytest.mark.parametrize(("status", "error"), [(503, UnavailableError), (401, SignInError)])
async def test_a_second_page_that_fails_is_a_gap_and_a_first_one_is_an_error(
    provider: str, status: int, error: type[Exception]
) -> None:
    """What was read stays; but a list of which nothing could be read, or a dead token, is an error of its own."""
    pages: list[Said] = []

    def say(_: Asked) -> Said:
        return pages.pop(0) if pages else (status, b"<html>")

    first = tencent_ok(Total=3, Users=users([1])), quectel_ok({"list": [own(1)], "hasNextPage": True, "total": 3})
    async with account_at(provider, say) as (desk, _):

        def listing() -> AsyncIterator[Any]:
            return aiter(desk.shares(device=DEVICE)) if provider == "tencent" else aiter(desk.bindings())

        with pytest.raises(error):
            await walked(listing())
        pages.append(first[VENDORS.index(provider) == 0])
        if status == 401:
            with pytest.raises(SignInError):
                await walked(listing())
        else:
            found, gaps = await walked(listing())
            assert (found, len(gaps)) == (1, 1)
            assert "503" in gaps[0]


async def test_one_home_that_fails_is_a_gap_and_the_others_stay(home_at: Callable[[str], Home]) -> None:
    """A home whose devices cannot be listed costs no other home its devices."""
    home = home_at("tencent")
    given_ = home.cloud.devices[0]
    await home.owner.bind(DeviceRef(given_.device, given_.product), ByText(given_.proof["device_signature"]))
    home.cloud.faults.add("status", operation="AppGetFamilyDeviceList", times=1, status=503)
    with pytest.raises(IncompleteListError) as error:
        await home.owner.bindings().all()
    assert error.value.gaps[0].where.startswith("home ")


# -------------------------------------------------------------------------------------------------- any list that moves


class Moving:
    """A vendor's list that loses items between pages, as planned."""

    def __init__(self, items: list[int], plan: list[list[int]], size: int, *, more: bool) -> None:
        self.items = list(items)
        self.plan = [list(each) for each in plan]
        self.size = size
        self.more = more

    async def read(self, _number: int, offset: int) -> Page[int]:
        """Give a page, after the next planned losses."""
        page = self.items[offset : offset + self.size]
        total = len(self.items)
        found = Page(
            items=tuple(page),
            size=len(page),
            full=self.size,
            total=total,
            more=offset + self.size < total if self.more else None,
        )
        lost = self.plan.pop(0) if self.plan else []
        self.items = [each for each in self.items if each not in lost]
        return found


async def gather(batches: AsyncIterator[Batch[int]]) -> tuple[list[int], list[str]]:
    """Read a walk whole."""
    items: list[int] = []
    gaps: list[str] = []
    async for batch in batches:
        items += batch.items
        gaps += [gap.why for gap in batch.gaps]
    return items, gaps


@given(
    count=st.integers(0, 30),
    size=st.integers(1, 7),
    more=st.booleans(),
    plan=st.lists(st.lists(st.integers(0, 29), max_size=6), max_size=15),
)
async def test_whatever_shrinks_between_pages_each_item_that_stays_comes_once(
    count: int, size: int, more: bool, plan: list[list[int]]
) -> None:
    """However items go while a list is walked, those that stay come exactly once, and nothing is called missing."""
    moving = Moving(list(range(count)), plan, size, more=more)
    items, gaps = await gather(walk(moving.read, key=lambda item: item, where="numbers"))
    assert len(items) == len(set(items))
    assert set(moving.items) <= set(items)
    assert gaps == []


@given(count=st.integers(0, 40), size=st.integers(1, 7), more=st.booleans())
async def test_a_list_that_rests_is_read_once(count: int, size: int, more: bool) -> None:
    """A list that nobody touches is read in order, with as many requests as it has pages."""
    calls: list[int] = []
    moving = Moving(list(range(count)), [], size, more=more)

    async def read(number: int, offset: int) -> Page[int]:
        calls.append(number)
        return await moving.read(number, offset)

    items, gaps = await gather(walk(read, key=lambda item: item, where="numbers"))
    assert (items, gaps) == (list(range(count)), [])
    assert calls == list(range(1, max(1, -(-count // size)) + 1))


async def test_a_list_that_never_rests_ends_with_a_gap() -> None:
    """A list that shrinks for ever is not walked for ever."""
    moving = Moving(list(range(500)), [[each] for each in range(500)], 250, more=False)
    items, gaps = await gather(walk(moving.read, key=lambda item: item, where="numbers"))
    assert len(items) == len(set(items))
    assert gaps == ["the list shrank again and again while it was read"]
