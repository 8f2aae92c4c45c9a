"""Whatever the vendor answers, the adapter gives values or a ``SharebindError``, and never tells a wrong outcome.

Every operation is played once against the emulated cloud, and what the cloud answered is kept. Then each is played
again, thousands of times, with one of those answers changed in one place.
"""

from __future__ import annotations

import asyncio
import copy
import json
import random
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, Final, TypeVar

import attrs

from sharebind import (
    NO_RETRIES,
    Account,
    Email,
    EndShare,
    Outcome,
    OutcomeUnknownError,
    Overlap,
    Phone,
    ProviderError,
    Registry,
    ResultLostError,
    Sharebind,
    SharebindError,
    Space,
    State,
)
from sharebind.provider import Client, Context, HttpCall, ProviderSpec, Reply, Setup
from sharebind_ewelink.rig import EwelinkRig

T = TypeVar("T")

MUTATIONS: Final = 5000
LONGEST: Final = 400
"""Requests of one operation: an adapter that asks more often follows a list that never ends."""

ODD: Final[tuple[Any, ...]] = (
    *(None, True, False, 0, -1, 1, 2, 3, 97, 405, 10004, 3.5, 10**25, -(10**12)),
    *("", " ", "0", "-7", "null", "灯", "\ud800", "a\nb\x00c", "/", "***", "x" * 100_000),
    *([], [None], [[]], ["x", 1, {}], {}, {"": None}, {"region": "us"}, {"itemType": 1}),
)
"""Values of every kind, put where another one stood."""

Perform = Callable[[Account], Awaitable[object]]


@attrs.frozen
class Played:
    """One operation, and what the vendor answered, call by call."""

    name: str
    who: str
    perform: Perform
    answers: tuple[tuple[str, Any], ...]


@attrs.define
class Recording:
    """A client that keeps every answer."""

    client: Client
    answers: list[tuple[str, Any]]

    async def send(self, call: HttpCall, ctx: Context, read: Callable[[Reply], T]) -> T:
        """Carry one call, and keep what came."""

        def keep(reply: Reply) -> T:
            self.answers.append((call.name, copy.deepcopy(reply.body)))
            return read(reply)

        return await self.client.send(call, ctx, keep)

    def at(self, base_url: str) -> Client:
        """Keep what comes from another address too."""
        return Recording(self.client.at(base_url), self.answers)


@attrs.define
class Replaying:
    """A client that answers as the vendor did, with one answer changed."""

    answers: tuple[tuple[str, Any], ...] = ()
    number: int = 0
    changed: Reply = attrs.field(factory=lambda: Reply(status=200))
    asked: int = 0
    confirmed: bool | None = None
    sent: bool = False

    async def send(self, call: HttpCall, ctx: Context, read: Callable[[Reply], T]) -> T:
        """Answer as the vendor did."""
        if call.changes:
            await ctx.effect()
        at, self.asked = self.asked, self.asked + 1
        assert at < LONGEST, f"{call.name} is asked again and again"
        reply = self._answer(at, call.name)
        if call.changes:
            self.sent, self.confirmed = True, succeeded(reply)
        return read(reply)

    def at(self, _base_url: str) -> Replaying:
        """Answer for every address."""
        return self

    def _answer(self, at: int, name: str) -> Reply:
        if at == self.number:
            return self.changed
        if at < len(self.answers) and self.answers[at][0] == name:
            return Reply(status=200, body=copy.deepcopy(self.answers[at][1]))
        known = (body for called, body in self.answers if called == name)
        return Reply(status=200, body=copy.deepcopy(next(known, {"error": 405})))


def succeeded(reply: Reply) -> bool | None:
    """Say by the contract's own rule whether a change was confirmed, ``None`` where nobody can tell."""
    body = reply.body if reply.readable else None
    error = body.get("error") if isinstance(body, dict) else None
    if isinstance(error, float) and error.is_integer():
        error = int(error)
    if isinstance(error, bool) or not isinstance(error, int | str) or not str(error).strip().lstrip("-").isdigit():
        return None
    return int(error) == 0


def with_client(spec: ProviderSpec, wrap: Callable[[Client], Client]) -> ProviderSpec:
    """Make a provider whose adapter holds another client."""

    def make(settings: Any, setup: Setup) -> Any:
        return spec.factory(settings, attrs.evolve(setup, client=wrap(setup.client)))

    return attrs.evolve(spec, factory=make)


def paths(body: object, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Give the place of every value of a body, the body's own first."""
    yield at
    items: Any = body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ()
    for key, value in items:
        yield from paths(value, (*at, key))


def mutated(body: Any, dice: random.Random) -> Reply:
    """Change an answer in one place, or as a whole."""
    status = dice.choice((200, 200, 200, 400, 401, 403, 429, 500, 502))
    if dice.random() < 0.08:
        return Reply(status=status, readable=False)
    body = copy.deepcopy(body)
    path = dice.choice(list(paths(body)))
    if not path:
        return Reply(status=status, body=dice.choice(ODD))
    holder, key = body, path[-1]
    for step in path[:-1]:
        holder = holder[step]
    match dice.randrange(6):
        case 0:
            del holder[key]
        case 1 if isinstance(holder, dict):
            holder[f"{key}New"] = holder.pop(key)
        case 2 if isinstance(holder, list):
            holder += [copy.deepcopy(holder[key]) for _ in range(dice.choice((1, 40)))]
        case 3:
            holder[key] = [holder[key]]
        case _:
            holder[key] = copy.deepcopy(dice.choice(ODD))
    return Reply(status=200, body=body)


async def played(rig: EwelinkRig) -> list[Played]:
    """Play everything that the adapter can do."""
    answers: list[tuple[str, Any]] = []
    steps: list[Played] = []
    spec = with_client(rig.spec(), lambda client: Recording(client, answers))
    async with Sharebind(registry=Registry(specs=[spec]), clock=rig.clock, retries=NO_RETRIES) as host:
        accounts = {name: open_in(host, rig, name) for name in ("owner", "guest")}

        async def play(name: str, who: str, perform: Perform) -> Any:
            answers.clear()
            try:
                result = await perform(accounts[who])
            except ProviderError:  # a refusal is an answer too
                result = None
            steps.append(Played(name, who, perform, tuple(answers)))
            return result

        guest = rig.cloud.user("guest")
        to, phone = Email(guest.email), Phone(**guest.phone)
        wifi, gsm = rig.free_device(), rig.free_device()
        while gsm.proofs[0].kind != "text":
            gsm = rig.free_device()
        device = wifi.device
        await play("bind", "owner", lambda each: each.bind(device, wifi.proofs[0], name="灯"))
        await play("bind gsm", "owner", lambda each: each.bind(None, gsm.proofs[0]))
        await play("spaces", "owner", lambda each: each.spaces(allow_partial=True).all())
        (place,) = await accounts["owner"].bindings(device=device).all()
        assert place.space is not None
        into = Space(place.space.id, "a-room")
        await play("place", "owner", lambda each: each.place(device, into))
        await play("rename", "owner", lambda each: each.rename(device, "门"))
        share = await play("share", "owner", lambda each: each.share(device, to=to, rights={"edit_timer"}))
        await play("replace", "owner", lambda each: each.share(device, to=phone, overlap=Overlap.REPLACE))
        await play("change", "owner", lambda each: each.change(share, rights={"create_timer"}))
        await play("shares", "owner", lambda each: each.shares(allow_partial=True).all())
        await play("shares of one", "owner", lambda each: each.shares(device=device, allow_partial=True).all())
        await play("bindings", "owner", lambda each: each.bindings(allow_partial=True).all())
        await play("held", "guest", lambda each: each.bindings(allow_partial=True).all())
        (mine,) = await play("received", "guest", lambda each: each.received(allow_partial=True).all())
        leave = EndShare(share=mine.ref, seen=State.ACTIVE)
        await play("leave", "guest", lambda each: each.perform(leave))
        again = await accounts["owner"].share(device, to=to)
        revoke = EndShare(share=again.ref, seen=State.ACTIVE)
        await play("revoke", "owner", lambda each: each.perform(revoke))
        await play("revoke again", "owner", lambda each: each.perform(revoke))
        await play("unbind", "owner", lambda each: each.unbind(gsm.device))
    return steps


def open_in(host: Sharebind, rig: EwelinkRig, name: str) -> Account:
    """Open an account that has a token only, so that every change of an answer meets the operation itself."""
    settings = {"token": rig.cloud.user(name).token, "base_url": rig.cloud.base_url, "rate": "off"}
    return host.open_account("ewelink", settings, name=name)


def judged(step: Played, client: Replaying, error: BaseException | None) -> str:
    """Say what is wrong with how an operation ended, or nothing."""
    if error is None:
        if step.name == "leave" and not client.sent:
            return "nothing was sent, and it was told as over"
        quiet = step.name in ("leave", "revoke", "revoke again") and client.confirmed is not None
        return "" if not client.sent or client.confirmed or quiet else "was not confirmed, and it gave a value"
    if not isinstance(error, SharebindError):
        return f"{type(error).__name__} escaped: {error}"
    if not client.sent:
        return "" if error.outcome is Outcome.NOTHING else f"nothing was sent, and it ended with {error!r}"
    if client.confirmed is True and not isinstance(error, ResultLostError):
        return f"was confirmed, and it ended with {error!r}"
    bare = client.changed.status == 403 and error.outcome is Outcome.NOTHING
    if client.confirmed is None and not isinstance(error, OutcomeUnknownError) and not bare:
        return f"nobody can tell what became of it, and it ended with {error!r}"
    if client.confirmed is False and error.outcome is Outcome.DONE:
        return f"was not confirmed, and it ended with {error!r}"
    return ""


async def _ended(account: Account, step: Played) -> BaseException | None:
    try:
        async with asyncio.timeout(20):
            await step.perform(account)
    except Exception as error:  # noqa: BLE001 - whatever escapes is what is judged
        return error
    return None


async def test_mutated_replies_tell_no_wrong_outcome(rig: EwelinkRig) -> None:
    """Thousands of changed answers give values or the error that fits, and none hangs."""
    steps = await played(rig)
    assert len(steps) >= 16
    dice = random.Random(7)  # noqa: S311 - the same answers every time
    client = Replaying()
    host = Sharebind(registry=Registry(specs=[with_client(rig.spec(), lambda _: client)]), clock=rig.clock)
    wrong: list[str] = []
    for number in range(MUTATIONS):
        step = steps[number % len(steps)]
        at = dice.randrange(len(step.answers))
        changed = mutated(step.answers[at][1], dice)
        client.__init__(step.answers, at, changed)  # type: ignore[misc] # the one client, as good as new
        problem = judged(step, client, await _ended(open_in(host, rig, step.who), step))
        if problem:
            shown = json.dumps(changed.body)[:300]
            wrong.append(f"{step.name}, {step.answers[at][0]} answered {changed.status} {shown}: {problem}")
    assert not wrong, f"{len(wrong)} of {MUTATIONS}:\n" + "\n".join(wrong[:10])
