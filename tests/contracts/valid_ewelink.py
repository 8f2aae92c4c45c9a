"""A valid request of each of eWeLink's calls, with every parameter that goes together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from .bare import Valid, Wrong, at_once
from .reading import contract
from .recipes import body_signature, device_digest
from .stage import Vendor, needs_token

LATEST: Final = 4_102_444_800_000
"""A moment in milliseconds that nothing here comes after."""


def ewelink(here: Vendor, call: str, user: str = "owner", /, **places: Any) -> Wrong:
    """Begin a request at eWeLink: with somebody's token, or signed by the enterprise's app."""
    request = Wrong("ewelink", call, **places)
    if needs_token("ewelink", call):
        request.token = f"Bearer {here.user(user).token}"
        return request
    request.headers[contract("ewelink")["auth"]["app_header"]["name"]] = here.cloud.app["app_id"]
    request.seal = lambda raw: {"Authorization": body_signature(raw, here.cloud.app["app_secret"])}
    return request


def held(here: Vendor) -> str:
    """Let the owner hold a device, and return its id."""
    cloud: Any = here.cloud
    return str(cloud.add_devices("owner", 1)[0].device)


def given(here: Vendor) -> dict[str, str]:
    """Let the owner share a device with the guest, and return what names that share."""
    device, guest = held(here), here.user("guest")
    body = {"deviceidList": [device], "user": {"email": guest.email}, "permit": 0}
    at_once(here, ewelink(here, "share_devices", body=body))
    return {"deviceid": device, "apikey": guest.user_id}


def room_of(here: Vendor) -> str:
    """Return the room of the owner's home."""
    homes = at_once(here, ewelink(here, "list_homes"))["data"]["familyList"]
    return str(homes[0]["roomList"][0]["id"])


async def login(here: Vendor, _: str) -> Wrong:
    """Every parameter of login."""
    user = here.user()
    phone = {"countryCode": f"+{user.phone['country']}", "phoneNumber": user.phone["number"]}
    return ewelink(here, "login", body={**phone, "email": user.email, "password": user.password, "lang": "en"})


async def refresh_token(here: Vendor, _: str) -> Wrong:
    """Every parameter of refresh_token."""
    cloud: Any = here.cloud
    return ewelink(here, "refresh_token", body={"rt": cloud.refresh_token_of("owner")})


async def oauth_token(here: Vendor, _: str) -> Wrong:
    """Every parameter of oauth_token."""
    cloud: Any = here.cloud
    code = cloud.oauth_code("owner", enterprise=True)
    told = {"redirectUrl": "https://example.com/back", "grantType": "authorization_code"}
    return ewelink(here, "oauth_token", body={"code": code, **told})


async def list_homes(here: Vendor, _: str) -> Wrong:
    """Every parameter of list_homes."""
    return ewelink(here, "list_homes", query={"lang": "en"})


async def list_things(here: Vendor, _: str) -> Wrong:
    """Every parameter of list_things."""
    query = {"familyid": here.home().id, "num": 10, "beginIndex": -9_999_999, "lang": "en"}
    return ewelink(here, "list_things", query=query)


async def get_things(here: Vendor, _: str) -> Wrong:
    """Every parameter of get_things."""
    return ewelink(here, "get_things", body={"thingList": [{"itemType": 1, "id": held(here)}]})


async def add_device(here: Vendor, _: str) -> Wrong:
    """Every parameter of add_device."""
    device = here.cloud.devices[0]
    body = {
        "name": "lamp",
        "deviceid": device.device,
        "digest": device_digest(device.device, device.proof["apikey"]),
        "chipid": device.proof["chipid"],
        "settings": {"opsNotify": 1, "opsHistory": 1, "alarmNotify": 0},
        "ifrCode": "00ff",
        "familyid": here.home().id,
        "roomid": room_of(here),
        "sort": 2,
    }
    return ewelink(here, "add_device", body=body)


async def add_gsm_device(here: Vendor, _: str) -> Wrong:
    """Every parameter of add_gsm_device."""
    body = {"id": here.cloud.devices[-1].proof["gsm_id"], "name": "tracker"}
    placed = {"familyid": here.home().id, "roomid": room_of(here), "sort": 1}
    return ewelink(here, "add_gsm_device", body={**body, **placed})


async def delete_device(here: Vendor, _: str) -> Wrong:
    """Every parameter of delete_device."""
    return ewelink(here, "delete_device", query={"deviceid": held(here)})


async def update_device_info(here: Vendor, _: str) -> Wrong:
    """Every parameter of update_device_info."""
    return ewelink(here, "update_device_info", body={"deviceid": held(here), "name": "lamp", "roomid": room_of(here)})


async def share_devices(here: Vendor, _: str) -> Wrong:
    """Every parameter of share_devices; of the two names of the person, the phone wins."""
    guest = here.user("guest")
    country = f"+{guest.phone['country']}"
    who = {"countryCode": country, "phoneNumber": country + guest.phone["number"], "email": guest.email}
    body = {"deviceidList": [held(here)], "user": who, "permit": 5, "comment": "for the plants", "shareType": 1}
    return ewelink(here, "share_devices", body=body)


async def change_share_permission(here: Vendor, _: str) -> Wrong:
    """Every parameter of change_share_permission."""
    return ewelink(here, "change_share_permission", body={**given(here), "permit": 15})


async def cancel_share(here: Vendor, _: str) -> Wrong:
    """Every parameter of cancel_share."""
    return ewelink(here, "cancel_share", query=given(here))


async def device_history(here: Vendor, _: str) -> Wrong:
    """Every parameter of device_history."""
    return ewelink(here, "device_history", query={"deviceid": held(here), "from": LATEST, "num": 10})


async def list_messages(here: Vendor, _: str) -> Wrong:
    """Every parameter of list_messages."""
    return ewelink(here, "list_messages", query={"familyid": here.home().id, "from": LATEST, "num": 10})


EWELINK: Final[Mapping[str, Valid]] = {
    "login": login,
    "refresh_token": refresh_token,
    "oauth_token": oauth_token,
    "list_homes": list_homes,
    "list_things": list_things,
    "get_things": get_things,
    "add_device": add_device,
    "add_gsm_device": add_gsm_device,
    "delete_device": delete_device,
    "update_device_info": update_device_info,
    "share_devices": share_devices,
    "change_share_permission": change_share_permission,
    "cancel_share": cancel_share,
    "device_history": device_history,
    "list_messages": list_messages,
}
