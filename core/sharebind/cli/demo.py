"""The main job, start to end, for every emulated vendor, with the public API only.

One story, written once: it asks accounts what they can do, and never which vendor they are. Every step is read back
by the other account and from the emulated cloud itself; the exit status is 0 only if all of it held.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import attrs

from sharebind import (
    Account,
    Anyone,
    CodeOffer,
    DeviceRef,
    Email,
    Level,
    Phone,
    Registry,
    Role,
    Share,
    SharebindError,
    ShareEndedError,
    State,
    UserId,
    Username,
    format_duration,
)
from sharebind.cli import show
from sharebind.emulator import Cloud
from sharebind.testing import EmulatedRig

_WEEK = timedelta(days=7)
_TO = {
    UserId: "share.to.user_id",
    Username: "share.to.username",
    Email: "share.to.email",
    Phone: "share.to.phone",
}
_NEXT = (
    "capabilities quectel      # what it can do, and why not",
    "emulate --json            # all clouds on one port, for your own tests",
    "providers                 # what is installed, and what failed to load",
)


async def play() -> int:
    """Play the story for every provider that brings an emulated world."""
    registry = Registry()
    names = [row.name for row in registry.report("provider") if row.status == "loaded"]
    out = show.console()
    rows: list[tuple[str, str, str, str, str]] = []
    told: list[str] = []
    failed = 0
    code = ""
    for name in names:
        make = registry.spec(name).rig
        story = await _played(name, make) if make is not None else None
        if story is None:
            continue
        told.append(name)
        rows.extend(story.rows)
        failed += story.failed
        code = code or story.code
    out.print()
    show.table(("provider", "device", "who", "state", "until"), rows)
    out.print("\n[bold]What each can be asked for[/bold]")
    show.matrix({name: registry.spec(name).capabilities for name in told})
    if code:
        out.print("\n[bold]A share code, to hand over[/bold]")
        show.qr(code)
    out.print("\n[bold]Try next[/bold]")
    for line in _NEXT:
        out.print(f"  {_command()} {line}", highlight=False)
    if failed:
        out.print(f"\n[bold red]{failed} of the steps above did not hold[/bold red]")
    return 1 if failed else 0


async def _played(name: str, make: Callable[[], Callable[[], object]]) -> Story | None:
    """Play one provider's story; ``None`` where its world is not an emulated one.

    Whatever a plugin raises is one step of its own that failed, and no other provider's.
    """
    story = Story(name)
    try:
        world = make()()
        if not isinstance(world, EmulatedRig):
            return None
        async with world:
            await story.tell(world)
    except SharebindError as error:
        story.check(f"no error: {type(error).__name__}: {error}", held=False)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - the world is the plugin's
        # Only an error of this library's surely shows no secret in its text.
        story.check(f"no error: {type(error).__name__}", held=False)
    return story


def _command() -> str:
    """Say how the command is called here: by its name where that is on the path, else by where it lies."""
    if shutil.which("sharebind") is not None:
        return "sharebind"
    beside = Path(sys.executable).with_name("sharebind")
    return str(beside.relative_to(Path.cwd())) if beside.is_relative_to(Path.cwd()) else str(beside)


class Story:
    """The story of two devices at one provider, and what of it held."""

    world: EmulatedRig
    cloud: Cloud
    owner: Account
    guest: Account
    other: Account
    people: dict[str, str]

    def __init__(self, name: str) -> None:
        self.name = name
        self.rows: list[tuple[str, str, str, str, str]] = []
        self.steps = 0
        self.failed = 0
        self.code = ""

    def check(self, step: str, *, held: bool) -> None:
        """Print a step, the first one under the provider's name, and count it if it did not hold."""
        if not self.steps:
            show.console().print(f"[bold]{self.name}[/bold]")
        self.steps += 1
        self.failed += not held
        show.console().print(f"  {'[green]ok[/green]  ' if held else '[red]FAIL[/red]'} {step}")

    async def tell(self, world: EmulatedRig) -> None:
        """Bind, share by code and to a person, list, watch an end, revoke, unbind, in a world that is open."""
        self.world, self.cloud = world, world.cloud
        self.owner, self.guest, self.other = world.owner, world.guest, world.other or world.guest
        self.people = {user.name: user.user_id for user in self.cloud.users}
        lamp, plug = await self._bind(), await self._bind()
        await (self._by_code(lamp) if self._has("share.to.anyone") else self._to_person(self.guest, lamp))
        await self._to_person(self.other, lamp)
        await self._who_has_access(lamp)
        if self._has("change.rights"):
            await self._change_rights(lamp)
        if self._has("share.to.anyone"):
            await self._watch_an_end(plug)
        await self._revoke(lamp)
        await self._unbind(lamp)
        broken = self.world.broken()
        self.check(f"the vendor's contract was kept{': ' + '; '.join(broken) if broken else ''}", held=not broken)

    def _has(self, capability: str) -> bool:
        return self.owner.supports(capability).level in (Level.NATIVE, Level.FIXED)

    async def _bind(self) -> DeviceRef:
        free = self.world.free_device()
        device = free.device
        bound = await self.owner.bind(device, free.proofs[0])
        seen = await _all(self.owner.bindings(device=device))
        strangers = await _all(self.guest.bindings(device=device))
        held = [(each["user_id"], each["role"]) for each in self._state("bindings", device)]
        self.check(
            f"bound {device}: the owner holds it, the guest does not",
            held=bound.device == device
            and [each.role for each in seen] == [Role.OWNER]
            and not strangers
            and held == [(self.people["owner"], "owner")],
        )
        return device

    async def _by_code(self, device: DeviceRef) -> None:
        offer = await self.owner.share(device, to=Anyone(), accept_by=_WEEK)
        self.code = offer.code.reveal()
        self.check(
            f"made a share code, to be accepted by {_day(offer)}",
            held=offer.state is State.OFFERED and self._shares(device) == [("offered", "")],
        )
        await self.guest.accept(offer.code)
        received = await _all(self.guest.received(device=device))
        given = await _all(self.owner.shares(device=device))
        self.check(
            "the guest accepted it: both sides see it",
            held=[each.state for each in received] == [State.ACTIVE]
            and [_who(each) for each in given if each.state is State.ACTIVE] == [self.people["guest"]]
            and self._shares(device) == [("active", self.people["guest"])],
        )

    async def _to_person(self, person: Account, device: DeviceRef) -> None:
        form = next((form for form in self.world.known_as(person) if self._has(_TO[type(form)])), None)
        if form is None:
            self.check(f"shared it with {person.name}: its world names them in no form that it shares with", held=False)
            return
        await self.owner.share(device, to=form)
        for offer in await _all(person.received(device=device)):
            if offer.state is State.OFFERED:
                await person.accept(offer)
        received = await _all(person.received(device=device))
        given = [_who(each) for each in await _all(self.owner.shares(device=device))]
        who = self.people[person.name]
        self.check(
            "shared it with a named user, who has it now",
            held=[each.state for each in received] == [State.ACTIVE]
            and who in given
            and ("active", who) in self._shares(device),
        )

    async def _given_to(self, who: str, device: DeviceRef) -> Share | None:
        """Find somebody's share as its owner lists it."""
        shares: list[Share] = await _all(self.owner.shares(device=device))
        return next((each for each in shares if _who(each) == who), None)

    async def _change_rights(self, device: DeviceRef) -> None:
        right = min(self.owner.supports("change.rights").names)
        guest = self.people["guest"]
        share = await self._given_to(guest, device)
        if share is None:
            self.check("changed the guest's rights: the owner's list has no share of theirs", held=False)
            return
        await self.owner.change(share, rights={right})
        rights = {_who(each): each.rights for each in await _all(self.owner.shares(device=device))}
        self.check(
            f"gave the guest one right more, {right}; nobody else has it",
            held=not share.rights and rights[guest] == {right} and rights[self.people["other"]] == frozenset(),
        )

    async def _who_has_access(self, device: DeviceRef) -> None:
        given = await _all(self.owner.shares(device=device))
        expected = {self.people["guest"], self.people["other"]}
        self.rows.extend(self._row(share) for share in given)
        self.check(
            f"{len(given)} people have access, and no others",
            held={_who(each) for each in given} == expected
            and {who for state, who in self._shares(device) if state == "active"} == expected,
        )

    async def _watch_an_end(self, device: DeviceRef) -> None:
        """Watch the end of use where the vendor keeps one, else that of a code nobody used."""
        terms: dict[str, Any] = {}
        what, later = "a code that nobody used", timedelta(days=9)
        if self._has("share.code.use_until"):
            terms, what = {"use_until": _WEEK + timedelta(days=1)}, "the use"
        elif self._has("share.code.use_for"):
            terms, what, later = {"use_for": timedelta(hours=1)}, "the time of use", timedelta(hours=1, minutes=1)
        offer = await self.owner.share(device, to=Anyone(), accept_by=_WEEK, **terms)
        share: Share = await self.guest.accept(offer.code) if terms else offer
        before = await _all(self.guest.received(device=device))
        self.world.advance(later)
        after = await _all(self.guest.received(device=device))
        given = await _all(self.owner.shares(device=device))
        ended = share.as_of(self.world.now())
        if ended.state is State.ENDED:  # where the vendor does not tell the guest how long, only a read shows it
            self.rows.append(self._row(attrs.evolve(ended, recipient=None)))
        self.check(
            f"{format_duration(later)} later it has ended by itself ({what})",
            held=len(before) == len(terms)
            and not after
            and not given
            and [state for state, _ in self._shares(device)] == ["ended"],
        )
        self.check("its code is dead", held=await self._is_dead(offer))

    async def _is_dead(self, offer: CodeOffer) -> bool:
        try:
            await self.other.accept(offer.code)
        except ShareEndedError:
            return True
        return False

    async def _revoke(self, device: DeviceRef) -> None:
        guest = self.people["guest"]
        share = await self._given_to(guest, device)
        if share is None:
            self.check("revoked the guest's access: the owner's list has no share of theirs", held=False)
            return
        ended = await self.owner.end(share)
        again = await self.owner.end(share)
        self.rows.append(self._row(attrs.evolve(ended, recipient=share.recipient)))
        self.check(
            "revoked the guest's access; doing it twice is no error; the other user keeps theirs",
            held=ended.state is State.ENDED
            and again.state is State.ENDED
            and not await _all(self.guest.received(device=device))
            and len(await _all(self.other.received(device=device))) == 1
            and ("active", guest) not in self._shares(device),
        )

    async def _unbind(self, device: DeviceRef) -> None:
        await self.owner.unbind(device, expect=Role.OWNER)
        self.check(
            "unbound it: nobody holds it",
            held=not await _all(self.owner.bindings(device=device))
            and not await _all(self.other.bindings(device=device))
            and not self._state("bindings", device),
        )

    def _state(self, kind: str, device: DeviceRef) -> list[dict[str, Any]]:
        """Read the emulated cloud's own state about one device."""
        rows: Any = self.cloud.state()[kind]
        return [row for row in rows if (row["product"], row["device"]) == (device.product, device.device)]

    def _shares(self, device: DeviceRef) -> list[tuple[str, str]]:
        return [(row["state"], row["to"] or "") for row in self._state("shares", device)]

    def _row(self, share: Share) -> tuple[str, str, str, str, str]:
        names = {user_id: name for name, user_id in self.people.items()}
        until = share.use_until or (share.accept_by if share.accepted_at is None else None)
        who = names.get(_who(share) or "", "by code")
        state = share.state if share.end_reason is None else f"{share.state} ({share.end_reason})"
        return self.cloud.provider, str(share.device), who, state, f"{until:%Y-%m-%d}" if until else "-"


def _who(share: Share) -> str | None:
    return share.recipient.user_id if share.recipient is not None else None


def _day(share: Share) -> str:
    return f"{share.accept_by:%Y-%m-%d}" if share.accept_by is not None else "a day that the vendor did not tell"


async def _all(listing: Any) -> list[Any]:
    return list(await listing.all())
