"""Which wish causes each documented parameter of eWeLink's calls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sharebind import ByText, Email, Phone, Space
from sharebind_ewelink import ByDigest

from .reading import contract
from .recipes import device_digest
from .situations_ewelink import change, place, renew, room_in
from .stage import Vendor, given_in
from .wish import Wish

NAME: Final = "客厅 & Küche"
SWITCHES: Final = ("opsNotify", "opsHistory", "alarmNotify")


def sign_in(by: str) -> Wish:
    """Sign in by e-mail address or phone."""

    async def run(vendor: Vendor) -> Mapping[str, object]:
        await vendor.manner.read(vendor.signing_in(by=by))
        user = vendor.user()
        if by == "email":
            return {"email": user.email, "password": user.password}
        country = f"+{user.phone['country']}"
        return {"countryCode": country, "phoneNumber": country + user.phone["number"], "password": user.password}

    return run


async def renewed(vendor: Vendor) -> Mapping[str, object]:
    """Renew a token."""
    cloud: Any = vendor.cloud
    renewing = cloud.refresh_token_of("owner")
    await (await renew(vendor))()
    return {"rt": renewing}


async def list_homes(vendor: Vendor) -> Mapping[str, object]:
    """List the homes."""
    await vendor.account().spaces().all()
    return {}


async def list_things(vendor: Vendor) -> Mapping[str, object]:
    """List what stands in the homes."""
    await vendor.account().bindings().all()
    return {"familyid": vendor.home().id, "num": "30"}


async def list_second_page(vendor: Vendor) -> Mapping[str, object]:
    """List what stands in a home, more than one page of it; the last index of a page begins the next."""
    cloud: Any = vendor.cloud
    cloud.add_devices("owner", 31)
    assert len(await vendor.account().bindings().all()) == 31
    return {"familyid": vendor.home().id, "beginIndex": "29"}


async def get_things(vendor: Vendor) -> Mapping[str, object]:
    """Ask how one received device is held."""
    given, _ = await vendor.granted()
    await vendor.account("guest").received(device=given.device).all()
    wanted = {"itemType": 2, "id": given.device.device}
    return {"thingList": [wanted], "thingList[].itemType": 2, "thingList[].id": given.device.device}


def add_device(*, room: bool = False, **wish: Any) -> Wish:
    """Bind by the digest of a device's own key."""

    async def run(vendor: Vendor) -> Mapping[str, object]:
        device, proof = vendor.device(), vendor.cloud.devices[0].proof
        home = vendor.home().id
        space = Space(home, room_in(vendor.cloud)) if room else None
        shown = ByDigest(apikey=proof["apikey"], chip=proof["chipid"])
        await vendor.account().bind(device, shown, space=space, **wish)
        placed = {"familyid": home, "roomid": space.room} if space is not None else {}
        return {
            "name": wish.get("name", device.device),
            "deviceid": device.device,
            "digest": device_digest(device.device, proof["apikey"]),
            "chipid": proof["chipid"],
            **placed,
        }

    return run


async def add_with_extras(vendor: Vendor) -> Mapping[str, object]:
    """Bind with every extra that the call has."""
    switches = {"opsNotify": True, "opsHistory": False, "alarmNotify": True}
    sent = await add_device(extra={**switches, "ifrCode": "00ff", "sort": 2})(vendor)
    inside = {f"settings.{name}": int(value) for name, value in switches.items()}
    settings = {name: int(value) for name, value in switches.items()}
    return {**sent, "settings": settings, **inside, "ifrCode": "00ff", "sort": 2}


def add_gsm(*, room: bool = False, **wish: Any) -> Wish:
    """Bind a GSM device by its code."""

    async def run(vendor: Vendor) -> Mapping[str, object]:
        known, home = vendor.cloud.devices[-1].proof, vendor.home().id
        space = Space(home, room_in(vendor.cloud)) if room else None
        await vendor.account().bind(None, ByText(known["qr"]), space=space, **wish)
        placed = {"familyid": home, "roomid": space.room} if space is not None else {}
        named = {"name": wish["name"]} if "name" in wish else {}
        return {"id": known["gsm_id"], **named, **wish.get("extra", {}), **placed}

    return run


async def delete_device(vendor: Vendor) -> Mapping[str, object]:
    """Give an own device up."""
    device = await vendor.bound()
    await vendor.account().unbind(device)
    return {"deviceid": device.device}


async def rename(vendor: Vendor) -> Mapping[str, object]:
    """Name an own device."""
    device = await vendor.bound()
    await vendor.account().rename(device, NAME)
    return {"deviceid": device.device, "name": NAME}


async def placed(vendor: Vendor) -> Mapping[str, object]:
    """Put a device into a room."""
    await (await place(vendor))()
    return {"deviceid": vendor.device().device, "roomid": room_in(vendor.cloud)}


def share(by: str, *, bits: int = 0) -> Wish:
    """Share with a person, who may do what the bits name."""

    async def run(vendor: Vendor) -> Mapping[str, object]:
        device, guest = await vendor.bound(), vendor.user("guest")
        country = f"+{guest.phone['country']}"
        user = {"email": guest.email}
        if by == "phone":
            user = {"countryCode": country, "phoneNumber": country + guest.phone["number"]}
        to = Email(guest.email) if by == "email" else Phone(**guest.phone)
        await vendor.account().share(device, to=to, rights=rights(bits))
        named = {f"user.{name}": value for name, value in user.items()}
        return {"deviceidList": [device.device], "user": user, **named, "permit": bits}

    return run


def rights(bits: int) -> frozenset[str]:
    """Return the names of bits (contract: enums.permit_bits)."""
    return frozenset(name for bit, name in contract("ewelink")["enums"]["permit_bits"].items() if bits & bit)


async def change_rights(vendor: Vendor) -> Mapping[str, object]:
    """Set what a recipient may do."""
    await (await change(vendor))()
    return {"deviceid": vendor.device().device, "apikey": vendor.user("guest").user_id, "permit": 2}


async def cancel(vendor: Vendor) -> Mapping[str, object]:
    """End one person's access."""
    given, _ = await vendor.granted()
    await vendor.account().end(given)
    return {"deviceid": given.device.device, "apikey": vendor.user("guest").user_id}


async def name_by_itself(vendor: Vendor) -> Mapping[str, object]:
    """Bind a GSM device that nobody names, which is given a name that tells nothing of its code."""
    sent = await add_gsm()(vendor)
    name = given_in(vendor.sent("add_gsm_device"))["name"]
    assert name
    assert name not in vendor.cloud.devices[-1].proof["qr"]
    return sent


EWELINK: Final[Mapping[str, Mapping[str, Wish]]] = {
    "login": {
        **dict.fromkeys(("countryCode", "phoneNumber"), sign_in("phone")),
        **dict.fromkeys(("email", "password"), sign_in("email")),
    },
    "refresh_token": {"rt": renewed},
    "list_homes": {},
    "list_things": {"familyid": list_things, "num": list_things, "beginIndex": list_second_page},
    "get_things": dict.fromkeys(("thingList", "thingList[].itemType", "thingList[].id"), get_things),
    "add_device": {
        "name": add_device(name=NAME),
        **dict.fromkeys(("deviceid", "digest", "chipid"), add_device()),
        **dict.fromkeys(("familyid", "roomid"), add_device(room=True)),
        **dict.fromkeys(("settings", "ifrCode", "sort"), add_with_extras),
        **dict.fromkeys((f"settings.{name}" for name in SWITCHES), add_with_extras),
    },
    "add_gsm_device": {
        "id": add_gsm(),
        "name": add_gsm(name=NAME),
        **dict.fromkeys(("familyid", "roomid"), add_gsm(room=True)),
        "sort": add_gsm(extra={"sort": 1}),
    },
    "delete_device": {"deviceid": delete_device},
    "update_device_info": {"deviceid": rename, "name": rename, "roomid": placed},
    "share_devices": {
        **dict.fromkeys(("deviceidList", "user", "user.email"), share("email")),
        **dict.fromkeys(("user.countryCode", "user.phoneNumber"), share("phone")),
        "permit": share("email", bits=15),
    },
    "change_share_permission": dict.fromkeys(("deviceid", "apikey", "permit"), change_rights),
    "cancel_share": dict.fromkeys(("deviceid", "apikey"), cancel),
}

LEAST: Final[Mapping[str, tuple[Wish, Mapping[str, str]]]] = {
    "login": (sign_in("email"), {"email": "constraint phoneNumber_or_email"}),
    "refresh_token": (renewed, {}),
    "list_homes": (list_homes, {}),
    "list_things": (list_things, {"familyid": "every home is walked", "num": "a list is paged"}),
    "get_things": (get_things, {}),
    "add_device": (add_device(), {}),
    "add_gsm_device": (name_by_itself, {}),
    "delete_device": (delete_device, {}),
    "update_device_info": (rename, {"name": "what is wished"}),
    "share_devices": (share("email"), {"user.email": "constraint user.phoneNumber_or_user.email"}),
    "change_share_permission": (change_rights, {}),
    "cancel_share": (cancel, {}),
}
"""The wish with nothing optional in it, and what is sent nevertheless."""

PROSE: Final = "the answer holds nothing for people to read"
NOT_SENT: Final[Mapping[tuple[str, str], str]] = {
    ("login", "lang"): PROSE,
    ("list_homes", "lang"): PROSE,
    ("list_things", "lang"): PROSE,
    ("share_devices", "comment"): "a note to the recipient, which the model does not have",
    ("share_devices", "shareType"): "the one documented value is what its lack means",
}
"""Documented parameters that no wish of ours causes, and why."""
