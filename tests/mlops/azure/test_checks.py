"""What the checks of a project compute by themselves: permissions, cores, and what a token says."""

import base64
import json
import re

import pytest

from mlops.azure.caller import claims_of
from mlops.azure.checks.permissions import allows
from mlops.azure.checks.quota import endpoint_instances, is_of_family
from mlops.azure.checks.sign_in import PROVIDERS
from mlops.common.paths import REPOSITORY

WORKSPACES = "Microsoft.MachineLearningServices/workspaces"
SCIENTIST = {"actions": [f"{WORKSPACES}/*/write"], "notActions": [f"{WORKSPACES}/computes/*/write"]}
OWNER = {"actions": ["*"], "notActions": []}


@pytest.mark.parametrize(
    ("permissions", "action", "data", "allowed"),
    [
        ([SCIENTIST], f"{WORKSPACES}/jobs/write", False, True),
        ([SCIENTIST], f"{WORKSPACES}/data/versions/write", False, True),  # a star stands for several segments
        ([SCIENTIST], f"{WORKSPACES.upper()}/JOBS/WRITE", False, True),
        ([SCIENTIST], f"{WORKSPACES}/computes/a/write", False, False),
        ([SCIENTIST], f"{WORKSPACES}/jobs/writer", False, False),
        ([SCIENTIST], f"{WORKSPACES}/jobs/write", True, False),
        ([SCIENTIST, OWNER], f"{WORKSPACES}/computes/a/write", False, True),  # another role allows it
        ([OWNER], "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read", True, False),
        ([{"actions": ["Microsoft.Storage/*"]}], "MicrosoftXStorage/a", False, False),  # a dot is a dot
        ([{"actions": None}], f"{WORKSPACES}/jobs/write", False, False),
        ([], f"{WORKSPACES}/jobs/write", False, False),
    ],
)
def test_an_action_is_allowed_if_one_role_has_it_and_does_not_exclude_it(permissions, action, data, allowed):
    assert allows(permissions, action, data) is allowed


@pytest.mark.parametrize(("instances", "reserved"), [(1, 2), (2, 3), (4, 5), (5, 6), (10, 12), (25, 30)])
def test_an_online_deployment_reserves_a_fifth_more_instances(instances, reserved):
    assert endpoint_instances(instances) == reserved


SUBSCRIPTION = "/subscriptions/0/usages"
FAMILY = "standardDSv2Family"


@pytest.mark.parametrize(
    ("owner", "kind", "name", "is_it"),
    [
        (SUBSCRIPTION, "vmFamily/dedicatedCores/usages", FAMILY, True),
        (SUBSCRIPTION, "vmFamily/usages", "Standard DSv2 Family Cluster Dedicated vCPUs", True),
        (SUBSCRIPTION, "vmFamily/usages", "Standard DSv2 Family Cluster LowPriority vCPUs", False),
        (SUBSCRIPTION, "vmFamily/lowPriorityCores/usages", FAMILY, False),
        (SUBSCRIPTION, "vmFamily/usages", "Standard Dv2 Family Cluster Dedicated vCPUs", False),
        ("/subscriptions/0/resourceGroups/g/usages", "workspaces/usages", FAMILY, False),
    ],
)
def test_the_cores_of_a_family_are_the_dedicated_ones_of_the_subscription(owner, kind, name, is_it):
    usage = {"id": owner, "type": f"Microsoft.MachineLearningServices/{kind}", "name": {"value": name}}

    assert is_of_family(usage, FAMILY) is is_it


def test_a_token_that_is_no_json_web_token_says_nothing():
    payload = base64.urlsafe_b64encode(json.dumps({"oid": "somebody"}).encode()).decode().rstrip("=")

    assert claims_of(f"header.{payload}.signature") == {"oid": "somebody"}
    assert claims_of("opaque") == claims_of("a.%%%.c") == claims_of("a.WzFd.c") == {}


def test_the_services_that_have_to_be_registered_are_those_of_the_infrastructure():
    hosts = ("kubernetes", "functions")  # of the flow service, which is no business of these checks
    files = [file for file in (REPOSITORY / "infra").rglob("*.bicep") if file.stem not in hosts]
    used = {name for file in files for name in re.findall(r"'(Microsoft\.\w+)/", file.read_text(encoding="utf-8"))}

    assert used - {"Microsoft.Authorization", "Microsoft.Resources"} == set(PROVIDERS)  # those two always are
