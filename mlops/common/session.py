"""What a runner needs while it runs: configuration, a Prompt flow client, a connection, and the emulator on `local`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr

from mlops.common.batch_reports import RUNS
from mlops.common.config import Configuration
from mlops.common.config_models import AiStudioConfig, AoaiConfig, FlowConfig, Price, SearchConfig
from mlops.common.connections import check_endpoint, explain, key_kept_secret, save_connection, save_search_connection
from mlops.common.data_files import check_jsonl, mapped_columns
from mlops.common.errors import RunFailed, UserError, causes
from mlops.common.names import experiment_name, fresh_identifier, run_name
from mlops.common.paths import CONFIG_FILE, DOCUMENTS, shown
from mlops.common.promptflow_fixes import trace_as_any_identity, without_version_check
from mlops.common.promptflow_setup import set_up_promptflow
from mlops.common.resume import CONNECTION_TAG, ENVIRONMENT_TAG, FLOW_TAG, find_run
from mlops.common.tokens import TokenCount
from mlops.common.traces import check_trace_store, set_up_traces
from mlops.common.variants import with_variant

if TYPE_CHECKING:
    from promptflow.client import PFClient
    from promptflow.entities import Run


@dataclass(frozen=True)
class Session:
    """An open session of one flow in one environment.

    Attributes:
        flow: the flow's name.
        config: its section of config.yaml.
        pf: the Prompt flow client.
        connection: the name of the connection to the model endpoint.
        endpoint: that endpoint; on `local` the emulator, which serves the sample documents as well.
        search_connection: the name of the connection for web search; None where the flow does not search.
        data: the file of the batch, checked.
        lines: how many lines it has.
        run_name: the name of the batch run.
        tags: what the run is labelled with.
        resume_from: the run to go on with, if any.
        visualize: whether the traces are to be opened in the browser.
        environment: the environment's name.
        variant: the settings that set this session's configuration apart from config.yaml, if any.
        aistudio: the Azure AI Studio project for evaluation results, if one is configured.
        price: what a million tokens of the deployment cost, if that is configured.
    """

    flow: str
    config: FlowConfig
    pf: PFClient
    connection: str
    endpoint: str
    search_connection: str | None
    data: Path
    lines: int
    run_name: str
    tags: dict[str, str]
    resume_from: Run | None
    visualize: bool
    environment: str
    variant: Mapping[str, str]
    aistudio: AiStudioConfig | None
    price: Price | None

    @property
    def title(self) -> str:
        """The flow, and the variant where it is one."""
        return " ".join([self.flow, *(f"{key}={value}" for key, value in self.variant.items())])

    def cost(self, tokens: TokenCount) -> float | None:
        """Return what tokens cost, in the currency of section `prices`; None where it has no price for them."""
        if self.price is None:
            return None
        return (tokens.prompt * self.price.prompt + tokens.completion * self.price.completion) / 1_000_000


@contextmanager
def open_session(flow: str, arguments: argparse.Namespace, evaluation: bool = False) -> Iterator[Session]:
    """Prepare everything that a runner of a flow needs, and put it away in the end.

    Args:
        flow: the flow's name, as in the sections of config.yaml.
        arguments: as `mlops.common.cli` parsed them and `mlops.common.variants.variants` split them.
        evaluation: whether the data is that for evaluation.

    Raises:
        UserError: the configuration, the data or the model endpoint is not as it has to be.
    """
    set_up_promptflow()
    configuration = Configuration(arguments.environment_name)
    config = with_variant(configuration.flow(flow), arguments.variant)
    aoai = configuration.aoai()
    settings = {"run.output_path": str(RUNS)}
    if arguments.deploy_traces:
        project = configuration.aistudio()
        settings["trace.destination"] = project.trace_destination
    configured = config.eval_data_path if evaluation else config.data_path
    data = Path(arguments.data).resolve() if arguments.data else configured
    lines = check_jsonl(data, mapped_columns(config.column_mapping))

    from promptflow.client import PFClient

    without_version_check()
    if arguments.deploy_traces:
        check_trace_store(project)
        trace_as_any_identity()
    pf = PFClient(config=settings)
    previous = None
    if arguments.resume_from:
        previous = find_run(pf, arguments.resume_from, flow, arguments.environment_name)
        data = Path(previous.data)
        lines = check_jsonl(data)
    with ExitStack() as stack:
        if aoai.emulator:
            aoai = stack.enter_context(_emulator(aoai))
        stack.enter_context(key_kept_secret(aoai))
        check_endpoint(aoai)
        set_up_traces(export=arguments.visualize or arguments.deploy_traces)
        connection = _connection_name(aoai, previous)
        save_connection(pf, aoai, connection)
        if aoai.emulator:
            stack.callback(pf.connections.delete, connection)
        search_connection = None
        if config.planning:
            search = search_of_emulator(configuration.search(), aoai) if aoai.emulator else configuration.search()
            search_connection = connection.replace(aoai.connection, search.connection)
            save_search_connection(pf, search, search_connection)
            if aoai.emulator:
                stack.callback(pf.connections.delete, search_connection)
        stack.enter_context(_explained(aoai))
        yield Session(
            flow=flow,
            config=config,
            pf=pf,
            connection=connection,
            endpoint=aoai.endpoint,
            search_connection=search_connection,
            data=data,
            lines=lines,
            run_name=_free_run_name(pf, run_name(flow, arguments.environment_name)),
            tags={
                FLOW_TAG: flow,
                ENVIRONMENT_TAG: arguments.environment_name,
                "experiment": experiment_name(),
                CONNECTION_TAG: connection,
            },
            resume_from=previous,
            visualize=arguments.visualize,
            environment=arguments.environment_name,
            variant=arguments.variant,
            aistudio=configuration.aistudio_if_set(),
            price=configuration.price(config.model.deployment),
        )


@contextmanager
def _emulator(aoai: AoaiConfig) -> Iterator[AoaiConfig]:
    """Run the emulator in this process, on a free port, and yield the configuration that leads to it."""
    from src.emulator.faults import parse_fault
    from src.emulator.server import Emulator
    from src.emulator.settings import EmulatorSettings

    wanted = aoai.emulator
    try:
        settings = EmulatorSettings(
            latency_ms=wanted.latency_ms,
            seed=wanted.seed,
            faults=tuple(parse_fault(fault) for fault in wanted.faults.split()),
            api_key=None,
            documents=DOCUMENTS,
        )
        emulator = Emulator(settings)
    except ValueError as error:
        raise UserError(f"the emulator of {shown(CONFIG_FILE)} cannot start; check EMULATOR_FAULTS: {error}") from None
    with emulator:
        print(f"The emulator answers at {emulator.endpoint}: a stand-in, no language model.", file=sys.stderr)
        yield aoai.model_copy(update={"endpoint": emulator.endpoint, "api_key": SecretStr(fresh_identifier())})


def search_of_emulator(search: SearchConfig, aoai: AoaiConfig) -> SearchConfig:
    """Return the search configuration that leads to the emulator."""
    return search.model_copy(
        update={
            "endpoint": f"{aoai.endpoint}/v7.0/search",
            "wikipedia_endpoint": f"{aoai.endpoint}/w/api.php",
            "api_key": aoai.api_key,
            "allow_loopback": True,
        }
    )


@contextmanager
def _explained(aoai: AoaiConfig) -> Iterator[None]:
    """Turn an error of the model endpoint, also one that Prompt flow has wrapped, into one that tells what to do."""
    try:
        yield
    except Exception as error:
        import openai

        cause = next((cause for cause in causes(error) if isinstance(cause, openai.OpenAIError)), None)
        if cause is not None:
            raise UserError(explain(cause, aoai)) from error
        from promptflow.exceptions import PromptflowException

        if isinstance(error, PromptflowException):
            raise RunFailed(f"the flow failed: {error}") from error
        raise


def _connection_name(aoai: AoaiConfig, previous: Run | None) -> str:
    """Return the connection's name: the configured one, with an identifier where the endpoint lives in this process.

    Otherwise two runners at a time would lead each other to the wrong emulator. A resumed run looks for its connection
    under the name that it had, so that name is used again.
    """
    if previous:
        return previous.tags[CONNECTION_TAG]
    return f"{aoai.connection}_{fresh_identifier()}" if aoai.emulator else aoai.connection


def _free_run_name(pf: PFClient, name: str) -> str:
    """Return the name, with an identifier if a run has it already, as when a pipeline repeats a job."""
    taken = any(run.name == name for run in pf.runs.list(max_results=None))
    return f"{name}_{fresh_identifier()}" if taken else name
