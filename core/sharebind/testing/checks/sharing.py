"""Making shares: codes for anyone, invitations for people, each of them once."""

from __future__ import annotations

import asyncio
from typing import Final

import attrs

from sharebind import capabilities as can
from sharebind.errors import Outcome, ProviderError
from sharebind.shares import CodeOffer, Share
from sharebind.testing.promises import Broken, Check, Run, check, expect
from sharebind.testing.rig import Rig
from sharebind.testing.steps import (
    bound,
    given,
    granted,
    holds,
    invited,
    named,
    offered,
    received,
    refused,
    third,
    works,
)
from sharebind.values import Anyone, DeviceRef, Email, Phone, Side, Somebody, State, UserId, Username


@check(can.SHARE_TO_ANYONE)
async def a_code_waits_to_be_taken(rig: Rig) -> None:
    """A code that was just made is an offer on the owner's side, and gives nobody access yet."""
    device = await bound(rig)
    offer = await offered(rig, device)
    expect(isinstance(offer, CodeOffer), f"sharing with anyone gave a {type(offer).__name__}, not a CodeOffer")
    expect(offer.state is State.OFFERED, f"a new code is in state {offer.state}")
    expect((offer.device, offer.ref.side) == (device, Side.OWNER), f"the code is of {offer.device}, {offer.ref.side}")
    expect(not await holds(rig, rig.guest, device), "the guest has the device before taking the code")


@check(can.SHARE_TO_ANYONE)
async def a_code_shows_itself_to_nobody(rig: Rig) -> None:
    """Neither the code nor the stored ref stands in any form in which an offer is shown, logged or serialised."""
    device = await bound(rig)
    offer = await offered(rig, device)
    secrets = {offer.code.reveal(), offer.ref.key.reveal(), offer.ref.reveal()}
    shown = [repr(offer), str(offer), f"{offer}", repr(attrs.asdict(offer)), repr(offer.ref), offer.id]
    if works(rig.guest, can.ACCEPT_CODE):
        error = await refused(rig.owner.accept(offer), "taking one's own code")
        shown += [repr(error), str(error), repr(vars(error))]
    for text in shown:
        expect(not any(secret in text for secret in secrets), "a secret of the offer is shown in what it prints")


def _to(kind: type[Somebody], capability: can.Capability, what: str) -> Check:
    async def shared(rig: Rig) -> None:
        device = await bound(rig)
        share = await invited(rig, device, kind)
        expect(share.device == device, f"the share is of {share.device}, not of {device}")
        expect(share.ref.side is Side.OWNER, f"the share is on side {share.ref.side}")
        expect(share.state is not State.ENDED, f"a new share has ended: {share.end_reason}")
        expect(await holds(rig, rig.guest, device), f"the guest was named by {what}, accepted, and has no access")

    return _named(
        shared, f"a_person_is_shared_with_by_{what}", f"Naming a person by {what} gives them access.", capability
    )


def _named(run: Run, name: str, promise: str, *takes: can.Capability) -> Check:
    return Check(name=name, promise=promise, run=run, takes=takes)


TO_PEOPLE: Final = (
    _to(UserId, can.SHARE_TO_USER_ID, "user_id"),
    _to(Username, can.SHARE_TO_USERNAME, "username"),
    _to(Email, can.SHARE_TO_EMAIL, "email"),
    _to(Phone, can.SHARE_TO_PHONE, "phone"),
)


def _nobody(kind: type[Somebody], capability: can.Capability, what: str, stranger: Somebody) -> Check:
    async def refuses(rig: Rig) -> None:
        device = await bound(rig)
        named(rig, rig.guest, kind)
        try:
            made = await rig.owner.share(device, to=stranger)
        except ProviderError as error:
            # A vendor that answers "could not be created" leaves it open, and then the adapter must say so.
            expect(error.outcome is not Outcome.DONE, f"nobody was named, and it ended with {error!r}")
        else:
            raise Broken(f"sharing with an unknown {what} was not refused, and gave {made!r}")
        if works(rig.owner, can.LIST_GRANTS):
            expect(not await given(rig.owner, device, State.ACTIVE), f"nobody was named by {what}, and has access")

    return _named(refuses, f"an_unknown_{what}_is_refused", f"Naming nobody by {what} is refused.", capability)


STRANGERS: Final = (
    _nobody(UserId, can.SHARE_TO_USER_ID, "user_id", UserId("987654321012345")),
    _nobody(Username, can.SHARE_TO_USERNAME, "username", Username("nobody-of-that-name")),
    _nobody(Email, can.SHARE_TO_EMAIL, "email", Email("nobody-there@example.org")),
    _nobody(Phone, can.SHARE_TO_PHONE, "phone", Phone("86", "19999999999")),
)


@check()
async def a_share_is_made_once(rig: Rig) -> None:
    """One call makes one share, however often it could be sent."""
    device = await bound(rig)
    made = await _made(rig, device)
    listed = can.LIST_OFFERS_CODE if isinstance(made, CodeOffer) else can.LIST_OFFERS_PERSON
    if works(rig.owner, listed):
        live = await given(rig.owner, device, State.OFFERED, State.ACTIVE, State.UNKNOWN)
        expect(len(live) <= 1, f"one share was asked for, and the owner lists {len(live)}")
    if works(rig.guest, can.LIST_RECEIVED_OFFERS):
        waiting = await received(rig.guest, device, State.OFFERED)
        expect(len(waiting) <= 1, f"one share was asked for, and {len(waiting)} offers reached the guest")
    again = await bound(rig)
    share = await granted(rig, again)
    if works(rig.owner, can.LIST_GRANTS):
        live = await given(rig.owner, again, State.ACTIVE, State.UNKNOWN)
        expect(len(live) == 1, f"{share.id} was taken once, and the owner lists {len(live)} grants")
        waiting = await given(rig.owner, again, State.OFFERED)
        expect(len(waiting) <= 1, f"{share.id} was made once, and {len(waiting)} offers still wait")


async def _made(rig: Rig, device: DeviceRef) -> Share:
    """Share by whatever way there is, and let nobody accept."""
    if works(rig.owner, can.SHARE_TO_USER_ID):
        return await rig.owner.share(device, to=named(rig, rig.guest, UserId))
    if works(rig.owner, can.SHARE_TO_EMAIL):
        return await rig.owner.share(device, to=named(rig, rig.guest, Email))
    return await offered(rig, device)


@check(can.LIST_BINDINGS)
async def two_accounts_never_mix(rig: Rig) -> None:
    """Two people who act at the same time each see and change what is theirs."""
    mine, theirs = await asyncio.gather(bound(rig, rig.owner), bound(rig, rig.guest))
    everything = await asyncio.gather(
        *(account.bindings().all() for account in (rig.owner, rig.guest) for _ in range(5))
    )
    for number, found in enumerate(everything):
        right, wrong = (mine, theirs) if number < 5 else (theirs, mine)  # noqa: PLR2004 - as many as were asked for
        devices = {binding.device for binding in found}
        expect(right in devices and wrong not in devices, f"an account lists {devices}, and {right} alone is its own")
    if works(rig.guest, can.UNBIND):
        await refused(rig.guest.unbind(mine), "unbinding somebody else's device")
    expect(await holds(rig, rig.owner, mine), "somebody else unbound the owner's device")


@check(can.SHARE_TO_ANYONE, can.ACCEPT_CODE)
async def nobody_shares_what_they_do_not_hold(rig: Rig) -> None:
    """A device that an account does not hold cannot be shared by it."""
    device = await bound(rig)
    await refused(third(rig).share(device, to=Anyone()), "sharing a stranger's device")
