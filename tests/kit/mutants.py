"""Faults that adapters really have, each in the reference provider, and the check that names it."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import timedelta
from typing import ClassVar, Final, TypeVar, cast

import attrs
import structlog

from sharebind.provider import (
    NATIVE,
    Batch,
    Binding,
    BindingQuery,
    Capability,
    CodeOffer,
    Context,
    EndShare,
    OutcomeUnknownError,
    Overlap,
    Page,
    ProviderError,
    Secret,
    Share,
    ShareDevice,
    Side,
    State,
    Support,
    TransferDevice,
    UnavailableError,
    UserId,
    capabilities,
)
from sharebind.testing.reference import ReferenceProvider, ReferenceRig
from sharebind.testing.reference.codes import CODES
from sharebind.testing.reference.records import Grant, Terms, User
from sharebind.testing.reference.support import SUPPORT
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


class MovesEveryTime(ReferenceProvider):
    """Has every end eight hours off, in what it tells of both sides."""

    async def _deliver(self, name: str, token: Secret, act: Callable[[User], T], *, changes: bool) -> T:
        return _moved(await super()._deliver(name, token, act, changes=changes), timedelta(hours=8))


class EndsLate(ReferenceProvider):
    """Sends the end of use fifty minutes later than it was asked for."""

    def _terms(self, op: ShareDevice) -> Terms:
        terms = super()._terms(op)
        until = terms.use_until
        return attrs.evolve(terms, use_until=until and until + timedelta(minutes=50))


class EndsEarly(ReferenceProvider):
    """Sends the end of use fifty minutes earlier than it was asked for."""

    def _terms(self, op: ShareDevice) -> Terms:
        terms = super()._terms(op)
        until = terms.use_until
        return attrs.evolve(terms, use_until=until and until - timedelta(minutes=50))


class TakesAChangeForARead(ReferenceProvider):
    """Declares one of its changing calls as one that changes nothing."""

    CALL: ClassVar[str]

    async def _send(self, name: str, token: Secret, act: Callable[[User], T], ctx: Context, *, changes: bool) -> T:
        try:
            return await super()._send(name, token, act, ctx, changes=changes)
        except OutcomeUnknownError as error:
            if name == self.CALL:
                ctx.refused()
                raise UnavailableError("no answer to what should have been a read") from error
            raise


CHANGING: Final = (
    *("share", "accept", "end", "change", "bind", "unbind"),
    *("rename", "place", "transfer", "create_space"),
)
"""The changing calls of the reference provider, each with a mutant that declares it as a read."""

TAKEN_FOR_READS: Final = tuple(
    type(f"TakesAReadFor_{call}", (TakesAChangeForARead,), {"CALL": call}) for call in CHANGING
)


class TellsStrangersEnded(ReferenceProvider):
    """Takes every refusal of what was seen active for an end."""

    async def end(self, op: EndShare, ctx: Context, /) -> Share:
        """End it, or say so."""
        try:
            return await super().end(op, ctx)
        except ProviderError:
            if op.seen is not State.ACTIVE:
                raise
            return Share(ref=op.share, state=State.ENDED)


class TakesAnUnknownRoleForTheOwners(ReferenceProvider):
    """Makes everybody the owner whose role it does not know."""

    async def _deliver(self, name: str, token: Secret, act: Callable[[User], T], *, changes: bool) -> T:
        answer = await super()._deliver(name, token, act, changes=changes)
        if name != "held" or not isinstance(answer, Sheet):
            return answer
        known = tuple(attrs.evolve(each, role=each.role if each.role <= 3 else 1) for each in answer.entries)
        return cast("T", attrs.evolve(answer, entries=known))


class LogsTheCode(ReferenceProvider):
    """Writes the code of an offer into the log."""

    async def share(self, op: ShareDevice, ctx: Context, /) -> Share:
        """Share, and log it."""
        made = await super().share(op, ctx)
        if isinstance(made, CodeOffer):
            logging.getLogger("somebody's adapter").debug("made %s", made.code.reveal())
        return made


class PrintsTheCode(ReferenceProvider):
    """Logs with structlog as nobody has configured it: to stdout."""

    async def share(self, op: ShareDevice, ctx: Context, /) -> Share:
        """Share, and print it."""
        made = await super().share(op, ctx)
        if isinstance(made, CodeOffer):
            structlog.get_logger().info("share.made", code=made.code.reveal())
        return made


class ShowsTheToken(ReferenceProvider):
    """Puts the token into the message of a refusal."""

    async def _send(self, name: str, token: Secret, act: Callable[[User], T], ctx: Context, *, changes: bool) -> T:
        try:
            return await super()._send(name, token, act, ctx, changes=changes)
        except ProviderError as error:
            error.vendor_message = f"refused {token.reveal()}"
            raise


class ClaimsWhatItLacks(ReferenceProvider):
    """Has no method behind a capability."""

    rename = None  # type: ignore[assignment]  # that is the fault


class MisspellsAClaim(ReferenceProvider):
    """Names a capability as the core does not."""

    @property
    def support(self) -> Mapping[Capability, Support]:
        """All but one, which is misspelt."""
        return {
            Capability("share.to.anyon" if name == "share.to.anyone" else name): has for name, has in SUPPORT.items()
        }


class ForgetsToKeep(ReferenceProvider):
    """Shares, and does not name what every plain share takes."""

    @property
    def support(self) -> Mapping[Capability, Support]:
        """All but that."""
        return {name: has for name, has in SUPPORT.items() if name != capabilities.SHARE_OVERLAP_KEEP}


class ClaimsMoreThanItsPlugin(ReferenceProvider):
    """Has for an account what the plugin does not tell of."""

    @property
    def support(self) -> Mapping[Capability, Support]:
        """All, and more."""
        return {**SUPPORT, Capability("bind.by.magic"): NATIVE}


class ClaimsAFamily(ReferenceProvider):
    """Claims a name that the core has only longer ones of, so that nobody is ever refused or served by it."""

    @property
    def support(self) -> Mapping[Capability, Support]:
        """All, and that."""
        return {**SUPPORT, Capability("end.withdraw"): NATIVE}


class HandsOverToUserIdsOnly(ReferenceProvider):
    """Knows one form of the new owner's name, and claims all."""

    async def transfer(self, op: TransferDevice, ctx: Context, /) -> None:
        """Hand over, or fall over."""
        if not isinstance(op.to, UserId):
            raise KeyError(type(op.to))
        await super().transfer(op, ctx)


class ChangesItsRefs(ReferenceProvider):
    """Lists a share under another device than it was made with, so that its id differs."""

    def _reader(self, side: Side, ctx: Context) -> Callable[[Grant], Share]:
        read = super()._reader(side, ctx)
        return lambda grant: attrs.evolve(made := read(grant), ref=attrs.evolve(made.ref, key=Secret(f"{grant.id}!")))


def _moved(value: T, by: timedelta) -> T:
    """Move the end of use in whatever the cloud sends."""
    if isinstance(value, Sheet):
        entries: tuple[object, ...] = tuple(_moved(entry, by) for entry in value.entries)
        return cast("T", attrs.evolve(value, entries=entries))
    if isinstance(value, Grant) and value.terms.use_until is not None:
        terms = attrs.evolve(value.terms, use_until=value.terms.use_until + by)
        return cast("T", attrs.evolve(value, terms=terms))
    return value


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

FOUND_BY_A_NEWCOMER: Final[Mapping[type[ReferenceProvider], str]] = {
    MovesEveryTime: "an_end_date_is_kept",
    EndsLate: "an_end_date_is_kept",
    EndsEarly: "an_end_date_is_kept",
    TellsStrangersEnded: "a_strangers_end_changes_nothing",
    TakesAnUnknownRoleForTheOwners: "unknown_numbers_hide_nothing",
    LogsTheCode: "a_code_waits_to_be_taken",
    PrintsTheCode: "a_code_waits_to_be_taken",
    ShowsTheToken: "an_unknown_code_is_told",
    ClaimsWhatItLacks: "every_claim_has_its_method",
    MisspellsAClaim: "no_claim_is_misspelt",
    ForgetsToKeep: "a_plain_share_can_be_said",
    ClaimsMoreThanItsPlugin: "an_account_claims_no_more_than_its_provider",
    ChangesItsRefs: "open_codes_are_listed",
    ClaimsAFamily: "no_claim_is_misspelt",
    HandsOverToUserIdsOnly: "a_device_changes_hands_by_email",
}
"""Faults that somebody's first adapter had, and that the kit of that day let pass or named badly."""
