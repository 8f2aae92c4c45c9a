"""What an author of a policy or an observer writes, as types. Only type-checked, never run."""

from __future__ import annotations

from datetime import timedelta
from types import ModuleType
from typing import assert_type

import attrs

from sharebind import Registry, Sharebind
from sharebind.provider import (
    API,
    Event,
    Finished,
    Observer,
    ObserverSpec,
    Operation,
    PluginSetup,
    Policy,
    PolicySpec,
    ShareDevice,
    hookimpl,
)


@attrs.frozen(kw_only=True)
class Settings:
    """What stands in the table."""

    longest_use: timedelta | None = None
    recipients: tuple[str, ...] = ()


@attrs.frozen
class Limits:
    """A policy."""

    settings: Settings
    setup: PluginSetup

    async def review(self, op: Operation[object], account: str, /) -> str | None:
        """Refuse shares that last too long."""
        longest = self.settings.longest_use
        if not isinstance(op, ShareDevice) or longest is None:
            return None
        last = self.setup.clock.now() + longest
        return None if op.use_until is not None and op.use_until <= last else f"{account}: too long"


class Counts:
    """An observer."""

    def __init__(self, settings: Settings, setup: PluginSetup) -> None:
        self.settings, self.setup = settings, setup
        self.ended = 0

    def seen(self, event: Event, /) -> None:
        """Count what has ended."""
        self.ended += isinstance(event, Finished)


@hookimpl
def sharebind_policy() -> PolicySpec:
    """Describe the policy."""
    return PolicySpec(name="limits", api=API, settings=Settings, factory=Limits)


@hookimpl
def sharebind_observer() -> ObserverSpec:
    """Describe the observer."""
    return ObserverSpec(name="counts", api=API, settings=Settings, factory=Counts)


def embed(plugin: ModuleType, setup: PluginSetup) -> Sharebind:
    """Hand over a plugin, a description, and what was made by hand."""
    policy: Policy = Limits(Settings(), setup)
    observer: Observer = Counts(Settings(), setup)
    registry = Registry([sharebind_policy()], allow=["quectel"], prefer={"acme": "acme-sharebind"}, plugins=[plugin])
    assert_type(registry.policy("limits"), PolicySpec)
    assert_type(registry.observer("counts"), ObserverSpec)
    return Sharebind(registry=registry, policies={"mine": policy}, observers=[observer])
