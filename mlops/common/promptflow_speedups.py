"""Takes detours out of Prompt flow 1.18.5 that cost more than the rest of a batch; docs/decisions/0002 has the figures.

Each is replaced by what gives the same result, so nothing but time depends on this module. Prompt flow takes no more
features, which makes its internals a stable thing to build on; tests compare results with and without.
"""

from __future__ import annotations

import asyncio
import contextvars
import functools
import ssl
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib.util import find_spec

PLAIN = (str, int, float, bool, type(None))
AZURE_ML = "azure.ai.ml"
NODE_THREADS = 256  # as many synchronous nodes run at a time; threads start as they are needed


@functools.cache
def speed_up_promptflow() -> None:
    """Replace the detours, once for the process."""
    _serialize_plain_values_at_once()
    _write_lines_once()
    compile_templates_once()
    keep_threads_of_nodes()
    if sys.platform != "win32":
        import uvloop

        uvloop.install()  # about 5 % less processor time than asyncio's own event loop


def import_evaluate(log_to_azure: bool) -> Callable[..., dict]:
    """Return promptflow-evals' `evaluate`, without the 5 s that azure-ai-ml takes where nothing is logged to Azure.

    promptflow-evals can do without azure-ai-ml, and does so where it cannot be imported.
    """
    hide = not log_to_azure and AZURE_ML not in sys.modules
    if hide:
        sys.modules[AZURE_ML] = None
    try:
        from promptflow.evals.evaluate import evaluate
    finally:
        if hide:
            del sys.modules[AZURE_ML]
    return evaluate


def _serialize_plain_values_at_once() -> None:
    """Prompt flow asks of every string and number in a record whether it is a connection."""
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
    """The executor writes a line's record when the line ends, and the batch engine writes it again."""
    from promptflow._proxy._python_executor_proxy import PythonExecutorProxy
    from promptflow.batch import BatchEngine

    persist = BatchEngine._persist_run_info

    def persist_run_info(engine, line_results):
        if not isinstance(engine._executor_proxy, PythonExecutorProxy):
            persist(engine, line_results)

    BatchEngine._persist_run_info = persist_run_info


def compile_templates_once() -> None:
    """Prompty and the LLM node compile their Jinja2 template anew for every line."""
    from jinja2.sandbox import SandboxedEnvironment
    from promptflow.core import _utils as core

    @functools.lru_cache
    def remembering_sandbox(**options):
        sandbox = SandboxedEnvironment(**options)
        sandbox.from_string = functools.lru_cache(maxsize=64)(sandbox.from_string)
        return sandbox

    core.SandboxedEnvironment = remembering_sandbox
    if find_spec("promptflow.tools"):  # a service does without
        from promptflow.tools import common as tools

        tools.SandboxedEnvironment = remembering_sandbox


def keep_threads_of_nodes() -> None:
    """The DAG's scheduler starts a pool of threads for every line, and blocks the event loop until they have ended."""
    from promptflow.executor._async_nodes_scheduler import AsyncNodesScheduler

    threads = ThreadPoolExecutor(NODE_THREADS, thread_name_prefix="node")

    async def run_in_thread(_pool_of_the_line, context, node, function, arguments):
        call = functools.partial(contextvars.copy_context().run, context.invoke_tool, node, function, arguments)
        return await asyncio.get_running_loop().run_in_executor(threads, call)

    AsyncNodesScheduler._sync_function_to_async_task = staticmethod(run_in_thread)


@contextmanager
def one_ssl_context() -> Iterator[None]:
    """Let all HTTP clients that are made inside the block share what they have read of the system's certificates.

    The judges make a client for every question that they are asked, and reading the certificates anew takes 50 ms each
    time, which is more than all the rest.
    """
    original = ssl.create_default_context
    ssl.create_default_context = functools.cache(original)
    try:
        yield
    finally:
        ssl.create_default_context = original
