"""Devices and homes in the reference cloud: who holds what and where, and what shows that one may bind it."""

from __future__ import annotations

import itertools
import secrets
from datetime import timedelta
from typing import Final

import attrs

from sharebind.bindings import ByBindingCode, ByIdentity, ByPairing, BySerial, ByText, Proof
from sharebind.clock import Clock
from sharebind.secrets import Secret
from sharebind.testing.reference.records import Device, Holding, Home, PairingToken, Refusal, Standing, User
from sharebind.testing.reference.sharing import Shares
from sharebind.values import DeviceRef, Space

PAIRING_LIFE: Final = timedelta(minutes=10)


class Holdings:
    """Every device that was built, every home, and the pairings under way."""

    def __init__(self, clock: Clock, shares: Shares) -> None:
        self._clock = clock
        self._shares = shares
        self._devices: dict[str, Device] = {}
        self._homes: dict[str, Home] = {}
        self._pairings: dict[Secret, PairingToken] = {}
        self._numbers = itertools.count(1)

    def build(self, product: str = "lamp") -> Device:
        """Build a device that nobody has bound."""
        name = f"{product}-{next(self._numbers):03}"
        made = Device(
            ref=DeviceRef(name, product),
            serial=Secret(f"SN{secrets.token_hex(6)}"),
            label=Secret(f"{product}:{secrets.token_urlsafe(9)}"),
            binding_code=Secret(secrets.token_hex(8)),
        )
        return self._keep(made)

    def device(self, ref: DeviceRef) -> Device:
        """Find a device, named with its product or without."""
        found = self._devices.get(ref.device)
        if found is None or not found.ref.matches(ref):
            raise Refusal("device.unknown")
        return found

    def bindable(self, user: User, ref: DeviceRef, space: Space | None) -> Device:
        """Give a device that this person may bind into that home."""
        found = self._free(self.device(ref))
        self._place(user, space)
        return found

    def bind(self, user: User, proof: Proof, ref: DeviceRef | None, space: Space, name: str | None) -> Device:
        """Make a device somebody's own."""
        shown = self._shown(user, proof, ref)
        if ref is not None and not shown.ref.matches(ref):
            raise Refusal("proof.wrong")
        self._place(user, space)
        bound = attrs.evolve(
            self._free(shown), owner=user, home=space.id, room=space.room, name=name, bound_at=self._clock.now()
        )
        if isinstance(proof, ByPairing):
            del self._pairings[proof.token]
        return self._keep(bound)

    def unbind(self, user: User, ref: DeviceRef, expected: int, *, reset: bool) -> int:
        """Let somebody give a device up, if they are to it what they think; count who still holds it.

        An owner's device is nobody's afterwards: everything that was given of it ends.
        """
        device = self.device(ref)
        standing = self._standing(user, device)
        if standing is None:
            raise Refusal("not.bound")
        if standing != expected:
            raise Refusal("other.role")
        resets = device.resets + reset
        if standing is Standing.GUEST:
            for grant in self._shares.of_guest(user, device.ref):
                self._shares.end_as_taker(user, grant.id)
            self._keep(attrs.evolve(device, resets=resets))
            return 1 + self._shares.guests(device.ref)
        self._shares.owner_gone(device.ref)
        self._keep(attrs.evolve(device, owner=None, home=None, room=None, name=None, bound_at=None, resets=resets))
        return 0

    def owned(self, user: User, ref: DeviceRef) -> Device:
        """Give a device that is this person's own."""
        device = self.device(ref)
        if device.owner == user:
            return device
        raise Refusal("not.yours" if self._standing(user, device) else "not.bound")

    def rename(self, user: User, ref: DeviceRef, name: str) -> None:
        """Name a device of one's own."""
        self._keep(attrs.evolve(self.owned(user, ref), name=name))

    def move(self, user: User, ref: DeviceRef, space: Space) -> None:
        """Put a device of one's own into a home or a room."""
        device = self.owned(user, ref)
        self._place(user, space)
        self._keep(attrs.evolve(device, home=space.id, room=space.room))

    def transfer(self, user: User, ref: DeviceRef, to: User) -> None:
        """Make somebody else the owner; everything that was given of the device ends."""
        device = self.owned(user, ref)
        if to == user:
            raise Refusal("own.share")
        self._shares.owner_gone(device.ref)
        home = next(iter(self.homes(to)), None)
        self._keep(
            attrs.evolve(
                device, owner=to, home=home.id if home else None, room=None, name=None, bound_at=self._clock.now()
            )
        )

    def held(self, user: User) -> tuple[Holding, ...]:
        """List what somebody holds, their own devices first; a device that several shares give stands there once."""
        own = [Holding(device=each, role=Standing.OWNER) for each in self._devices.values() if each.owner == user]
        used = [
            Holding(device=each, role=Standing.GUEST, share=grants[0])
            for each in self._devices.values()
            if (grants := self._shares.of_guest(user, each.ref))
        ]
        return (*own, *used)

    def homes(self, user: User) -> tuple[Home, ...]:
        """List the homes of a person."""
        return tuple(home for home in self._homes.values() if home.owner == user.id)

    def make_home(self, user: User, name: str, *rooms: str) -> Home:
        """Make a home."""
        home_id = f"home-{next(self._numbers)}"
        numbered = {f"{home_id}-room-{number}": room for number, room in enumerate(rooms, 1)}
        self._homes[home_id] = Home(id=home_id, owner=user.id, name=name, rooms=numbered)
        return self._homes[home_id]

    def begin_pairing(self, user: User) -> PairingToken:
        """Make a token for a new device."""
        token = Secret(f"pairing-{secrets.token_urlsafe(12)}")
        self._pairings[token] = PairingToken(token=token, user=user.id, until=self._clock.now() + PAIRING_LIFE)
        return self._pairings[token]

    def pairing(self, user: User, token: Secret) -> PairingToken:
        """Tell how a pairing of this person stands."""
        found = self._pairings.get(token)
        if found is None or found.user != user.id or found.until <= self._clock.now():
            raise Refusal("proof.wrong")
        return found

    def report(self, token: Secret, ref: DeviceRef) -> None:
        """Let a device use the token that it was given."""
        self._pairings[token] = attrs.evolve(self._pairings[token], device=self.device(ref).ref)

    def _shown(self, user: User, proof: Proof, ref: DeviceRef | None) -> Device:
        """Give the device that a proof is of."""
        match proof:
            case ByIdentity() if ref is not None:
                return self.device(ref)
            case ByBindingCode(code) if ref is not None and self.device(ref).binding_code == code:
                return self.device(ref)
            case BySerial(serial, product):
                found = (each for each in self._devices.values() if each.serial == serial)
                found = (each for each in found if product in ("", each.ref.product))
            case ByText(text):
                found = (each for each in self._devices.values() if each.label == text)
            case ByPairing(token):
                paired = self.pairing(user, token).device
                if paired is None:
                    raise Refusal("device.not_ready")
                return self.device(paired)
            case _:
                raise Refusal("proof.wrong")
        for each in found:
            return each
        raise Refusal("proof.wrong")

    def _free(self, device: Device) -> Device:
        if device.owner is not None:
            raise Refusal("device.bound")
        return device

    def _place(self, user: User, space: Space | None) -> None:
        """Refuse a home that is not this person's, and a room that the home has not."""
        if space is None:
            return
        home = self._homes.get(space.id)
        if home is None or home.owner != user.id or (space.room is not None and space.room not in home.rooms):
            raise Refusal("space.unknown")

    def _standing(self, user: User, device: Device) -> Standing | None:
        if device.owner == user:
            return Standing.OWNER
        return Standing.GUEST if self._shares.of_guest(user, device.ref) else None

    def _keep(self, device: Device) -> Device:
        self._devices[device.ref.device] = device
        return device
