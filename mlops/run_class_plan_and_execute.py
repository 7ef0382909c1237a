"""Run class_plan_and_execute: a question with its plan, a traced question, and a batch."""

import sys

from flows.class_plan_and_execute.definition import FLOW
from flows.shared.planning import log_plans
from mlops.runs.batch import open_batch
from mlops.runs.batch_report import BatchReport
from mlops.runs.runner import runner
from mlops.runs.samples import sample
from mlops.runs.session import open_session


def run(arguments) -> BatchReport:
    """Invoke the flow in each of the ways and report on the batch."""
    with open_session(FLOW, arguments) as session:
        flow, record = FLOW.run_arguments(session), session.sample

        def answer() -> str:
            return session.pf.test(flow=flow["flow"], inputs=record, init=flow["init"])["answer"]

        # 1. A question, with its plan as it runs: the steps, who waits for whom, and when each is done.
        with log_plans():
            sample(session, "A question", record, answer)

        # 2. The same, traced.
        sample(session, "A traced test", record, answer, traced=True)

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
