"""Ten thousand answers that were changed: an adapter gives values or the error that fits, and tells no wrong outcome.

Every operation is played once against the emulated cloud, and what the cloud answered is kept. Then each is asked for
again and again with one of those answers changed, without a socket: its client hands the bytes over.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from typing import Final, TypeVar

import attrs

from sharebind.calls import Client, HttpCall, Reply
from sharebind.context import Context
from sharebind.errors import Outcome, OutcomeUnknownError, ProviderError, SharebindError
from sharebind.http.answers import read_reply
from sharebind.testing.bad_days import healthy
from sharebind.testing.emulated import EmulatedRig
from sharebind.testing.ground import Ground, Ready
from sharebind.testing.mutations import mutated
from sharebind.testing.parts import Part, PartResult, Tally, Tier
from sharebind.testing.rig import NotStagedError, Rig

T = TypeVar("T")

MUTATED: Final = 10_000
"""How many answers are changed."""
LONGEST: Final = 400
"""Requests of one operation: an adapter that asks more often follows a list that never ends."""

REPLIES: Final = Part(
    tier=Tier.GOLD,
    name="mutated replies",
    promise="A changed answer gives a value or the error that fits, never a wrong outcome, and no secret is shown.",
    counts="answers, each changed in one place",
    minimum=MUTATED,
)


@attrs.frozen
class Said:
    """One answer of the vendor, to one call."""

    call: str
    status: int
    body: bytes


class HangsError(Exception):
    """The adapter asks again and again."""


@attrs.define
class Script:
    """Answers as the vendor did, with one answer changed; it keeps what became of the change."""

    answers: tuple[Said, ...]
    number: int
    changed: Said
    asked: int = 0
    sent: list[Said] = attrs.field(factory=list[Said])
    """The answers to the calls that change something."""

    def answer(self, call: HttpCall) -> Said:
        """Give what answers the next request."""
        at, self.asked = self.asked, self.asked + 1
        if at > LONGEST:
            raise HangsError(call.name)
        found = self._found(at, call.name)
        if call.changes:
            self.sent.append(found)
        return found

    def _found(self, at: int, name: str) -> Said:
        if at == self.number:
            return self.changed
        if at < len(self.answers) and self.answers[at].call == name:
            return self.answers[at]
        return next((said for said in self.answers if said.call == name), self.changed)


@attrs.define
class Relay:
    """Stands between every adapter of a world and its cloud: it keeps what is said, or says it again."""

    kept: list[Said] = attrs.field(factory=list[Said])
    script: Script | None = None

    def over(self, client: Client) -> Client:
        """Stand before a client."""
        return _Line(self, client)


@attrs.frozen
class _Line:
    relay: Relay
    client: Client

    async def send(self, call: HttpCall, ctx: Context, read: Callable[[Reply], T]) -> T:
        """Carry one call, or answer it by the script."""
        relay, script = self.relay, self.relay.script
        if script is not None:
            if call.changes:
                await ctx.effect()
            said = script.answer(call)
            return read(read_reply(said.status, said.body))

        def keep(reply: Reply) -> T:
            body = b"" if reply.empty else json.dumps(reply.body).encode()
            relay.kept.append(Said(call.name, reply.status, body))
            return read(reply)

        return await self.client.send(call, ctx, keep)

    def at(self, base_url: str) -> Client:
        """Stand before the client of another address too."""
        return _Line(self.relay, self.client.at(base_url))


@attrs.frozen
class _Step:
    ready: Ready
    answers: tuple[Said, ...]


async def replies(make_rig: Callable[[], Rig]) -> PartResult:
    """Change an answer, ten thousand times."""
    tally, relay, rig = Tally(part=REPLIES), Relay(), make_rig()
    if not isinstance(rig, EmulatedRig) or not rig.CHANGES:
        raise NotStagedError("this takes an EmulatedRig that names its CHANGES, and the rig is none")
    rig.send_through(relay.over)
    async with rig:
        ground = Ground(rig)
        steps = await _steps(ground, relay, tally)
        ground.watch.takes_more = False
        dice = random.Random(7)  # noqa: S311 - the same answers every time
        for number in range(MUTATED if steps else 0):
            step = steps[number % len(steps)]
            at = dice.randrange(len(step.answers))
            said = step.answers[at]
            changed = attrs.evolve(said, body=mutated(said.body or b"null", dice))
            relay.script = Script(step.answers, at, changed)
            rig.reopen()
            wrong = _wrong(step.ready, relay.script, await _ended(step.ready))
            tally.note(f"{step.ready.name}, {said.call} answers {ground.watch.masked(repr(changed.body[:300]))}", wrong)
        tally.also("all of them", ground.watch.leaks())
    return tally.result(MUTATED)


async def _steps(ground: Ground, relay: Relay, tally: Tally) -> list[_Step]:
    """Play every operation once, in the way of no other one, and keep what the cloud answered."""
    await ground.prepare()
    found: list[_Step] = []
    for name in tuple(ground.ready):
        ground.rig.reopen()
        relay.kept.clear()
        played = await ground.play(ground.ready[name], None)
        if played.error is not None:
            await ground.prepare()
            relay.kept.clear()
            played = await ground.play(ground.ready[name], None)
        tally.also(name, healthy(played))
        if relay.kept and played.error is None:
            found.append(_Step(ground.ready[name], tuple(relay.kept)))
    return found


async def _ended(ready: Ready) -> BaseException | None:
    try:
        await ready.act()
    except Exception as error:  # noqa: BLE001 - whatever escapes is what is judged
        return error
    return None


def _wrong(ready: Ready, script: Script, error: BaseException | None) -> Iterator[str]:
    """Yield what is wrong with how an operation ended: what must be so for every vendor."""
    told = "it gave a value" if error is None else f"it ended with {error!r}"
    if script.asked > LONGEST:
        yield "it asks again and again"
    if error is not None and not isinstance(error, SharebindError):
        yield f"{type(error).__name__} escaped: {error}"
    elif script.sent:
        yield from _sent_wrong(ready, script, error, told)
    elif error is not None and error.outcome is not Outcome.NOTHING:
        yield f"nothing that changes was sent, and {told}"


def _sent_wrong(ready: Ready, script: Script, error: SharebindError | None, told: str) -> Iterator[str]:
    """Yield what is wrong after a change was sent."""
    if not ready.changes:
        yield "it should change nothing, and sent a change"
    if len(script.sent) > 2:  # noqa: PLR2004 - once, and once more after the renewal of a token
        yield f"the change was sent {len(script.sent)} times"
    last = script.sent[-1]
    if last is not script.changed:
        if error is not None and error.outcome is not Outcome.DONE:
            yield f"the vendor confirmed it, and {told}"
        return
    reply = read_reply(last.status, last.body)
    if not reply.readable and not reply.empty and not isinstance(error, OutcomeUnknownError):
        yield f"nobody can read what became of it, and {told}"
    if isinstance(error, ProviderError) and error.outcome is Outcome.NOTHING and error.vendor_code is None:
        yield f"no code says that nothing happened, and {told}"
