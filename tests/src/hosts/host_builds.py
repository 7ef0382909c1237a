"""Builds hosts without their engines: a Dockerfile's instructions, carried out in ordinary folders."""

import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

import httpx
from image_builds import installed, python_of, run_as_written, stages
from unprivileged import without_rights

from mlops.common.paths import REPOSITORY
from src.functions_app.files import served_files

DOCKERFILE = REPOSITORY / "src" / "flow_service" / "Dockerfile"
START_S = 120
RECORD = {"entity_type": "job title", "text": "The nurse met a software engineer."}
PAGES = {"question": "What does a public night cost for an adult?"}
PLAN = {"question": "How much is 17 times 23?"}
QUESTIONS = {
    "class_basic_flow": (RECORD, ["nurse", "software engineer"]),
    "function_basic_flow": (RECORD, ["nurse", "software engineer"]),
    "yaml_basic_flow": (RECORD, ["nurse", "software engineer"]),
    "chat_with_pdf": (PAGES, "12 euros"),
    "class_plan_and_execute": (PLAN, "391"),
    "plan_and_execute": (PLAN, "391"),
}


def arguments(stage, instruction):
    """What an instruction is given in a stage, each time it is there."""
    return [argument for name, argument in stages(DOCKERFILE.read_text())[stage] if name == instruction]


def build(folder):
    """Carry out what makes the result's /app and /opt/venv; return where the latter is."""
    (install,) = arguments("packages", "RUN")
    lock = arguments("packages", "COPY")[0].split()[0]
    script = install.replace("/opt/venv", "$FOLDER/venv").replace("/requirements.lock", str(REPOSITORY / lock))
    packages = installed((REPOSITORY / lock).read_bytes(), script, python_of(arguments("default", "FROM")[0])) / "venv"
    assert arguments("application", "COPY") == [". ."]
    copy_files(folder)
    for command in arguments("application", "RUN"):
        run_as_written(command, str(packages / "bin" / "python"), folder)
    return packages


def copy_files(folder):
    """Copy what .dockerignore lets through."""
    for name in served_files():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(REPOSITORY / name, folder / name)


@contextmanager
def container(app, packages, data, variables):
    """The result's process: its user, environment, command; yields it and its address."""
    port = free_port()
    environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **variables}
    for assignment in shlex.split(arguments("result", "ENV")[0].replace("$PATH", os.environ["PATH"])):
        name, _, value = assignment.partition("=")
        value = value.replace("/opt/venv", str(packages))
        environment[name] = re.sub(r"^/data", str(data), value)
    command = json.loads(arguments("result", "ENTRYPOINT")[0])
    user = arguments("result", "USER")[0].partition(":")[0]
    started = subprocess.Popen(
        [*without_rights(user), *command, "--environment_name", "dev", "--port", str(port)],
        cwd=app,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        yield started, f"http://127.0.0.1:{port}"
    finally:
        started.kill()
        started.communicate()


def wait_until_ready(address, started, path="/readyz"):
    """Wait for an address to answer."""
    deadline = time.monotonic() + START_S
    while True:
        try:
            if httpx.get(address + path, timeout=10).status_code == 200:
                return
        except httpx.TransportError:
            pass
        assert started.poll() is None, started.communicate()[1][-3000:]
        assert time.monotonic() < deadline, "it did not get ready"
        time.sleep(0.1)


def ended_by_sigterm(started, seconds=30):
    """Send SIGTERM; return the status and what was said on standard error."""
    started.send_signal(signal.SIGTERM)
    _, said = started.communicate(timeout=seconds)
    return started.returncode, said


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def size(folder):
    """The bytes of a folder's files."""
    return sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file() and not path.is_symlink())
