"""What of a request and its answer gets into a report: words that Azure publishes, and the shape of the rest.

Nothing is taken out by looking for secrets; what is not known to be harmless is never put in.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

ANY = "{}"
# The words of paths: Azure Resource Manager, the services of a workspace, and blob storage. All others are somebody's.
WORDS = frozenset(
    """
    subscriptions resourceGroups resourcegroups providers locations workspaces datastores connections listsecrets
    listSecrets models data environments codes components versions startPendingUpload jobs cancel onlineEndpoints
    deployments getLogs listKeys token score mfeOperationsStatus mfeOperationResults vmSizes usages permissions accounts
    registries storageAccounts discovery flow api BulkRuns submit bulkRuns history v1.0 v2.0 v1.0/private runs children
    childRuns experiments batch details logContent artifacts contentinfo metrics rundata runHistory outputs dataset
    dataversion mlflow v1 v2 assetstore artifact metric content prefix path deploy create getOrCreate TraceSessions
    batchGetResolvedUris
    """.split()
)
# Those of them after which a name stands, whatever word that is; on the data plane, "data" is followed by a version.
NAMED = frozenset(
    """
    subscriptions resourceGroups resourcegroups locations workspaces datastores connections models data environments
    codes components versions jobs onlineEndpoints deployments accounts registries storageAccounts runs experiments
    """.split()
)
VERSION = re.compile(r"v\d(\.\d)?")
NAMESPACE = re.compile(r"Microsoft\.[A-Za-z]+")
HOSTS = ("management.azure.com", "api.azureml.ms", "blob.core.windows.net", "inference.ml.azure.com")
KEY = re.compile(r"[@$]?[A-Za-z][A-Za-z0-9_.]{0,59}")
# Objects whose keys people choose.
MAPS = frozenset(
    """
    tags metadata traffic mirrorTraffic userAssignedIdentities environmentVariables keys properties inputs outputs
    services headers
    """.split()
)
# Fields whose values are of a published list.
ENUMERATIONS = frozenset(
    """
    kind type credentialsType credentialType secretsType provisioningState publicNetworkAccess authType authMode
    category code status registrationState state pendingUploadType modelType dataType assetProvisioningState jobType
    endpointComputeType containerType unit family
    """.split()
)
WORD = re.compile(r"[A-Za-z][A-Za-z0-9_,./ ]{0,79}")


def host_of(url: str) -> str:
    """Return the service that a URL is of, without what is somebody's in its name."""
    host = urlsplit(url).hostname or ""
    return next((name if host == name else f"{ANY}.{name}" for name in HOSTS if host.endswith(name)), ANY)


def path_of(url: str) -> str:
    """Return a URL's path with {} in the place of what is no word of Azure's; none of blob storage is."""
    if host_of(url).endswith("blob.core.windows.net"):
        return f"/{ANY}"
    words: list[str] = []
    for segment in urlsplit(url).path.rstrip("/").split("/"):
        words.append(_word(words[-1] if words else "", segment))
    return "/".join(words)


def _word(before: str, segment: str) -> str:
    """Return a segment of a path, or {} where it is a name: no word of Azure's, or what stands after a collection."""
    if VERSION.fullmatch(segment):
        return segment
    known = not segment or segment in WORDS or NAMESPACE.fullmatch(segment)
    return segment if known and before not in NAMED else ANY


def shape_of(value: Any, field: str = "", within: str = "") -> Any:
    """Return what a JSON value looks like: keys and types, and the values of fields of which Azure publishes a list.

    Args:
        value: the value.
        field: the key under which it stands.
        within: the key of the object in which that is.
    """
    if isinstance(value, dict):
        if field in MAPS and (field != "properties" or within == "properties"):
            return {ANY: merged([shape_of(each) for each in value.values()])} if value else {}
        shapes: dict[str, Any] = {}
        for key, each in value.items():
            name = key if KEY.fullmatch(key) else ANY
            shape = shape_of(each, key, field)
            shapes[name] = shape if name not in shapes else merged([shapes[name], shape])
        return shapes
    if isinstance(value, list):
        return [merged([shape_of(each, "", field) for each in value])] if value else []
    if isinstance(value, str) and field in ENUMERATIONS and WORD.fullmatch(value):
        return f"string: {value}"
    names = {str: "string", bool: "boolean", int: "number", float: "number", type(None): "null"}
    return names[type(value)]


def merged(shapes: list[Any]) -> Any:
    """Return one shape for several values, as the entries of a list are."""
    objects = [shape for shape in shapes if isinstance(shape, dict)]
    lists = [shape for shape in shapes if isinstance(shape, list)]
    if objects and len(objects) == len(shapes):
        keys = dict.fromkeys(key for shape in objects for key in shape)
        return {key: merged([shape[key] for shape in objects if key in shape]) for key in keys}
    if lists and len(lists) == len(shapes):
        entries = [entry for shape in lists for entry in shape]
        return [merged(entries)] if entries else []
    names = [shape if isinstance(shape, str) else "object" if isinstance(shape, dict) else "list" for shape in shapes]
    return " | ".join(sorted({name for text in names for name in text.split(" | ")}))
