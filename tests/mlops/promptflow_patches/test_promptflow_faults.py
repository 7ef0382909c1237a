"""Prompt flow still has the faults that mlops.promptflow_patches fixes, and has none of them when it is patched.

A check that fails unpatched says that Prompt flow has fixed the fault: remove the patch that names the check.
"""

import json
import subprocess
import sys

import pytest
from promptflow_faults import CHECKS

from mlops.common.paths import REPOSITORY

NAMES = [check.__name__ for check in CHECKS]


@pytest.fixture(scope="module")
def faults():
    """Which faults Prompt flow has, by the state it is in."""

    def found(state: str) -> dict[str, bool]:
        script = REPOSITORY / "tests" / "mlops" / "promptflow_patches" / "promptflow_faults.py"
        command = [sys.executable, "-c", f"import runpy; runpy.run_path({str(script)!r}, run_name='__main__')", state]
        done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    return {state: found(state) for state in ("unpatched", "patched")}


@pytest.mark.parametrize("name", NAMES)
def test_prompt_flow_still_has_the_fault(faults, name):
    assert faults["unpatched"][name]


@pytest.mark.parametrize("name", NAMES)
def test_the_patch_fixes_the_fault(faults, name):
    assert not faults["patched"][name]


def test_every_patch_names_a_check_and_every_check_is_named():
    folder = REPOSITORY / "mlops" / "promptflow_patches"
    text = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py"))
    assert [name for name in NAMES if f"`{name}`" not in text] == []
    assert text.count("Fault:") == text.count("Version:") == text.count("Check: ") + text.count("Checks: ")
