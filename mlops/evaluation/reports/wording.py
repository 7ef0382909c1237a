"""How numbers and values are put in words, the same in every report."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any

from mlops.evaluation.results import Change, Metric, Row, Threshold

# What XML 1.0 cannot hold (https://www.w3.org/TR/xml/#charsets): control characters and halves of characters.
ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
HALF_CHARACTER = re.compile("[\ud800-\udfff]")
REPLACEMENT = "\ufffd"
REASON = "reason"  # what evaluators call the note that says why they gave a score
REPLY = "reply"  # the note with the whole reply of a judge that gave none
MINUS = "\u2212"


def legible(text: str) -> str:
    """Replace each character that XML, HTML or a terminal cannot show."""
    return ILLEGAL.sub(REPLACEMENT, text)


def score(value: float | None, digits: int = 3) -> str:
    """Return a score with a fixed number of decimals, so that a column of them lines up."""
    if value is None:
        return "missing"
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞" if value > 0 else f"{MINUS}∞"
    text = f"{value:.{digits}f}" if abs(value) < 10_000 else f"{value:.4g}"
    return text.replace("-", MINUS)


def row_score(row: Row, metric: str) -> str:
    """Return a row's score in a metric; a dash where the metric does not apply to the row."""
    return score(row.scores.get(metric), 2) if row.applies(metric) else "–"


def reasons(row: Row) -> dict[str, str]:
    """Return why evaluators gave a row its scores, by evaluator and score, such as {"relevance 4.00": "..."}.

    Of a judge without a score it is the whole reply, as "relevance replied".
    """
    found = {}
    for name, text in row.notes.items():
        evaluator, _, kind = name.rpartition(".")
        if kind == REASON and text:
            scores = [row_score(row, metric) for metric in row.scores if metric.rpartition(".")[0] == evaluator]
            found[f"{evaluator} {scores[0]}" if len(scores) == 1 else evaluator or kind] = text
        elif kind == REPLY and evaluator and text:
            found[f"{evaluator} replied"] = text
    return found


def origins(about: Mapping[str, str]) -> dict[str, str]:
    """Return what a reader of scores has to know, by caption: what answered, what judged, and on which data."""
    found = {caption: about[key] for caption, key in (("Answers", "answers"), ("Judge", "judge")) if key in about}
    if "data" in about:
        found["Data"] = f"{about['data']} (sha256 {about.get('data_sha256', 'unknown')[:12]})"
    return found


def interval(low: float, high: float) -> str:
    """Return a confidence interval, or a dash when there is none."""
    return f"{score(low)} – {score(high)}" if math.isfinite(low) and math.isfinite(high) else "–"


def threshold(value: Threshold) -> str:
    """Return what a metric has to reach, such as "≥ 0.85, drop ≤ 0.05"; empty when it has to reach nothing."""
    parts = (("≥", value.min), ("≤", value.max), ("drop ≤", value.max_drop), ("pass rate ≥", value.pass_rate))
    return ", ".join(f"{sign} {limit:g}" for sign, limit in parts if limit is not None).replace("-", MINUS)


def repeats(metric: Metric) -> str:
    """Return how steady a metric is where lines were asked repeatedly, such as "pass rate 0.920, 2 flaky lines"."""
    if metric.spread is None:
        return ""
    parts = [] if metric.pass_rate is None else [f"pass rate {score(metric.pass_rate)}"]
    parts.append(f"spread {score(metric.spread)}")
    if metric.pass_rate is not None:
        parts.append(count(len(metric.flaky), "flaky line"))
    return ", ".join(parts)


def difference(change: Change) -> str:
    """Return by how much a mean differs from the baseline's, always with its sign."""
    return f"{'+' if change.difference >= 0 else ''}{score(change.difference)}"


def p_value(p: float) -> str:
    """Return a probability the way that papers print it."""
    return "p < 0.001" if p < 0.001 else f"p = {score(p)}"


def seconds(value: float | None) -> str:
    """Return a time in the unit that suits it: 8 ms, 1.24 s, 3 min 05 s."""
    if value is None:
        return "–"
    if value < 0.9995:
        return f"{value * 1000:.0f} ms"
    if value < 59.995:
        return f"{value:.2f} s"
    minutes, rest = divmod(round(value), 60)
    return f"{minutes} min {rest:02d} s"


def count(number: int, thing: str) -> str:
    """Return "1 row", "2 rows" and so on."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def money(value: float | None) -> str:
    """Return an amount in the currency of the configured prices, with four digits that count."""
    return "–" if value is None else f"{value:,.2f}" if value >= 10 else f"{value:.4g}"


def value(data: Any) -> str:
    """Return a value of the data as text: a text as it is, anything else as JSON."""
    return data if isinstance(data, str) else json.dumps(data, ensure_ascii=False, default=str)


def gist(columns: dict[str, Any]) -> str:
    """Return the text by which a reader recognises a row: its question, else the longest of its texts, in one line."""
    if isinstance(columns.get("question"), str):
        return clip(columns["question"], 160)
    texts = [text for text in columns.values() if isinstance(text, str)]
    return clip(max(texts, key=len) if texts else value(columns), 160)


def clip(text: str, length: int) -> str:
    """Return a text in one line, clipped to a number of characters."""
    line = " ".join(text[: length * 4].split())
    return line if len(line) <= length and len(text) <= length * 4 else line[: length - 1].rstrip() + "…"
