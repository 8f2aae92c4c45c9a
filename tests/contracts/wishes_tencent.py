"""Which wish causes each documented parameter of Tencent's calls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, cast

from sharebind import Anyone, ByPairing, Email, Pairing, Phone, Role, Space, State
from sharebind_tencent.emulator import TencentCloud

from .proofs import signed
from .recipes import tencent_signature
from .stage import Vendor, given_in
from .wish import Wish, me, sign_out

NAME: Final = "客厅 & Küche"


def pair(vendor: Vendor, number: int = 0) -> dict[str, object]:
    """Return a device as Tencent's pages name it."""
    device = vendor.device(number)
    return {"ProductId": device.product, "DeviceName": device.device}


def send_invite(*, home: bool = False) -> Wish:
    """Invite a person, naming the device's home or not."""

    async def run(vendor: Vendor) -> Mapping[str, object]:
        device, guest = await vendor.bound(), vendor.id_of("guest")
        await vendor.account().share(device, to=guest, space=vendor.home() if home else None)
        named = {"FamilyId": vendor.home().id} if home else {}
        return {**pair(vendor), "ToUserID": guest.value, **named}

    return run


def create_token(*, space: bool = True, **extra: str) -> Wish:
    """Make a code."""

    async def run(vendor: Vendor) -> Mapping[str, object]:
        device, home = await vendor.bound(), vendor.home()
        await vendor.account().share(device, to=Anyone(), space=home if space else None, extra=extra)
        return {**pair(vendor), "FamilyId": home.id, **extra}

    return run


async def create_token_in_second_home(vendor: Vendor) -> Mapping[str, object]:
    """Make a code for a device whose home has to be found among two."""
    landlord, home = vendor.account("landlord"), vendor.home("landlord", 1)
    await landlord.bind(None, vendor.proof(), space=home)
    await landlord.share(vendor.device(), to=Anyone())
    return {**pair(vendor), "FamilyId": home.id}


async def inspect(vendor: Vendor) -> Mapping[str, object]:
    """Ask what a code is for."""
    offer = await vendor.offered()
    await vendor.account("guest").inspect(offer)
    return {"ShareDeviceToken": offer.code.reveal()}


async def redeem(vendor: Vendor) -> Mapping[str, object]:
    """Take a code."""
    offer = await vendor.offered()
    await vendor.account("guest").accept(offer)
    return {**pair(vendor), "ShareDeviceToken": offer.code.reveal()}


async def list_users(vendor: Vendor) -> Mapping[str, object]:
    """List who has access to a device."""
    await vendor.account().shares(device=await vendor.bound()).all()
    return {**pair(vendor), "Offset": 0, "Limit": 100}


async def list_received(vendor: Vendor) -> Mapping[str, object]:
    """List what was shared with the account."""
    await vendor.account("guest").received(states=frozenset({State.ACTIVE})).all()
    return {"Offset": 0, "Limit": 100}


async def remove_user(vendor: Vendor) -> Mapping[str, object]:
    """End one person's access."""
    given, _ = await vendor.granted()
    await vendor.account().end(given)
    return {**pair(vendor), "RemoveUserID": vendor.user("guest").user_id}


async def remove_received(vendor: Vendor) -> Mapping[str, object]:
    """Give a received device back."""
    _, taken = await vendor.granted()
    await vendor.account("guest").end(taken)
    return pair(vendor)


def add_in_family(*, room: str | None = None) -> Wish:
    """Bind by the signature in the device's code, into a room of a home or not."""

    async def run(vendor: Vendor) -> Mapping[str, object]:
        home = Space(vendor.home().id, room)
        await vendor.account().bind(None, vendor.proof(), space=home)
        in_room = {"RoomId": room} if room else {}
        return {"FamilyId": home.id, "DeviceSignature": vendor.proof().text.reveal(), **in_room}

    return run


async def list_homes(vendor: Vendor) -> Mapping[str, object]:
    """List the homes."""
    await vendor.account().spaces().all()
    return {"Offset": 0, "Limit": 50}


async def list_home_devices(vendor: Vendor) -> Mapping[str, object]:
    """List what the account holds, home by home."""
    await vendor.bound()
    await vendor.account().bindings(roles={Role.OWNER}).all()
    return {"FamilyId": vendor.home().id, "RoomId": "", "Offset": 0, "Limit": 50}


async def delete_device(vendor: Vendor) -> Mapping[str, object]:
    """Take a device out of its home; its room is known from the list of the home."""
    device = await vendor.bound()
    await vendor.account().unbind(device)
    return {**pair(vendor), "FamilyId": vendor.home().id, "RoomId": "0"}


async def read_inbox(vendor: Vendor) -> Mapping[str, object]:
    """List received offers."""
    await vendor.account("guest").received(states=frozenset({State.OFFERED})).all()
    return {"Category": 3, "Limit": 100}


async def read_long_inbox(vendor: Vendor) -> Mapping[str, object]:
    """List received offers, more than one page of them; the key is the last message of the first page."""
    device, owner = await vendor.bound(), vendor.account()
    for _ in range(101):
        await owner.share(device, to=vendor.id_of("guest"))
    offers = await vendor.account("guest").received(states=frozenset({State.OFFERED})).all()
    assert len(offers) == 101
    last = cast("TencentCloud", vendor.cloud)._world.messages[1]
    return {"Category": 3, "MsgID": str(last.number), "MsgTimestamp": last.milliseconds}


async def bind_signed(vendor: Vendor, *, nonce: str = "c0ffee", room: bool = False) -> Mapping[str, object]:
    """Bind by a device's own signature, into a room or not."""
    proof, said = signed(vendor, nonce=nonce)
    space = await vendor.room() if room else vendor.home()
    await vendor.account().bind(vendor.device(), proof, space=space)
    return {**said, "FamilyId": space.id, **({"RoomId": space.room} if room else {})}


async def bind_signed_in_room(vendor: Vendor) -> Mapping[str, object]:
    """Bind by a device's own signature, into a room."""
    return await bind_signed(vendor, room=True)


async def bind_signed_without_nonce(vendor: Vendor) -> Mapping[str, object]:
    """Bind by a device's own signature that no random text went into."""
    return await bind_signed(vendor, nonce="")


async def begin_pairing(vendor: Vendor) -> Mapping[str, object]:
    """Begin a pairing."""
    await vendor.account().begin_pairing()
    return {}


async def paired(vendor: Vendor) -> Pairing:
    """Begin a pairing, and let the first free device use its token."""
    pairing, device = await vendor.account().begin_pairing(), vendor.device()
    cast("TencentCloud", vendor.cloud).report_pairing(pairing.token.reveal(), device.product, device.device)
    return pairing


async def check_pairing(vendor: Vendor) -> Mapping[str, object]:
    """Ask whether a device has used its token."""
    pairing = await paired(vendor)
    await vendor.account().check_pairing(pairing)
    return {"Token": pairing.token.reveal()}


async def bind_paired(vendor: Vendor) -> Mapping[str, object]:
    """Bind a device that has used its token."""
    pairing, home = await paired(vendor), vendor.home()
    await vendor.account().bind(vendor.device(), ByPairing(pairing.token), space=home)
    return {**pair(vendor), "Token": pairing.token.reveal(), "FamilyId": home.id, "RoomId": "0"}


async def place(vendor: Vendor) -> Mapping[str, object]:
    """Put a device into a room."""
    device, room = await vendor.bound(), await vendor.room()
    await vendor.account().place(device, room)
    return {**pair(vendor), "FamilyId": room.id, "RoomId": room.room}


async def rename(vendor: Vendor) -> Mapping[str, object]:
    """Name an own device."""
    await vendor.account().rename(await vendor.bound(), NAME)
    return {**pair(vendor), "AliasName": NAME}


async def create_home(vendor: Vendor) -> Mapping[str, object]:
    """Make a home."""
    await vendor.account().create_space(NAME)
    return {"Name": NAME}


async def list_rooms(vendor: Vendor) -> Mapping[str, object]:
    """List the homes with their rooms."""
    await vendor.account().spaces(rooms=True).all()
    return {"FamilyId": vendor.home().id, "Offset": 0, "Limit": 50}


def find(by: str) -> Wish:
    """Look a person up."""

    async def run(vendor: Vendor) -> Mapping[str, object]:
        guest = vendor.user("guest")
        who = Email(guest.email) if by == "email" else Phone(**guest.phone)
        await vendor.account().find_user(who)
        return looked_up(vendor, "guest", by)

    return run


def looked_up(vendor: Vendor, user: str, by: str) -> dict[str, str]:
    """Return how a call names a person."""
    person = vendor.user(user)
    if by == "email":
        return {"Type": "email", "Email": person.email}
    return {"Type": "phone", "CountryCode": person.phone["country"], "PhoneNumber": person.phone["number"]}


def sign_in(by: str) -> Wish:
    """Sign in; the signature is over everything else that is sent."""

    async def run(vendor: Vendor) -> Mapping[str, object]:
        await vendor.signing_in(by=by).me()
        if by == "open_id":
            sent = given_in(vendor.sent("AppGetTokenByWeiXin"))
            said = {"WxOpenID": "open-owner", "NickName": "owner", "Avatar": "https://example.com/a.png"}
        else:
            sent = given_in(vendor.sent("AppGetToken"))
            said = {**looked_up(vendor, "owner", by), "Password": vendor.user().password}
        return {**said, "Signature": tencent_signature(sent, vendor.cloud.app)}

    return run


TENCENT: Final[Mapping[str, Mapping[str, Wish]]] = {
    "AppSendShareDeviceInvite": {
        "ProductId": send_invite(),
        "DeviceName": send_invite(),
        "ToUserID": send_invite(),
        "FamilyId": send_invite(home=True),
    },
    "AppCreateShareDeviceToken": {
        "FamilyId": create_token_in_second_home,
        "ProductId": create_token(),
        "DeviceName": create_token(),
        "TokenContext": create_token(TokenContext='{"from": "客厅"}'),
    },
    "AppDescribeShareDeviceToken": {"ShareDeviceToken": inspect},
    "AppBindUserShareDevice": {"ShareDeviceToken": redeem, "ProductId": redeem, "DeviceName": redeem},
    "AppListShareDeviceUsers": dict.fromkeys(("ProductId", "DeviceName", "Offset", "Limit"), list_users),
    "AppListUserShareDevices": dict.fromkeys(("Offset", "Limit"), list_received),
    "AppRemoveShareDeviceUser": dict.fromkeys(("RemoveUserID", "ProductId", "DeviceName"), remove_user),
    "AppRemoveUserShareDevice": dict.fromkeys(("ProductId", "DeviceName"), remove_received),
    "AppSecureAddDeviceInFamily": {
        "FamilyId": add_in_family(),
        "DeviceSignature": add_in_family(),
        "RoomId": add_in_family(room="0"),
    },
    "AppGetFamilyList": dict.fromkeys(("Offset", "Limit"), list_homes),
    "AppGetFamilyDeviceList": dict.fromkeys(("FamilyId", "RoomId", "Offset", "Limit"), list_home_devices),
    "AppDeleteDeviceInFamily": dict.fromkeys(("FamilyId", "ProductId", "DeviceName", "RoomId"), delete_device),
    "AppGetMessages": {
        "Category": read_inbox,
        "MsgID": read_long_inbox,
        "MsgTimestamp": read_long_inbox,
        "Limit": read_inbox,
    },
    "AppGetUser": {},
    "AppGetToken": {
        **dict.fromkeys(("CountryCode", "PhoneNumber"), sign_in("phone")),
        **dict.fromkeys(("Email", "Password", "Type"), sign_in("email")),
    },
    "AppGetTokenByWeiXin": dict.fromkeys(("WxOpenID", "NickName", "Avatar"), sign_in("open_id")),
    "AppLogoutUser": {},
    "AppFindUser": {
        **dict.fromkeys(("CountryCode", "PhoneNumber", "Type"), find("phone")),
        "Email": find("email"),
    },
    "AppSigBindDeviceInFamily": {
        **dict.fromkeys(
            (
                "BindType",
                "ConnId",
                "DeviceName",
                "DeviceTimestamp",
                "FamilyId",
                "ProductId",
                "SignMethod",
                "Signature",
            ),
            bind_signed,
        ),
        "RoomId": bind_signed_in_room,
    },
    "AppCreateDeviceBindToken": {},
    "AppGetDeviceBindTokenState": {"Token": check_pairing},
    "AppTokenBindDeviceFamily": dict.fromkeys(("Token", "ProductId", "DeviceName", "FamilyId", "RoomId"), bind_paired),
    "AppModifyFamilyDeviceRoom": dict.fromkeys(("FamilyId", "RoomId", "ProductId", "DeviceName"), place),
    "AppUpdateDeviceInFamily": dict.fromkeys(("ProductId", "DeviceName", "AliasName"), rename),
    "AppCreateFamily": {"Name": create_home},
    "AppGetRoomList": dict.fromkeys(("FamilyId", "Offset", "Limit"), list_rooms),
}

LIST: Final = {"Offset": "a list is paged", "Limit": "a list is paged"}

LEAST: Final[Mapping[str, tuple[Wish, Mapping[str, str]]]] = {
    "AppSendShareDeviceInvite": (send_invite(), {}),
    "AppCreateShareDeviceToken": (create_token(space=False), {}),
    "AppDescribeShareDeviceToken": (inspect, {}),
    "AppBindUserShareDevice": (redeem, {}),
    "AppListUserShareDevices": (list_received, {}),
    "AppRemoveUserShareDevice": (remove_received, {}),
    "AppListShareDeviceUsers": (list_users, {}),
    "AppRemoveShareDeviceUser": (remove_user, {}),
    "AppSecureAddDeviceInFamily": (add_in_family(), {}),
    "AppSigBindDeviceInFamily": (
        bind_signed_without_nonce,
        {"SignMethod": "the digest is always named, so that nothing rests on the default"},
    ),
    "AppCreateDeviceBindToken": (begin_pairing, {}),
    "AppGetDeviceBindTokenState": (check_pairing, {}),
    "AppTokenBindDeviceFamily": (bind_paired, {}),
    "AppDeleteDeviceInFamily": (delete_device, {}),
    "AppGetFamilyDeviceList": (list_home_devices, LIST),
    "AppModifyFamilyDeviceRoom": (place, {}),
    "AppUpdateDeviceInFamily": (rename, {}),
    "AppGetFamilyList": (list_homes, LIST),
    "AppCreateFamily": (create_home, {}),
    "AppGetRoomList": (list_rooms, {**LIST, "FamilyId": "rooms are listed home by home"}),
    "AppFindUser": (find("email"), {"Email": "when Type is email"}),
    "AppGetUser": (me, {}),
    "AppLogoutUser": (sign_out, {}),
    "AppGetToken": (sign_in("email"), {"Type": "says what names the user", "Email": "names the user"}),
    "AppGetTokenByWeiXin": (sign_in("open_id"), {}),
    "AppGetMessages": (read_inbox, {}),
}
"""The wish with nothing optional in it, and what is sent nevertheless."""

PAIR_INSTEAD: Final = "quirk device_id_replaces_pair: the documented pair is sent"
SEEN_IN_SDKS: Final = "seen in SDKs only; the token names the user and the app"
MOBILE: Final = "seen in mobile apps, in place of the OpenID, which a server has"
NOT_SENT: Final[Mapping[tuple[str, str], str]] = {
    ("AppCreateShareDeviceToken", "DeviceId"): PAIR_INSTEAD,
    ("AppBindUserShareDevice", "DeviceId"): PAIR_INSTEAD,
    ("AppListShareDeviceUsers", "DeviceId"): PAIR_INSTEAD,
    ("AppRemoveShareDeviceUser", "DeviceId"): PAIR_INSTEAD,
    ("AppRemoveUserShareDevice", "DeviceId"): PAIR_INSTEAD,
    ("AppDeleteDeviceInFamily", "DeviceId"): PAIR_INSTEAD,
    ("AppSigBindDeviceInFamily", "DeviceId"): PAIR_INSTEAD,
    ("AppSigBindDeviceInFamily", "TimeStamp"): "a duplicate of DeviceTimestamp, seen in iOS only",
    ("AppCreateDeviceBindToken", "ClientIp"): SEEN_IN_SDKS,
    ("AppCreateDeviceBindToken", "IotAppID"): SEEN_IN_SDKS,
    ("AppCreateDeviceBindToken", "UserID"): SEEN_IN_SDKS,
    ("AppTokenBindDeviceFamily", "ClientIp"): SEEN_IN_SDKS,
    ("AppTokenBindDeviceFamily", "IotAppID"): SEEN_IN_SDKS,
    ("AppTokenBindDeviceFamily", "UserID"): SEEN_IN_SDKS,
    ("AppCreateFamily", "Address"): "quirk required_but_unsent: the vendor's JS client makes homes without it",
    ("AppGetToken", "VerificationCode"): "in place of Password, from a text message that nobody reads here",
    ("AppGetTokenByWeiXin", "code"): MOBILE,
    ("AppGetTokenByWeiXin", "busi"): MOBILE,
    ("AppGetMessages", "Offset"): "seen in one app only; the documented pagination goes by MsgID and MsgTimestamp",
}
"""Documented parameters that no wish of ours causes, and why."""
