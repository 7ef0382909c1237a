"""What a runner needs while it runs: configuration, a Prompt flow client, a connection, and the emulator on `local`."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import openai
from pydantic import SecretStr

from mlops.common.batches import RUNS, BatchReport, line_records, report_batch
from mlops.common.config import Configuration
from mlops.common.config_models import AoaiConfig, FlowConfig
from mlops.common.connections import check_endpoint, explain, save_connection
from mlops.common.data_files import check_jsonl, mapped_columns
from mlops.common.errors import UserError
from mlops.common.names import experiment_name, fresh_identifier, run_name
from mlops.common.progress import shown_progress
from mlops.common.promptflow_setup import set_up_promptflow
from mlops.common.traces import set_up_traces

if TYPE_CHECKING:
    from promptflow.client import PFClient
    from promptflow.entities import Run

CONNECTION_TAG = "connection"


@dataclass(frozen=True)
class Session:
    """An open session of one flow in one environment.

    Attributes:
        flow: the flow's name.
        config: its section of config.yaml.
        pf: the Prompt flow client.
        connection: the name of the connection to the model endpoint.
        data: the file of the batch, checked.
        lines: how many lines it has.
        run_name: the name of the batch run.
        tags: what the run is labelled with.
        resume_from: the run to go on with, if any.
    """

    flow: str
    config: FlowConfig
    pf: PFClient
    connection: str
    data: Path
    lines: int
    run_name: str
    tags: dict[str, str]
    resume_from: str | None

    def batch(self, **new_run: object) -> dict[str, object]:
        """Return the arguments of `pf.run` for a new batch, or for the one that is resumed.

        Args:
            new_run: flow, column_mapping, init and so on; a resumed run has them from its predecessor.
        """
        # One process on asyncio; the default is a pool of processes that costs seconds and a gigabyte.
        options = {
            "name": self.run_name,
            "tags": self.tags,
            "batch_use_async": True,
            "worker_count": self.config.concurrency,
        }
        if self.resume_from:
            return {"resume_from": self.resume_from, **options}
        return {"data": str(self.data), **new_run, **options}

    def progress(self) -> AbstractContextManager[None]:
        """Show the batch's progress on standard error while the block is executed."""
        seen: dict[int, bool] = {}

        def count() -> tuple[int, int]:
            done = line_records(RUNS / self.run_name, seen)
            seen.update((record["line_number"], record["status"] != "Completed") for record in done)
            return len(seen), sum(seen.values())

        return shown_progress(self.lines, count)

    def report(self, run: Run) -> BatchReport:
        """Return what became of the batch."""
        return report_batch(self.flow, self.lines, run)


@contextmanager
def open_session(flow: str, arguments: argparse.Namespace) -> Iterator[Session]:
    """Prepare everything that a runner of a flow needs, and put it away in the end.

    Args:
        flow: the flow's name, as in the sections of config.yaml.
        arguments: as `mlops.common.cli.runner_arguments` parsed them.

    Raises:
        UserError: the configuration, the data or the model endpoint is not as it has to be.
    """
    set_up_promptflow()
    configuration = Configuration(arguments.environment_name)
    config = configuration.flow(flow)
    aoai = configuration.aoai()
    data = Path(arguments.data).resolve() if arguments.data else config.data_path
    lines = check_jsonl(data, mapped_columns(config.column_mapping))
    settings = {"run.output_path": str(RUNS)}
    if arguments.deploy_traces:
        settings["trace.destination"] = configuration.aistudio().trace_destination
    with ExitStack() as stack:
        if aoai.emulator:
            aoai = stack.enter_context(_emulator(aoai))
        check_endpoint(aoai)
        set_up_traces(export=arguments.visualize or arguments.deploy_traces)

        from promptflow.client import PFClient

        pf = PFClient(config=settings)
        connection = _connection_name(pf, aoai, arguments.resume_from)
        save_connection(pf, aoai, connection)
        if aoai.emulator:
            stack.callback(pf.connections.delete, connection)
        tags = {"environment": arguments.environment_name, "experiment": experiment_name(), CONNECTION_TAG: connection}
        name = run_name(flow, arguments.environment_name)
        if any(run.name == name for run in pf.runs.list(max_results=None)):
            name = f"{name}_{fresh_identifier()}"
        try:
            yield Session(flow, config, pf, connection, data, lines, name, tags, arguments.resume_from)
        except openai.OpenAIError as error:
            raise UserError(explain(error, aoai)) from error


@contextmanager
def _emulator(aoai: AoaiConfig) -> Iterator[AoaiConfig]:
    """Run the emulator in this process, on a free port, and yield the configuration that leads to it."""
    from src.emulator.faults import parse_fault
    from src.emulator.server import Emulator
    from src.emulator.settings import EmulatorSettings

    wanted = aoai.emulator
    settings = EmulatorSettings(
        latency_ms=wanted.latency_ms,
        seed=wanted.seed,
        faults=tuple(parse_fault(fault) for fault in wanted.faults.split()),
        api_key=None,
    )
    with Emulator(settings) as emulator:
        yield aoai.model_copy(update={"endpoint": emulator.endpoint, "api_key": SecretStr(fresh_identifier())})


def _connection_name(pf: PFClient, aoai: AoaiConfig, resume_from: str | None) -> str:
    """Return the connection's name: the configured one, with an identifier where the endpoint lives in this process.

    Otherwise two runners at a time would lead each other to the wrong emulator. A resumed run looks for its connection
    under the name that it had, so that name is used again.
    """
    if resume_from:
        from promptflow._sdk._errors import RunNotFoundError

        try:
            return pf.runs.get(resume_from).tags[CONNECTION_TAG]
        except RunNotFoundError:
            raise UserError(f"there is no run {resume_from} to resume; list them with `pf run list`") from None
    return f"{aoai.connection}_{fresh_identifier()}" if aoai.emulator else aoai.connection
