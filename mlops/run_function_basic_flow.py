"""Run function_basic_flow: a plain call, a traced test of one record, and a batch."""

import asyncio
import sys

from mlops.common.batch_reports import BatchReport, print_batches
from mlops.common.batches import open_batch
from mlops.common.cli import runner_arguments
from mlops.common.errors import exit_status
from mlops.common.session import open_session
from mlops.common.traces import collected_spans, span_tree

RECORD = {
    "entity_type": "phone number",
    "text": "Call the harbour office on +351 21 555 0172, or the ticket desk on (212) 555-0147 after six.",
}


def run(arguments) -> BatchReport:
    """Invoke the flow in each of the three ways and report on the batch."""
    with open_session("function_basic_flow", arguments) as session:
        from flows.function_basic_flow.standard.extract_entities import extract_entities

        config = session.config
        # What the function needs besides a record; in the batch these are constants of the column mapping.
        model = {
            "connection": session.connection,
            "deployment": config.model.deployment,
            "parameters": config.model.parameters(),
        }

        # 1. A plain call: the flow is a Python function.
        print("A plain call:", asyncio.run(extract_entities(**RECORD, **model)))

        # 2. A traced test of one record, by Prompt flow.
        with collected_spans() as spans:
            print("A traced test:", session.pf.test(flow=config.flow_path, inputs={**RECORD, **model}))
        print(span_tree(spans))

        # 3. A batch: every line of the data through the flow.
        with open_batch(session) as batch:
            batch.run = session.pf.run(
                **batch.new_or_resumed(flow=config.flow_path, column_mapping={**config.column_mapping, **model})
            )
        return batch.report()


def main() -> None:
    """Run the flow as the command line says."""
    print_batches([run(runner_arguments(__doc__))])


if __name__ == "__main__":
    sys.exit(exit_status(main))
