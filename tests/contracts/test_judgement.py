"""What the emulated clouds say to a wrong request, called by a bare HTTP client, parameter by parameter.

For each parameter of each call a request that is valid but for it: dropped, renamed, moved between query and body, of a
wrong type. Which code answers is read from the contract here once more, and not taken from the emulators' own tables:
``QUECTEL_CODES`` and ``tencent_code`` say from where.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import aiohttp
import pytest

from sharebind.emulator import Violation

from .bare import Answer, Wrong
from .stage import CALLS, VENDORS, Stage, Vendor, address, codes, contract, parameters, sends_json
from .valid import VALID, ask

LOOPED: Final = pytest.mark.asyncio(loop_scope="module")


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
    ("deviceName", "missing"): ("5068", "device name missing"),
    ("sn", "missing"): ("5088", "device serial missing"),
    ("productKey", "missing"): ("5066", "product key missing"),
    ("deviceKey", "missing"): ("5067", "device key missing"),
    ("bindingCode", "missing"): ("5179", "binding code missing"),
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
    "deviceBindingByPureBt": (
        frozenset({"bindingCode", "encryptedBindingCode"}),
        "5179",
        "binding code missing",
    ),
}
MATTER: Final[Mapping[str, tuple[str, str]]] = {
    # what a Matter device cannot be bound without, though no part of the call is wrong: code, meaning
    "matterInfo": ("5879", "device discriminator missing"),
    "matterInfo.discriminator": ("5879", "device discriminator missing"),
    "matterInfo.matterProductId": ("5880", "Matter product id missing"),
    "matterInfo.matterVersion": ("5881", "Matter version missing"),
    "matterInfo.matterVendorId": ("5882", "vendor id missing"),
    "matterInfo.fabricId": ("5883", "fabric id missing"),
    "matterInfo.nodeId": ("5885", "node id missing"),
}

LEFT_OUT_BY_CLIENTS: Final[Mapping[tuple[str, str], str]] = {
    ("AppCreateFamily", "Address"): "quirk required_but_unsent: the JS SDK and a third-party app leave it out",
    ("AppTokenBindDeviceFamily", "RoomId"): "the note of the parameter: Android leaves it out",
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
    known = general | codes("quectel", call)
    assert known.get(code, meaning) == meaning
    return code if code in known else ""


def tencent_code(call: str, parameter: str, fault: str) -> str:
    """Return the code of Tencent's contract for a fault of one parameter, "" for none.

    A token that is not there is an invalid one, whatever the action lists (errors: auth_invalid, common to many). Else
    the action's list decides: a missing parameter is ErrorRequiredParamNotFound where the action has that, otherwise
    InvalidParameter or, where the action has neither, a wrong value; so is a wrong type. What is unknown or misplaced
    is InvalidParameter where the action has that.
    """
    has = codes("tencent", call)
    if parameter == "AccessToken" and fault:
        assert contract("tencent")["errors"][TOKEN]["kind"] == "auth_invalid"
        return TOKEN
    likely = {"missing": ("ErrorRequiredParamNotFound", NO_SUCH, VALUE), "wrong_type": (VALUE, NO_SUCH)}
    return next((code for code in likely.get(fault, (NO_SUCH,)) if code in has), "")


def refusal(vendor: str, call: str, parameter: str, fault: str) -> Answer:
    """Return the answer to a request with one fault: the documented code, else HTTP 400 in the vendor's envelope."""
    if vendor == "quectel":
        code = quectel_code(call, parameter, fault) if fault else ""
        return (200, code) if code else (400, "400")
    if parameter == "Action":  # then nobody knows what is asked for
        return 200, "InvalidAction"
    code = tencent_code(call, parameter, fault)
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
    for call in CALLS[vendor]
    for parameter in parameters(vendor, call)
]
TYPED: Final = [
    pytest.param(vendor, call, parameter, id=f"{call}-{parameter}")
    for vendor in VENDORS
    for call in CALLS[vendor]
    for parameter, each in parameters(vendor, call).items()
    if sends_json(vendor, call) or each["type"] != "string"
]
"""Without the texts in a query: everything there is a text."""


def choices(call: str, parameter: str) -> frozenset[str]:
    """Return the parameters of which one must be there, if this is one of them."""
    among = QUECTEL_CHOICES.get(call, (frozenset[str](), "", ""))[0]
    return among if parameter in among else frozenset()


def missing(call: str, parameter: str) -> tuple[str, str]:
    """Return how a missing parameter is told."""
    return ("one of several" if choices(call, parameter) else parameter), "missing"


@LOOPED
@pytest.mark.parametrize(
    ("vendor", "call"), [pytest.param(vendor, call, id=call) for vendor in VENDORS for call in CALLS[vendor]]
)
async def test_a_valid_request_is_accepted(vendor: str, call: str, http: aiohttp.ClientSession, stage: Stage) -> None:
    """The request from which every case of this module starts is accepted, and breaks nothing of the contract."""
    here = stage[vendor]

    def look(request: Wrong) -> None:
        assert set(request.right) <= set(parameters(vendor, call))

    assert await ask(here, http, call, "", look) == (200, "ok")
    assert here.cloud.violations == []
    stage.count(f"{vendor} judgements")


@LOOPED
@pytest.mark.parametrize(("vendor", "call", "parameter"), EVERY)
async def test_a_parameter_that_is_left_out(
    vendor: str, call: str, parameter: str, http: aiohttp.ClientSession, stage: Stage
) -> None:
    """Without a required parameter the documented code comes; without an optional one the request is accepted."""
    here = stage[vendor]
    answer = await ask(here, http, call, parameter, lambda wrong: wrong.take(parameter))
    if call == "deviceBindingByWifi" and parameter in MATTER:
        code, meaning = MATTER[parameter]
        assert codes(vendor, call)[code] == meaning
        assert answer == (200, code)
        assert here.cloud.violations == []
    elif is_required(vendor, call, parameter):
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
        wrong.put(wrong_name, wrong.take(parameter))

    answer = await ask(here, http, call, parameter, rename)
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
        wrong.other[parameter] = wrong.take(parameter)

    answer = await ask(here, http, call, parameter, move)
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
        wrong.take(parameter)
        wrong.put(parameter, wrong_value)
        if parameter.lower() == "signature":
            wrong.sign = None

    answer = await ask(here, http, call, parameter, mistype)
    assert answer == refusal(vendor, call, parameter, "wrong_type")
    check_violations(here, call, parameter, {(parameter, "wrong_type")}, frozenset())
    stage.count(f"{vendor} judgements")


BITS: Final = "capabilitiesBitmask"
OUTSIDE: Final = [
    # A parameter whose values the contract names, another value, and the code of that.
    *((call, "coverMark", value, "5133") for call in ("shareInfo", "shareByUid") for value in (0, 4)),
    *((call, BITS, value, "") for call in CALLS["quectel"] if BITS in parameters("quectel", call) for value in (0, 16)),
    ("deviceBindingByWifi", "matterInfo.catList[].privilege", "Own", ""),
]


@LOOPED
@pytest.mark.parametrize(("call", "parameter", "value", "code"), OUTSIDE)
async def test_a_value_that_the_contract_does_not_name(
    call: str, parameter: str, value: object, code: str, http: aiohttp.ClientSession, stage: Stage
) -> None:
    """A number or word of the right type that is none of the documented ones is refused."""
    here = stage["quectel"]
    answer = await ask(here, http, call, parameter, lambda wrong: wrong.put(parameter, value))
    assert answer == ((200, code) if code else (400, "400"))
    if code:  # it is refused as what is asked, like a moment that is past
        assert here.cloud.violations == []
    else:
        check_violations(here, call, parameter, {(parameter, "wrong_type")}, frozenset())
    stage.count("quectel judgements")


@LOOPED
@pytest.mark.parametrize("call", [call for call in QUECTEL_CHOICES if call != "deviceInfo"])
async def test_two_where_one_is_wanted(call: str, http: aiohttp.ClientSession, stage: Stage) -> None:
    """Two of the parameters of which exactly one is wanted are refused (contract: notes of the calls)."""
    here = stage["quectel"]

    def give_both(wrong: Wrong) -> None:
        for name in sorted(QUECTEL_CHOICES[call][0]):
            wrong.right.setdefault(name, "a value")

    assert await ask(here, http, call, "", give_both) == (400, "400")
    assert {each.what for each in here.cloud.violations} == {"duplicate"}
    here.cloud.violations.clear()
    stage.count("quectel judgements")


@LOOPED
@pytest.mark.parametrize("path", [address("tencent", call)[1] for call in ("AppGetUser", "AppGetToken")])
@pytest.mark.parametrize("body", ["", "Action=AppGetUser", "[]", "null"])
async def test_a_body_that_is_no_json_object(path: str, body: str, http: aiohttp.ClientSession, stage: Stage) -> None:
    """Where the body is no JSON object nobody knows the action, and the code of a body that is not JSON answers."""
    here = stage["tencent"]
    async with http.post(here.cloud.base_url + path, data=body) as reply:
        answer = (await reply.json())["Response"]["Error"]["Code"]
    assert answer == "InvalidParameterValue.InvalidJSON"
    assert [each.parameter for each in here.cloud.violations] == ["body"]
    here.cloud.violations.clear()
    stage.count("tencent judgements")


@LOOPED
@pytest.mark.parametrize("call", [call for call in CALLS["quectel"] if sends_json("quectel", call)])
@pytest.mark.parametrize("body", ["not json", "[]"])
async def test_a_json_call_without_its_object(call: str, body: str, http: aiohttp.ClientSession, stage: Stage) -> None:
    """A call that takes JSON is refused with the code of a missing parameter where its body is no object."""
    here = stage["quectel"]
    headers = {"Authorization": here.user().token, "Content-Type": "application/json"}
    async with http.post(here.cloud.base_url + address("quectel", call)[1], data=body, headers=headers) as reply:
        answer = (await reply.json())["code"]
    assert {("body", "wrong_type")} <= {(each.parameter, each.what) for each in here.cloud.violations}
    required = {name for name, each in parameters("quectel", call).items() if each["required"] is True}
    assert required <= {each.parameter for each in here.cloud.violations if each.what == "missing"}
    assert str(answer) in {"400", *(code for (_, fault), (code, _) in QUECTEL_CODES.items() if fault == "missing")}
    here.cloud.violations.clear()
    stage.count("quectel judgements")


def test_every_call_is_judged() -> None:
    """The tables of this module name calls and parameters of the contracts, and every call of the list."""
    assert set(VALID) == {call for vendor in VENDORS for call in CALLS[vendor]}
    for call, parameter in LEFT_OUT_BY_CLIENTS:
        assert parameters("tencent", call)[parameter]["required"] is True
    for call, (among, code, meaning) in QUECTEL_CHOICES.items():
        assert codes("quectel", call)[code] == meaning
        assert not any(parameters("quectel", call)[name]["required"] for name in among)
