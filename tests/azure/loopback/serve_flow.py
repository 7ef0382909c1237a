"""What a machine of Azure does for an online deployment: start its image's command, and the flow with it.

The image is not built: its Dockerfile's command runs with a Python that has the packages of the lock file, as the
Dockerfile's user. The model is a mount that is not that user's, and cannot be written to
(MicrosoftDocs/azure-ai-docs, how-to-troubleshoot-online-endpoints.md: Azure "mounts the user model and code artifacts
into the user container from the workspace storage account").
"""

from __future__ import annotations

import json
import re
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

from unprivileged import give_away, without_rights

COMMAND = re.compile(r"^CMD (\[.+\])$", re.MULTILINE)
USER = re.compile(r"^USER (\d+)", re.MULTILINE)
READY_WITHIN = 180.0  # seconds


class Container:
    """A flow that is served in a child process.

    Args:
        folder: the container's own; `image` is the build context, `models` what is mounted, and `tmp` stands for /tmp.
        platform: variables that Azure sets in every container.
        variables: those of the deployment; together they are the environment of its command.
        health: the path that tells whether it is ready.
        python: the interpreter.
    """

    def __init__(self, folder: Path, platform: dict[str, str], variables: dict[str, str], health: str, python: str):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        (folder / "tmp").mkdir()
        own = {
            name: value.replace("/tmp/", f"{folder}/tmp/") if value.startswith("/tmp/") else value
            for name, value in variables.items()
        }
        dockerfile = (folder / "image" / "Dockerfile").read_text()
        program, *arguments = json.loads(COMMAND.search(dockerfile)[1])
        assert program == "python", program
        give_away(folder / "models")
        self._log, self._health = folder / "log", health
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [*without_rights(USER.search(dockerfile)[1]), python, *arguments],
                cwd=folder / "image",
                env={
                    **platform,
                    **own,
                    "HOME": str(folder / "tmp"),
                    "TMPDIR": str(folder / "tmp"),
                    "SERVE_HOST": "127.0.0.1",
                    "SERVE_PORT": str(self.port),
                },
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    @property
    def log(self) -> str:
        """What it has written."""
        return self._log.read_text(errors="replace")

    def wait(self) -> None:
        """Wait until it is ready.

        Raises:
            RuntimeError: it ended, or took too long.
        """
        deadline = time.monotonic() + READY_WITHIN
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise RuntimeError(f"the container ended with {self._process.returncode}")
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{self._health}", timeout=2):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.2)
        raise RuntimeError("the container did not get ready")

    def end(self, seconds: float = 30) -> int:
        """Ask it to end, as Azure does before it takes a container away; return its status.

        Raises:
            TimeoutExpired: it goes on after so many seconds.
        """
        self._process.terminate()
        return self._process.wait(seconds)

    def stop(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait(10)
