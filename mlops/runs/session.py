"""What a runner needs while it runs: configuration, a Prompt flow client, a connection, and the emulator on `local`."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from mlops.common.errors import RunFailed, UserError, causes
from mlops.common.names import experiment_name, fresh_identifier, resume_command, run_name
from mlops.configuration.config import Configuration
from mlops.configuration.endpoints import AoaiConfig, EmulatorConfig
from mlops.configuration.sections import AiStudioConfig, FlowConfig, Price
from mlops.data.files import ColumnRequirement, check_data, sha256
from mlops.endpoint.answers import answered_by
from mlops.endpoint.connection import check_endpoint, explain, redact_api_key, save_connection, save_search_connection
from mlops.endpoint.emulator import (
    counted,
    models_of_emulator,
    recordings,
    running_emulator,
    search_of_emulator,
)
from mlops.flow_folders.definition import FlowDefinition
from mlops.flow_folders.signatures import required_by_flow
from mlops.flow_folders.variants import with_variant
from mlops.promptflow_patches.fixes import (
    disable_version_check,
    require_consent_for_telemetry,
    trace_with_any_credential,
)
from mlops.promptflow_patches.setup import set_up_promptflow
from mlops.runs.batch_report import RUNS
from mlops.runs.resume import (
    CONNECTION_TAG,
    ENVIRONMENT_TAG,
    FLOW_TAG,
    MODELS_TAG,
    REPEAT_TAG,
    RESUMED_TAG,
    VARIANT_TAG,
    ancestors,
    check_same_models,
    find_run,
    settings_of,
)
from mlops.tracing.tokens import TokenCount
from mlops.tracing.traces import check_trace_store, set_up_traces
from model_endpoint import Endpoint
from model_endpoint.llm_node import patch_llm_node

if TYPE_CHECKING:
    from promptflow.client import PFClient
    from promptflow.entities import Run

    from src.emulator.answers import Answerer


@dataclass(frozen=True)
class Session:
    """An open session of one flow in one environment.

    Attributes:
        definition: the flow.
        config: its section of config.yaml.
        pf: the Prompt flow client.
        connection: the name of the connection to the model endpoint.
        model_endpoint: that endpoint.
        endpoint: its URL; on `local` the emulator's, which serves the sample documents as well.
        search_connection: the name of the connection for web search; None where the flow does not search.
        data: the file of the batch, checked.
        lines: how many lines it has.
        data_sha256: its hash when it was checked.
        column_requirements: what the flow needs of each line.
        repeat: how often each line is answered.
        evaluation: whether it is an evaluation that it is open for, and not a batch alone.
        batch_only: whether the records that a runner shows before its batch are left out.
        run_name: the name of the batch run.
        tags: what the run is labelled with.
        resume_from: the run to resume, if any.
        visualize: whether the traces are to be opened in the browser.
        environment: the environment's name.
        variant: the settings that set this session's configuration apart from config.yaml, if any.
        aistudio: the Foundry project for evaluation results, if one is configured.
        price: what a million tokens of the deployment cost, if that is configured.
        answered_by: what answers, for reports: recordings, or the endpoint with its kind and deployments.
        counts: on `local`, how many answers came from where so far.
        failed_samples: the records shown before the batch that failed, each with the reason.
        sample: a record to show before the batch.
    """

    definition: FlowDefinition
    config: FlowConfig
    pf: PFClient
    connection: str
    model_endpoint: Endpoint
    endpoint: str
    search_connection: str | None
    data: Path
    lines: int
    data_sha256: str
    column_requirements: list[ColumnRequirement]
    run_name: str
    tags: dict[str, str]
    resume_from: Run | None
    visualize: bool
    environment: str
    variant: Mapping[str, str]
    aistudio: AiStudioConfig | None
    price: Price | None
    answered_by: str = ""
    counts: Counter[str] = field(default_factory=Counter)
    failed_samples: list[str] = field(default_factory=list)
    repeat: int = 1
    evaluation: bool = False
    batch_only: bool = False
    sample: Mapping[str, object] = field(default_factory=dict)

    @property
    def flow(self) -> str:
        """The flow's name."""
        return self.definition.name

    @property
    def title(self) -> str:
        """The flow, and the variant where it is one."""
        return " ".join([self.flow, *(f"{key}={value}" for key, value in self.variant.items())])

    @property
    def resume_command(self) -> str:
        """The command that resumes this session's run."""
        module = self.definition.evaluation_module if self.evaluation else self.definition.runner_module
        return resume_command(module, self.environment, self.run_name)

    def cost(self, tokens: TokenCount) -> float | None:
        """Return what tokens cost, in the currency of section `prices`; None where it has no price for them."""
        if self.price is None:
            return None
        return (tokens.prompt * self.price.prompt + tokens.completion * self.price.completion) / 1_000_000


@contextmanager
def open_session(
    definition: FlowDefinition, arguments: argparse.Namespace, evaluation: bool = False
) -> Iterator[Session]:
    """Prepare everything that a runner of a flow needs, and clean it up at the end.

    Args:
        definition: the flow.
        arguments: as `mlops.common.cli` parsed them and `mlops.flow_folders.variants.variants` split them.
        evaluation: whether the data is that for evaluation.

    Raises:
        UserError: the configuration, the data or the model endpoint is invalid.
    """
    flow = definition.name
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
    required = required_by_flow(config.flow_path, config.column_mapping)
    data_sha256, lines = sha256(data) if data.is_file() else "", check_data(data, required)

    from promptflow.client import PFClient

    require_consent_for_telemetry()
    disable_version_check()
    patch_llm_node()
    if arguments.deploy_traces:
        check_trace_store(project)
        trace_with_any_credential()
    pf = PFClient(config=settings)
    variant, repeat, previous = arguments.variant, getattr(arguments, "repeat", None), None
    if arguments.resume_from:
        previous = find_run(pf, arguments.resume_from, flow, arguments.environment_name)
        variant, repeat = settings_of(previous, variant, repeat)
        config = with_variant(configuration.flow(flow), variant)
        data = Path(previous.data)
        data_sha256, lines = sha256(data), check_data(data, required)
        if repeat > 1 and not evaluation:
            command = resume_command(definition.evaluation_module, arguments.environment_name, previous.name)
            raise UserError(f"run {previous.name} is an evaluation that repeats each line; resume it with {command}")
    with ExitStack() as stack:
        answerer = None
        if aoai.emulator:
            answerer = getattr(arguments, "answerer", None) or recordings(flow)
            aoai = stack.enter_context(_emulator(aoai, aoai.emulator, answerer))
        stack.enter_context(redact_api_key(aoai))
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
        models = answered_by(aoai, config, answerer)
        if previous and evaluation:
            check_same_models(previous, models)
        stack.enter_context(_explained(aoai, config.model.deployment))
        yield Session(
            definition=definition,
            config=config,
            pf=pf,
            connection=connection,
            model_endpoint=aoai.to_endpoint(),
            endpoint=aoai.url,
            search_connection=search_connection,
            data=data,
            lines=lines,
            data_sha256=data_sha256,
            column_requirements=required,
            run_name=_free_run_name(pf, run_name(flow, arguments.environment_name)),
            tags={
                FLOW_TAG: flow,
                ENVIRONMENT_TAG: arguments.environment_name,
                "experiment": experiment_name(),
                CONNECTION_TAG: connection,
                VARIANT_TAG: json.dumps(variant),
                REPEAT_TAG: str(repeat or 1),
                MODELS_TAG: models,
                RESUMED_TAG: " ".join(ancestors(previous)),
            },
            resume_from=previous,
            visualize=arguments.visualize,
            environment=arguments.environment_name,
            variant=variant,
            aistudio=configuration.aistudio_if_set(),
            price=configuration.price(config.model.deployment),
            answered_by=models,
            counts=answerer.counts if answerer else Counter(),
            repeat=repeat or 1,
            evaluation=evaluation,
            batch_only=getattr(arguments, "batch_only", False),
            sample=definition.sample_for(emulator=answerer is not None),
        )


@contextmanager
def _emulator(aoai: AoaiConfig, config: EmulatorConfig, answerer: Answerer) -> Iterator[AoaiConfig]:
    """Run the emulator, yield the configuration that points to it, and report where its answers came from."""
    with running_emulator(config, answerer) as emulator:
        if answerer.kind == "recording":
            print(f"Recorded answers are played back at {emulator.endpoint}: no model is asked.", file=sys.stderr)
        yield models_of_emulator(aoai, emulator.endpoint)
        if answerer.kind == "recording":
            print(f"{counted(answerer.counts)}; no model was asked.", file=sys.stderr)


@contextmanager
def _explained(aoai: AoaiConfig, deployment: str) -> Iterator[None]:
    """Turn an error of the model endpoint, also one that Prompt flow has wrapped, into one with the remedy."""
    try:
        yield
    except Exception as error:
        import openai

        cause = next((cause for cause in causes(error) if isinstance(cause, openai.OpenAIError)), None)
        if cause is not None:
            raise UserError(explain(cause, aoai, deployment)) from error
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
