"""Writing down what strangers' code and metadata say, so that neither a log line nor a terminal is broken by it."""

from __future__ import annotations

from typing import Final

LIMIT: Final = 300
"""Characters of a text that are kept: a cause is there to be recognised, not to fill a screen."""


def one_line(text: str) -> str:
    """Give a text on one line, with what cannot be printed escaped, and cut where it is long."""
    kept = " ".join(text[: 2 * LIMIT].split())
    shown = "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in kept)
    return shown if len(shown) <= LIMIT else f"{shown[:LIMIT]}…"


def cause_of(error: BaseException) -> str:
    """Give the class of an error and what it says; one that cannot even say so is told by its class."""
    kind = type.__dict__["__name__"].__get__(type(error))  # as it is, whatever a metaclass makes of it
    try:
        said = one_line(str(error))
    except KeyboardInterrupt:
        raise
    except BaseException:  # noqa: BLE001 - the plugin border: its own text is a plugin's code too
        said = "(its text cannot be shown)"
    return one_line(f"{kind}: {said}" if said else kind)
