"""Builds of images without a builder: what a Dockerfile's instructions say, carried out in ordinary folders."""

from __future__ import annotations

import hashlib
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from filelock import FileLock

from mlops.common.paths import REPOSITORY

CACHE = REPOSITORY / ".cache" / "hosts"
OF_A_PYTHON = re.compile(r"python:(\d+\.\d+)")


def stages(dockerfile: str) -> dict[str, list[tuple[str, str]]]:
    """The stages of a Dockerfile, each a list of (instruction, argument), by name; the last one is `result`."""
    lines = [line for line in dockerfile.splitlines() if not line.lstrip().startswith("#")]
    found: dict[str, list[tuple[str, str]]] = {}
    name = "before"
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        instruction, _, argument = line.strip().partition(" ")
        if instruction == "FROM":
            name = argument.partition(" AS ")[2] or "result"
        if instruction:
            found.setdefault(name, []).append((instruction, " ".join(argument.split())))
    return found


def python_of(base_image: str) -> str:
    """The interpreter of the version that is in the name of a base image, where it can be found; else that of this."""
    return interpreter(OF_A_PYTHON.search(base_image)[1])


def interpreter(version: str) -> str:
    """The interpreter of a version of Python, where it can be found; else the one that runs this."""
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


def installed(requirements: bytes, script: str, python: str, folder: Path = REPOSITORY) -> Path:
    """A folder that a shell script has installed packages into; it is kept for as long as nothing of it changes.

    Args:
        requirements: what says which packages.
        script: has `$FOLDER` for the folder, and `python3` for the image's interpreter.
        python: that interpreter.
        folder: where the script runs.
    """
    key = hashlib.sha256(b"\0".join([requirements, script.encode(), python.encode()])).hexdigest()[:16]
    kept = CACHE / key
    CACHE.mkdir(parents=True, exist_ok=True)
    with FileLock(CACHE / f"{key}.lock"):
        if not (kept / "done").exists():
            shutil.rmtree(kept, ignore_errors=True)
            kept.mkdir()
            run_as_written(script.replace("$FOLDER", str(kept)), python, folder)
            (kept / "done").touch()
    return kept


def run_as_written(script: str, python: str, folder: Path = REPOSITORY) -> None:
    """Run a shell script of a build, in which `python3` is the interpreter given."""
    script = f'python3() {{ {shlex.quote(python)} "$@"; }}\n{script}'
    done = subprocess.run(["sh", "-euc", script], cwd=folder, text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
