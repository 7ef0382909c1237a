"""Section `serving` of config.yaml: who may use the flow service, how much, and what telemetry it sends."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, PositiveInt, SecretStr, field_validator, model_validator

from mlops.common.paths import REPOSITORY
from mlops.configuration.base_section import Section
from model_endpoint.proxies import is_loopback

SHORTEST_KEY = 24  # characters of an API key of the service: random ones of this length are out of reach of guessing


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
        if not issuer or parts.scheme == "https" or parts.scheme == "http" and is_loopback(parts.hostname):
            return issuer
        raise ValueError("must start with https:// (http:// is for loopback alone)")

    @model_validator(mode="after")
    def _both_or_none(self) -> EntraConfig:
        if bool(self.issuer) != bool(self.audience):
            raise ValueError("issuer and audience belong together: set both, or neither")
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
        drain_seconds: how long the service still takes requests after SIGTERM, while it is no longer ready.
        shutdown_seconds: how long running requests may take after that.
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
    """The telemetry of the service, and where it goes; docs/monitoring.md.

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
    def enabled(self) -> bool:
        """Whether telemetry goes anywhere."""
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
        flows: the names of the flows that are served; by default all that have a section for the environment.
        seconds: how long a request for a flow may take; `flow_seconds` has those of single flows.
        documents_folder: where uploaded documents are kept, relative to the repository.
        limits: what the service takes on.
        telemetry: what it sends, and where.
    """

    api_keys: SecretStr = SecretStr("")
    allow_anonymous: bool = False
    open_metrics: bool = False
    entra: EntraConfig = EntraConfig()
    cors_origins: str = ""
    flows: tuple[str, ...] | None = None
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
    def _check_key_length(cls, keys: SecretStr) -> SecretStr:
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
                raise ValueError(f"{origin} is not an origin: name each as https://host, without a path and without *")
        return origins

    @property
    def keys(self) -> list[str]:
        """The API keys, one by one."""
        return self.api_keys.get_secret_value().replace(",", " ").split()
