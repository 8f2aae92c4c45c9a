"""The operations of the table: those of the tests of codes, and what they leave out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import attrs
from tests.contracts.expected import Act
from tests.contracts.situation_tables import AFTER, GAPS, SITUATIONS
from tests.contracts.situations import Prepare, Situation
from tests.contracts.situations import inspect_code as refused_inspection
from tests.contracts.stage import VENDORS, Vendor

from sharebind import Email, Phone, SharebindError, SignInError, State, UnexpectedRoleError, Username
from sharebind.provider import Somebody

from .table import READS, SESSION


def share_with(who: Callable[[Vendor], Somebody]) -> Prepare:
    """Share with a person who is named in one way."""

    async def prepare(vendor: Vendor) -> Act:
        device = await vendor.bound()
        return lambda: vendor.account().share(device, to=who(vendor))

    return prepare


async def withdraw_code(vendor: Vendor) -> Act:
    """End a code that nobody has taken."""
    offer = await vendor.offered()
    return lambda: vendor.account().end(offer)


async def withdraw_invitation(vendor: Vendor) -> Act:
    """End an invitation that nobody has taken."""
    device = await vendor.bound()
    made = await vendor.account().share(device, to=vendor.id_of("guest"))
    return lambda: vendor.account().end(made.ref, seen=State.OFFERED)


async def accept_invitation(vendor: Vendor) -> Act:
    """Take a received offer as it was stored."""
    device, guest = await vendor.bound(), vendor.account("guest")
    await vendor.account().share(device, to=vendor.id_of("guest"))
    (offer,) = await guest.received(states=frozenset({State.OFFERED})).all()
    return lambda: vendor.account("guest").accept(offer.ref)


async def find_by_phone(vendor: Vendor) -> Act:
    """Look a person up by phone."""
    return lambda: vendor.account().find_user(guests_phone(vendor))


async def inspect_code(vendor: Vendor) -> Act:
    """Ask what a code is for, where the vendor answers that before it is taken."""
    vendor.cloud.set_guess("code_shows_device", True)
    offer = await vendor.offered()
    return lambda: vendor.account("guest").inspect(offer)


def guests_phone(vendor: Vendor) -> Phone:
    """Name the guest by phone."""
    return Phone(**vendor.user("guest").phone)


def guests_email(vendor: Vendor) -> Email:
    """Name the guest by e-mail address."""
    return Email(vendor.user("guest").email)


def guests_name(vendor: Vendor) -> Username:
    """Name the guest by user name, which is their address."""
    return Username(vendor.user("guest").email)


BY_EMAIL: Final = share_with(guests_email)
BY_PHONE: Final = share_with(guests_phone)

_MORE: Final[Mapping[str, tuple[Situation, ...]]] = {
    "quectel": (
        Situation("shareByUid", "share", BY_EMAIL, changes=True, way="email"),
        Situation("shareByUid", "share", BY_PHONE, changes=True, way="phone"),
        Situation("deviceInfo", "inspect", inspect_code, way="anybody"),
        Situation("ownerUserUnshareDevice", "end", withdraw_code, changes=True, way="withdrawing a code"),
        Situation("ownerUserUnshareDevice", "end", withdraw_invitation, changes=True, way="withdrawing an invitation"),
    ),
    "tencent": (
        Situation("AppSendShareDeviceInvite", "share", BY_EMAIL, changes=True, way="email"),
        Situation("AppSendShareDeviceInvite", "share", BY_PHONE, changes=True, way="phone"),
        Situation("AppBindUserShareDevice", "accept", accept_invitation, changes=True, way="invitation"),
        Situation("AppFindUser", "find_user", find_by_phone, way="phone"),
    ),
    "gizwits": (
        Situation("create_share", "share", BY_EMAIL, changes=True, way="email"),
        Situation("create_share", "share", BY_PHONE, changes=True, way="phone"),
        Situation("create_share", "share", share_with(guests_name), changes=True, way="user name"),
    ),
    "ewelink": (Situation("share_devices", "share", BY_PHONE, changes=True, way="phone"),),
}


@attrs.frozen
class Row:
    """Hold one operation of one vendor, and which of its requests is hit.

    `role` is what that request is for the operation: its change, the read that it is, a part of a list, a read before
    its change, a read after it, or the sign-in that it needs first.
    """

    vendor: str
    situation: Situation
    role: str

    @property
    def name(self) -> str:
        """Name the operation and the call that is hit."""
        return f"{self.vendor}-{self.situation.name}{' (part)' if self.role == 'part' else ''}"


def _role(vendor: str, situation: Situation) -> str:
    if situation in GAPS[vendor]:
        return "part"
    if situation.changes:
        return "change"
    if situation.kind in SESSION:
        return "session"
    return "read" if situation.kind in READS else "before"


ROWS: Final = tuple(
    Row(vendor, situation, _role(vendor, situation))
    for vendor in VENDORS
    for situation in (*SITUATIONS[vendor], *GAPS[vendor], *_MORE[vendor])
    if (vendor, situation.prepare) != ("quectel", refused_inspection)  # it would be refused with nothing wrong
)

REFUSED: Final[Mapping[str, type[SharebindError]]] = {
    "quectel-refreshToken in renew": SignInError,
    "tencent-AppListUserShareDevices in unbind": UnexpectedRoleError,
}
"""Rows whose operation is refused with nothing wrong, after the request that is hit."""

AFTER_ROWS: Final = tuple(Row(vendor, situation, "after") for vendor in VENDORS for situation in AFTER[vendor])
"""Operations that read something after their change."""
