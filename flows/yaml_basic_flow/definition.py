"""Describes yaml_basic_flow: entity extraction by a DAG with an LLM node."""

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

LLM_NODE = "extract_entities"


def llm_node_parameters(context: FlowContext) -> dict[str, Any]:
    """Return what Prompt flow's LLM node takes: it has no max_completion_tokens, and "inf" stands for no limit."""
    parameters = context.config.model.parameters()
    return {"temperature": parameters.get("temperature", 1.0), "max_tokens": str(parameters.get("max_tokens", "inf"))}


def arguments(context: FlowContext) -> RunArguments:
    """Return the flow's inputs, and its LLM node's connection."""
    deployment = context.config.model.deployment  # Azure's node calls it deployment_name, and OpenAI's model
    return {
        "column_mapping": {**context.config.column_mapping, **llm_node_parameters(context)},
        "connections": {
            LLM_NODE: {"connection": context.connection, "deployment_name": deployment, "model": deployment}
        },
    }


FLOW = FlowDefinition(
    name="yaml_basic_flow",
    kind="dag",
    group=GROUP,
    description=DESCRIPTION + "a flow that is a DAG.",
    inputs=ExtractionInputs,
    outputs=ExtractionOutputs,
    sample={
        "entity_type": "people's full names",
        "text": "Amara Okonkwo handed the medal to Luis García Ortega, while Mr Brown waited outside.",
    },
    arguments=arguments,
    evaluators=evaluators,
    evaluator_config=EVALUATOR_CONFIG,
    prompt_file=f"{LLM_NODE}.jinja2",
    packages=PACKAGES,
)
