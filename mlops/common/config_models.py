"""What the sections of config.yaml may hold. An unknown key is an error, and so is a value of the wrong type."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, PositiveInt, SecretStr, field_validator, model_validator

from mlops.common.config_scale_out import ScaleOutConfig
from mlops.common.config_section import Section
from mlops.common.paths import REPOSITORY

ASSET_PATTERN = r"azureml:[\w-]+(:[\w.-]+|@latest)"
SHORTEST_KEY = 24  # characters of an API key of the service: random ones of this length are out of reach of guessing


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


class CloudConfig(Section):
    """Where and on what a flow's batches run in Azure.

    `data` is a registered data asset, azureml:<name>:<version> or azureml:<name>@latest; without it the file
    `data_path` goes up. `compute` is serverless or the name of a compute instance; `instance_type` is the size of a
    serverless machine.
    """

    data: str | None = Field(default=None, pattern=f"^{ASSET_PATTERN}$")
    compute: str = "serverless"
    instance_type: str = "Standard_E4ds_v4"
    scale_out: ScaleOutConfig = ScaleOutConfig()


class FlowConfig(Section):
    """Section `<flow>_<environment>`: a flow, its data, how it is run, and what its evaluation has to reach.

    Paths are relative to the repository. `prompt` is a prompt file to use instead of the flow's own: its name where it
    stands beside the flow's, else its full path. The judges of evaluations are asked with `max_tokens` and
    `temperature`, so `judge_deployment` is a model of the chat family. Only flows over documents have `retrieval`, and
    only those that plan have `planning`. Where recorded requests are evaluated, `production_thresholds` come on top of
    those `thresholds` that need no ground truth.
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
    cloud: CloudConfig = CloudConfig()
    thresholds: dict[str, ThresholdConfig] = {}
    production_thresholds: dict[str, ThresholdConfig] = {}
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
    def resource_id(self) -> str:
        """The project's path in Azure Resource Manager."""
        return (
            f"/subscriptions/{self.subscription_id}/resourceGroups/{self.resource_group_name}"
            f"/providers/Microsoft.MachineLearningServices/workspaces/{self.project_name}"
        )

    @property
    def trace_destination(self) -> str:
        """The project as Prompt flow's setting `trace.destination` wants it."""
        return f"azureml:/{self.resource_id}"


class EntraConfig(Section):
    """Whose Microsoft Entra ID tokens the service takes; an empty issuer means none.

    Attributes:
        issuer: the claim `iss`, such as https://login.microsoftonline.com/<tenant>/v2.0. Its keys are found through
            `<issuer>/.well-known/openid-configuration`.
        audience: the claim `aud`: the application's client id, or its App ID URI.
        roles: if any are named (separated by spaces), a token needs one of them among its `roles` or in its `scp`.
    """

    issuer: str = ""
    audience: str = ""
    roles: str = ""

    @field_validator("issuer")
    @classmethod
    def _safe_issuer(cls, issuer: str) -> str:
        parts = urlsplit(issuer)
        if not issuer or parts.scheme == "https" or parts.scheme == "http" and _is_loopback(parts.hostname):
            return issuer
        raise ValueError("must start with https:// (http:// is for loopback alone)")

    @model_validator(mode="after")
    def _both_or_none(self) -> EntraConfig:
        if bool(self.issuer) != bool(self.audience):
            raise ValueError("issuer and audience belong together: one without the other lets anybody or nobody in")
        return self


class ServingLimits(Section):
    """What the service takes on.

    Attributes:
        body_kilobytes: the most of a JSON body.
        document_megabytes: the most of an uploaded document.
        json_depth: how deeply arrays and objects may lie in each other.
        body_seconds: within which a client has to send its request.
        running: how many flows run at a time.
        waiting: how many more requests may wait for that; one too many is refused at once with 503.
        requests_per_minute: of one caller; 0 for no limit.
        burst: how many requests a caller may make at once before the rate counts.
        documents_megabytes: the most of all uploaded documents together; the oldest make way.
        documents_minutes: how long an uploaded document is kept.
        model_retries: how often a call of a model is tried again after a fault that may pass.
        drain_seconds: how long the service goes on taking requests after SIGTERM, while it is no longer ready.
        shutdown_seconds: how long what still runs may take after that.
    """

    body_kilobytes: PositiveInt = 512
    document_megabytes: PositiveInt = 32
    json_depth: PositiveInt = 16
    body_seconds: float = Field(default=20, gt=0)
    running: PositiveInt = 128
    waiting: int = Field(default=256, ge=0)
    requests_per_minute: int = Field(default=0, ge=0)
    burst: PositiveInt = 20
    documents_megabytes: PositiveInt = 512
    documents_minutes: PositiveInt = 60
    model_retries: int = Field(default=2, ge=0)
    drain_seconds: float = Field(default=1, ge=0)
    shutdown_seconds: PositiveInt = 240


class TelemetryConfig(Section):
    """What the service tells of itself, and to whom; docs/monitoring.md.

    Attributes:
        application_insights: connection string of an Application Insights resource.
        otlp_endpoint: base URL of an endpoint for OTLP over HTTP, such as a collector's.
        traces_file: where spans are written, relative to the repository.
        capture_content: whether spans hold inputs, prompts and answers.
    """

    application_insights: SecretStr = SecretStr("")
    otlp_endpoint: str = Field(default="", pattern=r"^(https?://\S+)?$")
    traces_file: str = ""
    capture_content: bool = False

    @property
    def wanted(self) -> bool:
        """Whether anybody gets it."""
        return bool(self.application_insights.get_secret_value() or self.otlp_endpoint or self.traces_file)

    @property
    def traces_path(self) -> Path:
        """Where spans are written."""
        return REPOSITORY / self.traces_file


class ServingConfig(Section):
    """Section `serving`: who may use the flow service, and how much.

    Attributes:
        api_keys: any of them lets a caller in, so that one can replace another; separated by spaces or commas.
        allow_anonymous: whether it starts in the open, without keys and tokens.
        open_metrics: whether /metrics asks for neither, for a scraper that can't be given a key.
        entra: whose tokens are taken.
        cors_origins: web pages elsewhere that may call, separated by spaces; none by default.
        seconds: how long a request for a flow may take; `flow_seconds` has those of single flows.
        documents_folder: where uploaded documents are kept, relative to the repository.
        limits: what the service takes on.
        telemetry: what it tells of itself.
    """

    api_keys: SecretStr = SecretStr("")
    allow_anonymous: bool = False
    open_metrics: bool = False
    entra: EntraConfig = EntraConfig()
    cors_origins: str = ""
    seconds: float = Field(default=60, gt=0)
    flow_seconds: dict[str, float] = {}
    documents_folder: Path = Path(".cache/flow_service")
    limits: ServingLimits = ServingLimits()
    telemetry: TelemetryConfig = TelemetryConfig()

    @field_validator("documents_folder")
    @classmethod
    def _absolute(cls, path: Path) -> Path:
        return REPOSITORY / path

    @field_validator("api_keys")
    @classmethod
    def _hard_to_guess(cls, keys: SecretStr) -> SecretStr:
        if any(len(key) < SHORTEST_KEY for key in keys.get_secret_value().replace(",", " ").split()):
            raise ValueError(f"a key has fewer than {SHORTEST_KEY} characters; make one with `openssl rand -hex 32`")
        return keys

    @field_validator("cors_origins")
    @classmethod
    def _no_wildcard(cls, origins: str) -> str:
        for origin in origins.split():
            parts = urlsplit(origin)
            bare = f"{parts.scheme}://{parts.netloc}"
            if parts.scheme not in ("http", "https") or not parts.netloc or bare != origin:
                raise ValueError(f"{origin} is no origin: name each as https://host, without a path and without *")
        return origins

    @property
    def keys(self) -> list[str]:
        """The API keys, one by one."""
        return self.api_keys.get_secret_value().replace(",", " ").split()


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
