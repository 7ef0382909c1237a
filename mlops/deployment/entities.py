"""What is sent to Azure, as the SDK's entities: model, image, endpoint and deployment."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from mlops.azure.client import as_yaml, quiet_sdk
from mlops.cloud_runs.session import CloudSession
from mlops.configuration.deployment import DeploymentConfig, ProbeConfig
from mlops.deployment.deployable_flow import DeployableFlow
from mlops.deployment.serving_image import ServingImage

if TYPE_CHECKING:
    from azure.ai.ml.entities import Environment, ManagedOnlineDeployment, ManagedOnlineEndpoint, Model

PORT, SCORE, HEALTH = 8080, "/score", "/health"
SECRET_STORES = {"enforce_access_to_default_secret_stores": "enabled"}
VERSION_TAG, GENERATION_TAG = "version", "generation"  # of deployments
CONTENT_TAG = "content"  # of models: a hash, which Azure does not take as their version


@dataclass(frozen=True)
class Release:
    """A version of a flow with all that belongs to its deployment.

    Attributes:
        session: the flow, its environment and its project.
        config: its entry in section `deployment_configs`.
        flow: what is deployed.
        image: what serves it.
    """

    session: CloudSession
    config: DeploymentConfig
    flow: DeployableFlow
    image: ServingImage

    @property
    def version(self) -> str:
        """A hash of everything of which a change takes a new deployment."""
        about = [self.flow.version, self.image.version, self.variables, self.config.of_the_deployment()]
        return hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()[:12]

    @property
    def variables(self) -> dict[str, str]:
        """The environment variables of the container: where its connections are, and what a class is made with.

        Connections are read from the project when the container starts, as the endpoint's identity; so neither this
        nor the deployment holds a secret.
        """
        variables = {
            "PF_CONNECTION_PROVIDER": f"azureml:/{self.session.project.resource_id}",
            "PF_LOGGING_LEVEL": "WARNING",  # on a lower level the server logs what callers send
            "PF_DISABLE_TRACING": "true",
            "APPLICATIONINSIGHTS_CONTROLPLANE_DISABLED": "true",  # the exporter asks for settings even without traces
            "APPLICATIONINSIGHTS_STATSBEAT_DISABLED_ALL": "true",
        }
        if self.flow.init:
            variables["PF_FLOW_INIT_CONFIG"] = json.dumps(self.flow.init)
        if self.config.user_identity:
            variables["AZURE_CLIENT_ID"] = self.config.user_identity_client_id
        return variables | self.config.environment_variables

    @property
    def tags(self) -> dict[str, str]:
        """The tags of everything."""
        return {"flow": self.session.flow, "environment": self.session.environment, **self.config.tags}


def model(release: Release) -> Model:
    """Return the flow's folder as a model without a version: Azure takes positive integers alone, and counts them."""
    quiet_sdk()
    from azure.ai.ml.entities import Model

    return Model(
        name=release.flow.name,
        path=str(release.flow.folder),
        type="custom_model",
        tags={**release.tags, CONTENT_TAG: release.flow.version},
    )


def image(release: Release) -> Environment:
    """Return the image that serves it, which Azure builds, as an environment."""
    quiet_sdk()
    from azure.ai.ml.entities import BuildContext, Environment

    def route(path: str) -> dict[str, Any]:
        return {"path": path, "port": PORT}

    return Environment(
        name=f"{release.flow.name}_serving",
        version=release.image.version,
        build=BuildContext(path=str(release.image.folder), dockerfile_path="Dockerfile"),
        inference_config={
            "liveness_route": route(HEALTH),
            "readiness_route": route(HEALTH),
            "scoring_route": route(SCORE),
        },
        tags=release.tags,
    )


def endpoint(
    release: Release, traffic: Mapping[str, int] | None = None, mirror: Mapping[str, int] | None = None
) -> ManagedOnlineEndpoint:
    """Return the endpoint, whose identity may read the project's connections."""
    quiet_sdk()
    from azure.ai.ml.entities import IdentityConfiguration, ManagedIdentityConfiguration, ManagedOnlineEndpoint

    config = release.config
    identity = IdentityConfiguration(type="system_assigned")
    if config.user_identity:
        own = ManagedIdentityConfiguration(resource_id=config.user_identity, client_id=config.user_identity_client_id)
        identity = IdentityConfiguration(type="user_assigned", user_assigned_identities=[own])
    return ManagedOnlineEndpoint(
        name=config.endpoint_name,
        description=f"{release.session.flow}, environment {release.session.environment}",
        auth_mode=config.auth_mode,
        identity=identity,
        properties={} if config.user_identity else dict(SECRET_STORES),  # Azure grants roles to its own identities only
        public_network_access=config.public_network_access,
        tags=release.tags,
        traffic=dict(traffic or {}),
        mirror_traffic=dict(mirror or {}),
    )


def deployment(release: Release, model_reference: str, name: str, generation: int) -> ManagedOnlineDeployment:
    """Return a deployment of the release.

    Args:
        release: what is deployed.
        model_reference: the reference to the model that holds its flow.
        name: the deployment's name.
        generation: how many releases this endpoint has had with it.
    """
    quiet_sdk()
    from azure.ai.ml.entities import ManagedOnlineDeployment, OnlineRequestSettings

    config = release.config
    return ManagedOnlineDeployment(
        name=name,
        endpoint_name=config.endpoint_name,
        model=model_reference,
        environment=f"azureml:{release.flow.name}_serving:{release.image.version}",
        environment_variables=release.variables,
        instance_type=config.instance_type,
        instance_count=config.instance_count,
        request_settings=OnlineRequestSettings(
            request_timeout_ms=round(config.requests.seconds * 1000),
            max_concurrent_requests_per_instance=config.requests.concurrent,
            max_queue_wait_ms=config.requests.queue_milliseconds,
        ),
        liveness_probe=_probe(config.liveness_probe),
        readiness_probe=_probe(config.readiness_probe),
        app_insights_enabled=config.app_insights_enabled,
        egress_public_network_access=config.egress_public_network_access or None,
        tags={**release.tags, VERSION_TAG: release.version, GENERATION_TAG: str(generation)},
    )


def dry_run(release: Release, name: str) -> str:
    """Return everything as YAML documents, each for the command that stands above it, in the order of their use."""
    texts = {
        "az ml model create": as_yaml(model(release)),
        "az ml environment create": as_yaml(image(release)),
        "az ml online-endpoint create": _endpoint_yaml(endpoint(release)),
        "az ml online-deployment create": as_yaml(deployment(release, f"azureml:{release.flow.name}@latest", name, 1)),
    }
    return "---\n".join(f"# {command} --file\n{text}" for command, text in texts.items())


def _endpoint_yaml(entity: ManagedOnlineEndpoint) -> str:
    # Its dump() returns what others write, and in it what `az ml` would take for a change of traffic.
    content = {key: value for key, value in json.loads(json.dumps(entity.dump())).items() if value}
    return yaml.safe_dump(content, sort_keys=False)


def _probe(config: ProbeConfig):
    from azure.ai.ml.entities import ProbeSettings

    return ProbeSettings(**config.model_dump())
