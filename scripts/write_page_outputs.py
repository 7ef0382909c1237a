"""Write into the documentation what its commands print: run the blocks of pages, and renew the outputs they show.

A block marked `text output` holds the standard output of the `runs` block above it. A line `...` in it stands for
lines that are left out; as many lines are kept before and after it as there were. Run names, ports and times differ
at every run, so they alone renew nothing.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from scripts.working_tree import copy_files, repository_files

REPOSITORY = Path(__file__).resolve().parent.parent
BLOCK = re.compile(
    r"^```(?P<language>bash|python) (?P<kind>runs|serves)\n(?P<code>.*?)^```$"
    r"(?P<opening>\n\n```text output\n)?(?(opening)(?P<output>.*?)^```$)",
    re.DOTALL | re.MULTILINE,
)
PORTS = ("8080", "8900")  # those of the documentation; other processes may have them
ELISION = "..."
VARYING = {
    r"(?<![0-9A-Za-z])[0-9a-f]{8,64}(?![0-9A-Za-z])": "<id>",
    r"127\.0\.0\.1:\d+": "<address>",
    r"\b\d+ ms\b|(?<=\"duration_ms\":)\d+": "<time>",
    r"(?<=\s)\d+\.\d(?=\s)": "<number>",  # seconds, lines a second; scores have more digits
    r" +": " ",  # columns are as wide as what varies
}


def script_of(page: Path, outputs: Path) -> str:
    """Return a page's blocks as one script, which says where it is before each of them.

    Args:
        page: the page.
        outputs: the folder that takes what blocks print whose output the page shows, by their number.
    """
    text = page.read_text(encoding="utf-8")
    lines = ["set -euo pipefail"]
    for number, block in enumerate(BLOCK.finditer(text)):
        code = block["code"]
        lines.append(f"echo '--- {page.name}:{text.count(chr(10), 0, block.start()) + 1}' >&2")
        if block["language"] == "python":
            code = f"python - <<'END_OF_BLOCK'\n{code}END_OF_BLOCK\n"
        if block["kind"] == "serves":
            code = _in_background(code)
        elif block["opening"]:
            code = f"exec 3>&1 >{shlex.quote(str(outputs / str(number)))}\n{code}exec >&3 3>&-\n"
        lines.append(code)
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


def run_page(page: Path, checkout: Path, outputs: Path, environment: dict[str, str], log: Path) -> int:
    """Run a page's blocks, stop what they leave running, and return the status.

    Args:
        page: the page.
        checkout: the folder where they run.
        outputs: the folder for what blocks print whose output the page shows.
        environment: the variables of the commands.
        log: the file for everything else that is printed: a pipe would stay open as long as what a page leaves running.
    """
    outputs.mkdir(parents=True, exist_ok=True)
    with log.open("w") as file:
        process = subprocess.Popen(
            ["bash", "-c", script_of(page, outputs)],
            stdout=file,
            stderr=subprocess.STDOUT,
            cwd=checkout,
            env=environment,
            start_new_session=True,
        )
    try:
        return process.wait(300)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def renewed(text: str, outputs: Path) -> str:
    """Return a page's text with the outputs of its last run; an output that says the same stays as it is."""
    numbers = iter(range(len(text)))

    def renew(block: re.Match[str]) -> str:
        number = next(numbers)
        if not block["opening"]:
            return block[0]
        printed = elided((outputs / str(number)).read_text(encoding="utf-8").strip("\n"), like=block["output"])
        if masked(printed) == masked(block["output"]):
            return block[0]
        return block[0][: block.start("output") - block.start()] + f"{printed}\n```"

    return BLOCK.sub(renew, text)


def elided(printed: str, like: str) -> str:
    """Return an output without the lines that another one leaves out."""
    shown = like.rstrip("\n").split("\n")
    if ELISION not in shown:
        return printed
    lines = printed.split("\n")
    before = shown.index(ELISION)
    after = len(shown) - before - 1
    return "\n".join([*lines[:before], ELISION, *lines[len(lines) - after :]])


def masked(output: str) -> str:
    """Return an output with placeholders for what differs at every run."""
    for pattern, placeholder in VARYING.items():
        output = re.sub(pattern, placeholder, output)
    return output.strip()


def main() -> None:
    """Renew the outputs of pages: of those given, or of all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", nargs="*", type=Path, help="default: all that show an output")
    pages = parser.parse_args().pages or sorted([*REPOSITORY.glob("*.md"), *REPOSITORY.glob("docs/*.md")])
    variables = {**os.environ, "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])}
    for page in pages:
        text = page.read_text(encoding="utf-8")
        if "```text output\n" not in text:
            continue
        with tempfile.TemporaryDirectory() as folder:
            checkout = copy_files(REPOSITORY, repository_files(), Path(folder, "checkout"))
            log = Path(folder, "log")
            if run_page(page, checkout, Path(folder, "outputs"), variables, log) != 0:
                sys.exit(f"error: {page} fails:\n{log.read_text(encoding='utf-8')[-4000:]}")
            changed = renewed(text, Path(folder, "outputs"))
        print(f"{'same   ' if changed == text else 'renewed'}  {page}")
        page.write_text(changed, encoding="utf-8")


if __name__ == "__main__":
    main()
