"""The running clouds with accounts on them, for every test of this folder, and what the contracts say in short."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, cast

import attrs

from sharebind import Account, Anyone, ByText, CodeOffer, DeviceRef, Email, Secret, Share, Sharebind, Space, UserId
from sharebind.emulator import Cloud, Clouds, Recorded, Request, User
from sharebind_quectel.emulator import QuectelCloud

from .manners import MANNERS, WITHOUT_EWELINK, Manner
from .reading import Parameters, QuectelReader, Reader, RestReader, TencentReader, contract, named_in

VENDORS: Final = ("quectel", "tencent", "gizwits", *(() if WITHOUT_EWELINK else ("ewelink",)))
PAGED: Final = ("quectel", "tencent")
"""The vendors whose contracts take the codes of a call from its own page."""
INFERRED: Final = VENDORS[len(PAGED) :]
"""The vendors who publish one list of codes for all calls, so that any call may answer any of them."""

OUT_OF_SCOPE: Final[Mapping[str, Mapping[str, str]]] = {
    "quectel": {"batchGetPureBtResetCredentials": "no wish of the model"},
    "tencent": {
        "AppGetTokenTicket": "for web pages of the vendor's own",
        "AppCheckInTokenTicket": "for web pages of the vendor's own",
        "AppDeleteMessage": "neither declines an offer nor tells anybody",
    },
    "gizwits": {
        "set_share_alias": "a note on a share, which the model does not have",
        "list_messages": "free text, which cannot be joined to a share (quirk share_events_are_free_text)",
        "mark_message": "the inbox is not read",
        "list_error_codes": "the codes are known beforehand",
        "status": "the vendor's health is no wish",
    },
    "ewelink": {
        "oauth_token": "an account of that tier is set up with the token that the exchange gave",
        "device_history": "what was done with a device is no wish of the model",
        "list_messages": "a share is active at once, so that the inbox offers nothing",
    },
}
"""Calls that no adapter makes, beside Quectel's messages, families and enterprise calls and Tencent's Cloud API 3.0."""

READERS: Final[Mapping[str, Reader]] = {
    "quectel": QuectelReader("quectel", OUT_OF_SCOPE["quectel"]),
    "tencent": TencentReader("tencent", OUT_OF_SCOPE["tencent"]),
    "gizwits": RestReader("gizwits", OUT_OF_SCOPE["gizwits"]),
    "ewelink": RestReader("ewelink", OUT_OF_SCOPE["ewelink"]),
}

CALLS: Final[Mapping[str, tuple[str, ...]]] = {vendor: READERS[vendor].made() for vendor in VENDORS}
"""The calls that the adapters make, in the contracts' order."""
JUDGED: Final[Mapping[str, tuple[str, ...]]] = {vendor: READERS[vendor].emulated() for vendor in VENDORS}
"""The calls that the emulated clouds judge."""


def entry(vendor: str, call: str) -> dict[str, Any]:
    """Return a contract's entry of one call."""
    return READERS[vendor].entry(call)


def needs_token(vendor: str, call: str) -> bool:
    """Tell whether a call is made in a user's name; the others sign in or renew."""
    return READERS[vendor].needs_token(call)


def place(vendor: str, call: str, parameter: str) -> str:
    """Return where a parameter of a call belongs: path, query, header or body."""
    return READERS[vendor].place(call, parameter)


def own_parameters(vendor: str, call: str) -> Parameters:
    """Return the call's own parameters by name, without those that every call has."""
    return READERS[vendor].own(call)


def parameters(vendor: str, call: str) -> Parameters:
    """Return every parameter of the call by name, those that come with every call first."""
    return READERS[vendor].common(call) | own_parameters(vendor, call)


def codes(vendor: str, call: str) -> dict[str, str]:
    """Return the codes that the contract lists for the call, with their meanings, without success."""
    return READERS[vendor].codes(call)


def address(vendor: str, call: str) -> tuple[str, str]:
    """Return method and path of a call, with braces where parameters stand in the path."""
    return READERS[vendor].address(call)


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
    heard: list[Request] = attrs.field(factory=list[Request])
    """Every request that the cloud has answered by itself, headers and bytes included."""

    @property
    def manner(self) -> Manner:
        """What differs here from other vendors."""
        return MANNERS[self.name]

    def account(self, user: str = "owner", *, token: str = "", **settings: Any) -> Account:
        """Open an account of the named person, with their own token unless another is given."""
        known = {"base_url": self.cloud.base_url, "token": token or self.user(user).token}
        return self.sharebind.open_account(self.name, {**known, **self.manner.token(self.cloud), **settings}, name=user)

    def signing_in(self, user: str = "owner", *, by: str = "email", **settings: Any) -> Account:
        """Open an account of the named person that has no token, and signs in with credentials of its own."""
        known = {"base_url": self.cloud.base_url, **self.manner.credentials(self.cloud, self.user(user), by)}
        return self.sharebind.open_account(self.name, {**known, **settings}, name=user)

    def end_tokens(self, user: str = "owner") -> None:
        """Let the access tokens of a person die."""
        cloud: Any = self.cloud
        cloud.end_tokens(user)

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
        device, account = self.device(number), self.account(user)
        proof, home = self.manner.proof(self.cloud.devices[number]), self.manner.home(self.user(user))
        await (account.bind(device) if proof is None else account.bind(device, proof, space=home))
        return device

    async def offered(self, device: DeviceRef | None = None) -> CodeOffer:
        """Make a code for a device of the owner."""
        return await self.account().share(device or await self.bound(), to=Anyone())

    async def granted(self, user: str = "guest", device: DeviceRef | None = None) -> tuple[Share, Share]:
        """Give somebody a device, and return the share as its owner lists it and as its recipient has it."""
        device = device or await self.bound()
        if self.name == "ewelink":  # there are no codes, and nobody is asked
            await self.account().share(device, to=Email(self.user(user).email))
            (taken,) = await self.account(user).received(device=device).all()
        else:
            taken = await self.account(user).accept(await self.offered(device))
        listed = [share async for share in self.account().shares(device=device)]
        mine = [share for share in listed if share.recipient and share.recipient.user_id == self.user(user).user_id]
        return mine[0], taken

    def sent(self, call: str) -> Recorded:
        """Return the latest request of a call."""
        return [each for each in self.cloud.requests if each.operation == call][-1]

    def given(self, call: str) -> dict[str, Any]:
        """Return the parameters of the latest request of a call, those in its path and its headers too."""
        named = own_parameters(self.name, call)
        in_headers = [name for name in named if place(self.name, call, name) == "header"]
        headers = {name: self.told(call).headers[name] for name in in_headers if name in self.told(call).headers}
        return headers | self.in_path(self.sent(call)) | given_in(self.sent(call))

    def in_path(self, recorded: Recorded) -> dict[str, str]:
        """Return what stands in the path of a request where its contract has names."""
        return named_in(address(self.name, recorded.operation)[1], recorded.path) or {}

    def told(self, call: str) -> Request:
        """Return the latest request of a call with its headers and its bytes."""
        return [each for each in self.heard if self.cloud.operation_of(each) == call][-1]


@attrs.frozen
class Stage:
    """Hold every vendor, and count the cases that were checked.

    A vendor's cloud returns to its start when a test first asks for it: most tests ask for one of them.
    """

    vendors: Mapping[str, Vendor]
    count: Callable[[str], None]
    entered: dict[str, Vendor] = attrs.field(factory=dict[str, Vendor])

    def __getitem__(self, name: str) -> Vendor:
        if name not in self.entered:
            self.vendors[name].cloud.reset()
            self.entered[name] = self.vendors[name]
        return self.entered[name]


def flat(fields: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every field of a JSON object by its name in the contract: ``outer``, ``outer.inner``, ``list[].inner``."""
    for name, value in fields.items():
        yield path + name, value
        if isinstance(value, dict):
            yield from flat(cast("dict[str, Any]", value), f"{path}{name}.")
        for item in value if isinstance(value, list) else ():
            if isinstance(item, dict):
                yield from flat(cast("dict[str, Any]", item), f"{path}{name}[].")


def body_of(recorded: Recorded) -> list[tuple[str, Any]]:
    """Return the fields of a request's body, nested ones too."""
    return list(flat(cast("dict[str, Any]", recorded.body or {})))


def given_in(recorded: Recorded) -> dict[str, Any]:
    """Return the parameters of a request, wherever they stood."""
    return {name: values[0] for name, values in recorded.query.items()} | dict(body_of(recorded))
