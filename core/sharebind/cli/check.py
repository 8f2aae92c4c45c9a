"""``sharebind check``: which tier of the conformance kit a provider reaches, and what it misses."""

from __future__ import annotations

import difflib
import importlib
import sys
from collections.abc import Callable, Iterable
from contextlib import aclosing
from pathlib import Path
from types import ModuleType
from typing import Any, cast

import click

from sharebind.errors import ConfigurationError
from sharebind.registry import Registry
from sharebind.testing import CHECKS, Judgement, Rig, Tier, TierReport, climb, trace
from sharebind.testing.parts import Miss, PartResult, TierResult, written
from sharebind.testing.running import provider_of

_HOW = "write a rig (docs/how-to/test-an-adapter.md) and hand it over: ProviderSpec(…, rig=lambda: YourRig)"

MakeRig = Callable[[], Rig]


def rig_of(provider: str) -> MakeRig:
    """Give what makes rigs of a provider: an installed one by its name, or ``package.module:RigClass``, or a file.

    Raises:
        ConfigurationError: there is no such rig.
        UnknownProviderError: no provider of that name is installed, or it failed to load.

    """
    place, colon, name = provider.rpartition(":")
    if not colon:
        return _installed(provider)
    if not place or not name:
        raise ConfigurationError(
            f"{provider!r} names no rig: write package.module:RigClass, or path/to/rig.py:RigClass"
        )
    return _made(getattr(_loaded(place), name, None), f"{place} has no {name!r} that makes a rig")


def _made(found: object, otherwise: str) -> MakeRig:
    """Expect a rig's class, or a function that gives a fresh rig."""
    if not callable(found) or (isinstance(found, type) and not issubclass(found, Rig)):
        raise ConfigurationError(otherwise)
    return cast("MakeRig", found)


def _installed(provider: str) -> MakeRig:
    spec = Registry().spec(provider)
    if spec.rig is None:
        raise ConfigurationError(f"the provider {provider!r} brings no rig, so nothing can be checked; {_HOW}")
    try:
        made: object = spec.rig()
    except Exception as error:
        # Whatever a plugin raises is a reason why there is no rig.
        raise ConfigurationError(
            f"the rig of {provider!r} cannot be loaded: {type(error).__name__}: {error}"
        ) from error
    return _made(made, f"ProviderSpec.rig of {provider!r} gives no class of a rig; {_HOW}")


def _loaded(place: str) -> ModuleType:
    """Import a module, or a file by its path, with what lies beside it; a command has not the current folder."""
    path = Path(place)
    by_path = path.suffix == ".py"
    beside = str((path.parent if by_path else Path()).resolve())
    if beside not in sys.path:
        sys.path.insert(0, beside)
    try:
        return importlib.import_module(path.stem if by_path else place)
    except Exception as error:
        raise ConfigurationError(f"{place} cannot be imported: {type(error).__name__}: {error}") from error


async def climbed(make_rig: MakeRig, tier: str | None, *, whole: bool, aloud: bool) -> tuple[dict[str, Any], bool]:
    """Hold a provider to the tiers, print each as soon as it is there, and tell whether the one asked for is reached.

    Without one it climbs as far as it goes, and the first is enough. ``whole`` judges the rest after a missed one too.
    """
    provider, results = provider_of(make_rig), list[TierResult]()
    if aloud:
        click.echo(provider)
    try:
        async with aclosing(climb(make_rig, Tier(tier) if tier else Tier.GOLD, whole=whole)) as tiers:
            async for result in tiers:
                results.append(result)
                if aloud:
                    click.echo("\n".join(written([result])))
    except TypeError as none:
        raise ConfigurationError(str(none)) from none
    report = TierReport(provider=provider, tiers=tuple(results))
    if aloud:
        click.echo(f"reached: {report.reached or 'no tier'}")
    return as_json(report), report.reaches(Tier(tier) if tier else Tier.BRONZE)


async def traced(make_rig: MakeRig, name: str, *, aloud: bool) -> tuple[dict[str, Any], bool]:
    """Run one check, show what happens in it, and tell whether it passed.

    Raises:
        ConfigurationError: there is no such check.

    """
    check = next((check for check in CHECKS if check.name == name), None)
    if check is None:
        like = difflib.get_close_matches(name, [check.name for check in CHECKS], n=3)
        raise ConfigurationError(f"there is no check {name!r}" + (f"; is it {' or '.join(like)}?" if like else ""))
    try:
        told = await trace(check, make_rig)
    except TypeError as none:
        raise ConfigurationError(str(none)) from none
    verdict = told.verdict
    if aloud:
        click.echo(f"{check.name}: {check.promise}")
        click.echo(str(told))
    content = {"check": check.name, "promise": check.promise, "outcome": verdict.outcome, "why": verdict.why}
    return {**content, "trace": list(told.lines)}, verdict.outcome is Judgement.PASSED


def as_json(report: TierReport) -> dict[str, Any]:
    """Write a report as plain JSON."""
    return {
        "provider": report.provider,
        "reached": report.reached,
        "tiers": [
            {
                "tier": result.tier,
                "reached": result.holds,
                "parts": [_part(part) for part in result.parts],
                "judged_by_nothing": list(result.unjudged),
            }
            for result in report.tiers
        ],
    }


def _part(result: PartResult) -> dict[str, Any]:
    return {
        "name": result.part.name,
        "counts": result.part.counts,
        "kept": result.kept,
        "minimum": result.minimum,
        "holds": result.holds,
        "not_judged": result.not_judged,
        "missed": _named(result.missed),
        "left_out": _named(result.left_out),
    }


def _named(misses: Iterable[Miss]) -> list[dict[str, str]]:
    return [{"name": miss.name, "promise": miss.promise, "why": miss.why} for miss in misses]
