"""Run class_basic_flow: a plain call, a traced test of one record, and a batch."""

import asyncio
import sys

from mlops.common.batch_reports import BatchReport, print_batches
from mlops.common.batches import open_batch
from mlops.common.cli import runner_arguments
from mlops.common.errors import exit_status
from mlops.common.session import open_session
from mlops.common.traces import collected_spans, span_tree

RECORD = {
    "entity_type": "job title",
    "text": "The chief financial officer and a data engineer explained the new budget to the mayor.",
}


def run(arguments) -> BatchReport:
    """Invoke the flow in each of the three ways and report on the batch."""
    with open_session("class_basic_flow", arguments) as session:
        from promptflow.core import AzureOpenAIModelConfiguration

        from flows.class_basic_flow.standard.entity_extractor import EntityExtractor

        config = session.config
        model_config = AzureOpenAIModelConfiguration(
            connection=session.connection, azure_deployment=config.model.deployment
        )
        init = {"model_config": model_config, "parameters": config.model.parameters()}

        # 1. A plain call: the flow is a Python class.
        extractor = EntityExtractor(**init)
        print("A plain call:", asyncio.run(extractor(**RECORD)))

        # 2. A traced test of one record, by Prompt flow.
        with collected_spans() as spans:
            print("A traced test:", session.pf.test(flow=config.flow_path, inputs=RECORD, init=init))
        print(span_tree(spans))

        # 3. A batch: every line of the data through the flow.
        with open_batch(session) as batch:
            batch.run = session.pf.run(
                **batch.new_or_resumed(flow=config.flow_path, column_mapping=config.column_mapping, init=init)
            )
        return batch.report()


def main() -> None:
    """Run the flow as the command line says."""
    print_batches([run(runner_arguments(__doc__))])


if __name__ == "__main__":
    sys.exit(exit_status(main))
