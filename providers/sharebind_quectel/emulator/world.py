"""The state of Quectel's emulated cloud: products, devices, who holds them, and shares."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import Final, Literal

import attrs

from sharebind.emulator import Device, Dice, User
from sharebind_quectel.emulator.aes import BLOCK
from sharebind_quectel.emulator.bluetooth import encrypted

MULTI: Final = 1
UNIQUE: Final = 2
ROTATION: Final = 3

REPLACE: Final = 1
ADD: Final = 2
EXTEND: Final = 3

FREE_DEVICES: Final = 12

LETTERS: Final = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"

MATTER_VENDOR: Final = 0xFFF1
MATTER_PRODUCT: Final = 0x8001
"""A vendor and a product id that Matter keeps for tests."""

State = Literal["offered", "active", "ended"]


@attrs.frozen(kw_only=True)
class Product:
    """Hold a product and its vendor-side settings."""

    pk: str
    name: str
    bind_mode: int = MULTI
    authorised: bool = True
    shareable: bool = True
    binds_by_key: bool = True
    binds_verified: bool = True
    second_item: str = ""
    secret: str = ""


@attrs.frozen(kw_only=True)
class Unit:
    """Hold one device as its maker registered it."""

    product: Product
    dk: str
    sn: str
    auth_key: str
    binding_code: str
    bt_password: str
    created: int
    random: str
    new_secret: str
    discriminator: int


@attrs.define(kw_only=True)
class Binding:
    """Hold one user's own binding; times are epoch milliseconds."""

    uid: str
    unit: Unit
    name: str
    bound: int
    binding_type: int
    verified: bool
    fid: str | None = None
    frid: str | None = None
    capabilities: int = 1
    matter: dict[str, int | str] | None = None


@attrs.define(kw_only=True)
class Share:
    """Hold one share of one device: a code that waits, or one recipient's access; times are epoch milliseconds."""

    number: int
    code: str
    unit: Unit
    owner: str
    cover: int
    made: int
    updated: int
    accept_by: int | None = None
    use_until: int | None = None
    recipient: str | None = None
    accepted: int | None = None
    ended: int | None = None
    reason: str = ""
    name: str = ""
    auth_key: str | None = None

    def state_at(self, now: int) -> tuple[State, str, int | None]:
        """Return state, reason and moment of the end, as they are by then."""
        if self.ended is not None:
            return "ended", self.reason, self.ended
        if self.accepted is None and self.accept_by is not None and now >= self.accept_by:
            return "ended", "offer_expired", self.accept_by
        if self.use_until is not None and now >= self.use_until:
            return "ended", "use_expired" if self.accepted is not None else "offer_expired", self.use_until
        return ("active" if self.accepted is not None else "offered"), "", None

    def is_live(self, now: int) -> bool:
        """Tell whether it waits or works."""
        return self.state_at(now)[0] != "ended"

    def is_active(self, now: int) -> bool:
        """Tell whether it works."""
        return self.state_at(now)[0] == "active"

    def end(self, now: int, reason: str) -> None:
        """End it, unless it is over already."""
        if self.is_live(now):
            self.ended, self.updated, self.reason = now, now, reason

    def outlives(self, other: Share) -> bool:
        """Tell whether its use ends no earlier than the other's; no end is later than any."""
        if self.use_until is None:
            return True
        return other.use_until is not None and self.use_until >= other.use_until


@attrs.frozen
class Picture:
    """Hold who held what at one moment, and the shares as they were."""

    bindings: dict[tuple[str, str, str], Binding]
    shares: list[Share]


class World:
    """Keep everything that is true in this cloud, and make new ids."""

    def __init__(self, seed: int, born: int) -> None:
        self.dice = Dice(f"quectel {seed}")
        # What came to this world later is drawn apart, so that the same seed still makes the same ids.
        self.more_dice = Dice(f"quectel {seed} more")
        self.born = born
        self.user_domain = f"C.DM.{self.dice.digits(5)}.1"
        self.user_domain_secret = self.dice.text("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz0123456789", 44)
        self.products: dict[str, Product] = {}
        self.units: dict[tuple[str, str], Unit] = {}
        self.bindings: dict[tuple[str, str, str], Binding] = {}
        self.shares: list[Share] = []
        self.lamp = self._product("Lamp", second_item="C1001")
        self.free = [self._unit(self.lamp) for _ in range(FREE_DEVICES)]
        self.special = {
            "unique": self._unit(self._product("Lock", bind_mode=UNIQUE)),
            "rotation": self._unit(self._product("Scooter", bind_mode=ROTATION)),
            "unverified": self._unit(self._product("Tag", binds_verified=False)),
            "no_sharing": self._unit(self._product("Safe", shareable=False)),
            "serial_only": self._unit(self._product("Meter", binds_by_key=False)),
            "unauthorised": self._unit(self._product("Stranger", authorised=False)),
        }
        self.users = [self._user(name, self.dice) for name in ("owner", "guest", "other")]
        self.strangers: dict[str, User] = {}
        self.broken: set[tuple[str, str]] = set()

    def _product(
        self,
        name: str,
        *,
        bind_mode: int = MULTI,
        authorised: bool = True,
        shareable: bool = True,
        binds_by_key: bool = True,
        binds_verified: bool = True,
        second_item: str = "C1002",
    ) -> Product:
        product = Product(
            pk=f"p11{self.dice.text('bcdfghjkmnpqrtvwxz', 3)}",
            name=name,
            bind_mode=bind_mode,
            authorised=authorised,
            shareable=shareable,
            binds_by_key=binds_by_key,
            binds_verified=binds_verified,
            second_item=second_item,
            secret=self.more_dice.text(LETTERS, BLOCK),
        )
        self.products[product.pk] = product
        return product

    def _unit(self, product: Product) -> Unit:
        unit = Unit(
            product=product,
            dk=f"86{self.dice.digits(13)}",
            sn=f"SN{self.dice.digits(12)}",
            auth_key=self.dice.hex(32),
            binding_code=self.dice.hex(16),
            bt_password=self.dice.digits(8),
            created=self.born,
            random=self.more_dice.text(LETTERS, BLOCK),
            new_secret=base64.b64encode(self.more_dice.randbytes(5 * BLOCK)).decode(),
            discriminator=self.more_dice.randrange(1 << 12),
        )
        self.units[product.pk, unit.dk] = unit
        return unit

    def _user(self, name: str, dice: Dice) -> User:
        return User(
            name=name,
            user_id=f"C{dice.digits(6)}",
            email=f"{name}@example.com",
            phone={"country": "86", "number": f"1{dice.digits(10)}"},
            password=f"{name}{dice.digits(4)}",
            token="",
        )

    def stranger(self) -> User:
        """Make up somebody who never signs in, and whom no call finds."""
        name = f"stranger{len(self.strangers) + 1}"
        user = self._user(name, self.more_dice)
        while self.user(user.user_id) is not None:
            user = self._user(name, self.more_dice)
        self.strangers[user.user_id] = user
        return user

    def another(self) -> Unit:
        """Make another device of the first product."""
        return self._unit(self.lamp)

    def device(self, unit: Unit) -> Device:
        """Return what a person or an app learns of a free device: from its label, and from itself nearby.

        `binding_code` is for Wi-Fi and Matter; the rest, up to `password`, for Bluetooth. Nobody here decrypts the new
        secret, so it is drawn and not encrypted.
        """
        proof = {
            "serial": unit.sn,
            "binding_code": unit.binding_code,
            "random": unit.random,
            "encrypted_binding_code": encrypted(unit.binding_code, unit.product.secret, unit.random),
            "encrypted_new_secret": unit.new_secret,
            "password": unit.bt_password,
            "vendor_id": str(MATTER_VENDOR),
            "product_id": str(MATTER_PRODUCT),
            "discriminator": str(unit.discriminator),
        }
        return Device(unit.product.pk, unit.dk, proof)

    def fid(self, user: User) -> str:
        """Return the id of the user's one home, for when home mode is on."""
        return f"F{user.user_id.removeprefix('C')}"

    def picture(self) -> Picture:
        """Return a copy of what changes."""
        bindings = {key: attrs.evolve(binding) for key, binding in self.bindings.items()}
        return Picture(bindings, [attrs.evolve(share) for share in self.shares])

    def show(self, picture: Picture) -> None:
        """Take a picture for the present."""
        self.bindings, self.shares = picture.bindings, picture.shares

    def user(self, uid: str) -> User | None:
        """Return the user with that uid."""
        return self.strangers.get(uid) or next((user for user in self.users if user.user_id == uid), None)

    def binding(self, uid: str, pk: str, dk: str) -> Binding | None:
        """Return the user's own binding of the device."""
        return self.bindings.get((uid, pk, dk))

    def binders(self, unit: Unit) -> list[Binding]:
        """Return every user's own binding of the device."""
        return [binding for binding in self.bindings.values() if binding.unit is unit]

    def held(self, uid: str, unit: Unit, now: int) -> list[Share]:
        """Return the shares through which the user holds the device now."""
        return [
            share for share in self.shares if share.recipient == uid and share.unit is unit and share.is_active(now)
        ]

    def given(self, uid: str, unit: Unit) -> list[Share]:
        """Return every share of the device that the user has ever given."""
        return [share for share in self.shares if share.owner == uid and share.unit is unit]

    def with_code(self, code: str) -> list[Share]:
        """Return the shares under a code: one, or one for each recipient where a code serves many."""
        return [share for share in self.shares if share.code == code]

    def new_code(self, owner: str) -> str:
        """Make a share code (contract: share_code.shape)."""
        return f"share_dv_{owner}{self.dice.hex(32)}"

    def next_number(self) -> int:
        """Return the next shareId."""
        return len(self.shares) + 1


def ended(shares: Iterable[Share], now: int, reason: str) -> None:
    """End all these shares."""
    for share in shares:
        share.end(now, reason)
