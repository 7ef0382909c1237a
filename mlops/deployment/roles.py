"""Which roles an endpoint's identity needs, and the commands that give them."""

from __future__ import annotations

from mlops.deployment.entities import Release

SECRETS_READER = "Azure Machine Learning Workspace Connection Secrets Reader"
OPENAI_USER = "Cognitive Services OpenAI User"


def roles_text(release: Release, principal: str | None) -> str:
    """Return what an identity has to be allowed, one role a line, with the command that allows it.

    Args:
        release: what is deployed.
        principal: the object id of the identity; None if it is not known.
    """
    project = release.session.project
    who = principal or "<object id of the identity>"
    own = not release.config.user_identity
    granted = "given by Azure when the endpoint was created, if you may assign roles" if own else "to be given"
    workspace, group = project.resource_id, f"/subscriptions/{project.subscription_id}/resourceGroups/<group>"
    needs = [(SECRETS_READER, f"{granted}; reads connections", workspace)]
    needs.append((OPENAI_USER, "only for a keyless connection", f"{group}/providers/Microsoft.CognitiveServices/..."))
    if not own:
        storage = f"{group}/providers/Microsoft.Storage/storageAccounts/<account>"
        registry = f"{group}/providers/Microsoft.ContainerRegistry/registries/<registry>"
        needs.append(("Storage Blob Data Reader", "to be given; fetches the flow", storage))
        needs.append(("AcrPull", "to be given; fetches the image", registry))
    lines = [f"The identity {who} needs these roles:"]
    for role, why, scope in needs:
        lines.append(f'  {role} ({why})\n    az role assignment create --assignee-object-id {who} '
                     f'--assignee-principal-type ServicePrincipal --role "{role}" --scope {scope}')
    return "\n".join(lines)
