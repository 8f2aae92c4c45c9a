"""What the emulated clouds say to a wrong request, called by a bare HTTP client, parameter by parameter.

For each parameter of each call a request that is valid but for it: dropped, renamed, moved between query and body, of a
wrong type. Which code answers is read from the contract here once more, and not taken from the emulators' own tables:
``QUECTEL_CODES`` and ``tencent_code`` say from where.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import uuid
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any, Final, TypeAlias, cast

import aiohttp
import attrs
import pytest
import pytest_asyncio

from sharebind.emulator import Violation
from sharebind_quectel.emulator.aes import encrypted_password
from sharebind_tencent.emulator import TencentCloud

from .stage import CALLS, VENDORS, Stage, Vendor, address, codes, contract, parameters

LOOPED: Final = pytest.mark.asyncio(loop_scope="module")
JUDGED: Final[Mapping[str, tuple[str, ...]]] = {
    "quectel": (*CALLS["quectel"], "emailPwdLogin", "phonePwdLogin", "refreshToken"),
    "tencent": (*CALLS["tencent"], "AppGetToken", "AppFindUser"),
}
HOUR: Final = timedelta(hours=1)


@attrs.define
class Wrong:
    """Hold a request while it is being built: parameters by place, and whose token goes with it."""

    vendor: str
    call: str
    query: dict[str, Any] = attrs.field(factory=dict[str, Any])
    body: dict[str, Any] = attrs.field(factory=dict[str, Any])
    token: str = ""
    sign: Callable[[dict[str, Any]], None] | None = None
    """Makes anew what depends on other parameters, where that is still there."""

    @property
    def right(self) -> dict[str, Any]:
        """The place where this call's parameters belong."""
        return self.query if self.vendor == "quectel" else self.body

    @property
    def other(self) -> dict[str, Any]:
        """The place where they do not belong."""
        return self.body if self.vendor == "quectel" else self.query


Answer: TypeAlias = tuple[int, str]
"""HTTP status and the vendor's code; the code is "ok" where the request was accepted."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def http() -> Any:
    """Give a bare client."""
    async with aiohttp.ClientSession() as session:
        yield session


async def send(here: Vendor, http: aiohttp.ClientSession, wrong: Wrong) -> Answer:
    """Send a request and read the answer in the vendor's envelope."""
    method, path = address(wrong.vendor, wrong.call)
    query = {name: written(value) for name, value in wrong.query.items()}
    headers = {"Authorization": wrong.token} if wrong.token else {}
    options: dict[str, Any] = {"params": query, "headers": headers}
    if wrong.body or wrong.vendor == "tencent":
        options["json"] = wrong.body
    async with http.request(method, here.cloud.base_url + path, **options) as reply:
        body = await reply.json()
        if wrong.vendor == "quectel":
            assert set(body) == {"code", "msg", "data", "extMsg"}
            return reply.status, "ok" if body["code"] == 200 else str(body["code"])
        assert set(body) == {"Response"}
        return reply.status, body["Response"].get("Error", {"Code": "ok"})["Code"]


def written(value: object) -> str:
    """Write a value as it stands in a query."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def in_millis(here: Vendor, after: timedelta) -> int:
    """Return a moment after now in epoch milliseconds."""
    return int((here.clouds.clock.now() + after).timestamp() * 1000)


# ----------------------------------------------------------------------------------------------------- valid requests

Valid: TypeAlias = Callable[[Vendor, str], Awaitable[Wrong]]
"""Make a valid request of a call, in the variant in which one parameter matters."""


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


async def bind_device_dk(here: Vendor, parameter: str) -> Wrong:
    """Every parameter of bindDeviceDk in home mode; without home mode where the home is to be left out."""
    here.cloud.set_guess("home_mode", parameter != "fid")
    home = (here.user().homes or ["F1"])[0]
    more = {"capabilitiesBitmask": 1, "fid": home, "frid": "R1", "isCommonDevice": True, "name": "lamp"}
    return quectel(here, "bindDeviceDk", **keys(here), **more)


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


def sign_in(call: str, *who: str) -> Valid:
    """Every parameter of a sign-in at Quectel; the signature is over who, password, random and the app's secret."""

    async def valid(here: Vendor, _: str) -> Wrong:
        user, app = here.user(), here.cloud.app
        known = {"email": user.email, "phone": user.phone["number"], "internationalCode": user.phone["country"]}

        def sign(query: dict[str, Any]) -> None:
            random = query.get("random", "")
            if "pwd" in query:
                query["pwd"] = encrypted_password(user.password, random)
            if "signature" in query:
                parts = [*(query.get(name, "") for name in who), query.get("pwd", ""), random]
                query["signature"] = hashlib.sha256(("".join(parts) + app["user_domain_secret"]).encode()).hexdigest()

        query = {name: known[name] for name in who} | {"userDomain": app["user_domain"], "mcc": 460}
        return Wrong(
            "quectel", call, query={**query, "random": "abcdef0123456789", "pwd": "", "signature": ""}, sign=sign
        )

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


async def get_token(here: Vendor, parameter: str) -> Wrong:
    """Every parameter of AppGetToken, signed; by e-mail, or by phone where the e-mail address is to be left out."""
    user, cloud = here.user(), cast("TencentCloud", here.cloud)
    phone = {"CountryCode": user.phone["country"], "PhoneNumber": user.phone["number"]}
    way = "phone" if parameter == "Email" else "email"
    more = {} if parameter == "Password" else {"VerificationCode": "123456"}

    def sign(body: dict[str, Any]) -> None:
        if "Signature" in body:
            text = "&".join(f"{name}={body[name]}" for name in sorted(body) if name != "Signature")
            digest = hmac.digest(cloud.app["app_secret"].encode(), text.encode(), "sha1")
            body["Signature"] = base64.b64encode(digest).decode()

    app = {"AppKey": cloud.app["app_key"], "Timestamp": int(here.clouds.clock.now().timestamp()), "Nonce": 7}
    body = {"Action": "AppGetToken", "RequestId": str(uuid.uuid4()), "Signature": "", "Type": way, **app, **phone}
    return Wrong(
        "tencent", "AppGetToken", body={**body, "Email": user.email, "Password": user.password, **more}, sign=sign
    )


async def find_user(here: Vendor, parameter: str) -> Wrong:
    """Look for somebody by phone, or by e-mail where that matters."""
    guest = here.user("guest")
    if parameter == "Email":
        return tencent(here, "AppFindUser", Type="email", Email=guest.email)
    phone = {"CountryCode": guest.phone["country"], "PhoneNumber": guest.phone["number"]}
    return tencent(here, "AppFindUser", Type="phone", **phone)


VALID: Final[Mapping[str, Valid]] = {
    "shareInfo": share_info,
    "shareByUid": share_by_uid,
    "bindDeviceDk": bind_device_dk,
    "shareDevice": share_device,
    "deviceInfo": device_info,
    "ownerUserUnshareDevice": unshare("ownerUserUnshareDevice", "owner"),
    "shareUserUnshareDevice": unshare("shareUserUnshareDevice", "guest"),
    "deviceShareUserList": device_share_user_list,
    "userDeviceList": user_device_list,
    "unbundlingDeviceDk": unbundling_device_dk,
    "userInfo": user_info,
    "emailPwdLogin": sign_in("emailPwdLogin", "email"),
    "phonePwdLogin": sign_in("phonePwdLogin", "internationalCode", "phone"),
    "refreshToken": refresh_token,
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
}

# --------------------------------------------------------------------------------------------------- what is expected

QUECTEL_CODES: Final[Mapping[tuple[str, str], tuple[str, str]]] = {
    # parameter, fault: code, and its meaning in the contract, which names the parameter
    ("pk", "missing"): ("5066", "product key missing"),
    ("dk", "missing"): ("5067", "device key missing"),
    ("acceptingExpireAt", "missing"): ("5132", "acceptingExpireAt missing"),
    ("shareCode", "missing"): ("5136", "share code missing"),
    ("email", "missing"): ("5026", "email missing"),
    ("phone", "missing"): ("5021", "phone missing"),
    ("pwd", "missing"): ("5022", "password missing"),
    ("signature", "missing"): ("5550", "signature missing"),
    ("userDomain", "missing"): ("5023", "user domain missing"),
    ("refreshToken", "missing"): ("5115", "refresh token missing"),
    ("acceptingExpireAt", "wrong_type"): ("5145", "timestamp malformed"),
    ("sharingExpireAt", "wrong_type"): ("5145", "timestamp malformed"),
    ("coverMark", "wrong_type"): ("5133", "coverMark out of range"),
}
QUECTEL_CHOICES: Final[Mapping[str, tuple[frozenset[str], str, str]]] = {
    # call: the parameters of which one way must be there, though each is optional; code; meaning
    "shareByUid": (
        frozenset({"shareUid", "email", "phone"}),
        "5891",
        "invitee uid, email or phone missing",
    ),
    "deviceInfo": (frozenset({"pk", "dk", "shareCode"}), "5140", "neither pk+dk nor share code given"),
}

LEFT_OUT_BY_CLIENTS: Final[Mapping[tuple[str, str], str]] = {
    ("AppDeleteDeviceInFamily", "RoomId"): "quirk required_but_unsent: required on paper only",
    ("AppGetFamilyDeviceList", "RoomId"): "the note of the parameter: the JS demo leaves it out",
    ("AppListShareDeviceUsers", "Offset"): "the note of the parameter: iOS leaves both out",
    ("AppListShareDeviceUsers", "Limit"): "the note of the parameter: iOS leaves both out",
}
"""Required by the page, and missing from requests of the vendor's own clients, so that the cloud takes those."""

VALUE: Final = "InvalidParameterValue"
TOKEN: Final = "InvalidParameterValue.InvalidAccessToken"
NO_SUCH: Final = "InvalidParameter"


def is_required(vendor: str, call: str, parameter: str) -> bool:
    """Tell whether a request without the parameter has to be refused."""
    stated = parameters(vendor, call)[parameter]["required"]
    if call in QUECTEL_CHOICES and parameter in QUECTEL_CHOICES[call][0]:
        return True
    if isinstance(stated, str):  # "when Type is phone": the valid request is of that type
        assert stated in {"when Type is phone", "when Type is email"}
        return True
    return stated is True and (call, parameter) not in LEFT_OUT_BY_CLIENTS


def quectel_code(call: str, parameter: str, fault: str) -> str:
    """Return the code of Quectel's contract for a parameter that is missing or of a wrong type, "" for none."""
    if fault == "missing" and call in QUECTEL_CHOICES and parameter in QUECTEL_CHOICES[call][0]:
        return QUECTEL_CHOICES[call][1]
    code, meaning = QUECTEL_CODES.get((parameter, fault), ("", ""))
    general = {str(number): text for number, text in contract("quectel")["general_codes"].items()}
    assert not code or (general | codes("quectel", call)).get(code) == meaning
    return code


def tencent_code(call: str, parameter: str, fault: str) -> str:
    """Return the code of Tencent's contract for a fault of one parameter, "" for none.

    A token that is not there is an invalid one, whatever the action lists (errors: auth_invalid, common to many). Else
    the action's list decides: a missing parameter is ErrorRequiredParamNotFound where the action has that, and
    otherwise a wrong value; so is a wrong type.
    """
    has = codes("tencent", call)
    if parameter == "AccessToken":
        assert contract("tencent")["errors"][TOKEN]["kind"] == "auth_invalid"
        return TOKEN
    if fault == "missing" and "ErrorRequiredParamNotFound" in has:
        return "ErrorRequiredParamNotFound"
    return VALUE if VALUE in has else ""


def refusal(vendor: str, call: str, parameter: str, fault: str) -> Answer:
    """Return the answer to a request with one fault: the documented code, else HTTP 400 in the vendor's envelope."""
    if vendor == "quectel":
        code = quectel_code(call, parameter, fault) if fault else ""
        return (200, code) if code else (400, "400")
    if parameter == "Action":  # then nobody knows what is asked for
        return 200, "InvalidAction"
    code = tencent_code(call, parameter, fault) if fault else ""
    return (200, code) if code else (400, NO_SUCH)


def check_violations(
    here: Vendor, call: str, parameter: str, expected: set[tuple[str, str]], among: frozenset[str]
) -> None:
    """Check that the request's faults, and no others, are kept in ``cloud.violations``."""
    kept, violations = list(here.cloud.violations), here.cloud.violations
    violations.clear()
    if parameter == "Action" and here.name == "tencent":
        assert [(each.parameter, each.what) for each in kept] == [("Action", "unknown_operation")]
        return
    assert {each.operation for each in kept} == {call}
    told = {(either(each, among), each.what) for each in kept}
    assert told == expected


def either(violation: Violation, among: frozenset[str]) -> str:
    """Return the parameter of a violation; where one of several would do, whichever is named stands for all."""
    return "one of several" if violation.parameter in among and violation.what == "missing" else violation.parameter


# ---------------------------------------------------------------------------------------------------------- the tests

EVERY: Final = [
    pytest.param(vendor, call, parameter, id=f"{call}-{parameter}")
    for vendor in VENDORS
    for call in JUDGED[vendor]
    for parameter in parameters(vendor, call)
]
TYPED: Final = [
    pytest.param(vendor, call, parameter, id=f"{call}-{parameter}")
    for vendor in VENDORS
    for call in JUDGED[vendor]
    for parameter, each in parameters(vendor, call).items()
    if vendor == "tencent" or each["type"] != "string"
]
"""Without Quectel's texts: everything in a query is a text."""


async def judged(
    here: Vendor, http: aiohttp.ClientSession, call: str, parameter: str, change: Callable[[Wrong], None]
) -> Answer:
    """Make a valid request, change it, and send it; nothing may come of it unless it is accepted."""
    request = await VALID[call](here, parameter)
    change(request)
    if request.sign is not None:
        request.sign(request.right)
    state = here.cloud.state()
    answer = await send(here, http, request)
    if answer[1] != "ok":
        assert here.cloud.state() == state
        assert here.cloud.requests[-1].effect is False
    return answer


def choices(call: str, parameter: str) -> frozenset[str]:
    """Return the parameters of which one must be there, if this is one of them."""
    among = QUECTEL_CHOICES.get(call, (frozenset[str](), "", ""))[0]
    return among if parameter in among else frozenset()


def missing(call: str, parameter: str) -> tuple[str, str]:
    """Return how a missing parameter is told."""
    return ("one of several" if choices(call, parameter) else parameter), "missing"


@LOOPED
@pytest.mark.parametrize(
    ("vendor", "call"), [pytest.param(vendor, call, id=call) for vendor in VENDORS for call in JUDGED[vendor]]
)
async def test_a_valid_request_is_accepted(vendor: str, call: str, http: aiohttp.ClientSession, stage: Stage) -> None:
    """The request from which every case of this module starts is accepted, and breaks nothing of the contract."""
    here = stage[vendor]

    def look(request: Wrong) -> None:
        assert set(request.right) <= set(parameters(vendor, call))

    assert await judged(here, http, call, "", look) == (200, "ok")
    assert here.cloud.violations == []
    stage.count(f"{vendor} judgements")


@LOOPED
@pytest.mark.parametrize(("vendor", "call", "parameter"), EVERY)
async def test_a_parameter_that_is_left_out(
    vendor: str, call: str, parameter: str, http: aiohttp.ClientSession, stage: Stage
) -> None:
    """Without a required parameter the documented code comes; without an optional one the request is accepted."""
    here = stage[vendor]
    answer = await judged(here, http, call, parameter, lambda wrong: wrong.right.pop(parameter))
    if is_required(vendor, call, parameter):
        assert answer == refusal(vendor, call, parameter, "missing")
        check_violations(here, call, parameter, {missing(call, parameter)}, choices(call, parameter))
    else:
        assert answer == (200, "ok")
        assert here.cloud.violations == []
    stage.count(f"{vendor} judgements")


@LOOPED
@pytest.mark.parametrize(("vendor", "call", "parameter"), EVERY)
async def test_a_parameter_under_another_name(
    vendor: str, call: str, parameter: str, http: aiohttp.ClientSession, stage: Stage
) -> None:
    """A name that the contract has not is refused, with the code of the missing parameter where that is required."""
    here, wrong_name = stage[vendor], f"{parameter}X"

    def rename(wrong: Wrong) -> None:
        wrong.right[wrong_name] = wrong.right.pop(parameter)

    answer = await judged(here, http, call, parameter, rename)
    required = is_required(vendor, call, parameter)
    assert answer == refusal(vendor, call, parameter, "missing" if required else "")
    expected = {(wrong_name, "unknown")} | ({missing(call, parameter)} if required else set())
    check_violations(here, call, parameter, expected, choices(call, parameter))
    stage.count(f"{vendor} judgements")


@LOOPED
@pytest.mark.parametrize(("vendor", "call", "parameter"), EVERY)
async def test_a_parameter_in_the_other_place(
    vendor: str, call: str, parameter: str, http: aiohttp.ClientSession, stage: Stage
) -> None:
    """A parameter in the body where the query is documented, or in the query where the body is, is refused."""
    here = stage[vendor]

    def move(wrong: Wrong) -> None:
        wrong.other[parameter] = wrong.right.pop(parameter)

    answer = await judged(here, http, call, parameter, move)
    required = is_required(vendor, call, parameter)
    assert answer == refusal(vendor, call, parameter, "missing" if required else "")
    expected = {(parameter, "misplaced")}
    # What is misplaced need not be called missing too; if it is, that is no lie.
    told = {(each.parameter, each.what) for each in here.cloud.violations}
    if required and any(what == "missing" for _, what in told):
        expected |= {missing(call, parameter)}
    check_violations(here, call, parameter, expected, choices(call, parameter))
    stage.count(f"{vendor} judgements")


@LOOPED
@pytest.mark.parametrize(("vendor", "call", "parameter"), TYPED)
async def test_a_parameter_of_a_wrong_type(
    vendor: str, call: str, parameter: str, http: aiohttp.ClientSession, stage: Stage
) -> None:
    """A text where the contract has a number or a truth value, or a number for a text, is refused."""
    here, kind = stage[vendor], parameters(vendor, call)[parameter]["type"]
    wrong_value = 5 if kind in {"string", "secret_string"} else "text"

    def mistype(wrong: Wrong) -> None:
        assert parameter in wrong.right
        wrong.right[parameter] = wrong_value
        if parameter == "Signature":
            wrong.sign = None

    answer = await judged(here, http, call, parameter, mistype)
    assert answer == refusal(vendor, call, parameter, "wrong_type")
    check_violations(here, call, parameter, {(parameter, "wrong_type")}, frozenset())
    stage.count(f"{vendor} judgements")


PAIRED: Final = [call for call in JUDGED["tencent"] if "DeviceId" in parameters("tencent", call)]


@LOOPED
@pytest.mark.parametrize("call", PAIRED)
async def test_a_device_id_stands_for_the_pair(call: str, http: aiohttp.ClientSession, stage: Stage) -> None:
    """With a DeviceId the two names of the device are left out (contract: replaces, transport.device_addressing)."""
    here = stage["tencent"]

    def leave_out(wrong: Wrong) -> None:
        for name in parameters("tencent", call)["DeviceId"]["replaces"]:
            del wrong.body[name]

    assert await judged(here, http, call, "DeviceId", leave_out) == (200, "ok")
    assert here.cloud.violations == []
    stage.count("tencent judgements")


@LOOPED
async def test_a_device_id_stands_for_one_name_of_the_pair(http: aiohttp.ClientSession, stage: Stage) -> None:
    """With a DeviceId that fits, one of the two names may be left out alone (contract: or DeviceId, said of each)."""
    here, answers = stage["tencent"], {}
    for call in PAIRED:
        for name, each in parameters("tencent", call).items():
            if each.get("or") == "DeviceId":
                here.cloud.reset()
                answer = await judged(here, http, call, "DeviceId", lambda wrong, name=name: wrong.body.pop(name))  # type: ignore[misc]
                answers[f"{call} without {name}"] = answer
                stage.count("tencent judgements")
    assert {case: answer for case, answer in answers.items() if answer != (200, "ok")} == {}


@LOOPED
async def test_a_verification_code_stands_for_the_password(http: aiohttp.ClientSession, stage: Stage) -> None:
    """AppGetToken takes a VerificationCode in place of the Password (contract: the note of Password)."""
    here = stage["tencent"]
    answer = await judged(here, http, "AppGetToken", "", lambda wrong: wrong.body.pop("Password"))
    assert answer == (200, "ok")
    assert here.cloud.violations == []
    stage.count("tencent judgements")


@LOOPED
@pytest.mark.parametrize(
    ("call", "ours", "page"),
    [("AppRemoveShareDeviceUser", "RemoveUserID", "RemoveUserId"), ("AppGetMessages", "MsgID", "MsgId")],
)
async def test_the_spelling_of_the_pages_is_taken(
    call: str, ours: str, page: str, http: aiohttp.ClientSession, stage: Stage
) -> None:
    """Names that the pages spell otherwise than the clients are taken in both spellings (quirk id_letter_case)."""
    here = stage["tencent"]

    def respell(wrong: Wrong) -> None:
        wrong.body[page] = wrong.body.pop(ours)

    assert await judged(here, http, call, ours, respell) == (200, "ok")
    stage.count("tencent judgements")


@LOOPED
@pytest.mark.parametrize("call", JUDGED["quectel"])
async def test_a_token_that_is_missing_or_nobodys(call: str, http: aiohttp.ClientSession, stage: Stage) -> None:
    """A call that needs a token answers 5106 without one and 5032 to nobody's; a sign-in needs none."""
    here = stage["quectel"]
    needs = call in CALLS["quectel"]
    if needs:
        assert codes("quectel", call)["5106"] == "token missing"
        assert codes("quectel", call)["5032"] == "token rejected"
    for token, code in (("", "5106"), ("Bearer nobody's", "5032")):
        stage[here.name].cloud.reset()

        def change(wrong: Wrong, token: str = token) -> None:
            wrong.token = token

        assert await judged(here, http, call, "", change) == ((200, code) if needs else (200, "ok"))
        stage.count("quectel judgements")


def test_every_call_is_judged() -> None:
    """The tables of this module name calls and parameters of the contracts, and every call of the list."""
    assert set(VALID) == {call for vendor in VENDORS for call in JUDGED[vendor]}
    for call, parameter in LEFT_OUT_BY_CLIENTS:
        assert parameters("tencent", call)[parameter]["required"] is True
    for call, (among, code, meaning) in QUECTEL_CHOICES.items():
        assert codes("quectel", call)[code] == meaning
        assert not any(parameters("quectel", call)[name]["required"] for name in among)
