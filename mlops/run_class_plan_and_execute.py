"""Run class_plan_and_execute: a question with its plan, a traced question, and a batch."""

import sys

from mlops.common.batch_reports import BatchReport, print_batches
from mlops.common.batches import open_batch
from mlops.common.cli import runner_arguments
from mlops.common.errors import exit_status
from mlops.common.planning import flow_config, sample_question, shown_plans
from mlops.common.session import open_session
from mlops.common.traces import collected_spans, span_tree
from mlops.common.variants import variants, with_prompt

PROMPT_FILE = "plan_and_execute/prompts/plan.jinja2"


def flow_arguments(session) -> dict:
    """Return the arguments of `pf.run` for this flow: where it is, its inputs, and what its class is made with."""
    return {
        "flow": with_prompt(session.config.flow_path, PROMPT_FILE, session.config.prompt),
        "column_mapping": session.config.column_mapping,
        "init": {
            "connection": session.connection,
            "search_connection": session.search_connection,
            "config": flow_config(session),
        },
    }


def run(arguments) -> BatchReport:
    """Invoke the flow in each of the ways and report on the batch."""
    with open_session("class_plan_and_execute", arguments) as session:
        flow, record = flow_arguments(session), {"question": sample_question(session)}

        # 1. A question, with its plan as it runs: the steps, who waits for whom, and when each is done.
        print(f"A question: {record['question']}")
        with shown_plans():
            result = session.pf.test(flow=flow["flow"], inputs=record, init=flow["init"])
        print(f"  {result['answer']}")

        # 2. The same, traced.
        with collected_spans() as spans:
            session.pf.test(flow=flow["flow"], inputs=record, init=flow["init"])
        print(f"A traced test:\n{span_tree(spans)}")

        # 3. A batch: every line of the data through the flow.
        with open_batch(session) as batch:
            batch.run = session.pf.run(**batch.new_or_resumed(**flow))
        return batch.report()


def main() -> None:
    """Run the flow as the command line says."""
    print_batches([run(arguments) for arguments in variants(runner_arguments(__doc__))])


if __name__ == "__main__":
    sys.exit(exit_status(main))
