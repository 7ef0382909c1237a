"""What the page shows of a row's values: all of them, the long ones folded to their first lines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mlops.evaluation.reports import wording
from mlops.evaluation.results import Row

LONGEST_TEXT = 4000  # characters of a value; all of it is in results.jsonl
FOLDED, LINES = 240, 5  # a longer text, or one of more lines, is folded to so much
BRIEF = 40  # characters of a name and a value that stand in one line
ITEMS = 30  # of a list that stands as items; a longer one stands as JSON
ANSWER = "answer"  # the output that the others are there for
# Columns of the data that say what the answer should have been; a flow never sees them.
EXPECTED_NAMES = ("answer", "label", "labels", "target")
EXPECTED_BEGINNINGS = ("ground_truth", "expected", "reference")


@dataclass(frozen=True)
class Value:
    """A value of the data or of an answer.

    Attributes:
        name: the column, output or note.
        text: the value as text, at most 4,000 characters of it.
        folded: the text's beginning where it is long, else empty.
        items: the texts of a short list of plain values, which are shown instead; None of anything else.
    """

    name: str
    text: str
    folded: str = ""
    items: tuple[str, ...] | None = None

    @property
    def brief(self) -> bool:
        """Whether the value stands beside its name, and not beneath it."""
        return not self.folded and len(self.name) + len(self.text) <= BRIEF


def values(data: Mapping[str, Any]) -> tuple[Value, ...]:
    """Return how values are shown, in their order."""
    return tuple(_value(str(name), value) for name, value in data.items())


def expected(name: str) -> bool:
    """Whether a column of the data says, by its name, what the answer should have been."""
    return name in EXPECTED_NAMES or name.startswith(EXPECTED_BEGINNINGS)


def answer_first(outputs: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the outputs that are the answer, and the rest: all are where none is called so."""
    if ANSWER not in outputs:
        return dict(outputs), {}
    return {ANSWER: outputs[ANSWER]}, {name: value for name, value in outputs.items() if name != ANSWER}


def said(row: Row) -> Any:
    """Return a row's answer, without its name where it is one output; of a row that has none, why it failed."""
    answer, _ = answer_first(row.outputs)
    if row.error and not answer:
        return row.error
    return next(iter(answer.values())) if len(answer) == 1 else answer


def _value(name: str, data: Any) -> Value:
    plain = (str, int, float, bool)
    if isinstance(data, list) and len(data) <= ITEMS and all(isinstance(each, plain) for each in data):
        texts = tuple(wording.value(each) for each in data)
        if sum(map(len, texts)) <= FOLDED:
            return Value(name, wording.value(data), items=texts)
    text = wording.value(data)
    lines = text.splitlines()
    if len(text) <= FOLDED and len(lines) <= LINES:
        return Value(name, text)
    return Value(name, _shortened(text), _beginning(lines))


def _beginning(lines: list[str]) -> str:
    return "\n".join(lines[:LINES])[:FOLDED].rstrip() + "…"


def _shortened(text: str) -> str:
    if len(text) <= LONGEST_TEXT:
        return text
    return f"{text[:LONGEST_TEXT]}… ({len(text) - LONGEST_TEXT:,} more characters are in results.jsonl)"
