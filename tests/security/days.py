"""Good and bad days of a host that uses every verb."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, get_type_hints

from sharebind import Anyone, MemoryTokenStore, Secret, Sharebind
from sharebind.emulator.faults import KINDS
from sharebind.provider import Codes
from sharebind.registry import Registry
from sharebind.testing import NotStagedError

from .staging import ELSEWHERE, STORED, WRONG, Day, Observer, Policy, Store, secret_fields


def codes_of(provider: str) -> Iterator[str]:
    """Give one code for every error class and every mark of the vendor's table."""
    table: Codes = importlib.import_module(f"sharebind_{provider}.codes").CODES
    seen: set[object] = set()
    for code, row in table.rows.items():
        kind = (row.error, row.outcome, row.renew, row.evicted, row.later, row.over)
        if kind not in seen:
            seen.add(kind)
            yield code


async def good_day(day: Day) -> None:
    """Do everything where all goes well, the loop telling of each of its steps."""
    loop = asyncio.get_running_loop()
    usual = loop.slow_callback_duration
    loop.slow_callback_duration = 0
    loop.set_debug(True)
    try:
        async with day.rig() as rig:
            await day.play(rig, "a good day")
            await day.ask("signing out", rig.owner.sign_out())
    finally:
        loop.set_debug(False)
        loop.slow_callback_duration = usual


async def bad_network(day: Day) -> None:
    """Do everything in each kind of trouble that a cloud can make."""
    for kind in sorted(KINDS.keys() - {"code", "script"}):
        async with day.rig() as rig:
            wishes = await day.wishes(rig)
            if kind in ("silence", "drip"):  # nobody waits for the end of these
                rig.owner._timeout = rig.guest._timeout = timedelta(milliseconds=30)
            try:
                rig.cloud.faults.add(kind, times=None)
            except ValueError:  # this cloud has no list that lags
                continue
            for name, wish in wishes.items():
                await day.ask(f"{kind}: {name}", wish())


SOME: Final = (
    "me",
    "bindings",
    "binding",
    "unbinding",
    "renaming",
    "sharing by code",
    "sharing with a person",
    "accepting a code",
    "accepting an offer",
    "taking a code that there is not",
    "revoking",
    "leaving",
)
"""What is asked with each code: a read, a list, and each kind of change."""


async def refusals(day: Day) -> None:
    """Be refused with one code of every meaning."""
    async with day.rig() as rig:
        wishes = await day.wishes(rig)
        some: tuple[str, ...] = (
            "me",
            "bindings",
            "sharing by code",
            "sharing with a person",
            "revoking",
            "leaving",
            "renaming",
        )
        some += ("accepting a code", "accepting an offer", "unbinding", "binding", "taking a code that there is not")
        for code in codes_of(day.provider):
            rig.cloud.faults.add("code", code=code, times=None)
            for name in some:
                if name in wishes:
                    await day.ask(f"code {code}: {name}", wishes[name]())
            rig.cloud.faults.clear()


async def cut_short(day: Day) -> None:
    """Be cancelled, and run out of time, in the middle of everything."""
    async with day.rig() as rig:
        wishes = await day.wishes(rig)
        rig.cloud.faults.add("delay", seconds=0.2, times=None)
        for name, wish in wishes.items():
            task = asyncio.ensure_future(wish())
            await asyncio.sleep(0.005)
            task.cancel()
            await day.ask(f"cancelled: {name}", task)
            await day.ask(f"timed out: {name}", asyncio.wait_for(wish(), 0.005))
        short = timedelta(milliseconds=10)
        await day.ask("late: me", rig.owner.me(within=short))
        await day.ask("late: share", rig.owner.share(rig.free_device().device, to=Anyone(), within=short))
        await day.ask("late: accept", rig.guest.accept("ACCEPTED-canary-83b6", within=short))


async def sessions(day: Day) -> None:
    """Sign in, renew, and be refused; with a store that fails, too."""
    for store in (MemoryTokenStore(), Store(), Store(fails="load"), Store(fails="save")):
        for without in ("token", ""):
            async with day.rig(without=without, tokens=store) as rig:
                await day.ask("the first call", rig.owner.bindings().all())
                await rig.end_tokens(rig.owner)
                await day.ask("a dead token", rig.owner.bindings().all())
                await day.ask("a dead token again", rig.owner.share(rig.free_device().device, to=Anyone()))
                await day.ask("signing out", rig.owner.sign_out())
                await day.ask("signed out", rig.owner.me())
    day.search.keep(WRONG, "a wrong password")
    day.search.keep(STORED, "a stored token")
    async with day.rig(without="token", changed={"password": WRONG}) as rig:
        for _ in range(2):
            await day.ask("a refused sign-in", rig.owner.bindings().all())
    async with day.rig(changed={"token": "Bearer wrong-canary-31f0aa\u00e9"}) as rig:
        await day.ask("a wrong token", rig.owner.bindings().all())


async def hosts_own_faults(day: Day) -> None:
    """Meet a policy that raises, an observer that raises, and lists with gaps."""
    search = day.search
    async with day.rig(observers=[Observer(search, fails=True)]) as rig:
        await day.play(rig, "an observer that fails")
    async with day.rig() as rig:
        wishes = await day.wishes(rig)
        performers = (rig.owner._performer, rig.guest._performer)  # a policy that fails only after all is staged
        for performer in performers:
            performer._policies["late"] = Policy(search, fails=True)
        for name, wish in wishes.items():
            await day.ask(f"a policy that fails: {name}", wish())
    async with day.rig() as rig:
        wishes = await day.wishes(rig)
        held = [binding.device for binding in await rig.owner.bindings().all()]
        try:
            await rig.break_part(rig.owner, held[0])
        except NotStagedError:
            return
        for name in ("shares", "bindings", "received", "spaces"):
            await day.ask(f"a gap: {name}", wishes[name]())
        partial = rig.owner.shares(device=held[0], allow_partial=True)
        await day.ask("a gap, allowed", partial.all())
        search.value(partial.gaps, "gaps")


async def wrong_settings(day: Day) -> None:
    """Write a secret where another setting belongs, and a secret in a form that it cannot have."""
    spec = Registry().spec(day.provider)
    day.search.keep(ELSEWHERE, "a secret at the wrong place")
    async with day.rig() as rig:
        right = {**rig.settings(rig.cloud.user("owner")), "base_url": rig.cloud.base_url}
    secrets = secret_fields(spec.settings)
    fields = [*get_type_hints(spec.settings), "timeout", "rate", "provider", "colour"]
    tables: list[str] = []
    for name in fields:
        known = {key: value for key, value in right.items() if key != name}
        table = day.files.table(day.provider, known, secrets)
        if name == "provider":
            table = table.partition("\n")[2]
        reference = day.files.secret(ELSEWHERE)
        forms = [reference, f'["{ELSEWHERE}"]', f'{{ a = "{ELSEWHERE}" }}', f"{{ a = {reference} }}"]
        if name in secrets:
            forms += [f'"""{ELSEWHERE}\n"""', f'"{ELSEWHERE}"', day.files.secret(f"{ELSEWHERE}\nSECOND-LINE")]
        tables += [f"{table}\n{name} = {form}" for form in forms]
    for table in tables:
        await day.ask("wrong settings", _opened(day.files.write({"desk": table})))
    unclosed = day.files.table(day.provider, right, secrets) + f'\nbase_url = "https://u:{ELSEWHERE}@x.example'
    await day.ask("no TOML", _opened(day.files.write({"desk": unclosed})))
    await day.ask("no UTF-8", _opened(day.files.write_octets(f'a = "{ELSEWHERE}\n'.encode() + b"\xff")))
    beside = day.files.write_octets(ELSEWHERE.encode() + b"\xff").as_posix()
    table = f'provider = "{day.provider}"\ntoken = {{ file = "{beside}" }}'
    await day.ask("no UTF-8 in a secret", _opened(day.files.write({"desk": table})))
    in_code = [{**right, name: wrong} for name in fields for wrong in (Secret(ELSEWHERE), [ELSEWHERE])]
    in_code.append({**right, "base_url": f"https://user:{ELSEWHERE}@127.0.0.1"})
    for settings in in_code:
        await day.ask("wrong settings in code", _opened_by_code(day.provider, settings))
        await day.ask("wrong settings in a mapping", _opened_by_mapping(day.provider, settings))
    async with Sharebind() as sharebind:
        for text in (ELSEWHERE, f"{ELSEWHERE}\n", f'{{"a": "{ELSEWHERE}"}}', f"https://x.example/?t={ELSEWHERE}"):
            for asked in (None, day.provider):
                await day.ask("a code that nobody reads", _read(sharebind, text, asked))


async def _opened(path: Path) -> object:
    async with Sharebind.from_file(path) as sharebind:
        return repr(sharebind.account("desk"))


async def _opened_by_code(provider: str, settings: Mapping[str, Any]) -> object:
    async with Sharebind() as sharebind:
        return repr(sharebind.open_account(provider, settings, name="desk"))


async def _opened_by_mapping(provider: str, settings: Mapping[str, Any]) -> object:
    async with Sharebind.from_mapping({"accounts": {"desk": {"provider": provider, **settings}}}) as sharebind:
        return repr(sharebind.account("desk"))


async def _read(sharebind: Sharebind, text: str, provider: str | None) -> object:
    return sharebind.read_code(text, provider=provider)


DAYS: Final = (good_day, bad_network, refusals, cut_short, sessions, hosts_own_faults, wrong_settings)
