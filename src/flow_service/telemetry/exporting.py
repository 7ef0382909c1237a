"""Where telemetry goes: Azure Monitor, any OTLP endpoint, a file. What goes there waits in queues of a limited size.

Beyond what the configuration says, the variables count that OpenTelemetry's SDK reads by itself, such as
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

from mlops.common.config_models import TelemetryConfig
from mlops.common.errors import UserError
from mlops.common.paths import shown

LONGEST_END_S = 3.0  # in which what waits may still be sent; what does not go then is lost
HTTP = "http/protobuf"
CONNECTION_STRING = re.compile(r"(?i)(^|;)\s*InstrumentationKey=[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(;|\s*$)")


def check_destinations(config: TelemetryConfig) -> None:
    """Check that telemetry can be sent as the configuration and the environment say.

    Raises:
        UserError: it can't.
    """
    protocol = os.environ.get("OTEL_EXPORTER_OTLP_PROTOCOL", HTTP)
    if config.otlp_endpoint and protocol != HTTP:
        raise UserError(f"OTEL_EXPORTER_OTLP_PROTOCOL is {protocol}, but this service speaks {HTTP} alone (port 4318)")
    key = config.application_insights.get_secret_value()
    if key and not CONNECTION_STRING.search(key):
        raise UserError(
            "APPLICATIONINSIGHTS_CONNECTION_STRING is not as Application Insights shows it: "
            "InstrumentationKey=...;IngestionEndpoint=https://..."
        )
    if config.traces_file:
        open_traces(config.traces_path).close()


def open_traces(path: Path) -> TextIO:
    """Open a file for traces, which nobody but its owner can read, at its end.

    Raises:
        UserError: it can't be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
    except OSError as error:
        raise UserError(f"FLOW_SERVICE_TRACES: can't write {shown(path)}: {error.strerror}") from None
    return os.fdopen(descriptor, "a", encoding="utf-8")


@contextmanager
def exporting(environment: str, config: TelemetryConfig) -> Iterator[None]:
    """Export traces, metrics and logs while the block lasts; once in the life of a process.

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
    from src.flow_service.telemetry.redaction import Redacting

    spans, measured, records = _exporters(config)
    resource = Resource.create(
        {"service.name": os.environ.get("OTEL_SERVICE_NAME") or "flow_service",
         "deployment.environment.name": environment}
    )
    tracers = TracerProvider(resource=resource, shutdown_on_exit=False)
    for exporter in spans:
        tracers.add_span_processor(BatchSpanProcessor(Redacting(exporter)))
    readers = [PeriodicExportingMetricReader(exporter) for exporter in measured]
    meters = MeterProvider(readers, resource=resource, shutdown_on_exit=False)
    loggers = LoggerProvider(resource=resource, shutdown_on_exit=False)
    for exporter in records:
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
        _end(tracers.shutdown, meters.shutdown, loggers.shutdown)


def _exporters(config: TelemetryConfig) -> tuple[list[Any], list[Any], list[Any]]:
    """Return the exporters of spans, of metrics and of logs."""
    spans: list[Any] = []
    measured: list[Any] = []
    records: list[Any] = []
    if config.application_insights.get_secret_value():
        _each_appended(_azure_monitor(config), spans, measured, records)
    if config.otlp_endpoint:
        _each_appended(_otlp(config.otlp_endpoint), spans, measured, records)
    if config.traces_file:
        from src.flow_service.telemetry.files import FileExporter

        spans.append(FileExporter(open_traces(config.traces_path)))
    for signal, exporters in (("TRACES", spans), ("METRICS", measured), ("LOGS", records)):
        if os.environ.get(f"OTEL_{signal}_EXPORTER") == "none":
            exporters.clear()
    return spans, measured, records


def _each_appended(exporters: tuple[Any, Any, Any], *lists: list[Any]) -> None:
    for exporter, each in zip(exporters, lists):
        each.append(exporter)


def _azure_monitor(config: TelemetryConfig) -> tuple[Any, Any, Any]:
    from azure.monitor.opentelemetry.exporter import (
        AzureMonitorLogExporter,
        AzureMonitorMetricExporter,
        AzureMonitorTraceExporter,
    )

    # What can't be sent would be kept in a folder for temporary files, where others may read it.
    given = {
        "connection_string": config.application_insights.get_secret_value(),
        "disable_offline_storage": True,
    }
    return AzureMonitorTraceExporter(**given), AzureMonitorMetricExporter(**given), AzureMonitorLogExporter(**given)


def _otlp(endpoint: str) -> tuple[Any, Any, Any]:
    from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    def at(signal: str) -> str:
        own = os.environ.get(f"OTEL_EXPORTER_OTLP_{signal.upper()}_ENDPOINT")
        return own or f"{endpoint.rstrip('/')}/v1/{signal}"

    return OTLPSpanExporter(at("traces")), OTLPMetricExporter(at("metrics")), OTLPLogExporter(at("logs"))


def _end(*shutdowns: Callable[[], Any]) -> None:
    """Let all send what waits, but not for long: a destination that is down must not keep the service from ending."""
    threads = [threading.Thread(target=shutdown, daemon=True) for shutdown in shutdowns]
    for thread in threads:
        thread.start()
    until = time.monotonic() + LONGEST_END_S
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))
