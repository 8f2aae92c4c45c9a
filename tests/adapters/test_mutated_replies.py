"""Whatever a vendor answers, an adapter gives values or a ``SharebindError``, and never tells a wrong outcome.

Every operation is played once against the emulated cloud, and what the cloud answered is kept. Then each is played
again, thousands of times, with one of those answers changed: first through the adapter alone, its client handing the
bytes over, then over a socket.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, TypeVar, cast

import attrs
import pytest
import yaml

from sharebind import (
    Account,
    Outcome,
    OutcomeUnknownError,
    Registry,
    ResultLostError,
    Sharebind,
    SharebindError,
)
from sharebind.http.answers import read_reply
from sharebind.provider import Context, HttpCall, ProviderSpec, Reply, Setup
from sharebind.testing import EmulatedRig
from sharebind.testing.mutations import mutated

from .playing import RIGS, Played, play

T = TypeVar("T")

MUTATIONS: Final = 10_000
OVER_A_SOCKET: Final = 300
LONGEST: Final = 400
"""Requests of one operation: an adapter that asks more often follows a list that never ends."""


QUIET: Final = frozenset({"end", "sign_out"})


class Hangs(Exception):  # noqa: N818 - it says what the adapter does
    """The adapter asks again and again."""


@attrs.define
class Replaying:
    """A client that answers as the vendor did, with one answer changed; it keeps what became of the change."""

    answers: tuple[tuple[str, bytes], ...]
    number: int
    changed: bytes
    asked: int = 0
    sent: list[tuple[str, bytes]] = attrs.field(factory=list[tuple[str, bytes]])
    """The calls that change something, with their answers."""

    async def send(self, call: HttpCall, ctx: Context, read: Callable[[Reply], T]) -> T:
        """Answer as the vendor did."""
        if call.changes:
            await ctx.effect()
        at, self.asked = self.asked, self.asked + 1
        if at > LONGEST:
            raise Hangs(call.name)
        answer = self._answer(at, call.name)
        if call.changes:
            self.sent.append((call.name, answer))
        return read(read_reply(200, answer))

    def _answer(self, at: int, name: str) -> bytes:
        if at == self.number:
            return self.changed
        if at < len(self.answers) and self.answers[at][0] == name:
            return self.answers[at][1]
        return next((answer for known, answer in self.answers if known == name), self.changed)


@attrs.define
class Relay:
    """The client of every account, which hands calls to whoever answers now."""

    now: Replaying | None = None

    async def send(self, call: HttpCall, ctx: Context, read: Callable[[Reply], T]) -> T:
        """Hand it over."""
        assert self.now is not None
        return await self.now.send(call, ctx, read)

    def at(self, _base_url: str) -> Relay:
        """Answer for every address."""
        return self

    def given_to(self, spec: ProviderSpec) -> ProviderSpec:
        """Make a provider whose adapter holds this client."""

        def make(settings: Any, setup: Setup) -> Any:
            return spec.factory(settings, attrs.evolve(setup, client=self))

        return attrs.evolve(spec, factory=make)


def succeeded(provider: str, answer: bytes, call: str = "", before: bytes = b"") -> bool | None:
    """Say by the contracts' own rules whether a change was confirmed, ``None`` where nobody can tell.

    ``before`` is the answer as it was; it says which device was meant where an answer names some.
    """
    reply = read_reply(200, answer)
    if provider == "gizwits":
        return _gizwits(reply, call, before)
    body = reply.body if reply.readable else None
    if not isinstance(body, dict):
        return None
    fields = cast("Mapping[str, Any]", body)
    return {"quectel": _quectel, "tencent": _tencent, "ewelink": _ewelink}[provider](fields)


CONTRACT: Final = yaml.safe_load(
    (Path(__file__).resolve().parents[2] / "docs" / "contracts" / "gizwits.yaml").read_text(encoding="utf-8")
)
RETURN_NOTHING: Final = {each["name"] for each in CONTRACT["endpoints"] if each["response"] is None}
"""Gizwits' calls that answer nothing; how nothing looks is not said."""


def _ewelink(body: Mapping[str, Any]) -> bool | None:
    """Follow error_envelope.detect: error is not 0."""
    code = body.get("error")
    if isinstance(code, bool) or not isinstance(code, int | str) or not str(code).strip().lstrip("-").isdigit():
        return None
    return int(code) == 0


def _gizwits(reply: Reply, call: str, before: bytes) -> bool | None:
    """Follow error_envelope.detect: presence of error_code in the body; only a call that returns nothing has none."""
    body = reply.body
    if body is None and call in RETURN_NOTHING and (reply.readable or reply.empty):
        return True
    if not reply.readable or not isinstance(body, dict):
        return None
    fields = cast("Mapping[str, Any]", body)
    code = fields.get("error_code")
    if code is not None:
        return False if isinstance(code, int | str) and not isinstance(code, bool) else None
    if call != "unbind":
        return True
    # A success may have failed for the one device (contract: unbind, partial_result).
    (did,) = json.loads(before)["success"]
    for name, told in (("failed", False), ("success", True)):
        listed = fields.get(name)
        if listed in (None, ""):  # an empty text says as little as no text
            continue
        if not isinstance(listed, list):
            return None
        if any(did in (each, _did(each)) for each in cast("list[object]", listed)):
            return told
    return None


def _did(entry: object) -> object:
    return cast("Mapping[str, object]", entry).get("did") if isinstance(entry, dict) else None


def _quectel(body: Mapping[str, Any]) -> bool | None:
    code = body.get("code")
    if isinstance(code, bool) or not isinstance(code, int | str) or not str(code).strip().lstrip("-").isdigit():
        return None
    return int(code) == 200


def _tencent(body: Mapping[str, Any]) -> bool | None:
    """Follow error_envelope.parse_rule."""
    response = body.get("Response")
    inner = response if isinstance(response, dict) and response else body.get("data")
    content = cast("Mapping[str, Any]", inner) if isinstance(inner, dict) else body
    folded = {key.lower(): value for key, value in content.items()}
    if any(found not in (None, "") for found in (body.get("Error"), folded.get("error"))):
        return False
    if folded.get("status", "OK") not in ("OK", None, ""):
        return None
    code = body.get("code")
    if code is None or code == "":
        return True if isinstance(response, dict) and response else None
    return None if isinstance(code, bool) else str(code) == "0"


def judge(played: Played, client: Replaying, error: BaseException | None, provider: str) -> str:
    """Say what is wrong with how an operation ended, or nothing."""
    if error is None:
        # Ending what is over already is quiet, so a refusal to end may give a value; nothing else may.
        done = _confirmed(played, client, provider) if client.sent else True
        quiet = played.op.kind in QUIET and done is False
        return "" if done is True or quiet else f"{played.op.kind} was not confirmed, and it gave a value"
    if not isinstance(error, SharebindError):
        return f"{type(error).__name__} escaped: {error}"
    if not client.sent:
        return "" if error.outcome is Outcome.NOTHING else f"nothing was sent, and it ended with {error!r}"
    done = _confirmed(played, client, provider)
    if done is True and not isinstance(error, ResultLostError):
        return f"{played.op.kind} was confirmed, and it ended with {error!r}"
    if done is None and not isinstance(error, OutcomeUnknownError):
        return f"nobody can tell what became of {played.op.kind}, and it ended with {error!r}"
    if done is False and error.outcome is Outcome.DONE:
        return f"{played.op.kind} was not confirmed, and it ended with {error!r}"
    return ""


def _confirmed(played: Played, client: Replaying, provider: str) -> bool | None:
    """Say whether the last change was confirmed."""
    call, answer = client.sent[-1]
    before = next((known for name, known in played.answers if name == call), b"")
    return succeeded(provider, answer, call, before)


KINDS: Final = {"quectel": 13, "tencent": 13, "gizwits": 10, "ewelink": 8}
"""How many kinds of operations each adapter is played in, at least."""


@pytest.mark.parametrize("rig", RIGS, ids=lambda rig: rig.provider)
async def test_mutated_replies_tell_no_wrong_outcome(rig: type[EmulatedRig]) -> None:
    """Ten thousand changed answers through each adapter give values or the error that fits, and none hangs."""
    async with rig() as world:
        steps = await play(world)
    assert len({step.op.kind for step in steps}) >= KINDS[rig.provider]
    dice = random.Random(7)  # noqa: S311 - the same answers every time
    wrong: list[str] = []
    relay = Relay()
    host = Sharebind(registry=Registry(specs=[relay.given_to(world.spec())]), clock=world.clouds.clock)
    for number in range(MUTATIONS):
        step = steps[number % len(steps)]
        at = dice.randrange(len(step.answers))
        changed = mutated(step.answers[at][1], dice)
        client = Replaying(step.answers, at, changed)
        relay.now = client
        problem = judge(step, client, await _ended(step.opened_by(host), step), rig.provider)
        if problem:
            wrong.append(f"{step.op.kind}, {step.answers[at][0]} answered {changed[:300]!r}: {problem}")
    assert not wrong, f"{len(wrong)} of {MUTATIONS}:\n" + "\n".join(wrong[:10])


async def _ended(account: Account, step: Played) -> BaseException | None:
    try:
        async with asyncio.timeout(20):
            await step.perform(account)
    except Exception as error:  # noqa: BLE001 - whatever escapes is what is judged
        return error
    return None


@pytest.mark.parametrize("rig", RIGS, ids=lambda rig: rig.provider)
async def test_mutated_replies_over_a_socket(rig: type[EmulatedRig]) -> None:
    """The same over a real connection: cut bodies and wrong encodings included."""
    async with rig() as world:
        steps = await play(world)
    dice = random.Random(8)  # noqa: S311 - the same answers every time
    wrong: list[str] = []
    for number in range(OVER_A_SOCKET):
        step = steps[number % len(steps)]
        at = dice.randrange(len(step.answers))
        changed = mutated(step.answers[at][1], dice)
        async with (
            step.server(at, changed) as server,
            step.opened(world.spec(), world.clouds.clock, server.url) as account,
        ):
            error = await _ended(account, step)
        if error is not None and not isinstance(error, SharebindError):
            wrong.append(f"{step.op.kind}, {step.answers[at][0]} answered {changed[:300]!r}: {error!r}")
    assert not wrong, f"{len(wrong)} of {OVER_A_SOCKET}:\n" + "\n".join(wrong[:10])


def test_the_oracle_reads_every_envelope() -> None:
    """What counts as confirmed follows the contracts, not the adapters."""
    assert succeeded("quectel", b'{"code": 200}') is True
    assert succeeded("quectel", b'{"code": "200"}') is True
    assert succeeded("quectel", b'{"code": 5049}') is False
    assert succeeded("quectel", b'{"code": null}') is None
    assert succeeded("tencent", json.dumps({"Response": {"RequestId": "r"}}).encode()) is True
    assert succeeded("tencent", json.dumps({"code": 0, "data": {}}).encode()) is True
    assert succeeded("tencent", json.dumps({"code": -1000, "data": {"Error": {"Code": "x"}}}).encode()) is False
    assert succeeded("tencent", b"[]") is None
    assert succeeded("gizwits", b"null", "remove_guest") is succeeded("gizwits", b"{}") is True
    assert succeeded("gizwits", b"null", "create_share") is succeeded("gizwits", b"[]") is None
    assert succeeded("gizwits", b'{"error_code": "9004"}') is False
    assert succeeded("gizwits", b"7") is None
    assert succeeded("gizwits", b'{"failed": ["d"]}', "unbind", b'{"success": ["d"]}') is False
    assert succeeded("gizwits", b"{}", "unbind", b'{"success": ["d"]}') is None
    assert succeeded("ewelink", b'{"error": 0}') is True
    assert succeeded("ewelink", b'{"error": 405}') is False
    assert succeeded("ewelink", b"{}") is None
