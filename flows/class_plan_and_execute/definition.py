"""Describes class_plan_and_execute: planning and execution by a class."""

from flows.shared import planning
from mlops.flow_folders.definition import FlowContext, FlowDefinition, RunArguments


def arguments(context: FlowContext) -> RunArguments:
    """Return the flow's inputs, and what its class is made with."""
    return {
        "column_mapping": context.config.column_mapping,
        "init": {
            "connection": context.connection,
            "search_connection": context.search_connection,
            "config": planning.flow_config(context),
        },
    }


FLOW = FlowDefinition(
    name="class_plan_and_execute",
    kind="class",
    group=planning.GROUP,
    description=planning.DESCRIPTION + "a flow that is a class.",
    inputs=planning.PlanInputs,
    outputs=planning.PlanOutputs,
    sample=planning.SAMPLE,
    sample_local=planning.SAMPLE_LOCAL,
    arguments=arguments,
    evaluators=planning.evaluators,
    evaluator_config=planning.EVALUATOR_CONFIG,
    prompt_file=planning.PROMPT_FILE,
    packages=planning.PACKAGES,
    preload=planning.PRELOAD,
    progress=planning.PROGRESS,
)
