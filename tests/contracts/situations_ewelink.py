"""How each of eWeLink's calls comes to be made."""

from __future__ import annotations

from typing import Any, Final

from sharebind import ByText, Email, Overlap, Space, State

from .expected import Act
from .situations import (
    Situation,
    bind_free,
    leave,
    list_all_given,
    list_bindings,
    list_spaces,
    rename_own,
    revoke,
    sign_in,
    unbind_own,
)
from .stage import Vendor

ABSENT: Final = ("405",)
"""The code by which a thing that is asked for is not there; what comes of that is the wish's own matter."""


def to_guest(vendor: Vendor) -> Email:
    """Return the guest as a recipient."""
    return Email(vendor.user("guest").email)


async def share(vendor: Vendor) -> Act:
    """Share with a person."""
    device = await vendor.bound()
    return lambda: vendor.account().share(device, to=to_guest(vendor))


async def share_again(vendor: Vendor) -> Act:
    """Share with a person anew, with other rights."""
    given, _ = await vendor.granted()
    rights = frozenset({"create_timer"})
    return lambda: vendor.account().share(given.device, to=to_guest(vendor), rights=rights, overlap=Overlap.REPLACE)


async def change(vendor: Vendor) -> Act:
    """Set what a recipient may do."""
    given, _ = await vendor.granted()
    return lambda: vendor.account().change(given, rights={"edit_timer"})


async def bind_gsm(vendor: Vendor) -> Act:
    """Bind a GSM device by its code."""
    return lambda: vendor.account().bind(None, ByText(vendor.cloud.devices[-1].proof["qr"]))


async def list_given(vendor: Vendor) -> Act:
    """List the shares of one device."""
    given, _ = await vendor.granted()
    return lambda: vendor.account().shares(device=given.device).all()


async def list_one_binding(vendor: Vendor) -> Act:
    """Ask how one device is held."""
    device = await vendor.bound()
    return lambda: vendor.account().bindings(device=device).all()


async def place(vendor: Vendor) -> Act:
    """Put a device into a room."""
    device, cloud = await vendor.bound(), vendor.cloud
    space = Space(vendor.home().id, room_in(cloud))
    return lambda: vendor.account().place(device, space)


def room_in(cloud: Any) -> str:
    """Return the room of the owner's home, which no documented answer lists."""
    return str(cloud._world.sessions.named("owner").homes[0].rooms[0].room_id)


async def renew(vendor: Vendor) -> Act:
    """Renew a dead token with an account that cannot sign in."""
    cloud: Any = vendor.cloud
    vendor.end_tokens()
    known = {name: cloud.app[name] for name in ("app_id", "app_secret")}
    renewing = cloud.refresh_token_of("owner")
    return lambda: vendor.account(refresh_token=renewing, **known).spaces().all()


async def list_received(vendor: Vendor) -> Act:
    """List what was received."""
    await vendor.granted()
    return lambda: vendor.account("guest").received().all()


EWELINK: Final[tuple[Situation, ...]] = (
    Situation("login", "sign_in", sign_in("email")),
    Situation("login", "sign_in", sign_in("phone"), way="phone"),
    Situation("refresh_token", "renew", renew),
    Situation("list_homes", "spaces", list_spaces),
    Situation("list_homes", "bindings", list_bindings),
    Situation("list_homes", "shares", list_all_given),
    Situation("get_things", "share", share, not_refused_by=ABSENT),
    Situation("get_things", "end", leave(State.ACTIVE), not_refused_by=ABSENT),
    Situation("get_things", "unbind", unbind_own, not_refused_by=ABSENT),
    Situation("get_things", "place", place, not_refused_by=ABSENT),
    Situation("get_things", "shares", list_given, not_refused_by=ABSENT),
    Situation("get_things", "bindings", list_one_binding, not_refused_by=ABSENT),
    Situation("add_device", "bind", bind_free, changes=True),
    Situation("add_gsm_device", "bind", bind_gsm, changes=True),
    Situation("delete_device", "unbind", unbind_own, changes=True),
    # The device itself has told a moment ago that it is received.
    Situation("delete_device", "end", leave(State.ACTIVE), changes=True, seen=State.ACTIVE),
    Situation("delete_device", "end", leave(State.UNKNOWN), changes=True, seen=State.ACTIVE, way="ref"),
    Situation("update_device_info", "rename", rename_own, changes=True),
    Situation("update_device_info", "place", place, changes=True),
    Situation("share_devices", "share", share, changes=True),
    Situation("change_share_permission", "change", change, changes=True),
    Situation("change_share_permission", "share", share_again, changes=True),
    # The device is asked whether the share is really gone: ``test_an_absent_share_is_looked_for``.
    Situation("cancel_share", "end", revoke(State.ACTIVE), changes=True, seen=State.ACTIVE, not_refused_by=ABSENT),
    Situation("cancel_share", "end", revoke(State.UNKNOWN), changes=True, not_refused_by=ABSENT),
)

AFTER: Final[tuple[Situation, ...]] = ()
"""What a change answers is the whole device, so that nothing is read after it."""

GAPS: Final[tuple[Situation, ...]] = (
    Situation("list_things", "bindings", list_bindings),
    Situation("list_things", "shares", list_all_given),
    Situation("list_things", "shares", list_received, way="recipient"),
)
