"""The pipelines do what they say: their steps are read from the files, expanded, and run in a clean copy on `local`.

Every command of this repository in the pull-request pipelines runs, in order, with no variables but those that the
pipeline gives it. Three are made cheap, for they would run these tests again or install packages: pytest gets a small
selection through PYTEST_ADDOPTS, `make install` finds the environment as from a cache, and `make install-checkov` only
says what it would do; so does `make lint` in `make test`, which has just linted the same files. Commands of others
(npm, docker, az) are not run; test_pipelines_static.py looks at them.
"""

import os
import re

import pytest
from pipeline_events import COMMIT, FLOWS, GROUPS, ci_steps, pull_request_steps
from pipeline_expressions import UnknownName
from pipeline_steps import Step, StepFailed, filled, run

from mlops.common.paths import REPOSITORY

SYSTEMS = ("github", "azure")
FIRST = "class_basic_flow"  # whose pipeline runs what all have in common
CHEAP = {
    " -m pytest ": {"PYTEST_ADDOPTS": "tests/src/evaluators -n0 -p no:cacheprovider --cov-fail-under=0"},
    "make install-checkov": {"MAKEFLAGS": "n"},
}
if os.environ.get("LINTED"):
    CHEAP["make lint"] = {"MAKEFLAGS": "n"}
AFTERWARDS = "mlops.pipelines.comment"  # talks to the system; test_comments.py runs it


def extra(command: str) -> dict[str, str]:
    return next((variables for words, variables in CHEAP.items() if words in command), {})


def run_pipeline(steps: list[Step], folder, done: set[str]) -> list[str]:
    """Run the repository's commands of a pipeline's steps but for those that are done, and return the places."""
    places = []
    for step in steps:
        for command in step.ours:
            key = filled(command, step.variables)
            if AFTERWARDS not in command and key not in done:
                run(step, command, folder, extra(command))
                done.add(key)
                places.append(step.place)
    return places


def evaluation(steps: list[Step]) -> tuple[Step, str]:
    return next((step, command) for step in steps for command in step.ours if "evaluate.evaluate" in command)


@pytest.mark.parametrize("flow", FLOWS)
def test_the_pull_request_pipelines_of_a_flow_end_green_on_local(checkout, flow):
    shared: set[str] = set()
    if flow != FIRST:
        first = [step for system in SYSTEMS for step in pull_request_steps(checkout, system, FIRST)]
        shared = {filled(command, step.variables) for step in first for command in step.ours}
    for system in SYSTEMS:
        steps = pull_request_steps(checkout, system, flow)
        step, command = evaluation(steps)
        assert filled(command, step.variables).startswith(
            f'.venv/bin/python -m "flows.{flow}.evaluate.evaluate" --environment_name "local"'
        )
        run_pipeline(steps, checkout, shared)
    assert (checkout / "outputs" / "report" / flow / "metrics.json").exists()
    if flow == FIRST:
        assert {path.name for path in checkout.glob("*.xml")} == {"junit.xml", "coverage.xml"}
        assert "Tests" in (checkout / "outputs" / "tests.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_changed_prompt_ends_red(scratch, system):
    prompt = scratch / "flows" / FIRST / "standard" / "extract_entities.prompty"
    text = prompt.read_text(encoding="utf-8")
    prompt.write_text(text.replace("Entity type: {{entity_type}}\n", ""), encoding="utf-8")
    assert prompt.read_text(encoding="utf-8") != text
    step, command = evaluation(pull_request_steps(scratch, system, FIRST))
    with pytest.raises(StepFailed, match=r"ended with status 1(?s:.*)48 requests are not recorded"):
        run(step, command, scratch)


@pytest.mark.parametrize(("system", "job"), [("github", "pull_request / quality"), ("azure", "quality / quality")])
def test_a_renamed_script_is_reported_with_pipeline_job_and_step(scratch, system, job):
    script = scratch / "mlops" / "pipelines" / "summarize_tests.py"
    script.rename(script.with_name("summarise_tests.py"))
    steps = [step for step in pull_request_steps(scratch, system, FIRST) if "summarize_tests" in step.command]
    with pytest.raises(StepFailed) as failed:
        run_pipeline(steps, scratch, set())
    assert f"job {job}, step 'Summary of the tests'" in str(failed.value)
    assert f"{FIRST}_pr.yml" in str(failed.value) or "template_pull_request.yml" in str(failed.value)
    assert "No module named mlops.pipelines.summarize_tests" in str(failed.value)


BREAKS = {  # file, what is there, and what somebody writes instead
    "misspelt input": (".github/workflows/template_pull_request.yml", "inputs.flow }}", "inputs.flwo }}"),
    "input that the template has not": (".github/workflows/class_basic_flow_pr.yml", "flow: class", "flwo: class"),
    "missing variable": (".github/workflows/template_pull_request.yml", "      FLOW: ${{ inputs.flow }}\n", ""),
    "misspelt output": (".github/workflows/template_pull_request.yml", "outputs.environment }}", "outputs.enviro }}"),
    "wrong path": (".github/workflows/class_basic_flow_pr.yml", "template_pull_request", "template_pull_requests"),
    "misspelt parameter": (".azure-pipelines/templates/pull_request.yml", "parameters.flow }}", "parameters.flwo }}"),
    "parameter that the template has not": (".azure-pipelines/class_basic_flow_pr.yml", "flow: class", "flwo: class"),
    "missing variable of azure": (
        ".azure-pipelines/templates/pull_request.yml",
        "          FLOW: ${{ parameters.flow }}\n",
        "",
    ),
    "missing template": (".azure-pipelines/templates/pull_request.yml", "template: setup.yml", "template: set_up.yml"),
    "misspelt flow": (".github/workflows/class_basic_flow_pr.yml", "flow: class_basic", "flow: clas_basic"),
}


@pytest.mark.parametrize("case", BREAKS)
def test_a_break_in_a_pipeline_is_found(scratch, case):
    file, there, instead = BREAKS[case]
    text = (scratch / file).read_text(encoding="utf-8")
    assert there in text
    (scratch / file).write_text(text.replace(there, instead), encoding="utf-8")
    with pytest.raises((StepFailed, UnknownName, FileNotFoundError)):
        step, command = evaluation(pull_request_steps(scratch, "azure" if "azure" in file else "github", FIRST))
        run(step, command, scratch)


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize(
    ("fork", "set_up", "environment"), [(True, True, "local"), (False, False, "local"), (False, True, "pr")]
)
def test_secrets_decide_where_a_pull_request_is_evaluated(system, fork, set_up, environment):
    steps = pull_request_steps(REPOSITORY, system, FIRST, fork=fork, set_up=set_up)
    evaluations = [step for step in steps if "evaluate.evaluate" in step.command]
    assert [step.variables["ENVIRONMENT"] for step in evaluations] == [environment]
    signs_in = any("fetch_tokens" in step.command for step in steps)
    assert signs_in == (environment != "local")


def test_what_dependabot_proposes_is_evaluated_on_local():
    from github_workflows import steps_of
    from pipeline_events import AZURE, FEDERATION, github_event

    event = github_event("pull_request", author="dependabot[bot]")
    steps = steps_of(REPOSITORY, f"{FIRST}_pr.yml", event, {**AZURE, **FEDERATION})
    assert evaluation(steps)[0].variables["ENVIRONMENT"] == "local"


SENT = ("deploy_online_endpoint", "deploy_kubernetes")  # to a service: here --dry_run, in tests/azure for real


def test_the_ci_pipelines_deploy_what_was_evaluated(checkout):
    """The package of Azure Functions is built for real; what is sent to a service is printed instead."""
    done: set[str] = set()
    flows = GROUPS["basic_flows"]
    manifests = ""
    for system in SYSTEMS:
        deployed = []
        for step in ci_steps(checkout, system, "basic_flows"):
            for command in step.ours:
                sent = any(module in command for module in SENT)
                if "deploy_online_endpoint" in command:
                    deployed.append((step.variables["ENVIRONMENT"], step.variables["FLOW"]))
                if (sent or "functions_app" in command) and filled(command, step.variables) not in done:
                    printed = run(step, f"{command} --dry_run" if sent else command, checkout)
                    assert not sent or re.search(r"^(name: |kind: Deployment)", printed, re.MULTILINE), command
                    manifests += printed if "deploy_kubernetes" in command else ""
                    done.add(filled(command, step.variables))
        assert deployed == [(environment, flow) for environment in ("dev", "prod") for flow in flows]
    assert f"image: example.azurecr.io/flow-service:{COMMIT}" in manifests
    assert (checkout / "outputs" / "functions_app.zip").exists()
