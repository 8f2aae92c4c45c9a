"""Every call of every vendor has its place on the model: a function in ``tests/typing`` that type checkers read."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

ROOT: Final = Path(__file__).resolve().parents[2]
STUBS: Final = ROOT / "tests" / "typing"
VENDORS: Final = ("quectel", "tencent", "gizwits", "ewelink")


def snake(name: str) -> str:
    """Write a vendor's name as Python names functions."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name.replace(".", "_")).lower()


def calls(vendor: str) -> list[dict[str, Any]]:
    """Give the endpoints or actions of a contract."""
    contract = yaml.safe_load((ROOT / "docs" / "contracts" / f"{vendor}.yaml").read_text(encoding="utf-8"))
    return [*contract.get("endpoints", ()), *contract.get("actions", ())]


def stubs(vendor: str) -> dict[str, ast.FunctionDef | ast.AsyncFunctionDef]:
    """Give the functions of a vendor's files that name a contract's entry, by the name in their first line."""
    found: dict[str, ast.FunctionDef | ast.AsyncFunctionDef] = {}
    for path in sorted(STUBS.glob(f"{vendor}*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                named = re.match(r"``([\w.]+)``: ", ast.get_docstring(node) or "")
                if named is not None:
                    assert named[1] not in found, f"{path.name}: {named[1]} is there twice"
                    found[named[1]] = node
    return found


def texts(node: ast.AST) -> set[str]:
    """Give every text that stands in a function."""
    return {each.value for each in ast.walk(node) if isinstance(each, ast.Constant) and isinstance(each.value, str)}


def required(call: dict[str, Any]) -> Iterator[str]:
    """Give the names of what a call cannot do without; what is in the path stands there without its name."""
    for param in call.get("params") or ():
        if param["required"] is True and param.get("in") != "path":
            yield param["name"]


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_call_of_a_contract_has_a_function(vendor: str) -> None:
    """A call that the contract names and nobody placed on the model is found, and so is a function of no call."""
    names = [call["name"] for call in calls(vendor)]
    found = stubs(vendor)
    print(f"{vendor}: {len(names)} calls, {len(found)} functions")  # noqa: T201 - the count is the point
    assert len(names) == len(set(names)) > 0
    assert set(names) - set(found) == set()
    assert set(found) - set(names) == set()


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_function_is_named_after_its_call(vendor: str) -> None:
    """A reader finds the function by the vendor's own name, in Python's spelling."""
    assert {name: node.name for name, node in stubs(vendor).items()} == {name: snake(name) for name in stubs(vendor)}


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_function_sends_every_required_parameter(vendor: str) -> None:
    """Where a wish has no value for a parameter that the vendor requires, the function cannot be written."""
    found = stubs(vendor)
    wanted = [(call["name"], param) for call in calls(vendor) for param in required(call)]
    missing = [(name, param) for name, param in wanted if param not in texts(found[name])]
    print(f"{vendor}: {len(wanted)} required parameters")  # noqa: T201 - the count is the point
    assert missing == []
