"""eWeLink's rules, by its contract and the default guesses of its emulated cloud."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar, Final

import attrs

from sharebind import Share

from .model import ENDED, QUIET, REFUSED, Change, Given, Handle, Law, Mark, Model, Terms, Verdict, Wish, ending, over

TIMERS: Final = frozenset({"edit_timer"})
NONE: Final[frozenset[str]] = frozenset()
PERMITS: Final = {0: NONE, 2: TIMERS}


class Ewelink(Law):
    """One account owns a device; a person has access at once, with rights and without an end; there are no codes."""

    provider: ClassVar[str] = "ewelink"
    by_email: ClassVar[bool] = True
    has_codes: ClassVar[bool] = False
    can_change: ClassVar[bool] = True
    wishes: ClassVar[tuple[Wish, ...]] = ((None, None, None, None), (None, None, None, TIMERS))
    strange: ClassVar[tuple[Wish, ...]] = (
        (timedelta(hours=1), None, None, None),
        (None, timedelta(hours=2), None, None),
        (None, None, timedelta(hours=1), None),
    )
    changes: ClassVar[tuple[timedelta | frozenset[str], ...]] = (TIMERS, NONE, timedelta(hours=5))

    def bind(self, model: Model, who: str, device: int) -> Verdict:
        """Refuse another account's device; binding an own one again works and changes nothing."""
        if (device, who) in model.held:
            return QUIET
        if any(held == device for held, _ in model.held):
            return REFUSED

        def change(then: Model) -> None:
            then.held[device, who] = "owner"

        return Verdict(change)

    def unbind(self, model: Model, who: str, device: int) -> Verdict:
        """End with it what was shared."""
        gives_up = self._give_up(model, who, device)
        return Verdict(gives_up) if (device, who) in model.held else Verdict(late=gives_up)

    def _give_up(self, model: Model, who: str, device: int) -> Change | None:
        """Do what the vendor's one call does, which gives up an own device and leaves a received one."""
        mine = self._live(model, device, who)
        if (device, who) not in model.held:
            return ending(mine[0]).change if mine else None

        def change(then: Model) -> None:
            del then.held[device, who]
            over(then.live(device))

        return change

    def share(self, model: Model, who: str, device: int, to: str | None, terms: Terms) -> Verdict:
        """Give access at once; who has it keeps it (decision: sharing again is refused), or gets other rights."""
        ends = terms.accept_by is not None or terms.use_until is not None or terms.use_for is not None
        if (device, who) not in model.held or to is None or ends:
            return REFUSED
        numbers = self._live(model, device, to)

        def change(then: Model) -> None:
            if numbers:
                then.given[numbers[0]].rights = terms.rights or NONE
            else:
                made = Given(device, who, to, by_code=False, made=then.now, taken=then.now, rights=terms.rights or NONE)
                then.given.append(made)

        if numbers and not terms.replace:
            # Who has it is read first, and a late list does not show them: share_devices then sets their rights.
            return Verdict(late=change)
        return Verdict(change)

    def accept(self, model: Model, who: str, number: int) -> Verdict:
        """Offer nothing, so that there is nothing to take (quirk ``silent_share``)."""
        del model, who, number
        return REFUSED

    def end(self, model: Model, who: str, handle: Handle) -> Verdict:
        """Revoke as the owner, leave as the recipient; a share is known by the device and its other side."""
        if handle.source in ("made", "listed"):
            if (handle.device, who) not in model.held:
                return REFUSED
            numbers = self._live(model, handle.device, handle.person)
            return ending(numbers[0]) if numbers else QUIET
        gives_up = self._give_up(model, who, handle.device)
        if (handle.device, who) in model.held:
            return Verdict(late=gives_up)
        mine = [each for each in self._live(model, handle.device, who) if model.given[each].giver == handle.person]
        return ending(mine[0]) if mine else attrs.evolve(QUIET, late=gives_up)

    def change(self, model: Model, who: str, handle: Handle, mark: Mark) -> Verdict:
        """Set the rights of whoever has the device."""
        numbers = self._live(model, handle.device, handle.person)
        if (handle.device, who) not in model.held or not isinstance(mark, frozenset) or not numbers:
            return REFUSED

        def change(then: Model) -> None:
            then.given[numbers[0]].rights = mark

        return Verdict(change)

    def _live(self, model: Model, device: int, person: str | None) -> list[int]:
        numbered = enumerate(model.given)
        return [
            n for n, each in numbered if (each.device, each.to) == (device, person) and each.state(model.now) != ENDED
        ]

    def goes_by_lists(self, handle: Handle) -> bool:
        """Leave only what a list shows as received (quirk ``delete_means_two_things``)."""
        return handle.source in ("taken", "received")

    def lists(self, model: Model, given: Given) -> bool:
        """List who has access."""
        return given.state(model.now) != ENDED

    def may_list(self, model: Model, who: str, device: int) -> bool:
        """Let everybody ask: who owns nothing is shown nothing."""
        del model, who, device
        return True

    def says(self, share: Share, given: Given) -> bool:
        """Tell the rights that were asked for."""
        return share.rights == given.rights and share.use_until is None

    def mark(self, given: Given) -> Mark:
        """Compare the rights."""
        return given.rights

    def marks(self, cloud: Any) -> tuple[Mark, ...]:
        """Read the rights from the cloud's own memory."""
        return tuple(PERMITS[each.permit] for each in cloud._world.shares)
