"""Names of experiments and runs."""

import re
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops.common import names
from mlops.common.names import experiment_name, fresh_identifier, run_name

NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}")


@pytest.fixture(autouse=True)
def no_pipeline(monkeypatch):
    monkeypatch.delenv("BUILD_SOURCEBRANCHNAME", raising=False)
    monkeypatch.delenv("BUILD_BUILDID", raising=False)
    for name in ("GIT_DIR", "GIT_WORK_TREE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A git repository on the branch feature/né w, with one commit."""

    def git(*arguments):
        subprocess.run(
            ["git", "-c", "user.name=t", "-c", "user.email=t@t", *arguments],
            cwd=tmp_path,
            check=True,
            capture_output=True,
        )

    git("init", "--initial-branch", "feature/größe")
    git("commit", "--allow-empty", "--message", "first")
    monkeypatch.setattr(names, "REPOSITORY", tmp_path)
    return git


def test_the_pipelines_branch_comes_first(repository, monkeypatch):
    monkeypatch.setenv("BUILD_SOURCEBRANCHNAME", "release-7")
    assert experiment_name() == "release-7"


def test_without_a_pipeline_the_branch_comes_from_git(repository, capsys):
    assert experiment_name() == "feature-gr-e"
    assert capsys.readouterr().err == ""


def test_a_branch_without_a_commit_is_a_branch(repository):
    repository("switch", "--orphan", "empty")
    assert experiment_name() == "empty"


def test_a_detached_head_gets_the_fallback_and_it_is_said(repository, capsys):
    repository("checkout", "--detach")
    assert experiment_name() == "no-branch"
    captured = capsys.readouterr()
    assert "no-branch" in captured.err
    assert captured.out == ""


def test_outside_a_repository_the_fallback_is_said(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(names, "REPOSITORY", tmp_path)
    assert experiment_name() == "no-branch"
    assert capsys.readouterr().err.count("\n") == 1


def test_without_git_the_fallback_is_said(repository, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert experiment_name() == "no-branch"
    assert "no-branch" in capsys.readouterr().err


@pytest.mark.parametrize("branch", ["日本", "--", "...", "//"])
def test_a_branch_of_which_nothing_can_be_kept_gets_the_fallback(monkeypatch, capsys, branch):
    monkeypatch.setenv("BUILD_SOURCEBRANCHNAME", branch)
    assert experiment_name() == "no-branch"
    assert "no-branch" in capsys.readouterr().err


def test_a_run_is_named_after_flow_environment_and_build(monkeypatch):
    monkeypatch.setenv("BUILD_BUILDID", "20250401.3")
    assert run_name("class_basic_flow", "pr") == "class_basic_flow_pr_20250401.3"


def test_without_a_build_every_run_has_a_name_of_its_own():
    made = {run_name("f", "local") for _ in range(50)}
    assert len(made) == 50
    assert all(re.fullmatch(r"f_local_[0-9a-f]{8}", name) for name in made)
    assert fresh_identifier() != fresh_identifier()


@given(st.text(min_size=1, max_size=300).filter(lambda text: "\0" not in text and text.isprintable()))
def test_whatever_a_build_or_a_branch_is_called_its_name_is_one_that_azure_takes(text):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BUILD_BUILDID", text)
        patch.setenv("BUILD_SOURCEBRANCHNAME", text)
        assert NAME.fullmatch(run_name("f", "local"))
        assert NAME.fullmatch(experiment_name())
