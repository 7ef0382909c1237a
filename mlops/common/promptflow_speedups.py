"""Takes two detours out of Prompt flow 1.18.5 that cost more than the rest of a batch; see docs/decisions/0002.

Both are replaced by what gives the same result, so nothing but time depends on this module. Prompt flow takes no more
features, which makes its internals a stable thing to build on; a test compares the results with and without.
"""

from __future__ import annotations

PLAIN = (str, int, float, bool, type(None))


def speed_up_promptflow() -> None:
    """Serialize plain values without asking of each whether it is a connection, and write each line once, not twice."""
    from promptflow._proxy._python_executor_proxy import PythonExecutorProxy
    from promptflow._sdk.operations import _local_storage_operations as local_storage
    from promptflow.batch import BatchEngine
    from promptflow.tracing import _utils as tracing

    if getattr(tracing.serialize, "is_fast", False):
        return
    serialize_anything, persist = tracing.serialize, BatchEngine._persist_run_info

    def serialize(value, remove_null=False, serialization_funcs=None):
        kind = type(value)
        if kind in PLAIN:
            return value
        if kind is dict:
            return {key: serialize(item, remove_null, serialization_funcs) for key, item in value.items()}
        if kind is list:
            return [serialize(item, remove_null, serialization_funcs) for item in value]
        return serialize_anything(value, remove_null, serialization_funcs)

    def persist_run_info(engine, line_results):
        # An executor in this process has already written each line when the line ended.
        if not isinstance(engine._executor_proxy, PythonExecutorProxy):
            persist(engine, line_results)

    serialize.is_fast = True
    tracing.serialize = local_storage.serialize = serialize
    BatchEngine._persist_run_info = persist_run_info
