"""Ask a subscription what no document settles, cheapest first, and write down what it answers.

It takes about an hour and costs about as much as a machine for that time. What it makes it removes, also when it is
interrupted, and it lists what it could not remove; records of jobs and uploaded files stay. The report,
outputs/first_contact/<time>.json, has requests, statuses and the shapes of answers: no ids, names, tokens or addresses.
The loopback Azure of the tests is held against the reports in tests/azure/first_contact/.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from argparse import Namespace
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timezone
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from flows import all_flows
from mlops.azure.client import azure_errors, first_line, redact_secrets
from mlops.check_azure import target_of
from mlops.cloud_runs.operations import interruptible
from mlops.common.cli import command_parser, exit_status
from mlops.common.errors import UserError
from mlops.common.paths import OUTPUTS, display_path
from mlops.common.tables import aligned
from mlops.configuration.retirement import today_utc

if TYPE_CHECKING:
    from mlops.first_contact.contact import Contact
    from mlops.first_contact.questions import Question
    from mlops.first_contact.recording import Recording

REMOVAL = "does what was made go away again?"
PACKAGES = ("azure-ai-ml", "azure-core", "azure-identity", "promptflow-azure")


def main() -> None:
    """Ask as the command line says."""
    from mlops.first_contact.contact import Contact
    from mlops.first_contact.questions import QUESTIONS
    from mlops.first_contact.recording import Recording
    from mlops.first_contact.removal import remove

    given = arguments()
    chosen = given.only or [*QUESTIONS]
    if unknown := sorted(set(chosen) - set(QUESTIONS)):
        raise UserError(f"there is no question {', '.join(map(str, unknown))}; there are 1 to {len(QUESTIONS)}")
    questions = {number: QUESTIONS[number] for number in sorted(set(chosen))}
    if given.dry_run:
        print(table(questions))
        return
    print(table(questions), file=sys.stderr)
    with azure_errors(f"the first contact with the environment {given.environment_name}"):
        flows = [given.flow] if given.flow else None
        target = target_of(Namespace(environment_name=given.environment_name, flow=flows, date=today_utc()))
        shown = f"{target.project.project_name} in {target.workspace['location']}"
    confirm(given.yes, shown)
    contact, recording = Contact(given.environment_name, next(iter(target.flows)), target), Recording()
    report: dict[str, Any] = {
        "recorded": str(today_utc()),
        "packages": {name: version(name) for name in PACKAGES},
        "questions": [],
    }
    try:
        with interruptible():  # which would interrupt the removal as well
            for number, question in questions.items():
                print(f"\n{number}. {question.asks}", file=sys.stderr)
                with answered(report, number, question.asks, contact, recording):
                    question.ask(contact)
    finally:
        shutil.rmtree(contact.folder, ignore_errors=True)
        try:
            with target.manager, answered(report, len(QUESTIONS) + 1, REMOVAL, contact, recording):
                remove(contact, recording)
        finally:
            print(write(report))


def arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = command_parser(__doc__)
    parser.add_argument("--environment_name", required=True, metavar="E", help="pr, dev or prod: picks the sections")
    parser.add_argument("--only", nargs="+", type=int, metavar="N", help="the numbers of the questions to ask")
    parser.add_argument(
        "--flow", choices=all_flows(), metavar="FLOW", help="what to run and deploy; default: the first"
    )
    parser.add_argument("--dry_run", action="store_true", help="list the questions with their costs; ask none")
    parser.add_argument("--yes", action="store_true", help="do not ask whether to go on")
    return parser.parse_args()


def table(questions: Mapping[int, Question]) -> str:
    """Return what is asked, how long it takes and what it costs, as a table."""
    rows = [(str(number), f"{each.minutes} min", each.costs, each.asks) for number, each in questions.items()]
    return aligned([("", "time", "costs", "asks"), *rows], left=(2, 3))


def confirm(yes: bool, project: str) -> None:
    """Ask whether to go on, since it costs money.

    Raises:
        UserError: the answer is no, or there is nobody to ask.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise UserError("this costs money, and there is nobody to ask whether to go on: add --yes")
    print(f"This creates and removes resources in the project {project}. Go on? [y/N] ", end="", file=sys.stderr)
    if input().strip().lower() not in ("y", "yes"):
        raise UserError("nothing was asked")


@contextmanager
def answered(report: dict[str, Any], number: int, asks: str, contact: Contact, recording: Recording) -> Iterator[None]:
    """Put what the block asks of Azure into the report; that Azure refuses something is an answer as well."""
    from azure.core.exceptions import AzureError

    from mlops.first_contact.recording import recorded

    contact.notes, outcome = [], "interrupted"
    try:
        with recorded(recording):
            yield
        outcome = "asked"
    except (AzureError, UserError) as error:
        print(redact_secrets(first_line(error)), file=sys.stderr)
        outcome = f"ended with {type(error).__name__}"
    finally:
        answers = {"notes": contact.notes, "answers": recording.take()}
        report["questions"].append({"number": number, "asks": asks, "outcome": outcome, **answers})


def write(report: dict[str, Any]) -> str:
    """Write the report, and return where it is."""
    folder = OUTPUTS / "first_contact"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{datetime.now(timezone.utc):%Y-%m-%dT%H%M%S}.json"
    path.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    return display_path(path)


if __name__ == "__main__":
    sys.exit(exit_status(main))
