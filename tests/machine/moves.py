"""The moves: what may happen next. Each takes one number that hypothesis drew, and picks its particulars with it.

One number for each move costs a third of what a strategy for each particular would, and the story tells it in words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Final, TypeVar

from .model import DEVICES, PEOPLE, Terms
from .play import LIKELY, Play, likely

T = TypeVar("T")

MOST: Final = 2**24 - 1
"""The largest number that a move takes."""

MOSTLY_OWNER: Final = ("owner", "owner", "owner", "guest", "other")
RECIPIENTS: Final = ("guest", "guest", "other", "owner")
ONE_OR_ALL: Final = (None, *range(DEVICES))
JUMPS: Final = tuple(timedelta(seconds=each) for each in (5, 20, 61, 61, 16 * 60, 3 * 3600, 25 * 3600, 8 * 86400))
LATE: Final = (0, 60, 0, 3)
FAULTS: Final = (
    ("lost", True),
    ("refuse", False),
    ("status", False),
    ("status", True),
    ("garbage", False),
    ("garbage", True),
    ("cut", True),
    ("read", False),
)
"""What goes wrong with the next change, and whether the vendor has done it by then; or with the next read."""


class Pick:
    """Picks one thing after the other by one number; 0 picks the first of everything."""

    def __init__(self, how: int) -> None:
        self._how = how

    def of(self, choices: Sequence[T]) -> T:
        """Pick one of these."""
        return choices[self.number(len(choices))]

    def number(self, below: int) -> int:
        """Pick a number."""
        self._how, rest = divmod(self._how, below)
        return rest

    def which(self) -> int:
        """Pick one of twelve: below ``LIKELY`` something that can come true is looked for."""
        return self.number(12)

    def rarely(self) -> bool:
        """Say yes once in four times."""
        return self.number(4) == 3


def bind(play: Play, pick: Pick) -> None:
    """Let somebody bind a device."""
    pairs = _pairs(pick)
    play.bind(*likely(pairs, pick.which(), lambda it: play.law.bind(play.model, *it)))


def unbind(play: Play, pick: Pick) -> None:
    """Let somebody give a device up."""
    pairs = _pairs(pick)
    play.unbind(*likely(pairs, pick.which(), lambda it: play.law.unbind(play.model, *it)))


def share_by_code(play: Play, pick: Pick) -> None:
    """Let somebody make a code."""
    if not play.law.has_codes and not pick.rarely():
        share_with_person(play, pick)
        return
    pairs, wish = _pairs(pick), pick.which()
    terms = _terms(play, wish, pick, to_person=False)
    plain = terms if wish < LIKELY else Terms()
    play.share(*likely(pairs, pick.which(), lambda it: play.law.share(play.model, *it, None, plain)), None, terms)


def share_with_person(play: Play, pick: Pick) -> None:
    """Let somebody share with a person."""
    pairs, to, wish = _pairs(pick), pick.of(RECIPIENTS), pick.which()
    terms = _terms(play, wish, pick, to_person=True)
    ways = [(who, device, each) for who, device in pairs for each in (to, *PEOPLE) if each != who]
    plain = terms if wish < LIKELY else Terms()
    play.share(*likely(ways, pick.which(), lambda it: play.law.share(play.model, *it, plain)), terms)


def accept_code(play: Play, pick: Pick) -> None:
    """Let somebody take a code."""
    if not play.law.has_codes and not pick.rarely():
        look_at_received(play, pick)
        return
    play.accept_code(pick.of(RECIPIENTS), pick.which())


def accept_offer(play: Play, pick: Pick) -> None:
    """Let somebody take what they were offered."""
    play.accept_offer(pick.of(RECIPIENTS), pick.which())


def end(play: Play, pick: Pick) -> None:
    """Let somebody end a share that they hold on to."""
    play.end(None, pick.which(), stored=bool(pick.number(2)))


def end_by_whoever(play: Play, pick: Pick) -> None:
    """Let somebody use a ref that may be another's."""
    play.end(pick.of(PEOPLE), pick.which(), stored=True)


def change(play: Play, pick: Pick) -> None:
    """Let an owner change a share, where the vendor can."""
    if not play.law.can_change and not pick.rarely():
        end(play, pick)
        return
    mark = pick.of(play.law.changes)
    play.change(pick.which(), play.model.now + mark if isinstance(mark, timedelta) else mark)


def look_at_shares(play: Play, pick: Pick) -> None:
    """Let somebody list what they gave."""
    play.look(pick.of(MOSTLY_OWNER), "shares", pick.of(ONE_OR_ALL))


def look_at_received(play: Play, pick: Pick) -> None:
    """Let somebody list what they were given."""
    play.look(pick.of(RECIPIENTS), "received", pick.of(ONE_OR_ALL))


def look_at_bindings(play: Play, pick: Pick) -> None:
    """Let somebody list what they hold."""
    play.look(pick.of(PEOPLE), "bindings", pick.of(ONE_OR_ALL))


def jump(play: Play, pick: Pick) -> None:
    """Let time pass."""
    play.jump(pick.of(JUMPS))


def jump_to_an_end(play: Play, pick: Pick) -> None:
    """Let time pass until something ends, or until just before."""
    play.jump_to_end(play.law.grain if pick.number(2) else timedelta())


def go_wrong(play: Play, pick: Pick) -> None:
    """Have the next change, or the next read, go wrong."""
    kind, after = pick.of(FAULTS)
    play.arm(kind, after=after)


def be_late(play: Play, pick: Pick) -> None:
    """Have lists be late, or in time again."""
    play.lag(pick.of(LATE))


Move = Callable[[Play, Pick], None]

MOVES: Final[Mapping[Move, int]] = {
    jump: 6,
    look_at_bindings: 3,
    look_at_received: 4,
    bind: 3,
    unbind: 4,
    share_by_code: 5,
    share_with_person: 6,
    accept_code: 8,
    accept_offer: 5,
    end: 8,
    end_by_whoever: 3,
    change: 4,
    look_at_shares: 4,
    jump_to_an_end: 6,
    go_wrong: 8,
    be_late: 3,
}
"""Every move, and how often it is made; hypothesis likes the first one best, so that is one that costs nothing."""

_NEVER: Final[tuple[frozenset[Move], ...]] = (
    frozenset(),
    frozenset({unbind}),
    frozenset({go_wrong, be_late}),
    frozenset({jump, jump_to_an_end, unbind}),
)

MOODS: Final = tuple(
    tuple(move for move, often in MOVES.items() if move not in never for _ in range(often)) for never in _NEVER
)
"""A run lacks some of the moves, for what hides behind many others shows when those do not happen."""


def _pairs(pick: Pick) -> list[tuple[str, int]]:
    """Give everybody with every device, the picked ones first."""
    who, device = pick.of(MOSTLY_OWNER), pick.number(DEVICES)
    people, devices = dict.fromkeys((who, *PEOPLE)), dict.fromkeys((device, *range(DEVICES)))
    return [(person, each) for person in people for each in devices]


def _terms(play: Play, wish: int, pick: Pick, *, to_person: bool) -> Terms:
    """Pick what to ask for: below ``LIKELY`` what the vendor can say."""
    menu, now = play.law.wishes if wish < LIKELY else play.law.strange, play.model.now
    accept_by, use_until, use_for, rights = menu[wish % len(menu)]
    if to_person and wish < LIKELY:
        accept_by = None
    return Terms(
        accept_by=None if accept_by is None else now + accept_by,
        use_until=None if use_until is None else now + use_until,
        use_for=use_for,
        rights=rights,
        replace=pick.rarely(),
    )
