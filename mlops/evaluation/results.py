"""What an evaluation found: rows with scores, metrics with thresholds, and the verdict. No framework inside."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from mlops.endpoint.answers import NO_MODEL
from mlops.runs.degraded import DegradedLine, degraded_line


@dataclass(frozen=True)
class Row:
    """One line of the data and its result.

    Attributes:
        number: the line of the data file, counted from 1.
        inputs: the line's columns.
        outputs: what the flow returned; empty when it failed.
        scores: by metric, such as {"match.f1": 0.5}; None where the evaluator gave none, NaN where it gave NaN.
        notes: what evaluators returned besides numbers, such as {"json_schema.reason": "..."}.
        error: why the flow or an evaluator failed; None when neither did.
        seconds: how long the flow took.
        tokens: tokens of the flow's prompts and answers.
        not_applicable: by evaluator, why it has nothing to score in this row, as it says itself.
        repeat: which answer to the line this is, counted from 1.
        answers: all answers to the line, each as a row, where it was asked repeatedly. Then `outputs` and `notes` are
            the first's, scores and seconds are means, and tokens a sum.
    """

    number: int
    inputs: dict[str, Any]
    outputs: dict[str, Any]
    scores: dict[str, float | None]
    notes: dict[str, str] = field(default_factory=dict)
    error: str | None = None
    seconds: float | None = None
    tokens: int | None = None
    not_applicable: dict[str, str] = field(default_factory=dict)
    repeat: int = 1
    answers: tuple[Row, ...] = ()

    @property
    def degraded(self) -> DegradedLine | None:
        """The row as a degraded one, if the flow says that it is; see mlops.runs.degraded."""
        lines = (degraded_line(self.number, answer.outputs) for answer in self.answers or (self,))
        return next(filter(None, lines), None)

    def applies(self, metric: str) -> bool:
        """Whether a metric has to be scored in this row."""
        return metric.partition(".")[0] not in self.not_applicable


@dataclass(frozen=True)
class Threshold:
    """What a metric has to reach.

    Attributes:
        min: the mean must not be under it.
        max: the mean must not be over it.
        max_drop: the mean must not fall below the baseline's by more, on the rows that both have.
        pass_rate: the share of single answers, from 0 to 1, whose score has to be within `min` and `max`.
    """

    min: float | None = None
    max: float | None = None
    max_drop: float | None = None
    pass_rate: float | None = None


@dataclass(frozen=True)
class Change:
    """A metric against the baseline, on the rows that both have; of recorded requests, on all rows of each.

    Attributes:
        baseline: the baseline's mean.
        difference: this evaluation's mean less the baseline's.
        p: the probability of a difference so large, one way or the other, if nothing had changed.
        rows: how many rows were paired; of recorded requests, how many have a score.
    """

    baseline: float
    difference: float
    p: float
    rows: int


@dataclass(frozen=True)
class Metric:
    """A metric over all rows.

    Attributes:
        name: evaluator and score, such as "match.f1".
        mean: over the rows that have a score; NaN when none has.
        low: lower end of the mean's 95 % confidence interval.
        high: its upper end.
        scored: how many rows have a score.
        threshold: what it has to reach, if anything.
        change: against the baseline, if there is one.
        failure: why the gate fails on this metric, in one line; None when it does not.
        pass_rate: the share of answers whose score is within the threshold's minimum and maximum, if it has any.
        spread: the mean standard deviation over the answers to a line, where lines were asked repeatedly.
        flaky: the lines of which some answers pass so and others do not.
    """

    name: str
    mean: float
    low: float
    high: float
    scored: int
    threshold: Threshold = Threshold()
    change: Change | None = None
    failure: str | None = None
    pass_rate: float | None = None
    spread: float | None = None
    flaky: tuple[int, ...] = ()


@dataclass(frozen=True)
class Evaluation:
    """The outcome of evaluating one flow, or one variant of it.

    Attributes:
        flow: the flow's name.
        environment: the environment's name.
        run: the name of this evaluation's run.
        rows: every line of the data, in order.
        metrics: every metric, in the order of the evaluators.
        failures: why the gate fails, a line each, rows first; empty when it is passed.
        created: time in UTC, ISO 8601.
        seconds: how long it took.
        variant: the parameters that set this one apart, such as {"temperature": "0.7"}; empty for the configured flow.
        cost: in the currency of the configured prices; None without prices.
        baseline: the run that it is compared with, if any.
        about: what answered and judged, the data and its hash, git commit, hash of the configuration, versions.
    """

    flow: str
    environment: str
    run: str
    rows: tuple[Row, ...]
    metrics: tuple[Metric, ...]
    failures: tuple[str, ...]
    created: str
    seconds: float
    variant: dict[str, str] = field(default_factory=dict)
    cost: float | None = None
    baseline: str | None = None
    about: dict[str, str] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Whether the gate is passed: every row was scored, and every metric is within its thresholds."""
        return not self.failures

    @property
    def title(self) -> str:
        """The flow, and the variant where it is one."""
        return " ".join([self.flow, *(f"{key}={value}" for key, value in self.variant.items())])

    @property
    def degraded(self) -> tuple[DegradedLine, ...]:
        """The rows that were answered without something that a transient fault kept from them."""
        return tuple(line for row in self.rows if (line := row.degraded))

    @property
    def heading(self) -> str:
        """The title, and a word on what answered where it was no model."""
        return f"{self.title} (answers: {NO_MODEL})" if self.without_model else self.title

    @property
    def without_model(self) -> bool:
        """Whether recordings were played back, and no model was asked."""
        return self.about.get("answers", "").startswith(NO_MODEL)

    @property
    def tokens(self) -> int:
        """Tokens of all rows together."""
        return sum(row.tokens or 0 for row in self.rows)
