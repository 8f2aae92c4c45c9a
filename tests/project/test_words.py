"""Vendors' words live inside their adapters and nowhere else."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import attrs

import sharebind
import sharebind.emulator
import sharebind.provider
import sharebind.testing.fixtures
from sharebind import capabilities

FORBIDDEN = {
    "pk", "dk", "sn", "fid", "frid", "uid", "gdid", "covermark", "cover", "family", "families", "mcc", "userdomain",
    "exploreropen", "tokenapi", "appapi", "accesstoken", "tousid", "touserid", "familyid", "productid", "devicename",
    "productkey", "devicekey", "sharecode", "shareuid", "authkey", "dev", "did", "apikey", "thing", "wx", "weixin",
    "acceptingexpireat", "sharingexpireat", "enduser", "enduserapi", "unbundling", "unshare", "quectel", "tencent",
    "gizwits", "ewelink", "acceleronix", "coolkit", "sonoff", "passcode", "setowner", "devalias", "devlabel", "remark",
    "qrcontent", "sharingtype", "useralias", "mac", "bindlatest", "permit", "thinglist", "itemtype", "chipid", "chip",
    "sharedby", "shareto", "sharetype", "updatedthing", "deviceidlist", "ifrcode", "beginindex", "gsm", "appid",
    "opsnotify", "opshistory", "alarmnotify", "familylist", "usertoken",
}  # fmt: skip
"""Words of the vendors' contracts, in lower case without separators."""

MODULES: list[ModuleType] = [sharebind, sharebind.provider, sharebind.emulator, sharebind.testing.fixtures]


def names_of(name: str, thing: Any) -> Iterator[str]:
    """Yield a public name, and those of its parameters, fields, members and values."""
    yield name
    if inspect.isclass(thing):
        if attrs.has(thing):
            yield from (field.name for field in attrs.fields(thing))
        for member, value in vars(thing).items():
            if not member.startswith("_"):
                yield from names_of(member, value)
        if issubclass(thing, str) and hasattr(thing, "__members__"):
            yield from (str(each) for each in thing)  # type: ignore[attr-defined]  # an enum of texts
    if callable(thing):
        try:
            yield from inspect.signature(thing).parameters
        except (TypeError, ValueError):
            return


def words(name: str) -> set[str]:
    """Give a name in lower case, whole and in its parts."""
    parts = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name)
    return {part.lower() for part in parts} | {name.replace("_", "").lower()}


def test_no_public_name_is_a_vendors_word() -> None:
    """No public name, parameter, field or value of the model is a vendor's word."""
    seen: set[str] = set()
    for module in MODULES:
        for name in getattr(module, "__all__", [each for each in vars(module) if not each.startswith("_")]):
            seen.update(names_of(name, getattr(module, name)))
    seen.update(capabilities.EVERY)
    assert len(seen) > 300
    assert {name for name in seen if words(name) & FORBIDDEN} == set()


def test_the_check_can_fail() -> None:
    """Names as the vendors write them are caught, in whatever spelling."""
    for name in (
        "pk",
        "ToUserID",
        "cover_mark",
        "coverMark",
        "FamilyId",
        "share_uid",
        "dk",
        "fid",
        "thingList",
        "set_owner",
        "ByMac",
    ):
        assert words(name) & FORBIDDEN, name


def test_every_capability_is_known_by_one_name() -> None:
    """The list of capabilities has no doubles and holds what the providers declare, but for their kinds of proof."""
    assert len(set(capabilities.EVERY)) == len(capabilities.EVERY)
    registry = sharebind.Registry()
    names = set(registry.names())
    assert names >= {"quectel", "tencent", "gizwits"}
    if "ewelink" not in names:
        print("ewelink: not looked at, for its distribution sharebind-ewelink is not installed")  # noqa: T201 - who reads the run has to know
    for name in sorted(names & {"quectel", "tencent", "gizwits", "ewelink"}):
        extra = set(registry.spec(name).capabilities) - set(capabilities.EVERY)
        assert all(each.startswith("bind.by.") for each in extra)
