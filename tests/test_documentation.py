"""Documentation that is executed: on every page, the blocks marked `runs` run, in order, on the environment local.

A block's first line says what happens to it: "```bash runs" is run and has to succeed, "```bash serves" is started and
runs until the page ends, "```python runs" is run by Python, and "```text output" holds what the block above it prints.
Other blocks need a subscription, a person or more time.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest

from mlops.common.paths import REPOSITORY
from scripts.working_tree import copy_files, repository_files
from scripts.write_page_outputs import BLOCK, masked, renewed, run_page

PAGES = sorted([*REPOSITORY.glob("*.md"), *REPOSITORY.glob("docs/**/*.md"), *REPOSITORY.glob("data/*.md")])
KEPT = ("LANG", "TMPDIR")
RUNNABLE = [page for page in PAGES if BLOCK.search(page.read_text(encoding="utf-8"))]


@pytest.fixture
def checkout(tmp_path):
    """A copy of this repository, with this environment as its .venv."""
    folder = copy_files(REPOSITORY, repository_files(), tmp_path / "checkout")
    if Path(sys.prefix, "installed.lock").exists():  # else `make` would install into this environment
        (folder / ".venv").symlink_to(sys.prefix)
    return folder


@pytest.mark.parametrize("page", RUNNABLE, ids=lambda page: page.relative_to(REPOSITORY).as_posix())
def test_blocks_of_a_page_run(page, checkout, tmp_path):
    environment = {name: os.environ[name] for name in KEPT if name in os.environ}
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment |= {"PATH": path, "HOME": str(tmp_path)}
    log, outputs = tmp_path / "log.txt", tmp_path / "outputs"
    status = run_page(page, checkout, outputs, environment, log)
    assert status == 0, f"{page.name} fails:\n{log.read_text(errors='replace')[-4000:]}"
    text = page.read_text(encoding="utf-8")
    assert renewed(text, outputs) == text, f"run python -m scripts.write_page_outputs {page.name}"


def test_a_page_that_shows_a_wrong_command_fails(checkout, tmp_path):
    page = tmp_path / "page.md"
    page.write_text("```bash runs\npython -m mlops.run_no_such_flow --environment_name local\n```\n")

    with pytest.raises(AssertionError, match="page.md:1"):
        test_blocks_of_a_page_run(page, checkout, tmp_path)


PAGE = """```bash runs
python -c 'for name in "abc": print(f"run_0a1b2c3d of {name}: {12} ms")'
```

```text output
run_99999999 of a: 3 ms
...
run_88888888 of c: 14 ms
```
"""


def test_an_output_whose_times_and_run_names_differ_is_current(checkout, tmp_path):
    page = tmp_path / "page.md"
    page.write_text(PAGE)

    test_blocks_of_a_page_run(page, checkout, tmp_path)


def test_a_stale_output_fails_and_is_renewed(checkout, tmp_path):
    page = tmp_path / "page.md"
    page.write_text(PAGE.replace("of a", "of x"))

    with pytest.raises(AssertionError, match="write_page_outputs page.md"):
        test_blocks_of_a_page_run(page, checkout, tmp_path)
    assert masked(renewed(page.read_text(), tmp_path / "outputs")) == masked(PAGE)


def test_every_block_of_a_page_says_its_language():
    unmarked = {}
    for page in PAGES:
        opening = re.findall(r"^(```.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)[::2]
        if wrong := [line for line in opening if not re.fullmatch(r"```[a-z]+( runs| serves| output)?", line)]:
            unmarked[page.name] = wrong
    assert unmarked == {}


def test_the_reference_of_commands_says_what_they_say():
    from scripts.write_command_reference import PAGE, page

    # Word by word, since Pythons break lines differently.
    assert PAGE.read_text(encoding="utf-8").split() == page().split(), "run python -m scripts.write_command_reference"


def test_the_map_of_packages_is_current():
    """But for the numbers of lines, which any change moves: those are to be right within a fifth."""
    from scripts.write_architecture import PAGE, page

    lines = re.compile(r"\| (\d+) \|$", re.MULTILINE)
    shown, current = PAGE.read_text(encoding="utf-8"), page()
    remedy = "run python -m scripts.write_architecture"
    assert lines.sub("", shown) == lines.sub("", current), remedy
    counts = [[int(count) for count in lines.findall(text)] for text in (shown, current)]
    assert counts[0] == pytest.approx(counts[1], rel=0.2, abs=50), remedy
