"""Ending shares: by their owner and by their recipient, once, twice, or by a stranger."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import attrs
import pytest

from sharebind import (
    ConflictError,
    DeviceRef,
    Email,
    EndReason,
    MalformedReplyError,
    PermissionDeniedError,
    Secret,
    ShareNotFoundError,
    ShareRef,
    Side,
    State,
    UnavailableError,
    UnexpectedRoleError,
    Via,
)
from sharebind_ewelink.emulator import EwelinkCloud
from sharebind_ewelink.rig import EwelinkRig

Asked = Callable[[], list[str]]
Bind = Callable[..., Awaitable[DeviceRef]]


def email(cloud: EwelinkCloud, name: str = "guest") -> Email:
    """Give a person's address."""
    return Email(cloud.user(name).email)


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


async def test_a_revoked_share_is_gone_and_says_how(rig: EwelinkRig, cloud: EwelinkCloud, bind: Bind) -> None:
    """Only where this call ended a share its reason is known; the second time it is over, and why is not."""
    device = await bind()
    share = await rig.owner.share(device, to=email(cloud))
    ended = await rig.owner.end(share)
    assert (ended.state, ended.end_reason) == (State.ENDED, EndReason.REVOKED)
    again = await rig.owner.end(share)
    assert (again.state, again.end_reason, again.ended_at) == (State.ENDED, EndReason.UNKNOWN, None)
    by_ref = await rig.owner.end(share.ref)
    assert by_ref.state is State.UNKNOWN


@pytest.mark.parametrize("code", [405, 406])
async def test_gone_is_believed_only_of_an_own_device(
    rig: EwelinkRig, cloud: EwelinkCloud, bind: Bind, code: int
) -> None:
    """A stranger whom the vendor tells "not found" is never told that a share has ended which works."""
    cloud.set_guess("foreign_device_code", code)
    device = await bind()
    share = await rig.owner.share(device, to=email(cloud))
    assert rig.other is not None
    with pytest.raises(ShareNotFoundError if code == 405 else PermissionDeniedError):
        await rig.other.end(share.ref, seen=State.ACTIVE)
    assert device in rig.held(rig.guest)


async def test_gone_is_not_believed_while_the_device_shows_the_share(
    rig: EwelinkRig, cloud: EwelinkCloud, bind: Bind
) -> None:
    """A 405 for a share that is read back as there is an error, not an end."""
    device = await bind()
    share = await rig.owner.share(device, to=email(cloud))
    cloud.faults.add("code", operation="cancel_share", code=405)
    with pytest.raises(ShareNotFoundError):
        await rig.owner.end(share)
    cloud.faults.add("code", operation="cancel_share", code=405)
    cloud.faults.add("status", operation="get_things")
    with pytest.raises(UnavailableError):
        await rig.owner.end(share)


@pytest.mark.parametrize("entry", [{"nickname": "nobody"}, {"apikey": None}, {"apikey": ["?"]}])
async def test_gone_is_not_believed_where_somebody_is_not_named(
    rig: EwelinkRig, cloud: EwelinkCloud, bind: Bind, entry: dict[str, Any]
) -> None:
    """An entry without a readable key may be the very person, so the share is not said to have ended."""
    device = await bind()
    share = await rig.owner.share(device, to=email(cloud))
    cloud.faults.add("code", operation="cancel_share", code=405)
    cloud.rewrite = with_things(lambda thing: thing["itemData"].update(shareTo=[entry]))
    with pytest.raises((ShareNotFoundError, MalformedReplyError)):
        await rig.owner.end(share)


async def test_keys_may_be_numbers(rig: EwelinkRig, cloud: EwelinkCloud, bind: Bind) -> None:
    """A key that is sent as a number is the same key, when it is listed and when it is looked for."""
    device = await bind()
    await rig.owner.share(device, to=email(cloud))
    cloud.rewrite = with_things(lambda thing: thing["itemData"]["shareTo"][0].update(apikey=4711))
    (share,) = await rig.owner.shares(device=device).all()
    assert share.ref.key == Secret("4711")
    cloud.faults.add("code", operation="cancel_share", code=405)
    with pytest.raises(ShareNotFoundError):
        await rig.owner.end(share)


async def test_leaving_reads_what_it_is_first(rig: EwelinkRig, cloud: EwelinkCloud, bind: Bind, asked: Asked) -> None:
    """Leaving and giving up are one call, so it is sent for a received device only (``delete_means_two_things``)."""
    device = await bind()
    await rig.owner.share(device, to=email(cloud))
    (mine,) = await rig.guest.received().all()
    asked()
    ended = await rig.guest.end(mine)
    assert asked() == ["get_things", "delete_device"]
    assert (ended.state, ended.end_reason) == (State.ENDED, EndReason.LEFT)
    assert (await rig.guest.end(mine)).state is State.ENDED
    assert (await rig.guest.end(mine.ref)).state is State.UNKNOWN
    assert "delete_device" not in asked()


@pytest.mark.parametrize("item_type", ["must fit", "ignored"])
async def test_an_own_device_is_never_given_up_by_end(
    rig: EwelinkRig, cloud: EwelinkCloud, bind: Bind, asked: Asked, item_type: str
) -> None:
    """Ending a received share of a device that one owns by now is refused, and nothing is deleted."""
    cloud.set_guess("item_type", item_type)
    device = await bind()
    ref = ShareRef(provider="ewelink", side=Side.RECIPIENT, via=Via.PERSON, device=device, key=Secret("somebody"))
    asked()
    with pytest.raises(UnexpectedRoleError, match="unbind"):
        await rig.owner.end(ref)
    assert "delete_device" not in asked()


async def test_another_owners_share_is_not_left(rig: EwelinkRig, cloud: EwelinkCloud, bind: Bind, asked: Asked) -> None:
    """A stored share of a former owner is over; what the present owner gave stays."""
    device = await bind()
    await rig.owner.share(device, to=email(cloud))
    (mine,) = await rig.guest.received().all()
    former = attrs.evolve(mine.ref, key=Secret("a-former-owner"))
    asked()
    assert (await rig.guest.end(former, seen=State.ACTIVE)).state is State.ENDED
    assert "delete_device" not in asked()
    assert device in rig.held(rig.guest)


async def test_a_share_that_vanishes_while_leaving_is_over(rig: EwelinkRig, cloud: EwelinkCloud, bind: Bind) -> None:
    """An owner who revokes between the read and the call makes no error of leaving."""
    device = await bind()
    await rig.owner.share(device, to=email(cloud))
    (mine,) = await rig.guest.received().all()
    cloud.faults.add("code", operation="delete_device", code=405)
    assert (await rig.guest.end(mine.ref)).state is State.ENDED


@pytest.mark.parametrize(
    "data",
    [
        None,
        {},
        {"thingList": None},
        {"things": []},
        {"thingList": [7]},
        {"thingList": [{"itemType": 2}]},
        {"thingList": [{"itemType": "x", "itemData": {}}]},
        {"thingList": [{"itemType": 3, "itemData": {"id": "group"}}]},
        {"thingList": [{"itemType": 2, "itemData": {"deviceid": "another", "apikey": "a"}}]},
    ],
)
async def test_what_cannot_be_read_is_not_gone(
    rig: EwelinkRig, cloud: EwelinkCloud, bind: Bind, asked: Asked, data: object
) -> None:
    """A look-up without a list, or with a thing that nobody can read, ends nothing and empties no list."""
    device = await bind()
    await rig.owner.share(device, to=email(cloud))
    (mine,) = await rig.guest.received().all()
    cloud.rewrite = lambda operation, body: {"error": 0, "data": data} if operation == "get_things" else body
    asked()
    with pytest.raises(MalformedReplyError):
        await rig.guest.end(mine)
    with pytest.raises(MalformedReplyError):
        await rig.owner.unbind(device)
    with pytest.raises(MalformedReplyError):
        await rig.owner.shares(device=device).all()
    with pytest.raises(MalformedReplyError):
        await rig.guest.bindings(device=device).all()
    assert set(asked()) == {"get_things"}
    assert device in rig.held(rig.guest)


async def test_an_owner_who_is_not_shown_is_not_another_one(
    rig: EwelinkRig, cloud: EwelinkCloud, bind: Bind, asked: Asked
) -> None:
    """Where the answer leaves out who gave a device, its share is not said to be over, and nothing is left."""
    device = await bind()
    await rig.owner.share(device, to=email(cloud))
    (mine,) = await rig.guest.received().all()
    # The contract calls the apikey of a share a form of the account's id, and not which form a device names it in.
    cloud.rewrite = with_things(lambda thing: thing["itemData"].update(sharedBy=None, apikey="another-form"))
    asked()
    with pytest.raises(ConflictError, match="who gave"):
        await rig.guest.end(mine)
    assert "delete_device" not in asked()
    cloud.rewrite = with_things(lambda thing: thing["itemData"].update(sharedBy=None))
    assert (await rig.guest.end(mine)).end_reason is EndReason.LEFT
    assert device not in rig.held(rig.guest)


@pytest.mark.parametrize("kind", [97, None, 0])
async def test_an_unknown_kind_is_never_left(
    rig: EwelinkRig, cloud: EwelinkCloud, bind: Bind, asked: Asked, kind: object
) -> None:
    """A device of a kind that nobody knows is neither left nor given up."""
    device = await bind()
    await rig.owner.share(device, to=email(cloud))
    (mine,) = await rig.guest.received().all()
    cloud.rewrite = with_things(lambda thing: thing.update(itemType=kind))
    asked()
    with pytest.raises(UnexpectedRoleError):
        await rig.guest.end(mine)
    with pytest.raises(UnexpectedRoleError):
        await rig.owner.unbind(device)
    assert "delete_device" not in asked()
