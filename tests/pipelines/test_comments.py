"""The comment on a pull request, and baselines and proposals: commands against GitHub and Azure DevOps on loopback."""

import io
import json
import os
import re
import subprocess
import sys
import zipfile

import github_workflows
import pytest
from loopback_forge import FORK, TOKEN, Forge, archive
from loopback_forge import REPOSITORY as OUR_ID
from pipeline_events import github_event
from pipeline_steps import run

from mlops.common.paths import REPOSITORY
from mlops.evaluation.reports import write_reports
from mlops.evaluation.results import Evaluation, Metric, Row, Threshold

FLOW = "class_basic_flow"
MARKER = f"<!-- evaluation of {FLOW} -->"
HEAD = "a" * 40


@pytest.fixture
def forge():
    with Forge() as forge:
        yield forge


def evaluation(environment="local", mean=0.9, flow=FLOW, run_name="run_1", text="a text"):
    failure = None if mean >= 0.85 else f"match.f1 is {mean:.3f}, under its minimum of 0.85"
    row = Row(1, {"text": text}, {"answer": ["x"]}, {"match.f1": mean}, seconds=0.1, tokens=7)
    metric = Metric("match.f1", mean, mean, mean, 1, Threshold(min=0.85), None, failure)
    return Evaluation(
        flow=flow,
        environment=environment,
        run=run_name,
        created="2026-05-01T12:00:00+00:00",
        rows=(row,),
        metrics=(metric,),
        failures=(failure,) if failure else (),
        seconds=1.0,
        about={"commit": "abc"},
    )


def results(tmp_path, **about):
    folder = tmp_path / "made"
    write_reports([evaluation(**about)], folder)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def pull(number=7, repository=FORK, sha=HEAD, branch="change"):
    head = {"sha": sha, "repo": {"id": repository}}
    label = f"{'fork' if repository == FORK else 'owner'}:{branch}"
    return {"number": number, "label": label, "head": head, "base": {"repo": {"id": OUR_ID}}}


def artifact(name, content, run=5, **about):
    of_run = {"id": run, "head_branch": "development", "repository_id": OUR_ID, "head_repository_id": OUR_ID}
    of_run |= about.pop("of_run", {})
    return {
        "name": name,
        "expired": False,
        "created_at": "2026-05-01T12:00:00Z",
        "workflow_run": of_run,
        "content": content,
        **about,
    }


def add_artifact(forge, *arguments, **about):
    item = {"id": len(forge.artifacts) + 1, **artifact(*arguments, **about)}
    item["archive_download_url"] = f"{forge.address}/repos/owner/llmops/actions/artifacts/{item['id']}/zip"
    forge.artifacts.append(item)


def ended(tmp_path, repository=FORK, conclusion="success", path=f".github/workflows/{FLOW}_pr.yml", branch="change"):
    owner = "fork" if repository == FORK else "owner"
    event = {
        "workflow_run": {
            "id": 5,
            "path": path,
            "head_sha": HEAD,
            "head_branch": branch,
            "event": "pull_request",
            "conclusion": conclusion,
            "head_repository": {"id": repository, "owner": {"login": owner}},
        }
    }
    file = tmp_path / "event.json"
    file.write_text(json.dumps(event), encoding="utf-8")
    return file


def command(module, *arguments, folder=REPOSITORY, **variables):
    environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **variables}
    line = [sys.executable, "-m", module, *map(str, arguments)]
    return subprocess.run(line, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def on_github(forge, **more):
    return {
        "GITHUB_ACTIONS": "true",
        "GITHUB_API_URL": forge.address,
        "GITHUB_REPOSITORY": "owner/llmops",
        "GITHUB_SERVER_URL": "https://forge.example",
        "GITHUB_TOKEN": TOKEN,
        **more,
    }


def on_azure(forge, **more):
    return {
        "TF_BUILD": "True",
        "SYSTEM_COLLECTIONURI": f"{forge.address}/",
        "SYSTEM_TEAMPROJECTID": "project",
        "SYSTEM_ACCESSTOKEN": TOKEN,
        "BUILD_REPOSITORY_ID": "repo",
        "SYSTEM_DEFINITIONID": "3",
        "BUILD_BUILDID": "4",
        "SYSTEM_PULLREQUEST_PULLREQUESTID": "7",
        **more,
    }


def comment(forge, tmp_path, **about):
    """Run both commands of comment.yml; return what came of them."""
    variables = on_github(forge, GITHUB_EVENT_PATH=str(ended(tmp_path, **about)))
    folder = tmp_path / "report"
    fetched = command("mlops.pipelines.fetch_report", "--output", folder, **variables)
    if fetched.returncode:
        return fetched
    return command("mlops.pipelines.comment", "--results", folder, **variables)


def test_the_workflow_comments_on_a_forks_pull_request_as_its_file_says(forge, checkout, tmp_path):
    forge.pulls.append(pull())
    add_artifact(forge, f"report-{FLOW}", archive(results(tmp_path)))
    event = github_event("workflow_run")
    steps = github_workflows.steps_of(checkout, "comment.yml", event, {})
    given = on_github(forge, GITHUB_EVENT_PATH=str(ended(tmp_path)))
    given.pop("GITHUB_TOKEN")  # the workflow has to give it
    for step in steps:
        for each in step.ours:
            run(step, each, checkout, given)
    [written] = forge.comments
    assert written["issue"] == 7
    assert written["body"].startswith(f"{MARKER}\nFrom a fork, which gets no secrets: evaluated on `local`")
    assert "✅ Passed" in written["body"]
    assert "https://forge.example/owner/llmops/actions/runs/5" in written["body"]


def test_a_later_run_rewrites_the_comment(forge, tmp_path):
    forge.pulls.append(pull(repository=OUR_ID))
    add_artifact(forge, f"report-{FLOW}", archive(results(tmp_path, environment="pr")))
    assert comment(forge, tmp_path, repository=OUR_ID).stdout.endswith("#7: written\n")
    forge.artifacts.clear()
    add_artifact(forge, f"report-{FLOW}", archive(results(tmp_path, environment="pr", mean=0.5)))
    assert comment(forge, tmp_path, repository=OUR_ID).stdout.endswith("#7: updated\n")
    [written] = forge.comments
    assert "❌ Failed" in written["body"]
    assert "emulator" not in written["body"]


def test_a_comment_of_somebody_else_is_left_alone(forge, tmp_path):
    forge.pulls.append(pull())
    forge.comments += [
        {"id": i + 1, "issue": 7, "user": {"login": "somebody"}, "body": f"{MARKER}\nmine"} for i in range(150)
    ]
    add_artifact(forge, f"report-{FLOW}", archive(results(tmp_path)))
    assert comment(forge, tmp_path).returncode == 0
    assert {c["body"] for c in forge.comments[:150]} == {f"{MARKER}\nmine"}
    assert len(forge.comments) == 151
    assert comment(forge, tmp_path).stdout.endswith("updated\n")  # found on the second page
    assert len(forge.comments) == 151


def test_a_run_without_an_evaluation_is_reported(forge, tmp_path):
    forge.pulls.append(pull())
    assert comment(forge, tmp_path, conclusion="failure").returncode == 0
    assert f"{FLOW} was not evaluated" in forge.comments[0]["body"]


@pytest.mark.parametrize("conclusion", ["cancelled", "skipped"])
def test_a_run_that_a_later_one_replaces_says_nothing(forge, tmp_path, conclusion):
    forge.pulls.append(pull())
    assert comment(forge, tmp_path, conclusion=conclusion).returncode == 0
    assert forge.comments == []


@pytest.mark.parametrize(
    "other",
    [
        pull(sha="b" * 40),  # it has moved on
        pull(repository=3),  # another fork, with a branch of that name and the same commit
        pull(branch="other"),
    ],
)
def test_only_the_pull_request_at_the_commit_of_the_run_gets_a_comment(forge, tmp_path, other):
    forge.pulls.append(other)
    add_artifact(forge, f"report-{FLOW}", archive({**results(tmp_path), "number.txt": b"7"}))
    assert "No open pull request" in comment(forge, tmp_path).stdout
    assert forge.comments == []


def test_a_branch_name_stays_a_name(forge, tmp_path):
    branch = "x&head=owner:main#$(touch hacked);`id`"
    forge.pulls.append(pull(branch=branch))
    add_artifact(forge, f"report-{FLOW}", archive(results(tmp_path)))
    assert comment(forge, tmp_path, branch=branch).stdout.endswith("#7: written\n")


@pytest.mark.parametrize(
    "path", [".github/workflows/evil.yml", ".github/workflows/../../etc_pr.yml", ".github/workflows/nothing_pr.yml", ""]
)
def test_the_workflow_of_no_flow_is_refused(forge, tmp_path, path):
    ended_with = comment(forge, tmp_path, path=path)
    assert (ended_with.returncode, len(ended_with.stderr.splitlines())) == (2, 1)


def test_a_fork_that_has_been_deleted_since_gets_no_comment(forge, tmp_path):
    add_artifact(forge, f"report-{FLOW}", archive(results(tmp_path)))
    event = ended(tmp_path)
    run_that_ended = json.loads(event.read_text(encoding="utf-8"))
    run_that_ended["workflow_run"]["head_repository"] = None
    event.write_text(json.dumps(run_that_ended), encoding="utf-8")
    variables = on_github(forge, GITHUB_EVENT_PATH=str(event))
    ended_with = command("mlops.pipelines.comment", "--results", tmp_path / "report", **variables)
    assert (ended_with.returncode, ended_with.stderr) == (0, "")
    assert "No open pull request" in ended_with.stdout


def bomb():
    return {"metrics.json": b"0" * 21_000_000, "results.jsonl": b""}


def packed(files, method):
    """Return an archive whose files are packed in another way than that of pipelines."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", method) as opened:
        for name, content in files.items():
            opened.writestr(name, content)
    return written.getvalue()


def with_a_wrong_offset(content):
    """Return an archive whose end says that its directory begins before the file does."""
    end = content.rindex(b"PK\x05\x06")
    return content[: end + 12] + b"\xff\xff\xff\x00" + content[end + 16 :]


def endless(made):
    return re.sub(rb'"seconds": [0-9.]+', b'"seconds": Infinity', made["metrics.json"])


HOSTILE = {
    "packed by LZMA": lambda made: packed(made, zipfile.ZIP_LZMA),
    "packed by bzip2": lambda made: packed(bomb(), zipfile.ZIP_BZIP2),
    "wrong offset": lambda made: with_a_wrong_offset(archive(made)),
    "name that is no text": lambda made: archive({**made, "\u00e9": b""}).replace("\u00e9".encode(), b"\xff\xff"),
    "time without an end": lambda made: archive({**made, "metrics.json": endless(made)}),
    "no archive": lambda made: b"PK\x03\x04 nothing",
    "empty": lambda made: b"",
    "without results": lambda made: archive({"other": b""}),
    "twice": lambda made: archive({**made, "x/metrics.json": b"{}"}),
    "unpacks to too much": lambda made: archive(bomb()),
    "too large": lambda made: archive(made) + b"0" * 21_000_000,
    "deep": lambda made: archive({**made, "metrics.json": b'{"a":' * 100_000}),
    "no JSON": lambda made: archive({**made, "metrics.json": b"\xff"}),
    "wrong types": lambda made: archive({**made, "metrics.json": b'{"row_count": 1, "metrics": "x"}'}),
    "another flow": lambda made: archive({**made, "metrics.json": made["metrics.json"].replace(b"class_b", b"yaml_b")}),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_artifact_ends_in_one_sentence(forge, tmp_path, case):
    forge.pulls.append(pull())
    add_artifact(forge, f"report-{FLOW}", HOSTILE[case](results(tmp_path)))
    ended_with = comment(forge, tmp_path)
    assert (ended_with.returncode, len(ended_with.stderr.splitlines())) == (2, 1), ended_with.stderr
    assert forge.comments == []


def test_nothing_is_unpacked_elsewhere_and_no_markdown_of_the_fork_is_shown(forge, tmp_path):
    attack = "@everyone ![x](http://evil.example/x.png) </code><script>alert(1)</script> <!-- evaluation of x -->"
    made = results(tmp_path, mean=0.1, text=attack)
    forge.pulls.append(pull())
    add_artifact(forge, f"report-{FLOW}", archive({**made, "../../escaped.txt": b"x", "report.md": attack.encode()}))
    assert comment(forge, tmp_path).returncode == 0
    assert sorted(path.name for path in (tmp_path / "report" / FLOW).iterdir()) == ["metrics.json", "results.jsonl"]
    body = forge.comments[0]["body"].partition("\n")[2]
    assert [part for part in ("@everyone", "![x]", "<script", "<!--", "http://") if part in body] == []


def test_the_token_goes_to_the_api_alone(forge, tmp_path):
    forge.pulls.append(pull())
    add_artifact(forge, f"report-{FLOW}", archive(results(tmp_path)))
    assert comment(forge, tmp_path).returncode == 0
    assert {authorization for _, path, authorization in forge.seen if path.startswith("/storage")} == {None}
    assert {authorization for _, path, authorization in forge.seen if path.startswith("/repos")} == {f"Bearer {TOKEN}"}


@pytest.mark.parametrize("status", [401, 403, 404, 500])
def test_a_refusal_is_one_sentence_without_the_token(forge, tmp_path, status):
    forge.fault = status
    ended_with = comment(forge, tmp_path)
    assert (ended_with.returncode, len(ended_with.stderr.splitlines())) == (2, 1)
    assert str(status) in ended_with.stderr
    assert TOKEN not in ended_with.stderr + ended_with.stdout


@pytest.mark.parametrize(
    "module",
    [
        "fetch_report --output x",
        "comment --results x",
        "comment --results x --flow_type f",
        "fetch_baseline --environment_name dev --flow_type f --branch b",
    ],
)
def test_outside_a_pipeline_a_command_says_so(module):
    ended_with = command(*f"mlops.pipelines.{module}".split())
    assert (ended_with.returncode, len(ended_with.stderr.splitlines())) == (2, 1)


# --- Azure DevOps ---


def azure_comment(forge, tmp_path, **variables):
    given = on_azure(forge, **variables)
    return command("mlops.pipelines.comment", "--results", tmp_path, "--flow_type", FLOW, **given)


def test_azure_devops_gets_one_thread_that_is_closed_when_the_gate_is_passed(forge, tmp_path):
    forge.threads.append(
        {
            "id": 1,
            "status": 1,
            "comments": [
                {"id": 1, "author": {"id": "somebody"}, "content": f"{MARKER}\nmine"},
                {"id": 2, "author": {"id": "me"}, "content": None},
            ],
        }
    )
    write_reports([evaluation("pr", mean=0.2)], tmp_path / FLOW)
    assert azure_comment(forge, tmp_path).stdout == "#7: written\n"
    assert forge.threads[1]["status"] == 1
    write_reports([evaluation("pr")], tmp_path / FLOW)
    assert azure_comment(forge, tmp_path).stdout == "#7: updated\n"
    assert [len(forge.threads), forge.threads[1]["status"]] == [2, 4]
    assert "✅ Passed" in forge.threads[1]["comments"][0]["content"]
    assert forge.threads[0]["comments"][0]["content"] == f"{MARKER}\nmine"


def test_azure_devops_hears_of_a_fork_and_of_a_run_without_an_evaluation(forge, tmp_path):
    assert azure_comment(forge, tmp_path).returncode == 0
    assert "was not evaluated" in forge.threads[0]["comments"][0]["content"]
    assert forge.threads[0]["status"] == 1
    write_reports([evaluation()], tmp_path / FLOW)
    assert azure_comment(forge, tmp_path, SYSTEM_PULLREQUEST_ISFORK="True").returncode == 0
    assert "From a fork" in forge.threads[0]["comments"][0]["content"]


# --- Baselines ---


def baseline(tmp_path, variables):
    arguments = ["--environment_name", "dev", "--flow_type", FLOW, "--branch", "development"]
    return command("mlops.pipelines.fetch_baseline", *arguments, OUTPUTS_DIRECTORY=str(tmp_path / "out"), **variables)


def kept(tmp_path):
    path = tmp_path / "out" / "evaluations" / f"{FLOW}_dev" / "baseline" / "metrics.json"
    return json.loads(path.read_text(encoding="utf-8"))["run"] if path.exists() else None


def test_the_newest_accepted_evaluation_of_our_own_branch_is_the_baseline(forge, tmp_path):
    assert "No evaluation" in baseline(tmp_path, on_github(forge)).stdout
    name = f"baseline-{FLOW}-dev"
    for run_name, created, about in (
        ("old", "2026-05-01T00:00:00Z", {}),
        ("newest", "2026-05-03T00:00:00Z", {}),
        ("expired", "2026-05-04T00:00:00Z", {"expired": True}),
        ("of_a_fork", "2026-05-05T00:00:00Z", {"of_run": {"head_repository_id": FORK}}),
        ("of_a_branch", "2026-05-06T00:00:00Z", {"of_run": {"head_branch": "change"}}),
    ):
        made = archive(results(tmp_path, environment="dev", run_name=run_name))
        add_artifact(forge, name, made, created_at=created, **about)
    assert baseline(tmp_path, on_github(forge)).returncode == 0
    assert kept(tmp_path) == "newest"


def test_azure_devops_looks_through_its_builds_for_the_baseline(forge, tmp_path):
    assert "No evaluation" in baseline(tmp_path, on_azure(forge)).stdout
    inside = {f"{FLOW}/{name}": text for name, text in results(tmp_path, environment="dev").items()}
    forge.builds = {1: {f"baseline-{FLOW}-dev": archive(inside)}, 2: {}}
    assert baseline(tmp_path, on_azure(forge)).returncode == 0
    assert kept(tmp_path) == "run_1"


def test_a_baseline_of_another_environment_is_refused(forge, tmp_path):
    add_artifact(forge, f"baseline-{FLOW}-dev", archive(results(tmp_path, environment="prod")))
    ended_with = baseline(tmp_path, on_github(forge))
    assert ended_with.returncode == 2
    assert "in prod" in ended_with.stderr


# --- Proposals ---


@pytest.mark.parametrize("system", ["github", "azure"])
def test_a_changed_file_is_proposed_once(forge, scratch, tmp_path, system):
    remote = tmp_path / "remote.git"
    subprocess.run(["git", "init", "--quiet", "--bare", str(remote)], check=True)
    subprocess.run(["git", "remote", "add", "origin", str(remote)], cwd=scratch, check=True)
    given = on_github(forge) if system == "github" else on_azure(forge)
    arguments = ["--branch", "refresh-lock", "--base", "main", "--title", "Refresh", "requirements.lock"]
    propose = ["mlops.pipelines.propose_change", *arguments]
    assert command(*propose, folder=scratch, **given).stdout == "Nothing has changed.\n"
    for text in ("# one\n", "# two\n"):
        with (scratch / "requirements.lock").open("a", encoding="utf-8") as file:
            file.write(text)
        ended_with = command(*propose, folder=scratch, **given)
        assert ended_with.returncode == 0, ended_with.stderr
        assert ended_with.stdout.rstrip().endswith("/9")
    assert len(forge.pulls) == 1
    show = ["git", "show", "refresh-lock:requirements.lock"]
    pushed = subprocess.run(show, cwd=remote, capture_output=True, text=True, check=True)
    assert pushed.stdout.endswith("# one\n# two\n")
