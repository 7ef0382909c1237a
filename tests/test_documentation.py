"""Documentation that is executed: on every page, the blocks marked `runs` run, in order, on the environment local.

A block's first line says what happens to it: "```bash runs" is run and has to succeed, "```bash serves" is started and
goes on until the page ends, "```python runs" is run by Python. Other blocks need a subscription, a person or more time.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from working_tree import copy_files, repository_files

from mlops.common.paths import REPOSITORY

PAGES = sorted([*REPOSITORY.glob("*.md"), *REPOSITORY.glob("docs/**/*.md"), *REPOSITORY.glob("data/*.md")])
BLOCK = re.compile(r"^```(bash|python) (runs|serves)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
PORTS = ("8080", "8900")  # those of the documentation; here they may be taken
KEPT = ("LANG", "TMPDIR")
RUNNABLE = [page for page in PAGES if BLOCK.search(page.read_text(encoding="utf-8"))]


def script_of(page: Path) -> str:
    """Return a page's blocks as one script, which tells where it is before each of them."""
    text = page.read_text(encoding="utf-8")
    lines = ["set -euo pipefail"]
    for block in BLOCK.finditer(text):
        language, kind, code = block.groups()
        lines.append(f"echo '--- {page.name}:{text.count(chr(10), 0, block.start()) + 1}' >&2")
        if language == "python":
            code = f"python - <<'END_OF_BLOCK'\n{code}END_OF_BLOCK\n"
        lines.append(_in_background(code) if kind == "serves" else code)
    script = "\n".join(lines)
    for port in PORTS:
        script = re.sub(rf"\b{port}\b", str(free_port()), script)
    return script


def _in_background(code: str) -> str:
    port = next(port for port in PORTS if port in code)
    waiting = f"for _ in $(seq 300); do (: </dev/tcp/127.0.0.1/{port}) 2>/dev/null && break; sleep 0.2; done"
    return f"(\n{code}) &\n{waiting}\n(: </dev/tcp/127.0.0.1/{port})"


def free_port() -> int:
    """Return a port that nothing listens on now."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return listening.getsockname()[1]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A copy of this repository, with this environment as its .venv."""
    folder = copy_files(REPOSITORY, repository_files(), tmp_path_factory.mktemp("documentation"))
    if Path(sys.prefix, "installed.lock").exists():  # else `make` would install into this environment
        (folder / ".venv").symlink_to(sys.prefix)
    return folder


@pytest.mark.parametrize("page", RUNNABLE, ids=lambda page: page.relative_to(REPOSITORY).as_posix())
def test_blocks_of_a_page_run(page, checkout, tmp_path):
    environment = {name: os.environ[name] for name in KEPT if name in os.environ}
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment |= {"PATH": path, "HOME": str(tmp_path)}
    output = tmp_path / "output.txt"  # a file, not a pipe, which what a page leaves running would keep open
    with output.open("w") as file:
        process = subprocess.Popen(
            ["bash", "-c", script_of(page)],
            stdout=file,
            stderr=subprocess.STDOUT,
            cwd=checkout,
            env=environment,
            start_new_session=True,
        )
    try:
        status = process.wait(300)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    assert status == 0, f"{page.name} fails:\n{output.read_text(errors='replace')[-4000:]}"


def test_a_page_that_shows_a_wrong_command_fails(checkout, tmp_path):
    page = tmp_path / "page.md"
    page.write_text("```bash runs\npython -m mlops.run_no_such_flow --environment_name local\n```\n")

    with pytest.raises(AssertionError, match="page.md:1"):
        test_blocks_of_a_page_run(page, checkout, tmp_path)


def test_every_block_of_a_page_says_its_language():
    unmarked = {}
    for page in PAGES:
        opening = re.findall(r"^(```.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)[::2]
        if wrong := [line for line in opening if not re.fullmatch(r"```[a-z]+( runs| serves)?", line)]:
            unmarked[page.name] = wrong
    assert unmarked == {}


def test_the_reference_of_commands_says_what_they_say():
    from scripts.write_command_reference import PAGE, page

    # Word by word, since Pythons break lines differently.
    assert PAGE.read_text(encoding="utf-8").split() == page().split(), "run python scripts/write_command_reference.py"
