"""The entry of a deployed function flow: the flow's function, without the parameters that callers may not set.

It goes into the deployed folder, with fixed_function.json beside it: the flow's own entry, the open parameters, and the
values of the fixed ones.
"""

import importlib
import inspect
import json
from pathlib import Path

ABOUT = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
MODULE, _, NAME = ABOUT["entry"].partition(":")
FUNCTION = getattr(importlib.import_module(MODULE), NAME)
SIGNATURE = inspect.signature(FUNCTION)


async def answer(**inputs):
    """Return the flow's outputs."""
    outputs = FUNCTION(**inputs, **ABOUT["fixed"])
    return await outputs if inspect.isawaitable(outputs) else outputs


OPEN = [parameter for name, parameter in SIGNATURE.parameters.items() if name in ABOUT["open"]]
answer.__signature__ = SIGNATURE.replace(parameters=OPEN)  # type: ignore[attr-defined]  # inspect looks for it
