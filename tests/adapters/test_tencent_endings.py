"""Tencent: ending a share by its code, whose taker has to be found out first."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest
import pytest_asyncio

from sharebind import (
    Account,
    ConflictError,
    DeviceRef,
    EndReason,
    Evidence,
    MalformedReplyError,
    Secret,
    Share,
    Sharebind,
    ShareNotFoundError,
    ShareRef,
    Side,
    State,
    UnsupportedError,
    UserId,
    Via,
)

from .scene import DEVICE, WEEK, Asked, Home, Said, account_at, tencent_ok

AT: Final = 1_700_000_000
CODE: Final = ShareRef(provider="tencent", side=Side.OWNER, via=Via.CODE, device=DEVICE, key=Secret("c0de"))
TAKEN: Final[dict[str, object]] = {
    "ProductId": DEVICE.product,
    "DeviceName": DEVICE.device,
    "UserID": "guest",
    "BindTime": AT,
    "ExpireTime": 4_102_444_800,
}
LIST, DESCRIBE, REVOKE = "AppListShareDeviceUsers", "AppDescribeShareDeviceToken", "AppRemoveShareDeviceUser"
GONE: Final = "InvalidParameterValue.AppDeviceNotExist"
LATER: Final = tencent_ok(Error={"Code": "InternalError", "Message": "later"})


def users(*rows: object, total: int | None = None) -> Said:
    """Answer who uses the device."""
    return tencent_ok(Total=len(rows) if total is None else total, Users=list(rows))


def told(
    said: Callable[[int], Said], info: Mapping[str, object] = TAKEN, revoked: Said | None = None
) -> Callable[[Asked], Said]:
    """Describe the code, list its users by offset, and answer a revocation."""

    def say(asked: Asked) -> Said:
        if asked.name == LIST:
            return said(int(asked.fields["Offset"]))
        if asked.name == DESCRIBE:
            return tencent_ok(ShareDeviceTokenInfo=dict(info))
        return revoked or tencent_ok(Status="OK")

    return say


@pytest.fixture
def home(home_at: Callable[[str], Home]) -> Home:
    """Give three people at Tencent's emulated cloud."""
    return home_at("tencent")


# ------------------------------------------------------------------------------------------------------ who is found


def failing(offset: int) -> Said:
    """Give a full page, and then none."""
    return users(*({"UserID": f"u{n}", "BindTime": AT} for n in range(100)), total=150) if offset == 0 else LATER


def too_many(offset: int) -> Said:
    """Give pages for ever."""
    return users(*({"UserID": f"u{offset + n}", "BindTime": AT} for n in range(100)), total=5000)


def odd(_offset: int) -> Said:
    """Give somebody who cannot be read."""
    return users({"UserID": "guest", "BindTime": "soon"})


@pytest.mark.parametrize("said", [failing, too_many, odd])
async def test_a_taker_who_may_stand_in_a_gap_is_not_said_to_be_out(said: Callable[[int], Said]) -> None:
    """Where the users cannot be read whole, ending by the code is an error, and nobody is removed."""
    async with account_at("tencent", told(said)) as (desk, server):
        with pytest.raises(MalformedReplyError, match="could not be read whole"):
            await desk.end(CODE)
    assert REVOKE not in server.names()


async def test_a_taker_who_was_read_is_revoked_whatever_is_missing_beyond() -> None:
    """A gap behind the person who is looked for costs nothing."""
    first: list[dict[str, object]] = [{"UserID": "guest", "BindTime": AT}]
    rows = first + [{"UserID": f"u{n}", "BindTime": AT} for n in range(99)]
    async with account_at("tencent", told(lambda at: users(*rows, total=150) if at == 0 else LATER)) as (desk, server):
        ended = await desk.end(CODE)
    assert (ended.end_reason, server.names()[-1]) == (EndReason.REVOKED, REVOKE)


async def test_a_list_that_lags_hides_nobody(home: Home) -> None:
    """Somebody who has just taken the code loses access though the list does not show them yet."""
    device = await home.bound()
    offer = await home.code(device)
    home.cloud.faults.add("lag", operation=LIST, seconds=60, times=100)
    await home.guest.accept(offer.code)
    ended = await home.owner.end(ShareRef.parse(offer.ref.reveal()))
    assert (ended.state, ended.end_reason, home.has(home.guest)) == (State.ENDED, EndReason.REVOKED, False)


async def test_whether_anybody_was_in_is_the_vendors_answer() -> None:
    """A taker whom the whole list does not show is revoked all the same: the vendor says that it was over."""
    refused = tencent_ok(Error={"Code": GONE, "Message": ""})
    async with account_at("tencent", told(lambda _: users(), revoked=refused)) as (desk, server):
        ended = await desk.end(CODE)
    assert (ended.state, ended.end_reason, ended.evidence) == (State.ENDED, EndReason.UNKNOWN, Evidence.VENDOR)
    assert server.names() == [DESCRIBE, LIST, REVOKE]


async def test_the_code_is_described_before_the_users_are_listed() -> None:
    """Whoever takes the code between the two reads is in the later one."""
    taken = False

    def say(asked: Asked) -> Said:
        nonlocal taken
        was, taken = taken, True
        if asked.name == DESCRIBE:
            return tencent_ok(ShareDeviceTokenInfo=TAKEN if was else TAKEN | {"UserID": "", "BindTime": 0})
        return users({"UserID": "guest", "BindTime": AT}) if was else users()

    async with account_at("tencent", say) as (desk, _):
        with pytest.raises(UnsupportedError, match="nobody has taken it"):
            await desk.end(CODE)


@pytest.mark.parametrize("since", [AT - 600, AT - 1, AT, AT + 1, AT + 2])
async def test_two_records_of_one_acceptance_may_differ_by_a_moment(since: int) -> None:
    """The list's time of binding, a moment after the code's or before it, is the same share, which is revoked."""
    async with account_at("tencent", told(lambda _: users({"UserID": "guest", "BindTime": since}))) as (desk, server):
        assert (await desk.end(CODE)).end_reason is EndReason.REVOKED
    assert server.asked[-1].fields["RemoveUserID"] == "guest"


@pytest.mark.parametrize("since", [AT + 3, AT + 600, 0, None])
async def test_access_that_may_come_from_a_later_code_is_neither_ended_nor_denied(since: int | None) -> None:
    """A taker who is in since later keeps access, and the error says what to end instead."""
    async with account_at("tencent", told(lambda _: users({"UserID": "guest", "BindTime": since}))) as (desk, server):
        with pytest.raises(ConflictError, match=r"end the share that shares\(\) lists"):
            await desk.end(CODE, seen=State.ACTIVE)
    assert server.names() == [DESCRIBE, LIST]


async def test_a_code_of_another_device_ends_nothing() -> None:
    """A ref whose device is not the code's does not revoke anybody on either."""
    info = TAKEN | {"DeviceName": "another"}
    async with account_at("tencent", told(lambda _: users({"UserID": "guest", "BindTime": AT}), info)) as (
        desk,
        server,
    ):
        with pytest.raises(ShareNotFoundError, match="another"):
            await desk.end(CODE)
    assert REVOKE not in server.names()


async def test_a_code_that_was_taken_by_nobody_knows_whom_is_not_called_open() -> None:
    """A time of binding without a name is a share that somebody has."""
    info = TAKEN | {"UserID": ""}
    async with account_at("tencent", told(lambda _: users(), info)) as (desk, _):
        with pytest.raises(ShareNotFoundError, match="by whom"):
            await desk.end(CODE)
        assert (await desk.inspect("c0de")).state is State.ACTIVE


# ----------------------------------------------------------------------------------------------------- codes and clocks


@pytest_asyncio.fixture
async def ahead(home: Home) -> AsyncGenerator[Callable[[str], Account]]:
    """Give what opens accounts whose clock runs a day ahead of the vendor's."""

    class Ahead:
        def now(self) -> datetime:
            return home.clouds.clock.now() + timedelta(hours=25)

    async with Sharebind(clock=Ahead()) as sharebind:
        url = home.cloud.base_url
        yield lambda name: sharebind.open_account(
            "tencent", {"token": home.cloud.user(name).token, "base_url": url}, name=name
        )


async def test_an_open_code_is_open_whatever_our_clock_says(home: Home, ahead: Callable[[str], Account]) -> None:
    """A code that the vendor still describes is not ended by a clock that runs ahead."""
    offer = await home.code(await home.bound())
    with pytest.raises(UnsupportedError, match="nobody has taken it and it ends at"):
        await ahead("owner").end(offer.ref)
    await home.guest.accept(offer.code)
    assert home.has(home.guest)


async def test_an_invitation_past_our_clock_is_the_clocks_word(home: Home, ahead: Callable[[str], Account]) -> None:
    """What the vendor still offers is listed as ended by the clock, when ended ones are asked for."""
    await home.owner.share(await home.bound(), to=UserId(home.person(home.guest).user_id))
    states = frozenset({State.OFFERED, State.ENDED})
    [offer] = await ahead("guest").received(states=states).all()
    assert (offer.state, offer.end_reason, offer.evidence) == (
        State.ENDED,
        EndReason.OFFER_EXPIRED,
        Evidence.COMPUTED,
    )
    assert await ahead("guest").received().all() == []


@pytest.mark.parametrize(("seen", "state"), [(State.ACTIVE, State.ENDED), (State.UNKNOWN, State.UNKNOWN)])
async def test_a_dead_code_without_users_is_over_where_it_was_seen(home: Home, seen: State, state: State) -> None:
    """A code that the vendor knows no more may never have been one; ending it is quiet, and claims no more."""
    offer = await home.code(await home.bound())
    home.clouds.clock.advance(WEEK)
    assert (await home.owner.end(offer.ref, seen=seen)).state is state


# ----------------------------------------------------------------------------------------------------------- accepting


async def test_an_offer_is_not_accepted_for_another_device() -> None:
    """The token of a received offer that turns out to be for another device is not redeemed."""
    offer = Share(
        ref=ShareRef(
            provider="tencent",
            side=Side.RECIPIENT,
            via=Via.PERSON,
            device=DeviceRef("wanted", DEVICE.product),
            key=Secret("t"),
        ),
        state=State.OFFERED,
        accept_by=datetime(2100, 1, 1, tzinfo=UTC),
    )
    async with account_at("tencent", told(lambda _: users())) as (desk, server):
        with pytest.raises(ShareNotFoundError, match="wanted"):
            await desk.accept(offer)
    assert server.names() == [DESCRIBE]
