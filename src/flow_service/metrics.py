"""What Prometheus is told at /metrics. Nothing in it names a caller."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from src.flow_service.limits import Admission
from src.flow_service.model_calls import Calls

BUCKETS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)


class Metrics:
    """The metrics of one application.

    Args:
        admission: what runs and waits.
    """

    def __init__(self, admission: Admission):
        self._registry = registry = CollectorRegistry()
        self._requests = Counter(
            "flow_requests", "Requests for flows, by how they ended.", ["flow", "status"], registry=registry
        )
        self._seconds = Histogram(
            "flow_request_seconds", "How long they took.", ["flow"], buckets=BUCKETS, registry=registry
        )
        self._tokens = Counter("flow_tokens", "Tokens of models.", ["flow", "kind"], registry=registry)
        self._retries = Counter("flow_model_retries", "Model calls made again.", ["flow"], registry=registry)
        for name, text, value in (
            ("flow_requests_running", "Requests that run.", lambda: admission.running),
            ("flow_requests_waiting", "Requests that wait for others to end.", lambda: admission.waiting),
        ):
            Gauge(name, text, registry=registry).set_function(value)

    def count(self, flow: str, status: int, seconds: float, calls: Calls) -> None:
        """Count a request that has ended."""
        self._requests.labels(flow, str(status)).inc()
        self._seconds.labels(flow).observe(seconds)
        self._tokens.labels(flow, "prompt").inc(calls.prompt_tokens)
        self._tokens.labels(flow, "completion").inc(calls.completion_tokens)
        if calls.retried:
            self._retries.labels(flow).inc(calls.retried)

    def text(self) -> bytes:
        """Return the metrics as Prometheus reads them."""
        return generate_latest(self._registry)
