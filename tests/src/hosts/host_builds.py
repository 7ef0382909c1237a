"""Builds hosts without their engines: a Dockerfile's instructions, carried out in ordinary folders."""

import hashlib
import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import httpx
from filelock import FileLock
from unprivileged import without_rights

from mlops.common.paths import REPOSITORY
from src.functions_app.files import served_files

DOCKERFILE = REPOSITORY / "src" / "flow_service" / "Dockerfile"
CACHE = REPOSITORY / ".cache" / "hosts"
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


def stages(text=None):
    """The stages of the Dockerfile, each a list of (instruction, argument), by name; the last one is `result`."""
    lines = [line for line in (text or DOCKERFILE.read_text()).splitlines() if not line.lstrip().startswith("#")]
    found, name = {}, "before"
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        instruction, _, argument = line.strip().partition(" ")
        if instruction == "FROM":
            name = argument.partition(" AS ")[2] or "result"
        if instruction:
            found.setdefault(name, []).append((instruction, " ".join(argument.split())))
    return found


def arguments(stage, instruction):
    """What an instruction is given in a stage, each time it is there."""
    return [argument for name, argument in stages()[stage] if name == instruction]


def python_of_the_image():
    """The interpreter of the version that the Dockerfile names, where it can be found; else the one that runs this."""
    version = re.search(r"python:(\d+\.\d+)", arguments("before", "ARG")[0]).group(1)
    asked = (
        subprocess.run(
            [f"python{version}", "-c", "import sys, pip; print(sys.executable)"],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "PYENV_VERSION": version},
        )
        if shutil.which(f"python{version}")
        else None
    )
    return asked.stdout.strip() if asked and asked.returncode == 0 else sys.executable


def installed(lock, script):
    """A folder that a shell script has installed a lock's packages into; it is kept for as long as neither changes.

    Args:
        lock: the lock file.
        script: has `$FOLDER` for the folder, and `python` for the image's interpreter.
    """
    python = python_of_the_image()
    key = hashlib.sha256(b"\0".join([lock.read_bytes(), script.encode(), python.encode()])).hexdigest()[:16]
    folder = CACHE / key
    CACHE.mkdir(parents=True, exist_ok=True)
    with FileLock(CACHE / f"{key}.lock"):
        if not (folder / "done").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            run_as_written(script.replace("$FOLDER", str(folder)), python)
            (folder / "done").touch()
    return folder


def run_as_written(script, python, folder=REPOSITORY):
    """Run a shell script of a build, in which `python` is the interpreter given."""
    script = f'python() {{ {shlex.quote(python)} "$@"; }}\n{script}'
    done = subprocess.run(["sh", "-euc", script], cwd=folder, text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


def build(folder):
    """Carry out what makes the result's /app and /opt/venv; return where the latter is."""
    (install,) = arguments("packages", "RUN")
    lock = arguments("packages", "COPY")[0].split()[0]
    script = install.replace("/opt/venv", "$FOLDER/venv").replace("/requirements.lock", str(REPOSITORY / lock))
    packages = installed(REPOSITORY / lock, script) / "venv"
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
