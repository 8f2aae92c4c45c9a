"""States of Gizwits' emulated cloud in which what is shared makes it answer a code by itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

import attrs

from sharebind import (
    Anyone,
    DeviceRef,
    Email,
    Phone,
    Secret,
    ShareRef,
    Side,
    State,
    UserId,
    Username,
    Via,
)
from sharebind.provider import Somebody
from sharebind_gizwits import keys

from .cause import (
    DAY,
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
    invite_not_own,
    invite_self,
    list_not_own,
    list_of_broken_device,
    share_not_own,
)
from .expected import Act
from .situations import Prepare, accept_code, inspect_code, revoke
from .situations_gizwits import accept_invitation, cancel, decline, invited
from .stage import Vendor

NOWHERE: Final = DeviceRef("nobodysdevice0123456789")
A_QUARTER: Final = timedelta(minutes=16)
"""Longer than a code lives."""


async def share_nowhere(vendor: Vendor) -> Act:
    """Share a device that nobody knows."""
    return lambda: vendor.account().share(NOWHERE, to=Anyone())


async def share_received(vendor: Vendor) -> Act:
    """Share on what was received."""
    given, _ = await vendor.granted()
    return lambda: vendor.account("guest").share(given.device, to=vendor.id_of("other"))


def invite(who: Somebody) -> Prepare:
    """Invite somebody whom nobody knows."""

    async def prepare(vendor: Vendor) -> Act:
        device = await vendor.bound()
        return lambda: vendor.account().share(device, to=who)

    return prepare


async def invite_guest(vendor: Vendor) -> Act:
    """Invite who has the device."""
    given, _ = await vendor.granted()
    return lambda: vendor.account().share(given.device, to=vendor.id_of("guest"))


async def invite_twice(vendor: Vendor) -> Act:
    """Invite who has an invitation."""
    made, _ = await invited(vendor)
    return lambda: vendor.account().share(made.device, to=vendor.id_of("guest"))


async def share_without_switch(vendor: Vendor) -> Act:
    """Share a device of a product that may not share."""
    device = await vendor.bound()
    cloud: Any = vendor.cloud
    cloud.switch_sharing_off()
    return lambda: vendor.account().share(device, to=Anyone())


def strange(side: Side) -> ShareRef:
    """Return the handle of an invitation that was never made."""
    return ShareRef(provider="gizwits", side=side, via=Via.PERSON, device=NOWHERE, key=Secret("999999"))


async def cancel_nothing(vendor: Vendor) -> Act:
    """End an invitation that was never made."""
    return lambda: vendor.account().end(strange(Side.OWNER))


async def accept_nothing(vendor: Vendor) -> Act:
    """Take an invitation that was never made."""
    return lambda: vendor.account("guest").accept(strange(Side.RECIPIENT))


async def cancel_not_own(vendor: Vendor) -> Act:
    """End another's invitation."""
    made, _ = await invited(vendor)
    return lambda: vendor.account("other").end(made.ref)


async def accept_withdrawn(vendor: Vendor) -> Act:
    """Take an invitation that was withdrawn."""
    made, received = await invited(vendor)
    await vendor.account().end(made)
    return lambda: vendor.account("guest").accept(received)


async def decline_withdrawn(vendor: Vendor) -> Act:
    """Refuse an invitation that was withdrawn."""
    made, received = await invited(vendor)
    await vendor.account().end(made)
    return lambda: vendor.account("guest").end(received)


async def accept_answered(vendor: Vendor) -> Act:
    """Take an invitation again."""
    _, received = await invited(vendor)
    await vendor.account("guest").accept(received)
    return lambda: vendor.account("guest").accept(received)


async def accept_unbound(vendor: Vendor) -> Act:
    """Take an invitation whose owner gave the device up."""
    made, received = await invited(vendor)
    await vendor.account().unbind(made.device)
    return lambda: vendor.account("guest").accept(received)


async def inspect_own(vendor: Vendor) -> Act:
    """Look at an own code."""
    offer = await vendor.offered()
    return lambda: vendor.account().inspect(offer)


async def inspect_never_made(vendor: Vendor) -> Act:
    """Look at a code that was never made."""
    return lambda: vendor.account("guest").inspect("0" * 32)


async def accept_never_made(vendor: Vendor) -> Act:
    """Take a code that was never made."""
    return lambda: vendor.account("guest").accept("0" * 32)


def remove(user: str) -> Prepare:
    """End the access of somebody who is no guest."""

    async def prepare(vendor: Vendor) -> Act:
        given, _ = await vendor.granted()
        key = keys.guest(vendor.user(user).user_id)
        return lambda: vendor.account().end(attrs.evolve(given.ref, key=key))

    return prepare


async def transfer_to_nobody(vendor: Vendor) -> Act:
    """Hand a device over to who is no guest."""
    given, _ = await vendor.granted()
    return lambda: vendor.account().transfer(given.device, to=vendor.id_of("other"))


async def transfer_before_sharing(vendor: Vendor) -> Act:
    """Hand a device over that was never shared."""
    device = await vendor.bound()
    return lambda: vendor.account().transfer(device, to=vendor.id_of("guest"))


GIZWITS: Final[tuple[Cause, ...]] = (
    Cause("sharing what nobody knows", "9014", "share", share_nowhere),
    Cause("sharing what one does not hold", "9081", "share", share_not_own),
    Cause("sharing what one gave up", "9090", "share", guessing("unheld_share_code", "9090", share_not_own)),
    Cause("inviting to what one does not hold", "9081", "share", invite_not_own),
    Cause("sharing on", "9081", "share", share_received),
    Cause("sharing without the switch", "9039", "share", share_without_switch),
    Cause(
        "sharing without the switch, told otherwise",
        "9081",
        "share",
        guessing("sharing_off_code", "9081", share_without_switch),
    ),
    Cause("inviting nobody", "9005", "share", invite(UserId("0" * 32))),
    Cause("inviting a name of nobody", "9005", "share", invite(Username("nobody"))),
    Cause("inviting an address of nobody", "9005", "share", invite(Email("no@body.example"))),
    Cause("inviting a phone of nobody", "9005", "share", invite(Phone("86", "13900000000"))),
    Cause("inviting oneself", "9080", "share", invite_self),
    Cause("inviting a guest", "9083", "share", invite_guest),
    Cause("inviting twice", "9087", "share", invite_twice),
    Cause("listing what another holds", "9093", "shares", list_not_own, changes=False),
    Cause("a list that cannot be read", "9008", "shares", list_of_broken_device, changes=False),
    Cause("removing twice", "9082", "end", end_twice(revoke(State.ACTIVE)), seen=State.ACTIVE),
    Cause("removing twice by ref", "9082", "end", end_twice(revoke(State.UNKNOWN))),
    Cause("removing who has no access", "9082", "end", remove("other")),
    Cause("removing oneself", "9095", "end", remove("owner")),
    Cause("removing another's guest", "9093", "end", end_not_own, seen=State.ACTIVE),
    Cause("cancelling what was never made", "9084", "end", cancel_nothing),
    Cause("cancelling another's", "9093", "end", cancel_not_own),
    Cause("withdrawing twice", "9094", "end", end_twice(cancel(State.OFFERED)), seen=State.OFFERED),
    Cause("revoking twice", "9094", "end", end_twice(cancel(State.ACTIVE)), seen=State.ACTIVE),
    Cause(
        "withdrawing too late",
        "9088",
        "end",
        after(DAY, guessing("cancel_expired", "9088", cancel(State.OFFERED))),
        seen=State.OFFERED,
    ),
    Cause("taking what was never made", "9084", "accept", accept_nothing),
    Cause("taking an invitation too late", "9088", "accept", after(DAY, accept_invitation)),
    Cause("taking an invitation twice", "9089", "accept", accept_answered),
    Cause("an orphaned invitation", "9090", "accept", accept_unbound),
    Cause("a withdrawn invitation", "9094", "accept", accept_withdrawn),
    Cause("declining too late", "9088", "end", after(DAY, decline), seen=State.OFFERED),
    Cause("declining what was withdrawn", "9094", "end", decline_withdrawn, seen=State.OFFERED),
    Cause("looking at an own code", "9096", "inspect", inspect_own, changes=False),
    Cause("looking at a code that was never made", "9084", "inspect", inspect_never_made, changes=False),
    Cause(
        "looking at a code that was never made, told otherwise",
        "9010",
        "inspect",
        guessing("unknown_code_code", "9010", inspect_never_made),
        changes=False,
    ),
    Cause("looking too late", "9088", "inspect", after(A_QUARTER, inspect_code), changes=False),
    Cause(
        "looking too late, told otherwise",
        "9009",
        "inspect",
        guessing("expired_code_code", "9009", after(A_QUARTER, inspect_code)),
        changes=False,
    ),
    Cause("taking an own code", "9080", "accept", accept_own),
    Cause("taking an own code, told otherwise", "9096", "accept", guessing("own_code_code", "9096", accept_own)),
    Cause("taking a code that was never made", "9084", "accept", accept_never_made),
    Cause("taking a code too late", "9088", "accept", after(A_QUARTER, accept_code)),
    Cause("taking a used code", "9089", "accept", accept_used),
    Cause("taking a code twice", "9089", "accept", accept_again),
    Cause("taking a second code", "9083", "accept", accept_second),
    Cause("taking an orphaned code", "9090", "accept", accept_orphan),
    Cause("handing over to who is no guest", "9082", "transfer", transfer_to_nobody),
    Cause("handing over what was never shared", "9093", "transfer", transfer_before_sharing),
)
