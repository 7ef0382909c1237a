"""How many cores of a family of machines deployments may take together, and what the service says beyond that.

The formula is Microsoft's: MicrosoftDocs/azure-ai-docs, articles/machine-learning/includes/
quota-allocation-online-deployment.md. The answer is what users have been given: MicrosoftLearning/mslearn-azure-ml#30
(one machine of 4 cores: 8 are needed) and microsoft/azure-realtime-fraud-detection#2 (one of 16: 32).
"""

from __future__ import annotations

import json

from starlette.responses import JSONResponse, Response

CORES = {"Standard_DS3_v2": 4}  # of the machines that config.yaml names
LIMIT = 24  # cores of a family that a new subscription has at least: how-to-manage-quotas.md


def cores(deployment: dict) -> int:
    """Return the cores that a deployment takes: Azure reserves a fifth of the machines, rounded up to whole ones."""
    reserved = -(-12 * deployment["sku"]["capacity"] // 10)
    return reserved * CORES[deployment["properties"]["instanceType"]]


def refusal(deployment: dict, others: list[dict], limit: int, subscription: str) -> Response | None:
    """Return the answer to a deployment that takes more than what the others leave; None if there is enough."""
    used, needed = sum(map(cores, others)), cores(deployment)
    if used + needed <= limit:
        return None
    about = (
        f"Not enough quota available for {deployment['properties']['instanceType']} in SubscriptionId {subscription}. "
        f"Current usage/limit: {used}/{limit}. Additional needed: {needed} Please see troubleshooting guide, available "
        "here: https://aka.ms/oe-tsg#error-outofquota"
    )
    inner = {"errors": {"VmSize": [about]}, "title": "One or more validation errors occurred.", "status": 400}
    detail = {
        "code": "InferencingClientCreateDeploymentFailed",
        "message": f"InferencingClient HttpRequest error, error detail: {json.dumps(inner)}",
    }
    return JSONResponse(
        {"error": {"code": "BadRequest", "message": "The request is invalid.", "details": [detail]}}, status_code=400
    )
