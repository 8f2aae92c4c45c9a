"""How each vendor's accounts are set up here, how its devices are bound, and what its plainest read is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import attrs

from sharebind import Account, ByText, Proof, Space
from sharebind.emulator import Cloud, Device, User
from sharebind_gizwits import ByMac

if TYPE_CHECKING:
    from collections.abc import Awaitable

Settings: TypeAlias = dict[str, Any]


@attrs.frozen(kw_only=True)
class Manner:
    """Hold what differs between the vendors in what the tests prepare."""

    token: Callable[[Cloud], Settings]
    """What an account needs beside a token."""
    credentials: Callable[[Cloud, User, str], Settings]
    """What an account needs to sign in, by e-mail address, phone or another way."""
    proof: Callable[[Device], Proof | None]
    """What binds a free device, ``None`` where its name alone does."""
    home: Callable[[User], Space | None]
    """Where a device is bound to, ``None`` for wherever the vendor likes."""
    read: Callable[[Account], Awaitable[object]]
    """The plainest read, which asks for one thing in the account's own name."""
    reads: str
    """The call of that read."""
    kind: str
    """The operation of that read."""


def _nothing(cloud: Cloud) -> Settings:
    del cloud
    return {}


def _by_password(cloud: Cloud, user: User, by: str) -> Settings:
    known = {"password": user.password, by: user.email if by == "email" else user.phone}
    if by == "open_id":
        known = {"open_id": f"open-{user.name}", "nickname": user.name, "avatar": "https://example.com/a.png"}
    return {**cloud.app, **known}


def _gizwits_app(cloud: Cloud) -> Settings:
    app = cloud.app
    return {"app_id": app["app_id"], "product_secrets": {app["product_key"]: app["product_secret"]}}


def _gizwits_credentials(cloud: Cloud, user: User, by: str) -> Settings:
    who = {"email": user.email, "username": user.email, "phone": user.phone}[by]
    return {**_gizwits_app(cloud), "password": user.password, by: who}


def _by_mac(device: Device) -> Proof:
    return ByMac(device.proof["product_key"], device.proof["mac"])


def _no_home(user: User) -> None:
    del user


async def _me(account: Account) -> object:
    return await account.me()


async def _bindings(account: Account) -> object:
    return await account.bindings().all()


async def _spaces(account: Account) -> object:
    return await account.spaces().all()


def _no_proof(device: Device) -> None:
    del device


QUECTEL: Final = Manner(
    token=_nothing, credentials=_by_password, proof=_no_proof, home=_no_home, read=_me, reads="userInfo", kind="me"
)
TENCENT: Final = Manner(
    token=_nothing,
    credentials=_by_password,
    proof=lambda device: ByText(device.proof["device_signature"]),
    home=lambda user: Space(user.homes[0]),
    read=_me,
    reads="AppGetUser",
    kind="me",
)
GIZWITS: Final = Manner(
    token=_gizwits_app,
    credentials=_gizwits_credentials,
    proof=_by_mac,
    home=_no_home,
    read=_bindings,
    reads="list_bindings",
    kind="bindings",
)


def _ewelink() -> Manner:
    from sharebind_ewelink import ByDigest

    def credentials(cloud: Cloud, user: User, by: str) -> Settings:
        app = {name: cloud.app[name] for name in ("app_id", "app_secret")}
        return {**app, "rate": "off", "password": user.password, by: user.email if by == "email" else user.phone}

    def proof(device: Device) -> Proof:
        return ByDigest(apikey=device.proof["apikey"], chip=device.proof["chipid"])

    return Manner(
        # The documented pace would hold every case up by half a second.
        token=lambda _: {"rate": "off"},
        credentials=credentials,
        proof=proof,
        home=_no_home,
        read=_spaces,
        reads="list_homes",
        kind="spaces",
    )


WITHOUT_EWELINK: Final = find_spec("sharebind_ewelink") is None
"""Whether eWeLink, which is a distribution of its own, is not installed."""

MANNERS: Final[Mapping[str, Manner]] = {
    "quectel": QUECTEL,
    "tencent": TENCENT,
    "gizwits": GIZWITS,
    **({} if WITHOUT_EWELINK else {"ewelink": _ewelink()}),
}
