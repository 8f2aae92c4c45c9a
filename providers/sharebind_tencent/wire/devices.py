"""What Tencent answers about homes, rooms, the devices in them, and pairing."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import attrs

from sharebind.provider import (
    Binding,
    DeviceRef,
    Fields,
    Page,
    Pairing,
    Raw,
    Role,
    Secret,
    Share,
    Space,
    malformed,
)
from sharebind_tencent.wire import limits
from sharebind_tencent.wire.envelope import device_in, holding, page_of
from sharebind_tencent.wire.requests import DEFAULT_ROOM

_ROLES: Final = {0: Role.MEMBER, 1: Role.OWNER}
_USABLE: Final = 2


@attrs.frozen
class Home:
    """A home, and the role that the caller has in it and for its devices; ``None`` where the vendor does not tell."""

    space: Space
    role: Role | None


def homes_in(content: Fields) -> Page[Home]:
    """Read a page of AppGetFamilyList."""
    return page_of(content, "FamilyList", _home, limits.HOME_PAGE)


def _home(item: Fields) -> Home:
    role = item.number("Role")
    return Home(
        Space(item.need("FamilyId"), name=item.text("FamilyName", "Name")),
        None if role is None else _ROLES.get(role),
    )


def rooms_in(content: Fields, home: Space) -> Page[Space]:
    """Read a page of AppGetRoomList, whose list is spelt RoomList or Roomlist."""
    return page_of(content, "RoomList", lambda item: _room(item, home), limits.ROOM_PAGE)


def _room(item: Fields, home: Space) -> Space:
    return Space(home.id, item.need("RoomId"), name=item.text("RoomName"))


def made_in(content: Fields, name: str) -> Space:
    """Read AppCreateFamily."""
    holder = holding(content, "FamilyId")
    return _space(holder, holder.need("FamilyId"), None, name)


def bindings_in(content: Fields, home: Home) -> Page[Binding]:
    """Read a page of AppGetFamilyDeviceList; received devices are in another list (``shared_in_list_is_apart``)."""
    role = home.role
    if role is None:
        raise malformed("$.FamilyList.Role", "the role in the home", None)
    return page_of(content, "DeviceList", lambda item: _binding(item, home.space, role), limits.DEVICE_PAGE)


def devices_in(content: Fields) -> Page[DeviceRef]:
    """Read the same, for what the role in the home does not matter to."""
    return page_of(content, "DeviceList", device_in, limits.DEVICE_PAGE)


def _binding(item: Fields, home: Space, role: Role) -> Binding:
    return Binding(
        device=device_in(item),
        role=role,
        name=item.text("AliasName"),
        space=_space(item, item.text("FamilyId") or home.id, item.text("RoomId"), home.name),
        bound_at=item.seconds("CreateTime"),
        raw=Raw(item.body),
    )


def received_binding(share: Share) -> Binding:
    """Turn a received share into the binding that it gives."""
    return Binding(
        device=share.device,
        role=Role.GUEST,
        name=share.name,
        bound_at=share.accepted_at,
        share=share.ref,
        owner=share.owner,
        raw=share.raw,
    )


def bound_in(content: Fields, home: Home) -> Binding:
    """Read AppSecureAddDeviceInFamily and AppSigBindDeviceInFamily, which name the device that was bound."""
    return _binding(_bound(content), home.space, home.role or Role.OWNER)


def named_in(content: Fields) -> DeviceRef | None:
    """Read no more of the same than the device; ``None`` where the answer names none."""
    info = _bound(content)
    named = None not in (info.text("DeviceName", "DeviecName"), info.text("ProductId"))
    return device_in(info) if named else None


def bound(device: DeviceRef, home: Home, now: datetime) -> Binding:
    """Make the binding that was just confirmed by an answer that tells nothing of it."""
    placed = Space(home.space.id, home.space.room or DEFAULT_ROOM, name=home.space.name)
    return Binding(device=device, role=home.role or Role.OWNER, space=placed, bound_at=now)


def _bound(content: Fields) -> Fields:
    holder = holding(content, "AppDeviceInfo")
    return holder.child("AppDeviceInfo") or Fields({}, f"{holder.path}.AppDeviceInfo", fold=True)


def pairing_in(content: Fields) -> Pairing:
    """Read AppCreateDeviceBindToken."""
    holder = holding(content, "Token")
    return Pairing(token=Secret(holder.need("Token")), raw=Raw(holder.body))


def progress_in(content: Fields, token: Secret) -> Pairing:
    """Read AppGetDeviceBindTokenState; that it names the device was observed only, so it may be missing."""
    holder = holding(content, "State")
    state = holder.number("State")
    if state is None:
        raise malformed(f"{holder.path}.State", "a number", None)
    named = holder.text("DeviceName") and holder.text("ProductId")
    return Pairing(
        token=token, ready=state == _USABLE, device=device_in(holder) if named else None, raw=Raw(holder.body)
    )


def _space(item: Fields, home: str, room: str | None, name: str | None) -> Space:
    try:
        return Space(home, room, name=name)
    except ValueError:
        raise malformed(f"{item.path}.FamilyId", "a home and a room that can be named", home) from None
