"""What can be seen in the pipelines' files without running them."""

import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import azure_pipelines
import github_workflows
import pytest
import yaml
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
from pipeline_steps import Step, filled, used_variables

from mlops.common.paths import REPOSITORY

WORKFLOWS = sorted((REPOSITORY / ".github" / "workflows").glob("*.yml"))
ACTIONS = sorted((REPOSITORY / ".github" / "actions").glob("*/action.yml"))
PIPELINES = sorted((REPOSITORY / ".azure-pipelines").glob("*.yml"))
TEMPLATES = sorted((REPOSITORY / ".azure-pipelines" / "templates").glob("*.yml"))
CALLERS = [p for p in [*WORKFLOWS, *PIPELINES] if re.search("^(?!template_).*_(pr|ci)$", p.stem)]
PAGE = (REPOSITORY / "docs" / "pipelines.md").read_text(encoding="utf-8")
OF_GITHUB_ALONE = {"comment"}  # in Azure DevOps it is a stage of the pull request's pipeline


def name(path: Path) -> str:
    return str(path.relative_to(REPOSITORY))


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def matches(pattern: str, file: str) -> bool:
    """Whether a path filter matches a file, as both systems see it: ** is any folders, * part of a name."""
    parts = {"**": ".*", "*": "[^/]*"}
    regex = "".join(parts.get(part) or re.escape(part) for part in re.split(r"(\*\*|\*)", pattern))
    return re.fullmatch(regex, file) is not None


def path_filters(path: Path) -> list[str]:
    if ".github" in path.parts:
        events = github_workflows.triggers(github_workflows.load(path)).values()
        return [pattern for event in events if isinstance(event, dict) for pattern in event.get("paths", [])]
    loaded = azure_pipelines.load(path)
    events = [loaded.get(kind) for kind in ("trigger", "pr")]
    return [p for event in events if isinstance(event, dict) for p in event.get("paths", {}).get("include", [])]


def github_jobs():
    return [(path, job, about) for path in WORKFLOWS for job, about in github_workflows.load(path)["jobs"].items()]


def azure_jobs():
    for path in [*PIPELINES, *TEMPLATES]:
        loaded = azure_pipelines.load(path)
        stages = loaded.get("stages", [{"jobs": loaded.get("jobs", [])}])
        jobs = [job for stage in stages for job in stage.get("jobs", [])]
        yield from ((path, job) for job in jobs)


@pytest.mark.parametrize("path", [path for path in [*WORKFLOWS, *PIPELINES] if path_filters(path)], ids=name)
def test_every_path_filter_matches_a_file(path, files):
    assert [p for p in path_filters(path) if not any(matches(p, file) for file in files)] == []


@pytest.mark.parametrize("flow", FLOWS)
@pytest.mark.parametrize("folder", [".github/workflows", ".azure-pipelines"])
def test_every_flow_has_its_pipelines(folder, flow):
    own = f"{folder}/{flow}_pr.yml"
    touched = [f"flows/{flow}/standard/requirements.txt", "mlops/run_flows.py", "src/evaluators/match.py"]
    touched += [
        "flows/__init__.py",
        "flows/shared/__init__.py",
        "model_endpoint/__init__.py",
        "entity_answers/__init__.py",
    ]
    touched += ["config/config.yaml", "tests/conftest.py", own, *template_files(folder)]
    filters = path_filters(REPOSITORY / own)
    assert [file for file in touched if not any(matches(pattern, file) for pattern in filters)] == []
    [group] = [group for group, flows in GROUPS.items() if flow in flows]
    deployed = path_filters(REPOSITORY / folder / f"{group}_ci.yml")
    touched.remove("tests/conftest.py")
    touched = [file for file in touched if "_pr.yml" not in file and "pull_request" not in file]
    assert [file for file in touched if not any(matches(pattern, file) for pattern in deployed)] == []


def template_files(folder):
    if folder == ".azure-pipelines":
        return [name(path) for path in TEMPLATES]
    return [".github/workflows/template_pull_request.yml", *(name(path) for path in ACTIONS)]


def test_every_group_has_the_flows_that_it_is_made_of():
    assert sorted(flow for flows in GROUPS.values() for flow in flows) == FLOWS


def test_github_and_azure_have_the_same_pipelines():
    github = {path.stem for path in WORKFLOWS if not path.stem.startswith("template_")}
    assert github - OF_GITHUB_ALONE == {path.stem for path in PIPELINES}


def test_comments_follow_every_pull_request_workflow():
    after = github_workflows.load(REPOSITORY / ".github/workflows/comment.yml")["on"]["workflow_run"]["workflows"]
    assert sorted(after) == sorted(github_workflows.load(p)["name"] for p in WORKFLOWS if p.stem.endswith("_pr"))


@pytest.mark.parametrize("path", CALLERS, ids=name)
def test_a_pipeline_of_a_flow_or_group_is_one_call_of_a_template(path):
    assert "run:" not in text_of(path)
    assert "script:" not in text_of(path)
    assert len(re.findall(r"uses:|template:", text_of(path))) == 1


@pytest.mark.parametrize("path", [*WORKFLOWS, *ACTIONS], ids=name)
def test_actions_are_pinned_by_commit_with_the_version_beside_them(path):
    used = re.findall(r"uses: (.+)", text_of(path))
    others = [action for action in used if not action.startswith("./")]
    assert [a for a in others if not re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}  # v\d+\.\d+\.\d+", a)] == []


def test_an_action_has_the_same_commit_everywhere():
    used = {action for path in [*WORKFLOWS, *ACTIONS] for action in re.findall(r"uses: ([^./].+)", text_of(path))}
    assert len(used) == len({action.partition("@")[0] for action in used})


@pytest.mark.parametrize("path", WORKFLOWS, ids=name)
def test_nothing_is_permitted_but_what_a_job_asks_for(path):
    workflow = github_workflows.load(path)
    assert workflow["permissions"] == {}
    assert [job for job, about in workflow["jobs"].items() if not about.get("permissions")] == []
    assert "pull_request_target" not in text_of(path)
    assert re.search(r"secrets[.:\[]", text_of(path)) is None


def test_tokens_that_write_are_held_by_two_workflows_alone():
    writing = {
        (path.stem, permission)
        for path, _, about in github_jobs()
        for permission, level in about["permissions"].items()
        if level == "write" and permission != "id-token"
    }
    assert writing == {
        ("comment", "pull-requests"),
        ("refresh_lock", "contents"),
        ("refresh_lock", "pull-requests"),
    }


def test_every_job_has_a_time_out():
    endless = [job for _, job, about in github_jobs() if "timeout-minutes" not in about and "uses" not in about]
    assert endless == []
    assert [f"{path.name} {job}" for path, job in azure_jobs() if "timeoutInMinutes" not in job] == []


def test_no_expression_stands_inside_a_script():
    """What an expression puts into a script is code; a variable's value is not."""
    for path in [*WORKFLOWS, *ACTIONS]:
        document = yaml.safe_load(text_of(path))
        holders = document.get("jobs", {"": document.get("runs", {})}).values()
        assert [s for holder in holders for s in holder.get("steps", []) if "${{" in str(s.get("run", ""))] == []


def test_checkouts_leave_no_token_behind():
    for path in WORKFLOWS:
        assert text_of(path).count("actions/checkout@") == text_of(path).count("persist-credentials: false")
    assert 'persistCredentials: "false"' in text_of(REPOSITORY / ".azure-pipelines/templates/setup.yml")


def test_who_signs_in_may_ask_for_a_token_and_nobody_else():
    for path, job, about in github_jobs():
        if "steps" in about:
            signs_in = any("sign-in" in str(step.get("uses")) for step in about["steps"])
            assert signs_in == (about["permissions"].get("id-token") == "write"), f"{path.name}, {job}"


def test_deployments_to_one_place_wait_for_each_other():
    for path, job, about in github_jobs():
        if path.stem == "template_deploy":
            assert about["concurrency"]["cancel-in-progress"] is False, job
            # The groups of flows share the cluster: by default, the third who comes would cancel the second's wait.
            assert about["concurrency"]["queue"] == "max", job
            assert "environment" in about, job
    deploy, promote = (
        github_workflows.load(REPOSITORY / f".github/workflows/{file}.yml") for file in ("template_deploy", "promote")
    )
    groups = [deploy["jobs"]["endpoint"]["concurrency"]["group"], promote["concurrency"]["group"]]
    assert groups == [
        "endpoint-${{ inputs.environment }}-${{ matrix.flow }}",
        "endpoint-${{ inputs.environment }}-${{ inputs.flow }}",
    ]
    for file in ("templates/deploy.yml", "promote.yml"):
        assert "lockBehavior: sequential" in text_of(REPOSITORY / ".azure-pipelines" / file)


# --- What the pipelines name exists, and is documented ---


def all_steps() -> list[Step]:
    found: list[Step] = []
    for system in ("github", "azure"):
        for flow in FLOWS:
            found += pull_request_steps(REPOSITORY, system, flow, fork=False, set_up=True)
        for group in GROUPS:
            found += ci_steps(REPOSITORY, system, group)
    for path in WORKFLOWS:
        if not re.search("^template_|_(pr|ci)$", path.stem):
            chosen = {"flow": FLOWS[0], "environment": "dev", "action": "promote"}
            event = github_event("workflow_dispatch")
            found += github_workflows.steps_of(REPOSITORY, path.name, event, {**AZURE, **FEDERATION}, chosen)
            if path.stem not in OF_GITHUB_ALONE:
                given = chosen if path.stem == "promote" else {}
                found += azure_pipelines.steps_of(REPOSITORY, path.name, azure_variables("Manual"), AZURE, given)
    return found


def test_every_lock_that_is_resolved_anew_is_proposed(files):
    locks = {file for file in files if re.fullmatch(r"requirements.*\.lock", Path(file).name)}
    [proposal] = {command for step in all_steps() for command in step.commands if "propose_change" in command}
    assert locks == {word for word in proposal.split() if word.endswith(".lock")}


def test_every_step_is_given_the_variables_that_it_uses():
    missing = {step.place: used_variables(step.command) - set(step.variables) - {"PWD"} for step in all_steps()}
    assert {place: sorted(names) for place, names in missing.items() if names} == {}


def test_no_token_is_on_a_command_line():
    """Whoever lists processes sees it there. A step is given it as a variable, which the command reads by itself."""
    secret = re.compile(r"token-of-the-job|github\.token|\$\{?\w*(TOKEN|SECRET|PASSWORD|KEY)\b")
    assert [step.place for step in all_steps() if secret.search(step.command)] == []


def test_every_command_of_this_repository_exists_with_its_options():
    helped: dict[str, str] = {}
    steps = {filled(command, step.variables): step for step in all_steps() for command in step.ours}
    for command, step in steps.items():
        place = f"{step.place}: {command}"
        if command.startswith("make "):
            assert re.search(rf"^{command.split()[1]}:", text_of(REPOSITORY / "Makefile"), re.MULTILINE), place
        elif command.startswith("sh "):
            assert subprocess.run(["sh", "-n", command.split()[1]], cwd=REPOSITORY, check=False).returncode == 0, place
        else:
            module = command.split()[2].strip('"')
            assert find_spec(module) is not None, place
            if module != "pytest":
                helped[module] = helped.get(module) or help_of(module)
                assert set(re.findall(r'"?(--\w+)', command)) <= set(re.findall(r"--\w+", helped[module])), place


def help_of(module: str) -> str:
    command = [sys.executable, "-m", module, "--help"]
    return subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout


def test_every_variable_that_the_pipelines_use_is_documented_and_the_other_way_round():
    table = PAGE.partition("## Variables")[2].partition("The jobs' own tokens")[0]
    documented = set(re.findall(r"`([A-Z_]+)`", table))
    github = {v for path in WORKFLOWS for v in re.findall(r"vars\.([A-Z_]+)", text_of(path))}
    assert github == documented
    for token in ("GITHUB_TOKEN", "SYSTEM_ACCESSTOKEN"):
        assert token in PAGE
    both = set(re.findall(r"`([A-Z_]+)`", "\n".join(line for line in table.splitlines() if line.endswith("| both |"))))
    assert both == documented - {"AZURE_CLIENT_ID", "AZURE_TENANT_ID"}


def test_variables_that_github_reads_before_a_job_enters_its_environment_are_reported():
    """An environment's own variables come with the runner: a job's condition, read before it, sees the repository's."""
    read = set()
    for _, _, about in github_jobs():
        early = [about.get("if"), about.get("environment"), about.get("concurrency"), about.get("outputs")]
        read |= set(re.findall(r"vars\.([A-Z_]+)", str([*early, *([] if "environment" in about else [about])])))
    told = next(part for part in PAGE.split("\n\n") if "before a job enters its environment" in part)
    assert set(re.findall(r"`([A-Z_]+)`", told)) == read


def test_the_branch_policy_on_the_page_has_the_paths_of_its_pipeline():
    shown = re.search(r'--path-filter "(.*?)"', PAGE, re.DOTALL)[1]
    policy = re.sub(r"\\\n\s*", "", shown).split(";")
    paths = path_filters(REPOSITORY / ".azure-pipelines" / "class_basic_flow_pr.yml")
    assert policy == ["/" + path.replace("**", "*") for path in paths]


def test_every_group_and_connection_of_azure_devops_is_documented():
    used = set()
    for path in [*PIPELINES, *TEMPLATES]:
        for found in re.findall(r"mlops_platform_[\w${}. ]+?_(?:vg|sc)\b", text_of(path)):
            used |= {re.sub(r"\$\{\{.*?\}\}", environment, found) for environment in ("dev", "prod")}
    assert used == set(re.findall(r"`(mlops_platform_\w+)`", PAGE))


def test_every_environment_of_github_is_documented():
    named = {about["environment"] for _, _, about in github_jobs() if "environment" in about} | {"pr", "local", "prod"}
    steps = PAGE.partition("## GitHub, from a fork")[2].partition("## Azure DevOps")[0]
    assert {environment for environment in named if "${{" not in environment} <= set(re.findall(r"`(\w+)`", steps))


def test_every_pipeline_is_on_the_page():
    stems = {re.sub("^.*_(pr|ci)$", r"_\1", path.stem) for path in [*WORKFLOWS, *PIPELINES]}
    kinds = {{"_pr": "<flow>_pr", "_ci": "<group>_ci"}.get(s, s) for s in stems if not s.startswith("template_")}
    table = PAGE.partition("The groups are")[0]
    assert kinds == set(re.findall(r"^\| `([\w<>]+)` \|", table, re.MULTILINE))


def test_every_entry_point_is_reached_by_a_pipeline_or_a_page(files):
    pages = [file for file in files if file.endswith(".md") and file != "docs/commands.md"]  # that one is generated
    images = [file for file in files if Path(file).name == "Dockerfile"]
    named = "\n".join(text_of(REPOSITORY / file) for file in [*pages, *images, "Makefile"])
    named += "\n".join(text_of(path) for path in [*WORKFLOWS, *PIPELINES, *TEMPLATES])
    commands = [path for path in REPOSITORY.glob("mlops/**/*.py") if 'if __name__ == "__main__"' in text_of(path)]
    names = (".".join(path.relative_to(REPOSITORY).with_suffix("").parts) for path in commands)
    modules = {name.removesuffix(".__main__") for name in names}
    reached = {module for module in modules if re.search(rf"\b{re.escape(module)}(?![\w.])", named)}
    each_flow = {module for module in modules if re.fullmatch(r"mlops\.run_\w+_azure", module)}
    if each_flow & reached:  # a page that shows one of the six shows them all
        reached |= each_flow
    reached |= {module for module in modules if f'"{module.rpartition(".")[2]}.py"]' in named}  # an image starts it
    assert sorted(modules - reached) == []


def test_dependabot_looks_into_every_folder_that_has_something_for_it(files):
    updates = yaml.safe_load(text_of(REPOSITORY / ".github" / "dependabot.yml"))["updates"]
    assert {update["package-ecosystem"] for update in updates} == {"pip", "github-actions", "docker", "npm"}
    for update in updates:
        for folder in update.get("directories", [update.get("directory")]):
            assert list(REPOSITORY.glob(f"{folder.strip('/')}/*".lstrip("/"))), folder
    docker = next(update for update in updates if update["package-ecosystem"] == "docker")
    dockerfiles = {f"/{Path(file).parent}" for file in files if Path(file).name == "Dockerfile"}
    assert dockerfiles == set(docker["directories"])
