"""Changing, naming and looking at shares at Quectel's emulated cloud."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, cast

import pytest

from sharebind import (
    Anyone,
    ConflictError,
    DeviceRef,
    Evidence,
    MalformedReplyError,
    OutcomeUnknownError,
    PermissionDeniedError,
    Role,
    SharebindError,
    ShareNotFoundError,
    ShareRef,
    State,
    UnsupportedError,
    UserId,
)
from sharebind.emulator import User
from sharebind_quectel.emulator import QuectelCloud

from .scene import Asked, Home, Said, account_at, quectel_ok

LATER = timedelta(days=30)


@pytest.fixture
def home(home_at: Callable[[str], Home]) -> Home:
    """Give three people and the devices of the cloud."""
    return home_at("quectel")


def cloud_of(home: Home) -> QuectelCloud:
    """Give the cloud, as what it is."""
    return cast("QuectelCloud", home.cloud)


def asked(home: Home) -> list[str]:
    """Give the calls that came, in order."""
    return [each.operation for each in home.cloud.requests]


# -------------------------------------------------------------------------------------------------------------- change


async def test_a_grant_gets_another_end(home: Home) -> None:
    """The end of use moves, and the share comes back as the vendor now lists it."""
    device = await home.bound()
    [offer] = await home.taken(device, home.guest)
    until = home.clouds.clock.now() + LATER
    changed = await home.owner.change(offer, use_until=until)
    assert (changed.ref, changed.state, changed.evidence) == (offer.ref, State.ACTIVE, Evidence.VENDOR)
    assert changed.use_until == until.replace(microsecond=until.microsecond // 1000 * 1000)
    assert changed.recipient is not None
    assert asked(home)[-2:] == ["setShareTime", "deviceShareUserList"]
    [received] = await home.guest.received().all()
    assert received.use_until == changed.use_until


async def test_an_end_is_never_later_than_asked(home: Home) -> None:
    """Time finer than the vendor's milliseconds is rounded down, in the call and in the answer."""
    device = await home.bound()
    [offer] = await home.taken(device, home.guest)
    until = (home.clouds.clock.now() + LATER).replace(microsecond=123_999)
    changed = await home.owner.change(offer, use_until=until)
    assert changed.use_until == until.replace(microsecond=123_000)
    assert home.cloud.requests[-2].query["sharingExpireAt"] == [str(int(until.timestamp()) * 1000 + 123)]


@pytest.mark.parametrize("works", [True, False])
async def test_an_offer_gets_another_end_or_stays_as_it_was(home: Home, works: bool) -> None:
    """Whether a code that nobody took can be changed is open: it is asked, and either answer is told."""
    home.cloud.set_guess("set_time_on_open_codes", works)
    offer = await home.code(await home.bound())
    if works:
        assert (await home.owner.change(offer, use_until=LATER)).use_until is not None
    else:
        with pytest.raises(PermissionDeniedError):
            await home.owner.change(offer, use_until=LATER)
    assert ((await home.guest.accept(offer)).use_until is not None) is works


async def test_no_share_becomes_endless_again(home: Home) -> None:
    """The wish is refused before anything is sent, with what can be done instead."""
    offer = await home.code(await home.bound())
    count = len(home.cloud.requests)
    with pytest.raises(UnsupportedError, match="end the share and make an endless one"):
        await home.owner.change(offer, use_until=None)
    assert len(home.cloud.requests) == count


@pytest.mark.parametrize("kind", ["status", "garbage", "lost", "code"])
async def test_a_list_that_fails_leaves_what_is_known(home: Home, kind: str) -> None:
    """The change is done; where it cannot be read back the share says that it is assumed."""
    device = await home.bound()
    [offer] = await home.taken(device, home.guest)
    more: dict[str, Any] = {"code": 5000} if kind == "code" else {}
    home.cloud.faults.add(kind, operation="deviceShareUserList", **more)
    changed = await home.owner.change(offer, use_until=LATER)
    assert (changed.ref, changed.state, changed.evidence) == (offer.ref, State.UNKNOWN, Evidence.ASSUMED)
    assert changed.use_until is not None


async def test_a_list_that_lags_is_not_believed(home: Home) -> None:
    """A list that still shows the earlier end does not take back what the vendor confirmed."""
    device = await home.bound()
    [offer] = await home.taken(device, home.guest)
    home.cloud.faults.add("lag", operation="deviceShareUserList", seconds=60)
    until = home.clouds.clock.now() + LATER
    changed = await home.owner.change(offer, use_until=until)
    assert changed.evidence is Evidence.ASSUMED
    assert changed.use_until is not None
    assert abs(changed.use_until - until) < timedelta(milliseconds=1)


async def test_a_share_that_is_over_is_not_changed(home: Home) -> None:
    """A share that was ended is not there any more, and nobody gets access by changing it."""
    device = await home.bound()
    [offer] = await home.taken(device, home.guest)
    await home.owner.end(offer)
    with pytest.raises(ShareNotFoundError):
        await home.owner.change(ShareRef.parse(offer.ref.reveal()), use_until=LATER)
    assert not home.has(home.guest)


async def test_one_of_several_takers_is_not_changed_for_all(home: Home) -> None:
    """Where several people took one code, changing one of them is refused; the offer changes all."""
    home.cloud.set_guess("code_uses", "many")
    device = await home.bound()
    offer = await home.code(device)
    for account in (home.guest, home.other):
        await account.accept(offer)
    listed = [share for share in await home.owner.shares(device=device).all() if share.recipient is not None]
    assert len(listed) == 2
    with pytest.raises(ConflictError):
        await home.owner.change(listed[0], use_until=LATER)
    assert "setShareTime" not in asked(home)
    await home.owner.change(offer, use_until=LATER)
    assert {(await each.received().all())[0].use_until is not None for each in (home.guest, home.other)} == {True}


@pytest.mark.parametrize("returns_code", [True, False])
async def test_a_share_known_by_its_person_is_found_before_it_is_changed(home: Home, returns_code: bool) -> None:
    """A share whose code was not told is looked up in the list, as for ending it."""
    home.cloud.set_guess("invite_returns_code", returns_code)
    device = await home.bound()
    home.cloud.faults.add("status", operation="deviceShareUserList", times=2)
    invited = await home.owner.share(device, to=UserId(home.person(home.guest).user_id))
    assert invited.evidence is Evidence.ASSUMED
    changed = await home.owner.change(invited, use_until=LATER)
    assert (changed.state, changed.ref) == (State.ACTIVE, invited.ref)
    [received] = await home.guest.received().all()
    assert received.use_until == changed.use_until


async def test_a_person_who_cannot_be_found_is_not_guessed(home: Home) -> None:
    """Where no listed share fits, and no code was told, nothing is changed."""
    home.cloud.set_guess("invite_returns_code", value=False)
    home.cloud.set_guess("invite_acceptance", "must be accepted")
    home.cloud.set_guess("open_codes_listed", value=False)
    device = await home.bound()
    invited = await home.owner.share(device, to=UserId(home.person(home.guest).user_id))
    with pytest.raises(ShareNotFoundError):
        await home.owner.change(invited, use_until=LATER)
    assert "setShareTime" not in asked(home)


async def test_a_change_without_an_answer_is_unknown(home: Home) -> None:
    """A lost answer says that nobody knows, and the list tells."""
    device = await home.bound()
    [offer] = await home.taken(device, home.guest)
    home.cloud.faults.add("lost", operation="setShareTime")
    with pytest.raises(OutcomeUnknownError):
        await home.owner.change(offer, use_until=LATER)
    [listed] = await home.owner.shares(device=device).all()
    assert listed.use_until is not None


# -------------------------------------------------------------------------------------------------------------- rename


async def test_each_side_names_the_device_for_itself(home: Home) -> None:
    """The owner's name and the recipient's are two, set by two calls."""
    device = await home.bound()
    await home.taken(device, home.guest)
    [received] = await home.guest.bindings().all()
    assert received.role is Role.GUEST
    await home.owner.rename(device, "Lampe")
    await home.guest.rename(received, "灯")
    assert asked(home)[-2:] == ["setDeviceInfo", "changeShareDeviceName"]
    [own], [received] = await home.owner.bindings().all(), await home.guest.bindings().all()
    assert (own.name, received.name) == ("Lampe", "灯")


async def test_a_received_device_is_not_named_as_an_own_one(home: Home) -> None:
    """Whoever names a received device by its keys is refused by the vendor, and no name changes."""
    device = await home.bound()
    await home.taken(device, home.guest)
    with pytest.raises(PermissionDeniedError):
        await home.guest.rename(device, "x")
    with pytest.raises(SharebindError):
        await home.owner.rename(DeviceRef("860000000000001", device.product), "x")


# ------------------------------------------------------------------------------------------------------------- inspect


@pytest.mark.parametrize("shown", [False, True])
async def test_a_code_is_looked_at_where_the_vendor_shows_it(home: Home, shown: bool) -> None:
    """Before a code is taken the vendor may refuse to show it; nothing is redeemed in either case."""
    home.cloud.set_guess("code_shows_device", shown)
    device = await home.bound()
    offer = await home.owner.share(device, to=Anyone(), use_until=LATER, accept_by=timedelta(days=1))
    assert home.guest.supports("inspect.code").level == "unknown"
    if shown:
        preview = await home.guest.inspect(offer.code)
        assert (preview.device, preview.state, preview.use_until) == (device, State.UNKNOWN, offer.use_until)
    else:
        with pytest.raises(PermissionDeniedError):
            await home.guest.inspect(offer.code)
    assert not home.has(home.guest)


async def test_a_code_that_was_taken_tells_all_to_its_holder(home: Home) -> None:
    """The recipient learns device, name, owner and end from the code."""
    device = await home.bound()
    [offer] = await home.taken(device, home.guest)
    preview = await home.guest.inspect(offer)
    assert (preview.device, preview.state) == (device, State.ACTIVE)
    assert preview.owner is not None
    assert preview.owner.user_id == home.person(home.owner).user_id


async def test_a_preview_without_a_device_is_malformed() -> None:
    """What cannot be read is told by its place."""

    def say(_: Asked) -> Said:
        return quectel_ok({"deviceName": "x"})

    async with account_at("quectel", say) as (desk, _):
        with pytest.raises(SharebindError, match=r"\$\.data\.deviceKey"):
            await desk.inspect("code")


@pytest.mark.parametrize(("key", "product"), [("d", "p/q"), (" ", "p"), ("d\x07", "p")])
async def test_a_device_that_cannot_be_named_is_malformed(key: str, product: str) -> None:
    """What the model refuses is told by its place too."""
    answer = quectel_ok({"deviceKey": key, "productKey": product})
    async with account_at("quectel", lambda _: answer) as (desk, _):
        with pytest.raises(MalformedReplyError, match=r"\$\.data\.deviceKey"):
            await desk.inspect("code")


async def test_an_accepted_code_stays_the_key_of_its_share() -> None:
    """Where the vendor shows another share of the device, leaving later gives back the one that was accepted."""
    shown = {"deviceKey": "d", "productKey": "p", "deviceType": 2, "shareCode": "other", "ownerUid": "o"}
    async with account_at("quectel", lambda asked: quectel_ok(shown if asked.name == "deviceInfo" else None)) as (
        desk,
        server,
    ):
        taken = await desk.accept("mine")
        await desk.end(taken)
    assert (taken.device, taken.evidence) == (DeviceRef("d", "p"), Evidence.ASSUMED)
    assert (server.asked[-1].name, server.asked[-1].fields["shareCode"]) == ("shareUserUnshareDevice", "mine")


# ----------------------------------------------------------------------------------------------------- many, and broken


async def test_three_pages_of_devices_are_listed(home: Home) -> None:
    """Every device of somebody with more than two pages of them is listed once."""
    added = cloud_of(home).add_devices("owner", 120)
    listed = await home.owner.bindings().all()
    assert {each.device.device for each in listed} == {each.device for each in added}
    assert (len(listed), asked(home)) == (120, ["userDeviceList"] * 3)


async def test_many_guests_are_listed(home: Home) -> None:
    """A device with many takers lists each of them."""
    device = await home.bound()
    guests: list[User] = cloud_of(home).add_guests(device.product, device.device, 150)
    listed = await home.owner.shares(device=device).all()
    assert {share.recipient.user_id for share in listed if share.recipient} == {each.user_id for each in guests}
    assert {share.state for share in listed} == {State.ACTIVE}


async def test_a_device_whose_list_fails_is_a_gap(home: Home) -> None:
    """The shares of the other devices are listed, and the one that failed is told."""
    first, second = await home.bound(0), await home.bound(1)
    await home.taken(first, home.guest)
    await home.taken(second, home.guest)
    cloud_of(home).break_device(first.product, first.device)
    listing = home.owner.shares(allow_partial=True)
    assert {share.device for share in await listing.all()} == {second}
    assert [gap.where for gap in listing.gaps] == [f"shares of {first}"]
