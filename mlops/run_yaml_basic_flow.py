"""Run yaml_basic_flow: a plain call, a traced test of one record, and a batch."""

import sys

from flows.yaml_basic_flow.definition import FLOW, llm_node_parameters
from mlops.runs.batch import open_batch
from mlops.runs.batch_report import BatchReport
from mlops.runs.runner import runner
from mlops.runs.samples import sample
from mlops.runs.session import open_session


def run(arguments) -> BatchReport:
    """Invoke the flow in each of the three ways and report on the batch."""
    with open_session(FLOW, arguments) as session:
        from promptflow.client import load_flow

        flow, record = FLOW.run_arguments(session), session.sample
        inputs = {**record, **llm_node_parameters(session)}

        # 1. A plain call: a loaded flow is a function.
        loaded = load_flow(flow["flow"])
        loaded.context.connections = flow["connections"]
        sample(session, "A plain call", record, lambda: loaded(**inputs))

        # 2. A traced test of one record. `pf.test` knows only the connection in the YAML; a loaded flow takes another.
        sample(session, "A traced test", record, lambda: loaded.invoke(inputs).output, traced=True)

        # 3. A batch: every line of the data through the flow.
        with open_batch(session) as batch:
            batch.run = batch.resumed() or session.pf.run(
                flow=flow["flow"],
                data=session.data,
                column_mapping=flow["column_mapping"],
                connections=flow["connections"],
                **batch.options(),
            )
        return batch.report()


if __name__ == "__main__":
    sys.exit(runner(run, __doc__))
