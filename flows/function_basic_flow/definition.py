"""Describes function_basic_flow: entity extraction by a function."""

from typing import Any

from flows.shared.entity_extraction import (
    DESCRIPTION,
    EVALUATOR_CONFIG,
    GROUP,
    PACKAGES,
    ExtractionInputs,
    ExtractionOutputs,
    evaluators,
)
from mlops.flow_folders.definition import FlowContext, FlowDefinition, RunArguments


def model_arguments(context: FlowContext) -> dict[str, Any]:
    """Return what the function takes besides a record: the model, and how to ask it."""
    config = context.config
    arguments = {
        "connection": context.connection,
        "deployment": config.model.deployment,
        "parameters": config.model.parameters(),
    }
    return {**arguments, "prompt": config.prompt} if config.prompt else arguments


def arguments(context: FlowContext) -> RunArguments:
    """Return the flow's inputs; what is no reference to the data is the same for every line."""
    return {"column_mapping": {**context.config.column_mapping, **model_arguments(context)}}


FLOW = FlowDefinition(
    name="function_basic_flow",
    kind="function",
    group=GROUP,
    description=DESCRIPTION + "a flow that is a function.",
    inputs=ExtractionInputs,
    outputs=ExtractionOutputs,
    sample={
        "entity_type": "phone number",
        "text": "Call the harbour office on +351 21 555 0172, or the ticket desk on (212) 555-0147 after six.",
    },
    arguments=arguments,
    evaluators=evaluators,
    evaluator_config=EVALUATOR_CONFIG,
    packages=PACKAGES,
)
