"""A valid request of each of Gizwits' calls, with every parameter that goes together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from .bare import Valid, Wrong, at_once
from .reading import contract
from .recipes import product_signature
from .stage import Vendor, needs_token


def gizwits(here: Vendor, call: str, user: str = "owner", /, **places: Any) -> Wrong:
    """Begin a request at Gizwits, with the app and, where the call wants it, somebody's token."""
    auth = contract("gizwits")["auth"]
    headers = {auth["app_header"]: here.cloud.app["app_id"], **places.pop("headers", {})}
    if needs_token("gizwits", call):
        headers[auth["user_header"]] = here.user(user).token
    return Wrong("gizwits", call, headers=headers, **places)


def held(here: Vendor) -> str:
    """Let the owner hold a device, and return its id."""
    cloud: Any = here.cloud
    return str(cloud.add_devices("owner", 1)[0].device)


def guest_of(here: Vendor, did: str) -> str:
    """Let somebody be a guest of a device, and return their id."""
    cloud: Any = here.cloud
    return str(cloud.add_guests("", did, 1)[0].user_id)


def invited(here: Vendor) -> str:
    """Let the owner invite the guest to a device, and return the share's id."""
    body = {"type": 0, "did": held(here), "uid": here.user("guest").user_id}
    return str(at_once(here, gizwits(here, "create_share", body=body))["id"])


def coded(here: Vendor) -> str:
    """Let the owner make a code, and return it."""
    made = at_once(here, gizwits(here, "create_share", body={"type": 1, "did": held(here)}))
    return str(made["qr_content"]).rpartition("code=")[2]


async def login(here: Vendor, _: str) -> Wrong:
    """Every parameter of login."""
    user = here.user()
    return gizwits(here, "login", body={"username": user.email, "password": user.password, "lang": "en"})


async def bind_mac(here: Vendor, _: str) -> Wrong:
    """Every parameter of bind_mac, signed."""
    known = here.cloud.devices[0].proof
    body = {"product_key": known["product_key"], "mac": known["mac"]}
    named = {"remark": "shelf 3", "dev_alias": "lamp", "set_owner": 0}
    return gizwits(here, "bind_mac", headers=product_signature(here), body={**body, **named})


async def bind_latest(here: Vendor, _: str) -> Wrong:
    """Every parameter of bind_latest."""
    content = here.cloud.devices[0].proof["qr_content"]
    return gizwits(here, "bind_latest", body={"qr_content": content, "set_owner": 1})


async def list_bindings(here: Vendor, _: str) -> Wrong:
    """Every parameter of list_bindings."""
    return gizwits(here, "list_bindings", query={"limit": 10, "skip": 0, "show_disabled": 0, "show_proto_ver": 1})


async def unbind(here: Vendor, _: str) -> Wrong:
    """Every parameter of unbind."""
    return gizwits(here, "unbind", body={"devices": [{"did": held(here)}]})


async def update_binding(here: Vendor, _: str) -> Wrong:
    """Every parameter of update_binding."""
    body = {"remark": "shelf 3", "dev_alias": "lamp", "dev_label": ["hall"]}
    return gizwits(here, "update_binding", path={"did": held(here)}, body=body)


async def list_guests(here: Vendor, _: str) -> Wrong:
    """Every parameter of list_guests."""
    return gizwits(here, "list_guests", path={"did": held(here)})


async def remove_guest(here: Vendor, _: str) -> Wrong:
    """Every parameter of remove_guest."""
    did = held(here)
    return gizwits(here, "remove_guest", path={"did": did}, query={"uid": guest_of(here, did)})


async def create_share(here: Vendor, parameter: str) -> Wrong:
    """Every parameter of create_share for a person, with the one name of them that matters."""
    guest = here.user("guest")
    names = {
        "uid": guest.user_id,
        "username": guest.email,
        "email": guest.email,
        "phone": guest.phone["number"],
    }
    name = parameter if parameter in names else "uid"
    return gizwits(here, "create_share", body={"type": 0, "did": held(here), "duration": 60, name: names[name]})


async def list_shares(here: Vendor, _: str) -> Wrong:
    """Every parameter of list_shares."""
    query = {"sharing_type": 0, "status": "0", "did": held(here), "limit": 10, "skip": 0}
    return gizwits(here, "list_shares", query=query)


async def cancel_share(here: Vendor, _: str) -> Wrong:
    """Every parameter of cancel_share."""
    return gizwits(here, "cancel_share", path={"id": invited(here)})


async def answer_share(here: Vendor, _: str) -> Wrong:
    """Every parameter of answer_share."""
    return gizwits(here, "answer_share", "guest", path={"id": invited(here)}, query={"status": 1})


async def inspect_share_code(here: Vendor, _: str) -> Wrong:
    """Every parameter of inspect_share_code."""
    return gizwits(here, "inspect_share_code", "guest", path={"code": coded(here)})


async def accept_share_code(here: Vendor, _: str) -> Wrong:
    """Every parameter of accept_share_code."""
    return gizwits(here, "accept_share_code", "guest", path={"code": coded(here)})


async def set_share_alias(here: Vendor, _: str) -> Wrong:
    """Every parameter of set_share_alias."""
    return gizwits(here, "set_share_alias", path={"id": invited(here)}, query={"user_alias": "my sister"})


async def transfer_ownership(here: Vendor, _: str) -> Wrong:
    """Every parameter of transfer_ownership."""
    did = held(here)
    return gizwits(here, "transfer_ownership", path={"did": did}, query={"uid": guest_of(here, did)})


async def list_messages(here: Vendor, _: str) -> Wrong:
    """Every parameter of list_messages."""
    return gizwits(here, "list_messages", query={"type": 1, "limit": 10, "skip": 0})


async def mark_message(here: Vendor, _: str) -> Wrong:
    """Every parameter of mark_message."""
    invited(here)
    listed = at_once(here, gizwits(here, "list_messages", query={"type": 1}))
    return gizwits(here, "mark_message", path={"id": listed["objects"][0]["id"]}, query={"status": 1})


def plain(call: str) -> Valid:
    """Nothing but the app."""

    async def valid(here: Vendor, _: str) -> Wrong:
        return gizwits(here, call)

    return valid


GIZWITS: Final[Mapping[str, Valid]] = {
    "login": login,
    "bind_mac": bind_mac,
    "bind_latest": bind_latest,
    "list_bindings": list_bindings,
    "unbind": unbind,
    "update_binding": update_binding,
    "list_guests": list_guests,
    "remove_guest": remove_guest,
    "create_share": create_share,
    "list_shares": list_shares,
    "cancel_share": cancel_share,
    "answer_share": answer_share,
    "inspect_share_code": inspect_share_code,
    "accept_share_code": accept_share_code,
    "set_share_alias": set_share_alias,
    "transfer_ownership": transfer_ownership,
    "list_messages": list_messages,
    "mark_message": mark_message,
    "list_error_codes": plain("list_error_codes"),
    "status": plain("status"),
}
