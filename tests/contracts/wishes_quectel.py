"""Which wish causes each documented parameter of Quectel's calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeAlias

from sharebind import Anyone, ByBindingCode, DeviceRef, Email, Overlap, Phone, Proof, Space
from sharebind.provider import REFRESH

from .proofs import ACCESS, OLD_SECRET, bluetooth, matter, serial
from .recipes import encrypted_password, quectel_signature
from .stage import Vendor, given_in
from .wish import Wish, me, sign_out

SOON: Final = (datetime.now(UTC) + timedelta(hours=2)).replace(microsecond=123_456)
LATER: Final = (datetime.now(UTC) + timedelta(days=7)).replace(microsecond=654_321)
NAME: Final = "客厅 & Küche"


def millis(moment: datetime) -> str:
    """Write epoch milliseconds as Quectel's share times are, rounded down."""
    return str((moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1))


def code(sends: Mapping[str, object] | None = None, **wish: Any) -> Wish:
    """Share by a code."""

    async def run(vendor: Vendor) -> Mapping[str, object]:
        device = await vendor.bound()
        await vendor.account().share(device, to=Anyone(), **wish)
        return {"pk": device.product, "dk": device.device, **(sends or {})}

    return run


def invite(sends: Mapping[str, object] | None = None, **wish: Any) -> Wish:
    """Share with a person by their id."""

    async def run(vendor: Vendor) -> Mapping[str, object]:
        device, guest = await vendor.bound(), vendor.id_of("guest")
        await vendor.account().share(device, to=guest, **wish)
        return {"pk": device.product, "dk": device.device, "shareUid": guest.value, **(sends or {})}

    return run


async def invite_by_email(vendor: Vendor) -> Mapping[str, object]:
    """Share with a person by e-mail address."""
    email = vendor.user("guest").email
    await vendor.account().share(await vendor.bound(), to=Email(email))
    return {"email": email}


async def invite_by_phone(vendor: Vendor) -> Mapping[str, object]:
    """Share with a person by phone."""
    phone = vendor.user("guest").phone
    await vendor.account().share(await vendor.bound(), to=Phone(**phone))
    return {"phone": phone["number"]}


def bind(sends: Mapping[str, object] | None = None, **wish: Any) -> Wish:
    """Bind by identity."""

    async def run(vendor: Vendor) -> Mapping[str, object]:
        device = vendor.device()
        await vendor.account().bind(device, **wish)
        return {"pk": device.product, "dk": device.device, **(sends or {})}

    return run


async def bind_in_room(vendor: Vendor) -> Mapping[str, object]:
    """Bind into a room of the home, where the app has home mode."""
    vendor.cloud.set_guess("home_mode", True)
    home = vendor.home()
    await vendor.account().bind(vendor.device(), space=Space(home.id, "room-1"))
    return {"fid": home.id, "frid": "room-1"}


def accept(**wish: Any) -> Wish:
    """Take a code, with a name for the device or without."""

    async def run(vendor: Vendor) -> Mapping[str, object]:
        offer = await vendor.offered()
        await vendor.account("guest").accept(offer, **wish)
        named = {"deviceName": wish["name"]} if "name" in wish else {}
        return {"shareCode": offer.code.reveal(), **named}

    return run


async def revoke(vendor: Vendor) -> Mapping[str, object]:
    """End a share as its owner."""
    offer = await vendor.offered()
    await vendor.account().end(offer)
    return {"shareCode": offer.code.reveal()}


async def leave(vendor: Vendor) -> Mapping[str, object]:
    """End a share as its recipient."""
    offer = await vendor.offered()
    guest = vendor.account("guest")
    await guest.end(await guest.accept(offer))
    return {"shareCode": offer.code.reveal()}


async def list_shares(vendor: Vendor) -> Mapping[str, object]:
    """List the shares of one device."""
    device = await vendor.bound()
    await vendor.account().shares(device=device).all()
    return {"pk": device.product, "dk": device.device}


async def list_bindings(vendor: Vendor) -> Mapping[str, object]:
    """List everything that the account holds."""
    await vendor.account().bindings().all()
    return {"page": "1", "pageSize": "50"}


async def list_one_binding(vendor: Vendor) -> Mapping[str, object]:
    """Look for one device among all that the account holds."""
    device = await vendor.bound()
    assert [each.device for each in await vendor.account().bindings(device=device).all()] == [device]
    return {"pkList": device.product, "dk": device.device}


def unbind(sends: Mapping[str, object] | None = None, **wish: Any) -> Wish:
    """Give an own device up."""

    async def run(vendor: Vendor) -> Mapping[str, object]:
        device = await vendor.bound()
        await vendor.account().unbind(device, **wish)
        return {"pk": device.product, "dk": device.device, **(sends or {})}

    return run


# ----------------------------------------------------------------------------------------------------- signing in


def sign_in(call: str, *, by: str, sends: Mapping[str, object] | None = None, **settings: Any) -> Wish:
    """Sign in; the password and the signature depend on the random text, which is the only one that is not known."""

    async def run(vendor: Vendor) -> Mapping[str, object]:
        await vendor.signing_in(by=by, **settings).me()
        user, app, random = vendor.user(), vendor.cloud.app, given_in(vendor.sent(call))["random"]
        assert len(random) == 16
        assert random.isascii()
        assert random.isalnum()
        phone = {"phone": user.phone["number"], "internationalCode": user.phone["country"]}
        given = {"email": user.email} if by == "email" else phone
        given |= {"pwd": encrypted_password(user.password, random), "random": random}
        signed = {**given, "signature": quectel_signature(call, given, app)}
        return {**signed, "userDomain": app["user_domain"], **(sends or {})}

    return run


async def renew(vendor: Vendor) -> Mapping[str, object]:
    """Let an access token die, so that it is renewed with the refresh token that came with it."""
    account = vendor.signing_in()
    await account.me()
    refresh = vendor.notebook.saved["owner"][REFRESH].reveal()
    vendor.end_tokens()
    await account.me()
    return {"refreshToken": refresh}


# -------------------------------------------------------------------------------------------------- binding by proofs


def check(*, home: bool = False) -> Wish:
    """Ask whether a device may be bound, into a home or not."""

    async def run(vendor: Vendor) -> Mapping[str, object]:
        device = vendor.device()
        space = home_of(vendor) if home else None
        await vendor.account().check_binding(device, space=space)
        return {"pk": device.product, "dk": device.device, **({"fid": space.id} if space else {})}

    return run


def home_of(vendor: Vendor) -> Space:
    """Turn home mode on, and name a room of the owner's home."""
    vendor.cloud.set_guess("home_mode", True)
    return Space(vendor.home().id, "room-1")


Show: TypeAlias = Callable[[Vendor], tuple[DeviceRef | None, Proof, Mapping[str, object]]]
"""Give a proof, the device where it goes beside it, and what the call says of both."""


def by_serial(vendor: Vendor) -> tuple[DeviceRef | None, Proof, Mapping[str, object]]:
    """Show a serial."""
    proof = serial(vendor)
    return None, proof, {"pk": proof.product, "sn": proof.serial.reveal()}


def by_wifi(vendor: Vendor) -> tuple[DeviceRef | None, Proof, Mapping[str, object]]:
    """Show the code that a Wi-Fi device has reported."""
    device, code = vendor.device(), vendor.cloud.devices[0].proof["binding_code"]
    said = {"productKey": device.product, "deviceKey": device.device, "bindingCode": code}
    return device, ByBindingCode(code), said


def by_matter(vendor: Vendor) -> tuple[DeviceRef | None, Proof, Mapping[str, object]]:
    """Show everything that a Matter commissioner may know."""
    device, known = vendor.device(), vendor.cloud.devices[0].proof
    entry = {"cat": ACCESS.tag, "privilege": ACCESS.privilege.value}
    info = {
        "catList": [entry],
        "discriminator": int(known["discriminator"]),
        "extra": "shelf 3",
        "fabricId": 11,
        "matterProductId": int(known["product_id"]),
        "matterVendorId": int(known["vendor_id"]),
        "matterVersion": "1.2",
        "nodeId": 12,
    }
    nested = {f"matterInfo.{name}": value for name, value in info.items()}
    nested |= {f"matterInfo.catList[].{name}": value for name, value in entry.items()}
    said = {**by_wifi(vendor)[2], "isMatter": True, "matterInfo": info, **nested}
    return device, matter(vendor, text="shelf 3", access=[ACCESS]), said


def by_bluetooth(*, plain: bool = False, **parts: str) -> Show:
    """Show what a device hands over by Bluetooth, its code encrypted or plain, and parts that may be left out."""
    names = {"password": "pwd", "encrypted_old_secret": "encryptedOldBindingSecret"}

    def show(vendor: Vendor) -> tuple[DeviceRef | None, Proof, Mapping[str, object]]:
        device, known = vendor.device(), vendor.cloud.devices[0].proof
        sealed = {"encryptedBindingCode": known["encrypted_binding_code"]}
        said = {
            "pk": device.product,
            "dk": device.device,
            **({"bindingCode": known["binding_code"]} if plain else sealed),
            "encryptedNewBindingSecret": known["encrypted_new_secret"],
            "random": known["random"],
            **{names[part]: value for part, value in parts.items()},
        }
        said["signature"] = quectel_signature("deviceBindingByPureBt", said, vendor.cloud.app)
        code = {"binding_code": known["binding_code"]} if plain else {}
        return device, bluetooth(vendor, **code, **parts), said

    return show


def bind_with(show: Show, sends: Mapping[str, object] | None = None, *, home: bool = False, **wish: Any) -> Wish:
    """Bind with a proof, into a room of a home or not."""

    async def run(vendor: Vendor) -> Mapping[str, object]:
        device, proof, said = show(vendor)
        space = home_of(vendor) if home else None
        owner = vendor.account(user_domain_secret=vendor.cloud.app["user_domain_secret"])
        await owner.bind(device, proof, space=space, **wish)
        placed = {"fid": space.id, "frid": space.room} if space else {}
        return {**said, **placed, **(sends or {})}

    return run


# ------------------------------------------------------------------------------------------------ naming and changing


async def rename_own(vendor: Vendor) -> Mapping[str, object]:
    """Name an own device."""
    device = await vendor.bound()
    await vendor.account().rename(device, NAME)
    return {"pk": device.product, "dk": device.device, "deviceName": NAME}


async def rename_received(vendor: Vendor) -> Mapping[str, object]:
    """Name a received device."""
    _, taken = await vendor.granted()
    await vendor.account("guest").rename(taken, NAME)
    return {"shareCode": taken.ref.key.reveal(), "deviceName": NAME}


async def change(vendor: Vendor) -> Mapping[str, object]:
    """Set another end of use."""
    given, taken = await vendor.granted()
    await vendor.account().change(given, use_until=LATER)
    return {"shareCode": taken.ref.key.reveal(), "sharingExpireAt": millis(LATER)}


RESET: Final[Mapping[str, object]] = {"pureBtResetCredentials": "q/1+2==", "random": "abc+/=&x y"}
"""With the letters that have a meaning in a query (contract: conventions.escaping)."""

MATTER: Final = (
    "isMatter",
    "matterInfo",
    "matterInfo.catList",
    "matterInfo.catList[].cat",
    "matterInfo.catList[].privilege",
    "matterInfo.discriminator",
    "matterInfo.extra",
    "matterInfo.fabricId",
    "matterInfo.matterProductId",
    "matterInfo.matterVendorId",
    "matterInfo.matterVersion",
    "matterInfo.nodeId",
)

QUECTEL: Final[Mapping[str, Mapping[str, Wish]]] = {
    "emailPwdLogin": {
        **dict.fromkeys(("email", "pwd", "random", "signature", "userDomain"), sign_in("emailPwdLogin", by="email")),
        "mcc": sign_in("emailPwdLogin", by="email", sends={"mcc": "460"}, mcc=460),
    },
    "phonePwdLogin": {
        **dict.fromkeys(
            ("internationalCode", "phone", "pwd", "random", "signature", "userDomain"),
            sign_in("phonePwdLogin", by="phone"),
        ),
        "mcc": sign_in("phonePwdLogin", by="phone", sends={"mcc": "460"}, mcc=460),
    },
    "refreshToken": {"refreshToken": renew},
    "userLogout": {},
    "getDeviceInfoByBinding": {"dk": check(), "pk": check(), "fid": check(home=True)},
    "bindDeviceSn": {
        **dict.fromkeys(("pk", "sn"), bind_with(by_serial)),
        "capabilitiesBitmask": bind_with(by_serial, {"capabilitiesBitmask": "5"}, extra={"capabilitiesBitmask": 5}),
        "deviceName": bind_with(by_serial, {"deviceName": NAME}, name=NAME),
        "fid": bind_with(by_serial, home=True),
        "frid": bind_with(by_serial, home=True),
        "isCommonDevice": bind_with(by_serial, {"isCommonDevice": "false"}, extra={"isCommonDevice": False}),
    },
    "deviceBindingByPureBt": {
        **dict.fromkeys(
            ("dk", "encryptedBindingCode", "encryptedNewBindingSecret", "pk", "random", "signature"),
            bind_with(by_bluetooth()),
        ),
        "capabilitiesBitmask": bind_with(by_bluetooth(), {"capabilitiesBitmask": 5}, extra={"capabilitiesBitmask": 5}),
        "deviceName": bind_with(by_bluetooth(), {"deviceName": NAME}, name=NAME),
        "fid": bind_with(by_bluetooth(), home=True),
        "frid": bind_with(by_bluetooth(), home=True),
        "isCommonDevice": bind_with(by_bluetooth(), {"isCommonDevice": False}, extra={"isCommonDevice": False}),
        "bindingCode": bind_with(by_bluetooth(plain=True)),
        "encryptedOldBindingSecret": bind_with(by_bluetooth(encrypted_old_secret=OLD_SECRET)),
        "pwd": bind_with(by_bluetooth(password="01234567")),
    },
    "deviceBindingByWifi": {
        **dict.fromkeys(("bindingCode", "deviceKey", "productKey"), bind_with(by_wifi)),
        "capabilitiesBitmask": bind_with(by_wifi, {"capabilitiesBitmask": 5}, extra={"capabilitiesBitmask": 5}),
        "deviceName": bind_with(by_wifi, {"deviceName": NAME}, name=NAME),
        "fid": bind_with(by_wifi, home=True),
        "frid": bind_with(by_wifi, home=True),
        "isCommonDevice": bind_with(by_wifi, {"isCommonDevice": False}, extra={"isCommonDevice": False}),
        **dict.fromkeys(MATTER, bind_with(by_matter)),
    },
    "setDeviceInfo": dict.fromkeys(("deviceName", "dk", "pk"), rename_own),
    "setShareTime": dict.fromkeys(("shareCode", "sharingExpireAt"), change),
    "changeShareDeviceName": dict.fromkeys(("deviceName", "shareCode"), rename_received),
    "shareInfo": {
        "acceptingExpireAt": code({"acceptingExpireAt": millis(SOON)}, accept_by=SOON),
        "dk": code(),
        "pk": code(),
        "authKey": code({"authKey": "0a1b+/="}, extra={"authKey": "0a1b+/="}),
        "coverMark": code({"coverMark": "2"}, overlap=Overlap.KEEP),
        "sharingExpireAt": code({"sharingExpireAt": millis(LATER)}, use_until=LATER),
    },
    "shareByUid": {
        "dk": invite(),
        "pk": invite(),
        "authKey": invite({"authKey": "0a1b+/="}, extra={"authKey": "0a1b+/="}),
        "coverMark": invite({"coverMark": "2"}, overlap=Overlap.KEEP),
        "email": invite_by_email,
        "phone": invite_by_phone,
        "shareUid": invite(),
        "sharingExpireAt": invite({"sharingExpireAt": millis(LATER)}, use_until=LATER),
    },
    "bindDeviceDk": {
        "dk": bind(),
        "pk": bind(),
        "capabilitiesBitmask": bind({"capabilitiesBitmask": "5"}, extra={"capabilitiesBitmask": 5}),
        "fid": bind_in_room,
        "frid": bind_in_room,
        "isCommonDevice": bind({"isCommonDevice": "false"}, extra={"isCommonDevice": False}),
        "name": bind({"name": NAME}, name=NAME),
    },
    "shareDevice": {"shareCode": accept(), "deviceName": accept(name=NAME)},
    "deviceInfo": {"dk": unbind(), "pk": unbind(), "shareCode": accept()},
    "ownerUserUnshareDevice": {"shareCode": revoke},
    "shareUserUnshareDevice": {"shareCode": leave},
    "deviceShareUserList": {"dk": list_shares, "pk": list_shares},
    "userDeviceList": {
        "dk": list_one_binding,
        "page": list_bindings,
        "pageSize": list_bindings,
        "pkList": list_one_binding,
    },
    "unbundlingDeviceDk": {
        "dk": unbind(),
        "pk": unbind(),
        "isInit": unbind({"isInit": "true"}, reset=True),
        "pureBtResetCredentials": unbind(RESET, extra=RESET),
        "random": unbind(RESET, extra=RESET),
    },
    "userInfo": {},
}

COVER: Final = {"coverMark": "quirk replace_is_the_default: it is always sent"}
PAGED: Final = {"page": "a list is paged", "pageSize": "a list is paged"}
RANDOM: Final = {"random": "the password's key is made from it"}

LEAST: Final[Mapping[str, tuple[Wish, Mapping[str, str]]]] = {
    "emailPwdLogin": (sign_in("emailPwdLogin", by="email"), RANDOM),
    "phonePwdLogin": (
        sign_in("phonePwdLogin", by="phone"),
        {**RANDOM, "internationalCode": "a phone number without its country is nobody's in the model"},
    ),
    "refreshToken": (renew, {}),
    "userLogout": (sign_out, {}),
    "userInfo": (me, {}),
    "getDeviceInfoByBinding": (check(), {"dk": "the question is about a device"}),
    "bindDeviceDk": (bind(), {}),
    "bindDeviceSn": (bind_with(by_serial), {}),
    "deviceBindingByPureBt": (
        bind_with(by_bluetooth()),
        {"encryptedBindingCode": "one of bindingCode and encryptedBindingCode"},
    ),
    "deviceBindingByWifi": (bind_with(by_wifi), {}),
    "deviceInfo": (accept(), {"shareCode": "instead of pk and dk"}),
    "userDeviceList": (list_bindings, PAGED),
    "unbundlingDeviceDk": (unbind(), {}),
    "setDeviceInfo": (rename_own, {}),
    "shareInfo": (code(), COVER),
    "setShareTime": (change, {}),
    "shareByUid": (invite(), {**COVER, "shareUid": "one of shareUid, email, phone"}),
    "ownerUserUnshareDevice": (revoke, {}),
    "deviceShareUserList": (list_shares, {}),
    "shareDevice": (accept(), {}),
    "shareUserUnshareDevice": (leave, {}),
    "changeShareDeviceName": (rename_received, {}),
}
"""The wish with nothing optional in it, and what is sent nevertheless."""

NOT_SENT: Final[Mapping[tuple[str, str], str]] = {
    ("userLogout", "deviceId"): "the model has no push messages, so there is no push id to drop",
    ("getDeviceInfoByBinding", "checkExistInCloud"): "the server's default, true, is what is asked",
    ("userDeviceList", "deviceName"): "a list is asked for by device; names are no keys in the model",
    ("userDeviceList", "isAssociation"): "sub-devices that are associated already are bindings too; false is default",
    ("userDeviceList", "isGroupDeviceShow"): "the model has no device groups; false is the server's default",
    ("userDeviceList", "secondItemCode"): "the model has no categories",
}
"""Documented parameters that no wish of ours causes, and why."""
