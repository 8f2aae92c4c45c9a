"""Taking shares: by code, from the inbox, and every way in which a code must not be taken."""

from __future__ import annotations

from datetime import timedelta

from sharebind import capabilities as can
from sharebind.capabilities import Level
from sharebind.errors import ConflictError, Outcome, SharebindError
from sharebind.secrets import Secret
from sharebind.testing.promises import check, expect
from sharebind.testing.rig import Rig
from sharebind.testing.steps import (
    NAMES,
    WEEK,
    bound,
    fitting,
    holds,
    kept_to,
    offered,
    offered_to_person,
    received,
    refused,
    the_received,
    third,
    works,
)
from sharebind.values import UNKNOWN_DEVICE, Role, Side, State


@check(can.SHARE_TO_ANYONE, can.ACCEPT_CODE)
async def a_code_gives_access(rig: Rig) -> None:
    """Whoever takes a code has access, and is told to what."""
    device = await bound(rig)
    offer = await offered(rig, device)
    share = await rig.guest.accept(offer.code)
    expect(share.state is State.ACTIVE, f"an accepted share is in state {share.state}")
    expect(share.ref.side is Side.RECIPIENT, f"an accepted share is on side {share.ref.side}")
    expect(share.device in (device, UNKNOWN_DEVICE), f"the code was for {device}, and gave {share.device}")
    expect(await holds(rig, rig.guest, device), "the code was accepted and gives no access")


@check(can.ACCEPT_OFFER, can.LIST_RECEIVED_OFFERS)
async def a_received_offer_is_accepted(rig: Rig) -> None:
    """An offer that reached its recipient can be accepted without its code."""
    device = await bound(rig)
    await offered_to_person(rig, device)
    waiting = await the_received(rig, rig.guest, device, State.OFFERED)
    expect(not await holds(rig, rig.guest, device), "the guest has the device before accepting")
    share = await rig.guest.accept(waiting)
    expect(share.state is State.ACTIVE, f"an accepted share is in state {share.state}")
    expect(await holds(rig, rig.guest, device), "the offer was accepted and gives no access")


@check(can.SHARE_TO_ANYONE, can.ACCEPT_CODE, can.ACCEPT_NAME, can.LIST_BINDINGS)
async def a_name_given_while_accepting_stays(rig: Rig) -> None:
    """The name that a recipient gives while accepting is theirs, in Chinese too."""
    device = await bound(rig)
    await rig.guest.accept(await offered(rig, device), name=NAMES[0])
    found = await rig.guest.bindings(device=device, roles={Role.GUEST}).all()
    expect(found, "the accepted device is not among the guest's bindings")
    expect(found[0].name == NAMES[0], f"the guest called it {NAMES[0]}, and it is listed as {found[0].name!r}")


@check(can.SHARE_TO_ANYONE, can.ACCEPT_CODE)
async def a_wrong_code_is_refused(rig: Rig) -> None:
    """A code that nobody made gives nothing, and the refusal does not show it."""
    device = await bound(rig)
    code = (await offered(rig, device)).code.reveal()
    wrong = code[:-4] + ("aaaa" if code[-4:] != "aaaa" else "bbbb")
    error = await refused(rig.guest.accept(wrong), "a wrong code")
    expect(wrong not in f"{error!r} {error}", "the refusal shows the code")
    expect(not await holds(rig, rig.guest, device), "a wrong code gave access")


@check(can.SHARE_TO_ANYONE, can.ACCEPT_CODE)
async def a_used_code_does_what_it_says(rig: Rig) -> None:
    """A code that somebody took either is refused to others, or really gives them access."""
    device = await bound(rig)
    offer = await offered(rig, device)
    await rig.guest.accept(offer.code)
    other = third(rig)
    try:
        await other.accept(offer.code)
    except SharebindError as error:
        expect(error.outcome is Outcome.NOTHING, f"a used code was refused with {error!r}, after which nobody knows")
        expect(not await holds(rig, other, device), "a used code was refused, and gave access")
    else:
        expect(await holds(rig, other, device), "a used code was accepted, and gives no access")
    expect(await holds(rig, rig.guest, device), "the first taker lost the access")


@check(can.SHARE_TO_ANYONE, can.ACCEPT_CODE, can.SHARE_CODE_ACCEPT_BY)
async def an_expired_code_is_refused(rig: Rig) -> None:
    """A code is dead after the last moment to take it, which the offer tells and which is no later than asked."""
    device = await bound(rig)
    life = fitting(rig.owner, can.SHARE_CODE_ACCEPT_BY, WEEK)
    last = rig.now() + life
    offer = await offered(rig, device, accept_by=last)
    if rig.owner.supports(can.SHARE_CODE_ACCEPT_BY).level is not Level.FIXED:
        kept_to(offer.accept_by, last, rig.owner, can.SHARE_CODE_ACCEPT_BY, "the last moment to accept")
    elif offer.accept_by is not None:
        over = offer.accept_by - last
        expect(over <= timedelta(minutes=1), f"the code should live {life} at most, and lives {over} longer")
    rig.advance(last - rig.now() + timedelta(minutes=2))
    await refused(rig.guest.accept(offer.code), "an expired code")
    expect(not await holds(rig, rig.guest, device), "an expired code gave access")


@check(can.SHARE_TO_ANYONE, can.ACCEPT_CODE, can.END_WITHDRAW_CODE)
async def a_withdrawn_code_is_refused(rig: Rig) -> None:
    """A code that its owner took back is dead."""
    device = await bound(rig)
    offer = await offered(rig, device)
    ended = await rig.owner.end(offer)
    expect(ended.state is State.ENDED, f"a withdrawn offer is in state {ended.state}")
    await refused(rig.guest.accept(offer.code), "a withdrawn code")
    expect(not await holds(rig, rig.guest, device), "a withdrawn code gave access")


@check(can.SHARE_TO_ANYONE, can.ACCEPT_CODE)
async def ones_own_code_is_refused(rig: Rig) -> None:
    """An owner who takes the own code stays the owner, and is told."""
    device = await bound(rig)
    offer = await offered(rig, device)
    await refused(rig.owner.accept(offer.code), "one's own code")
    expect(await holds(rig, rig.owner, device), "the owner lost the device by taking the own code")
    if works(rig.owner, can.LIST_BINDINGS):
        roles = [each.role for each in await rig.owner.bindings(device=device).all()]
        expect(roles == [Role.OWNER], f"the owner now holds it as {roles}")


@check(can.SHARE_TO_ANYONE, can.ACCEPT_CODE)
async def accepting_twice_changes_nothing(rig: Rig) -> None:
    """Who has access and takes the code again still has it, once."""
    device = await bound(rig)
    offer = await offered(rig, device)
    await rig.guest.accept(offer.code)
    try:
        await rig.guest.accept(offer.code)
    except SharebindError as error:
        expect(error.outcome is Outcome.NOTHING, f"the second time was refused with {error!r}")
    expect(await holds(rig, rig.guest, device), "taking the code again ended the access")
    if works(rig.guest, can.LIST_RECEIVED_GRANTS):
        shares = await received(rig.guest, device)
        expect(len(shares) == 1, f"one code was taken twice, and the guest lists {len(shares)} shares")


@check(can.SHARE_TO_ANYONE, can.ACCEPT_CODE)
async def a_code_for_what_one_owns_already_is_refused(rig: Rig) -> None:
    """A second code for somebody who has access either is refused, or adds nothing that ends the first."""
    device = await bound(rig)
    await rig.guest.accept(await offered(rig, device))
    second = await offered(rig, device)
    try:
        await rig.guest.accept(second)
    except ConflictError:
        pass
    except SharebindError as error:
        expect(error.outcome is Outcome.NOTHING, f"the second code was refused with {error!r}")
    expect(await holds(rig, rig.guest, device), "a second code ended the access")


@check(can.SHARE_TO_ANYONE, can.INSPECT_CODE)
async def a_code_tells_what_it_is_for(rig: Rig) -> None:
    """Looking at a code tells what it would give, and takes nothing."""
    device = await bound(rig)
    offer = await offered(rig, device)
    preview = await rig.guest.inspect(offer.code)
    expect(preview.device in (None, device), f"the code is for {device}, and its preview says {preview.device}")
    expect(not await holds(rig, rig.guest, device), "looking at a code took it")
    await refused(rig.guest.inspect(Secret("no-such-code-0000")), "looking at a code that nobody made")
