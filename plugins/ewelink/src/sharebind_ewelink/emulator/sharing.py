"""The calls of sharing: give, change what was given, take it back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from sharebind_ewelink.emulator.calls import (
    ABSENT,
    NO_DEVICE,
    NO_RECIPIENT,
    Call,
    RefusalError,
    Result,
)
from sharebind_ewelink.emulator.inbox import tell_ended, tell_shared
from sharebind_ewelink.emulator.state import Account, Held, Share
from sharebind_ewelink.emulator.things import thing
from sharebind_ewelink.emulator.world import World

NAMES: Final[Mapping[str, str]] = {
    "share_devices": "updatedThingList",
    "change_share_permission": "updatedThing",
    "cancel_share": "updatedThing",
}
"""How the reference calls what was changed."""


def share_devices(world: World, call: Call) -> Result:
    """Share devices with one person, who is not asked (quirk silent_share)."""
    wanted = list(dict.fromkeys(call.given["deviceidList"]))
    recipient = _recipient(world, call)
    held: list[Held] = []
    refusals: list[RefusalError] = []
    for device_id in wanted:
        try:
            held.append(_shareable(world, call, device_id, recipient))
        except RefusalError as refusal:
            refusals.append(refusal)
    if refusals and (not held or world.guess("share_list") == "all or nothing"):
        raise refusals[0]
    for each in held:
        _share(world, call, each, recipient)
    return _updated(world, call, held)


def change_share_permission(world: World, call: Call) -> Result:
    """Give a recipient other rights."""
    held = world.shareable(call, call.text("deviceid"), ABSENT)
    for share in _shares_to(world, call):
        share.permit = call.given["permit"]
        return _updated(world, call, [held])
    raise RefusalError(ABSENT, "no such share")


def cancel_share(world: World, call: Call) -> Result:
    """Take a share back, and tell the recipient by a message."""
    held = world.shareable(call, call.text("deviceid"), ABSENT)
    shares = _shares_to(world, call)
    if not shares and world.guess("cancel_gone") == ABSENT:
        raise RefusalError(ABSENT, "no such share")
    for share in shares:
        share.ended = "revoked"
        tell_ended(world, share, share.recipient, call.now)
    return _updated(world, call, [held])


def _recipient(world: World, call: Call) -> Account:
    """Return the person that is meant; the phone, with its country's code, wins over the e-mail address."""
    user: Mapping[str, Any] = call.given["user"]
    number = user.get("phoneNumber")
    country = (user.get("countryCode") or "").removeprefix("+")
    for account in world.sessions.accounts:
        by_phone = number == account.phone and country == account.user.phone["country"]
        if by_phone if number else user.get("email") == account.user.email:
            break
    else:
        raise RefusalError(NO_RECIPIENT, "recipient does not exist")
    if account is call.caller:
        raise RefusalError(int(world.guess("share_with_oneself")), "that is oneself")
    if account.region != call.caller.region:
        raise RefusalError(int(world.guess("cross_region_share")), "recipient lives in another region")
    signed_out = not world.sessions.is_signed_in(account, call.now)
    if signed_out and world.guess("share_with_signed_out") == NO_RECIPIENT:
        raise RefusalError(NO_RECIPIENT, "recipient is offline")
    return account


def _shareable(world: World, call: Call, device_id: str, recipient: Account) -> Held:
    held = world.shareable(call, device_id, NO_DEVICE)
    if isinstance(held, Share) and recipient is held.owner:
        raise RefusalError(int(world.guess("share_with_oneself")), "that is the owner")
    again, known = world.guess("share_again"), world.active_shares(held.device, recipient)
    if known and isinstance(again, int):
        raise RefusalError(again, "shared already")
    return held


def _share(world: World, call: Call, held: Held, recipient: Account) -> None:
    permit, comment = call.given["permit"], call.given.get("comment")
    for share in world.active_shares(held.device, recipient):
        if world.guess("share_again") == "replaces":
            share.permit, share.comment = permit, comment
        return
    share = Share(
        device=held.device,
        owner=call.caller,
        recipient=recipient,
        permit=permit,
        comment=comment,
        at=call.now,
        place=world.place_in(recipient, recipient.current_home, held.place.name),
    )
    world.shares.append(share)
    tell_shared(world, share, call.now)


def _shares_to(world: World, call: Call) -> list[Share]:
    """Return what the caller shared of the device with that apikey: nothing else names a share."""
    device = world.devices[call.text("deviceid")]
    return [each for each in world.shares_by(call.caller, device) if each.recipient.apikey == call.text("apikey")]


def _updated(world: World, call: Call, held: list[Held]) -> Result:
    """Answer with the devices as they are now, under one of two names (quirk updated_thing_has_two_names)."""
    documented, guess = NAMES[call.operation], world.guess("updated_thing_name")
    name = documented if guess == "documented" else str(guess)
    things = [thing(world, each) for each in held]
    one = call.operation != "share_devices" and name == "updatedThing"
    return Result(data={name: things[0] if one else things}, effect=True)


CALLS: Final[Mapping[str, Callable[[World, Call], Result]]] = {
    "share_devices": share_devices,
    "change_share_permission": change_share_permission,
    "cancel_share": cancel_share,
}
"""Every call of this file by its name in the contract."""
