"""Which code answers a wrong request, read from the contracts once more.

Nothing is taken from the emulators' own tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sharebind.emulator import Violation

from .bare import Answer
from .reading import contract
from .stage import Vendor, codes, parameters

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


FORM_INVALID: Final = "9015"
"""Gizwits' one code for a request that is not as documented (contract: errors, GIZ_OPENAPI_FORM_INVALID)."""
BAD_ARGUMENT: Final = "400"
"""That of eWeLink (contract: errors, invalid_argument)."""

CHOICES: Final[Mapping[tuple[str, str], frozenset[str]]] = {
    **{("quectel", call): among for call, (among, _, _) in QUECTEL_CHOICES.items()},
    ("gizwits", "create_share"): frozenset({"uid", "username", "email", "phone"}),
}
"""The parameters of which one way must be there, though each is optional."""

LEFT_OUT_AT_A_GUESS: Final[Mapping[tuple[str, str, str], str]] = {
    ("gizwits", "remove_guest", "uid"): "optional, and what its lack means is open: the guess remove_without_uid",
}
"""Optional parameters without which the emulated cloud refuses nevertheless, with the code of a wrong form."""

NEEDED_BESIDE: Final[Mapping[tuple[str, str, str], str]] = {
    ("ewelink", "share_devices", "user.countryCode"): "phoneNumber is used",
}
"""Fields that are required beside another, which the valid request has (contract: required_when)."""


def is_required(vendor: str, call: str, parameter: str) -> bool:
    """Tell whether a request without the parameter has to be refused."""
    stated = parameters(vendor, call)[parameter]["required"]
    if parameter in choices(vendor, call, parameter):
        return True
    if (vendor, call, parameter) in NEEDED_BESIDE:
        beside = NEEDED_BESIDE[vendor, call, parameter]
        assert parameters(vendor, call)[parameter]["required_when"] == beside
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
    if vendor == "gizwits":
        assert contract(vendor)["errors"][int(FORM_INVALID)]["kind"] == "invalid_argument"
        return contract(vendor)["errors"][int(FORM_INVALID)]["http"], FORM_INVALID
    if vendor == "ewelink":
        assert contract(vendor)["errors"][int(BAD_ARGUMENT)]["kind"] == "invalid_argument"
        return 200, BAD_ARGUMENT
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


def choices(vendor: str, call: str, parameter: str) -> frozenset[str]:
    """Return the parameters of which one must be there, if this is one of them."""
    among = CHOICES.get((vendor, call), frozenset[str]())
    return among if parameter in among else frozenset()


def missing(vendor: str, call: str, parameter: str) -> tuple[str, str]:
    """Return how a missing parameter is told."""
    return ("one of several" if choices(vendor, call, parameter) else parameter), "missing"
