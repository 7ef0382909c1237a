"""Telemetry of the service by OpenTelemetry: traces, metrics and logs, to wherever the configuration says.

Spans are made here and nowhere else: `requests` has that of an HTTP request, `flows` those of a flow, its nodes and
functions, `model_calls` those of models. Only AutoGen makes its own, for agents and their tools. What none of them may
hold is content (inputs, prompts, answers), unless it is asked for; docs/decisions/0009 has the reasons.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from src.flow_service.settings import Settings


@contextmanager
def telemetry(settings: Settings) -> Iterator[bool]:
    """Send what the service tells of itself while the block lasts; yield whether anybody gets it.

    Enter it before flows are loaded: their functions are wrapped when they are defined.
    """
    config = settings.serving.telemetry
    if not config.wanted or os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true":
        yield False
        return
    from src.flow_service.telemetry.exporting import exporting
    from src.flow_service.telemetry.flows import tell_of_functions
    from src.flow_service.telemetry.model_calls import tell_of_model_calls

    with exporting(settings.environment, config):
        tell_of_functions()
        tell_of_model_calls(config.capture_content)
        yield True
