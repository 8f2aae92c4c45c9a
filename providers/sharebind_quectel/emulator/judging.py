"""Judging a call against the contract: where parameters stand, which there are, what they look like."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, cast

import attrs

from sharebind.emulator import Contract, Parameter, Request, Violation, judge_json, judge_text

FORMS_TAKEN: Final = frozenset({"emailPwdLogin", "phonePwdLogin", "refreshToken"})
"""Calls whose parameters public clients send as an urlencoded form too (contract: conventions.form_alternative)."""

INVITEES: Final = ("shareUid", "email", "phone")
CODES_OF_A_DEVICE: Final = ("bindingCode", "encryptedBindingCode")

CODES_OF_PARAMETERS: Final[Mapping[str, int]] = {
    "acceptingExpireAt": 5132,
    "bindingCode": 5179,
    "deviceKey": 5067,
    "deviceName": 5068,
    "dk": 5067,
    "email": 5026,
    "phone": 5021,
    "pk": 5066,
    "productKey": 5066,
    "pwd": 5022,
    "refreshToken": 5115,
    "shareCode": 5136,
    "signature": 5550,
    "sn": 5088,
    "userDomain": 5023,
}
"""What the vendor says when a required parameter is missing, on calls that list the code or where it is general."""

CODES_OF_TYPES: Final[Mapping[str, int]] = {"acceptingExpireAt": 5145, "sharingExpireAt": 5145, "coverMark": 5133}

RANGES: Final[Mapping[str, range]] = {"capabilitiesBitmask": range(1, 16)}
"""Numbers whose values the contract names; another one is refused like a wrong type."""

CHOICES: Final[Mapping[str, frozenset[str]]] = {
    "matterInfo.catList[].privilege": frozenset({"View", "Operate", "Administer"})
}
"""The same for texts."""


class Judge:
    """Know what each call takes."""

    def __init__(self, contract: Contract) -> None:
        self._endpoints = contract.named("endpoints")
        self._general: Mapping[str, str] = contract.section("general_codes")
        self._parameters = {
            name: tuple(Parameter.read(entry) for entry in each["params"]) for name, each in self._endpoints.items()
        }

    def judge(self, operation: str, request: Request) -> tuple[Mapping[str, str], list[Violation]]:
        """Return the parameters as texts, and how they break the contract; what is nested has its path for a name."""
        if self._endpoints[operation]["send_as"] == "json body":
            given, found = self._judge_body(operation, request)
        else:
            given, found = self._judge_query(operation, request)
        return given, found + self._judge_ranges(operation, given, found) + _choices(operation, given)

    def code_of(self, operation: str, violations: Iterable[Violation]) -> str:
        """Return the documented code of the first violation that has one, empty when none has."""
        codes: Mapping[str, str] = self._endpoints[operation]["codes"]
        required = {parameter.name for parameter in self._parameters[operation] if parameter.required}
        for violation in violations:
            code = _code_of(operation, violation, required)
            if code in codes or code in self._general:
                return code
        return ""

    def _judge_query(self, operation: str, request: Request) -> tuple[dict[str, str], list[Violation]]:
        parameters = self._parameters[operation]
        query = {name: list(values) for name, values in request.query.items()}
        body: Mapping[str, Any] = request.form
        if operation in FORMS_TAKEN:
            for name, values in request.form.items():
                query.setdefault(name, []).extend(values)
            body = {}
        sent = request.body
        if isinstance(sent, dict):
            body = {**body, **cast("dict[str, Any]", sent)}
        elif request.raw_body.strip() and not request.form:
            body = {**body, "body": None}
        names = {parameter.name for parameter in parameters}
        misplaced = set(body) & names
        found = [Violation(operation, name, "misplaced", "expected in the query") for name in sorted(misplaced)]
        found += [Violation(operation, name, "unknown") for name in body if name not in names]
        found += [
            each
            for each in judge_text(operation, parameters, query)
            if not (each.what == "missing" and each.parameter in misplaced)
        ]
        return {name: values[0] for name, values in query.items() if values}, found

    def _judge_body(self, operation: str, request: Request) -> tuple[dict[str, str], list[Violation]]:
        parameters = self._parameters[operation]
        elsewhere = {**request.query, **request.form}
        names = {parameter.name for parameter in parameters}
        found = [
            Violation(operation, name, *(("misplaced", "expected in the body") if name in names else ("unknown",)))
            for name in sorted(elsewhere)
        ]
        body = request.body
        if not isinstance(body, dict):
            if request.raw_body.strip() and not request.form:
                found.append(Violation(operation, "body", "wrong_type", "expected a JSON object"))
            body = {}
        found += [
            each
            for each in _judge_object(operation, parameters, cast("dict[str, object]", body))
            if not (each.what == "missing" and each.parameter in elsewhere)
        ]
        return dict(_flat(cast("dict[str, object]", body))), found

    def _judge_ranges(self, operation: str, given: Mapping[str, str], found: Sequence[Violation]) -> list[Violation]:
        names = {parameter.name for parameter in self._parameters[operation]}
        judged = {each.parameter for each in found}
        return [
            Violation(operation, name, "wrong_type", f"expected {values[0]} to {values[-1]}")
            for name, values in RANGES.items()
            if name in names & set(given) and name not in judged and int(given[name]) not in values
        ]


def _judge_object(
    operation: str, parameters: Iterable[Parameter], given: Mapping[str, object], path: str = ""
) -> list[Violation]:
    """Judge a JSON object, the objects inside it, and those in its arrays."""
    below = [parameter for parameter in parameters if parameter.name.startswith(path)]
    own = [attrs.evolve(each, name=each.name.removeprefix(path)) for each in below]
    own = [each for each in own if "." not in each.name]
    found = [attrs.evolve(each, parameter=path + each.parameter) for each in judge_json(operation, own, dict(given))]
    for each in own:
        value, name = given.get(each.name), path + each.name
        if name in CHOICES and isinstance(value, str) and value not in CHOICES[name]:
            found.append(Violation(operation, name, "wrong_type", f"expected {', '.join(sorted(CHOICES[name]))}"))
        if isinstance(value, dict):
            found += _judge_object(operation, below, cast("dict[str, object]", value), f"{name}.")
        if isinstance(value, list):
            for item in cast("list[object]", value):
                if isinstance(item, dict):
                    found += _judge_object(operation, below, cast("dict[str, object]", item), f"{name}[].")
                else:
                    found.append(Violation(operation, name, "wrong_type", "expected objects"))
    return found


def _flat(given: Mapping[str, object], path: str = "") -> Iterable[tuple[str, str]]:
    """Yield what stands in an object as texts, as a query would have them; null is not there."""
    for name, value in given.items():
        if isinstance(value, dict):
            yield from _flat(cast("dict[str, object]", value), f"{path}{name}.")
        elif value is not None and not isinstance(value, list):
            yield path + name, str(value).lower() if isinstance(value, bool) else str(value)


def _choices(operation: str, given: Mapping[str, str]) -> list[Violation]:
    """Judge what the contract says in words: one invitee, one binding code, keys or a share code."""
    if operation in {"shareByUid", "deviceBindingByPureBt"}:
        names = INVITEES if operation == "shareByUid" else CODES_OF_A_DEVICE
        named = [name for name in names if given.get(name)]
        one_of = f"one of {', '.join(names)}"
        if not named:
            return [Violation(operation, names[0], "missing", one_of)]
        return [Violation(operation, name, "duplicate", one_of) for name in named[1:]]
    # An official sample sends pk and an empty dk beside the share code, so only their lack is judged.
    by_keys = given.get("pk") and given.get("dk")
    if operation == "deviceInfo" and not by_keys and not given.get("shareCode"):
        return [Violation(operation, "shareCode", "missing", "neither pk and dk nor shareCode")]
    return []


def _code_of(operation: str, violation: Violation, required: set[str]) -> str:
    """Return the code that the vendor has for a violation, empty when it has none."""
    name = violation.parameter
    if violation.what == "missing" and operation == "deviceInfo":
        return "5140"
    if violation.what == "missing" and operation == "shareByUid" and name in INVITEES:
        return "5891"
    if violation.what == "missing" or (violation.what == "misplaced" and name in required):
        return str(CODES_OF_PARAMETERS.get(name, ""))
    if violation.what == "wrong_type":
        return str(CODES_OF_TYPES.get(name, ""))
    return ""
