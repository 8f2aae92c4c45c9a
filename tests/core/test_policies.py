"""Policies: a host's own say, before anything is sent."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import attrs
import pytest

from sharebind import (
    DeviceRef,
    EndShare,
    Operation,
    Outcome,
    PolicyDeniedError,
    Secret,
    Share,
    ShareRef,
    Side,
    State,
    UnavailableError,
    Via,
)
from sharebind.provider import Context

if TYPE_CHECKING:
    from tests.core.conftest import Bench

REF = ShareRef(provider="toy", side=Side.OWNER, via=Via.CODE, device=DeviceRef("lamp"), key=Secret("k"))
ENDED = Share(ref=REF, state=State.ENDED)
END = EndShare(share=REF)


@attrs.define
class Calls:
    """An adapter's method that counts how often it is reached."""

    count: int = 0

    async def __call__(self, _op: EndShare, _ctx: Context) -> Share:
        """Count."""
        self.count += 1
        return ENDED


@attrs.frozen
class Says:
    """A policy that says this, or raises it."""

    said: str | Exception | None

    async def review(self, _op: Operation[object], _account: str, /) -> str | None:
        """Say it."""
        if isinstance(self.said, Exception):
            raise self.said
        return self.said


async def test_a_policy_lets_through(bench: Bench) -> None:
    """A policy that has no reason to refuse is not noticed."""
    calls = Calls()
    assert await bench.account(end=calls, policies={"a": Says(None), "b": Says(None)}).perform(END) is ENDED
    assert calls.count == 1


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("not at night", "not at night"),
        ("", ""),
        (KeyError("hunter2"), "the policy failed (KeyError)"),
        (TimeoutError(), "the policy failed (TimeoutError)"),
        (UnavailableError("hunter2"), "the policy failed (UnavailableError)"),
    ],
)
async def test_a_policy_denies(bench: Bench, said: str | Exception, reason: str) -> None:
    """A policy that gives a reason or raises denies; nothing was sent, and the error names it."""
    calls = Calls()
    with pytest.raises(PolicyDeniedError) as denied:
        await bench.account(end=calls, policies={"fine": Says(None), "night": Says(said)}).perform(END)
    assert (denied.value.policy, denied.value.reason, denied.value.outcome) == ("night", reason, Outcome.NOTHING)
    assert str(denied.value) == f"policy 'night' denied end: {reason}"
    assert (calls.count, bench.watcher.last.outcome) == (0, Outcome.NOTHING)


async def test_a_slow_policy_meets_the_deadline(bench: Bench) -> None:
    """The deadline is of the whole operation, policies included."""

    class Slow:
        async def review(self, _op: Operation[object], _account: str, /) -> str | None:
            await asyncio.Event().wait()
            return None

    calls = Calls()
    with pytest.raises(UnavailableError, match="nothing happened"):
        await bench.account(end=calls, policies={"slow": Slow()}).perform(END, within=timedelta(milliseconds=20))
    assert calls.count == 0


async def test_policies_are_asked_in_order(bench: Bench) -> None:
    """The first policy that denies ends the asking; each is given the wish and the account."""
    asked: list[tuple[str, object, str]] = []

    @attrs.frozen
    class Asked:
        name: str
        said: str | None

        async def review(self, op: Operation[object], account: str, /) -> str | None:
            asked.append((self.name, op, account))
            return self.said

    policies = {"a": Asked("a", None), "b": Asked("b", "no"), "c": Asked("c", None)}
    with pytest.raises(PolicyDeniedError, match="policy 'b'"):
        await bench.account(end=Calls(), policies=policies).perform(END)
    assert asked == [("a", END, "desk"), ("b", END, "desk")]
