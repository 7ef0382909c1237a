"""Run yaml_basic_flow: a plain call, a traced test of one record, and a batch."""

import sys

from mlops.common.batch_reports import BatchReport, print_batches
from mlops.common.batches import open_batch
from mlops.common.cli import runner_arguments
from mlops.common.errors import exit_status
from mlops.common.session import open_session
from mlops.common.traces import collected_spans, span_tree
from mlops.common.variants import variants, with_prompt

RECORD = {
    "entity_type": "people's full names",
    "text": "Amara Okonkwo handed the medal to Luis García Ortega, while Mr Brown waited outside.",
}
LLM_NODE, PROMPT_FILE = "extract_entities", "extract_entities.jinja2"


def llm_node_parameters(session) -> dict:
    """Return what Prompt flow's LLM node takes: it has no max_completion_tokens, and "inf" stands for no limit."""
    parameters = session.config.model.parameters()
    return {"temperature": parameters.get("temperature", 1.0), "max_tokens": str(parameters.get("max_tokens", "inf"))}


def flow_arguments(session) -> dict:
    """Return the arguments of `pf.run` for this flow: where it is, its inputs, and its LLM node's connection."""
    config = session.config
    return {
        "flow": with_prompt(config.flow_path, PROMPT_FILE, config.prompt),
        "column_mapping": {**config.column_mapping, **llm_node_parameters(session)},
        "connections": {LLM_NODE: {"connection": session.connection, "deployment_name": config.model.deployment}},
    }


def run(arguments) -> BatchReport:
    """Invoke the flow in each of the three ways and report on the batch."""
    with open_session("yaml_basic_flow", arguments) as session:
        from promptflow.client import load_flow

        flow = flow_arguments(session)
        record = {**RECORD, **llm_node_parameters(session)}

        # 1. A plain call: a loaded flow is a function.
        loaded = load_flow(flow["flow"])
        loaded.context.connections = flow["connections"]
        print("A plain call:", loaded(**record))

        # 2. A traced test of one record. `pf.test` knows only the connection in the YAML; a loaded flow takes another.
        with collected_spans() as spans:
            print("A traced test:", loaded.invoke(record).output)
        print(span_tree(spans))

        # 3. A batch: every line of the data through the flow.
        with open_batch(session) as batch:
            batch.run = session.pf.run(**batch.new_or_resumed(**flow))
        return batch.report()


def main() -> None:
    """Run the flow as the command line says."""
    print_batches([run(arguments) for arguments in variants(runner_arguments(__doc__))])


if __name__ == "__main__":
    sys.exit(exit_status(main))
