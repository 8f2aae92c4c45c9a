"""``python -m sharebind`` is the command ``sharebind``."""

from __future__ import annotations

import sys

from sharebind.cli import main

if __name__ == "__main__":
    sys.exit(main())
