"""One run: people do things at a vendor, and after each the model, the vendor's books and the library must agree.

``Play`` knows nothing of hypothesis. Each method is one step; what it does is told in ``story``.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, Final, TypeVar

import attrs

from sharebind import (
    Anyone,
    CodeOffer,
    Email,
    IncompleteListError,
    Outcome,
    Overlap,
    Secret,
    Share,
    SharebindError,
    ShareRef,
    State,
    UserId,
)

from .model import (
    DEVICES,
    PEOPLE,
    Given,
    Handle,
    Law,
    Line,
    Mark,
    Shown,
    Source,
    Terms,
    Verdict,
)
from .run import Run
from .stage import Stage

T = TypeVar("T")
NONSENSE: Final = 11
"""The choice that stands for a code which nobody has made."""

LIKELY: Final = 9
"""Of twelve choices so many look for something that can come true: most of what is chosen blindly would be refused."""


@attrs.define
class Kept:
    """A share that a caller holds on to."""

    share: Share
    handle: Handle


class Play(Run):
    """One run on a stage, from its reset on."""

    def __init__(self, stage: Stage, law: Law) -> None:
        super().__init__(stage, law)
        self.kept: list[Kept] = []
        self.codes: list[tuple[int, Secret]] = []
        self.offers: list[Kept] = []

    # --------------------------------------------------------------------------------------------------- what is done

    def bind(self, who: str, device: int) -> None:
        """Bind a device."""
        verdict = self.law.bind(self.model, who, device)
        account, stage = self.stage.accounts[who], self.stage
        self.wish(f"{who} binds {device}", "bind", verdict, account.bind(stage.devices[device], stage.proofs[device]))

    def unbind(self, who: str, device: int) -> None:
        """Give a device up."""
        verdict = self.law.unbind(self.model, who, device)
        work = self.stage.accounts[who].unbind(self.stage.devices[device])
        self.wish(f"{who} unbinds {device}", "unbind", verdict, work)

    def share(self, who: str, device: int, to: str | None, terms: Terms) -> None:
        """Share by a code, or with a person."""
        verdict = self.law.share(self.model, who, device, to, terms)
        account = self.stage.accounts[who]
        wishes: dict[str, Any] = {
            "accept_by": terms.accept_by,
            "use_until": terms.use_until,
            "use_for": terms.use_for,
            "rights": terms.rights,
            "overlap": Overlap.REPLACE if terms.replace else Overlap.KEEP,
        }
        whom = Anyone() if to is None else self.name(to)
        work = account.share(self.stage.devices[device], to=whom, **wishes)
        told = {name: value for name, value in wishes.items() if value not in (None, Overlap.KEEP)}
        done = self.wish(f"{who} shares {device} with {to or 'a code'} {told or ''}", "share", verdict, work)
        if isinstance(done.value, Share):
            number = self.latest(who, device, to)
            self.keep(done.value, "made", who, number, person=to)
            if done.struck != "read":  # what a failed read would have told is empty then
                self.agrees(done.value, self.model.given[number])
            if isinstance(done.value, CodeOffer):
                self.codes.append((number, done.value.code))

    def latest(self, who: str, device: int, to: str | None) -> int:
        """Find what has just been made, or replaced."""
        made = enumerate(self.model.given)
        return max(n for n, each in made if each.device == device and each.giver == who and to in (None, each.to))

    def accept_code(self, who: str, which: int) -> None:
        """Take a code, or try with one that there is not."""
        made = [(who, number, code) for number, code in reversed(self.codes)]
        made += [(each, number, code) for each in PEOPLE for _, number, code in made[:] if each != who]
        if not made and which != NONSENSE:
            self.share(*self.keeper(who), None, Terms())
            return
        if not made or which == NONSENSE:
            work = self.stage.accounts[who].accept(Secret(self.law.no_code))
            self.wish(f"{who} takes a code that is none", "accept", Verdict(), work)
            return
        who, number, code = likely(made, which, lambda it: self.law.accept(self.model, it[0], it[1]))
        if which < LIKELY and self.law.accept(self.model, who, number).change is None:
            self.share(*self.keeper(who), None, Terms())
            return
        self.accept(who, number, f"the code of {number}", self.stage.accounts[who].accept(code))

    def keeper(self, other: str) -> tuple[str, int]:
        """Name somebody who can make a code, and for which device: at best one that somebody else has not."""
        pairs = [(who, device) for who in PEOPLE if who != other for device in range(DEVICES)]
        pairs.sort(key=lambda it: bool(self.model.uses(it[1], other)))
        return likely(pairs, 0, lambda it: self.law.share(self.model, *it, None, Terms()))

    def accept_offer(self, who: str, which: int) -> None:
        """Take an offer that was received."""
        if not self.offers:
            self.look(who, "received", None)
            return
        kept = likely(self.offers, which, lambda it: self.law.accept(self.model, it.handle.who, it.handle.number or 0))
        assert kept.handle.number is not None
        who = kept.handle.who
        work = self.stage.accounts[who].accept(kept.share)
        self.accept(who, kept.handle.number, f"the offer of {kept.handle.number}", work)

    def accept(self, who: str, number: int, what: str, work: Awaitable[Share]) -> None:
        """Take what is number so and so in the model."""
        verdict = self.law.accept(self.model, who, number)
        done = self.wish(f"{who} takes {what}", "accept", verdict, work)
        if isinstance(done.value, Share):
            self.keep(done.value, "taken", who, number)

    def end(self, who: str | None, which: int, *, stored: bool) -> None:
        """End a share by the value that somebody holds, or by its stored ref; ``who`` may be another."""
        if not self.kept:
            return
        kept = likely(
            self.kept[which:] + self.kept[:which], which, lambda it: self.law.end(self.model, it.handle.who, it.handle)
        )
        handle, account = kept.handle, self.stage.accounts[who or kept.handle.who]
        meant: Share | ShareRef = ShareRef.parse(kept.share.ref.reveal()) if stored else kept.share
        seen = "unknown" if stored else kept.share.state_at(self.model.now).value
        verdict = self.law.end(self.model, account.name, attrs.evolve(handle, seen=seen))
        told = f"{account.name} ends what {handle.who} {handle.source} as {handle.number} ({seen})"
        done = self.wish(told, "end", verdict, account.end(meant))
        claims = isinstance(done.value, Share) and done.value.state is State.ENDED and account.name == handle.who
        if claims and not self.law.is_over(self.model, handle):
            if not (self.late and self.law.goes_by_lists(handle)):
                self.broken(f"share {handle.number} was told to be ended, and is not")
            self.count("an end was believed of a late list")

    def change(self, which: int, mark: Mark) -> None:
        """Give a share other terms."""
        mine = [kept for kept in self.kept if kept.handle.source in ("made", "listed")]
        if not mine:
            return
        kept = likely(mine, which, lambda it: self.law.change(self.model, it.handle.who, it.handle, mark))
        account = self.stage.accounts[kept.handle.who]
        verdict = self.law.change(self.model, account.name, kept.handle, mark)
        if isinstance(mark, frozenset):
            work = account.change(kept.share, rights=mark)
        else:
            work = account.change(kept.share, use_until=mark)
        done = self.wish(f"{account.name} changes {kept.handle.number} to {mark}", "change", verdict, work)
        if isinstance(done.value, Share):
            kept.share = attrs.evolve(kept.share, use_until=done.value.use_until, rights=done.value.rights)

    # ------------------------------------------------------------------------------------------------ what is looked at

    def look(self, who: str, what: str, device: int | None) -> None:
        """Read a list, and hold it against the model."""
        self.tell(f"{who} lists {what} {'' if device is None else device}")
        account = self.stage.accounts[who]
        where = None if device is None else self.stage.devices[device]
        before = self.books()
        try:
            if what == "bindings":
                self.held(who, self.stage.run(_all(account.bindings(device=where))), device)
            elif what == "shares":
                self.listed(who, self.stage.run(_all(account.shares(device=where))), device)
            else:
                self.received(who, self.stage.run(_all(account.received(device=where))), device)
        except SharebindError as error:
            self.unread(who, what, device, error)
        self.same(before, self.books())

    def unread(self, who: str, what: str, device: int | None, error: SharebindError) -> None:
        """Judge a list that could not be read."""
        self.count(f"{what} unread")
        if error.outcome is not Outcome.NOTHING and not isinstance(error, IncompleteListError):
            self.broken(f"a list raised {type(error).__name__}, which is no error of a read")
        if what == "shares" and device is not None and not self.law.may_list(self.model, who, device):
            return
        if not self.troubled():
            self.broken(f"the list could not be read: {type(error).__name__}: {error}")

    def held(self, who: str, found: list[Any], device: int | None) -> None:
        """Hold a list of devices against the books."""
        if self.troubled():
            return
        told = {(self.stage.index[each.device.device], each.role.value) for each in found}
        must = {(d, role) for d, person, role in self.law.roles(self.model) if person == who and device in (None, d)}
        if told != must:
            self.broken(f"bindings() shows {sorted(told)}, and the truth is {sorted(must)}")

    def listed(self, who: str, found: list[Share], device: int | None) -> None:
        """Hold a list of given shares against the model, and keep them."""
        lines = [self.line(share, self.person(share)) for share in found]
        must = self.law.given_lines(self.model, who, device)
        if not self.troubled() and sorted(lines, key=str) != sorted((line for _, line in must), key=str):
            self.broken(f"shares() shows {lines}, and the truth is {[line for _, line in must]}")
        self.keep_all(who, "listed", zip(found, lines, strict=True), must)

    def keep_all(self, who: str, source: Source, found: Iterable[tuple[Share, Shown]], must: list[Line]) -> None:
        """Hold on to what a list shows, each as the share that its key or else its line tells."""
        codes = self.stage.codes()
        left = {number: line for number, line in must if number is not None}
        for share, line in found:
            number = self.law.number_of(share.ref.key.reveal(), codes)
            if number is None:
                number = next((number for number, one in left.items() if one == line), None)
            left.pop(number or 0, None)
            giver = self.stage.people.get((share.owner and share.owner.user_id) or "")
            self.keep(share, source, who, number, person=line[1] if source == "listed" else giver)

    def received(self, who: str, found: list[Share], device: int | None) -> None:
        """Hold a list of received shares against the model, and keep them."""
        lines = [self.line(share, who) for share in found]
        must = self.law.received_lines(self.model, who, device)
        if not self.troubled() and sorted(lines, key=str) != sorted((line for _, line in must), key=str):
            self.broken(f"received() shows {lines}, and the truth is {[line for _, line in must]}")
        self.keep_all(who, "received", zip(found, lines, strict=True), must)

    def line(self, share: Share, person: str | None) -> Shown:
        """Write a listed share as the model writes it."""
        now = self.model.now
        if share.state_at(now) is not share.state:
            self.broken(f"a list shows {share.state}, and by its own times it is {share.state_at(now)}")
        return self.stage.index[share.device.device], person, share.state.value, self.law.shown_end(share)

    def person(self, share: Share) -> str | None:
        """Say who the recipient of a share is."""
        person = share.recipient
        if person is None:
            return None
        return self.stage.people.get(person.user_id or "") or self.stage.emails.get(person.email or "")

    def agrees(self, share: Share, given: Given) -> None:
        """See that a share that was just made says what the model says of it."""
        now = self.model.now
        told, must = share.state_at(now), given.state(now)
        if told not in (State(must), State.UNKNOWN):
            self.broken(f"the share says {told}, and is {must}")
        if not self.law.says(share, given):
            self.broken(f"the share tells other ends than were asked for: {share}")

    def keep(self, share: Share, source: Source, who: str, number: int | None, *, person: str | None = None) -> None:
        """Hold on to a share; a later one of the same kind takes the place of the earlier."""
        device = self.stage.index.get(share.device.device, -1)
        handle = Handle(
            source, who, device, number, person, share.state.value, share.ref.via.value, share.ref.key.reveal()
        )
        kept = Kept(share, handle)
        if share.state is State.OFFERED and source == "received":
            self.offers = [*[each for each in self.offers if each.share.id != share.id][-3:], kept]
        self.kept = [each for each in self.kept if (each.share.id, each.handle.source) != (share.id, source)][-11:]
        self.kept.append(kept)

    def name(self, person: str) -> UserId | Email:
        """Name a person in a form that the vendor takes."""
        user = self.stage.cloud.user(person)
        return Email(user.email) if self.law.by_email else UserId(user.user_id)


def likely(options: Sequence[T], which: int, verdict: Callable[[T], Verdict]) -> T:
    """Choose one: below ``LIKELY`` the first that can come true, where there is any, and from there on whichever."""
    chosen = options[which % len(options)]
    if which < LIKELY:
        return next((each for each in options if verdict(each).change is not None), chosen)
    return chosen


async def _all(listing: Any) -> list[Any]:
    return [each async for each in listing]
