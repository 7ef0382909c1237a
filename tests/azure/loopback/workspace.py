"""The workspace in Azure Resource Manager: itself, its datastore, its connections and its data assets."""

from __future__ import annotations

import copy
import re
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from loopback.faults import error
from loopback.paging import page_of
from loopback.sign_in import TENANT
from loopback.storage import ACCOUNT, CONTAINER, HOST, Storage

SUBSCRIPTION = "33333333-3333-3333-3333-333333333333"
GROUP = "loopback-group"
NAME = "loopback-project"
LOCATION = "westeurope"
DATA_PLANE = f"{LOCATION}.api.azureml.ms"
RESOURCES = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}/providers"
ID = f"{RESOURCES}/Microsoft.MachineLearningServices/workspaces/{NAME}"
HUB = f"{RESOURCES}/Microsoft.MachineLearningServices/workspaces/loopback-hub"
PRINCIPAL = "88888888-8888-8888-8888-888888888888"  # of the workspace's own identity
DATASTORE = "workspaceblobstore"
CATEGORY_NAMES = ("AzureOpenAI", "OpenAI", "CustomKeys", "ApiKey", "AIServices", "CognitiveSearch")
# Categories are taken in any case (the SDK sends AzureOpenAi) and given back as the service spells them.
CATEGORIES = {name.lower(): name for name in CATEGORY_NAMES}
# Versions of models, unlike those of data, environments and components: Azure/azureml-examples#2725, and what a real
# service has said, (UserError) "Model version must be a positive integer.", code ModelVersionOutOfRange.
MODEL_VERSION = re.compile(r"^[1-9][0-9]{0,9}$")


class Workspace:
    """One workspace, whose assets are kept as they were sent.

    Attributes:
        own, about: what a test wants among its properties, and beside them, instead of what is there.
        connections: by name, with their secrets.
        assets: by kind (data, models, environments, codes, components), name and version.
        keyless_storage: whether the storage account takes no keys, so that the datastore keeps no credentials.
        clusters, instances: the names of its compute clusters and compute instances; none at first.
        identities: the principals of the user-assigned identities that are attached to it, by client id; none at first.
    """

    def __init__(self, storage: Storage):
        self._storage = storage
        self.own: dict = {}
        self.about: dict = {}
        self.connections: dict[str, dict] = {}
        self.assets: dict[tuple[str, str, str], dict] = {}
        self.keyless_storage = False
        self.clusters: set[str] = set()
        self.instances: set[str] = set()
        self.identities: dict[str, str] = {}

    def routes(self) -> list[Route]:
        """Return what a workspace answers in Resource Manager."""
        versions = "/{kind:str}/{name:str}/versions"
        return [
            Route("/", self._workspace),
            Route("/datastores", self._datastores),
            Route("/datastores/{name}", self._datastore),
            Route("/datastores/{name}/listSecrets", self._datastore_secrets, methods=["POST"]),
            Route("/computes/{name}", self._compute),
            Route("/connections", self._list_connections),
            Route("/connections/{name}", self._get_connection),
            Route("/connections/{name}", self._put_connection, methods=["PUT"]),
            Route("/connections/{name}", self._delete_connection, methods=["DELETE"]),
            Route("/connections/{name}/listsecrets", self._connection_secrets, methods=["POST"]),
            Route("/{kind:str}/{name:str}", self._container),
            Route(versions, self._versions),
            Route(versions + "/{version:str}", self._get_version),
            Route(versions + "/{version:str}", self._put_version, methods=["PUT"]),
            Route(versions + "/{version:str}", self._delete_version, methods=["DELETE"]),
            Route(versions + "/{version:str}/startPendingUpload", self._start_upload, methods=["POST"]),
        ]

    async def _workspace(self, request: Request) -> Response:
        # What a project of a hub has: Azure/azure-rest-api-specs, machinelearningservices, WorkspaceProperties.
        properties = {
            "workspaceId": "44444444-4444-4444-4444-444444444444",
            "hubResourceId": HUB,
            "friendlyName": NAME,
            "discoveryUrl": f"https://{DATA_PLANE}/discovery",
            "mlFlowTrackingUri": f"azureml://{DATA_PLANE}/mlflow/v1.0{ID}",
            "storageAccount": f"{RESOURCES}/Microsoft.Storage/storageAccounts/{ACCOUNT}",
            "keyVault": f"{RESOURCES}/Microsoft.KeyVault/vaults/loopback-vault",
            "containerRegistry": f"{RESOURCES}/Microsoft.ContainerRegistry/registries/loopback",
            "applicationInsights": f"{RESOURCES}/Microsoft.Insights/components/loopback-insights",
            "provisioningState": "Succeeded",
            "publicNetworkAccess": "Enabled",
        }
        shown = resource("", NAME, properties | self.own, location=LOCATION, kind="Project", identity=self._identity())
        return JSONResponse(shown | self.about)

    def _identity(self) -> dict:
        own = {"principalId": PRINCIPAL, "tenantId": TENANT}
        if not self.identities:
            return {"type": "SystemAssigned", **own}
        attached = {
            f"{RESOURCES}/Microsoft.ManagedIdentity/userAssignedIdentities/nodes-{number}": {
                "clientId": client,
                "principalId": principal,
            }
            for number, (client, principal) in enumerate(self.identities.items(), 1)
        }
        return {"type": "SystemAssigned,UserAssigned", **own, "userAssignedIdentities": attached}

    async def _datastores(self, request: Request) -> Response:
        return JSONResponse({"value": [self._datastore_now()]})

    async def _datastore(self, request: Request) -> Response:
        name = request.path_params["name"]
        return JSONResponse(self._datastore_now()) if name == DATASTORE else error(404, f"No datastore {name}.")

    def _datastore_now(self) -> dict:
        # learn.microsoft.com/azure/machine-learning/how-to-datastore: identity-based data access saves no credentials.
        return _datastore("None" if self.keyless_storage else "AccountKey")

    async def _datastore_secrets(self, request: Request) -> Response:
        if self.keyless_storage:
            return error(400, "This datastore has no credentials.", "UserError")
        return JSONResponse({"secretsType": "Sas", "sasToken": self._storage.sas()})

    async def _compute(self, request: Request) -> Response:
        name = request.path_params["name"]
        about = {"provisioningState": "Succeeded", "isAttachedCompute": False, "computeLocation": LOCATION}
        if name in self.instances:
            properties = {**about, "computeType": "ComputeInstance", "properties": {"vmSize": "STANDARD_D2AS_V4"}}
            return JSONResponse(resource(f"/computes/{name}", name, properties, location=LOCATION))
        if name not in self.clusters:
            return error(404, f"Can not find compute {name} in workspace.", "UserError")
        size = {"vmSize": "STANDARD_D2AS_V4", "vmPriority": "Dedicated", "osType": "Linux"}
        scale = {"minNodeCount": 0, "maxNodeCount": 4, "nodeIdleTimeBeforeScaleDown": "PT2M"}
        properties = {**about, "computeType": "AmlCompute", "properties": {**size, "scaleSettings": scale}}
        own = {"type": "SystemAssigned", "principalId": PRINCIPAL, "tenantId": TENANT}
        return JSONResponse(resource(f"/computes/{name}", name, properties, location=LOCATION, identity=own))

    async def _list_connections(self, request: Request) -> Response:
        return page_of(request, [_without_secrets(connection) for connection in self.connections.values()])

    async def _get_connection(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in self.connections:
            return error(404, f"Connection {name} can't be found in this workspace.", "UserError")
        return JSONResponse(_without_secrets(self.connections[name]))

    async def _put_connection(self, request: Request) -> Response:
        name = request.path_params["name"]
        properties = (await request.json())["properties"]
        category = properties["category"]
        if category.lower() not in CATEGORIES:
            return error(400, f"Unknown category {category}.", "UserError")
        properties["category"] = CATEGORIES[category.lower()]
        key = (properties.get("credentials") or {}).get("key")
        if properties["category"] == "OpenAI" and (properties["authType"] != "ApiKey" or not key):
            return error(400, "A connection of the category OpenAI needs the authType ApiKey and a key.", "UserError")
        self.connections[name] = resource(f"/connections/{name}", name, properties)
        return JSONResponse(_without_secrets(self.connections[name]))

    async def _delete_connection(self, request: Request) -> Response:
        return Response(status_code=200 if self.connections.pop(request.path_params["name"], None) else 204)

    async def _connection_secrets(self, request: Request) -> Response:
        name = request.path_params["name"]
        return JSONResponse(self.connections[name]) if name in self.connections else error(404, f"No {name}.")

    async def _container(self, request: Request) -> Response:
        kind, name = request.path_params["kind"], request.path_params["name"]
        versions = [version for k, n, version in self.assets if (k, n) == (kind, name)]
        if not versions:
            return error(404, f"No asset {name} among the {kind} of this workspace.")
        latest = max(versions, key=len)
        numbers = [int(version) for version in versions if version.isdecimal()]
        numbered = {"latestVersion": latest, "nextVersion": str(max(numbers, default=0) + 1)}
        return JSONResponse(resource(f"/{kind}/{name}", name, numbered))

    async def _versions(self, request: Request) -> Response:
        kind, name = request.path_params["kind"], request.path_params["name"]
        found = [asset for (k, n, _), asset in self.assets.items() if (k, n) == (kind, name)][::-1]  # the newest first
        if request.query_params.get("listViewType") == "ActiveOnly":
            found = [asset for asset in found if not asset["properties"].get("isArchived")]
        return page_of(request, found)

    async def _get_version(self, request: Request) -> Response:
        key = request.path_params["kind"], request.path_params["name"], request.path_params["version"]
        return JSONResponse(self.assets[key]) if key in self.assets else error(404, f"No version {key[2]} of {key[1]}.")

    async def _put_version(self, request: Request) -> Response:
        kind, name, version = (request.path_params[part] for part in ("kind", "name", "version"))
        body = await request.json()
        known = self.assets.get((kind, name, version))
        if kind == "models":
            if not MODEL_VERSION.match(version):
                return error(400, "Model version must be a positive integer.", "UserError")
            if known and known["properties"]["modelUri"] != body["properties"]["modelUri"]:
                return error(400, "Asset paths cannot be updated.", "UserError")  # ASSET_PATH_ERROR of azure-ai-ml
            body["properties"].setdefault("flavors", {})
        elif known and known["properties"] != {**known["properties"], **body["properties"]} and kind != "environments":
            return error(409, f"Version {version} of {name} is there already and cannot be changed.")
        self.assets[kind, name, version] = resource(f"/{kind}/{name}/versions/{version}", version, body["properties"])
        return JSONResponse(self.assets[kind, name, version], status_code=200 if known else 201)

    async def _delete_version(self, request: Request) -> Response:
        """Delete a version, as https://learn.microsoft.com/rest/api/azureml/model-versions/delete and its like do."""
        key = request.path_params["kind"], request.path_params["name"], request.path_params["version"]
        return Response(status_code=200 if self.assets.pop(key, None) else 204)

    async def _start_upload(self, request: Request) -> Response:
        name = self._storage.new_container()
        uri = f"https://{HOST}/{name}"
        credential = {"credentialType": "SAS", "sasUri": f"{uri}?{self._storage.sas(name)}"}
        place = {"blobUri": uri, "storageAccountArmId": "", "credential": credential}
        return JSONResponse({"blobReferenceForConsumption": place, "pendingUploadType": "TemporaryBlobReference"})


def resource(path: str, name: str, properties: dict, **more: Any) -> dict:
    """Return a resource of the workspace as Resource Manager shows it."""
    created = {"createdBy": "tests", "createdByType": "Application", "createdAt": "2026-01-01T00:00:00.000000+00:00"}
    system = {**created, "lastModifiedBy": "tests", "lastModifiedAt": created["createdAt"]}
    base = {"id": f"{ID}{path}", "name": name, "type": "Microsoft.MachineLearningServices", "systemData": system}
    return base | {"properties": properties} | more


def _datastore(credentials: str) -> dict:
    properties = {
        "datastoreType": "AzureBlob",
        "accountName": ACCOUNT,
        "containerName": CONTAINER,
        "endpoint": "core.windows.net",
        "protocol": "https",
        "isDefault": True,
        "credentials": {"credentialsType": credentials},
    }
    return resource(f"/datastores/{DATASTORE}", DATASTORE, properties)


def _without_secrets(connection: dict) -> dict:
    shown = copy.deepcopy(connection)
    shown["properties"].pop("credentials", None)
    return shown
