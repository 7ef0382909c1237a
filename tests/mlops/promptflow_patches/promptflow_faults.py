"""Checks for the faults that mlops.promptflow_patches fixes; prints, as JSON, which of them Prompt flow has here.

`python promptflow_faults.py unpatched|patched`: in a process of its own, since patches last as long as a process does.
"""

import asyncio
import contextlib
import io
import json
import os
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

from mlops.data.files import sha256
from mlops.promptflow_patches import cancellation, fixes, setup, speedups


def a_cancelled_dag_ends_the_process(_folder: Path) -> bool:
    from promptflow.executor import _async_nodes_scheduler as scheduling

    with mock.patch.object(scheduling, "ThreadWithContextVars") as thread:
        asyncio.run(scheduling.AsyncNodesScheduler(None, 1).cancel())
    return any(call.kwargs["target"].__name__.endswith("after_cancellation") for call in thread.call_args_list)


def a_batch_changes_values_and_misnumbers_lines(folder: Path) -> bool:
    from promptflow.batch._batch_inputs_processor import BatchInputsProcessor

    data = folder / "data.jsonl"
    data.write_text('{"text": "a", "line_number": 5}\n{"text": "b", "line_number": 4}\n')
    patched = fixes.replace_batch_reader(data, sha256(data), ()) if PATCHED else contextlib.nullcontext()
    with patched:
        lines = BatchInputsProcessor(folder, {}).process_batch_inputs({"data": str(data)}, {"text": "${data.text}"})
    return [line["line_number"] for line in lines] != [0, 1]


def concurrent_lines_leave_sys_stdout_replaced(_folder: Path) -> bool:
    from promptflow.executor._script_executor import ScriptExecutor

    executor = ScriptExecutor.__new__(ScriptExecutor)
    executor._update_operation_context = lambda *_: contextlib.nullcontext()
    with contextlib.redirect_stdout(io.StringIO()) as original:
        first, second = (executor._exec_line_context(f"run_{number}", number) for number in range(2))
        first.__enter__()
        second.__enter__()
        first.__exit__(None, None, None)
        second.__exit__(None, None, None)
        return sys.stdout is not original


def a_lone_surrogate_in_an_output_cannot_be_persisted(folder: Path) -> bool:
    from promptflow._sdk.operations._local_storage_operations import LocalStorageOperations

    storage = LocalStorageOperations.__new__(LocalStorageOperations)
    storage._run_infos_folder = folder
    storage._persist_run_multimedia = lambda *_: None
    try:
        storage.persist_flow_run(finished_run({"answer": "\ud800"}))
    except UnicodeEncodeError:
        return True
    return False


def a_resumed_line_keeps_the_line_number_of_its_output(folder: Path) -> bool:
    from promptflow.batch import BatchEngine

    engine = BatchEngine.__new__(BatchEngine)
    engine._is_eager_flow = True
    engine._storage = SimpleNamespace(persist_flow_run=lambda _: None)
    engine._multimedia_processor = SimpleNamespace(persist_multimedia_data=lambda output, _: output)
    earlier = SimpleNamespace(load_flow_run_info=lambda _: finished_run({"line_number": 7}))
    [result] = engine._copy_previous_run_result(earlier, [{}], folder, "run")
    return result.output["line_number"] != 0


def the_package_index_is_asked_for_the_newest_version(folder: Path) -> bool:
    from promptflow._sdk import _version_hint_utils as hints

    with mock.patch.object(hints, "get_latest_version", return_value="1") as asked:
        with mock.patch.object(hints, "HOME_PROMPT_FLOW_DIR", folder):
            hints.check_latest_version()
    return asked.called


def traces_are_sent_as_the_user_of_the_azure_cli(_folder: Path) -> bool:
    from azure.identity import AzureCliCredential
    from promptflow.azure._utils import _tracing

    return getattr(_tracing, "AzureCliCredential", None) is AzureCliCredential


def plain_values_are_checked_for_being_connections(_folder: Path) -> bool:
    from promptflow.contracts.tool import ConnectionType
    from promptflow.tracing import _utils as tracing

    with mock.patch.object(ConnectionType, "is_connection_value", return_value=False) as check:
        tracing.serialize("text")
    return check.called


def the_batch_engine_writes_records_that_the_executor_has_written(_folder: Path) -> bool:
    from promptflow._proxy._python_executor_proxy import PythonExecutorProxy
    from promptflow.batch import BatchEngine

    engine = BatchEngine.__new__(BatchEngine)
    engine._executor_proxy = PythonExecutorProxy.__new__(PythonExecutorProxy)
    engine._storage = mock.Mock()
    engine._persist_run_info([SimpleNamespace(node_run_infos={}, run_info=None)])
    return engine._storage.persist_flow_run.called


def a_template_is_compiled_for_every_line(_folder: Path) -> bool:
    from jinja2 import Environment
    from promptflow.core._utils import render_jinja_template_content

    with mock.patch.object(Environment, "compile", autospec=True, side_effect=Environment.compile) as compiled:
        for _ in range(2):
            render_jinja_template_content("{{ text }}", text="a")
    return compiled.call_count > 1


def a_dag_starts_threads_for_every_line(_folder: Path) -> bool:
    from promptflow.executor._async_nodes_scheduler import AsyncNodesScheduler

    context = SimpleNamespace(invoke_tool=lambda *_: threading.current_thread().name)
    with ThreadPoolExecutor(1, thread_name_prefix="of_the_line") as pool:
        node = AsyncNodesScheduler._sync_function_to_async_task(pool, context, None, None, {})
        return asyncio.run(node).startswith("of_the_line")


def telemetry_is_on_where_nobody_turned_it_on(_folder: Path) -> bool:
    from promptflow._sdk._configuration import Configuration
    from promptflow._sdk._telemetry.telemetry import is_telemetry_enabled

    with mock.patch.object(Configuration, "get_config", return_value=None):
        return is_telemetry_enabled()


CHECKS = [
    a_cancelled_dag_ends_the_process,
    a_batch_changes_values_and_misnumbers_lines,
    concurrent_lines_leave_sys_stdout_replaced,
    a_lone_surrogate_in_an_output_cannot_be_persisted,
    a_resumed_line_keeps_the_line_number_of_its_output,
    the_package_index_is_asked_for_the_newest_version,
    telemetry_is_on_where_nobody_turned_it_on,
    traces_are_sent_as_the_user_of_the_azure_cli,
    plain_values_are_checked_for_being_connections,
    the_batch_engine_writes_records_that_the_executor_has_written,
    a_template_is_compiled_for_every_line,
    a_dag_starts_threads_for_every_line,
]


def finished_run(output: dict):
    from promptflow.contracts.run_info import FlowRunInfo, Status

    now = datetime(2025, 4, 1)
    names = ("error", "metrics", "request", "parent_run_id", "root_run_id", "source_run_id", "flow_id")
    nothing = dict.fromkeys(names)
    return FlowRunInfo(
        run_id="run_0",
        status=Status.Completed,
        inputs={},
        output=output,
        start_time=now,
        end_time=now,
        index=0,
        **nothing,
    )


def apply_patches() -> None:
    cancellation.keep_process_on_cancellation()
    fixes.share_node_log()
    fixes.isolate_lines()
    fixes.disable_version_check()
    fixes.require_consent_for_telemetry()
    fixes.trace_with_any_credential()
    speedups.speed_up_promptflow()


PATCHED = sys.argv[-1] == "patched"

if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        os.environ["PF_HOME_DIRECTORY"] = temporary
        setup.set_up_promptflow(Path(temporary))
        if PATCHED:
            apply_patches()
        print(json.dumps({check.__name__: check(Path(temporary)) for check in CHECKS}))
