"""Reads the prompts of promptflow-evals' judges: which metric, and the texts to be judged.

The texts come after the prompt's examples, whose last one has five stars, and each after its label. A text may hold
labels as well. What counts is where a label comes first, so an answer can't put words into the question or the context:
whatever it adds stays a part of the answer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_DEFINITIONS = {
    "relevance": "Relevance measures how well the answer addresses",
    "coherence": "Coherence of an answer is measured by how well",
    "fluency": "Fluency measures the quality of individual sentences",
    "similarity": "Equivalence, as a metric, measures the similarity",
    "groundedness": "You need to decide whether the ANSWER is entailed by the CONTEXT",
}
_LABELS = {
    "relevance": (("context", "context:"), ("question", "question:"), ("answer", "answer:")),
    "coherence": (("question", "question:"), ("answer", "answer:")),
    "fluency": (("question", "question:"), ("answer", "answer:")),
    "similarity": (("question", "question:"), ("ground_truth", "correct answer:"), ("answer", "predicted answer:")),
    "groundedness": (("context", '{"CONTEXT":'), ("answer", ', "QUESTION": "", "ANSWER":')),
}
_END_OF_EXAMPLES = re.compile(r"^stars:\s*5\s*$|^## Actual Task Input:\s*$", re.MULTILINE)
_END_OF_ANSWER = re.compile(
    r"(?:\}\s{0,4}Reminder: The return values for each task[^\n]{0,200}\s{0,4}Actual Task Output:|stars:)\Z")


@dataclass(frozen=True)
class Judgement:
    """What is asked of a judge.

    Attributes:
        metric: the name of the metric, such as "relevance".
        texts: what to judge, by the names of the evaluator's arguments.
    """

    metric: str
    texts: dict[str, str]


def read(prompt: str) -> Judgement | None:
    """The judgement that a user's message asks for; None where it is not the prompt of a judge."""
    prompt = prompt.rstrip()
    examples = _END_OF_EXAMPLES.search(prompt)
    end = _END_OF_ANSWER.search(prompt)
    if examples is None or end is None:
        return None
    head, rest = prompt[:examples.end()], prompt[examples.end():end.start()]
    metric = next((name for name, definition in _DEFINITIONS.items() if definition in head), None)
    texts = None if metric is None else _texts(rest, _LABELS[metric])
    return None if texts is None else Judgement(metric, texts)


def _texts(rest: str, labels: tuple[tuple[str, str], ...]) -> dict[str, str] | None:
    """The texts behind the labels, which have to come in their order."""
    starts = []
    position = 0
    for _, label in labels:
        inline = label.startswith(",")
        found = re.compile(re.escape(label) if inline else rf"^{re.escape(label)}", re.MULTILINE).search(rest, position)
        if found is None:
            return None
        starts.append(found)
        position = found.end()
    ends = [found.start() for found in starts[1:]] + [len(rest)]
    return {name: rest[found.end():end].strip()
            for (name, _), found, end in zip(labels, starts, ends, strict=True)}
