"""OpenTelemetry of the service: traces, metrics and logs, sent where the configuration says.

Spans are created here and nowhere else: `requests` has those of HTTP requests, `flows` those of flows, their nodes and
functions, `model_calls` those of model calls. Only AutoGen creates its own, for agents and their tools. None of them
holds content (inputs, prompts, answers) unless the configuration asks for it; docs/decisions/0009 has the reasons.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from src.flow_service.settings import ServiceSettings


@contextmanager
def telemetry(settings: ServiceSettings) -> Iterator[bool]:
    """Export telemetry while the block lasts; yield whether it is exported at all.

    Enter it before flows are loaded: their functions are instrumented when they are defined.
    """
    config = settings.serving.telemetry
    if not config.enabled or os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true":
        yield False
        return
    from src.flow_service.telemetry.exporting import exporting
    from src.flow_service.telemetry.flows import trace_functions
    from src.flow_service.telemetry.model_calls import trace_model_calls

    with exporting(settings.environment, config):
        trace_functions()
        trace_model_calls(config.capture_content)
        yield True
