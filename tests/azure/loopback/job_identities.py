"""Who the steps of a job are: whoever submitted it, a managed identity that is attached to the project, or nobody.

Sources: learn.microsoft.com/azure/machine-learning/how-to-use-serverless-compute, "Identity support and credential
passthrough" (serverless compute has no system-assigned identity); Azure/azure-sdk-for-python issues 32921 (without an
identity on the workspace, ManagedIdentityConfiguration() prevents the job from being created), 31071 (AZURE_CLIENT_ID
has to name it) and 30104 (the addresses of both kinds of tokens); Azure/azure-dev#7927 ("Identity not found").
"""

from __future__ import annotations

import secrets
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from loopback.faults import error
from loopback.sign_in import SignIn
from loopback.workspace import Workspace

AML = "https://ml.azure.com"  # the audience of the token that a job's submission carries besides its own
SERVERLESS = "serverless"


class JobIdentities:
    """Gives steps their tokens.

    Args:
        workspace: has the identities that are attached to the project.
        surroundings: the variables with which a node finds this Azure, and where its tokens are.
    """

    def __init__(self, sign_in: SignIn, workspace: Workspace, surroundings: Callable[[], dict[str, str]]):
        self._sign_in = sign_in
        self._workspace = workspace
        self._surroundings = surroundings
        self._steps: dict[str, tuple[dict, dict]] = {}  # a step's secret: its identity, and who submitted the job

    def routes(self) -> list[Route]:
        """Return what a node asks for tokens, at an address of its own."""
        return [Route("/obo/{secret}", self._on_behalf), Route("/job-msi", self._managed)]

    def faults(self, step: str, node: dict, request: Request):
        """Yield why Azure ML would not take a step for its identity."""
        identity = kind_of(node)
        if identity == "managed" and on_serverless(node) and not client_of(node) and not self._workspace.identities:
            yield (
                f"{step}: serverless compute does not support system-assigned identity, and the workspace has no "
                "user-assigned one"
            )
        header = f"Bearer {request.headers.get('x-azureml-token', '')}"
        if identity == "user" and (self._sign_in.claims(header) or {}).get("aud") != AML:
            yield f"{step}: user identity takes a token for {AML}"

    def variables(self, node: dict, submitter: dict) -> dict[str, str]:
        """Return the environment of a step, with the way to its tokens."""
        secret = secrets.token_urlsafe(16)
        self._steps[secret] = node, submitter
        found = self._surroundings()
        here = found.pop("MSI_ENDPOINT").rpartition("/msi/")[0]
        variables = {**found, "MSI_ENDPOINT": f"{here}/job-msi", "MSI_SECRET": secret}
        if kind_of(node) == "user":
            variables["OBO_ENDPOINT"] = f"{here}/obo/{secret}"
        return variables

    async def _managed(self, request: Request) -> Response:
        node, _ = self._steps.get(request.headers.get("secret", ""), ({}, {}))
        known = self._workspace.identities
        wanted = request.query_params.get("clientid") or client_of(node) or next(iter(known), "")
        if kind_of(node) != "managed" or wanted not in known:
            return JSONResponse({"error": "invalid_request", "error_description": "Identity not found"}, 400)
        return _token(request, *self._sign_in.issue(request.query_params["resource"], known[wanted]))

    async def _on_behalf(self, request: Request) -> Response:
        _, submitter = self._steps[request.path_params["secret"]]
        try:
            return _token(request, *self._sign_in.issue_on_behalf(request.query_params["resource"], submitter))
        except PermissionError as refusal:
            return error(400, str(refusal), "UserError")


def kind_of(node: dict) -> str:
    """Return `managed` or `user`, for a step's identity as the SDK sends it; else an empty text."""
    identity = node.get("identity") or {}
    return str(identity.get("identity_type") or identity.get("type") or "").lower().partition("identity")[0].strip("_")


def client_of(node: dict) -> str:
    """Return the client id of a step's managed identity; empty where it names none."""
    identity = node.get("identity") or {}
    return identity.get("client_id") or identity.get("clientId") or ""


def on_serverless(node: dict) -> bool:
    """Whether a step runs on no cluster of the workspace."""
    return not node.get("computeId") or str(node["computeId"]).endswith(SERVERLESS)


def _token(request: Request, token: str, expires: float) -> Response:
    audience = request.query_params["resource"]
    about = {"access_token": token, "expires_on": str(int(expires)), "resource": audience, "token_type": "Bearer"}
    return JSONResponse(about)
