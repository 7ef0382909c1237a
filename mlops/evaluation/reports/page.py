"""report.html: one file that opens anywhere, fetches nothing, and can be read without JavaScript."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from mlops.evaluation.reports import wording
from mlops.evaluation.reports.charts import Histogram, histogram, metric_bar, scale_from_zero
from mlops.evaluation.reports.comparison import labels, letter, metric_names, metric_of
from mlops.evaluation.reports.rows import latencies, metric_scale, percentile, problems
from mlops.evaluation.reports.views import columns, compared_rows, evaluation_rows
from mlops.evaluation.results import Evaluation

HERE = Path(__file__).parent
NAME_PARTS = re.compile(r"[^._/=:@]+[._/=:@]*|[._/=:@]+")


def render_page(evaluation: Evaluation, title: str) -> str:
    """Return the page of one evaluation: verdict, metrics, distributions and rows, worst first."""
    metrics = [(metric, metric_bar(metric, metric_scale([evaluation], metric.name))) for metric in evaluation.metrics]
    return _render(
        "report.html.jinja",
        title=title,
        evaluation=evaluation,
        scored=len(evaluation.rows) - len(problems(evaluation)),
        gated=sum(bool(wording.threshold(metric.threshold)) for metric in evaluation.metrics),
        p50=percentile(latencies(evaluation), 0.5),
        p95=percentile(latencies(evaluation), 0.95),
        metrics=metrics,
        distributions=_distributions(evaluation),
        columns=columns([evaluation]),
        rows=evaluation_rows(evaluation),
    )


def render_comparison_page(evaluations: Sequence[Evaluation], title: str) -> str:
    """Return the page of several evaluations: metrics side by side, and the rows on which they disagree first."""
    scales = {name: metric_scale(evaluations, name) for name in metric_names(evaluations)}
    found = {name: [metric_of(evaluation, name) for evaluation in evaluations] for name in scales}
    rows = compared_rows(evaluations)
    return _render(
        "comparison.html.jinja",
        title=title,
        sides=[(letter(place), label, evaluations[place]) for place, label in enumerate(labels(evaluations))],
        passed=sum(evaluation.passed for evaluation in evaluations),
        metrics={name: [m and (m, metric_bar(m, scales[name])) for m in metrics] for name, metrics in found.items()},
        percentiles={
            caption: [percentile(latencies(evaluation), share) for evaluation in evaluations]
            for caption, share in (("Latency p50", 0.5), ("Latency p95", 0.95))
        },
        origins=_origins(evaluations),
        failed_rows=[len(problems(evaluation)) for evaluation in evaluations],
        columns=columns(evaluations),
        rows=rows,
        disagreements=sum(row.odd for row in rows),
    )


def _origins(evaluations: Sequence[Evaluation]) -> dict[str, list[str]]:
    """Return what answered and judged each evaluation, and its data, by caption."""
    found = [wording.origins(evaluation.about) for evaluation in evaluations]
    captions = dict.fromkeys(caption for each in found for caption in each)
    return {caption: [each.get(caption, "–") for each in found] for caption in captions}


def _distributions(evaluation: Evaluation) -> list[tuple[str, Histogram]]:
    """Return the histogram of each metric, and that of latency where it is known."""
    found = []
    for metric in evaluation.metrics:
        scores = [row.scores.get(metric.name) for row in evaluation.rows]
        mean = (f"mean {wording.score(metric.mean)}", metric.mean)
        found.append((metric.name, histogram(scores, metric_scale([evaluation], metric.name), [mean])))
    times = latencies(evaluation)
    if times:
        shares = [(name, percentile(times, share)) for name, share in (("p50", 0.5), ("p95", 0.95))]
        marks = [(f"{name} {wording.seconds(place)}", place) for name, place in shares]
        found.append(("latency", histogram(times, scale_from_zero(times), marks, " s")))
    return found


def _render(template: str, **view: Any) -> str:
    style, script = (_own_text(name) for name in ("report.css", "report.js"))
    return (
        _environment()
        .get_template(template)
        .render(style=Markup(style), style_hash=_hash(style), script=Markup(script), script_hash=_hash(script), **view)
    )


@cache
def _environment() -> Environment:
    """Return the templates, compiled once; whatever a template is given is escaped."""
    environment = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["wording"] = wording
    environment.filters["name"] = _breakable
    return environment


def _breakable(name: str) -> Markup:
    """Return a name, escaped, that a line may break after its dots, underscores and the like, and nowhere else."""
    return Markup("<wbr>").join(escape(part) for part in NAME_PARTS.findall(name))


def _own_text(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """Return the source expression that allows an inline style or script (https://www.w3.org/TR/CSP3/#source-list)."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")
