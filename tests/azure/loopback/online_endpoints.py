"""Online endpoints in Resource Manager: endpoints, their deployments, keys and logs.

A deployment serves the model that was uploaded, with the image that was. It signs in as the endpoint's identity, which
may read the project's connections if the endpoint was created with access to its secret stores. Whoever creates one has
to be allowed to read them, too, and a new role takes a while to hold; both are in MicrosoftDocs/azure-ai-docs,
articles/machine-learning/how-to-deploy-online-endpoint-with-secret-injection.md. Nothing there asks for the right to
assign roles.
"""

from __future__ import annotations

import secrets
import sys
import tempfile
import threading
import uuid
from collections.abc import Callable
from pathlib import Path

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from loopback import quota
from loopback.faults import error
from loopback.operations import Operations
from loopback.paging import page_of
from loopback.serve_flow import Container
from loopback.sign_in import TENANT, SignIn
from loopback.storage import Storage
from loopback.workspace import ID, LOCATION, SUBSCRIPTION, Workspace, resource

CHANGING = ("Creating", "Updating", "Deleting")
ROLE = "enforce_access_to_default_secret_stores"
ENDPOINT_ID = "azureml.onlineendpointid"
LIST_SECRETS = "Microsoft.MachineLearningServices/workspaces/connections/listsecrets/action"


class OnlineEndpoints:
    """The endpoints of the workspace.

    Args:
        storage: where models and images are.
        workspace: where they are registered.
        sign_in: gives out tokens.
        operations: carries out what takes a while.
        surroundings: gives the variables with which a container finds this Azure.

    Attributes:
        endpoints: as Resource Manager shows them, by name.
        deployments: the same, by endpoint and name.
        containers: what runs, by endpoint and deployment.
        keys: of each endpoint.
        python: the interpreter of all images, which has the packages of the lock file.
        granted: the identities that may read connections, and how often they are refused before their role holds.
        refusals: how often that is for a new identity, in place of the ten minutes that a role may take in Azure (its
            page "Troubleshoot Azure RBAC").
        may_list_secrets: whether the caller's roles have LIST_SECRETS.
        quota: the cores that all deployments may take together.
        removal: endpoints that are to be removed wait for it, in place of minutes.
        provisioning_fails: if set, what is wrong with every new deployment.
        gate: deployments wait for it while they are created.
    """

    def __init__(
        self,
        storage: Storage,
        workspace: Workspace,
        sign_in: SignIn,
        operations: Operations,
        surroundings: Callable[[], dict[str, str]],
    ):
        self._storage, self._workspace, self._sign_in, self._operations = storage, workspace, sign_in, operations
        self._surroundings = surroundings
        self._folders: list[tempfile.TemporaryDirectory] = []
        self._identities: dict[str, str] = {}  # secret of a container: the principal
        self.endpoints: dict[str, dict] = {}
        self.deployments: dict[tuple[str, str], dict] = {}
        self.containers: dict[tuple[str, str], Container] = {}
        self.logs: dict[tuple[str, str], str] = {}
        self.keys: dict[str, str] = {}
        self.python = sys.executable
        self.granted: dict[str, int] = {}
        self.refusals = 2
        self.may_list_secrets = True
        self.quota = quota.LIMIT
        self.removal = threading.Event()
        self.removal.set()
        self.provisioning_fails: str | None = None
        self.gate = threading.Event()
        self.gate.set()

    def stop(self) -> None:
        """End all containers."""
        for container in self.containers.values():
            container.stop()
        for folder in self._folders:
            folder.cleanup()

    def routes(self) -> list[Route]:
        """Return what the workspace answers in Resource Manager."""
        endpoint = "/onlineEndpoints/{endpoint}"
        deployment = endpoint + "/deployments/{deployment}"
        return [
            Route(endpoint, self._get_endpoint),
            Route(endpoint, self._put_endpoint, methods=["PUT"]),
            Route(endpoint, self._delete_endpoint, methods=["DELETE"]),
            Route(endpoint + "/listKeys", self._list_keys, methods=["POST"]),
            Route(endpoint + "/deployments", self._list_deployments),
            Route(deployment, self._get_deployment),
            Route(deployment, self._put_deployment, methods=["PUT"]),
            Route(deployment, self._delete_deployment, methods=["DELETE"]),
            Route(deployment + "/getLogs", self._get_logs, methods=["POST"]),
        ]

    def identity_routes(self) -> list[Route]:
        """Return what a container asks for tokens."""
        return [Route("/msi/token", self._token)]

    def may_read_connections(self, principal: str) -> bool:
        """Tell whether an identity has the role for that, and the role holds by now."""
        left = self.granted.get(principal, 1)
        if principal in self.granted:
            self.granted[principal] = max(left - 1, 0)
        return left == 0

    def scoring_url(self, endpoint: str) -> str:
        """Return where an endpoint is asked."""
        return f"https://{endpoint}.{LOCATION}.inference.ml.azure.com/score"

    async def _get_endpoint(self, request: Request) -> Response:
        name = request.path_params["endpoint"]
        return JSONResponse(self.endpoints[name]) if name in self.endpoints else _missing(name)

    async def _put_endpoint(self, request: Request) -> Response:
        name, body = request.path_params["endpoint"], await request.json()
        known = self.endpoints.get(name)
        if known and known["properties"]["provisioningState"] in CHANGING:
            return error(409, f"The endpoint {name} is being changed.")
        properties = body["properties"]
        traffic, mirrored = properties.get("traffic") or {}, properties.get("mirrorTraffic") or {}
        if wrong := self._wrong_traffic(name, traffic, mirrored):
            return error(400, wrong, "UserError")
        if (properties.get("properties") or {}).get(ROLE) == "enabled" and not self.may_list_secrets:
            return _may_not_list_secrets()
        if known and known["properties"]["properties"].get(ROLE) != (properties.get("properties") or {}).get(ROLE):
            return error(400, f"{ROLE} can't be changed.", "UserError")
        principal = known["identity"]["principalId"] if known else str(uuid.uuid4())
        identity = {**body["identity"], "principalId": principal, "tenantId": TENANT}
        own = {
            **properties,
            "properties": {**(properties.get("properties") or {}), ENDPOINT_ID: f"{ID}/onlineEndpoints/{name}"},
            "traffic": traffic,
            "mirrorTraffic": mirrored,
            "scoringUri": self.scoring_url(name),
            "swaggerUri": self.scoring_url(name).replace("/score", "/swagger.json"),
            "provisioningState": "Updating" if known else "Creating",
        }
        made = resource(f"/onlineEndpoints/{name}", name, own, location=LOCATION, identity=identity)
        made["tags"], made["kind"] = body.get("tags") or {}, "Managed"
        self.endpoints[name] = made
        self.keys.setdefault(name, secrets.token_urlsafe(32))
        if own["properties"].get(ROLE) == "enabled":
            self.granted.setdefault(principal, self.refusals)
        return self._operations.begin(made, lambda: None, 200 if known else 201)

    def _wrong_traffic(self, name: str, traffic: dict, mirrored: dict) -> str | None:
        known = {d: about for (e, d), about in self.deployments.items() if e == name}
        named = {**traffic, **mirrored}
        if unknown := [d for d in named if d not in known]:
            return f"Traffic is given to {', '.join(unknown)}, which does not exist."
        if bad := [d for d in named if known[d]["properties"]["provisioningState"] != "Succeeded"]:
            return f"Traffic is given to {', '.join(bad)}, which is not ready."
        if sum(traffic.values()) not in (0, 100):
            return "Traffic has to sum up to 0 or 100."
        if len(mirrored) > 1 or sum(mirrored.values()) > 50 or set(traffic) & set(mirrored):
            return "Up to 50 percent can be mirrored, to one deployment without live traffic."
        return None

    async def _delete_endpoint(self, request: Request) -> Response:
        name = request.path_params["endpoint"]
        if name not in self.endpoints:
            return Response(status_code=204)
        if self.endpoints[name]["properties"]["provisioningState"] in CHANGING:
            return error(409, f"The endpoint {name} is being changed.")
        self.endpoints[name]["properties"]["provisioningState"] = "Deleting"
        return self._operations.begin(self.endpoints[name], lambda: self._remove_endpoint(name), 202)

    async def _list_keys(self, request: Request) -> Response:
        key = self.keys[request.path_params["endpoint"]]
        return JSONResponse({"primaryKey": key, "secondaryKey": key[::-1]})

    async def _list_deployments(self, request: Request) -> Response:
        name = request.path_params["endpoint"]
        if name not in self.endpoints:
            return _missing(name)
        return page_of(request, [about for (e, _), about in self.deployments.items() if e == name], size=1)

    async def _get_deployment(self, request: Request) -> Response:
        key = _key(request)
        return JSONResponse(self.deployments[key]) if key in self.deployments else _missing(key[1])

    async def _put_deployment(self, request: Request) -> Response:
        key, body = _key(request), await request.json()
        if key[0] not in self.endpoints:
            return _missing(key[0])
        endpoint = self.endpoints[key[0]]["properties"]
        if endpoint["provisioningState"] in CHANGING:
            return error(409, f"The endpoint {key[0]} is being changed.")
        if endpoint["properties"].get(ROLE) == "enabled" and not self.may_list_secrets:
            return _may_not_list_secrets()
        others = [about for other, about in self.deployments.items() if other != key]
        if refusal := quota.refusal(body, others, self.quota, SUBSCRIPTION):
            return refusal
        if any(
            about["properties"]["provisioningState"] in CHANGING
            for (e, _), about in self.deployments.items()
            if e == key[0]
        ):
            return error(409, "Another deployment of this endpoint is being changed.")
        known = key in self.deployments
        own = {**body["properties"], "scaleSettings": {"scaleType": "Default"}, "provisioningState": "Creating"}
        path = f"/onlineEndpoints/{key[0]}/deployments/{key[1]}"
        made = resource(path, key[1], own, location=LOCATION, sku=body["sku"])
        made["tags"] = body.get("tags") or {}
        self.deployments[key] = made
        return self._operations.begin(made, lambda: self._provision(key), 200 if known else 201)

    async def _delete_deployment(self, request: Request) -> Response:
        key = _key(request)
        properties = self.endpoints[key[0]]["properties"]
        if key[1] in {**properties["traffic"], **properties["mirrorTraffic"]}:
            return error(400, f"{key[1]} takes traffic.", "UserError")
        if key not in self.deployments:
            return Response(status_code=204)
        return self._operations.begin(self.deployments[key], lambda: self._remove(key), 202)

    async def _get_logs(self, request: Request) -> Response:
        key, about = _key(request), await request.json()
        if key not in self.deployments:
            return _missing(key[1])
        if about.get("containerType") == "StorageInitializer":
            return JSONResponse({"content": "Downloaded the model."})
        tail = about.get("tail") or 50
        log = self.containers[key].log if key in self.containers else self.logs.get(key, "")
        return JSONResponse({"content": "\n".join(log.splitlines()[-tail:])})

    async def _token(self, request: Request) -> Response:
        principal = self._identities.get(request.headers.get("secret", ""))
        if principal is None:
            return error(401, "The secret of this container is wrong.")
        audience = request.query_params["resource"]
        token, expires = self._sign_in.issue(audience, principal)
        about = {"access_token": token, "expires_on": str(int(expires)), "resource": audience, "token_type": "Bearer"}
        return JSONResponse(about)

    def _provision(self, key: tuple[str, str]) -> None:
        self.gate.wait(60)
        if self.provisioning_fails:
            self.logs[key] = self.provisioning_fails
            raise RuntimeError("see its log")
        temporary = tempfile.TemporaryDirectory(prefix="container-")
        self._folders.append(temporary)
        folder, properties = Path(temporary.name), self.deployments[key]["properties"]
        model, image = self._asset(properties["model"]), self._asset(properties["environmentId"])
        path = model["modelUri"].partition("/paths/")[2].rstrip("/")
        models = folder / "models"
        self._storage.download(path, models / path.rpartition("/")[2])
        context = image["build"]["contextUri"]
        inside = context.partition("/paths/")[2] or context.split("/", 4)[4]
        self._storage.download(inside.strip("/"), folder / "image")
        secret = secrets.token_urlsafe(16)
        self._identities[secret] = self.endpoints[key[0]]["identity"]["principalId"]
        own = {"AZUREML_MODEL_DIR": str(models), "MSI_SECRET": secret, **self._surroundings()}
        variables = properties["environmentVariables"] or {}
        health = image["inferenceConfig"]["readinessRoute"]["path"]
        container = Container(folder, own, variables, health, self.python)
        self._remove_container(key)
        self.containers[key] = container
        container.wait()

    def _asset(self, identifier: str) -> dict:
        kind, name, _, version = identifier.removeprefix("azureml:").removeprefix(f"{ID}/").split("/")
        return self._workspace.assets[kind, name, version]["properties"]

    def _remove_endpoint(self, name: str) -> None:
        self.removal.wait(60)
        for key in [key for key in self.deployments if key[0] == name]:
            self._remove(key)
        self.endpoints.pop(name, None)

    def _remove(self, key: tuple[str, str]) -> None:
        self._remove_container(key)
        self.deployments.pop(key, None)

    def _remove_container(self, key: tuple[str, str]) -> None:
        if key in self.containers:
            self.containers.pop(key).stop()


def _key(request: Request) -> tuple[str, str]:
    return request.path_params["endpoint"], request.path_params["deployment"]


def _may_not_list_secrets() -> Response:
    return error(403, f"The client does not have authorization to perform action '{LIST_SECRETS}' over the workspace.")


def _missing(name: str) -> Response:
    return error(404, f"{name} was not found.")
