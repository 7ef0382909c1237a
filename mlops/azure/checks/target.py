"""What is checked: an environment's project in Azure, and what its flows ask of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from mlops.azure.caller import caller_claims
from mlops.azure.resource_manager import MACHINE_LEARNING, ResourceManager
from mlops.configuration.deployment import DeploymentConfig
from mlops.configuration.endpoints import AoaiConfig, SearchConfig
from mlops.configuration.sections import AiStudioConfig, FlowConfig

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential

COGNITIVE_SERVICES = "2024-10-01"
STORAGE = "2023-05-01"
# Hosts of model resources, whose first label is the resource's custom subdomain:
# https://learn.microsoft.com/azure/ai-services/cognitive-services-custom-subdomains
MODEL_HOSTS = (".openai.azure.com", ".cognitiveservices.azure.com", ".services.ai.azure.com")


@dataclass(frozen=True)
class ModelUse:
    """A deployment of a model that a flow asks, and for what: chat, tools, judge or embedding."""

    flow: str
    purpose: str
    deployment: str


@dataclass
class Target:
    """An environment's project and what its flows need there; what Azure says of it is asked for once.

    Attributes:
        environment: the environment's name.
        project: its project.
        aoai: its model endpoint.
        search: how its flows search the web; None where none does.
        flows: the configuration of each flow.
        endpoints: that of each flow's online endpoint.
        models: which deployments the flows ask.
        manager: asks Resource Manager.
        credential: who is signed in.
        today: the day that counts for the retirement of models.
    """

    environment: str
    project: AiStudioConfig
    aoai: AoaiConfig
    search: SearchConfig | None
    flows: Mapping[str, FlowConfig]
    endpoints: Mapping[str, DeploymentConfig]
    models: Sequence[ModelUse]
    manager: ResourceManager
    credential: TokenCredential
    today: date

    @property
    def subscription(self) -> str:
        """The subscription's path in Resource Manager."""
        return f"/subscriptions/{self.project.subscription_id}"

    @property
    def in_project(self) -> str:
        """The options with which `az ml` finds the project."""
        project = self.project
        return f"--subscription {project.subscription_id} --resource-group {project.resource_group_name}"

    @cached_property
    def claims(self) -> dict[str, Any]:
        """What the caller's access token says of them."""
        return caller_claims(self.credential)

    @property
    def caller(self) -> str:
        """The object id of the caller, for role assignments."""
        return self.claims.get("oid") or "<object id>"

    @cached_property
    def workspace(self) -> dict[str, Any]:
        """The project's workspace."""
        return self.manager.get(self.project.resource_id, MACHINE_LEARNING)

    @property
    def location(self) -> str:
        """The project's region, as it stands in paths."""
        return self.workspace["location"]

    @cached_property
    def storage(self) -> dict[str, Any]:
        """The storage account of the project."""
        return self.manager.get(self.workspace["properties"]["storageAccount"], STORAGE)

    @cached_property
    def subdomain(self) -> str | None:
        """The custom subdomain of the model resource; None where something else than one answers."""
        host = urlsplit(self.aoai.endpoint or "").hostname or ""
        return next((host.removesuffix(suffix) for suffix in MODEL_HOSTS if host.endswith(suffix)), None)

    @cached_property
    def model_resource(self) -> dict[str, Any] | None:
        """The model resource; None if something else answers, or if there is none that the caller may see."""
        if self.subdomain is None:
            return None
        accounts = f"{self.subscription}/providers/Microsoft.CognitiveServices/accounts"
        for account in self.manager.list(accounts, COGNITIVE_SERVICES):
            if (account["properties"].get("customSubDomainName") or "").lower() == self.subdomain:
                return account
        return None

    @property
    def no_model_resource(self) -> str:
        """Why there is no model resource to look at."""
        if self.subdomain is None:
            return f"{self.aoai.endpoint} is no resource of Azure OpenAI; python -m mlops.check_models asks it"
        return (
            f"this identity sees no resource with the address {self.aoai.endpoint} in the subscription; python -m "
            "mlops.check_models asks it"
        )
