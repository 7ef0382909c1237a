"""A copy of this repository with little data, for a model that reads a hundred tokens a second."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from commands import Command, Ended
from reportlab.lib.utils import simpleSplit
from reportlab.pdfgen.canvas import Canvas

from mlops.common.paths import REPOSITORY
from scripts.working_tree import copy_files, repository_files

HANDBOOK = (
    "The observatory was founded in 1927 by Hedda Lorrimer. Bicycles are left in the shed behind the west gate, and "
    "phones are switched off inside the domes. Perpetua Glynn has been the warden since 2004.",
    "An adult pays 12.00 euros for a public night, and a child of 6 to 15 years pays 6.50 euros. Public nights begin "
    "an hour after sunset, on every Friday from September to April.",
)
KEPT = ("PATH", "HOME", "LANG", "SYSTEMROOT", "TMPDIR")  # of the environment
PARTS = "config", "data", "entity_answers", "flows", "mlops", "model_endpoint", "src"
# What a runner asks for on the way, and tests do not: they talk to loopback alone.
PAPER = re.compile(r'^PAPER = "[^"]+"', re.MULTILINE)
NOWHERE = 'PAPER = "https://127.0.0.1/paper.pdf"'


@dataclass(frozen=True)
class Checkout:
    """A copy of the repository.

    Attributes:
        folder: where it is.
        variables: the environment of commands there, on top of the few variables that any process needs.
    """

    folder: Path
    variables: dict[str, str]

    def run(self, module: str, *arguments: object, **variables: str) -> Ended:
        """Run a command there as a user would, and return how it ended and what it printed."""
        kept = {name: value for name, value in os.environ.items() if name in KEPT}
        with Command(module, arguments, {**kept, **self.variables, **variables}, self.folder) as command:
            return command.ended(3600)


def make_checkout(folder: Path, **variables: str) -> Checkout:
    """Copy what runs the flows, with two lines of each batch, one of each evaluation, and a handbook of two pages."""
    copy_files(REPOSITORY, repository_files(*PARTS), folder)
    for file in (folder / "data").glob("*.jsonl"):
        lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
        file.write_text("".join(lines[: 1 if "_eval_" in file.name else 2]), encoding="utf-8")
    for file in (folder / "data" / "recordings").iterdir():
        file.unlink()
    write_pdf(folder / "data" / "documents" / "larkmoor_handbook.pdf", HANDBOOK)
    runner = folder / "mlops" / "run_chat_with_pdf.py"
    runner.write_text(PAPER.sub(NOWHERE, runner.read_text(encoding="utf-8")), encoding="utf-8")
    return Checkout(folder, variables)


def write_pdf(file: Path, pages: tuple[str, ...]) -> Path:
    """Write a document with a paragraph on each page, and return where it is."""
    canvas = Canvas(str(file))
    for page in pages:
        for number, line in enumerate(simpleSplit(page, "Helvetica", 12, 450)):
            canvas.drawString(72, 720 - 16 * number, line)
        canvas.showPage()
    canvas.save()
    return file
