"""What makes a cloud answer a code by itself, whatever the vendor: causes, and states that several vendors have."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

import attrs

from sharebind import Anyone, Space, State, UserId

from .expected import Act
from .situations import Prepare, bind_free
from .stage import Vendor

DAY: Final = timedelta(hours=25)
YEARS: Final = timedelta(days=3700)


@attrs.frozen
class Cause:
    """Hold a state of the cloud that makes it answer a code by itself."""

    about: str
    code: str
    kind: str
    prepare: Prepare
    changes: bool = True
    seen: State = State.UNKNOWN


def other_home(vendor: Vendor) -> Space | None:
    """Name the home of the one who tries, where the vendor has homes."""
    return vendor.home("other") if vendor.name == "tencent" else None


def guessing(guess: str, value: str | int | bool, prepare: Prepare) -> Prepare:
    """Let the vendor answer an open question otherwise."""

    async def prepared(vendor: Vendor) -> Act:
        act = await prepare(vendor)
        vendor.cloud.set_guess(guess, value)
        return act

    return prepared


def after(jump: timedelta, prepare: Prepare) -> Prepare:
    """Let time pass before the wish."""

    async def prepared(vendor: Vendor) -> Act:
        act = await prepare(vendor)
        vendor.clouds.clock.advance(jump)
        return act

    return prepared


def end_twice(prepare: Prepare) -> Prepare:
    """End what was ended a moment ago."""

    async def prepared(vendor: Vendor) -> Act:
        act = await prepare(vendor)
        await act()
        return act

    return prepared


async def share_not_own(vendor: Vendor) -> Act:
    """Share what another holds."""
    await vendor.bound()
    return lambda: vendor.account("other").share(vendor.device(), to=Anyone(), space=other_home(vendor))


async def invite_not_own(vendor: Vendor) -> Act:
    """Invite somebody to what another holds."""
    await vendor.bound()
    return lambda: vendor.account("other").share(vendor.device(), to=vendor.id_of("guest"))


async def invite_nobody(vendor: Vendor) -> Act:
    """Invite a person whom nobody knows."""
    device = await vendor.bound()
    return lambda: vendor.account().share(device, to=UserId("C000000"))


async def invite_self(vendor: Vendor) -> Act:
    """Invite oneself."""
    device = await vendor.bound()
    return lambda: vendor.account().share(device, to=vendor.id_of("owner"))


async def accept_own(vendor: Vendor) -> Act:
    """Take an own code."""
    offer = await vendor.offered()
    return lambda: vendor.account().accept(offer)


async def accept_used(vendor: Vendor) -> Act:
    """Take a code that another took."""
    offer = await vendor.offered()
    await vendor.account("guest").accept(offer)
    return lambda: vendor.account("other").accept(offer)


async def accept_again(vendor: Vendor) -> Act:
    """Take a code again."""
    offer = await vendor.offered()
    await vendor.account("guest").accept(offer)
    return lambda: vendor.account("guest").accept(offer)


async def accept_second(vendor: Vendor) -> Act:
    """Take a second code of a device."""
    first = await vendor.offered()
    await vendor.account("guest").accept(first)
    second = await vendor.offered(first.device)
    return lambda: vendor.account("guest").accept(second)


async def accept_orphan(vendor: Vendor) -> Act:
    """Take a code whose owner gave the device up."""
    offer = await vendor.offered()
    await vendor.account().unbind(offer.device)
    return lambda: vendor.account("guest").accept(offer)


async def bind_again(vendor: Vendor) -> Act:
    """Bind what one holds."""
    await vendor.bound()
    return await bind_free(vendor)


async def end_not_own(vendor: Vendor) -> Act:
    """End another's share."""
    given, _ = await vendor.granted()
    return lambda: vendor.account("other").end(given)


async def list_not_own(vendor: Vendor) -> Act:
    """List the shares of what another holds."""
    await vendor.bound(user="other")
    return lambda: vendor.account().shares(device=vendor.device()).all()


async def wrong_token(vendor: Vendor) -> Act:
    """Ask with nobody's token."""
    return lambda: vendor.manner.read(vendor.account(token="nobody's"))


async def share_with_wrong_token(vendor: Vendor) -> Act:
    """Share with nobody's token."""
    device = await vendor.bound()
    return lambda: vendor.account(token="nobody's").share(device, to=vendor.id_of("guest"))


async def sign_in_with_wrong_password(vendor: Vendor) -> Act:
    """Sign in with a wrong password."""
    return lambda: vendor.manner.read(vendor.signing_in(password="not this one"))


async def list_of_broken_device(vendor: Vendor) -> Act:
    """List the shares of a device whose list the vendor cannot read."""
    device = await vendor.bound()
    cloud: Any = vendor.cloud
    cloud.break_device(device.product, device.device)
    return lambda: vendor.account().shares(device=device).all()


async def read_plainly(vendor: Vendor) -> Act:
    """Ask for one thing in the account's own name."""
    return lambda: vendor.manner.read(vendor.account())


async def read_with_dead_token(vendor: Vendor) -> Act:
    """Ask with a token that the vendor calls too old."""
    vendor.end_tokens()
    return await read_plainly(vendor)


def sign_in_as(by: str = "email", **settings: Any) -> Prepare:
    """Sign in with something else than what the person has."""

    async def prepare(vendor: Vendor) -> Act:
        return lambda: vendor.manner.read(vendor.signing_in(by=by, **settings))

    return prepare
