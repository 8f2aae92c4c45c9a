"""Devices as Quectel answers them: own ones, received ones, and one that was just bound."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from datetime import datetime
from typing import Final, TypeVar

import attrs

from sharebind.provider import (
    BindDevice,
    Binding,
    BindingCheck,
    BySerial,
    DeviceRef,
    Fields,
    Page,
    Person,
    Preview,
    Raw,
    Role,
    Share,
    Side,
    Space,
    State,
    Via,
    malformed,
)
from sharebind_quectel.wire.requests import PAGE_SIZE
from sharebind_quectel.wire.shares import person_in, ref

T = TypeVar("T")

_OWN: Final = 1
_RECEIVED: Final = 2
_MANY_HOLDERS: Final = 1
_ONE_HOLDER: Final = frozenset({2, 3})
"""Binding modes of which one account at a time holds the device: unique, and rotation (contract: enums)."""


def device_in(fields: Fields) -> DeviceRef:
    """Read which device a Device object is about."""
    return _ref(f"{fields.path}.deviceKey", fields.need("deviceKey"), fields.need("productKey"))


def _ref(path: str, device: str, product: str) -> DeviceRef:
    try:
        return DeviceRef(device, product)
    except ValueError:
        raise malformed(path, "a device that can be named", device) from None


def role_in(fields: Fields) -> Role:
    """Read the caller's role; one that is not said for certain is never taken for the owner's.

    Raises:
        MalformedReplyError: neither ``deviceType`` nor the share's fields tell.

    """
    kind = fields.number("deviceType")
    if kind == _RECEIVED or (fields.text("shareCode") and fields.text("ownerUid")):
        return Role.GUEST
    if kind == _OWN or (kind is None and "shareCode" in fields.body and fields.get("shareCode", "ownerUid") is None):
        return Role.OWNER
    raise malformed(f"{fields.path}.deviceType", "1 (own) or 2 (received)", kind)


@attrs.frozen(kw_only=True)
class Held:
    """A device of userDeviceList, as far as its shares go."""

    device: DeviceRef
    role: Role
    share: Share | None

    def key(self) -> Hashable:
        """Tell it apart: one person may hold several shares of a device (coverMark 2)."""
        return self.device, self.role, self.share.ref if self.share is not None else None


def held_in(fields: Fields) -> Held:
    """Read a Device object for its share; a received device without one cannot be told of.

    Raises:
        MalformedReplyError: it is received and has no share code.

    """
    role, share = role_in(fields), received_share(fields)
    if role is Role.GUEST and share is None:
        raise malformed(f"{fields.path}.shareCode", "a share code", None)
    return Held(device=device_in(fields), role=role, share=share if role is Role.GUEST else None)


def binding_in(fields: Fields) -> Binding:
    """Read a Device object. Its local keys control the device (quirk ``list_carries_local_secrets``)."""
    device, role = device_in(fields), role_in(fields)
    received = received_share(fields) if role is Role.GUEST else None
    keys = {"auth_key": "authKey", "binding_code": "bindingCode", "bluetooth_password": "btPwd"}
    local_keys = {ours: secret for ours, theirs in keys.items() if (secret := fields.secret(theirs)) is not None}
    home = fields.text("fid")
    return Binding(
        device=device,
        role=role,
        name=fields.text("deviceName"),
        space=Space(home, fields.text("frid")) if home else None,
        verified=fields.flag("verified"),
        bound_at=fields.millis("deviceBindTimeTs"),
        share=received.ref if received is not None else None,
        owner=received.owner if received is not None else None,
        use_until=received.use_until if received is not None else None,
        local_keys=local_keys,
        raw=Raw(fields.body),
    )


def received_share(fields: Fields) -> Share | None:
    """Read the share behind a received device; the end of use has another name here than in the share list."""
    code, owner = fields.secret("shareCode"), fields.text("ownerUid")
    if code is None:
        return None
    return Share(
        ref=ref(Side.RECIPIENT, Via.UNKNOWN, device_in(fields), code),
        state=State.ACTIVE,
        name=fields.text("deviceName"),
        owner=Person(user_id=owner) if owner else None,
        use_until=fields.millis("sharingExpireTimeTs", "sharingExpireAtTs"),
        accepted_at=fields.millis("deviceBindTimeTs"),
        raw=Raw(fields.body),
    )


def page_of(data: object, number: int, read: Callable[[Fields], T]) -> Page[T]:
    """Read a Page; an answer with neither a list nor a total is no empty list."""
    fields = Fields(data, "$.data")
    total = fields.number("total")
    if total is None and fields.get("list") is None:
        raise malformed("$.data.list", "a list", None)
    items, gaps = fields.each_as(read, "list")
    more, pages = fields.flag("hasNextPage"), fields.number("pages")
    if more is None and pages is not None:
        more = number < pages
    return Page(items=items, size=len(items) + len(gaps), full=PAGE_SIZE, total=total, more=more, gaps=gaps)


def me_in(data: object) -> Person:
    """Read userInfo."""
    fields = Fields(data, "$.data")
    return person_in(fields, fields.need("uid")) or Person()


def bound(op: BindDevice, device: DeviceRef, now: datetime) -> Binding:
    """Make the binding that a bind call has just confirmed, before its answer is read."""
    return Binding(device=device, role=Role.OWNER, name=op.name, space=op.space, bound_at=now)


def bound_in(op: BindDevice, data: object, now: datetime) -> Binding:
    """Read what a bind call answers: all say the device's key, some the device or whether it was verified.

    A binding that was not verified cannot be shared (quirk ``pseudo_binding_cannot_be_shared``). Where the serial was
    sent only the answer tells which device is bound.
    """
    # The device's own keys were sent with every other proof.
    device = None if isinstance(op.proof, BySerial) else op.device
    fields = Fields({} if data is None and device is not None else data, "$.data")
    if device is None or fields.get("dk", "pk") is not None:
        device = _named(op, fields, device)
    key = fields.secret("authKey")
    return attrs.evolve(
        bound(op, device, now),
        verified=fields.flag("verified"),
        local_keys={"auth_key": key} if key is not None else {},
        raw=Raw(data),
    )


def _named(op: BindDevice, fields: Fields, sent: DeviceRef | None) -> DeviceRef:
    """Read which device is bound; what the answer leaves out is what was sent."""
    device, product = fields.text("dk"), fields.text("pk")
    if sent is not None:
        device, product = device or sent.device, product or sent.product
    elif product is None and isinstance(op.proof, BySerial):
        product = op.proof.product or (op.device.product if op.device is not None else None)
    return _ref(f"{fields.path}.dk", device or fields.need("dk"), product or fields.need("pk"))


def check_in(data: object, device: DeviceRef) -> BindingCheck:
    """Read getDeviceInfoByBinding. In rotation one account holds the device too, until somebody else binds it."""
    fields = Fields(data, "$.data")
    mode = fields.number("bindingMode")
    known = mode is not None and mode in {_MANY_HOLDERS, *_ONE_HOLDER}
    return BindingCheck(
        device=device,
        name=fields.text("productName"),
        exclusive=mode in _ONE_HOLDER if known else None,
        raw=Raw(data),
    )


def preview_in(data: object) -> Preview:
    """Read deviceInfo by share code. A device that was received says when; before, nobody knows how the code stands."""
    fields = Fields(data, "$.data")
    share = received_share(fields)
    taken = share is not None and share.accepted_at is not None
    return Preview(
        device=device_in(fields),
        name=fields.text("deviceName"),
        owner=share.owner if share is not None else None,
        state=State.ACTIVE if taken else State.UNKNOWN,
        use_until=share.use_until if share is not None else None,
        raw=Raw(data),
    )
