"""The higher tiers: an adapter with one fault in its codes, its outcomes or its reading does not reach them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final

import attrs
import pytest

from sharebind.emulator.faults import KINDS
from sharebind.provider import Client, Context, HttpCall, OutcomeUnknownError, ProviderSpec, Reply, UnavailableError
from sharebind.testing import EmulatedRig, NotStagedError, Tier, check_tier, gold, replies, silver
from sharebind.testing.bad_days import BAD_DAYS
from sharebind.testing.parts import PartResult
from sharebind.testing.reference import ReferenceRig
from sharebind_tencent.codes import CODES
from sharebind_tencent.rig import TencentRig

Play = Callable[[Any], Awaitable[PartResult]]

SOME: Final = frozenset({"closed unexecuted", "closed after it was done", "garbage after it was done"})
FEW: Final = tuple(day for day in BAD_DAYS if day.name in SOME)
"""Three days are enough to see a fault."""


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Play less of everything."""
    monkeypatch.setattr(silver, "BAD_DAYS", FEW)
    monkeypatch.setattr(gold, "BAD_DAYS", FEW)
    monkeypatch.setattr(gold, "UNDER_EACH", 40)
    monkeypatch.setattr(gold, "AT_ONCE", 20)
    monkeypatch.setattr(replies, "MUTATED", 600)


@attrs.frozen
class Honest:
    """A client that stands before another one, and hands everything on."""

    client: Client

    async def send(self, call: HttpCall, ctx: Context, read: Callable[[Reply], Any]) -> Any:
        """Carry one call."""
        return await self.client.send(call, ctx, read)

    def at(self, base_url: str) -> Client:
        """Stand before the client of another address too."""
        return type(self)(self.client.at(base_url))


class SaysNothingHappened(Honest):
    """Takes a lost answer for a request that never arrived."""

    async def send(self, call: HttpCall, ctx: Context, read: Callable[[Reply], Any]) -> Any:
        """Carry one call."""
        try:
            return await super().send(call, ctx, read)
        except OutcomeUnknownError as error:
            ctx.refused()
            raise UnavailableError(
                str(error), provider="tencent", account=ctx.account, operation=ctx.operation
            ) from None


class SaysDone(Honest):
    """Takes a lost answer for a success."""

    async def send(self, call: HttpCall, ctx: Context, read: Callable[[Reply], Any]) -> Any:
        """Carry one call."""
        try:
            return await super().send(call, ctx, read)
        except OutcomeUnknownError:
            return read(Reply(status=200, body={"Response": {"RequestId": "r", "Status": "OK"}}))


class SendsTwice(Honest):
    """Sends a change once more where its answer was lost."""

    async def send(self, call: HttpCall, ctx: Context, read: Callable[[Reply], Any]) -> Any:
        """Carry one call."""
        try:
            return await super().send(call, ctx, read)
        except OutcomeUnknownError:
            ctx.refused()
            return await super().send(call, ctx, read)


class Trusts(Honest):
    """Takes whatever cannot be read for a success."""

    async def send(self, call: HttpCall, ctx: Context, read: Callable[[Reply], Any]) -> Any:
        """Carry one call."""

        def trust(reply: Reply) -> Any:
            return read(reply if reply.readable else Reply(status=200, body={"Response": {"RequestId": "r"}}))

        return await super().send(call, ctx, trust)


def rigs(wrong: type[Honest]) -> type[EmulatedRig]:
    """Make a rig whose adapter goes through such a client."""

    class Wrong(TencentRig):
        def spec(self) -> ProviderSpec:
            spec = super().spec()

            def make(settings: Any, setup: Any) -> Any:
                return spec.factory(settings, attrs.evolve(setup, client=wrong(setup.client)))

            return attrs.evolve(spec, factory=make)

    return Wrong


class NamesNoChanges(TencentRig):
    """A rig that does not say which calls change something."""

    CHANGES = frozenset()


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize(
    ("wrong", "play", "told"),
    [
        (SaysNothingHappened, silver.faults, "which says that nothing happened"),
        (SaysDone, silver.faults, "it was not done"),
        (SendsTwice, silver.faults, "changing requests were sent"),
        (SaysNothingHappened, gold.faults, "which says that nothing happened"),
        (SendsTwice, gold.faults, "changing requests were sent"),
        (SaysNothingHappened, replies.replies, "nobody can read what became of it"),
        (Trusts, replies.replies, "nobody can read what became of it"),
    ],
)
async def test_a_fault_of_an_adapter_costs_its_part(wrong: type[Honest], play: Play, told: str) -> None:
    """Each part sees the fault that it is about, and says what was told and what is in the books."""
    result = await play(rigs(wrong))
    assert not result.holds
    assert told in "\n".join(miss.why for miss in result.missed), result.missed


async def test_a_code_that_the_adapter_does_not_know_costs_the_code_table(monkeypatch: pytest.MonkeyPatch) -> None:
    """A documented code without a row is met like one that nobody knows, wherever a call may answer it."""
    rows = {code: row for code, row in CODES.rows.items() if code != "InvalidParameterValue.NoPermission"}
    monkeypatch.setattr("sharebind_tencent.wire.envelope.CODES", attrs.evolve(CODES, rows=rows))
    result = await silver.codes(TencentRig)
    assert not result.holds
    assert {miss.name.rpartition(" ")[2] for miss in result.missed} - {"more"} == {"InvalidParameterValue.NoPermission"}
    assert "it is met like a code that nobody knows" in result.missed[0].why


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("play", [silver.faults, gold.faults, replies.replies])
async def test_the_same_adapter_without_the_fault_holds(play: Play) -> None:
    """It is the fault that costs the part."""
    result = await play(rigs(Honest))
    assert result.holds, result.missed
    assert result.kept == result.minimum


@pytest.mark.parametrize("play", [silver.faults, silver.codes, gold.faults, replies.replies])
async def test_without_an_emulated_cloud_nothing_is_judged(play: Play) -> None:
    """A rig in memory, or one that does not tell changes from reads, is told so, and there is no silver without it."""
    for rig in (ReferenceRig, NamesNoChanges):
        with pytest.raises(NotStagedError, match="an EmulatedRig that names its CHANGES"):
            await play(rig)


async def test_the_reference_provider_stops_at_bronze() -> None:
    """It keeps every promise, and the report says that the rest could not be judged."""
    report = await check_tier(ReferenceRig)
    assert report.reached is Tier.BRONZE
    assert [result.tier for result in report.tiers] == [Tier.BRONZE, Tier.SILVER]
    assert not any(part.missed for result in report.tiers for part in result.parts)
    assert str(report).count("not judged: this takes an EmulatedRig") == 2


def test_every_fault_of_the_cloud_that_answers_wrongly_is_a_bad_day() -> None:
    """The kinds that are left out harm nothing by themselves: one is late, one is old, one is made of the others."""
    assert set(KINDS) - {day.kind for day in BAD_DAYS} == {"delay", "lag", "script"}
