"""What starts the pipelines: a pull request or a push, in the words of either system."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

import azure_pipelines
import github_workflows
from pipeline_steps import Step

from flows import all_flows

FLOWS = sorted(all_flows())
GROUPS: dict[str, list[str]] = {}
for _flow in all_flows().values():
    GROUPS.setdefault(_flow.group, []).append(_flow.name)
COMMIT = "0" * 40
AZURE = {  # as a project that is set up has them
    "AOAI_BASE_ENDPOINT": "https://example.openai.azure.com",
    "SUBSCRIPTION_ID": "00000000-0000-0000-0000-000000000000",
    "RESOURCE_GROUP_NAME": "group",
    "PROJECT_NAME": "project",
    "CONTAINER_REGISTRY": "example.azurecr.io",
    "KUBERNETES_CLUSTER": "cluster",
    "KUBERNETES_RESOURCE_GROUP": "group",
    "TRACES_ACCOUNT": "account",
    "TRACES_SHARE": "share",
    "FUNCTION_APP_NAME": "functions",
    "FUNCTION_APP_RESOURCE_GROUP": "group",
}
FEDERATION = {"AZURE_CLIENT_ID": COMMIT[:8], "AZURE_TENANT_ID": COMMIT[:8]}


def github_event(name: str, fork: bool = False, author: str = "somebody") -> dict[str, Any]:
    """Return the context `github` of an event."""
    head = {"repo": {"full_name": f"{'elsewhere' if fork else 'owner'}/llmops"}}
    return {
        "event_name": name,
        "event": {
            "pull_request": {"head": head, "user": {"login": author}},
            "workflow_run": {
                "event": "pull_request",
                "head_repository": {"id": 2},
                "head_branch": "change",
                "workflow_id": 3,
            },
        },
        "ref": "refs/heads/development",
        "ref_name": "development",
        "repository": "owner/llmops",
        "sha": COMMIT,
        "token": "token-of-the-job",
        "workflow": "workflow",
    }


def azure_variables(reason: str, fork: bool = False) -> dict[str, str]:
    """Return the variables that Azure DevOps sets."""
    return {
        "Build.Reason": reason,
        "Build.Repository.Provider": "TfsGit",
        "Build.SourceBranchName": "development",
        "Build.SourceVersion": COMMIT,
        "System.PullRequest.IsFork": str(fork),
        "System.AccessToken": "token-of-the-job",
        "Agent.OS": "Linux",
        "Pipeline.Workspace": "/workspace",
    }


def pull_request_steps(folder: Path, system: str, flow: str, fork: bool = True, set_up: bool = False) -> list[Step]:
    """Return the steps of a flow's pull-request pipeline."""
    if system == "github":
        event = github_event("pull_request", fork)
        return github_workflows.steps_of(folder, f"{flow}_pr.yml", event, {**AZURE, **FEDERATION} if set_up else {})
    variables = azure_variables("PullRequest", fork)
    return azure_pipelines.steps_of(folder, f"{flow}_pr.yml", variables, AZURE if set_up else {})


def ci_steps(folder: Path, system: str, group: str, without: Collection[str] = ()) -> list[Step]:
    """Return the steps of a group's CI pipeline, in a project that is set up but for some variables."""
    given = {name: value for name, value in {**AZURE, **FEDERATION}.items() if name not in without}
    if system == "github":
        return github_workflows.steps_of(folder, f"{group}_ci.yml", github_event("push"), given)
    return azure_pipelines.steps_of(folder, f"{group}_ci.yml", azure_variables("IndividualCI"), given)
