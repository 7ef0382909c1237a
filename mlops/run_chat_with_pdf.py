"""Run chat_with_pdf: a question, a follow-up, a document from the web, and a batch."""

import sys

from flows.chat_with_pdf.definition import DOCUMENT, FLOW, flow_config
from mlops.runs.batch import open_batch
from mlops.runs.batch_report import BatchReport
from mlops.runs.runner import runner
from mlops.runs.samples import sample
from mlops.runs.session import open_session

QUESTION, FOLLOW_UP = "What does a public night cost for an adult?", "And for a child of 6 to 15 years?"
PAPER = "https://arxiv.org/pdf/2005.11401"  # Lewis et al., 2020, on which retrieval-augmented generation rests
PAPER_QUESTION = "What does the paper combine with parametric memory?"


def load(arguments):
    """Return the flow as a function of its inputs, with the connections and the variant that `pf.run` would get."""
    from promptflow.client import load_flow

    flow = load_flow(arguments["flow"])
    flow.context.connections = arguments["connections"]
    flow.context.variant = arguments["variant"]
    return flow


def run(arguments) -> BatchReport:
    """Invoke the flow in each of the ways and report on the batch."""
    with open_session(FLOW, arguments) as session:
        flow, config = FLOW.run_arguments(session), flow_config(session)
        chat = load(flow)

        # 1. A question: a loaded flow is a function.
        question = {"pdf_url": DOCUMENT, "question": QUESTION}
        answer = sample(session, "A question", question, lambda: chat(**question, config=config)["answer"])

        # 2. A follow-up, traced. The conversation so far is an input.
        history = [{"inputs": {"question": QUESTION}, "outputs": {"answer": answer or ""}}]
        follow_up = {**question, "question": FOLLOW_UP, "chat_history": history}
        traced = {**follow_up, "config": config}
        sample(session, "A follow-up", follow_up, lambda: chat.invoke(traced).output["answer"], traced=True)

        # 3. A document from the web: a public paper, or on `local` one that the emulator serves.
        from_web = {"pdf_url": PAPER, "question": PAPER_QUESTION}
        if session.config.required_retrieval().allow_loopback:
            from_web = {"pdf_url": f"{session.endpoint}/documents/larkmoor_handbook.pdf", "question": QUESTION}
        sample(session, "From the web", from_web, lambda: chat(**from_web, config=config)["answer"], may_fail=True)

        # 4. A batch: every line of the data through the flow.
        with open_batch(session) as batch:
            batch.run = batch.resumed() or session.pf.run(
                flow=flow["flow"],
                data=session.data,
                column_mapping=flow["column_mapping"],
                connections=flow["connections"],
                variant=flow["variant"],
                **batch.options(),
            )
        return batch.report()


if __name__ == "__main__":
    sys.exit(runner(run, __doc__))
