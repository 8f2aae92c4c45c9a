"""OpenTelemetry: an observer that makes a span and metrics of every operation and list.

It acts where settings name it (``[observers.opentelemetry]``) or code hands over an ``OpenTelemetry``, which is in
``sharebind_opentelemetry.observer``: importing this package loads nothing of OpenTelemetry.
"""

from __future__ import annotations

from sharebind_opentelemetry.settings import OpenTelemetrySettings

__all__ = ["OpenTelemetrySettings"]
