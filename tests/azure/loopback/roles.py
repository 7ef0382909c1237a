"""Built-in roles, and what Resource Manager says that a caller may do.

As https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/ai-machine-learning and the page on
storage list the actions, without those that nothing here could notice. What they add up to at a scope:
https://learn.microsoft.com/rest/api/authorization/permissions/list-for-resource.
"""

from __future__ import annotations

WORKSPACES = "Microsoft.MachineLearningServices/workspaces"
BLOBS = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs"
OPENAI = "Microsoft.CognitiveServices/accounts/OpenAI"
IN_WORKSPACES = [f"{WORKSPACES}/*/{verb}" for verb in ("read", "action", "delete", "write")]
ON_WORKSPACES = [
    f"{WORKSPACES}/{action}" for action in ("delete", "write", "listKeys/action", "hubs/write", "hubs/delete")
]
ON_COMPUTES = [f"{WORKSPACES}/computes/{action}" for action in ("*/write", "*/delete", "listKeys/action")]


def _permission(
    actions: list[str], without: tuple[str, ...] = (), data: tuple[str, ...] = (), no_data: tuple[str, ...] = ()
) -> dict[str, list[str]]:
    return {
        "actions": list(actions),
        "notActions": list(without),
        "dataActions": list(data),
        "notDataActions": list(no_data),
    }


ROLES = {
    "Reader": _permission(["*/read"]),
    "AzureML Data Scientist": _permission(IN_WORKSPACES, (*ON_WORKSPACES, *ON_COMPUTES)),
    "Azure AI Developer": _permission(
        [*IN_WORKSPACES, "Microsoft.MachineLearningServices/locations/*/read", "Microsoft.Authorization/*/read"],
        tuple(ON_WORKSPACES),
        (f"{OPENAI}/*",),
    ),
    "Storage Blob Data Contributor": _permission(
        ["Microsoft.Storage/storageAccounts/blobServices/containers/*"],
        data=tuple(f"{BLOBS}/{verb}" for verb in ("delete", "read", "write", "move/action", "add/action")),
    ),
    "Cognitive Services OpenAI User": _permission(
        ["Microsoft.CognitiveServices/*/read"],
        data=(
            f"{OPENAI}/*/read",
            *(f"{OPENAI}/deployments/{verb}/action" for verb in ("completions", "chat/completions", "embeddings")),
        ),
    ),
}


def permissions_at(scope: str, assigned: dict[str, list[str]]) -> list[dict[str, list[str]]]:
    """Return the permissions of a caller at a scope: those of the roles that are assigned there or above.

    Args:
        scope: a path in Resource Manager.
        assigned: the names of the caller's roles by the scope at which they are assigned.
    """
    reaches = [names for place, names in assigned.items() if f"{scope.lower()}/".startswith(f"{place.lower()}/")]
    return [ROLES[name] for names in reaches for name in names]
