"""A run of tests that is interrupted leaves no process behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

SUITE = """
import subprocess, sys, time
from pathlib import Path

def test_that_leaves_a_child():
    command = [sys.executable, "-c", "import time; time.sleep(3600)"]
    child = subprocess.Popen(command, start_new_session=True)
    Path("writing").write_text(str(child.pid))
    Path("writing").rename("child")
    time.sleep(3600)
"""


# As a terminal starts it; what a script starts in the background ignores SIGINT.
START = "import signal, sys, pytest; signal.signal(signal.SIGINT, signal.default_int_handler); sys.exit(pytest.main())"


@pytest.mark.parametrize(("number", "workers"), [(signal.SIGINT, 0), (signal.SIGTERM, 1)])
def test_what_a_test_has_started_ends_with_an_interrupted_run(tmp_path, number, workers):
    (tmp_path / "test_it.py").write_text(SUITE)
    options = ["-p", "interrupted_runs", "-p", "no:cacheprovider", "-n", str(workers), "test_it.py"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent), "PYTEST_ADDOPTS": ""}
    with subprocess.Popen(
        [sys.executable, "-c", START, *options], cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True
    ) as run:
        while not (tmp_path / "child").exists() and run.poll() is None:
            time.sleep(0.05)
        run.send_signal(number)
        said, _ = run.communicate()

    assert run.returncode == pytest.ExitCode.INTERRUPTED, said
    assert not psutil.pid_exists(int((tmp_path / "child").read_text()))
