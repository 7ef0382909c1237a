"""Cores: those that batches and online endpoints need at a time, and those that are left of each family of machines.

Azure Machine Learning counts its cores apart from those of virtual machines, by region and family. `az ml compute
list-usage` and `list-sizes` ask for the same lists. An online deployment reserves a fifth more instances for upgrades:
`ceil(1.2 * instances) * cores`, by https://learn.microsoft.com/azure/machine-learning/how-to-manage-quotas,
"Virtual machine quota allocation for deployment". Some sizes are exempt from that; none that is configured here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mlops.azure.checks.finding import Finding, missing, ok, unknown
from mlops.azure.checks.target import Target
from mlops.azure.resource_manager import MACHINE_LEARNING

UNLIMITED = -1


def endpoint_instances(instances: int) -> int:
    """Return of how many instances an online deployment needs the cores: ceil(1.2 * instances), in whole numbers."""
    return -(-12 * instances // 10)


def needs(target: Target) -> dict[tuple[str, str], int]:
    """Return the instances that are needed at a time, the most of any flow, by purpose and size of the machines."""
    wanted: dict[tuple[str, str], int] = {}
    for flow in target.flows.values():
        many = flow.cloud.scale_out
        if flow.cloud.compute == "serverless":
            _most(wanted, ("a batch", flow.cloud.instance_type), 1)
        if many.compute == "serverless":
            _most(wanted, ("a batch with --scale_out", many.instance_type), many.instance_count)
    for endpoint in target.endpoints.values():
        instances = endpoint_instances(endpoint.instance_count)
        _most(wanted, ("one more online deployment", endpoint.instance_type), instances)
    return wanted


def _most(wanted: dict[tuple[str, str], int], key: tuple[str, str], instances: int) -> None:
    wanted[key] = max(instances, wanted.get(key, 0))


def quota(target: Target) -> Iterator[Finding]:
    """Check that enough cores are left for one batch, and for one more deployment of an online endpoint."""
    place = f"{target.subscription}/providers/Microsoft.MachineLearningServices/locations/{target.location}"
    sizes = {size["name"].lower(): size for size in target.manager.list(f"{place}/vmSizes", MACHINE_LEARNING)}
    usages = list(target.manager.list(f"{place}/usages", MACHINE_LEARNING))
    for (purpose, name), instances in needs(target).items():
        what = f"quota for {purpose}"
        size = sizes.get(name.lower())
        if size is None:
            command = f"az ml compute list-sizes --location {target.location}"
            yield missing(what, f"{target.location} has no machines of the size {name}", command)
            continue
        usage = next((usage for usage in usages if is_of_family(usage, size["family"])), None)
        if usage is None:
            yield unknown(what, f"{target.location} says nothing of the family {size['family']}")
            continue
        yield _enough(target, what, instances * size["vCPUs"], f"{instances} x {name}", usage, size["family"])


def is_of_family(usage: dict[str, Any], family: str) -> bool:
    """Whether a usage is the dedicated cores of a family in the whole subscription.

    Its name is the family's (standardDSv2Family), or, in the published examples, words (Standard DSv2 Family Cluster
    Dedicated vCPUs). Workspaces, computes and low-priority cores have usages of their own.
    """
    words = str(usage["name"]["value"]).replace(" ", "").lower()
    whole = "/resourcegroups/" not in str(usage.get("id")).lower()
    low = "lowpriority" in f"{words} {str(usage.get('type')).lower()}"
    return whole and not low and words.startswith(family.lower())


def _enough(target: Target, what: str, cores: int, machines: str, usage: dict[str, Any], family: str) -> Finding:
    limit, used = usage["limit"], usage["currentValue"]
    if limit == UNLIMITED or limit - used >= cores:
        left = "unlimited" if limit == UNLIMITED else f"{limit - used} of {limit} are free"
        return ok(what, f"{machines} need {cores} cores of {family}; {left}")
    scope = f"{target.subscription}/providers/Microsoft.MachineLearningServices/locations/{target.location}"
    request = f"az quota create --resource-name {family} --scope {scope} --limit-object value={used + cores}"
    found = f"{machines} need {cores} cores of {family}; {max(0, limit - used)} of {limit} are free"
    return missing(what, found, f"{request} --resource-type dedicated")
