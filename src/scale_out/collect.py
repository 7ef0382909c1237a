"""Gather the answers of all shards into one file, in the order of the data, and name every line that has none.

Writes `answers.jsonl` and `failed_lines.jsonl`, and `summary.json` with the counts and the first failed lines.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

NAMED = 100  # failed lines in the summary and in the log; the file has all of them
NO_ANSWER = "its node ended, or its mini-batch took too long, as often as it was tried"


def outcomes(shards: Path, answers: Path) -> Iterator[tuple[dict, dict]]:
    """Yield the place of each line of the data with its outcome, `{"outputs": ...}` or `{"error": ...}`."""
    for shard in sorted(shards.glob("shard-*.jsonl")):
        kept = {tuple(place.values()): outcome for place, outcome in placed(answers / shard.name)}
        for place, _ in placed(shard):
            yield place, kept.get(tuple(place.values()), {"error": NO_ANSWER})


def placed(path: Path) -> Iterator[tuple[dict, dict]]:
    """Yield each line of a file as its place and the rest, without a line that was cut off when a node was killed."""
    if not path.is_file():
        return
    with path.open(encoding="utf-8", errors="replace", newline="\n") as file:
        for line in file:
            try:
                record = json.loads(line)
            except ValueError:
                continue
            place = {key: record.pop(key) for key in ("file", "line") if key in record}
            yield place, record


def gather(shards: Path, answers: Path, answered: TextIO, failed: TextIO) -> dict:
    """Write what was answered and what failed, as JSON lines; return the counts and the first failures."""
    counts = {"lines": 0, "answered": 0, "failed": 0}
    failed_lines: list[dict] = []
    for place, outcome in outcomes(shards, answers):
        is_answer = "outputs" in outcome
        record = {**place, **outcome}
        (answered if is_answer else failed).write(json.dumps(record, ensure_ascii=False) + "\n")
        counts["lines"] += 1
        counts["answered" if is_answer else "failed"] += 1
        if not is_answer and len(failed_lines) < NAMED:
            failed_lines.append(record)
    return {**counts, "failed_lines": failed_lines}


def main() -> int:
    """Gather the answers; return 1 if more lines failed than allowed."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("shards", "answers", "collected", "summary"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--error_threshold", type=int, required=True, help="how many lines may fail; -1: any number")
    arguments = parser.parse_args()
    for folder in (arguments.collected, arguments.summary):
        folder.mkdir(parents=True, exist_ok=True)
    with (
        (arguments.collected / "answers.jsonl").open("w", encoding="utf-8") as answered,
        (arguments.collected / "failed_lines.jsonl").open("w", encoding="utf-8") as failed,
    ):
        summary = gather(arguments.shards, arguments.answers, answered, failed)
    threshold = arguments.error_threshold
    passed = threshold < 0 or summary["failed"] <= threshold
    summary = {**summary, "error_threshold": threshold, "passed": passed}
    (arguments.summary / "summary.json").write_text(json.dumps(summary, ensure_ascii=False), encoding="utf-8")
    for record in summary["failed_lines"]:
        print(f"{record.get('file', '')} line {record['line']}: {record['error']}".strip())
    print(f"{summary['lines']} lines, {summary['failed']} failed, {threshold} may fail")
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
