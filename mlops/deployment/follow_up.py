"""What Azure does not do by itself: roles for the endpoint's identity, and scaling; printed as commands to run."""

from __future__ import annotations

from mlops.configuration.deployment import AutoscaleConfig
from mlops.deployment.entities import Release

SECRETS_READER = "Azure Machine Learning Workspace Connection Secrets Reader"
OPENAI_USER = "Cognitive Services OpenAI User"


def roles_text(release: Release, principal: str | None) -> str:
    """Return which roles an endpoint's identity needs, each with the command that gives it.

    Args:
        release: what is deployed.
        principal: the object id of the identity; None if it is not known.
    """
    project, own = release.session.project, not release.config.user_identity
    group = f"/subscriptions/{project.subscription_id}/resourceGroups/{project.resource_group_name}/providers"
    who = principal or "<object id>"
    by_azure = "to read connections; Azure assigns it with the endpoint, if you may read connections yourself"
    needs = [(SECRETS_READER, by_azure if own else "to read connections", project.resource_id)]
    models = f"{group}/Microsoft.CognitiveServices/accounts/<account>"
    needs.append((OPENAI_USER, "to ask models, if their connection has no key", models))
    if not own:
        storage = f"{group}/Microsoft.Storage/storageAccounts/<account>"
        registry = f"{group}/Microsoft.ContainerRegistry/registries/<registry>"
        needs.append(("Storage Blob Data Reader", "to fetch the flow", storage))
        needs.append(("AcrPull", "to fetch the image", registry))
    create = f"az role assignment create --assignee-object-id {who} --assignee-principal-type ServicePrincipal"
    lines = [f"  {role}: {why}\n    {create} --role '{role}' --scope {scope}" for role, why, scope in needs]
    return "\n".join([f"The endpoint's identity, {who}, needs these roles:", *lines])


def autoscale_text(release: Release, deployment: str, scale: AutoscaleConfig) -> str:
    """Return the commands that scale a deployment by the load of its processors."""
    project = release.session.project
    name = f"{release.config.endpoint_name}-{deployment}"
    target = f"{project.resource_id}/onlineEndpoints/{release.config.endpoint_name}/deployments/{deployment}"
    group = f"--resource-group {project.resource_group_name}"
    rule = f"  az monitor autoscale rule create {group} --autoscale-name {name} --condition 'CpuUtilizationPercentage"
    return "\n".join(
        [
            f"To scale {deployment} between {scale.least} and {scale.most} instances:",
            f"  az monitor autoscale create {group} --name {name} --resource {target} --count {scale.least}"
            f" --min-count {scale.least} --max-count {scale.most}",
            f"{rule} > {scale.cpu_percent} avg 5m' --scale out 1",
            f"{rule} < {scale.cpu_percent // 2} avg 10m' --scale in 1",
        ]
    )
