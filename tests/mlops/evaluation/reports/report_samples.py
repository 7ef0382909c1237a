"""Evaluations to report on: plausible ones for the eye, small ones for a case, and any at all for properties."""

import json
import math
import random
from dataclasses import replace

from hypothesis import strategies as st

from mlops.common.paths import REPOSITORY
from mlops.evaluation.results import Change, Evaluation, Metric, Row, Threshold

DATA = REPOSITORY / "data" / "basic_flow_eval_data.jsonl"
ATTACKS = (
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '" onmouseover="alert(1)',
    "{{ 7 * 7 }} {% raw %}",
    "]]> --> <!-- &amp; &lt;",
    "a | b ` c ** d @octocat #1 http://example.com",
    "\u2028\u2029\u202e\x00\x1b[31m\ud800",
)
METRICS = {
    "match.exact": Threshold(min=0.7),
    "match.f1": Threshold(min=0.85, max_drop=0.05),
    "json_schema.valid": Threshold(min=0.95),
    "relevance": Threshold(),
}


def small_evaluation(*rows: Row, **changes: object) -> Evaluation:
    """Return an evaluation with one metric, by default of two rows that have full marks."""
    rows = rows or (sample_row(1), sample_row(2))
    known = [score for row in rows for score in row.scores.values() if score is not None and math.isfinite(score)]
    mean = sum(known) / len(known) if known else math.nan
    evaluation = Evaluation(
        flow="class_basic_flow",
        environment="local",
        run="class_basic_flow_local_1",
        rows=rows,
        metrics=(Metric("match.f1", mean, mean, mean, len(known), Threshold(min=0.5)),),
        failures=(),
        created="2026-11-30T12:00:00+00:00",
        seconds=1.5,
    )
    return replace(evaluation, **changes)


def sample_row(number: int, score: float | None = 1.0, text: str = "Ada Lovelace met Mary.", **changes) -> Row:
    """Return a row with the one score of `small_evaluation`."""
    row = Row(number, {"text": text}, {"answer": [text]}, {"match.f1": score}, seconds=0.01 * number, tokens=number)
    return replace(row, **changes)


def realistic_evaluation(
    flow: str = "class_basic_flow", skill: float = 0.8, broken: bool = True, seed: int = 1, repeat: int = 1
) -> Evaluation:
    """Return an evaluation of the repository's own data with invented answers.

    Args:
        flow: the flow's name.
        skill: how many of the entities it finds.
        broken: whether one row failed and one has a score that is NaN.
        seed: for other answers.
        repeat: how many times over to take the data.
    """
    draw = random.Random(f"{flow} {seed}")
    lines = [json.loads(line) for line in DATA.read_text(encoding="utf-8").splitlines()] * repeat
    rows = tuple(_realistic_row(number, line, draw, skill, broken) for number, line in enumerate(lines, 1))
    metrics = tuple(_metric(name, limit, rows, draw) for name, limit in METRICS.items())
    failures = [f"line {row.number}: {row.error}" for row in rows if row.error]
    failures += [
        f"line {row.number}: json_schema.valid is NaN"
        for row in rows
        if math.isnan(row.scores.get("json_schema.valid", 0.0))
    ]
    failures += [metric.failure for metric in metrics if metric.failure]
    return Evaluation(
        flow=flow,
        environment="local",
        run=f"{flow}_local_5f1c09ab",
        rows=rows,
        metrics=metrics,
        failures=tuple(failures),
        created="2026-11-30T09:41:27+00:00",
        seconds=2.84,
        cost=0.0431,
        baseline=f"{flow}_local_1f0b3978",
        about={
            "git_commit": "db36ceb2f1a04c",
            "config_sha256": "9d0e5c31b2",
            "python": "3.11.9",
            "promptflow": "1.18.5",
            "promptflow-evals": "0.3.2",
        },
    )


def _realistic_row(number: int, line: dict, draw: random.Random, skill: float, broken: bool) -> Row:
    truth = line["ground_truth"]
    tokens, seconds = draw.randint(190, 320), draw.lognormvariate(-0.4, 0.45)
    if broken and number == 17:
        error = "the endpoint answered 429 (rate limit) to each of 5 attempts; the last asked to wait 20 s"
        return Row(number, line, {}, {}, error=error, seconds=seconds)
    found = [entity for entity in truth if draw.random() < skill]
    if draw.random() > skill and not found:
        found.append(" ".join(line["text"].split()[:2]))
    hits = sum(entity in truth for entity in found)
    f1 = 1.0 if not truth and not found else 2 * hits / (len(found) + len(truth))
    scores = {
        "match.exact": float(found == truth),
        "match.f1": f1,
        "json_schema.valid": 1.0,
        "relevance": float(min(5, max(1, round(5 * f1 + draw.gauss(0, 0.6))))),
    }
    notes = {}
    if broken and number == 31:
        scores["json_schema.valid"] = math.nan
        notes = {"json_schema.reason": "the answer is cut off after 1000 tokens: '[\"Solvanta'"}
    return Row(number, line, {"answer": found}, scores, notes, None, seconds, tokens)


def _metric(name: str, limit: Threshold, rows: tuple[Row, ...], draw: random.Random) -> Metric:
    values = [row.scores[name] for row in rows if name in row.scores and not math.isnan(row.scores[name])]
    mean = sum(values) / len(values)
    spread = 1.96 * math.sqrt(sum((value - mean) ** 2 for value in values) / len(values) ** 2)
    baseline = mean - draw.uniform(-0.03, 0.02)
    failure = None
    if limit.min is not None and mean < limit.min:
        failure = f"{name} is {mean:.3f}, under the minimum of {limit.min:g}"
    change = Change(baseline, mean - baseline, draw.choice([0.71, 0.22, 0.38]), len(values))
    return Metric(name, mean, mean - spread, mean + spread, len(values), limit, change, failure)


numbers = st.floats(allow_nan=True, allow_infinity=True)
texts = st.text(max_size=20) | st.sampled_from([attack for attack in ATTACKS if attack.isprintable()])
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts | st.just("$number"), inner, max_size=3),
    max_leaves=8,
)
names = st.dictionaries(texts, texts, max_size=3)
limits = st.none() | st.floats(allow_nan=False, allow_infinity=False)
thresholds = st.builds(Threshold, limits, limits, limits)
changes = st.builds(Change, numbers, numbers, numbers, st.integers(0, 100))


@st.composite
def evaluations(draw: st.DrawFn) -> Evaluation:
    """Any evaluation that JSON data and a gate can lead to, and many that they cannot."""
    metric_names = draw(st.lists(texts, max_size=3, unique=True))
    scores = st.dictionaries(st.sampled_from(metric_names), st.none() | numbers) if metric_names else st.just({})
    rows = draw(
        st.lists(
            st.builds(
                Row,
                number=st.just(0),
                inputs=st.dictionaries(texts, json_values, max_size=3),
                outputs=st.dictionaries(texts, json_values, max_size=3),
                scores=scores,
                notes=names,
                error=st.none() | texts,
                seconds=st.none() | st.floats(0, 1e6),
                tokens=st.none() | st.integers(0, 10**9),
            ),
            max_size=4,
        )
    )
    metrics = [
        Metric(
            name,
            draw(numbers),
            draw(numbers),
            draw(numbers),
            draw(st.integers(0, 9)),
            draw(thresholds),
            draw(st.none() | changes),
            draw(st.none() | texts),
        )
        for name in metric_names
    ]
    return Evaluation(
        flow=draw(texts),
        environment=draw(texts),
        run=draw(texts),
        rows=tuple(replace(row, number=number) for number, row in enumerate(rows, 1)),
        metrics=tuple(metrics),
        failures=tuple(draw(st.lists(texts, max_size=3))),
        created=draw(texts | st.just("2026-11-30T12:00:00+00:00")),
        seconds=draw(st.floats(0, 1e6)),
        variant=draw(names),
        cost=draw(st.none() | st.floats(0, 1e6)),
        baseline=draw(st.none() | texts),
        about=draw(names),
    )
