"""How each vendor call comes to be made: the wishes whose answers the tests of codes replace."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, TypeAlias

import attrs

from sharebind import Account, Anyone, ByBindingCode, ByPairing, Email, Proof, Role, Share, State

from .expected import Act
from .stage import Vendor

Prepare: TypeAlias = Callable[[Vendor], Awaitable[Act]]
"""Bring the clouds into a state, and return the one wish that is then watched."""


async def share_by_code(vendor: Vendor) -> Act:
    """Share by a code."""
    device = await vendor.bound()
    return lambda: vendor.account().share(device, to=Anyone())


async def share_with_guest(vendor: Vendor) -> Act:
    """Share with a person."""
    device = await vendor.bound()
    return lambda: vendor.account().share(device, to=vendor.id_of("guest"))


async def bind_free(vendor: Vendor) -> Act:
    """Bind a device that nobody holds, into the only home where there are homes."""
    if vendor.name == "tencent":
        return lambda: vendor.account().bind(None, vendor.proof())
    proof = vendor.manner.proof(vendor.cloud.devices[0])
    if proof is None:
        return lambda: vendor.account().bind(vendor.device())
    return lambda: vendor.account().bind(vendor.device(), proof)


async def accept_code(vendor: Vendor) -> Act:
    """Take a code."""
    offer = await vendor.offered()
    return lambda: vendor.account("guest").accept(offer)


async def inspect_code(vendor: Vendor) -> Act:
    """Ask what a code is for."""
    offer = await vendor.offered()
    return lambda: vendor.account("guest").inspect(offer)


async def unbind_own(vendor: Vendor) -> Act:
    """Give an own device up."""
    device = await vendor.bound()
    return lambda: vendor.account().unbind(device)


async def unbind_received(vendor: Vendor) -> Act:
    """Try to give up, as an own device, one that was received."""
    given, _ = await vendor.granted()
    return lambda: vendor.account("guest").unbind(given.device)


def revoke(seen: State) -> Prepare:
    """End a grant as its owner, last seen active or by a stored ref."""

    async def prepare(vendor: Vendor) -> Act:
        given, _ = await vendor.granted()
        return lambda: vendor.account().end(given if seen is State.ACTIVE else given.ref)

    return prepare


def leave(seen: State) -> Prepare:
    """End a grant as its recipient, last seen active or by a stored ref."""

    async def prepare(vendor: Vendor) -> Act:
        _, taken = await vendor.granted()
        return lambda: vendor.account("guest").end(taken if seen is State.ACTIVE else taken.ref)

    return prepare


async def revoke_by_code(vendor: Vendor) -> Act:
    """End a grant as its owner, by the code that was taken; at Tencent the code is looked at first."""
    offer = await vendor.offered()
    await vendor.account("guest").accept(offer)
    return lambda: vendor.account().end(offer.ref)


async def nameless(vendor: Vendor) -> Share:
    """Give a grant whose code Quectel did not tell and that could not be read at the time either."""
    vendor.cloud.set_guess("invite_returns_code", False)
    device = await vendor.bound()
    vendor.cloud.faults.add("status", operation="deviceShareUserList", times=None)
    given = await vendor.account().share(device, to=vendor.id_of("guest"))
    vendor.cloud.faults.clear()
    return given


async def revoke_nameless(vendor: Vendor) -> Act:
    """End such a grant."""
    given = await nameless(vendor)
    return lambda: vendor.account().end(given)


async def list_given(vendor: Vendor) -> Act:
    """List the shares of one device."""
    device = await vendor.bound()
    return lambda: vendor.account().shares(device=device).all()


async def list_received(vendor: Vendor) -> Act:
    """List what was received."""
    return lambda: vendor.account("guest").received(states=frozenset({State.ACTIVE})).all()


async def list_bindings(vendor: Vendor) -> Act:
    """List what is held."""
    return lambda: vendor.account().bindings().all()


async def list_spaces(vendor: Vendor) -> Act:
    """List the homes."""

    async def act() -> object:
        return await vendor.account().spaces().all()

    return act


async def read_me(vendor: Vendor) -> Act:
    """Ask who the account is."""
    return lambda: vendor.account().me()


async def list_all_given(vendor: Vendor) -> Act:
    """List the shares of every own device."""
    await vendor.bound()
    return lambda: vendor.account().shares().all()


async def list_homes_devices(vendor: Vendor) -> Act:
    """List what stands in the homes."""
    return lambda: vendor.account().bindings(roles={Role.OWNER}).all()


async def list_offers(vendor: Vendor) -> Act:
    """List what was received, offers in the inbox too."""
    return lambda: vendor.account("guest").received().all()


# --------------------------------------------------------------------------------------------------------- signing in


def sign_in(by: str, **settings: Any) -> Prepare:
    """Sign in with an account that has no token."""

    async def prepare(vendor: Vendor) -> Act:
        return lambda: vendor.manner.read(vendor.signing_in(by=by, **settings))

    return prepare


async def renew(vendor: Vendor) -> Act:
    """Renew a dead token with an account that holds nothing else."""
    vendor.end_tokens()
    return lambda: vendor.account(refresh_token="Bearer some.refresh.token").me()


async def sign_out(vendor: Vendor) -> Act:
    """End the session."""
    return lambda: vendor.account().sign_out()


# ------------------------------------------------------------------------------------------- binding and looking after


def bind_proof(proof: Callable[[Vendor], Proof]) -> Prepare:
    """Bind a free device by a proof, at Tencent into the only home."""

    async def prepare(vendor: Vendor) -> Act:
        shown = proof(vendor)
        device = vendor.device() if shown.needs_device else None
        return lambda: app_account(vendor).bind(device, shown)

    return prepare


def app_account(vendor: Vendor, **settings: Any) -> Account:
    """Open an account that can sign for its app at Quectel."""
    if vendor.name != "quectel":
        return vendor.account(**settings)
    return vendor.account(**{"user_domain_secret": vendor.cloud.app["user_domain_secret"], **settings})


def binding_code(vendor: Vendor) -> ByBindingCode:
    """Return the code that a Wi-Fi device has reported."""
    return ByBindingCode(vendor.cloud.devices[0].proof["binding_code"])


async def check_free(vendor: Vendor) -> Act:
    """Ask whether a device may be bound."""
    return lambda: vendor.account().check_binding(vendor.device())


async def begin_pairing(vendor: Vendor) -> Act:
    """Begin a pairing."""
    return lambda: vendor.account().begin_pairing()


async def check_pairing(vendor: Vendor) -> Act:
    """Ask whether a device has used its token."""
    pairing = await vendor.account().begin_pairing()
    return lambda: vendor.account().check_pairing(pairing)


async def bind_paired(vendor: Vendor) -> Act:
    """Bind a device that has used its token."""
    pairing = await vendor.account().begin_pairing()
    proof = ByPairing(pairing.token)
    return lambda: vendor.account().bind(vendor.device(), proof)


async def rename_own(vendor: Vendor) -> Act:
    """Name an own device."""
    device = await vendor.bound()
    return lambda: vendor.account().rename(device, "lamp")


async def rename_received(vendor: Vendor) -> Act:
    """Name a received device."""
    _, taken = await vendor.granted()
    return lambda: vendor.account("guest").rename(taken, "lamp")


async def place(vendor: Vendor) -> Act:
    """Put a device into a room."""
    device, room = await vendor.bound(), await vendor.room()
    return lambda: vendor.account().place(device, room)


async def create_home(vendor: Vendor) -> Act:
    """Make a home."""
    return lambda: vendor.account().create_space("cottage")


async def list_rooms(vendor: Vendor) -> Act:
    """List the homes with their rooms."""

    async def act() -> object:
        return await vendor.account().spaces(rooms=True).all()

    return act


async def find_guest(vendor: Vendor) -> Act:
    """Look a person up."""
    return lambda: vendor.account().find_user(Email(vendor.user("guest").email))


async def share_with_address(vendor: Vendor) -> Act:
    """Share with a person who is looked up by address first."""
    device = await vendor.bound()
    return lambda: vendor.account().share(device, to=Email(vendor.user("guest").email))


async def change_end(vendor: Vendor) -> Act:
    """Set another end of use."""
    given, _ = await vendor.granted()
    return lambda: vendor.account().change(given, use_until=timedelta(days=1))


async def change_nameless(vendor: Vendor) -> Act:
    """Set another end of a grant whose code Quectel did not tell and that could not be read at the time either."""
    given = await nameless(vendor)
    return lambda: vendor.account().change(given, use_until=timedelta(days=1))


@attrs.frozen
class Situation:
    """Hold a wish that makes a vendor's call: as its change, or as a read that its answer depends on."""

    call: str
    kind: str
    prepare: Prepare
    changes: bool = False
    seen: State = State.UNKNOWN
    not_refused_by: tuple[str, ...] = ()
    """Codes that the adapter gets over, by reading elsewhere or since nothing is left to do."""
    way: str = ""
    """How, where there are several."""
    meant: str = ""
    """What errors.yaml calls the operation, where its kind does not say it."""

    @property
    def name(self) -> str:
        """Name the case."""
        seen = " seen active" if self.seen is State.ACTIVE else ""
        return f"{self.call} in {self.kind}{seen}{self.way and ' by ' + self.way}"
