"""Describes a flow that a team has added: a class that streams its answer and tells its progress."""

from pydantic import BaseModel, Field

from mlops.flow_folders.definition import FlowDefinition, FlowInputs, Progress


class Inputs(FlowInputs):
    """A review."""

    review: str = Field(min_length=1, max_length=200, pattern=r"^\w", examples=["I liked it."])
    tone: str = "friendly"


class Outputs(BaseModel):
    """What to reply."""

    reply: str
    tone: str


def arguments(context):
    return {
        "column_mapping": context.config.column_mapping,
        "init": {"connection": context.connection, "deployment": context.config.model.deployment},
    }


FLOW = FlowDefinition(
    name="added_class",
    kind="class",
    group="added",
    description="Replies to a review.",
    inputs=Inputs,
    outputs=Outputs,
    sample={"review": "The soup was cold."},
    arguments=arguments,
    evaluators=lambda session: {},
    evaluator_config={},
    streaming_input="in_pieces",
    progress=Progress("asking:LISTENER", events="`draft` with the number of words as `words`"),
)
