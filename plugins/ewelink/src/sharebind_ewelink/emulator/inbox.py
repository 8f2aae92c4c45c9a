"""Messages, and the history of a device."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, Protocol, TypeVar

from sharebind_ewelink.emulator.calls import ABSENT, Call, Result
from sharebind_ewelink.emulator.state import Account, Message, Share, millis
from sharebind_ewelink.emulator.world import World

DEFAULT_PAGE: Final = 30
"""Contract: default and largest num of both lists."""


class Dated(Protocol):
    """Has a moment."""

    @property
    def at(self) -> datetime:
        """Return when it was."""
        ...


Entry = TypeVar("Entry", bound=Dated)


def tell_shared(world: World, share: Share, now: datetime) -> None:
    """Put the notice of a new share into the recipient's inbox."""
    _post(world, share, share.recipient, "shareNotify_v2", now)


def tell_ended(world: World, share: Share, receiver: Account, now: datetime) -> None:
    """Put the notice of a share that is over into an inbox."""
    _post(world, share, receiver, "cancelShareNotify_v2", now)


def list_messages(world: World, call: Call) -> Result:
    """List a home's messages, the newest first."""
    home = world.home_for(call)
    mine = [each for each in world.messages if each.receiver is call.caller and each.home is home]
    rows = [
        {"msgid": each.message_id, "msgType": each.kind, "message": each.content, "date": millis(each.at)}
        for each in _page(world, call, mine)
    ]
    return Result(data={"messageList": rows})


def device_history(world: World, call: Call) -> Result:
    """Tell who did what with a device; changes of shares are not in it (contract: device_history)."""
    held = world.holding(call.caller, call.text("deviceid"))
    if held is None or (isinstance(held, Share) and not world.guess("recipient_reads_history")):
        held = world.owned(call, call.text("deviceid"), ABSENT)
    device = held.device
    rows = [
        {
            "deviceid": device.device,
            "userAgent": "app",
            "opsSwitchs": "switch",
            "request": '{"switch":"on"}',
            "opsAccount": deed.account.user.email,
            "opsTime": millis(deed.at),
        }
        for deed in _page(world, call, [each for each in world.deeds if each.device is device])
    ]
    return Result(data={"histories": rows})


def _post(world: World, share: Share, receiver: Account, kind: str, now: datetime) -> None:
    # The contract says no more than that the content is an object: these fields are a guess.
    content: dict[str, Any] = {
        "deviceid": share.device.device,
        "deviceName": share.place.name,
        "apikey": (share.owner if receiver is share.recipient else share.recipient).apikey,
    }
    home = share.place.home if receiver is share.recipient else receiver.current_home
    world.messages.append(Message(world.dice.hex(24), receiver, home, kind, now, content))


def _page(world: World, call: Call, entries: list[Entry]) -> list[Entry]:
    """Return up to `num` entries up to the moment `from`, the newest first."""
    since = call.number("from")
    if since is not None:
        latest = since if world.guess("from_includes") else since - 1
        entries = [each for each in entries if millis(each.at) <= latest]
    newest = sorted(entries, key=lambda each: each.at, reverse=True)
    return newest[: call.number("num") or DEFAULT_PAGE]


CALLS: Final[Mapping[str, Callable[[World, Call], Result]]] = {
    "list_messages": list_messages,
    "device_history": device_history,
}
"""Every call of this file by its name in the contract."""
