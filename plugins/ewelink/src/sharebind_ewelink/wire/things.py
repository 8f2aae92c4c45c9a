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
    EndReason,
    Evidence,
    Fields,
    Gap,
    MalformedReplyError,
    Person,
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
from sharebind_ewelink.wire.people import person_in, recipient_in


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

    ``marks`` tells its entries apart, unreadable ones and groups included, and shows nothing of them; ``last`` is the
    index that the next page begins at.
    """

    things: tuple[Thing, ...]
    gaps: tuple[Gap, ...]
    marks: tuple[int, ...]
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
    total, uncounted = _total(data)
    return Page(
        things=things,
        gaps=(*gaps, *uncounted),
        marks=tuple(_mark(entry) for entry in entries),
        last=next((number for number in reversed(numbers) if number is not None), None),
        total=total,
    )


def _total(data: Fields) -> tuple[int | None, tuple[Gap, ...]]:
    """Read how many things there are; a number that cannot be read hides none of those that came."""
    try:
        return data.number("total"), ()
    except MalformedReplyError as error:
        return None, (Gap(where=f"{data.path}.total", why=str(error)),)


def thing_in(data: Fields, device: DeviceRef) -> Thing | None:
    """Find the device that ``get_things`` was asked for; ``None`` only where the list is empty.

    Raises:
        MalformedReplyError: there is no list, or something else in it: that may be the device, written in another way.

    """
    page = page_in(data)
    found = next((thing for thing in page.things if thing.device.matches(device)), None)
    if found is None and page.marks:
        raise malformed(f"{data.path}.thingList", "the device that was asked for, or none", data.get("thingList"))
    return found


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


def _mark(entry: object) -> int:
    """Tell entries apart: by their kind and id, else by all that they hold, which may be secret and is not kept."""
    outer = an_object(entry) or {}
    inner = an_object(outer.get("itemData")) or {}
    known = inner.get("deviceid") or inner.get("id")
    return hash(repr((outer.get("itemType"), known)) if known else repr(entry))


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
    return Share(
        ref=_ref(thing.device, Side.OWNER, Secret(entry.need("apikey"))),
        state=State.ACTIVE,
        name=thing.item.said("name"),
        recipient=recipient_in(entry, asked),
        created_at=entry.millis("shareTime"),
        rights=rights_in(entry),
        seen_at=now,
        raw=Raw(entry.body),
    )


def just_given(thing: Thing, entry: Fields, rights: frozenset[str], now: datetime, asked: Somebody) -> Share:
    """Make the share that was confirmed a moment ago from its key, where the rest of its entry cannot be read."""
    ref = _ref(thing.device, Side.OWNER, Secret(entry.need("apikey")))
    return attrs.evolve(
        changed(ref, rights, now),
        name=thing.item.said("name"),
        recipient=recipient_in(entry, asked),
        raw=Raw(entry.body),
    )


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


def is_from(thing: Thing, key: Secret) -> bool | None:
    """Tell whether a received device is from the owner with that apikey; ``None`` where the answer does not show it.

    The device names its owner too, and whether in the same form is not said, so that may confirm, and denies nothing.
    """
    by = thing.item.child("sharedBy")
    shown = None if by is None else by.secret("apikey")
    if key in (shown, thing.item.secret("apikey")):
        return True
    return None if shown is None else False


def _owner(thing: Thing) -> Person:
    by = thing.item.child("sharedBy") or Fields({}, f"{thing.item.path}.sharedBy")
    person = person_in(by)
    return person if person.user_id else attrs.evolve(person, user_id=thing.item.need("apikey"))


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
