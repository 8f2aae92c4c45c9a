"""What an action is, what a request asks of it, and how the parameters are judged."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

import attrs

from sharebind.emulator import Contract, Parameter, Violation, judge_json
from sharebind_tencent.emulator.state import Account, DeviceKey

ENDPOINTS: Final = ("tokenapi", "appapi")

UNSENT: Final[Mapping[str, frozenset[str]]] = {
    "AppCreateFamily": frozenset({"Address"}),
    "AppDeleteDeviceInFamily": frozenset({"RoomId"}),
    "AppGetFamilyDeviceList": frozenset({"RoomId"}),
    "AppListShareDeviceUsers": frozenset({"Offset", "Limit"}),
    "AppTokenBindDeviceFamily": frozenset({"RoomId"}),
}
"""Required on paper, left out by the vendor's own clients (quirk required_but_unsent, notes of the params)."""

INSTEAD: Final[Mapping[tuple[str, str], str]] = {
    ("AppGetToken", "Password"): "VerificationCode",
    ("AppGetTokenByWeiXin", "WxOpenID"): "code",
    ("AppGetTokenByWeiXin", "NickName"): "code",
    ("AppGetTokenByWeiXin", "Avatar"): "code",
}
"""What mobile clients send in place of a required parameter (contract: notes of the two sign-ins)."""

DOCUMENTED_SPELLING: Final = {"RemoveUserId": "RemoveUserID", "MsgId": "MsgID"}
"""The pages' spelling of names that clients spell otherwise (contract: quirk id_letter_case)."""

LOOK_UPS: Final[Mapping[str, tuple[str, ...]]] = {"phone": ("CountryCode", "PhoneNumber"), "email": ("Email",)}
"""What names a person, by Type (contract: AppFindUser, AppGetToken)."""

DECORATION: Final = frozenset({"uin", "cmd"})
"""What clients add to the URL's query (contract: transport.url_variants_seen)."""

CODES_BY_FAULT: Final[Mapping[str, tuple[str, ...]]] = {
    "missing": ("ErrorRequiredParamNotFound", "InvalidParameter", "InvalidParameterValue"),
    "wrong_type": ("InvalidParameterValue", "InvalidParameter"),
}
"""Which code of an action's own list answers which fault; the others are answered with InvalidParameter."""


INVALID_TOKEN: Final = "InvalidParameterValue.InvalidAccessToken"  # noqa: S105 - a code, no secret


class RefusalError(Exception):
    """Say that the cloud refuses, with a vendor code; `nested` hides it in an InternalError's text."""

    def __init__(self, code: str, message: str = "", *, status: int = 200, nested: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.status = status
        self.nested = nested


@attrs.frozen(kw_only=True)
class Action:
    """Describe one action of the contract."""

    name: str
    endpoint: str
    parameters: tuple[Parameter, ...]
    errors: Mapping[str, str]

    def largest(self, parameter: str) -> int | None:
        """Return the documented maximum of a parameter, None when there is none."""
        for known in self.parameters:
            if known.name == parameter:
                return known.fields.get("max")
        return None


@attrs.frozen(kw_only=True)
class Call:
    """Hold one judged request: who asks for which action, when, and with which parameters."""

    action: Action
    given: Mapping[str, Any] = attrs.field(repr=False)
    now: datetime
    holder: Account | None = None

    @property
    def caller(self) -> Account:
        """Return who holds the access token; a signed call of an app has nobody."""
        if self.holder is None:
            raise RefusalError(INVALID_TOKEN, "Invalid Token")
        return self.holder

    def text(self, name: str) -> str:
        """Return a text parameter, empty when it was not sent."""
        return self.given.get(name) or ""

    def number(self, name: str) -> int | None:
        """Return a number parameter, None when it was not sent."""
        return self.given.get(name)

    def device(self) -> DeviceKey:
        """Return the device that is meant: the pair, or the DeviceId that joins it (transport.device_addressing)."""
        pair = DeviceKey(self.text("ProductId"), self.text("DeviceName"))
        joined = self.text("DeviceId")
        if not joined:
            return pair
        product, slash, name = joined.partition("/")
        split = DeviceKey(product, name)
        if not slash or any(given and given != part for given, part in zip(pair, split, strict=True)):
            raise RefusalError("InvalidParameterValue", "DeviceId is wrong")
        return split


@attrs.frozen(kw_only=True)
class Result:
    """Hold what an action answers, and whether it changed something."""

    fields: dict[str, Any] = attrs.field(factory=dict[str, Any], repr=False)
    effect: bool = False


OK: Final = Result(fields={"Status": "OK"}, effect=True)


@attrs.frozen
class Rulebook:
    """Hold every action of the two endpoints, the parameters common to each, and the texts of the codes."""

    actions: Mapping[str, Action]
    common: Mapping[str, tuple[Parameter, ...]]
    optional: frozenset[str]
    meanings: Mapping[str, str]

    @classmethod
    def read(cls, contract: Contract) -> Rulebook:
        """Read the contract's actions, common parameters and codes; Cloud API 3.0 is another service."""
        shared: Mapping[str, Any] = contract.section("transport")["common_params"]
        return cls(
            actions={
                name: Action(
                    name=name,
                    endpoint=entry["endpoint"],
                    parameters=tuple(Parameter.read(parameter) for parameter in entry["params"]),
                    errors=entry["errors"],
                )
                for name, entry in contract.named("actions").items()
                if entry["endpoint"] in ENDPOINTS
            },
            common={place: tuple(Parameter.read(entry) for entry in shared[place]) for place in ENDPOINTS},
            optional=frozenset(shared["optional_seen_in_sdks"]),
            meanings={code: entry["meaning"] for code, entry in contract.section("errors").items()},
        )

    def message(self, action: Action | None, code: str) -> str:
        """Return the text that goes with a code on this action."""
        own: Mapping[str, str] = action.errors if action else {}
        return own.get(code) or self.meanings.get(code) or code

    def judge(
        self, action: Action, given: Mapping[str, Any], query: Iterable[str]
    ) -> tuple[dict[str, Any], list[Violation]]:
        """Return the parameters in the clients' spelling, and what is wrong with them."""
        found: list[Violation] = []
        wanted = {parameter.name: parameter for parameter in (*self.common[action.endpoint], *action.parameters)}
        named = self._respelt(action, given, wanted, found)
        extra = {name: value for name, value in named.items() if name in self.optional and name not in wanted}
        found += [
            Violation(action.name, name, "wrong_type", "expected a text or a number")
            for name, value in extra.items()
            if isinstance(value, dict | list | bool)
        ]
        judged = [
            attrs.evolve(parameter, required=_required(action, parameter, named)) for parameter in wanted.values()
        ]
        found += judge_json(action.name, judged, {name: value for name, value in named.items() if name not in extra})
        found += [
            Violation(action.name, name, "misplaced" if name in wanted else "unknown", "in the query")
            for name in query
            if name not in DECORATION
        ]
        return named, found

    @staticmethod
    def _respelt(
        action: Action, given: Mapping[str, Any], wanted: Mapping[str, Parameter], found: list[Violation]
    ) -> dict[str, Any]:
        named = dict(given)
        for page, client in DOCUMENTED_SPELLING.items():
            if client in wanted and page in named:
                if client in named:
                    found.append(Violation(action.name, client, "duplicate", f"also sent as {page}"))
                named.setdefault(client, named[page])
                del named[page]
        return named


def refusal_of(action: Action, violations: list[Violation]) -> RefusalError:
    """Return the answer to a request that breaks the contract: the action's own code, else HTTP 400.

    A token that is missing or no text is an invalid one on every action of tokenapi, listed there or not: the code is
    common to many actions (contract: errors), and clients log in again on it.
    """
    bad_token = any(each.parameter == "AccessToken" and each.what in {"missing", "wrong_type"} for each in violations)
    if bad_token and action.endpoint == "tokenapi":
        return RefusalError(INVALID_TOKEN, "Invalid Token")
    for violation in violations:
        for code in CODES_BY_FAULT.get(violation.what, ("InvalidParameter",)):
            if code in action.errors:
                return RefusalError(code, f"{violation.parameter} is {violation.what.replace('_', ' ')}")
    first = violations[0]
    return RefusalError("InvalidParameter", f"{first.parameter} is {first.what.replace('_', ' ')}", status=400)


def way_of_sign_in(given: Mapping[str, Any]) -> str:
    """Return the Type of an AppGetToken; it may be left out, and what else was sent then tells it."""
    return given.get("Type") or ("email" if given.get("Email") else "phone")


def _required(action: Action, parameter: Parameter, given: Mapping[str, Any]) -> bool:
    """Tell whether this request has to carry the parameter."""
    if parameter.name in UNSENT.get(action.name, ()):
        return False
    if action.name == "AppGetToken" and parameter.name in {"PhoneNumber", "Email"}:
        return parameter.name in LOOK_UPS.get(str(way_of_sign_in(given)), ())
    stated = parameter.fields.get("required")
    if isinstance(stated, str):
        condition = re.fullmatch(r"when (\w+) is (\w+)", stated)
        return condition is not None and given.get(condition[1]) == condition[2]
    instead = parameter.fields.get("or") or INSTEAD.get((action.name, parameter.name))
    return bool(stated) and not (instead and given.get(instead))
