"""The project's connections: there, leading where the configuration does, with secrets that can be read."""

from __future__ import annotations

from collections.abc import Iterator

from mlops.azure.checks.finding import Finding, missing, ok
from mlops.azure.checks.target import Target
from mlops.azure.client import answered_code
from mlops.azure.resource_manager import MACHINE_LEARNING

SECRETS_READER = "Azure Machine Learning Workspace Connection Secrets Reader"


def connections(target: Target) -> Iterator[Finding]:
    """Check the connection to the models, and the one to web search where a flow searches."""
    yield from _connection(target, target.aoai.connection, "aoai", target.aoai.endpoint)
    if target.search:
        yield from _connection(target, target.search.connection, "search", None)


def _connection(target: Target, name: str, kind: str, leads_to: str | None) -> Iterator[Finding]:
    from azure.core.exceptions import HttpResponseError

    what, path = f"connection {name}", f"{target.project.resource_id}/connections/{name}"
    create = f"python -m mlops.connections.azure_create_{kind}_connection --environment_name {target.environment}"
    try:
        properties = target.manager.get(path, MACHINE_LEARNING)["properties"]
    except HttpResponseError as error:
        if error.status_code != 404:
            raise
        yield missing(what, "the project has none of this name", create)
        return
    found = str(properties.get("target") or "")
    if leads_to and found.rstrip("/") != leads_to.rstrip("/"):
        yield missing(what, f"it leads to {found}, and the configuration to {leads_to}", f"{create} --replace")
    else:
        yield ok(what, f"{properties.get('category')}, {properties.get('authType')}")
    try:
        target.manager.post(f"{path}/listsecrets", MACHINE_LEARNING)
    except HttpResponseError as error:
        if error.status_code != 403:
            raise
        assign = f"az role assignment create --assignee {target.caller} --role '{SECRETS_READER}'"
        scope = f"--scope {target.project.resource_id}"
        yield missing(
            f"secrets of {name}", f"this identity may not read them ({answered_code(error)})", f"{assign} {scope}"
        )
        return
    yield ok(f"secrets of {name}", "this identity may read them")
