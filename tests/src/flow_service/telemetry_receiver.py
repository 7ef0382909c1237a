"""A collector for tests: takes OTLP over HTTP on loopback, and a service as a process that sends to it."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from mlops.common.paths import REPOSITORY

COMMAND = Path(__file__).with_name("answered.py")
QUICK = {"OTEL_BSP_SCHEDULE_DELAY": "100", "OTEL_BLRP_SCHEDULE_DELAY": "100", "OTEL_METRIC_EXPORT_INTERVAL": "200"}


class Receiver:
    """Takes whatever is posted.

    Attributes:
        bodies: (path, headers, body) of every request.
        pause: seconds after which it answers.
        status: what it answers.
    """

    def __init__(self, pause=0.0, status=200, answer=b""):
        self.bodies, self.pause, self.status, self.answer = [], pause, status, answer
        self._closing = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *exc_info):
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()

    def wait(self):
        self._closing.wait(self.pause)

    def spans(self):
        """Every span so far, with the name of its scope."""
        for request in self._read("/v1/traces", ExportTraceServiceRequest):
            for group in request.resource_spans:
                for scope in group.scope_spans:
                    yield from ((scope.scope.name, span) for span in scope.spans)

    def metrics(self):
        """The last state of every metric, by its name."""
        found = {}
        for request in self._read("/v1/metrics", ExportMetricsServiceRequest):
            for group in request.resource_metrics:
                for scope in group.scope_metrics:
                    found.update({metric.name: metric for metric in scope.metrics})
        return found

    def records(self):
        """Every log record so far."""
        for request in self._read("/v1/logs", ExportLogsServiceRequest):
            for group in request.resource_logs:
                for scope in group.scope_logs:
                    yield from scope.log_records

    def traces(self):
        """Spans by the trace they belong to."""
        traces = {}
        for _, span in self.spans():
            traces.setdefault(span.trace_id.hex(), []).append(span)
        return traces

    def _read(self, path, kind):
        return [kind.FromString(body) for at, _, body in list(self.bodies) if at == path]


def attributes(of):
    """Attributes as a dict."""
    values = {}
    for each in of.attributes:
        kind = each.value.WhichOneof("value")
        value = getattr(each.value, kind)
        values[each.key] = [item.string_value for item in value.values] if kind == "array_value" else value
    return values


def paths(spans):
    """Every span as the path of names from its root."""
    by_id = {span.span_id: span for span in spans}

    def path(span):
        parent = by_id.get(span.parent_span_id)
        return (*(path(parent) if parent is not None else ()), span.name)

    return {" > ".join(path(span)) for span in spans}


@contextmanager
def serving(folder, environment="local", **variables):
    """A client of a service that runs as a process; `client.process` is that, and `client.log` its log once ended."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = folder / f"log_{port}.txt"
    with log.open("w") as file:
        started = subprocess.Popen(
            [sys.executable, str(COMMAND), "src.flow_service", "--environment_name", environment, "--port", str(port)],
            cwd=REPOSITORY,
            stdout=subprocess.DEVNULL,
            stderr=file,
            env={**os.environ, **QUICK, "FLOW_SERVICE_DOCUMENTS": str(folder), **variables},
        )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
            deadline = time.monotonic() + 90
            while True:
                assert started.poll() is None and time.monotonic() < deadline, log.read_text()
                try:
                    client.get("/healthz")
                    break
                except httpx.TransportError:
                    time.sleep(0.1)
            client.process, client.log = started, log
            yield client
    finally:
        started.kill()
        started.wait()


def end(client):
    """End a service as Kubernetes does; return how many seconds that took."""
    begun = time.monotonic()
    client.process.send_signal(signal.SIGTERM)
    assert client.process.wait(30) == 0
    return time.monotonic() - begun


def _handler(receiver):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):  # noqa: N802
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            receiver.bodies.append((self.path, dict(self.headers.items()), body))
            receiver.wait()
            try:
                self.send_response(receiver.status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(receiver.answer)))
                self.end_headers()
                self.wfile.write(receiver.answer)
            except ConnectionError:
                pass  # the exporter has gone

        def log_message(self, *args):
            """Say nothing."""

    return Handler
