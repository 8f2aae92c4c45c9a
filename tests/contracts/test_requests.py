"""Every request that our adapters send, against the contract: method, path, place, names and types.

``WISHES`` says which wish causes each documented parameter, ``NOT_SENT`` why there is none for it. A parameter of the
contract that stands in neither fails.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeAlias, cast

import pytest

from sharebind import (
    Anyone,
    Email,
    Overlap,
    Phone,
    Role,
    Space,
    State,
    UnsupportedError,
    UserId,
)
from sharebind.emulator import Recorded
from sharebind_tencent.emulator import TencentCloud

from .stage import CALLS, VENDORS, Stage, Vendor, address, contract, entry, given_in, own_parameters, parameters

Wish: TypeAlias = Callable[[Vendor], Awaitable[Mapping[str, object]]]
"""Do something through the public API, and return what the call's parameters have to be."""

LOOPED: Final = pytest.mark.asyncio(loop_scope="module")

SOON: Final = (datetime.now(UTC) + timedelta(hours=2)).replace(microsecond=123_456)
LATER: Final = (datetime.now(UTC) + timedelta(days=7)).replace(microsecond=654_321)


def millis(moment: datetime) -> str:
    """Write epoch milliseconds as Quectel's share times are, rounded down."""
    return str((moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1))


# ------------------------------------------------------------------------------------------------------------ Quectel


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


async def me(vendor: Vendor) -> Mapping[str, object]:
    """Ask who the account is."""
    await vendor.account().me()
    return {}


RESET: Final[Mapping[str, object]] = {"pureBtResetCredentials": "q/1+2==", "random": "abc+/=&x y"}
"""With the letters that have a meaning in a query (contract: conventions.escaping)."""

QUECTEL: Final[Mapping[str, Mapping[str, Wish]]] = {
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
        "name": bind({"name": "客厅 & Küche"}, name="客厅 & Küche"),
    },
    "shareDevice": {"shareCode": accept(), "deviceName": accept(name="客厅 & Küche")},
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

# ------------------------------------------------------------------------------------------------------------ Tencent


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
}

# --------------------------------------------------------------------------------------------------------- the tables

WISHES: Final = {"quectel": QUECTEL, "tencent": TENCENT}

PAIR_INSTEAD: Final = "quirk device_id_replaces_pair: the documented pair is sent"
NOT_SENT: Final[Mapping[tuple[str, str], str]] = {
    ("userDeviceList", "deviceName"): "a list is asked for by device; names are no keys in the model",
    ("userDeviceList", "isAssociation"): "sub-devices that are associated already are bindings too; false is default",
    ("userDeviceList", "isGroupDeviceShow"): "the model has no device groups; false is the server's default",
    ("userDeviceList", "secondItemCode"): "the model has no categories",
    ("AppCreateShareDeviceToken", "DeviceId"): PAIR_INSTEAD,
    ("AppBindUserShareDevice", "DeviceId"): PAIR_INSTEAD,
    ("AppListShareDeviceUsers", "DeviceId"): PAIR_INSTEAD,
    ("AppRemoveShareDeviceUser", "DeviceId"): PAIR_INSTEAD,
    ("AppRemoveUserShareDevice", "DeviceId"): PAIR_INSTEAD,
    ("AppDeleteDeviceInFamily", "DeviceId"): PAIR_INSTEAD,
    ("AppGetMessages", "Offset"): "seen in one app only; the documented pagination goes by MsgID and MsgTimestamp",
}
"""Documented parameters that no wish of ours causes, and why."""

MINIMUM: Final[Mapping[str, tuple[Wish, Mapping[str, str]]]] = {
    "shareInfo": (code(), {"coverMark": "quirk replace_is_the_default: it is always sent"}),
    "shareByUid": (
        invite(),
        {"coverMark": "quirk replace_is_the_default: it is always sent", "shareUid": "one of shareUid, email, phone"},
    ),
    "bindDeviceDk": (bind(), {}),
    "shareDevice": (accept(), {}),
    "deviceInfo": (accept(), {"shareCode": "instead of pk and dk"}),
    "ownerUserUnshareDevice": (revoke, {}),
    "shareUserUnshareDevice": (leave, {}),
    "deviceShareUserList": (list_shares, {}),
    "userDeviceList": (list_bindings, {"page": "a list is paged", "pageSize": "a list is paged"}),
    "unbundlingDeviceDk": (unbind(), {}),
    "userInfo": (me, {}),
    "AppSendShareDeviceInvite": (send_invite(), {}),
    "AppCreateShareDeviceToken": (create_token(space=False), {}),
    "AppDescribeShareDeviceToken": (inspect, {}),
    "AppBindUserShareDevice": (redeem, {}),
    "AppListShareDeviceUsers": (list_users, {}),
    "AppListUserShareDevices": (list_received, {}),
    "AppRemoveShareDeviceUser": (remove_user, {}),
    "AppRemoveUserShareDevice": (remove_received, {}),
    "AppSecureAddDeviceInFamily": (add_in_family(), {}),
    "AppGetFamilyList": (list_homes, {"Offset": "a list is paged", "Limit": "a list is paged"}),
    "AppGetFamilyDeviceList": (list_home_devices, {"Offset": "a list is paged", "Limit": "a list is paged"}),
    "AppDeleteDeviceInFamily": (delete_device, {}),
    "AppGetMessages": (read_inbox, {}),
    "AppGetUser": (me, {}),
}
"""The wish with nothing optional in it, and what is sent nevertheless."""

# ---------------------------------------------------------------------------------------------------------- the judge

BITS: Final = {"int": 64, "int32": 32, "int64": 64}


def fits(parameter: Mapping[str, Any], value: object) -> bool:
    """Tell whether a value is of the contract's type and within its bounds, in a query (text) or in JSON."""
    kind = parameter["type"]
    if kind in BITS:
        if parameter.get("in") == "query":
            if not (isinstance(value, str) and value.removeprefix("-").isdecimal()):
                return False
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool):
            return False
        bound = 1 << (BITS[kind] - 1)
        known = parameter.get("values", {value: ""})
        return parameter.get("min", -bound) <= value <= parameter.get("max", bound - 1) and value in known
    if kind == "bool":
        return value in {"true", "false"} if parameter.get("in") == "query" else isinstance(value, bool)
    assert kind in {"string", "secret_string"}, kind
    return isinstance(value, str) and value.isprintable()


def faults_of(vendor: Vendor, request: Recorded) -> list[str]:
    """List how a request of ours departs from the contract."""
    call, named = request.operation, parameters(vendor.name, request.operation)
    in_query = {each["name"] for each in named.values() if each.get("in") == "query"}
    body = cast("dict[str, Any]", request.body or {})
    found = []
    if (request.method, request.path) != address(vendor.name, call):
        found.append(f"{request.method} {request.path}")
    found += [f"{name} is sent {len(values)} times" for name, values in request.query.items() if len(values) != 1]
    found += [f"{name} is unknown" for name in {*request.query, *body} - set(named)]
    found += [f"{name} stands in the query" for name in set(request.query) & set(named) - in_query]
    found += [f"{name} stands in the body" for name in set(body) & in_query]
    given = given_in(request)
    found += [f"{name} is missing" for name, each in named.items() if each["required"] is True and name not in given]
    found += [f"{name} has a wrong type" for name in set(given) & set(named) if not fits(named[name], given[name])]
    found += [f"{name} is empty" for name in given if given[name] == "" and (call, name) not in EMPTY]
    found += [f"{name} is not to be sent" for name in given if (call, name) in NOT_SENT]
    if request.caller is None:
        found.append("nobody's token")
    return [f"{call}: {each}" for each in found]


EMPTY: Final = {("AppGetFamilyDeviceList", "RoomId"): "the contract: empty means every room"}


def check_all(vendor: Vendor) -> None:
    """Judge every request that the test has caused; the ids of Tencent's are fresh ones."""
    assert [fault for request in vendor.cloud.requests for fault in faults_of(vendor, request)] == []
    if vendor.name == "tencent":
        ids = [given_in(request)["RequestId"] for request in vendor.cloud.requests]
        assert len(set(ids)) == len(ids)


# ---------------------------------------------------------------------------------------------------------- the tests

EVERY_CALL: Final = [(vendor, call) for vendor in VENDORS for call in CALLS[vendor]]
PARAMETERS: Final = [
    (vendor, call, name)
    for vendor, call in EVERY_CALL
    for name in own_parameters(vendor, call)
    if (call, name) not in NOT_SENT
]


@pytest.mark.parametrize(("vendor", "call"), EVERY_CALL)
def test_every_parameter_has_a_wish_or_a_reason(vendor: str, call: str, stage: Stage) -> None:
    """Each documented parameter stands in exactly one table: the wish that causes it, or why none does."""
    documented, caused = set(own_parameters(vendor, call)), set(WISHES[vendor][call])
    refused = {name for of, name in NOT_SENT if of == call}
    assert caused | refused == documented
    assert not caused & refused
    for _ in documented:
        stage.count(f"{vendor} parameters in a table")


@LOOPED
@pytest.mark.parametrize(("vendor", "call", "parameter"), PARAMETERS)
async def test_a_parameter_is_sent_as_documented(vendor: str, call: str, parameter: str, stage: Stage) -> None:
    """A wish sends its parameter under the documented name, in its place, with its type and the wished value."""
    here = stage[vendor]
    expected = await WISHES[vendor][call][parameter](here)
    given = given_in(here.sent(call))
    assert parameter in expected
    known = own_parameters(vendor, call)
    assert {name: given.get(name) for name in expected if name in known} == {
        name: value for name, value in expected.items() if name in known
    }
    check_all(here)
    stage.count(f"{vendor} requests")


@LOOPED
@pytest.mark.parametrize(("vendor", "call"), EVERY_CALL)
async def test_the_least_wish_sends_no_more_than_is_required(vendor: str, call: str, stage: Stage) -> None:
    """A wish with nothing optional sends the required parameters, and beside them only what the table names."""
    here, (wish, beside) = stage[vendor], MINIMUM[call]
    await wish(here)
    required = {name for name, each in parameters(vendor, call).items() if each["required"] is True}
    if call == "deviceInfo":
        assert required == set()
    assert set(given_in(here.sent(call))) == required | set(beside)
    check_all(here)
    stage.count(f"{vendor} requests")


@LOOPED
@pytest.mark.parametrize("call", CALLS["tencent"])
async def test_what_every_call_carries(call: str, stage: Stage) -> None:
    """Every call at Tencent names its action, an id of its own and the caller's token, and nothing that SDKs add."""
    here = stage["tencent"]
    await MINIMUM[call][0](here)
    sent = here.sent(call)
    given = given_in(sent)
    assert given["Action"] == call
    assert given["AccessToken"] == here.user(sent.caller or "").token
    assert given["RequestId"]
    added = set(contract("tencent")["transport"]["common_params"]["optional_seen_in_sdks"])
    assert not added & set(given)
    for _ in ("Action", "RequestId", "AccessToken"):
        stage.count("tencent requests")


@LOOPED
@pytest.mark.parametrize("call", ["shareInfo", "shareByUid"])
@pytest.mark.parametrize(
    ("overlap", "mark", "meaning"),
    [
        (Overlap.REPLACE, 1, "replace the previous valid share"),
        (Overlap.KEEP, 2, "several shares coexist"),
        (Overlap.EXTEND, 3, "replace only if the usage time grows"),
    ],
)
async def test_every_value_of_cover_mark(call: str, overlap: Overlap, mark: int, meaning: str, stage: Stage) -> None:
    """Each documented value of coverMark is said by one overlap."""
    values = own_parameters("quectel", call)["coverMark"]["values"]
    assert meaning in values[mark]
    assert len(values) == len(Overlap)
    here = stage["quectel"]
    to: Anyone | UserId = Anyone() if call == "shareInfo" else here.id_of("guest")
    await here.account().share(await here.bound(), to=to, overlap=overlap)
    assert given_in(here.sent(call))["coverMark"] == str(mark)
    check_all(here)
    stage.count("quectel requests")


EXTRAS: Final = [
    ("quectel", "authKey", "anyone"),
    ("quectel", "authKey", "user"),
    ("tencent", "TokenContext", "anyone"),
    ("tencent", "TokenContext", "user"),
]


@LOOPED
@pytest.mark.parametrize(("vendor", "name", "to"), EXTRAS)
async def test_an_extra_is_sent_or_refused(vendor: str, name: str, to: str, stage: Stage) -> None:
    """An extra that the vendor's call has is sent; one that this call lacks is refused, never dropped."""
    here = stage[vendor]
    device = await here.bound()
    recipient: Anyone | UserId = Anyone() if to == "anyone" else UserId(here.user("guest").user_id)
    here.cloud.requests.clear()
    try:
        await here.account().share(device, to=recipient, extra={name: "x"})
    except UnsupportedError:
        assert here.cloud.requests == []
    else:
        changed = [request for request in here.cloud.requests if request.effect]
        assert [given_in(request).get(name) for request in changed] == ["x"]
    stage.count(f"{vendor} extras")


def test_no_call_is_forgotten() -> None:
    """Every call of the list is in the contract, and every call in the tables is in the list."""
    for vendor in VENDORS:
        assert [entry(vendor, call)["name"] for call in CALLS[vendor]] == list(WISHES[vendor])
    assert [call for _, call in EVERY_CALL] == list(MINIMUM)
