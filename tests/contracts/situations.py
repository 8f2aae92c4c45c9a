"""How each vendor call comes to be made: the wishes whose answers the tests of codes replace."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any, Final, TypeAlias

import attrs

from sharebind import Account, Anyone, ByBindingCode, ByPairing, Email, Proof, Role, Share, State

from .expected import Act
from .proofs import bluetooth, matter, serial, signed
from .stage import Vendor

Prepare: TypeAlias = Callable[[Vendor], Awaitable[Act]]
"""Bring the clouds into a state, and return the one wish that is then watched."""


async def share_by_code(vendor: Vendor) -> Act:
    """Share by a code."""
    device = await vendor.bound()
    return lambda: vendor.account().share(device, to=Anyone())


async def share_with_guest(vendor: Vendor) -> Act:
    """Share with a person."""
    device = await vendor.bound()
    return lambda: vendor.account().share(device, to=vendor.id_of("guest"))


async def bind_free(vendor: Vendor) -> Act:
    """Bind a device that nobody holds, at Tencent into the only home."""
    if vendor.name == "tencent":
        return lambda: vendor.account().bind(None, vendor.proof())
    return lambda: vendor.account().bind(vendor.device())


async def accept_code(vendor: Vendor) -> Act:
    """Take a code."""
    offer = await vendor.offered()
    return lambda: vendor.account("guest").accept(offer)


async def inspect_code(vendor: Vendor) -> Act:
    """Ask what a code is for."""
    offer = await vendor.offered()
    return lambda: vendor.account("guest").inspect(offer)


async def unbind_own(vendor: Vendor) -> Act:
    """Give an own device up."""
    device = await vendor.bound()
    return lambda: vendor.account().unbind(device)


async def unbind_received(vendor: Vendor) -> Act:
    """Try to give up, as an own device, one that was received."""
    given, _ = await vendor.granted()
    return lambda: vendor.account("guest").unbind(given.device)


def revoke(seen: State) -> Prepare:
    """End a grant as its owner, last seen active or by a stored ref."""

    async def prepare(vendor: Vendor) -> Act:
        given, _ = await vendor.granted()
        return lambda: vendor.account().end(given if seen is State.ACTIVE else given.ref)

    return prepare


def leave(seen: State) -> Prepare:
    """End a grant as its recipient, last seen active or by a stored ref."""

    async def prepare(vendor: Vendor) -> Act:
        _, taken = await vendor.granted()
        return lambda: vendor.account("guest").end(taken if seen is State.ACTIVE else taken.ref)

    return prepare


async def revoke_by_code(vendor: Vendor) -> Act:
    """End a grant as its owner, by the code that was taken; at Tencent the code is looked at first."""
    offer = await vendor.offered()
    await vendor.account("guest").accept(offer)
    return lambda: vendor.account().end(offer.ref)


async def nameless(vendor: Vendor) -> Share:
    """Give a grant whose code Quectel did not tell and that could not be read at the time either."""
    vendor.cloud.set_guess("invite_returns_code", False)
    device = await vendor.bound()
    vendor.cloud.faults.add("status", operation="deviceShareUserList", times=None)
    given = await vendor.account().share(device, to=vendor.id_of("guest"))
    vendor.cloud.faults.clear()
    return given


async def revoke_nameless(vendor: Vendor) -> Act:
    """End such a grant."""
    given = await nameless(vendor)
    return lambda: vendor.account().end(given)


async def list_given(vendor: Vendor) -> Act:
    """List the shares of one device."""
    device = await vendor.bound()
    return lambda: vendor.account().shares(device=device).all()


async def list_received(vendor: Vendor) -> Act:
    """List what was received."""
    return lambda: vendor.account("guest").received(states=frozenset({State.ACTIVE})).all()


async def list_bindings(vendor: Vendor) -> Act:
    """List what is held."""
    return lambda: vendor.account().bindings().all()


async def list_spaces(vendor: Vendor) -> Act:
    """List the homes."""

    async def act() -> object:
        return await vendor.account().spaces().all()

    return act


async def read_me(vendor: Vendor) -> Act:
    """Ask who the account is."""
    return lambda: vendor.account().me()


async def list_all_given(vendor: Vendor) -> Act:
    """List the shares of every own device."""
    await vendor.bound()
    return lambda: vendor.account().shares().all()


async def list_homes_devices(vendor: Vendor) -> Act:
    """List what stands in the homes."""
    return lambda: vendor.account().bindings(roles={Role.OWNER}).all()


async def list_offers(vendor: Vendor) -> Act:
    """List what was received, offers in the inbox too."""
    return lambda: vendor.account("guest").received().all()


# --------------------------------------------------------------------------------------------------------- signing in


def sign_in(by: str, **settings: Any) -> Prepare:
    """Sign in with an account that has no token."""

    async def prepare(vendor: Vendor) -> Act:
        return lambda: vendor.signing_in(by=by, **settings).me()

    return prepare


async def renew(vendor: Vendor) -> Act:
    """Renew a dead token with an account that holds nothing else."""
    vendor.end_tokens()
    return lambda: vendor.account(refresh_token="Bearer some.refresh.token").me()


async def sign_out(vendor: Vendor) -> Act:
    """End the session."""
    return lambda: vendor.account().sign_out()


# ------------------------------------------------------------------------------------------- binding and looking after


def bind_proof(proof: Callable[[Vendor], Proof]) -> Prepare:
    """Bind a free device by a proof, at Tencent into the only home."""

    async def prepare(vendor: Vendor) -> Act:
        shown = proof(vendor)
        device = vendor.device() if shown.needs_device else None
        return lambda: app_account(vendor).bind(device, shown)

    return prepare


def app_account(vendor: Vendor, **settings: Any) -> Account:
    """Open an account that can sign for its app at Quectel."""
    if vendor.name == "tencent":
        return vendor.account(**settings)
    return vendor.account(**{"user_domain_secret": vendor.cloud.app["user_domain_secret"], **settings})


def binding_code(vendor: Vendor) -> ByBindingCode:
    """Return the code that a Wi-Fi device has reported."""
    return ByBindingCode(vendor.cloud.devices[0].proof["binding_code"])


async def check_free(vendor: Vendor) -> Act:
    """Ask whether a device may be bound."""
    return lambda: vendor.account().check_binding(vendor.device())


async def begin_pairing(vendor: Vendor) -> Act:
    """Begin a pairing."""
    return lambda: vendor.account().begin_pairing()


async def check_pairing(vendor: Vendor) -> Act:
    """Ask whether a device has used its token."""
    pairing = await vendor.account().begin_pairing()
    return lambda: vendor.account().check_pairing(pairing)


async def bind_paired(vendor: Vendor) -> Act:
    """Bind a device that has used its token."""
    pairing = await vendor.account().begin_pairing()
    proof = ByPairing(pairing.token)
    return lambda: vendor.account().bind(vendor.device(), proof)


async def rename_own(vendor: Vendor) -> Act:
    """Name an own device."""
    device = await vendor.bound()
    return lambda: vendor.account().rename(device, "lamp")


async def rename_received(vendor: Vendor) -> Act:
    """Name a received device."""
    _, taken = await vendor.granted()
    return lambda: vendor.account("guest").rename(taken, "lamp")


async def place(vendor: Vendor) -> Act:
    """Put a device into a room."""
    device, room = await vendor.bound(), await vendor.room()
    return lambda: vendor.account().place(device, room)


async def create_home(vendor: Vendor) -> Act:
    """Make a home."""
    return lambda: vendor.account().create_space("cottage")


async def list_rooms(vendor: Vendor) -> Act:
    """List the homes with their rooms."""

    async def act() -> object:
        return await vendor.account().spaces(rooms=True).all()

    return act


async def find_guest(vendor: Vendor) -> Act:
    """Look a person up."""
    return lambda: vendor.account().find_user(Email(vendor.user("guest").email))


async def share_with_address(vendor: Vendor) -> Act:
    """Share with a person who is looked up by address first."""
    device = await vendor.bound()
    return lambda: vendor.account().share(device, to=Email(vendor.user("guest").email))


async def change_end(vendor: Vendor) -> Act:
    """Set another end of use."""
    given, _ = await vendor.granted()
    return lambda: vendor.account().change(given, use_until=timedelta(days=1))


async def change_nameless(vendor: Vendor) -> Act:
    """Set another end of a grant whose code Quectel did not tell and that could not be read at the time either."""
    given = await nameless(vendor)
    return lambda: vendor.account().change(given, use_until=timedelta(days=1))


# ---------------------------------------------------------------------------------------------------------- the tables

INVALID_TOKEN: Final = "InvalidParameterValue.InvalidAccessToken"


@attrs.frozen
class Situation:
    """Hold a wish that makes a vendor's call: as its change, or as a read that its answer depends on."""

    call: str
    kind: str
    prepare: Prepare
    changes: bool = False
    seen: State = State.UNKNOWN
    not_refused_by: tuple[str, ...] = ()
    """Codes that the adapter gets over, by reading elsewhere or since nothing is left to do."""
    way: str = ""
    """How, where there are several."""

    @property
    def name(self) -> str:
        """Name the case."""
        seen = " seen active" if self.seen is State.ACTIVE else ""
        return f"{self.call} in {self.kind}{seen}{self.way and ' by ' + self.way}"


SITUATIONS: Final[Mapping[str, tuple[Situation, ...]]] = {
    "quectel": (
        Situation("shareInfo", "share", share_by_code, changes=True),
        Situation("shareByUid", "share", share_with_guest, changes=True),
        Situation("bindDeviceDk", "bind", bind_free, changes=True),
        Situation("shareDevice", "accept", accept_code, changes=True),
        # By product and device the vendor may tell only the owner (5141), so the role is then read in the list.
        Situation("deviceInfo", "unbind", unbind_own, not_refused_by=("5041", "5141")),
        Situation("ownerUserUnshareDevice", "end", revoke(State.ACTIVE), changes=True, seen=State.ACTIVE),
        Situation("ownerUserUnshareDevice", "end", revoke(State.UNKNOWN), changes=True),
        Situation("shareUserUnshareDevice", "end", leave(State.ACTIVE), changes=True, seen=State.ACTIVE),
        Situation("shareUserUnshareDevice", "end", leave(State.UNKNOWN), changes=True),
        Situation("deviceShareUserList", "shares", list_given),
        Situation("deviceShareUserList", "end", revoke_nameless),
        Situation("userDeviceList", "bindings", list_bindings),
        Situation("userDeviceList", "shares", list_received),
        Situation("unbundlingDeviceDk", "unbind", unbind_own, changes=True),
        Situation("userInfo", "me", read_me),
        Situation("emailPwdLogin", "sign_in", sign_in("email")),
        Situation("phonePwdLogin", "sign_in", sign_in("phone")),
        Situation("refreshToken", "renew", renew),
        # A session whose token is dead is over already.
        Situation("userLogout", "sign_out", sign_out, changes=True, not_refused_by=("5032",)),
        Situation("getDeviceInfoByBinding", "check_binding", check_free),
        Situation("bindDeviceSn", "bind", bind_proof(serial), changes=True),
        Situation("deviceBindingByPureBt", "bind", bind_proof(bluetooth), changes=True),
        Situation("deviceBindingByWifi", "bind", bind_proof(binding_code), changes=True),
        Situation("deviceBindingByWifi", "bind", bind_proof(matter), changes=True, way="matter"),
        Situation("deviceInfo", "inspect", inspect_code),
        Situation("setDeviceInfo", "rename", rename_own, changes=True),
        Situation("changeShareDeviceName", "rename", rename_received, changes=True),
        Situation("setShareTime", "change", change_end, changes=True),
        Situation("deviceShareUserList", "change", change_nameless),
    ),
    "tencent": (
        Situation("AppSendShareDeviceInvite", "share", share_with_guest, changes=True),
        Situation("AppCreateShareDeviceToken", "share", share_by_code, changes=True),
        Situation("AppDescribeShareDeviceToken", "inspect", inspect_code),
        Situation("AppDescribeShareDeviceToken", "accept", accept_code),
        # A dead code tells nobody's name; what comes of it then depends on who still has access.
        Situation(
            "AppDescribeShareDeviceToken",
            "end",
            revoke_by_code,
            not_refused_by=(
                "InvalidParameterValue.InvalidShareDeviceToken",
                "InvalidParameterValue.ShareDeviceTokenUsed",
            ),
        ),
        Situation("AppBindUserShareDevice", "accept", accept_code, changes=True),
        Situation("AppListShareDeviceUsers", "shares", list_given),
        Situation("AppListUserShareDevices", "shares", list_received),
        Situation("AppListUserShareDevices", "unbind", unbind_received),
        Situation("AppRemoveShareDeviceUser", "end", revoke(State.ACTIVE), changes=True, seen=State.ACTIVE),
        Situation("AppRemoveShareDeviceUser", "end", revoke(State.UNKNOWN), changes=True),
        # The code itself has told that somebody took it.
        Situation("AppRemoveShareDeviceUser", "end", revoke_by_code, changes=True, seen=State.ACTIVE, way="code"),
        Situation("AppRemoveUserShareDevice", "end", leave(State.ACTIVE), changes=True, seen=State.ACTIVE),
        Situation("AppRemoveUserShareDevice", "end", leave(State.UNKNOWN), changes=True),
        Situation("AppSecureAddDeviceInFamily", "bind", bind_free, changes=True),
        Situation("AppGetFamilyList", "spaces", list_spaces),
        Situation("AppGetFamilyList", "bind", bind_free),
        Situation("AppGetFamilyList", "share", share_by_code),
        Situation("AppGetFamilyList", "unbind", unbind_own),
        Situation("AppGetFamilyDeviceList", "unbind", unbind_own),
        Situation("AppDeleteDeviceInFamily", "unbind", unbind_own, changes=True),
        Situation("AppGetUser", "me", read_me),
        Situation("AppGetToken", "sign_in", sign_in("email")),
        Situation("AppGetToken", "sign_in", sign_in("phone"), way="phone"),
        Situation("AppGetTokenByWeiXin", "sign_in", sign_in("open_id")),
        # A session whose token is dead is over already.
        Situation("AppLogoutUser", "sign_out", sign_out, changes=True, not_refused_by=(INVALID_TOKEN,)),
        Situation("AppFindUser", "find_user", find_guest),
        Situation("AppFindUser", "share", share_with_address),
        Situation("AppSigBindDeviceInFamily", "bind", bind_proof(lambda vendor: signed(vendor)[0]), changes=True),
        Situation("AppCreateDeviceBindToken", "begin_pairing", begin_pairing, changes=True),
        Situation("AppGetDeviceBindTokenState", "check_pairing", check_pairing),
        Situation("AppTokenBindDeviceFamily", "bind", bind_paired, changes=True),
        Situation("AppModifyFamilyDeviceRoom", "place", place, changes=True),
        Situation("AppUpdateDeviceInFamily", "rename", rename_own, changes=True),
        Situation("AppCreateFamily", "create_space", create_home, changes=True),
    ),
}

AFTER: Final[Mapping[str, tuple[Situation, ...]]] = {
    "quectel": (
        Situation("deviceInfo", "accept", accept_code),
        Situation("deviceShareUserList", "share", share_with_guest),
        Situation("deviceShareUserList", "change", change_end),
    ),
    "tencent": (Situation("AppDescribeShareDeviceToken", "share", share_by_code),),
}
"""Reads that come after a confirmed change."""

GAPS: Final[Mapping[str, tuple[Situation, ...]]] = {
    "quectel": (Situation("deviceShareUserList", "shares", list_all_given),),
    "tencent": (
        Situation("AppGetMessages", "shares", list_offers),
        Situation("AppGetFamilyDeviceList", "bindings", list_homes_devices),
        Situation("AppListShareDeviceUsers", "shares", list_all_given),
        Situation("AppListUserShareDevices", "bindings", list_bindings),
        Situation("AppGetRoomList", "spaces", list_rooms),
    ),
}
"""Reads of a part of a list."""
