"""What an evaluation is compared with: one that is named, or the latest that passed on the same data."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from mlops.common.errors import UserError
from mlops.common.paths import OUTPUTS, display_path
from mlops.evaluation.reports import read_results
from mlops.evaluation.results import Evaluation

EVALUATIONS = OUTPUTS / "evaluations"
LATEST = "latest"


def find_baseline(
    flow: str,
    environment: str,
    named: str | None,
    variant: Mapping[str, str] | None = None,
    lines: Sequence[Mapping[str, Any]] | None = None,
) -> Evaluation | None:
    """Return the evaluation that --baseline names, and say on standard error which it is.

    The latest is the last one of the flow in the environment that passed, on data with the same lines. Of a variant it
    is the last one of the same variant or, before there is one, of the configured flow. One that failed is never taken:
    else a drop would show once, and be the new measure from then on.

    Args:
        flow: the flow's name.
        environment: the environment's name.
        named: a file or folder, "latest", or nothing.
        variant: the variant that is evaluated; empty or None for the configured flow.
        lines: the data, in any order; None where other questions are asked each time, as in production.

    Raises:
        UserError: there is no such file, or it is none of an evaluation of the flow.
    """
    if named is None:
        return None
    if named != LATEST:
        baseline = read_results(Path(named))
        if baseline.flow != flow:
            raise UserError(f"--baseline {named} is an evaluation of {baseline.flow}, not of {flow}")
    else:
        wanted = None if lines is None else _sorted(lines)
        passed = _passed(EVALUATIONS / f"{flow}_{environment}", [dict(variant or {}), {}])
        same_data = (each for each in passed if wanted is None or _sorted(row.inputs for row in each.rows) == wanted)
        latest = next(same_data, None)
        if latest is None:
            on = "" if wanted is None else " on the same data"
            print(f"No earlier evaluation of {flow} in {environment}{on} passed; no baseline.", file=sys.stderr)
            return None
        baseline = latest
    verdict = "passed" if baseline.passed else "failed"
    print(f"The baseline is {baseline.title}, {baseline.run} of {baseline.created}, which {verdict}.", file=sys.stderr)
    return baseline


def _passed(folder: Path, variants: Sequence[dict[str, str]]) -> Iterator[Evaluation]:
    """Yield the evaluations that passed, those of the first variant first, and the newest of each first."""
    found: list[tuple[int, str, Path]] = []
    for path in folder.glob("*/metrics.json"):
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
            if record.get("verdict") == "passed" and record["variant"] in variants:
                found.append((-variants.index(record["variant"]), record["created"], path))
        except (OSError, ValueError, KeyError, AttributeError):
            print(f"{display_path(path)} is damaged, and no baseline.", file=sys.stderr)
    for _, _, path in sorted(found, reverse=True):
        try:
            yield read_results(path)
        except UserError as error:
            print(f"{error}; it is no baseline.", file=sys.stderr)


def _sorted(lines: Iterator[Mapping[str, Any]] | Sequence[Mapping[str, Any]]) -> list[str]:
    return sorted(json.dumps(line, sort_keys=True, default=str) for line in lines)
