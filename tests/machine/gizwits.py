"""Gizwits' rules, by its contract and the default guesses of its emulated cloud."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, ClassVar, Final

import attrs

from sharebind import Share

from .model import (
    ACTIVE,
    ENDED,
    OFFERED,
    QUIET,
    REFUSED,
    Change,
    Given,
    Handle,
    Law,
    Line,
    Mark,
    Model,
    Terms,
    Verdict,
    Wish,
    ending,
    unless,
)

CODE_LIFE: Final = timedelta(minutes=15)
INVITE_LIFE: Final = timedelta(days=1)
MINUTE: Final = timedelta(minutes=1)
HOUR: Final = timedelta(hours=1)
KEEPERS: Final = frozenset({"special", "owner"})
DECLINED: Final = "declined"
GONE: Final = "owner gone"
ORPHANED: Final = "code 9090: an offer whose owner has unbound is refused with ShareEndedError, and not quietly over"


class Gizwits(Law):
    """Who binds first is special, and the owner once they share; use is a time from acceptance."""

    provider: ClassVar[str] = "gizwits"
    shows_ends: ClassVar[bool] = False
    grain: ClassVar[timedelta] = timedelta(seconds=1)
    wishes: ClassVar[tuple[Wish, ...]] = (
        (None, None, None, None),
        (None, None, MINUTE, None),
        (None, None, HOUR, None),
        (2 * INVITE_LIFE, None, None, None),
    )
    strange: ClassVar[tuple[Wish, ...]] = (
        (MINUTE, None, None, None),
        (None, 2 * HOUR, None, None),
        (None, None, 48 * HOUR, None),
    )
    changes: ClassVar[tuple[timedelta | frozenset[str], ...]] = (5 * HOUR,)

    def roles(self, model: Model) -> frozenset[tuple[int, str, str]]:
        """Call who binds first the owner, as the library does."""
        return frozenset((d, who, "owner" if role == "special" else role) for d, who, role in super().roles(model))

    def has(self, model: Model, device: int, who: str) -> bool:
        """Tell whether somebody has a device, in whatever role."""
        return (device, who) in model.held or bool(model.uses(device, who))

    def keeps(self, model: Model, device: int, who: str) -> bool:
        """Tell whether somebody is the first binder or the owner."""
        return model.held.get((device, who)) in KEEPERS

    def bind(self, model: Model, who: str, device: int) -> Verdict:
        """Let others in until the first share; whoever has it binds it again without a change."""
        if self.has(model, device, who):
            return QUIET
        kept = [role for (held, _), role in model.held.items() if held == device and role in KEEPERS]
        if "owner" in kept:
            return REFUSED

        def change(then: Model) -> None:
            then.held[device, who] = "member" if kept else "special"

        return Verdict(change)

    def unbind(self, model: Model, who: str, device: int) -> Verdict:
        """Take the device from every guest too (quirk ``owner_unbind_drops_guests``), or hand it to the next member."""
        if model.held.get((device, who)) not in KEEPERS:
            return Verdict(late=self._give_up(model, who, device))
        return Verdict(self._give_up(model, who, device))

    def _give_up(self, model: Model, who: str, device: int) -> Change | None:
        """Do what the vendor's one call does, which gives up an own device and leaves a received one."""
        role = model.held.get((device, who))
        if role not in KEEPERS:
            return self._access(model, device, who).change if role != "member" else _dropped(device, who)

        def change(then: Model) -> None:
            del then.held[device, who]
            left = [each for each in then.held if each[0] == device]
            if role == "special":
                then.held.update(dict.fromkeys(left[:1], "special"))
                return
            for each in left:
                del then.held[each]
            for share in then.live(device):
                share.over, share.how = True, GONE

        return change

    def share(self, model: Model, who: str, device: int, to: str | None, terms: Terms) -> Verdict:
        """Make a code or an invitation, and its maker the owner (quirk ``invite_changes_other_users``)."""
        life = CODE_LIFE if to is None else INVITE_LIFE
        can_say = terms.use_until is None and terms.rights is None and not terms.replace
        sure = terms.accept_by is None or terms.accept_by - model.now >= life
        short = terms.use_for is None or terms.use_for <= INVITE_LIFE
        if not (self.keeps(model, device, who) and can_say and sure and short):
            return REFUSED
        waits = any(each.to == to and each.state(model.now) == OFFERED for each in model.live(device))
        if to is not None and (self.has(model, device, to) or waits):
            return REFUSED

        def change(then: Model) -> None:
            then.held[device, who] = "owner"
            for each, role in then.held.items():
                if each[0] == device and role == "member":
                    then.held[each] = "guest"
            made = Given(device, who, to, to is None, then.now, then.now + life, use_for=terms.use_for)
            then.given.append(made)

        return Verdict(change)

    def accept(self, model: Model, who: str, number: int) -> Verdict:
        """Admit one person who has not the device yet; the time of use begins (``use_window_needs_acceptance``)."""
        given = model.given[number]
        theirs = given.giver != who if given.by_code else given.to == who
        if not theirs or given.state(model.now) != OFFERED or self.has(model, given.device, who):
            return REFUSED

        def change(then: Model) -> None:
            mine = then.given[number]
            mine.to, mine.taken = who, then.now
            mine.use_until = then.now + mine.use_for if mine.use_for else None

        return Verdict(change)

    def end(self, model: Model, who: str, handle: Handle) -> Verdict:
        """End by what the key names: an invitation, a code, a guest, or the device that was received."""
        if handle.source in ("taken", "received"):
            if handle.key.startswith("taken:"):
                return REFUSED  # which device it is was never told, so nothing can be left by it
            if handle.key.startswith("device:"):
                return self._leave(model, who, handle.device) if handle.seen != OFFERED else REFUSED
            return self._offer(model, who, handle)
        if handle.key.startswith("guest:"):
            return self._remove(model, who, handle.device, handle.person)
        if handle.via == "code":
            return self._code(model, who, handle)
        return self._invitation(model, who, handle)

    def _remove(self, model: Model, who: str, device: int, person: str | None) -> Verdict:
        """Remove a guest, however they came."""
        if model.held.get((device, who)) != "owner":
            return REFUSED
        return self._access(model, device, person or "")

    def _access(self, model: Model, device: int, person: str) -> Verdict:
        """End somebody's access as a guest: by a share, or from before sharing began."""
        if model.held.get((device, person)) == "guest":
            return Verdict(_dropped(device, person))
        mine = [n for n, each in enumerate(model.given) if each.device == device and each.to == person]
        live = [n for n in mine if model.given[n].state(model.now) == ACTIVE]
        return ending(live[0]) if live else QUIET

    def _leave(self, model: Model, who: str, device: int) -> Verdict:
        """Give a received device back; what is held otherwise is not given up so."""
        if model.held.get((device, who), "guest") != "guest":
            return Verdict(late=self._give_up(model, who, device))
        return self._access(model, device, who)

    def _invitation(self, model: Model, who: str, handle: Handle) -> Verdict:
        """Withdraw an invitation, or end what came of it."""
        assert handle.number is not None
        given = model.given[handle.number]
        if given.giver != who:
            return REFUSED
        if given.state(model.now) != ENDED:
            return ending(handle.number)
        # A declined one is read back before it is believed (9089), which takes who may list the device.
        return QUIET if given.how != DECLINED or self.keeps(model, given.device, who) else REFUSED

    def _code(self, model: Model, who: str, handle: Handle) -> Verdict:
        """End what a code gave (decision: whom a code gave access; quirk ``qr_share_cannot_be_withdrawn``)."""
        assert handle.number is not None
        given, number = model.given[handle.number], handle.number
        if handle.seen == OFFERED or not self.keeps(model, given.device, who):
            return REFUSED
        listed = given.giver == who and (given.taken is not None or given.how == GONE)
        if listed and given.state(model.now) == ACTIVE:
            return ending(number)
        if listed:
            # remove_guest takes a person: one who came back is told by lists alone.
            return attrs.evolve(QUIET, late=self._remove(model, who, given.device, given.to).change)
        guests = [each for each in model.live(given.device) if each.state(model.now) == ACTIVE]
        strangers = any(each.by_code for each in guests)
        strangers = strangers or any(held == given.device and role == "guest" for (held, _), role in model.held.items())
        late = model.now > given.made + CODE_LIFE
        return QUIET if late and not strangers else REFUSED

    def _offer(self, model: Model, who: str, handle: Handle) -> Verdict:
        """Decline an offer; its stored ref leaves once it was accepted."""
        assert handle.number is not None
        given, number = model.given[handle.number], handle.number
        if given.to != who:
            return Verdict(quiet=True, unless="it is another's")
        state = given.state(model.now)
        if state == OFFERED:

            def change(then: Model) -> None:
                then.given[number].over, then.given[number].how = True, DECLINED

            return Verdict(change)
        if state == ACTIVE:
            return REFUSED if handle.seen == OFFERED else ending(number)
        return unless(QUIET, ORPHANED if given.how == GONE and handle.seen == OFFERED else "")

    def number_of(self, key: str, codes: Sequence[str | None]) -> int | None:
        """Read the id of a record: they are counted from one."""
        del codes
        return int(key) - 1 if key.isdigit() else None

    def goes_by_lists(self, handle: Handle) -> bool:
        """Leave only what a list shows as received (quirk ``owner_unbind_drops_guests``)."""
        return handle.source in ("taken", "received")

    def lists(self, model: Model, given: Given) -> bool:
        """List guests and invitations; whether open codes are listed is not documented."""
        return given.state(model.now) == ACTIVE or not given.by_code

    def may_list(self, model: Model, who: str, device: int) -> bool:
        """Let the first binder and the owner ask."""
        return self.keeps(model, device, who)

    def given_lines(self, model: Model, who: str, device: int | None) -> list[Line]:
        """List also who was there before sharing began (quirk ``invite_changes_other_users``)."""
        before: list[Line] = [
            (None, (held, person, ACTIVE, None))
            for (held, person), role in model.held.items()
            if role == "guest" and model.held.get((held, who)) == "owner" and device in (None, held)
        ]
        return [*super().given_lines(model, who, device), *before]

    def received_lines(self, model: Model, who: str, device: int | None) -> list[Line]:
        """List what is held as a guest from before sharing began."""
        before: list[Line] = [
            (None, (held, who, ACTIVE, None))
            for (held, person), role in model.held.items()
            if role == "guest" and person == who and device in (None, held)
        ]
        return [*super().received_lines(model, who, device), *before]

    def says(self, share: Share, given: Given) -> bool:
        """Tell how long it may be taken and used."""
        return share.accept_by == given.accept_by and share.use_for == given.use_for and share.use_until is None

    def mark(self, given: Given) -> Mark:
        """Compare the end of use, which begins to run with the acceptance."""
        return given.use_until

    def marks(self, cloud: Any) -> tuple[Mark, ...]:
        """Read the ends of use from the cloud's own memory."""
        return tuple(each.use_ends for each in cloud._world.shares)


def _dropped(device: int, person: str) -> Change:
    """Give the change that somebody has a device no more, which no share gave them."""

    def change(model: Model) -> None:
        del model.held[device, person]

    return change
