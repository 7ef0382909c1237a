"""Describes plan_and_execute: planning and execution by a DAG."""

from flows.shared import planning
from mlops.flow_folders.definition import FlowContext, FlowDefinition, RunArguments


def arguments(context: FlowContext) -> RunArguments:
    """Return the flow's inputs, and its nodes' connections."""
    models = {"connection": context.connection}
    return {
        "column_mapping": {**context.config.column_mapping, "config": planning.flow_config(context)},
        "connections": {
            "planner": models,
            "executor": {**models, "search_connection": context.search_connection},
            "solver": models,
        },
    }


FLOW = FlowDefinition(
    name="plan_and_execute",
    kind="dag",
    group=planning.GROUP,
    description=planning.DESCRIPTION + "a flow that is a DAG.",
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
    runner="mlops.run_yaml_plan_and_execute",
)
