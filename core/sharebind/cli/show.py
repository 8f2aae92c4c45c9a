"""How results look on a terminal: tables, the capability matrix, a code as a QR code."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterable, Mapping, Sequence

import segno
from rich.console import Console
from rich.table import Table
from rich.text import Text

from sharebind.capabilities import EVERY, Capability, Level, Support, support_for
from sharebind.registry import PluginReport

_MARK = {
    Level.NATIVE: "yes",
    Level.FIXED: "fixed",
    Level.EMULATED: "core",
    Level.ABSENT: "-",
    Level.UNKNOWN: "?",
}


def console() -> Console:
    """Give the console for results. Without a terminal it is wide enough for every table, and without colour."""
    return Console(file=sys.stdout, width=None if sys.stdout.isatty() else 110, highlight=False)


def matrix(support: Mapping[str, Mapping[Capability, Support]], *, reasons: bool = False) -> None:
    """Show what each provider can be asked for."""
    table = Table("capability", *support, *(["why"] if reasons else []), box=None, pad_edge=False)
    known = {*EVERY, *(name for each in support.values() for name in each)}
    for capability in sorted(known):
        found = [support_for(each, Capability(capability)) for each in support.values()]
        names = f"names: {', '.join(sorted(found[0].names))}" if found[0].names else ""
        why = ["; ".join(filter(None, [found[0].reason, names]))] if reasons else []
        if all(each.level is Level.ABSENT for each in found) and not reasons:
            continue
        table.add_row(capability, *(_MARK.get(each.level, str(each.level)) for each in found), *why)
    out = console()
    out.print(table)
    out.print(
        "yes: the vendor does it; fixed: the vendor sets it; ?: undocumented, sent as asked; -: refused, nothing sent"
    )


def providers(rows: Iterable[PluginReport]) -> None:
    """Show which providers are installed."""
    _plugins(("provider",), ((row, (row.name or "?",)) for row in rows))


def plugins(rows: Iterable[PluginReport]) -> None:
    """Show which plugins of every kind are installed."""
    _plugins(("kind", "plugin"), ((row, (row.kind, row.name or "?")) for row in rows))


def _plugins(columns: Sequence[str], rows: Iterable[tuple[PluginReport, Sequence[str]]]) -> None:
    shown = Table(*columns, "status", "from", "what", box=None, pad_edge=False)
    for row, named in rows:
        what = "; ".join(filter(None, [row.title, row.why]))
        # As text, not as markup: brackets in it are a stranger's, and mean nothing.
        shown.add_row(*(Text(part) for part in (*named, row.status, row.distribution, what)))
    console().print(shown)


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Show rows under columns."""
    shown = Table(*columns, box=None, pad_edge=False)
    for row in rows:
        shown.add_row(*row)
    console().print(shown)


def qr(text: str) -> None:
    """Show a text as a QR code, and the text below it; a narrow terminal gets the text alone."""
    code = segno.make(text, error="m", micro=False)
    width = code.symbol_size(border=2)[0]
    if width <= console().width:
        lines = io.StringIO()
        code.terminal(out=lines, border=2, compact=True)
        # Black and white by name, or a terminal with a light background shows the code inverted.
        coloured = sys.stdout.isatty() and "NO_COLOR" not in os.environ
        for line in lines.getvalue().splitlines():
            sys.stdout.write(f"\x1b[97;40m{line}\x1b[0m\n" if coloured else f"{line}\n")
    console().print(text, soft_wrap=True)
