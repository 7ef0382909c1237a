"""Steps of pipelines, and how they are run: in a copy of the repository, with the variables that they are given."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

OURS = re.compile(r"(make|\.venv/bin/python -m|sh scripts/)\b")
SECONDS = 600


@dataclass(frozen=True)
class Step:
    """A step that is a command.

    Attributes:
        system: github or azure.
        file: the pipeline's file.
        job: the job, with its stage where it has one.
        name: the step.
        command: the script.
        variables: what the pipeline gives it.
    """

    system: str
    file: str
    job: str
    name: str
    command: str
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def place(self) -> str:
        """Where the step is, for messages."""
        return f"{self.file}, job {self.job}, step {self.name!r}"

    @property
    def commands(self) -> list[str]:
        """The script's commands, each in one line with single spaces."""
        joined = self.command.replace("\\\n", " ")
        return [" ".join(line.split()) for line in joined.splitlines() if line.strip() and line.strip() != "set -e"]

    @property
    def ours(self) -> list[str]:
        """Those of its commands that are this repository's."""
        return [command for command in self.commands if OURS.match(command)]


class StepFailed(AssertionError):
    """A step did not do what the pipeline needs of it."""


def used_variables(command: str) -> set[str]:
    """Return the names of the variables in a command."""
    return set(re.findall(r"\$\{?([A-Z_]+)", command))


def filled(command: str, variables: dict[str, str]) -> str:
    """Return a command with its variables' values, to tell two of them apart."""
    return re.sub(r"\$\{?([A-Z_]+)\}?", lambda found: variables.get(found[1], ""), command)


def run(step: Step, command: str, folder: Path, extra: dict[str, str] | None = None) -> str:
    """Run one command of a step as its system would, and return what it printed.

    Raises:
        StepFailed: it ended with another status than 0, or uses a variable that the pipeline does not give it.
    """
    home = folder.parent / "home"
    home.mkdir(exist_ok=True)
    given = {**step.variables, **_of_the_runner(step, home)}
    missing = used_variables(command) - set(given) - {"PWD"}
    if missing:
        raise StepFailed(f"{step.place}: nothing gives it {', '.join(sorted(missing))}\n$ {command}")
    shell = ["bash", "--noprofile", "--norc", "-e", "-c", command]
    result = subprocess.run(
        shell, cwd=folder, env={**given, **(extra or {})}, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    if result.returncode:
        output = "\n".join([*result.stdout.splitlines()[-15:], *result.stderr.splitlines()[-15:]])
        raise StepFailed(f"{step.place}: ended with status {result.returncode}\n$ {command}\n{output}")
    return result.stdout


def _of_the_runner(step: Step, home: Path) -> dict[str, str]:
    """Return what every step has: no more than a fresh machine of the system would give it."""
    node = Path(shutil.which("node") or "/usr/bin/node").parent
    given = {"PATH": f"{node}:/usr/local/bin:/usr/bin:/bin", "HOME": str(home), "LANG": "C.UTF-8", "CI": "true"}
    if "TMPDIR" in os.environ:
        given["TMPDIR"] = os.environ["TMPDIR"]
    if step.system == "github":
        return {**given, "GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(home / "summary.md")}
    return {**given, "TF_BUILD": "True"}
