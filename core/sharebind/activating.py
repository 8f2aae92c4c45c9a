"""Making the policies and observers that a host named, in settings or in code, at its start and not later.

What cannot be made stops the start: a host that named a limit must not run without it.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeVar, cast

import attrs

from sharebind import logs
from sharebind.errors import ConfigurationError
from sharebind.events import Observer
from sharebind.leaves import WrongSettingError
from sharebind.protocols import Policy
from sharebind.registry import Registry
from sharebind.registry.wording import cause_of
from sharebind.settings import Settings
from sharebind.specs import ObserverSpec, PluginSetup, PolicySpec
from sharebind.structuring import SettingsClassError, structurer

S = TypeVar("S", PolicySpec, ObserverSpec)

CLOSING: Final = 10.0
"""Seconds that one policy or observer may take to close; a host that shuts down waits no longer for it."""


@attrs.frozen(kw_only=True)
class Active:
    """Who is asked and who is told; ``own`` are those made here, which are closed with the host."""

    policies: Mapping[str, Policy]
    observers: tuple[Observer, ...]
    own: Mapping[str, object]


def activate(
    registry: Registry,
    settings: Settings,
    setup: PluginSetup,
    policies: Mapping[str, Policy] | None,
    observers: Iterable[Observer],
) -> Active:
    """Check what code handed over, and make what settings name; those of the settings come first.

    Raises:
        ConfigurationError: one that the settings name is not installed, cannot load, has wrong settings or cannot be
            made, or a policy is named in both.
        TypeError: what was handed over is no policy or no observer.

    """
    given = dict(policies or {})
    watching = tuple(observers)
    for name, policy in given.items():
        _refuse(f"the policy {name!r}", _no_policy(policy))
        if name in settings.policies:
            raise settings.where.wrong(("policies", name), "this policy is named in code as well; name it once")
    for observer in watching:
        _refuse("what was given as an observer", _no_observer(observer))
    named = {name: _policy(registry, settings, setup, name) for name in settings.policies}
    seeing = {name: _observer(registry, settings, setup, name) for name in settings.observers}
    own: dict[str, object] = {f"policy {name}": made for name, made in named.items()}
    own |= {f"observer {name}": made for name, made in seeing.items()}
    return Active(policies={**named, **given}, observers=(*seeing.values(), *watching), own=own)


async def close(own: Mapping[str, object]) -> None:
    """Close those that can be, each within its time; one that fails holds nobody up."""
    for name, made in own.items():
        aclose = getattr(made, "aclose", None)
        if aclose is None:
            continue
        try:
            async with asyncio.timeout(CLOSING):
                closing = aclose()
                if inspect.isawaitable(closing):
                    await closing
        except Exception as broken:  # noqa: BLE001 - the plugin border: the rest of the host closes all the same
            logs.warn("plugin.not_closed", plugin=name, error=type(broken).__name__)


def _policy(registry: Registry, settings: Settings, setup: PluginSetup, name: str) -> Policy:
    maker = _Maker(settings, setup, ("policies", name))
    spec = maker.found(registry.policy)
    return cast("Policy", maker.made(spec, settings.policies[name], registry.source("policy", name), _no_policy))


def _observer(registry: Registry, settings: Settings, setup: PluginSetup, name: str) -> Observer:
    maker = _Maker(settings, setup, ("observers", name))
    spec = maker.found(registry.observer)
    return cast("Observer", maker.made(spec, settings.observers[name], registry.source("observer", name), _no_observer))


@attrs.frozen
class _Maker:
    """Makes one policy or observer, and says with its place in the settings why it cannot."""

    settings: Settings
    setup: PluginSetup
    path: tuple[str, str]

    def found(self, find: Callable[[str], S]) -> S:
        try:
            return find(self.path[1])
        except ConfigurationError as unusable:
            raise self.settings.where.wrong(self.path, str(unusable)) from unusable.__cause__

    def made(
        self, spec: PolicySpec | ObserverSpec, table: Mapping[str, Any], source: str, no_good: Callable[[object], str]
    ) -> object:
        def make(structured: Any) -> object:
            try:
                made: object = spec.factory(structured, self.setup)
                if inspect.iscoroutine(made):
                    made.close()  # else it would be complained about when it is collected
                why = no_good(made)
            except KeyboardInterrupt:
                raise
            except BaseException as broken:  # noqa: BLE001 - the plugin border: whatever it is, it stops the start
                why = f"its factory raised {cause_of(broken)}"
            else:
                if not why:
                    return made
                why = f"what its factory gave {why}"
            raise WrongSettingError(f"{source} cannot be used: {why}") from None

        try:
            return structurer().build(spec.settings, table, self.settings.where, self.path, use=make)
        except SettingsClassError as unreadable:
            why = f"{source} cannot be used: {unreadable}"
        raise self.settings.where.wrong(self.path, why)


def _refuse(what: str, why: str) -> None:
    if why:
        raise TypeError(f"{what} {why}")


def _no_policy(made: object) -> str:
    if isinstance(made, type) or not callable(getattr(made, "review", None)):
        return f"is no policy, with async review(op, account): {_shown(made)}"
    return ""


def _no_observer(made: object) -> str:
    seen = getattr(made, "seen", None)
    if isinstance(made, type) or not callable(seen):
        return f"is no observer, with seen(event): {_shown(made)}"
    if inspect.iscoroutinefunction(seen):
        return f"is no observer, for its seen(event) is async: {_shown(made)}"
    return ""


def _shown(made: object) -> str:
    return f"the class {made.__name__}" if isinstance(made, type) else f"a {type(made).__name__}"
