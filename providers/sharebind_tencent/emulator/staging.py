"""What a test brings about behind the wire, where it would take too many calls or no call does it."""

from __future__ import annotations

from datetime import datetime

from sharebind.emulator import Device, User
from sharebind_tencent.emulator.binding import DEVICES_PER_HOME
from sharebind_tencent.emulator.state import DEFAULT_ROOM, Account, Binding, DeviceKey, Home, Share
from sharebind_tencent.emulator.world import UPPER, World


def end_tokens(world: World, user_name: str) -> None:
    """End every access token of a person."""
    account = world.account_named(user_name)
    world.sessions = {token: session for token, session in world.sessions.items() if session.account is not account}


def first_home(world: World, user_name: str) -> Home:
    """Return a person's first home; raise LookupError when there is none."""
    homes = world.homes_of(world.account_named(user_name))
    if not homes:
        raise LookupError(f"{user_name!r} has no home")
    return homes[0]


def add_devices(world: World, user_name: str, count: int, now: datetime) -> list[Device]:
    """Put new devices into a person's first home; raise ValueError when a home does not hold so many."""
    home = first_home(world, user_name)
    if count + sum(binding.home is home for binding in world.bindings.values()) > DEVICES_PER_HOME:
        raise ValueError(f"a home holds {DEVICES_PER_HOME} devices at most")
    product = world.dice.text(UPPER, 10)
    keys = [DeviceKey(product, f"added_{number:04}") for number in range(1, count + 1)]
    for key in keys:
        world.bindings[key] = Binding(key, home, DEFAULT_ROOM, key.name, now, now)
    return [world.add_device(key) for key in keys]


def add_guests(world: World, key: DeviceKey, count: int, now: datetime) -> list[User]:
    """Give a bound device that many users; raise LookupError when nobody has bound it."""
    owner = world.owner_of(key)
    if owner is None:
        raise LookupError(f"nobody has bound {key.joined}")
    guests = [_guest(world) for _ in range(count)]
    world.accounts += guests
    for guest in guests:
        share = Share(
            token=world.dice.hex(32),
            key=key,
            alias=world.alias_of(key),
            sharer=owner,
            created=now,
            expires=now + world.seconds("share_token_ttl_s"),
        )
        share.recipient, share.accepted = guest, now
        world.shares[share.token] = share
    return [guest.user for guest in guests]


def _guest(world: World) -> Account:
    user_id = world.dice.digits(18)
    name = f"made-up {user_id}"
    phone = {"country": "86", "number": f"139{world.dice.digits(8)}"}
    user = User(name=name, user_id=user_id, email=f"{user_id}@example.com", phone=phone, password="", token="")
    return Account(user, nick=name)
