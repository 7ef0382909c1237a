"""What questions ask with: the commands of this repository, run in this process, so that their requests are noted."""

from __future__ import annotations

import os
import runpy
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from mlops.azure.checks.target import Target
from mlops.common.errors import INTERRUPTED

PREFIX = "first-contact"


@dataclass
class Contact:
    """What a question needs.

    Attributes:
        environment: the environment's name.
        flow: the flow that is run and deployed.
        target: its project.
        folder: for files that commands read.
        notes: what was found out besides requests and answers, in words that hold nothing of the subscription's.
        prefix: what the names of everything begin with that is made, and can be named.
    """

    environment: str
    flow: str
    target: Target
    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix=PREFIX)))
    notes: list[str] = field(default_factory=list)
    prefix: str = field(default_factory=lambda: f"{PREFIX}-{uuid4().hex[:6]}")

    def run(self, module: str, *arguments: object, **variables: str) -> int:
        """Run a command of this repository, `python -m <module>`, and return its status.

        Raises:
            KeyboardInterrupt: it was interrupted.
        """
        print(f"$ python -m {module} {' '.join(map(str, arguments))}", file=sys.stderr)
        status = 0
        with _as_started([module, *map(str, arguments)], variables), redirect_stdout(sys.stderr):
            try:
                runpy.run_module(module, run_name="__main__", alter_sys=True)
            except SystemExit as end:
                status = end.code if isinstance(end.code, int) else 1
        if status == INTERRUPTED:
            raise KeyboardInterrupt
        self.notes.append(f"{module}: status {status}")
        return status

    def lines(self, data: Path, count: int) -> Path:
        """Return a file with the first lines of another."""
        path = self.folder / f"{self.prefix}.jsonl"
        with data.open(encoding="utf-8") as source:
            path.write_text("".join(line for line, _ in zip(source, range(count))), encoding="utf-8")
        return path


@contextmanager
def _as_started(argv: list[str], variables: dict[str, str]) -> Iterator[None]:
    """Give a command its arguments and variables for as long as the block lasts."""
    before, environment = sys.argv, dict(os.environ)
    sys.argv = argv
    os.environ.update(variables)
    try:
        yield
    finally:
        sys.argv = before
        os.environ.clear()
        os.environ.update(environment)
