"""What answers, as reports show it: a model at an endpoint, or recordings."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from mlops.configuration.endpoints import AoaiConfig
from mlops.configuration.sections import FlowConfig

if TYPE_CHECKING:
    from src.emulator.answers import Answerer

NO_MODEL = "recordings, no model"  # what stands in reports where nothing else answered


def answered_by(aoai: AoaiConfig, config: FlowConfig, answerer: Answerer | None = None) -> str:
    """Return what answers, as reports show it: recordings, or an endpoint's kind and host with its deployments."""
    if answerer is not None and answerer.kind == "recording":
        return NO_MODEL
    models = [config.model, *([config.planning.tool_model] if config.planning else [])]
    named = [f"{model.deployment} ({model.family})" for model in models]
    named += [f"{config.retrieval.embedding_deployment} (embedding)"] if config.retrieval else []
    return f"{', '.join(dict.fromkeys(named))} at {urlsplit(aoai.url).hostname} ({aoai.endpoint_kind})"
