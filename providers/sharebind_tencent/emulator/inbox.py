"""The inbox: invitations and results as messages, read page by page with a key."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from sharebind_tencent.emulator.calls import Call, RefusalError, Result
from sharebind_tencent.emulator.state import Account, Message, Share
from sharebind_tencent.emulator.world import WRONG_VALUE, World

CATEGORIES: Final = (1, 2, 3)
NOTIFICATION: Final = 3
SHARE_RESULT: Final = 300
SHARE_INVITE: Final = 301
FIRST_NUMBER: Final = 1_000_001


def post_invite(world: World, share: Share, now: datetime) -> None:
    """Put the invitation, with its token, in the recipient's inbox."""
    if share.invited is not None:
        token = {"Attachments": {"ShareToken": share.token}}
        text = f"{share.sharer.nick} shares {share.alias} with you"
        _post(world, share.invited, share, now, {"MsgType": SHARE_INVITE, "MsgTitle": text, **token})


def post_result(world: World, share: Share, now: datetime) -> None:
    """Tell that a share was accepted; whom the vendor tells is a guess."""
    told = world.guess("share_result_to")
    if share.recipient is None:
        return
    text = f"{share.recipient.nick} accepted {share.alias}"
    for side, receiver in (("owner", share.sharer), ("recipient", share.recipient)):
        if told in {side, "both"}:
            _post(world, receiver, share, now, {"MsgType": SHARE_RESULT, "MsgTitle": text})


def _post(world: World, receiver: Account, share: Share, now: datetime, fields: dict[str, Any]) -> None:
    message = Message(FIRST_NUMBER + world.posted, receiver, now, NOTIFICATION, {})
    world.posted += 1
    binding = world.bindings.get(share.key)
    invitation = fields["MsgType"] == SHARE_INVITE
    message.fields.update(
        {
            "MsgID": str(message.number),
            "MsgTimestamp": message.milliseconds,
            "Category": message.category,
            "MsgContent": fields["MsgTitle"],
            "UserID": receiver.id,
            "FromUserID": share.sharer.id if invitation or share.recipient is None else share.recipient.id,
            "RelateUserID": receiver.id if invitation or share.recipient is None else share.recipient.id,
            "ProductId": share.key.product,
            "DeviceName": share.key.name,
            "DeviceAlias": share.alias,
            "FamilyId": binding.home.family_id if binding else "",
            "FamilyName": binding.home.name if binding else "",
            "CreateAt": now.isoformat(timespec="seconds").replace("+00:00", "Z"),
            **fields,
        }
    )
    world.messages.append(message)


def get_messages(world: World, call: Call) -> Result:
    """Give the messages after the key, the last one read; Msgs is absent when none is left."""
    if call.number("Category") not in CATEGORIES:
        raise RefusalError(WRONG_VALUE, "Category is wrong")
    if (call.number("Limit") or 0) < 1:
        # Guessed: an empty page that is not the last one would keep a reader by key for ever.
        raise RefusalError(WRONG_VALUE, "Limit is smaller than 1")
    mine = [
        message
        for message in world.messages
        if message.receiver is call.caller and message.category == call.number("Category")
    ]
    newest_first = world.guess("message_order") == "newest_first"
    if newest_first:
        mine.reverse()
    unread = mine[_read_so_far(mine, call, newest_first=newest_first) :]
    page = world.page(call, unread)
    reached = (call.number("Offset") or 0) + len(page)
    data: dict[str, Any] = {"Listover": reached >= len(unread)}
    if page:
        data["Msgs"] = [message.fields for message in page]
    return Result(fields={"Data": data})


def _read_so_far(messages: list[Message], call: Call, *, newest_first: bool) -> int:
    """Return how many messages lie before the key, by its time when the message itself is gone."""
    last, moment = call.text("MsgID"), call.number("MsgTimestamp") or 0
    if not last and not moment:
        return 0
    for index, message in enumerate(messages):
        if str(message.number) == last:
            return index + 1
    return sum(
        message.milliseconds >= moment if newest_first else message.milliseconds <= moment for message in messages
    )


def delete_message(world: World, call: Call) -> Result:
    """Drop a message of the caller; nothing tells the sharer, and deleting an unknown one is quiet (guessed)."""
    kept = [
        message
        for message in world.messages
        if not (message.receiver is call.caller and str(message.number) == call.text("MsgID"))
    ]
    effect = len(kept) < len(world.messages)
    world.messages[:] = kept
    return Result(effect=effect)


ACTIONS: Final[Mapping[str, Callable[[World, Call], Result]]] = {
    "AppGetMessages": get_messages,
    "AppDeleteMessage": delete_message,
}
"""Every action of this file by the vendor's name."""
