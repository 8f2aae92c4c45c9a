"""A host in one vendor's emulated world: its own parts, its files, and everything that it asks searched."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, cast, get_args, get_type_hints

from sharebind import (
    Account,
    CodeOffer,
    Email,
    Operation,
    Retries,
    Secret,
    Sharebind,
    ShareRef,
    UserId,
)
from sharebind.registry import Registry
from sharebind.testing import EmulatedRig
from sharebind.testing.verbs import changes

from .looking import Search, keep_world

RAW: Final = "RAW-canary-0f6b1d2e"
"""What stands in every answer beside what is documented; nobody has asked for it."""
WRONG: Final = "WRONG-canary-77aa01c4"
"""A password that nobody has."""
ELSEWHERE: Final = "ELSEWHERE-canary-5d0e9b"
"""A secret that was written where another setting belongs."""
STORED: Final = "STORED-canary-c2d4e6f8"
"""A token in the words of a store that could not read it."""

AT_ONCE: Final = Retries(pause=timedelta(), throttled=timedelta(), longest=timedelta())
"""Repeating without pauses: what is repeated is searched too, and waiting shows nothing."""


class Policy:
    """A host's own policy: it looks at the wish, and may fail."""

    def __init__(self, search: Search, *, fails: bool) -> None:
        self._search = search
        self._fails = fails

    async def review(self, op: Operation[object], account: str, /) -> str | None:
        """Look at it."""
        self._search.value(op, f"a wish of {account}")
        if self._fails:
            raise LookupError("no such customer")
        return None


class Observer:
    """A host's own observer: it reads every event, and may fail."""

    def __init__(self, search: Search, *, fails: bool) -> None:
        self._search = search
        self._fails = fails

    def seen(self, event: Any, /) -> None:
        """Read it."""
        self._search.event(event)
        if self._fails:
            raise LookupError("no such dashboard")


class Store:
    """A host's own store of tokens: it keeps them, or fails with what it was given in its words."""

    def __init__(self, *, fails: str = "") -> None:
        self._fails = fails
        self._rows: dict[str, Mapping[str, Secret]] = {}

    async def load(self, account: str) -> Mapping[str, Secret] | None:
        """Give what is kept."""
        if self._fails == "load":
            raise ConnectionError(f"the row of {account} cannot be read: {STORED!r}")
        return self._rows.get(account)

    async def save(self, account: str, tokens: Mapping[str, Secret]) -> None:
        """Keep it."""
        if self._fails == "save":
            words = [token.reveal() for token in tokens.values()]
            raise ConnectionError(f"the row of {account} does not take {words!r}")
        self._rows[account] = tokens


def secret_fields(settings: type[Any]) -> frozenset[str]:
    """Name the settings that are secrets, those in tables among them."""

    def holds(hint: object) -> bool:
        return hint is Secret or any(holds(each) for each in get_args(hint))

    return frozenset(name for name, hint in get_type_hints(settings).items() if holds(hint))


class Files:
    """The host's own files: settings that refer to the environment and to other files for each secret."""

    def __init__(self, folder: Path, environ: Callable[[str, str], None]) -> None:
        self._folder = folder
        self._environ = environ
        self._number = 0

    def secret(self, text: str) -> str:
        """Put a secret where a reference leads, and give the reference."""
        self._number += 1
        if self._number % 2:
            self._environ(f"CANARY_{self._number}", text)
            return f'{{ env = "CANARY_{self._number}" }}'
        path = self._folder / f"secret-{self._number}"
        path.write_text(f"{text}\n", encoding="utf-8")
        return f'{{ file = "{path.as_posix()}" }}'

    def table(self, provider: str, settings: Mapping[str, Any], secrets: frozenset[str]) -> str:
        """Write one account's table."""
        lines = [f'provider = "{provider}"']
        for name, value in settings.items():
            if name not in secrets:
                lines.append(f"{name} = {json.dumps(value)}")
            elif isinstance(value, Mapping):
                inner = cast("dict[str, object]", value).items()
                each = ", ".join(f'"{key}" = {self.secret(_clear(one))}' for key, one in inner)
                lines.append(f"{name} = {{ {each} }}")
            else:
                lines.append(f"{name} = {self.secret(_clear(value))}")
        return "\n".join(lines)

    def write_octets(self, octets: bytes) -> Path:
        """Write a file that is no text."""
        self._number += 1
        path = self._folder / f"octets-{self._number}"
        path.write_bytes(octets)
        return path

    def write(self, tables: Mapping[str, str]) -> Path:
        """Write a settings file."""
        self._number += 1
        path = self._folder / f"settings-{self._number}.toml"
        path.write_text("".join(f"[accounts.{name}]\n{table}\n" for name, table in tables.items()), encoding="utf-8")
        return path


def _clear(value: object) -> str:
    return value.reveal() if isinstance(value, Secret) else str(value)


class Day:
    """One world and one host in it, everything of which is searched."""

    def __init__(self, provider: str, search: Search, files: Files) -> None:
        self.provider = provider
        self.search = search
        self.files = files

    def rig(self, *, changed: Mapping[str, Any] | None = None, without: str = "", **host: Any) -> EmulatedRig:
        """Give a world whose accounts are read from a settings file, with a host's own parts around them."""
        make = Registry().spec(self.provider).rig
        assert make is not None
        day, kind = self, make()
        policies, observers = {"host": Policy(self.search, fails=False)}, [Observer(self.search, fails=False)]

        class World(kind):  # type: ignore[misc, valid-type]  # the vendor's own class, which its plugin names
            async def _sharebind(self) -> Sharebind:
                keep_world(day.search, self.cloud.describe())
                self.cloud.rewrite = marked
                secrets = secret_fields(self.spec().settings)
                tables = {}
                for user in self.cloud.users:
                    settings = {**self.settings(user), "base_url": self.cloud.base_url, **(changed or {})}
                    settings.pop(without, None)
                    tables[user.name] = day.files.table(day.provider, settings, secrets)
                options = {"clock": self.clouds.clock, "policies": policies, "observers": observers}
                options |= {"retries": AT_ONCE, **host}
                made = Sharebind.from_file(day.files.write(tables), **options)
                return cast("Sharebind", await self._open.enter_async_context(made))

            def _account(self, sharebind: Sharebind, name: str, _timeout: timedelta | None = None) -> Account:
                return sharebind.account(name)

        return cast("EmulatedRig", World(seed=11))

    async def ask(self, what: str, asking: Awaitable[object]) -> object:
        """Do one thing, and search what comes of it, be it a value or an error."""
        try:
            value = await asking
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - whatever it is, it is searched
            self.search.error(error, what)
            return None
        self.search.value(value, what)
        return value

    async def wishes(self, rig: EmulatedRig) -> dict[str, Callable[[], Awaitable[object]]]:
        """Make every verb ready: those that change something, and those that read."""
        found: dict[str, Callable[[], Awaitable[object]]] = {}
        device, owner, guest = rig.free_device(), rig.owner, rig.guest
        person = rig.cloud.user("guest")
        reads: dict[str, Callable[[], Awaitable[object]]] = {
            "me": owner.me,
            "shares": lambda: owner.shares().all(),
            "received": lambda: guest.received().all(),
            "bindings": lambda: owner.bindings().all(),
            "spaces": lambda: owner.spaces(rooms=True).all(),
            "finding an address": lambda: owner.find_user(Email(person.email)),
            "finding an id": lambda: owner.find_user(UserId(person.user_id)),
            "checking a binding": lambda: owner.check_binding(device.device),
            "beginning a pairing": owner.begin_pairing,
            "looking at a code that there is not": lambda: guest.inspect("INSPECTED-canary-19d2"),
            "taking a code that there is not": lambda: guest.accept("ACCEPTED-canary-83b6"),
            "inviting an address": lambda: owner.share(device.device, to=Email("stranger-canary@example.com")),
        }
        self.search.keep("INSPECTED-canary-19d2", "a code to look at")
        self.search.keep("ACCEPTED-canary-83b6", "a code to take")
        self.search.keep_person("stranger-canary@example.com", "a recipient")
        for proof in device.proofs:
            found[f"binding by {proof.kind}"] = lambda proof=proof: owner.bind(device.device, proof)  # type: ignore[misc]  # a lambda says no types
        return {**await changes(rig), **found, **reads}

    async def play(self, rig: EmulatedRig, what: str) -> None:
        """Do everything once."""
        for name, wish in (await self.wishes(rig)).items():
            value = await self.ask(f"{what}: {name}", wish())
            if isinstance(value, CodeOffer):
                await self.ask(f"{what}: looking at a code", rig.guest.inspect(value))
                await self.damaged(value.ref)

    async def damaged(self, ref: ShareRef) -> None:
        """Read a stored line that lost its end."""
        line = ref.reveal()
        for end in (-1, -7):

            async def parse(end: int = end) -> object:
                return ShareRef.parse(line[:end])

            await self.ask("a damaged ref", parse())


def marked(_operation: str | None, body: object) -> object:
    """Put a field that nobody knows into every object of an answer."""
    if isinstance(body, dict):
        known = {name: marked(None, value) for name, value in cast("dict[str, object]", body).items()}
        return {**known, "canary": RAW}
    return [marked(None, each) for each in cast("list[object]", body)] if isinstance(body, list) else body
