"""What a test brings about behind the wire, where it would take too many calls or no call does it."""

from __future__ import annotations

from datetime import datetime

from sharebind.emulator import Device, User
from sharebind_ewelink.emulator.state import REGIONS, Binding, Deed, Share
from sharebind_ewelink.emulator.world import World


def move_user(world: World, user_name: str, region: str) -> None:
    """Let somebody live in another region."""
    if region not in REGIONS:
        raise ValueError(f"no region is called {region!r}; there are {', '.join(REGIONS)}")
    world.sessions.named(user_name).region = region


def add_home(world: World, user_name: str, *, current: bool) -> str:
    """Give somebody another home, and say which one is meant when a call names none."""
    account = world.sessions.named(user_name)
    home = world.add_home(account)
    if current:
        account.current = len(account.homes) - 1
    return home.family_id


def add_devices(world: World, user_name: str, count: int) -> list[Device]:
    """Put new devices into a person's first home."""
    account = world.sessions.named(user_name)
    added = [world.add_device() for _ in range(count)]
    for device in added:
        place = world.place_in(account, account.homes[0], device.device)
        world.bindings[device.device] = Binding(device, account, place)
    return added


def add_guests(world: World, device_id: str, count: int, now: datetime) -> list[User]:
    """Share a bound device with that many made-up people; raise LookupError when nobody has bound it."""
    binding = world.bindings.get(device_id)
    if binding is None:
        raise LookupError(f"nobody has bound {device_id}")
    guests = [world.add_person(f"made-up {world.dice.hex(8)}", f"139{world.dice.digits(8)}", "") for _ in range(count)]
    for guest in guests:
        place = world.place_in(guest, guest.current_home, binding.place.name)
        world.shares.append(
            Share(
                device=binding.device,
                owner=binding.owner,
                recipient=guest,
                permit=0,
                comment=None,
                at=now,
                place=place,
            )
        )
    return [guest.user for guest in guests]


def operate(world: World, user_name: str, device_id: str, now: datetime) -> None:
    """Let somebody switch a device, so that its history has an entry."""
    world.deeds.append(Deed(world.devices[device_id], world.sessions.named(user_name), now))
