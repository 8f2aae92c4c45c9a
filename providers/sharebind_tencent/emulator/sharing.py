"""The actions of sharing: invite, make a token, look at it, accept, list, remove, leave."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any, Final

from sharebind_tencent.emulator.calls import OK, Call, RefusalError, Result
from sharebind_tencent.emulator.inbox import post_invite, post_result
from sharebind_tencent.emulator.state import Account, DeviceKey, Share, unix
from sharebind_tencent.emulator.world import NO_PERMISSION, WRONG_VALUE, World

NOT_BOUND: Final = "InvalidParameterValue.AppDeviceNotExist"
INVALID_SHARE_TOKEN: Final = "InvalidParameterValue.InvalidShareDeviceToken"  # noqa: S105 - a code, no secret
USED_SHARE_TOKEN: Final = "InvalidParameterValue.ShareDeviceTokenUsed"  # noqa: S105 - a code, no secret
CHINA: Final = timezone(timedelta(hours=8))


def send_invite(world: World, call: Call) -> Result:
    """Offer the device to one user: a token that travels in message 301; the sharer learns nothing of it."""
    key = call.device()
    _check_sharer(world, call, key)
    if call.text("FamilyId"):
        world.home_for(call, NO_PERMISSION)
    recipient = world.account(call.text("ToUserID"))
    if recipient is None:
        raise RefusalError(str(world.guess("invite_unknown_user_code")), "User not found")
    if recipient is call.caller:
        # Guessed: the list of codes is complete and has this one alone for a value that cannot work.
        raise RefusalError(WRONG_VALUE)
    share = _offer(world, call, key, "invite_ttl_s")
    share.invited = recipient
    post_invite(world, share, call.now)
    return OK


def create_token(world: World, call: Call) -> Result:
    """Make a token that the first to accept it may use."""
    key = call.device()
    _check_sharer(world, call, key)
    home = world.home_for(call, NO_PERMISSION)
    binding = world.bindings.get(key)
    if binding is not None and binding.home.owner is call.caller and binding.home is not home:
        raise RefusalError(NO_PERMISSION)
    share = _offer(world, call, key, "share_token_ttl_s")
    share.context = call.text("TokenContext")
    return Result(fields={"ShareDeviceToken": share.token}, effect=True)


def describe_token(world: World, call: Call) -> Result:
    """Tell what a token offers, to whoever holds it."""
    share = _share_behind(world, call)
    recipient = share.recipient
    info: dict[str, Any] = {
        "FromUserID": share.sharer.id,
        "FromUserNick": share.sharer.nick,
        "UserID": recipient.id if recipient else "",
        "UserNick": recipient.nick if recipient else "",
        "ProductId": share.key.product,
        "DeviceName": share.key.name,
        "DeviceId": share.key.joined,
        "AliasName": share.alias,
        "IconUrl": "",
        "BindTime": unix(share.accepted) if share.accepted else 0,
        "ExpireTime": unix(share.expires),
        "CreateTime": unix(share.created),
        "Context": share.context,
    }
    return Result(fields={"ShareDeviceTokenInfo": info})


def accept(world: World, call: Call) -> Result:
    """Take what a token offers: the caller uses the device until one side removes the share."""
    share = _share_behind(world, call)
    key = call.device()
    if key != share.key:
        raise RefusalError(WRONG_VALUE, "the token is for another device")
    caller = call.caller
    if caller in (share.sharer, world.owner_of(key)):
        raise RefusalError("InvalidParameterValue.CannotBindOwnDevice")
    used = share.recipient is not None
    if used and world.guess("repeat_accept") == "used":
        raise RefusalError(USED_SHARE_TOKEN)
    if world.active_shares(key, caller):
        raise RefusalError(str(world.guess("already_bound_code")))
    if used:
        raise RefusalError(USED_SHARE_TOKEN)
    _check_quota(world, key, caller)
    share.recipient, share.accepted = caller, call.now
    post_result(world, share, call.now)
    return OK


def list_received(world: World, call: Call) -> Result:
    """List what is shared with the caller (contract: quirk list_title_misleads)."""
    rows = [_received(share) for share in world.active_shares(recipient=call.caller)]
    return Result(fields={"Total": len(rows), "ShareDevices": world.page(call, rows)})


def leave(world: World, call: Call) -> Result:
    """Give up a device that was shared with the caller."""
    return _end(world.active_shares(call.device(), call.caller), "left")


def list_recipients(world: World, call: Call) -> Result:
    """List who accepted a share of the device; offers are not in it."""
    key = call.device()
    refusal = str(world.guess("list_users_by_others"))
    if world.owner_of(key) is not call.caller and refusal != "answer":
        raise RefusalError(refusal)
    world.check_whole(key)
    rows = [_user(share) for share in world.active_shares(key)]
    return Result(fields={"Total": len(rows), "Users": world.page(call, rows)})


def remove_recipient(world: World, call: Call) -> Result:
    """End one user's share of the caller's device."""
    key = call.device()
    if world.owner_of(key) is not call.caller:
        raise RefusalError(NO_PERMISSION)
    removed = call.text("RemoveUserID")
    return _end([share for share in world.active_shares(key) if _taker(share).id == removed], "revoked")


def _end(shares: list[Share], reason: str) -> Result:
    if not shares:
        raise RefusalError(NOT_BOUND)
    for share in shares:
        share.ended = reason
    return OK


def _check_sharer(world: World, call: Call, key: DeviceKey) -> None:
    if world.owner_of(key) is call.caller:
        return
    if not (world.guess("recipient_may_share_on") and world.active_shares(key, call.caller)):
        raise RefusalError(NO_PERMISSION)


def _check_quota(world: World, key: DeviceKey, recipient: Account) -> None:
    for guess, held, code in (
        ("shared_devices_per_user", world.active_shares(recipient=recipient), "UserBindExceedLimit"),
        ("users_per_shared_device", world.active_shares(key), "DeviceShareExceedLimit"),
    ):
        if 0 < int(world.guess(guess)) <= len(held):
            raise RefusalError(f"InvalidParameterValue.{code}")


def _offer(world: World, call: Call, key: DeviceKey, ttl: str) -> Share:
    share = Share(
        token=world.dice.hex(32),
        key=key,
        alias=world.alias_of(key),
        sharer=call.caller,
        created=call.now,
        expires=call.now + world.seconds(ttl),
    )
    world.shares[share.token] = share
    return share


def _share_behind(world: World, call: Call) -> Share:
    """Return what the token stands for; expired and never made look the same (quirk expired_looks_like_unknown)."""
    share = world.shares.get(call.text("ShareDeviceToken"))
    if share is None or share.ended == "owner_gone":
        raise RefusalError(INVALID_SHARE_TOKEN)
    lasts = share.recipient is not None and not world.guess("used_token_expires")
    if not lasts and call.now >= share.expires:
        raise RefusalError(INVALID_SHARE_TOKEN)
    return share


def _taker(share: Share) -> Account:
    assert share.recipient is not None, "only shares in use are listed"  # noqa: S101 - narrows the type
    return share.recipient


def _accepted(share: Share) -> datetime:
    assert share.accepted is not None, "only shares in use are listed"  # noqa: S101 - narrows the type
    return share.accepted


def _received(share: Share) -> dict[str, Any]:
    """Show a share to its recipient: CreateTime is text here, a number in homes (quirk three_clocks)."""
    return {
        "ProductId": share.key.product,
        "DeviceName": share.key.name,
        "DeviceId": share.key.joined,
        "AliasName": share.alias,
        "IconUrl": "",
        "CreateTime": _accepted(share).astimezone(CHINA).isoformat(timespec="seconds"),
        "UserID": _taker(share).id,
        "FromUserID": share.sharer.id,
        "IconUrlGrid": "",
        "GatewayDeviceId": "",
        "DeviceType": 0,
    }


def _user(share: Share) -> dict[str, Any]:
    user = _taker(share).user
    number = user.phone.get("number", "")
    return {
        "UserID": user.user_id,
        "CountryCode": user.phone.get("country", ""),
        "PhoneNumber": f"{number[:3]}****{number[-4:]}" if number else "",
        "NickName": _taker(share).nick,
        "Avatar": _taker(share).avatar,
        "BindTime": unix(_accepted(share)),
    }


ACTIONS: Final[Mapping[str, Callable[[World, Call], Result]]] = {
    "AppSendShareDeviceInvite": send_invite,
    "AppCreateShareDeviceToken": create_token,
    "AppDescribeShareDeviceToken": describe_token,
    "AppBindUserShareDevice": accept,
    "AppListUserShareDevices": list_received,
    "AppRemoveUserShareDevice": leave,
    "AppListShareDeviceUsers": list_recipients,
    "AppRemoveShareDeviceUser": remove_recipient,
}
"""Every action of this file by the vendor's name."""
