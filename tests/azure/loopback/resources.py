"""What is around the workspace in Resource Manager: the subscription, its services, the hub's resources, and quota.

Shapes as in Microsoft's reference, whose pages stand at the answers; what no command reads is left out.
"""

from __future__ import annotations

import re

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Match, Route

from loopback.faults import error
from loopback.paging import page_of
from loopback.roles import permissions_at
from loopback.sign_in import TENANT
from loopback.storage import ACCOUNT, HOST
from loopback.workspace import GROUP, ID, LOCATION, RESOURCES, SUBSCRIPTION

OF_SUBSCRIPTION = f"/subscriptions/{SUBSCRIPTION}"

STORAGE_ID = f"{RESOURCES}/Microsoft.Storage/storageAccounts/{ACCOUNT}"
REGISTRY_ID = f"{RESOURCES}/Microsoft.ContainerRegistry/registries/loopback"
MODELS = "models"  # the subdomain, https://models.openai.azure.com
MODELS_ID = f"{RESOURCES}/Microsoft.CognitiveServices/accounts/{MODELS}"
IN_LOCATION = f"{OF_SUBSCRIPTION}/providers/Microsoft.MachineLearningServices/locations/{LOCATION}"
DEPLOYED = {"gpt-5.6-luna": "2026-07-09", "gpt-5.6-sol": "2026-07-09", "gpt-5.6-terra": "2026-07-09"}
DEPLOYED |= {"text-embedding-3-small": "1"}
SIZES = {"Standard_DS3_v2": ("standardDSv2Family", 4), "Standard_E4ds_v4": ("standardEDSv4Family", 4)}
ROLES = {
    ID: ["AzureML Data Scientist"],
    STORAGE_ID: ["Storage Blob Data Contributor"],
    MODELS_ID: ["Cognitive Services OpenAI User"],
    OF_SUBSCRIPTION: ["Reader"],
}


class Resources:
    """A subscription in which everything is there that docs/azure.md asks for.

    Attributes:
        tenant: the subscription's.
        registered: whether each service is; those that are not named are.
        roles: the roles of the one who asks, by scope.
        storage: the account's properties.
        registry: those of the registry; None if somebody has removed it.
        models: those of the model resource; None if there is none.
        deployments: of models, by name: model, version and state.
        quota: the cores that are used and allowed, by family.
        sizes: family and cores of a machine, by its size.
    """

    def __init__(self) -> None:
        self.tenant = TENANT
        self.registered: dict[str, str] = {}
        self.roles = {scope: list(names) for scope, names in ROLES.items()}
        blob = f"https://{HOST}/"
        self.storage: dict = {"provisioningState": "Succeeded", "primaryEndpoints": {"blob": blob}}
        self.registry: dict | None = {"provisioningState": "Succeeded", "publicNetworkAccess": "Enabled"}
        endpoint = f"https://{MODELS}.openai.azure.com/"
        self.models: dict | None = {"customSubDomainName": MODELS, "endpoint": endpoint}
        self.deployments = {name: (name, version, "Succeeded") for name, version in DEPLOYED.items()}
        self.quota = {"standardDSv2Family": (0, 24), "standardEDSv4Family": (0, 24)}
        self.sizes = dict(SIZES)

    def routes(self) -> list[Route]:
        """Return what is answered outside the workspace, and the permissions at any scope."""
        return [
            Route("/{scope:path}/providers/Microsoft.Authorization/permissions", self._permissions),
            Route(OF_SUBSCRIPTION, self._subscription),
            Route(f"{OF_SUBSCRIPTION}/providers/Microsoft.CognitiveServices/accounts", self._accounts),
            Route(f"{OF_SUBSCRIPTION}/providers/Microsoft.CognitiveServices/locations/{LOCATION}/models", self._models),
            Route(f"{OF_SUBSCRIPTION}/providers/{{name}}", self._provider),
            Route(STORAGE_ID, self._storage_account),
            Route(REGISTRY_ID, self._registry),
            Route(f"{MODELS_ID}/deployments", self._deployments),
            Route(f"{IN_LOCATION}/vmSizes", self._sizes),
            Route(f"{IN_LOCATION}/usages", self._usages),
        ]

    def answers(self, request: Request) -> bool:
        """Tell whether a request is for one of these."""
        return any(route.matches(request.scope)[0] is Match.FULL for route in self.routes())

    async def _subscription(self, request: Request) -> Response:
        # https://learn.microsoft.com/rest/api/resources/subscriptions/get
        about = {"id": OF_SUBSCRIPTION, "subscriptionId": SUBSCRIPTION, "displayName": "loopback", "state": "Enabled"}
        return JSONResponse({**about, "tenantId": self.tenant, "authorizationSource": "RoleBased"})

    async def _provider(self, request: Request) -> Response:
        # https://learn.microsoft.com/rest/api/resources/providers/get
        name = request.path_params["name"]
        state = self.registered.get(name, "Registered")
        about = {"id": f"{OF_SUBSCRIPTION}/providers/{name}", "namespace": name, "registrationState": state}
        return JSONResponse({**about, "resourceTypes": []})

    async def _permissions(self, request: Request) -> Response:
        return page_of(request, permissions_at(f"/{request.path_params['scope']}", self.roles))

    async def _storage_account(self, request: Request) -> Response:
        # https://learn.microsoft.com/rest/api/storagerp/storage-accounts/get-properties
        about = _resource(STORAGE_ID, "Microsoft.Storage/storageAccounts", self.storage)
        return JSONResponse({**about, "kind": "StorageV2", "sku": {"name": "Standard_LRS", "tier": "Standard"}})

    async def _registry(self, request: Request) -> Response:
        # https://learn.microsoft.com/rest/api/container-registry/registries/get
        if self.registry is None:
            return _not_found(REGISTRY_ID)
        return JSONResponse(_resource(REGISTRY_ID, "Microsoft.ContainerRegistry/registries", self.registry))

    async def _accounts(self, request: Request) -> Response:
        # https://learn.microsoft.com/rest/api/aiservices/accountmanagement/accounts/list
        other = _resource(f"{MODELS_ID}-of-others", "Microsoft.CognitiveServices/accounts", {})
        models = [_resource(MODELS_ID, "Microsoft.CognitiveServices/accounts", self.models)] if self.models else []
        return page_of(request, [{**account, "kind": "OpenAI"} for account in (other, *models)])

    async def _deployments(self, request: Request) -> Response:
        # https://learn.microsoft.com/rest/api/aiservices/accountmanagement/deployments/list
        listed = []
        for name, (model, version, state) in self.deployments.items():
            about = {"format": "OpenAI", "name": model, "version": version}
            properties = {"model": about, "provisioningState": state}
            kind = "Microsoft.CognitiveServices/accounts/deployments"
            deployment = _resource(f"{MODELS_ID}/deployments/{name}", kind, properties)
            listed.append({**deployment, "sku": {"name": "GlobalStandard", "capacity": 50}})
        return page_of(request, listed)

    async def _models(self, request: Request) -> Response:
        # https://learn.microsoft.com/rest/api/aiservices/accountmanagement/models/list
        offered = [
            {
                "kind": "OpenAI",
                "skuName": "S0",
                "model": {
                    "format": "OpenAI",
                    "name": name,
                    "version": version,
                    "lifecycleStatus": "GenerallyAvailable",
                },
            }
            for name, version in DEPLOYED.items()
        ]
        return page_of(request, offered)

    async def _sizes(self, request: Request) -> Response:
        # https://learn.microsoft.com/rest/api/azureml/virtual-machine-sizes/list: no pages
        types = ["AmlCompute", "ComputeInstance", "MIR"]
        sizes = [
            {"name": name, "family": family, "vCPUs": cores, "gpus": 0, "supportedComputeTypes": types}
            for name, (family, cores) in self.sizes.items()
        ]
        return JSONResponse({"value": sizes})

    async def _usages(self, request: Request) -> Response:
        """Answer as the service: with families for names, and beside them low-priority cores and the workspace's own.

        https://learn.microsoft.com/rest/api/azureml/usages/list names them in words; a service of 2026 did not.
        """
        kind = "Microsoft.MachineLearningServices"
        usages = [_usage(OF_SUBSCRIPTION, f"{kind}/totalCores", "Clusters", 0, 200)]
        for family, (used, limit) in self.quota.items():
            usages.append(_usage(OF_SUBSCRIPTION, f"{kind}/vmFamily/lowPriorityCores", family, 0, -1))
            usages.append(_usage(ID, f"{kind}/workspaces", family, used, limit))
            usages.append(_usage(OF_SUBSCRIPTION, f"{kind}/vmFamily/dedicatedCores", family, used, limit))
        return page_of(request, usages)


def _resource(path: str, kind: str, properties: dict) -> dict:
    return {"id": path, "name": path.rpartition("/")[2], "type": kind, "location": LOCATION, "properties": properties}


def _usage(owner: str, kind: str, name: str, used: int, limit: int) -> dict:
    about = {"id": f"{owner}/usages/{name}", "type": f"{kind}/usages", "unit": "Count"}
    return {**about, "currentValue": used, "limit": limit, "name": {"value": name, "localizedValue": name}}


def _not_found(path: str) -> Response:
    kind = re.sub(r".*/providers/", "", path)
    return error(404, f"The Resource '{kind}' under resource group '{GROUP}' was not found.", "ResourceNotFound")
