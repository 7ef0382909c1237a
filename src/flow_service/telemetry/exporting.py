"""Export of telemetry to Azure Monitor, any OTLP endpoint, or a file, through queues of limited size.

Besides the configuration, the environment variables of OpenTelemetry's SDK apply, such as
OTEL_TRACES_SAMPLER, OTEL_RESOURCE_ATTRIBUTES, OTEL_EXPORTER_OTLP_HEADERS and OTEL_METRIC_EXPORT_INTERVAL.
"""

from __future__ import annotations

import logging
import os
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from mlops.common.errors import UserError
from mlops.common.paths import display_path
from mlops.configuration.serving import TelemetryConfig

SHUTDOWN_S = 3.0  # to send what is queued; the rest is lost
HTTP = "http/protobuf"
CONNECTION_STRING = re.compile(r"(?i)(^|;)\s*InstrumentationKey=[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(;|\s*$)")


def check_destinations(config: TelemetryConfig) -> None:
    """Check that telemetry can be sent as the configuration and the environment say.

    Raises:
        UserError: it can't.
    """
    protocol = os.environ.get("OTEL_EXPORTER_OTLP_PROTOCOL", HTTP)
    if config.otlp_endpoint and protocol != HTTP:
        raise UserError(f"OTEL_EXPORTER_OTLP_PROTOCOL is {protocol}, but this service supports only {HTTP} (port 4318)")
    key = config.application_insights.get_secret_value()
    if key and not CONNECTION_STRING.search(key):
        raise UserError(
            "APPLICATIONINSIGHTS_CONNECTION_STRING is not a connection string of Application Insights: "
            "InstrumentationKey=...;IngestionEndpoint=https://..."
        )
    if config.traces_file:
        open_traces(config.traces_path).close()


def open_traces(path: Path) -> TextIO:
    """Open a file for traces to append to; only its owner can read it.

    Raises:
        UserError: it can't be written to.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
    except OSError as error:
        raise UserError(f"FLOW_SERVICE_TRACES: can't write to {display_path(path)}: {error.strerror}") from None
    return os.fdopen(descriptor, "a", encoding="utf-8")


@contextmanager
def exporting(environment: str, config: TelemetryConfig) -> Iterator[None]:
    """Export traces, metrics and logs while the block lasts; a process can do this only once.

    Args:
        environment: the name of the service's environment.
        config: where to.
    """
    from opentelemetry import _logs, metrics, trace
    from opentelemetry.sdk._logs import LoggerProvider
    from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    from src.flow_service.telemetry.logs import OtlpHandler
    from src.flow_service.telemetry.redaction import RedactingExporter

    span_exporters, metric_exporters, log_exporters = _exporters(config)
    resource = Resource.create(
        {
            "service.name": os.environ.get("OTEL_SERVICE_NAME") or "flow_service",
            "deployment.environment.name": environment,
        }
    )
    tracers = TracerProvider(resource=resource, shutdown_on_exit=False)
    for exporter in span_exporters:
        tracers.add_span_processor(BatchSpanProcessor(RedactingExporter(exporter)))
    readers = [PeriodicExportingMetricReader(exporter) for exporter in metric_exporters]
    meters = MeterProvider(readers, resource=resource, shutdown_on_exit=False)
    loggers = LoggerProvider(resource=resource, shutdown_on_exit=False)
    for exporter in log_exporters:
        loggers.add_log_record_processor(BatchLogRecordProcessor(exporter))
    trace.set_tracer_provider(tracers)
    metrics.set_meter_provider(meters)
    _logs.set_logger_provider(loggers)
    handler = OtlpHandler(loggers)
    logging.getLogger().addHandler(handler)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(handler)
        _shut_down(tracers.shutdown, meters.shutdown, loggers.shutdown)


def _exporters(config: TelemetryConfig) -> tuple[list[Any], list[Any], list[Any]]:
    """Return the exporters of spans, of metrics and of logs."""
    spans: list[Any] = []
    metrics: list[Any] = []
    logs: list[Any] = []
    if config.application_insights.get_secret_value():
        _append_each(_azure_monitor(config), spans, metrics, logs)
    if config.otlp_endpoint:
        _append_each(_otlp(config.otlp_endpoint), spans, metrics, logs)
    if config.traces_file:
        from src.flow_service.telemetry.files import FileExporter

        spans.append(FileExporter(open_traces(config.traces_path)))
    for signal, exporters in (("TRACES", spans), ("METRICS", metrics), ("LOGS", logs)):
        if os.environ.get(f"OTEL_{signal}_EXPORTER") == "none":
            exporters.clear()
    return spans, metrics, logs


def _append_each(exporters: tuple[Any, Any, Any], *lists: list[Any]) -> None:
    for exporter, each in zip(exporters, lists):
        each.append(exporter)


def _azure_monitor(config: TelemetryConfig) -> tuple[Any, Any, Any]:
    from azure.monitor.opentelemetry.exporter import (
        AzureMonitorLogExporter,
        AzureMonitorMetricExporter,
        AzureMonitorTraceExporter,
    )

    # What can't be sent would be kept in a folder for temporary files, where others may read it.
    options = {
        "connection_string": config.application_insights.get_secret_value(),
        "disable_offline_storage": True,
    }
    return (
        AzureMonitorTraceExporter(**options),
        AzureMonitorMetricExporter(**options),
        AzureMonitorLogExporter(**options),
    )


def _otlp(endpoint: str) -> tuple[Any, Any, Any]:
    from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    def at(signal: str) -> str:
        own = os.environ.get(f"OTEL_EXPORTER_OTLP_{signal.upper()}_ENDPOINT")
        return own or f"{endpoint.rstrip('/')}/v1/{signal}"

    return OTLPSpanExporter(at("traces")), OTLPMetricExporter(at("metrics")), OTLPLogExporter(at("logs"))


def _shut_down(*shutdowns: Callable[[], Any]) -> None:
    """Send what is queued, but not for long: a destination that is down must not keep the service from stopping."""
    threads = [threading.Thread(target=shutdown, daemon=True) for shutdown in shutdowns]
    for thread in threads:
        thread.start()
    until = time.monotonic() + SHUTDOWN_S
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))
