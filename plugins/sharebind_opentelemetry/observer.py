"""The observer: a span for every operation and list, and metrics.

What it exports is words of ours and of the vendor's interface: the provider, the operation, its outcome, the class of
an error, the vendor's code of it, and the vendor's names of the calls. No device, no person, no address; not the
account's name and not the caller's key either, for those are the host's own words and may name somebody.

The span of an operation is the current one while it runs, so that what the host's other instrumentation makes of its
requests stands below it. That of a list is not: between two items the host's own code runs in the same context.
"""

from __future__ import annotations

import re
from contextvars import ContextVar, Token
from importlib.metadata import version
from typing import Any, Final

import attrs
from opentelemetry import context, metrics, trace
from opentelemetry.context import Context
from opentelemetry.metrics import MeterProvider
from opentelemetry.trace import Span, SpanKind, StatusCode, TracerProvider

from sharebind.provider import BindingQuery, Event, Finished, Retried, Sent, ShareQuery, SpaceQuery, Started, Waited
from sharebind_opentelemetry.settings import OpenTelemetrySettings

SCOPE: Final = "sharebind"
PROVIDER: Final = "sharebind.provider"
OPERATION: Final = "sharebind.operation"
OUTCOME: Final = "sharebind.outcome"
CALL: Final = "sharebind.call"
ERROR: Final = "error.type"

_LISTS: Final = frozenset({ShareQuery.kind, BindingQuery.kind, SpaceQuery.kind})
_CALLS: Final = 16
"""Names of calls on one span; no operation makes so many different ones."""

_BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0, 30.0)
"""Seconds: those that OpenTelemetry advises for HTTP, and the time that an operation has."""

_WORD: Final = re.compile(r"[\w.:-]{1,64}")
_OTHER: Final = "_OTHER"
"""What OpenTelemetry calls a value that is not told."""

_mark: Final = ContextVar[None]("sharebind_opentelemetry")
"""Tells whether an operation ends in the context that it began in, for only there can its span be taken away."""


@attrs.define(kw_only=True)
class _Running:
    """One operation or list that has not ended, and what its span will tell."""

    span: Span
    mark: Token[None] | None
    token: Token[Context] | None
    requests: int = 0
    retries: int = 0
    waited: float = 0.0
    calls: dict[str, None] = attrs.field(factory=dict[str, None])


class OpenTelemetry:
    """Makes spans and metrics, with the providers that are given, else with the process's own."""

    def __init__(
        self,
        settings: OpenTelemetrySettings | None = None,
        *,
        tracer_provider: TracerProvider | None = None,
        meter_provider: MeterProvider | None = None,
    ) -> None:
        settings = settings if settings is not None else OpenTelemetrySettings()
        release = version("sharebind")
        self._tracer = trace.get_tracer(SCOPE, release, tracer_provider) if settings.spans else None
        self._running: dict[int, _Running] = {}
        self._metrics = _Metrics(metrics.get_meter(SCOPE, release, meter_provider)) if settings.metrics else None
        self._take: dict[type[Any], Any] = {
            Started: self._started,
            Waited: self._waited,
            Sent: self._sent,
            Retried: self._retried,
            Finished: self._finished,
        }

    def seen(self, event: Event, /) -> None:
        """Take one event; kinds that are not known yet are let pass."""
        take = self._take.get(type(event))
        if take is not None:
            take(event)

    def _started(self, event: Started) -> None:
        if self._tracer is None:
            return
        span = self._tracer.start_span(
            f"{event.operation} {event.provider}",
            kind=SpanKind.CLIENT,
            attributes={PROVIDER: event.provider, OPERATION: event.operation},
        )
        running = self._running[event.id] = _Running(span=span, mark=None, token=None)
        if event.operation not in _LISTS:
            running.mark = _mark.set(None)
            running.token = context.attach(trace.set_span_in_context(span))

    def _waited(self, event: Waited) -> None:
        seconds = event.took.total_seconds()
        running = self._running.get(event.id)
        if running is not None:
            running.waited += seconds
        if self._metrics is not None:
            self._metrics.waits.record(seconds, {PROVIDER: event.provider, OPERATION: event.operation})

    def _sent(self, event: Sent) -> None:
        call = _word(event.call)
        running = self._running.get(event.id)
        if running is not None:
            running.requests += 1
            if len(running.calls) < _CALLS:
                running.calls[call] = None
        if self._metrics is not None:
            self._metrics.requests.add(1, {PROVIDER: event.provider, OPERATION: event.operation, CALL: call})

    def _retried(self, event: Retried) -> None:
        running = self._running.get(event.id)
        if running is not None:
            running.retries += 1
        if self._metrics is not None:
            told = {PROVIDER: event.provider, OPERATION: event.operation, CALL: _word(event.call), ERROR: event.error}
            self._metrics.retries.add(1, told)

    def _finished(self, event: Finished) -> None:
        told = {PROVIDER: event.provider, OPERATION: event.operation, OUTCOME: event.outcome.value}
        if event.error is not None:
            told[ERROR] = event.error
        running = self._running.pop(event.id, None)
        try:
            # Before the span is taken away, so that a measurement can be traced back to it.
            if self._metrics is not None:
                self._metrics.operations.record(event.took.total_seconds(), told)
            if running is not None:
                _end(running, event)
        finally:
            if running is not None:
                _take_away(running)


class _Metrics:
    """The instruments."""

    def __init__(self, meter: metrics.Meter) -> None:
        self.operations = meter.create_histogram(
            "sharebind.operation.duration",
            unit="s",
            description="How long operations and lists took",
            explicit_bucket_boundaries_advisory=_BUCKETS,
        )
        self.waits = meter.create_histogram(
            "sharebind.wait.duration",
            unit="s",
            description="How long requests waited, since their account keeps to a rate",
            explicit_bucket_boundaries_advisory=_BUCKETS,
        )
        self.requests = meter.create_counter(
            "sharebind.requests", unit="{request}", description="Requests that left, repeated ones among them"
        )
        self.retries = meter.create_counter(
            "sharebind.retries", unit="{retry}", description="Requests that were repeated"
        )


def _end(running: _Running, event: Finished) -> None:
    """Say what came of it, and end the span."""
    span = running.span
    try:
        if not span.is_recording():
            return
        span.set_attributes(
            {
                OUTCOME: event.outcome.value,
                "sharebind.requests": running.requests,
                "sharebind.retries": running.retries,
                "sharebind.calls": tuple(running.calls),
            }
        )
        if running.waited:
            span.set_attribute("sharebind.waited", running.waited)
        if event.vendor_code is not None:
            span.set_attribute("sharebind.vendor_code", _word(event.vendor_code))
        if event.error is not None:
            span.set_attribute(ERROR, event.error)
            span.set_status(StatusCode.ERROR)
    finally:
        span.end()


def _take_away(running: _Running) -> None:
    """Make current again what was before, where this is the context that it was changed in."""
    if running.mark is None or running.token is None:
        return
    try:
        _mark.reset(running.mark)
    except ValueError:  # a coroutine that was given up is ended by whoever clears it away, in a context of their own
        return
    context.detach(running.token)


def _word(text: str) -> str:
    """Give a vendor's name or code, and nothing that cannot be one."""
    return text if _WORD.fullmatch(text) else _OTHER
