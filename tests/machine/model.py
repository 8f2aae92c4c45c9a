"""What must be true: who holds which device, and which shares there are. Pure, and small enough to be read.

A vendor's rules are a ``Law``, in a file of its own: it says what a wish does to this model, or that it is refused.
"""

from __future__ import annotations

import abc
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final, Literal, TypeAlias

import attrs

from sharebind import Share

OFFERED: Final = "offered"
ACTIVE: Final = "active"
ENDED: Final = "ended"

PEOPLE: Final = ("owner", "guest", "other")
DEVICES: Final = 2

Wish: TypeAlias = "tuple[timedelta | None, timedelta | None, timedelta | None, frozenset[str] | None]"
"""Times from now, accept_by and use_until, then use_for and rights."""

Mark: TypeAlias = "datetime | frozenset[str] | None"
"""What a vendor's books keep of a share's terms: the end of its use, or its rights."""

Entry: TypeAlias = "tuple[int, str, str | None, str, Mark]"
"""A share in the books: device, giver, recipient, state, and what they keep of its terms."""

Books: TypeAlias = "tuple[frozenset[tuple[int, str, str]], tuple[Entry, ...]]"
"""Who holds which device in which role, and every share there ever was."""

Shown: TypeAlias = "tuple[int, str | None, str, datetime | None]"
"""What a list shows of a share: device, person, state and end of use."""

Line: TypeAlias = "tuple[int | None, Shown]"
"""One line that a list has to show, and which share it is."""

Source = Literal["made", "listed", "taken", "received"]
"""Where a caller has a share from: ``share``, ``shares()``, ``accept``, ``received()``."""


@attrs.frozen
class Terms:
    """The wishes of one ``share``: moments, and a time of use; ``replace`` is ``Overlap.REPLACE``."""

    accept_by: datetime | None = None
    use_until: datetime | None = None
    use_for: timedelta | None = None
    rights: frozenset[str] | None = None
    replace: bool = False


@attrs.define
class Given:
    """One share: by a code, or to a person; ``to`` is whom it was made for, later who took it."""

    device: int
    giver: str
    to: str | None
    by_code: bool
    made: datetime
    accept_by: datetime | None = None
    use_until: datetime | None = None
    use_for: timedelta | None = None
    rights: frozenset[str] | None = None
    replace: bool = False
    taken: datetime | None = None
    over: bool = False
    how: str = ""

    def state(self, now: datetime) -> str:
        """Say how it stands at a moment."""
        if self.over or (self.use_until is not None and self.use_until <= now):
            return ENDED
        if self.taken is not None:
            return ACTIVE
        return ENDED if self.accept_by is not None and self.accept_by <= now else OFFERED


@attrs.define
class Model:
    """Everything that is true; ``held`` has the roles of who has a device otherwise than by a share."""

    now: datetime
    held: dict[tuple[int, str], str] = attrs.field(factory=dict[tuple[int, str], str])
    given: list[Given] = attrs.field(factory=list[Given])

    def copy(self) -> Model:
        """Give another model of the same world."""
        return Model(self.now, dict(self.held), [attrs.evolve(each) for each in self.given])

    def live(self, device: int | None = None) -> Iterable[Given]:
        """Give the shares that wait or work."""
        return (each for each in self.given if device in (None, each.device) and each.state(self.now) != ENDED)

    def uses(self, device: int, person: str) -> list[Given]:
        """Give the shares by which somebody uses a device now."""
        return [each for each in self.live(device) if each.to == person and each.state(self.now) == ACTIVE]


Change: TypeAlias = Callable[[Model], None]


@attrs.frozen
class Verdict:
    """What a wish comes to: a change, quiet, or a refusal.

    ``quiet`` is a success that changes nothing. ``unless`` names what entitles the adapter to refuse what the vendor
    would do: a quirk or a decision that is documented, never a tolerance. ``late`` is what may happen instead where
    lists are late: the vendor's call names a person or a device and no share, so what it ends is judged by a list.
    """

    change: Change | None = None
    quiet: bool = False
    unless: str = ""
    late: Change | None = None


REFUSED: Final = Verdict()
QUIET: Final = Verdict(quiet=True)


@attrs.frozen
class Handle:
    """A share that a caller holds on to: whose it is, which one it is, and where it came from.

    ``number`` is its place in the model, ``None`` where somebody has a device and no share tells of it. ``key`` is the
    adapter's own: a law may tell by it what the adapter was not told by the vendor.
    """

    source: Source
    who: str
    device: int
    number: int | None
    person: str | None
    seen: str
    via: str = ""
    key: str = attrs.field(default="", repr=False)


class Law(abc.ABC):
    """One vendor's rules, as its contract and the default guesses of its emulated cloud say them."""

    provider: ClassVar[str]
    shows_ends: ClassVar[bool] = True
    """Whether lists tell when the use of a share ends."""

    wishes: ClassVar[tuple[Wish, ...]]
    """What is asked for when something is shared."""

    strange: ClassVar[tuple[Wish, ...]]
    """What this vendor cannot grant, or cannot say."""

    changes: ClassVar[tuple[timedelta | frozenset[str], ...]]
    """What shares are changed to: another end from now, or other rights."""

    has_codes: ClassVar[bool] = True
    can_change: ClassVar[bool] = False
    by_email: ClassVar[bool] = False
    """Whether people are named by their e-mail address here."""

    no_code: ClassVar[str] = "nobody-made-this"
    """A code that nobody has made."""

    @abc.abstractmethod
    def bind(self, model: Model, who: str, device: int) -> Verdict:
        """Say what binding does."""

    @abc.abstractmethod
    def unbind(self, model: Model, who: str, device: int) -> Verdict:
        """Say what giving a device up does, in the role of its owner."""

    @abc.abstractmethod
    def share(self, model: Model, who: str, device: int, to: str | None, terms: Terms) -> Verdict:
        """Say what sharing does: by a code, or with a person."""

    @abc.abstractmethod
    def accept(self, model: Model, who: str, number: int) -> Verdict:
        """Say what taking an offer does, by its code or by its received handle."""

    @abc.abstractmethod
    def end(self, model: Model, who: str, handle: Handle) -> Verdict:
        """Say what ending a share does, from whichever side the handle is."""

    grain: ClassVar[timedelta] = timedelta(milliseconds=1)
    """The unit of this vendor's times."""

    def change(self, model: Model, who: str, handle: Handle, mark: Mark) -> Verdict:
        """Say what other terms do: another end of use, or other rights."""
        del model, who, handle, mark
        return REFUSED

    def is_over(self, model: Model, handle: Handle) -> bool:
        """Say whether it may be told of a handle that what it stands for has ended."""
        return handle.number is None or model.given[handle.number].state(model.now) == ENDED

    def goes_by_lists(self, handle: Handle) -> bool:
        """Say whether what is not listed counts as ended where it was seen active: untrue where the list is late.

        A vendor whose one call gives up an own device and leaves a received one can be asked for nothing that no list
        shows. ``CODES.already_over`` says the same of a code that only means "not there".
        """
        del handle
        return False

    def number_of(self, key: str, codes: Sequence[str | None]) -> int | None:
        """Say which share a key names by itself, ``None`` where it names none; ``codes`` are those of the books."""
        return codes.index(key) if key in codes else None

    @abc.abstractmethod
    def lists(self, model: Model, given: Given) -> bool:
        """Say whether the owner's list shows this live share."""

    def may_list(self, model: Model, who: str, device: int) -> bool:
        """Say whether somebody may read the list of one device."""
        return (device, who) in model.held

    def offers(self, model: Model, given: Given) -> bool:
        """Say whether a live offer is listed to whom it was made for."""
        del model
        return given.to is not None and not given.by_code

    def says(self, share: Share, given: Given) -> bool:
        """Say whether a share that was just made tells the ends that it has."""
        ends = share.accept_by == given.accept_by and share.use_for == given.use_for
        return ends and share.use_until == (None if given.use_for else given.use_until)

    def shown_end(self, share: Share) -> datetime | None:
        """Give the end of use that a list shows."""
        return share.use_until if self.shows_ends else None

    def given_lines(self, model: Model, who: str, device: int | None) -> list[Line]:
        """Say what an owner's list has to show, and which share each line is."""
        return [
            (number, self.line(model, each, None if each.state(model.now) == OFFERED and each.by_code else each.to))
            for number, each in enumerate(model.given)
            if each.giver == who and device in (None, each.device)
            if each.state(model.now) != ENDED and self.lists(model, each)
        ]

    def received_lines(self, model: Model, who: str, device: int | None) -> list[Line]:
        """Say what a recipient's list has to show."""
        return [
            (number, self.line(model, each, who))
            for number, each in enumerate(model.given)
            if each.to == who and device in (None, each.device)
            if each.state(model.now) == ACTIVE or (each.state(model.now) == OFFERED and self.offers(model, each))
        ]

    def line(self, model: Model, given: Given, person: str | None) -> Shown:
        """Write a share as a list shows it."""
        return given.device, person, given.state(model.now), given.use_until if self.shows_ends else None

    def roles(self, model: Model) -> frozenset[tuple[int, str, str]]:
        """Say who holds what, in the words of the books."""
        own = {(device, who, role) for (device, who), role in model.held.items()}
        return frozenset(own | {(each.device, each.to or "", "guest") for each in self.used(model)})

    def used(self, model: Model) -> Iterable[Given]:
        """Give the shares that work."""
        return (each for each in model.given if each.state(model.now) == ACTIVE)

    def mark(self, given: Given) -> Mark:
        """Say what the books keep of a share's terms."""
        del given
        return None

    def marks(self, cloud: Any) -> tuple[Mark, ...] | None:
        """Read the same from the cloud, ``None`` where its books keep none."""
        del cloud
        return None

    def books(self, model: Model) -> Books:
        """Say what the vendor's books have to show."""
        now = model.now
        entries = tuple((each.device, each.giver, each.to, each.state(now), self.mark(each)) for each in model.given)
        return self.roles(model), entries


def over(givens: Iterable[Given]) -> None:
    """End all these shares."""
    for each in givens:
        each.over = True


def ending(number: int) -> Verdict:
    """Give the verdict that this share ends and nothing else does."""

    def change(model: Model) -> None:
        model.given[number].over = True

    return Verdict(change)


def unless(verdict: Verdict, *reasons: str) -> Verdict:
    """Give the same verdict, from which the adapter may abstain for a documented reason."""
    return attrs.evolve(verdict, unless=next((each for each in reasons if each), ""))
