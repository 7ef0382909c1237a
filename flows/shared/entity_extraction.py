"""Entity extraction, the task of the three basic flows, which are made to be compared."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel, Field

from mlops.flow_folders.definition import FlowInputs

DESCRIPTION = "Extracts the entities of one type from a text; "
GROUP = "basic_flows"
PACKAGES = ("promptflow.core", "promptflow.tracing", "openai", "aiohttp", "azure.identity")


class ExtractionInputs(FlowInputs):
    """What to look for, and where."""

    entity_type: str = Field(min_length=1, max_length=200, pattern=r"\S", examples=["job title"])
    text: str = Field(
        min_length=1,
        max_length=100_000,
        pattern=r"\S",
        examples=["The chief executive and a software engineer presented the results to the board."],
    )


class ExtractionOutputs(BaseModel):
    """The entities in the order of the text; none is an empty list."""

    answer: list[str] = Field(examples=[["chief executive", "software engineer"]])


def evaluators(session: Any) -> Mapping[str, Callable[..., Any]]:
    """Return the evaluators: are the entities those that are there, and do they stand in the text?"""
    from src.evaluators import EntitiesEvaluator, MatchEvaluator

    return {"match": MatchEvaluator(), "entities": EntitiesEvaluator()}


EVALUATOR_CONFIG = {
    "match": {"column_mapping": {"response": "${target.answer}", "ground_truth": "${data.ground_truth}"}},
    "entities": {"column_mapping": {"answer": "${target.answer}", "text": "${data.text}"}},
}
