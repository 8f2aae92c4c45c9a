"""The situations in which the tests of codes make each vendor's calls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sharebind import State

from . import situations_ewelink, situations_gizwits
from .proofs import bluetooth, matter, serial, signed
from .situations import (
    Situation,
    accept_code,
    begin_pairing,
    bind_free,
    bind_paired,
    bind_proof,
    binding_code,
    change_end,
    change_nameless,
    check_free,
    check_pairing,
    create_home,
    find_guest,
    inspect_code,
    leave,
    list_all_given,
    list_bindings,
    list_given,
    list_homes_devices,
    list_offers,
    list_received,
    list_rooms,
    list_spaces,
    place,
    read_me,
    rename_own,
    rename_received,
    renew,
    revoke,
    revoke_by_code,
    revoke_nameless,
    share_by_code,
    share_with_address,
    share_with_guest,
    sign_in,
    sign_out,
    unbind_own,
    unbind_received,
)
from .stage import VENDORS

INVALID_TOKEN: Final = "InvalidParameterValue.InvalidAccessToken"

_SITUATIONS: Final[Mapping[str, tuple[Situation, ...]]] = {
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

_AFTER: Final[Mapping[str, tuple[Situation, ...]]] = {
    "quectel": (
        Situation("deviceInfo", "accept", accept_code),
        Situation("deviceShareUserList", "share", share_with_guest),
        Situation("deviceShareUserList", "change", change_end),
    ),
    "tencent": (Situation("AppDescribeShareDeviceToken", "share", share_by_code),),
}
"""Reads that come after a confirmed change."""

_GAPS: Final[Mapping[str, tuple[Situation, ...]]] = {
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

SITUATIONS: Final[Mapping[str, tuple[Situation, ...]]] = {
    vendor: {**_SITUATIONS, "gizwits": situations_gizwits.GIZWITS, "ewelink": situations_ewelink.EWELINK}[vendor]
    for vendor in VENDORS
}
"""Wishes that make a call as their change, or as a read that their answer depends on."""
AFTER: Final[Mapping[str, tuple[Situation, ...]]] = {
    vendor: {**_AFTER, "gizwits": situations_gizwits.AFTER, "ewelink": situations_ewelink.AFTER}[vendor]
    for vendor in VENDORS
}
"""Reads that come after a confirmed change."""
GAPS: Final[Mapping[str, tuple[Situation, ...]]] = {
    vendor: {**_GAPS, "gizwits": situations_gizwits.GAPS, "ewelink": situations_ewelink.GAPS}[vendor]
    for vendor in VENDORS
}
"""Reads of a part of a list."""
