"""Quectel's rules, by its contract and the default guesses of its emulated cloud."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Final

from .model import (
    ENDED,
    OFFERED,
    QUIET,
    REFUSED,
    Given,
    Handle,
    Law,
    Mark,
    Model,
    Terms,
    Verdict,
    Wish,
    ending,
    over,
    unless,
)

OFFER_LIFE: Final = timedelta(days=1)
LOOKED_UP: Final = "decision: a share with a person is looked up"
"""Its list did not show such a share when it was made, so it may be refused until a list does."""

MINUTE: Final = timedelta(minutes=1)
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
MARGIN: Final = timedelta(seconds=1)
MILLISECOND: Final = timedelta(milliseconds=1)
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Quectel(Law):
    """Several people may own one device; a code admits one; a person has access at once; shares may end."""

    provider: ClassVar[str] = "quectel"
    can_change: ClassVar[bool] = True
    wishes: ClassVar[tuple[Wish, ...]] = (
        (None, None, None, None),
        (None, 2 * HOUR, None, None),
        (MINUTE, None, None, None),
        (HOUR, 3 * DAY, None, None),
        (None, None, None, None),
        (None, 3 * DAY, None, None),
        (MINUTE, 2 * MINUTE, None, None),
    )
    strange: ClassVar[tuple[Wish, ...]] = ((2 * HOUR, HOUR, None, None), (None, None, HOUR, None))
    changes: ClassVar[tuple[timedelta | frozenset[str], ...]] = (5 * MINUTE, 5 * HOUR, 9 * DAY)

    def bind(self, model: Model, who: str, device: int) -> Verdict:
        """Refuse who has it already, as owner or by a share."""
        if (device, who) in model.held or model.uses(device, who):
            return REFUSED

        def change(then: Model) -> None:
            then.held[device, who] = "owner"

        return Verdict(change)

    def unbind(self, model: Model, who: str, device: int) -> Verdict:
        """End with it what its owner gave."""
        if (device, who) not in model.held:
            return REFUSED

        def change(then: Model) -> None:
            del then.held[device, who]
            over(each for each in then.live(device) if each.giver == who)

        return Verdict(change)

    def share(self, model: Model, who: str, device: int, to: str | None, terms: Terms) -> Verdict:
        """Make a code, or give access at once; an end of use must outlast the acceptance (5153)."""
        if (device, who) not in model.held or terms.use_for is not None or terms.rights is not None:
            return REFUSED
        accept_by = self._accept_by(model.now, terms) if to is None else terms.accept_by
        if to is None and terms.use_until is not None and accept_by is not None and terms.use_until <= accept_by:
            return REFUSED
        if to is not None and (accept_by is not None or self._bars(model, device, to, replace=terms.replace)):
            return REFUSED

        def change(then: Model) -> None:
            if terms.replace:
                over(each for each in then.live(device) if each.giver == who)
                over(then.uses(device, to) if to is not None else ())
            taken = None if to is None else then.now
            made = Given(device, who, to, to is None, then.now, accept_by, terms.use_until, taken=taken)
            made.replace = terms.replace
            then.given.append(made)

        return Verdict(change)

    def _accept_by(self, now: datetime, terms: Terms) -> datetime:
        """Give the end of a code that nobody bounded: a day, but before the use ends."""
        if terms.accept_by is not None:
            return terms.accept_by
        life = now + OFFER_LIFE
        if terms.use_until is not None and terms.use_until <= life:
            return max(terms.use_until - MARGIN, now + (terms.use_until - now) / 2)
        return life

    def _bars(self, model: Model, device: int, person: str, *, replace: bool) -> bool:
        """Tell whether somebody has the device in a way that bars another share."""
        return (device, person) in model.held or (not replace and bool(model.uses(device, person)))

    def accept(self, model: Model, who: str, number: int) -> Verdict:
        """Admit one person to each code."""
        given = model.given[number]
        if given.giver == who or given.state(model.now) != OFFERED:
            return REFUSED
        if self._bars(model, given.device, who, replace=given.replace):
            return REFUSED

        def change(then: Model) -> None:
            over(then.uses(given.device, who))
            mine = then.given[number]
            mine.to, mine.taken = who, then.now

        return Verdict(change)

    def end(self, model: Model, who: str, handle: Handle) -> Verdict:
        """End what goes by the code, which is the handle of either side (quirk ``ending_has_two_calls``)."""
        assert handle.number is not None
        given = model.given[handle.number]
        if who != (given.giver if handle.source in ("made", "listed") else given.to):
            return REFUSED
        verdict = ending(handle.number) if given.state(model.now) != ENDED else QUIET
        return unless(verdict, LOOKED_UP if handle.key.startswith("find:") else "")

    def change(self, model: Model, who: str, handle: Handle, mark: Mark) -> Verdict:
        """Set another end of use, on codes that nobody took too."""
        assert handle.number is not None
        number, given = handle.number, model.given[handle.number]
        if who != given.giver or not isinstance(mark, datetime) or given.state(model.now) == ENDED:
            return REFUSED

        def change(then: Model) -> None:
            then.given[number].use_until = mark

        return Verdict(change, unless=LOOKED_UP if handle.key.startswith("find:") else "")

    def lists(self, model: Model, given: Given) -> bool:
        """List codes that wait, and whoever has access."""
        return given.state(model.now) != ENDED

    def offers(self, model: Model, given: Given) -> bool:
        """List no offers to their recipient."""
        del model, given
        return False

    def mark(self, given: Given) -> Mark:
        """Compare the end of use."""
        return given.use_until

    def marks(self, cloud: Any) -> tuple[Mark, ...]:
        """Read the ends of use from the cloud's own memory."""
        shares = cloud._desk.world.shares
        return tuple(None if each.use_until is None else EPOCH + each.use_until * MILLISECOND for each in shares)
