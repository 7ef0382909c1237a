"""What travels to Azure when this folder, or a flow's, is uploaded by the SDK: what is needed, and nothing else."""

import subprocess
import sys
from pathlib import Path

import pytest

from mlops.common.paths import REPOSITORY
from scripts.working_tree import copy_files, repository_files

LEFT_BEHIND = [
    ".env",
    ".venv/bin/python",
    ".git/config",
    ".promptflow/pf.yaml",
    "outputs/runs/x/flow_outputs/output.jsonl",
    "node_modules/azurite/package.json",
    "flows/yaml_basic_flow/standard/.promptflow/flow.tools.json",
    "flows/yaml_basic_flow/standard/.env",
    "mlops/common/__pycache__/config.cpython-311.pyc",
    "tests/conftest.py",
    "docs/azure.md",
]
FOLDERS = {"flows", "mlops", "entity_answers", "model_endpoint", "src", "config", "data"}
MEGABYTES = 3


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """The files under version control, and what work leaves behind among them."""
    folder = copy_files(REPOSITORY, repository_files(), tmp_path_factory.mktemp("uploads"))
    for name in LEFT_BEHIND:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("left behind")
    return folder


def uploaded(folder: Path) -> set[str]:
    """Return what the SDK uploads of a folder, by its own rules."""
    from azure.ai.ml._utils._asset_utils import get_ignore_file, get_upload_files_from_folder

    ignore = get_ignore_file(folder)
    return {relative for _, relative in get_upload_files_from_folder(folder, ignore_file=ignore)}


def test_a_job_gets_flows_commands_configuration_and_data(checkout):
    names = uploaded(checkout)

    needed = set(
        repository_files("flows", "mlops", "entity_answers", "model_endpoint", "config", "data", "src/evaluators")
    )
    needed -= set(repository_files("data/documents/source"))
    assert needed - names == set()


def test_a_job_gets_nothing_else(checkout):
    names = uploaded(checkout)

    assert names & set(LEFT_BEHIND) == set()
    assert {name.partition("/")[0] for name in names} == FOLDERS | {"requirements.lock"}
    assert not [n for n in names if n.startswith("src/") and not n.startswith(("src/evaluators/", "src/__init__.py"))]


def test_an_upload_is_small(checkout):
    assert sum((checkout / name).stat().st_size for name in uploaded(checkout)) < MEGABYTES << 20


def test_evaluating_in_a_job_needs_no_more(checkout, tmp_path):
    copy_files(checkout, sorted(uploaded(checkout)), tmp_path)
    command = [sys.executable, "-m", "flows.chat_with_pdf.evaluate.evaluate", "--environment_name", "pr"]
    environment = {"PATH": "", "HOME": str(tmp_path / "home")}

    ended = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment, check=False)

    assert ended.returncode == 2 and "AOAI_BASE_ENDPOINT" in ended.stderr, ended.stderr
