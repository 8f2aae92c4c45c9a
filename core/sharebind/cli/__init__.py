"""The command line. It comes with the extra ``cli``, and loads each part when a command needs it."""

from __future__ import annotations

import sys
from collections.abc import Sequence

_NEEDS = ("click", "rich", "segno")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give its exit status.

    0 ok, 1 failed, 2 usage, 4 sign-in needed, 5 not found, 6 refused, 7 try again later, 130 interrupted.
    """
    try:
        from sharebind.cli.app import run
    except ModuleNotFoundError as missing:
        if missing.name not in _NEEDS:
            raise
        print(
            "the command line needs one more step: pip install 'sharebind[cli]' (in a checkout: '.[cli]')",
            file=sys.stderr,
        )
        return 2
    return run(sys.argv[1:] if arguments is None else list(arguments))
