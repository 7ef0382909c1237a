"""The project, its identities, its datastore, its registry, and who can reach it."""

from __future__ import annotations

import ipaddress
import json
import socket
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from mlops.azure.caller import is_application
from mlops.azure.checks.finding import Finding, missing, ok, unknown
from mlops.azure.checks.target import Target
from mlops.azure.client import answered_code
from mlops.azure.resource_manager import MACHINE_LEARNING
from mlops.configuration.scale_out import SERVERLESS, USER_IDENTITY, ScaleOutConfig
from model_endpoint import proxy_of

REGISTRY = "2023-07-01"


def project(target: Target) -> Iterator[Finding]:
    """Check that the project is there, and is a project of a hub: Prompt flow in Microsoft Foundry is in no other."""
    from azure.core.exceptions import HttpResponseError

    name, group = target.project.project_name, target.project.resource_group_name
    create = (
        f"az ml workspace create --kind project --name {name} {target.in_project} --hub-id <resource id of the hub>"
    )
    try:
        workspace = target.workspace
    except HttpResponseError as error:
        if error.status_code != 404:
            raise
        yield missing(
            "project", f"there is no {name} in {group} ({answered_code(error)}): create it, or see .env", create
        )
        return
    kind, state = workspace.get("kind"), workspace["properties"].get("provisioningState")
    if str(kind).lower() != "project" or not workspace["properties"].get("hubResourceId"):
        yield missing("project", f"{name} is of the kind {kind}, not a project of a hub", create)
    elif state != "Succeeded":
        yield missing("project", f"{name} is {state}", f"az ml workspace show --name {name} {target.in_project}")
    else:
        yield ok(
            "project", f"{name} in {target.location}, of the hub {_last(workspace['properties']['hubResourceId'])}"
        )


def identities(target: Target) -> Iterator[Finding]:
    """Check the project's own identity, and the one of batches on serverless compute, which cannot have its own.

    "Serverless compute doesn't support system-assigned identity": https://learn.microsoft.com/azure/machine-learning/
    how-to-use-serverless-compute.
    """
    identity = target.workspace.get("identity") or {}
    kind, assigned = str(identity.get("type")), identity.get("userAssignedIdentities") or {}
    if "SystemAssigned" in kind and identity.get("principalId"):
        yield ok("project's identity", f"{kind}, {identity['principalId']}")
    elif assigned:
        yield ok("project's identity", f"{kind}, {len(assigned)} of them")
    else:
        yield missing("project's identity", "it has none", _give_identity(target, {"type": "SystemAssigned"}))
    wanted = {each.identity: each for each in _on_serverless(target)}
    for name in sorted(wanted):
        yield _for_serverless(target, wanted[name], assigned)


def _on_serverless(target: Target) -> Iterator[ScaleOutConfig]:
    many = (flow.cloud.scale_out for flow in target.flows.values())
    return (each for each in many if each.compute == SERVERLESS)


def _for_serverless(target: Target, wanted: ScaleOutConfig, assigned: Mapping[str, Any]) -> Finding:
    """Return whether the nodes of a batch have the identity that the configuration wants."""
    what = "identity of serverless batches"
    if wanted.identity == USER_IDENTITY and not is_application(target.claims):
        return ok(what, "the person who submits the batch")
    both = {"type": "SystemAssigned,UserAssigned", "userAssignedIdentities": {"<resource id of the identity>": {}}}
    attach = _give_identity(target, both)
    clients = [str(about.get("clientId")) for about in assigned.values()]
    if wanted.client_id in clients:
        return ok(what, f"{wanted.client_id}, user-assigned")
    if wanted.client_id:
        return missing(what, f"SCALE_OUT_IDENTITY is {wanted.client_id}, which is not assigned to the project", attach)
    refused = f"SCALE_OUT_IDENTITY is {wanted.identity}, which {_why_refused(wanted)}"
    if clients:
        found = f"{refused}; the project has {', '.join(clients)}"
        return missing(what, found, f"export SCALE_OUT_IDENTITY={clients[0]}")
    return missing(what, f"{refused}, and the project has no user-assigned one", attach)


def _why_refused(wanted: ScaleOutConfig) -> str:
    if wanted.identity == USER_IDENTITY:
        return "Azure passes on for people alone, and an application is signed in"
    return "serverless compute does not have"


def _give_identity(target: Target, identity: dict[str, Any]) -> str:
    url = f"https://management.azure.com{target.project.resource_id}?api-version={MACHINE_LEARNING}"
    return f"az rest --method PATCH --url '{url}' --body '{json.dumps({'identity': identity})}'"


def datastore(target: Target) -> Iterator[Finding]:
    """Check how uploads sign in at the storage account: with its keys, or as whoever uploads."""
    path = f"{target.project.resource_id}/datastores"
    stores = target.manager.list(path, MACHINE_LEARNING)
    default = next((store for store in stores if store["properties"].get("isDefault")), None)
    if default is None:
        command = f"az ml datastore list --workspace-name {target.project.project_name} {target.in_project}"
        yield missing("datastore", "the project has no default one", command)
        return
    kind = credential_kind(default)
    keys_allowed = target.storage["properties"].get("allowSharedKeyAccess") is not False  # absent means allowed
    if kind == "None":
        yield ok("datastore", f"{default['name']}: identity-based; who uploads needs roles on the storage account")
    elif keys_allowed:
        yield ok("datastore", f"{default['name']}: {kind}")
    else:
        name = _last(target.workspace["properties"].get("hubResourceId") or target.project.resource_id)
        update = f"az ml workspace update --name {name} {target.in_project} --system-datastores-auth-mode identity"
        yield missing("datastore", f"{default['name']} is {kind}, but its storage account takes no keys", update)


def credential_kind(store: dict[str, Any]) -> str:
    """Return how a datastore signs in: AccountKey, Sas, ServicePrincipal, or None for identity-based."""
    return str((store["properties"].get("credentials") or {}).get("credentialsType"))


def registry(target: Target) -> Iterator[Finding]:
    """Check that the registry for images is there; Azure ML makes one with the first image, unless it knows one."""
    from azure.core.exceptions import HttpResponseError

    path = target.workspace["properties"].get("containerRegistry")
    if not path:
        yield ok("container registry", "none yet; Azure Machine Learning makes one with the first image")
        return
    try:
        properties = target.manager.get(path, REGISTRY)["properties"]
    except HttpResponseError as error:
        if error.status_code != 404:
            raise
        group = path.partition("/resourceGroups/")[2].partition("/")[0]
        create = f"az acr create --name {_last(path)} --resource-group {group} --sku Basic"
        yield missing("container registry", f"the project's, {_last(path)}, is not there any more", create)
        return
    yield ok("container registry", f"{_last(path)}, {properties.get('provisioningState')}")


def network(target: Target) -> Iterator[Finding]:
    """Check that what is closed to the internet is reached from here through its private network.

    Then its name leads to a private address: https://learn.microsoft.com/azure/private-link/private-endpoint-dns.
    """
    name = target.project.project_name
    closed = [("project", target.workspace, f"az ml workspace update --name {name} {target.in_project}")]
    closed.append(("storage account", target.storage, f"az storage account update --ids {target.storage['id']}"))
    if models := target.model_resource:
        closed.append(("model resource", models, f"az resource update --ids {models['id']} --set"))
    for what, resource, update in closed:
        yield reached(f"network of the {what}", resource, update)


def reached(what: str, resource: dict[str, Any], update: str) -> Finding:
    """Return whether a resource is open to the internet, or is reached from here all the same.

    Args:
        what: the check.
        resource: as Resource Manager shows it.
        update: the beginning of the command that opens it.
    """
    access = resource["properties"].get("publicNetworkAccess") or "Enabled"
    if access == "Enabled":
        return ok(what, "public")
    option = "properties.publicNetworkAccess=Enabled" if update.endswith("--set") else "--public-network-access Enabled"
    url = _address(resource)
    host = urlsplit(url).hostname or ""
    if proxy := proxy_of(url):
        return unknown(what, f"public access is {access}, and the proxy {proxy} looks {host} up", f"{update} {option}")
    try:
        addresses = {str(found[4][0]) for found in socket.getaddrinfo(host, 443)}
    except OSError as error:
        return missing(
            what, f"public access is {access}, and {host} is not found from here ({error})", f"{update} {option}"
        )
    if all(ipaddress.ip_address(address).is_private for address in addresses):
        return ok(what, f"private, and {host} leads there")
    return missing(
        what, f"public access is {access}, and {host} leads to no private address from here", f"{update} {option}"
    )


def _address(resource: dict[str, Any]) -> str:
    """Return where a resource is asked."""
    properties = resource["properties"]
    blob = (properties.get("primaryEndpoints") or {}).get("blob")
    return properties.get("endpoint") or blob or properties.get("discoveryUrl") or "https://management.azure.com"


def _last(path: str) -> str:
    return path.rpartition("/")[2]
