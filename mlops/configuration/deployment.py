"""What an entry of section `deployment_configs` may hold: the online endpoint of one flow."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, PositiveInt, field_validator, model_validator

from mlops.common.paths import REPOSITORY
from mlops.configuration.sections import Section

LONGEST_REQUEST = 180  # seconds; Azure closes connections to managed endpoints that take longer
MOST_MIRRORED = 50  # percent that Azure mirrors at most
SECRET_NAME = re.compile(r"(?i)(key|secret|password|token|credential)s?$")
SECRET_REFERENCE = re.compile(r"^\$\{\{(azureml://connections/[^}]+|keyvault:https://[^}]+)\}\}$")
OF_THE_SHARE = {"traffic", "mirror", "autoscale", "provisioning_minutes", "smoke_test_seconds", "role_minutes"}
OF_THE_IMAGE = {"base_image"}  # whose hash has it already
OF_THE_ENDPOINT = {"endpoint_name", "auth_mode", "public_network_access"}


class RequestConfig(Section):
    """How many requests an instance takes on, and for how long.

    Attributes:
        seconds: a request may take; after that the caller gets 408.
        concurrent: how many requests an instance works on at a time; more wait.
        queue_milliseconds: how long a request may wait for its turn; after that the caller gets 429.
    """

    seconds: float = Field(default=90, gt=0, le=LONGEST_REQUEST)
    concurrent: PositiveInt = 20
    queue_milliseconds: PositiveInt = 10_000


class ProbeConfig(Section):
    """How Azure asks a container whether it lives, or is ready; times in seconds."""

    initial_delay: PositiveInt = 10
    period: PositiveInt = 10
    timeout: PositiveInt = 2
    success_threshold: PositiveInt = 1
    failure_threshold: PositiveInt = 30


class AutoscaleConfig(Section):
    """Between how many instances to scale, by the load of their processors; deploying prints the commands for it."""

    least: PositiveInt = 1
    most: PositiveInt
    cpu_percent: int = Field(default=70, ge=1, le=100)

    @model_validator(mode="after")
    def _in_order(self) -> AutoscaleConfig:
        if self.least > self.most:
            raise ValueError("least is more than most")
        return self


class DeploymentConfig(Section):
    """An entry of section `deployment_configs`: the online endpoint of one flow; docs/online_endpoints.md says more.

    Attributes:
        endpoint_name: unique in its Azure region.
        instance_type: the size of the machines.
        instance_count: how many of them a deployment has.
        auth_mode: what callers show: a token of Microsoft Entra ID, or a key of the endpoint.
        user_identity: resource id of a user-assigned identity, under which flows sign in; empty: the endpoint's own.
        user_identity_client_id: its client id.
        public_network_access: whether the endpoint can be reached from the internet.
        egress_public_network_access: disabled keeps deployments from the internet; empty: as the workspace says.
        traffic: percent of the requests that a new version takes once its smoke test has passed.
        mirror: instead, percent of the requests that it gets a copy of, with its answers thrown away.
        requests: limits of requests.
        liveness_probe: when a container is restarted.
        readiness_probe: when a container gets requests.
        autoscale: between how many instances to scale.
        base_image: what the container's image is built on, with its registry; empty: what the Dockerfile names.
        app_insights_enabled: whether the containers' logs go to Application Insights.
        tags: of endpoint, deployments and model.
        environment_variables: of the container. A secret is a reference to a connection of the project,
            ${{azureml://connections/<name>/credentials/key}}, or to a key vault.
        open_inputs: inputs that callers may set besides those that batches take from data.
        node_inputs: inputs of a DAG's nodes that differ from the flow's own, by node and input.
        files: files or folders of the repository that go along with the flow, under the same path.
        provisioning_minutes: how long to wait for a deployment.
        smoke_test_seconds: how long to wait for the answer of the smoke test.
        role_minutes: how long the smoke test waits for a role of the endpoint's identity to hold. Microsoft's page
            "Troubleshoot Azure RBAC" says up to ten minutes.
    """

    endpoint_name: str = Field(pattern=r"^[a-z][a-z0-9-]{1,30}[a-z0-9]$")
    instance_type: str
    instance_count: PositiveInt = 1
    auth_mode: Literal["aad_token", "key"] = "aad_token"
    user_identity: str = ""
    user_identity_client_id: str = ""
    public_network_access: Literal["enabled", "disabled"] = "enabled"
    egress_public_network_access: Literal["enabled", "disabled", ""] = ""
    traffic: int = Field(default=100, ge=0, le=100)
    mirror: int = Field(default=0, ge=0, le=MOST_MIRRORED)
    requests: RequestConfig = RequestConfig()
    liveness_probe: ProbeConfig = ProbeConfig()
    readiness_probe: ProbeConfig = ProbeConfig()
    autoscale: AutoscaleConfig | None = None
    base_image: str = Field(default="", pattern=r"^\S*$")
    app_insights_enabled: bool = False
    tags: dict[str, str] = {}
    environment_variables: dict[str, str] = {}
    open_inputs: list[str] = []
    node_inputs: dict[str, dict[str, Any]] = {}
    files: list[Path] = []
    provisioning_minutes: float = Field(default=45, gt=0)
    smoke_test_seconds: float = Field(default=LONGEST_REQUEST, gt=0)
    role_minutes: float = Field(default=15, ge=0)

    @field_validator("environment_variables")
    @classmethod
    def _no_secrets(cls, variables: dict[str, str]) -> dict[str, str]:
        for name, value in variables.items():
            if SECRET_NAME.search(name) and not SECRET_REFERENCE.match(value):
                raise ValueError(
                    f"{name} looks like a secret, and everybody who sees the deployment could read it; write "
                    "${{azureml://connections/<connection>/credentials/key}}, which Azure fills in"
                )
        return variables

    @field_validator("files")
    @classmethod
    def _inside(cls, files: list[Path]) -> list[Path]:
        for file in files:
            if not (REPOSITORY / file).resolve().is_relative_to(REPOSITORY) or not (REPOSITORY / file).exists():
                raise ValueError(f"{file} is not a file or folder of this repository")
        return files

    @model_validator(mode="after")
    def _identity_has_both(self) -> DeploymentConfig:
        if bool(self.user_identity) != bool(self.user_identity_client_id):
            raise ValueError("user_identity and user_identity_client_id belong together")
        return self

    def of_the_deployment(self) -> dict[str, Any]:
        """Return the settings of which a new value takes a new deployment."""
        return self.model_dump(mode="json", exclude=OF_THE_SHARE | OF_THE_ENDPOINT | OF_THE_IMAGE)
