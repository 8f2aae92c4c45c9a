"""Tencent's calls as pure functions: from a wish to an ``HttpCall``.

Names, places and units are those of ``docs/contracts/tencent.yaml``; each function names its action. Every call is a
POST, reads too, with the action in the body. ``auth`` adds the token, or for a sign-in the signature.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Final

from sharebind.provider import (
    BindDevice,
    ByPairing,
    ByText,
    DeviceRef,
    Email,
    HttpCall,
    InvalidRequestError,
    Phone,
    PlaceDevice,
    RenameDevice,
    Secret,
    ShareDevice,
    Somebody,
    Space,
)
from sharebind_tencent.proofs import BySignature, Channel, Digest
from sharebind_tencent.wire import limits

DEFAULT_ROOM: Final = "0"
"""The room of every device that nobody put elsewhere."""

_TOKEN_PATH: Final = "/api/exploreropen/tokenapi"  # noqa: S105 - an address
_APP_PATH: Final = "/api/exploreropen/appapi"
_NOTIFICATIONS: Final = 3
_METHODS: Final = {Digest.HMAC_SHA1: "hmacsha1", Digest.HMAC_SHA256: "hmacsha256"}
_CHANNELS: Final = {Channel.WIFI: "wifi_sign", Channel.BLUETOOTH: "bluetooth_sign", Channel.OTHER: "other_sign"}


# ---------------------------------------------------------------------------------------------------------- signing in


def get_token(who: Email | Phone, password: Secret) -> HttpCall:
    """AppGetToken: sign in with an e-mail address or a phone number."""
    return _call("AppGetToken", {**_look_up(who), "Password": password}, changes=False, path=_APP_PATH)


def get_token_by_open_id(open_id: str, nickname: str, avatar: str) -> HttpCall:
    """AppGetTokenByWeiXin: sign in with an id of the host's own; the first time makes the user."""
    fields = {"WxOpenID": open_id, "NickName": nickname, "Avatar": avatar}
    return _call("AppGetTokenByWeiXin", fields, changes=False, path=_APP_PATH)


def log_out() -> HttpCall:
    """AppLogoutUser: end the token that the call carries."""
    return _call("AppLogoutUser", {}, changes=True)


# -------------------------------------------------------------------------------------------------------------- people


@cache
def get_user() -> HttpCall:
    """AppGetUser: who the caller is, a call that is the same for everybody."""
    return _call("AppGetUser", {}, changes=False)


def find_user(who: Somebody) -> HttpCall:
    """AppFindUser: whose e-mail address or phone number that is."""
    if not isinstance(who, Email | Phone):  # other kinds are refused by support before they come here
        raise InvalidRequestError("people are looked up by e-mail address or phone number")
    return _call("AppFindUser", _look_up(who), changes=False)


def _look_up(who: Email | Phone) -> dict[str, object]:
    if isinstance(who, Email):
        return {"Type": "email", "Email": who.value}
    return {"Type": "phone", "CountryCode": who.country, "PhoneNumber": who.number}


# ------------------------------------------------------------------------------------------------------------- sharing


def create_share_device_token(op: ShareDevice, family: str) -> HttpCall:
    """AppCreateShareDeviceToken: a code. FamilyId is required, though a sample lacks it (``page_mistakes``)."""
    fields = {"FamilyId": family, **_pair(op.device), **op.extra}
    return _call("AppCreateShareDeviceToken", fields, changes=True)


def describe_share_device_token(token: Secret) -> HttpCall:
    """AppDescribeShareDeviceToken: what a code is for, and whether it was used."""
    return _call("AppDescribeShareDeviceToken", {"ShareDeviceToken": token}, changes=False)


def send_share_device_invite(op: ShareDevice, user_id: str) -> HttpCall:
    """AppSendShareDeviceInvite: an invitation to a user id; it answers nothing but OK (``invite_returns_nothing``)."""
    home = {} if op.space is None else {"FamilyId": op.space.id}
    return _call("AppSendShareDeviceInvite", _pair(op.device) | {"ToUserID": user_id} | home, changes=True)


def bind_user_share_device(token: Secret, device: DeviceRef) -> HttpCall:
    """AppBindUserShareDevice: accept. It wants the device beside the token (quirk ``accept_needs_the_device``)."""
    return _call("AppBindUserShareDevice", {"ShareDeviceToken": token} | _pair(device), changes=True)


def list_share_device_users(device: DeviceRef, offset: int) -> HttpCall:
    """AppListShareDeviceUsers: who has access to one device; the page's table lacks ProductId (``page_mistakes``)."""
    fields = _pair(device) | {"Offset": offset, "Limit": limits.SHARE_PAGE}
    return _call("AppListShareDeviceUsers", fields, changes=False)


def list_user_share_devices(offset: int) -> HttpCall:
    """AppListUserShareDevices: what was shared *with* the caller (quirk ``list_title_misleads``)."""
    return _call("AppListUserShareDevices", {"Offset": offset, "Limit": limits.SHARE_PAGE}, changes=False)


def remove_share_device_user(device: DeviceRef, user_id: str) -> HttpCall:
    """AppRemoveShareDeviceUser: the owner ends one person's access; spelt as clients do (``id_letter_case``)."""
    return _call("AppRemoveShareDeviceUser", _pair(device) | {"RemoveUserID": user_id}, changes=True)


def remove_user_share_device(device: DeviceRef) -> HttpCall:
    """AppRemoveUserShareDevice: the recipient gives a device back."""
    return _call("AppRemoveUserShareDevice", _pair(device), changes=True)


def get_messages(after: tuple[str, int] | None) -> HttpCall:
    """AppGetMessages: notifications, paged by the last message that was read."""
    key = {} if after is None else {"MsgID": after[0], "MsgTimestamp": after[1]}
    return _call("AppGetMessages", {"Category": _NOTIFICATIONS, "Limit": limits.MESSAGE_PAGE} | key, changes=False)


# ------------------------------------------------------------------------------------------------------------- binding


def bind_device(op: BindDevice, space: Space) -> HttpCall:
    """Bind into a home, by whichever of the three calls takes the proof."""
    device, proof = op.device, op.proof
    if isinstance(proof, ByText):
        return secure_add_device_in_family(proof.text, space)
    if isinstance(proof, BySignature) and device is not None:
        return sig_bind_device_in_family(device, proof, space)
    if isinstance(proof, ByPairing) and device is not None:
        return token_bind_device_family(device, proof.token, space)
    # Other kinds are refused by support before they come here.
    raise InvalidRequestError("binding takes the text of the device's code, its signature, or a pairing's token")


def secure_add_device_in_family(signature: Secret, space: Space) -> HttpCall:
    """AppSecureAddDeviceInFamily: bind by the signature in the device's code."""
    fields = {"FamilyId": space.id, "DeviceSignature": signature}
    return _call("AppSecureAddDeviceInFamily", fields | _room(space), changes=True)


def sig_bind_device_in_family(device: DeviceRef, proof: BySignature, space: Space) -> HttpCall:
    """AppSigBindDeviceInFamily: bind by what the device has just signed."""
    fields = {
        "FamilyId": space.id,
        **_pair(device),
        "DeviceTimestamp": int(proof.at.timestamp()),
        "Signature": proof.signature,
        "BindType": _CHANNELS[proof.channel],
        "SignMethod": _METHODS[proof.digest],
    }
    nonce = {"ConnId": proof.nonce} if proof.nonce else {}
    return _call("AppSigBindDeviceInFamily", fields | nonce | _room(space), changes=True)


def create_device_bind_token() -> HttpCall:
    """AppCreateDeviceBindToken: begin a pairing."""
    return _call("AppCreateDeviceBindToken", {}, changes=True)


def get_device_bind_token_state(token: Secret) -> HttpCall:
    """AppGetDeviceBindTokenState: has the device used it; the page's sample has a wrong Action (``page_mistakes``)."""
    return _call("AppGetDeviceBindTokenState", {"Token": token}, changes=False)


def token_bind_device_family(device: DeviceRef, token: Secret, space: Space) -> HttpCall:
    """AppTokenBindDeviceFamily: end a pairing; RoomId is required, "0" is the default room."""
    fields = {"Token": token, **_pair(device), "FamilyId": space.id, "RoomId": space.room or DEFAULT_ROOM}
    return _call("AppTokenBindDeviceFamily", fields, changes=True)


def delete_device_in_family(device: DeviceRef, space: Space) -> HttpCall:
    """AppDeleteDeviceInFamily: unbind. RoomId goes along where it is known (quirk ``required_but_unsent``)."""
    return _call("AppDeleteDeviceInFamily", {"FamilyId": space.id} | _pair(device) | _room(space), changes=True)


def update_device_in_family(op: RenameDevice) -> HttpCall:
    """AppUpdateDeviceInFamily: rename an own device."""
    return _call("AppUpdateDeviceInFamily", _pair(op.device) | {"AliasName": op.name}, changes=True)


def modify_family_device_room(op: PlaceDevice) -> HttpCall:
    """AppModifyFamilyDeviceRoom: put a device into another room of its home."""
    room = op.space.room or DEFAULT_ROOM
    return _call(
        "AppModifyFamilyDeviceRoom", {"FamilyId": op.space.id, "RoomId": room} | _pair(op.device), changes=True
    )


# --------------------------------------------------------------------------------------------------------------- homes


def get_family_list(offset: int) -> HttpCall:
    """AppGetFamilyList: the caller's homes."""
    return _call("AppGetFamilyList", {"Offset": offset, "Limit": limits.HOME_PAGE}, changes=False)


def get_room_list(family: str, offset: int) -> HttpCall:
    """AppGetRoomList: the rooms of one home."""
    return _call("AppGetRoomList", {"FamilyId": family, "Offset": offset, "Limit": limits.ROOM_PAGE}, changes=False)


def get_family_device_list(family: str, offset: int) -> HttpCall:
    """AppGetFamilyDeviceList: the devices of one home; an empty RoomId means every room."""
    fields = {"FamilyId": family, "RoomId": "", "Offset": offset, "Limit": limits.DEVICE_PAGE}
    return _call("AppGetFamilyDeviceList", fields, changes=False)


def create_family(name: str) -> HttpCall:
    """AppCreateFamily: make a home, without the Address that is required on paper only (``required_but_unsent``).

    The vendor's own JS client leaves it out as well; an invented one would be shown to people.
    """
    return _call("AppCreateFamily", {"Name": name}, changes=True)


def _call(action: str, fields: Mapping[str, object], *, changes: bool, path: str = _TOKEN_PATH) -> HttpCall:
    return HttpCall(name=action, method="POST", path=path, body={"Action": action, **fields}, changes=changes)


def _pair(device: DeviceRef) -> dict[str, object]:
    """Name a device by the documented pair (quirk ``device_id_replaces_pair``)."""
    return {"ProductId": device.product, "DeviceName": device.device}


def _room(space: Space) -> dict[str, object]:
    return {} if space.room is None else {"RoomId": space.room}
