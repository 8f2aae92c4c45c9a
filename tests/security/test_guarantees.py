"""The page of guarantees names tests that are there, and every rule has a patch."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Final

import pytest

from .check_rules import read_rules, without_patch

ROOT: Final = Path(__file__).resolve().parents[2]
PAGE: Final = (ROOT / "docs" / "reference" / "guarantees.md").read_text(encoding="utf-8")
ROWS: Final = [line for line in PAGE.splitlines() if line.startswith("| ") and "---" not in line]
PROMISES: Final = [row for row in ROWS if not row.startswith("| promised")]
NAMED: Final = sorted(set(re.findall(r"`(tests/[\w/.]+(?:::\w+)?)`", PAGE)))


def there_is(node: str) -> bool:
    """Tell whether a test file has such a test, or a test at all where none is named."""
    path, _, name = node.partition("::")
    if not (ROOT / path).is_file():
        return False
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    tests = {each.name for each in ast.walk(tree) if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)}
    return name in tests if name else any(test.startswith("test_") for test in tests) or path.endswith("_rules.py")


@pytest.mark.parametrize("node", NAMED)
def test_every_named_test_is_there(node: str) -> None:
    """A promise is shown by a test that exists under the name that the page gives."""
    assert there_is(node)


def test_every_promise_names_a_test() -> None:
    """No row of the page goes without a test, and the page has all of its rows in three columns."""
    assert [row for row in PROMISES if "`tests/" not in row.rpartition(" | ")[2]] == []
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in ROWS} == {4}
    assert len(PROMISES) > 25


def test_what_is_not_there_is_found() -> None:
    """The check itself tells a missing file and a missing test."""
    assert not there_is("tests/security/test_nothing.py")
    assert not there_is("tests/security/test_canary.py::test_nothing")


def test_every_rule_has_a_patch() -> None:
    """No security rule of the list is without a patch, and no patch stands beside the list."""
    rules = read_rules()
    assert without_patch(rules) == []
    assert len(rules) > 40


@pytest.mark.parametrize("name", [rule.name for rule in read_rules()])
def test_a_patch_applies(name: str) -> None:
    """A patch that no longer applies is found here already, not only where all of them are run."""
    (rule,) = (each for each in read_rules() if each.name == name)
    assert (ROOT / rule.file).read_text(encoding="utf-8").count(rule.old) == 1
    assert [guard for guard in rule.guards if not there_is(guard.partition("[")[0])] == []
