"""The observer as a host names it in its settings."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from sharebind import ConfigurationError, Registry, Sharebind
from sharebind.emulator import Clouds

HOST = """
import asyncio
from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from sharebind import Sharebind
from sharebind.emulator import emulate


async def main():
    sharebind = Sharebind.from_mapping({"observers": {"opentelemetry": {}}})
    # The SDK may come after: a host sets up its own things in its own order.
    spans, reader = InMemorySpanExporter(), InMemoryMetricReader()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    trace.set_tracer_provider(provider)
    metrics.set_meter_provider(MeterProvider(metric_readers=[reader]))
    async with emulate("quectel") as clouds, sharebind:
        cloud = clouds["quectel"]
        account = {"base_url": cloud.base_url, "token": cloud.user("owner").token}
        await sharebind.open_account("quectel", account, name="home").me()
    print(*[span.name.replace(" ", "-") for span in spans.get_finished_spans()])
    print(*sorted(each.name for each in reader.get_metrics_data().resource_metrics[0].scope_metrics[0].metrics))


asyncio.run(main())
"""


def test_it_uses_what_the_process_has_set_up() -> None:
    """Named in the settings it needs nothing else, and takes the SDK that is set up by then or later."""
    done = subprocess.run([sys.executable, "-c", HOST], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split() == ["me-quectel", "sharebind.operation.duration", "sharebind.requests"]


def test_describing_it_loads_nothing_of_opentelemetry() -> None:
    """The plugin is light: what it needs is loaded when a host's observer is made."""
    code = (
        "import sys, sharebind_opentelemetry.plugin as plugin; plugin.sharebind_observer(); "
        "print(*[name for name in sys.modules if name.split('.')[0] in ('opentelemetry', 'aiohttp', 'structlog')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30)
    assert done.stdout.split() == []


async def test_an_empty_table_is_enough(clouds: Clouds, settings: dict[str, Any]) -> None:
    """It observes without an SDK too, and nothing fails."""
    async with Sharebind.from_mapping({"observers": {"opentelemetry": {}}}, clock=clouds.clock) as sharebind:
        await sharebind.open_account("quectel", settings, name="home").me()
        assert sharebind.observer_failures == 0


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"spans": "no"}, "observers.opentelemetry.spans: expected true or false"),
        ({"span": False}, "observers.opentelemetry.span: unknown key; did you mean 'spans'?"),
        ({"spans": False, "metrics": False}, "observers.opentelemetry: this observes nothing"),
    ],
)
def test_wrong_settings_stop_the_start(table: dict[str, Any], message: str) -> None:
    """They are told like any other wrong setting."""
    with pytest.raises(ConfigurationError, match=f"^{message.replace('?', '.')}"):
        Sharebind.from_mapping({"observers": {"opentelemetry": table}})


def test_without_the_api_the_start_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    """A host that names it and has not the extra is told what to install; one that does not name it never notices."""
    for name in [name for name in sys.modules if name.startswith("sharebind_opentelemetry")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    with pytest.raises(ConfigurationError, match=r"pip install 'sharebind\[opentelemetry\]'"):
        Sharebind.from_mapping({"observers": {"opentelemetry": {}}})
    Sharebind.from_mapping({"policies": {"limits": {"longest_use": "1d"}}})
    assert Registry().spec("quectel").name == "quectel"
