"""A rig's own faults: told as such, once, and never as the adapter's."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from types import TracebackType
from typing import Any, Final, Self

import pytest
from yarl import URL

from sharebind.account import Account
from sharebind.errors import RateLimitedError
from sharebind.testing import CHECKS, FreeDevice, Judgement, NotStagedError, Rig, judge, run
from sharebind.testing.reference import ReferenceProvider, ReferenceRig
from sharebind.testing.running import POLICY
from sharebind.testing.verbs import VERBS, changes
from sharebind_gizwits.rig import GizwitsRig
from sharebind_quectel.rig import QuectelRig
from sharebind_tencent.rig import TencentRig

BY_NAME: Final = {check.name: check for check in CHECKS}
HOMES: Final = ("placing in a home", "making a home")
WITHDRAWING: Final = ("withdrawing a code", "withdrawing an invitation")
HANDS: Final = ("transferring", "changing the rights")
WORD: Final = "the_rig_keeps_its_word"


class CannotOpen(ReferenceRig):
    """Fails while it is opened."""

    async def __aenter__(self) -> Self:
        """Fail."""
        raise OSError("port in use")


class CannotClose(ReferenceRig):
    """Fails while it is closed."""

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Fail."""
        await super().__aexit__(kind, error, traceback)
        raise OSError("cannot close")


class HasFewDevices(ReferenceRig):
    """Runs out of devices."""

    def free_device(self) -> FreeDevice:
        """Fail."""
        raise IndexError("no more devices")


class GivesOneDevice(ReferenceRig):
    """Gives the same device each time."""

    def free_device(self) -> FreeDevice:
        """Give it."""
        self.one: FreeDevice = getattr(self, "one", None) or super().free_device()
        return self.one


class NeverCounts(ReferenceRig):
    """Counts no requests."""

    def requests(self) -> int:
        """Count none."""
        return 0


class RestartsNothing(ReferenceRig):
    """Gives the account that there is for a restarted one."""

    async def restart(self, account: Account) -> Account:
        """Give it back."""
        return account


class StandsStill(ReferenceRig):
    """Has a clock that cannot be moved."""

    def advance(self, by: timedelta) -> None:
        """Move nothing."""


class StallsNothing(ReferenceRig):
    """Answers at once."""

    async def stall(self, seconds: float) -> None:
        """Do nothing."""


class LosesNothing(ReferenceRig):
    """Loses no answer."""

    async def lose_answer(self) -> None:
        """Do nothing."""


class RefusesNothing(ReferenceRig):
    """Sends no unknown code."""

    async def unknown_code(self, *, changes: bool) -> None:
        """Do nothing."""


class ForgetsAsync(ReferenceRig):
    """Has a plain method where one is awaited."""

    def end_tokens(self, account: Account) -> Any:
        """End them at once."""
        self.world.people.end_sessions(self._person(account))


class KeepsTexts(ReferenceRig):
    """Has books by text."""

    def held(self, account: Account) -> Any:
        """Give them."""
        return {str(device): role for device, role in super().held(account).items()}


class KnowsTexts(ReferenceRig):
    """Knows people by text."""

    def known_as(self, account: Account) -> Any:
        """Name them."""
        return (account.name,)


class HasNoName(ReferenceRig):
    """Says not whom it is for."""

    provider = None  # type: ignore[assignment]  # that is the fault


class HasNoClock(ReferenceRig):
    """Names no clock."""

    def __init__(self, provider: type[ReferenceProvider] = ReferenceProvider) -> None:
        super().__init__(provider)
        self.world_clock = self.clock
        del self.clock

    def _open(self, user: Any) -> Account:
        self.clock = self.world_clock
        account = super()._open(user)
        del self.clock
        return account


@pytest.mark.parametrize(
    ("rig", "check", "told"),
    [
        (CannotOpen, WORD, "it cannot be opened: OSError: port in use"),
        (CannotClose, WORD, "it cannot be closed: OSError: cannot close"),
        (HasFewDevices, "every_proof_binds", "free_device() raised IndexError: no more devices"),
        (GivesOneDevice, WORD, "free_device() gave 1 devices in 5 calls"),
        (NeverCounts, "the_rig_counts_requests", "requests() was 0 before a call and is 0 after it"),
        (RestartsNothing, WORD, "the same Account"),
        (StandsStill, WORD, "advance() was to move the clock by a day"),
        (StallsNothing, "a_deadline_is_kept", "stall() does nothing"),
        (StallsNothing, "a_cancelled_call_leaves_the_account_usable", "stall() does nothing"),
        (LosesNothing, "a_lost_answer_is_told", "lose_answer() does nothing"),
        (RefusesNothing, "an_unknown_code_is_told", "unknown_code() does nothing"),
        (ForgetsAsync, "a_dead_token_is_renewed_or_told", "write 'async def end_tokens'"),
        (KeepsTexts, "a_code_gives_access", "and should give None, or the Role of each DeviceRef"),
        (KnowsTexts, "ended_means_gone", "should give a tuple of UserId"),
        (HasNoName, WORD, "the rig's provider is None"),
        (HasNoClock, "an_end_date_is_kept", "the rig has no clock: set it in __aenter__"),
    ],
)
async def test_a_fault_of_the_rig_is_told_as_its_own(rig: type[ReferenceRig], check: str, told: str) -> None:
    """The verdict is about the rig, and says which of its methods is wrong and how."""
    verdict = await judge(BY_NAME[check], rig)
    assert verdict.outcome is Judgement.RIG_BROKEN, verdict
    assert told in verdict.why


class NotHere(ReferenceRig):
    """Cannot reach its cloud today."""

    async def __aenter__(self) -> Self:
        """Say so."""
        raise NotStagedError("the sandbox is closed on Sundays")


async def test_a_world_that_cannot_be_staged_is_not_judged() -> None:
    """A rig may say so while it is opened, too."""
    report = await run(NotHere, CHECKS[:3])
    assert [verdict.why for verdict in report.not_judged] == ["the sandbox is closed on Sundays"] * 3


async def test_one_reason_for_many_checks_is_told_once() -> None:
    """A rig that cannot be opened does not fill the screen."""
    told = str(await run(CannotOpen))
    assert told.count("port in use") == 1 + told.count('raise OSError("port in use")')
    assert f"and {len(CHECKS) - 1} more" in told
    assert f"rig broken in {len(CHECKS)}" in told


async def test_what_is_no_rig_is_said_at_once() -> None:
    """A rig instead of its class, something else, or a check by its name: each is told what to write."""
    with pytest.raises(TypeError, match="hand over the class ReferenceRig"):
        await run(ReferenceRig())  # type: ignore[arg-type]  # that is the mistake
    with pytest.raises(TypeError, match="expected a rig's class"):
        await run(lambda: None)  # type: ignore[arg-type, return-value]  # that is the mistake
    with pytest.raises(TypeError, match="a check is one of CHECKS, not 'ended_means_gone'"):
        await run(ReferenceRig, ["ended_means_gone"])  # type: ignore[list-item]  # that is the mistake


class Careless(ReferenceProvider):
    """Has a bug of its own, deep in a call."""

    def _overlap(self, op: Any) -> Any:
        return {}[op.overlap]


async def test_a_bug_of_the_adapter_has_a_place() -> None:
    """The verdict on a KeyError says in which line of the adapter it rose."""
    verdict = await judge(BY_NAME["a_code_gives_access"], lambda: ReferenceRig(provider=Careless))
    assert verdict.outcome is Judgement.FAILED
    assert "KeyError" in verdict.why
    assert "test_rigs.py" in verdict.why
    assert "_overlap" in verdict.why


class Throttled(ReferenceProvider):
    """Meets a cloud that wants to be asked less often."""

    async def share(self, op: Any, ctx: Any, /) -> Any:
        """Be sent away."""
        del op
        raise RateLimitedError("too many calls", provider=ctx.provider, operation="share")


async def test_a_throttled_world_is_not_judged() -> None:
    """How often one may ask is the vendor's policy, and no fault of the adapter's."""
    verdict = await judge(BY_NAME["a_code_gives_access"], lambda: ReferenceRig(provider=Throttled))
    assert verdict.outcome is Judgement.NOT_JUDGED
    assert POLICY in verdict.why


class GivesNothing(ReferenceProvider):
    """Forgets to return."""

    async def share(self, op: Any, ctx: Any, /) -> Any:
        """Share in silence."""
        await super().share(op, ctx)


async def test_an_answer_of_the_wrong_type_has_a_place() -> None:
    """Whatever the check meets it says with the step at which it did."""
    verdict = await judge(BY_NAME["a_code_gives_access"], lambda: ReferenceRig(provider=GivesNothing))
    assert verdict.outcome is Judgement.FAILED
    assert "accepting.py" in verdict.why


async def test_promises_and_refusals_are_counted_apart() -> None:
    """An absence that was refused is the core's doing, and does not swell the promises."""
    report = await run(
        QuectelRig, [BY_NAME["an_account_knows_itself"], BY_NAME["absent_transfer_to_user_id_is_refused"]]
    )
    assert str(report) == "quectel: 1 promises kept, 1 absences refused, 0 failed, 0 not judged"
    assert [len(each) for each in (report.passed, report.kept, report.refused)] == [2, 1, 1]


class SaysNoCalls(QuectelRig):
    """Names neither calls that change something nor fields with numbers."""

    CHANGES = frozenset()
    NUMBERS = frozenset()


@pytest.mark.parametrize("name", ["an_unknown_code_is_told", "a_lost_answer_is_told", "unknown_numbers_hide_nothing"])
async def test_an_emulated_rig_that_names_no_calls_stages_no_bad_day(name: str) -> None:
    """It says what it lacks."""
    verdict = await judge(BY_NAME[name], SaysNoCalls)
    assert verdict.outcome is Judgement.NOT_JUDGED
    assert "it names no " in verdict.why


async def test_an_emulated_rig_that_fails_to_open_leaves_no_cloud_behind() -> None:
    """What was started is stopped, or its port would stay."""

    class Half(QuectelRig):
        def settings(self, user: Any) -> Mapping[str, Any]:
            raise KeyError(user.name)

    rig = Half()
    with pytest.raises(KeyError):
        await rig.__aenter__()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", URL(rig.cloud.base_url).port)


@pytest.mark.parametrize(
    ("rig", "lacking"),
    [
        (ReferenceRig, set[str]()),
        (QuectelRig, {*HOMES, *WITHDRAWING, *HANDS, "accepting an offer", "placing in a room"}),
        (
            TencentRig,
            {"placing in a home", "renaming a received device", "changing the end", *WITHDRAWING, *HANDS},
        ),
        (GizwitsRig, {*HOMES, "withdrawing a code", "changing the end", "changing the rights", "placing in a room"}),
    ],
)
async def test_every_changing_verb_meets_the_bad_days(rig: type[Rig], lacking: set[str]) -> None:
    """What cannot be made ready is left out without a word, so here stands what may be left out."""
    async with rig() as world:
        assert {*await changes(world)} == {verb for verb, _, _ in VERBS} - lacking
