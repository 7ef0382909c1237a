"""Models of the service's own responses; those of flows come from their definitions."""

from __future__ import annotations

from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, Field

Outputs = TypeVar("Outputs", bound=BaseModel)


class Usage(BaseModel):
    """The tokens of the model calls for this answer."""

    prompt_tokens: int = Field(ge=0, examples=[112])
    completion_tokens: int = Field(ge=0, examples=[18])


class Result(BaseModel, Generic[Outputs]):
    """A flow's outputs, with tokens and duration."""

    outputs: Outputs
    usage: Usage
    duration_ms: int = Field(ge=0, examples=[640])


def result_model(outputs: type[BaseModel]) -> type[Result]:
    """Return the result model of a flow with these outputs."""
    return Result.__class_getitem__(outputs)  # type: ignore[return-value]


class FlowDescription(BaseModel):
    """A flow that can be called."""

    name: str = Field(examples=["entity_extraction"])
    description: str = Field(examples=["Extracts the entities of one type from a text."])
    input_schema: dict[str, Any] = Field(description="JSON Schema of the body of POST /flows/{name}")
    sample: dict[str, Any] = Field(description="inputs to try the flow with")
    streams: bool = Field(description="whether it sends events where the header Accept is text/event-stream")
    document: str | None = Field(description="the input that takes the `pdf_url` of POST /documents, if there is one")


class StoredDocument(BaseModel):
    """A document that was stored."""

    pdf_url: str = Field(
        description="the value to pass to a flow; also the path to read it from", examples=["documents/Zk3…"]
    )
    bytes: int
    expires_in_seconds: int


class Health(BaseModel):
    """Whether the service is alive, or ready."""

    status: Literal["ok", "ready", "not ready"]
    reason: str | None = None
