"""Run function_basic_flow: a plain call, a traced test of one record, and a batch."""

import asyncio
import sys

from mlops.common.batch_reports import BatchReport, print_batches
from mlops.common.batches import open_batch
from mlops.common.cli import runner_arguments
from mlops.common.errors import exit_status
from mlops.common.session import open_session
from mlops.common.traces import collected_spans, span_tree
from mlops.common.variants import variants

RECORD = {
    "entity_type": "phone number",
    "text": "Call the harbour office on +351 21 555 0172, or the ticket desk on (212) 555-0147 after six.",
}


def model_arguments(session) -> dict:
    """Return what the function needs besides a record: the model, and how to ask it."""
    config = session.config
    arguments = {
        "connection": session.connection,
        "deployment": config.model.deployment,
        "parameters": config.model.parameters(),
    }
    return {**arguments, "prompt": config.prompt} if config.prompt else arguments


def flow_arguments(session) -> dict:
    """Return the arguments of `pf.run` for this flow; what is no reference to the data is the same for every line."""
    column_mapping = {**session.config.column_mapping, **model_arguments(session)}
    return {"flow": session.config.flow_path, "column_mapping": column_mapping}


def run(arguments) -> BatchReport:
    """Invoke the flow in each of the three ways and report on the batch."""
    with open_session("function_basic_flow", arguments) as session:
        from flows.function_basic_flow.standard.extract_entities import extract_entities

        flow = flow_arguments(session)
        record = {**RECORD, **model_arguments(session)}

        # 1. A plain call: the flow is a Python function.
        print("A plain call:", asyncio.run(extract_entities(**record)))

        # 2. A traced test of one record, by Prompt flow.
        with collected_spans() as spans:
            print("A traced test:", session.pf.test(flow=flow["flow"], inputs=record))
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
