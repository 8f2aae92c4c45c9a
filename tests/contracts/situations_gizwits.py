"""How each of Gizwits' calls comes to be made."""

from __future__ import annotations

from typing import Final

from sharebind import Anyone, ByText, Share, State

from .expected import Act
from .situations import (
    Prepare,
    Situation,
    accept_code,
    bind_free,
    inspect_code,
    leave,
    list_bindings,
    rename_own,
    rename_received,
    revoke,
    revoke_by_code,
    share_by_code,
    share_with_guest,
    sign_in,
    unbind_own,
)
from .stage import Vendor


async def invited(vendor: Vendor) -> tuple[Share, Share]:
    """Invite the guest, and return the offer as its owner has it and as its recipient lists it."""
    made = await vendor.account().share(await vendor.bound(), to=vendor.id_of("guest"))
    (received,) = await vendor.account("guest").received(states=frozenset({State.OFFERED})).all()
    return made, received


async def accept_invitation(vendor: Vendor) -> Act:
    """Take a received offer."""
    _, received = await invited(vendor)
    return lambda: vendor.account("guest").accept(received)


def cancel(seen: State) -> Prepare:
    """End what was given to a person, waiting or taken, or by a stored ref."""

    async def prepare(vendor: Vendor) -> Act:
        made, received = await invited(vendor)
        if seen is State.OFFERED:
            return lambda: vendor.account().end(made)
        await vendor.account("guest").accept(received)
        return lambda: vendor.account().end(made.ref, seen=seen)

    return prepare


async def decline(vendor: Vendor) -> Act:
    """Refuse a received offer."""
    _, received = await invited(vendor)
    return lambda: vendor.account("guest").end(received)


async def end_stored_offer(vendor: Vendor) -> Act:
    """End, as its recipient, what was stored as a ref when it was an offer."""
    _, received = await invited(vendor)
    return lambda: vendor.account("guest").end(received.ref)


def by_text(vendor: Vendor) -> ByText:
    """Return the text of a free device's code."""
    return ByText(vendor.cloud.devices[0].proof["qr_content"])


async def bind_code(vendor: Vendor) -> Act:
    """Bind by the text of a device's code."""
    return lambda: vendor.account().bind(None, by_text(vendor))


async def list_given(vendor: Vendor) -> Act:
    """List the shares of a device that is shared."""
    given, _ = await vendor.granted()
    return lambda: vendor.account().shares(device=given.device).all()


async def list_received(vendor: Vendor) -> Act:
    """List what was offered and given."""
    await vendor.granted()
    return lambda: vendor.account("guest").received().all()


async def transfer(vendor: Vendor) -> Act:
    """Hand a device over to a guest."""
    given, _ = await vendor.granted()
    return lambda: vendor.account().transfer(given.device, to=vendor.id_of("guest"))


async def list_all_shared(vendor: Vendor) -> Act:
    """List the shares of every device, one of which is shared."""
    await vendor.granted()
    return lambda: vendor.account().shares(states=frozenset({State.OFFERED, State.ACTIVE})).all()


async def share_again_by_code(vendor: Vendor) -> Act:
    """Make a code of a device whose shares are listed already."""
    given, _ = await vendor.granted()
    return lambda: vendor.account().share(given.device, to=Anyone())


GIZWITS: Final[tuple[Situation, ...]] = (
    Situation("login", "sign_in", sign_in("email")),
    Situation("login", "sign_in", sign_in("phone"), way="phone"),
    Situation("login", "sign_in", sign_in("username"), way="user name"),
    Situation("bind_mac", "bind", bind_free, changes=True),
    Situation("bind_latest", "bind", bind_code, changes=True),
    Situation("list_bindings", "bind", bind_code),
    Situation("list_bindings", "bindings", list_bindings),
    Situation("list_bindings", "accept", accept_code),
    Situation("list_bindings", "unbind", unbind_own),
    Situation("list_bindings", "end", leave(State.ACTIVE)),
    Situation("list_bindings", "shares", list_received),
    Situation("unbind", "unbind", unbind_own, changes=True),
    Situation("unbind", "end", leave(State.ACTIVE), changes=True, seen=State.ACTIVE),
    Situation("unbind", "end", leave(State.UNKNOWN), changes=True),
    Situation("update_binding", "rename", rename_own, changes=True),
    Situation("update_binding", "rename", rename_received, changes=True, way="recipient"),
    Situation("list_guests", "shares", list_given),
    Situation("list_guests", "end", revoke_by_code),
    Situation("remove_guest", "end", revoke(State.ACTIVE), changes=True, seen=State.ACTIVE),
    Situation("remove_guest", "end", revoke(State.UNKNOWN), changes=True),
    # The list of guests has told that somebody took it.
    Situation("remove_guest", "end", revoke_by_code, changes=True, seen=State.ACTIVE, way="code"),
    Situation("create_share", "share", share_by_code, changes=True, way="code"),
    Situation("create_share", "share", share_with_guest, changes=True),
    Situation("list_shares", "shares", list_given),
    Situation("list_shares", "shares", list_received, way="recipient"),
    Situation("list_shares", "end", revoke_by_code),
    Situation("list_shares", "end", end_stored_offer, way="recipient"),
    Situation("cancel_share", "end", cancel(State.OFFERED), changes=True, seen=State.OFFERED, way="withdrawing"),
    Situation("cancel_share", "end", cancel(State.ACTIVE), changes=True, seen=State.ACTIVE),
    Situation("cancel_share", "end", cancel(State.UNKNOWN), changes=True),
    Situation("answer_share", "accept", accept_invitation, changes=True),
    Situation("answer_share", "end", decline, changes=True, seen=State.OFFERED, way="declining", meant="decline"),
    Situation("answer_share", "end", end_stored_offer, changes=True, way="ref", meant="decline"),
    Situation("inspect_share_code", "inspect", inspect_code),
    Situation("accept_share_code", "accept", accept_code, changes=True),
    Situation("transfer_ownership", "transfer", transfer, changes=True),
)

AFTER: Final[tuple[Situation, ...]] = (
    Situation("list_shares", "share", share_again_by_code),
    Situation("list_bindings", "accept", accept_code),
)

GAPS: Final[tuple[Situation, ...]] = (
    Situation("list_guests", "shares", list_all_shared),
    Situation("list_shares", "shares", list_all_shared),
)
