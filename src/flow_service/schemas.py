"""What callers send to each flow, and what they get: the models behind the OpenAPI document.

A field that is not here cannot be sent. Deployments, limits and permissions, which some flows take as inputs, are the
operator's; see docs/decisions/0005-serving.md.
"""

from __future__ import annotations

from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

LONGEST_TEXT, LONGEST_QUESTION, MOST_TURNS = 100_000, 4_000, 100
Question = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_QUESTION, pattern=r"\S")]
Outputs = TypeVar("Outputs", bound=BaseModel)


class Inputs(BaseModel):
    """The inputs of a flow, without room for others."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class ExtractionInputs(Inputs):
    """What to look for, and where."""

    entity_type: str = Field(min_length=1, max_length=200, pattern=r"\S", examples=["job title"])
    text: str = Field(
        min_length=1,
        max_length=LONGEST_TEXT,
        pattern=r"\S",
        examples=["The chief executive and a software engineer presented the results to the board."],
    )


class ExtractionOutputs(BaseModel):
    """The entities in the order of the text; none is an empty list."""

    answer: list[str] = Field(examples=[["chief executive", "software engineer"]])


class TurnInputs(Inputs):
    """What was asked in a turn."""

    question: str = Field(max_length=LONGEST_QUESTION)


class TurnOutputs(Inputs):
    """What was answered in a turn."""

    answer: str = Field(max_length=LONGEST_TEXT)


class Turn(Inputs):
    """A turn of the conversation so far."""

    inputs: TurnInputs
    outputs: TurnOutputs


class ChatInputs(Inputs):
    """A question about a document, and the conversation before it."""

    pdf_url: str = Field(
        min_length=1,
        max_length=2_048,
        description="an https URL, what POST /documents returned, or a sample such as data/documents/name.pdf",
        examples=["data/documents/larkmoor_handbook.pdf"],
    )
    question: Question = Field(examples=["What does a public night cost for an adult?"])
    chat_history: list[Turn] = Field(default=[], max_length=MOST_TURNS, description="the oldest turn first")


class Passage(BaseModel):
    """A passage of the document that the answer may rest on."""

    page: int = Field(ge=1, examples=[3])
    text: str = Field(examples=["A public night costs 14 crowns for adults."])
    score: float = Field(description="similarity to the question, 1 at most", examples=[0.61])


class ChatOutputs(BaseModel):
    """The answer, which names pages as [p. 3], and the passages that were looked at, the nearest first."""

    answer: str = Field(examples=["A public night costs 14 crowns for an adult [p. 3]."])
    context: list[Passage]


class PlanInputs(Inputs):
    """A question that takes several steps."""

    question: Question = Field(examples=["Which is longer, the Danube or the Rhine, and by how much?"])


class PlannedStep(BaseModel):
    """A step of a plan; #E1 in an argument stands for the result of the step with that id."""

    id: str = Field(examples=["#E1"])
    purpose: str = Field(examples=["find the length of the Danube"])
    tool: str = Field(examples=["wikipedia"])
    arguments: dict[str, str]


class Plan(BaseModel):
    """The steps by which the question is answered."""

    steps: list[PlannedStep]


class DoneStep(PlannedStep):
    """What became of a step: a result, or an error."""

    number: int = Field(examples=[1])
    result: str | None
    error: str | None
    seconds: float = Field(description="of the tool", examples=[1.2])


class PlanOutputs(BaseModel):
    """The answer, the plan, and what became of its steps."""

    answer: str = Field(examples=["The Danube is longer than the Rhine, by 1,617 km."])
    plan: Plan
    steps: list[DoneStep]
    number_of_steps: int = Field(examples=[3])


class Usage(BaseModel):
    """The tokens that the models read and wrote for this answer."""

    prompt_tokens: int = Field(ge=0, examples=[112])
    completion_tokens: int = Field(ge=0, examples=[18])


class Result(BaseModel, Generic[Outputs]):
    """What a flow answered, and what it took."""

    outputs: Outputs
    usage: Usage
    duration_ms: int = Field(ge=0, examples=[640])


class FlowDescription(BaseModel):
    """A flow that can be asked."""

    name: str = Field(examples=["class_basic_flow"])
    description: str = Field(examples=["Extracts the entities of one type from a text."])
    input_schema: dict[str, Any] = Field(description="JSON Schema of the body of POST /flows/{name}")
    sample: dict[str, Any] = Field(description="inputs to try it with")
    streams: bool = Field(description="whether it sends events where the header Accept is text/event-stream")


class StoredDocument(BaseModel):
    """A document that was taken."""

    pdf_url: str = Field(description="what chat_with_pdf takes; also where to read it", examples=["documents/Zk3…"])
    bytes: int
    expires_in_seconds: int


class Health(BaseModel):
    """Whether the service lives, or is ready."""

    status: Literal["ok", "ready", "not ready"]
    reason: str | None = None
