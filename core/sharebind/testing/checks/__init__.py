"""Every promise that the conformance kit checks, as data: a name, what it takes, and a function of a rig."""

from __future__ import annotations

from typing import Final

from sharebind.testing.checks import (
    accepting,
    binding,
    claims,
    ending,
    listing,
    refusing,
    rights,
    sharing,
    staging,
    terms,
    trouble,
)
from sharebind.testing.promises import Broken, Check, check, checks_of, expect

CHECKS: Final = checks_of(
    (staging, claims, sharing, accepting, ending, terms, rights, listing, binding, trouble, refusing)
)
"""All of them, in the order in which an author would make them pass: the rig first, then the claims, then the rest."""

__all__ = ["CHECKS", "Broken", "Check", "check", "checks_of", "expect"]
