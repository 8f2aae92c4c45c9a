"""What Gizwits answers about devices: own and received ones, one that was just bound, one that was given up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar, cast

import attrs

from sharebind.provider import Binding, DeviceRef, Fields, Page, Raw, Role, ShareRef, Side, Via, an_object, malformed
from sharebind_gizwits import keys
from sharebind_gizwits.wire import limits
from sharebind_gizwits.wire.envelope import PROVIDER

T = TypeVar("T")

SHARING: Final = "owner"
"""The role of who has shared; a first binder who has not is ``special`` (contract: enums.binding_role)."""

_ROLES: Final = {"special": Role.OWNER, SHARING: Role.OWNER, "normal": Role.MEMBER, "guest": Role.GUEST}


@attrs.frozen
class Held:
    """A device that the account holds, and the vendor's word for how."""

    binding: Binding
    role: str


def device_in(item: Fields) -> DeviceRef:
    """Read which device an object is about. Shares come without the product, so it is never part of the name."""
    try:
        return DeviceRef(item.need("did"))
    except ValueError:
        raise malformed(f"{item.path}.did", "a device that can be named", "") from None


def held_in(item: Fields) -> Held:
    """Read a device of list_bindings, or one that bind_mac answers.

    A role that is not known is nobody's, least of all the owner's. One that is not there is that of a product without
    sharing, where everybody is a user like any other (a guess).
    """
    role = item.text("role") or "normal"
    if role not in _ROLES:
        raise malformed(f"{item.path}.role", f"one of {', '.join(_ROLES)}", role)
    device, passcode = device_in(item), item.secret("passcode")
    binding = Binding(
        device=device,
        role=_ROLES[role],
        name=item.said("dev_alias"),
        share=received_ref(device) if _ROLES[role] is Role.GUEST else None,
        local_keys={} if passcode is None else {"passcode": passcode},
        raw=Raw(item.body),
    )
    return Held(binding, role)


def received_ref(device: DeviceRef, via: Via = Via.UNKNOWN) -> ShareRef:
    """Make the handle of a received share that works."""
    return ShareRef(provider=PROVIDER, side=Side.RECIPIENT, via=via, device=device, key=keys.received(device))


def devices_of(content: Fields, read: Callable[[Fields], T]) -> Page[T]:
    """Read a page of list_bindings, which tells no total."""
    if content.get("devices") is None:
        raise malformed(f"{content.path}.devices", "a list", None)
    items, gaps = content.each_as(read, "devices")
    size = len(items) + len(gaps)
    return Page(items=items, size=size, full=limits.PAGE, more=size >= limits.SMALLEST_CUT, gaps=gaps)


def was_unbound(content: Fields, device: DeviceRef) -> bool:
    """Read what unbind answers: a success may have failed for the one device.

    Raises:
        MalformedReplyError: it tells nothing of this device, or both.

    """
    given_up, kept = (device.device in _dids(content, name) for name in ("success", "failed"))
    if given_up is kept:
        raise malformed(f"{content.path}.success", "the device, there or in failed", None)
    return given_up


def _dids(content: Fields, name: str) -> set[object]:
    """Read a list of device ids, as such or each in an object."""
    value = content.get(name)
    if value is None:
        return set()
    if not isinstance(value, list):
        raise malformed(f"{content.path}.{name}", "a list", value)
    return {_did(each) for each in cast("list[object]", value)}


def _did(entry: object) -> object:
    inner = an_object(entry)
    named = entry if inner is None else inner.get("did")
    return named if isinstance(named, str) else None
