"""Run yaml_basic_flow: a plain call, a traced test of one record, and a batch."""

import sys

from mlops.common.batch_reports import BatchReport, print_batches
from mlops.common.batches import open_batch
from mlops.common.cli import runner_arguments
from mlops.common.errors import exit_status
from mlops.common.session import open_session
from mlops.common.traces import collected_spans, span_tree

RECORD = {
    "entity_type": "people's full names",
    "text": "Amara Okonkwo handed the medal to Luis García Ortega, while Mr Brown waited outside.",
}


def run(arguments) -> BatchReport:
    """Invoke the flow in each of the three ways and report on the batch."""
    with open_session("yaml_basic_flow", arguments) as session:
        from promptflow.client import load_flow

        config = session.config
        # The LLM node's connection and deployment in this environment, and the parameters that it knows.
        connections = {
            "extract_entities": {"connection": session.connection, "deployment_name": config.model.deployment}
        }
        parameters = llm_node_parameters(config.model.parameters())

        # 1. A plain call: a loaded flow is a function.
        flow = load_flow(config.flow_path)
        flow.context.connections = connections
        print("A plain call:", flow(**RECORD, **parameters))

        # 2. A traced test of one record. `pf.test` knows only the connection in the YAML; a loaded flow takes another.
        with collected_spans() as spans:
            print("A traced test:", flow.invoke({**RECORD, **parameters}).output)
        print(span_tree(spans))

        # 3. A batch: every line of the data through the flow.
        with open_batch(session) as batch:
            batch.run = session.pf.run(
                **batch.new_or_resumed(
                    flow=config.flow_path,
                    column_mapping={**config.column_mapping, **parameters},
                    connections=connections,
                )
            )
        return batch.report()


def llm_node_parameters(parameters: dict) -> dict:
    """Return what Prompt flow's LLM node takes: it has no max_completion_tokens, and "inf" stands for no limit."""
    return {"temperature": parameters.get("temperature", 1.0), "max_tokens": str(parameters.get("max_tokens", "inf"))}


def main() -> None:
    """Run the flow as the command line says."""
    print_batches([run(runner_arguments(__doc__))])


if __name__ == "__main__":
    sys.exit(exit_status(main))
