"""Which tests `make check` runs: those nearest to what changed, by imports."""

import importlib.util
import subprocess

import pytest

from mlops.common.paths import REPOSITORY

SPEC = importlib.util.spec_from_file_location("changed_tests", REPOSITORY / "scripts" / "changed_tests.py")
changed_tests = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(changed_tests)

FILES = {
    "mlops/__init__.py": "",
    "mlops/runs/__init__.py": "",
    "mlops/runs/base.py": "",
    "mlops/runs/middle.py": "from .base import thing\n",
    "mlops/runs/command.py": "def run():\n    from mlops.runs import middle\n",
    "mlops/runs/alone.py": "",
    "flows/a/standard/reader/pages.py": "",
    "flows/a/standard/reader/book.py": "from . import pages\n",
    "tests/mlops/helper.py": "import mlops.runs.command\n",
    "tests/mlops/runs/test_middle.py": "from mlops.runs.middle import thing\n",
    "tests/mlops/runs/test_command.py": "from helper import run\n",
    "tests/azure/test_middle_in_azure.py": "from mlops.runs.middle import thing\n",
    "tests/flows/a/test_book.py": "from reader import book\n",
}


@pytest.fixture
def repository(tmp_path):
    for name, source in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(source)
    git(tmp_path, "init", "--quiet", "--initial-branch", "main")
    commit(tmp_path)
    return tmp_path


def git(folder, *arguments):
    author = ["-c", "user.name=Test", "-c", "user.email=test@localhost"]
    subprocess.run(["git", *author, *arguments], cwd=folder, check=True)


def commit(folder):
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "as it is")


@pytest.mark.parametrize(
    ("changed", "tests"),
    [
        ("mlops/runs/middle.py", ["tests/mlops/runs/test_middle.py"]),
        ("mlops/runs/base.py", ["tests/mlops/runs/test_middle.py"]),  # through what imports it
        ("mlops/runs/command.py", ["tests/mlops/runs/test_command.py"]),  # through what tests share
        ("tests/mlops/helper.py", ["tests/mlops/runs/test_command.py"]),
        ("flows/a/standard/reader/pages.py", ["tests/flows/a/test_book.py"]),  # where modules are top-level modules
        ("tests/mlops/runs/test_command.py", ["tests/mlops/runs/test_command.py"]),
        ("tests/azure/test_middle_in_azure.py", []),  # is no quick one
        ("mlops/runs/alone.py", []),
    ],
)
def test_the_tests_that_the_fewest_imports_lead_from_are_run(repository, changed, tests):
    assert changed_tests.tests_of([changed], changed_tests.importers(repository)) == tests


def test_changed_tests_come_first_then_those_near_the_most_changes(repository):
    changed = ["mlops/runs/base.py", "mlops/runs/middle.py", "mlops/runs/command.py", "tests/flows/a/test_book.py"]
    assert changed_tests.tests_of(changed, changed_tests.importers(repository)) == [
        "tests/flows/a/test_book.py",
        "tests/mlops/runs/test_middle.py",
        "tests/mlops/runs/test_command.py",
    ]


def test_what_a_branch_committed_changed_and_added_counts_but_not_what_main_did_since(repository):
    git(repository, "checkout", "--quiet", "-b", "work")
    (repository / "mlops/runs/base.py").write_text("thing = 1\n")
    (repository / "mlops/runs/alone.py").unlink()
    commit(repository)
    git(repository, "checkout", "--quiet", "main")
    (repository / "mlops/runs/command.py").write_text("")
    commit(repository)
    git(repository, "checkout", "--quiet", "work")
    (repository / "mlops/runs/middle.py").write_text("")
    (repository / "mlops/runs/new.py").write_text("")
    new = {"mlops/runs/base.py", "mlops/runs/middle.py", "mlops/runs/new.py"}
    assert changed_tests.changed_files("main", repository) == new


def test_without_the_branch_what_is_not_committed_counts(repository):
    (repository / "mlops/runs/base.py").write_text("thing = 1\n")
    assert changed_tests.changed_files("no-such-branch", repository) == {"mlops/runs/base.py"}
