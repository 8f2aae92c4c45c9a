"""The calls of sharing: make a share, list, cancel and answer it, and put a note on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sharebind_gizwits.emulator.calls import DONE, Call, RefusalError, Result
from sharebind_gizwits.emulator.masks import masked_email, masked_name, masked_phone
from sharebind_gizwits.emulator.paging import ordered, page
from sharebind_gizwits.emulator.state import (
    ACCEPTED,
    CANCELLED,
    DECLINED,
    DIRECT,
    GUEST,
    KEEPERS,
    PENDING,
    QR,
    SPECIAL,
    Account,
    Share,
    iso,
)
from sharebind_gizwits.emulator.world import ONLY_OWNER_CAN_OPERATE, PRODUCT_NAME, World

USER_NOT_EXIST: Final = "9005"
SHARE_TO_SELF: Final = "9080"
ONLY_OWNER_CAN_SHARE: Final = "9081"
ALREADY_BOUND: Final = "9083"
SHARE_NOT_FOUND: Final = "9084"
WAITING_FOR_ACCEPT: Final = "9087"
EXPIRED: Final = "9088"
COMPLETED: Final = "9089"
UNBOUND: Final = "9090"
ALREADY_CANCELLED: Final = "9094"
ONLY_SELF: Final = "9100"

OUTGOING: Final = 0
DEFAULT_LIMIT: Final = 20
"""Contract: list_shares, default of limit."""


def create_share(world: World, call: Call) -> Result:
    """Invite one user, or make a QR code; either claims ownership (quirk invite_changes_other_users)."""
    did, kind = call.text("did"), call.given["type"]
    _check_sharer(world, call, did)
    recipient = _recipient(world, call, did) if kind == DIRECT else None
    held = world.binding(did, call.caller, call.now)
    if held is not None and held.role == SPECIAL:
        world.claim(held, call.now)
    minutes = call.number("duration")
    life = world.rules.timing["accept_by_direct_s" if kind == DIRECT else "accept_by_qr_s"]
    share = Share(
        number=world.next_share_number(),
        kind=kind,
        did=did,
        sharer=call.caller,
        recipient=recipient,
        by_uid=bool(call.text("uid")),
        code=world.dice.hex(32) if kind == QR else "",
        duration=timedelta(minutes=minutes) if minutes else None,
        created=call.now,
        updated=call.now,
        expires=call.now + timedelta(seconds=life),
    )
    world.shares.append(share)
    _tell(world, share, call.now)
    if kind == QR:
        return Result(body={"id": None, "qr_content": f"type=share&code={share.code}"}, effect=True)
    return Result(body={"id": str(share.number), "qr_content": None}, effect=True)


def list_shares(world: World, call: Call) -> Result:
    """List what the caller shares or is given, with the other side of each share."""
    outgoing = call.number("sharing_type") == OUTGOING
    did, status = call.text("did"), call.text("status")
    if did:
        world.check_lister(did, call)
    rows: list[dict[str, Any]] = []
    for share in ordered(world, world.shares):
        mine = share.sharer if outgoing else share.recipient
        if mine is not call.caller or did not in {"", share.did}:
            continue
        shown = world.status_of(share, call.now)
        if shown is not None and _is_listed(world, share, shown):
            rows.append(_row(world, call, share, shown))
    part = page(world, call, [row for row in rows if status in {"", str(row["status"])}], DEFAULT_LIMIT)
    return Result(body={"meta": part.meta, "objects": list(part.rows)})


def cancel_share(world: World, call: Call) -> Result:
    """Withdraw a pending invite or end an accepted one (quirk qr_share_cannot_be_withdrawn)."""
    share = _share(world, call)
    if share.sharer is not call.caller:
        raise RefusalError(ONLY_OWNER_CAN_OPERATE)
    if share.kind == QR:
        raise RefusalError(str(world.guess("cancel_qr_code")))
    shown, reason = _shown(world, share, call.now), share.state_at(call.now)[1]
    if shown in {DECLINED, CANCELLED}:
        raise RefusalError(COMPLETED if shown == DECLINED else ALREADY_CANCELLED)
    if reason == "offer_expired" and world.guess("cancel_expired") != "cancels":
        raise RefusalError(EXPIRED)
    if share.status == ACCEPTED and not reason and share.recipient is not None:
        world.owned(share.did, call)
        world.drop_guest(share.did, share.recipient, "revoked", call.now)
    share.end(reason or "withdrawn", call.now, CANCELLED)
    return Result(body={"id": share.number}, effect=True)


def answer_share(world: World, call: Call) -> Result:
    """Accept or decline an invite, as the one it is for."""
    share = _share(world, call)
    if share.kind == QR or share.recipient is not call.caller:
        raise RefusalError(SHARE_NOT_FOUND)
    check_open(world, share, call.now)
    if call.number("status") == DECLINED:
        share.end("declined", call.now, DECLINED)
        return Result(body={"id": share.number}, effect=True)
    admit(world, share, call)
    return Result(body={"id": share.number}, effect=True)


def set_share_alias(world: World, call: Call) -> Result:
    """Put a note on a share; who `self` is, who alone may, is a guess."""
    share, caller = _share(world, call), call.caller
    _shown(world, share, call.now)
    sides = (share.sharer,) if world.guess("alias_by") == "sharer" else (share.sharer, share.recipient)
    if caller not in sides:
        raise RefusalError(ONLY_SELF)
    share.notes[caller.id], share.updated = call.text("user_alias"), call.now
    return DONE


def check_open(world: World, share: Share, now: datetime) -> None:
    """Refuse a share that nobody can take any more, with the reason; the code of a used one is just that."""
    reason = share.state_at(now)[1]
    if reason == "owner_gone":
        raise RefusalError(UNBOUND)
    shown = _shown(world, share, now) if share.kind == DIRECT else share.status
    if shown != PENDING:
        raise RefusalError(ALREADY_CANCELLED if shown == CANCELLED else COMPLETED)
    if reason == "offer_expired":
        raise RefusalError(EXPIRED)


def admit(world: World, share: Share, call: Call) -> None:
    """Make the caller a guest through a share that is open."""
    if world.binding(share.did, call.caller, call.now):
        raise RefusalError(ALREADY_BOUND)
    share.accept(call.caller, call.now)
    world.bind(share.did, call.caller, GUEST, call.now, share.use_ends)


def _check_sharer(world: World, call: Call, did: str) -> None:
    world.check_device(did)
    binding = world.binding(did, call.caller, call.now)
    if binding is None:
        raise RefusalError(str(world.guess("unheld_share_code")))
    if binding.role not in KEEPERS:
        raise RefusalError(ONLY_OWNER_CAN_SHARE)
    if not world.sharing_on:
        raise RefusalError(str(world.guess("sharing_off_code")))


def _recipient(world: World, call: Call, did: str) -> Account:
    """Return whom the one name that was sent names, or refuse."""
    found = (
        world.account_of(call.text("uid"))
        or world.account_by_phone(call.text("phone"))
        or world.account_by_name(call.text("username") or call.text("email"))
    )
    if found is None:
        raise RefusalError(USER_NOT_EXIST)
    if found is call.caller:
        raise RefusalError(SHARE_TO_SELF)
    if world.binding(did, found, call.now):
        raise RefusalError(ALREADY_BOUND)
    for share in world.shares:
        if (share.did, share.recipient) == (did, found) and share.state_at(call.now)[0] == "offered":
            raise RefusalError(WAITING_FOR_ACCEPT)
    return found


def _share(world: World, call: Call) -> Share:
    for share in world.shares:
        if share.number == call.number("id"):
            return share
    raise RefusalError(SHARE_NOT_FOUND)


def _shown(world: World, share: Share, now: datetime) -> int:
    """Return the status that the record shows, or refuse one that is gone."""
    shown = world.status_of(share, now)
    if shown is None:
        raise RefusalError(SHARE_NOT_FOUND)
    return shown


def _is_listed(world: World, share: Share, shown: int) -> bool:
    if share.kind == DIRECT:
        return True
    return bool(world.guess("pending_qr_listed" if shown == PENDING else "accepted_qr_listed"))


def _row(world: World, call: Call, share: Share, shown: int) -> dict[str, Any]:
    incoming = share.recipient is call.caller
    other = share.sharer if incoming else share.recipient
    uid: str | None = other.id if other else ""
    if not incoming and not share.by_uid and share.kind == DIRECT and shown == PENDING:
        uid = {"recipient": uid, "empty": "", "null": None}[str(world.guess("uid_of_pending_invite"))]
    return {
        "id": share.number,
        "type": share.kind,
        "uid": uid,
        "username": masked_name(other.username) if other else "",
        "user_alias": share.notes.get(call.caller.id, ""),
        "email": masked_email(other.user.email) if other else None,
        "phone": masked_phone(other.phone) if other else None,
        "did": share.did,
        "product_name": PRODUCT_NAME,
        "dev_alias": world.alias_of(share, call.now),
        "status": shown,
        "created_at": iso(share.created),
        "updated_at": iso(share.updated),
        "expired_at": _expired_at(world, share),
    }


def _expired_at(world: World, share: Share) -> str | None:
    """Return the end of the offer; what it means later is a guess (quirk expired_at_after_acceptance)."""
    style = world.guess("expired_at_when_accepted") if share.status == ACCEPTED else "unchanged"
    if style == "null":
        return None
    return iso(share.use_ends if style == "end_of_use" and share.use_ends else share.expires)


def _tell(world: World, share: Share, now: datetime) -> None:
    """Write to both sides (contract: create_share, side_effects); a QR code has one side yet."""
    name = PRODUCT_NAME
    world.post(share.sharer, f"You share {name}.", now)
    if share.recipient is not None:
        world.post(share.recipient, f"{masked_name(share.sharer.username)} shares {name} with you.", now)


CALLS: Final[Mapping[str, Callable[[World, Call], Result]]] = {
    "create_share": create_share,
    "list_shares": list_shares,
    "cancel_share": cancel_share,
    "answer_share": answer_share,
    "set_share_alias": set_share_alias,
}
"""Every call of this file by the contract's name."""
