"""Sharing: who gets access and with which rights, and what an earlier share means."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import pytest

from sharebind import (
    AlreadySharedError,
    ConflictError,
    DeviceNotFoundError,
    DeviceRef,
    Email,
    Evidence,
    OutcomeUnknownError,
    Overlap,
    PermissionDeniedError,
    Phone,
    RecipientNotFoundError,
    ResultLostError,
    Role,
    Secret,
    Share,
    State,
    UnsupportedError,
    UserId,
)
from sharebind_ewelink.emulator import EwelinkCloud
from sharebind_ewelink.rig import EwelinkRig

Asked = Callable[[], list[str]]
Bind = Callable[..., Awaitable[DeviceRef]]

ALL: Final = frozenset({"create_timer", "edit_timer", "delete_timer", "enable_timer"})


def email(cloud: EwelinkCloud, name: str = "guest") -> Email:
    """Give a person's address."""
    return Email(cloud.user(name).email)


def sent(cloud: EwelinkCloud, operation: str) -> Any:
    """Give what a call carried, the last time."""
    return [each.body for each in cloud.requests if each.operation == operation][-1]


def with_things(change: Callable[[dict[str, Any]], None]) -> Callable[[str | None, Any], object]:
    """Change every device in every answer."""

    def walk(body: Any) -> None:
        if isinstance(body, dict):
            if "itemData" in body:
                change(body)
            for value in body.values():
                walk(value)
        if isinstance(body, list):
            for value in body:
                walk(value)

    def rewrite(_operation: str | None, body: Any) -> object:
        walk(body)
        return body

    return rewrite


async def test_a_share_is_active_at_once(rig: EwelinkRig, cloud: EwelinkCloud, bind: Bind, asked: Asked) -> None:
    """The recipient is not asked: one call, and they have access (quirk ``silent_share``)."""
    device = await bind()
    asked()
    share = await rig.owner.share(device, to=email(cloud))
    assert asked() == ["get_things", "share_devices"]
    assert share.state is State.ACTIVE
    assert share.evidence is Evidence.VENDOR
    assert share.ref.key == Secret(cloud.user("guest").user_id)
    assert share.recipient is not None
    assert (share.recipient.user_id, share.recipient.email) == (cloud.user("guest").user_id, email(cloud).value)
    assert rig.held(rig.guest)[device] is Role.GUEST
    assert sent(cloud, "share_devices")["permit"] == 0


async def test_a_phone_goes_with_its_country(rig: EwelinkRig, cloud: EwelinkCloud, bind: Bind) -> None:
    """The country stands in its own field and in front of the number, both with a plus."""
    to = Phone(**cloud.user("guest").phone)
    share = await rig.owner.share(await bind(), to=to)
    assert sent(cloud, "share_devices")["user"] == {
        "countryCode": f"+{to.country}",
        "phoneNumber": f"+{to.country}{to.number}",
    }
    assert share.recipient is not None
    assert share.recipient.phone == to


@pytest.mark.parametrize("name", ["documented", "updatedThing", "updatedThingList"])
@pytest.mark.parametrize("shown", ["both", "email", "phone"])
async def test_the_recipient_is_found_in_any_answer(
    rig: EwelinkRig, cloud: EwelinkCloud, bind: Bind, name: str, shown: str
) -> None:
    """Both names of the field are read, and whatever of the person it shows (``updated_thing_has_two_names``)."""
    cloud.set_guess("updated_thing_name", name)
    cloud.set_guess("contacts_shown", shown)
    device = await bind()
    await rig.owner.share(device, to=email(cloud, "other"), rights={"edit_timer"})
    share = await rig.owner.share(device, to=email(cloud), rights={"edit_timer"})
    assert share.ref.key == Secret(cloud.user("guest").user_id)
    assert share.rights == frozenset({"edit_timer"})
    changed = await rig.owner.change(share, rights=ALL)
    assert (changed.id, changed.rights) == (share.id, ALL)


@pytest.mark.parametrize("data", [None, {}, {"updatedThing": {"deviceid": "1"}}, {"updatedThingList": [{}, 7]}, []])
async def test_an_answer_without_the_recipient_is_read_back(
    rig: EwelinkRig, cloud: EwelinkCloud, bind: Bind, asked: Asked, data: Any
) -> None:
    """Where a success shows nobody, the device is read once more, and the share is known all the same."""
    device = await bind()
    cloud.rewrite = lambda operation, body: {"error": 0, "data": data} if operation == "share_devices" else body
    asked()
    share = await rig.owner.share(device, to=email(cloud))
    assert asked() == ["get_things", "share_devices", "get_things"]
    assert share.ref.key == Secret(cloud.user("guest").user_id)


@pytest.mark.parametrize("fields", [{"shareTime": "yesterday"}, {"permit": "all"}, {"permit": -1}])
async def test_a_share_whose_entry_is_odd_is_still_known(
    rig: EwelinkRig, cloud: EwelinkCloud, bind: Bind, fields: dict[str, Any]
) -> None:
    """A share that was made is given with its key, so that it can be ended, though the rest of it cannot be read."""
    device = await bind()

    def odd(thing: dict[str, Any]) -> None:
        for entry in thing["itemData"].get("shareTo", []):
            entry.update(fields)

    cloud.rewrite = with_things(odd)
    share = await rig.owner.share(device, to=email(cloud), rights={"edit_timer"})
    assert (share.evidence, share.rights) == (Evidence.ASSUMED, frozenset({"edit_timer"}))
    assert share.recipient is not None
    assert share.recipient.email == email(cloud).value
    cloud.rewrite = None
    await rig.owner.end(share)
    assert device not in rig.held(rig.guest)


async def test_a_read_back_that_fails_says_that_it_is_done(rig: EwelinkRig, cloud: EwelinkCloud, bind: Bind) -> None:
    """A share that was made and cannot be shown is a lost result, never a failure."""
    device = await bind()
    shared = False

    def blind(operation: str | None, body: Any) -> object:
        nonlocal shared
        shared = shared or operation == "share_devices"
        return {"error": 0, "data": {}} if shared else body

    cloud.rewrite = blind
    with pytest.raises(ResultLostError, match="read shares"):
        await rig.owner.share(device, to=email(cloud))
    assert device in rig.held(rig.guest)


async def test_rights_are_the_timer_bits(rig: EwelinkRig, cloud: EwelinkCloud, bind: Bind) -> None:
    """Each name is one bit, and no name is none."""
    device = await bind()
    share = await rig.owner.share(device, to=email(cloud), rights=ALL)
    assert sent(cloud, "share_devices")["permit"] == 15
    for rights, number in (({"create_timer"}, 1), ({"edit_timer"}, 2), ({"delete_timer"}, 4), ({"enable_timer"}, 8)):
        await rig.owner.change(share, rights=rights)
        assert sent(cloud, "change_share_permission")["permit"] == number
        (mine,) = await rig.guest.received(device=device).all()
        assert mine.rights == frozenset(rights)
    await rig.owner.change(share, rights=())
    assert sent(cloud, "change_share_permission")["permit"] == 0


async def test_a_bit_that_nobody_knows_is_told(rig: EwelinkRig, cloud: EwelinkCloud, bind: Bind) -> None:
    """A right of a later release is a name of its own, on both sides, and is never lost."""
    device = await bind()
    await rig.owner.share(device, to=email(cloud), rights={"edit_timer"})

    def more(thing: dict[str, Any]) -> None:
        item = thing["itemData"]
        for entry in [*item.get("shareTo", []), *([item["sharedBy"]] if "sharedBy" in item else [])]:
            entry["permit"] |= 16

    cloud.rewrite = with_things(more)
    (given,) = await rig.owner.shares().all()
    (received,) = await rig.guest.received().all()
    assert given.rights == received.rights == frozenset({"edit_timer", "bit_16"})


async def test_an_unknown_right_is_refused_unsent(
    rig: EwelinkRig, cloud: EwelinkCloud, bind: Bind, asked: Asked
) -> None:
    """A right that the vendor has not is refused with those that it has."""
    device = await bind()
    asked()
    with pytest.raises(UnsupportedError, match="create_timer"):
        await rig.owner.share(device, to=email(cloud), rights={"reboot"})
    assert asked() == []


async def test_an_earlier_share_is_kept(rig: EwelinkRig, cloud: EwelinkCloud, bind: Bind, asked: Asked) -> None:
    """Sharing again says that the person has the device, and changes nothing, whatever the vendor would do."""
    device = await bind()
    await rig.owner.share(device, to=email(cloud), rights=ALL)
    asked()
    with pytest.raises(AlreadySharedError):
        await rig.owner.share(device, to=email(cloud))
    with pytest.raises(AlreadySharedError):
        await rig.owner.share(device, to=Phone(**cloud.user("guest").phone))
    assert asked() == ["get_things", "get_things"]
    (share,) = await rig.owner.shares(device=device).all()
    assert share.rights == ALL


async def test_two_shares_at_once_are_made_one_by_one(rig: EwelinkRig, cloud: EwelinkCloud, bind: Bind) -> None:
    """Of two wishes at once with one person the first is kept; with two people who are hidden both are told."""
    device = await bind()
    twice = [rig.owner.share(device, to=email(cloud), rights=rights) for rights in (ALL, frozenset[str]())]
    first, second = await asyncio.gather(*twice, return_exceptions=True)
    assert isinstance(first, Share)
    assert isinstance(second, AlreadySharedError)
    (kept,) = await rig.owner.shares(device=device).all()
    assert kept.rights == ALL
    cloud.set_guess("contacts_shown", "phone")
    device = await bind()
    names = ("guest", "other")
    made = await asyncio.gather(*(rig.owner.share(device, to=email(cloud, name)) for name in names))
    assert [share.ref.key for share in made] == [Secret(cloud.user(name).user_id) for name in names]


async def test_an_earlier_share_is_replaced_in_one_call(
    rig: EwelinkRig, cloud: EwelinkCloud, bind: Bind, asked: Asked
) -> None:
    """With REPLACE who has the device keeps one share with the new rights; who has it not gets one."""
    device = await bind()
    first = await rig.owner.share(device, to=email(cloud), rights=ALL, overlap=Overlap.REPLACE)
    asked()
    again = await rig.owner.share(device, to=email(cloud), rights={"edit_timer"}, overlap=Overlap.REPLACE)
    assert asked() == ["get_things", "change_share_permission"]
    assert (again.id, again.rights) == (first.id, frozenset({"edit_timer"}))
    assert again.recipient is not None
    assert again.recipient.email == email(cloud).value
    assert [share.rights for share in await rig.owner.shares(device=device).all()] == [frozenset({"edit_timer"})]


async def test_a_share_that_may_be_the_persons_is_not_touched(
    rig: EwelinkRig, cloud: EwelinkCloud, bind: Bind, asked: Asked
) -> None:
    """Where no address is shown and rights could change, nothing is sent; with the same rights nothing can change."""
    cloud.set_guess("contacts_shown", "phone")
    device = await bind()
    await rig.owner.share(device, to=email(cloud, "other"), rights=ALL)
    asked()
    with pytest.raises(ConflictError, match="whose address is not shown"):
        await rig.owner.share(device, to=email(cloud))
    assert asked() == ["get_things"]
    await rig.owner.share(device, to=email(cloud), rights=ALL)
    assert len(await rig.owner.shares(device=device).all()) == 2


async def test_a_lost_share_is_unknown_and_sent_once(rig: EwelinkRig, cloud: EwelinkCloud, bind: Bind) -> None:
    """Nobody knows what became of a share whose answer was lost, and it is not sent again."""
    device = await bind()
    cloud.faults.add("lost", operation="share_devices")
    with pytest.raises(OutcomeUnknownError):
        await rig.owner.share(device, to=email(cloud))
    assert [each.operation for each in cloud.requests].count("share_devices") == 1
    with pytest.raises(AlreadySharedError):
        await rig.owner.share(device, to=email(cloud))


async def test_nobody_shares_what_they_do_not_hold(
    rig: EwelinkRig, cloud: EwelinkCloud, bind: Bind, asked: Asked
) -> None:
    """A device of somebody else's is not there for others, and no share is sent."""
    device = await bind()
    asked()
    with pytest.raises(DeviceNotFoundError):
        await rig.guest.share(device, to=email(cloud, "other"))
    assert "share_devices" not in asked()


async def test_a_guest_who_shares_is_refused(rig: EwelinkRig, cloud: EwelinkCloud, bind: Bind) -> None:
    """Who received a device is told by the vendor that sharing it is not theirs."""
    device = await bind()
    await rig.owner.share(device, to=email(cloud))
    with pytest.raises(PermissionDeniedError):
        await rig.guest.share(device, to=email(cloud, "other"))


async def test_a_recipient_elsewhere_looks_unknown(rig: EwelinkRig, cloud: EwelinkCloud, bind: Bind) -> None:
    """No other host helps, the error says so (``sharing_stays_in_one_region``, ``stated_reason_for_failure``)."""
    cloud.move_user("guest", "eu")
    with pytest.raises(RecipientNotFoundError, match="another region") as caught:
        await rig.owner.share(await bind(), to=email(cloud))
    assert caught.value.vendor_code == "30008"


async def test_ids_are_not_for_sharing(rig: EwelinkRig, cloud: EwelinkCloud, bind: Bind) -> None:
    """An account's apikey names it in lists, and is refused as a recipient."""
    with pytest.raises(UnsupportedError, match="e-mail address or a phone"):
        await rig.owner.share(await bind(), to=UserId(cloud.user("guest").user_id))


async def test_a_changed_share_is_told_though_the_answer_is_empty(
    rig: EwelinkRig, cloud: EwelinkCloud, bind: Bind
) -> None:
    """A change that was confirmed and not shown is told from our own call."""
    share = await rig.owner.share(await bind(), to=email(cloud))
    empty: Mapping[str, Any] = {"error": 0, "data": {}}
    cloud.rewrite = lambda operation, body: empty if operation == "change_share_permission" else body
    changed = await rig.owner.change(share, rights={"edit_timer"})
    assert (changed.rights, changed.evidence, changed.id) == (frozenset({"edit_timer"}), Evidence.ASSUMED, share.id)
