"""People at Gizwits' emulated cloud, and raw servers that speak like it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Final, cast

from sharebind import NO_RETRIES, Account, Anyone, CodeOffer, DeviceRef, Secret, Share, Sharebind, State, UserId
from sharebind.emulator import Clouds, User, emulate
from sharebind_gizwits import ByMac
from sharebind_gizwits.emulator import GizwitsCloud

from .scene import INSTALLED, Asked, Said, Server, account_at

DAY: Final = timedelta(days=1)
MINUTE: Final = timedelta(minutes=1)
DEVICE: Final = DeviceRef("d1")
APP: Final = "app-1"
TOKEN: Final = Secret("t0k")


class Scene:
    """Three people at Gizwits' emulated cloud, and its devices."""

    def __init__(self, sharebind: Sharebind, clouds: Clouds) -> None:
        self.sharebind = sharebind
        self.clouds = clouds
        self.cloud = cast("GizwitsCloud", clouds["gizwits"])
        self.owner, self.guest, self.other = (self.open(name) for name in ("owner", "guest", "other"))

    def settings(self, name: str) -> dict[str, Any]:
        """Give the settings of a person's account, without credentials."""
        app = self.cloud.app
        return {
            "app_id": app["app_id"],
            "token": self.cloud.user(name).token,
            "product_secrets": {app["product_key"]: app["product_secret"]},
            "base_url": self.cloud.base_url,
        }

    def open(self, name: str, **more: Any) -> Account:
        """Open an account of a person, one that knows nothing of any other."""
        return self.sharebind.open_account("gizwits", self.settings(name) | more, name=name)

    def person(self, account: Account) -> User:
        """Give the person behind an account."""
        return self.cloud.user(account.name)

    def user_id(self, account: Account) -> UserId:
        """Name the person behind an account by id."""
        return UserId(self.person(account).user_id)

    def proof(self, index: int = 0) -> ByMac:
        """Give the proof of one of the free devices."""
        known = self.cloud.devices[index].proof
        return ByMac(known["product_key"], known["mac"])

    async def bound(self, index: int = 0, account: Account | None = None) -> DeviceRef:
        """Bind one of the free devices."""
        return (await (account or self.owner).bind(None, self.proof(index))).device

    async def code(self, device: DeviceRef) -> CodeOffer:
        """Make a code that anyone may take."""
        return await self.owner.share(device, to=Anyone())

    async def invited(self, device: DeviceRef, account: Account | None = None) -> Share:
        """Invite a person."""
        return await self.owner.share(device, to=self.user_id(account or self.guest))

    async def waiting(self, account: Account | None = None) -> Share:
        """Give the one offer that waits for a person."""
        [offer] = await (account or self.guest).received(states=frozenset({State.OFFERED})).all()
        return offer

    async def granted(self, device: DeviceRef, account: Account | None = None) -> Share:
        """Invite a person, who accepts, and give the share as its owner made it."""
        share = await self.invited(device, account)
        await (account or self.guest).accept(await self.waiting(account))
        return share

    def has(self, account: Account, device: DeviceRef) -> bool:
        """Say whether somebody holds a device, by the cloud itself."""
        return self.role(account, device) is not None

    def role(self, account: Account, device: DeviceRef) -> str | None:
        """Say in which role somebody holds a device, by the cloud itself."""
        bindings = cast("list[dict[str, str]]", self.cloud.state()["bindings"])
        user_id = self.person(account).user_id
        found = [each["role"] for each in bindings if (each["user_id"], each["device"]) == (user_id, device.device)]
        return found[0] if found else None

    def asked(self) -> list[str]:
        """Give the calls that came, in order."""
        return [each.operation for each in self.cloud.requests]

    def sent(self, call: str) -> Any:
        """Give what a call carried, the last time."""
        return [each for each in self.cloud.requests if each.operation == call][-1]


@asynccontextmanager
async def living() -> AsyncGenerator[Scene]:
    """Run the emulated cloud with three people, and see afterwards that nobody broke the vendor's contract."""
    async with (
        emulate(GizwitsCloud) as clouds,
        Sharebind(registry=INSTALLED, clock=clouds.clock, retries=NO_RETRIES) as sharebind,
    ):
        yield Scene(sharebind, clouds)
        assert clouds["gizwits"].violations == []


@asynccontextmanager
async def desk_at(
    say: Callable[[Asked], Said], token: Secret | None = TOKEN, **more: Any
) -> AsyncGenerator[tuple[Account, Server]]:
    """Open an account at a raw server, with a token or without one."""
    settings: Mapping[str, object] = {"app_id": APP, "token": token, **more}
    async with account_at("gizwits", say, more=settings) as opened:
        yield opened


def record(number: int = 1, **fields: object) -> dict[str, object]:
    """Write a share as list_shares gives it."""
    return {
        "id": number,
        "type": 0,
        "uid": "u1",
        "username": None,
        "user_alias": "",
        "email": "a***@example.com",
        "phone": None,
        "did": DEVICE.device,
        "product_name": "Lamp",
        "dev_alias": "客厅的灯",
        "status": 1,
        "created_at": "2024-01-01T00:00:00Z",
        "updated_at": "2024-01-01T00:00:00Z",
        "expired_at": "2024-01-02T00:00:00Z",
        **fields,
    }


def page(*objects: object, total: int | None = None) -> Said:
    """Write a page of list_shares."""
    count = len(objects) if total is None else total
    return 200, {"meta": {"total": count, "limit": 100, "skip": 0}, "objects": list(objects)}


def held(did: str = DEVICE.device, role: str | None = "owner", **fields: object) -> dict[str, object]:
    """Write a device as list_bindings gives it."""
    known: dict[str, object] = {"product_key": "p", "did": did, "mac": "A1", "passcode": "hunter4", "dev_alias": "灯"}
    return {**known, **({} if role is None else {"role": role}), **fields}


def guest(user_id: str = "u1", **fields: object) -> dict[str, object]:
    """Write a guest as list_guests gives it."""
    return {
        "uid": user_id,
        "username": None,
        "phone": "138****0002",
        "email": None,
        "created_at": "2024-01-01T00:00:00Z",
        **fields,
    }
