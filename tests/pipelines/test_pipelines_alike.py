"""GitHub and Azure DevOps do the same: what their pipelines run, stage by stage, for every flow, group and event."""

import re

import azure_pipelines
import github_workflows
import pytest
from pipeline_events import (
    AZURE,
    FEDERATION,
    FLOWS,
    GROUPS,
    azure_variables,
    ci_steps,
    github_event,
    pull_request_steps,
)
from pipeline_steps import Step, filled

from mlops.common.paths import REPOSITORY

PIPELINES = sorted((REPOSITORY / ".azure-pipelines").glob("*.yml"))
SIGN_IN = "sh scripts/fetch_tokens.sh"  # GitHub signs in for a job, Azure DevOps for a step


def stages(steps: list[Step]) -> dict[str, list[str]]:
    """Return the commands of each stage, without those that every job begins with."""
    found: dict[str, list[str]] = {}
    for step in steps:
        label = re.sub(r" \(.*\)|^(ci|pull_request) / ", "", step.job).replace("endpoints", "endpoint")
        label = re.sub(r"^(\w+) / \1$", r"\1", label).strip(" /")
        for command in step.commands:
            if command not in (SIGN_IN, "make install"):
                found.setdefault(label, []).append(filled(command, step.variables))
    return found


@pytest.mark.parametrize("flow", FLOWS)
@pytest.mark.parametrize(("fork", "set_up"), [(True, True), (False, True), (False, False)])
def test_both_do_the_same_for_a_pull_request(flow, fork, set_up):
    github = stages(pull_request_steps(REPOSITORY, "github", flow, fork, set_up))
    azure = stages(pull_request_steps(REPOSITORY, "azure", flow, fork, set_up))
    after = github_workflows.steps_of(REPOSITORY, "comment.yml", github_event("workflow_run"), {})
    [fetch, comment] = stages(after)["comment"]
    assert "fetch_report" in fetch  # Azure DevOps has a task for it
    assert azure.pop("comment") == [f'{comment} --flow_type "{flow}"']
    assert github == azure
    assert set(github) == {"quality", "evaluation"}


@pytest.mark.parametrize("group", GROUPS)
def test_both_do_the_same_after_a_push(group):
    github, azure = (stages(ci_steps(REPOSITORY, system, group)) for system in ("github", "azure"))
    assert github == azure
    assert {"evaluation", "image", "dev / endpoint", "dev / kubernetes", "prod / functions"} <= set(github)


OF_A_TARGET = {  # the variable that is empty, and what is left out then
    "CONTAINER_REGISTRY": {"image", "dev / kubernetes", "prod / kubernetes"},
    "KUBERNETES_CLUSTER": {"dev / kubernetes", "prod / kubernetes"},
    "FUNCTION_APP_NAME": {"dev / functions", "prod / functions"},
}


@pytest.mark.parametrize("empty", OF_A_TARGET)
@pytest.mark.parametrize("system", ["github", "azure"])
def test_a_target_that_is_not_set_up_is_left_out_and_nothing_else(system, empty):
    everything = set(stages(ci_steps(REPOSITORY, system, "chat_with_pdf")))
    left = set(stages(ci_steps(REPOSITORY, system, "chat_with_pdf", without=[empty])))
    assert everything - left == OF_A_TARGET[empty]


@pytest.mark.parametrize("system", ["github", "azure"])
def test_before_azure_is_set_up_a_push_runs_nothing(system):
    assert ci_steps(REPOSITORY, system, "basic_flows", without=[*AZURE, *FEDERATION]) == []
    for stem in ("register_data_assets", "evaluate_production"):
        if system == "github":
            steps = github_workflows.steps_of(REPOSITORY, f"{stem}.yml", github_event("push"), {})
        else:
            steps = azure_pipelines.steps_of(REPOSITORY, f"{stem}.yml", azure_variables("IndividualCI"), {})
        assert steps == [], stem


def test_nobody_is_commented_to_without_a_pull_request_in_azure_repos():
    for changed in ({"Build.Reason": "Manual"}, {"Build.Repository.Provider": "GitHub"}):
        variables = {**azure_variables("PullRequest"), **changed}
        steps = azure_pipelines.steps_of(REPOSITORY, f"{FLOWS[0]}_pr.yml", variables, AZURE)
        assert "comment" not in stages(steps)
        assert "evaluation" in stages(steps)


@pytest.mark.parametrize("stem", sorted({p.stem for p in PIPELINES if not re.search("_(pr|ci)$", p.stem)}))
def test_both_do_the_same_otherwise(stem):
    chosen = {"flow": "chat_with_pdf", "environment": "prod", "action": "rollback"} if stem == "promote" else {}
    event = github_event("workflow_dispatch")
    github = github_workflows.steps_of(REPOSITORY, f"{stem}.yml", event, {**AZURE, **FEDERATION}, chosen)
    azure = azure_pipelines.steps_of(REPOSITORY, f"{stem}.yml", azure_variables("Manual"), AZURE, chosen)
    assert list(stages(github).values()) == list(stages(azure).values())
    assert stages(github)


@pytest.mark.parametrize("stem", ["promote"])
def test_both_offer_the_same_choices_by_hand(stem):
    inputs = github_workflows.load(REPOSITORY / f".github/workflows/{stem}.yml")["on"]["workflow_dispatch"]["inputs"]
    parameters = azure_pipelines.load(REPOSITORY / f".azure-pipelines/{stem}.yml")["parameters"]
    assert {key: about["options"] for key, about in inputs.items()} == {p["name"]: p["values"] for p in parameters}
    assert sorted(inputs["flow"]["options"]) == FLOWS
