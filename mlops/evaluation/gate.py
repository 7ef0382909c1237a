"""The gate: green means that every row was scored and every metric is within its thresholds.

Pure logic over rows, so that any evaluation package can stand before it.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeGuard

from mlops.evaluation.repeats import TOLERANCE, flaky, pass_rate, spread
from mlops.evaluation.results import Change, Evaluation, Metric, Row, Threshold
from mlops.evaluation.significance import confidence_interval, paired_p, unpaired_p


def row_problem(row: Row, metrics: Sequence[str]) -> str | None:
    """Return why a row fails the gate: its error, or the scores that are missing or NaN; None when it does not.

    A score is not missing where its evaluator said that there is nothing to score.
    """
    if row.error:
        return row.error
    found = {name: row.scores.get(name) for name in metrics if row.applies(name)}
    return ", ".join(f"{name} is {_unusable(score)}" for name, score in found.items() if not _is_number(score)) or None


def _unusable(score: float | None) -> str:
    if score is None:
        return "missing"
    return "NaN" if math.isnan(score) else str(score)


def decide(
    rows: Sequence[Row],
    names: Sequence[str],
    thresholds: Mapping[str, Threshold],
    baseline: Evaluation | None = None,
    paired: bool = True,
) -> tuple[tuple[Metric, ...], tuple[str, ...]]:
    """Compute the metrics and decide on the gate.

    Args:
        rows: every line of the data.
        names: the metrics that every row has to have.
        thresholds: by metric; one for a metric that nothing measured fails the gate.
        baseline: an earlier evaluation to compare with.
        paired: whether to compare rows with the same inputs; otherwise means over all rows are compared.

    Returns:
        The metrics in the order of `names`, and the reasons for failing: rows first, then metrics.
    """
    failures = [f"line {row.number}: {problem}" for row in rows if (problem := row_problem(row, names))]
    if not rows:
        failures.append("there are no rows")
    metrics = [_metric(name, rows, thresholds.get(name, Threshold()), baseline, paired) for name in names]
    failures += [metric.failure for metric in metrics if metric.failure]
    failures += [f"{name} has a threshold but was not measured" for name in thresholds if name not in names]
    gone = [metric.name for metric in baseline.metrics if metric.name not in names] if baseline else []
    failures += [f"{name} was measured in the baseline but not now" for name in gone]
    return tuple(metrics), tuple(failures)


def _metric(name: str, rows: Sequence[Row], threshold: Threshold, baseline: Evaluation | None, paired: bool) -> Metric:
    scores = [score for row in rows if _is_number(score := row.scores.get(name))]
    mean = sum(scores) / len(scores) if scores else math.nan
    low, high = confidence_interval(scores)
    change = (_change if paired else _change_of_means)(name, rows, baseline) if baseline else None
    spreads = [each for row in rows if (each := spread(row, name)) is not None]
    metric = Metric(
        name,
        mean,
        low,
        high,
        len(scores),
        threshold,
        change,
        pass_rate=pass_rate(rows, name, threshold),
        spread=sum(spreads) / len(spreads) if spreads else None,
        flaky=flaky(rows, name, threshold),
    )
    return replace(metric, failure=_failure(metric, baseline))


def _failure(metric: Metric, baseline: Evaluation | None) -> str | None:
    mean, threshold = metric.mean, metric.threshold
    if math.isnan(mean):
        return f"{metric.name} has no score in any row"
    reasons = []
    if threshold.min is not None and mean < threshold.min - TOLERANCE:
        reasons.append(f"is {mean:.3f}, under its minimum of {threshold.min:g}")
    if threshold.max is not None and mean > threshold.max + TOLERANCE:
        reasons.append(f"is {mean:.3f}, over its maximum of {threshold.max:g}")
    passing = metric.pass_rate or 0.0
    if threshold.pass_rate is not None and passing < threshold.pass_rate - TOLERANCE:
        reasons.append(f"passes in {passing:.1%} of the answers, fewer than {threshold.pass_rate:.1%}")
    if threshold.max_drop is not None and baseline is not None:
        reasons += _drop(threshold.max_drop, metric.change, baseline)
    return f"{metric.name} {'; it '.join(reasons)}" if reasons else None


def _drop(allowed: float, change: Change | None, baseline: Evaluation) -> list[str]:
    if change is None:
        return [f"cannot be compared with {baseline.run}: they have no row in common"]
    if -change.difference <= allowed + TOLERANCE:
        return []
    drop = f"dropped by {-change.difference:.3f} from {change.baseline:.3f}"
    return [f"{drop} (p = {change.p:.3g}, {change.rows} rows), more than {allowed:g}"]


def _change(name: str, rows: Sequence[Row], baseline: Evaluation) -> Change | None:
    """Compare the rows that have the same inputs in both evaluations; of equal ones, the first with the first."""
    earlier = _by_inputs(baseline.rows)
    pairs = [
        (old, new)
        for key, row in _by_inputs(rows).items()
        if key in earlier
        and _is_number(old := earlier[key].scores.get(name))
        and _is_number(new := row.scores.get(name))
    ]
    if not pairs:
        return None
    before, after = zip(*pairs)
    mean = sum(before) / len(pairs)
    return Change(mean, sum(after) / len(pairs) - mean, paired_p(before, after), len(pairs))


def _by_inputs(rows: Sequence[Row]) -> dict[tuple[str, int], Row]:
    """Return rows by their inputs, and by how many rows before them have the same."""
    seen: Counter[str] = Counter()
    found = {}
    for row in rows:
        inputs = json.dumps(row.inputs, sort_keys=True, default=str)
        found[inputs, seen[inputs]] = row
        seen[inputs] += 1
    return found


def _change_of_means(name: str, rows: Sequence[Row], baseline: Evaluation) -> Change | None:
    """Compare rows of which none need have the same inputs in both evaluations."""
    before, after = (
        [score for row in each if _is_number(score := row.scores.get(name))] for each in (baseline.rows, rows)
    )
    if not (before and after):
        return None
    mean = sum(before) / len(before)
    return Change(mean, sum(after) / len(after) - mean, unpaired_p(before, after), len(after))


def _is_number(score: float | None) -> TypeGuard[float]:
    return score is not None and math.isfinite(score)
