"""The site that ``./dev docs`` builds: what its settings promise and the builder does not check."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

ROOT: Final = Path(__file__).resolve().parents[2]
DOCS: Final = ROOT / "docs"
PAGES: Final = sorted(DOCS.rglob("*.md"))
TEXT: Final = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
SETTINGS: Final[dict[str, Any]] = yaml.safe_load(TEXT)
ON_THE_SITE: Final = {".md", ".yaml"}
"""Pages, and the contracts, which are served as they are."""


def named(nav: Any) -> Iterator[str]:
    """Yield the pages of a navigation, from top to bottom."""
    if isinstance(nav, str):
        yield nav
    else:
        for each in nav.values() if isinstance(nav, dict) else nav:
            yield from named(each)


def section(page: Path, heading: str) -> str:
    """Give the text below a heading, up to the next one."""
    found = page.read_text(encoding="utf-8").partition(f"\n## {heading}\n")
    assert found[1], f"{page.relative_to(ROOT)}: no heading {heading!r}"
    return found[2].partition("\n## ")[0].strip()


def test_every_page_is_in_the_navigation_once() -> None:
    """No page is left out, none stands there twice, and the first is the front page."""
    pages = list(named(SETTINGS["nav"]))
    assert sorted(pages) == sorted(page.relative_to(DOCS).as_posix() for page in PAGES)
    assert pages[0] == "index.md"


def test_the_navigation_names_pages_that_are_there() -> None:
    """Each entry is a file below docs/; the builder takes a missing one for a link and says nothing."""
    assert [page for page in named(SETTINGS["nav"]) if not (DOCS / page).is_file()] == []


def test_a_page_stands_where_its_kind_is() -> None:
    """The heads of the navigation are the folders of docs/: the four kinds, and the vendors."""
    heads = {head: list(named(pages)) for entry in SETTINGS["nav"][1:] for head, pages in entry.items()}
    assert list(heads) == ["Tutorial", "How-to", "Reference", "Explanation", "Vendors"]
    assert {page for head, pages in heads.items() for page in pages if page.split("/")[0] != head.lower()} == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_stay_on_the_site(page: Path) -> None:
    """A link to the README or to a source file works in a view of the files, and leads nowhere on the site."""
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    links = [link for link in re.findall(r"\]\(([^)#\s]+)", text) if not re.match(r"[a-z]+:", link)]
    targets = {link: (page.parent / link).resolve() for link in links}
    assert [link for link, to in targets.items() if DOCS not in to.parents or to.suffix not in ON_THE_SITE] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_lists_and_tables_begin_after_an_empty_line(page: Path) -> None:
    """A view of the files shows a list or a table right below a sentence as one; the site runs it into the sentence."""
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    begun = re.compile(r"(?:[-*+]|\d+\.) |\|")
    prose = re.compile(rf"(?! |{begun.pattern}).")
    pairs = itertools.pairwise(text.splitlines())
    assert [line for above, line in pairs if begun.match(line) and prose.match(above)] == []


def test_the_front_page_tells_what_is_not_there_yet() -> None:
    """The README's section stands on the site word for word, for the README itself does not."""
    heading = "What is not there yet"
    told = section(ROOT / "README.md", heading).replace("](docs/", "](")
    assert section(DOCS / "index.md", heading) == told


def test_pages_load_nothing_from_elsewhere() -> None:
    """No fonts, scripts or plugins of other hosts: building and reading the site needs no network."""
    assert SETTINGS["theme"]["font"] is False
    assert "://" not in TEXT
    assert not {"plugins", "extra_javascript", "hooks"} & set(SETTINGS)
    sheets = [(DOCS / sheet).read_text(encoding="utf-8") for sheet in SETTINGS["extra_css"]]
    assert [sheet for sheet in sheets if "url(" in sheet or "@import" in sheet] == []
