"""The calls about a QR code that shares: look at it, and take what it offers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import attrs

from sharebind_gizwits.emulator.calls import DONE, Call, RefusalError, Result
from sharebind_gizwits.emulator.masks import masked_name
from sharebind_gizwits.emulator.sharing import SHARE_NOT_FOUND, admit, check_open
from sharebind_gizwits.emulator.state import Share, iso
from sharebind_gizwits.emulator.world import PRODUCT_NAME, World

ONLY_GUEST_CAN_CHECK: Final = "9096"


def inspect_share_code(world: World, call: Call) -> Result:
    """Tell what a code offers, without naming the device; a used one can be looked at until it expires (guessed)."""
    share = _find(world, call)
    if share is None or share.ended == "owner_gone":
        raise RefusalError(str(world.guess("unknown_code_code")))
    if share.sharer is call.caller:
        raise RefusalError(ONLY_GUEST_CAN_CHECK)
    if call.now >= share.expires:
        raise RefusalError(str(world.guess("expired_code_code")))
    body = {
        "owner": masked_name(share.sharer.username),
        "product_name": PRODUCT_NAME,
        "dev_alias": world.alias_of(share, call.now),
        "expired_at": iso(share.expires),
    }
    return Result(body=body)


def accept_share_code(world: World, call: Call) -> Result:
    """Take what a code offers; which device that is has to be read from list_bindings."""
    share = _find(world, call)
    if share is None:
        raise RefusalError(SHARE_NOT_FOUND)
    if share.sharer is call.caller:
        raise RefusalError(str(world.guess("own_code_code")))
    check_open(world, share, call.now)
    many = world.guess("qr_admits") == "many"
    taken = attrs.evolve(share, number=world.next_share_number(), notes={}) if many else share
    admit(world, taken, call)
    if many:
        world.shares.append(taken)
    return DONE


def _find(world: World, call: Call) -> Share | None:
    """Return the share behind a code: the first with it, where each guest has a record of his own."""
    return next((share for share in world.shares if share.code and share.code == call.text("code")), None)


CALLS: Final[Mapping[str, Callable[[World, Call], Result]]] = {
    "inspect_share_code": inspect_share_code,
    "accept_share_code": accept_share_code,
}
"""Every call of this file by the contract's name."""
