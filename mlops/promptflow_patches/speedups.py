"""Patches slow paths in Prompt flow that cost more than the rest of a batch; docs/decisions/0002 has the figures.

Each patch gives the same result as the original, which tests compare, so only speed depends on this module.
"""

from __future__ import annotations

import asyncio
import contextvars
import functools
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec

PLAIN = (str, int, float, bool, type(None))
NODE_THREADS = 256  # the most synchronous nodes that run at a time; threads start on demand


@functools.cache
def speed_up_promptflow() -> None:
    """Apply the patches, once per process."""
    _skip_checks_of_plain_values()
    _write_lines_once()
    compile_templates_once()
    share_node_threads()
    if sys.platform != "win32":
        import uvloop

        uvloop.install()  # about 5 % less processor time than asyncio's own event loop


def _skip_checks_of_plain_values() -> None:
    """Return plain values as they are.

    Fault: `serialize` checks every string and number in a record for being a connection, an image and more.
    Version: 1.18.5.
    Check: `plain_values_are_checked_for_being_connections`.
    """
    from promptflow._sdk.operations import _local_storage_operations as local_storage
    from promptflow.tracing import _utils as tracing

    serialize_anything = tracing.serialize

    def serialize(value, remove_null=False, serialization_funcs=None):
        kind = type(value)
        if kind in PLAIN:
            return value
        if kind is dict:
            return {key: serialize(item, remove_null, serialization_funcs) for key, item in value.items()}
        if kind is list:
            return [serialize(item, remove_null, serialization_funcs) for item in value]
        return serialize_anything(value, remove_null, serialization_funcs)

    tracing.serialize = local_storage.serialize = serialize


def _write_lines_once() -> None:
    """Write the record of a line once.

    Fault: the executor writes it when the line ends, and the batch engine writes it again.
    Version: 1.18.5.
    Check: `the_batch_engine_writes_records_that_the_executor_has_written`.
    """
    from promptflow._proxy._python_executor_proxy import PythonExecutorProxy
    from promptflow.batch import BatchEngine

    persist = BatchEngine._persist_run_info

    def persist_run_info(engine, line_results):
        if not isinstance(engine._executor_proxy, PythonExecutorProxy):
            persist(engine, line_results)

    BatchEngine._persist_run_info = persist_run_info


def compile_templates_once() -> None:
    """Cache compiled templates.

    Fault: Prompty and the LLM node compile their Jinja2 template again for every line.
    Version: 1.18.5.
    Check: `a_template_is_compiled_for_every_line`.
    """
    from jinja2.sandbox import SandboxedEnvironment
    from promptflow.core import _utils as core

    @functools.lru_cache
    def cached_sandbox(**options):
        sandbox = SandboxedEnvironment(**options)
        # A cache is no function to mypy, though it is called as the method is.
        sandbox.from_string = functools.lru_cache(maxsize=64)(sandbox.from_string)  # type: ignore[assignment]
        return sandbox

    core.SandboxedEnvironment = cached_sandbox
    if find_spec("promptflow.tools"):  # not installed with the service
        from promptflow.tools import common as tools

        tools.SandboxedEnvironment = cached_sandbox


def share_node_threads() -> None:
    """Run synchronous nodes of all lines in one pool of threads.

    Fault: the DAG's scheduler starts a pool for every line, and blocks the event loop until its threads have ended.
    Version: 1.18.5.
    Check: `a_dag_starts_threads_for_every_line`.
    """
    from promptflow.executor._async_nodes_scheduler import AsyncNodesScheduler

    threads = ThreadPoolExecutor(NODE_THREADS, thread_name_prefix="node")

    async def run_in_thread(_pool_of_the_line, context, node, function, arguments):
        call = functools.partial(contextvars.copy_context().run, context.invoke_tool, node, function, arguments)
        return await asyncio.get_running_loop().run_in_executor(threads, call)

    AsyncNodesScheduler._sync_function_to_async_task = staticmethod(run_in_thread)
