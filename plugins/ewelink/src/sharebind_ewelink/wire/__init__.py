"""eWeLink's calls and answers as pure functions: from wishes to calls, and from answers to values. No I/O."""

from __future__ import annotations
