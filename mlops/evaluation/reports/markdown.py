"""report.md: what a reviewer has to know, as a comment on a pull request.

Every text that comes from data, models or configuration stands in <code>, with its punctuation as character
references: there no reader of Markdown finds a table's border, HTML, a link, a formula or somebody to notify.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from mlops.evaluation.reports import wording
from mlops.evaluation.reports.comparison import (
    ComparedRow,
    compare_rows,
    disagreements,
    labels,
    metric_names,
    metric_of,
)
from mlops.evaluation.reports.rows import latencies, percentile, problems, shortfalls, worst_first
from mlops.evaluation.results import Evaluation, Metric

LONGEST = 60_000  # characters; GitHub takes 65,536
SHARE = 14_000  # of these for each of at most four lists and tables
WORST_ROWS = 10
PUNCTUATION = re.compile(r"""[\\`*_{}\[\]#|<>&"~@!$:^]|(?<=www)\.""", re.IGNORECASE)


def code(text: str, length: int = 200) -> str:
    """Return a text of unknown origin in one line, clipped, so that it can do nothing but be read."""
    plain = wording.clip(wording.legible(text), length)
    harmless = PUNCTUATION.sub(lambda found: f"&#{ord(found[0])};", plain)
    return f"<code>{harmless}</code>" if plain else ""


def render_markdown(evaluation: Evaluation, title: str) -> str:
    """Return the report of one evaluation, of at most 60,000 characters."""
    verdict = "✅ Passed" if evaluation.passed else "❌ Failed"
    blocks = [
        f"## {verdict}: {code(title)}",
        f"Environment {code(evaluation.environment)}, run {code(evaluation.run)}. {_summary(evaluation)}",
        " ".join(f"{name}: {code(text)}." for name, text in wording.origins(evaluation.about).items()),
        _bullets(evaluation.failures),
        _table(
            ("Metric", "Mean", "95 % interval", "Threshold", "Change", "Scored", "Gate"),
            (_metric_cells(metric, len(evaluation.rows)) for metric in evaluation.metrics),
        ),
        _worst(evaluation),
        _origin([evaluation]),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def render_comparison_markdown(evaluations: Sequence[Evaluation], title: str) -> str:
    """Return the report of several evaluations side by side, of at most 60,000 characters."""
    compared = compare_rows(evaluations)
    different = disagreements(compared)
    columns = [code(label, max(12, 320 // len(evaluations))) for label in labels(evaluations)]
    passed = sum(evaluation.passed for evaluation in evaluations)
    mark = "✅" if passed == len(evaluations) else "❌"
    blocks = [
        f"## {mark} {code(title)}",
        f"{passed} of {len(evaluations)} pass the gate.",
        _table(("", *columns), _side_by_side(evaluations)),
        _bullets(f"{label}: {why}" for label, e in zip(labels(evaluations), evaluations) for why in e.failures),
        f"### They disagree on {len(different)} of {wording.count(len(compared), 'row')}",
        _table(
            ("Line", "Input", "Metric", *columns),
            (_disagreement_cells(row) for row in different[: 2 * WORST_ROWS]),
        ),
        _origin(evaluations),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _summary(evaluation: Evaluation) -> str:
    times = latencies(evaluation)
    scored = len(evaluation.rows) - len(problems(evaluation))
    rows = wording.count(len(evaluation.rows), "row")
    parts = [f"{scored} of {rows} scored in {wording.seconds(evaluation.seconds)}"]
    if times:
        parts.append(f"latency p50 {_percentile(evaluation, 0.5)}, p95 {_percentile(evaluation, 0.95)}")
    parts.append(wording.count(evaluation.tokens, "token"))
    if evaluation.cost is not None:
        parts.append(f"cost {wording.money(evaluation.cost)}")
    return "; ".join(parts) + "."


def _metric_cells(metric: Metric, rows: int) -> tuple[str, ...]:
    change = metric.change
    judged = metric.failure is not None or bool(wording.threshold(metric.threshold))
    return (
        code(metric.name, 80),
        wording.score(metric.mean) + (f" ({wording.repeats(metric)})" if wording.repeats(metric) else ""),
        wording.interval(metric.low, metric.high),
        wording.threshold(metric.threshold).replace("<", "&lt;") or "–",
        f"{wording.difference(change)} ({wording.p_value(change.p)})".replace("<", "&lt;") if change else "–",
        f"{metric.scored} of {rows}",
        ("❌" if metric.failure else "✅") if judged else "–",
    )


def _worst(evaluation: Evaluation) -> str:
    reasons, distance = problems(evaluation), shortfalls(evaluation)
    names = [metric.name for metric in evaluation.metrics][:6]
    rows = [row for row in worst_first(evaluation) if distance[row.number] > 0][:WORST_ROWS]
    cells = (
        (
            str(row.number),
            code(wording.gist(row.inputs)),
            *(wording.row_score(row, name) for name in names),
            code(reasons.get(row.number) or "; ".join(f"{name}: {why}" for name, why in wording.reasons(row).items())),
        )
        for row in rows
    )
    table = _table(("Line", "Input", *(code(name, 80) for name in names), "Reason"), cells)
    return f"<details><summary>The worst rows</summary>\n\n{table}\n\n</details>" if rows else ""


def _side_by_side(evaluations: Sequence[Evaluation]) -> list[tuple[str, ...]]:
    table = [("Gate", *("✅ passed" if e.passed else "❌ failed" for e in evaluations))]
    for name in metric_names(evaluations):
        table.append((code(name, 80), *(_mean(metric_of(evaluation, name)) for evaluation in evaluations)))
    for share, caption in ((0.5, "Latency p50"), (0.95, "Latency p95")):
        table.append((caption, *(_percentile(evaluation, share) for evaluation in evaluations)))
    table.append(("Tokens", *(f"{evaluation.tokens:,}" for evaluation in evaluations)))
    table.append(("Cost", *(wording.money(evaluation.cost) for evaluation in evaluations)))
    table.append(("Failed rows", *(str(len(problems(evaluation))) for evaluation in evaluations)))
    origins = [wording.origins(evaluation.about) for evaluation in evaluations]
    for name in dict.fromkeys(name for each in origins for name in each):
        table.append((name, *(code(each.get(name, ""), 120) or "–" for each in origins)))
    return table


def _mean(metric: Metric | None) -> str:
    return f"{wording.score(metric.mean)} ({wording.interval(metric.low, metric.high)})" if metric else "–"


def _percentile(evaluation: Evaluation, share: float) -> str:
    return wording.seconds(percentile(latencies(evaluation), share))


def _disagreement_cells(row: ComparedRow) -> tuple[str, ...]:
    scores = (
        "no row"
        if part is None
        else code(part.error, 80)
        if part.error is not None
        else wording.row_score(part, row.metric or "")
        for part in row.rows
    )
    return str(row.number), code(wording.gist(row.inputs)), code(row.metric or "", 80), *scores


def _origin(evaluations: Sequence[Evaluation]) -> str:
    first = evaluations[0]
    parts = [f"baseline {code(first.baseline)}"] if first.baseline and len(evaluations) == 1 else []
    others = {name: text for name, text in first.about.items() if name not in ("answers", "judge", "data")}
    parts += [f"{code(name, 40)} {code(text, 80)}" for name, text in list(others.items())[:12]]
    return f"<sub>{', '.join(parts)}</sub>" if parts else ""


def _bullets(texts: Iterable[str]) -> str:
    return _fitted([f"- {code(text, 300)}" for text in texts])


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(cells)} |" for cells in (header, ["---"] * len(header), *rows)]
    return _fitted(lines) if len(lines) > 2 else ""


def _fitted(lines: Sequence[str]) -> str:
    """Return as many lines as fit into a share of the comment, and how many do not."""
    kept, length = [], 0
    for line in lines:
        length += len(line) + 1
        if length > SHARE - 100:
            break
        kept.append(line)
    left_out = len(lines) - len(kept)
    return "\n".join([*kept, *([f"\n{left_out} more are in report.html."] if left_out else [])])
