"""What an endpoint is, what a request asks of it, and what a refusal is."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import attrs

from sharebind.emulator import Contract, Parameter, Request
from sharebind_gizwits.emulator.state import Account

TOKEN_INVALID: Final = "9004"  # noqa: S105 - a code, no secret
FORM_INVALID: Final = "9015"
KINDS: Final = {"integer": "int64", "object_list": "array", "string_list": "array"}
"""The contract's words for types, in those of the judge."""

PREFIX: Final = "GIZ_OPENAPI_"


class RefusalError(Exception):
    """Say that the cloud refuses, with a vendor code; `status` replaces the HTTP status of the code."""

    def __init__(self, code: str, detail: str = "", *, status: int | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail
        self.status = status


@attrs.frozen(kw_only=True)
class Endpoint:
    """Describe one endpoint of the contract."""

    name: str
    method: str
    path: str
    pattern: re.Pattern[str]
    auth: frozenset[str]
    parameters: tuple[Parameter, ...]
    constraints: tuple[str, ...]

    @classmethod
    def read(cls, entry: Mapping[str, Any]) -> Endpoint:
        """Read an entry of the contract's `endpoints`."""
        parts = re.split(r"\{(\w+)\}", entry["path"])
        pattern = "".join(f"(?P<{part}>[^/]+)" if at % 2 else re.escape(part) for at, part in enumerate(parts))
        return cls(
            name=entry["name"],
            method=entry["method"],
            path=entry["path"],
            pattern=re.compile(f"{pattern}/?"),
            auth=frozenset(entry["auth"]),
            parameters=tuple(_parameter(each) for each in entry["params"]),
            constraints=tuple(entry.get("constraints", ())),
        )

    def at(self, *places: str) -> list[Parameter]:
        """Return the parameters of those places."""
        return [parameter for parameter in self.parameters if parameter.place in places]


@attrs.frozen(kw_only=True)
class Call:
    """Hold one judged request: who asks for what, when, and with which parameters."""

    endpoint: Endpoint
    given: Mapping[str, Any] = attrs.field(repr=False)
    headers: Mapping[str, str] = attrs.field(repr=False)
    now: datetime
    holder: Account | None = None

    @property
    def caller(self) -> Account:
        """Return who holds the token; login and the two calls about the service itself have nobody."""
        if self.holder is None:
            raise RefusalError(TOKEN_INVALID)
        return self.holder

    def text(self, name: str) -> str:
        """Return a text parameter, empty when it was not sent."""
        return self.given.get(name) or ""

    def number(self, name: str) -> int | None:
        """Return a number parameter, None when it was not sent."""
        return self.given.get(name)


@attrs.frozen(kw_only=True)
class Result:
    """Hold what a call answers, and whether it changed something; NOTHING is what calls without an answer return."""

    body: Any = attrs.field(repr=False)
    effect: bool = False


NOTHING: Final = object()
"""Stands for the body of a call that returns nothing (contract: response null)."""

DONE: Final = Result(body=NOTHING, effect=True)


@attrs.frozen
class Rulebook:
    """Hold every endpoint, every code and every enumeration of the contract."""

    endpoints: Mapping[str, Endpoint]
    codes: Mapping[str, Mapping[str, Any]]
    enums: Mapping[str, Any]
    timing: Mapping[str, Any]
    auth: Mapping[str, Any]
    clock_skew_max_s: int

    @classmethod
    def read(cls, contract: Contract) -> Rulebook:
        """Read what the cloud goes by."""
        return cls(
            endpoints={name: Endpoint.read(entry) for name, entry in contract.named("endpoints").items()},
            codes=contract.section("errors"),
            enums=contract.section("enums"),
            timing=contract.section("timing"),
            auth=contract.section("auth"),
            clock_skew_max_s=contract.section("transport")["clock_skew_max_s"],
        )

    def find(self, method: str, path: str) -> Endpoint | None:
        """Return the endpoint that answers there."""
        return next((each for each in self.at(path) if each.method == method), None)

    def at(self, path: str) -> list[Endpoint]:
        """Return the endpoints of every method at that path."""
        return [each for each in self.endpoints.values() if each.pattern.fullmatch(path)]

    def status(self, code: str) -> int | None:
        """Return the documented HTTP status of a code, None when no page has it."""
        return self.codes.get(code, {}).get("http")

    def message(self, code: str) -> str:
        """Return the text that goes with a code: its name in plain words."""
        return str(self.codes.get(code, {}).get("name", code)).removeprefix(PREFIX).replace("_", " ").lower()


def body_of(request: Request) -> object:
    """Return the JSON in the body, whatever the headers call it: {} without a body, None for what is no JSON."""
    if request.body is not None:
        return request.body
    if not request.raw_body.strip():
        return {}
    try:
        return json.loads(request.raw_body)
    except (ValueError, RecursionError):
        return None


def _parameter(entry: Mapping[str, Any]) -> Parameter:
    read = Parameter.read(entry)
    required = read.required or bool(entry.get("effectively_required"))
    return attrs.evolve(read, kind=KINDS.get(read.kind, read.kind), required=required)
