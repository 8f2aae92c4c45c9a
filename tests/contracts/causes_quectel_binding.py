"""States of Quectel's emulated cloud that make it answer a code by itself: binding and giving up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from sharebind import ByBindingCode, BySerial, DeviceRef, Proof, Space
from sharebind_quectel import ByBluetooth

from .cause import (
    Cause,
    bind_again,
    guessing,
)
from .expected import Act
from .proofs import bluetooth, matter, serial
from .situations import (
    Prepare,
    app_account,
    bind_free,
    bind_proof,
    binding_code,
    check_free,
)
from .stage import Vendor

PROOFS: Final[Mapping[str, Callable[[Vendor], Proof]]] = {
    "serial": serial,
    "binding code": binding_code,
    "matter": matter,
    "bluetooth": bluetooth,
}


def stranger(vendor: Vendor) -> DeviceRef:
    """Name a device that nobody has made."""
    return DeviceRef("860000000000000", vendor.device().product)


async def bind_received(vendor: Vendor) -> Act:
    """Bind what one received."""
    await vendor.granted()
    return lambda: vendor.account("guest").bind(vendor.device())


def bind_special(name: str, *, taken: bool = False) -> Prepare:
    """Bind a device whose product forbids it, or that somebody else holds alone."""

    async def prepare(vendor: Vendor) -> Act:
        if taken:
            await vendor.account("other").bind(vendor.special(name))
        return lambda: vendor.account().bind(vendor.special(name))

    return prepare


async def bind_never_made(vendor: Vendor) -> Act:
    """Bind a device that nobody made."""
    return lambda: vendor.account().bind(stranger(vendor))


async def bind_malformed(vendor: Vendor) -> Act:
    """Bind by a key that is none."""
    return lambda: vendor.account().bind(DeviceRef("no key at all", vendor.device().product))


async def bind_with_long_name(vendor: Vendor) -> Act:
    """Bind with a name that is too long."""
    return lambda: vendor.account().bind(vendor.device(), name="x" * 65)


async def bind_into_home(vendor: Vendor) -> Act:
    """Bind into a home that is not one's own."""
    return lambda: vendor.account().bind(vendor.device(), space=Space("F123456"))


async def unbind_never_bound(vendor: Vendor) -> Act:
    """Give up what nobody holds."""
    return lambda: vendor.account().unbind(vendor.device())


async def unbind_not_own(vendor: Vendor) -> Act:
    """Give up what another holds."""
    await vendor.bound(user="other")
    return lambda: vendor.account().unbind(vendor.device())


async def check_held(vendor: Vendor) -> Act:
    """Ask about what one holds."""
    await vendor.bound()
    return await check_free(vendor)


async def check_received(vendor: Vendor) -> Act:
    """Ask about what one received."""
    await vendor.granted()
    return lambda: vendor.account("guest").check_binding(vendor.device())


def check_special(name: str, *, taken: bool = False) -> Prepare:
    """Ask about a device whose product behaves otherwise."""

    async def prepare(vendor: Vendor) -> Act:
        if taken:
            await vendor.account("other").bind(vendor.special(name))
        return lambda: vendor.account().check_binding(vendor.special(name))

    return prepare


async def check_never_made(vendor: Vendor) -> Act:
    """Ask about a device that nobody made."""
    return lambda: vendor.account().check_binding(stranger(vendor))


async def check_malformed(vendor: Vendor) -> Act:
    """Ask about a key that is none."""
    return lambda: vendor.account().check_binding(DeviceRef("no key at all", vendor.device().product))


def held(prepare: Prepare) -> Prepare:
    """Hold the device already."""

    async def prepared(vendor: Vendor) -> Act:
        await vendor.bound()
        return await prepare(vendor)

    return prepared


def named_too_long(proof: Callable[[Vendor], Proof]) -> Prepare:
    """Bind by a proof, with a name that is too long."""

    async def prepare(vendor: Vendor) -> Act:
        shown = proof(vendor)
        device = vendor.device() if shown.needs_device else None
        return lambda: app_account(vendor).bind(device, shown, name="x" * 65)

    return prepare


def bind_elsewhere(proof: Callable[[Vendor], Proof]) -> Prepare:
    """Bind by a proof, into a home."""

    async def prepare(vendor: Vendor) -> Act:
        shown = proof(vendor)
        device = vendor.device() if shown.needs_device else None
        return lambda: app_account(vendor).bind(device, shown, space=Space("F123456"))

    return prepare


def unknown_serial(vendor: Vendor) -> BySerial:
    """Return a serial that no device has."""
    return BySerial("SN0", vendor.device().product)


def foreign_serial(vendor: Vendor) -> BySerial:
    """Return a serial of another product."""
    return BySerial(serial(vendor).serial, vendor.special("unique").product)


def wrong_code(vendor: Vendor) -> ByBindingCode:
    """Return the code of another device."""
    return ByBindingCode(vendor.cloud.devices[1].proof["binding_code"])


def malformed_code(_: Vendor) -> ByBindingCode:
    """Return what looks like no code."""
    return ByBindingCode("not a code")


def other_bluetooth(**changes: str) -> Callable[[Vendor], ByBluetooth]:
    """Return what a device hands over, with something else in it."""
    return lambda vendor: bluetooth(vendor, **changes)


async def bind_bluetooth_for_another_app(vendor: Vendor) -> Act:
    """Bind by Bluetooth, signed with a secret that is not the app's."""
    return lambda: app_account(vendor, user_domain_secret="another").bind(vendor.device(), bluetooth(vendor))


QUECTEL_BINDING: Final[tuple[Cause, ...]] = (
    Cause("binding twice", "5049", "bind", bind_again),
    Cause("binding what one received", "6040", "bind", bind_received),
    Cause("a unique product", "5412", "bind", bind_special("unique", taken=True)),
    Cause(
        "a unique product, told 5049",
        "5049",
        "bind",
        guessing("unique_taken_code", 5049, bind_special("unique", taken=True)),
    ),
    Cause("a product without binding by key", "5499", "bind", bind_special("serial_only")),
    Cause("a product of another app", "5229", "bind", bind_special("unauthorised")),
    Cause("a device that was never made", "5314", "bind", bind_never_made),
    Cause("a device key that is none", "5361", "bind", bind_malformed),
    Cause("a name too long", "5333", "bind", bind_with_long_name),
    Cause("a home without home mode", "5624", "bind", bind_into_home),
    Cause("no home in home mode", "5636", "bind", guessing("home_mode", True, bind_free)),
    Cause("somebody's home", "5041", "bind", guessing("home_mode", True, bind_into_home)),
    Cause("unbinding what nobody holds", "5052", "unbind", unbind_never_bound, changes=False),
    Cause("unbinding what another holds", "5141", "unbind", unbind_not_own, changes=False),
    Cause("checking what one holds", "5049", "check_binding", check_held, changes=False),
    Cause("checking what one received", "6040", "check_binding", check_received, changes=False),
    Cause("checking what is taken", "5049", "check_binding", check_special("unique", taken=True), changes=False),
    Cause("checking another app's", "5229", "check_binding", check_special("unauthorised"), changes=False),
    Cause("checking what was never made", "5314", "check_binding", check_never_made, changes=False),
    Cause("checking a key that is none", "5361", "check_binding", check_malformed, changes=False),
    Cause("checking without a home", "5618", "check_binding", guessing("home_mode", True, check_free), changes=False),
    Cause("a serial that no device has", "5090", "bind", bind_proof(unknown_serial)),
    Cause("a serial of another product", "5553", "bind", bind_proof(foreign_serial)),
    Cause("a code of another device", "5462", "bind", bind_proof(wrong_code)),
    Cause("a code that is none", "5213", "bind", bind_proof(malformed_code)),
    Cause("a vector that is none", "5213", "bind", bind_proof(other_bluetooth(random="short"))),
    Cause("a secret that is not encrypted", "5213", "bind", bind_proof(other_bluetooth(encrypted_new_secret="plain"))),
    Cause("a plain code that is none", "5213", "bind", bind_proof(other_bluetooth(binding_code="not a code"))),
    Cause("a plain code of another device", "5213", "bind", bind_proof(other_bluetooth(binding_code="0" * 16))),
    Cause("a device password that is none", "5357", "bind", bind_proof(other_bluetooth(password="short"))),
    Cause("a signature with a wrong secret", "5421", "bind", bind_bluetooth_for_another_app),
    Cause(
        "a signature with a wrong secret, told 5420",
        "5420",
        "bind",
        guessing("bluetooth_signature_code", 5420, bind_bluetooth_for_another_app),
    ),
    *(
        Cause(f"{about} by {way}", code, "bind", prepare(proof))
        for way, proof in PROOFS.items()
        for about, code, prepare in (
            ("binding twice", "5049", lambda proof: held(bind_proof(proof))),
            ("a name too long", "5333", named_too_long),
        )
    ),
    *(
        Cause(f"{about} by {way}", code, "bind", prepare(PROOFS[way]))
        for way in ("serial", "bluetooth")
        for about, code, prepare in (
            ("a home without home mode", "5624", bind_elsewhere),
            ("no home in home mode", "5636", lambda proof: guessing("home_mode", True, bind_proof(proof))),
            ("somebody's home", "5041", lambda proof: guessing("home_mode", True, bind_elsewhere(proof))),
        )
    ),
)
