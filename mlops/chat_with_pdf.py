"""Chat with a PDF in the terminal: a file or a URL, questions and follow-ups; the answers come as they are made."""

import argparse
import asyncio
import sys
from pathlib import Path

from flows.chat_with_pdf.definition import FLOW, flow_config
from mlops.common.cli import environment_parser, exit_status
from mlops.common.errors import UserError, causes
from mlops.flow_folders.async_flows import as_async_function, loop_in_thread
from mlops.flow_folders.variants import variants
from mlops.run_chat_with_pdf import load
from mlops.runs.session import open_session

# Of one question; the next may do better. By name: Prompt flow has imported the flow's modules as its own.
USUAL_ERRORS = (
    "SettingsError",
    "IncompleteAnswer",
    "BadRequestError",
    "RateLimitError",
    "InternalServerError",
    "APITimeoutError",
    "APIConnectionError",
)


def chat_arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = environment_parser(__doc__)
    parser.add_argument("--pdf", required=True, metavar="FILE|URL", help="the document, a file or an https URL")
    parser.add_argument("--question", metavar="TEXT", help="ask this alone, and end")
    parser.set_defaults(data=None, resume_from=None)
    found = variants(parser.parse_args())
    if len(found) > 1:
        raise UserError("a chat is of one variant: give every key of --variant one value")
    return found[0]


def document_of(pdf: str) -> tuple[str, Path | None]:
    """Return the flow's `pdf_url` for what the user named, and for a file the folder that the flow has to open.

    Raises:
        UserError: there is no such file.
    """
    if "://" in pdf:  # the flow says which ones it takes
        return pdf, None
    file = Path(pdf).expanduser().resolve()
    if not file.is_file():
        raise UserError(f"--pdf {pdf}: there is no such file")
    return str(file.relative_to(file.parent.parent)), file.parent


def converse(session, pdf: str, question: str | None) -> None:
    """Answer questions until there are no more."""
    pdf_url, folder = document_of(pdf)
    flow = load(FLOW.run_arguments(session))
    flow.context.streaming = True
    if folder:
        flow.context.overrides = {"nodes.download_document.inputs.data_folder": str(folder)}
    chat = as_async_function(flow)
    fixed = {"pdf_url": pdf_url, "config": flow_config(session), "streaming": True}
    history: list[dict[str, object]] = []

    async def answer(asked: str) -> str:
        result, whole = await chat(question=asked, chat_history=history, **fixed), ""
        async for piece in result["answer"]:
            whole += piece
            print(piece, end="", flush=True)
        print("\n")
        return whole

    with loop_in_thread() as loop:
        while asked := question or next_question():
            try:
                answered = asyncio.run_coroutine_threadsafe(answer(asked), loop).result()
                history.append({"inputs": {"question": asked}, "outputs": {"answer": answered}})
            except Exception as error:
                print(f"\n{recoverable_error(error)}\n", file=sys.stderr)
            if question:
                return


def next_question() -> str:
    """Return what the user types next; empty at the end."""
    if sys.stdin.isatty():
        print("> ", end="", file=sys.stderr, flush=True)
    while line := sys.stdin.readline():
        if question := line.strip():
            return "" if question in ("exit", "quit") else question
    return ""


def recoverable_error(error: Exception) -> Exception:
    """Return why a question has no answer, if the next one may have one.

    Raises:
        UserError: the document can't be used.
        Exception: the error itself, if it would meet every question.
    """
    for cause in causes(error):
        if type(cause).__name__ == "DocumentError":
            raise UserError(str(cause)) from error
        if isinstance(cause, Exception) and type(cause).__name__ in USUAL_ERRORS:
            return cause
    raise error


def main() -> None:
    """Chat as the command line says."""
    arguments = chat_arguments()
    with open_session(FLOW, arguments) as session:
        converse(session, arguments.pdf, arguments.question)


if __name__ == "__main__":
    sys.exit(exit_status(main))
