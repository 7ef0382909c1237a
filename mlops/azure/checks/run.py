"""All checks, in the order in which they are made."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from mlops.azure.checks import connections, models, permissions, quota, sign_in, workspace
from mlops.azure.checks.finding import Finding, unknown
from mlops.azure.checks.target import Target
from mlops.azure.client import answered_code, is_refusal

Check = Callable[[Target], Iterator[Finding]]
CHECKS: dict[str, Check] = {
    "subscription": sign_in.identity,
    "providers": sign_in.providers,
    "project": workspace.project,
    "identities": workspace.identities,
    "datastore": workspace.datastore,
    "container registry": workspace.registry,
    "networks": workspace.network,
    "roles in the project": permissions.in_the_project,
    "roles on storage": permissions.on_storage,
    "roles on models": permissions.on_models,
    "connections": connections.connections,
    "models": models.models,
    "quota": quota.quota,
}

REASONS = {403: "this identity may not look", 404: "what it is about is not there"}


def findings(target: Target, checks: Mapping[str, Check] = CHECKS) -> Iterator[Finding]:
    """Make checks, and yield what they find; one that Azure refuses to answer is unknown, with its reason.

    Raises:
        AzureError: nobody is signed in, or Azure cannot be reached or is busy.
    """
    from azure.core.exceptions import HttpResponseError

    for name, check in checks.items():
        try:
            yield from check(target)
        except HttpResponseError as error:
            if not is_refusal(error):
                raise
            reason = REASONS.get(error.status_code or 0, "Azure refuses to answer")
            yield unknown(name, f"{reason} ({answered_code(error)})")
