"""What the tests of the pipelines share: copies of the repository as a machine of a pipeline would have it."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mlops.common.paths import REPOSITORY
from scripts.working_tree import copy_files, repository_files


@pytest.fixture(scope="session")
def files() -> list[str]:
    return repository_files()


def check_out(files: list[str], folder: Path) -> Path:
    """Make a clean copy of the repository under git, with the locked environment in it, and return it."""
    copy_files(REPOSITORY, files, folder)
    for command in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message", "as it is"]):
        author = ["-c", "user.name=Test", "-c", "user.email=test@localhost"]
        subprocess.run(["git", *author, *command], cwd=folder, check=True)
    environment = folder / ".venv"
    environment.mkdir()
    for part in Path(sys.prefix).iterdir():
        if part.name != "installed.lock":
            (environment / part.name).symlink_to(part)
    shutil.copy2(folder / "requirements.lock", environment / "installed.lock")  # as from the pipeline's cache
    if (REPOSITORY / "node_modules").exists():
        (folder / "node_modules").symlink_to(REPOSITORY / "node_modules")
        (folder / ".git" / "info" / "exclude").write_text("node_modules\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def checkout(files, tmp_path_factory) -> Path:
    """A clean copy, in which the steps of a pipeline run one after the other."""
    return check_out(files, tmp_path_factory.mktemp("pipeline") / "checkout")


@pytest.fixture
def scratch(files, tmp_path) -> Path:
    """A clean copy that a test may break."""
    return check_out(files, tmp_path / "checkout")
