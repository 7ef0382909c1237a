"""Describes a flow that a team has added: a DAG with an LLM node, and a node whose variant is chosen."""

from pydantic import BaseModel

from mlops.flow_folders.definition import FlowDefinition, FlowInputs


class Inputs(FlowInputs):
    """A topic."""

    topic: str


class Outputs(BaseModel):
    """A poem, line by line."""

    lines: list[str]
    number: int


def arguments(context):
    deployment = context.config.model.deployment
    return {
        "column_mapping": {**context.config.column_mapping, "style": "short"},
        "connections": {"write": {"connection": context.connection, "deployment_name": deployment}},
        "variant": "${divide.by_comma}",
    }


FLOW = FlowDefinition(
    name="added_dag",
    kind="dag",
    group="added",
    description="Writes a poem.",
    inputs=Inputs,
    outputs=Outputs,
    sample={"topic": "the sea"},
    arguments=arguments,
    evaluators=lambda session: {},
    evaluator_config={},
)
