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
from loopback.storage import ACCOUNT, CONTAINER, HOST, Storage

SUBSCRIPTION = "33333333-3333-3333-3333-333333333333"
GROUP = "loopback-group"
NAME = "loopback-project"
LOCATION = "westeurope"
DATA_PLANE = f"{LOCATION}.api.azureml.ms"
ID = (
    f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}"
    f"/providers/Microsoft.MachineLearningServices/workspaces/{NAME}"
)
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
        connections: by name, with their secrets.
        assets: by kind (data, models, environments, codes, components), name and version.
    """

    def __init__(self, storage: Storage):
        self._storage = storage
        self.connections: dict[str, dict] = {}
        self.assets: dict[tuple[str, str, str], dict] = {}

    def routes(self) -> list[Route]:
        """Return what a workspace answers in Resource Manager."""
        versions = "/{kind:str}/{name:str}/versions"
        return [
            Route("/", self._workspace),
            Route("/datastores", self._datastores),
            Route("/datastores/{name}", self._datastore),
            Route("/datastores/{name}/listSecrets", self._datastore_secrets, methods=["POST"]),
            Route("/connections", self._list_connections),
            Route("/connections/{name}", self._get_connection),
            Route("/connections/{name}", self._put_connection, methods=["PUT"]),
            Route("/connections/{name}", self._delete_connection, methods=["DELETE"]),
            Route("/connections/{name}/listsecrets", self._connection_secrets, methods=["POST"]),
            Route("/{kind:str}/{name:str}", self._container),
            Route(versions, self._versions),
            Route(versions + "/{version:str}", self._get_version),
            Route(versions + "/{version:str}", self._put_version, methods=["PUT"]),
            Route(versions + "/{version:str}/startPendingUpload", self._start_upload, methods=["POST"]),
        ]

    async def _workspace(self, request: Request) -> Response:
        properties = {
            "workspaceId": "44444444-4444-4444-4444-444444444444",
            "friendlyName": NAME,
            "discoveryUrl": f"https://{DATA_PLANE}/discovery",
            "mlFlowTrackingUri": f"azureml://{DATA_PLANE}/mlflow/v1.0{ID}",
            "storageAccount": f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}"
            f"/providers/Microsoft.Storage/storageAccounts/{ACCOUNT}",
            "provisioningState": "Succeeded",
            "publicNetworkAccess": "Enabled",
        }
        return JSONResponse(resource("", NAME, properties, location=LOCATION, kind="Default"))

    async def _datastores(self, request: Request) -> Response:
        return JSONResponse({"value": [_datastore()]})

    async def _datastore(self, request: Request) -> Response:
        name = request.path_params["name"]
        return JSONResponse(_datastore()) if name == DATASTORE else error(404, f"No datastore {name}.")

    async def _datastore_secrets(self, request: Request) -> Response:
        return JSONResponse({"secretsType": "Sas", "sasToken": self._storage.sas()})

    async def _list_connections(self, request: Request) -> Response:
        return JSONResponse({"value": [_without_secrets(connection) for connection in self.connections.values()]})

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


def _datastore() -> dict:
    properties = {
        "datastoreType": "AzureBlob",
        "accountName": ACCOUNT,
        "containerName": CONTAINER,
        "endpoint": "core.windows.net",
        "protocol": "https",
        "isDefault": True,
        "credentials": {"credentialsType": "AccountKey"},
    }
    return resource(f"/datastores/{DATASTORE}", DATASTORE, properties)


def _without_secrets(connection: dict) -> dict:
    shown = copy.deepcopy(connection)
    shown["properties"].pop("credentials", None)
    return shown
