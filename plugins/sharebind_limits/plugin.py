"""The plugin that the entry point ``limits`` names."""

from __future__ import annotations

from sharebind.provider import API, PluginSetup, PolicySpec, hookimpl
from sharebind_limits.policy import Limits
from sharebind_limits.settings import LimitsSettings


def _make(settings: LimitsSettings, setup: PluginSetup) -> Limits:
    return Limits(settings, clock=setup.clock)


@hookimpl
def sharebind_policy() -> PolicySpec:
    """Describe the policy."""
    return PolicySpec(
        name="limits",
        title="Limits on sharing: how long, with whom, of which products",
        api=API,
        settings=LimitsSettings,
        factory=_make,
    )
