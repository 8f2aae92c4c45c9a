"""One logger, silent by default. structlog is used here and nowhere else.

A library must never configure structlog or logging, and structlog that nobody has configured prints debug lines to
stdout. So: where the host has configured structlog, its configuration is used; else lines go to the standard logger
``sharebind``, which has a ``NullHandler``. Both are looked up when a line is written, not at import.

Only keys from an allow-list leave this module; what was sent or received never does.
"""

from __future__ import annotations

import logging
from typing import Any, Final

NAME: Final = "sharebind"

KEYS: Final = frozenset(
    {
        "account",
        "attempt",
        "cause",
        "distribution",
        "error",
        "operation",
        "outcome",
        "plugin",
        "provider",
        "seconds",
        "stage",
        "vendor_code",
        "version",
    }
)
"""The only keys that a line may carry. None of them ever holds a secret, a person or an address."""

logging.getLogger(NAME).addHandler(logging.NullHandler())


def say(level: int, event: str, **facts: object) -> None:
    """Write one line: ``event`` is ``area.what_happened``, values are keys.

    Raises:
        KeyError: a key is not on the allow-list; that is a mistake of this library's.
    """
    unknown = facts.keys() - KEYS
    if unknown:
        raise KeyError(f"these keys may not be logged: {', '.join(sorted(unknown))}")
    standard = logging.getLogger(NAME)
    import structlog

    logger: Any
    if structlog.is_configured():
        logger = structlog.get_logger(NAME)
    elif standard.isEnabledFor(level):
        logger = structlog.wrap_logger(
            standard,
            processors=[structlog.stdlib.filter_by_level, structlog.stdlib.render_to_log_kwargs],
            wrapper_class=structlog.stdlib.BoundLogger,
        )
    else:
        return
    logger.log(level, event, **facts)


def warn(event: str, **facts: object) -> None:
    """Write a line about something that a person should look at."""
    say(logging.WARNING, event, **facts)


def debug(event: str, **facts: object) -> None:
    """Write a line for whoever looks for a fault."""
    say(logging.DEBUG, event, **facts)
