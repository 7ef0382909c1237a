"""Write docs/commands.md: what every command of this repository says with --help."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from flows import all_flows

REPOSITORY = Path(__file__).resolve().parent.parent
PAGE = REPOSITORY / "docs" / "commands.md"
HEAD = """# Commands

What each command says with `--help`, written by `python -m scripts.write_command_reference`.
"""
PLACES = "mlops/**/*.py", "src/**/*.py", "flows/*/evaluate/*.py"
GUARD = 'if __name__ == "__main__":'
COLUMNS = 100


def commands() -> list[str]:
    """Return the modules that are commands: those with an entry point in mlops, src and the flows' evaluations.

    All flows have the same commands, so those of one flow stand for all.
    """
    places = [path for pattern in PLACES for path in REPOSITORY.glob(pattern)]
    files = [path.relative_to(REPOSITORY) for path in places if GUARD in path.read_text(encoding="utf-8")]
    files = [path for path in files if "image" not in path.parts]  # those start inside a container alone
    names = {".".join(path.with_suffix("").parts).removesuffix(".__main__") for path in files}
    others = list(all_flows().values())[1:]
    alike = {each for flow in others for each in (flow.runner_module, f"{flow.runner_module}_azure")}
    return sorted(names - alike - {flow.evaluation_module for flow in others})


def help_of(module: str) -> str:
    """Return what a command says with --help."""
    environment = {**os.environ, "COLUMNS": str(COLUMNS), "PYTHON_COLORS": "0"}
    command = [sys.executable, "-m", module, "--help"]
    ended = subprocess.run(command, capture_output=True, text=True, cwd=REPOSITORY, env=environment, check=True)
    return ended.stdout


def page() -> str:
    """Return the page, of all commands in the order of their names."""
    names = commands()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        texts = pool.map(help_of, names)
    return HEAD + "".join(f"\n## {name}\n\n```text\n{text}```\n" for name, text in zip(names, texts))


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
