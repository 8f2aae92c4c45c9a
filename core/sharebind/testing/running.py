"""Running checks: each in a fresh world, one after the other, with a verdict on every one."""

from __future__ import annotations

import asyncio
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from typing import Final

import attrs

from sharebind.account import Account
from sharebind.capabilities import Capability, Level
from sharebind.errors import (
    DeviceNotReadyError,
    NotEntitledError,
    QuotaExceededError,
    RateLimitedError,
    SharebindError,
    UnsupportedError,
)
from sharebind.testing.checks import CHECKS, Broken, Check
from sharebind.testing.leaks import Watch
from sharebind.testing.rig import NotStagedError, Rig, RigBrokenError
from sharebind.testing.steps import WORKS
from sharebind.testing.watching import watched

PATIENCE: Final = 60.0
"""Seconds for one check: what takes longer hangs."""


POLICY: Final = "the vendor's policy refused a step"
"""Limits, the pace, readiness and entitlement are the vendor's; a world that meets them stages nothing."""


class Judgement(StrEnum):
    """What became of a check."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_JUDGED = "not judged"
    RIG_BROKEN = "rig broken"


@attrs.frozen(kw_only=True)
class Verdict:
    """One check's outcome, why it is not ``PASSED``, and which abilities were asked for and given meanwhile."""

    check: Check
    outcome: Judgement
    why: str = ""
    used: frozenset[Capability] = frozenset()

    def __str__(self) -> str:
        return f"{self.check.name}: {self.outcome}{f': {self.why}' if self.why else ''}"


@attrs.frozen(kw_only=True)
class Report:
    """The verdicts of one run."""

    provider: str
    verdicts: tuple[Verdict, ...]

    @property
    def passed(self) -> tuple[Verdict, ...]:
        """Those that hold: promises kept, and absences refused."""
        return self._with(Judgement.PASSED)

    @property
    def kept(self) -> tuple[Verdict, ...]:
        """Those that hold of what the account has."""
        return tuple(verdict for verdict in self.passed if verdict.check.absent is None)

    @property
    def refused(self) -> tuple[Verdict, ...]:
        """Those that hold of what the account has not: it was refused, and nothing was sent. The core does this."""
        return tuple(verdict for verdict in self.passed if verdict.check.absent is not None)

    @property
    def failed(self) -> tuple[Verdict, ...]:
        """Those that do not."""
        return self._with(Judgement.FAILED)

    @property
    def not_judged(self) -> tuple[Verdict, ...]:
        """Those that the account's capabilities or the rig leave out."""
        return self._with(Judgement.NOT_JUDGED)

    @property
    def rig_broken(self) -> tuple[Verdict, ...]:
        """Those that say nothing of the adapter, because the rig itself failed."""
        return self._with(Judgement.RIG_BROKEN)

    def _with(self, outcome: Judgement) -> tuple[Verdict, ...]:
        return tuple(verdict for verdict in self.verdicts if verdict.outcome is outcome)

    def __str__(self) -> str:
        counts = [
            f"{len(self.kept)} promises kept",
            f"{len(self.refused)} absences refused",
            f"{len(self.failed)} failed",
            f"{len(self.not_judged)} not judged",
            *([f"rig broken in {len(self.rig_broken)}"] if self.rig_broken else []),
        ]
        told: dict[str, list[str]] = {}
        for verdict in (*self.rig_broken, *self.failed):
            told.setdefault(f"{verdict.outcome}: {verdict.why}", []).append(verdict.check.name)
        lines = (
            f"  {names[0]}{f' and {len(names) - 1} more' if len(names) > 1 else ''}: {why}"
            for why, names in told.items()
        )
        return "\n".join([f"{self.provider}: {', '.join(counts)}", *lines])


async def judge(check: Check, make_rig: Callable[[], Rig], watch: Watch | None = None) -> Verdict:
    """Hold one check against a fresh world; ``watch`` is who sees what happens in it, by default one of its own.

    Raises:
        TypeError: ``check`` is none, or ``make_rig`` gives no rig.

    """
    if not isinstance(check, Check):
        raise TypeError(f"a check is one of CHECKS, not {check!r}")
    watch = watch if watch is not None else Watch()
    try:
        rig = await _made(make_rig).__aenter__()
    except NotStagedError as cannot:
        return Verdict(check=check, outcome=Judgement.NOT_JUDGED, why=str(cannot))
    except RigBrokenError as broken:
        return Verdict(check=check, outcome=Judgement.RIG_BROKEN, why=str(broken))
    except _UsageError as usage:
        raise TypeError(str(usage)) from None
    except Exception as error:  # noqa: BLE001 - the rig is somebody else's
        return Verdict(check=check, outcome=Judgement.RIG_BROKEN, why=f"it cannot be opened: {_told(error)}")
    try:
        outcome, why = await _judged(check, watched(rig, watch), watch)
    except BaseException:
        await rig.__aexit__(*sys.exc_info())
        raise
    try:
        await rig.__aexit__(None, None, None)
    except Exception as error:  # noqa: BLE001 - as above
        if outcome is not Judgement.FAILED:
            outcome, why = Judgement.RIG_BROKEN, f"it cannot be closed: {_told(error)}"
    return Verdict(check=check, outcome=outcome, why=watch.masked(why), used=frozenset(watch.used))


class _UsageError(Exception):
    """What was handed over as a rig is none."""


def _made(make_rig: Callable[[], Rig]) -> Rig:
    """Make a rig."""
    if isinstance(make_rig, Rig):
        raise _UsageError(
            f"a fresh rig is made for every check: hand over the class {type(make_rig).__name__}, or a function that "
            "gives one, and not this one rig"
        )
    if not callable(make_rig):
        raise _UsageError(f"expected a rig's class, or a function that gives a fresh rig, got {make_rig!r}")
    rig = make_rig()
    if not isinstance(rig, Rig):
        if asyncio.iscoroutine(rig):
            rig.close()
        raise _UsageError(f"expected a rig's class, or a function that gives a fresh rig; {make_rig!r} gave {rig!r}")
    return rig


async def _judged(check: Check, rig: Rig, watch: Watch) -> tuple[Judgement, str]:
    """Run a check in a world that is open, and look whether it showed a secret."""
    try:
        left_out = _left_out(check, rig)
        if left_out:
            return Judgement.NOT_JUDGED, left_out
        _keep_secrets(rig, watch)
        with watch.reading():
            outcome, why = await _outcome(check, rig)
        _keep_secrets(rig, watch)
    except RigBrokenError as broken:
        return Judgement.RIG_BROKEN, str(broken)
    leaks = watch.leaks()
    if leaks and outcome is not Judgement.RIG_BROKEN:
        return Judgement.FAILED, "; ".join([*([why] if outcome is Judgement.FAILED else []), *leaks])
    return outcome, why


def _keep_secrets(rig: Rig, watch: Watch) -> None:
    for account in _accounts(rig):
        for secret in rig.secrets_of(account):
            watch.keep(secret, f"a secret of the account {account.name!r}")


async def _outcome(check: Check, rig: Rig) -> tuple[Judgement, str]:
    try:
        async with asyncio.timeout(PATIENCE):
            await check.run(rig)
    except NotStagedError as cannot:
        return Judgement.NOT_JUDGED, str(cannot)
    except RigBrokenError as broken:
        return Judgement.RIG_BROKEN, str(broken)
    except Broken as broken:
        return Judgement.FAILED, f"{broken}{_notes(broken.__context__)}"
    except TimeoutError:
        return Judgement.FAILED, f"it hangs: no end within {PATIENCE:g} s"
    except (QuotaExceededError, RateLimitedError, DeviceNotReadyError, NotEntitledError) as policy:
        return Judgement.NOT_JUDGED, f"{POLICY}: {policy}"
    except SharebindError as error:
        if check.absent is None and isinstance(error, UnsupportedError) and _is_absent(rig, error.capability):
            return Judgement.NOT_JUDGED, f"a step takes {error.capability}, which is absent"
        return Judgement.FAILED, f"a step that should work was refused: {type(error).__name__}: {error}{_notes(error)}"
    except Exception as error:  # noqa: BLE001 - the adapter under test: whatever it raises is its failure
        return Judgement.FAILED, _told(error)
    broken_contract = rig.broken()
    if broken_contract:
        return Judgement.FAILED, f"the vendor's contract was broken: {'; '.join(broken_contract)}"
    return Judgement.PASSED, ""


def _accounts(rig: Rig) -> Iterator[Account]:
    yield rig.owner
    yield rig.guest
    if rig.other is not None:
        yield rig.other


def _is_absent(rig: Rig, capability: str) -> bool:
    """Tell whether an account says itself that it has this not; a call whose method is missing is no such thing."""
    for account in _accounts(rig):
        try:
            if account.supports(capability).level is Level.ABSENT:
                return True
        except ValueError:
            return False
    return False


def _notes(error: BaseException | None) -> str:
    """Give the places that an error came through, which the core notes on it."""
    notes: list[str] = getattr(error, "__notes__", [])
    return "".join(f"\n{note.rstrip()}" for note in notes)


def _told(error: Exception) -> str:
    """Give an error that nobody expected, with the places that it came through."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename != __file__]
    places = "".join(traceback.format_list(frames)).rstrip()
    return f"{type(error).__name__}: {error}{_notes(error)}" + (f"\n{places}" if places else "")


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


async def run(make_rig: Callable[[], Rig], checks: Iterable[Check] | None = None) -> Report:
    """Run checks one after the other, each in a world of its own; without ``checks`` all of ``CHECKS``.

    ``make_rig`` is a rig's class, or a function that gives a fresh rig.

    Raises:
        TypeError: ``make_rig`` gives no rig, or something in ``checks`` is none.

    """
    verdicts = [await judge(check, make_rig) for check in (CHECKS if checks is None else checks)]
    return Report(provider=provider_of(make_rig), verdicts=tuple(verdicts))


def provider_of(make_rig: Callable[[], Rig]) -> str:
    """Say whom a rig is for, as far as it can be told."""
    named = getattr(make_rig, "provider", None)
    if not isinstance(named, str):
        try:
            named = make_rig().provider
        except Exception:  # noqa: BLE001 - the verdicts tell it already
            named = None
    return named if isinstance(named, str) else "a rig without a provider"
