"""Faults in what a share is given for: its rights, its time of use, and each of them when the other one changes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Final

import attrs

from sharebind.provider import (
    NATIVE,
    UNCHANGED,
    Anyone,
    Batch,
    Capability,
    ChangeShare,
    Context,
    Evidence,
    Level,
    Secret,
    Share,
    ShareDevice,
    ShareQuery,
    Side,
    Support,
    capabilities,
)
from sharebind.testing.checks.refusing import RIGHT
from sharebind.testing.reference import ReferenceProvider
from sharebind.testing.reference.records import Terms
from sharebind.testing.reference.support import RIGHTS, SUPPORT


class DropsTheRights(ReferenceProvider):
    """Shares without the rights that were asked for."""

    def _terms(self, op: ShareDevice) -> Terms:
        return attrs.evolve(super()._terms(op), rights=frozenset())


class GivesEveryRight(ReferenceProvider):
    """Gives all rights to whom none were named, as some vendors' own apps do."""

    def _terms(self, op: ShareDevice) -> Terms:
        terms = super()._terms(op)
        return terms if op.rights is not None else attrs.evolve(terms, rights=RIGHTS)


class TakesNoRightAway(ReferenceProvider):
    """Adds rights to those that somebody has, where they should be all that there are."""

    def _changed(self, op: ChangeShare) -> Callable[[Terms], Terms]:
        change = super()._changed(op)
        return lambda terms: attrs.evolve(made := change(terms), rights=made.rights | terms.rights)


class NamesNoRights(ReferenceProvider):
    """Takes rights, and names none that could be asked for."""

    @property
    def support(self) -> Mapping[Capability, Support]:
        """All, and rights without a name."""
        return {**SUPPORT, capabilities.SHARE_RIGHTS: NATIVE, capabilities.CHANGE_RIGHTS: NATIVE}


class DropsAPersonsRights(ReferenceProvider):
    """Shares with a named person without the rights, and by code with them."""

    def _terms(self, op: ShareDevice) -> Terms:
        terms = super()._terms(op)
        return terms if isinstance(op.to, Anyone) else attrs.evolve(terms, rights=frozenset())


class GivesTheFirstRight(ReferenceProvider):
    """Takes the first of several rights for all of them."""

    def _terms(self, op: ShareDevice) -> Terms:
        return attrs.evolve(super()._terms(op), rights=frozenset(sorted(op.rights or ())[:1]))


class TellsOtherRights(ReferenceProvider):
    """Gives what was asked for, and tells another right."""

    async def share(self, op: ShareDevice, ctx: Context, /) -> Share:
        """Share, and tell the last right."""
        return attrs.evolve(await super().share(op, ctx), rights=sorted(RIGHTS)[-1:])


class TellsOtherRightsAfterAChange(ReferenceProvider):
    """Sets what was asked for, and tells another right."""

    async def change(self, op: ChangeShare, ctx: Context, /) -> Share:
        """Change, and tell the last right."""
        return attrs.evolve(await super().change(op, ctx), rights=sorted(RIGHTS)[-1:])


class ListsOtherRights(ReferenceProvider):
    """Lists one side other rights than the other one."""

    SIDE = Side.RECIPIENT

    async def shares(self, query: ShareQuery, ctx: Context, /) -> AsyncIterator[Batch[Share]]:
        """List with the last right."""
        async for batch in super().shares(query, ctx):
            other = (attrs.evolve(share, rights=sorted(RIGHTS)[-1:]) for share in batch.items)
            yield attrs.evolve(batch, items=tuple(other)) if query.side is self.SIDE else batch


class ListsOtherRightsToTheOwner(ListsOtherRights):
    """Lists the owner other rights than were given."""

    SIDE = Side.OWNER


class DropsTheRightsAndListsNothing(DropsTheRights):
    """Drops the rights, tells nothing of any, and gives the owner an empty list."""

    async def share(self, op: ShareDevice, ctx: Context, /) -> Share:
        """Share, and tell nothing of rights."""
        return attrs.evolve(await super().share(op, ctx), rights=None)

    async def shares(self, query: ShareQuery, ctx: Context, /) -> AsyncIterator[Batch[Share]]:
        """List the recipient alone, and nothing of rights."""
        async for batch in super().shares(query, ctx):
            quiet = (attrs.evolve(share, rights=None) for share in batch.items if query.side is Side.RECIPIENT)
            yield attrs.evolve(batch, items=tuple(quiet))


class DropsTheRightsInSilence(DropsTheRights):
    """Drops the rights where nothing whatever tells of them."""

    @property
    def support(self) -> Mapping[Capability, Support]:
        """All but the owner's list."""
        return {**SUPPORT, capabilities.LIST_GRANTS: Support(level=Level.ABSENT, reason="not listed")}

    async def share(self, op: ShareDevice, ctx: Context, /) -> Share:
        """Share, and tell nothing of rights."""
        return attrs.evolve(await super().share(op, ctx), rights=None)

    async def change(self, op: ChangeShare, ctx: Context, /) -> Share:
        """Change, and tell nothing of rights."""
        return attrs.evolve(await super().change(op, ctx), rights=None)

    async def shares(self, query: ShareQuery, ctx: Context, /) -> AsyncIterator[Batch[Share]]:
        """List nothing of rights."""
        async for batch in super().shares(query, ctx):
            yield attrs.evolve(batch, items=tuple(attrs.evolve(share, rights=None) for share in batch.items))


class DropsTheRightsAndAssumesThem(DropsTheRightsInSilence):
    """Drops the rights, and tells those that were asked for, as what it only assumes."""

    async def share(self, op: ShareDevice, ctx: Context, /) -> Share:
        """Share, and assume."""
        return attrs.evolve(await super().share(op, ctx), rights=op.rights or (), evidence=Evidence.ASSUMED)

    async def change(self, op: ChangeShare, ctx: Context, /) -> Share:
        """Change, and assume."""
        rights = op.rights if isinstance(op.rights, frozenset) else None
        return attrs.evolve(await super().change(op, ctx), rights=rights, evidence=Evidence.ASSUMED)


class TakesARightThatThereIsNot(ReferenceProvider):
    """Claims a right of which the cloud knows nothing."""

    @property
    def support(self) -> Mapping[Capability, Support]:
        """All, and one right more."""
        more = Support(level=Level.NATIVE, names={*RIGHTS, RIGHT})
        return {**SUPPORT, capabilities.SHARE_RIGHTS: more, capabilities.CHANGE_RIGHTS: more}


class GivesANewId(ReferenceProvider):
    """Gives a changed share another handle than the one that a host has stored."""

    async def change(self, op: ChangeShare, ctx: Context, /) -> Share:
        """Change, under another key."""
        made = await super().change(op, ctx)
        return attrs.evolve(made, ref=attrs.evolve(made.ref, key=Secret(f"{made.ref.key.reveal()}!")))


class ForgetsTheRightsWithANewEnd(ReferenceProvider):
    """Sends all terms in one call, and no rights where the end changes."""

    def _changed(self, op: ChangeShare) -> Callable[[Terms], Terms]:
        change = super()._changed(op)
        return change if op.use_until is UNCHANGED else lambda terms: attrs.evolve(change(terms), rights=frozenset())


class ForgetsTheEndWithNewRights(ReferenceProvider):
    """Sends all terms in one call, and no end where the rights change."""

    def _changed(self, op: ChangeShare) -> Callable[[Terms], Terms]:
        change = super()._changed(op)
        return change if op.rights is UNCHANGED else lambda terms: attrs.evolve(change(terms), use_until=None)


class ForgetsTheEndAndDeniesIt(ForgetsTheEndWithNewRights):
    """Loses the end in the same way, and tells and lists the one that there was; the clock shows it."""

    async def change(self, op: ChangeShare, ctx: Context, /) -> Share:
        """Change, and tell the end that was set last."""
        made = await super().change(op, ctx)
        self.last = made.use_until or getattr(self, "last", None)
        return attrs.evolve(made, use_until=self.last)

    async def shares(self, query: ShareQuery, ctx: Context, /) -> AsyncIterator[Batch[Share]]:
        """List the end that was set last."""
        async for batch in super().shares(query, ctx):
            last = getattr(self, "last", None)
            yield attrs.evolve(batch, items=tuple(attrs.evolve(share, use_until=last) for share in batch.items))


class ForgetsTheEndInTheAnswer(ReferenceProvider):
    """Keeps the end, and tells after a change of rights that there is none."""

    async def change(self, op: ChangeShare, ctx: Context, /) -> Share:
        """Change, and tell no end."""
        made = await super().change(op, ctx)
        return made if op.rights is UNCHANGED else attrs.evolve(made, use_until=None)


class ListsNoEnd(ReferenceProvider):
    """Keeps the end, and lists none."""

    async def shares(self, query: ShareQuery, ctx: Context, /) -> AsyncIterator[Batch[Share]]:
        """List without an end."""
        async for batch in super().shares(query, ctx):
            yield attrs.evolve(batch, items=tuple(attrs.evolve(share, use_until=None) for share in batch.items))


class ForgetsTheTimeOfUse(ReferenceProvider):
    """Keeps ``use_for``, and does not tell it."""

    async def share(self, op: ShareDevice, ctx: Context, /) -> Share:
        """Share, and tell no time of use."""
        return attrs.evolve(await super().share(op, ctx), use_for=None)


class TellsALongerTimeOfUse(ReferenceProvider):
    """Keeps ``use_for``, and tells twice as much."""

    async def share(self, op: ShareDevice, ctx: Context, /) -> Share:
        """Share, and tell twice the time of use."""
        made = await super().share(op, ctx)
        return attrs.evolve(made, use_for=made.use_for and 2 * made.use_for)


_ONE: Final = ("a_right_that_was_named_is_given_by_code", "a_right_that_was_named_is_given_to_a_person")
_ALL: Final = ("all_rights_are_given_together_by_code", "all_rights_are_given_together_to_a_person")
_NONE: Final = ("nobody_gets_a_right_unasked_by_code", "nobody_gets_a_right_unasked_to_a_person")
_CHANGE: Final = ("rights_can_be_changed_by_code", "rights_can_be_changed_to_a_person")
_USE_FOR: Final = ("a_time_of_use_starts_with_acceptance", "a_persons_time_of_use_starts_with_acceptance")

OF_TERMS: Final[Mapping[type[ReferenceProvider], tuple[str, ...]]] = {
    DropsTheRights: (*_ONE, *_ALL),
    DropsAPersonsRights: (_ONE[1], _ALL[1]),
    GivesEveryRight: _NONE,
    GivesTheFirstRight: _ALL,
    TakesNoRightAway: _CHANGE,
    NamesNoRights: ("every_right_has_its_name",),
    TellsOtherRights: (*_ONE, *_ALL, *_NONE),
    TellsOtherRightsAfterAChange: _CHANGE,
    ListsOtherRights: (*_ONE, *_ALL, *_NONE),
    ListsOtherRightsToTheOwner: (*_ONE, *_ALL, *_NONE),
    DropsTheRightsAndListsNothing: (*_ONE, *_ALL, *_NONE),
    GivesANewId: _CHANGE,
    TakesARightThatThereIsNot: (
        "sharing_with_a_right_that_there_is_not_is_refused",
        "changing_to_a_right_that_there_is_not_is_refused",
    ),
    ForgetsTheRightsWithANewEnd: ("a_new_end_keeps_the_rights",),
    ForgetsTheEndWithNewRights: ("new_rights_keep_the_end",),
    ForgetsTheEndAndDeniesIt: ("new_rights_keep_the_end",),
    ForgetsTheEndInTheAnswer: ("new_rights_keep_the_end",),
    ListsNoEnd: ("new_rights_keep_the_end",),
    ForgetsTheTimeOfUse: _USE_FOR,
    TellsALongerTimeOfUse: _USE_FOR,
}
"""Faults that give somebody more, or less, than the owner named, or tell of it wrongly; each check catches its own."""

NOBODY_TELLS: Final = (*_ONE, *_ALL, *_NONE, *_CHANGE)
"""The checks that have nothing to judge where nothing tells of rights."""
