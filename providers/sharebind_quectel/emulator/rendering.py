"""How Quectel's cloud writes values: every field of the contract's type, null where nothing applies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final

from sharebind.emulator import Contract, GuessValue, User
from sharebind_quectel.emulator.world import Binding, Share, Unit, World

CHINA: Final = timezone(timedelta(hours=8))
"""Device time strings name no zone; the guide's sample is UTC+8 (contract: conventions.times)."""

LAST: Final = int(datetime(9999, 12, 31, 23, 59, 59, tzinfo=CHINA).timestamp()) * 1000
"""The last second that can be written as a date of that zone."""

NAVIGATED: Final = 8

STATUS_NUMBERS: Final[Mapping[str, Mapping[str, int | None]]] = {
    "1 open 2 active 3 ended": {"offered": 1, "active": 2, "ended": 3},
    "0 open 1 active 2 ended": {"offered": 0, "active": 1, "ended": 2},
    "null": {"offered": None, "active": None, "ended": None},
}

FAILURE_CAUSES: Final = {
    "owner_gone": 1,
    "use_expired": 3,
    "offer_expired": 3,
    "withdrawn": 4,
    "revoked": 4,
    "superseded": 5,
}
"""failureCause may be the same set as the push's invalidCause (contract: enums.failureCause, inferred)."""


def millis(moment: datetime) -> int:
    """Return epoch milliseconds."""
    return int(moment.timestamp() * 1000)


def written(when: int | None) -> str | None:
    """Return epoch milliseconds as the vendor's zoneless string, at the latest the last that there is."""
    if when is None:
        return None
    return datetime.fromtimestamp(min(when, LAST) / 1000, UTC).astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S")


class Rendering:
    """Write devices, share entries, users and pages as the contract's types."""

    def __init__(self, contract: Contract, world: World, guesses: Mapping[str, Any]) -> None:
        self._types: Mapping[str, Mapping[str, str]] = contract.section("types")
        self._world = world
        self._guesses = guesses

    def _guess(self, name: str) -> GuessValue:
        value: GuessValue = self._guesses[name].value
        return value

    def _blank(self, kind: str, prefix: str = "") -> dict[str, Any]:
        """Return every field of a type with null, so that none is forgotten."""
        names = (name.removeprefix(prefix) for name in self._types[kind] if name.startswith(prefix))
        return {name: None for name in names if "." not in name}

    def own_device(self, binding: Binding) -> dict[str, Any]:
        """Write a device that its owner reads."""
        return {
            **self._device(binding.unit, binding.uid),
            "bindingCode": binding.unit.binding_code,
            "bindingType": binding.binding_type,
            "btPwd": binding.unit.bt_password,
            "capabilitiesBitmask": binding.capabilities,
            "deviceBindTime": written(binding.bound),
            "deviceBindTimeTs": binding.bound,
            "deviceName": binding.name,
            "deviceType": 1,
            "fid": binding.fid,
            "frid": binding.frid,
            "isMatter": int(binding.matter is not None),
            "matterInfo": binding.matter,
            "verified": self.verified(yes=binding.verified),
        }

    def received_device(self, share: Share) -> dict[str, Any]:
        """Write a device that somebody reads who holds it through a share."""
        return {
            **self._device(share.unit, share.recipient or ""),
            "deviceBindTime": written(share.accepted),
            "deviceBindTimeTs": share.accepted,
            "deviceName": share.name,
            "deviceType": 2,
            "ownerUid": share.owner,
            "shareCode": share.code,
            "sharingExpireAt": written(share.use_until),
            "sharingExpireTimeTs": share.use_until,
            "verified": self.verified(yes=True),
        }

    def _device(self, unit: Unit, uid: str) -> dict[str, Any]:
        user = self._world.user(uid)
        return {
            **self._blank("Device"),
            "accessType": "0",
            "activeTime": written(unit.created),
            "activeTimeTs": unit.created,
            "authKey": unit.auth_key,
            "bindMode": unit.product.bind_mode,
            "bindStatus": 1,
            "bindingType": 3,
            "capabilitiesBitmask": 1,
            "deviceCreateTime": written(unit.created),
            "deviceCreateTimeTs": unit.created,
            "deviceKey": unit.dk,
            "deviceStatus": "Online",
            "lastConnTime": written(unit.created),
            "lastConnTimeTs": unit.created,
            "lowPowerProduct": False,
            "networkType": "2",
            "onlineStatus": 1,
            "phone": user.phone["number"] if user else None,
            "productKey": unit.product.pk,
            "productName": unit.product.name,
            "protocol": "MQTT",
            "secondItemCode": unit.product.second_item,
            "sn": unit.sn,
            "status": 1,
            "uid": uid,
            "userName": user.name if user else None,
        }

    def verified(self, *, yes: bool) -> int | str:
        """Write whether a binding was authenticated."""
        return str(int(yes)) if self._guess("verified_as") == "string" else int(yes)

    def share_entry(self, share: Share, now: int) -> dict[str, Any]:
        """Write one entry of the owner's list; a code that nobody took has no user."""
        state, reason, ended = share.state_at(now)
        statuses = STATUS_NUMBERS[str(self._guess("share_status_numbers"))]
        info = {
            **self._blank("ShareEntry", "shareInfo."),
            "acceptTime": self._share_time(share.accepted),
            "acceptTimeTs": share.accepted,
            "acceptingExpireAt": written(share.accept_by),
            "acceptingExpireAtTs": share.accept_by,
            "authKey": share.auth_key,
            "coverMark": share.cover,
            "deleteTime": self._share_time(ended),
            "deleteTimeTs": ended,
            "deviceName": share.name,
            "dk": share.unit.dk,
            "failureCause": FAILURE_CAUSES.get(reason),
            "ownerUid": share.owner,
            "pk": share.unit.product.pk,
            "shareCode": share.code,
            "shareId": share.number,
            "shareStatus": statuses[state],
            "shareTime": self._share_time(share.made),
            "shareTimeTs": share.made,
            "shareUid": share.recipient,
            "sharingExpireAt": written(share.use_until),
            "sharingExpireAtTs": share.use_until,
            "updateTime": self._share_time(share.updated),
            "updateTimeTs": share.updated,
        }
        recipient = self._world.user(share.recipient) if share.recipient else None
        return {"shareInfo": info, "userInfo": self._share_user(recipient) if recipient else None}

    def _share_time(self, when: int | None) -> int | str | None:
        return written(when) if self._guess("share_times") == "strings" else when

    def _share_user(self, user: User) -> dict[str, Any]:
        times = {"lastLoginTime": written(self._world.born), "registerTime": written(self._world.born)}
        user_domain = self._world.user_domain
        return {**self._blank("ShareEntry", "userInfo."), **self._person(user), **times, "userDomain": user_domain}

    def user(self, user: User) -> dict[str, Any]:
        """Write the caller's own profile, whose times are numbers (contract: userInfo's notes)."""
        times = {"lastLoginTime": self._world.born, "registerTime": self._world.born}
        return {**self._blank("User"), **self._person(user), **times}

    def _person(self, user: User) -> dict[str, Any]:
        return {
            "email": user.email,
            "lang": "en",
            "lastLoginTimeTs": self._world.born,
            "nikeName": user.name,
            "phone": user.phone["number"],
            "registerTimeTs": self._world.born,
            "status": 1,
            "timezone": "UTC+8",
            "uid": user.user_id,
        }


def page_of(items: Sequence[dict[str, Any]], number: int, size: int) -> dict[str, Any]:
    """Write one page of a list in the contract's Page."""
    number, size = max(number, 1), max(size, 1)
    pages = -(-len(items) // size)
    start = (number - 1) * size
    chosen = list(items[start : start + size])
    first = max(1, min(number - NAVIGATED // 2, pages - NAVIGATED + 1))
    shown = list(range(first, min(pages, first + NAVIGATED - 1) + 1))
    return {
        "endRow": start + len(chosen) if chosen else 0,
        "hasNextPage": number < pages,
        "hasPreviousPage": number > 1,
        "isFirstPage": number == 1,
        "isLastPage": number >= pages,
        "list": chosen,
        "navigateFirstPage": shown[0] if shown else 0,
        "navigateLastPage": shown[-1] if shown else 0,
        "navigatePages": NAVIGATED,
        "navigatepageNums": shown,
        "nextPage": number + 1 if number < pages else 0,
        "pageNum": number,
        "pageSize": size,
        "pages": pages,
        "prePage": number - 1,
        "size": len(chosen),
        "startRow": start + 1 if chosen else 0,
        "total": len(items),
    }
