"""Fixes faults of Prompt flow in batches."""

from __future__ import annotations

import contextlib
import copy
import functools
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from mlops.common.errors import UserError
from mlops.common.paths import display_path
from mlops.data.column_mapping import map_row
from mlops.data.files import ColumnRequirement, read_data, sha256


@contextlib.contextmanager
def replace_batch_reader(
    data: Path, data_sha256: str, required: Iterable[ColumnRequirement], repeat: int = 1
) -> Iterator[None]:
    """Give a batch that runs inside the block its lines as `read_data` reads them, numbered by position.

    Fault: Prompt flow reads the file with pandas, which converts texts to dates and numbers, and takes a column
    `line_number` for the number of the line: lines got the answers of others (microsoft/promptflow#2646).
    Version: 1.18.5.
    Check: `a_batch_changes_values_and_misnumbers_lines`.

    Args:
        data: the file.
        data_sha256: its hash when it was checked.
        required: what is needed of each line.
        repeat: how often each line is to be answered; line i of n is also line i + n, i + 2n and so on.

    Raises:
        UserError: the file has changed since it was checked.
    """
    from promptflow._constants import LINE_NUMBER_KEY
    from promptflow.batch._batch_inputs_processor import BatchInputsProcessor

    original = BatchInputsProcessor.process_batch_inputs

    def process(processor, _input_dirs, inputs_mapping):
        mapping = processor._complete_inputs_mapping_by_default_value(inputs_mapping)
        with_images = processor._multimedia_processor.resolve_multimedia_data_recursively
        lines = [map_row(mapping, with_images(data.parent, row)) for row in read_data(data, required)]
        if sha256(data) != data_sha256:
            raise UserError(f"{display_path(data)} has changed since it was checked; start again")
        lines += [copy.deepcopy(line) for _ in range(repeat - 1) for line in lines]
        return [{**line, LINE_NUMBER_KEY: number} for number, line in enumerate(lines)]

    BatchInputsProcessor.process_batch_inputs = process
    try:
        yield
    finally:
        BatchInputsProcessor.process_batch_inputs = original


@functools.cache
def share_node_log() -> None:
    """Let concurrent lines share one replacement of `sys.stdout`, which is removed with the last of them.

    Fault: each line wraps the current `sys.stdout` and restores what it found. Lines end in another order than they
    start: with a class or a function, wrappers pile up until writing raises a RecursionError after some thousand lines;
    with a DAG, its wrapper is never removed. One wrapper is enough: it knows lines by their contexts.
    Version: 1.18.5.
    Check: `concurrent_lines_leave_sys_stdout_replaced`.
    """
    from promptflow._core.log_manager import NodeLogManager
    from promptflow.executor._script_executor import ScriptExecutor

    enter, leave = NodeLogManager.__enter__, NodeLogManager.__exit__
    lock = threading.Lock()
    running: Counter[NodeLogManager] = Counter()

    def enter_once(log: NodeLogManager) -> NodeLogManager:
        with lock:
            running[log] += 1
            return enter(log) if running[log] == 1 else log

    def leave_once(log: NodeLogManager, *error: object) -> None:
        with lock:
            running[log] -= 1
            if not running[log]:
                del running[log]
                leave(log, *error)

    @contextlib.contextmanager
    def line_context(executor: ScriptExecutor, run_id: str, line_number: int) -> Iterator[None]:
        log = vars(executor).get("_shared_node_log")
        if log not in running:  # a new one wraps the current `sys.stdout`
            log = executor._shared_node_log = NodeLogManager()
        log.set_node_context(run_id, "Flex", line_number)
        with log, executor._update_operation_context(run_id, line_number):
            yield

    NodeLogManager.__enter__, NodeLogManager.__exit__ = enter_once, leave_once
    ScriptExecutor._exec_line_context = line_context


@functools.cache
def isolate_lines() -> None:
    """Keep the output of a line from affecting others: by a lone surrogate, or by an output `line_number`.

    Fault: Prompt flow fails the whole batch when it cannot write an output as UTF-8. When a run is resumed, it takes
    an output named `line_number` for the number of the line.
    Version: 1.18.5.
    Checks: `a_lone_surrogate_in_an_output_cannot_be_persisted`,
    `a_resumed_line_keeps_the_line_number_of_its_output`.
    """
    from promptflow._constants import LINE_NUMBER_KEY
    from promptflow._sdk.operations._local_storage_operations import LocalStorageOperations
    from promptflow.batch import BatchEngine
    from promptflow.contracts.run_info import Status

    persist, copy_previous = LocalStorageOperations.persist_flow_run, BatchEngine._copy_previous_run_result

    def persist_or_fail(storage, run_info):
        try:
            return persist(storage, run_info)
        except UnicodeEncodeError as error:
            run_info.status, run_info.output, run_info.result, run_info.api_calls = Status.Failed, None, None, None
            run_info.error = {"message": f"its output cannot be written as UTF-8: {error}", "code": "UserError"}
            return persist(storage, run_info)

    def copy_and_number(engine, *arguments):
        results = copy_previous(engine, *arguments)
        for result in results:
            if isinstance(result.output, dict):
                result.output[LINE_NUMBER_KEY] = result.run_info.index
        return results

    LocalStorageOperations.persist_flow_run = persist_or_fail
    BatchEngine._copy_previous_run_result = copy_and_number


def disable_version_check() -> None:
    """Keep Prompt flow from asking the package index for its newest version when a run is created.

    Fault: no setting turns that off.
    Version: 1.18.5.
    Check: `the_package_index_is_asked_for_the_newest_version`.
    """
    from promptflow._sdk import _version_hint_utils

    _version_hint_utils.check_latest_version = lambda: None


@functools.cache
def require_consent_for_telemetry() -> None:
    """Keep Prompt flow's telemetry off unless the user has turned it on.

    Fault: it is on wherever the settings do not say so, and they are written in place: two commands that start at once
    for the first time can lose the line that turns it off.
    Version: 1.18.5.
    Check: `telemetry_is_on_where_nobody_turned_it_on`.
    """
    from promptflow._sdk._configuration import Configuration

    consent = Configuration.get_telemetry_consent

    def given(configuration: Configuration) -> object:
        answer = consent(configuration)
        return False if answer is None else answer

    Configuration.get_telemetry_consent = given


def trace_with_any_credential() -> None:
    """Let Prompt flow access the project's trace store with any credential.

    Fault: it accepts only the Azure CLI's user, so managed identities and service principals cannot send traces.
    Version: 1.18.5.
    Check: `traces_are_sent_as_the_user_of_the_azure_cli`.
    """
    from azure.identity import DefaultAzureCredential
    from promptflow.azure._utils import _tracing

    _tracing.AzureCliCredential = DefaultAzureCredential
