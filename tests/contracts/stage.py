"""The contracts as data, and the running clouds with accounts on them, for every test of this folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import urlsplit

import attrs
import yaml

from sharebind import Account, Anyone, ByText, CodeOffer, DeviceRef, Share, Sharebind, Space, UserId
from sharebind.emulator import Cloud, Clouds, Recorded, User
from sharebind_quectel.emulator import QuectelCloud

CONTRACTS: Final = Path(__file__).resolve().parents[2] / "docs" / "contracts"
VENDORS: Final = ("quectel", "tencent")

QUECTEL_CALLS: Final = (
    "shareInfo",
    "shareByUid",
    "bindDeviceDk",
    "shareDevice",
    "deviceInfo",
    "ownerUserUnshareDevice",
    "shareUserUnshareDevice",
    "deviceShareUserList",
    "userDeviceList",
    "unbundlingDeviceDk",
    "userInfo",
)
TENCENT_CALLS: Final = (
    "AppSendShareDeviceInvite",
    "AppCreateShareDeviceToken",
    "AppDescribeShareDeviceToken",
    "AppBindUserShareDevice",
    "AppListShareDeviceUsers",
    "AppListUserShareDevices",
    "AppRemoveShareDeviceUser",
    "AppRemoveUserShareDevice",
    "AppSecureAddDeviceInFamily",
    "AppGetFamilyList",
    "AppGetFamilyDeviceList",
    "AppDeleteDeviceInFamily",
    "AppGetMessages",
    "AppGetUser",
)
CALLS: Final[Mapping[str, tuple[str, ...]]] = {"quectel": QUECTEL_CALLS, "tencent": TENCENT_CALLS}
"""The calls that the adapters make."""


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


@attrs.frozen
class Vendor:
    """Hold one running cloud, and open accounts of our library on it."""

    name: str
    cloud: Cloud
    clouds: Clouds
    sharebind: Sharebind

    def account(self, user: str = "owner", *, token: str = "") -> Account:
        """Open an account of the named person, with their own token unless another is given."""
        settings = {"base_url": self.cloud.base_url, "token": token or self.user(user).token}
        return self.sharebind.open_account(self.name, settings, name=user)

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


def given_in(recorded: Recorded) -> dict[str, Any]:
    """Return the parameters of a request, wherever they stood."""
    query = {name: values[0] for name, values in recorded.query.items()}
    return query | cast("dict[str, Any]", recorded.body or {})
