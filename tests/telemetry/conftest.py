"""What these tests share: the real SDK with exporters in memory, and nothing set for the whole process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import attrs
import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import Tracer

from sharebind.emulator import Clouds
from sharebind_opentelemetry.observer import OpenTelemetry


@attrs.frozen
class Point:
    """One number of a metric, with what it is a number of."""

    count: float
    attributes: dict[str, Any]


class Telemetry:
    """An observer, and all that it exported."""

    def __init__(self) -> None:
        self._exporter = InMemorySpanExporter()
        self.tracer_provider = TracerProvider()
        self.tracer_provider.add_span_processor(SimpleSpanProcessor(self._exporter))
        self._reader = InMemoryMetricReader()
        self.meter_provider = MeterProvider(metric_readers=[self._reader])
        self.observer = OpenTelemetry(tracer_provider=self.tracer_provider, meter_provider=self.meter_provider)

    @property
    def tracer(self) -> Tracer:
        """What a host makes its own spans with."""
        return self.tracer_provider.get_tracer("host")

    @property
    def spans(self) -> Sequence[ReadableSpan]:
        """The spans that have ended, in the order of their ends."""
        return self._exporter.get_finished_spans()

    def named(self, name: str) -> ReadableSpan:
        """Give the one span of this name."""
        (found,) = (span for span in self.spans if span.name == name)
        return found

    def all_metrics(self) -> dict[str, Any]:
        """Read all metrics, by name."""
        data = self._reader.get_metrics_data()
        scopes = [scope for resource in data.resource_metrics for scope in resource.scope_metrics] if data else []
        return {metric.name: metric for scope in scopes for metric in scope.metrics}

    def points(self, metric: str) -> list[Point]:
        """Give the points of one metric: how many, and of what."""
        found = self.all_metrics().get(metric)
        points: Any = found.data.data_points if found is not None else ()
        return [
            Point(point.count if hasattr(point, "count") else point.value, dict(point.attributes)) for point in points
        ]

    def close(self) -> None:
        """End what runs beside."""
        self.tracer_provider.shutdown()
        self.meter_provider.shutdown()


@pytest.fixture
def telemetry() -> Iterator[Telemetry]:
    """Give an observer over the real SDK."""
    made = Telemetry()
    yield made
    made.close()


@pytest.fixture
def settings(clouds: Clouds) -> dict[str, Any]:
    """Give the settings of an owner at the emulated Quectel, with a token."""
    return {"base_url": clouds["quectel"].base_url, "token": clouds["quectel"].user("owner").token}


@pytest.fixture
def emulated_providers() -> tuple[str, ...]:
    """One vendor's cloud is enough here."""
    return ("quectel",)
