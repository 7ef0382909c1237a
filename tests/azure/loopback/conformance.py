"""Requests held against Microsoft's own descriptions of its services.

azure-ai-ml ships classes generated from them (Azure/azure-rest-api-specs, specification/machinelearningservices), a
package of classes for each api-version; promptflow-azure ships the description of Prompt flow's service itself. The
classes say which properties are required or read-only, their types, patterns and lengths, and the values of
enumerations.
"""

from __future__ import annotations

import functools
import importlib
import re
from enum import EnumMeta
from types import ModuleType
from typing import Any

# By method and path: the package of classes where the request's own api-version has none, and the class.
DESCRIBED = {
    r"PUT .*/jobs/[^/]+": ("v2024_01_01_preview", "JobBase"),
    r"PUT .*/data/[^/]+/versions/[^/]+": ("v2023_04_01_preview", "DataVersionBase"),
    r"PUT .*/models/[^/]+/versions/[^/]+": ("v2023_04_01_preview", "ModelVersion"),
    r"PUT .*/environments/[^/]+/versions/[^/]+": ("v2023_04_01_preview", "EnvironmentVersion"),
    r"PUT .*/codes/[^/]+/versions/[^/]+": ("v2023_04_01", "CodeVersion"),
    r"PUT .*/components/[^/]+/versions/[^/]+": ("v2024_01_01_preview", "ComponentVersion"),
    r"PUT .*/connections/[^/]+": ("v2024_04_01_preview", "WorkspaceConnectionPropertiesV2BasicResource"),
    r"PUT .*/onlineEndpoints/[^/]+": ("v2022_02_01_preview", "OnlineEndpoint"),
    r"PUT .*/onlineEndpoints/[^/]+/deployments/[^/]+": ("v2023_04_01_preview", "OnlineDeployment"),
    r"POST .*/startPendingUpload": ("v2023_04_01", "PendingUploadRequestDto"),
    r"POST .*/rundata": ("runhistory", "GetRunDataRequest"),
    r"POST .*/batchGetResolvedUris": ("dataset_dataplane", "BatchGetResolvedURIs"),
}
SIMPLE: dict[str, type | tuple[type, ...]] = {
    "str": str,
    "int": int,
    "float": (int, float),
    "bool": bool,
    "object": object,
    "iso-8601": str,
    "duration": str,
}


def faults(method: str, path: str, version: str, body: Any) -> list[str]:
    """Return what is wrong with the body of a request, with the place of each fault; nothing if it is not described."""
    for pattern, (package, name) in DESCRIBED.items():
        if re.fullmatch(pattern, f"{method} {path}", re.IGNORECASE):
            models = _models(f"v{version.replace('-', '_')}", package)
            kind = getattr(models, name, None) or getattr(models, f"{name}Data")  # as earlier versions call it
            return [*_object_faults(models, kind, body, "")]
    return []


@functools.cache
def _models(*packages: str) -> ModuleType:
    for package in packages:
        try:
            return importlib.import_module(f"azure.ai.ml._restclient.{package}.models")
        except ModuleNotFoundError:
            continue
    raise LookupError(f"azure-ai-ml has no classes for {packages}")


def _object_faults(models: ModuleType, kind: Any, body: Any, place: str):
    if not isinstance(body, dict):
        yield f"{place or 'the body'}: is no object"
        return
    kind = _subtype(models, kind, body)
    rules = getattr(kind, "_validation", {})
    for attribute, about in kind._attribute_map.items():
        key, rule = about["key"].replace("\\.", "."), rules.get(attribute, {})
        here = f"{place}.{key}".strip(".")
        value = body.get(key)
        if value is None:
            if rule.get("required") and not rule.get("readonly"):
                yield f"{here}: is missing"
        elif not rule.get("readonly"):
            yield from _value_faults(models, about["type"], value, rule, here)


def _subtype(models: ModuleType, kind: Any, body: dict) -> Any:
    """Return the class that a body is of, by its discriminator."""
    for attribute, kinds in vars(kind).get("_subtype_map", {}).items():  # its own, not those of its base
        key = kind._attribute_map[attribute]["key"]
        if name := {known.lower(): each for known, each in kinds.items()}.get(str(body.get(key)).lower()):
            return _subtype(models, getattr(models, name), body)
    return kind


def _value_faults(models: ModuleType, wanted: str, value: Any, rule: dict, here: str):
    if wanted[0] in "[{":
        yield from _collection_faults(models, wanted, value, here)
    elif wanted in SIMPLE:
        yield from _simple_faults(wanted, value, rule, here)
    elif isinstance(kind := getattr(models, wanted, None), EnumMeta):
        if str(value).lower() not in {str(each.value).lower() for each in kind}:
            yield f"{here}: {value!r} is none of {', '.join(str(each.value) for each in kind)}"
    elif kind is not None:
        yield from _object_faults(models, kind, value, here)


def _collection_faults(models: ModuleType, wanted: str, value: Any, here: str):
    if not isinstance(value, list if wanted[0] == "[" else dict):
        yield f"{here}: is no {'list' if wanted[0] == '[' else 'object'}"
        return
    for key, each in enumerate(value) if isinstance(value, list) else value.items():
        if each is not None:
            yield from _value_faults(models, wanted[1:-1], each, {}, f"{here}.{key}")


def _simple_faults(wanted: str, value: Any, rule: dict, here: str):
    if not isinstance(value, SIMPLE[wanted]) or (wanted in ("int", "float") and isinstance(value, bool)):
        yield f"{here}: {value!r} is no {wanted}"
        return
    if "pattern" in rule and not re.search(rule["pattern"], str(value)):
        yield f"{here}: {value!r} does not match {rule['pattern']}"
    if "min_length" in rule and len(value) < rule["min_length"]:
        yield f"{here}: is shorter than {rule['min_length']}"
    if "max_length" in rule and len(value) > rule["max_length"]:
        yield f"{here}: is longer than {rule['max_length']}"
