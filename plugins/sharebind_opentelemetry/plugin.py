"""The plugin that the entry point ``opentelemetry`` names. It loads OpenTelemetry when the observer is made."""

from __future__ import annotations

import importlib.util
from typing import Any

from sharebind.provider import API, ObserverSpec, PluginSetup, hookimpl
from sharebind_opentelemetry.settings import OpenTelemetrySettings


def _make(settings: OpenTelemetrySettings, setup: PluginSetup) -> Any:
    del setup
    if importlib.util.find_spec("opentelemetry") is None:
        raise ImportError("the OpenTelemetry API is not installed: pip install 'sharebind[opentelemetry]'")
    from sharebind_opentelemetry.observer import OpenTelemetry

    return OpenTelemetry(settings)


@hookimpl
def sharebind_observer() -> ObserverSpec:
    """Describe the observer."""
    return ObserverSpec(
        name="opentelemetry",
        title="OpenTelemetry: spans and metrics of operations",
        api=API,
        settings=OpenTelemetrySettings,
        factory=_make,
    )
