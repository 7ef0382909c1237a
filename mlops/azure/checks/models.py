"""The deployments of models that flows ask: there, ready, and of a model that is not retired soon."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mlops.azure.checks.finding import Finding, missing, ok, unknown
from mlops.azure.checks.target import COGNITIVE_SERVICES, Target
from mlops.configuration.model_calendar import AZURE, explain_coming_retirement, known_models


def models(target: Target) -> Iterator[Finding]:
    """Check each deployment that a flow asks against those of the model resource, and against the calendar."""
    account = target.model_resource
    if account is None:
        yield unknown("models", target.no_model_resource)
        return
    path = f"{account['id']}/deployments"
    there = {each["name"]: each for each in target.manager.list(path, COGNITIVE_SERVICES)}
    uses: dict[str, dict[str, None]] = {}
    for use in target.models:
        uses.setdefault(use.deployment, {})[use.purpose] = None
    for name, purposes in uses.items():
        yield _deployment(target, account, name, ", ".join(purposes), there.get(name))


def _deployment(
    target: Target, account: dict[str, Any], name: str, purposes: str, found: dict[str, Any] | None
) -> Finding:
    what, calendar = f"model {name} ({purposes})", known_models()
    if found is None:
        known = calendar.find(name)
        return missing(
            what, "the model resource has no deployment of this name", _deploy(account, name, known and known[0])
        )
    model, state = found["properties"].get("model") or {}, found["properties"].get("provisioningState")
    if state != "Succeeded":
        return missing(what, f"its deployment is {state}", _deploy(account, name, model.get("name")))
    shown = f"{model.get('name')} {model.get('version') or ''}".strip()
    match = calendar.find(f"{model.get('name')}-{model.get('version')}", model.get("name"))
    retirement = calendar.retirement(match[1], AZURE) if match else None
    replacement = match[1].replacement if match else None
    if fault := explain_coming_retirement(retirement, target.today, str(model.get("name")), replacement):
        return missing(what, fault, _deploy(account, name, replacement))
    if retirement is None:
        return ok(what, f"{shown}; no date of its retirement is known")
    return ok(what, f"{shown}, until {retirement.day}")


def _deploy(account: dict[str, Any], name: str, model: str | None) -> str:
    group = account["id"].partition("/resourceGroups/")[2].partition("/")[0]
    return (
        f"az cognitiveservices account deployment create --name {account['name']} --resource-group {group} "
        f"--deployment-name {name} --model-name {model or '<model>'} --model-version <version> --model-format OpenAI "
        "--sku-name GlobalStandard --sku-capacity 50"
    )
