"""What the sections of config.yaml may hold. An unknown key is an error, and so is a value of the wrong type."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, SecretStr, field_validator, model_validator

from mlops.common.paths import REPOSITORY


class Section(BaseModel):
    """A section of the configuration: immutable, and without room for misspelt keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, protected_namespaces=())


class ChatModel(Section):
    """A deployment of a chat model, and the parameters that its family takes.

    The chat family takes `max_tokens` and `temperature`. The reasoning family refuses both: its limit is
    `max_completion_tokens`, which counts the hidden reasoning too, and its temperature is fixed.
    """

    deployment: str = Field(min_length=1)
    family: Literal["chat", "reasoning"]
    max_output_tokens: PositiveInt
    temperature: float = Field(default=0.0, ge=0, le=2)

    def parameters(self) -> dict:
        """Return the parameters of a chat completion request as this model's family names them."""
        if self.family == "reasoning":
            return {"max_completion_tokens": self.max_output_tokens}
        return {"max_tokens": self.max_output_tokens, "temperature": self.temperature}


class Retrieval(Section):
    """How a flow over documents finds what an answer rests on; its own settings say more about each key.

    `allow_loopback` lets documents come from this machine by URL, as on the environment `local`.
    """

    embedding_deployment: str = Field(min_length=1)
    prompt_token_limit: PositiveInt
    chunk_tokens: PositiveInt
    chunk_overlap_tokens: int = Field(ge=0)
    passages: PositiveInt
    allow_loopback: bool = False


class Planning(Section):
    """How far a flow that plans may go, and the model that works for its tools; the flow's own settings say more."""

    tool_model: ChatModel
    steps: PositiveInt
    seconds: float = Field(gt=0)
    step_seconds: float = Field(gt=0)
    attempts: PositiveInt
    parallel_calls: PositiveInt
    result_characters: PositiveInt


class ThresholdConfig(Section):
    """What a metric has to reach; see mlops.common.evaluations.Threshold."""

    min: float | None = None
    max: float | None = None
    max_drop: float | None = Field(default=None, ge=0)


class Price(Section):
    """An entry of section `prices`: what a million tokens of a deployment cost, in one currency of your choice."""

    prompt: float = Field(ge=0)
    completion: float = Field(ge=0)


class FlowConfig(Section):
    """Section `<flow>_<environment>`: a flow, its data, how it is run, and what its evaluation has to reach.

    Paths are relative to the repository. `prompt` is a prompt file to use instead of the flow's own: its name where it
    stands beside the flow's, else its full path. The judges of evaluations are asked with `max_tokens` and
    `temperature`, so `judge_deployment` is a model of the chat family. Only flows over documents have `retrieval`, and
    only those that plan have `planning`.
    """

    flow_path: Path
    data_path: Path
    eval_data_path: Path
    column_mapping: dict[str, str]
    model: ChatModel
    retrieval: Retrieval | None = None
    planning: Planning | None = None
    judge_deployment: str = "gpt-4.1-mini"
    concurrency: PositiveInt = 16
    thresholds: dict[str, ThresholdConfig] = {}
    prompt: str | None = None

    @field_validator("flow_path", "data_path", "eval_data_path")
    @classmethod
    def _absolute(cls, path: Path) -> Path:
        return REPOSITORY / path


class EmulatorConfig(Section):
    """The emulator that the runners start for the environment `local`, and how badly it behaves."""

    latency_ms: float = Field(default=0, ge=0)
    seed: int = 0
    faults: str = ""


class AoaiConfig(Section):
    """Section `aoai_config`: the model endpoint, and the Prompt flow connection under which flows know it."""

    connection: str = Field(min_length=1)
    endpoint: str | None = None
    api_key: SecretStr = SecretStr("")
    api_version: str
    emulator: EmulatorConfig | None = None

    @field_validator("endpoint")
    @classmethod
    def _safe_endpoint(cls, endpoint: str | None) -> str | None:
        if endpoint is None:
            return None
        parts = urlsplit(endpoint)
        if "@" in parts.netloc or parts.query:
            raise ValueError("must hold neither a user nor a query: the key belongs into AOAI_API_KEY")
        if parts.scheme == "https" and parts.hostname or parts.scheme == "http" and _is_loopback(parts.hostname):
            return endpoint.rstrip("/")
        raise ValueError("must start with https:// (http:// is for loopback alone)")

    @model_validator(mode="after")
    def _leads_somewhere(self) -> AoaiConfig:
        if self.endpoint is None and self.emulator is None:
            raise ValueError("needs an endpoint or an emulator")
        return self


class SearchConfig(Section):
    """Section `search_config`: how flows search the web, and the Prompt flow connection under which they know it.

    On `local` the endpoints are the emulator's.
    """

    connection: str = Field(min_length=1)
    provider: Literal["bing", "ddgs"]
    endpoint: str = ""
    api_key: SecretStr = SecretStr("")
    wikipedia_endpoint: str = ""
    allow_loopback: bool = False

    @field_validator("endpoint", "wikipedia_endpoint")
    @classmethod
    def _safe_endpoint(cls, endpoint: str) -> str:
        if endpoint and not endpoint.startswith("https://"):
            raise ValueError("must start with https://")
        return endpoint


class AiStudioConfig(Section):
    """Section `aistudio_config`: the Azure AI Studio project for cloud runs, traces and evaluation results."""

    subscription_id: str = Field(min_length=1)
    resource_group_name: str = Field(min_length=1)
    project_name: str = Field(min_length=1)

    @property
    def trace_destination(self) -> str:
        """The project as Prompt flow's setting `trace.destination` wants it."""
        return (
            f"azureml://subscriptions/{self.subscription_id}/resourceGroups/{self.resource_group_name}"
            f"/providers/Microsoft.MachineLearningServices/workspaces/{self.project_name}"
        )


class DeploymentConfig(Section):
    """An entry of section `deployment_configs`: the online endpoint of one flow."""

    endpoint_name: str = Field(pattern=r"^[a-z][a-z0-9-]{2,31}$")
    instance_type: str
    instance_count: PositiveInt = 1


class DataAsset(Section):
    """An entry of data_config.yaml: a file that is registered as a data asset."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")
    path: Path
    description: str = ""

    @field_validator("path")
    @classmethod
    def _absolute(cls, path: Path) -> Path:
        return REPOSITORY / path


def _is_loopback(host: str | None) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False
