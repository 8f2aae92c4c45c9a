"""What eWeLink answers about homes and about the things in them: devices, and the shares inside devices.

There is no resource of shares: they are fields of a device (quirk ``share_list_is_inside_devices``).
"""

from __future__ import annotations

from datetime import datetime
from enum import IntEnum
from typing import Any, Final, cast

import attrs

from sharebind.provider import (
    Batch,
    Binding,
    DeviceRef,
    Email,
    EndReason,
    Evidence,
    Fields,
    Gap,
    MalformedReplyError,
    Person,
    Phone,
    Raw,
    Role,
    Secret,
    Share,
    ShareRef,
    Side,
    Somebody,
    Space,
    State,
    Via,
    an_object,
    malformed,
)
from sharebind_ewelink.codes import PROVIDER
from sharebind_ewelink.rights import rights_in


class Kind(IntEnum):
    """What a thing is to the account that lists it (contract: enums.item_type)."""

    OWN = 1
    RECEIVED = 2
    GROUP = 3


_ROLES: Final = {Kind.OWN: Role.OWNER, Kind.RECEIVED: Role.GUEST}
_SIDES: Final = {Side.OWNER: Kind.OWN, Side.RECIPIENT: Kind.RECEIVED}


@attrs.frozen
class Thing:
    """One entry of a list of things, as it was sent; ``kind`` is the vendor's number, known or not."""

    kind: int | None
    device: DeviceRef
    item: Fields

    @property
    def role(self) -> Role | None:
        """As what the account holds the device; ``None`` where no documented kind says it."""
        return next((role for kind, role in _ROLES.items() if kind == self.kind), None)


@attrs.frozen
class Page:
    """One page of a home's things.

    ``marks`` tells its entries apart, unreadable ones and groups included; ``last`` is the index that the next page
    begins at.
    """

    things: tuple[Thing, ...]
    gaps: tuple[Gap, ...]
    marks: tuple[str, ...]
    last: int | None
    total: int | None


def homes_in(data: Fields) -> Batch[Space]:
    """Read ``list_homes``; its entries are not in the contract, so both usual names of an id are read."""
    if data.get("familyList") is None:
        raise malformed(f"{data.path}.familyList", "a list", None)
    homes, gaps = data.each_as(lambda item: Space(item.need("id", "familyid"), name=item.said("name")), "familyList")
    return Batch(homes, gaps)


def page_in(data: Fields) -> Page:
    """Read a page of ``list_things``; groups are left out, for a group is no device."""
    if data.get("thingList") is None:
        raise malformed(f"{data.path}.thingList", "a list", None)
    read, gaps = data.each_as(_entry, "thingList")
    things = tuple(thing for thing in read if thing is not None)
    entries = [an_object(entry) or {} for entry in _listed(data.get("thingList"))]
    numbers = [_index(entry) for entry in entries]
    return Page(
        things=things,
        gaps=gaps,
        marks=tuple(_mark(entry) for entry in entries),
        last=next((number for number in reversed(numbers) if number is not None), None),
        total=data.number("total"),
    )


def things_in(data: Fields) -> tuple[Thing, ...]:
    """Read ``get_things``; what cannot be read of a thing nobody asked for is no matter."""
    read, _ = data.each_as(_entry, "thingList")
    return tuple(thing for thing in read if thing is not None)


def updated_in(data: Fields) -> tuple[Thing, ...]:
    """Read what a share call changed, by either name and as a list or as one (``updated_thing_has_two_names``)."""
    found: list[Thing] = []
    for name in ("updatedThingList", "updatedThing"):
        for entry in _listed(data.get(name)):
            try:
                thing = _entry(Fields(entry, f"{data.path}.{name}"))
            except (MalformedReplyError, ValueError):
                continue
            found += [] if thing is None else [thing]
    return tuple(found)


def added_in(data: Fields) -> Thing | None:
    """Read the thing that ``add_device`` or ``add_gsm_device`` made, ``None`` where the answer holds none."""
    try:
        return _entry(data)
    except (MalformedReplyError, ValueError):
        return None


def _listed(value: object) -> list[object]:
    if isinstance(value, list):
        return cast("list[object]", value)
    return [] if value is None else [value]


def _entry(entry: Fields) -> Thing | None:
    kind = entry.number("itemType")
    if kind == Kind.GROUP:
        return None
    item = entry.child("itemData")
    if item is None:
        raise malformed(f"{entry.path}.itemData", "an object", None)
    return Thing(kind, _device(item), item)


def _device(item: Fields) -> DeviceRef:
    name = item.need("deviceid")
    try:
        return DeviceRef(name)
    except ValueError:
        raise malformed(f"{item.path}.deviceid", "a device that can be named", name) from None


def _index(entry: object) -> int | None:
    try:
        return Fields(entry).number("index")
    except MalformedReplyError:
        return None


def _mark(entry: object) -> str:
    """Tell entries apart: by their kind and id, else by all that they hold."""
    outer = an_object(entry) or {}
    inner = an_object(outer.get("itemData")) or {}
    known = inner.get("deviceid") or inner.get("id")
    return repr((outer.get("itemType"), known)) if known else repr(entry)


def binding_in(thing: Thing, home: Space | None = None, *, role: Role | None = None) -> Binding:
    """Read a device as it is held; one whose kind tells no role is never taken for an own one.

    Raises:
        MalformedReplyError: the kind tells no role, or a field cannot be read.

    """
    held = role or thing.role
    if held is None:
        raise malformed(f"{thing.item.path}.itemType", "the kind of an own or a received device", thing.kind)
    item = thing.item
    key = item.secret("devicekey")
    owner = _owner(thing) if held is Role.GUEST else None
    return Binding(
        device=thing.device,
        role=held,
        name=item.said("name"),
        space=_space(item, home),
        share=None if owner is None else _ref(thing.device, Side.RECIPIENT, Secret(owner.user_id or "")),
        owner=owner,
        local_keys={} if key is None else {"devicekey": key},
        raw=Raw(item.body),
    )


def shares_in(thing: Thing, side: Side, now: datetime) -> Batch[Share]:
    """Read the shares of a device: those that were given, or the one by which it was received."""
    if thing.kind != _SIDES[side]:
        return Batch(())
    if side is Side.OWNER:
        return Batch(*thing.item.each_as(lambda entry: given_share(thing, entry, now), "shareTo"))
    owner = _owner(thing)
    by = thing.item.child("sharedBy") or Fields({}, f"{thing.item.path}.sharedBy")
    received = Share(
        ref=_ref(thing.device, Side.RECIPIENT, Secret(owner.user_id or "")),
        state=State.ACTIVE,
        name=thing.item.said("name"),
        owner=owner,
        created_at=by.millis("shareTime"),
        rights=rights_in(by),
        seen_at=now,
        raw=Raw(by.body),
    )
    return Batch((received,))


def recipients_in(thing: Thing) -> tuple[Fields, ...]:
    """Give the entries of everybody who has a device from this account."""
    return tuple(thing.item.each("shareTo"))


def given_share(thing: Thing, entry: Fields, now: datetime, asked: Somebody | None = None) -> Share:
    """Read one entry of ``shareTo``; its recipient is known by their apikey, and by what they were asked by."""
    person = _person(entry)
    if isinstance(asked, Email):
        person = attrs.evolve(person, email=asked.value)
    if isinstance(asked, Phone):
        person = attrs.evolve(person, phone=asked)
    return Share(
        ref=_ref(thing.device, Side.OWNER, Secret(entry.need("apikey"))),
        state=State.ACTIVE,
        name=thing.item.said("name"),
        recipient=person,
        created_at=entry.millis("shareTime"),
        rights=rights_in(entry),
        seen_at=now,
        raw=Raw(entry.body),
    )


def is_of(entry: Fields, to: Somebody) -> bool | None:
    """Tell whether an entry of ``shareTo`` is somebody's; ``None`` where it does not show what would tell."""
    shown = entry.said("email") if isinstance(to, Email) else entry.said("phoneNumber")
    if shown is None or "*" in shown:
        return None
    if isinstance(to, Email):
        return shown.strip().casefold() == to.value.strip().casefold()
    if isinstance(to, Phone):
        digits = shown.strip().removeprefix("+")
        whole = to.country + to.number
        # With a leading + the number is whole; without, its country may be left out.
        return digits == whole or (digits == to.number and not shown.strip().startswith("+"))
    return None


def changed(ref: ShareRef, rights: frozenset[str], now: datetime) -> Share:
    """Make the share that a change was confirmed for, where the answer does not show it."""
    return Share(ref=ref, state=State.ACTIVE, rights=rights, evidence=Evidence.ASSUMED, seen_at=now)


def ended(ref: ShareRef, state: State, now: datetime, reason: EndReason | None = None) -> Share:
    """Make a share as it is after ``end``; only where this call ended it are the reason and the time known.

    Revoked by the owner and left by the recipient look the same afterwards (contract: state_map).
    """
    return Share(
        ref=ref,
        state=state,
        end_reason=reason or (EndReason.UNKNOWN if state is State.ENDED else None),
        ended_at=now if reason is not None else None,
        evidence=Evidence.ASSUMED if reason is not None else Evidence.VENDOR,
        seen_at=now,
    )


def gap_of(thing: Thing, error: MalformedReplyError) -> Batch[Any]:
    """Tell a thing that cannot be read as a gap."""
    return Batch((), (Gap(where=f"device {thing.device}", why=str(error)),))


def owner_key(thing: Thing) -> Secret:
    """Give the apikey of who gave a received device."""
    return Secret(_owner(thing).user_id or "")


def _owner(thing: Thing) -> Person:
    by = thing.item.child("sharedBy") or Fields({}, f"{thing.item.path}.sharedBy")
    person = _person(by)
    return person if person.user_id else attrs.evolve(person, user_id=thing.item.need("apikey"))


def _person(entry: Fields) -> Person:
    """Read a person. A phone comes as one text, and where its country ends is not told: it stands in the label."""
    return Person(
        user_id=entry.text("apikey"),
        email=_unmasked(entry.said("email")),
        label=entry.said("nickname") or entry.said("phoneNumber") or entry.said("email"),
    )


def _unmasked(shown: str | None) -> str | None:
    return None if shown is None or "*" in shown else shown


def _space(item: Fields, home: Space | None) -> Space | None:
    family = item.child("family")
    if family is None or family.text("familyid") is None:
        return home
    place = family.need("familyid")
    name = home.name if home is not None and home.id == place else None
    try:
        return Space(place, family.text("roomid"), name=name)
    except ValueError:
        raise malformed(f"{family.path}.familyid", "a home and a room that can be named", place) from None


def _ref(device: DeviceRef, side: Side, key: Secret) -> ShareRef:
    """Name a share: by the device and its other side's apikey, for it has no id of its own (contract: share_id)."""
    return ShareRef(provider=PROVIDER, side=side, via=Via.PERSON, device=device, key=key)
