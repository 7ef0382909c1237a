"""The metrics of the service, for Prometheus at /metrics, and for OpenTelemetry where telemetry is exported.

They do not name callers. Model calls have their own metrics in `telemetry.model_calls`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from opentelemetry import metrics
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from src.flow_service.limits import Admission
from src.flow_service.model_calls import Calls
from src.flow_service.telemetry.spans import SCOPE

BUCKETS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)


class Metrics:
    """The metrics of one application.

    Args:
        admission: counts the requests that run and wait.
    """

    def __init__(self, admission: Admission):
        self._registry = CollectorRegistry()
        self._meter = metrics.get_meter(SCOPE)
        self._requests = self._counter("flow_requests", "Requests for flows, by how they ended.", "flow", "status")
        self._seconds = self._histogram("flow_request_seconds", "How long they took.", "flow")
        self._tokens = self._counter("flow_tokens", "Tokens of models.", "flow", "kind")
        self._retries = self._counter("flow_model_retries", "Model calls made again.", "flow")
        self._gauge("flow_requests_running", "Requests that run.", lambda: admission.running)
        self._gauge("flow_requests_waiting", "Requests that wait for others to end.", lambda: admission.waiting)

    def count(self, flow: str, status: int, seconds: float, calls: Calls) -> None:
        """Record a finished request."""
        self._requests(1, flow, str(status))
        self._seconds(seconds, flow)
        self._tokens(calls.prompt_tokens, flow, "prompt")
        self._tokens(calls.completion_tokens, flow, "completion")
        if calls.retried:
            self._retries(calls.retried, flow)

    def text(self) -> bytes:
        """Return the metrics in Prometheus's text format."""
        return generate_latest(self._registry)

    def _counter(self, name: str, text: str, *labels: str) -> Callable[..., None]:
        prometheus = Counter(name, text, labels, registry=self._registry)
        otel = self._meter.create_counter(name, description=text)

        def add(number: float, *values: str) -> None:
            prometheus.labels(*values).inc(number)
            otel.add(number, dict(zip(labels, values)))

        return add

    def _histogram(self, name: str, text: str, *labels: str) -> Callable[..., None]:
        prometheus = Histogram(name, text, labels, buckets=BUCKETS, registry=self._registry)
        otel = self._meter.create_histogram(name, "s", text, explicit_bucket_boundaries_advisory=BUCKETS)

        def record(number: float, *values: str) -> None:
            prometheus.labels(*values).observe(number)
            otel.record(number, dict(zip(labels, values)))

        return record

    def _gauge(self, name: str, text: str, value: Callable[[], int]) -> None:
        def observed(_: metrics.CallbackOptions) -> Iterator[metrics.Observation]:
            yield metrics.Observation(value())

        Gauge(name, text, registry=self._registry).set_function(value)
        self._meter.create_observable_gauge(name, [observed], description=text)
