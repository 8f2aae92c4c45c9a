"""What a test brings about behind the wire, where it would take too many calls or no call does it."""

from __future__ import annotations

from datetime import datetime, timedelta

from sharebind.emulator import Device, User
from sharebind_gizwits.emulator.state import DIRECT, GUEST, OWNER, SPECIAL, Share
from sharebind_gizwits.emulator.world import World


def end_tokens(world: World, user_name: str, now: datetime) -> None:
    """End every token of a person."""
    account = world.account_named(user_name)
    for session in world.sessions.values():
        if session.account is account:
            session.ends_at = min(session.ends_at, now)


def add_devices(world: World, user_name: str, count: int, now: datetime) -> list[Device]:
    """Bind new devices to a person, as the first to bind them."""
    account = world.account_named(user_name)
    role = str(world.guess("first_binder_role")) if world.sharing_on else SPECIAL
    added = [world.add_device() for _ in range(count)]
    for device in added:
        world.bind(device.device, account, role, now)
    return added


def add_guests(world: World, did: str, count: int, now: datetime) -> list[User]:
    """Let made-up people accept a share of a bound device; raise LookupError when nobody has bound it."""
    keeper = world.keeper(did, now)
    if keeper is None:
        raise LookupError(f"nobody has bound {did}")
    if keeper.role != OWNER:
        world.claim(keeper, now)
    added: list[User] = []
    for _ in range(count):
        number = world.dice.digits(8)
        name = f"made-up {number}"
        guest = world.add_account(name, f"guest{number}@example.com", f"139{number}")
        share = Share(
            number=world.next_share_number(),
            kind=DIRECT,
            did=did,
            sharer=keeper.account,
            by_uid=True,
            created=now,
            updated=now,
            expires=now + timedelta(seconds=world.rules.timing["accept_by_direct_s"]),
        )
        share.accept(guest, now)
        world.shares.append(share)
        world.bind(did, guest, GUEST, now)
        added.append(guest.user)
    return added
