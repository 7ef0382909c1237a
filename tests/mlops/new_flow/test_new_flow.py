"""A flow of one's own, in a copy of the repository: made, used in every way, and taken out without a trace."""

import os
import re
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from mlops.common.paths import REPOSITORY
from scripts.working_tree import copy_files, repository_files

KEPT = ("PATH", "LANG", "SYSTEMROOT", "TMPDIR")
AZURE = {
    "AOAI_BASE_ENDPOINT": "https://example.openai.azure.com",
    "SUBSCRIPTION_ID": "subscription",
    "RESOURCE_GROUP_NAME": "group",
    "PROJECT_NAME": "project",
}
GIT = ("git", "-c", "user.name=Somebody", "-c", "user.email=somebody@example.com")
STARTED_S = 300  # on the busiest machine
CODE = {"class": "answer_question.py", "function": "answer_question.py", "dag": "clean_answer.py"}


class Checkout:
    """A copy of the repository, under version control, in which commands run as a user would run them."""

    def __init__(self, folder: Path):
        self.folder = copy_files(REPOSITORY, repository_files(), folder / "repository")
        home = folder / "home"
        home.mkdir()
        self.environment = {name: os.environ[name] for name in KEPT if name in os.environ} | {"HOME": str(home)}
        for command in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message", "as it is"]):
            subprocess.run([*GIT, *command], cwd=self.folder, env=self.environment, check=True)

    def run(self, module: str, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", module, *arguments]
        environment = {**self.environment, **variables}
        return subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False)

    def changes(self) -> str:
        command = [*GIT, "status", "--porcelain", "--untracked-files=all"]
        ended = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=True)
        return ended.stdout

    def replace_last(self, place: str, old: str, new: str) -> None:
        path = self.folder / place
        before, found, after = path.read_text(encoding="utf-8").rpartition(old)
        assert found
        path.write_text(f"{before}{new}{after}", encoding="utf-8")


@pytest.fixture
def checkout(tmp_path):
    return Checkout(tmp_path)


def passed(ended: subprocess.CompletedProcess[str]) -> str:
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def check_by_those_who_define_the_formats(name: str, checkout: Checkout) -> None:
    """Check the flow by Prompt flow, and its pipelines by the schemas of GitHub and Azure DevOps."""
    home = {"PF_HOME_DIRECTORY": str(checkout.folder / ".promptflow")}
    validate = ("promptflow._cli.pf", "flow", "validate", "--source", f"flows/{name}/standard")
    assert '"Succeeded"' in passed(checkout.run(*validate, **home))
    for kind, folder, options in (
        ("github-workflows", ".github/workflows", ()),
        (
            "azure-pipelines",
            ".azure-pipelines",
            ("--data-transform", "azure-pipelines", "--regex-variant", "nonunicode"),
        ),
    ):
        files = [f"{folder}/{name}_{what}.yml" for what in ("pr", "ci")]
        passed(checkout.run("check_jsonschema", "--builtin-schema", f"vendor.{kind}", *options, *files))


@pytest.mark.parametrize("kind", CODE)
def test_a_new_flow_is_used_in_every_way_and_taken_out_without_a_trace(kind, checkout):
    name, local = f"my_{kind}", ("--environment_name", "local")
    evaluation = f"flows.{name}.evaluate.evaluate"

    assert "10 answers are recorded" in passed(checkout.run("mlops.new_flow", name, "--kind", kind))
    checkout.run("ruff", "format", "--check", ".").check_returncode()
    checkout.run("ruff", "check", ".").check_returncode()
    assert passed(checkout.run("flake8", "flows", "mlops")) == ""
    check_by_those_who_define_the_formats(name, checkout)

    table = passed(checkout.run(f"mlops.run_{name}", *local))
    assert "'answer': 'Lisbon'" in table and re.search(rf"^{name} +10 +0 ", table, re.MULTILINE)

    assert re.search(r"match\.exact_match +1\.000", passed(checkout.run(evaluation, *local)))
    code = f"flows/{name}/standard/{CODE[kind]}"
    checkout.replace_last(code, ".strip()", ".strip()[::-1]")
    red = checkout.run(evaluation, *local)
    assert red.returncode == 1 and "match.exact_match" in red.stderr
    checkout.replace_last(code, ".strip()[::-1]", ".strip()")

    compared = passed(checkout.run("mlops.compare_flows", *local, "--flows", name, "function_basic_flow"))
    assert name in compared and "Side by side" in compared

    deployment = ("mlops.deployment.deploy_online_endpoint", "--environment_name", "dev", "--flow_type", name)
    assert f"name: {name}" in passed(checkout.run(*deployment, "--dry_run", **AZURE))
    assert f"name: {name}_dev" in passed(
        checkout.run(f"mlops.run_{name}_azure", "--environment_name", "dev", "--dry_run", **AZURE)
    )

    tests = ("tests/flows/test_every_flow.py", "tests/pipelines/test_pipelines_static.py")
    passed(checkout.run("pytest", "--quiet", "-p", "no:xdist", "--override-ini", "addopts=", "-k", name, *tests))

    assert "removed" in passed(checkout.run("mlops.new_flow", name, "--remove"))
    assert checkout.changes() == ""


def test_a_new_flow_is_served_from_its_definition(checkout):
    passed(checkout.run("mlops.new_flow", "my_answers", "--kind", "function"))
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    command = [sys.executable, "-m", "src.flow_service", "--environment_name", "local", "--port", str(port)]
    service = subprocess.Popen(command, cwd=checkout.folder, env=checkout.environment, stderr=subprocess.DEVNULL)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=STARTED_S) as client:
            deadline = time.monotonic() + STARTED_S
            while True:
                try:
                    client.get("/readyz").raise_for_status()
                    break
                except httpx.HTTPError:
                    assert service.poll() is None and time.monotonic() < deadline
                    time.sleep(0.1)
            answer = client.post("/flows/my_answers", json={"question": "What is the capital of Peru?"}).json()
            assert answer["outputs"] == {"answer": "Lima"}
            assert client.post("/flows/my_answers", json={"query": "?"}).status_code == 422
            assert "/flows/my_answers" in client.get("/openapi.json").json()["paths"]
    finally:
        service.kill()
        service.wait()


@pytest.mark.parametrize("name", ["Answer", "1st", "my-flow", "class", "a" * 30, "class_basic_flow", "shared"])
def test_a_flow_without_a_proper_name_is_not_made(name, checkout):
    ended = checkout.run("mlops.new_flow", name, "--kind", "class")
    assert ended.returncode == 2 and ended.stderr.startswith("error: ") and name in ended.stderr
    assert checkout.changes() == ""


def test_a_flow_from_which_another_includes_files_is_not_removed(checkout):
    ended = checkout.run("mlops.new_flow", "chat_with_pdf", "--remove")
    assert ended.returncode == 2 and "are included by class_plan_and_execute, plan_and_execute" in ended.stderr
    assert checkout.changes() == ""


def test_what_git_could_not_bring_back_is_not_removed(checkout):
    passed(checkout.run("mlops.new_flow", "my_answers", "--kind", "class"))
    checkout.replace_last("flows/my_answers/standard/answer_question.prompty", "in as few words", "in five words")

    refused = checkout.run("mlops.new_flow", "my_answers", "--remove")
    assert refused.returncode == 2 and "answer_question.prompty has changes that are not committed" in refused.stderr

    passed(checkout.run("mlops.new_flow", "my_answers", "--remove", "--force"))
    assert checkout.changes() == ""
