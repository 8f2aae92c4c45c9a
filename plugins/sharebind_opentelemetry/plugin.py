"""The plugin that the entry point ``opentelemetry`` names. It loads OpenTelemetry when the observer is made."""

from __future__ import annotations

from typing import Any

from sharebind.provider import API, ObserverSpec, PluginSetup, hookimpl
from sharebind_opentelemetry.settings import OpenTelemetrySettings


def _make(settings: OpenTelemetrySettings, setup: PluginSetup) -> Any:
    del setup
    try:
        from sharebind_opentelemetry.observer import OpenTelemetry
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] != "opentelemetry":
            raise
        raise ImportError("the OpenTelemetry API is not installed: pip install 'sharebind[opentelemetry]'") from missing
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
