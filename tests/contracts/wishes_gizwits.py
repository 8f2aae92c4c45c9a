"""Which wish causes each documented parameter of Gizwits' calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final

from sharebind import Anyone, ByText, Email, Phone, Username
from sharebind.provider import Somebody
from sharebind_gizwits import ByMac

from .recipes import product_signature
from .situations_gizwits import invited
from .stage import Vendor
from .wish import Wish

NAME: Final = "客厅 & Küche"
STAMP: Final = "X-Gizwits-Timestamp"


def sign_in(by: str) -> Wish:
    """Sign in; one field takes every name."""

    async def run(vendor: Vendor) -> Mapping[str, object]:
        await vendor.manner.read(vendor.signing_in(by=by))
        user = vendor.user()
        return {"username": user.phone["number"] if by == "phone" else user.email, "password": user.password}

    return run


def bind_mac(*, claims: bool | None = None, **wish: Any) -> Wish:
    """Bind by product and address, signed with the product's secret."""

    async def run(vendor: Vendor) -> Mapping[str, object]:
        known = vendor.cloud.devices[0].proof
        extra = {} if claims is None else {"set_owner": claims}
        await vendor.account().bind(None, ByMac(known["product_key"], known["mac"]), extra=extra, **wish)
        at = vendor.told("bind_mac").headers[STAMP]
        assert abs(int(at) - vendor.clouds.clock.now().timestamp()) < 60
        sent: dict[str, object] = {"product_key": known["product_key"], "mac": known["mac"]}
        sent |= product_signature(vendor, at=at)
        sent |= {} if claims is None else {"set_owner": int(claims)}
        return sent | ({"dev_alias": wish["name"]} if "name" in wish else {})

    return run


def bind_latest(*, claims: bool | None = None) -> Wish:
    """Bind by the text of a device's code."""

    async def run(vendor: Vendor) -> Mapping[str, object]:
        text = vendor.cloud.devices[0].proof["qr_content"]
        extra = {} if claims is None else {"set_owner": claims}
        await vendor.account().bind(None, ByText(text), extra=extra)
        return {"qr_content": text} | ({} if claims is None else {"set_owner": int(claims)})

    return run


async def list_bindings(vendor: Vendor) -> Mapping[str, object]:
    """List what is held."""
    await vendor.account().bindings().all()
    return {"limit": "100", "skip": "0"}


async def list_long_bindings(vendor: Vendor) -> Mapping[str, object]:
    """List what is held, more than one page of it."""
    cloud: Any = vendor.cloud
    cloud.add_devices("owner", 101)
    assert len(await vendor.account().bindings().all()) == 101
    return {"limit": "100", "skip": "100"}


async def unbind(vendor: Vendor) -> Mapping[str, object]:
    """Give an own device up."""
    device = await vendor.bound()
    await vendor.account().unbind(device)
    return {"devices": [{"did": device.device}], "devices[].did": device.device}


async def rename(vendor: Vendor) -> Mapping[str, object]:
    """Name an own device."""
    device = await vendor.bound()
    await vendor.account().rename(device, NAME)
    return {"did": device.device, "dev_alias": NAME}


async def list_guests(vendor: Vendor) -> Mapping[str, object]:
    """List who has a device."""
    device = await vendor.bound()
    await vendor.account().shares(device=device).all()
    return {"did": device.device}


async def remove_guest(vendor: Vendor) -> Mapping[str, object]:
    """End the access of somebody who took a code."""
    given, _ = await vendor.granted()
    await vendor.account().end(given)
    return {"did": given.device.device, "uid": vendor.user("guest").user_id}


async def make_code(vendor: Vendor) -> Mapping[str, object]:
    """Make a code."""
    device = await vendor.bound()
    await vendor.account().share(device, to=Anyone())
    return {"type": 1, "did": device.device}


def invite(who: Callable[[Vendor], Somebody], **sends: Callable[[Vendor], str]) -> Wish:
    """Invite a person."""

    async def run(vendor: Vendor) -> Mapping[str, object]:
        device = await vendor.bound()
        await vendor.account().share(device, to=who(vendor))
        named = {name: value(vendor) for name, value in sends.items()}
        return {"type": 0, "did": device.device, **named}

    return run


def for_a_while(to: type[Anyone] | None, use_for: timedelta, minutes: int) -> Wish:
    """Share for a while, which counts from acceptance."""

    async def run(vendor: Vendor) -> Mapping[str, object]:
        device = await vendor.bound()
        recipient = vendor.id_of("guest") if to is None else Anyone()
        await vendor.account().share(device, to=recipient, use_for=use_for)
        return {"duration": minutes, "did": device.device}

    return run


async def list_received(vendor: Vendor) -> Mapping[str, object]:
    """List what was received."""
    await vendor.account("guest").received().all()
    return {"sharing_type": "1", "limit": "100", "skip": "0"}


async def list_given(vendor: Vendor) -> Mapping[str, object]:
    """List the shares of one device."""
    device = await vendor.bound()
    await vendor.account().shares(device=device).all()
    return {"sharing_type": "0", "did": device.device, "limit": "100"}


async def look_at_open_codes(vendor: Vendor) -> Mapping[str, object]:
    """Make a code, around which the codes that wait are looked at."""
    device = await vendor.bound()
    await vendor.account().share(device, to=Anyone())
    return {"sharing_type": "0", "did": device.device, "status": "0"}


async def cancel(vendor: Vendor) -> Mapping[str, object]:
    """Withdraw an invitation."""
    made, received = await invited(vendor)
    await vendor.account().end(made)
    return {"id": received.ref.key.reveal()}


def answer(status: str) -> Wish:
    """Take an invitation, or refuse it."""

    async def run(vendor: Vendor) -> Mapping[str, object]:
        made, received = await invited(vendor)
        guest = vendor.account("guest")
        await (guest.accept(received) if status == "1" else guest.end(received))
        return {"id": made.ref.key.reveal(), "status": status}

    return run


async def inspect(vendor: Vendor) -> Mapping[str, object]:
    """Ask what a code is for."""
    offer = await vendor.offered()
    await vendor.account("guest").inspect(offer)
    return {"code": offer.code.reveal()}


async def redeem(vendor: Vendor) -> Mapping[str, object]:
    """Take a code."""
    offer = await vendor.offered()
    await vendor.account("guest").accept(offer)
    return {"code": offer.code.reveal()}


async def redeem_scanned(vendor: Vendor) -> Mapping[str, object]:
    """Take what people scan, in which the code stands (quirk qr_content_is_a_query_string)."""
    code = (await vendor.offered()).code.reveal()
    await vendor.account("guest").accept(f"type=share&code={code}")
    return {"code": code}


async def transfer(vendor: Vendor) -> Mapping[str, object]:
    """Hand a device over."""
    given, _ = await vendor.granted()
    heir = vendor.id_of("guest")
    await vendor.account().transfer(given.device, to=heir)
    return {"did": given.device.device, "uid": heir.value}


MOST: Final = timedelta(days=1)
LEAST_USE: Final = timedelta(minutes=1)

GIZWITS: Final[Mapping[str, Mapping[str, Wish]]] = {
    "login": {"username": sign_in("phone"), "password": sign_in("email")},
    "bind_mac": {
        **dict.fromkeys((STAMP, "X-Gizwits-Signature", "product_key", "mac"), bind_mac()),
        "dev_alias": bind_mac(name=NAME),
        "set_owner": bind_mac(claims=False),
    },
    "bind_latest": {"qr_content": bind_latest(), "set_owner": bind_latest(claims=True)},
    "list_bindings": {"limit": list_bindings, "skip": list_long_bindings},
    "unbind": {"devices": unbind, "devices[].did": unbind},
    "update_binding": {"did": rename, "dev_alias": rename},
    "list_guests": {"did": list_guests},
    "remove_guest": {"did": remove_guest, "uid": remove_guest},
    "create_share": {
        "type": make_code,
        "did": make_code,
        "uid": invite(lambda vendor: vendor.id_of("guest"), uid=lambda vendor: vendor.user("guest").user_id),
        "username": invite(
            lambda vendor: Username(vendor.user("guest").email), username=lambda vendor: vendor.user("guest").email
        ),
        "email": invite(
            lambda vendor: Email(vendor.user("guest").email), email=lambda vendor: vendor.user("guest").email
        ),
        "phone": invite(
            lambda vendor: Phone(**vendor.user("guest").phone),
            phone=lambda vendor: vendor.user("guest").phone["number"],
        ),
        "duration": for_a_while(None, MOST, 1440),
    },
    "list_shares": {
        "sharing_type": list_received,
        "status": look_at_open_codes,
        "did": list_given,
        "limit": list_given,
        "skip": list_received,
    },
    "cancel_share": {"id": cancel},
    "answer_share": {"id": answer("1"), "status": answer("2")},
    "inspect_share_code": {"code": inspect},
    "accept_share_code": {"code": redeem_scanned},
    "transfer_ownership": {"did": transfer, "uid": transfer},
}

LIST: Final = {"limit": "a list is paged", "skip": "a list is paged"}

LEAST: Final[Mapping[str, tuple[Wish, Mapping[str, str]]]] = {
    "login": (sign_in("username"), {}),
    "bind_mac": (bind_mac(), {}),
    "bind_latest": (bind_latest(), {}),
    "list_bindings": (list_bindings, LIST),
    "unbind": (unbind, {}),
    "update_binding": (rename, {"dev_alias": "constraint at_least_one_body_param"}),
    "list_guests": (list_guests, {}),
    "remove_guest": (remove_guest, {"uid": "whose access ends is always said, for nobody knows what its lack means"}),
    "create_share": (make_code, {}),
    "list_shares": (list_received, LIST),
    "cancel_share": (cancel, {}),
    "answer_share": (answer("1"), {}),
    "inspect_share_code": (inspect, {}),
    "accept_share_code": (redeem, {}),
    "transfer_ownership": (transfer, {}),
}
"""The wish with nothing optional in it, and what is sent nevertheless."""

NOT_SENT: Final[Mapping[tuple[str, str], str]] = {
    ("login", "lang"): "the answer holds nothing for people to read",
    ("bind_mac", "remark"): "a second name, which the model does not have",
    ("list_bindings", "show_disabled"): "what is shown without it is what the vendor shows to its own apps",
    ("list_bindings", "show_proto_ver"): "the version of a device's protocol is no matter of sharing",
    ("update_binding", "remark"): "a second name, which the model does not have",
    ("update_binding", "dev_label"): "labels, which the model does not have",
}
"""Documented parameters that no wish of ours causes, and why."""

SPANS: Final[Mapping[str, Wish]] = {
    "least, by code": for_a_while(Anyone, LEAST_USE, 1),
    "most, by code": for_a_while(Anyone, MOST, 1440),
    "least": for_a_while(None, LEAST_USE, 1),
}
"""The bounds of the use window (contract: timing.use_window), each with the wish that reaches it."""
