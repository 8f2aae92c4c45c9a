"""eWeLink's calls as pure functions: from a wish to an ``HttpCall``.

Names, places and units are those of the contract; each function names its endpoint. A POST carries a body, the others a
query. The session adds the token; signing in is in ``auth``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sharebind.provider import (
    BindDevice,
    DeviceRef,
    Email,
    HttpCall,
    InvalidRequestError,
    Phone,
    PlaceDevice,
    RenameDevice,
    Secret,
    ShareDevice,
    Space,
)
from sharebind_ewelink.proofs import ByDigest
from sharebind_ewelink.rights import permit

PAGE: Final = 30
"""The documented size of a page; above it an unpaged call may end in a timeout (contract: list_things)."""

SWITCHES: Final = ("opsNotify", "opsHistory", "alarmNotify")
"""What ``add_device`` takes inside ``settings``, each 0 or 1."""

UNNAMED: Final = "GSM device"
"""The name of a GSM device that nobody named: one is required, and the id of its code is a proof, not for showing."""


def list_homes() -> HttpCall:
    """``list_homes``: every home of the account."""
    return HttpCall(name="list_homes", method="GET", path="/v2/family", changes=False)


def list_things(home: str, after: int | None) -> HttpCall:
    """``list_things``: one page of what stands in a home, from an index on."""
    query: dict[str, str | Secret] = {"familyid": home, "num": str(PAGE)}
    if after is not None:
        query["beginIndex"] = str(after)
    return HttpCall(name="list_things", method="GET", path="/v2/device/thing", query=query, changes=False)


def get_things(device: DeviceRef, kind: int) -> HttpCall:
    """``get_things``: one device, as what it is held; a read although it is a POST."""
    wanted = {"thingList": [{"itemType": kind, "id": device.device}]}
    return _post("get_things", "/v2/device/thing", wanted, changes=False)


def share_devices(op: ShareDevice) -> HttpCall:
    """``share_devices``: a list of one device, to one person, with the rights that were named and no others."""
    body = {
        "deviceidList": [op.device.device],
        "user": _recipient(op),
        "permit": permit(op.rights or ()),
    }
    return _post("share_devices", "/v2/device/share", body)


def _recipient(op: ShareDevice) -> dict[str, str]:
    match op.to:
        case Email(value):
            return {"email": value}
        case Phone(country, number):
            return {"countryCode": f"+{country}", "phoneNumber": f"+{country}{number}"}
        case _:  # other recipients are refused by support before they come here
            raise InvalidRequestError("eWeLink shares with an e-mail address or a phone number")


def change_share_permission(device: DeviceRef, recipient: Secret, number: int) -> HttpCall:
    """``change_share_permission``: set the rights of a share."""
    body = {"deviceid": device.device, "apikey": recipient, "permit": number}
    return _post("change_share_permission", "/v2/device/share/permit", body)


def cancel_share(device: DeviceRef, recipient: Secret) -> HttpCall:
    """``cancel_share``: take one person's access."""
    query: dict[str, str | Secret] = {"deviceid": device.device, "apikey": recipient}
    return HttpCall(name="cancel_share", method="DELETE", path="/v2/device/share", query=query, changes=True)


def delete_device(device: DeviceRef) -> HttpCall:
    """``delete_device``: give up an own device, or leave a received one (quirk ``delete_means_two_things``)."""
    query: dict[str, str | Secret] = {"deviceid": device.device}
    return HttpCall(name="delete_device", method="DELETE", path="/v2/device", query=query, changes=True)


def name_of(op: BindDevice) -> str:
    """Give the name of a new device; the vendor requires one, so it is the device's id where none is given."""
    return op.name or (op.device.device if op.device is not None else UNNAMED)


def add_device(op: BindDevice, device: DeviceRef, proof: ByDigest) -> HttpCall:
    """``add_device``: bind by the digest of the device's own key."""
    body: dict[str, object] = {
        "name": name_of(op),
        "deviceid": device.device,
        "digest": proof.digest_for(device),
        "chipid": proof.chip,
        **_into(op.space),
    }
    switches = {name: _number(op.extra[name]) for name in SWITCHES if name in op.extra}
    if switches:
        body["settings"] = switches
    body |= {name: _number(value) for name, value in op.extra.items() if name not in SWITCHES}
    return _post("add_device", "/v2/device/add", body)


def add_gsm_device(op: BindDevice, gsm: Secret) -> HttpCall:
    """``add_gsm_device``: bind by the id in the code of a GSM device."""
    body = {
        "id": gsm,
        "name": name_of(op),
        **_into(op.space),
        **{key: _number(value) for key, value in op.extra.items()},
    }
    return _post("add_gsm_device", "/v2/device/add-gsm", body)


def update_device_info(op: RenameDevice | PlaceDevice) -> HttpCall:
    """``update_device_info``: name an own device, or put it into a room."""
    changed = {"name": op.name} if isinstance(op, RenameDevice) else {"roomid": op.space.room}
    return _post("update_device_info", "/v2/device/update-info", {"deviceid": op.device.device, **changed})


def _into(space: Space | None) -> dict[str, object]:
    if space is None:
        return {}
    return {"familyid": space.id, "roomid": space.room} if space.room else {"familyid": space.id}


def _number(value: object) -> object:
    """Write a truth value as the 0 or 1 that this vendor takes."""
    return int(value) if isinstance(value, bool) else value


def _post(name: str, path: str, body: Mapping[str, object], *, changes: bool = True) -> HttpCall:
    return HttpCall(name=name, method="POST", path=path, body=body, changes=changes)
