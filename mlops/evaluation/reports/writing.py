"""Writes the reports of one evaluation, or of several side by side, into a folder."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from mlops.endpoint.answers import NO_MODEL
from mlops.evaluation.reports.junit import render_junit
from mlops.evaluation.reports.markdown import render_comparison_markdown, render_markdown
from mlops.evaluation.reports.page import render_comparison_page, render_page
from mlops.evaluation.reports.reading import METRICS, RESULTS
from mlops.evaluation.reports.records import (
    compared_row_records,
    comparison_record,
    encode_json,
    evaluation_record,
    row_record,
)
from mlops.evaluation.reports.wording import HALF_CHARACTER, REPLACEMENT, legible
from mlops.evaluation.results import Evaluation


def write_reports(evaluations: Sequence[Evaluation], folder: Path, title: str = "") -> None:
    """Write results.jsonl, report.md, report.html, junit.xml and metrics.json, replacing those of an earlier call.

    Each file appears whole or not at all, and metrics.json appears last: where it is, the others are.
    In a pipeline the Markdown is shown on the run's summary page as well.

    Args:
        evaluations: one, or several of the same data, which are then compared.
        folder: where to write; made if need be.
        title: what the reports are headed with; empty: the flow, or how many evaluations are compared.
    """
    if not evaluations:
        raise ValueError("there is no evaluation to report")
    folder.mkdir(parents=True, exist_ok=True)
    if len(evaluations) == 1:
        [evaluation] = evaluations
        title = title or evaluation.heading
        record, rows = evaluation_record(evaluation), [row_record(row) for row in evaluation.rows]
        markdown, page = render_markdown(evaluation, title), render_page(evaluation, title)
    else:
        title = title or f"Comparison of {len(evaluations)} evaluations"
        if all(evaluation.without_model for evaluation in evaluations):
            title = f"{title} (answers: {NO_MODEL})"
        record, rows = comparison_record(evaluations), compared_row_records(evaluations)
        markdown, page = render_comparison_markdown(evaluations, title), render_comparison_page(evaluations, title)
    _write(folder / RESULTS, _json_lines(rows))
    _write(folder / "report.md", legible(markdown))
    _write(folder / "report.html", legible(page))
    _write(folder / "junit.xml", render_junit(evaluations, title))
    _write(folder / METRICS, encode_json({"report": title, **record}, indent=2) + "\n")
    show_on_summary_page(folder / "report.md")


def _json_lines(records: Iterable[dict[str, Any]]) -> str:
    return "".join(encode_json(record) + "\n" for record in records)


def _write(path: Path, text: str) -> None:
    """Write a text as UTF-8, at once; half a character, which UTF-8 cannot hold, becomes U+FFFD."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_bytes(HALF_CHARACTER.sub(REPLACEMENT, text).encode("utf-8"))
    os.replace(temporary, path)


def show_on_summary_page(markdown: Path) -> None:
    """Show a Markdown file on the summary page of a run: GitHub appends to a file, Azure DevOps reads a command."""
    if summary := os.environ.get("GITHUB_STEP_SUMMARY"):
        with open(summary, "a", encoding="utf-8", newline="\n") as file:
            file.write(markdown.read_text(encoding="utf-8") + "\n")
    if os.environ.get("TF_BUILD"):
        print(f"##vso[task.uploadsummary]{markdown.resolve()}")
