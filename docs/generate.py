"""Write the parts of the README and the docs that are made from the code.

Such a part stands between ``<!-- name argument -->`` and ``<!-- /name -->``. Run ``python docs/generate.py`` after a
change of what it shows, ``--check`` to learn whether a page is stale.
"""

from __future__ import annotations

import argparse
import asyncio
import inspect
import json
import re
import sys
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from enum import Enum
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import attrs

from sharebind import Account, BindingQuery, Operation, Registry, Secret, ShareQuery, SpaceQuery, operations
from sharebind.capabilities import EVERY, Capability, Level, Support, support_for
from sharebind.cli.check import rig_of
from sharebind.durations import format_duration
from sharebind.emulator import Guess
from sharebind.emulator.faults import DEFAULTS, KINDS
from sharebind.testing import Tier, TierReport, check_tier, gold, replies, silver
from sharebind.testing.bad_days import BAD_DAYS
from sharebind.testing.tiers import PARTS as ASKED

ROOT: Final = Path(__file__).resolve().parents[1]
OPENED: Final = re.compile(r"<!-- (?P<name>[a-z]+)(?: (?P<argument>[a-z]+))? -->\n")
PART: Final = re.compile(rf"({OPENED.pattern})(?:.*?\n)??(<!-- /(?P=name) -->)", re.DOTALL)
MARKS: Final = {
    Level.NATIVE: "yes",
    Level.FIXED: "fixed",
    Level.EMULATED: "core",
    Level.ABSENT: "-",
    Level.UNKNOWN: "?",
}
REGISTRY: Final = Registry()
REFERENCE: Final = "sharebind.testing.reference:ReferenceRig"
TEMPLATE: Final = "sharebind_lumen.rig:LumenRig"
"""What the template makes, as it was frozen."""


OURS: Final = ("sharebind ", "sharebind-ewelink ")
"""The distributions of this tree, as a report writes them: with a space and their version."""


def vendors() -> tuple[str, ...]:
    """Name the providers of this tree."""
    return tuple(row.name for row in REGISTRY.report("provider") if row.distribution.startswith(OURS))


def support(vendor: str) -> Mapping[Capability, Support]:
    """Give what a provider says of itself."""
    return REGISTRY.spec(vendor).capabilities


def rows(columns: Iterable[str], lines: Iterable[Iterable[str]]) -> str:
    """Write a table."""
    head = list(columns)
    table = [head, ["---"] * len(head), *(list(line) for line in lines)]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in table)


def capabilities(_: str) -> str:
    """Compare what the providers can be asked for; what none of them can is left out."""
    known = sorted({*EVERY, *(name for vendor in vendors() for name in support(vendor))})
    found = {name: [support_for(support(vendor), Capability(name)) for vendor in vendors()] for name in known}
    return rows(
        ("capability", *vendors()),
        (
            (f"`{name}`", *(MARKS[each.level] for each in levels))
            for name, levels in found.items()
            if any(each.level is not Level.ABSENT for each in levels)
        ),
    )


def reasons(vendor: str) -> str:
    """Tell what a provider adds to a plain yes."""
    told = ((name, each) for name, each in sorted(support(vendor).items()) if each.reason or each.at_most or each.names)
    return rows(("capability", "", "why"), ((f"`{name}`", MARKS[each.level], _why(each)) for name, each in told))


def _why(found: Support) -> str:
    limits = (
        ("at least", found.at_least),
        ("counts as", found.at_most if found.level is Level.FIXED else None),
        ("at most", found.at_most if found.level is not Level.FIXED else None),
    )
    spans = [f"{word} {format_duration(span)}" for word, span in limits if span is not None]
    named = [f"names: {', '.join(f'`{name}`' for name in sorted(found.names))}"] if found.names else []
    return "; ".join(filter(None, [found.reason, *spans, *named]))


def guesses(vendor: str) -> str:
    """List the guess switches of a provider's emulated cloud."""
    emulator = REGISTRY.spec(vendor).emulator
    found: tuple[Guess, ...] = emulator().GUESSES if emulator is not None else ()
    return rows(
        ("switch", "default", "other values", "why it is open"),
        (
            (f"`{guess.name}`", f"`{guess.value!r}`", ", ".join(f"`{each!r}`" for each in guess.values[1:]), guess.why)
            for guess in found
        ),
    )


def faults(_: str) -> str:
    """List the kinds of faults, with their options and what those are when nobody says."""

    def option(kind: str, name: str) -> str:
        default = DEFAULTS.get(kind, {}).get(name)
        return f"`{name}` (required)" if default is None else f"`{name}={default!r}`"

    return rows(
        ("kind", "options"), ((f"`{kind}`", ", ".join(option(kind, name) for name in KINDS[kind])) for kind in KINDS)
    )


def wishes() -> dict[str, type[Any]]:
    """Give the operations and queries of the core, by their kind."""
    found: list[Any] = [each for each in vars(operations).values() if isinstance(each, type)]
    asked: Any = Operation | ShareQuery | BindingQuery | SpaceQuery
    return {kind.kind: kind for kind in found if issubclass(kind, asked) and kind is not Operation}


BUILDS: Final = {"received": "shares", "wait_for_pairing": "check_pairing"}
"""Verbs that build another verb's operation."""


def verbs() -> Iterator[tuple[str, type[Any]]]:
    """Yield the verbs of an account, each with what it builds."""
    made = wishes()
    for name, verb in vars(Account).items():
        if "within" in getattr(inspect.unwrap(verb), "__annotations__", {}) and name not in {
            "perform",
            "_shares",
            "_list",
            "_time",
        }:
            yield name, made[BUILDS.get(name, name)]


def arguments(name: str) -> str:
    """Write the arguments of a verb."""
    given = list(inspect.signature(getattr(Account, name)).parameters.values())[1:]
    written: list[str] = []
    for each in given:
        if each.kind is each.KEYWORD_ONLY and "*" not in written:
            written.append("*")
        written.append(each.name if each.default is each.empty else f"{each.name}=…")
    return f"`{name}({', '.join(written)})`"


def verb_table(_: str) -> str:
    """List the verbs, what each builds, and who can be asked."""
    return rows(
        ("verb", "builds", "kind", "changes something", "converges", "adapters that have it"),
        (
            (
                arguments(name),
                f"`{kind.__name__}`",
                f"`{kind.kind}`",
                "yes" if getattr(kind, "changes", False) else "no",
                "yes" if getattr(kind, "converges", False) else "",
                ", ".join(vendor for vendor in vendors() if _answers(vendor, kind.method)) or "none yet",
            )
            for name, kind in verbs()
        ),
    )


def _answers(vendor: str, method: str) -> bool:
    """Tell whether a provider's adapter has a method; the adapter is made without I/O."""
    from sharebind import Sharebind

    required = [field.name for field in attrs.fields(REGISTRY.spec(vendor).settings) if field.default is attrs.NOTHING]
    made = {"token": "none", "base_url": "https://cloud.example", **dict.fromkeys(required, "none")}
    account = Sharebind(registry=REGISTRY).open_account(vendor, made, name=vendor)
    return hasattr(account._performer.provider, method)  # noqa: SLF001 - no public way leads to the adapter


def settings(vendor: str) -> str:
    """List the keys of a provider's settings."""

    def default(field: attrs.Attribute[Any]) -> str:
        if field.default is attrs.NOTHING:
            return "required"
        if isinstance(field.default, bool):
            return f"`{str(field.default).lower()}`"
        if isinstance(field.default, Enum):
            return f'`"{field.default.value}"`'
        if field.default is None:
            return "none"
        return f'`"{format_duration(field.default)}"`'

    made = REGISTRY.spec(vendor).settings
    kinds = typing.get_type_hints(made)
    return rows(
        ("key", "what it is", "default"),
        ((f"`{field.name}`", _kind(kinds[field.name]), default(field)) for field in attrs.fields(made)),
    )


def _kind(hint: Any) -> str:
    """Say in words what a setting takes."""
    kinds = [each for each in typing.get_args(hint) or (hint,) if each is not type(None)]
    return " or ".join(_written(each) for each in kinds)


def _written(kind: Any) -> str:
    if isinstance(kind, type) and issubclass(kind, Enum):
        return " or ".join(f'`"{member.value}"`' for member in kind)
    return WRITTEN.get(kind, "a table")


WRITTEN: Final = {
    str: "a text",
    Secret: "a secret",
    int: "a whole number",
    bool: "true or false",
    timedelta: "a duration",
}


def names(module: str) -> str:
    """List what a plugin's author can import from one module, by what it is."""
    there = import_module(f"sharebind.{module}")
    groups: dict[str, list[str]] = {}
    for name in there.__all__:
        groups.setdefault(_sort(getattr(there, name)), []).append(name)
    return rows(
        ("what", "names"), ((what, ", ".join(f"`{name}`" for name in sorted(groups[what]))) for what in sorted(groups))
    )


def _sort(value: Any) -> str:
    if not isinstance(value, type):
        return "functions" if inspect.isroutine(value) else "constants and others"
    if issubclass(value, BaseException):
        return "errors"
    if issubclass(value, Operation) or value in typing.get_args(operations.Query):
        return "operations and queries"
    return "protocols" if getattr(value, "_is_protocol", False) else "classes"


TIERS: Final = ROOT / "docs" / "reference" / "tiers.json"
"""What was measured of each provider: ``--measure`` writes it, since the highest tier takes minutes."""


def tiers(_: str) -> str:
    """Show which tier of the conformance kit each provider reaches, and what was counted."""
    measured: dict[str, dict[str, Any]] = json.loads(TIERS.read_text(encoding="utf-8"))
    return rows(
        ("provider", "tier", "promises kept", "codes", "faults", "operations under faults", "mutated replies"),
        (
            (name, each["tier"] or "none", *(f"{each[key]:,}" if each[key] else "-" for key in COUNTED))
            for name, each in measured.items()
        ),
    )


COUNTED: Final = ("promises", "codes", "faults", "operations", "replies")


def tier_parts(name: str) -> str:
    """List what a tier asks for, with the least of it."""
    return rows(
        ("part", "what it promises", "the least", "checks"),
        (
            (
                part.name,
                part.promise,
                f"{part.minimum:,} {part.counts}" if part.minimum is not None else f"{MEASURED[part.name]}",
                ", ".join(f"`{check}`" for check in part.checks)
                if 0 < len(part.checks) < FEW
                else MANY.get(part.name, ""),
            )
            for part in ASKED[Tier(name)]
        ),
    )


FEW: Final = 30
"""Checks that are named one by one."""
MANY: Final = {
    "absences": "`absent_…_is_refused`, one for each ability",
    "everything declared": "every check of the kit",
}
MEASURED: Final = {
    "absences": "each ability that is absent",
    "everything declared": "every ability that is declared",
    "the code table": "every code of every call that is made",
    "faults": f"every operation under each of {len(BAD_DAYS)} faults, once",
}
"""What the least is where an adapter's own claims decide."""


def measure(places: Iterable[str]) -> None:
    """Climb with each provider and keep what was counted; rows of providers that are not named stay as they are."""
    sys.path.append(str(ROOT / "tests" / "frozen_plugin" / "src"))
    known = json.loads(TIERS.read_text(encoding="utf-8")) if TIERS.exists() else {}
    for place in places:
        report = asyncio.run(check_tier(rig_of(place)))
        known[report.provider] = measured(report)
        sys.stdout.write(f"{report}\n")
    TIERS.write_text(json.dumps(known, indent=2) + "\n", encoding="utf-8")


def measured(report: TierReport) -> dict[str, Any]:
    """Give what is kept of a report."""
    return {
        "tier": report.reached,
        "promises": len(report.promises),
        "codes": report.counted(silver.CODES),
        "faults": report.counted(silver.FAULTS),
        "operations": report.counted(gold.FAULTS),
        "replies": report.counted(replies.REPLIES),
    }


PARTS: Final[Mapping[str, Callable[[str], str]]] = {
    "capabilities": capabilities,
    "faults": faults,
    "guesses": guesses,
    "names": names,
    "reasons": reasons,
    "settings": settings,
    "tierparts": tier_parts,
    "tiers": tiers,
    "verbs": verb_table,
}


def filled(text: str) -> str:
    """Give a page with its parts made anew."""

    def fill(found: re.Match[str]) -> str:
        table = PARTS[found["name"]](found["argument"] or "")
        return f"{found[1]}\n{table}\n\n{found[4]}"

    fresh, count = PART.subn(fill, text)
    if count != len(OPENED.findall(text)):
        raise ValueError("a part is begun and not ended")
    return fresh


def pages(root: Path) -> list[Path]:
    """Give the pages of a checkout."""
    return [root / "README.md", *sorted((root / "docs").rglob("*.md"))]


ITEM: Final = re.compile(r"^- .*\]\(.*\).*$", re.MULTILINE)


def llms(index: str) -> str:
    """Make ``llms.txt`` (llmstxt.org) of the overview: what this is, the shortest program, and where the pages are."""
    title, _, rest = index.partition("\n\n")
    about, _, rest = rest.partition("\n\n")
    code = re.search(r"```python\n.*?```\n", rest, re.DOTALL)
    parts = [title, "> " + about.replace("\n", " "), code[0].rstrip() if code else ""]
    for section in re.split(r"^## ", rest, flags=re.MULTILINE)[1:]:
        heading = section.partition("\n")[0]
        found = ITEM.findall(section)
        if found:
            parts.append(f"## {heading}\n\n" + "\n".join(found))
    # It stands on the site, where the pages have another ending.
    return re.sub(r"\.md([#)])", r".html\1", "\n\n".join(parts)) + "\n"


def texts(root: Path) -> Iterator[tuple[Path, str]]:
    """Give what this script writes, with what should stand in it."""
    for page in pages(root):
        yield page, filled(page.read_text(encoding="utf-8"))
    yield root / "docs" / "llms.txt", llms((root / "docs" / "index.md").read_text(encoding="utf-8"))


def main(given: list[str] | None = None) -> int:
    """Write the stale pages, or with --check name them and return 1."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when a page is stale")
    parser.add_argument("--root", type=Path, default=ROOT, help="the checkout")
    parser.add_argument(
        "--measure",
        nargs="*",
        metavar="PROVIDER",
        help="first hold providers to the conformance kit, by default all of this tree; this takes minutes",
    )
    asked = parser.parse_args(given)
    if asked.measure is not None:
        measure(asked.measure or (*vendors(), REFERENCE, TEMPLATE))
    stale = 0
    for page, fresh in texts(asked.root):
        if page.exists() and page.read_text(encoding="utf-8") == fresh:
            continue
        stale += 1
        if asked.check:
            sys.stderr.write(f"{page} is stale: run python docs/generate.py\n")
        else:
            page.write_text(fresh, encoding="utf-8")
            sys.stdout.write(f"wrote {page}\n")
    return int(asked.check and stale > 0)


if __name__ == "__main__":
    raise SystemExit(main())
