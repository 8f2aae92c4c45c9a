"""Gizwits' calls as pure functions: from a wish to an ``HttpCall``.

Names, places and units are those of ``docs/contracts/gizwits.yaml``; each function names its entry. The session adds
app and token.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final
from urllib.parse import parse_qs, quote

from sharebind.provider import (
    DeviceRef,
    Email,
    Extra,
    HttpCall,
    InvalidRequestError,
    Phone,
    RenameDevice,
    Secret,
    ShareDevice,
    Side,
    UserId,
    Username,
)
from sharebind_gizwits.proofs import ByMac
from sharebind_gizwits.wire import limits

DIRECT: Final = 0
BY_CODE: Final = 1
"""Contract: enums.invite_type."""

PENDING: Final = 0
ACCEPTED: Final = 1
DECLINED: Final = 2
CANCELLED: Final = 3
"""Contract: enums.share_status; the first two after 0 are what answer_share takes, too."""

_MINUTE: Final = timedelta(minutes=1)
_DIRECTIONS: Final = {Side.OWNER: "0", Side.RECIPIENT: "1"}
_SET_OWNER: Final = "set_owner"


# ------------------------------------------------------------------------------------------------------------- sharing


def create_share(op: ShareDevice) -> HttpCall:
    """create_share: type 1 makes a code, type 0 invites a person. A phone has no country here (``share.to.phone``)."""
    body: dict[str, object] = {"type": DIRECT, "did": op.device.device}
    match op.to:
        case UserId(value=value):
            body["uid"] = value
        case Username(value=value):
            body["username"] = value
        case Email(value=value):
            body["email"] = value
        case Phone(number=value):
            body["phone"] = value
        case _:
            body["type"] = BY_CODE
    minutes = duration(op)
    if minutes is not None:
        body["duration"] = minutes
    return _call("create_share", "POST", "/app/sharing", changes=True, body=body)


def duration(op: ShareDevice) -> int | None:
    """Give the minutes of use, rounded down: it is never longer than asked (quirk ``use_window_needs_acceptance``)."""
    return None if op.use_for is None else op.use_for // _MINUTE


def list_shares(side: Side, skip: int, device: DeviceRef | None = None, status: int | None = None) -> HttpCall:
    """list_shares: of one side, paged; of one device for its owner only."""
    query = {"sharing_type": _DIRECTIONS[side], "limit": str(limits.PAGE), "skip": str(skip)}
    if device is not None:
        query["did"] = device.device
    if status is not None:
        query["status"] = str(status)
    return _call("list_shares", "GET", "/app/sharing", changes=False, query=query)


def cancel_share(share: Secret) -> HttpCall:
    """cancel_share: withdraw or revoke what was offered to a person (quirk ``qr_share_cannot_be_withdrawn``)."""
    return _call("cancel_share", "DELETE", f"/app/sharing/{_segment(share)}", changes=True)


def answer_share(share: Secret, answer: int) -> HttpCall:
    """answer_share: the recipient accepts or declines."""
    return _call("answer_share", "PUT", f"/app/sharing/{_segment(share)}", changes=True, query={"status": str(answer)})


def inspect_share_code(code: Secret) -> HttpCall:
    """inspect_share_code: what a code is for."""
    return _call("inspect_share_code", "GET", f"/app/sharing/code/{_segment(plain_code(code))}", changes=False)


def accept_share_code(code: Secret) -> HttpCall:
    """accept_share_code: take it; the device is not answered."""
    return _call("accept_share_code", "POST", f"/app/sharing/code/{_segment(plain_code(code))}", changes=True)


def list_guests(device: DeviceRef) -> HttpCall:
    """list_guests: who has access to one device, however they came by it; a plain array that is not paged."""
    return _call("list_guests", "GET", _guests(device), changes=False)


def remove_guest(device: DeviceRef, user_id: str) -> HttpCall:
    """remove_guest: end one person's access; the user is always named, for what happens else is not said."""
    return _call("remove_guest", "DELETE", _guests(device), changes=True, query={"uid": user_id})


def transfer_ownership(device: DeviceRef, user_id: str) -> HttpCall:
    """transfer_ownership: make a guest the owner."""
    path = f"/app/sharing/{_segment(device.device)}/transfer"
    return _call("transfer_ownership", "POST", path, changes=True, query={"uid": user_id})


def plain_code(code: Secret) -> Secret:
    """Take the code out of what people scan (quirk ``qr_content_is_a_query_string``); a bare one stays as it is.

    Raises:
        InvalidRequestError: the text has the form, and no code in it.

    """
    if "code=" not in code.reveal():
        return code
    found = [Secret(value) for value in parse_qs(code.reveal().strip()).get("code", ())]
    if len(found) != 1:
        raise InvalidRequestError("this text has the form type=share&code=…, and holds no single code")
    return found[0]


# ------------------------------------------------------------------------------------------------------------- binding


def bind_mac(proof: ByMac, name: str | None, extra: Extra, signature: Mapping[str, str | Secret]) -> HttpCall:
    """bind_mac: bind by product and address, signed with the product's secret."""
    body: dict[str, object] = {"product_key": proof.product, "mac": proof.mac}
    if name is not None:
        body["dev_alias"] = name
    return _call("bind_mac", "POST", "/app/bind_mac", changes=True, body=body | _claim(extra), headers=signature)


def bind_latest(text: Secret, extra: Extra) -> HttpCall:
    """bind_latest: bind by the text of a code that the vendor's QR service made; the device is not answered."""
    body: dict[str, object] = {"qr_content": text}
    return _call("bind_latest", "POST", "/app/bind_latest", changes=True, body=body | _claim(extra))


def list_bindings(skip: int) -> HttpCall:
    """list_bindings: own and received devices together."""
    query = {"limit": str(limits.PAGE), "skip": str(skip)}
    return _call("list_bindings", "GET", "/app/bindings", changes=False, query=query)


def unbind(device: DeviceRef) -> HttpCall:
    """unbind: give a device up, in whichever role it is held (quirk ``owner_unbind_drops_guests``)."""
    return _call("unbind", "DELETE", "/app/bindings", changes=True, body={"devices": [{"did": device.device}]})


def update_binding(op: RenameDevice) -> HttpCall:
    """update_binding: name a device, for its caller."""
    path = f"/app/bindings/{_segment(op.device.device)}"
    return _call("update_binding", "PUT", path, changes=True, body={"dev_alias": op.name})


def _guests(device: DeviceRef) -> str:
    return f"/app/{_segment(device.device)}/bindings"


def _claim(extra: Extra) -> dict[str, object]:
    """Write ``set_owner``: 0 leaves the device without an owner, 1 makes the caller its owner.

    Raises:
        InvalidRequestError: it is neither yes nor no.

    """
    if _SET_OWNER not in extra:
        return {}
    # True and False are 1 and 0; a truth value travels as a number here (contract: enums.set_owner).
    if extra[_SET_OWNER] not in (0, 1):
        raise InvalidRequestError("set_owner is a truth value, or 0 or 1")
    return {_SET_OWNER: 1 if extra[_SET_OWNER] else 0}


def _segment(part: str | Secret) -> str:
    """Write one part of a path.

    Raises:
        InvalidRequestError: it would not stay one part: servers read dots as a way up.

    """
    text = quote(part.reveal() if isinstance(part, Secret) else part, safe="", errors="surrogatepass")
    if text.strip(".") == "":
        raise InvalidRequestError("an id or code of nothing but dots is none")
    return text


def _call(
    name: str,
    method: str,
    path: str,
    *,
    changes: bool,
    query: Mapping[str, str | Secret] | None = None,
    body: Mapping[str, object] | None = None,
    headers: Mapping[str, str | Secret] | None = None,
) -> HttpCall:
    return HttpCall(
        name=name, method=method, path=path, query=query or {}, headers=headers or {}, body=body, changes=changes
    )
