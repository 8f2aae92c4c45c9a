"""What a recipient may do beyond plain use: the timer rights of a share, by name (contract: enums.permit_bits)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sharebind.provider import Fields, malformed

BITS: Final = {"create_timer": 1, "edit_timer": 2, "delete_timer": 4, "enable_timer": 8}
NAMES: Final = frozenset(BITS)
_LONGEST: Final = 63


def permit(rights: Iterable[str]) -> int:
    """Write rights as the vendor's number; the core has made sure that each is known."""
    return sum(BITS[name] for name in set(rights))


def rights_in(item: Fields) -> frozenset[str] | None:
    """Read the vendor's number; a bit without a documented meaning is a name of its own, such as ``bit_16``."""
    number = item.number("permit")
    if number is None:
        return None
    if not 0 <= number < 1 << _LONGEST:
        raise malformed(f"{item.path}.permit", "a sum of bits", number)
    known = {bit: name for name, bit in BITS.items()}
    bits = (1 << place for place in range(_LONGEST))
    return frozenset(known.get(bit, f"bit_{bit}") for bit in bits if number & bit)
