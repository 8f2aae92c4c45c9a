"""The calls of an owner about his guests: list them, remove one, make one the owner."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from sharebind_gizwits.emulator.calls import DONE, FORM_INVALID, Call, RefusalError, Result
from sharebind_gizwits.emulator.masks import masked_email, masked_name, masked_phone
from sharebind_gizwits.emulator.state import GUEST, OWNER, PENDING, Binding, iso
from sharebind_gizwits.emulator.world import SERVER_ERROR, World

GUEST_NOT_FOUND: Final = "9082"
OWNER_CANNOT_UNBIND_SELF: Final = "9095"


def list_guests(world: World, call: Call) -> Result:
    """List who else has the device, however they came to it."""
    did = call.text("did")
    world.check_lister(did, call)
    if did in world.broken:
        raise RefusalError(SERVER_ERROR)
    return Result(body=[_row(each) for each in world.holders(did, call.now, GUEST)])


def remove_guest(world: World, call: Call) -> Result:
    """Take the device from a guest; a share that gave it is over."""
    did, uid = call.text("did"), call.text("uid")
    world.owned(did, call)
    if uid == call.caller.id:
        raise RefusalError(OWNER_CANNOT_UNBIND_SELF)
    if not uid and world.guess("remove_without_uid") == FORM_INVALID:
        raise RefusalError(FORM_INVALID, "uid is missing")
    removed = [each for each in world.holders(did, call.now, GUEST) if uid in {"", each.account.id}]
    if not removed:
        raise RefusalError(GUEST_NOT_FOUND)
    for each in removed:
        world.drop_guest(did, each.account, "revoked", call.now)
    return DONE


def transfer_ownership(world: World, call: Call) -> Result:
    """Make a guest the owner; the former owner loses the device, the other guests keep it."""
    did = call.text("did")
    former = world.owned(did, call)
    heir = world.binding(did, world.account_of(call.text("uid")), call.now)
    if heir is None or heir.role != GUEST:
        raise RefusalError(GUEST_NOT_FOUND)
    _hand_over_shares(world, call, heir)
    heir.role, heir.until = OWNER, None
    del world.bindings[did, former.account.id]
    return DONE


def _hand_over_shares(world: World, call: Call, heir: Binding) -> None:
    moves = world.guess("shares_after_transfer") == "move"
    for share in world.shares:
        if share.did != heir.did or share.state_at(call.now)[0] == "ended":
            continue
        if share.recipient is heir.account:
            share.end("superseded", call.now)
        elif moves:
            share.sharer = heir.account
        elif share.status == PENDING:
            share.end("owner_gone", call.now)


def _row(binding: Binding) -> dict[str, Any]:
    account = binding.account
    return {
        "uid": account.id,
        "username": masked_name(account.username),
        "phone": masked_phone(account.phone),
        "email": masked_email(account.user.email),
        "created_at": iso(binding.bound_at),
    }


CALLS: Final[Mapping[str, Callable[[World, Call], Result]]] = {
    "list_guests": list_guests,
    "remove_guest": remove_guest,
    "transfer_ownership": transfer_ownership,
}
"""Every call of this file by the contract's name."""
