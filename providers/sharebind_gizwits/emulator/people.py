"""The calls of people and of the service: login, the inbox, the table of codes, the version."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final

from sharebind_gizwits.emulator.calls import DONE, Call, RefusalError, Result
from sharebind_gizwits.emulator.paging import ordered, page
from sharebind_gizwits.emulator.state import DELETED, Message, iso
from sharebind_gizwits.emulator.world import World

WRONG_PASSWORD: Final = "9020"  # noqa: S105 - a code, no secret
MESSAGE_NOT_FOUND: Final = "9085"
MESSAGE_DELETED: Final = "9098"
ONLY_RECEIVER: Final = "9101"

DEVICE_SHARING: Final = 1
"""The only type of message that there is (contract: enums.message_type)."""

DEFAULT_LIMIT: Final = 20
"""Guessed to be that of list_shares: list_messages states none."""

VERSION: Final = "1.0"


def login(world: World, call: Call) -> Result:
    """Sign in by user name, e-mail or phone; a name that nobody has looks like a wrong password (contract: errors)."""
    name = call.text("username")
    account = world.account_by_name(name) or world.account_by_phone(name)
    given = call.text("password").encode(errors="surrogatepass")
    if account is None or not hmac.compare_digest(given, account.user.password.encode()):
        raise RefusalError(WRONG_PASSWORD)
    ends_at = call.now + timedelta(seconds=world.rules.auth["token_lifetime_s"])
    token = world.open_session(account, ends_at)
    return Result(body={"uid": account.id, "token": token, "expire_at": int(ends_at.timestamp())}, effect=True)


def list_messages(world: World, call: Call) -> Result:
    """List the caller's inbox."""
    shows_deleted = world.guess("deleted_messages_listed")
    mine = [each for each in world.messages if each.receiver is call.caller]
    kept = [each for each in mine if shows_deleted or each.status != DELETED]
    part = page(world, call, ordered(world, kept), DEFAULT_LIMIT)
    return Result(body={"meta": part.meta, "objects": [_row(each) for each in part.rows]})


def mark_message(world: World, call: Call) -> Result:
    """Mark a message as read or deleted."""
    message = next((each for each in world.messages if each.message_id == call.text("id")), None)
    if message is None:
        raise RefusalError(MESSAGE_NOT_FOUND)
    if message.receiver is not call.caller:
        raise RefusalError(ONLY_RECEIVER)
    if message.status == DELETED:
        raise RefusalError(MESSAGE_DELETED)
    message.status, message.updated = call.given["status"], call.now
    return DONE


def list_error_codes(world: World, call: Call) -> Result:  # noqa: ARG001 - every call is asked in the same way
    """List the codes with their HTTP statuses."""
    rules, unlisted = world.rules, world.guess("unlisted_http_status")
    rows = [
        {"status": rules.status(code) or unlisted, "error_code": int(code), "error_message": rules.message(code)}
        for code in rules.codes
    ]
    return Result(body=rows)


def status(world: World, call: Call) -> Result:  # noqa: ARG001 - every call is asked in the same way
    """Tell the version."""
    return Result(body={"status": {"version": VERSION}})


def _row(message: Message) -> dict[str, Any]:
    """Show a message; its content is free text (quirk share_events_are_free_text)."""
    return {
        "id": message.message_id,
        "type": DEVICE_SHARING,
        "status": message.status,
        "content": message.content,
        "created_at": iso(message.created),
        "updated_at": iso(message.updated),
    }


CALLS: Final[Mapping[str, Callable[[World, Call], Result]]] = {
    "login": login,
    "list_messages": list_messages,
    "mark_message": mark_message,
    "list_error_codes": list_error_codes,
    "status": status,
}
"""Every call of this file by the contract's name."""
