"""The judges of promptflow-evals: evaluators that ask a model for a score from 1 to 5."""

from __future__ import annotations

import functools
import inspect
import json
from collections.abc import Callable
from typing import TYPE_CHECKING

from mlops.common.nltk_data import prepare_nltk_data

if TYPE_CHECKING:
    from mlops.common.session import Session

CLASSES = {
    "coherence": "CoherenceEvaluator",
    "fluency": "FluencyEvaluator",
    "groundedness": "GroundednessEvaluator",
    "relevance": "RelevanceEvaluator",
    "similarity": "SimilarityEvaluator",
}


def judges(session: Session, *names: str) -> dict[str, Callable[..., dict]]:
    """Return judges by name, which ask the flow's `judge_deployment` at the session's endpoint.

    Args:
        session: an open session.
        names: of `CLASSES`.
    """
    prepare_nltk_data()  # importing any evaluator of promptflow-evals imports those that need it
    from promptflow.core import AzureOpenAIModelConfiguration
    from promptflow.evals import evaluators

    # By its name they would look the connection up at every question, which takes 10 ms.
    connection = session.pf.connections.get(session.connection, with_secrets=True)
    model = AzureOpenAIModelConfiguration.from_connection(connection, session.config.judge_deployment)
    return {name: reading_passages(getattr(evaluators, CLASSES[name])(model)) for name in names}


def reading_passages(judge: Callable[..., dict]) -> Callable[..., dict]:
    """Return a judge that takes a list of passages, each with its `text`, where it would take a text."""

    @functools.wraps(judge, assigned=(), updated=())
    def evaluate(**texts: object) -> dict:
        return judge(**{name: as_text(value) for name, value in texts.items()})

    evaluate.__signature__ = inspect.signature(judge)
    return evaluate


def as_text(value: object) -> str:
    """Return a value as the text that a judge reads.

    Of passages it is their texts, of steps their results, and of anything else but a text its JSON.
    """
    for key in ("text", "result"):
        if isinstance(value, list) and all(isinstance(each, dict) and key in each for each in value):
            return "\n\n".join(str(each[key]) for each in value if each[key] is not None)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
