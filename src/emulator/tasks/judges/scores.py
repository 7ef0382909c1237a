"""The judges' scores in stars, as promptflow-evals asks for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from src.emulator.tasks.judges import coherence, fluency, groundedness, relevance, similarity

METRICS: Mapping[str, Callable[..., float]] = {
    "coherence": coherence.score,
    "fluency": lambda question, answer: fluency.score(answer),
    "groundedness": groundedness.score,
    "relevance": relevance.score,
    "similarity": similarity.score,
}


def score(metric: str, texts: Mapping[str, str]) -> int:
    """A judgement from 1 (worst) to 5 (best) stars.

    Args:
        metric: a name in `METRICS`.
        texts: what the metric compares, by the names that promptflow-evals gives them: question, answer, context,
            ground_truth.
    """
    return 1 + round(4 * min(1.0, max(0.0, METRICS[metric](**texts))))
