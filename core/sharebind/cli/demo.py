"""The main job, start to end, for every emulated vendor, with the public API only.

One function, written once: it asks accounts what they can do, and never which vendor they are. Every step is read back
by the other account and from the emulated cloud itself; the exit status is 0 only if all of it held.
"""

from __future__ import annotations

import shutil
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import attrs

from sharebind import (
    Account,
    Anyone,
    ByIdentity,
    ByText,
    CodeOffer,
    DeviceRef,
    Level,
    Proof,
    Registry,
    Role,
    Share,
    Sharebind,
    SharebindError,
    ShareEndedError,
    State,
    UserId,
)
from sharebind.cli import show
from sharebind.emulator import Cloud, Clouds, emulate

_WEEK = timedelta(days=7)
_NEXT = (
    "capabilities quectel      # what it can do, and why not",
    "emulate --json            # both clouds on one port, for your own tests",
    "providers                 # what is installed, and what failed to load",
)


async def play() -> int:
    """Play the story for every provider that has an emulated cloud."""
    registry = Registry()
    names = [row.name for row in registry.report() if row.status == "loaded"]
    names = [name for name in names if registry.spec(name).emulator is not None]
    out = show.console()
    rows: list[tuple[str, str, str, str, str]] = []
    failed = 0
    code = ""
    async with emulate(*names) as clouds, Sharebind(clock=clouds.clock) as sharebind:
        for name in names:
            story = Story(sharebind, clouds, name)
            out.print(f"[bold]{name}[/bold]")
            try:
                await story.tell()
            except SharebindError as error:
                story.check(f"no error: {type(error).__name__}: {error}", held=False)
            rows.extend(story.rows)
            failed += story.failed
            code = code or story.code
    out.print()
    show.table(("provider", "device", "who", "state", "until"), rows)
    out.print("\n[bold]What each can be asked for[/bold]")
    show.matrix({name: registry.spec(name).capabilities for name in names})
    if code:
        out.print("\n[bold]A share code, to hand over[/bold]")
        show.qr(code)
    out.print("\n[bold]Try next[/bold]")
    for line in _NEXT:
        out.print(f"  {_command()} {line}", highlight=False)
    if failed:
        out.print(f"\n[bold red]{failed} of the steps above did not hold[/bold red]")
    return 1 if failed else 0


def _command() -> str:
    """Say how the command is called here: by its name where that is on the path, else by where it lies."""
    if shutil.which("sharebind") is not None:
        return "sharebind"
    beside = Path(sys.executable).with_name("sharebind")
    return str(beside.relative_to(Path.cwd())) if beside.is_relative_to(Path.cwd()) else str(beside)


class Story:
    """The story of two devices at one vendor, and what of it held."""

    def __init__(self, sharebind: Sharebind, clouds: Clouds, provider: str) -> None:
        self.cloud: Cloud = clouds[provider]
        self.clock = clouds.clock
        self.rows: list[tuple[str, str, str, str, str]] = []
        self.failed = 0
        self.code = ""
        self.people = {user.name: user.user_id for user in self.cloud.users}
        self.owner, self.guest, self.other = (self._account(sharebind, name) for name in ("owner", "guest", "other"))

    def _account(self, sharebind: Sharebind, name: str) -> Account:
        settings = {"token": self.cloud.user(name).token, "base_url": self.cloud.base_url}
        return sharebind.open_account(self.cloud.provider, settings, name=f"{self.cloud.provider}-{name}")

    def check(self, step: str, *, held: bool) -> None:
        """Print a step and count it if it did not hold."""
        self.failed += not held
        show.console().print(f"  {'[green]ok[/green]  ' if held else '[red]FAIL[/red]'} {step}")

    async def tell(self) -> None:
        """Bind, share by code and to a person, list, watch an end, revoke, unbind."""
        lamp, plug = await self._bind(0), await self._bind(1)
        await self._by_code(lamp)
        await self._to_person(lamp)
        await self._who_has_access(lamp)
        await self._watch_an_end(plug)
        await self._revoke(lamp)
        await self._unbind(lamp)
        broken = [
            f"{violation.operation}: {violation.what} {violation.parameter}" for violation in self.cloud.violations
        ]
        self.check(f"the vendor's contract was kept{': ' + '; '.join(broken) if broken else ''}", held=not broken)

    async def _bind(self, index: int) -> DeviceRef:
        given = self.cloud.devices[index]
        device = DeviceRef(given.device, given.product)
        bound = await self.owner.bind(device, self._proof(given.proof))
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

    def _proof(self, proof: dict[str, str]) -> Proof:
        """Choose the proof that this account takes."""
        if self.owner.supports("bind.by.identity").level is Level.NATIVE:
            return ByIdentity()
        return ByText(proof["device_signature"])

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

    async def _to_person(self, device: DeviceRef) -> None:
        await self.owner.share(device, to=UserId(self.people["other"]))
        for offer in await _all(self.other.received(device=device)):
            if offer.state is State.OFFERED:
                await self.other.accept(offer)
        received = await _all(self.other.received(device=device))
        given = [_who(each) for each in await _all(self.owner.shares(device=device))]
        self.check(
            "shared it with a named user, who has it now",
            held=[each.state for each in received] == [State.ACTIVE]
            and self.people["other"] in given
            and ("active", self.people["other"]) in self._shares(device),
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
        timed = self.owner.supports("share.code.use_until").level is Level.NATIVE
        offer = await self.owner.share(
            device, to=Anyone(), accept_by=_WEEK, use_until=_WEEK + timedelta(days=1) if timed else None
        )
        share: Share = await self.guest.accept(offer.code) if timed else offer
        before = await _all(self.guest.received(device=device))
        self.clock.advance(timedelta(days=9))
        after = await _all(self.guest.received(device=device))
        given = await _all(self.owner.shares(device=device))
        ended = share.as_of(self.clock.now())
        self.rows.append(self._row(attrs.evolve(ended, recipient=None)))
        self.check(
            f"nine days later it has ended by itself ({'the use' if timed else 'a code that nobody used'})",
            held=len(before) == int(timed)
            and not after
            and not given
            and ended.state is State.ENDED
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
        share = next(each for each in await _all(self.owner.shares(device=device)) if _who(each) == guest)
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
