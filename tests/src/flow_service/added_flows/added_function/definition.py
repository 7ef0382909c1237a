"""Describes a flow that a team has added: a function, not asynchronous, that is about a document."""

from pydantic import BaseModel, Field

from mlops.flow_folders.definition import DocumentInput, FlowDefinition, FlowInputs


class Inputs(FlowInputs):
    """A document."""

    report: str = Field(description="what POST /documents returned, or a sample")


class Outputs(BaseModel):
    """How large it is, and in which unit."""

    size: int
    unit: str


FLOW = FlowDefinition(
    name="added_function",
    kind="function",
    group="added",
    description="Measures a document.",
    inputs=Inputs,
    outputs=Outputs,
    sample={"report": "data/documents/larkmoor_handbook.pdf"},
    arguments=lambda context: {"column_mapping": {**context.config.column_mapping, "unit": "bytes"}},
    evaluators=lambda session: {},
    evaluator_config={},
    document=DocumentInput("report", folder="folder"),
)
