"""Describes class_basic_flow: entity extraction by a class with a Prompty."""

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


def arguments(context: FlowContext) -> RunArguments:
    """Return the flow's inputs, and what its class is made with."""
    config = context.config
    init = {
        "connection": context.connection,
        "deployment": config.model.deployment,
        "parameters": config.model.parameters(),
        "prompt": config.prompt,
        "structured_output": config.model.structured_output,
    }
    return {"column_mapping": config.column_mapping, "init": init}


FLOW = FlowDefinition(
    name="class_basic_flow",
    kind="class",
    group=GROUP,
    description=DESCRIPTION + "a flow that is a class.",
    inputs=ExtractionInputs,
    outputs=ExtractionOutputs,
    sample={
        "entity_type": "job title",
        "text": "The chief financial officer and a data engineer explained the new budget to the mayor.",
    },
    arguments=arguments,
    evaluators=evaluators,
    evaluator_config=EVALUATOR_CONFIG,
    packages=PACKAGES,
)
