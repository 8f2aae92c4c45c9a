"""A vendor's contract as data, and the judge of parameters.

The data is the ``contract.json`` beside each vendor's emulator, made from ``docs/contracts/<vendor>.yaml``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from importlib import resources
from typing import Any, Final

import attrs

from sharebind.emulator.world import Violation

INTEGER_BITS: Final = {"int": 64, "int32": 32, "int64": 64}
LONGEST_INTEGER: Final = 19


@attrs.frozen(kw_only=True)
class Parameter:
    """Describe one parameter of a call; `fields` keeps the contract's whole entry."""

    name: str
    kind: str
    required: bool = False
    place: str = "body"
    fields: Mapping[str, Any] = attrs.field(factory=dict[str, Any], repr=False)

    @classmethod
    def read(cls, entry: Mapping[str, Any]) -> Parameter:
        """Read an entry of a contract's `params`."""
        return cls(
            name=entry["name"],
            kind=entry.get("type", "string"),
            required=bool(entry.get("required", False)),
            place=entry.get("in", "body"),
            fields=entry,
        )


class Contract:
    """Give a vendor's contract: `data` is the whole file, `section` one part of it."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.data = data

    @classmethod
    def beside(cls, package: str) -> Contract:
        """Read the contract.json inside the named package."""
        return cls(json.loads(resources.files(package).joinpath("contract.json").read_text(encoding="utf-8")))

    def section(self, name: str) -> Any:
        """Return one section, such as `endpoints` or `enums`."""
        return self.data[name]

    def named(self, section: str) -> dict[str, dict[str, Any]]:
        """Return a section that lists entries with a `name` as a mapping by that name."""
        return {entry["name"]: entry for entry in self.data[section]}


def in_range(value: int, kind: str) -> bool:
    """Tell whether the number fits the integer kind of the contract."""
    limit = 1 << (INTEGER_BITS[kind] - 1)
    return -limit <= value < limit


def text_fits(kind: str, text: str) -> bool:
    """Tell whether a query or form value can be read as the contract's kind; every text is a string."""
    if kind in INTEGER_BITS:
        digits = text.removeprefix("-")
        return digits.isascii() and digits.isdigit() and len(digits) <= LONGEST_INTEGER and in_range(int(text), kind)
    if kind == "bool":
        return text in {"true", "false"}
    return True


def json_fits(kind: str, value: object) -> bool:
    """Tell whether a JSON value is of the contract's kind; a boolean is no number here."""
    if kind in INTEGER_BITS:
        return isinstance(value, int) and not isinstance(value, bool) and in_range(value, kind)
    if kind == "bool":
        return isinstance(value, bool)
    if kind == "object":
        return isinstance(value, dict)
    if kind == "array":
        return isinstance(value, list)
    return isinstance(value, str)


def judge_text(operation: str, parameters: Iterable[Parameter], given: Mapping[str, Sequence[str]]) -> list[Violation]:
    """List what is wrong with the parameters of a query or a form.

    A required one that is empty counts as missing; an optional text may be empty.
    """
    known = {parameter.name: parameter for parameter in parameters}
    found = [Violation(operation, name, "unknown") for name in given if name not in known]
    for name, parameter in known.items():
        values = given.get(name, ())
        if not values or not (values[0] or not parameter.required):
            if parameter.required:
                found.append(Violation(operation, name, "missing", "empty" if values else ""))
            continue
        if len(values) > 1:
            found.append(Violation(operation, name, "duplicate", f"{len(values)} times"))
        if not text_fits(parameter.kind, values[0]):
            found.append(Violation(operation, name, "wrong_type", f"expected {parameter.kind}"))
    return found


def judge_json(operation: str, parameters: Iterable[Parameter], given: Mapping[str, object]) -> list[Violation]:
    """List what is wrong with the fields of a JSON object; null counts as absent, an empty required text as missing."""
    known = {parameter.name: parameter for parameter in parameters}
    found = [Violation(operation, name, "unknown") for name in given if name not in known]
    for name, parameter in known.items():
        value = given.get(name)
        if value is None or (value == "" and parameter.required):
            if parameter.required:
                found.append(Violation(operation, name, "missing", "" if value is None else "empty"))
        elif not json_fits(parameter.kind, value):
            found.append(Violation(operation, name, "wrong_type", f"expected {parameter.kind}"))
    return found
