"""States of Gizwits' emulated cloud in which who asks, or what is held, makes it answer a code by itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from sharebind import (
    ByText,
    DeviceRef,
    State,
)
from sharebind_gizwits import ByMac

from .cause import (
    YEARS,
    Cause,
    after,
    guessing,
    read_plainly,
    read_with_dead_token,
    share_with_wrong_token,
    sign_in_as,
    sign_in_with_wrong_password,
    wrong_token,
)
from .causes_gizwits import NOWHERE
from .expected import Act
from .situations import Prepare, bind_free, leave, unbind_own
from .situations_gizwits import by_text
from .stage import Vendor

HOUR: Final = timedelta(hours=1)
"""More than two clocks may differ (contract: transport.clock_skew_max_s)."""


def with_app(app_id: str) -> Prepare:
    """Ask in the name of another app."""

    async def prepare(vendor: Vendor) -> Act:
        return lambda: vendor.manner.read(vendor.account(app_id=app_id))

    return prepare


def bind_by_mac(**changed: str) -> Prepare:
    """Bind with another product, address or product's secret."""

    async def prepare(vendor: Vendor) -> Act:
        known = vendor.cloud.devices[0].proof | changed
        secret = changed.get("secret", vendor.cloud.app["product_secret"])
        account = vendor.account(product_secrets={known["product_key"]: secret})
        return lambda: account.bind(None, ByMac(known["product_key"], known["mac"]))

    return prepare


async def bind_by_strange_text(vendor: Vendor) -> Act:
    """Bind by a text that no device has."""
    return lambda: vendor.account().bind(None, ByText("x" * 48))


async def owned_by_other(vendor: Vendor) -> None:
    """Let another be the owner of the first device, by sharing it."""
    device = await vendor.bound(user="other")
    await vendor.account("other").share(device, to=vendor.id_of("guest"))


async def bind_owned(vendor: Vendor) -> Act:
    """Bind what has an owner."""
    await owned_by_other(vendor)
    return await bind_free(vendor)


async def bind_owned_by_text(vendor: Vendor) -> Act:
    """Bind by its code what has an owner."""
    await owned_by_other(vendor)
    return lambda: vendor.account().bind(None, by_text(vendor))


async def bind_again(vendor: Vendor) -> Act:
    """Bind what one holds."""
    await vendor.bound()
    return await bind_free(vendor)


def unseen(prepare: Prepare, user: str) -> Prepare:
    """Do what a list still calls possible, after another app of the same person has done it already."""

    async def prepared(vendor: Vendor) -> Act:
        act = await prepare(vendor)
        vendor.cloud.set_guess("unbind_unbound", "9017")
        vendor.cloud.faults.add("lag", operation="list_bindings", times=None, seconds=600)
        held = await vendor.account(user).bindings().all()
        vendor.cloud.faults.clear()
        vendor.cloud.faults.add("lag", operation="list_bindings", times=None, seconds=600)
        await gone(vendor, user, held[0].device)
        return act

    return prepared


async def gone(vendor: Vendor, user: str, device: DeviceRef) -> None:
    """Take a device from somebody, as another app would."""
    if user == "guest":
        given = await vendor.account().shares(device=device).all()
        await vendor.account().end(given[0])
    else:
        await vendor.account(user).unbind(device)


async def rename_nowhere(vendor: Vendor) -> Act:
    """Name a device that nobody knows."""
    return lambda: vendor.account().rename(NOWHERE, "lamp")


async def rename_not_held(vendor: Vendor) -> Act:
    """Name what one does not hold."""
    return lambda: vendor.account().rename(vendor.device(), "lamp")


async def ask_too_often(vendor: Vendor) -> Act:
    """Ask more often than the vendor takes."""
    vendor.cloud.set_guess("requests_per_minute", 5)

    async def act() -> object:
        for _ in range(5):
            await vendor.account().bindings().all()
        return await vendor.account().bindings().all()

    return act


GIZWITS_BINDING: Final[tuple[Cause, ...]] = (
    Cause("an app of nobody", "9003", "bindings", with_app("another"), changes=False),
    Cause("signing in to an app of nobody", "9003", "sign_in", sign_in_as(app_id="another"), changes=False),
    Cause("a wrong password", "9020", "sign_in", sign_in_with_wrong_password, changes=False),
    Cause("an address of nobody", "9020", "sign_in", sign_in_as(email="no@body.example"), changes=False),
    Cause("a token of nobody", "9004", "bindings", wrong_token, changes=False),
    Cause("a token of nobody on a change", "9004", "share", share_with_wrong_token),
    Cause("a token that died", "9006", "bindings", read_with_dead_token, changes=False),
    Cause("a token after its time", "9006", "bindings", after(YEARS, read_plainly), changes=False),
    Cause("too many requests", "9041", "bindings", ask_too_often, changes=False),
    Cause("a product of nobody", "9002", "bind", bind_by_mac(product_key="0" * 32)),
    Cause("an address of no device", "9014", "bind", bind_by_mac(mac="FFFFFFFFFFFF")),
    Cause("a clock that is wrong", "9043", "bind", after(HOUR, bind_free)),
    Cause("a product's wrong secret", "9044", "bind", bind_by_mac(secret="another")),
    Cause("a text of no device", "9040", "bind", bind_by_strange_text),
    Cause("a device with an owner", "9092", "bind", bind_owned),
    Cause("a device with an owner by its code", "9092", "bind", bind_owned_by_text),
    Cause("binding twice", "9092", "bind", guessing("repeat_bind", "9092", bind_again)),
    Cause("binding twice, told otherwise", "9083", "bind", guessing("repeat_bind", "9083", bind_again)),
    Cause("unbinding what is gone", "9017", "unbind", unseen(unbind_own, "owner")),
    Cause("leaving what is gone", "9017", "end", unseen(leave(State.ACTIVE), "guest"), seen=State.ACTIVE),
    Cause("leaving what is gone by ref", "9017", "end", unseen(leave(State.UNKNOWN), "guest")),
    Cause("naming what one does not hold", "9017", "rename", rename_not_held),
    Cause("naming what nobody knows", "9014", "rename", rename_nowhere),
)
