"""What the caller may do, action by action, whatever the roles are called that allow it.

Resource Manager lists the caller's permissions on a resource, of all roles that hold there:
https://learn.microsoft.com/rest/api/authorization/permissions/list-for-resource. An action is allowed if the actions of
one role have it and its notActions have not:
https://learn.microsoft.com/azure/role-based-access-control/role-definitions. The actions' names:
https://learn.microsoft.com/azure/role-based-access-control/permissions/ai-machine-learning and .../storage.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mlops.azure.checks.finding import Finding, missing, ok, unknown
from mlops.azure.checks.target import Target
from mlops.azure.checks.workspace import credential_kind
from mlops.azure.resource_manager import MACHINE_LEARNING

AUTHORIZATION = "2022-04-01"
WORKSPACE = "Microsoft.MachineLearningServices/workspaces"
BLOBS = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs"
DEPLOYMENTS = "Microsoft.CognitiveServices/accounts/OpenAI/deployments"
IN_PROJECT = {
    "register data": ("data/versions/write", "datastores/read"),
    "run batches": ("jobs/write", "components/versions/write", "codes/versions/write", "environments/versions/write"),
    "deploy to online endpoints": (
        "models/versions/write",
        "onlineEndpoints/write",
        "onlineEndpoints/deployments/write",
    ),
    "create connections": ("connections/write",),
}
WITH_KEYS = "datastores/listsecrets/action"  # how uploads get the storage account's key
AS_THE_CALLER = (f"{BLOBS}/read", f"{BLOBS}/write")
TO_ASK_MODELS = (f"{DEPLOYMENTS}/chat/completions/action", f"{DEPLOYMENTS}/embeddings/action")
OPERATIONS = "Microsoft.MachineLearningServices/locations/mfeOperationsStatus/read"


def allows(permissions: Iterable[Mapping[str, Any]], action: str, data: bool = False) -> bool:
    """Whether one of the permissions allows an action.

    Args:
        permissions: as Resource Manager lists them.
        action: its name, such as Microsoft.Storage/storageAccounts/read.
        data: whether it is one on data, such as reading blobs.
    """
    yes, no = ("dataActions", "notDataActions") if data else ("actions", "notActions")
    return any(_has(each.get(yes), action) and not _has(each.get(no), action) for each in permissions)


def _has(patterns: Iterable[str] | None, action: str) -> bool:
    return any(re.fullmatch(re.escape(p).replace(r"\*", ".*"), action, re.IGNORECASE) for p in patterns or ())


def in_the_project(target: Target) -> Iterator[Finding]:
    """Check what the caller may do in the project."""
    project = target.project.resource_id
    permissions = _permissions(target, project)
    for purpose, actions in IN_PROJECT.items():
        wanted = [f"{WORKSPACE}/{action}" for action in actions]
        yield _finding(target, f"may {purpose}", permissions, wanted, "AzureML Data Scientist", project)
    subscription = _permissions(target, target.subscription)
    what = "may follow long operations"
    if allows(subscription, OPERATIONS) or allows(permissions, OPERATIONS):
        yield ok(what, OPERATIONS)
    else:  # whether Azure insists on it is in no document; python -m mlops.first_contact asks
        yield unknown(
            what,
            f"no role has {OPERATIONS}, which Azure may want",
            _assign(target, "Azure AI Developer", target.subscription),
        )


def on_storage(target: Target) -> Iterator[Finding]:
    """Check that the caller may upload, in the way in which the project's datastore signs in."""
    stores = target.manager.list(f"{target.project.resource_id}/datastores", MACHINE_LEARNING)
    default = next((store for store in stores if store["properties"].get("isDefault")), None)
    if default is None:
        return  # which the check of the datastore says
    what, account = "may upload", target.workspace["properties"]["storageAccount"]
    if credential_kind(default) == "None":
        permissions = _permissions(target, account)
        yield _finding(target, what, permissions, AS_THE_CALLER, "Storage Blob Data Contributor", account, data=True)
    else:
        project = target.project.resource_id
        actions = [f"{WORKSPACE}/{WITH_KEYS}"]
        yield _finding(target, what, _permissions(target, project), actions, "AzureML Data Scientist", project)


def on_models(target: Target) -> Iterator[Finding]:
    """Check that the caller may ask the models, where they are asked without a key."""
    what = "may ask models"
    if target.aoai.api_key.get_secret_value():
        yield ok(what, "with the key AOAI_API_KEY")
    elif target.model_resource is None:
        yield unknown(what, target.no_model_resource)
    else:
        scope = target.model_resource["id"]
        permissions = _permissions(target, scope)
        yield _finding(target, what, permissions, TO_ASK_MODELS, "Cognitive Services OpenAI User", scope, data=True)


def _permissions(target: Target, scope: str) -> list[dict[str, Any]]:
    return list(target.manager.list(f"{scope}/providers/Microsoft.Authorization/permissions", AUTHORIZATION))


def _finding(
    target: Target,
    what: str,
    permissions: list[dict[str, Any]],
    actions: Iterable[str],
    role: str,
    scope: str,
    data: bool = False,
) -> Finding:
    refused = [action for action in actions if not allows(permissions, action, data)]
    if not refused:
        return ok(what, f"{role}, or roles with the same actions")
    return missing(what, f"no role has {', '.join(refused)}", _assign(target, role, scope))


def _assign(target: Target, role: str, scope: str) -> str:
    return f"az role assignment create --assignee {target.caller} --role '{role}' --scope {scope}"
