"""Tencent: what could not be read is never taken for what is not there."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

import pytest

from sharebind import (
    Anyone,
    ByText,
    IncompleteListError,
    Listing,
    MalformedReplyError,
    NotBoundError,
    ResultLostError,
    Role,
    Secret,
    Sharebind,
    Space,
    State,
    UnexpectedRoleError,
)
from sharebind_tencent import BySignature, TencentSettings

from .scene import DEVICE, Asked, Said, account_at, tencent_ok

HELD: Final = {"ProductId": DEVICE.product, "DeviceName": DEVICE.device}
LATER: Final = tencent_ok(Error={"Code": "InternalError", "Message": "later"})
NOW: Final = int(datetime.now(UTC).timestamp() * 1000)


async def found(listing: Listing[Any]) -> tuple[list[Any], list[str]]:
    """Read a list to its end, with its gaps."""
    items: list[Any] = []
    try:
        async for item in listing:
            items.append(item)  # noqa: PERF401 - what came before the error counts
    except IncompleteListError as error:
        return items, [gap.where for gap in error.gaps]
    return items, []


def homes(*rows: dict[str, object], devices: Callable[[Asked], Said]) -> Callable[[Asked], Said]:
    """Answer the homes, and what is in them."""

    def say(asked: Asked) -> Said:
        if asked.name == "AppGetFamilyList":
            return tencent_ok(Total=len(rows), FamilyList=list(rows))
        if asked.name == "AppGetFamilyDeviceList":
            return devices(asked)
        if asked.name == "AppListUserShareDevices":
            return tencent_ok(Total=0, ShareDevices=[])
        if asked.name == "AppListShareDeviceUsers":
            return tencent_ok(Total=1, Users=[{"UserID": "u"}])
        return tencent_ok(Status="OK", AppDeviceInfo=HELD, ShareDeviceToken="t")

    return say


def half(asked: Asked) -> Said:
    """Give a first page of others, and no second one."""
    others = [{"ProductId": "p", "DeviceName": f"d{n}"} for n in range(50)]
    return tencent_ok(Total=60, DeviceList=others) if asked.fields["Offset"] == 0 else LATER


def whole(_asked: Asked) -> Said:
    """Give the one device."""
    return tencent_ok(Total=1, DeviceList=[HELD])


# --------------------------------------------------------------------------------------------------- where it stands


async def test_a_device_that_may_stand_in_a_gap_is_not_called_unbound() -> None:
    """Where a page of a home fails, unbinding says so, and does not say that the device stands nowhere."""
    async with account_at("tencent", homes({"FamilyId": "f1", "Role": 1}, devices=half)) as (desk, _):
        with pytest.raises(MalformedReplyError, match="could not be read whole"):
            await desk.unbind(DEVICE)


async def test_a_received_device_that_may_stand_in_a_gap_is_not_called_unbound() -> None:
    """The list of received devices has gaps too."""

    def say(asked: Asked) -> Said:
        if asked.name == "AppListUserShareDevices":
            return tencent_ok(Total=2, ShareDevices=[{"ProductId": "p"}])
        return tencent_ok(Total=0, FamilyList=[])

    async with account_at("tencent", say) as (desk, _):
        with pytest.raises(MalformedReplyError, match="received devices could not be read whole"):
            await desk.unbind(DEVICE)


async def test_a_device_whose_home_may_be_in_a_gap_is_not_called_unbound() -> None:
    """Where a code needs the device's home, a home that was half read is an error of its own."""
    rows: tuple[dict[str, object], ...] = ({"FamilyId": "f1", "Role": 1}, {"FamilyId": "f2", "Role": 1})
    async with account_at("tencent", homes(*rows, devices=half)) as (desk, server):
        with pytest.raises(MalformedReplyError, match="home f1 could not be read whole"):
            await desk.share(DEVICE, to=Anyone())
    assert "AppCreateShareDeviceToken" not in server.names()


async def test_a_device_that_stands_nowhere_is_not_bound() -> None:
    """Lists that were read whole are believed."""
    empty = homes({"FamilyId": "f1", "Role": 1}, devices=lambda _: tencent_ok(Total=0, DeviceList=[]))
    async with account_at("tencent", empty) as (desk, _):
        for space, said in ((None, "in a home of this account"), (Space("f1"), "in that home")):
            with pytest.raises(NotBoundError, match=said):
                await desk.unbind(DEVICE, space=space)


async def test_a_device_that_its_home_lists_elsewhere_is_not_unbound() -> None:
    """A list that names another home than the one it is of gives neither the home nor the role."""
    elsewhere = homes(
        {"FamilyId": "f1", "Role": 1}, devices=lambda _: tencent_ok(Total=1, DeviceList=[HELD | {"FamilyId": "f2"}])
    )
    async with account_at("tencent", elsewhere) as (desk, server):
        with pytest.raises(MalformedReplyError, match="another home"):
            await desk.unbind(DEVICE)
    assert "AppDeleteDeviceInFamily" not in server.names()


# -------------------------------------------------------------------------------------------------------------- roles


@pytest.mark.parametrize("role", [None, 7])
@pytest.mark.parametrize("expect", [Role.OWNER, Role.MEMBER])
async def test_a_role_that_is_not_told_is_nobodys(role: int | None, expect: Role) -> None:
    """A home without a role, or with an unknown one, is no home to unbind from, and its devices are a gap."""
    async with account_at("tencent", homes({"FamilyId": "f1", "Role": role}, devices=whole)) as (desk, server):
        with pytest.raises(MalformedReplyError, match="tells no role in home f1"):
            await desk.unbind(DEVICE, expect=expect)
        assert await found(desk.bindings(roles=[Role.OWNER])) == ([], ["home f1"])
    assert "AppDeleteDeviceInFamily" not in server.names()


async def test_a_home_without_a_role_is_a_home_all_the_same() -> None:
    """It is listed and bound into, and the shares of its devices are listed."""
    async with account_at("tencent", homes({"FamilyId": "f1"}, devices=whole)) as (desk, _):
        assert await found(desk.spaces()) == ([Space("f1")], [])
        assert (await desk.bind(None, ByText("s"))).device == DEVICE
        assert [share.device for share in await desk.shares().all()] == [DEVICE]


@pytest.mark.parametrize(("role", "expected"), [(0, Role.MEMBER), (1, Role.OWNER)])
async def test_what_is_bound_is_held_in_the_homes_role(role: int, expected: Role) -> None:
    """Binding into the only home gives the role that the lists will show."""
    async with account_at("tencent", homes({"FamilyId": "f1", "Role": role}, devices=whole)) as (desk, _):
        assert (await desk.bind(None, ByText("s"))).role is expected
        assert [binding.role for binding in await desk.bindings().all()] == [expected]


async def test_a_members_device_is_not_unbound_as_an_owners() -> None:
    """The role of the home that it stands in counts."""
    async with account_at("tencent", homes({"FamilyId": "f1", "Role": 0}, devices=whole)) as (desk, server):
        with pytest.raises(UnexpectedRoleError, match="held as member"):
            await desk.unbind(DEVICE)
    assert "AppDeleteDeviceInFamily" not in server.names()


# ------------------------------------------------------------------------------------------------------------ binding


@pytest.mark.parametrize("odd", [{"CreateTime": "soon"}, {"RoomId": []}])
async def test_another_device_that_was_bound_is_told_though_the_rest_is_odd(odd: dict[str, object]) -> None:
    """What cannot be read beside a device's name does not make it the one that was asked for."""
    info = {"ProductId": "P", "DeviceName": "other"} | odd
    proof = BySignature(signature=Secret("00"), at=datetime(2024, 1, 1, tzinfo=UTC))
    async with account_at("tencent", lambda _: tencent_ok(AppDeviceInfo=info)) as (desk, _):
        with pytest.raises(ResultLostError, match="P/other"):
            await desk.bind(DEVICE, proof, space=Space("f1"))
        assert str((await desk.bind(None, ByText("s"), space=Space("f1"))).device) == "P/other"


# -------------------------------------------------------------------------------------------------------------- inbox


def inbox(read: Callable[[Asked], Said]) -> Callable[[Asked], Said]:
    """Answer the inbox as told, and nothing received."""

    def say(asked: Asked) -> Said:
        if asked.name == "AppGetMessages":
            return read(asked)
        if asked.name == "AppDescribeShareDeviceToken":
            return tencent_ok(ShareDeviceTokenInfo=HELD | {"ExpireTime": 4_102_444_800})
        return tencent_ok(Total=0, ShareDevices=[])

    return say


@pytest.mark.parametrize(
    "said", [{"Msgs": [], "Listover": False}, {"Listover": "false"}, {}, {"Msgs": [{}], "Listover": False}], ids=repr
)
async def test_an_inbox_that_does_not_go_on_is_a_gap(said: dict[str, object]) -> None:
    """More messages that nobody can ask for, or an answer that says nothing, are told to be missing."""
    async with account_at("tencent", inbox(lambda _: tencent_ok(**said))) as (desk, server):
        assert (await found(desk.received()))[1][-1] == "the inbox"
    assert server.names().count("AppGetMessages") == 1


@pytest.mark.parametrize("said", [{"Listover": True}, {"Listover": "true"}, {"Msgs": []}], ids=repr)
async def test_an_empty_inbox_is_one(said: dict[str, object]) -> None:
    """The messages may be absent, and the mark of the last page may be a text or missing."""
    async with account_at("tencent", inbox(lambda _: tencent_ok(**said))) as (desk, _):
        assert await found(desk.received()) == ([], [])


async def test_a_full_page_without_a_mark_is_followed() -> None:
    """Where nobody says whether more follows, a full page is read on from its last message."""

    def read(asked: Asked) -> Said:
        if "MsgID" not in asked.fields:
            return tencent_ok(Msgs=[{"MsgID": str(n), "MsgType": 1, "MsgTimestamp": NOW - n} for n in range(100)])
        assert (asked.fields["MsgID"], asked.fields["MsgTimestamp"]) == ("99", NOW - 99)
        return tencent_ok(Msgs=[{"MsgID": "x", "MsgType": 301, "Attachments": {"ShareToken": "t"}}])

    async with account_at("tencent", inbox(read)) as (desk, server):
        items, gaps = await found(desk.received())
    assert ([share.device for share in items], gaps) == ([DEVICE], [])
    assert server.names().count("AppGetMessages") == 2


async def test_an_inbox_that_never_ends_is_a_gap() -> None:
    """Ever new messages are read up to a bound."""
    count = 0

    def read(_asked: Asked) -> Said:
        nonlocal count
        count += 1
        return tencent_ok(Msgs=[{"MsgID": str(count), "MsgType": 1}], Listover=False)

    async with account_at("tencent", inbox(read)) as (desk, _):
        assert await found(desk.received()) == ([], ["the inbox"])
    assert count == 50


@pytest.mark.parametrize(
    ("state", "call"), [(State.OFFERED, "AppGetMessages"), (State.ACTIVE, "AppListUserShareDevices")]
)
async def test_only_what_was_asked_for_is_read(state: State, call: str) -> None:
    """Offers do not fail with the grants, nor grants with the inbox."""
    answer = tencent_ok(Msgs=[], Listover=True, Total=0, ShareDevices=[])
    async with account_at("tencent", lambda asked: answer if asked.name == call else LATER) as (desk, server):
        assert await desk.received(states=frozenset({state})).all() == []
    assert server.names() == [call]


# ----------------------------------------------------------------------------------------------------------- settings


async def test_an_account_opens_from_an_object_of_settings() -> None:
    """The settings' class is part of what the package gives."""
    settings = TencentSettings(token=Secret("t"), region="domestic")
    async with Sharebind() as sharebind:
        assert sharebind.open_account("tencent", settings, name="desk").name == "desk"


def test_the_settings_load_no_client() -> None:
    """Importing the package for its settings stays light."""
    program = "import sys, sharebind_tencent; sys.exit('aiohttp' in sys.modules or 'structlog' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
