"""Faults that adapters really have, each in the reference provider, and the check that names it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Final, TypeVar

import attrs

from sharebind.provider import (
    Batch,
    Binding,
    BindingQuery,
    CodeOffer,
    Context,
    EndShare,
    Overlap,
    Page,
    ProviderError,
    Secret,
    Share,
    ShareDevice,
    State,
)
from sharebind.testing.reference import ReferenceProvider, ReferenceRig
from sharebind.testing.reference.codes import CODES
from sharebind.testing.reference.records import Grant, Terms, User
from sharebind.testing.reference.world import Sheet

S = TypeVar("S")
T = TypeVar("T")


@attrs.frozen
class Rigs:
    """Makes rigs whose accounts have one class of adapter."""

    provider: type[ReferenceProvider]

    def __call__(self) -> ReferenceRig:
        """Make one."""
        return ReferenceRig(provider=self.provider)


class DropsAnEndDate(ReferenceProvider):
    """Sends no end of use, and no last moment to accept."""

    def _terms(self, op: ShareDevice) -> Terms:
        return attrs.evolve(super()._terms(op), use_until=None, accept_by=None)


class ListsOnePage(ReferenceProvider):
    """Takes the first page of a list for the whole."""

    def _page(self, sheet: Sheet[S], read: Callable[[S], T]) -> Page[T]:
        return attrs.evolve(super()._page(sheet, read), total=None, more=False)


class RevokesAnotherPerson(ReferenceProvider):
    """Ends the share of whoever else has access to the device."""

    def _key_to_end(self, op: EndShare) -> str:
        live = [each.id for each in self.world.shares.of_device(op.share.device) if each.live]
        key = super()._key_to_end(op)
        return next((other for other in live if other != key), key)


class RepeatsAShare(ReferenceProvider):
    """Sends the request for a share twice."""

    async def _deliver(self, name: str, token: Secret, act: Callable[[User], T], *, changes: bool) -> T:
        if name == "share":
            await super()._deliver(name, token, act, changes=changes)
        return await super()._deliver(name, token, act, changes=changes)


class SwallowsAnUnknownCode(ReferenceProvider):
    """Takes a refusal that it does not understand for an empty list."""

    async def bindings(self, query: BindingQuery, ctx: Context, /) -> AsyncIterator[Batch[Binding]]:
        """List what can be listed."""
        try:
            async for batch in super().bindings(query, ctx):
                yield batch
        except ProviderError as error:
            if CODES.row(error.vendor_code) is not None:
                raise


class EndsAnOlderShare(ReferenceProvider):
    """Replaces where it should keep."""

    def _overlap(self, op: ShareDevice) -> Overlap:
        return Overlap.REPLACE if op.overlap is Overlap.KEEP else op.overlap


class SaysEndedWhileItWorks(ReferenceProvider):
    """Tells of an end that it never asked for."""

    async def end(self, op: EndShare, ctx: Context, /) -> Share:
        """Say that it is over."""
        return Share(ref=op.share, state=State.ENDED, ended_at=ctx.now())


class LeaksTheCode(ReferenceProvider):
    """Shows the code of an offer in its name, and so in its repr."""

    async def share(self, op: ShareDevice, ctx: Context, /) -> Share:
        """Share, and tell everybody."""
        made = await super().share(op, ctx)
        return attrs.evolve(made, name=f"code {made.code.reveal()}") if isinstance(made, CodeOffer) else made


class DropsAnEndDateAndDeniesIt(ReferenceProvider):
    """Sends no end of use, and answers with the one that was asked for."""

    def _terms(self, op: ShareDevice) -> Terms:
        return attrs.evolve(super()._terms(op), use_until=None)

    async def share(self, op: ShareDevice, ctx: Context, /) -> Share:
        """Share, and tell what the caller wants to hear."""
        return attrs.evolve(await super().share(op, ctx), use_until=op.use_until)


class ForgetsTheLastPage(ReferenceProvider):
    """Stops at the first page that is not full, without reading it."""

    def _page(self, sheet: Sheet[S], read: Callable[[S], T]) -> Page[T]:
        page = super()._page(sheet, read)
        return page if page.size == page.full else attrs.evolve(page, items=())


class RevokesEverybody(ReferenceProvider):
    """Ends the share that was named, and everybody else's of the device with it."""

    async def _deliver(self, name: str, token: Secret, act: Callable[[User], T], *, changes: bool) -> T:
        answer = await super()._deliver(name, token, act, changes=changes)
        if name == "end" and isinstance(answer, Grant):
            self.world.shares.owner_gone(answer.device)
        return answer


CAUGHT_BY: Final[Mapping[type[ReferenceProvider], str]] = {
    DropsAnEndDate: "an_end_date_is_kept",
    ListsOnePage: "every_page_is_listed",
    RevokesAnotherPerson: "only_the_named_person_loses_access",
    RepeatsAShare: "a_share_is_made_once",
    SwallowsAnUnknownCode: "an_unknown_code_is_told",
    EndsAnOlderShare: "an_older_share_stays",
    SaysEndedWhileItWorks: "ended_means_gone",
    LeaksTheCode: "a_code_shows_itself_to_nobody",
}
"""The eight mutants, each with the name of the check that must catch it."""

DISGUISED: Final[Mapping[type[ReferenceProvider], str]] = {
    DropsAnEndDateAndDeniesIt: "an_end_date_is_kept",
    ForgetsTheLastPage: "every_page_is_listed",
    RevokesEverybody: "only_the_named_person_loses_access",
}
"""The same faults where they are harder to see."""
