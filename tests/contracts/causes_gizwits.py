"""States of Gizwits' emulated cloud that make it answer a code by itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

import attrs

from sharebind import (
    Anyone,
    ByText,
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
from sharebind_gizwits import ByMac, keys

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
    invite_not_own,
    invite_self,
    list_not_own,
    list_of_broken_device,
    read_plainly,
    read_with_dead_token,
    share_not_own,
    share_with_wrong_token,
    sign_in_as,
    sign_in_with_wrong_password,
    wrong_token,
)
from .expected import Act
from .situations import Prepare, accept_code, bind_free, inspect_code, leave, revoke, unbind_own
from .situations_gizwits import accept_invitation, by_text, cancel, decline, invited
from .stage import Vendor

NOWHERE: Final = DeviceRef("nobodysdevice0123456789")
A_QUARTER: Final = timedelta(minutes=16)
"""Longer than a code lives."""
HOUR: Final = timedelta(hours=1)
"""More than two clocks may differ (contract: transport.clock_skew_max_s)."""


def with_app(app_id: str) -> Prepare:
    """Ask in the name of another app."""

    async def prepare(vendor: Vendor) -> Act:
        return lambda: vendor.manner.read(vendor.account(app_id=app_id))

    return prepare


def bind_by_mac(**changed: str) -> Prepare:
    """Bind with another product, address or product's secret."""

    async def prepare(vendor: Vendor) -> Act:
        known = vendor.cloud.devices[0].proof | changed
        secret = changed.get("secret", vendor.cloud.app["product_secret"])
        account = vendor.account(product_secrets={known["product_key"]: secret})
        return lambda: account.bind(None, ByMac(known["product_key"], known["mac"]))

    return prepare


async def bind_by_strange_text(vendor: Vendor) -> Act:
    """Bind by a text that no device has."""
    return lambda: vendor.account().bind(None, ByText("x" * 48))


async def owned_by_other(vendor: Vendor) -> None:
    """Let another be the owner of the first device, by sharing it."""
    device = await vendor.bound(user="other")
    await vendor.account("other").share(device, to=vendor.id_of("guest"))


async def bind_owned(vendor: Vendor) -> Act:
    """Bind what has an owner."""
    await owned_by_other(vendor)
    return await bind_free(vendor)


async def bind_owned_by_text(vendor: Vendor) -> Act:
    """Bind by its code what has an owner."""
    await owned_by_other(vendor)
    return lambda: vendor.account().bind(None, by_text(vendor))


async def bind_again(vendor: Vendor) -> Act:
    """Bind what one holds."""
    await vendor.bound()
    return await bind_free(vendor)


def unseen(prepare: Prepare, user: str) -> Prepare:
    """Do what a list still calls possible, after another app of the same person has done it already."""

    async def prepared(vendor: Vendor) -> Act:
        act = await prepare(vendor)
        vendor.cloud.set_guess("unbind_unbound", "9017")
        vendor.cloud.faults.add("lag", operation="list_bindings", times=None, seconds=600)
        held = await vendor.account(user).bindings().all()
        vendor.cloud.faults.clear()
        vendor.cloud.faults.add("lag", operation="list_bindings", times=None, seconds=600)
        await gone(vendor, user, held[0].device)
        return act

    return prepared


async def gone(vendor: Vendor, user: str, device: DeviceRef) -> None:
    """Take a device from somebody, as another app would."""
    if user == "guest":
        given = await vendor.account().shares(device=device).all()
        await vendor.account().end(given[0])
    else:
        await vendor.account(user).unbind(device)


async def rename_nowhere(vendor: Vendor) -> Act:
    """Name a device that nobody knows."""
    return lambda: vendor.account().rename(NOWHERE, "lamp")


async def rename_not_held(vendor: Vendor) -> Act:
    """Name what one does not hold."""
    return lambda: vendor.account().rename(vendor.device(), "lamp")


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


async def ask_too_often(vendor: Vendor) -> Act:
    """Ask more often than the vendor takes."""
    vendor.cloud.set_guess("requests_per_minute", 5)

    async def act() -> object:
        for _ in range(5):
            await vendor.account().bindings().all()
        return await vendor.account().bindings().all()

    return act


GIZWITS: Final[tuple[Cause, ...]] = (
    Cause("an app of nobody", "9003", "bindings", with_app("another"), changes=False),
    Cause("signing in to an app of nobody", "9003", "sign_in", sign_in_as(app_id="another"), changes=False),
    Cause("a wrong password", "9020", "sign_in", sign_in_with_wrong_password, changes=False),
    Cause("an address of nobody", "9020", "sign_in", sign_in_as(email="no@body.example"), changes=False),
    Cause("a token of nobody", "9004", "bindings", wrong_token, changes=False),
    Cause("a token of nobody on a change", "9004", "share", share_with_wrong_token),
    Cause("a token that died", "9006", "bindings", read_with_dead_token, changes=False),
    Cause("a token after its time", "9006", "bindings", after(YEARS, read_plainly), changes=False),
    Cause("too many requests", "9041", "bindings", ask_too_often, changes=False),
    Cause("a product of nobody", "9002", "bind", bind_by_mac(product_key="0" * 32)),
    Cause("an address of no device", "9014", "bind", bind_by_mac(mac="FFFFFFFFFFFF")),
    Cause("a clock that is wrong", "9043", "bind", after(HOUR, bind_free)),
    Cause("a product's wrong secret", "9044", "bind", bind_by_mac(secret="another")),
    Cause("a text of no device", "9040", "bind", bind_by_strange_text),
    Cause("a device with an owner", "9092", "bind", bind_owned),
    Cause("a device with an owner by its code", "9092", "bind", bind_owned_by_text),
    Cause("binding twice", "9092", "bind", guessing("repeat_bind", "9092", bind_again)),
    Cause("binding twice, told otherwise", "9083", "bind", guessing("repeat_bind", "9083", bind_again)),
    Cause("unbinding what is gone", "9017", "unbind", unseen(unbind_own, "owner")),
    Cause("leaving what is gone", "9017", "end", unseen(leave(State.ACTIVE), "guest"), seen=State.ACTIVE),
    Cause("leaving what is gone by ref", "9017", "end", unseen(leave(State.UNKNOWN), "guest")),
    Cause("naming what one does not hold", "9017", "rename", rename_not_held),
    Cause("naming what nobody knows", "9014", "rename", rename_nowhere),
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
