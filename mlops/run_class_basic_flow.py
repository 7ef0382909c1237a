"""Run class_basic_flow: a plain call, a traced test of one record, and a batch."""

import asyncio
import sys
from functools import partial

from flows.class_basic_flow.definition import FLOW
from mlops.runs.batch import open_batch
from mlops.runs.batch_report import BatchReport
from mlops.runs.runner import runner
from mlops.runs.samples import sample
from mlops.runs.session import open_session


def run(arguments) -> BatchReport:
    """Invoke the flow in each of the three ways and report on the batch."""
    with open_session(FLOW, arguments) as session:
        from flows.class_basic_flow.standard.entity_extractor import EntityExtractor

        flow, record = FLOW.run_arguments(session), session.sample

        # 1. A plain call: the flow is a Python class.
        extractor = EntityExtractor(**flow["init"])
        sample(session, "A plain call", record, lambda: asyncio.run(extractor(**record)))

        # 2. A traced test of one record, by Prompt flow.
        test = partial(session.pf.test, flow=flow["flow"], inputs=record, init=flow["init"])
        sample(session, "A traced test", record, test, traced=True)

        # 3. A batch: every line of the data through the flow.
        with open_batch(session) as batch:
            batch.run = batch.resumed() or session.pf.run(
                flow=flow["flow"],
                data=session.data,
                column_mapping=flow["column_mapping"],
                init=flow["init"],
                **batch.options(),
            )
        return batch.report()


if __name__ == "__main__":
    sys.exit(runner(run, __doc__))
