"""Tencent's emulated cloud, asked by bare HTTP clients over a real socket."""

from __future__ import annotations

import json
import re
import time
from collections.abc import AsyncGenerator, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, cast

import aiohttp
import pytest

from sharebind import Anyone, ByText, DeviceRef, SelfShareError, Sharebind, State
from sharebind.emulator import Clouds, Contract, Device, User, emulate
from sharebind_tencent.emulator import TencentCloud
from sharebind_tencent.emulator.cloud import HANDLERS
from sharebind_tencent.emulator.guesses import GUESSES
from sharebind_tencent.emulator.signature import app_signature, app_text, device_signature, device_texts

CONTRACT: Final = Contract.beside("sharebind_tencent.emulator")
ACTIONS: Final = {
    name: entry for name, entry in CONTRACT.named("actions").items() if entry["endpoint"] in {"tokenapi", "appapi"}
}
LISTED_CODES: Final = [(name, code) for name, entry in ACTIONS.items() for code in entry["errors"]]
SHARE_REFUSED: Final = "InvalidParameterValue.InvalidShareDeviceToken"
NO_PERMISSION: Final = "InvalidParameterValue.NoPermission"
BAD_TOKEN: Final = "InvalidParameterValue.InvalidAccessToken"
NOT_BOUND: Final = "InvalidParameterValue.AppDeviceNotExist"
BOUND: Final = "InvalidParameterValue.DeviceBinded"


class RefusedError(Exception):
    """Carry what the cloud refused with."""


class World:
    """Speak to the cloud as a client would, and keep what a test needs to see."""

    def __init__(self, clouds: Clouds, session: aiohttp.ClientSession) -> None:
        self.clouds = clouds
        self.cloud = cast("TencentCloud", clouds["tencent"])
        self.session = session
        self.lamp: Device = self.cloud.devices[0]

    def user(self, name: str) -> User:
        """Return the person of that name."""
        return self.cloud.user(name)

    async def post(self, path: str, body: object, **options: Any) -> tuple[int, Any]:
        """Post any body to an address below the base URL."""
        async with self.session.post(f"{self.cloud.base_url}{path}", json=body, **options) as answer:
            return answer.status, await answer.json()

    async def raw(self, user: str, action: str, **given: Any) -> tuple[int, Any]:
        """Call an action as the user, and return status and body as they come."""
        body = {"Action": action, "RequestId": "r-1", "AccessToken": self.user(user).token, **given}
        return await self.post("/api/exploreropen/tokenapi", {k: v for k, v in body.items() if v is not None})

    async def call(self, user: str, action: str, **given: Any) -> Any:
        """Call an action as the user, and return the Response or raise its code."""
        status, body = await self.raw(user, action, **given)
        return self.opened(status, body)

    async def signed(self, action: str, **given: Any) -> Any:
        """Call an action as the app, signed by its secret."""
        body = {"Action": action, "RequestId": "r-2", "AppKey": self.cloud.app["app_key"], "Nonce": 7}
        body |= {"Timestamp": int(time.time()), **given}
        body.setdefault("Signature", app_signature(self.cloud.app["app_secret"], app_text(body)))
        return self.opened(*await self.post("/api/exploreropen/appapi", body))

    def opened(self, status: int, body: Any) -> Any:
        """Return what a documented envelope holds, or raise the code in it."""
        response = body["Response"]
        if "Error" in response:
            raise RefusedError(response["Error"]["Code"])
        assert status == 200
        return response

    def named(self, device: Device | None = None) -> dict[str, str]:
        """Return the pair that names a device."""
        device = device or self.lamp
        return {"ProductId": device.product, "DeviceName": device.device}

    async def bind(self, user: str = "owner", device: Device | None = None) -> Any:
        """Bind a device to the user's first home by the text of its code."""
        proof = (device or self.lamp).proof["device_signature"]
        home = self.user(user).homes[0]
        return await self.call(user, "AppSecureAddDeviceInFamily", FamilyId=home, DeviceSignature=proof)

    async def offer(self, device: Device | None = None, **given: Any) -> str:
        """Make a share token of the owner's device."""
        home = self.user("owner").homes[0]
        made = await self.call("owner", "AppCreateShareDeviceToken", FamilyId=home, **self.named(device), **given)
        return str(made["ShareDeviceToken"])

    async def accept(self, token: str, user: str = "guest", device: Device | None = None) -> Any:
        """Take what a token offers."""
        return await self.call(user, "AppBindUserShareDevice", ShareDeviceToken=token, **self.named(device))

    async def share(self, user: str = "guest") -> str:
        """Bring a share into use, and return its token."""
        token = await self.offer()
        await self.accept(token, user)
        return token

    async def recipients(self) -> list[Any]:
        """List who uses the owner's device."""
        listed = await self.call("owner", "AppListShareDeviceUsers", **self.named())
        return list(listed["Users"])

    async def received(self, user: str = "guest", **page: Any) -> list[Any]:
        """List what the user was given."""
        listed = await self.call(user, "AppListUserShareDevices", **{"Offset": 0, "Limit": 100, **page})
        return list(listed["ShareDevices"])

    async def inbox(self, user: str, **key: Any) -> Any:
        """Read a page of the user's notifications."""
        listed = await self.call(user, "AppGetMessages", **{"Category": 3, "Limit": 100, **key})
        return listed["Data"]

    def state_of_shares(self) -> list[tuple[Any, Any]]:
        """Return state and reason of every share."""
        shares = cast("list[dict[str, object]]", self.cloud.state()["shares"])
        return [(share["state"], share.get("reason")) for share in shares]


@pytest.fixture
async def world() -> AsyncGenerator[World]:
    """Run the cloud; every test that breaks no rule on purpose ends without a violation."""
    async with emulate(TencentCloud) as clouds, aiohttp.ClientSession() as session:
        yield World(clouds, session)


@pytest.fixture
async def strict(world: World) -> AsyncGenerator[World]:
    """Give the cloud to a client that keeps the contract, and check that the cloud thinks so too."""
    yield world
    assert world.cloud.violations == []


async def refused(awaitable: Any) -> str:
    """Return the code of a refusal."""
    with pytest.raises(RefusedError) as caught:
        await awaitable
    return str(caught.value)


# ---------------------------------------------------------------- the life of a share


async def test_a_token_brings_a_share_into_use(strict: World) -> None:
    """Bind, make a token, look at it, accept it: both sides then list the share."""
    await strict.bind()
    token = await strict.offer(TokenContext='{"from": "test"}')
    described = await strict.call("guest", "AppDescribeShareDeviceToken", ShareDeviceToken=token)
    info = described["ShareDeviceTokenInfo"]
    assert (info["UserID"], info["BindTime"], info["FromUserID"]) == ("", 0, strict.user("owner").user_id)
    assert info["ExpireTime"] - info["CreateTime"] == 86400
    assert info["Context"] == '{"from": "test"}'
    assert info["DeviceId"] == f"{strict.lamp.product}/{strict.lamp.device}"
    assert (await strict.accept(token))["Status"] == "OK"
    (row,) = await strict.recipients()
    assert row["UserID"] == strict.user("guest").user_id
    assert row["PhoneNumber"] == "138****0002"
    (given,) = await strict.received()
    assert datetime.fromisoformat(given["CreateTime"]).utcoffset() == timedelta(hours=8)
    assert given["FromUserID"] == strict.user("owner").user_id
    described = await strict.call("other", "AppDescribeShareDeviceToken", ShareDeviceToken=token)
    assert described["ShareDeviceTokenInfo"]["UserID"] == strict.user("guest").user_id
    assert described["ShareDeviceTokenInfo"]["BindTime"] > 0
    assert [each["role"] for each in cast("list[Any]", strict.cloud.state()["bindings"])] == ["owner", "guest"]
    assert strict.state_of_shares() == [("active", None)]


async def test_an_invite_travels_by_message(strict: World) -> None:
    """An invite by user id puts message 301 with a usable token in the recipient's inbox."""
    await strict.bind()
    to = strict.user("guest").user_id
    sent = await strict.call("owner", "AppSendShareDeviceInvite", ToUserID=to, **strict.named())
    assert sent == {"Status": "OK", "RequestId": "r-1"}
    page = await strict.inbox("guest")
    (message,) = page["Msgs"]
    assert page["Listover"] is True
    assert (message["MsgType"], message["Category"], message["RelateUserID"]) == (301, 3, to)
    assert abs(message["MsgTimestamp"] / 1000 - time.time()) < 60
    assert message["CreateAt"].endswith("Z")
    assert "Msgs" not in await strict.inbox("other")
    await strict.accept(message["Attachments"]["ShareToken"])
    (result,) = (await strict.inbox("owner"))["Msgs"]
    assert (result["MsgType"], result["FromUserID"]) == (300, to)
    assert "Attachments" not in result


async def test_the_owner_ends_a_share(strict: World) -> None:
    """Removing a recipient empties both lists, and doing it again says that there is none."""
    await strict.bind()
    await strict.share()
    gone = {"RemoveUserID": strict.user("guest").user_id, **strict.named()}
    await strict.call("owner", "AppRemoveShareDeviceUser", **gone)
    assert await strict.recipients() == await strict.received() == []
    assert await refused(strict.call("owner", "AppRemoveShareDeviceUser", **gone)) == NOT_BOUND
    assert await refused(strict.call("other", "AppRemoveShareDeviceUser", **gone)) == NO_PERMISSION
    assert strict.state_of_shares() == [("ended", "revoked")]


async def test_the_recipient_leaves(strict: World) -> None:
    """Leaving empties both lists, and leaving again says that there is nothing."""
    await strict.bind()
    await strict.share()
    await strict.call("guest", "AppRemoveUserShareDevice", **strict.named())
    assert await strict.recipients() == []
    assert await refused(strict.call("guest", "AppRemoveUserShareDevice", **strict.named())) == NOT_BOUND
    assert strict.state_of_shares() == [("ended", "left")]


async def test_a_token_admits_one(strict: World) -> None:
    """A used token refuses the next user, its own device's owner, and a holder who already has the device."""
    await strict.bind()
    token = await strict.offer()
    assert await refused(strict.accept(token, "owner")) == "InvalidParameterValue.CannotBindOwnDevice"
    await strict.accept(token)
    assert await refused(strict.accept(token, "other")) == "InvalidParameterValue.ShareDeviceTokenUsed"
    assert await refused(strict.accept(await strict.offer())) == BOUND


async def test_a_left_share_does_not_revive_its_token(strict: World) -> None:
    """After leaving, the old token stays used and a new one works."""
    await strict.bind()
    token = await strict.share()
    await strict.call("guest", "AppRemoveUserShareDevice", **strict.named())
    assert await refused(strict.accept(token)) == "InvalidParameterValue.ShareDeviceTokenUsed"
    await strict.share()
    assert len(await strict.received()) == 1


async def test_tokens_expire_and_then_look_unknown(strict: World) -> None:
    """An expired token and one that never was get the same answer, whether looked at or accepted."""
    await strict.bind()
    token = await strict.offer()
    strict.clouds.clock.advance(timedelta(days=1, seconds=1))
    for each in (token, "0" * 32):
        described = strict.call("guest", "AppDescribeShareDeviceToken", ShareDeviceToken=each)
        assert await refused(described) == SHARE_REFUSED
        assert await refused(strict.accept(each)) == SHARE_REFUSED
    assert strict.state_of_shares() == [("ended", "offer_expired")]


async def test_only_the_owner_shares(strict: World) -> None:
    """Whoever does not hold the device, or names a home that is not his, has no permission."""
    await strict.bind()
    await strict.share()
    to = strict.user("other").user_id
    home = strict.user("guest").homes[0]
    named = strict.named()
    invite = strict.call("guest", "AppSendShareDeviceInvite", ToUserID=to, **named)
    assert await refused(invite) == NO_PERMISSION
    for user in ("guest", "owner"):
        made = strict.call(user, "AppCreateShareDeviceToken", FamilyId=home, **named)
        assert await refused(made) == NO_PERMISSION


async def test_accepting_needs_the_right_device(strict: World) -> None:
    """A token for one device does not open another."""
    await strict.bind()
    token = await strict.offer()
    assert await refused(strict.accept(token, device=strict.cloud.devices[1])) == "InvalidParameterValue"


async def test_the_joined_id_replaces_the_pair(strict: World) -> None:
    """Wherever the contract says so, DeviceId alone names the device."""
    await strict.bind()
    joined = {"DeviceId": f"{strict.lamp.product}/{strict.lamp.device}"}
    home = {"FamilyId": strict.user("owner").homes[0]}
    made = await strict.call("owner", "AppCreateShareDeviceToken", **home, **joined)
    await strict.call("guest", "AppBindUserShareDevice", ShareDeviceToken=made["ShareDeviceToken"], **joined)
    assert (await strict.call("owner", "AppListShareDeviceUsers", **joined))["Total"] == 1
    # The pages spell RemoveUserId what every client spells RemoveUserID; both are taken.
    removed = {"RemoveUserId": strict.user("guest").user_id}
    await strict.call("owner", "AppRemoveShareDeviceUser", **removed, **joined)
    assert await refused(strict.call("guest", "AppRemoveUserShareDevice", **joined)) == NOT_BOUND
    await strict.call("owner", "AppDeleteDeviceInFamily", **home, **joined)
    wrong = strict.call("owner", "AppListShareDeviceUsers", DeviceId="no slash")
    assert await refused(wrong) == "InvalidParameterValue"


# ---------------------------------------------------------------- binding and homes


async def test_binding_fills_a_home(strict: World) -> None:
    """A device bound by its code is in the home's list, in the default room, and cannot be bound twice."""
    bound = (await strict.bind())["Data"]["AppDeviceInfo"]
    assert bound["RoomId"] == "0"
    home = strict.user("owner").homes[0]
    listed = await strict.call("owner", "AppGetFamilyDeviceList", FamilyId=home, RoomId="")
    assert [row["DeviceId"] for row in listed["DeviceList"]] == [bound["DeviceId"]]
    assert listed["Total"] == 1
    assert await refused(strict.bind("guest")) == BOUND
    assert await refused(strict.bind()) == BOUND
    wrong = strict.call("guest", "AppSecureAddDeviceInFamily", FamilyId=home, DeviceSignature="x")
    assert await refused(wrong) == "InvalidParameterValue"


async def test_unbinding_frees_the_device(strict: World) -> None:
    """After unbinding, without the RoomId that clients never send, another user binds the device."""
    await strict.bind()
    home = {"FamilyId": strict.user("owner").homes[0]}
    stranger = strict.call("guest", "AppDeleteDeviceInFamily", **home, **strict.named())
    assert await refused(stranger) == "InvalidParameterValue"
    await strict.call("owner", "AppDeleteDeviceInFamily", **home, **strict.named())
    await strict.bind("guest")


async def test_rooms_and_names(strict: World) -> None:
    """A device moves to a room of its home and takes another name; the lists show both."""
    await strict.bind()
    home = {"FamilyId": strict.user("owner").homes[0]}
    (room,) = (await strict.call("owner", "AppGetRoomList", **home))["RoomList"]
    assert room["DeviceNum"] == 0
    await strict.call("owner", "AppModifyFamilyDeviceRoom", RoomId=room["RoomId"], **home, **strict.named())
    renamed = await strict.call("owner", "AppUpdateDeviceInFamily", AliasName="lamp", **strict.named())
    assert (renamed["Data"]["AliasName"], renamed["Data"]["RoomId"]) == ("lamp", room["RoomId"])
    (room,) = (await strict.call("owner", "AppGetRoomList"))["RoomList"]
    assert room["DeviceNum"] == 1
    for room_id, count in ((room["RoomId"], 1), ("0", 0)):
        listed = await strict.call("owner", "AppGetFamilyDeviceList", RoomId=room_id, **home)
        assert listed["Total"] == count
    move = strict.call("owner", "AppModifyFamilyDeviceRoom", RoomId="r_none", **home, **strict.named())
    assert await refused(move) == "InvalidParameterValue"
    rename = strict.call("guest", "AppUpdateDeviceInFamily", AliasName="mine", **strict.named())
    assert await refused(rename) == "InvalidParameterValue"


@pytest.mark.parametrize(("name", "homes"), [("owner", 1), ("homeless", 0), ("landlord", 2)])
async def test_everybody_has_the_homes_that_are_described(strict: World, name: str, homes: int) -> None:
    """AppGetFamilyList gives what `users` says, without Offset and Limit too."""
    listed = await strict.call(name, "AppGetFamilyList")
    assert [home["FamilyId"] for home in listed["FamilyList"]] == strict.user(name).homes
    assert listed["Total"] == homes
    assert all(home["FamilyId"].startswith("f_") and len(home["FamilyId"]) == 34 for home in listed["FamilyList"])


async def test_a_home_can_be_made(strict: World) -> None:
    """Somebody without a home makes one, without the Address that clients never send, up to twenty."""
    made = [await strict.call("homeless", "AppCreateFamily", Name=f"h{n}") for n in range(20)]
    assert strict.user("homeless").homes == [each["Data"]["FamilyId"] for each in made]
    assert await refused(strict.call("homeless", "AppCreateFamily", Name="h")) == "InvalidParameterValue"
    page = await strict.call("homeless", "AppGetFamilyList", Offset=18, Limit=5)
    assert (page["Total"], len(page["FamilyList"])) == (20, 2)


@pytest.mark.parametrize("method", ["hmacsha1", "hmacsha256"])
@pytest.mark.parametrize("bind_type", ["wifi_sign", "bluetooth_sign", "bluetooth_sigh", "other_sign"])
async def test_a_device_proves_itself_by_signing(strict: World, bind_type: str, method: str) -> None:
    """A text signed with the device's secret binds it, a wrong signature does not."""
    secret, now = strict.lamp.proof["device_secret"], int(time.time())
    right = bind_type.replace("sigh", "sign")
    text = device_texts(right, strict.lamp.product, strict.lamp.device, now, "abcde")[0]
    body = {
        "FamilyId": strict.user("owner").homes[0],
        "DeviceTimestamp": now,
        "ConnId": "abcde",
        "BindType": bind_type,
        "SignMethod": method,
        **strict.named(),
    }
    wrong = strict.call("owner", "AppSigBindDeviceInFamily", Signature="00", **body)
    assert await refused(wrong) == "InvalidParameterValue"
    signature = device_signature(secret, text, method)
    bound = await strict.call("owner", "AppSigBindDeviceInFamily", Signature=signature, **body)
    assert bound["data"]["AppDeviceInfo"]["DeviceName"] == strict.lamp.device


async def test_a_device_is_bound_by_a_pairing_token(strict: World) -> None:
    """A token that the device has handed over is usable, binds it once, and expires."""
    strict.cloud.set_guess("pairing_usable_after_s", 5)
    token = (await strict.call("owner", "AppCreateDeviceBindToken"))["Data"]["Token"]
    assert (await strict.call("owner", "AppGetDeviceBindTokenState", Token=token))["State"] == 1
    home = {"FamilyId": strict.user("owner").homes[0]}
    early = strict.call("owner", "AppTokenBindDeviceFamily", Token=token, **home, **strict.named())
    assert await refused(early) == "InvalidParameterValue"
    strict.clouds.clock.advance(timedelta(seconds=6))
    state = await strict.call("owner", "AppGetDeviceBindTokenState", Token=token)
    assert (state["State"], state["DeviceName"]) == (2, strict.lamp.device)
    await strict.call("owner", "AppTokenBindDeviceFamily", Token=token, RoomId="0", **home, **strict.named())
    again = strict.call("owner", "AppGetDeviceBindTokenState", Token=token)
    assert await refused(again) == "InvalidParameterValue.TokenNotExist"
    token = (await strict.call("owner", "AppCreateDeviceBindToken"))["Data"]["Token"]
    strict.clouds.clock.advance(timedelta(seconds=601))
    late = strict.call("owner", "AppGetDeviceBindTokenState", Token=token)
    assert await refused(late) == "InvalidParameterValue.TokenIsExpire"


# ---------------------------------------------------------------- people and messages


async def test_signing_in_gives_a_token_that_works_for_its_life(strict: World) -> None:
    """By e-mail or phone: the token names its user until ExpireAt, beside the earlier one."""
    user = strict.user("guest")
    by_mail = await strict.signed("AppGetToken", Type="email", Email=user.email, Password=user.password)
    phone = {"CountryCode": user.phone["country"], "PhoneNumber": user.phone["number"]}
    by_phone = await strict.signed("AppGetToken", VerificationCode="123456", **phone)
    tokens = {by_mail["Data"]["Token"], by_phone["Data"]["Token"], user.token}
    assert len(tokens) == 3
    for token in tokens:
        assert len(token) == 32
        me = await strict.call("owner", "AppGetUser", AccessToken=token)
        assert me["Data"]["UserID"] == user.user_id
    life = by_mail["Data"]["ExpireAt"] - time.time()
    strict.clouds.clock.advance(timedelta(seconds=life + 5))
    late = strict.call("owner", "AppGetUser", AccessToken=by_mail["Data"]["Token"])
    assert await refused(late) == BAD_TOKEN
    assert strict.cloud.requests[-1].caller is None
    await strict.call("guest", "AppGetUser")
    assert strict.cloud.requests[-1].caller == "guest"


async def test_a_phone_without_a_country_is_a_chinese_one(strict: World) -> None:
    """AppGetToken takes a phone without CountryCode, or with an empty one, as one of +86."""
    user = strict.user("guest")
    given = {"Type": "phone", "PhoneNumber": user.phone["number"], "Password": user.password}
    for country in ({}, {"CountryCode": ""}):
        login = await strict.signed("AppGetToken", **given, **country)
        me = await strict.call("owner", "AppGetUser", AccessToken=login["Data"]["Token"])
        assert me["Data"]["UserID"] == user.user_id
    assert await refused(strict.signed("AppGetToken", **given, CountryCode="1")) == "InternalError"


async def test_a_wrong_password_is_nested(strict: World) -> None:
    """A failed login is an InternalError whose text starts with the real code, and the record has that code."""
    body = {"Action": "AppGetToken", "RequestId": "r", "AppKey": strict.cloud.app["app_key"], "Nonce": 1}
    body |= {"Timestamp": 1, "Type": "email", "Email": "owner@example.com", "Password": "no"}
    body["Signature"] = app_signature(strict.cloud.app["app_secret"], app_text(body))
    status, answer = await strict.post("/api/exploreropen/appapi", body)
    error = answer["Response"]["Error"]
    assert (status, error["Code"]) == (200, "InternalError")
    assert error["Message"].startswith("InvalidParameterValue.UserLoginFailed|")
    assert strict.cloud.requests[-1].code == "InvalidParameterValue.UserLoginFailed"
    assert not strict.cloud.requests[-1].effect


async def test_an_own_id_registers_once(strict: World) -> None:
    """The first sign-in by an id makes the account, later ones find it and leave its name alone."""
    given = {"WxOpenID": "openid-1", "Avatar": "https://example.com/a.png"}
    first = await strict.signed("AppGetTokenByWeiXin", NickName="bob", **given)
    second = await strict.signed("AppGetTokenByWeiXin", NickName="rob", **given)
    await strict.signed("AppGetTokenByWeiXin", code="wx-code", busi="studio")
    seen = [
        (await strict.call("owner", "AppGetUser", AccessToken=each["Data"]["Token"]))["Data"]
        for each in (first, second)
    ]
    assert seen[0] == seen[1]
    assert (seen[0]["NickName"], seen[0]["WxOpenID"]) == ("bob", "openid-1")


async def test_logging_out_ends_the_token(strict: World) -> None:
    """After AppLogoutUser the token is refused, until the cloud is reset."""
    assert (await strict.call("guest", "AppLogoutUser"))["Data"] == "OK"
    assert await refused(strict.call("guest", "AppGetUser")) == BAD_TOKEN
    strict.clouds.reset()
    await strict.call("guest", "AppGetUser")


async def test_a_ticket_hands_over_a_login_once(strict: World) -> None:
    """A ticket becomes a token of its maker, and works once."""
    ticket = (await strict.call("guest", "AppGetTokenTicket"))["TokenTicket"]
    token = (await strict.signed("AppCheckInTokenTicket", TokenTicket=ticket))["Data"]["Token"]
    me = await strict.call("owner", "AppGetUser", AccessToken=token)
    assert me["Data"]["UserID"] == strict.user("guest").user_id
    assert await refused(strict.signed("AppCheckInTokenTicket", TokenTicket=ticket)) == "InvalidParameterValue"


async def test_people_are_found_by_mail_and_phone(strict: World) -> None:
    """AppFindUser gives the id that an invite takes, and says who and what it does not know."""
    user = strict.user("guest")
    phone = {"CountryCode": user.phone["country"], "PhoneNumber": user.phone["number"]}
    for given in ({"Type": "email", "Email": user.email}, {"Type": "phone", **phone}):
        found = await strict.call("owner", "AppFindUser", **given)
        assert found["Data"]["UserID"] == user.user_id
    nobody = await strict.raw("owner", "AppFindUser", Type="email", Email="nobody@example.com")
    assert nobody[1]["Response"]["Error"] == {
        "Code": "InvalidParameterValue.ErrorUserNotExists",
        "Message": "User not found",
    }
    odd = await strict.raw("owner", "AppFindUser", Type="phone", CountryCode="86", PhoneNumber="+1")
    assert odd[1]["Response"]["Error"]["Message"] == "PhoneNumber invalid"


@pytest.mark.parametrize("order", ["newest_first", "oldest_first"])
async def test_messages_are_read_by_key(strict: World, order: str) -> None:
    """Page after page by the last message's key gives every message once, and Listover on the last."""
    strict.cloud.set_guess("message_order", order)
    await strict.bind()
    to = strict.user("guest").user_id
    for _ in range(5):
        await strict.call("owner", "AppSendShareDeviceInvite", ToUserID=to, **strict.named())
        strict.clouds.clock.advance(timedelta(seconds=1))
    seen: list[str] = []
    page: Any = {"Listover": False}
    key: dict[str, Any] = {"MsgID": "", "MsgTimestamp": 0}
    while not page["Listover"]:
        page = await strict.inbox("guest", Limit=2, **key)
        key = {name: page["Msgs"][-1][name] for name in key}
        seen += [message["MsgID"] for message in page["Msgs"]]
    assert len(set(seen)) == len(seen) == 5
    assert sorted(seen, reverse=order == "newest_first") == seen
    first = await strict.inbox("guest", Limit=1)
    key = {name: first["Msgs"][0][name] for name in key}
    await strict.call("guest", "AppDeleteMessage", MsgID=key["MsgID"])
    assert strict.cloud.requests[-1].effect
    rest = await strict.inbox("guest", **key)
    assert [message["MsgID"] for message in rest["Msgs"]] == seen[1:]
    offset = await strict.inbox("guest", Offset=1)
    assert [message["MsgID"] for message in offset["Msgs"]] == seen[2:]
    assert await refused(strict.inbox("guest", Category=4)) == "InvalidParameterValue"


@pytest.mark.parametrize("limit", [0, -1])
async def test_a_page_of_no_messages_is_refused(strict: World, limit: int) -> None:
    """A Limit below 1 is a wrong value of AppGetMessages, so that a reader by key never turns in circles."""
    assert await refused(strict.inbox("guest", Limit=limit)) == "InvalidParameterValue"


# ---------------------------------------------------------------- lists that lag


async def _in_home(world: World) -> int:
    listed = await world.call("owner", "AppGetFamilyDeviceList", FamilyId=world.user("owner").homes[0])
    return int(listed["Total"])


async def _recipients(world: World) -> int:
    return len(await world.recipients())


async def _received(world: World) -> int:
    return len(await world.received())


async def _invitations(world: World) -> int:
    return len((await world.inbox("guest")).get("Msgs", ()))


async def _share(world: World) -> None:
    await world.share()


async def _invite(world: World) -> None:
    to = world.user("guest").user_id
    await world.call("owner", "AppSendShareDeviceInvite", ToUserID=to, **world.named())


async def _bind_another(world: World) -> None:
    await world.bind(device=world.cloud.devices[1])


LAGGING: Final[dict[str, tuple[Callable[[World], Any], Callable[[World], Any]]]] = {
    "AppGetFamilyDeviceList": (_bind_another, _in_home),
    "AppGetMessages": (_invite, _invitations),
    "AppListShareDeviceUsers": (_share, _recipients),
    "AppListUserShareDevices": (_share, _received),
}


@pytest.mark.parametrize("action", sorted(TencentCloud.LISTS))
async def test_lists_may_lag(strict: World, action: str) -> None:
    """A lagging list does not show what has just changed; the state knows it, and so does the next list."""
    change, count = LAGGING[action]
    await strict.bind()
    before = await count(strict)
    strict.cloud.faults.add("lag", seconds=60, operation=action)
    await change(strict)
    changed = strict.cloud.state()
    assert await count(strict) == before
    assert strict.cloud.state() == changed
    assert await count(strict) == before + 1


async def test_a_lagging_list_shows_what_has_ended(strict: World) -> None:
    """A share that was just removed, a new name and a deleted message are still as they were in lagging lists."""
    await strict.bind()
    await strict.share()
    await _invite(strict)
    (message,) = (await strict.inbox("guest"))["Msgs"]
    strict.cloud.faults.add("lag", seconds=60, times=3)
    gone = {"RemoveUserID": strict.user("guest").user_id, **strict.named()}
    await strict.call("owner", "AppUpdateDeviceInFamily", AliasName="lamp", **strict.named())
    await strict.call("owner", "AppRemoveShareDeviceUser", **gone)
    await strict.call("guest", "AppDeleteMessage", MsgID=message["MsgID"])
    (row,) = await strict.received()
    assert row["AliasName"] == strict.lamp.device
    assert (await strict.inbox("guest"))["Msgs"] == [message]
    home = {"FamilyId": strict.user("owner").homes[0]}
    (row,) = (await strict.call("owner", "AppGetFamilyDeviceList", **home))["DeviceList"]
    assert row["AliasName"] == strict.lamp.device
    (row,) = (await strict.call("owner", "AppGetFamilyDeviceList", **home))["DeviceList"]
    assert row["AliasName"] == "lamp"
    assert await strict.received() == await strict.recipients() == []
    assert "Msgs" not in await strict.inbox("guest")
    # Homes and people are the same objects after the past was shown: what compares them still works.
    await strict.call("owner", "AppDeleteDeviceInFamily", **home, **strict.named())


# ---------------------------------------------------------------- envelope, address, signature


def test_the_roots_hold_every_address_of_the_vendor() -> None:
    """Each documented address of tokenapi and appapi lies below a root that the origin serves."""
    text = Path(__file__).parents[2].joinpath("docs/contracts/tencent.yaml").read_text(encoding="utf-8")
    paths = re.findall(r"^    (?:tokenapi|appapi): https://[\w.-]+(/\S+)$", text, re.MULTILINE)
    assert {path.rpartition("/")[2] for path in paths} == {"tokenapi", "appapi"}
    assert all(path.startswith(TencentCloud.ROOTS) for path in paths)


async def test_the_origin_answers_absolute_paths(strict: World) -> None:
    """A client that knows the server's origin alone reaches this cloud by the vendor's own path."""
    body = {"Action": "AppGetUser", "RequestId": "r", "AccessToken": strict.user("owner").token}
    url = f"{strict.cloud.base_url.removesuffix('/tencent')}/api/exploreropen/tokenapi"
    async with strict.session.post(url, json=body) as answer:
        assert (await answer.json())["Response"]["Data"]["UserID"] == strict.user("owner").user_id


async def test_both_envelopes_at_once_are_read_by_the_adapter(strict: World) -> None:
    """An answer in both envelopes says one thing twice, and the library's story of a share works over it."""
    strict.cloud.set_guess("envelope", "both")
    status, answer = await strict.raw("owner", "AppGetUser")
    assert (status, answer["code"], answer["msg"], answer["data"]) == (200, 0, "", answer["Response"])
    _, answer = await strict.raw("owner", "AppGetUser", AccessToken="0" * 32)
    assert (answer["code"], answer["msg"], answer["data"]) == (-1000, "Invalid Token", answer["Response"])
    assert answer["data"]["Error"]["Code"] == BAD_TOKEN
    device = DeviceRef(strict.lamp.device, strict.lamp.product)
    async with Sharebind(clock=strict.clouds.clock) as sharebind:
        base = strict.cloud.base_url
        owner, guest = (
            sharebind.open_account("tencent", {"token": strict.user(name).token, "base_url": base}, name=name)
            for name in ("owner", "guest")
        )
        await owner.bind(device, ByText(strict.lamp.proof["device_signature"]))
        offer = await owner.share(device, to=Anyone(), accept_by=timedelta(days=7))
        with pytest.raises(SelfShareError):
            await owner.accept(offer.code)
        await guest.accept(offer.code)
        [given] = await owner.shares(device=device).all()
        assert [share.state for share in await guest.received().all()] == [State.ACTIVE]
        await owner.end(given)
        assert await guest.received().all() == []


@pytest.mark.parametrize("path", ["", "/", "/AppGetUser", "/AppGetUser/"])
async def test_the_address_may_be_decorated(strict: World, path: str) -> None:
    """The action is in the body; a slash, a path suffix or a uin query change nothing."""
    body = {"Action": "AppGetUser", "RequestId": "r", "AccessToken": strict.user("owner").token}
    status, answer = await strict.post(f"/api/exploreropen/tokenapi{path}", body, params={"uin": "1"})
    assert status == 200
    assert answer["Response"]["Data"]["UserID"] == strict.user("owner").user_id
    assert answer["Response"]["RequestId"] == "r"


async def test_a_cmd_query_brings_the_envelope_of_the_clients(strict: World) -> None:
    """With cmd in the query the answer is code, msg and data: 0 for success, -1000 with the Error inside."""
    body = {"Action": "AppGetUser", "RequestId": "r", "AccessToken": strict.user("owner").token}
    query = {"uin": "1", "cmd": "AppGetUser"}
    _, answer = await strict.post("/api/exploreropen/tokenapi", body, params=query)
    assert (answer["code"], answer["data"]["Data"]["UserID"]) == (0, strict.user("owner").user_id)
    status, answer = await strict.post("/api/exploreropen/tokenapi", {**body, "AccessToken": "x"}, params=query)
    assert (status, answer["code"], answer["msg"]) == (200, -1000, "Invalid Token")
    assert answer["data"] == {"Error": {"Code": BAD_TOKEN, "Message": "Invalid Token"}, "RequestId": "r"}


async def test_what_vendor_clients_add_is_known(strict: World) -> None:
    """Optional parameters of the vendor's own clients are no violation, and are part of a signature."""
    extra = {"RegionId": "1", "Platform": "android", "Agent": "x", "lang": "en-US", "uin": "1"}
    await strict.call("owner", "AppGetUser", AppKey="k", Timestamp=1, Nonce=0, **extra)
    await strict.call("owner", "AppGetUser", RegionId=1)
    user = strict.user("owner")
    await strict.signed("AppGetToken", Type="email", Email=user.email, Password=user.password, **extra)


@pytest.mark.parametrize("vector", CONTRACT.section("auth")["app_signature"]["test_vectors"])
def test_the_app_signature_fits_the_contract(vector: dict[str, Any]) -> None:
    """Text and signature are those of the contract's test vectors."""
    assert app_text(vector["params"]) == vector["text"]
    assert app_signature(vector["app_secret"], vector["text"]) == vector["signature"]


async def test_a_signature_may_keep_or_drop_empty_values(strict: World) -> None:
    """Older vendor code signs `name=`, newer leaves it out; both are taken, anything else is not."""
    user = strict.user("owner")
    body = {
        "Action": "AppGetToken",
        "RequestId": "r",
        "AppKey": strict.cloud.app["app_key"],
        "Timestamp": 1,
        "Nonce": 1,
    }
    body |= {"Type": "email", "Email": user.email, "Password": user.password, "CountryCode": ""}
    for text in (app_text(body), app_text(body, with_empty=True)):
        signature = app_signature(strict.cloud.app["app_secret"], text)
        _, answer = await strict.post("/api/exploreropen/appapi", {**body, "Signature": signature})
        assert "Data" in answer["Response"]
    for wrong in ({"Signature": "x"}, {"Nonce": 8, "Signature": "oFw0ZSxLNg/WDgh8uiXMD8CvhuU="}):
        login = strict.signed("AppGetToken", Type="email", Email=user.email, Password=user.password, **wrong)
        assert await refused(login) == "InvalidParameterValue"


# ---------------------------------------------------------------- the contract, case by case


def test_every_action_of_the_contract_is_answered() -> None:
    """No action of tokenapi and appapi lacks a handler, and no handler an action."""
    assert set(HANDLERS) == set(ACTIONS)


@pytest.mark.parametrize(("action", "code"), LISTED_CODES, ids=lambda value: str(value).rsplit(".", 1)[-1])
async def test_every_listed_code_can_be_forced(strict: World, action: str, code: str) -> None:
    """A forced code comes in the vendor's envelope, with HTTP 200, and nothing is executed."""
    strict.cloud.faults.add("code", code=code, operation=action)
    before = strict.cloud.state()
    address = ACTIONS[action]["endpoint"]
    status, answer = await strict.post(f"/api/exploreropen/{address}", {"Action": action, "RequestId": "r"})
    assert (status, answer["Response"]["Error"]["Code"]) == (200, code)
    assert answer["Response"]["Error"]["Message"]
    assert strict.cloud.state() == before


REQUIRED: Final = [
    (name, parameter["name"])
    for name, entry in ACTIONS.items()
    if entry["endpoint"] == "tokenapi"
    for parameter in entry["params"]
    if parameter.get("required") is True
]
TOLERATED: Final = {
    ("AppCreateFamily", "Address"),
    ("AppDeleteDeviceInFamily", "RoomId"),
    ("AppGetFamilyDeviceList", "RoomId"),
    ("AppListShareDeviceUsers", "Offset"),
    ("AppListShareDeviceUsers", "Limit"),
    ("AppTokenBindDeviceFamily", "RoomId"),
}
SAMPLES: Final[dict[str, Any]] = {"string": "x", "secret_string": "x", "int": 1, "int64": 1}


def filled(action: str) -> dict[str, Any]:
    """Return a value of the right type for every parameter without an alternative."""
    return {entry["name"]: SAMPLES[entry["type"]] for entry in ACTIONS[action]["params"] if "replaces" not in entry}


@pytest.mark.parametrize(("action", "parameter"), REQUIRED)
async def test_a_missing_parameter_is_a_violation(world: World, action: str, parameter: str) -> None:
    """Leaving out what is required is kept, and answered with a code of the action's list or with HTTP 400."""
    status, answer = await world.raw("owner", action, **{**filled(action), parameter: None})
    kept = [(each.parameter, each.what) for each in world.cloud.violations]
    if (action, parameter) in TOLERATED:
        assert kept == []
        return
    assert kept == [(parameter, "missing")]
    code = answer["Response"]["Error"]["Code"]
    listed = ACTIONS[action]["errors"]
    assert code in listed if status == 200 else status == 400
    assert (status == 400) == (not {"InvalidParameter", "InvalidParameterValue"} & set(listed))


@pytest.mark.parametrize("action", [name for name in ACTIONS if ACTIONS[name]["endpoint"] == "tokenapi"])
async def test_wrong_types_and_strangers_are_violations(world: World, action: str) -> None:
    """A parameter of a wrong type, an unknown one and one in the query are kept, and nothing is executed."""
    for entry in ACTIONS[action]["params"]:
        wrong = "1" if SAMPLES[entry["type"]] == 1 else 1
        await world.raw("owner", action, **{**filled(action), entry["name"]: wrong})
        assert (entry["name"], "wrong_type") in [(each.parameter, each.what) for each in world.cloud.violations]
    world.cloud.violations.clear()
    status, _ = await world.raw("owner", action, **filled(action), stranger=1)
    assert [(each.parameter, each.what) for each in world.cloud.violations] == [("stranger", "unknown")]
    assert status == (200 if "InvalidParameter" in ACTIONS[action]["errors"] else 400)
    world.cloud.violations.clear()
    body = {"Action": action, "RequestId": "r", "AccessToken": world.user("owner").token, **filled(action)}
    await world.post("/api/exploreropen/tokenapi", body, params={"RequestId": "1", "x": "1"})
    assert [each.what for each in world.cloud.violations] == ["misplaced", "unknown"]
    assert not any(request.effect for request in world.cloud.requests)


async def test_unknown_calls_are_violations(world: World) -> None:
    """An unknown action, a wrong address or method and a body that is no JSON object get the documented codes."""
    token = world.user("owner").token
    tries = [
        ("/api/exploreropen/tokenapi", {"Action": "AppNothing", "RequestId": "r"}, 200, "InvalidAction"),
        ("/api/exploreropen/tokenapi", {"RequestId": "r"}, 200, "InvalidAction"),
        ("/api/exploreropen/appapi", {"Action": "AppGetUser", "AccessToken": token}, 200, "InvalidAction"),
        ("/api/exploreropen", {"Action": "AppGetUser"}, 404, "InvalidAction"),
        ("/api/exploreropen/tokenapi", [1], 200, "InvalidParameterValue.InvalidJSON"),
    ]
    for path, body, status, code in tries:
        got, answer = await world.post(path, body)
        assert (got, answer["Response"]["Error"]["Code"]) == (status, code)
    url = f"{world.cloud.base_url}/api/exploreropen/tokenapi"
    async with world.session.post(url, data=b'{"Action"') as answer:
        assert (await answer.json())["Response"]["Error"]["Code"] == "InvalidParameterValue.InvalidJSON"
    async with world.session.get(url) as answer:
        assert answer.status == 405
    assert len(world.cloud.violations) == len(tries) + 2
    assert world.cloud.requests[0].operation == ""


@pytest.mark.parametrize("token", [None, "", 1])
async def test_a_call_without_a_token_is_refused_as_one_with_a_bad_token(world: World, token: object) -> None:
    """On every action a missing, empty or odd AccessToken gets the code of a bad one, and is kept as a violation."""
    for action in [name for name, entry in ACTIONS.items() if entry["endpoint"] == "tokenapi"]:
        world.cloud.violations.clear()
        status, answer = await world.raw("owner", action, **{**filled(action), "AccessToken": token})
        assert (action, status, answer["Response"]["Error"]["Code"]) == (action, 200, BAD_TOKEN)
        assert [each.parameter for each in world.cloud.violations] == ["AccessToken"]


async def test_a_bad_token_comes_before_other_faults(world: World) -> None:
    """Without a token the refusal says so whatever else is wrong, and everything wrong is kept."""
    given = {"RequestId": None, "AccessToken": None, "stranger": 1}
    assert await refused(world.call("owner", "AppGetFamilyList", **given)) == BAD_TOKEN
    assert {each.parameter for each in world.cloud.violations} == {"RequestId", "AccessToken", "stranger"}


async def test_a_good_token_that_is_also_in_the_query_is_no_bad_token(world: World) -> None:
    """Whoever sends the token twice is told of the parameter and need not log in again."""
    body = {"Action": "AppGetUser", "RequestId": "r", "AccessToken": world.user("owner").token}
    _, answer = await world.post("/api/exploreropen/tokenapi", body, params={"AccessToken": "x"})
    assert answer["Response"]["Error"]["Code"] == "InvalidParameter"
    assert [(each.parameter, each.what) for each in world.cloud.violations] == [("AccessToken", "misplaced")]


async def test_both_spellings_at_once_are_a_duplicate(world: World) -> None:
    """Whoever sends RemoveUserID and RemoveUserId says one thing twice."""
    await world.raw("owner", "AppRemoveShareDeviceUser", RemoveUserID="1", RemoveUserId="2", **world.named())
    assert [each.what for each in world.cloud.violations] == ["duplicate"]


async def test_headers_are_never_judged(strict: World) -> None:
    """JSON is read whatever its Content-Type says, as curl sends it."""
    body = {"Action": "AppGetUser", "RequestId": "r", "AccessToken": strict.user("owner").token}
    url = f"{strict.cloud.base_url}/api/exploreropen/tokenapi"
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    async with strict.session.post(url, data=json.dumps(body), headers=form) as answer:
        assert "Data" in (await answer.json())["Response"]


async def test_a_stranger_is_refused_everywhere(strict: World) -> None:
    """A token that nobody holds gets InvalidAccessToken on every action of tokenapi."""
    for action, entry in ACTIONS.items():
        if entry["endpoint"] == "tokenapi":
            given = {**filled(action), "AccessToken": "0" * 32}
            assert await refused(strict.call("owner", action, **given)) == BAD_TOKEN


async def test_the_same_seed_makes_the_same_world() -> None:
    """Ids, tokens and devices come back with the seed and after a reset, and differ with another seed."""
    described: list[Any] = []
    for seed in (7, 7, 8):
        async with emulate(TencentCloud, seed=seed) as clouds:
            first = {**clouds["tencent"].describe(), "base_url": ""}
            clouds.reset()
            assert {**clouds["tencent"].describe(), "base_url": ""} == first
            described.append(first)
    assert described[0] == described[1] != described[2]
    assert [user["name"] for user in described[0]["users"]][:3] == ["owner", "guest", "other"]
    assert len(described[0]["devices"]) >= 5


def test_the_contract_travels_whole() -> None:
    """The contract.json beside the emulator names every action that the contract itself names."""
    text = Path(__file__).parents[2].joinpath("docs/contracts/tencent.yaml").read_text(encoding="utf-8")
    assert all(f"- name: {name}\n" in text for name in CONTRACT.named("actions"))
    assert text.count("\n  - name: ") == len(CONTRACT.named("actions"))


# ---------------------------------------------------------------- guess switches, each value

Probe = Callable[[World], Any]


async def _envelope(world: World) -> Any:
    _, answer = await world.raw("owner", "AppGetUser")
    _, other = await world.post("/api/exploreropen/tokenapi", {}, params={"cmd": "x"})
    world.cloud.violations.clear()
    return ["".join(name[0] for name in each) for each in (answer, other)]


async def _id_spelling(world: World) -> Any:
    return sorted(name for name in (await world.call("owner", "AppGetUser"))["Data"] if name.startswith("User"))


async def _unsure_results(world: World) -> Any:
    return "Data" in await world.call("owner", "AppCreateDeviceBindToken")


async def _room_list_key(world: World) -> Any:
    return [name for name in await world.call("owner", "AppGetRoomList") if name.lower() == "roomlist"]


async def _page_limits(world: World) -> Any:
    return await outcome(world.received(Limit=999)), await outcome(world.received(Offset=501))


async def _unsent_limit(world: World) -> Any:
    for number in range(12):
        await world.call("homeless", "AppCreateFamily", Name=str(number))
    return len((await world.call("homeless", "AppGetFamilyList"))["FamilyList"])


async def _message_order(world: World) -> Any:
    world.cloud.set_guess("share_result_to", "recipient")
    await world.bind()
    await world.share()
    to = world.user("guest").user_id
    await world.call("owner", "AppSendShareDeviceInvite", ToUserID=to, **world.named())
    return [message["MsgType"] for message in (await world.inbox("guest"))["Msgs"]]


async def _token_life(world: World) -> Any:
    user = world.user("owner")
    login = await world.signed("AppGetToken", Type="email", Email=user.email, Password=user.password)
    return round((login["Data"]["ExpireAt"] - time.time()) / 86400)


async def _login_failure(world: World) -> Any:
    return await outcome(world.signed("AppGetToken", Type="email", Email="a@example.com", Password="x"))


async def _bad_signature(world: World) -> Any:
    return await outcome(world.signed("AppGetToken", Type="email", Email="a", Password="x", Signature="x"))


async def _unknown_app(world: World) -> Any:
    return await outcome(world.signed("AppGetToken", Type="email", Email="a", Password="x", AppKey="x"))


async def _timestamp_window(world: World) -> Any:
    user = world.user("owner")
    given = {"Type": "email", "Email": user.email, "Password": user.password}
    stale = await outcome(world.signed("AppGetToken", Timestamp=int(time.time()) - 400, **given))
    return stale, await outcome(world.signed("AppGetToken", **given))


async def _find_unknown(world: World) -> Any:
    return await outcome(world.call("owner", "AppFindUser", Type="email", Email="x"))


async def _invite_unknown(world: World) -> Any:
    await world.bind()
    return await outcome(world.call("owner", "AppSendShareDeviceInvite", ToUserID="1", **world.named()))


async def _share_token_ttl(world: World) -> Any:
    await world.bind()
    described = world.call("owner", "AppDescribeShareDeviceToken", ShareDeviceToken=await world.offer())
    info = (await described)["ShareDeviceTokenInfo"]
    return info["ExpireTime"] - info["CreateTime"]


async def _invite_ttl(world: World) -> Any:
    await world.bind()
    to = world.user("guest").user_id
    home = world.user("owner").homes[0]
    await world.call("owner", "AppSendShareDeviceInvite", ToUserID=to, FamilyId=home, **world.named())
    token = (await world.inbox("guest"))["Msgs"][0]["Attachments"]["ShareToken"]
    world.clouds.clock.advance(timedelta(days=2))
    return await outcome(world.accept(token))


async def _used_token_expires(world: World) -> Any:
    await world.bind()
    token = await world.share()
    world.clouds.clock.advance(timedelta(days=2))
    return await outcome(world.call("owner", "AppDescribeShareDeviceToken", ShareDeviceToken=token))


async def _already_bound(world: World) -> Any:
    await world.bind()
    await world.share()
    return await outcome(world.share())


async def _repeat_accept(world: World) -> Any:
    await world.bind()
    return await outcome(world.accept(await world.share()))


async def _shared_devices(world: World) -> Any:
    answers: list[str] = []
    for device in world.cloud.devices[:3]:
        await world.bind(device=device)
        answers.append(await outcome(world.accept(await world.offer(device), device=device)))
    return answers


async def _users_per_device(world: World) -> Any:
    await world.bind()
    return [await outcome(world.share(user)) for user in ("guest", "other", "homeless")]


async def _share_on(world: World) -> Any:
    await world.bind()
    await world.share()
    home = world.user("guest").homes[0]
    return await outcome(world.call("guest", "AppCreateShareDeviceToken", FamilyId=home, **world.named()))


async def _list_by_others(world: World) -> Any:
    await world.bind()
    return await outcome(world.call("guest", "AppListShareDeviceUsers", **world.named()))


async def _share_result(world: World) -> Any:
    await world.bind()
    await world.share()
    return [name for name in ("owner", "guest", "other") if "Msgs" in await world.inbox(name)]


async def _unbind_ends(world: World) -> Any:
    await world.bind()
    await world.share()
    token = await world.offer()
    home = world.user("owner").homes[0]
    await world.call("owner", "AppDeleteDeviceInFamily", FamilyId=home, **world.named())
    looked = world.call("owner", "AppDescribeShareDeviceToken", ShareDeviceToken=token)
    return len(await world.received()), await outcome(looked), world.state_of_shares()[0]


async def _unbind_unknown(world: World) -> Any:
    home = world.user("owner").homes[0]
    return await outcome(world.call("owner", "AppDeleteDeviceInFamily", FamilyId=home, **world.named()))


async def _bound_elsewhere(world: World) -> Any:
    await world.bind()
    return await outcome(world.bind("guest")), await outcome(world.bind("guest"))


async def _pairing_ttl(world: World) -> Any:
    token = (await world.call("owner", "AppCreateDeviceBindToken"))["Data"]["Token"]
    world.clouds.clock.advance(timedelta(seconds=61))
    return await outcome(world.call("owner", "AppGetDeviceBindTokenState", Token=token))


async def _pairing_usable(world: World) -> Any:
    token = (await world.call("owner", "AppCreateDeviceBindToken"))["Data"]["Token"]
    return (await world.call("owner", "AppGetDeviceBindTokenState", Token=token))["State"]


async def _pairing_names(world: World) -> Any:
    token = (await world.call("owner", "AppCreateDeviceBindToken"))["Data"]["Token"]
    told = await world.call("owner", "AppGetDeviceBindTokenState", Token=token)
    return told["State"], "ProductId" in told, "DeviceName" in told


async def _pairing_fits(world: World) -> Any:
    token = (await world.call("owner", "AppCreateDeviceBindToken"))["Data"]["Token"]
    world.cloud.report_pairing(token, world.lamp.product, world.lamp.device)
    given = {"Token": token, "FamilyId": world.user("owner").homes[0], **world.named(world.cloud.devices[1])}
    return await outcome(world.call("owner", "AppTokenBindDeviceFamily", **given))


# ------------------------------------------------------------------------------------------------- behind the wire


async def test_every_token_of_a_person_ends_at_once(strict: World) -> None:
    """Neither the first token nor one from a sign-in works afterwards; other people's do, and so does a new one."""
    owner = strict.user("owner")
    login = {"Type": "email", "Email": owner.email, "Password": owner.password}
    second = (await strict.signed("AppGetToken", **login))["Data"]["Token"]
    strict.cloud.end_tokens("owner")
    assert await refused(strict.call("owner", "AppGetUser")) == BAD_TOKEN
    assert await refused(strict.call("owner", "AppGetUser", AccessToken=second)) == BAD_TOKEN
    third = (await strict.signed("AppGetToken", **login))["Data"]["Token"]
    assert (await strict.call("owner", "AppGetUser", AccessToken=third))["Data"]["UserID"] == owner.user_id
    assert await strict.call("guest", "AppGetUser")
    with pytest.raises(LookupError, match="nobody"):
        strict.cloud.end_tokens("nobody")


async def test_devices_are_added_to_the_first_home(strict: World) -> None:
    """So many more are listed; they can be unbound and bound again by their codes; a home takes a thousand."""
    home = strict.user("owner").homes[0]
    added = strict.cloud.add_devices("owner", 120)
    listed = await strict.call("owner", "AppGetFamilyDeviceList", FamilyId=home, RoomId="", Offset=100, Limit=50)
    assert (listed["Total"], len(listed["DeviceList"]), len(added)) == (120, 20, 120)
    await strict.call("owner", "AppDeleteDeviceInFamily", FamilyId=home, **strict.named(added[0]))
    await strict.bind(device=added[0])
    with pytest.raises(ValueError, match="1000"):
        strict.cloud.add_devices("owner", 881)
    with pytest.raises(LookupError, match="no home"):
        strict.cloud.add_devices("homeless", 1)


async def test_guests_are_added_to_a_device(strict: World) -> None:
    """So many made-up people use it, page by page, and each can be removed."""
    with pytest.raises(LookupError, match="nobody has bound"):
        strict.cloud.add_guests(strict.lamp.product, strict.lamp.device, 1)
    await strict.bind()
    added = strict.cloud.add_guests(strict.lamp.product, strict.lamp.device, 250)
    page = await strict.call("owner", "AppListShareDeviceUsers", Offset=200, Limit=100, **strict.named())
    assert (page["Total"], len(page["Users"]), len({user.user_id for user in added})) == (250, 50, 250)
    await strict.call("owner", "AppRemoveShareDeviceUser", RemoveUserID=added[0].user_id, **strict.named())
    assert len(await strict.recipients()) == 249


async def test_a_part_can_be_broken_until_the_reset(strict: World) -> None:
    """A broken home's devices and rooms, and a broken device's users, are refused with a listed code; no other is."""
    await strict.bind()
    first, second = strict.user("landlord").homes
    strict.cloud.break_home("landlord")
    strict.cloud.break_device(strict.lamp.product, strict.lamp.device)
    for home, code in ((first, "InternalError"), (second, "OK")):
        asked = strict.call("landlord", "AppGetFamilyDeviceList", FamilyId=home, RoomId="")
        assert await outcome(asked) == code
        assert await outcome(strict.call("landlord", "AppGetRoomList", FamilyId=home)) == code
    assert await refused(strict.call("owner", "AppListShareDeviceUsers", **strict.named())) == "InternalError"
    strict.clouds.reset()
    await strict.bind()
    assert await strict.recipients() == []
    assert await strict.call("landlord", "AppGetRoomList", FamilyId=strict.user("landlord").homes[0])


async def outcome(awaitable: Any) -> str:
    """Return the code of a refusal, OK when there is none."""
    try:
        await awaitable
    except RefusedError as error:
        return str(error)
    return "OK"


WRONG: Final = "InvalidParameterValue"
UNKNOWN_USER: Final = "InvalidParameterValue.ErrorUserNotExists"
EXPECTED: Final[dict[str, tuple[Probe, tuple[Any, ...]]]] = {
    "envelope": (_envelope, (["R", "cmd"], ["R", "R"], ["cmd", "cmd"], ["cmdR", "cmdR"])),
    "id_spelling": (_id_spelling, (["UserID"], ["UserId"])),
    "unsure_results_at": (_unsure_results, (True, False)),
    "room_list_key": (_room_list_key, (["RoomList"], ["Roomlist"])),
    "page_limits": (_page_limits, (("OK", "OK"), (WRONG, WRONG))),
    "unsent_limit": (_unsent_limit, (12, 10)),
    "message_order": (_message_order, ([301, 300], [300, 301])),
    "access_token_ttl_s": (_token_life, (30, 1)),
    "login_failure": (_login_failure, ("InternalError", f"{WRONG}.UserLoginFailed")),
    "bad_signature_code": (_bad_signature, (WRONG, "AuthFailure.SignatureFailure")),
    "unknown_app_code": (_unknown_app, (f"{WRONG}.InvalidAppKey", WRONG)),
    "timestamp_window_s": (_timestamp_window, (("OK", "OK"), (WRONG, "OK"))),
    "find_unknown_user_code": (_find_unknown, (UNKNOWN_USER, WRONG)),
    "invite_unknown_user_code": (_invite_unknown, (WRONG, UNKNOWN_USER)),
    "share_token_ttl_s": (_share_token_ttl, (86400, 604800)),
    "invite_ttl_s": (_invite_ttl, (SHARE_REFUSED, "OK")),
    "used_token_expires": (_used_token_expires, ("OK", SHARE_REFUSED)),
    "already_bound_code": (_already_bound, (BOUND, f"{WRONG}.DeviecBinded")),
    "repeat_accept": (_repeat_accept, (BOUND, f"{WRONG}.ShareDeviceTokenUsed")),
    "shared_devices_per_user": (
        _shared_devices,
        tuple(["OK"] * free + [f"{WRONG}.UserBindExceedLimit"] * (3 - free) for free in (3, 1, 2)),
    ),
    "users_per_shared_device": (
        _users_per_device,
        tuple(["OK"] * free + [f"{WRONG}.DeviceShareExceedLimit"] * (3 - free) for free in (3, 1, 2)),
    ),
    "recipient_may_share_on": (_share_on, (NO_PERMISSION, "OK")),
    "list_users_by_others": (_list_by_others, (WRONG, NO_PERMISSION, "OK")),
    "share_result_to": (_share_result, (["owner"], ["guest"], ["owner", "guest"])),
    "owner_unbind_ends_shares": (
        _unbind_ends,
        ((0, SHARE_REFUSED, ("ended", "owner_gone")), (1, "OK", ("active", None))),
    ),
    "unbind_unknown_code": (_unbind_unknown, (WRONG, NOT_BOUND, "OK")),
    "bound_elsewhere": (_bound_elsewhere, ((BOUND, BOUND), ("OK", BOUND))),
    "pairing_token_ttl_s": (_pairing_ttl, ("OK", f"{WRONG}.TokenIsExpire")),
    "pairing_usable_after_s": (_pairing_usable, (2, 1)),
    "pairing_state_names_device": (_pairing_names, ((2, True, True), (2, False, False))),
    "pairing_token_fits": (_pairing_fits, ("OK", WRONG)),
}


def test_every_guess_is_tested_with_every_value() -> None:
    """The table below has a row for each switch and an expectation for each of its values."""
    assert [guess.name for guess in GUESSES] == list(EXPECTED)
    assert all(len(EXPECTED[guess.name][1]) == len(guess.values) for guess in GUESSES)


@pytest.mark.parametrize(
    ("name", "index"), [(guess.name, index) for guess in GUESSES for index in range(len(EXPECTED[guess.name][1]))]
)
async def test_a_guess_changes_what_it_says(strict: World, name: str, index: int) -> None:
    """Each value of each switch makes the cloud answer as its name says."""
    probe, answers = EXPECTED[name]
    strict.cloud.set_guess(name, strict.cloud.guesses[name].values[index])
    assert await probe(strict) == answers[index]
