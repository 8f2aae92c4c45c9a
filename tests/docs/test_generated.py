"""What the docs say about the code is compared with the code."""

from __future__ import annotations

import ast
import importlib.util
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import attrs
import pytest
import yaml

import sharebind
from sharebind import Account, Registry, SharebindError
from sharebind.capabilities import EVERY
from sharebind.emulator import emulate
from sharebind.emulator.control import HOME, Control
from sharebind.emulator.faults import KINDS

ROOT: Final = Path(__file__).resolve().parents[2]
DOCS: Final = ROOT / "docs"
INSTALLED: Final = importlib.util.find_spec("sharebind_ewelink") is not None
OWN_DISTRIBUTION: Final = pytest.mark.skipif(not INSTALLED, reason="eWeLink is not installed: ./plugins/ewelink")
IN_THE_BOX: Final = ("gizwits", "quectel", "tencent")
VENDORS: Final = (pytest.param("ewelink", marks=OWN_DISTRIBUTION), *IN_THE_BOX)
FIELDS: Final[dict[str, set[str]]] = {"gizwits": {"status"}}
"""Calls that an adapter does not make, and whose names are those of fields that it reads."""

PAGES: Final = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]


def generate(*words: str) -> subprocess.CompletedProcess[str]:
    """Run docs/generate.py."""
    command = [sys.executable, str(DOCS / "generate.py"), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def section(page: Path, heading: str) -> str:
    """Give the text below a heading, up to the next one."""
    text = page.read_text(encoding="utf-8")
    assert f"\n## {heading}\n" in text, f"{page}: no heading {heading!r}"
    return text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def table(text: str) -> list[list[str]]:
    """Give the rows of every table in a text, without heads and lines, with the marks of code taken off."""
    rows = [line.strip().strip("|").split(" | ") for line in text.splitlines() if line.startswith("|")]
    ruled = {number for number, row in enumerate(rows) if set("".join(row)) <= set("-| ")}
    head = {number - 1 for number in ruled}
    return [[cell.strip().strip("`") for cell in row] for number, row in enumerate(rows) if number not in ruled | head]


def contract(vendor: str) -> dict[str, Any]:
    """Read a vendor's contract."""
    found: dict[str, Any] = yaml.safe_load((DOCS / "contracts" / f"{vendor}.yaml").read_text(encoding="utf-8"))
    return found


def test_generated_parts_are_fresh() -> None:
    """Capabilities, verbs, faults, settings and guess switches in the docs are those of the code."""
    done = generate("--check")
    assert done.returncode == 0, done.stderr


def test_a_stale_page_is_found_and_rewritten(tmp_path: Path) -> None:
    """--check notices a changed part and writes nothing; without it the part is made again."""
    shutil.copytree(DOCS, tmp_path / "docs")
    readme = tmp_path / "README.md"
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    readme.write_text(text.replace("| `unbind` | yes |", "| `unbind` | no |"), encoding="utf-8")
    done = generate("--check", "--root", str(tmp_path))
    assert (done.returncode, done.stderr.count("is stale")) == (1, 1)
    assert generate("--root", str(tmp_path)).returncode == 0
    assert readme.read_text(encoding="utf-8") == text


def test_every_capability_is_explained() -> None:
    """Each name that the core knows has one line, and no other has."""
    names = [row[0] for row in table(section(DOCS / "reference" / "capabilities.md", "The names"))]
    assert names == sorted(EVERY)


def test_every_error_is_explained_with_its_outcome() -> None:
    """Each public error has its row, with the outcome of its class."""
    rows = table((DOCS / "reference" / "errors.md").read_text(encoding="utf-8"))
    public = [getattr(sharebind, name) for name in sharebind.__all__]
    known = {
        each.__name__: str(each.outcome)
        for each in public
        if isinstance(each, type) and issubclass(each, SharebindError)
    }
    assert {row[0]: row[1] for row in rows} == known


def test_every_argument_of_a_verb_is_explained() -> None:
    """What a verb takes beside its object stands in the page of operations."""
    explained = {
        name
        for row in table(section(DOCS / "reference" / "operations.md", "What the arguments mean"))
        for name in re.findall(r"\w+", row[0])
    }
    asked = set[str]()
    for name in dir(Account):
        code = getattr(getattr(Account, name), "__code__", None)
        if not name.startswith("_") and name != "perform" and code is not None and "within" in code.co_varnames:
            asked |= {*code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]}
    assert asked - explained == set()


def test_every_fault_is_explained() -> None:
    """Each kind of fault has its row of options and its row of effect."""
    rows = table(section(DOCS / "reference" / "emulator-control.md", "Faults"))
    assert [row[0] for row in rows] == [*KINDS, *KINDS]


class Routes:
    """Stands for an application and its router, and keeps the routes that are added."""

    def __init__(self) -> None:
        self.router = self
        self.added = set[tuple[str, str]]()

    def add_route(self, method: str, path: str, _: object) -> None:
        """Keep one route, below the control address."""
        self.added.add((method, path.removeprefix(HOME) or "the address itself"))


async def test_every_route_of_the_control_address_is_explained() -> None:
    """The table of routes is the one that the server has."""
    page = (DOCS / "reference" / "emulator-control.md").read_text(encoding="utf-8").partition("\n## ")[0]
    real: Any = Routes()
    async with emulate(*IN_THE_BOX) as clouds:
        Control(clouds).add_to(real)
    assert {(row[0], row[1]) for row in table(page)} == real.added


async def test_the_line_of_json_has_the_form_that_the_docs_show() -> None:
    """What other languages read from the command is there, under the names that the page shows."""
    page = (DOCS / "how-to" / "test-with-the-emulators.md").read_text(encoding="utf-8")
    [shown] = re.findall(r"```json\n(.*?)```", page, re.DOTALL)
    async with emulate(*IN_THE_BOX) as clouds:
        real = {"schema": 1, **clouds.describe()}
    compare(json.loads(shown), real, "$")


def compare(shown: object, real: object, path: str) -> None:
    """Compare form: names of objects below the vendors, types of values."""
    assert type(shown) is type(real), path
    if isinstance(shown, dict) and isinstance(real, dict):
        assert set(shown) <= set(real), path
        assert path == "$" or set(shown) == set(real), path
        for name in shown:
            compare(shown[name], real[name], f"{path}.{name}")
    if isinstance(shown, list) and isinstance(real, list):
        for each in shown:
            compare(each, real[0], f"{path}[]")


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_vendors_page_names_the_calls_of_its_adapter(vendor: str) -> None:
    """The calls in the table are those that the adapter sends, no more and no fewer."""
    known = contract(vendor)
    named = {call["name"] for call in (*known.get("endpoints", ()), *known.get("actions", ()))}
    found = importlib.util.find_spec(f"sharebind_{vendor}")
    assert found is not None
    assert found.origin is not None
    adapter = Path(found.origin).parent
    # The table of codes names calls as its sources and the rig what it can stage, which sends none of them.
    files = [
        path for path in (*adapter.glob("*.py"), *adapter.glob("wire/*.py")) if path.name not in ("codes.py", "rig.py")
    ]
    nodes = [node for path in files for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))]
    sent = {each.value for each in nodes if isinstance(each, ast.Constant) and isinstance(each.value, str)}
    told = {row[0] for row in table(section(DOCS / "vendors" / f"{vendor}.md", "Calls"))}
    assert told == (named & sent) - FIELDS.get(vendor, set())


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_vendors_page_names_quirks_of_its_contract(vendor: str) -> None:
    """Each quirk that the page says is handled stands in the contract under that id."""
    told = [row[0] for row in table(section(DOCS / "vendors" / f"{vendor}.md", "Quirks that the adapter handles"))]
    known = {quirk["id"] for quirk in contract(vendor)["quirks"]}
    assert told
    assert set(told) <= known


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_vendors_page_explains_settings_and_extras(vendor: str) -> None:
    """Each key of the settings, and each extra, stands in the page."""
    spec = Registry().spec(vendor)
    page = DOCS / "vendors" / f"{vendor}.md"
    listed = section(page, "Settings").partition("<!-- /settings -->")[2]
    assert [field.name for field in attrs.fields(spec.settings) if f"`{field.name}`" not in listed] == []
    extras = {name for each in spec.extra.values() for name in each}
    assert [name for name in extras if f"`{name}`" not in section(page, "Calls")] == []


def slugs(page: Path) -> set[str]:
    """Give the anchors of a page's headings."""
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link names a file that is there, and a heading that is in it."""
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    broken: list[str] = []
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        if not target.is_file() or (anchor and anchor not in slugs(target)):
            broken.append(link)
    assert broken == []


def test_language_models_are_led_to_every_page() -> None:
    """llms.txt says what this is, shows the shortest program, and leads to each page of the site."""
    text = (DOCS / "llms.txt").read_text(encoding="utf-8")
    assert text.startswith("# sharebind\n\n> sharebind gives a platform one async Python model")
    assert "async with emulate(" in text
    led = {DOCS / f"{link}.md" for link in re.findall(r"\]\(([^)#\s]+)\.html", text)}
    assert led == {page for page in PAGES if page.is_relative_to(DOCS)} - {DOCS / "index.md"}


def test_every_page_can_be_reached() -> None:
    """Each page is linked from the README or the index."""
    linked = set[Path]()
    for page in (ROOT / "README.md", DOCS / "index.md"):
        links = re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8"))
        linked |= {(page.parent / link).resolve() for link in links}
    assert [str(page) for page in PAGES if page not in linked | {ROOT / "README.md"}] == []
