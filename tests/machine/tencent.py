"""Tencent's rules, by its contract and the default guesses of its emulated cloud."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar, Final

from sharebind import Share

from .model import ACTIVE, ENDED, OFFERED, QUIET, REFUSED, Given, Handle, Law, Model, Terms, Verdict, Wish, ending

LIFE: Final = timedelta(days=1)
SAME: Final = timedelta(seconds=2)
"""Within so much, who has access is taken for whom the code admitted."""

GONE: Final = "owner gone"
SURE: Final = timedelta(days=7)
"""How long a code counts as living (decision: a code counts as living 7 days)."""


class Tencent(Law):
    """One home holds a device; offers end by themselves and cannot be withdrawn; whoever took one keeps it."""

    provider: ClassVar[str] = "tencent"
    shows_ends: ClassVar[bool] = False
    grain: ClassVar[timedelta] = timedelta(seconds=1)
    wishes: ClassVar[tuple[Wish, ...]] = (
        (None, None, None, None),
        (timedelta(days=8), None, None, None),
    )
    strange: ClassVar[tuple[Wish, ...]] = (
        (timedelta(hours=2), None, None, None),
        (None, timedelta(hours=2), None, None),
        (None, None, timedelta(hours=1), None),
    )
    changes: ClassVar[tuple[timedelta | frozenset[str], ...]] = (timedelta(hours=5),)

    def bind(self, model: Model, who: str, device: int) -> Verdict:
        """Refuse a device that stands in any home."""
        if any(held == device for held, _ in model.held):
            return REFUSED

        def change(then: Model) -> None:
            then.held[device, who] = "owner"

        return Verdict(change)

    def unbind(self, model: Model, who: str, device: int) -> Verdict:
        """End with it every share and every offer."""
        if (device, who) not in model.held:
            return REFUSED

        def change(then: Model) -> None:
            del then.held[device, who]
            for each in then.given:
                if each.device == device and not each.over:
                    each.over, each.how = True, GONE

        return Verdict(change)

    def share(self, model: Model, who: str, device: int, to: str | None, terms: Terms) -> Verdict:
        """Make a code, or put an invitation into somebody's inbox."""
        can_say = terms.use_until is None and terms.use_for is None and terms.rights is None and not terms.replace
        sure = terms.accept_by is None or (to is None and terms.accept_by - model.now >= SURE)
        if (device, who) not in model.held or not can_say or not sure:
            return REFUSED

        def change(then: Model) -> None:
            then.given.append(Given(device, who, to, to is None, then.now, then.now + LIFE))

        return Verdict(change)

    def accept(self, model: Model, who: str, number: int) -> Verdict:
        """Admit one person to each code and invitation, who has no share of the device yet."""
        given = model.given[number]
        if given.state(model.now) != OFFERED or given.giver == who or model.uses(given.device, who):
            return REFUSED

        def change(then: Model) -> None:
            mine = then.given[number]
            mine.to, mine.taken = who, then.now

        return Verdict(change)

    def end(self, model: Model, who: str, handle: Handle) -> Verdict:
        """Revoke or leave; an offer cannot be ended (quirks ``no_decline`` and ``invite_returns_nothing``)."""
        if handle.seen == OFFERED:
            return REFUSED
        if handle.source in ("taken", "received"):
            # An invitation's own handle ends nothing, before and after it was accepted (no_decline).
            return REFUSED if handle.via == "person" else self._access(model, handle.device, who)
        if handle.source == "made" and handle.via == "code":
            return self._code(model, who, handle)
        # The person's id is the key: it ends their access, however they came by it (invite_returns_nothing).
        return self._as_owner(model, who, handle.device, self._access(model, handle.device, handle.person))

    def _code(self, model: Model, who: str, handle: Handle) -> Verdict:
        """End what a code gave (decision: ending a code whose taker came back)."""
        assert handle.number is not None
        given = model.given[handle.number]
        dead = given.how == GONE or given.state(model.now) == ENDED
        if given.taken is None or given.how == GONE:
            # A dead code tells no more who took it: quiet only where nobody uses the device.
            alone = not any(each.state(model.now) == ACTIVE for each in model.live(given.device))
            return self._as_owner(model, who, given.device, QUIET if dead and alone else REFUSED)
        access = [each for each in model.uses(given.device, given.to or "") if each is not given]
        revoked = self._as_owner(model, who, given.device, self._access(model, given.device, given.to))
        if any((each.taken or given.taken) - given.taken > SAME for each in access):
            # AppRemoveShareDeviceUser takes a person: one who came back is told by a list alone.
            return Verdict(late=revoked.change)
        return revoked

    def _access(self, model: Model, device: int, person: str | None) -> Verdict:
        """End whatever share somebody uses a device by: there is one at most."""
        mine = [number for number, each in enumerate(model.given) if each in model.uses(device, person or "")]
        return ending(mine[0]) if mine else QUIET

    def _as_owner(self, model: Model, who: str, device: int, verdict: Verdict) -> Verdict:
        return verdict if (device, who) in model.held else REFUSED

    def is_over(self, model: Model, handle: Handle) -> bool:
        """Take an invitation's ref for the person: it ends their access, and the invitation stays open."""
        if handle.source == "made" and handle.via == "person":
            return not model.uses(handle.device, handle.person or "")
        return super().is_over(model, handle)

    def lists(self, model: Model, given: Given) -> bool:
        """List who has access; offers are not listed to their owner."""
        return given.state(model.now) == ACTIVE

    def says(self, share: Share, given: Given) -> bool:
        """Tell the end of a code, and none of an invitation, which only its recipient can read."""
        return share.accept_by == (given.accept_by if given.by_code else None) and share.use_until is None
