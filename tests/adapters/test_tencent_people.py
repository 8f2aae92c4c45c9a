"""Tencent: sharing with people who are known by address or number, and offers that nobody took."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from sharebind import (
    Email,
    EndReason,
    Person,
    Phone,
    RecipientNotFoundError,
    Secret,
    SharebindError,
    ShareRef,
    Side,
    State,
    UnsupportedError,
    UserId,
    Username,
    Via,
)
from sharebind.provider import Somebody

from .scene import DEVICE, Home, account_at, tencent_ok

NOBODY: tuple[Somebody, ...] = (Email("nobody@example.com"), Phone("86", "13999999999"))


@pytest.fixture
def home(home_at: Callable[[str], Home]) -> Home:
    """Give three people at Tencent's emulated cloud."""
    return home_at("tencent")


def ways(home: Home) -> dict[Somebody, Person]:
    """Give how the guest can be named, and the person that is then found."""
    guest = home.person(home.guest)
    phone = Phone(**guest.phone)
    return {
        Email(guest.email): Person(user_id=guest.user_id, email=guest.email, label="guest"),
        phone: Person(user_id=guest.user_id, phone=phone, label="guest"),
    }


async def test_people_are_found_by_address_and_number(home: Home) -> None:
    """The person has the user id, and what they were asked for by."""
    for who, person in ways(home).items():
        assert await home.owner.find_user(who) == person
    for who in (UserId("1"), Username("guest")):
        with pytest.raises(UnsupportedError, match="look"):
            await home.owner.find_user(who)


@pytest.mark.parametrize("index", [0, 1], ids=["by e-mail", "by phone"])
async def test_an_invitation_reaches_whoever_has_that_address(home: Home, index: int) -> None:
    """The user id is looked up first; the share names the person, and its ref ends what they accepted."""
    device = await home.bound()
    [who, person] = list(ways(home).items())[index]
    before = len(home.cloud.requests)
    share = await home.owner.share(device, to=who)
    calls = [each.operation for each in home.cloud.requests[before:]]
    assert calls == ["AppFindUser", "AppSendShareDeviceInvite"]
    assert (share.state, share.recipient) == (State.OFFERED, person)
    [offer] = [each async for each in home.guest.received() if each.state is State.OFFERED]
    await home.guest.accept(offer)
    assert home.has(home.guest)
    ended = await home.owner.end(share.ref)
    assert (ended.state, ended.end_reason, home.has(home.guest)) == (State.ENDED, EndReason.REVOKED, False)


@pytest.mark.parametrize("who", NOBODY, ids=repr)
async def test_nobody_is_invited_where_nobody_is_found(home: Home, who: Somebody) -> None:
    """An address of nobody's is told, and no invitation is sent."""
    device = await home.bound()
    for wish in (home.owner.share(device, to=who), home.owner.find_user(who)):
        with pytest.raises(RecipientNotFoundError):
            await wish
    assert "AppSendShareDeviceInvite" not in [each.operation for each in home.cloud.requests]


async def test_a_look_up_that_fails_sends_no_invitation(home: Home) -> None:
    """Whatever goes wrong before it, an invitation is not sent, and nothing happened."""
    device = await home.bound()
    for kind in ("garbage", "refuse", "throttle"):
        home.cloud.faults.add(kind, operation="AppFindUser")
        with pytest.raises(SharebindError) as error:
            await home.owner.share(device, to=Email("guest@example.com"))
        assert error.value.outcome.value == "nothing"
    assert "AppSendShareDeviceInvite" not in [each.operation for each in home.cloud.requests]


async def test_a_look_up_without_an_id_sends_no_invitation() -> None:
    """A person without a user id cannot be invited."""
    async with account_at("tencent", lambda _: tencent_ok(Data={"UserID": ""})) as (desk, server):
        with pytest.raises(SharebindError):
            await desk.share(DEVICE, to=Email("a@b"))
    assert server.names() == ["AppFindUser"]


# -------------------------------------------------------------------------------------------------------------- offers


async def test_an_offer_that_is_seen_as_one_is_not_withdrawn(home: Home) -> None:
    """An invitation and a code that wait are refused with no request, and stay as they are."""
    device = await home.bound()
    for share in (await home.owner.share(device, to=Email("guest@example.com")), await home.code(device)):
        before = len(home.cloud.requests)
        for wish in (home.owner.end(share), home.owner.end(share.ref, seen=State.OFFERED)):
            with pytest.raises(UnsupportedError, match="dies by itself"):
                await wish
        assert len(home.cloud.requests) == before
    assert [each["state"] for each in home.shares()] == ["offered", "offered"]


async def test_a_code_that_nobody_took_says_when_it_dies(home: Home) -> None:
    """Ending it by its stored ref is refused, with the moment that the vendor gives."""
    offer = await home.code(await home.bound())
    assert offer.accept_by is not None
    with pytest.raises(UnsupportedError, match="dies by itself") as error:
        await home.owner.end(offer.ref)
    assert f"ends at {offer.accept_by:%Y-%m-%d %H:%M:%S} UTC" in str(error.value)
    assert offer.code.reveal() not in str(error.value)
    assert home.shares()[0]["state"] == "offered"


async def test_a_code_past_its_time_that_is_still_described_is_not_withdrawn() -> None:
    """Where the vendor still tells of a code, it is the vendor's to call it over: refused, with its moment."""
    info = {"ProductId": DEVICE.product, "DeviceName": DEVICE.device, "ExpireTime": 1_000_000_000}
    code = ShareRef(provider="tencent", side=Side.OWNER, via=Via.CODE, device=DEVICE, key=Secret("c"))
    async with account_at("tencent", lambda _: tencent_ok(ShareDeviceTokenInfo=info, Users=[])) as (desk, server):
        with pytest.raises(UnsupportedError, match="2001-09-09"):
            await desk.end(code)
    assert "AppRemoveShareDeviceUser" not in server.names()


async def test_a_code_is_all_that_accepting_takes(home: Home) -> None:
    """Product and device come from the code's own description, also once its owner has renamed the device."""
    device = await home.bound()
    offer = await home.code(device)
    await home.owner.rename(device, "lamp")
    taken = await home.guest.accept(offer.code.reveal())
    assert (taken.device, home.has(home.guest)) == (device, True)
    home.clouds.clock.advance(timedelta(seconds=1))
    [received] = [share async for share in home.guest.received()]
    assert (received.name, received.ref) == ("lamp", taken.ref)
