"""Running checks: each in a fresh world, one after the other, with a verdict on every one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Final

import attrs

from sharebind.capabilities import Level
from sharebind.errors import DeviceNotReadyError, NotEntitledError, QuotaExceededError, SharebindError
from sharebind.testing.checks import CHECKS, Broken, Check
from sharebind.testing.rig import NotStagedError, Rig
from sharebind.testing.steps import WORKS

PATIENCE: Final = 60.0
"""Seconds for one check: what takes longer hangs."""


POLICY: Final = "the vendor's policy refused a step"
"""Limits, readiness and entitlement are the vendor's; a world that meets them stages nothing."""


class Judgement(StrEnum):
    """What became of a check."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_JUDGED = "not judged"


@attrs.frozen(kw_only=True)
class Verdict:
    """One check's outcome, and why it is not ``PASSED``."""

    check: Check
    outcome: Judgement
    why: str = ""

    def __str__(self) -> str:
        return f"{self.check.name}: {self.outcome}{f': {self.why}' if self.why else ''}"


@attrs.frozen(kw_only=True)
class Report:
    """The verdicts of one run."""

    provider: str
    verdicts: tuple[Verdict, ...]

    @property
    def passed(self) -> tuple[Verdict, ...]:
        """Those that hold."""
        return self._with(Judgement.PASSED)

    @property
    def failed(self) -> tuple[Verdict, ...]:
        """Those that do not."""
        return self._with(Judgement.FAILED)

    @property
    def not_judged(self) -> tuple[Verdict, ...]:
        """Those that the account's capabilities or the rig leave out."""
        return self._with(Judgement.NOT_JUDGED)

    def _with(self, outcome: Judgement) -> tuple[Verdict, ...]:
        return tuple(verdict for verdict in self.verdicts if verdict.outcome is outcome)

    def __str__(self) -> str:
        counts = f"{len(self.passed)} passed, {len(self.failed)} failed, {len(self.not_judged)} not judged"
        return "\n".join([f"{self.provider}: {counts}", *(f"  {verdict}" for verdict in self.failed)])


async def judge(check: Check, make_rig: Callable[[], Rig]) -> Verdict:
    """Hold one check against a fresh world."""
    async with make_rig() as rig:
        left_out = _left_out(check, rig)
        if left_out:
            return Verdict(check=check, outcome=Judgement.NOT_JUDGED, why=left_out)
        try:
            async with asyncio.timeout(PATIENCE):
                await check.run(rig)
        except NotStagedError as cannot:
            return Verdict(check=check, outcome=Judgement.NOT_JUDGED, why=str(cannot))
        except Broken as broken:
            return Verdict(check=check, outcome=Judgement.FAILED, why=str(broken))
        except TimeoutError:
            return Verdict(check=check, outcome=Judgement.FAILED, why=f"it hangs: no end within {PATIENCE:g} s")
        except (QuotaExceededError, DeviceNotReadyError, NotEntitledError) as policy:
            return Verdict(check=check, outcome=Judgement.NOT_JUDGED, why=f"{POLICY}: {policy}")
        except SharebindError as error:
            said = f"a step that should work was refused: {type(error).__name__}: {error}"
            return Verdict(check=check, outcome=Judgement.FAILED, why=said)
        except Exception as error:  # noqa: BLE001 - the adapter under test: whatever it raises is its failure
            return Verdict(check=check, outcome=Judgement.FAILED, why=f"{type(error).__name__}: {error}")
        broken_contract = rig.broken()
        if broken_contract:
            why = f"the vendor's contract was broken: {'; '.join(broken_contract)}"
            return Verdict(check=check, outcome=Judgement.FAILED, why=why)
    return Verdict(check=check, outcome=Judgement.PASSED)


def _left_out(check: Check, rig: Rig) -> str:
    """Say why a check does not count for this account, or nothing."""
    if check.absent is not None:
        level = rig.owner.supports(check.absent).level
        return "" if level is Level.ABSENT else f"{check.absent} is {level}"
    for capability in check.takes:
        level = rig.owner.supports(capability).level
        if level not in WORKS:
            return f"{capability} is {level}"
    return ""


async def run(make_rig: Callable[[], Rig], checks: Iterable[Check] = CHECKS) -> Report:
    """Run checks one after the other, each in a world of its own."""
    verdicts = [await judge(check, make_rig) for check in checks]
    return Report(provider=make_rig().provider, verdicts=tuple(verdicts))
