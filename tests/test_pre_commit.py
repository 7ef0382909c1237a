"""What the hooks before a commit catch: each is given a file with its fault, in a repository of its own."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from mlops.common.paths import REPOSITORY

CONFIGURATION = REPOSITORY / ".pre-commit-config.yaml"
KEY = "sk" + "_live_" + "4eC39HqLyjWDarjtT1zdp7dc"  # put together here, so that the hooks pass this file
NOTEBOOK = {
    "cells": [
        {
            "cell_type": "code",
            "execution_count": 1,
            "id": "a",
            "metadata": {},
            "source": "1",
            "outputs": [{"output_type": "stream", "name": "stdout", "text": "a customer's data"}],
        }
    ],
    "metadata": {},
    "nbformat": 4,
    "nbformat_minor": 5,
}
FAULTS = {
    "ruff-format": ("module.py", '"""A module."""\n\nLIMIT = [ 3 ]\n'),
    "ruff-check": ("module.py", '"""A module."""\n\nimport sys\nimport os\n'),
    "flake8": ("module.py", '"""A module."""\nimport os\n'),
    "mypy": ("mlops/module.py", '"""A module."""\n\nLIMIT: int = "3"\n'),
    "end-of-file": ("page.md", "text\n\n\n"),
    "trailing-whitespace": ("page.md", "text \n"),
    "yaml": ("file.yaml", "a: [\n"),
    "json": ("file.json", "{\n"),
    "merge-conflict": ("page.md", "<<<<<<< HEAD\na\n=======\nb\n>>>>>>> other\n"),
    "large-files": ("large.bin", "x" * (1025 << 10)),
    "private-key": ("key.pem", "-----BEGIN RSA " + "PRIVATE KEY-----\n"),
    "secrets": ("settings.py", f'"""Settings."""\nSTRIPE = "{KEY}"\n'),
    "secrets-in-tests": ("tests/test_it.py", f'"""A test."""\nSTRIPE = "{KEY}"\n'),
    "notebook-output": ("notebook.ipynb", json.dumps(NOTEBOOK)),
}


@pytest.fixture
def repository(tmp_path):
    """A new repository with the hooks' configuration."""
    git(tmp_path, "init", "--quiet")
    for name in (".pre-commit-config.yaml", "pyproject.toml", "setup.cfg"):
        shutil.copy(REPOSITORY / name, tmp_path)
    for name in ("entity_answers", "flows", "mlops", "model_endpoint", "src"):  # which mypy wants to be there
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text('"""A package."""\n')
    git(tmp_path, "add", ".")
    return tmp_path


def git(folder, *arguments):
    subprocess.run(["git", *arguments], cwd=folder, check=True)


def run_hook(folder: Path, hook: str, *arguments: str) -> subprocess.CompletedProcess:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {"PATH": path, "PRE_COMMIT_HOME": str(folder / ".cache"), "HOME": str(folder)}
    command = [sys.executable, "-m", "pre_commit", "run", hook, *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, env=environment, check=False)


def test_there_is_a_fault_for_every_hook():
    hooks = yaml.safe_load(CONFIGURATION.read_text())["repos"][0]["hooks"]
    assert [hook["id"] for hook in hooks] == list(FAULTS)


@pytest.mark.parametrize("hook", FAULTS)
def test_a_hook_refuses_its_fault(repository, hook):
    name, content = FAULTS[hook]
    (repository / name).parent.mkdir(exist_ok=True)
    (repository / name).write_text(content)
    git(repository, "add", name)

    ended = run_hook(repository, hook)

    assert ended.returncode == 1 and f"hook id: {hook}" in ended.stdout, ended.stdout + ended.stderr


def test_a_good_file_passes_every_hook(repository):
    (repository / "module.py").write_text('"""A module."""\n\nLIMIT = 3\n')
    git(repository, "add", "module.py")

    ended = run_hook(repository, "--all-files")

    assert ended.returncode == 0, ended.stdout + ended.stderr
