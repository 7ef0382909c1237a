"""Describes chat_with_pdf: questions about a PDF, with the pages that the answers rest on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from pydantic import BaseModel, Field, StringConstraints

from mlops.flow_folders.definition import Cache, DocumentInput, FlowContext, FlowDefinition, FlowInputs, RunArguments

DOCUMENT = "data/documents/larkmoor_handbook.pdf"
LONGEST_TEXT, LONGEST_QUESTION, MOST_TURNS = 100_000, 4_000, 100
NODES = ("build_index", "rewrite_question", "find_context", "answer_question")  # those that call the models
QUESTION, ANSWER, CONTEXT = "${data.question}", "${target.answer}", "${target.context}"


class TurnInputs(FlowInputs):
    """What was asked in a turn."""

    question: str = Field(max_length=LONGEST_QUESTION)


class TurnOutputs(FlowInputs):
    """What was answered in a turn."""

    answer: str = Field(max_length=LONGEST_TEXT)


class Turn(FlowInputs):
    """A turn of the conversation so far."""

    inputs: TurnInputs
    outputs: TurnOutputs


class ChatInputs(FlowInputs):
    """A question about a document, and the conversation before it."""

    pdf_url: str = Field(
        min_length=1,
        max_length=2_048,
        description="an https URL, what POST /documents returned, or a sample such as data/documents/name.pdf",
        examples=[DOCUMENT],
    )
    question: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_QUESTION, pattern=r"\S")] = Field(
        examples=["What does a public night cost for an adult?"]
    )
    chat_history: list[Turn] = Field(default=[], max_length=MOST_TURNS, description="the oldest turn first")


class Passage(BaseModel):
    """A passage of the document that the answer may rest on."""

    page: int = Field(ge=1, examples=[3])
    text: str = Field(examples=["A public night costs 14 crowns for adults."])
    score: float = Field(description="similarity to the question, 1 at most", examples=[0.61])


class ChatOutputs(BaseModel):
    """The answer, which names pages as [p. 3], and the passages that were searched, the nearest first."""

    answer: str = Field(examples=["A public night costs 14 crowns for an adult [p. 3]."])
    context: list[Passage]


def flow_config(context: FlowContext) -> dict[str, Any]:
    """Return the flow's input `config`."""
    model = context.config.model
    return {
        "chat_deployment": model.deployment,
        "chat_family": model.family,
        "temperature": model.temperature,
        "reasoning_effort": model.reasoning_effort,
        "max_completion_tokens": model.max_output_tokens,
        **context.config.required_retrieval().model_dump(exclude={"allow_loopback"}),
    }


def arguments(context: FlowContext) -> RunArguments:
    """Return the flow's inputs, its nodes' connections, and the variant of the node that opens documents.

    That documents may come from this machine by URL is a variant of a node: no input, so that no caller can allow it.
    """
    access = "loopback" if context.config.required_retrieval().allow_loopback else "guarded"
    return {
        "column_mapping": {**context.config.column_mapping, "config": flow_config(context)},
        "connections": {node: {"connection": context.connection} for node in NODES},
        "variant": f"${{download_document.{access}}}",
    }


def evaluators(session: Any) -> Mapping[str, Callable[..., Any]]:
    """Return the evaluators: is the page found, and does the answer match, keep to the point and rest on the page?"""
    from mlops.evaluation.judges import judges
    from src.evaluators import MatchEvaluator, RetrievalEvaluator

    return {
        "retrieval": RetrievalEvaluator(),
        "match": MatchEvaluator(),
        **judges(session, "coherence", "relevance", "groundedness"),
    }


FLOW = FlowDefinition(
    name="chat_with_pdf",
    kind="dag",
    group="chat_with_pdf",
    description="Answers questions about a PDF, with the pages that the answer rests on.",
    inputs=ChatInputs,
    outputs=ChatOutputs,
    sample={"pdf_url": DOCUMENT, "question": "What does a public night cost for an adult?", "chat_history": []},
    arguments=arguments,
    evaluators=evaluators,
    evaluator_config={
        "retrieval": {"column_mapping": {"context": CONTEXT, "page": "${data.page}"}},
        "match": {"column_mapping": {"response": ANSWER, "ground_truth": "${data.ground_truth}"}},
        "coherence": {"column_mapping": {"query": QUESTION, "response": ANSWER}},
        "relevance": {"column_mapping": {"query": QUESTION, "response": ANSWER}},
        "groundedness": {"column_mapping": {"query": QUESTION, "response": ANSWER, "context": CONTEXT}},
    },
    prompt_file="answer_question.md",
    packages=(
        "promptflow.core",
        "promptflow.tracing",
        "openai",
        "aiohttp",
        "azure.identity",
        "pypdfium2",
        "semantic_text_splitter",
        "numpy",
        "filelock",
    ),
    document=DocumentInput("pdf_url", folder="data_folder", node="download_document"),
    cache=Cache("CHAT_WITH_PDF_CACHE", folders=("indexes", "documents")),
    streaming_input="streaming",
)
