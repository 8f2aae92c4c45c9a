"""A valid request of each of Quectel's calls, with every parameter that goes together."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

import aiohttp

from .bare import Valid, Wrong
from .proofs import ACCESS, OLD_SECRET
from .recipes import encrypted_password, quectel_signature
from .stage import Vendor, address

HOUR: Final = timedelta(hours=1)
PLACED: Final = {"capabilitiesBitmask": 1, "isCommonDevice": True}


def in_millis(here: Vendor, after: timedelta) -> int:
    """Return a moment after now in epoch milliseconds."""
    return int((here.clouds.clock.now() + after).timestamp() * 1000)


def quectel(here: Vendor, call: str, user: str = "owner", /, **query: Any) -> Wrong:
    """Begin a request at Quectel."""
    return Wrong("quectel", call, query=query, token=here.user(user).token)


def keys(here: Vendor) -> dict[str, str]:
    """Name the first free device as Quectel does."""
    return {"pk": here.device().product, "dk": here.device().device}


async def share_info(here: Vendor, _: str) -> Wrong:
    """Every parameter of shareInfo."""
    await here.bound()
    terms = {"acceptingExpireAt": in_millis(here, HOUR), "sharingExpireAt": in_millis(here, 2 * HOUR)}
    return quectel(here, "shareInfo", **keys(here), authKey="00ff", coverMark=2, **terms)


async def share_by_uid(here: Vendor, parameter: str) -> Wrong:
    """Every parameter of shareByUid, with the one way to name the invitee that matters."""
    await here.bound()
    guest = here.user("guest")
    ways = {"email": guest.email, "phone": guest.phone["number"], "shareUid": guest.user_id}
    way = parameter if parameter in ways else "shareUid"
    terms = {"coverMark": 2, "sharingExpireAt": in_millis(here, HOUR)}
    return quectel(here, "shareByUid", **keys(here), authKey="00ff", **terms, **{way: ways[way]})


def homed(here: Vendor, parameter: str) -> dict[str, Any]:
    """Name a room of the home in home mode; without home mode where the home is to be left out."""
    here.cloud.set_guess("home_mode", parameter != "fid")
    return {"fid": (here.user().homes or ["F1"])[0], "frid": "R1"}


async def bind_device_dk(here: Vendor, parameter: str) -> Wrong:
    """Every parameter of bindDeviceDk."""
    return quectel(here, "bindDeviceDk", **keys(here), **PLACED, **homed(here, parameter), name="lamp")


async def bind_device_sn(here: Vendor, parameter: str) -> Wrong:
    """Every parameter of bindDeviceSn."""
    device = here.cloud.devices[0]
    named = {"pk": device.product, "sn": device.proof["serial"], "deviceName": "lamp"}
    return quectel(here, "bindDeviceSn", **named, **PLACED, **homed(here, parameter))


async def device_binding_by_pure_bt(here: Vendor, parameter: str) -> Wrong:
    """Every parameter of deviceBindingByPureBt, with the one code that matters, signed."""
    known = here.cloud.devices[0].proof
    codes = {"bindingCode": known["binding_code"], "encryptedBindingCode": known["encrypted_binding_code"]}
    code = "bindingCode" if parameter == "bindingCode" else "encryptedBindingCode"
    body = {
        **keys(here),
        **PLACED,
        **homed(here, parameter),
        code: codes[code],
        "encryptedNewBindingSecret": known["encrypted_new_secret"],
        "encryptedOldBindingSecret": OLD_SECRET,
        "pwd": known["password"],
        "random": known["random"],
        "deviceName": "lamp",
        "signature": "",
    }

    def sign(body: dict[str, Any]) -> None:
        if "signature" in body:
            body["signature"] = quectel_signature("deviceBindingByPureBt", body, here.cloud.app)

    return Wrong("quectel", "deviceBindingByPureBt", body=body, token=here.user().token, sign=sign)


async def device_binding_by_wifi(here: Vendor, parameter: str) -> Wrong:
    """Every parameter of deviceBindingByWifi, for a Matter device."""
    device, known = here.device(), here.cloud.devices[0].proof
    matter = {
        "catList": [{"cat": ACCESS.tag, "privilege": ACCESS.privilege.value}],
        "discriminator": int(known["discriminator"]),
        "extra": "shelf 3",
        "fabricId": 11,
        "matterProductId": int(known["product_id"]),
        "matterVendorId": int(known["vendor_id"]),
        "matterVersion": "1.2",
        "nodeId": 12,
    }
    body = {
        "productKey": device.product,
        "deviceKey": device.device,
        "bindingCode": known["binding_code"],
        "deviceName": "lamp",
        "isMatter": True,
        "matterInfo": matter,
        **PLACED,
        **homed(here, parameter),
    }
    return Wrong("quectel", "deviceBindingByWifi", body=body, token=here.user().token)


async def get_device_info_by_binding(here: Vendor, parameter: str) -> Wrong:
    """Every parameter of getDeviceInfoByBinding."""
    home = homed(here, parameter)["fid"]
    return quectel(here, "getDeviceInfoByBinding", **keys(here), checkExistInCloud=True, fid=home)


async def set_device_info(here: Vendor, _: str) -> Wrong:
    """Every parameter of setDeviceInfo."""
    await here.bound()
    return quectel(here, "setDeviceInfo", **keys(here), deviceName="lamp")


async def set_share_time(here: Vendor, _: str) -> Wrong:
    """Every parameter of setShareTime."""
    taken = (await here.granted())[1]
    end = in_millis(here, HOUR)
    return quectel(here, "setShareTime", shareCode=taken.ref.key.reveal(), sharingExpireAt=end)


async def change_share_device_name(here: Vendor, _: str) -> Wrong:
    """Every parameter of changeShareDeviceName."""
    taken = (await here.granted())[1]
    code = taken.ref.key.reveal()
    return quectel(here, "changeShareDeviceName", "guest", shareCode=code, deviceName="lamp")


async def share_device(here: Vendor, _: str) -> Wrong:
    """Every parameter of shareDevice."""
    offer = await here.offered()
    return quectel(here, "shareDevice", "guest", shareCode=offer.code.reveal(), deviceName="lamp")


async def device_info(here: Vendor, parameter: str) -> Wrong:
    """Ask for deviceInfo by its keys as the owner, or by share code as the recipient."""
    if parameter != "shareCode":
        await here.bound()
        return quectel(here, "deviceInfo", **keys(here))
    taken = (await here.granted())[1]
    return quectel(here, "deviceInfo", "guest", shareCode=taken.ref.key.reveal())


def unshare(call: str, user: str) -> Valid:
    """Make the only parameter of the two calls that end a share."""

    async def valid(here: Vendor, _: str) -> Wrong:
        taken = (await here.granted())[1]
        return quectel(here, call, user, shareCode=taken.ref.key.reveal())

    return valid


async def device_share_user_list(here: Vendor, _: str) -> Wrong:
    """Every parameter of deviceShareUserList."""
    await here.bound()
    return quectel(here, "deviceShareUserList", **keys(here))


async def user_device_list(here: Vendor, _: str) -> Wrong:
    """Every parameter of userDeviceList."""
    filters = {"deviceName": "lamp", "dk": "x", "pkList": "x,y", "secondItemCode": "C1"}
    flags = {"isAssociation": True, "isGroupDeviceShow": False}
    return quectel(here, "userDeviceList", page=1, pageSize=10, **filters, **flags)


async def unbundling_device_dk(here: Vendor, _: str) -> Wrong:
    """Every parameter of unbundlingDeviceDk."""
    await here.bound()
    return quectel(here, "unbundlingDeviceDk", **keys(here), isInit=True, pureBtResetCredentials="x", random="y")


async def user_info(here: Vendor, _: str) -> Wrong:
    """Ask for userInfo, which has no parameter."""
    return quectel(here, "userInfo")


async def user_logout(here: Vendor, _: str) -> Wrong:
    """Every parameter of userLogout."""
    return quectel(here, "userLogout", deviceId="push-1")


def sign_in(call: str, *who: str) -> Valid:
    """Every parameter of a sign-in at Quectel, with the password encrypted and signed."""

    async def valid(here: Vendor, _: str) -> Wrong:
        user, app = here.user(), here.cloud.app
        known = {"email": user.email, "phone": user.phone["number"], "internationalCode": user.phone["country"]}

        def sign(query: dict[str, Any]) -> None:
            if "pwd" in query:
                query["pwd"] = encrypted_password(user.password, query.get("random", ""))
            if "signature" in query:
                query["signature"] = quectel_signature(call, query, app)

        named = {name: known[name] for name in who} | {"userDomain": app["user_domain"], "mcc": 460}
        query = {**named, "random": "abcdef0123456789", "pwd": "", "signature": ""}
        return Wrong("quectel", call, query=query, sign=sign)

    return valid


async def refresh_token(here: Vendor, _: str) -> Wrong:
    """Every parameter of refreshToken; the token comes from a sign-in."""
    signing = await sign_in("emailPwdLogin", "email")(here, "")
    assert signing.sign is not None
    signing.sign(signing.query)
    method, path = address("quectel", "emailPwdLogin")
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, here.cloud.base_url + path, params=signing.query) as reply,
    ):
        token = (await reply.json())["data"]["refreshToken"]["token"]
    return Wrong("quectel", "refreshToken", query={"refreshToken": token})


QUECTEL: Final[Mapping[str, Valid]] = {
    "emailPwdLogin": sign_in("emailPwdLogin", "email"),
    "phonePwdLogin": sign_in("phonePwdLogin", "internationalCode", "phone"),
    "refreshToken": refresh_token,
    "userLogout": user_logout,
    "userInfo": user_info,
    "getDeviceInfoByBinding": get_device_info_by_binding,
    "bindDeviceDk": bind_device_dk,
    "bindDeviceSn": bind_device_sn,
    "deviceBindingByPureBt": device_binding_by_pure_bt,
    "deviceBindingByWifi": device_binding_by_wifi,
    "deviceInfo": device_info,
    "userDeviceList": user_device_list,
    "unbundlingDeviceDk": unbundling_device_dk,
    "setDeviceInfo": set_device_info,
    "shareInfo": share_info,
    "setShareTime": set_share_time,
    "shareByUid": share_by_uid,
    "ownerUserUnshareDevice": unshare("ownerUserUnshareDevice", "owner"),
    "deviceShareUserList": device_share_user_list,
    "shareDevice": share_device,
    "shareUserUnshareDevice": unshare("shareUserUnshareDevice", "guest"),
    "changeShareDeviceName": change_share_device_name,
}
