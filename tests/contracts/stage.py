"""The contracts as data, and the running clouds with accounts on them, for every test of this folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import urlsplit

import attrs
import yaml

from sharebind import Account, Anyone, ByText, CodeOffer, DeviceRef, Secret, Share, Sharebind, Space, UserId
from sharebind.emulator import Cloud, Clouds, Recorded, User
from sharebind_quectel.emulator import QuectelCloud
from sharebind_tencent.emulator import TencentCloud

CONTRACTS: Final = Path(__file__).resolve().parents[2] / "docs" / "contracts"
VENDORS: Final = ("quectel", "tencent")

OUT_OF_SCOPE: Final[Mapping[str, frozenset[str]]] = {
    "quectel": frozenset({"batchGetPureBtResetCredentials"}),
    "tencent": frozenset({"AppGetTokenTicket", "AppCheckInTokenTicket", "AppDeleteMessage"}),
}
"""Calls that no adapter makes, beside Quectel's messages, families and enterprise calls and Tencent's Cloud API 3.0."""
GROUPS: Final = frozenset({"auth", "bind", "share"})
"""Quectel's groups that are in scope."""
ENDPOINTS: Final = frozenset({"tokenapi", "appapi"})
"""Tencent's endpoints for apps."""


@cache
def contract(name: str) -> dict[str, Any]:
    """Read one file of ``docs/contracts``."""
    text = (CONTRACTS / f"{name}.yaml").read_text(encoding="utf-8")
    return cast("dict[str, Any]", yaml.safe_load(text))


@cache
def entry(vendor: str, call: str) -> dict[str, Any]:
    """Return a contract's entry of one call."""
    section = contract(vendor)["endpoints" if vendor == "quectel" else "actions"]
    return next(each for each in section if each["name"] == call)


def _in_scope(vendor: str) -> tuple[str, ...]:
    if vendor == "quectel":
        listed = [each["name"] for each in contract(vendor)["endpoints"] if each["group"] in GROUPS]
    else:
        listed = [each["name"] for each in contract(vendor)["actions"] if each["endpoint"] in ENDPOINTS]
    return tuple(name for name in listed if name not in OUT_OF_SCOPE[vendor])


CALLS: Final[Mapping[str, tuple[str, ...]]] = {vendor: _in_scope(vendor) for vendor in VENDORS}
"""The calls that the adapters make, in the contracts' order."""


def needs_token(vendor: str, call: str) -> bool:
    """Tell whether a call is made in a user's name; the others sign in or renew."""
    if vendor == "quectel":
        return bool(entry(vendor, call)["auth"] != "none")
    return bool(entry(vendor, call)["endpoint"] == "tokenapi")


def sends_json(vendor: str, call: str) -> bool:
    """Tell whether the call's parameters belong in a JSON body, and not in the query."""
    return vendor == "tencent" or entry(vendor, call)["send_as"] == "json body"


def own_parameters(vendor: str, call: str) -> dict[str, dict[str, Any]]:
    """Return the call's own parameters by name, without those that every call has."""
    return {each["name"]: each for each in entry(vendor, call)["params"]}


def parameters(vendor: str, call: str) -> dict[str, dict[str, Any]]:
    """Return every parameter of the call by name, those that come with every call first."""
    common: list[dict[str, Any]] = []
    if vendor == "tencent":
        common = contract("tencent")["transport"]["common_params"][entry(vendor, call)["endpoint"]]
    return {each["name"]: each for each in common} | own_parameters(vendor, call)


def codes(vendor: str, call: str) -> dict[str, str]:
    """Return the codes that the contract lists for the call, with their meanings, without success."""
    listed = entry(vendor, call)["codes" if vendor == "quectel" else "errors"]
    return {str(code): meaning for code, meaning in listed.items() if code != 200}


def address(vendor: str, call: str) -> tuple[str, str]:
    """Return method and path of a call."""
    if vendor == "quectel":
        return entry(vendor, call)["method"], entry(vendor, call)["path"]
    host = contract("tencent")["hosts"]["domestic"][entry(vendor, call)["endpoint"]]
    return contract("tencent")["transport"]["method"], urlsplit(host).path


def error_table(vendor: str) -> dict[str, dict[str, Any]]:
    """Return what each code means by ``errors.yaml``."""
    return {str(code): row for code, row in contract("errors")["codes"][vendor].items()}


class Notebook:
    """A token store that knows of no earlier run, and tells what it was given last."""

    def __init__(self) -> None:
        self.saved: dict[str, Mapping[str, Secret]] = {}
        self.earlier: Mapping[str, Mapping[str, Secret]] = {}

    async def load(self, account: str, /) -> Mapping[str, Secret] | None:
        """Know nothing: every test begins without a session."""
        return self.earlier.get(account)

    async def save(self, account: str, tokens: Mapping[str, Secret], /) -> None:
        """Note what came."""
        self.saved[account] = dict(tokens)


@attrs.frozen
class Vendor:
    """Hold one running cloud, and open accounts of our library on it."""

    name: str
    cloud: Cloud
    clouds: Clouds
    sharebind: Sharebind
    notebook: Notebook

    def account(self, user: str = "owner", *, token: str = "", **settings: Any) -> Account:
        """Open an account of the named person, with their own token unless another is given."""
        known = {"base_url": self.cloud.base_url, "token": token or self.user(user).token}
        return self.sharebind.open_account(self.name, {**known, **settings}, name=user)

    def signing_in(self, user: str = "owner", *, by: str = "email", **settings: Any) -> Account:
        """Open an account of the named person that has no token, and signs in with credentials of its own."""
        person, known = self.user(user), {"base_url": self.cloud.base_url, **self.cloud.app}
        who: dict[str, Any] = {"password": person.password, by: person.email if by == "email" else person.phone}
        if by == "open_id":
            who = {"open_id": f"open-{user}", "nickname": user, "avatar": "https://example.com/a.png"}
        return self.sharebind.open_account(self.name, {**known, **who, **settings}, name=user)

    def end_tokens(self, user: str = "owner") -> None:
        """Let the access tokens of a person die."""
        cast("QuectelCloud | TencentCloud", self.cloud).end_tokens(user)

    def user(self, name: str = "owner") -> User:
        """Return the named person."""
        return self.cloud.user(name)

    def id_of(self, name: str) -> UserId:
        """Return the named person as a recipient."""
        return UserId(self.user(name).user_id)

    def device(self, number: int = 0) -> DeviceRef:
        """Return a device that nobody holds at the start."""
        free = self.cloud.devices[number]
        return DeviceRef(free.device, free.product)

    def special(self, name: str) -> DeviceRef:
        """Return one of Quectel's devices whose product behaves otherwise."""
        found = cast("QuectelCloud", self.cloud).special[name]
        return DeviceRef(found.device, found.product)

    def proof(self, number: int = 0) -> ByText:
        """Return the text in a device's code, with which Tencent binds."""
        return ByText(self.cloud.devices[number].proof["device_signature"])

    def home(self, user: str = "owner", number: int = 0) -> Space:
        """Return one of the person's homes."""
        return Space(self.user(user).homes[number])

    async def room(self, user: str = "owner") -> Space:
        """Return a room of the person's first home."""
        spaces = await self.account(user).spaces(rooms=True).all()
        return next(space for space in spaces if space.room is not None)

    async def bound(self, number: int = 0, user: str = "owner") -> DeviceRef:
        """Bind a free device through the adapter."""
        device = self.device(number)
        if self.name == "tencent":
            await self.account(user).bind(device, self.proof(number), space=self.home(user))
        else:
            await self.account(user).bind(device)
        return device

    async def offered(self, device: DeviceRef | None = None) -> CodeOffer:
        """Make a code for a device of the owner."""
        return await self.account().share(device or await self.bound(), to=Anyone())

    async def granted(self, user: str = "guest", device: DeviceRef | None = None) -> tuple[Share, Share]:
        """Let somebody take a code, and return the share as its owner lists it and as its recipient has it."""
        offer = await self.offered(device)
        taken = await self.account(user).accept(offer)
        listed = [share async for share in self.account().shares(device=offer.device)]
        mine = [share for share in listed if share.recipient and share.recipient.user_id == self.user(user).user_id]
        return mine[0], taken

    def sent(self, call: str) -> Recorded:
        """Return the latest request of a call."""
        return [each for each in self.cloud.requests if each.operation == call][-1]


@attrs.frozen
class Stage:
    """Hold both vendors, and count the cases that were checked."""

    vendors: Mapping[str, Vendor]
    count: Callable[[str], None]

    def __getitem__(self, name: str) -> Vendor:
        return self.vendors[name]


def flat(fields: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every field of a JSON object by its name in the contract: ``outer``, ``outer.inner``, ``list[].inner``."""
    for name, value in fields.items():
        yield path + name, value
        if isinstance(value, dict):
            yield from flat(cast("dict[str, Any]", value), f"{path}{name}.")
        for item in value if isinstance(value, list) else ():
            yield from flat(cast("dict[str, Any]", item), f"{path}{name}[].")


def body_of(recorded: Recorded) -> list[tuple[str, Any]]:
    """Return the fields of a request's body, nested ones too."""
    return list(flat(cast("dict[str, Any]", recorded.body or {})))


def given_in(recorded: Recorded) -> dict[str, Any]:
    """Return the parameters of a request, wherever they stood."""
    return {name: values[0] for name, values in recorded.query.items()} | dict(body_of(recorded))
