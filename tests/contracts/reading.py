"""The contracts as data. Their shapes differ; behind one reader for each shape they are asked alike."""

from __future__ import annotations

import abc
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import quote, unquote, urlsplit

import yaml

CONTRACTS: Final = Path(__file__).resolve().parents[2] / "docs" / "contracts"

LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The one in C reads the same ten times as fast; not every PyYAML has it."""

Parameters = dict[str, dict[str, Any]]
"""Parameters by name, each with its entry; a field is named by its path: ``outer.inner``, ``list[].inner``."""


@cache
def contract(name: str) -> dict[str, Any]:
    """Read one file of ``docs/contracts``."""
    text = (CONTRACTS / f"{name}.yaml").read_text(encoding="utf-8")
    return cast("dict[str, Any]", yaml.load(text, LOADER))  # noqa: S506 - either loader is a safe one


class Reader(abc.ABC):
    """Answer what a contract says of a call."""

    section = "endpoints"

    def __init__(self, vendor: str, out_of_scope: Iterable[str]) -> None:
        self.vendor = vendor
        self.out_of_scope = frozenset(out_of_scope)

    @property
    def data(self) -> dict[str, Any]:
        """The whole contract."""
        return contract(self.vendor)

    def entry(self, call: str) -> dict[str, Any]:
        """Return the entry of a call."""
        return next(each for each in self.data[self.section] if each["name"] == call)

    def emulated(self) -> tuple[str, ...]:
        """Return the calls that the emulated cloud judges, which may be more than the adapter makes."""
        return self.made()

    @abc.abstractmethod
    def made(self) -> tuple[str, ...]:
        """Return the calls that the adapter makes, in the contract's order."""

    @abc.abstractmethod
    def needs_token(self, call: str) -> bool:
        """Tell whether a call is made in a user's name; the others sign in or renew."""

    @abc.abstractmethod
    def place(self, call: str, parameter: str) -> str:
        """Return where a parameter belongs: path, query, header or body."""

    @abc.abstractmethod
    def codes(self, call: str) -> dict[str, str]:
        """Return the codes that are listed for a call, with their meanings, without success."""

    @abc.abstractmethod
    def address(self, call: str) -> tuple[str, str]:
        """Return method and path of a call; the path may hold names in braces."""

    def own(self, call: str) -> Parameters:
        """Return the call's own parameters."""
        return {each["name"]: each for each in self.entry(call)["params"]}

    def common(self, call: str) -> Parameters:
        """Return the parameters that come with every call of this kind."""
        del call
        return {}


class QuectelReader(Reader):
    """Read Quectel's contract: groups of endpoints, and codes with their meanings."""

    GROUPS: Final = frozenset({"auth", "bind", "share"})

    def made(self) -> tuple[str, ...]:
        """Return the endpoints of the groups that are in scope."""
        listed = [each["name"] for each in self.data["endpoints"] if each["group"] in self.GROUPS]
        return tuple(name for name in listed if name not in self.out_of_scope)

    def needs_token(self, call: str) -> bool:
        """Tell whether the endpoint wants a token."""
        return bool(self.entry(call)["auth"] != "none")

    def place(self, call: str, parameter: str) -> str:
        """Return the one place of all parameters."""
        del parameter
        return "body" if self.entry(call)["send_as"] == "json body" else "query"

    def codes(self, call: str) -> dict[str, str]:
        """Return the endpoint's codes."""
        return {str(code): meaning for code, meaning in self.entry(call)["codes"].items() if code != 200}

    def address(self, call: str) -> tuple[str, str]:
        """Return method and path of the endpoint."""
        return self.entry(call)["method"], self.entry(call)["path"]


class TencentReader(Reader):
    """Read Tencent's contract: actions, all sent to one of two addresses."""

    section = "actions"
    ENDPOINTS: Final = frozenset({"tokenapi", "appapi"})
    """Those for apps."""

    def made(self) -> tuple[str, ...]:
        """Return the actions for apps that are in scope."""
        listed = [each["name"] for each in self.data["actions"] if each["endpoint"] in self.ENDPOINTS]
        return tuple(name for name in listed if name not in self.out_of_scope)

    def needs_token(self, call: str) -> bool:
        """Tell whether the action carries a user's token."""
        return bool(self.entry(call)["endpoint"] == "tokenapi")

    def place(self, call: str, parameter: str) -> str:
        """Return the one place of all parameters."""
        del call, parameter
        return "body"

    def codes(self, call: str) -> dict[str, str]:
        """Return the action's codes."""
        return {str(code): meaning for code, meaning in self.entry(call)["errors"].items()}

    def address(self, call: str) -> tuple[str, str]:
        """Return method and path of the action's endpoint."""
        host = self.data["hosts"]["domestic"][self.entry(call)["endpoint"]]
        return self.data["transport"]["method"], urlsplit(host).path

    def common(self, call: str) -> Parameters:
        """Return what the endpoint wants with every action."""
        named = self.data["transport"]["common_params"][self.entry(call)["endpoint"]]
        return {each["name"]: each for each in named}


class RestReader(Reader):
    """Read a contract of plain REST endpoints: parameters in four places, fields inside, and lists of bare codes."""

    KINDS: Final = {"integer": "int64", "object_list": "array", "string_list": "array", "0_or_1": "int64"}

    def emulated(self) -> tuple[str, ...]:
        """Return every endpoint."""
        return tuple(each["name"] for each in self.data["endpoints"])

    def made(self) -> tuple[str, ...]:
        """Return every endpoint but those that are out of scope."""
        return tuple(name for name in self.emulated() if name not in self.out_of_scope)

    def needs_token(self, call: str) -> bool:
        """Tell whether the endpoint wants a user's token."""
        return bool({"user", "token"} & set(self.entry(call)["auth"]))

    def place(self, call: str, parameter: str) -> str:
        """Return the place of a parameter, or of what it is a field of."""
        return cast("str", self.own(call)[re.split(r"[.\[]", parameter)[0]]["in"])

    def codes(self, call: str) -> dict[str, str]:
        """Return the endpoint's codes, with what the contract calls them."""
        return {str(code): self.data["errors"][code]["kind"] for code in self.entry(call).get("errors", ())}

    def address(self, call: str) -> tuple[str, str]:
        """Return method and path of the endpoint."""
        return self.entry(call)["method"], self.entry(call)["path"]

    def own(self, call: str) -> Parameters:
        """Return the endpoint's parameters, and the fields inside those that have some."""
        return {name: each for param in self.entry(call)["params"] for name, each in self._flat(param)}

    def _flat(self, param: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
        yield param["name"], self._plain(param)
        for name, kind in param.get("item", {}).items():
            field = {"name": f"{param['name']}[].{name}", "in": param["in"], "type": kind, "required": True}
            yield field["name"], self._plain(field)
        for name, stated in param.get("fields", {}).items():
            said = stated if isinstance(stated, dict) else {"type": stated}
            field = {"name": f"{param['name']}.{name}", "in": param["in"], "required": False, **said}
            yield field["name"], self._plain(field)

    def _plain(self, param: Mapping[str, Any]) -> dict[str, Any]:
        """Say type, values and bounds in the words of the other contracts."""
        kind = param["type"]
        plain = {**param, "type": self.KINDS.get(kind, kind)}
        if kind == "0_or_1":
            plain["values"] = [0, 1]
        if "enum" in param:
            known = [value for value in self.data["enums"][param["enum"]] if isinstance(value, int)]
            plain["values"] = [str(value) for value in known] if kind == "string" else known
        if "range" in param:
            plain["min"], plain["max"] = param["range"]
        return plain | {"required": bool(param["required"] or param.get("effectively_required"))}


def filled(path: str, given: Mapping[str, Any]) -> str:
    """Write values into the braces of a path."""
    return re.sub(r"\{(\w+)\}", lambda found: quote(str(given[found[1]]), safe=""), path)


def named_in(template: str, path: str) -> dict[str, str] | None:
    """Return what stands in a path where its template has names in braces, ``None`` where it is another path."""
    parts = re.split(r"\{(\w+)\}", template)
    pattern = "".join(f"(?P<{part}>[^/]+)" if at % 2 else re.escape(part) for at, part in enumerate(parts))
    found = re.fullmatch(pattern, path)
    return None if found is None else {name: unquote(text) for name, text in found.groupdict().items()}
