"""Run class_basic_flow: a plain call, a traced test of one record, and a batch."""

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
    "entity_type": "job title",
    "text": "The chief financial officer and a data engineer explained the new budget to the mayor.",
}


def flow_arguments(session) -> dict:
    """Return the arguments of `pf.run` for this flow: where it is, its inputs, and what its class is made with."""
    from promptflow.core import AzureOpenAIModelConfiguration

    config = session.config
    model_config = AzureOpenAIModelConfiguration(
        connection=session.connection, azure_deployment=config.model.deployment
    )
    init = {"model_config": model_config, "parameters": config.model.parameters(), "prompt": config.prompt}
    return {"flow": config.flow_path, "column_mapping": config.column_mapping, "init": init}


def run(arguments) -> BatchReport:
    """Invoke the flow in each of the three ways and report on the batch."""
    with open_session("class_basic_flow", arguments) as session:
        from flows.class_basic_flow.standard.entity_extractor import EntityExtractor

        flow = flow_arguments(session)

        # 1. A plain call: the flow is a Python class.
        extractor = EntityExtractor(**flow["init"])
        print("A plain call:", asyncio.run(extractor(**RECORD)))

        # 2. A traced test of one record, by Prompt flow.
        with collected_spans() as spans:
            print("A traced test:", session.pf.test(flow=flow["flow"], inputs=RECORD, init=flow["init"]))
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
