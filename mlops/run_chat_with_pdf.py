"""Run chat_with_pdf: a question, a follow-up, a document from the web, and a batch."""

import sys

from mlops.common.batch_reports import BatchReport, print_batches
from mlops.common.batches import open_batch
from mlops.common.cli import runner_arguments
from mlops.common.errors import exit_status
from mlops.common.session import open_session
from mlops.common.traces import collected_spans, span_tree
from mlops.common.variants import variants, with_prompt

DOCUMENT = "data/documents/larkmoor_handbook.pdf"
QUESTION, FOLLOW_UP = "What does a public night cost for an adult?", "And for a child of 6 to 15 years?"
PAPER = "https://arxiv.org/pdf/2005.11401"  # Lewis et al., 2020, on which retrieval-augmented generation rests
PAPER_QUESTION = "What does the paper combine with parametric memory?"
PROMPT_FILE = "answer_question.md"
NODES = ("build_index", "rewrite_question", "find_context", "answer_question")  # those that call the models


def flow_config(session) -> dict:
    """Return the flow's input `config`."""
    model = session.config.model
    return {
        "chat_deployment": model.deployment,
        "chat_family": model.family,
        "temperature": model.temperature,
        "max_completion_tokens": model.max_output_tokens,
        **session.config.retrieval.model_dump(exclude={"allow_loopback"}),
    }


def flow_arguments(session) -> dict:
    """Return the arguments of `pf.run` for this flow: where it is, its inputs, connections, and its variant.

    That documents may come from this machine by URL is a variant of a node: no input, so that no caller can allow it.
    """
    config = session.config
    access = "loopback" if config.retrieval.allow_loopback else "guarded"
    return {
        "flow": with_prompt(config.flow_path, PROMPT_FILE, config.prompt),
        "column_mapping": {**config.column_mapping, "config": flow_config(session)},
        "connections": {node: {"connection": session.connection} for node in NODES},
        "variant": f"${{download_document.{access}}}",
    }


def load(session):
    """Return the flow as a function of its inputs."""
    from promptflow.client import load_flow

    arguments = flow_arguments(session)
    flow = load_flow(arguments["flow"])
    flow.context.connections = arguments["connections"]
    flow.context.variant = arguments["variant"]
    return flow


def run(arguments) -> BatchReport:
    """Invoke the flow in each of the ways and report on the batch."""
    with open_session("chat_with_pdf", arguments) as session:
        chat = load(session)
        settings = {"pdf_url": DOCUMENT, "config": flow_config(session)}

        # 1. A question: a loaded flow is a function.
        first = chat(question=QUESTION, **settings)
        print(f"A question: {QUESTION}\n  {first['answer']}")

        # 2. A follow-up, traced. The conversation so far is an input.
        history = [{"inputs": {"question": QUESTION}, "outputs": {"answer": first["answer"]}}]
        with collected_spans() as spans:
            second = chat.invoke({"question": FOLLOW_UP, "chat_history": history, **settings}).output
        print(f"A follow-up: {FOLLOW_UP}\n  {second['answer']}")
        print(span_tree(spans))

        # 3. A document from the web.
        print(from_the_web(chat, session))

        # 4. A batch: every line of the data through the flow.
        with open_batch(session) as batch:
            batch.run = session.pf.run(**batch.new_or_resumed(**flow_arguments(session)))
        return batch.report()


def from_the_web(chat, session) -> str:
    """Ask about a public paper; on `local`, about a document that the emulator serves."""
    from promptflow.exceptions import PromptflowException

    url, question = PAPER, PAPER_QUESTION
    if session.config.retrieval.allow_loopback:
        url, question = f"{session.endpoint}/documents/larkmoor_handbook.pdf", QUESTION
    try:
        return f"From {url}: {chat(pdf_url=url, question=question, config=flow_config(session))['answer']}"
    except PromptflowException as error:  # the web may be out of reach, and the batch does not need it
        return f"From {url}: {error}"


def main() -> None:
    """Run the flow as the command line says."""
    print_batches([run(arguments) for arguments in variants(runner_arguments(__doc__))])


if __name__ == "__main__":
    sys.exit(exit_status(main))
