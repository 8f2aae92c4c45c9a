"""Every quirk of a vendor's contract is carried by a test, which names it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, cast

import pytest
import yaml

ROOT: Final = Path(__file__).resolve().parents[2]

OUT_OF_SCOPE: Final[Mapping[str, Mapping[str, str]]] = {
    "quectel": {},
    "tencent": {
        "cloud3_share_is_silent": "Cloud API 3.0 is not spoken",
        "cloud3_speaks_open_id": "Cloud API 3.0 is not spoken",
        "ws_host_conflict": "no websocket is opened",
    },
    "gizwits": {},
    "ewelink": {},
}
"""Quirks of calls that the adapter does not make, and why."""


def quirks(vendor: str) -> set[str]:
    """Give the ids of a contract's quirks."""
    text = (ROOT / "docs" / "contracts" / f"{vendor}.yaml").read_text(encoding="utf-8")
    return {quirk["id"] for quirk in cast("dict[str, Any]", yaml.safe_load(text))["quirks"]}


def carried() -> Iterator[str]:
    """Yield every word in double backticks in the docstring of a test, those of distributions of their own too."""
    for path in sorted([*(ROOT / "tests").rglob("test_*.py"), *ROOT.glob("plugins/*/tests/**/test_*.py")]):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                yield from re.findall(r"``(\w+)``", ast.get_docstring(node) or "")


@pytest.mark.parametrize("vendor", OUT_OF_SCOPE)
def test_every_quirk_has_a_test(vendor: str) -> None:
    """A quirk that no test names is found, and so is an exception for one that does not exist."""
    if vendor == "ewelink" and not (ROOT / "plugins" / "ewelink" / "tests").is_dir():
        pytest.skip("the tests of eWeLink are in its own distribution, plugins/ewelink, which is not here")
    known, left_out = quirks(vendor), set(OUT_OF_SCOPE[vendor])
    assert left_out <= known
    assert all(OUT_OF_SCOPE[vendor].values())
    missing = sorted(known - left_out - set(carried()))
    print(f"{vendor}: {len(known - left_out)} quirks, {len(missing)} without a test")  # noqa: T201 - the count is the point
    assert not missing


def test_every_contract_is_looked_at() -> None:
    """No vendor's contract is forgotten: each that lists quirks is in the table."""
    contracts = {path.stem for path in (ROOT / "docs" / "contracts").glob("*.yaml")} - {"errors"}
    assert contracts == set(OUT_OF_SCOPE)
