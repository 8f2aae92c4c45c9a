"""Every verb that changes something, each with its situation made ready: a bad day is held against all of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any, Final

import attrs

from sharebind import capabilities as can
from sharebind.account import Account
from sharebind.capabilities import Capability
from sharebind.errors import UnsupportedError
from sharebind.shares import Share
from sharebind.testing.rig import NotStagedError, Rig
from sharebind.testing.steps import (
    bound,
    fitting,
    given,
    grant_of,
    granted,
    heir,
    holds,
    named,
    offered,
    offered_to_person,
    proved,
    received,
    revoked,
    room_of,
    taken,
    the_received,
    third,
    ways,
    works,
)
from sharebind.values import Anyone, DeviceRef, Email, Phone, Somebody, Space, State, UserId, Username

Wish = Callable[[], Awaitable[object]]

PEOPLE: Final[Mapping[Capability, type[Somebody]]] = {
    can.SHARE_TO_USER_ID: UserId,
    can.SHARE_TO_USERNAME: Username,
    can.SHARE_TO_EMAIL: Email,
    can.SHARE_TO_PHONE: Phone,
}
DAY: Final = timedelta(days=1)


@attrs.frozen(kw_only=True)
class Scene:
    """A world with two devices of the owner's: one alone, one that is shared."""

    rig: Rig
    own: DeviceRef
    shared: DeviceRef

    @property
    def owner(self) -> Account:
        """The one who gave."""
        return self.rig.owner

    @property
    def guest(self) -> Account:
        """The one who was given access."""
        return self.rig.guest


async def changes(rig: Rig) -> dict[str, Wish]:
    """Make every changing verb ready that the account has and the rig can stage; none is in another one's way.

    All is prepared before anything goes wrong, so that a bad day meets the verb and not its preparation.
    """
    scene = Scene(rig=rig, own=await bound(rig), shared=await bound(rig))
    found: dict[str, Wish] = {}
    for what, needed, prepare in VERBS:
        if not works(rig.owner, *needed):
            continue
        try:
            found[what] = await prepare(scene)
        except (NotStagedError, UnsupportedError):
            continue
    if not found:
        raise NotStagedError(f"{rig.provider} changes nothing that the rig could bring about")
    return found


def lists(rig: Rig, device: DeviceRef) -> dict[str, Wish]:
    """Give every list that the accounts can be asked for, and who the owner is."""
    found: dict[str, Wish] = {}
    if works(rig.owner, can.LIST_BINDINGS):
        found["listing bindings"] = lambda: rig.owner.bindings().all()
    if works(rig.owner, can.LIST_GRANTS):
        found["listing shares"] = lambda: given(rig.owner, device)
    if works(rig.guest, can.LIST_RECEIVED_GRANTS):
        found["listing received shares"] = lambda: received(rig.guest, device)
    if works(rig.owner, can.LIST_SPACES):
        found["listing homes"] = lambda: rig.owner.spaces().all()
    if works(rig.owner, can.ME):
        found["asking who one is"] = lambda: rig.owner.me()  # noqa: PLW0108 - the account may be opened anew
    return found


async def _bind(scene: Scene) -> Wish:
    rig, free = scene.rig, scene.rig.free_device()
    kinds = ways(rig.owner, free)
    if not kinds:
        raise NotStagedError(f"{rig.provider} takes none of the rig's proofs")
    homes = rig.homes_of(rig.owner) if works(rig.owner, can.BIND_SPACE) else ()
    proof, space = await proved(rig, rig.owner, free, kinds[0]), rig.space_for(rig.owner) or next(iter(homes), None)
    return lambda: rig.owner.bind(free.device, proof, space=space)


async def _rename(scene: Scene) -> Wish:
    return lambda: scene.owner.rename(scene.own, "Lamp")


async def _rename_received(scene: Scene) -> Wish:
    mine = await _mine(scene)
    return lambda: scene.guest.rename(mine, "Lamp")


async def _place_room(scene: Scene) -> Wish:
    room = await room_of(scene.rig, scene.owner)
    return lambda: scene.owner.place(scene.own, room)


async def _place_home(scene: Scene) -> Wish:
    home = await scene.owner.create_space("Home")
    return lambda: scene.owner.place(scene.own, Space(home.id))


async def _create_space(scene: Scene) -> Wish:
    return lambda: scene.owner.create_space("Cabin")


async def _share_by_code(scene: Scene) -> Wish:
    return lambda: scene.owner.share(scene.own, to=Anyone())


async def _share_with_person(scene: Scene) -> Wish:
    kinds = [kind for capability, kind in PEOPLE.items() if works(scene.owner, capability)]
    if not kinds:
        raise NotStagedError(f"{scene.rig.provider} shares with nobody whom the kit could name")
    device, person = await bound(scene.rig), named(scene.rig, scene.guest, kinds[0])
    return lambda: scene.owner.share(device, to=person)


async def _accept_code(scene: Scene) -> Wish:
    offer = await offered(scene.rig, await bound(scene.rig))
    return lambda: scene.guest.accept(offer.code)


async def _accept_offer(scene: Scene) -> Wish:
    device = await bound(scene.rig)
    await offered_to_person(scene.rig, device)
    waiting = await the_received(scene.rig, scene.guest, device, State.OFFERED)
    return lambda: scene.guest.accept(waiting)


async def _change(scene: Scene) -> Wish:
    until = can.SHARE_CODE_USE_UNTIL
    terms: dict[str, Any] = {"use_until": fitting(scene.owner, until, 2 * DAY)} if works(scene.owner, until) else {}
    device = await bound(scene.rig)
    share = await grant_of(scene.rig, device, await granted(scene.rig, device, **terms))
    later = fitting(scene.owner, can.CHANGE_USE_UNTIL, 5 * DAY)
    return lambda: scene.owner.change(share, use_until=later)


async def _change_rights(scene: Scene) -> Wish:
    device = await bound(scene.rig)
    share = await grant_of(scene.rig, device, await granted(scene.rig, device))
    return lambda: scene.owner.change(share, rights=scene.owner.supports(can.CHANGE_RIGHTS).names)


async def _withdraw_code(scene: Scene) -> Wish:
    offer = await offered(scene.rig, scene.own)
    return lambda: scene.owner.end(offer)


async def _withdraw_invitation(scene: Scene) -> Wish:
    share = await offered_to_person(scene.rig, await bound(scene.rig))
    return lambda: scene.owner.end(share)


async def _revoke(scene: Scene) -> Wish:
    other = third(scene.rig)
    share = await grant_of(scene.rig, scene.shared, await granted(scene.rig, scene.shared, to=other), to=other)
    return lambda: revoked(scene.owner, share)


async def _leave(scene: Scene) -> Wish:
    mine = await _mine(scene)
    return lambda: scene.guest.end(mine)


async def _transfer(scene: Scene) -> Wish:
    person = heir(scene.rig, scene.guest)
    return lambda: scene.owner.transfer(scene.shared, person)


async def _unbind(scene: Scene) -> Wish:
    return lambda: scene.owner.unbind(scene.own)


async def _mine(scene: Scene) -> Share:
    """Give the guest's share of the shared device, or of one more where no list tells it once it was taken."""
    if not works(scene.guest, can.LIST_RECEIVED_GRANTS):
        return await taken(scene.rig, await bound(scene.rig))
    if not await holds(scene.rig, scene.guest, scene.shared):
        await granted(scene.rig, scene.shared)
    return await the_received(scene.rig, scene.guest, scene.shared)


VERBS: Final[tuple[tuple[str, tuple[Capability, ...], Callable[[Scene], Awaitable[Wish]]], ...]] = (
    ("binding", (), _bind),
    ("renaming", (can.RENAME_OWN,), _rename),
    ("renaming a received device", (can.RENAME_RECEIVED,), _rename_received),
    ("placing in a room", (can.PLACE_ROOM,), _place_room),
    ("sharing by code", (can.SHARE_TO_ANYONE,), _share_by_code),
    ("sharing with a person", (), _share_with_person),
    ("accepting a code", (can.ACCEPT_CODE,), _accept_code),
    ("accepting an offer", (can.ACCEPT_OFFER, can.LIST_RECEIVED_OFFERS), _accept_offer),
    ("changing the end", (can.CHANGE_USE_UNTIL,), _change),
    ("changing the rights", (can.CHANGE_RIGHTS,), _change_rights),
    ("withdrawing a code", (can.END_WITHDRAW_CODE, can.SHARE_TO_ANYONE), _withdraw_code),
    ("withdrawing an invitation", (can.END_WITHDRAW_PERSON,), _withdraw_invitation),
    ("revoking", (can.END_REVOKE,), _revoke),
    ("leaving", (can.END_LEAVE,), _leave),
    ("placing in a home", (can.PLACE_HOME, can.CREATE_SPACE, can.BIND_SPACE), _place_home),
    ("making a home", (can.CREATE_SPACE,), _create_space),
    ("transferring", (), _transfer),
    ("unbinding", (can.UNBIND,), _unbind),
)
"""What a verb is called, what it takes, and how it is made ready.

Those that take a device away stand last, and before them those that make a second home: where there are two, binding
has to name one.
"""
