"""Flows that are classes or functions, as asynchronous functions."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import anyio

from src.flow_service.dag import Invoke


def load_entry(folder: Path, init: Mapping[str, Any], threads: int) -> Invoke:
    """Return the entry of a flow's flow.flex.yaml as an asynchronous function of its inputs.

    Args:
        folder: the flow's folder.
        init: the arguments of the entry's constructor if it is a class.
        threads: how many calls run at a time if the entry is not asynchronous.
    """
    from promptflow._utils.dataclass_serializer import convert_eager_flow_output_to_dict

    entry = _entry(folder, init)
    is_asynchronous = inspect.iscoroutinefunction(entry) or inspect.isasyncgenfunction(entry)
    limiter = anyio.CapacityLimiter(threads)

    async def invoke(inputs: Mapping[str, Any], streaming: bool) -> dict[str, Any]:
        if is_asynchronous:
            output = entry(**inputs)
            output = await output if inspect.isawaitable(output) else output
        else:
            call = functools.partial(entry, **inputs)
            output = await anyio.to_thread.run_sync(call, limiter=limiter, abandon_on_cancel=True)
        return convert_eager_flow_output_to_dict(output)

    return invoke


def _entry(folder: Path, init: Mapping[str, Any]) -> Any:
    """Return what Prompt flow itself would call: a function, or a method of an object that it creates as in a batch.

    What its executor adds to each call is left out: its own spans, and records that nobody reads here.
    """
    from promptflow.executor._script_executor import ScriptExecutor

    class Loader(ScriptExecutor):
        def _initialize_function(self) -> None:
            self.entry = self._parse_entry_func()

    return Loader("flow.flex.yaml", working_dir=folder, init_kwargs=dict(init)).entry
