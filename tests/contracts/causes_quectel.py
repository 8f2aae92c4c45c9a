"""States of Quectel's emulated cloud that make it answer a code by itself: sessions, shares and names."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from sharebind import Anyone, Overlap, SignInError, State
from sharebind.provider import ACCESS, REFRESH

from .cause import (
    DAY,
    YEARS,
    Cause,
    accept_again,
    accept_orphan,
    accept_own,
    accept_second,
    accept_used,
    after,
    end_not_own,
    end_twice,
    guessing,
    invite_nobody,
    invite_not_own,
    invite_self,
    list_not_own,
    list_of_broken_device,
    share_not_own,
    share_with_wrong_token,
    sign_in_as,
    wrong_token,
)
from .expected import Act
from .situations import (
    Prepare,
    accept_code,
    inspect_code,
    leave,
    read_me,
    renew,
    revoke,
)
from .stage import Vendor

SHORT: Final = {"country": "86", "number": "12"}
NOBODYS: Final = {"country": "86", "number": "19999999999"}
TRIES: Final[Mapping[str, tuple[str, ...]]] = {
    "email": ("5586", "5585", "5584", "5583", "5147"),
    "phone": ("5582", "5581", "5580", "5579", "5147"),
}
"""What one wrong password after another is answered with, each with the tries that are left; then a lock."""


def in_minutes(minutes: int) -> datetime:
    """Return a moment by the library's clock."""
    return datetime.now(UTC) + timedelta(minutes=minutes)


async def use_ends_before_acceptance(vendor: Vendor) -> Act:
    """Let the use end before the code does."""
    device = await vendor.bound()
    return lambda: vendor.account().share(device, to=Anyone(), accept_by=in_minutes(60), use_until=in_minutes(30))


async def use_ends_with_acceptance(vendor: Vendor) -> Act:
    """Let the use end with the code."""
    device, moment = await vendor.bound(), in_minutes(60)
    return lambda: vendor.account().share(device, to=Anyone(), accept_by=moment, use_until=moment)


def share_special(name: str, *, person: bool = False) -> Prepare:
    """Share a device whose product forbids it."""

    async def prepare(vendor: Vendor) -> Act:
        device = vendor.special(name)
        await vendor.account().bind(device)
        to = vendor.id_of("guest") if person else Anyone()
        return lambda: vendor.account().share(device, to=to)

    return prepare


async def clock_is_ahead(vendor: Vendor) -> Act:
    """Share until a moment that is past by the vendor's clock."""
    device = await vendor.bound()
    vendor.clouds.clock.advance(timedelta(hours=2))
    return lambda: vendor.account().share(device, to=Anyone(), accept_by=in_minutes(60))


async def use_is_past(vendor: Vendor) -> Act:
    """Invite for a use that is past by the vendor's clock."""
    device = await vendor.bound()
    vendor.clouds.clock.advance(timedelta(hours=2))
    return lambda: vendor.account().share(device, to=vendor.id_of("guest"), use_until=in_minutes(60))


async def accept_never_made(vendor: Vendor) -> Act:
    """Take a code that nobody made."""
    return lambda: vendor.account("guest").accept("share_dv_C0000000123456789abcdef0123456789abcdef")


async def accept_withdrawn(vendor: Vendor) -> Act:
    """Take a code that its owner took back."""
    offer = await vendor.offered()
    await vendor.account().end(offer)
    return lambda: vendor.account("guest").accept(offer)


async def accept_replaced(vendor: Vendor) -> Act:
    """Take a code that another replaced."""
    offer = await vendor.offered()
    await vendor.account().share(offer.device, to=Anyone(), overlap=Overlap.REPLACE)
    return lambda: vendor.account("guest").accept(offer)


async def accept_bound(vendor: Vendor) -> Act:
    """Take a code of a device that one holds."""
    offer = await vendor.offered()
    await vendor.bound(user="guest")
    return lambda: vendor.account("guest").accept(offer)


async def accept_for_another(vendor: Vendor) -> Act:
    """Take another's invitation."""
    vendor.cloud.set_guess("invite_acceptance", "must be accepted")
    invited = await vendor.account().share(await vendor.bound(), to=vendor.id_of("guest"))
    return lambda: vendor.account("other").accept(invited.ref.key)


async def accept_shorter(vendor: Vendor) -> Act:
    """Take an extension that is shorter than what one has."""
    device, owner, guest = await vendor.bound(), vendor.account(), vendor.account("guest")
    held = await owner.share(device, to=Anyone(), accept_by=in_minutes(5), use_until=in_minutes(120))
    await guest.accept(held)
    shorter = await owner.share(
        device, to=Anyone(), accept_by=in_minutes(5), use_until=in_minutes(60), overlap=Overlap.EXTEND
    )
    return lambda: guest.accept(shorter)


async def accept_with_long_name(vendor: Vendor) -> Act:
    """Take a code, with a name that is too long."""
    offer = await vendor.offered()
    return lambda: vendor.account("guest").accept(offer, name="x" * 65)


async def invite_bound(vendor: Vendor) -> Act:
    """Invite somebody who holds the device."""
    device = await vendor.bound()
    await vendor.bound(user="guest")
    return lambda: vendor.account().share(device, to=vendor.id_of("guest"))


async def leave_not_own(vendor: Vendor) -> Act:
    """Give back what another received."""
    _, taken = await vendor.granted()
    return lambda: vendor.account("other").end(taken)


def wrong_password(by: str, times: int) -> Prepare:
    """Sign in with a wrong password, after so many tries; each try is of an account of its own."""

    async def prepare(vendor: Vendor) -> Act:
        for _ in range(times):
            with pytest.raises(SignInError):
                await vendor.signing_in(by=by, password="not this one").me()
        return lambda: vendor.signing_in(by=by, password="not this one").me()

    return prepare


async def right_password_too_late(vendor: Vendor) -> Act:
    """Sign in with the right password, when the account is locked."""
    locked = await wrong_password("email", 4)(vendor)
    with pytest.raises(SignInError):
        await locked()
    return lambda: vendor.signing_in().me()


async def renew_after_month(vendor: Vendor) -> Act:
    """Renew with a refresh token that is dead too."""
    await vendor.signing_in().me()
    saved = vendor.notebook.saved["owner"]
    vendor.clouds.clock.advance(timedelta(days=31))
    tokens = {"token": saved[ACCESS].reveal(), "refresh_token": saved[REFRESH].reveal()}
    return lambda: vendor.account(**tokens).me()


async def rename_not_own(vendor: Vendor) -> Act:
    """Name what another holds."""
    await vendor.bound(user="other")
    return lambda: vendor.account().rename(vendor.device(), "lamp")


async def rename_own_too_long(vendor: Vendor) -> Act:
    """Give an own device a name that is too long."""
    device = await vendor.bound()
    return lambda: vendor.account().rename(device, "x" * 65)


async def rename_received_too_long(vendor: Vendor) -> Act:
    """Give a received device a name that is too long."""
    _, taken = await vendor.granted()
    return lambda: vendor.account("guest").rename(taken, "x" * 65)


async def rename_not_received(vendor: Vendor) -> Act:
    """Name what another received."""
    _, taken = await vendor.granted()
    return lambda: vendor.account("other").rename(taken, "lamp")


async def rename_ended(vendor: Vendor) -> Act:
    """Name what was received once."""
    given, taken = await vendor.granted()
    await vendor.account().end(given)
    return lambda: vendor.account("guest").rename(taken, "lamp")


async def change_not_own(vendor: Vendor) -> Act:
    """Change another's share."""
    given, _ = await vendor.granted()
    return lambda: vendor.account("other").change(given, use_until=timedelta(days=1))


async def change_ended(vendor: Vendor) -> Act:
    """Change what was ended."""
    given, _ = await vendor.granted()
    await vendor.account().end(given)
    return lambda: vendor.account().change(given, use_until=timedelta(days=1))


async def change_to_past(vendor: Vendor) -> Act:
    """Change to an end that is past by the vendor's clock."""
    given, _ = await vendor.granted()
    vendor.clouds.clock.advance(timedelta(hours=2))
    return lambda: vendor.account().change(given, use_until=in_minutes(60))


async def change_offer(vendor: Vendor) -> Act:
    """Change a code that nobody took."""
    offer = await vendor.offered()
    return lambda: vendor.account().change(offer, use_until=timedelta(days=2))


QUECTEL: Final[tuple[Cause, ...]] = (
    Cause("sharing what one does not hold", "5135", "share", share_not_own),
    Cause("inviting to what one does not hold", "5135", "share", invite_not_own),
    Cause("use that ends before acceptance", "5153", "share", use_ends_before_acceptance),
    Cause("use that ends with acceptance", "5153", "share", use_ends_with_acceptance),
    Cause("an unverified binding", "5360", "share", share_special("unverified")),
    Cause("an unverified binding, to a person", "5360", "share", share_special("unverified", person=True)),
    Cause("a product that forbids sharing", "5411", "share", share_special("no_sharing")),
    Cause("an acceptance that is past at the vendor", "5145", "share", clock_is_ahead),
    Cause("a use that is past at the vendor", "5145", "share", use_is_past),
    Cause("inviting nobody", "5033", "share", invite_nobody),
    Cause("inviting nobody, told otherwise", "5134", "share", guessing("unknown_invitee", 5134, invite_nobody)),
    Cause("inviting oneself", "5139", "share", invite_self),
    Cause("inviting who has it bound", "5049", "share", invite_bound),
    Cause("an own code", "5139", "accept", accept_own),
    Cause("a code that was never made", "5137", "accept", accept_never_made),
    Cause("a code after its time", "5137", "accept", after(DAY, accept_code)),
    Cause("told 5142", "5142", "accept", guessing("dead_code_on_accept", 5142, after(DAY, accept_code))),
    Cause("a code that was withdrawn", "5137", "accept", accept_withdrawn),
    Cause("a code that was replaced", "5137", "accept", accept_replaced),
    Cause("a code whose owner is gone", "5137", "accept", accept_orphan),
    Cause("a code that somebody used", "5137", "accept", accept_used),
    Cause("a code that oneself used", "5049", "accept", accept_again),
    Cause("told 5137", "5137", "accept", guessing("accepting_again", 5137, accept_again)),
    Cause("a second share", "5049", "accept", accept_second),
    Cause("a device that one has bound", "5049", "accept", accept_bound),
    Cause("an invitation for another", "5138", "accept", accept_for_another),
    Cause("an extension that is none", "5151", "accept", accept_shorter),
    Cause("a name too long for the recipient", "5333", "accept", accept_with_long_name),
    Cause("revoking twice", "5142", "end", end_twice(revoke(State.ACTIVE)), seen=State.ACTIVE),
    Cause("revoking twice by ref", "5142", "end", end_twice(revoke(State.UNKNOWN))),
    Cause("leaving twice", "5142", "end", end_twice(leave(State.ACTIVE)), seen=State.ACTIVE),
    Cause("leaving twice by ref", "5142", "end", end_twice(leave(State.UNKNOWN))),
    Cause("revoking what another gave", "5041", "end", end_not_own, seen=State.ACTIVE),
    Cause("leaving what another received", "5041", "end", leave_not_own, seen=State.ACTIVE),
    Cause("listing what another holds", "5141", "shares", list_not_own, changes=False),
    Cause("a token of nobody", "5032", "me", wrong_token, changes=False),
    Cause("a token of nobody on a change", "5032", "share", share_with_wrong_token),
    Cause("a token after its time", "5032", "me", after(YEARS, read_me), changes=False),
    Cause("an address that is none", "5040", "sign_in", sign_in_as(email="owner@localhost"), changes=False),
    Cause("an address of nobody", "5031", "sign_in", sign_in_as(email="nobody@example.com"), changes=False),
    Cause("a number that is none", "5019", "sign_in", sign_in_as("phone", phone=SHORT), changes=False),
    Cause("a number of nobody", "5004", "sign_in", sign_in_as("phone", phone=NOBODYS), changes=False),
    Cause("an app that is none", "5013", "sign_in", sign_in_as(user_domain="no domain"), changes=False),
    Cause("an app of nobody", "5015", "sign_in", sign_in_as(user_domain="C.DM.1.1"), changes=False),
    Cause("an app's wrong secret", "5420", "sign_in", sign_in_as(user_domain_secret="another"), changes=False),
    *(
        Cause(f"wrong password {times + 1} by {by}", code, "sign_in", wrong_password(by, times), changes=False)
        for by, answers in TRIES.items()
        for times, code in enumerate(answers)
    ),
    Cause("the right password when locked", "5147", "sign_in", right_password_too_late, changes=False),
    Cause("a refresh token of nobody", "5489", "renew", renew, changes=False),
    Cause("a refresh token after its time", "5489", "renew", renew_after_month, changes=False),
    Cause("naming what another holds", "5041", "rename", rename_not_own),
    Cause("a new name too long", "5333", "rename", rename_own_too_long),
    Cause("a new name too long for the recipient", "5333", "rename", rename_received_too_long),
    Cause("naming what another received", "5041", "rename", rename_not_received),
    Cause("naming what was ended", "5142", "rename", rename_ended),
    Cause("changing what another gave", "5041", "change", change_not_own),
    Cause("changing what was ended", "5142", "change", change_ended),
    Cause("changing to a moment that is past at the vendor", "5145", "change", change_to_past),
    Cause("changing a code", "5041", "change", guessing("set_time_on_open_codes", False, change_offer)),
    Cause("a list that cannot be read", "5000", "shares", list_of_broken_device, changes=False),
    Cause("looking before taking", "5141", "inspect", inspect_code, changes=False),
)
