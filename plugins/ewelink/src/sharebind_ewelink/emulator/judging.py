"""The judge of requests: which call a path is, and whether its parameters are as the contract has them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, cast

import attrs

from sharebind.emulator import Contract, Parameter, Request, Violation, judge_json, judge_text

KINDS: Final[Mapping[str, str]] = {"integer": "int64", "string_list": "array", "object_list": "array"}
"""The contract's words for kinds that the shared judge calls otherwise."""

SWITCHES: Final = frozenset({"opsNotify", "opsHistory", "alarmNotify"})
"""The fields of `settings`, each 0 or 1."""

Found = list[Violation]


@attrs.frozen(kw_only=True)
class Endpoint:
    """Describe one call of the contract."""

    name: str
    method: str
    path: str
    token_only: bool
    parameters: tuple[Parameter, ...]
    constraints: tuple[str, ...]

    @classmethod
    def read(cls, entry: Mapping[str, Any]) -> Endpoint:
        """Read an entry of the contract's `endpoints`."""
        parameters = (Parameter.read(each) for each in entry["params"])
        return cls(
            name=entry["name"],
            method=entry["method"],
            path=entry["path"],
            token_only=entry["auth"] == ["token"],
            parameters=tuple(attrs.evolve(each, kind=KINDS.get(each.kind, each.kind)) for each in parameters),
            constraints=tuple(entry.get("constraints", ())),
        )

    def judge(self, body: object, request: Request) -> tuple[dict[str, Any], Found]:
        """Return the parameters that were sent, and what is wrong with them."""
        query = {name: values[0] for name, values in request.query.items()}
        in_body = cast("dict[str, Any]", body) if isinstance(body, dict) else {}
        wanted = {place: [each for each in self.parameters if each.place == place] for place in ("query", "body")}
        found = self._misplaced(wanted["body"], query, "query") + self._misplaced(wanted["query"], in_body, "body")
        wrong = {each.parameter for each in found}
        if not isinstance(body, dict) and (wanted["body"] or request.raw_body):
            found.append(Violation(self.name, "body", "wrong_type", "expected a JSON object"))
        asked = {name: values for name, values in request.query.items() if name not in wrong}
        sent = {name: value for name, value in in_body.items() if name not in wrong}
        found += [each for each in judge_text(self.name, wanted["query"], asked) if each.parameter not in wrong]
        found += [each for each in judge_json(self.name, wanted["body"], sent) if each.parameter not in wrong]
        given = {**query, **in_body}
        bad = {each.parameter for each in found}
        for parameter in self.parameters:
            if parameter.name not in bad and given.get(parameter.name) not in (None, ""):
                found += self._value(parameter, given[parameter.name])
        if "phoneNumber_or_email" in self.constraints and not (given.get("phoneNumber") or given.get("email")):
            found.append(Violation(self.name, "phoneNumber", "missing", "neither phoneNumber nor email"))
        return given, found

    def _misplaced(self, wanted: Iterable[Parameter], given: Mapping[str, object], place: str) -> Found:
        other = "body" if place == "query" else "query"
        return [
            Violation(self.name, each.name, "misplaced", f"expected in the {other}")
            for each in wanted
            if each.name in given
        ]

    def _value(self, parameter: Parameter, value: Any) -> Found:
        """Judge a value of the right kind: its list, its range, its items and its fields."""
        fields = parameter.fields
        if parameter.name == "countryCode" and not value.startswith("+"):
            return self._wrong(parameter.name, "expected a leading +")
        if value not in fields.get("values", (value,)):
            return self._wrong(parameter.name, f"expected {' or '.join(map(str, fields['values']))}")
        least, most = fields.get("range") or (fields.get("min"), fields.get("max"))
        if (least is not None and int(value) < least) or (most is not None and int(value) > most):
            return self._wrong(parameter.name, f"expected {least} to {most}")
        match parameter.fields.get("type"):
            case "string_list":
                return self._texts(parameter.name, value)
            case "object_list":
                return self._objects(parameter, value)
            case "object":
                return self._user(value) if parameter.name == "user" else self._switches(parameter.name, value)
            case _:
                return []

    def _texts(self, name: str, items: Sequence[object]) -> Found:
        if not items:
            return [Violation(self.name, name, "missing", "an empty list")]
        good = all(isinstance(item, str) and item for item in items)
        return [] if good else self._wrong(name, "expected texts")

    def _objects(self, parameter: Parameter, items: Sequence[object]) -> Found:
        least, most = parameter.fields["min_items"], parameter.fields["max_items"]
        if not least <= len(items) <= most:
            return self._wrong(parameter.name, f"expected {least} to {most} items")
        wanted = [
            Parameter(name=name, kind=KINDS.get(kind) or kind, required=True)
            for name, kind in cast("dict[str, str]", parameter.fields["item"]).items()
        ]
        found: Found = []
        for item in items:
            if isinstance(item, dict):
                judged = judge_json(self.name, wanted, cast("dict[str, Any]", item))
                found += _inside(f"{parameter.name}[]", judged)
            else:
                found += self._wrong(parameter.name, "expected objects")
        return found

    def _user(self, user: Mapping[str, Any]) -> Found:
        """Judge whom to share with; the phone needs its country beside it (contract: required_when)."""
        with_phone = bool(user.get("phoneNumber"))
        wanted = [
            Parameter(name="countryCode", kind="string", required=with_phone),
            Parameter(name="phoneNumber", kind="string"),
            Parameter(name="email", kind="string"),
        ]
        found = _inside("user", judge_json(self.name, wanted, user))
        if not with_phone and not user.get("email"):
            found.append(Violation(self.name, "user", "missing", "neither phoneNumber nor email"))
        return found

    def _switches(self, name: str, settings: Mapping[str, Any]) -> Found:
        found = [Violation(self.name, f"{name}.{each}", "unknown") for each in settings if each not in SWITCHES]
        for each in settings.keys() & SWITCHES:
            if isinstance(settings[each], bool) or settings[each] not in (0, 1):
                found += self._wrong(f"{name}.{each}", "expected 0 or 1")
        return found

    def _wrong(self, name: str, detail: str) -> Found:
        return [Violation(self.name, name, "wrong_type", detail)]


def _inside(name: str, found: Found) -> Found:
    """Name what is wrong with a field by the way to it."""
    return [attrs.evolve(each, parameter=f"{name}.{each.parameter}") for each in found]


@attrs.frozen
class Rulebook:
    """Hold every call of the contract, those open to OAuth credentials, the texts of the codes, and the limits."""

    endpoints: Mapping[str, Endpoint]
    oauth_subset: frozenset[str]
    meanings: Mapping[str, str]
    share_types: frozenset[int]
    limits: Mapping[str, Any]

    @classmethod
    def read(cls, contract: Contract) -> Rulebook:
        """Read the contract beside this file."""
        return cls(
            endpoints={name: Endpoint.read(entry) for name, entry in contract.named("endpoints").items()},
            oauth_subset=frozenset(contract.section("credential_tiers")["oauth_subset"]),
            meanings={code: entry["kind"].replace("_", " ") for code, entry in contract.section("errors").items()},
            share_types=frozenset(
                int(number) for number in contract.section("enums")["share_type"] if number.isdecimal()
            ),
            limits=contract.section("limits"),
        )

    def operation_at(self, method: str, path: str) -> str | None:
        """Return the name of the call at that path, None when there is none."""
        for endpoint in self.endpoints.values():
            if (endpoint.method, endpoint.path) == (method, path):
                return endpoint.name
        return None

    def share_type(self, given: Mapping[str, Any]) -> Found:
        """Judge the kind of a share: only one is documented."""
        kind = given.get("shareType")
        if not isinstance(kind, int) or kind in self.share_types:
            return []
        return [Violation("share_devices", "shareType", "wrong_type", f"expected {sorted(self.share_types)}")]

    def open_to_oauth(self, operation: str) -> bool:
        """Tell whether the call is on the list for OAuth credentials (quirk oauth_cannot_share)."""
        endpoint = self.endpoints[operation]
        return f"{endpoint.method} {endpoint.path}" in self.oauth_subset
