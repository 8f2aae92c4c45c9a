"""A valid request of each of Tencent's actions, with every parameter that goes together."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, Final

from .bare import Valid, Wrong
from .proofs import signed
from .recipes import device_signature, tencent_signature
from .stage import Vendor


def tencent(here: Vendor, action: str, user: str = "owner", /, **body: Any) -> Wrong:
    """Begin a request at Tencent."""
    common = {"Action": action, "RequestId": str(uuid.uuid4()), "AccessToken": here.user(user).token}
    return Wrong("tencent", action, body={**common, **body})


def pair(here: Vendor, parameter: str) -> dict[str, str]:
    """Name the first free device as Tencent does; a DeviceId goes along where it matters."""
    device = here.device()
    joined = {"DeviceId": f"{device.product}/{device.device}"} if parameter == "DeviceId" else {}
    return {"ProductId": device.product, "DeviceName": device.device, **joined}


def about_device(action: str, *, granted: bool = False, user: str = "owner", **more: Any) -> Valid:
    """Every parameter of an action about one bound device, and perhaps a share of it."""

    async def valid(here: Vendor, parameter: str) -> Wrong:
        if granted:
            await here.granted()
        else:
            await here.bound()
        known = {"home": here.home().id, "guest": here.user("guest").user_id}
        body = {name: known.get(value, value) if isinstance(value, str) else value for name, value in more.items()}
        return tencent(here, action, user, **pair(here, parameter), **body)

    return valid


def about_token(action: str, *, device: bool) -> Valid:
    """Every parameter of an action about a share token."""

    async def valid(here: Vendor, parameter: str) -> Wrong:
        offer = await here.offered()
        named = pair(here, parameter) if device else {}
        return tencent(here, action, "guest", ShareDeviceToken=offer.code.reveal(), **named)

    return valid


def plain(action: str, **body: Any) -> Valid:
    """Every parameter of an action about the caller."""

    async def valid(here: Vendor, _: str) -> Wrong:
        known = {"home": here.home().id}
        given = {name: known.get(value, value) if isinstance(value, str) else value for name, value in body.items()}
        return tencent(here, action, **given)

    return valid


async def secure_add(here: Vendor, _: str) -> Wrong:
    """Every parameter of AppSecureAddDeviceInFamily."""
    signature = here.proof().text.reveal()
    return tencent(here, "AppSecureAddDeviceInFamily", FamilyId=here.home().id, DeviceSignature=signature, RoomId="0")


async def sig_bind(here: Vendor, parameter: str) -> Wrong:
    """Every parameter of AppSigBindDeviceInFamily, signed by the device."""
    _, said = signed(here)
    secret = here.cloud.devices[0].proof["device_secret"]
    more = {**pair(here, parameter), "FamilyId": here.home().id, "RoomId": "0", "TimeStamp": said["DeviceTimestamp"]}

    def sign(body: dict[str, Any]) -> None:
        if "Signature" in body:
            body["Signature"] = device_signature({**pair(here, ""), **body}, secret)

    request = tencent(here, "AppSigBindDeviceInFamily", **{**said, **more})
    request.sign = sign
    return request


SEEN_IN_SDKS: Final = {"ClientIp": "192.0.2.1", "IotAppID": "app", "UserID": "1"}


async def pairing_state(here: Vendor, _: str) -> Wrong:
    """Every parameter of AppGetDeviceBindTokenState."""
    token = (await here.account().begin_pairing()).token.reveal()
    return tencent(here, "AppGetDeviceBindTokenState", Token=token)


async def token_bind(here: Vendor, parameter: str) -> Wrong:
    """Every parameter of AppTokenBindDeviceFamily."""
    token = (await here.account().begin_pairing()).token.reveal()
    placed = {"FamilyId": here.home().id, "RoomId": "0", **SEEN_IN_SDKS}
    return tencent(here, "AppTokenBindDeviceFamily", Token=token, **pair(here, parameter), **placed)


def signed_by_app(here: Vendor, action: str, **own: Any) -> Wrong:
    """Begin a signed request at Tencent."""
    app = {"AppKey": here.cloud.app["app_key"], "Timestamp": int(here.clouds.clock.now().timestamp()), "Nonce": 7}

    def sign(body: dict[str, Any]) -> None:
        if "Signature" in body:
            body["Signature"] = tencent_signature(body, here.cloud.app)

    common = {"Action": action, "RequestId": str(uuid.uuid4()), "Signature": ""}
    return Wrong("tencent", action, body={**common, **app, **own}, sign=sign)


async def get_token(here: Vendor, parameter: str) -> Wrong:
    """Every parameter of AppGetToken; by e-mail, or by phone where the e-mail address is to be left out."""
    user = here.user()
    phone = {"CountryCode": user.phone["country"], "PhoneNumber": user.phone["number"]}
    way = "phone" if parameter == "Email" else "email"
    more = {} if parameter == "Password" else {"VerificationCode": "123456"}
    known = {"Type": way, **phone, "Email": user.email, "Password": user.password}
    return signed_by_app(here, "AppGetToken", **known, **more)


async def get_token_by_weixin(here: Vendor, parameter: str) -> Wrong:
    """Every parameter of AppGetTokenByWeiXin; what mobile apps send in place of the others where that matters."""
    mobile = {"code": "wx-code", "busi": "studio"} if parameter in {"code", "busi"} else {}
    profile = {"WxOpenID": "open-1", "NickName": "bob", "Avatar": "https://example.com/a.png"}
    return signed_by_app(here, "AppGetTokenByWeiXin", **profile, **mobile)


async def find_user(here: Vendor, parameter: str) -> Wrong:
    """Look for somebody by phone, or by e-mail where that matters."""
    guest = here.user("guest")
    if parameter == "Email":
        return tencent(here, "AppFindUser", Type="email", Email=guest.email)
    phone = {"CountryCode": guest.phone["country"], "PhoneNumber": guest.phone["number"]}
    return tencent(here, "AppFindUser", Type="phone", **phone)


TENCENT: Final[Mapping[str, Valid]] = {
    "AppSendShareDeviceInvite": about_device("AppSendShareDeviceInvite", FamilyId="home", ToUserID="guest"),
    "AppCreateShareDeviceToken": about_device("AppCreateShareDeviceToken", FamilyId="home", TokenContext="x"),
    "AppDescribeShareDeviceToken": about_token("AppDescribeShareDeviceToken", device=False),
    "AppBindUserShareDevice": about_token("AppBindUserShareDevice", device=True),
    "AppListShareDeviceUsers": about_device("AppListShareDeviceUsers", Offset=0, Limit=10),
    "AppListUserShareDevices": plain("AppListUserShareDevices", Offset=0, Limit=10),
    "AppRemoveShareDeviceUser": about_device("AppRemoveShareDeviceUser", granted=True, RemoveUserID="guest"),
    "AppRemoveUserShareDevice": about_device("AppRemoveUserShareDevice", granted=True, user="guest"),
    "AppSecureAddDeviceInFamily": secure_add,
    "AppGetFamilyList": plain("AppGetFamilyList", Offset=0, Limit=10),
    "AppGetFamilyDeviceList": plain("AppGetFamilyDeviceList", FamilyId="home", RoomId="0", Offset=0, Limit=10),
    "AppDeleteDeviceInFamily": about_device("AppDeleteDeviceInFamily", FamilyId="home", RoomId="0"),
    "AppGetMessages": plain("AppGetMessages", Category=3, MsgID="1", MsgTimestamp=1, Limit=10, Offset=0),
    "AppGetUser": plain("AppGetUser"),
    "AppGetToken": get_token,
    "AppFindUser": find_user,
    "AppGetTokenByWeiXin": get_token_by_weixin,
    "AppLogoutUser": plain("AppLogoutUser"),
    "AppSigBindDeviceInFamily": sig_bind,
    "AppCreateDeviceBindToken": plain("AppCreateDeviceBindToken", **SEEN_IN_SDKS),
    "AppGetDeviceBindTokenState": pairing_state,
    "AppTokenBindDeviceFamily": token_bind,
    "AppModifyFamilyDeviceRoom": about_device("AppModifyFamilyDeviceRoom", FamilyId="home", RoomId="0"),
    "AppUpdateDeviceInFamily": about_device("AppUpdateDeviceInFamily", AliasName="lamp"),
    "AppCreateFamily": plain("AppCreateFamily", Name="cottage", Address="the woods"),
    "AppGetRoomList": plain("AppGetRoomList", FamilyId="home", Offset=0, Limit=10),
}
