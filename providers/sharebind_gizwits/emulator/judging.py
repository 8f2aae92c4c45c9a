"""The judge of a request's parameters: place, type, presence, and the values that the contract names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, cast

import attrs

from sharebind.emulator import Parameter, Request, Violation, judge_json, judge_text
from sharebind_gizwits.emulator.calls import Endpoint, body_of

PERSONS: Final = ("uid", "username", "email", "phone")
"""What names the recipient of a direct share (contract: create_share, constraints)."""

ONE_OF: Final = f"exactly one of {', '.join(PERSONS)}"
AT_LEAST_ONE: Final = "at_least_one_body_param"


def judge(endpoint: Endpoint, enums: Mapping[str, Any], request: Request) -> tuple[dict[str, Any], list[Violation]]:
    """Return the parameters of path, query and body by name, and what is wrong with them. Headers are not judged."""
    body = body_of(request)
    if not isinstance(body, dict):
        return {}, [Violation(endpoint.name, "body", "wrong_type", "expected a JSON object")]
    fields = cast("dict[str, object]", body)
    match = endpoint.pattern.fullmatch(request.path)
    path = {name: [text] for name, text in (match.groupdict() if match else {}).items()}
    found = _placed(
        endpoint,
        [
            *judge_text(endpoint.name, endpoint.at("path"), path),
            *judge_text(endpoint.name, endpoint.at("query"), request.query),
            *judge_json(endpoint.name, endpoint.at("body"), fields),
        ],
    )
    texts = {name: values[0] for name, values in {**request.query, **path}.items() if values and values[0]}
    wrong = {each.parameter for each in found}
    given = dict(_read(endpoint, texts, fields, wrong))
    found += [each for parameter in endpoint.parameters for each in _values(endpoint, parameter, enums, given)]
    return given, found + list(_constraints(endpoint, given, {each.parameter for each in found}))


def _placed(endpoint: Endpoint, found: Iterable[Violation]) -> list[Violation]:
    """Call what stands in the wrong place misplaced, and neither unknown nor missing."""
    found = list(found)
    known = {parameter.name for parameter in endpoint.at("path", "query", "body")}
    strangers = {each.parameter for each in found if each.what == "unknown"} & known
    return [
        attrs.evolve(each, what="misplaced") if each.what == "unknown" and each.parameter in known else each
        for each in found
        if not (each.what == "missing" and each.parameter in strangers)
    ]


def _read(
    endpoint: Endpoint, texts: Mapping[str, str], fields: Mapping[str, object], wrong: set[str]
) -> Iterator[tuple[str, Any]]:
    """Yield what was sent in its right place and type."""
    for parameter in endpoint.at("path", "query", "body"):
        value = fields.get(parameter.name) if parameter.place == "body" else texts.get(parameter.name)
        if value is None or parameter.name in wrong:
            continue
        is_number = parameter.kind == "int64" and isinstance(value, str)
        yield parameter.name, int(cast("str", value)) if is_number else value


def _values(
    endpoint: Endpoint, parameter: Parameter, enums: Mapping[str, Any], given: Mapping[str, Any]
) -> Iterator[Violation]:
    """Judge a value of the right type by the values that the contract names."""
    value, fields = given.get(parameter.name), parameter.fields
    if value is None:
        return
    allowed = [str(each) for each in fields.get("values", enums.get(fields.get("enum", ""), ()))]
    if allowed and str(value) not in allowed:
        yield Violation(endpoint.name, parameter.name, "wrong_type", f"expected one of {', '.join(allowed)}")
    if "min" in fields and not fields["min"] <= value <= fields["max"]:
        yield Violation(endpoint.name, parameter.name, "wrong_type", f"expected {fields['min']} to {fields['max']}")
    if fields.get("type") == "string_list" and not all(isinstance(item, str) for item in value):
        yield Violation(endpoint.name, parameter.name, "wrong_type", "expected texts")
    if fields.get("type") == "object_list":
        yield from _items(endpoint, parameter, value)


def _items(endpoint: Endpoint, parameter: Parameter, items: list[object]) -> Iterator[Violation]:
    wanted = [Parameter(name=name, kind=kind, required=True) for name, kind in parameter.fields["item"].items()]
    if not items:
        yield Violation(endpoint.name, parameter.name, "missing", "empty")
    for item in items:
        if isinstance(item, dict):
            for each in judge_json(endpoint.name, wanted, cast("dict[str, object]", item)):
                yield attrs.evolve(each, parameter=f"{parameter.name}[].{each.parameter}")
        else:
            yield Violation(endpoint.name, parameter.name, "wrong_type", "expected objects")


def _constraints(endpoint: Endpoint, given: Mapping[str, Any], wrong: set[str]) -> Iterator[Violation]:
    """Judge what the contract says in words of several parameters together."""
    if endpoint.name == "create_share" and given.get("type") == 0:
        named = [name for name in PERSONS if given.get(name)]
        if not named and not wrong & set(PERSONS):
            yield Violation(endpoint.name, PERSONS[0], "missing", ONE_OF)
        for name in named[1:]:
            yield Violation(endpoint.name, name, "duplicate", ONE_OF)
    names = {parameter.name for parameter in endpoint.at("body")}
    if AT_LEAST_ONE in endpoint.constraints and not names & (set(given) | wrong):
        yield Violation(endpoint.name, min(names), "missing", f"at least one of {', '.join(sorted(names))}")
