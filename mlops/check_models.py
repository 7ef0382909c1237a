"""Check the models that the flows of an environment use: is each there, and when is it retired?

Every deployment is asked one short question. Status 0: all is well; 1: a deployment does not answer, or its model is
retired or will be within 120 days; 2: the configuration is not right.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date

from mlops.common.cli import calendar_day, command_parser, exit_status
from mlops.common.errors import RunFailed, UserError
from mlops.common.tables import aligned
from mlops.configuration.config import Configuration
from mlops.configuration.endpoints import AoaiConfig
from mlops.configuration.model_calendar import (
    AZURE,
    explain_coming_retirement,
    explain_retirement,
    known_models,
    service_of,
)
from mlops.configuration.retirement import Retirement, Stage, today_utc
from mlops.configuration.sections import ChatModel
from mlops.endpoint.connection import explain, explain_missing_identity, redact_api_key
from mlops.endpoint.emulator import models_of_emulator, recordings, running_emulator
from mlops.endpoint.probes import LIMIT, Answers, Probe, ask

HEAD = ("flow", "for", "deployment", "family", "model", "answers", "retires", "state")


@dataclass(frozen=True)
class Use:
    """What a flow uses a deployment for."""

    flow: str
    purpose: str
    family: str
    probe: Probe


@dataclass(frozen=True)
class Finding:
    """What was found out about a use.

    Attributes:
        use: the use.
        answers: yes, no, or recordings, which answer in its place on `local`.
        model: what the answer calls the model, otherwise its name in the calendar; empty where neither says.
        retirement: when it is retired; None where no date is known.
        fault: what is wrong, in a sentence; empty if nothing is.
    """

    use: Use
    answers: str
    model: str
    retirement: Retirement | None
    fault: str

    def row(self, today: date) -> list[str]:
        """Return its line of the table."""
        day = str(self.retirement.day) if self.retirement else "-"
        model, use = self.model or "-", self.use
        return [use.flow, use.purpose, use.probe.deployment, use.family, model, self.answers, day, self.state(today)]

    def state(self, today: date) -> str:
        """Return its state in a few words."""
        stage = self.retirement.stage(today) if self.retirement else None
        if self.answers == "no" and stage is not Stage.RETIRED:
            return "unreachable"
        if self.retirement is None or stage is None:
            known = known_models().find(self.model, self.use.probe.deployment)
            return "no date known" if known else "not in the calendar"
        left = self.retirement.days_left(today)
        days = "1 day" if left == 1 else f"{left} days"
        return f"{days} left" if stage is Stage.ENDS_SOON else stage.value


def main() -> None:
    """Check as the command line says."""
    given = arguments()
    configuration = Configuration(given.environment_name)
    flows = configuration.flows()
    if unknown := [flow for flow in given.flow or () if flow not in flows]:
        has = ", ".join(flows) or "none"
        raise UserError(f"{given.environment_name} has no flow {', '.join(unknown)}; it has {has}")
    if not flows:
        raise UserError(f"config/config.yaml has no section of a flow for the environment {given.environment_name}")
    uses = [use for flow in given.flow or flows for use in uses_of(configuration, flow)]
    findings = check(uses, configuration.aoai(), given.date)
    print(aligned([HEAD, *(finding.row(given.date) for finding in findings)], left=range(len(HEAD))))
    faults: dict[str, dict[str, None]] = {}
    for finding in findings:
        if finding.fault:
            faults.setdefault(finding.fault, {})[finding.use.probe.deployment] = None
    if faults:
        raise RunFailed("\n".join(f"{', '.join(deployments)}: {fault}" for fault, deployments in faults.items()))


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Parse the command line."""
    parser = command_parser(__doc__)
    parser.add_argument("--environment_name", required=True, metavar="E", help="whose sections of config/config.yaml")
    parser.add_argument("--flow", nargs="+", metavar="FLOW", help="flows to check the models of; default: all")
    parser.add_argument(
        "--date", type=calendar_day, default=today_utc(), metavar="YYYY-MM-DD", help="another day than today's in UTC"
    )
    return parser.parse_args(argv)


def uses_of(configuration: Configuration, flow: str) -> Iterator[Use]:
    """Yield what a flow uses deployments for."""
    config = configuration.flow(flow)
    yield _use(flow, "chat", config.model)
    if config.planning:
        yield _use(flow, "tools", config.planning.tool_model, tools=True)
    if "judge_deployment" in config.model_fields_set:
        yield _use(flow, "judge", config.judge())
    if config.retrieval:
        yield Use(flow, "embedding", "embedding", Probe(config.retrieval.embedding_deployment, embedding=True))


def _use(flow: str, purpose: str, model: ChatModel, tools: bool = False) -> Use:
    parameters = model.model_copy(update={"max_output_tokens": LIMIT}).parameters()
    return Use(flow, purpose, model.family, Probe(model.deployment, False, tuple(parameters.items()), tools))


def check(uses: Sequence[Use], aoai: AoaiConfig, today: date) -> list[Finding]:
    """Ask every deployment, each once for every way in which it is used, and look its model up in the calendar.

    Raises:
        UserError: nobody is signed in who could ask.
    """
    probes = list(dict.fromkeys(use.probe for use in uses if use.probe.embedding or not aoai.emulator))
    with ExitStack() as stack:
        if aoai.emulator:
            print("Recordings answer for chat models; embeddings alone are asked.", file=sys.stderr)
            emulator = stack.enter_context(running_emulator(aoai.emulator, recordings()))
            aoai = models_of_emulator(aoai, emulator.endpoint)
        stack.enter_context(redact_api_key(aoai))
        stack.enter_context(explain_missing_identity())
        answers = asyncio.run(ask(aoai.to_endpoint(), probes))
    return [_finding(use, answers, aoai, today) for use in uses]


def _finding(use: Use, answers: Answers, aoai: AoaiConfig, today: date) -> Finding:
    answer, deployment = answers.of.get(use.probe), use.probe.deployment
    named = answer.model if answer else ""
    service = AZURE if aoai.emulator else service_of(aoai.endpoint_kind, aoai.url)
    name, model = known_models().find(named, deployment) or ("", None)
    retirement = known_models().retirement(model, service) if model else None
    if announced := answers.announced.get(named):  # what the endpoint itself says is newer than any file
        retirement = Retirement(announced, "the endpoint's list of models")
    replacement = model.replacement if model else None
    if answer and answer.error:
        fault = explain_retirement(answer.error, deployment, service, today) or explain(answer.error, aoai)
    else:
        fault = explain_coming_retirement(retirement, today, "" if name == deployment else name or named, replacement)
    state = "recordings" if answer is None else "no" if answer.error else "yes"
    return Finding(use, state, named or name, retirement, fault)


if __name__ == "__main__":
    sys.exit(exit_status(main))
