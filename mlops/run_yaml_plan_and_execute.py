"""Run plan_and_execute, the DAG: a question with its plan, a traced question, and a batch."""

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
    """Return the arguments of `pf.run` for this flow: where it is, its inputs, and its nodes' connections."""
    models = {"connection": session.connection}
    return {
        "flow": with_prompt(session.config.flow_path, PROMPT_FILE, session.config.prompt),
        "column_mapping": {**session.config.column_mapping, "config": flow_config(session)},
        "connections": {
            "planner": models,
            "executor": {**models, "search_connection": session.search_connection},
            "solver": models,
        },
    }


def run(arguments) -> BatchReport:
    """Invoke the flow in each of the ways and report on the batch."""
    with open_session("plan_and_execute", arguments) as session:
        from promptflow.client import load_flow

        flow = flow_arguments(session)
        record = {"question": sample_question(session), "config": flow_config(session)}

        # 1. A question, with its plan as it runs: the steps, who waits for whom, and when each is done.
        loaded = load_flow(flow["flow"])
        loaded.context.connections = flow["connections"]
        print(f"A question: {record['question']}")
        with shown_plans():
            print(f"  {loaded(**record)['answer']}")

        # 2. The same, traced.
        with collected_spans() as spans:
            loaded.invoke(record)
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
